//! `whysync import`, and evidence for the other commands.

use std::path::Path;

use super::args::{EvidenceArguments, ImportArguments};
use super::exit::Exit;
use super::{Failure, Outcome};
use crate::collect::import::{Asked, gather};
use crate::collect::recording::Recording;
use crate::collect::store::{self, Input};
use crate::evidence::Bundle;
use crate::render::visible;

pub(super) fn run(arguments: &ImportArguments) -> Outcome {
    let bundle =
        from_folder(&arguments.folder, Asked { block: arguments.block, namespace: arguments.namespace.clone(), ..Asked::default() })?;
    store::save(&bundle, &arguments.output).map_err(Failure::unusable)?;
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
    let asked = Asked { block: arguments.block, namespace: arguments.namespace.clone(), ..Asked::default() };
    if arguments.evidence != Path::new("-") && arguments.evidence.is_dir() {
        return from_folder(&arguments.evidence, asked);
    }
    let mut bundle = store::load(&Input::named(&arguments.evidence)).map_err(Failure::unusable)?;
    bundle.incident.block = asked.block.or(bundle.incident.block);
    bundle.incident.namespace = asked.namespace.or(bundle.incident.namespace);
    Ok(bundle)
}

fn from_folder(folder: &Path, asked: Asked) -> Result<Bundle, Failure> {
    let recording = Recording::open(folder).map_err(Failure::unusable)?;
    for (path, reason) in recording.refused() {
        eprintln!("not opened: {path} ({reason})");
    }
    Ok(gather(&recording, asked))
}
