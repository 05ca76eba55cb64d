//! One line that says whether a fix is deployed and takes effect.

use super::outline::Outline;
use super::phrases::{short_commit, tag};
use crate::counted::counted_as;
use crate::evidence::content::LinesFound;
use crate::findings::{
    Bringing, CaseKind, Contradiction, Deployed, Effectiveness, Finding, FixAnswer, FixRole, FixSignal, FixStatus, Found, Overall,
    PartStatus, Standing, Verdict, bringing,
};

/// What is said of fixes where no rule names one.
pub(super) const NO_FIX: &str = "no fix is known";

/// A line, and how surely it contradicts what was found, if it does.
pub(super) struct ToldFix {
    pub(super) line: String,
    pub(super) contradiction: Option<Contradiction>,
}

/// Whether what happened is fixed here: one line a cause, each with the name of its rule where there are several. Never empty.
pub(super) fn fixed_here(outline: &Outline<'_>) -> Vec<ToldFix> {
    of_causes(outline, &answer_of)
}

/// The same where the fixes themselves are named nowhere else.
pub(super) fn fixed_here_by_name(outline: &Outline<'_>) -> Vec<ToldFix> {
    let named = |status: &FixStatus| {
        let (name, fixed) = (status.fix.name(), answer_of(status));
        let line = match (name.is_empty(), limited(status.fix.role)) {
            (true, _) => return fixed,
            (false, None) => format!("{name}: {}", fixed.line),
            (false, Some(role)) => format!("{name} ({role}): {}", of_containment(status)),
        };
        ToldFix { line, ..fixed }
    };
    of_causes(outline, &named)
}

fn of_causes(outline: &Outline<'_>, of_fix: &dyn Fn(&FixStatus) -> ToldFix) -> Vec<ToldFix> {
    let plain = |line: String| ToldFix { line, contradiction: None };
    let of_cause = |finding: &Finding| finding.fix.first().map_or_else(|| plain(NO_FIX.to_owned()), of_fix);
    let causes = outline.root_causes();
    let diagnosis = outline.diagnosis;
    let nothing_was_seen = diagnosis.unexplained.is_empty() && diagnosis.episodes.iter().all(|it| it.kind == CaseKind::Running);
    match (outline.leading(), diagnosis.verdict) {
        (Some(_), _) if 1 < causes.len() => {
            let named = |it: &&Finding| {
                let fixed = of_cause(it);
                ToldFix { line: format!("`{}`: {}", it.rule, fixed.line), ..fixed }
            };
            causes.iter().map(named).collect()
        }
        (Some(leading), _) => vec![of_cause(leading)],
        (None, Verdict::NoDivergence) => vec![plain("nothing to fix was seen".to_owned())],
        (None, _) if nothing_was_seen => vec![plain("not known: evidence is missing".to_owned())],
        (None, _) => vec![plain("not known: the cause has not been found".to_owned())],
    }
}

/// The line of a fix whose pattern happened, and whether it contradicts that.
pub(super) fn answer_of(status: &FixStatus) -> ToldFix {
    ToldFix { line: of_match(status), contradiction: status.contradiction() }
}

/// Whether a change that brings a fault is deployed.
pub(super) fn of_brought(status: &FixStatus) -> String {
    let (name, places) = (status.fix.name(), places(status));
    match bringing(std::slice::from_ref(status)) {
        Bringing::Deployed => format!("{name}, which brings it, is deployed ({places})"),
        Bringing::NowhereDeployed => format!("{name}, which brings it, is not deployed ({places})"),
        Bringing::Open if status.is_unchecked() => format!("{name}, which brings it: {NOT_CHECKED}"),
        Bringing::Open => format!("it is not known whether {name}, which brings it, is deployed ({places})"),
    }
}

/// Whether a change that no rule names is deployed.
pub(super) fn of_change(status: &FixStatus) -> String {
    let places = places(status);
    match bringing(std::slice::from_ref(status)) {
        Bringing::Deployed => format!("contained ({places})"),
        Bringing::NowhereDeployed => format!("not contained ({places})"),
        Bringing::Open if status.is_unchecked() => NOT_CHECKED.to_owned(),
        Bringing::Open => format!("not known ({places})"),
    }
}

/// The changes that bring a fault whose pattern happened: a line each, and what it means if none of them is deployed.
pub(super) fn brought(finding: &Finding) -> Vec<String> {
    let mut lines: Vec<String> = finding.brought_by.iter().map(of_brought).collect();
    if bringing(&finding.brought_by) == Bringing::NowhereDeployed {
        lines.push("doubtful: the pattern happened, although none of the changes known to bring it is deployed".to_owned());
    }
    lines
}

/// Whether a change that brings a fault is deployed, in a word or two.
pub(super) fn word_of_brought(status: &FixStatus) -> &'static str {
    match bringing(std::slice::from_ref(status)) {
        Bringing::Deployed => "deployed",
        Bringing::NowhereDeployed => "not deployed",
        Bringing::Open => "unknown",
    }
}

/// The answer in a word or two.
pub(super) fn word(status: &FixStatus) -> &'static str {
    if status.is_partly_contained() {
        return "partly";
    }
    match (status.standing(), status.fix.role) {
        (Standing::Effective, FixRole::Cure) => "fixed",
        (Standing::Effective, FixRole::Mitigation) => "mitigated",
        (Standing::Effective, FixRole::Prerequisite) => "contained",
        (Standing::NotEffective, _) => "no effect",
        (Standing::EffectUnknown, _) => "contained?",
        (Standing::NotContained, _) => "not contained",
        (Standing::Unknown, _) => "unknown",
    }
}

/// The line of a fix whose pattern happened: what contradicts the finding is said first, and loudly where it is certain.
pub(super) fn of_match(status: &FixStatus) -> String {
    let line = render_line(status);
    match status.contradiction() {
        Some(Contradiction::Certain) => {
            format!("CONTRADICTION, the rule or the fix is wrong: the pattern happened although its fix is {line}")
        }
        Some(Contradiction::Likely) => {
            format!(
                "likely a contradiction, but the sign of the fix is only likely: the pattern happened although its fix seems to be {line}"
            )
        }
        None => line,
    }
}

/// The line of a fix, whatever happened.
pub(super) fn render_line(status: &FixStatus) -> String {
    let line = of_containment(status);
    limited(status.fix.role).map_or_else(|| line.clone(), |role| format!("{role}: {line}"))
}

/// What a fix is that alone does not end the pattern.
fn limited(role: FixRole) -> Option<&'static str> {
    match role {
        FixRole::Cure => None,
        FixRole::Mitigation => Some("mitigation only"),
        FixRole::Prerequisite => Some("prerequisite only"),
    }
}

/// What to say where nobody looked, and how to look.
pub(super) const NOT_CHECKED: &str = "not checked. Run: whysync bundle lineage FILE --repo SEQUENCER_CLONE";

/// Whether the deployed code contains a fix and it takes effect there.
fn of_containment(status: &FixStatus) -> String {
    let is_unchecked = status.is_unchecked();
    let places = places(status);
    let because = match &status.effective {
        Effectiveness::Yes => "",
        Effectiveness::No(why) | Effectiveness::Unknown(why) => why,
    };
    let not = if status.is_partly_contained() { "partly contained" } else { "not contained" };
    match (status.standing(), &status.effective) {
        (Standing::Effective, _) => format!("contained and effective ({places})"),
        (Standing::NotEffective, _) => format!("contained, but without effect for this block: {because} ({places})"),
        (Standing::EffectUnknown, _) => {
            format!("contained, but it is not known whether it takes effect for this block: {because} ({places})")
        }
        (Standing::NotContained, Effectiveness::Yes) => format!("{not} ({places})"),
        (Standing::NotContained, Effectiveness::No(_)) => {
            format!("{not} ({places}), and without effect for this block even if it were: {because}")
        }
        (Standing::NotContained, Effectiveness::Unknown(_)) => {
            format!("{not} ({places}), and it is not known whether it would take effect: {because}")
        }
        (Standing::Unknown, Effectiveness::Yes) if is_unchecked => NOT_CHECKED.to_owned(),
        (Standing::Unknown, Effectiveness::Yes) => format!("not known ({places})"),
        (Standing::Unknown, Effectiveness::No(_)) => format!("no effect for this block even if deployed: {because}"),
        (Standing::Unknown, Effectiveness::Unknown(_)) if is_unchecked => {
            format!("{NOT_CHECKED}. Whether it would take effect for this block is not known either: {because}")
        }
        (Standing::Unknown, Effectiveness::Unknown(_)) => {
            format!("not known ({places}). Whether it would take effect for this block is not known either: {because}")
        }
    }
}

/// What each deployed code says; with its answer where they differ.
pub(super) fn places(status: &FixStatus) -> String {
    let overall = status.overall();
    let agrees = |it: &Deployed| match &it.answer {
        FixAnswer::Contained(_) => overall == Overall::Contained,
        FixAnswer::NotContained(_) => overall == Overall::NotContained,
        FixAnswer::Unknown(_) => overall == Overall::Unknown,
    };
    let is_mixed = !status.deployed.iter().all(agrees);
    let one = |(place, it): (usize, &Deployed)| {
        let (answer, words) = match &it.answer {
            FixAnswer::Contained(found) => ("contained, ", by_parts(status, place, found).unwrap_or_else(|| signed(found))),
            FixAnswer::NotContained(why) => ("not contained, ", why.clone()),
            FixAnswer::Unknown(why) => ("unknown, ", why.clone()),
        };
        let words = match (&it.answer, &it.lines) {
            // Where history and lines agree, the count says no more.
            (FixAnswer::Contained(found), _) if found.doubt.is_none() && found.signal != FixSignal::Lines => words,
            (_, Some(lines)) => format!("{words}, and {}", count(lines)),
            (_, None) => words,
        };
        let answer = if is_mixed { answer } else { "" };
        match tag(&it.place) {
            "" => format!("{answer}{words}"),
            place => format!("{place}: {answer}{words}"),
        }
    };
    status.deployed.iter().enumerate().map(one).collect::<Vec<_>>().join("; ")
}

/// How each part was found, where all of them were and the answer is theirs.
fn by_parts(status: &FixStatus, place: usize, found: &Found) -> Option<String> {
    let gave_it = |it: &PartStatus| match it.deployed.get(place).map(|it| &it.answer) {
        Some(FixAnswer::Contained(it)) => (it.signal, &it.commit) == (found.signal, &found.commit),
        Some(FixAnswer::NotContained(_) | FixAnswer::Unknown(_)) | None => false,
    };
    if !status.has_all_parts(place) || !status.parts.iter().any(gave_it) {
        return None;
    }
    let one = |it: &PartStatus| match it.deployed.get(place).map(|it| &it.answer) {
        Some(FixAnswer::Contained(found)) => Some(format!("{}: {}", it.part.name(), signed(found))),
        Some(FixAnswer::NotContained(_) | FixAnswer::Unknown(_)) | None => None,
    };
    Some(status.parts.iter().filter_map(one).collect::<Vec<_>>().join(", "))
}

fn signed(found: &Found) -> String {
    let doubt = found.doubt.as_ref().map(|it| format!(", but {it}")).unwrap_or_default();
    format!("{}{doubt}", sign(found))
}

/// How many of a fix's lines are there, and where those are that are missing.
fn count(lines: &LinesFound) -> String {
    let added = (lines.added > 0).then(|| {
        let verb = if lines.added_there == 1 { "is" } else { "are" };
        format!("{} of {} {verb} there", lines.added_there, counted_as(lines.added, "added line", "added lines"))
    });
    let removed = (lines.removed > 0)
        .then(|| format!("{} of {} still there", lines.removed_there, counted_as(lines.removed, "removed line", "removed lines")));
    let is_told = !lines.missing.is_empty() && lines.added_there > 0;
    let missing = is_told.then(|| {
        const SHOWN: usize = 3;
        let all = lines.missing.iter().map(|it| format!("{}:{}", it.path, it.line.unwrap_or_default()));
        let more = lines.missing.len().saturating_sub(SHOWN).saturating_add(usize::try_from(lines.missing_more).unwrap_or_default());
        let more = match more {
            0 => String::new(),
            1 => " and 1 more place".to_owned(),
            count => format!(" and {count} more places"),
        };
        format!("missing from {}{more}", all.take(SHOWN).collect::<Vec<_>>().join(", "))
    });
    added.into_iter().chain(removed).chain(missing).collect::<Vec<_>>().join(", ")
}

/// How a fix was identified, in words.
fn sign(found: &Found) -> String {
    let commit = short_commit(&found.commit);
    match found.signal {
        FixSignal::Commit => format!("its commit {commit} is an ancestor"),
        FixSignal::SamePatch => format!("{commit} is the same patch"),
        FixSignal::CherryPick => format!("likely, {commit} says that it was cherry-picked from it"),
        FixSignal::PullRequest => format!("likely, {commit} carries its pull request"),
        FixSignal::LandedAgain => format!("likely, {commit} relands it after a revert"),
        FixSignal::Lines => format!("likely, the code is as {commit} leaves it"),
        FixSignal::Content => format!("likely, a line of the file at {commit} shows it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{FixComponent, FixReference};

    fn status(role: FixRole, answers: &[FixAnswer], effective: Effectiveness) -> FixStatus {
        let fix = FixReference {
            component: FixComponent::Sequencer,
            prs: vec![1],
            commits: Vec::new(),
            patch_ids: Vec::new(),
            any_of: Vec::new(),
            all_of: Vec::new(),
            effective_when: None,
            probe: None,
            role,
            note: String::new(),
        };
        let deployed = answers.iter().enumerate();
        let deployed =
            deployed.map(|(number, it)| Deployed { place: format!("o/sequencer:v{number}"), answer: it.clone(), lines: None }).collect();
        FixStatus { fix, deployed, parts: Vec::new(), effective }
    }

    #[test]
    fn one_line_says_containment_and_effect_together() {
        let yes = || FixAnswer::Contained(Found { signal: FixSignal::Commit, commit: "abc".to_owned(), doubt: None });
        let no = || FixAnswer::NotContained("its history has no form of it".to_owned());
        let open = || FixAnswer::Unknown("the tag moves".to_owned());
        let old = || Effectiveness::No("it needs 2, and the block's version is 1".to_owned());
        let unseen = || Effectiveness::Unknown("it needs 2, and the block's version was not seen".to_owned());
        let cases = [
            (FixRole::Cure, vec![yes()], Effectiveness::Yes, "contained and effective (v0: its commit abc is an ancestor)"),
            (
                FixRole::Cure,
                vec![yes()],
                old(),
                "contained, but without effect for this block: it needs 2, and the block's version is 1 (v0: its commit abc is an ancestor)",
            ),
            (
                FixRole::Cure,
                vec![yes()],
                unseen(),
                "contained, but it is not known whether it takes effect for this block: it needs 2, and the block's version was not seen \
                 (v0: its commit abc is an ancestor)",
            ),
            (FixRole::Cure, vec![no()], Effectiveness::Yes, "not contained (v0: its history has no form of it)"),
            (FixRole::Cure, vec![open()], Effectiveness::Yes, "not known (v0: the tag moves)"),
            (
                FixRole::Cure,
                vec![yes(), no()],
                Effectiveness::Yes,
                "not contained (v0: contained, its commit abc is an ancestor; v1: not contained, its history has no form of it)",
            ),
            (
                FixRole::Cure,
                vec![yes(), open()],
                Effectiveness::Yes,
                "not known (v0: contained, its commit abc is an ancestor; v1: unknown, the tag moves)",
            ),
        ];
        for (role, answers, effective, expected) in cases {
            assert_eq!(render_line(&status(role, &answers, effective)), expected);
        }
    }

    #[test]
    fn a_mitigation_never_reads_as_a_cure_and_contradicts_nothing() {
        let yes = [FixAnswer::Contained(Found { signal: FixSignal::Commit, commit: "abc".to_owned(), doubt: None })];
        for (role, words) in [(FixRole::Mitigation, "mitigation only: "), (FixRole::Prerequisite, "prerequisite only: ")] {
            let line = of_match(&status(role, &yes, Effectiveness::Yes));
            assert!(line.starts_with(words) && !line.contains("CONTRADICTION"), "{line}");
        }
        assert!(of_match(&status(FixRole::Cure, &yes, Effectiveness::Yes)).starts_with("CONTRADICTION"));
        assert!(!render_line(&status(FixRole::Cure, &yes, Effectiveness::Yes)).contains("CONTRADICTION"), "nothing happened yet");
    }

    #[test]
    fn the_count_of_lines_is_told_where_it_says_more_than_the_history() {
        use crate::evidence::anchor::SourcePlace;
        let lines = |added_there, removed_there, missing: &[u32]| LinesFound {
            added: 41,
            added_there,
            removed: 12,
            removed_there,
            missing: missing.iter().map(|it| SourcePlace { path: "a.rs".to_owned(), line: Some(*it) }).collect(),
            missing_more: 2,
            ..LinesFound::default()
        };
        let no = || FixAnswer::NotContained("its history has no form of it".to_owned());
        let part = || FixAnswer::Unknown("its history has no form of it, but some of its lines are there".to_owned());
        let found =
            |signal, doubt: Option<&str>| FixAnswer::Contained(Found { signal, commit: "abc".to_owned(), doubt: doubt.map(str::to_owned) });
        let cases = [
            (
                no(),
                lines(0, 12, &[1]),
                "not contained (v0: its history has no form of it, and 0 of 41 added lines are there, 12 of 12 removed \
                 lines still there)",
            ),
            (
                found(FixSignal::Lines, Some("its history has no form of it")),
                lines(41, 0, &[]),
                "contained and effective (v0: likely, the code is as abc leaves it, but its history has no form of it, and 41 of 41 added \
                 lines are there, 0 of 12 removed lines still there)",
            ),
            (
                part(),
                lines(28, 3, &[4, 9, 12, 30]),
                "not known (v0: its history has no form of it, but some of its lines are there, and 28 of 41 added lines are there, 3 of 12 \
                 removed lines still there, missing from a.rs:4, a.rs:9, a.rs:12 and 3 more places)",
            ),
            (found(FixSignal::Commit, None), lines(41, 0, &[]), "contained and effective (v0: its commit abc is an ancestor)"),
        ];
        for (answer, lines, expected) in cases {
            let mut status = status(FixRole::Cure, &[answer], Effectiveness::Yes);
            status.deployed.iter_mut().for_each(|it| it.lines = Some(lines.clone()));
            assert_eq!(render_line(&status), expected);
        }
    }

    #[test]
    fn a_contradiction_is_as_sure_as_the_least_sure_sign() {
        use FixSignal::{CherryPick, Commit, Content, LandedAgain, PullRequest, SamePatch};
        let found = |signal: FixSignal, doubt: Option<&str>| {
            FixAnswer::Contained(Found { signal, commit: "abc".to_owned(), doubt: doubt.map(str::to_owned) })
        };
        let cases: [(&[FixAnswer], Option<Contradiction>); 9] = [
            (&[found(Commit, None)], Some(Contradiction::Certain)),
            (&[found(Commit, None), found(SamePatch, None)], Some(Contradiction::Certain)),
            (&[found(Commit, None), found(PullRequest, None)], Some(Contradiction::Likely)),
            (&[found(CherryPick, None)], Some(Contradiction::Likely)),
            (&[found(LandedAgain, None)], Some(Contradiction::Likely)),
            (&[found(Content, None)], Some(Contradiction::Likely)),
            (&[found(Commit, Some("the line that it leaves behind is not there as expected"))], Some(Contradiction::Likely)),
            (&[found(Commit, None), FixAnswer::Unknown("the tag moves".to_owned())], None),
            (&[found(Commit, None), FixAnswer::NotContained("no form of it".to_owned())], None),
        ];
        for (answers, expected) in cases {
            let status = status(FixRole::Cure, answers, Effectiveness::Yes);
            assert_eq!(status.contradiction(), expected, "{answers:?}");
            let line = of_match(&status);
            assert_eq!(line.starts_with("CONTRADICTION"), expected == Some(Contradiction::Certain), "{line}");
            assert_eq!(line.starts_with("likely a contradiction"), expected == Some(Contradiction::Likely), "{line}");
        }
    }
}
