//! Where the evidence of a bundle stands in its document.

use serde_json::Value;

/// Pointers to every piece of evidence of a bundle that was observed.
pub(crate) fn observed(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("observed") {
                found.push(at.clone());
            }
            for (name, inner) in fields.iter().filter(|(name, _)| *name != "observed") {
                observed(inner, format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(all) => {
            for (position, inner) in all.iter().enumerate() {
                observed(inner, format!("{at}/{position}"), found);
            }
        }
        _ => {}
    }
}
