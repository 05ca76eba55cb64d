//! `whysync rules new`

use super::args::NewArguments;
use super::exit::Exit;
use super::output::say;
use super::{Outcome, import};
use crate::investigate::{self, DraftOptions, Rules};

pub(super) fn run(arguments: &NewArguments) -> Outcome {
    let rules = Rules::load(&arguments.rules.set())?;
    let bundle = import::all_of(&arguments.from)?;
    let options = DraftOptions { slug: arguments.slug.clone(), folder: arguments.output.clone() };
    let drafted = investigate::draft_rule(&bundle, &rules, &options)?;
    for path in drafted.files {
        say(&format!("wrote {}", path.display()));
    }
    say(&format!("{} cases pass; next: `whysync rules test --rules {} --coverage --mutate`", drafted.cases, options.folder.display()));
    Ok(Exit::Success)
}
