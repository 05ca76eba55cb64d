//! `whysync import`, and evidence for the other commands.

use std::path::Path;

use super::args::{EvidenceArguments, ImportArguments};
use super::exit::Exit;
use super::output::say;
use super::{CommandResult, Failure};
use crate::counted::counted;
use crate::evidence::Bundle;
use crate::investigate::{self, Evidence, Focus, Input};

pub(super) fn run(arguments: &ImportArguments) -> CommandResult {
    investigate::check_writable(&arguments.output)?;
    let (inputs, focus) = named(&arguments.evidence);
    let bundle = told(investigate::import(&inputs, &focus)?);
    investigate::save(&bundle, &arguments.output)?;
    let (resyncs, blocks) = (counted(bundle.episodes.len(), "resync"), counted(bundle.theirs.len(), "mainnet block"));
    say(&format!("{}: {resyncs}, {blocks}", arguments.output.display()));
    for (what, gap) in
        [("report", bundle.report.gap()), ("Echonet's log", bundle.logs.echonet.gap()), ("pods", bundle.deployment.pods.gap())]
    {
        if let Some(gap) = gap {
            say(&format!("  {what} {gap}"));
        }
    }
    Ok(Exit::Success)
}

/// The evidence that a command names: what is no bundle is imported on the fly.
pub(super) fn evidence(arguments: &EvidenceArguments) -> Result<Bundle, Failure> {
    Ok(told(read(arguments)?))
}

/// The same, with what became of each file if it was no bundle; nothing is said of that yet.
pub(super) fn read(arguments: &EvidenceArguments) -> Result<Evidence, Failure> {
    let (inputs, focus) = named(arguments);
    Ok(investigate::read_all(&inputs, &focus)?)
}

fn named(arguments: &EvidenceArguments) -> (Vec<Input>, Focus) {
    let focus = Focus { incident: arguments.incident.clone(), block: arguments.block, namespace: arguments.namespace.clone() };
    (arguments.evidence.iter().map(|it| Input::named(it)).collect(), focus)
}

/// The evidence at a path, all of it.
pub(super) fn all_of(path: &Path) -> Result<Bundle, Failure> {
    Ok(told(investigate::read(&Input::named(path), &Focus::default())?))
}

/// Says what became of each file.
pub(super) fn told(Evidence { bundle, files }: Evidence) -> Bundle {
    if let Some(files) = files {
        say(&files.words());
    }
    bundle
}
