//! `whysync bundle`

use super::args::{BundleCommand, MinimizeArguments, RedactArguments, ShowBundleArguments};
use super::exit::Exit;
use super::output::{say, write_output, write_page};
use super::{CommandResult, Failure, deployed, episodes, import};
use crate::investigate::inspect::{self, Limits};
use crate::investigate::{self, Input, Rules};

pub(super) fn run(command: &BundleCommand) -> CommandResult {
    match command {
        BundleCommand::Minimize(arguments) => smallest(arguments),
        BundleCommand::Show(arguments) => show(arguments),
        BundleCommand::Lineage(arguments) => deployed::lineage(arguments),
        BundleCommand::Redact(arguments) => redacted(arguments),
        BundleCommand::Episodes(arguments) => episodes::of_bundle(arguments),
    }
}

fn show(arguments: &ShowBundleArguments) -> CommandResult {
    let bundle = import::all_of(&arguments.evidence)?;
    if arguments.audit {
        let lines = inspect::audit(&bundle);
        let none = "the bundle holds no audit log: it was not collected from a live deployment";
        write_output(&lines.ok_or_else(|| Failure::usage(none))?, None)?;
        return Ok(Exit::Success);
    }
    let limits = Limits { items: arguments.limit, ..Limits::default() };
    let text = match (arguments.block, &arguments.tx, &arguments.log) {
        (Some(height), _, _) => {
            let text = inspect::block(&bundle, height, limits);
            text.ok_or_else(|| Failure::usage(format!("the bundle holds nothing of block {height}: `bundle show` lists what it holds")))?
        }
        (_, Some(name), _) => match inspect::named(&bundle, name).as_slice() {
            [] => return Err(Failure::usage(format!("no block of the bundle has the transaction {name}; try --log {name}"))),
            [hash] => inspect::transaction(&bundle, *hash, limits).unwrap_or_default(),
            several => {
                let all: Vec<String> = several.iter().map(ToString::to_string).collect();
                return Err(Failure::usage(format!("{name} can be {} transactions: {}", all.len(), all.join(", "))));
            }
        },
        (_, _, Some(pattern)) => inspect::log(&bundle, pattern, limits),
        (None, None, None) => inspect::sections(&bundle),
    };
    write_page(&text)?;
    Ok(Exit::Success)
}

/// Every bundle is redacted when it is read; this writes what was read.
fn redacted(arguments: &RedactArguments) -> CommandResult {
    investigate::check_writable(&arguments.output)?;
    let bundle = investigate::load(&Input::named(&arguments.bundle))?;
    investigate::save(&bundle, &arguments.output)?;
    Ok(Exit::Success)
}

fn smallest(arguments: &MinimizeArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    // A wrong name is told before any evidence is read.
    rules.rule(&arguments.rule)?;
    investigate::check_writable(&arguments.output)?;
    let bundle = import::evidence(&arguments.evidence)?;
    let small = investigate::minimize(&bundle, &rules, &arguments.rule)?;
    investigate::save(&small, &arguments.output)?;
    let lines = |it: &crate::evidence::Bundle| it.logs.echonet.value().map_or(0, |it| it.lines.len());
    say(&format!("{}: {} of {} log lines are left", arguments.output.display(), lines(&small), lines(&bundle)));
    Ok(Exit::Success)
}
