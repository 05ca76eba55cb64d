//! Two documents field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::by_construction::is_one;
use super::{Limits, shown};

/// The same document on both sides, where it was seen.
pub(super) struct DocumentSides {
    pub(super) ours: Option<Value>,
    pub(super) theirs: Option<Value>,
}

/// Whether a document says something else on either side that is not so by construction.
pub(super) fn differ(ours: &Value, theirs: &Value) -> bool {
    let (ours, theirs) = (flat(Some(ours)), flat(Some(theirs)));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    names.into_iter().any(|it| ours.get(it) != theirs.get(it) && !is_one(it, ours.get(it)))
}

/// Every field that differs with both values; then what differs by construction, and what is equal, on one line each.
pub(super) fn fields(sides: DocumentSides, limits: Limits) -> String {
    let both = sides.ours.is_some() && sides.theirs.is_some();
    let (ours, theirs) = (flat(sides.ours.as_ref()), flat(sides.theirs.as_ref()));
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let (equal, differing): (Vec<&String>, Vec<&String>) = names.into_iter().partition(|it| !both || ours.get(*it) == theirs.get(*it));
    let (by_construction, differing): (Vec<&String>, Vec<&String>) = differing.into_iter().partition(|it| is_one(it, ours.get(*it)));
    let mut text = String::new();
    let value = |it: Option<&String>| it.map_or_else(|| "nothing".to_owned(), |it| shown(it, limits));
    for name in differing.iter().take(limits.items) {
        text.push_str(&format!("    ≠ {}\n", shown(name, limits)));
        text.push_str(&format!("        Echonet  {}\n        mainnet  {}\n", value(ours.get(*name)), value(theirs.get(*name))));
    }
    for name in by_construction.iter().take(limits.items) {
        let (ours, theirs) = (value(ours.get(*name)), value(theirs.get(*name)));
        text.push_str(&format!("    · {}  Echonet {ours}, mainnet {theirs} (by construction)\n", shown(name, limits)));
    }
    let sign = if both { "=" } else { " " };
    for name in equal.iter().take(limits.items) {
        let value = ours.get(*name).or_else(|| theirs.get(*name)).map_or("", String::as_str);
        text.push_str(&format!("    {sign} {}  {}\n", shown(name, limits), shown(value, limits)));
    }
    let left: usize = [differing.len(), by_construction.len(), equal.len()].iter().map(|it| it.saturating_sub(limits.items)).sum();
    if 0 < left {
        text.push_str(&format!("    … ({left} more fields)\n"));
    }
    text
}

/// Values by path.
fn flat(value: Option<&Value>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open: Vec<(String, &Value)> = value.map(|it| (String::new(), it)).into_iter().collect();
    while let Some((path, value)) = open.pop() {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        match value {
            Value::Object(fields) if !fields.is_empty() => open.extend(fields.iter().map(|(name, it)| (below(name), it))),
            Value::Array(items) if !items.is_empty() => open.extend(items.iter().enumerate().map(|(at, it)| (below(&at.to_string()), it))),
            Value::String(text) => drop(all.insert(path, text.clone())),
            Value::Null => {}
            other => drop(all.insert(path, other.to_string())),
        }
    }
    all
}
