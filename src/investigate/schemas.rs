//! The documents that programs may rely on: JSON Schemas, and the paths that rules may use.

use serde_json::Value;

use crate::engine::authoring::rule_test::TestFile;
use crate::engine::language::rule::RuleFile;
use crate::engine::reference::path_reference;
use crate::evidence::Bundle;
use crate::facts::CaseDocument;
use crate::render::{comparison, deployed, json};

/// The schemas of all documents, by the name of their file in `evidence-schemas/`.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("bundle", schemars::schema_for!(Bundle).to_value()),
        ("case", schemars::schema_for!(CaseDocument).to_value()),
        ("rule", schemars::schema_for!(RuleFile).to_value()),
        ("rule-test", schemars::schema_for!(TestFile).to_value()),
        ("diagnosis", json::schema()),
        ("comparison", comparison::schema()),
        ("deployed", deployed::schema()),
    ]
}

/// A schema as its file holds it.
#[must_use]
pub fn printed(schema: &Value) -> String {
    let mut text = serde_json::to_string_pretty(schema).unwrap_or_default();
    text.push('\n');
    text
}

/// Every path that a rule may use, as lines.
#[must_use]
pub fn paths() -> String {
    path_reference::text(&path_reference::paths())
}
