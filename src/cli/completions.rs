//! `whysync completions`

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory};
use clap_complete::generate;

use super::CommandResult;
use super::args::{Arguments, CompletionsArguments};
use super::exit::Exit;
use super::output::write_output;
use crate::investigate::Rules;

/// Arguments that name a rule: the command, below which one it stands, and the argument.
const NAME_A_RULE: [(&[&str], &str); 5] = [
    (&["explain"], "rule"),
    (&["rules", "show"], "rule"),
    (&["rules", "new"], "copy"),
    (&["rules", "test"], "filter"),
    (&["bundle", "minimize"], "rule"),
];

pub(super) fn run(arguments: &CompletionsArguments) -> CommandResult {
    let rules = Rules::builtin()?;
    let named = || rules.catalog().rules.values().map(|it| PossibleValue::new(it.file.slug.value.clone()).help(it.file.title.clone()));
    let mut command = Arguments::command();
    for (path, argument) in NAME_A_RULE {
        // Other rules may be named too, so this is said to shells alone and parsing knows nothing of it.
        let name_them = |it: clap::Arg| if it.get_id() == argument { it.value_parser(PossibleValuesParser::new(named())) } else { it };
        command = with(command, path, &|it| it.mut_args(name_them));
    }
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "whysync", &mut script);
    write_output(&String::from_utf8_lossy(&script), None)?;
    Ok(Exit::Success)
}

/// The command with a change to the one that a path of names leads to.
fn with(command: Command, path: &[&str], change: &dyn Fn(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [first, rest @ ..] => command.mut_subcommand(first, |it| with(it, rest, change)),
    }
}
