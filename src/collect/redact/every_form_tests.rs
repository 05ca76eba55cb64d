//! Every form of a secret, written in every way, in every place.
//!
//! No secret stands in this file: each is made of the form's own facts and letters that mean nothing.

use super::forms::{FORMS, Letters};
use super::redact;
use super::secret_names::samples;
use super::urls::{PROVIDERS, WEBHOOKS};

/// A text that holds a secret, and what of it must not be left.
struct Sample {
    what: String,
    text: String,
    secret: String,
}

/// So many letters of a kind, in no order.
fn letters(kind: Letters, length: usize) -> String {
    let of: &[u8] = match kind {
        Letters::Hex => b"a7c3e9f1d05b8264",
        Letters::Upper => b"K7QX2ZM5WJ3RYH6TGPVN",
        _ => b"kQ7xZ2mW9bR4cJ6hT1vN8pLs3",
    };
    (0..length).map(|it| char::from(of[(it * 7 + it / of.len()) % of.len()])).collect()
}

fn sample(what: &str, before: &str, secret: &str, after: &str) -> Sample {
    Sample { what: what.to_owned(), text: format!("{before}{secret}{after}"), secret: secret.to_owned() }
}

/// All that is known by its look.
fn by_look() -> Vec<Sample> {
    let key = letters(Letters::Alnum, 32);
    let mut all: Vec<Sample> = FORMS.iter().map(|it| sample(it.start, it.start, &letters(it.letters, it.least), "")).collect();
    for provider in PROVIDERS {
        let host = if provider.contains('.') { (*provider).to_owned() } else { format!("{provider}.io") };
        for (before, after) in [("https://eth.", "/v2/"), ("wss://x-", "/ws/v3/"), ("rpc.", "/"), ("https://", ":443/eth/")] {
            all.push(sample(provider, &format!("{before}{host}{after}"), &key, ""));
        }
        all.push(sample(
            provider,
            &format!("HTTPSConnectionPool(host='a.{host}', port=443): Max retries exceeded with url: /"),
            &key,
            " (Caused",
        ));
        all.push(sample(provider, &format!("https://a.{host}:443 \"POST /"), &key, "/ HTTP/1.1\" 429 None"));
    }
    for webhook in WEBHOOKS {
        all.push(sample(webhook, &format!("https://{webhook}T0A1B2C3D/B0A1B2C3D/"), &key, ""));
    }
    let token = "eyJhbGciOiJI".to_owned();
    all.extend([
        sample("request without a host", "\"POST /", &key, "/ HTTP/1.1\" 429 None"),
        sample("urllib3 without a host", "Max retries exceeded with url: /v3/", &key, " (Caused by"),
        sample("node of another provider", "https://rpc.example.org/", &key, ""),
        sample("webhook without a host", "with url: /services/T0A1B2C3D/B0A1B2C3D/", &key, " (Caused"),
        sample("jwt", &format!("{token}.eyJzdWIi."), &key, ""),
        sample("jwe", &format!("{token}.{}.", letters(Letters::Alnum, 9)), &format!("{key}.{key}.{key}"), ""),
        sample("bot", "110201543:AA", &letters(Letters::Alnum, 33), ""),
        sample("azure", "abc8Q~", &letters(Letters::Alnum, 34), ""),
        sample("user and password", "https://user:", &key, "@host/path"),
        sample("database", "postgres://u:", &format!("p@{key}"), "@host/db"),
        sample("slash in a password", "postgres://u:", &format!("p/{key}"), "@host/db"),
        sample("token for a user", "https://", &key, "@example.org/a.git"),
        sample("bearer", "sent Bearer ", &key, ""),
        sample("basic", "Basic ", "dXNlcjprUTd4WjJtVzliUjQ=", ""),
    ]);
    for kind in ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED "] {
        let (begin, end) = (format!("-----BEGIN {kind}PRIVATE KEY-----\n"), format!("\n-----END {kind}PRIVATE KEY-----"));
        all.push(sample("armour", &begin, &letters(Letters::Alnum, 200), &end));
        all.push(sample("cut armour", &begin, &letters(Letters::Alnum, 200), ""));
    }
    all
}

/// How programs write the words of a name.
const STYLES: [fn(&str) -> String; 5] = [
    |it| it.to_owned(),
    |it| it.to_ascii_uppercase(),
    |it| it.replace('_', "-"),
    |it| it.split('_').map(capitalised).collect::<Vec<_>>().join("-"),
    |it| it.split('_').enumerate().map(|(at, it)| if at == 0 { it.to_owned() } else { capitalised(it) }).collect(),
];

/// The styles of a name: those of headers have hyphens or underscores.
fn styles(name: &str) -> &'static [fn(&str) -> String] {
    if name.starts_with("x_") { &STYLES[..4] } else { &STYLES }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_ascii_uppercase() + rest
}

/// Names and values as texts join them.
fn by_name() -> Vec<Sample> {
    let value = letters(Letters::Alnum, 14);
    let joints: [(&str, &str, &str); 16] = [
        ("", "=", ""),
        ("", ": ", ""),
        ("\"", "\": \"", "\""),
        ("'", "': '", "'"),
        ("('", "', '", "')"),
        ("(b'", "', b'", "')"),
        ("\"", "\": Some(\"", "\")"),
        ("", ": Some(\"", "\"),"),
        ("", "=\"", "\""),
        ("--", " ", ""),
        ("--", "=", ""),
        ("?a=b&", "=", "&c=d"),
        ("<", ">", "</x>"),
        ("environ['", "'] = '", "'"),
        ("{\"name\": \"", "\", \"value\": \"", "\"}"),
        ("GET / HTTP/1.1\r\nHost: x\r\n", ": ", "\r\nAccept: */*\r\n\r\n"),
    ];
    let mut all = Vec::new();
    for (at, name) in samples().into_iter().enumerate() {
        let styles = styles(&name);
        let name = styles[at % styles.len()](&name);
        for (before, between, after) in joints {
            all.push(sample(&format!("{name} in {before}…{between}…{after}"), &format!("{before}{name}{between}"), &value, after));
        }
    }
    all.push(sample("type of a value", "ApiKey(\"", &value, "\")"));
    all.push(sample("header without a colon", "X-Api-Token ", &value, ""));
    all
}

type NamedEncoder = (&'static str, fn(&str) -> String);

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn percent(text: &str) -> String {
    text.bytes().map(|it| if it.is_ascii_alphanumeric() { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let groups = text.as_bytes().chunks(3).map(|it| {
        let all = it.iter().fold(0_u32, |all, it| (all << 8) | u32::from(*it)) << (8 * (3 - it.len()));
        let letter = |at: usize| if at <= it.len() { char::from(LETTERS[(all >> (18 - 6 * at)) as usize & 63]) } else { '=' };
        (0..4).map(letter).collect::<String>()
    });
    groups.collect()
}

fn python(text: &str) -> String {
    format!("{text:?}").replace("\\'", "'").replace('\'', "\\'").replacen('"', "'", 1).trim_end_matches('"').to_owned() + "'"
}

const WAYS: &[NamedEncoder] = &[
    ("as it is", |it| it.to_owned()),
    ("in a sentence", |it| format!("[ERROR] [echonet.sender] it failed: {it} and was tried again")),
    ("after a line", |it| format!("Traceback:\n{it}\nnext")),
    ("in JSON", |it| format!("{{\"message\": {}, \"level\": \"ERROR\", \"height\": 7}}", json(it))),
    ("after an escaped line feed in JSON", |it| json(&format!("x\n{it}\ny"))),
    ("after an escaped tab in JSON", |it| json(&format!("x\t{it}\ty"))),
    ("as a name in JSON", |it| format!("{{{}: 1}}", json(it))),
    ("in a list in JSON", |it| format!("[1, {}, \"b\"]", json(it))),
    ("in JSON with every letter escaped", |it| {
        format!("{{\"m\": \"{}\"}}", it.encode_utf16().map(|it| format!("\\u{it:04x}")).collect::<String>())
    }),
    ("in JSON in JSON", |it| format!("{{\"m\": {}}}", json(&format!("{{\"m\": {}}}", json(it))))),
    ("in JSON three times", |it| json(&json(&json(it)))),
    ("in a line of JSON behind a time", |it| format!("2026-01-02T03:04:05Z {{\"message\": {}}} tail", json(it))),
    ("in JSON that was cut", |it| format!("{{\"a\": [{{\"message\": {}, \"b", json(it))),
    ("as Python writes it", |it| format!("send: {}", python(it))),
    ("as Python writes bytes", |it| format!("send: b{}", python(it))),
    ("as Rust writes it", |it| format!("Error {{ message: {it:?}, code: 1 }}")),
    ("in a URL", |it| format!("https://example.org/?next={}&a=b", percent(it))),
    ("in HTML", |it| format!("<p>{}</p>", html(it))),
    ("in HTML in JSON", |it| format!("{{\"m\": {}}}", json(&html(it)))),
    ("in JSON in HTML", |it| html(&format!("{{\"m\": {}}}", json(it)))),
    ("in JSON in a URL", |it| percent(&format!("{{\"m\": {}}}", json(it)))),
    ("in a URL in JSON", |it| format!("{{\"m\": {}}}", json(&format!("https://example.org/?next={}", percent(it))))),
    ("in base64", |it| base64(&format!("it says {it} "))),
    ("in base64 in JSON", |it| format!("{{\"data\": {{\"x\": \"{}\"}}}}", base64(&format!("it says {it} ")))),
    ("in JSON in base64", |it| base64(&format!("{{\"m\": {}}}", json(it)))),
];

/// What is left of a secret: so many of its letters in a row, also decoded.
fn left(secret: &str, text: &str) -> Option<String> {
    const LEFT: usize = 6;
    let decoded = serde_json::from_str::<serde_json::Value>(text).map(|it| it.to_string()).unwrap_or_default();
    let window = |it: &&[u8]| {
        let piece = std::str::from_utf8(it).expect("ASCII");
        text.contains(piece) || decoded.contains(piece) || text.contains(&base64(piece)[..8])
    };
    secret.as_bytes().windows(LEFT).find(window).map(|it| String::from_utf8_lossy(it).into_owned())
}

fn check(samples: &[Sample]) -> usize {
    let mut failures = Vec::new();
    for Sample { what, text, secret } in samples {
        for (way, write) in WAYS {
            let written = write(text);
            let once = redact(&written).text.into_owned();
            if let Some(left) = left(secret, &once) {
                failures.push(format!("{what}, {way}: `{left}` is left: {written} became {once}"));
            } else if redact(&once).text != once {
                failures.push(format!("{what}, {way}: not settled: {once} became {}", redact(&once).text));
            } else if serde_json::from_str::<serde_json::Value>(&written).is_ok()
                && serde_json::from_str::<serde_json::Value>(&once).is_err()
            {
                failures.push(format!("{what}, {way}: no JSON any more: {once}"));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        samples.len() * WAYS.len(),
        failures.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    samples.len()
}

#[test]
fn whatever_is_known_by_its_look_is_masked_in_every_place() {
    assert!(193 <= check(&by_look()));
}

#[test]
fn whatever_stands_under_a_name_of_a_secret_is_masked_in_every_place() {
    assert!(1000 <= check(&by_name()));
}

#[test]
fn a_name_of_a_secret_is_one_however_its_words_are_written() {
    let value = letters(Letters::Alnum, 14);
    for name in samples() {
        for style in styles(&name) {
            let text = format!("{}={value} {{\"{}\": \"{value}\"}}", style(&name), style(&name));
            assert!(!redact(&text).text.contains(&value), "{text} became {}", redact(&text).text);
        }
    }
}

#[test]
fn each_form_names_its_rule_and_none_begins_as_another_does() {
    for form in FORMS {
        assert!(form.rule == "own" || form.rule.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'), "{form:?}");
        assert!(form.least <= form.most, "{form:?}");
        let others = FORMS.iter().filter(|it| it.start.starts_with(form.start)).count();
        assert_eq!(others, 1, "{form:?}");
    }
}
