//! The summary of a rule: a sentence with names in it that each finding fills.

use std::collections::{BTreeMap, BTreeSet};

/// Names that a summary may use besides the captures of the rule's clauses.
pub(super) const NAMES: [&str; 12] =
    ["block", "count", "tx_hash", "field", "code", "status", "sender", "address", "slot", "elsewhere", "ours", "theirs"];

/// Fills `{name}` in a rule's summary: `block`, `count`, captures and fields of the claims; several values stand side by side.
#[must_use]
pub(in crate::engine) fn fill(template: &str, block: u64, count: usize, captures: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        match (name, captures.get(name)) {
            ("block", _) => text.push_str(&block.to_string()),
            ("count", _) => text.push_str(&count.to_string()),
            (_, Some(values)) => text.push_str(&values.iter().map(|it| it.trim_end()).collect::<Vec<_>>().join(", ")),
            (_, None) => text.push_str("(not seen)"),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// The names in `{}` of a template.
pub(super) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name)
}
