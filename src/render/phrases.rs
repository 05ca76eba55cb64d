//! The words for what a diagnosis holds; every format for people uses the same.

use super::lens::Lens;
use super::outline::Outline;
use super::side_by_side::{Side, first_difference};
use crate::findings::{
    Category, Certainty, Consistency, Divergence, DivergenceRole, EpisodeSummary, Explains, Finding, FixComponent, IncidentSummary,
    REPOSITORY, RemediationSafety, Rival, Rivalry, RuleOutcome, Scope, Severity, TriggerSummary, Truth, Verdict,
};

/// The verdict as it begins a sentence.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained => "Explained",
        Verdict::PartlyExplained => "Partly explained",
        Verdict::Novel => "Novel",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::NoDivergence => "No divergence",
    }
}

/// Whether the causes are known patterns, in words.
pub(super) fn known(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained => "a known pattern explains all of it",
        Verdict::PartlyExplained => "a known pattern explains part of it",
        Verdict::Novel => "novel: no known pattern explains it",
        Verdict::Inconclusive => "undecided: the evidence does not suffice",
        Verdict::NoDivergence => "nothing diverged",
    }
}

/// What stands between [`known`] and the rules that were found.
pub(super) fn by_rules(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Novel => "; what is known of it: ",
        Verdict::Inconclusive => "; so far: ",
        Verdict::Explained | Verdict::PartlyExplained | Verdict::NoDivergence => ": ",
    }
}

/// A category as words.
pub(super) fn category(category: Category) -> &'static str {
    match category {
        Category::SequencerBug => "sequencer bug",
        Category::EchonetBug => "Echonet bug",
        Category::ExternalService => "external service",
        Category::Configuration => "configuration",
        Category::Infrastructure => "infrastructure",
        Category::Consequence => "consequence",
        Category::InvestigationTrap => "investigation trap",
    }
}

/// A severity as a word.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
    }
}

/// A certainty as a word.
pub(super) fn certainty(certainty: Certainty) -> &'static str {
    match certainty {
        Certainty::Proved => "proved",
        Certainty::Established => "established",
        Certainty::Suspected => "suspected",
    }
}

/// A scope as words.
pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::RootCause => "root cause",
        Scope::Consequence => "consequence",
    }
}

/// What kind of finding it is: its category, and its scope where that says more.
pub(super) fn kinds(finding: &Finding) -> Vec<&'static str> {
    let mut kinds = vec![category(finding.category)];
    if finding.category != Category::Consequence {
        kinds.push(scope(finding.scope));
    }
    kinds.extend(explains(finding.explains));
    kinds
}

/// What a finding does with its claims, where that is not the usual.
fn explains(explains: Explains) -> Option<&'static str> {
    match explains {
        Explains::Cause => None,
        Explains::Class => Some("names the class only"),
        Explains::Nothing => Some("a note beside the diagnosis"),
    }
}

/// Over what several findings prove at once.
pub(super) const JOINT_PROOFS: &str = "Proved together";

/// Over findings that explain the same in two ways.
pub(super) const RIVALRIES: &str = "Rivals: only one of two can be the cause";

/// What a joint proof says; the names are those of the rules, ready to be written.
pub(super) fn undoing_these(names: &str) -> String {
    format!("{names}: undoing only these gives mainnet's hashes")
}

/// What a pair of rivals has in common; the names are ready to be written.
pub(super) fn both_claim([one, other]: [&str; 2], items: &str) -> String {
    format!("{one} and {other} both claim {items}")
}

/// What one rival rests on and the other does not; the name and the grounds are ready to be written.
pub(super) fn only_rests_on(rule: &str, grounds: &str) -> String {
    format!("only {rule} rests on: {grounds}")
}

/// A pair of rivals without marks: what both claim, and what each alone rests on.
pub(super) fn rivals(rivalry: &Rivalry) -> Vec<String> {
    let [one, other] = &rivalry.rivals;
    let mut lines = vec![both_claim([&one.rule, &other.rule], &rivalry.items.join(", "))];
    lines.extend(rivalry.rivals.iter().map(|it| only_rests_on(&it.rule, &grounds(it))));
    lines
}

/// What a rival alone rests on, without marks.
pub(super) fn grounds(rival: &Rival) -> String {
    let grounds: Vec<String> = rival.rests_on.iter().map(|it| format!("{} ({})", it.clause, it.because)).collect();
    if grounds.is_empty() { NO_GROUND.to_owned() } else { grounds.join("; ") }
}

/// What a rival rests on that has no ground of its own.
pub(super) const NO_GROUND: &str = "nothing else";

/// Over pieces of payloads as they were read.
pub(super) const RAW: &str = "Raw payloads";

/// Over what says whether the sides of a block are what they state.
pub(super) const SIDE_CHECKS: &str = "Hashed again, as each side states it";

/// How many sides are what they state.
pub(super) fn agreeing(agree: usize, all: usize) -> String {
    match (agree, all) {
        (1, 1) => "the block is what it states".to_owned(),
        _ if agree == all => format!("all {all} blocks are what they state"),
        (1, _) => format!("1 of {all} blocks is what it states"),
        _ => format!("{agree} of {all} blocks are what they state"),
    }
}

/// Whether a side is what it states, as a word.
pub(super) fn consistency(consistency: Consistency) -> &'static str {
    match consistency {
        Consistency::Consistent => "consistent",
        Consistency::Inconsistent => "inconsistent",
        Consistency::Unknown => "unknown",
    }
}

/// What came out of a rule, in words.
pub(super) fn rule_outcome(outcome: RuleOutcome) -> &'static str {
    match outcome {
        RuleOutcome::Holds => "holds",
        RuleOutcome::Dropped => "holds, but is no finding",
        RuleOutcome::Open => "cannot be decided",
        RuleOutcome::Missed => "does not hold",
    }
}

/// A span of time, in whole seconds at most to the minute; negative ones count as none.
pub(super) fn duration(millis: i64) -> String {
    let millis = millis.max(0);
    match (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60) {
        (0, 0, 0) => format!("{millis} ms"),
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// A role as a word.
pub(super) fn role(role: DivergenceRole) -> &'static str {
    match role {
        DivergenceRole::Cause => "cause",
        DivergenceRole::Consequence => "consequence",
        DivergenceRole::Informational => "informational",
    }
}

/// A three-valued answer as a word.
pub(super) fn truth(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// How to take a step, in words.
pub(super) fn safety(safety: RemediationSafety) -> &'static str {
    match safety {
        RemediationSafety::ReadOnly => "only looks",
        RemediationSafety::NeedsApproval => "needs approval",
    }
}

/// The program that carries a fix.
pub(super) fn component(component: FixComponent) -> &'static str {
    match component {
        FixComponent::Echonet => "Echonet",
        FixComponent::Sequencer => "sequencer",
    }
}

/// The tag of an image reference, or its last part; what has words in it is Echonet's source, and stands as it is.
pub(super) fn tag(place: &str) -> &str {
    if place.contains(' ') { place } else { place.rsplit(['/', ':']).next().unwrap_or_default() }
}

/// The page of a pull request.
pub(super) fn pull_request(number: u64) -> String {
    format!("{REPOSITORY}/pull/{number}")
}

/// The page of a commit; none unless it is a full SHA.
pub(super) fn commit(sha: &str) -> Option<String> {
    (sha.len() == 40 && sha.bytes().all(|it| it.is_ascii_hexdigit())).then(|| format!("{REPOSITORY}/commit/{sha}"))
}

/// A commit in the length that people use.
pub(super) fn short_commit(sha: &str) -> &str {
    sha.get(..12).filter(|_| sha.len() == 40).unwrap_or(sha)
}

/// What triggered, in words, without its key.
pub(super) fn trigger(trigger: &TriggerSummary) -> String {
    let often = match trigger.count {
        0 => "count unknown".to_owned(),
        1 => "first time".to_owned(),
        count => format!("{count} times by then"),
    };
    format!("{} at block {} ({often})", trigger.kind.replace('_', " "), trigger.block)
}

/// Where an episode began and where it went wrong.
pub(super) fn span(episode: &EpisodeSummary) -> String {
    let start = match episode.start_block {
        Some(block) => format!("replay from block {block}"),
        None => "first block of the replay unknown".to_owned(),
    };
    match episode.first_diverging_block {
        Some(block) => format!("{start}, first divergence at block {block}"),
        None => format!("{start}, no diverging block seen"),
    }
}

/// Which incident it is: namespace, block, time and whether it is made up.
pub(super) fn incident(incident: &IncidentSummary) -> Vec<String> {
    let mut parts = Vec::new();
    parts.extend(incident.namespace.as_ref().map(|it| format!("namespace {it}")));
    parts.extend(incident.asked_block.map(|it| format!("asked for block {it}")));
    parts.extend(incident.observed_until.map(|it| format!("seen until {it}")));
    parts.extend(incident.simulated.as_ref().map(|it| format!("synthetic: {it}")));
    parts
}

/// What to do about what is not explained; none if everything is.
pub(super) fn open_step(outline: &Outline<'_>) -> Option<String> {
    let diagnosis = outline.diagnosis;
    let gap = outline.deciding_gaps().into_iter().next();
    match (diagnosis.verdict, gap) {
        (Verdict::Explained | Verdict::NoDivergence, _) => None,
        (_, Some(gap)) => Some(format!("get {} and diagnose again: {}", gap.evidence, gap.how)),
        (Verdict::Inconclusive, None) => Some("collect more of the evidence that is named as not seen, and diagnose again".to_owned()),
        (Verdict::Novel | Verdict::PartlyExplained, None) => {
            let name = diagnosis.fingerprint.as_ref().map(|it| format!(" under {it}")).unwrap_or_default();
            Some(format!("no rule knows this: report it{name} with both values, and write a rule once its cause is found"))
        }
    }
}

/// One thing that differs, on one line and without marks; the whole values are in the JSON form.
pub(super) fn difference(it: &Divergence, outline: &Outline<'_>, lens: &Lens) -> String {
    let [ours, theirs] = first_difference(it.ours.as_deref(), it.theirs.as_deref()).map(|it| match it {
        Side::Nothing => "nothing".to_owned(),
        Side::NoSuchLine => "no such line".to_owned(),
        Side::Line(line) => lens.text(line),
    });
    format!("{} {}: Echonet {ours}, mainnet {theirs}.", lens.text(&it.subject), outline.place(it))
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
