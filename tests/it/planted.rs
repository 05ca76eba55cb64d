//! A secret of every form that the redaction knows: each made of a row of its tables, as they stand in the source, and of letters that mean
//! nothing.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

/// A text that holds a secret.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) text: String,
    /// What of it must be left nowhere; each has its own.
    secret: String,
}

/// One of each form.
pub(crate) static EVERY: LazyLock<Vec<Planted>> = LazyLock::new(|| {
    let mut all = Vec::new();
    let mut plant = |alphabet: &[u8], (length, before): (usize, String)| {
        let secret = letters(alphabet, length, all.len());
        all.push(Planted { text: format!("{before}{secret}"), secret });
    };
    for row in rows(include_str!("../../src/collect/redact/forms.rs"), r#"form\("[^"]+", "([^"]+)", (\w+), \((\d+), (\w+)\)"#) {
        let [start, alphabet, least, most] = row.as_slice() else { panic!("{row:?}") };
        let (least, most): (usize, usize) = (least.parse().expect("a number"), most.parse().unwrap_or(usize::MAX));
        let alphabet = match alphabet.as_str() {
            "Hex" => HEX,
            "Upper" => UPPER,
            _ => MIXED,
        };
        plant(alphabet, (least.max(SHORTEST).min(most), start.clone()));
    }
    let urls = include_str!("../../src/collect/redact/urls.rs");
    for host in list(urls, "PROVIDERS") {
        let host = if host.contains('.') { host } else { format!("{host}.io") };
        plant(MIXED, (SHORTEST, format!("https://eth.{host}/v2/")));
    }
    for start in list(urls, "WEBHOOKS") {
        plant(MIXED, (SHORTEST, format!("https://{start}T0A1B2C3D/B0A1B2C3D/")));
    }
    for row in rows(include_str!("../../src/collect/redact/secret_names.rs"), r#"\("(\w+)", SecretKind::\w+\)"#) {
        plant(MIXED, (SHORTEST, format!("db_{}=", row[0].trim_start_matches('_'))));
    }
    all
});

/// The form whose secret is left in a text, with what stands around it.
pub(crate) fn left(text: &str) -> Option<String> {
    static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| AhoCorasick::new(EVERY.iter().map(|it| &it.secret)).expect("texts"));
    let found = SEARCH.find(text)?;
    let around = text.as_bytes().get(found.start().saturating_sub(100)..found.end()).unwrap_or_default();
    Some(format!("{} in {}", EVERY[found.pattern().as_usize()].text, String::from_utf8_lossy(around)))
}

const SHORTEST: usize = 20;
const HEX: &[u8] = b"a7c3e9f1d05b8264";
const UPPER: &[u8] = b"K7QX2ZM5WJ3RYH6TGPVN";
const MIXED: &[u8] = b"kQ7xZ2mW9bR4cJ6hT1vN8pLs3";

/// Letters in no order, others for each number.
fn letters(alphabet: &[u8], length: usize, number: usize) -> String {
    let mut state = number as u64 + 1;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(state >> 33) as usize % alphabet.len()])
    };
    (0..length).map(letter).collect()
}

/// What a pattern finds in each row of a table.
fn rows(source: &str, pattern: &str) -> Vec<Vec<String>> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let cells = |it: regex::Captures<'_>| it.iter().skip(1).flatten().map(|it| it.as_str().to_owned()).collect();
    pattern.captures_iter(source).map(cells).collect()
}

/// The texts of a list.
fn list(source: &str, name: &str) -> Vec<String> {
    let start = source.find(&format!("const {name}: &[&str] = &[")).unwrap_or_else(|| panic!("no {name}"));
    let list = source[start..].split("];").next().expect("a list");
    rows(list, r#""([^"]+)""#).into_iter().flatten().collect()
}

#[test]
fn one_secret_of_every_form_is_planted_and_each_is_its_own() {
    let mut secrets: Vec<&str> = EVERY.iter().map(|it| it.secret.as_str()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    assert_eq!(secrets.len(), EVERY.len());
    assert!(280 < EVERY.len(), "{} were read", EVERY.len());
    for planted in EVERY.iter() {
        assert!(left(&planted.text).is_some_and(|it| it.starts_with(&planted.text)), "{planted:?} is not found");
    }
}
