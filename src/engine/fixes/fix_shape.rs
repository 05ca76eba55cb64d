//! The shape of a change: forms of it, of which any is the change, and parts, of which only all together are.
//!
//! Containment knows one change at a time. Here a change with a shape is taken apart into such, and the answers are put together again.
//!
//! Forms are looked for as one, so that what comes last decides among all of them. A part that is missing makes the whole missing; one that
//! is unknown makes it unknown, unless another is missing.

use super::containment::Containment;
use crate::evidence::content::LinesSay;
use crate::findings::{ChangeForm, Deployed, FixAnswer, FixReference, Found, PartStatus};

/// What each deployed code says of a change, and of its parts.
pub(in crate::engine) fn check_change(containment: &Containment<'_>, fix: &FixReference) -> (Vec<Deployed>, Vec<PartStatus>) {
    let parts: Vec<PartStatus> =
        fix.all_of.iter().map(|it| PartStatus { part: it.clone(), deployed: containment.check_fix(&as_one(fix, it)) }).collect();
    let whole = whole(fix).map(|it| containment.check_fix(&it));
    let Some(first) = parts.first() else { return (whole.unwrap_or_default(), parts) };
    let places = first.deployed.iter().enumerate();
    let deployed = places.map(|(place, it)| {
        let by_parts = all_of(&answers_in(&parts, place));
        let name = it.place.clone();
        let Some(of_whole) = whole.as_ref().and_then(|it| it.get(place)) else {
            return Deployed { place: name, answer: by_parts, lines: None };
        };
        // Some of the whole's lines are what one of its parts brings.
        let has_a_part = answers_in(&parts, place).iter().any(|(_, it)| matches!(it, FixAnswer::Contained(_)));
        let is_of_a_part = has_a_part && of_whole.lines.as_ref().is_some_and(|it| it.say() == LinesSay::Part);
        let answer = match &of_whole.answer {
            FixAnswer::Unknown(_) if is_of_a_part => by_parts,
            whole => either(whole.clone(), by_parts),
        };
        // Lines of the whole say nothing of an answer that its parts gave.
        let lines = of_whole.lines.clone().filter(|_| answer == of_whole.answer);
        Deployed { place: name, answer, lines }
    });
    (deployed.collect(), parts)
}

/// The single changes that a change with a shape is made of, each to be looked for alone.
#[must_use]
pub fn single(fix: &FixReference) -> Vec<FixReference> {
    whole(fix).into_iter().chain(fix.all_of.iter().map(|it| as_one(fix, it))).collect()
}

/// All forms of the whole change as one: a commit that takes any of them back counts for all, and what comes last decides. None if only
/// its parts are known.
fn whole(fix: &FixReference) -> Option<FixReference> {
    let mut whole = FixReference { any_of: Vec::new(), all_of: Vec::new(), ..fix.clone() };
    for form in &fix.any_of {
        whole.prs.extend(&form.prs);
        whole.commits.extend(form.commits.iter().cloned());
        whole.patch_ids.extend(form.patch_ids.iter().cloned());
    }
    let names_something = !(whole.prs.is_empty() && whole.commits.is_empty() && whole.patch_ids.is_empty() && whole.probe.is_none());
    (names_something || fix.all_of.is_empty()).then_some(whole)
}

fn as_one(fix: &FixReference, part: &ChangeForm) -> FixReference {
    FixReference {
        prs: part.prs.clone(),
        commits: part.commits.clone(),
        patch_ids: part.patch_ids.clone(),
        any_of: Vec::new(),
        all_of: Vec::new(),
        // A line that shows the whole says nothing of a part.
        probe: None,
        ..fix.clone()
    }
}

/// The name of each part with its answer in one place.
fn answers_in(parts: &[PartStatus], place: usize) -> Vec<(String, &FixAnswer)> {
    parts.iter().filter_map(|it| Some((it.part.name(), &it.deployed.get(place)?.answer))).collect()
}

/// The answer of a change that is there only with all of its parts. As sure as the least sure of them; what is unknown decides nothing
/// where another part is known to be missing.
fn all_of(parts: &[(String, &FixAnswer)]) -> FixAnswer {
    let contained = |it: &FixAnswer| match it {
        FixAnswer::Contained(found) => Some(found.clone()),
        FixAnswer::NotContained(_) | FixAnswer::Unknown(_) => None,
    };
    let found: Option<Vec<Found>> = parts.iter().map(|(_, it)| contained(it)).collect();
    if let Some(found) = found {
        let doubts: Vec<String> =
            parts.iter().zip(&found).filter_map(|((name, _), it)| Some(format!("{name}: {}", it.doubt.as_ref()?))).collect();
        let doubt = (!doubts.is_empty()).then(|| doubts.join("; "));
        return match found.into_iter().max_by_key(|it| it.rung) {
            Some(weakest) => FixAnswer::Contained(Found { doubt, ..weakest }),
            None => FixAnswer::Unknown("the rule names no part of it".to_owned()),
        };
    }
    let reason = |it: &FixAnswer| match it {
        FixAnswer::Contained(_) => None,
        FixAnswer::NotContained(why) | FixAnswer::Unknown(why) => Some(why.clone()),
    };
    let is_missing = parts.iter().any(|(_, it)| matches!(it, FixAnswer::NotContained(_)));
    let told = |(name, it): &(String, &FixAnswer)| match it {
        FixAnswer::Contained(_) => format!("{name} is there"),
        FixAnswer::NotContained(why) if why == super::containment::NO_FORM => format!("{name} is not"),
        FixAnswer::NotContained(why) => format!("{name} is not ({why})"),
        FixAnswer::Unknown(why) => format!("{name} is unknown ({why})"),
    };
    let first = parts.first().and_then(|(_, it)| reason(it)).unwrap_or_default();
    let agree = parts.iter().all(|(_, it)| reason(it).as_ref() == Some(&first))
        && parts.iter().all(|(_, it)| matches!(it, FixAnswer::NotContained(_)) == is_missing);
    let words = if agree { first } else { parts.iter().map(told).collect::<Vec<_>>().join(", ") };
    if is_missing { FixAnswer::NotContained(words) } else { FixAnswer::Unknown(words) }
}

/// The answer of a change that is there in one of two ways.
fn either(whole: FixAnswer, parts: FixAnswer) -> FixAnswer {
    match (whole, parts) {
        (FixAnswer::Contained(whole), FixAnswer::Contained(parts)) => {
            let doubt = |it: &Found| (it.doubt.is_some(), it.rung);
            FixAnswer::Contained(if doubt(&parts) < doubt(&whole) { parts } else { whole })
        }
        (found @ FixAnswer::Contained(_), _) | (_, found @ FixAnswer::Contained(_)) => found,
        (FixAnswer::Unknown(whole), FixAnswer::Unknown(parts)) => FixAnswer::Unknown(together(&whole, &parts)),
        (unknown @ FixAnswer::Unknown(_), FixAnswer::NotContained(_)) | (FixAnswer::NotContained(_), unknown @ FixAnswer::Unknown(_)) => {
            unknown
        }
        (FixAnswer::NotContained(whole), FixAnswer::NotContained(parts)) => FixAnswer::NotContained(together(&whole, &parts)),
    }
}

/// Both reasons; what is said of the parts where the forms of the whole are simply not there.
fn together(whole: &str, parts: &str) -> String {
    if whole == parts || whole == super::containment::NO_FORM { parts.to_owned() } else { format!("{whole}; {parts}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{Effectiveness, FixComponent, FixRole, FixSignal, FixStatus, Overall};

    fn yes(rung: FixSignal) -> FixAnswer {
        FixAnswer::Contained(Found { rung, commit: "abc".to_owned(), doubt: None })
    }

    fn no() -> FixAnswer {
        FixAnswer::NotContained("its history has no form of it".to_owned())
    }

    fn open() -> FixAnswer {
        FixAnswer::Unknown("the tag moves".to_owned())
    }

    #[test]
    fn only_all_parts_together_are_the_fix_and_the_least_sure_of_them_says_how_sure() {
        let mixed = |words: &str| FixAnswer::NotContained(words.to_owned());
        let cases = [
            (vec![yes(FixSignal::Commit), yes(FixSignal::Commit)], yes(FixSignal::Commit)),
            (vec![yes(FixSignal::Commit), yes(FixSignal::PullRequest)], yes(FixSignal::PullRequest)),
            (vec![yes(FixSignal::Commit), no()], mixed("#1 is there, #2 is not")),
            (vec![no(), yes(FixSignal::Commit)], mixed("#1 is not, #2 is there")),
            (vec![no(), no()], no()),
            (vec![yes(FixSignal::Commit), open()], FixAnswer::Unknown("#1 is there, #2 is unknown (the tag moves)".to_owned())),
            (vec![open(), open()], open()),
            // Whatever the other is: one part is missing.
            (vec![open(), no()], mixed("#1 is unknown (the tag moves), #2 is not")),
            (vec![yes(FixSignal::SamePatch), yes(FixSignal::Commit), no()], mixed("#1 is there, #2 is there, #3 is not")),
        ];
        for (answers, expected) in cases {
            let named: Vec<(String, &FixAnswer)> = answers.iter().enumerate().map(|(place, it)| (format!("#{}", place + 1), it)).collect();
            assert_eq!(all_of(&named), expected, "{answers:?}");
        }
    }

    #[test]
    fn either_way_is_enough_and_what_is_unknown_of_one_way_is_not_decided_by_the_other() {
        let partly = || FixAnswer::NotContained("#1 is there, #2 is not".to_owned());
        let cases = [
            (yes(FixSignal::Commit), partly(), yes(FixSignal::Commit)),
            (no(), yes(FixSignal::SamePatch), yes(FixSignal::SamePatch)),
            (no(), partly(), partly()),
            (open(), partly(), open()),
            (no(), open(), open()),
            (open(), open(), open()),
            (
                FixAnswer::NotContained("it was reverted by abc".to_owned()),
                no(),
                FixAnswer::NotContained("it was reverted by abc; its history has no form of it".to_owned()),
            ),
        ];
        for (whole, parts, expected) in cases {
            assert_eq!(either(whole.clone(), parts.clone()), expected, "{whole:?} {parts:?}");
        }
    }

    #[test]
    fn some_parts_are_partly_contained_and_none_or_all_are_not() {
        let form = |number: u64| ChangeForm { prs: vec![number], commits: Vec::new(), patch_ids: Vec::new(), note: String::new() };
        let fix = FixReference {
            component: FixComponent::Sequencer,
            prs: Vec::new(),
            commits: Vec::new(),
            patch_ids: Vec::new(),
            any_of: Vec::new(),
            all_of: vec![form(1), form(2)],
            effective_when: None,
            probe: None,
            role: FixRole::Mitigation,
            note: String::new(),
        };
        for (answers, overall, partly) in [
            ([yes(FixSignal::Commit), no()], Overall::NotContained, true),
            ([yes(FixSignal::Commit), yes(FixSignal::Commit)], Overall::Contained, false),
            ([no(), no()], Overall::NotContained, false),
            ([yes(FixSignal::Commit), open()], Overall::Unknown, false),
        ] {
            let deployed = |answer: &FixAnswer| vec![Deployed { place: "v1".to_owned(), answer: answer.clone(), lines: None }];
            let parts: Vec<PartStatus> =
                fix.all_of.iter().zip(&answers).map(|(part, it)| PartStatus { part: part.clone(), deployed: deployed(it) }).collect();
            let whole = all_of(&answers_in(&parts, 0));
            let status = FixStatus { fix: fix.clone(), deployed: deployed(&whole), parts, effective: Effectiveness::Yes };
            assert_eq!((status.overall(), status.is_partly_contained()), (overall, partly), "{answers:?}");
            assert_eq!(status.has_all_parts(0), overall == Overall::Contained, "{answers:?}");
        }
    }
}
