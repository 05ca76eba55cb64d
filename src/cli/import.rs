//! `whysync import`, and evidence for the other commands.

use std::path::Path;

use super::args::{EvidenceArguments, ImportArguments};
use super::exit::Exit;
use super::{Failure, Outcome};
use crate::evidence::Bundle;
use crate::investigate::{self, Evidence, Focus, Input};
use crate::render::visible;

pub(super) fn run(arguments: &ImportArguments) -> Outcome {
    let focus = Focus { incident: arguments.incident.clone(), block: arguments.block, namespace: arguments.namespace.clone() };
    let bundle = told(investigate::import(&arguments.paths, &focus)?);
    investigate::save(&bundle, &arguments.output)?;
    let heights = bundle.theirs.len();
    eprintln!("{}: {} resync(s), {heights} mainnet block(s)", arguments.output.display(), bundle.episodes.len());
    for (what, gap) in
        [("report", bundle.report.gap()), ("Echonet's log", bundle.logs.echonet.gap()), ("pods", bundle.deployment.pods.gap())]
    {
        if let Some(gap) = gap {
            eprintln!("  {what} {}", visible(&gap));
        }
    }
    Ok(Exit::Success)
}

/// The evidence that a command names: what is no bundle is imported on the fly.
pub(super) fn evidence(arguments: &EvidenceArguments) -> Result<Bundle, Failure> {
    let focus = Focus { incident: arguments.incident.clone(), block: arguments.block, namespace: arguments.namespace.clone() };
    let inputs: Vec<Input> = arguments.evidence.iter().map(|it| Input::named(it)).collect();
    Ok(told(investigate::read_all(&inputs, &focus)?))
}

/// The evidence at a path, all of it.
pub(super) fn all_of(path: &Path) -> Result<Bundle, Failure> {
    Ok(told(investigate::read(&Input::named(path), &Focus::default())?))
}

/// Says what became of each file.
fn told(Evidence { bundle, files }: Evidence) -> Bundle {
    if let Some(files) = files {
        eprintln!("{}", visible(&files.words()));
    }
    bundle
}
