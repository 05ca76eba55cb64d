//! `whysync rules new`

use super::args::NewArguments;
use super::exit::Exit;
use super::output::say;
use super::{CommandResult, import};
use crate::investigate::{self, DraftOptions, Rules};

pub(super) fn run(arguments: &NewArguments) -> CommandResult {
    if let Some(named) = &arguments.copy {
        for path in investigate::copy_rule(named, &arguments.output)? {
            say(&format!("wrote {}", path.display()));
        }
        say(&format!("it takes the place of the one of this build wherever `--rules {}` is given", arguments.output.display()));
        return Ok(Exit::Success);
    }
    let rules = Rules::load(&arguments.rules.set())?;
    let Some(from) = &arguments.from else { return Ok(Exit::Usage) };
    let bundle = import::all_of(from)?;
    let options = DraftOptions { slug: arguments.slug.clone(), folder: arguments.output.clone() };
    let drafted = investigate::draft_rule(&bundle, &rules, &options)?;
    if !drafted.explained_by.is_empty() {
        say(&format!("known already: {} explains all of this incident; `whysync diagnose` says how", drafted.explained_by.join(", ")));
    }
    for path in drafted.files {
        say(&format!("wrote {}", path.display()));
    }
    say(&format!("{} cases pass; next: `whysync rules test --rules {} --coverage --mutate`", drafted.cases, options.folder.display()));
    Ok(Exit::Success)
}
