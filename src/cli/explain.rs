//! `whysync explain`

use super::args::ExplainArguments;
use super::exit::Exit;
use super::output::write_page;
use super::{Failure, Outcome, import};
use crate::investigate::{self, Rules};

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    const NO_RESYNC: &str = "the evidence shows no resync\n";

    let rules = Rules::load(&arguments.rules.set())?;
    match (&arguments.rule, arguments.why_not) {
        (Some(slug), false) => {
            // A wrong name is told before any evidence is read.
            rules.rule(slug)?;
            let explanation = investigate::explain(&import::evidence(&arguments.evidence)?, &rules, slug)?;
            let text: String = explanation.episodes.iter().map(|it| it.text.as_str()).collect();
            write_page(if explanation.episodes.is_empty() { NO_RESYNC } else { &text })?;
            Ok(explanation.truth().into())
        }
        (Some(_), true) => Err(Failure::usage("`--why-not` ranks all rules: name the evidence only")),
        (None, _) => {
            let ranking = investigate::why_not(&import::evidence(&arguments.evidence)?, &rules);
            write_page(if ranking.approaches.is_empty() { NO_RESYNC } else { &ranking.text })?;
            Ok(Exit::Success)
        }
    }
}
