//! `whysync schema`

use serde_json::Value;

use super::args::{Document, SchemaArguments};
use super::exit::Exit;
use super::{Outcome, write_output};
use crate::engine::authoring::rule_test::TestFile;
use crate::engine::language::rule::RuleFile;
use crate::engine::reference::path_reference;
use crate::evidence::Bundle;
use crate::facts::CaseDocument;
use crate::render::{comparison, deployed, json};

pub(super) fn run(arguments: &SchemaArguments) -> Outcome {
    let name = match arguments.document {
        Document::Bundle => "bundle",
        Document::Case => "case",
        Document::Rule => "rule",
        Document::RuleTest => "rule-test",
        Document::Diagnosis => "diagnosis",
        Document::Comparison => "comparison",
        Document::Deployed => "deployed",
        Document::Paths => {
            write_output(&path_reference::text(&path_reference::paths()), None)?;
            return Ok(Exit::Success);
        }
    };
    let schema = schemas().into_iter().find(|(it, _)| *it == name).map(|(_, schema)| schema).unwrap_or_default();
    write_output(&printed(&schema), None)?;
    Ok(Exit::Success)
}

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
