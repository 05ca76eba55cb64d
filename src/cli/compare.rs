//! `whysync compare`

use std::path::Path;

use super::args::{CompareArguments, ComparisonFormat};
use super::exit::Exit;
use super::output::{write_output, write_page};
use super::{CommandResult, Failure, import};
use crate::findings::Diagnosis;
use crate::investigate::{self, DiagnosisOptions, Rules};
use crate::render::comparison;

pub(super) fn run(arguments: &CompareArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    let (compared, names) = match (&arguments.second, arguments.episodes.as_slice()) {
        (Some(second), []) => {
            let names = [&arguments.first, second].map(|it| it.display().to_string());
            (investigate::compare(&diagnosed(&arguments.first, &rules)?, &diagnosed(second, &rules)?), names)
        }
        (None, [one, other]) => {
            let whole = diagnosed(&arguments.first, &rules)?;
            (investigate::compare_episodes(&whole, [*one, *other])?, [one, other].map(|it| format!("episode {it}")))
        }
        _ => return Err(Failure::usage("compare two bundles, or two episodes of one bundle: --episodes 1,2")),
    };
    match arguments.format {
        ComparisonFormat::Text => write_page(&comparison::text(&compared, names.each_ref().map(String::as_str)))?,
        ComparisonFormat::Json => write_output(&comparison::json(&compared), None)?,
    }
    Ok(Exit::Success)
}

fn diagnosed(path: &Path, rules: &Rules) -> Result<Diagnosis, Failure> {
    Ok(investigate::diagnose(&import::all_of(path)?, rules, &DiagnosisOptions::default()))
}
