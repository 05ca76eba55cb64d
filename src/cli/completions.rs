//! `whysync completions`

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

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
    let mut script = String::from_utf8_lossy(&script).into_owned();
    for (path, argument) in NAME_A_RULE {
        let is_behind_command = |it: &Command| it.get_positionals().any(|it| it.get_id() == argument);
        if below(&command, path).is_some_and(is_behind_command) {
            script = with_rules(&script, arguments.shell, path, &rules);
        }
    }
    write_output(&script, None)?;
    Ok(Exit::Success)
}

/// The script with the rules behind a command, for shells to which the generator names no values.
fn with_rules(script: &str, shell: Shell, path: &[&str], rules: &Rules) -> String {
    let path = path.join(";");
    let case = match shell {
        Shell::Elvish => format!("&'whysync;{path}'= {{\n"),
        Shell::PowerShell => format!("'whysync;{path}' {{\n"),
        _ => return script.to_owned(),
    };
    let line = |slug: &str, title: &str| match shell {
        Shell::Elvish => format!("            cand {slug} '{title}'\n"),
        _ => format!("            [CompletionResult]::new('{slug}', '{slug}', [CompletionResultType]::ParameterValue, '{title}')\n"),
    };
    // Both shells write a quote within quotes twice.
    let all = rules.catalog().rules.values().map(|it| line(&it.file.slug.value, &it.file.title.replace('\'', "''")));
    script.replacen(&case, &all.fold(case.clone(), |text, line| format!("{text}{line}")), 1)
}

/// The command that a path of names leads to.
fn below<'c>(command: &'c Command, path: &[&str]) -> Option<&'c Command> {
    path.iter().try_fold(command, |command, name| command.find_subcommand(name))
}

/// The command with a change to the one that a path of names leads to.
fn with(command: Command, path: &[&str], change: &dyn Fn(Command) -> Command) -> Command {
    match path {
        [] => change(command),
        [first, rest @ ..] => command.mut_subcommand(first, |it| with(it, rest, change)),
    }
}
