//! The summary of a rule: a sentence with names in it that each finding fills.

use std::collections::{BTreeMap, BTreeSet};

use crate::counted::counted;

/// Names that a summary may use besides the captures of the rule's clauses.
pub(super) const NAMES: [&str; 12] =
    ["block", "count", "tx_hash", "field", "code", "status", "sender", "address", "slot", "elsewhere", "ours", "theirs"];

/// Fills `{name}` in a rule's summary: `block`, `count`, captures and fields of the claims; several values stand side by side. `{count NOUN}`
/// is the number with its noun.
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
        if let Some(noun) = name.strip_prefix("count ") {
            text.push_str(&counted(count, noun));
            rest = after;
            continue;
        }
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
    let names = template.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(name, _)| name);
    names.map(|it| if it.starts_with("count ") { "count" } else { it })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_noun_is_singular_for_one_thing_alone() {
        let filled = |count| fill("{count transaction} in {block}", 7, count, &BTreeMap::new());
        assert_eq!([filled(1), filled(2)], ["1 transaction in 7", "2 transactions in 7"]);
        assert_eq!(placeholders("{count transaction} in {block}").collect::<Vec<_>>(), ["count", "block"]);
    }
}
