//! `whysync schema`

use super::Outcome;
use super::args::{Document, SchemaArguments};
use super::exit::Exit;
use super::output::{write_output, write_page};
use crate::investigate::schemas::{paths, printed, schemas};

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
            write_page(&paths())?;
            return Ok(Exit::Success);
        }
    };
    let schema = schemas().into_iter().find(|(it, _)| *it == name).map(|(_, schema)| schema).unwrap_or_default();
    write_output(&printed(&schema), None)?;
    Ok(Exit::Success)
}
