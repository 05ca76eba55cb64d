//! No text takes longer than its length allows: what is twice as long takes at most so much more than twice the steps.

use super::held::MaskedValues;
use super::redact_with;
use super::steps::steps_of;
use crate::collect::split_keys::SplitKeys;

/// Shapes that took, or could take, quadratic time in a search like this one.
fn shapes() -> Vec<String> {
    let pieces = [
        "eyJ",
        "eyJaaaa-",
        "eyJaaaa.",
        "eyJaaaa.b.",
        "token:\"",
        "token: '",
        "token:«",
        "token",
        "password=REDACTED",
        "password:|'",
        "password:|",
        "x-authorization digest -",
        "password:[",
        "password={{[",
        "password=)",
        "password:(",
        "://u:p",
        "://u:p@",
        "://",
        "://rpc/",
        "://rpc/a",
        "://rpc.a/a",
        "/v2/aaaaaaaaaaaaaaaaaaaa",
        "/v2/",
        "-----BEGIN ",
        "-----",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "END PRIVATE KEY-----",
        "ankr",
        "ankr.",
        "ankr.x/",
        "ankr.x/a?",
        "a.ankr.x ",
        "ankr.x:1\"",
        "with url: /",
        "POST /",
        "/services/T/",
        "/services/T",
        "/webhooks/1/",
        "hooks.slack.com/",
        "hooks.slack.com/a/",
        "{",
        "[",
        "{\"",
        "[\"",
        "{\"a\":",
        "{\"password\":",
        "{\"name\":\"password\",\"value\":",
        "[[1],",
        "\"",
        "\\",
        "\\\"",
        "\\\\\"",
        "\\u",
        "\\u0041",
        "%",
        "%41",
        "%25",
        "&",
        "&#",
        "&amp;",
        "&#65;",
        "«redacted:",
        "«redacted:token:0000»",
        "«",
        "bearer ",
        "basic ",
        "basic a",
        "x-token ",
        "--token ",
        "--token=",
        "?key=",
        "&sig=a",
        ":AA",
        "Q~",
        "ghp_",
        "ghp_a",
        "AKIA",
        "ya29.",
        "SG.",
        "xoxd-/",
        "a/",
        "ICAg/",
        "cGFz/",
        "dG9rZW49",
        "secret<a>",
        "<password>",
        "password: |\n ",
        "cookie: a; ",
        "authorization: digest ",
        "Some(",
        "token: Some(\n",
        "'token':\n",
        "{'token': [\n ",
        "password:[\n ",
        "password:[\n [\n",
        "password:\n  a\n",
        "password<a\n",
        "-----BEGIN PRIVATE KEY-----\n2026-11-22T08:29:13Z ",
        "token: Some(",
        "\"name\":\"token\",",
        "'token', '",
        "\n",
        " ",
        "\0",
        "é",
    ];
    let mut all: Vec<String> = pieces.iter().map(|it| (*it).to_owned()).collect();
    all.extend(pieces.iter().flat_map(|it| ["\n", "\"", "'", ")", "\\"].map(|end| format!("{it}{end}"))));
    all
}

/// Documents that nest so deep, each with what closes it. Names of secrets stand at the top, or at every depth.
fn nested(length: usize) -> Vec<String> {
    let levels =
        [("[", "]"), ("{\"a\":", "}"), ("{\"password\":", "}"), ("{\"name\":\"password\",\"value\":", "}"), ("[{\"token\":", "}]")];
    let nest = |(open, close): (&str, &str)| {
        let depth = length / (open.len() + close.len());
        format!("{{\"password\": {}7{}}}", open.repeat(depth), close.repeat(depth))
    };
    levels.into_iter().map(nest).collect()
}

/// Texts in which a shape is repeated: as it is, after what opens something, and as a JSON string.
fn texts(piece: &str, length: usize) -> Vec<String> {
    let run = piece.repeat(length / piece.len() + 1);
    let string = serde_json::Value::from(run.as_str()).to_string();
    vec![
        format!("password: {run}"),
        format!("[{{\"a\": {string}, \"b\": 1}}, {run}"),
        format!("{{\"token\": \"x\", \"m\": {string}}}"),
        run,
    ]
}

fn steps(text: &str) -> u64 {
    // What other tests hold meanwhile would be looked for, too.
    let held = MaskedValues::default();
    let (redacted, first) = steps_of(|| redact_with(text, &held).text.into_owned());
    let mut keys = SplitKeys::default();
    let lines = |keys: &mut SplitKeys| {
        for line in redacted.split('\n') {
            keys.mask_line("a", &mut line.to_owned());
        }
    };
    // Of a key that has begun, too.
    let ((), second) = steps_of(|| {
        lines(&mut keys);
        keys.mask_line("a", &mut redact_with("-----BEGIN PRIVATE KEY-----", &held).text.into_owned());
        lines(&mut keys);
    });
    first + second
}

#[test]
fn twice_the_text_takes_twice_the_steps() {
    const LENGTH: usize = 2 * 1024;
    /// Of the bytes of a text: the encodings that are followed, each searched some times, and another look.
    const PER_BYTE: u64 = 600;
    let mut failures = Vec::new();
    let mut check = |what: &str, once: &str, twice: &str| {
        let (short, long) = (steps(once), steps(twice));
        if 22 * short + 20_000 < 10 * long || PER_BYTE * (twice.len() as u64) < long {
            failures.push(format!("{what:?}: {short} steps, of twice the text {long}, for {} bytes", twice.len()));
        }
    };
    for piece in shapes() {
        texts(&piece, LENGTH).iter().zip(texts(&piece, 2 * LENGTH)).for_each(|(once, twice)| check(&piece, once, &twice));
    }
    nested(LENGTH).iter().zip(nested(2 * LENGTH)).for_each(|(once, twice)| check(&format!("{once:.60}"), once, &twice));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn nesting_costs_no_more_than_it_is_deep() {
    let mut text = "password=x1y2z3".to_owned();
    for depth in 0..40 {
        let steps = steps(&text);
        assert!(steps <= 600 * text.len() as u64, "{steps} steps for {} bytes at depth {depth}", text.len());
        text = if text.len() < 100_000 { serde_json::json!({"m": text}).to_string() } else { text };
    }
}
