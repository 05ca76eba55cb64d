//! Which names announce a secret: of fields, headers, cookies, parameters, options and variables.
//!
//! A name is looked at in one form: in lower case, its words joined by `_`, with `_` before it. So `X-Api-Key`, `xApiKey`, `X_API_KEY` and
//! `x api key` are one name.

use super::edit::Kind;

/// What a name says of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Secret {
    pub(super) kind: Kind,
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
const STRONG: &[(&str, Kind)] = &[
    ("password", Kind::SecretField),
    ("passwd", Kind::SecretField),
    ("passphrase", Kind::SecretField),
    ("passcode", Kind::SecretField),
    ("api_key", Kind::SecretField),
    ("apikey", Kind::SecretField),
    ("secret_key", Kind::SecretField),
    ("secretkey", Kind::SecretField),
    ("secret_access_key", Kind::SecretField),
    ("client_secret", Kind::SecretField),
    ("clientsecret", Kind::SecretField),
    ("app_secret", Kind::SecretField),
    ("shared_secret", Kind::SecretField),
    ("webhook_secret", Kind::SecretField),
    ("signing_secret", Kind::SecretField),
    ("jwt_secret", Kind::SecretField),
    ("project_secret", Kind::SecretField),
    ("api_secret", Kind::SecretField),
    ("consumer_secret", Kind::SecretField),
    ("access_key", Kind::SecretField),
    ("accesskey", Kind::SecretField),
    ("account_key", Kind::SecretField),
    ("accountkey", Kind::SecretField),
    ("auth_key", Kind::SecretField),
    ("authkey", Kind::SecretField),
    ("signing_key", Kind::SecretField),
    ("encryption_key", Kind::SecretField),
    ("master_key", Kind::SecretField),
    ("license_key", Kind::SecretField),
    ("subscription_key", Kind::SecretField),
    ("functions_key", Kind::SecretField),
    ("integration_key", Kind::SecretField),
    ("routing_key", Kind::SecretField),
    ("application_key", Kind::SecretField),
    ("_app_key", Kind::SecretField),
    ("_rpc_key", Kind::SecretField),
    ("_drpc_key", Kind::SecretField),
    ("_dkey", Kind::SecretField),
    ("_mnemonic", Kind::SecretField),
    ("seed_phrase", Kind::SecretField),
    ("l1_endpoint_url", Kind::SecretField),
    ("private_key", Kind::PrivateKey),
    ("privatekey", Kind::PrivateKey),
    ("_client_key", Kind::PrivateKey),
    ("webhook_url", Kind::Webhook),
    ("webhookurl", Kind::Webhook),
    ("authorization", Kind::Header),
    ("_cookie", Kind::Header),
    ("throttling_bypass", Kind::Header),
    ("http_header", Kind::Header),
    ("url_header_list", Kind::Header),
    ("_x_goog_iap_jwt_assertion", Kind::Header),
    ("_x_honeycomb_team", Kind::Header),
    ("_x_sentry_auth", Kind::Header),
    ("access_token", Kind::Token),
    ("accesstoken", Kind::Token),
    ("auth_token", Kind::Token),
    ("authtoken", Kind::Token),
    ("refresh_token", Kind::Token),
    ("_id_token", Kind::Token),
    ("session_token", Kind::Token),
    ("bearer_token", Kind::Token),
    ("private_token", Kind::Token),
    ("deploy_token", Kind::Token),
    ("job_token", Kind::Token),
    ("api_token", Kind::Token),
    ("apitoken", Kind::Token),
    ("bot_token", Kind::Token),
    ("github_token", Kind::Token),
    ("gitlab_token", Kind::Token),
    ("slack_token", Kind::Token),
    ("npm_token", Kind::Token),
    ("sas_token", Kind::Token),
    ("csrf_token", Kind::Token),
    ("xsrf_token", Kind::Token),
    ("identitytoken", Kind::Token),
    ("identity_token", Kind::Token),
];

/// Names that may as well be innocent, as whole words at the end.
const WEAK: &[(&str, Kind)] = &[
    ("_token", Kind::Token),
    ("_pwd", Kind::SecretField),
    ("_secret", Kind::SecretField),
    ("_credential", Kind::SecretField),
    ("_jwt", Kind::Token),
    ("_bearer", Kind::Bearer),
    ("_webhook", Kind::Webhook),
    ("_connection_string", Kind::SecretField),
    ("session_id", Kind::SecretField),
    ("sessionid", Kind::SecretField),
    ("sessid", Kind::SecretField),
];

/// Names that are a secret's only as parameters of a URL. The search looks for them with what stands before them there.
pub(super) const PARAMETERS: &[&str] = &["key", "auth", "sig", "signature", "session", "pass", "code"];

/// Headers whose makers name them alike.
const HEADERS: &[Headers] = &[
    Headers { begin: "_x_api_", rest: Rest::Not(&["version", "name", "id", "method", "path", "warn"]), kind: Kind::Header },
    Headers { begin: "_x_auth_", rest: Rest::Not(&["request"]), kind: Kind::Header },
    Headers { begin: "_x", rest: Rest::Holds("_signature"), kind: Kind::Header },
    Headers { begin: "_x", rest: Rest::Holds("_hmac"), kind: Kind::Header },
    Headers { begin: "_x", rest: Rest::Ends("_token"), kind: Kind::Token },
];

struct Headers {
    begin: &'static str,
    rest: Rest,
    kind: Kind,
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
    let is_innocent = *kind == Kind::Token && INNOCENT_TOKENS.contains(&before);
    (!is_innocent).then_some(Secret { kind: *kind, certainty: Certainty::Weak })
}

/// Whether the name of a parameter of a URL announces a secret.
pub(super) fn secret_parameter(name: &str) -> Option<Secret> {
    let parameter = || {
        let name = in_one_form(name);
        let is_one = name.strip_prefix('_').is_some_and(|it| PARAMETERS.contains(&it));
        is_one.then_some(Secret { kind: Kind::SecretField, certainty: Certainty::Parameter })
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
