//! Redaction.

use whysync::collect::redact::{left_over, redact};

use super::readers::text;

/// A secret that its own look gives away wherever it stands, and one of the cloud.
const CANARIES: [&str; 2] = ["ghp_kQ7xZ2mW9bR4cJ6hT1vN8pLs3kQ7xZ2mW9bR", "AKIAK7QX2ZM5WJ3RYH6T"];

/// A hash as every document holds it.
const HASH: &str = "0x4ec4c5f2b51a0f3459a829972f9fa96724286e3c8a0836e77090e108cb70909";

/// Whatever a text is: once is enough, nothing is left that the last look would find, JSON stays JSON, and behind it a canary is masked and
/// a record of a program is not.
pub(super) fn redaction(input: &[u8]) {
    let text = text(input);
    let once = redact(&text);
    assert_eq!(redact(&once.text).text, once.text, "once more is something else");
    assert_eq!(once.count == 0, once.text == text, "{} secrets", once.count);
    assert_eq!(left_over(&once.text), None, "a secret is left: {}", once.text);
    if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
        assert!(serde_json::from_str::<serde::de::IgnoredAny>(&once.text).is_ok(), "JSON became none: {}", once.text);
    }
    for canary in CANARIES {
        let masked = redact(&format!("{text}\n{canary}\n")).text.into_owned();
        assert!(!masked.contains(canary), "the canary is left: {masked}");
    }
    let line = format!("\n[INFO] [echonet.flask] Forwarded tx: {HASH}\n");
    let masked = redact(&format!("{text}{line}")).text.into_owned();
    assert!(masked.ends_with(&line), "a hash was touched: {masked}");
}
