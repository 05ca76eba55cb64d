//! `whysync deployed` and `whysync bundle lineage`

use super::args::{DeployedArguments, EvidenceArguments, LineageArguments, TableFormat};
use super::exit::Exit;
use super::{Failure, Outcome, import, lineage_notes, write_output};
use crate::evidence::Bundle;
use crate::investigate::{self, FixOptions, Input, LineageExtent, Rules};
use crate::render;

pub(super) fn run(arguments: &DeployedArguments) -> Outcome {
    let rules = Rules::load(&arguments.rules.set())?;
    let clone = arguments.repo.as_deref().map(investigate::open_clone).transpose()?;
    let mut bundle = evidence(arguments)?;
    if let Some(clone) = &clone {
        // Nothing is kept, and no place in the code is shown.
        investigate::add_lineage(&mut bundle, clone, &rules, LineageExtent::Now)?;
    }
    lineage_notes::tell(&bundle);
    let table = investigate::fixes(&bundle, &rules, &FixOptions { pull_request: arguments.pr });
    let text = match arguments.format {
        TableFormat::Text => render::deployed::text(&table),
        TableFormat::Json => render::deployed::json(&table),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

/// A bundle, or what a live deployment says that it runs.
fn evidence(arguments: &DeployedArguments) -> Result<Bundle, Failure> {
    let namespace = arguments.namespace.clone();
    match (&arguments.evidence, namespace) {
        (Some(evidence), namespace) => {
            import::evidence(&EvidenceArguments { evidence: vec![evidence.clone()], incident: None, block: arguments.block, namespace })
        }
        #[cfg(feature = "live")]
        (None, Some(namespace)) => super::collect::what_runs(&arguments.options(namespace)),
        (None, _) => Err(Failure::usage("name a bundle: this build cannot ask a live deployment")),
    }
}

/// Adds the lineage to a bundle and writes it.
pub(super) fn lineage(arguments: &LineageArguments) -> Outcome {
    let rules = Rules::load(&arguments.rules.set())?;
    let output = match (&arguments.output, arguments.evidence.evidence.as_slice()) {
        (Some(output), _) => output,
        // What is no bundle is somebody's evidence, and stays as it is.
        (None, [only]) if only.is_file() && investigate::load(&Input::named(only)).is_ok() => only,
        (None, _) => return Err(Failure::usage("name the bundle to write with --output: what was read is no bundle file")),
    };
    let clone = investigate::open_clone(&arguments.repo)?;
    let mut bundle = import::evidence(&arguments.evidence)?;
    investigate::add_lineage(&mut bundle, &clone, &rules, LineageExtent::Lasting)?;
    investigate::save(&bundle, output)?;
    lineage_notes::tell(&bundle);
    Ok(Exit::Success)
}
