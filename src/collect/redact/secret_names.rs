//! Which names announce a secret: of fields, headers, cookies, parameters, options and variables.
//!
//! A name is looked at in one form: in lower case, its words joined by `_`, with `_` before it. So `X-Api-Key`, `xApiKey`, `X_API_KEY` and
//! `x api key` are one name.

use super::edit::SecretKind;

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) kind: SecretKind,
    pub(super) certainty: Certainty,
}

/// How sure it is that a value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Whatever stands there.
    Strong,
    /// Only if it looks like one: the name may as well be an innocent word.
    Weak,
    /// Only as a parameter of a URL, and if it looks like one.
    Parameter,
}

/// Names that nothing innocent ends in, by their endings. One with `_` before it must be whole words.
const STRONG: &[(&str, SecretKind)] = &[
    ("password", SecretKind::SecretField),
    ("passwd", SecretKind::SecretField),
    ("passphrase", SecretKind::SecretField),
    ("passcode", SecretKind::SecretField),
    ("api_key", SecretKind::SecretField),
    ("apikey", SecretKind::SecretField),
    ("secret_key", SecretKind::SecretField),
    ("secretkey", SecretKind::SecretField),
    ("secret_access_key", SecretKind::SecretField),
    ("client_secret", SecretKind::SecretField),
    ("clientsecret", SecretKind::SecretField),
    ("app_secret", SecretKind::SecretField),
    ("shared_secret", SecretKind::SecretField),
    ("webhook_secret", SecretKind::SecretField),
    ("signing_secret", SecretKind::SecretField),
    ("jwt_secret", SecretKind::SecretField),
    ("project_secret", SecretKind::SecretField),
    ("api_secret", SecretKind::SecretField),
    ("consumer_secret", SecretKind::SecretField),
    ("access_key", SecretKind::SecretField),
    ("accesskey", SecretKind::SecretField),
    ("account_key", SecretKind::SecretField),
    ("accountkey", SecretKind::SecretField),
    ("auth_key", SecretKind::SecretField),
    ("authkey", SecretKind::SecretField),
    ("signing_key", SecretKind::SecretField),
    ("encryption_key", SecretKind::SecretField),
    ("master_key", SecretKind::SecretField),
    ("license_key", SecretKind::SecretField),
    ("subscription_key", SecretKind::SecretField),
    ("functions_key", SecretKind::SecretField),
    ("integration_key", SecretKind::SecretField),
    ("routing_key", SecretKind::SecretField),
    ("application_key", SecretKind::SecretField),
    ("_app_key", SecretKind::SecretField),
    ("_rpc_key", SecretKind::SecretField),
    ("_drpc_key", SecretKind::SecretField),
    ("_dkey", SecretKind::SecretField),
    ("_mnemonic", SecretKind::SecretField),
    ("seed_phrase", SecretKind::SecretField),
    ("l1_endpoint_url", SecretKind::SecretField),
    ("private_key", SecretKind::PrivateKey),
    ("privatekey", SecretKind::PrivateKey),
    ("_client_key", SecretKind::PrivateKey),
    ("webhook_url", SecretKind::Webhook),
    ("webhookurl", SecretKind::Webhook),
    ("authorization", SecretKind::Header),
    ("_cookie", SecretKind::Header),
    ("throttling_bypass", SecretKind::Header),
    ("http_header", SecretKind::Header),
    ("url_header_list", SecretKind::Header),
    ("_x_goog_iap_jwt_assertion", SecretKind::Header),
    ("_x_honeycomb_team", SecretKind::Header),
    ("_x_sentry_auth", SecretKind::Header),
    ("access_token", SecretKind::Token),
    ("accesstoken", SecretKind::Token),
    ("auth_token", SecretKind::Token),
    ("authtoken", SecretKind::Token),
    ("refresh_token", SecretKind::Token),
    ("_id_token", SecretKind::Token),
    ("session_token", SecretKind::Token),
    ("bearer_token", SecretKind::Token),
    ("private_token", SecretKind::Token),
    ("deploy_token", SecretKind::Token),
    ("job_token", SecretKind::Token),
    ("api_token", SecretKind::Token),
    ("apitoken", SecretKind::Token),
    ("bot_token", SecretKind::Token),
    ("github_token", SecretKind::Token),
    ("gitlab_token", SecretKind::Token),
    ("slack_token", SecretKind::Token),
    ("npm_token", SecretKind::Token),
    ("sas_token", SecretKind::Token),
    ("csrf_token", SecretKind::Token),
    ("xsrf_token", SecretKind::Token),
    ("identitytoken", SecretKind::Token),
    ("identity_token", SecretKind::Token),
];

/// Names that may as well be innocent, as whole words at the end.
const WEAK: &[(&str, SecretKind)] = &[
    ("_token", SecretKind::Token),
    ("_pwd", SecretKind::SecretField),
    ("_secret", SecretKind::SecretField),
    ("_credential", SecretKind::SecretField),
    ("_jwt", SecretKind::Token),
    ("_bearer", SecretKind::Bearer),
    ("_webhook", SecretKind::Webhook),
    ("_connection_string", SecretKind::SecretField),
    ("session_id", SecretKind::SecretField),
    ("sessionid", SecretKind::SecretField),
    ("sessid", SecretKind::SecretField),
];

/// Names that are a secret's only as parameters of a URL. The search looks for them with what stands before them there.
pub(super) const PARAMETERS: &[&str] = &["key", "auth", "sig", "signature", "session", "pass", "code"];

/// Headers whose makers name them alike.
const HEADERS: &[Headers] = &[
    Headers { begin: "_x_api_", rest: Rest::Not(&["version", "name", "id", "method", "path", "warn"]), kind: SecretKind::Header },
    Headers { begin: "_x_auth_", rest: Rest::Not(&["request"]), kind: SecretKind::Header },
    Headers { begin: "_x", rest: Rest::Holds("_signature"), kind: SecretKind::Header },
    Headers { begin: "_x", rest: Rest::Holds("_hmac"), kind: SecretKind::Header },
    Headers { begin: "_x", rest: Rest::Ends("_token"), kind: SecretKind::Token },
];

struct Headers {
    begin: &'static str,
    rest: Rest,
    kind: SecretKind,
}

/// What makes the rest of such a name that of a secret.
enum Rest {
    /// It is none of these.
    Not(&'static [&'static str]),
    Holds(&'static str),
    Ends(&'static str),
}

impl Headers {
    fn have(&self, name: &str) -> bool {
        name.strip_prefix(self.begin).is_some_and(|rest| match self.rest {
            Rest::Not(innocent) => !innocent.contains(&rest),
            Rest::Holds(part) => rest.starts_with('_') && rest.contains(part),
            Rest::Ends(end) => rest.starts_with('_') && rest.ends_with(end),
        })
    }
}

/// What stands before `token` where it is one of a contract, of a page or of a text.
pub(super) const INNOCENT_TOKENS: &[&str] = &[
    "fee",
    "page",
    "next",
    "prev",
    "previous",
    "strk",
    "eth",
    "gas",
    "erc20",
    "usdc",
    "native",
    "bridged",
    "l1",
    "l2",
    "quote",
    "base",
    "continuation",
    "continue",
    "sync",
    "stop",
    "pad",
    "eos",
    "max",
    "min",
    "num",
    "total",
    "prompt",
    "completion",
    "input",
    "output",
    "cancellation",
    "cancel",
    "unexpected",
    "invalid",
    "expected",
    "reserved",
];

/// What stands behind a name and says nothing of its value.
const QUALIFIERS: &[&str] = &["_value", "_base64", "_b64", "_pem", "_str", "_raw", "_data", "_plain", "_text", "_new", "_old"];

/// Whether a name announces a secret.
pub(super) fn secret_name(name: &str) -> Option<Secret> {
    /// The longest name that anybody gives, in bytes.
    const LONGEST: usize = 128;
    let name = name.trim_matches(|it: char| it.is_ascii_whitespace() || matches!(it, '-' | '_' | '\'' | '"'));
    let cut = (name.len().saturating_sub(LONGEST)..name.len()).find(|it| name.is_char_boundary(*it)).unwrap_or(name.len());
    let whole = in_one_form(name.get(cut..)?);
    let name = without_qualifiers(&whole);
    let strong = |kind| Some(Secret { kind, certainty: Certainty::Strong });
    if let Some((_, kind)) = STRONG.iter().find(|(ending, _)| name.ends_with(ending)) {
        return strong(*kind);
    }
    // A word that says nothing of its value says what is needed where it is all that follows.
    let of = |it: &Headers| if name.len() < it.begin.len() { &whole } else { name };
    if let Some(header) = HEADERS.iter().find(|it| it.have(of(it))) {
        return strong(header.kind);
    }
    let (ending, kind) = WEAK.iter().find(|(ending, _)| name.ends_with(ending))?;
    let before = name.strip_suffix(ending)?.rsplit('_').next()?;
    let is_innocent = *kind == SecretKind::Token && INNOCENT_TOKENS.contains(&before);
    (!is_innocent).then_some(Secret { kind: *kind, certainty: Certainty::Weak })
}

/// Whether the name of a parameter of a URL announces a secret.
pub(super) fn secret_parameter(name: &str) -> Option<Secret> {
    let parameter = || {
        let name = in_one_form(name);
        let is_one = name.strip_prefix('_').is_some_and(|it| PARAMETERS.contains(&it));
        is_one.then_some(Secret { kind: SecretKind::SecretField, certainty: Certainty::Parameter })
    };
    secret_name(name).or_else(parameter)
}

/// In lower case, the words joined by `_`, with `_` before it.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn in_one_form(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    out.push('_');
    let bytes = name.as_bytes();
    let is_lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    for (at, letter) in name.char_indices() {
        if !letter.is_ascii_alphanumeric() {
            if !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|it| bytes.get(it));
        let begins_word = letter.is_ascii_uppercase()
            && before.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || (it.is_ascii_uppercase() && is_lower(at + 1)));
        if begins_word && !out.ends_with('_') {
            out.push('_');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

fn without_qualifiers(mut name: &str) -> &str {
    loop {
        let without = |name: &'_ str| QUALIFIERS.iter().find_map(|it| name.strip_suffix(it)).map(str::len);
        let number = name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '_');
        let shorter = name.get(..without(name).or_else(|| without(number)).unwrap_or(number.len())).unwrap_or(name);
        let shorter = shorter.strip_suffix('s').filter(|it| !it.ends_with('s')).unwrap_or(shorter);
        if shorter.len() == name.len() || shorter.len() < 3 {
            return name;
        }
        name = shorter;
    }
}

/// What every name that announces a secret holds, in lower case: the search looks for these. Between words, `_` stands for any separator.
pub(super) const CORES: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "credential",
    "cookie",
    "authorization",
    "x_auth_",
    "x_api_",
    "api_key",
    "access_key",
    "account_key",
    "auth_key",
    "signing_key",
    "encryption_key",
    "master_key",
    "license_key",
    "subscription_key",
    "functions_key",
    "integration_key",
    "routing_key",
    "application_key",
    "app_key",
    "rpc_key",
    "dkey",
    "private_key",
    "client_key",
    "mnemonic",
    "seed_phrase",
    "session_id",
    "sessid",
    "l1_endpoint_url",
    "webhook",
    "throttling_bypass",
    "http_header",
    "url_header_list",
    "iap_jwt",
    "honeycomb_team",
    "sentry_auth",
    "jwt",
    "bearer",
    "connection_string",
];

/// A name for each row of the tables, in lower case with `_` between its words: the tests make their samples of them.
#[cfg(test)]
pub(super) fn samples() -> Vec<String> {
    let endings = STRONG.iter().chain(WEAK).map(|(ending, _)| match ending.strip_prefix('_') {
        Some(words) => words.to_owned(),
        None => format!("db_{ending}"),
    });
    let headers = HEADERS.iter().map(|it| match it.rest {
        Rest::Not(_) => format!("{}value", it.begin.trim_start_matches('_')),
        Rest::Holds(part) => format!("{}_maker{part}_sha256", it.begin.trim_start_matches('_')),
        Rest::Ends(end) => format!("{}_maker{end}", it.begin.trim_start_matches('_')),
    });
    let qualified = QUALIFIERS.iter().map(|it| format!("api_key{it}"));
    endings.chain(headers).chain(qualified).collect()
}

/// The same for what must stand with its separator.
pub(super) const SEPARATED_CORES: &[&str] = &["-signature", "_signature", "-hmac", "_hmac"];
