//! What the formats say word for word: files below `tests/snapshots`. `UPDATE=1 cargo test snapshots` writes them anew.
#![expect(clippy::disallowed_methods, reason = "a test reads and, when asked, writes its own snapshots")]

use std::path::Path;

use whysync::render::{Colour, Detail, Options, named, write};

use super::{fixtures, formats_but};

fn check(fixture: &str, format: &str, detail: Detail) {
    let (_, diagnosis) = fixtures::all().into_iter().find(|(name, _)| *name == fixture).expect("a fixture");
    let format = named(format).expect("a format");
    let version = concat!("\"semanticVersion\": \"", env!("CARGO_PKG_VERSION"), "\"");
    let text = write(format, &diagnosis, &Options { width: 80, colour: Colour::Plain, detail });
    let text = text.replace(version, "\"semanticVersion\": \"(this one)\"");
    let suffix = match detail {
        Detail::Short => "",
        Detail::Full => ".full",
        Detail::Brief => ".brief",
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{fixture}{suffix}.{}", format.extension));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).expect("the snapshot can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let line =
        text.lines().zip(expected.lines()).position(|(new, old)| new != old).unwrap_or(text.lines().count().min(expected.lines().count()));
    assert!(
        text == expected,
        "{} differs in line {}: expected\n{}\ngot\n{}\n(UPDATE=1 writes it anew)",
        path.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("(end)"),
        text.lines().nth(line).unwrap_or("(end)")
    );
}

#[test]
fn texts_are_as_they_were_read() {
    for fixture in ["explained", "partly-explained", "together", "novel", "inconclusive", "no-divergence", "nothing-known"] {
        check(fixture, "text", Detail::Short);
    }
    for fixture in ["quiet", "open", "without-a-resync", "contradicted"] {
        check(fixture, "text", Detail::Short);
    }
    for fixture in ["explained", "quiet"] {
        check(fixture, "text", Detail::Full);
    }
    for fixture in ["explained", "partly-explained", "together", "novel", "inconclusive", "no-divergence", "quiet", "contradicted"] {
        check(fixture, "text", Detail::Brief);
    }
}

#[test]
fn documents_are_as_they_were_read() {
    // A page is looked at in a browser.
    for format in formats_but(&["html"]) {
        check("explained", format.name, Detail::Short);
        check("inconclusive", format.name, Detail::Short);
    }
    for fixture in ["partly-explained", "together", "novel", "no-divergence"] {
        check(fixture, "markdown", Detail::Short);
    }
    for fixture in ["partly-explained", "no-divergence"] {
        check(fixture, "junit", Detail::Short);
    }
    check("together", "slack", Detail::Short);
    for format in ["markdown", "slack", "junit", "json"] {
        check("open", format, Detail::Short);
    }
    check("quiet", "markdown", Detail::Short);
    check("contradicted", "markdown", Detail::Short);
}
