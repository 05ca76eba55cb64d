//! Places in JSON documents, and values that nobody expects there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;

/// What stands in a place instead, as it is written: not all of it is JSON.
pub(super) static NASTY: LazyLock<Vec<String>> = LazyLock::new(|| {
    let deep = |open: &str, close: &str, depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let mut all: Vec<String> = [
        "null",
        "true",
        "-1",
        "0",
        "1.5",
        "-0",
        "1e2",
        "1e400",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        r#""""#,
        r#""0x""#,
        r#""0x0""#,
        r#""not hex""#,
        r#""18446744073709551615""#,
        r#""0.14.3""#,
        r#""\ud800""#,
        r#""\u0000""#,
        r#""\u001b[31m\u001b]8;;http://x\u0007""#,
        r#""\u202e\u2066\u200b""#,
        r#""<script>alert(1)</script>""#,
        r#""a\nb\r\n\tc""#,
        r#""0x800000000000011000000000000000000000000000000000000000000000001""#,
        r#""0x800000000000011000000000000000000000000000000000000000000000000""#,
        r#""9999-12-31T23:59:59Z""#,
        r#""0000-01-01T00:00:00Z""#,
        r#""9999-12-31T23:59:59-23:00""#,
        r#""0000-01-01T00:00:00+23:00""#,
        r#""block_hash_mismatch:18446744073709551615""#,
        "[]",
        "{}",
        "[[[[]]]]",
        "[null]",
        r#"[{}]"#,
        r#"{"observed":{}}"#,
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend([
        format!("\"0x{}\"", "f".repeat(64)),
        format!("\"0x{}\"", "1".repeat(5_000)),
        "9".repeat(400),
        format!("\"{}\"", "A".repeat(20_000)),
        format!("\"{}\"", "Error at pc=0:1:\\n".repeat(1_000)),
        deep("[", "]", 100),
        deep("[", "]", 1_000),
        deep("{\"a\":", "}", 126),
    ]);
    all
});

/// The places of a document, as pointers, by their shape: what differs only in an index, a height or a hash is of one shape.
pub(super) fn places(document: &Value) -> BTreeMap<String, Vec<String>> {
    let mut shapes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = vec![(document, String::new(), String::new())];
    while let Some((value, at, shape)) = open.pop() {
        if !at.is_empty() {
            shapes.entry(shape.clone()).or_default().push(at.clone());
        }
        match value {
            Value::Object(fields) => open.extend(fields.iter().map(|(name, inner)| {
                let is_value = name.starts_with("0x") || name.bytes().any(|it| it.is_ascii_digit());
                (
                    inner,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    format!("{shape}/{}", if is_value { "#" } else { name }),
                )
            })),
            Value::Array(all) => {
                open.extend(all.iter().enumerate().map(|(index, it)| (it, format!("{at}/{index}"), format!("{shape}/[]"))))
            }
            _ => {}
        }
    }
    shapes
}

/// The document with something else in a place, as a text.
pub(super) fn with(mut document: Value, place: &str, instead: &str) -> String {
    /// No document holds this.
    const HOLE: &str = "\u{e000}a hole\u{e000}";
    if let Some(value) = document.pointer_mut(place) {
        *value = HOLE.into();
    }
    document.to_string().replacen(&format!("\"{HOLE}\""), instead, 1)
}

/// Takes what stands in a place out of its list or object.
pub(super) fn remove(document: &mut Value, place: &str) {
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(&name.replace("~1", "/").replace("~0", "~"))),
        Some(Value::Array(all)) => {
            if let Some(index) = name.parse().ok().filter(|it| *it < all.len()) {
                all.remove(index);
            }
        }
        _ => {}
    }
}

#[test]
fn places_of_one_shape_stand_together_and_a_hole_is_filled_as_it_is_written() {
    let document: Value = serde_json::json!({"a": [1, 2], "0x1": {"b/c": 1}, "0x2": {"b/c": 2}});
    let shapes = places(&document);
    let counts: BTreeSet<(&str, usize)> = shapes.iter().map(|(shape, all)| (shape.as_str(), all.len())).collect();
    assert_eq!(counts, BTreeSet::from([("/a", 1), ("/a/[]", 2), ("/#", 2), ("/#/b/c", 2)]));
    assert_eq!(with(serde_json::json!({"a": [1, 2]}), "/a/1", "1e400"), r#"{"a":[1,1e400]}"#);
    let mut less = document;
    remove(&mut less, "/0x1/b~1c");
    remove(&mut less, "/a/0");
    assert_eq!(less, serde_json::json!({"a": [2], "0x1": {}, "0x2": {"b/c": 2}}));
}
