//! `whysync man`

use clap::CommandFactory;
use clap_mangen::Man;

use super::CommandResult;
use super::args::{Arguments, ManArguments};
use super::exit::Exit;
use super::output::say;
use crate::counted::counted;
use crate::investigate::write_pages;

pub(super) fn run(arguments: &ManArguments) -> CommandResult {
    let mut pages = Vec::new();
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    collect(command, &mut pages);
    let written = write_pages(&arguments.folder, &pages)?;
    say(&format!("wrote {} to {}", counted(written.len(), "page"), arguments.folder.display()));
    Ok(Exit::Success)
}

/// The page of a command and those of its subcommands, by the names of their files.
fn collect(command: clap::Command, pages: &mut Vec<(String, String)>) {
    for each in command.get_subcommands() {
        collect(each.clone(), pages);
    }
    let page = Man::new(command).manual("whysync");
    let mut text = Vec::new();
    // Nothing is lost where bytes are kept in memory.
    let _ = page.render(&mut text);
    pages.push((page.get_filename(), String::from_utf8_lossy(&text).into_owned()));
}
