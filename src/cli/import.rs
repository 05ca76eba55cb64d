//! `whysync import`, and evidence for the other commands.

use std::path::Path;

use super::args::{EvidenceArguments, ImportArguments};
use super::exit::Exit;
use super::{Failure, Outcome};
use crate::evidence::Bundle;
use crate::investigate::{self, Evidence, Focus, Input};
use crate::render::visible;

pub(super) fn run(arguments: &ImportArguments) -> Outcome {
    let focus = Focus { block: arguments.block, namespace: arguments.namespace.clone() };
    let bundle = told(investigate::import(&arguments.folder, &focus)?);
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

/// The evidence that a command names: a folder is imported on the fly.
pub(super) fn evidence(arguments: &EvidenceArguments) -> Result<Bundle, Failure> {
    let focus = Focus { block: arguments.block, namespace: arguments.namespace.clone() };
    Ok(told(investigate::read(&Input::named(&arguments.evidence), &focus)?))
}

/// The evidence at a path, all of it.
pub(super) fn all_of(path: &Path) -> Result<Bundle, Failure> {
    Ok(told(investigate::read(&Input::named(path), &Focus::default())?))
}

/// Says what was not opened.
fn told(Evidence { bundle, refused }: Evidence) -> Bundle {
    for it in refused {
        eprintln!("not opened: {} ({})", it.path, it.reason);
    }
    bundle
}
