//! `whysync schema`

use super::CommandResult;
use super::args::{SchemaArguments, SchemaDocument};
use super::exit::Exit;
use super::output::{write_output, write_page};
use crate::investigate::schemas::{paths, printed, schemas};

pub(super) fn run(arguments: &SchemaArguments) -> CommandResult {
    let name = match arguments.document {
        SchemaDocument::Bundle => "bundle",
        SchemaDocument::Case => "case",
        SchemaDocument::Rule => "rule",
        SchemaDocument::RuleTest => "rule-test",
        SchemaDocument::Diagnosis => "diagnosis",
        SchemaDocument::Comparison => "comparison",
        SchemaDocument::Deployed => "deployed",
        SchemaDocument::Paths => {
            write_page(&paths())?;
            return Ok(Exit::Success);
        }
    };
    let schema = schemas().into_iter().find(|(it, _)| *it == name).map(|(_, schema)| schema).unwrap_or_default();
    write_output(&printed(&schema), None)?;
    Ok(Exit::Success)
}
