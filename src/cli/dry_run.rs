//! `--dry-run` of the commands that ask a deployment

use super::CommandResult;
use super::exit::Exit;
use super::output::{say, write_page};
use crate::investigate::{DeploymentOptions, IncidentOptions, plan, survey_plan};

/// What a list of resyncs would ask.
pub(super) fn of_survey(options: &DeploymentOptions) -> CommandResult {
    write_page(&survey_plan(options).to_string())?;
    Ok(Exit::Success)
}

/// Everything that a collection would ask; what depends on an answer stands in angle brackets.
pub(super) fn of_incident(options: &IncidentOptions) -> CommandResult {
    const NOTE: &str = "TIME and the names in angle brackets come from earlier answers; without --block, heights come from the last resync.\n\
        Containers' output is read only where Cloud Logging fails, other namespaces are listed only where the named one does not exist.\n\
        The blocks that the trigger names are collected in the same way. Echonet's report as text is read only where the report itself cannot\n\
        be, and its own get_block, get_state_update and get_signature only from the first block of the epoch on. A file that is\n\
        cut off is read again, and its size is read with `stat --format='%s %n'`.\n";
    write_page(&plan(options).to_string())?;
    NOTE.lines().for_each(say);
    Ok(Exit::Success)
}
