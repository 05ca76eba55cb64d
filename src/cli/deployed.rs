//! `whysync deployed` and `whysync bundle lineage`

use super::args::{DeployedArguments, EvidenceArguments, LineageArguments, TableFormat};
use super::exit::Exit;
use super::output::{write_output, write_page};
use super::{CommandResult, Failure, import, lineage_notes};
use crate::evidence::Bundle;
use crate::investigate::{self, FixOptions, LineageExtent, Rules};
use crate::render;

pub(super) fn run(arguments: &DeployedArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    let clone = arguments.repo.as_deref().map(investigate::open_clone).transpose()?;
    let mut bundle = evidence(arguments)?;
    if let Some(clone) = &clone {
        // Nothing is kept, and no place in the code is shown.
        investigate::add_lineage(&mut bundle, clone, &rules, LineageExtent::Now)?;
    }
    lineage_notes::tell(&bundle);
    let table = investigate::fixes(&bundle, &rules, &FixOptions { pull_request: arguments.pr });
    match arguments.format {
        TableFormat::Text => write_page(&render::deployed::text(&table))?,
        TableFormat::Json => write_output(&render::deployed::json(&table), None)?,
    }
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
pub(super) fn lineage(arguments: &LineageArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    let output = match (&arguments.output, arguments.evidence.evidence.as_slice()) {
        (Some(output), _) => output,
        (None, [only]) if only.is_file() => only,
        (None, _) => return Err(unnamed()),
    };
    investigate::check_writable(output)?;
    let clone = investigate::open_clone(&arguments.repo)?;
    let evidence = import::read(&arguments.evidence)?;
    // What is no bundle is somebody's evidence, and stays as it is.
    if arguments.output.is_none() && evidence.files.is_some() {
        return Err(unnamed());
    }
    let mut bundle = import::told(evidence);
    investigate::add_lineage(&mut bundle, &clone, &rules, LineageExtent::Lasting)?;
    investigate::save(&bundle, output)?;
    lineage_notes::tell(&bundle);
    Ok(Exit::Success)
}

fn unnamed() -> Failure {
    Failure::usage("name the bundle to write with --output: what was read is not a bundle file")
}
