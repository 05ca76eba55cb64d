//! What secrets look like.

use std::sync::LazyLock;

use regex::Regex;

/// Names of services whose addresses hold a key.
pub(super) const PROVIDERS: [&str; 8] = ["alchemy", "infura", "quiknode", "quicknode", "ankr", "blastapi", "chainstack", "p2pify"];

/// The start of each alternative of [`SECRET`]. It is little more than a search for literals, so that a text without secrets, such as a
/// block, costs next to nothing.
pub(super) static START: LazyLock<Regex> = LazyLock::new(|| {
    let rest = concat!(
        r"|hooks\.slack\.",
        r"|/v[23]|%2Fv[23]|(?:/|%2F)services|(?:/|%2F)webhooks|:\\{0,3}/\\{0,3}/",
        r"|private[_ -]?key|secret|client[_-]?secret|passw|passphrase|api[_ -]?key|l1_endpoint_url",
        r"|webhook|authorization|throttling[_-]bypass|x-auth-|http_headers|url_header_list",
        r"|(?:access|auth|refresh|id|session|bearer|api|bot|github|gitlab|slack)[_-]?token|token|bearer)",
        r"|«redacted:|-----BEGIN |eyJ|ya29|AIza|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox"
    );
    Regex::new(&format!("(?i-u:{}{rest}", PROVIDERS.join("|"))).expect("a fixed pattern")
});

/// Everything that is or announces a secret, from its start. `head` announces one: [`value`] finds where the secret ends.
pub(super) static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    // A slash, also as JSON or a URL may escape it.
    let s = r"(?:\\{0,3}/|%2[Ff])";
    let provider = format!("(?:{})", PROVIDERS.join("|"));
    let prefix = format!(r"(?:(?:v[0-9](?:_[0-9]+)?|ws|rpc|eth|starknet|nft|data|version){s})*");
    let rest = r#"(?:[^\s"'<>()\\,;`«»]|\\u[0-9a-fA-F]{4}|\\{1,3}/)*"#;
    let strong = concat!(
        r"(?P<private>private[_ -]?key)",
        r"|(?P<field>secret[_ -]?(?:access[_-]?)?key|client[_-]?secret|passw(?:or)?d|passphrase|api[_ -]?key|l1_endpoint_urls?)",
        r"|(?P<webhook>webhook(?:[_ -]?urls?)?)",
        r"|(?P<header>authorization|throttling[_-]bypass|x-auth-[a-z]+|http_headers|url_header_list)",
        r"|(?P<token>(?:access|auth|refresh|id|session|bearer|api|bot|github|gitlab|slack)[_-]?token)",
    );
    let pattern = [
        r"(?P<done>«redacted:[a-z-]+:[0-9a-f]{4}»)".to_owned(),
        // The body of a key in armour: base64, headers, line ends as they are or as JSON escapes them. Its end may be cut off.
        format!("(?P<pem>{PEM})"),
        format!(r"(?i:{provider}[a-z0-9-]*\.[a-z0-9.-]+(?::[0-9]+)?{s}{prefix}(?P<provider>{rest}))"),
        format!(r#"(?i:{provider}[a-z0-9.-]*\\*['"]?, port=[0-9]+\): Max retries exceeded with url: {s}{prefix}(?P<retries>{rest}))"#),
        format!(r"(?i:hooks\.slack\.com{s}[a-z]+{s}(?P<hook>{rest}))"),
        format!(r"(?i:{s}services{s}(?P<slack>T[a-z0-9]+{s}B[a-z0-9]+{s}[a-z0-9]+))"),
        format!(r"(?i:{s}webhooks{s}(?P<discord>[0-9]+{s}[a-z0-9_-]+))"),
        format!(r"(?i:{s}v[23]{s})(?P<path>[A-Za-z0-9_-]{{16,}})"),
        r#"(?::\\{0,3}/\\{0,3}/)(?P<basic>[^/\s:@"'\\<>«»]*:[^/\s@"'\\<>«»]+)@"#.to_owned(),
        format!(
            r#"(?i:(?P<head>(?:{strong}|(?P<weak>token|secret))(?:(?P<key>\\*["'])\s*(?:,\s*(?P<left>\\*["'])value(?P<right>\\*["'])\s*)?(?::|=>?)\s*|[ \t]*(?P<sep>\$\^\$|=>|[:=$]+)[ \t]*)(?:Some\()?))"#
        ),
        r"(?i:bearer[ \t]+)(?P<bearer>[A-Za-z0-9._~+/-]{6,}=*)".to_owned(),
        concat!(
            r"(?P<jwt>eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*)",
            r"|(?P<cloud>ya29\.[A-Za-z0-9._-]+|AIza[0-9A-Za-z_-]{35,}|(?:AKIA|ASIA)[0-9A-Z]{16})",
            r"|(?P<forge>gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[a-z]-[A-Za-z0-9-]+)"
        )
        .to_owned(),
    ]
    .join("|");
    Regex::new(&format!("^(?:{pattern})")).expect("a fixed pattern")
});

const PEM: &str = concat!(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----",
    r#"(?:(?:\s|\\+[nr])+(?:Version|Comment|MessageID|Hash|Charset|Proc-Type|DEK-Info): [^\n\r"'\\«»]*)*"#,
    r"(?:[A-Za-z0-9+/=\s:,]|-[A-Za-z0-9]|\\+(?:[nrt/]|u00(?:0[9aAdD]|2[bBdDfF]|3[dD])))*",
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?"
);

/// The end of the armoured key that starts at `at`, if one does.
pub(super) fn armoured_key_end(text: &str, at: usize) -> Option<usize> {
    static START: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("^(?:{PEM})")).expect("a fixed pattern"));
    START.find(text.get(at..)?).map(|it| at + it.end())
}
