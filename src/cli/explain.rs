//! `whysync explain`

use super::args::ExplainArguments;
use super::exit::Exit;
use super::output::{say, write_page};
use super::{Failure, Outcome, import};
use crate::counted::counted;
use crate::investigate::{self, Ranking, Rules};

pub(super) fn run(arguments: &ExplainArguments) -> Outcome {
    const NO_RESYNC: &str = "the evidence shows no resync\n";

    let rules = Rules::load(&arguments.rules.set())?;
    match (&arguments.rule, arguments.why_not) {
        (Some(slug), false) => {
            // A wrong name is told before any evidence is read.
            rules.rule(slug)?;
            let bundle = match &arguments.case {
                Some(place) => investigate::case_bundle(&arguments.rules.set().tests()?, &rules, place)?,
                None => import::evidence(&arguments.evidence)?,
            };
            let explanation = investigate::explain(&bundle, &rules, slug)?;
            let text: String = explanation.episodes.iter().map(|it| it.text.as_str()).collect();
            write_page(if explanation.episodes.is_empty() { NO_RESYNC } else { &text })?;
            Ok(explanation.truth().into())
        }
        (Some(_), true) => Err(Failure::usage("`--why-not` ranks all rules: name the evidence only")),
        (None, _) => {
            let most = if arguments.all { usize::MAX } else { Ranking::SHOWN };
            let ranking = investigate::closest(&import::evidence(&arguments.evidence)?, &rules, most);
            write_page(if ranking.approaches.is_empty() { NO_RESYNC } else { &ranking.text })?;
            match ranking.left_out(most) {
                0 => {}
                left => say(&format!("{} came less close; --all shows them too", counted(left, "rule"))),
            }
            Ok(Exit::Success)
        }
    }
}
