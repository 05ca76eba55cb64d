//! What must not enter a bundle: every byte that [`super`] reads passes through [`redact`].

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::redact_pattern::{PROVIDERS, SECRET, START};
use super::redact_value::{Form, Head, is_hex_number, looks_random, value};

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text; borrowed if it holds no secret.
    pub text: Cow<'a, str>,
    /// How many secrets were replaced by tokens.
    pub count: u64,
}

/// One replacement: bytes of the text, and what takes their place.
struct Edit {
    range: Range<usize>,
    token: String,
}

/// Replaces each secret by a token `«redacted:<kind>:<4 hexadecimal digits of its SHA-256>»`.
///
/// Kinds: `url-key`, `webhook`, `header`, `bearer`, `jwt`, `cloud-key`, `token`, `private-key`, `private-key-begin` (one that the text ends
/// or breaks off in; [`SplitKeys`](super::split_keys::SplitKeys) finds the rest in other texts), `basic-auth`, `secret-field`. Equal secrets
/// give equal tokens, a text that has been redacted stays as it is, and valid JSON stays valid JSON. Hashes and addresses (`0x` and up to
/// 64 hexadecimal digits) stay, except under a name that can only be a secret's, such as `private_key`.
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    // A token can complete what looked innocent before it was there; a second look settles that.
    const LOOKS: usize = 4;
    let mut redacted = Redacted { text: Cow::Borrowed(text), count: 0 };
    for _ in 0..LOOKS {
        let edits = edits(&redacted.text);
        if edits.is_empty() {
            break;
        }
        redacted = Redacted { count: redacted.count + edits.len() as u64, text: Cow::Owned(applied(&redacted.text, edits)) };
    }
    redacted
}

fn applied(text: &str, edits: Vec<Edit>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for Edit { range, token } in edits {
        out.push_str(text.get(copied..range.start).unwrap_or_default());
        out.push_str(&token);
        copied = range.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}

/// The replacements that one look finds, in order and apart from each other.
fn edits(text: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut form = None;
    let mut at = 0;
    // The end of the last run of characters of a host name that named a provider and was no address of one.
    let mut refused_until = 0;
    while let Some(start) = START.find_at(text, at).map(|it| it.start()) {
        let rest = text.get(start..).unwrap_or_default();
        let names_provider = PROVIDERS.iter().any(|it| rest.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it)));
        let is_refused = names_provider && start < refused_until;
        let found = if is_refused || continues_word(text, start) { None } else { SECRET.captures(rest) };
        if found.is_none() && names_provider && !is_refused {
            // What follows on the run decides alike for every name in it, so a long run is followed to its end once.
            let is_host = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-');
            refused_until = start + rest.bytes().take_while(|it| is_host(it)).count();
        }
        let verdict = found.map(|found| match found.name("head") {
            Some(_) => field(rest, &found, *form.get_or_insert_with(|| form_of(text))),
            None => plain(&found),
        });
        let passed = match verdict {
            Some(Verdict::Secret(range, token)) => {
                let end = range.end;
                edits.push(Edit { range: start + range.start..start + end, token });
                end
            }
            Some(Verdict::Innocent(end)) => end,
            None => 0,
        };
        // Always onwards.
        at = start + passed.max(rest.chars().next().map_or(1, char::len_utf8));
    }
    edits
}

/// What a candidate turned out to be. Places are in bytes from where it starts.
enum Verdict {
    /// A secret, and what takes its place.
    Secret(Range<usize>, String),
    /// None; the search goes on at this place.
    Innocent(usize),
}

/// Whether the candidate would have to start a word, and does not. Decided before [`SECRET`] looks at it: of a long run of such starts,
/// each would be followed to its end.
fn continues_word(text: &str, at: usize) -> bool {
    const STARTS_WORD: [&str; 13] =
        ["eyJ", "ya29", "AIza", "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox"];
    let (before, rest) = text.split_at(at);
    let is_inside = |and: u8| before.bytes().next_back().is_some_and(|it| it.is_ascii_alphanumeric() || it == b'_' || it == and);
    if STARTS_WORD.iter().any(|it| rest.starts_with(it)) {
        return is_inside(b'-');
    }
    // `fee_token` is an address; `LAB_TOKEN` is written like a variable of the environment.
    let is_token = rest.get(.."token".len()).is_some_and(|it| it.eq_ignore_ascii_case("token") && it != "TOKEN");
    is_token && is_inside(b'_')
}

fn form_of(text: &str) -> Form {
    let starts_like_json = text.trim_start().starts_with(['{', '[', '"']);
    if starts_like_json && serde_json::from_str::<IgnoredAny>(text).is_ok() { Form::Json } else { Form::Text }
}

/// A secret that is known by its own look.
fn plain(found: &Captures<'_>) -> Verdict {
    const KINDS: [(&str, &str); 12] = [
        ("pem", "private-key"),
        ("provider", "url-key"),
        ("retries", "url-key"),
        ("hook", "webhook"),
        ("slack", "webhook"),
        ("discord", "webhook"),
        ("path", "url-key"),
        ("basic", "basic-auth"),
        ("bearer", "bearer"),
        ("jwt", "jwt"),
        ("cloud", "cloud-key"),
        ("forge", "token"),
    ];
    let Some((group, kind, secret)) = KINDS.into_iter().find_map(|(group, kind)| Some((group, kind, found.name(group)?))) else {
        return Verdict::Innocent(found.get(0).map_or(0, |it| it.end()));
    };
    let is_words = |it: &str| it.bytes().all(|it| it.is_ascii_lowercase() || matches!(it, b'-' | b'_'));
    let mut text = secret.as_str();
    let innocent = match group {
        "provider" | "retries" | "hook" => {
            // A sentence may end right after the URL.
            text = text.trim_end_matches(['.', ':', '?', '!', '/']);
            text.is_empty() || (group == "provider" && text.len() < 6 && !text.contains('/'))
        }
        "path" => is_hex_number(text) || is_words(text),
        "bearer" => is_hex_number(text) || !looks_random(text),
        // A longer run is compressed data that happens to start like a key.
        "cloud" => text.starts_with("AIza") && text.len() > 64,
        _ => false,
    };
    if innocent || is_token(text) {
        return Verdict::Innocent(secret.start());
    }
    // One key under several paths is one secret.
    let hashed = if kind == "url-key" { text.split(['/', '?', '&', '=']).max_by_key(|it| it.len()).unwrap_or(text) } else { text };
    let kind = if group == "pem" { of_key(text) } else { kind };
    Verdict::Secret(secret.start()..secret.start() + text.len(), token(kind, hashed))
}

/// A secret that is known by the name before it; `text` starts with the name.
fn field(text: &str, found: &Captures<'_>, form: Form) -> Verdict {
    const KINDS: [(&str, &str); 6] = [
        ("private", "private-key"),
        ("field", "secret-field"),
        ("webhook", "webhook"),
        ("header", "header"),
        ("token", "token"),
        ("weak", "secret-field"),
    ];
    let end = found.get(0).map_or(0, |it| it.end());
    let [key, left, right] = ["key", "left", "right"].map(|it| found.name(it).map(|it| it.as_str()));
    if left != right || left.is_some_and(|it| Some(it) != key) {
        return Verdict::Innocent(end);
    }
    let kind = KINDS.into_iter().find_map(|(group, kind)| found.name(group).map(|_| kind)).unwrap_or("secret-field");
    let weak = found.name("weak").map(|it| it.as_str());
    let kind = if weak.is_some_and(|it| it.eq_ignore_ascii_case("token")) { "token" } else { kind };
    let head = Head {
        end,
        key_quote: key.map(|it| match it {
            // An even run of backslashes is text at the end of the name.
            quote if form == Form::Json && quote.ends_with('"') && !quote.len().is_multiple_of(2) => "\"",
            quote => quote,
        }),
        is_weak: weak.is_some(),
        is_header: kind == "header",
        is_assignment: found.name("sep").is_some_and(|it| it.as_str().starts_with('=')),
    };
    let Some(value) = value(text, &head, form) else { return Verdict::Innocent(end) };
    let secret = text.get(value.range.clone()).unwrap_or_default();
    if is_token(secret) {
        return Verdict::Innocent(value.range.end);
    }
    let kind = if value.is_bearer { "bearer" } else { kind };
    let kind = if secret.contains("-----BEGIN ") { of_key(secret) } else { kind };
    Verdict::Secret(value.range, format!("{0}{1}{0}", value.quote, token(kind, secret)))
}

/// The kind of an armoured key.
fn of_key(text: &str) -> &'static str {
    if text.contains("-----END ") { "private-key" } else { "private-key-begin" }
}

fn is_token(text: &str) -> bool {
    static TOKEN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"^\\*["']?«redacted:[a-z-]+:[0-9a-f]{4}»\\*["']?$"#).expect("a fixed pattern"));
    TOKEN.is_match(text)
}

/// What takes the place of a secret.
pub(super) fn token(kind: &str, secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let (first, second) = (digest.first().copied().unwrap_or_default(), digest.get(1).copied().unwrap_or_default());
    format!("«redacted:{kind}:{first:02x}{second:02x}»")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is left of `text`, with each token written as `<kind>`.
    fn left(text: &str) -> String {
        let tokens = Regex::new("«redacted:([a-z-]+):[0-9a-f]{4}»").expect("a fixed pattern");
        tokens.replace_all(&redact(text).text, "<$1>").into_owned()
    }

    fn check(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(left(text), *expected, "{text}");
            let once = redact(text).text.into_owned();
            assert_eq!(redact(&once).text, once, "redacting `{text}` again");
        }
    }

    #[test]
    fn secrets_in_prose_and_urls_become_typed_tokens_and_the_rest_stays_readable() {
        check(&[
            (
                "429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/CANARY0123456789CANARY",
                "429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/<url-key>",
            ),
            (
                "error sending request for url (https://mainnet.infura.io/v3/CANARY0)",
                "error sending request for url (https://mainnet.infura.io/v3/<url-key>)",
            ),
            ("wss://mainnet.infura.io/ws/v3/CANARY0, next", "wss://mainnet.infura.io/ws/v3/<url-key>, next"),
            ("https://x.quiknode.pro/CANARY0/ failed", "https://x.quiknode.pro/<url-key>/ failed"),
            (
                "ankr-ankrankr and infura, see https://rpc.ankr.com/eth/CANARY0",
                "ankr-ankrankr and infura, see https://rpc.ankr.com/eth/<url-key>",
            ),
            ("https://rpc.ankr.com/eth/CANARY0?a=b.", "https://rpc.ankr.com/eth/<url-key>."),
            ("https://eth.blastapi.io/CANARY0", "https://eth.blastapi.io/<url-key>"),
            ("https://nd-1.core.chainstack.com/CANARY0", "https://nd-1.core.chainstack.com/<url-key>"),
            (
                "HTTPSConnectionPool(host='x.quiknode.pro', port=443): Max retries exceeded with url: /CANARY0 (Caused by x)",
                "HTTPSConnectionPool(host='x.quiknode.pro', port=443): Max retries exceeded with url: /<url-key> (Caused by x)",
            ),
            ("Max retries exceeded with url: /v2/CANARY0123456789 (", "Max retries exceeded with url: /v2/<url-key> ("),
            ("url=https%3A%2F%2Fx.g.alchemy.com%2Fv2%2FCANARY0", "url=https%3A%2F%2Fx.g.alchemy.com%2Fv2%2F<url-key>"),
            ("https://hooks.slack.com/services/T0FAKE000/B0FAKE000/CANARY0", "https://hooks.slack.com/services/<webhook>"),
            ("with url: /services/T0FAKE000/B0FAKE000/CANARY0 (Caused", "with url: /services/<webhook> (Caused"),
            ("X-Throttling-Bypass: CANARY0", "X-Throttling-Bypass: <header>"),
            ("http_headers=X-Throttling-Bypass$^$CANARY0", "http_headers=<header>"),
            ("X-Throttling-Bypass$^$CANARY0", "X-Throttling-Bypass$^$<header>"),
            ("Authorization: Bearer CANARY0, Accept: x", "Authorization: Bearer <bearer>, Accept: x"),
            ("authorization: Basic Q0FOQVJZ", "authorization: Basic <header>"),
            ("curl -H 'x-api-key: CANARY0' x", "curl -H 'x-api-key: <secret-field>' x"),
            ("sent bearer CANARY0 to it", "sent bearer <bearer> to it"),
            ("jwt eyJhbGciOiJI.eyJzdWIi.c2ln end", "jwt <jwt> end"),
            ("key ya29.CANARY-0 end", "key <cloud-key> end"),
            ("AIzaSyA0123456789012345678901234567890123 x", "<cloud-key> x"),
            ("push with ghp_CANARY0123456789012345678 x", "push with <token> x"),
            ("xoxb-123-CANARY x", "<token> x"),
            ("postgres://user:CANARY@db/x", "postgres://<basic-auth>@db/x"),
            ("https://u:CANARY@x.quiknode.pro/CANARY0", "https://<basic-auth>@x.quiknode.pro/<url-key>"),
            ("password=CANARY(0)[1] x", "password=<secret-field> x"),
            ("connect(password=CANARY, db=1)", "connect(password=<secret-field>, db=1)"),
            ("ALCHEMY_API_KEY=CANARY", "ALCHEMY_API_KEY=<secret-field>"),
            ("x-token: CANARY0 x", "x-token: <token> x"),
            ("https://api.quiknode-eu.pro/CANARY0", "https://api.quiknode-eu.pro/<url-key>"),
            ("LAB_TOKEN=CANARY0 app_secret=CANARY", "LAB_TOKEN=<token> app_secret=<secret-field>"),
            ("GITHUB_TOKEN=CANARY", "GITHUB_TOKEN=<token>"),
            ("slack_webhook_url: CANARY", "slack_webhook_url: <webhook>"),
            ("private_key=0xabc", "private_key=<private-key>"),
            ("-----BEGIN RSA PRIVATE KEY-----\nCANA+/Y=\nRY\n-----END RSA PRIVATE KEY-----\nafter", "<private-key>\nafter"),
            (r"k: -----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\nafter", r"k: <private-key>\nafter"),
            ("-----BEGIN PRIVATE KEY-----\nCANARY\n[INFO] cut", "<private-key-begin>[INFO] cut"),
            ("private_key: \"-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\" x", "private_key: \"<private-key>\" x"),
        ]);
    }

    #[test]
    fn secrets_under_names_are_masked_whole_at_every_depth_of_escaping() {
        check(&[
            (r#"{"password":"CAN\"ARY\\","x":1}"#, r#"{"password":"<secret-field>","x":1}"#),
            (r#"{"password": 12345, "x": null}"#, r#"{"password": "<secret-field>", "x": null}"#),
            (r#"{"a":{"api_key":12}}"#, r#"{"a":{"api_key":"<secret-field>"}}"#),
            (r#"{"m":"{\"password\":\"CAN\\\"ARY\",\"x\":1}"}"#, r#"{"m":"{\"password\":\"<secret-field>\",\"x\":1}"}"#),
            (r#"{"m":"{\"m\":\"{\\\"token\\\":\\\"CANARY\\\"}\"}"}"#, r#"{"m":"{\"m\":\"{\\\"token\\\":\\\"<token>\\\"}\"}"}"#),
            (r"{'password': 'CAN\'ARY', 'x': 1}", r"{'password': '<secret-field>', 'x': 1}"),
            (r#"{"m":"{'secret_key': 'CANARY', 'x': 1}"}"#, r#"{"m":"{'secret_key': '<secret-field>', 'x': 1}"}"#),
            (
                r#"{"ordered_l1_endpoint_urls": ["https://a/]CANARY", "CANARY"], "x": 1}"#,
                r#"{"ordered_l1_endpoint_urls": "<secret-field>", "x": 1}"#,
            ),
            (r#"{"http_headers":{"X":"CAN}ARY","Y":["CANARY"]},"x":1}"#, r#"{"http_headers":"<header>","x":1}"#),
            (r#"{"m":"\"url_header_list\":[{\"u\":\"CANARY\"}],\"x\":1"}"#, r#"{"m":"\"url_header_list\":\"<header>\",\"x\":1"}"#),
            ("{'http_headers': {'X': 'CANARY'}, 'x': 1}", "{'http_headers': '<header>', 'x': 1}"),
            (r#"http_headers: Some({"X": "CANARY"}), x: 1"#, "http_headers: Some(<header>), x: 1"),
            (r#"{"l1_events_provider_api_key":"CANARY"}"#, r#"{"l1_events_provider_api_key":"<secret-field>"}"#),
            (r#"{"feeder_x_throttling_bypass":"CANARY"}"#, r#"{"feeder_x_throttling_bypass":"<header>"}"#),
            (r#"{"slack_webhook_url":"CANARY"}"#, r#"{"slack_webhook_url":"<webhook>"}"#),
            (r#"{"name":"ALCHEMY_API_KEY","value":"CANARY"}"#, r#"{"name":"ALCHEMY_API_KEY","value":"<secret-field>"}"#),
            (r#"{"authorization":"Bearer CANARY"}"#, r#"{"authorization":"Bearer <bearer>"}"#),
            (r#"{"private_key":"0x1f"}"#, r#"{"private_key":"<private-key>"}"#),
            (r#"{"u":"https:\/\/x.alchemy.com\/v2\/CANARY0\/x"}"#, r#"{"u":"https:\/\/x.alchemy.com\/v2\/<url-key>"}"#),
            (r#"{"k":"-----BEGIN PRIVATE KEY-----\nCANARY","x":1}"#, r#"{"k":"<private-key-begin>","x":1}"#),
            (
                r#"{"k":"-----BEGIN PRIVATE KEY-----\nCAN\/ARY\u002bCANARY\u003d\n-----END PRIVATE KEY-----\n","x":1}"#,
                r#"{"k":"<private-key>\n","x":1}"#,
            ),
            (
                r#"{"k":"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: G v2.0 (x)\n\nCANARY\n=aB1+\n-----END PGP PRIVATE KEY BLOCK-----","x":1}"#,
                r#"{"k":"<private-key>","x":1}"#,
            ),
        ]);
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "Insufficient fee token balance. Fee: 123",
            "fee_token: STRK, nextPageToken=abc1",
            r#"Resources bounds exceed balance. token: 0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7"#,
            r#"{"token":"0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7","secret":null}"#,
            r#"{"msg":"the password: ","x":"y","m":"token=","n":"{\"m\":\"token=\",\"x\":1}"}"#,
            r#"{"nextPageToken":"abc","api_key":null,"secret":{"secretName":"echonet-secrets"}}"#,
            "https://voyager.online/v2/0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
            "the bearer authentication failed; no token: retry",
            "crates/alchemy/src/v2/update-the-something",
            "https://feeder.alpha-mainnet.starknet.io:8080/feeder_gateway/get_block?blockNumber=1",
            "«redacted:url-key:7f3a» password=«redacted:secret-field:0000»",
        ] {
            assert_eq!(redact(text).text, text);
        }
    }

    #[test]
    fn hostile_repetition_costs_no_more_than_its_length() {
        // Each of these took quadratic time in some form of the search; now a test that hangs says so.
        for piece in [
            "eyJ",
            "eyJaaaa-",
            "token:\"",
            "token: '",
            "password:[",
            "password={{[",
            "password=)",
            "://u:p",
            "/v2/aaaaaaaaaaaaaaaaaaaa",
            "-----BEGIN ",
        ] {
            let text = format!("{}{}", piece.repeat(200_000 / piece.len()), ")".repeat(100_000));
            let once = redact(&text).text.into_owned();
            assert_eq!(redact(&once).text, once, "{piece}");
        }
    }

    #[test]
    fn equal_secrets_give_equal_tokens_and_each_is_counted() {
        let text = "https://x.g.alchemy.com/v2/CANARY0123456789CANARY with url: /v2/CANARY0123456789CANARY";
        let redacted = redact(text);
        let tokens: Vec<_> = redacted.text.split_whitespace().filter_map(|it| it.split_once("/v2/")).map(|(_, token)| token).collect();
        assert!(matches!(tokens.as_slice(), [first, second] if first == second), "{}", redacted.text);
        assert_eq!(redacted.count, 2);
    }

    const PIECES: [&str; 34] = [
        "password",
        "token",
        "secret",
        "http_headers",
        "api_key",
        "=",
        ":",
        ": ",
        "\"",
        "'",
        "\\",
        "\\\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        " ",
        "\n",
        "/v2/",
        "CANARY0123456789CANARY",
        "https://x.alchemy.com/",
        "Bearer ",
        "«redacted:token:0000»",
        "«",
        "»",
        "u:p@",
        "://",
        "/services/T1/B1/x",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "eyJabcde.abcde.x",
        "authorization",
        "value",
    ];

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![4 => proptest::sample::select(PIECES.as_slice()).prop_map(str::to_owned), 1 => "[ -~é\u{130}]{0,6}"];
        proptest::collection::vec(piece, 0..24).prop_map(|it| it.concat())
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![hostile().prop_map(serde_json::Value::from), any::<i64>().prop_map(serde_json::Value::from)];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let text = inner.clone().prop_map(|it| serde_json::Value::from(it.to_string()));
            let object = proptest::collection::btree_map(hostile(), inner.clone(), 0..4);
            prop_oneof![
                text,
                proptest::collection::vec(inner, 0..4).prop_map(serde_json::Value::from),
                object.prop_map(|it| serde_json::Value::Object(it.into_iter().collect()))
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn redacting_twice_changes_nothing_more(text in hostile()) {
            let once = redact(&text).text.into_owned();
            prop_assert_eq!(&redact(&once).text, &once);
        }

        #[test]
        fn valid_json_stays_valid_and_settles(value in json()) {
            let text = value.to_string();
            let once = redact(&text).text.into_owned();
            prop_assert!(serde_json::from_str::<serde_json::Value>(&once).is_ok(), "{} became {}", text, once);
            prop_assert_eq!(&redact(&once).text, &once);
        }

        #[test]
        fn hashes_survive(digits in "[0-9a-fA-F]{1,64}", before in proptest::sample::select(&[
            "", "tx=", "Fee token: ", "token=", "secret: ", "\"token\":\"", "'secret': '", "url: /v2/", "bearer ", "https://starkscan.co/v3/",
        ][..])) {
            let text = format!("{before}0x{digits}");
            prop_assert_eq!(&redact(&text).text, &text);
        }
    }
}
