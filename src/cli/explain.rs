//! `whysync explain`

use super::args::ExplainArguments;
use super::exit::Exit;
use super::output::{say, write_page};
use super::{CommandResult, Failure, import};
use crate::counted::counted;
use crate::evidence::Bundle;
use crate::investigate::{self, CasePlace, Ranking, Rules};

const NO_RESYNC: &str = "the evidence shows no resync\n";

pub(super) fn run(arguments: &ExplainArguments) -> CommandResult {
    let rules = Rules::load(&arguments.rules.set())?;
    match (&arguments.case, &arguments.rule, arguments.why_not) {
        (Some(place), ..) => of_case(arguments, &rules, place),
        (None, Some(slug), false) => {
            // A wrong name is told before any evidence is read.
            rules.rule(slug)?;
            explain(&import::evidence(&arguments.evidence)?, &rules, slug)
        }
        (None, Some(_), true) => Err(Failure::usage("`--why-not` ranks all rules: name the evidence only")),
        (None, None, _) => {
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

fn of_case(arguments: &ExplainArguments, rules: &Rules, place: &CasePlace) -> CommandResult {
    // The only name is taken for evidence, which a case has.
    let [slug] = arguments.evidence.evidence.as_slice() else {
        return Err(Failure::usage("`--case` takes the place of evidence: name the rule only"));
    };
    if arguments.rule.is_some() {
        return Err(Failure::usage("`--case` takes the place of evidence: name the rule only"));
    }
    let slug = slug.to_string_lossy();
    rules.rule(&slug)?;
    explain(&investigate::case_bundle(&arguments.rules.set().tests()?, rules, place)?, rules, &slug)
}

fn explain(bundle: &Bundle, rules: &Rules, slug: &str) -> CommandResult {
    let explanation = investigate::explain(bundle, rules, slug)?;
    let text: String = explanation.episodes.iter().map(|it| it.text.as_str()).collect();
    write_page(if explanation.episodes.is_empty() { NO_RESYNC } else { &text })?;
    Ok(explanation.truth().into())
}
