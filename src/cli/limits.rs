//! `whysync limits`

use super::CommandResult;
use super::args::{LimitsArguments, PageFormat};
use super::exit::Exit;
use super::output::{write_output, write_page};
use crate::investigate::limits;

pub(super) fn run(arguments: &LimitsArguments) -> CommandResult {
    match arguments.format {
        PageFormat::Text => write_page(&limits::text())?,
        PageFormat::Markdown => write_output(&limits::markdown(), None)?,
    }
    Ok(Exit::Success)
}
