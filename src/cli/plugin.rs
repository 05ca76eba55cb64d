//! whysync as a plugin of kubectl: under the name `kubectl-whysync`, help shows the commands as `kubectl whysync`.

use std::ffi::OsStr;
use std::path::Path;

use clap::{Command, CommandFactory};

use super::args::Arguments;

/// The command line, as its own help should show it under the name by which the program was called.
pub(super) fn command(called: Option<&OsStr>) -> Command {
    let command = Arguments::command();
    match called.is_some_and(is_plugin) {
        true => command.bin_name("kubectl whysync").after_help(
            "Called as a plugin of kubectl. Where whysync names a command of its own, put `kubectl` before it. The namespace and context of \
             kubectl's own options are not passed on: give --namespace and --context after `whysync`.",
        ),
        false => command,
    }
}

/// Whether kubectl takes a program of this name for a plugin.
fn is_plugin(called: &OsStr) -> bool {
    Path::new(called).file_name().is_some_and(|it| it.to_string_lossy().starts_with("kubectl-"))
}
