//! `whysync bundle`

use super::args::{BundleCommand, EvidenceArguments, MinimizeArguments, RedactArguments, ShowBundleArguments};
use super::exit::Exit;
use super::{Failure, Outcome, deployed, episodes, explain, import, rule_folder, write_output};
use crate::collect::store::{self, Input};
use crate::engine::authoring::minimize::minimize;
use crate::inspect::{self, Limits};

pub(super) fn run(command: &BundleCommand) -> Outcome {
    match command {
        BundleCommand::Minimize(arguments) => smallest(arguments),
        BundleCommand::Show(arguments) => show(arguments),
        BundleCommand::Lineage(arguments) => deployed::lineage(arguments),
        BundleCommand::Redact(arguments) => redacted(arguments),
        BundleCommand::Episodes(arguments) => episodes::of_bundle(arguments),
    }
}

fn show(arguments: &ShowBundleArguments) -> Outcome {
    let evidence = EvidenceArguments { evidence: arguments.evidence.clone(), block: None, namespace: None };
    let bundle = import::evidence(&evidence)?;
    if arguments.audit {
        let lines = inspect::audit(&bundle);
        let none = "the bundle holds no audit log: it was not collected from a live deployment";
        write_output(&lines.ok_or_else(|| Failure::usage(none))?, None)?;
        return Ok(Exit::Success);
    }
    let limits = Limits { items: arguments.limit, characters: 2_000 };
    let text = match (arguments.block, arguments.tx, &arguments.log) {
        (Some(height), _, _) => {
            let text = inspect::block(&bundle, height, limits);
            text.ok_or_else(|| Failure::usage(format!("the bundle holds nothing of block {height}: `bundle show` lists what it holds")))?
        }
        (_, Some(hash), _) => {
            let text = inspect::transaction(&bundle, hash, limits);
            text.ok_or_else(|| Failure::usage(format!("no block of the bundle has the transaction {hash}; try --log {hash}")))?
        }
        (_, _, Some(pattern)) => inspect::log(&bundle, pattern, limits),
        (None, None, None) => inspect::sections(&bundle),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

/// Every bundle is redacted when it is read; this writes what was read.
fn redacted(arguments: &RedactArguments) -> Outcome {
    let bundle = store::load(&Input::named(&arguments.bundle)).map_err(Failure::unusable)?;
    store::save(&bundle, &arguments.output).map_err(Failure::unusable)?;
    Ok(Exit::Success)
}

fn smallest(arguments: &MinimizeArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let rule = explain::named(&catalog, &arguments.rule)?;
    let bundle = import::evidence(&arguments.evidence)?;
    let small = minimize(&bundle, rule, &catalog.interpreter).map_err(Failure::usage)?;
    store::save(&small, &arguments.output).map_err(Failure::unusable)?;
    let lines = |it: &crate::evidence::Bundle| it.logs.echonet.value().map_or(0, |it| it.lines.len());
    eprintln!("{}: {} of {} log lines are left", arguments.output.display(), lines(&small), lines(&bundle));
    Ok(Exit::Success)
}
