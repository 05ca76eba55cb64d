//! `whysync compare`

use std::path::Path;

use super::args::{CompareArguments, ComparisonFormat, EvidenceArguments};
use super::exit::Exit;
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::engine::{Catalog, Trial, diagnose};
use crate::findings::{Diagnosis, compare};
use crate::render::comparison;

pub(super) fn run(arguments: &CompareArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let (first, second, names) = match (&arguments.second, arguments.episodes.as_slice()) {
        (Some(second), []) => {
            let names = [&arguments.first, second].map(|it| it.display().to_string());
            (diagnosed(&arguments.first, &catalog)?, diagnosed(second, &catalog)?, names)
        }
        (None, [one, other]) => {
            let whole = diagnosed(&arguments.first, &catalog)?;
            let of = |number: u32| whole.of_episode(number).ok_or_else(|| Failure::usage(format!("the bundle has no episode {number}")));
            (of(*one)?, of(*other)?, [one, other].map(|it| format!("episode {it}")))
        }
        _ => return Err(Failure::usage("compare two bundles, or two episodes of one bundle: --episodes 1,2")),
    };
    let compared = compare(&first, &second);
    let text = match arguments.format {
        ComparisonFormat::Text => comparison::text(&compared, names.each_ref().map(String::as_str)),
        ComparisonFormat::Json => comparison::json(&compared),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

fn diagnosed(path: &Path, catalog: &Catalog) -> Result<Diagnosis, Failure> {
    let bundle = import::evidence(&EvidenceArguments { evidence: path.to_owned(), block: None, namespace: None })?;
    Ok(diagnose(&bundle, catalog, Trial::StableOnly))
}
