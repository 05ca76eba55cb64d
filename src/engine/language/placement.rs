//! What is wrong with where a log clause wants its record: distances and rates that cannot be measured.

use serde_saphyr::Spanned;

use super::clause::{Distance, LogClause};
use super::problem::{FileText, Problem};
use super::rule::RuleFile;

/// What is wrong with the distances of a log clause. Which check found it is left open.
pub(super) fn wrong(text: &FileText, file: &RuleFile, name: &str, clause: &LogClause) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut complain = |place: &Spanned<Distance>, message: String, help: &str| {
        problems.push(text.at(place, message, Some(help.to_owned())));
    };
    for (part, distance) in [("within", &clause.within), ("per", &clause.per)] {
        if let Some(distance) = distance.as_ref().filter(|it| matches!(it.value, Distance::Lines(0) | Distance::Seconds(0))) {
            complain(distance, format!("`{part}` of clause `{name}` is not a distance: no two records are 0 apart"), "write 1 or more");
        }
    }
    let elsewhere = |reference: &Spanned<String>| file.log_clause(&reference.value).is_some_and(|it| it.log.source != clause.log.source);
    let references = || clause.after.iter().chain(&clause.before).filter(|it| elsewhere(it));
    if let Some(within) = clause.within.as_ref().filter(|it| matches!(it.value, Distance::Lines(_)))
        && let Some(reference) = references().next()
    {
        let message = format!("clause `{name}` counts lines to `{}`, which is in another log", reference.value);
        complain(within, message, "between two logs there is only time: write `within: {seconds: 60}`");
    }
    if let Some(within) = clause.within.as_ref().filter(|_| clause.after.is_none() && clause.before.is_none()) {
        let help = "`within` is a distance from another clause's record: name that clause under `after` or `before`";
        complain(within, format!("clause `{name}` has `within` and neither `after` nor `before`"), help);
    }
    if let Some(per) = clause.per.as_ref().filter(|_| clause.at_least.unwrap_or(0) < 2 && clause.at_most.is_none()) {
        let message = format!("clause `{name}` says `per` but not how many");
        complain(per, message, "add `at_least: 2` or more, or `at_most`: one record alone is not a rate");
    }
    if let (Some(next), None) = (&clause.before_next, &clause.after) {
        let help = Some("`before_next` ends what `after` begins: name a log clause under `after`".to_owned());
        problems.push(text.at(next, format!("clause `{name}` has `before_next` and no `after`"), help));
    }
    if let (Some(next), Some(after)) = (&clause.before_next, clause.after.as_ref().filter(|it| elsewhere(it))) {
        let message = format!("clause `{name}` looks for the next record of a logger behind `{}`, which is in another log", after.value);
        let help = Some("`before_next` needs an `after` in the same log; between two logs use `within: {seconds: 60}`".to_owned());
        problems.push(text.at(next, message, help));
    }
    problems
}
