//! The words for everything in a diagnosis; all formats for people share them.

mod grounds;
mod next;

use super::lens::Lens;
use super::outline::{OpenItem, Outline};
use super::side_by_side::{DifferingSide, first_difference};
use crate::findings::{
    CaseKind, Category, CauseCertainty, ClaimExtent, Consistency, Divergence, DivergenceRole, EpisodeSummary, Explains, Finding,
    FixComponent, IncidentSummary, Isolation, REPOSITORY, RemediationSafety, Rival, Rivalry, RuleOutcome, Scope, Severity, Ternary,
    Verdict, Witness, named_block,
};
pub(super) use grounds::{FILES, MISSING_GROUNDS, SET_ASIDE, fate, file_counts, file_sums, files, seen, seen_title, set_aside};
pub(super) use next::{action, command, next_steps};

/// The verdict as it begins a sentence.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained => "Explained",
        Verdict::PartlyExplained => "Partly explained",
        Verdict::Novel => "Novel",
        Verdict::Inconclusive => "Inconclusive",
        Verdict::NoDivergence => "No divergence",
        Verdict::Contradicted => "Contradicted",
    }
}

/// Whether the causes are known patterns, in words.
pub(super) fn known(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained => "a known pattern explains all of it",
        Verdict::PartlyExplained => "a known pattern explains part of it",
        Verdict::Novel => "novel: no known pattern explains it",
        Verdict::Inconclusive => "undecided: evidence is missing",
        Verdict::NoDivergence => "nothing diverged",
        Verdict::Contradicted => "a known pattern matches although its fix is deployed",
    }
}

/// What stands between [`known`] and the rules that were found.
pub(super) fn by_rules(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Novel => "; its class: ",
        Verdict::Inconclusive => "; found so far: ",
        Verdict::Explained | Verdict::PartlyExplained | Verdict::NoDivergence | Verdict::Contradicted => ": ",
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

/// How sure the cause is, in words that say what is sure: a finding that only names a class knows no cause.
pub(super) fn cause(finding: &Finding) -> &'static str {
    match (finding.explains, finding.cause) {
        (Explains::Cause, CauseCertainty::Established) => "cause established",
        (Explains::Cause, CauseCertainty::Suspected) => "cause suspected",
        (Explains::Class, CauseCertainty::Established) => "class established",
        (Explains::Class, CauseCertainty::Suspected) => "class suspected",
        (Explains::Nothing, CauseCertainty::Established) => "established",
        (Explains::Nothing, CauseCertainty::Suspected) => "suspected",
    }
}

/// How much of the difference is explained, in words.
pub(super) fn extent(extent: ClaimExtent) -> &'static str {
    match extent {
        ClaimExtent::Proved => "extent proved",
        ClaimExtent::Partial => "extent partial",
        ClaimExtent::NotRecomputed => "extent not recomputed",
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
pub(super) const JOINT_PROOFS: &str = "Extent proved together";

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
pub(super) const SIDE_CHECKS: &str = "Self-check of the blocks";

/// How many sides are what they state.
pub(super) fn agreeing(agree: usize, all: usize) -> String {
    match (agree, all) {
        (1, 1) => "the block matches the hashes it states".to_owned(),
        (2, 2) => "both blocks match the hashes they state".to_owned(),
        _ if agree == all => format!("all {all} blocks match the hashes they state"),
        (1, _) => format!("1 of {all} blocks matches the hashes it states"),
        _ => format!("{agree} of {all} blocks match the hashes they state"),
    }
}

/// What stands behind hashes that were computed again.
pub(super) fn hashed_with(oracle: &str) -> String {
    format!("computed with whysync's own code, which is tested against {oracle}")
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
        RuleOutcome::Dropped => "holds, but was not made a finding",
        RuleOutcome::Open => "cannot be decided",
        RuleOutcome::Missed => "does not hold",
    }
}

/// A span of time, in tenths of a second at most to ten seconds and in seconds at most to the hour; negative ones count as none.
pub(super) fn duration(millis: i64) -> String {
    let millis = millis.max(0);
    if (1_000..10_000).contains(&millis) && millis % 1_000 != 0 {
        return format!("{}.{} s", millis / 1_000, millis / 100 % 10);
    }
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
pub(super) fn truth(truth: Ternary) -> &'static str {
    match truth {
        Ternary::True => "true",
        Ternary::False => "false",
        Ternary::Unknown => "unknown",
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

/// What a case is about, in words.
pub(super) fn case(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::Resync => "resync",
        CaseKind::Divergence => "divergence without a resync",
        CaseKind::Stall => "stall",
        CaseKind::Running => "running epoch",
    }
}

/// The name of [`happened`].
pub(super) fn happened_label(episode: &EpisodeSummary) -> &'static str {
    if episode.kind == CaseKind::Resync { "Trigger" } else { "Case" }
}

/// What triggered a resync, with its transaction if it is about one, or what a case is about that is no resync.
pub(super) fn happened(episode: &EpisodeSummary) -> String {
    let place = |block: Option<u64>| block.map(|it| format!(" at block {it}")).unwrap_or_default();
    match (episode.kind, &episode.trigger) {
        (CaseKind::Resync, Some(trigger)) => {
            // The key of a trigger that is about a transaction is its hash.
            let tx = Some(&trigger.key).filter(|it| it.starts_with("0x"));
            format!("{}{} ({})", trigger_words(&trigger.kind, tx.map(String::as_str)), place(trigger.block), often(trigger.count))
        }
        (CaseKind::Resync, None) => "trigger not seen".to_owned(),
        (kind, trigger) => {
            let stopped = trigger.as_ref().and_then(|it| it.block);
            let block = if kind == CaseKind::Divergence { episode.first_diverging_block.or(stopped) } else { stopped };
            format!("{}{}", case(kind), place(block))
        }
    }
}

/// A kind of trigger with its transaction, in words.
fn trigger_words(kind: &str, tx: Option<&str>) -> String {
    let name = match kind {
        "echonet_only_revert" => "Echonet-only revert".to_owned(),
        "other" => "unknown reason".to_owned(),
        _ => kind.replace('_', " "),
    };
    match (kind, tx) {
        (_, None) => name,
        ("still_pending", Some(tx)) => format!("{tx} still pending"),
        ("gateway_error", Some(tx)) => format!("{name} for {tx}"),
        (_, Some(tx)) => format!("{name} of {tx}"),
    }
}

/// [`happened`] with the word for what the case is about before it.
pub(super) fn case_and_trigger(episode: &EpisodeSummary) -> String {
    match episode.kind {
        CaseKind::Resync => format!("{}: {}", case(episode.kind), happened(episode)),
        CaseKind::Divergence | CaseKind::Stall | CaseKind::Running => happened(episode),
    }
}

fn often(count: u64) -> String {
    let ending = match (count % 10, count % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    match count {
        0 => "count unknown".to_owned(),
        1 => "first time".to_owned(),
        _ => format!("{count}{ending} time"),
    }
}

/// The block of a finding or divergence; nothing if none is named.
pub(super) fn block(block: u64) -> Option<String> {
    named_block(block).map(|it| format!("block {it}"))
}

/// The position of a finding, in words.
pub(super) fn place(finding: &Finding) -> String {
    block(finding.block).into_iter().chain([format!("episode {}", finding.episode)]).collect::<Vec<_>>().join(" · ")
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

/// What undoing unexplained divergences alone gives.
pub(super) fn isolation(it: &Isolation, outline: &Outline<'_>) -> String {
    let names = |names: Vec<&str>| listed(&names.iter().map(|it| it.replace('_', " ")).collect::<Vec<_>>());
    let open = outline.diagnosis.unexplained.iter().filter(|open| open.episode == it.episode);
    let all = open.clone().all(|open| it.items.contains(&open.id));
    let subjects: Vec<&str> = open.filter(|open| it.items.contains(&open.id)).map(|it| it.subject.as_str()).collect();
    let what = match (all, subjects.as_slice()) {
        (true, [_]) => "this".to_owned(),
        (true, _) => "these".to_owned(),
        (false, _) => subjects.join("; "),
    };
    let place = format!("in block {}{}", it.block, outline.of_episode(it.episode));
    if it.proof.is_closed() {
        format!("Undoing only {what} gives mainnet's {} {place}.", names(it.proof.commitments()))
    } else {
        format!("Undoing only {what} does not give mainnet's {} {place}.", names(it.proof.differing()))
    }
}

/// Names as a sentence lists them.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// The position of a witness, in words.
pub(super) fn witness(it: &Witness) -> String {
    it.line.map_or_else(|| it.source.clone(), |line| format!("{} line {line}", it.source))
}

/// Rules that stay undecided and are not named, beside so many that are.
pub(super) fn undecided(count: usize, named: usize) -> String {
    let more = if named == 0 { "" } else { " more" };
    match count {
        1 => format!("1{more} rule could not be decided"),
        _ => format!("{count}{more} rules could not be decided"),
    }
}

/// One thing that differs, on one line and without marks; the whole values are in the JSON form.
pub(super) fn difference(it: &Divergence, outline: &Outline<'_>, lens: &Lens) -> String {
    format!("{}{}: {}.", lens.text(&it.subject), outline.place(it), values(it, lens))
}

/// Both values of a divergence, a line each and without marks.
pub(super) fn values(it: &Divergence, lens: &Lens) -> String {
    // What a program said is a sentence of its own, and would run into ours.
    let is_said =
        ["gateway_error", "still_pending", "echonet_only_revert", "mainnet_only_revert", "revert_reason"].contains(&it.kind.as_str());
    both_sides(it, |line| if is_said { format!("\"{}\"", lens.text(line)) } else { lens.text(line) })
}

/// Both values of a divergence, a line each; `mark` writes a line of a value. What happened on our side alone has no value of mainnet's.
pub(super) fn both_sides(it: &Divergence, mark: impl Fn(&str) -> String) -> String {
    let sides = first_difference(it.ours.as_deref(), it.theirs.as_deref());
    if sides == [DifferingSide::Unseen, DifferingSide::Unseen] {
        return "values not seen".to_owned();
    }
    let is_moved = it.kind.starts_with("tx_");
    let [ours, theirs] = sides.map(|it| match it {
        DifferingSide::Unseen => " was not seen".to_owned(),
        DifferingSide::Nothing => " has nothing".to_owned(),
        DifferingSide::NoSuchLine => " lacks that line".to_owned(),
        DifferingSide::Line("") => " has an empty text".to_owned(),
        DifferingSide::Line(line) if is_moved && line.starts_with("block ") => format!(" has it in {}", mark(line)),
        DifferingSide::Line(line) => format!(" has {}", mark(line)),
    });
    if it.is_of_us_alone() {
        return ours.strip_prefix(" has ").unwrap_or(&ours).trim_start().to_owned();
    }
    format!("Echonet{ours}, mainnet{theirs}")
}

/// Something that nothing explains, on lines without marks: what differs, then what speaks of it.
pub(super) fn open_item(it: &OpenItem<'_>, outline: &Outline<'_>, lens: &Lens) -> Vec<String> {
    match it {
        OpenItem::Divergence(divergence) => {
            let mut lines = vec![difference(divergence, outline, lens)];
            lines.extend(
                lens.items(&divergence.witnesses).0.iter().map(|it| format!("{}: {}", witness(it), it.text)).map(|it| lens.text(&it)),
            );
            lines
        }
        OpenItem::Shift(shift) => vec![format!("{}{}.", shift.words(), outline.of_episode(shift.episode))],
    }
}

/// The steps and their commands, on lines without marks.
pub(super) fn next_lines(outline: &Outline<'_>, lens: &Lens) -> Vec<String> {
    let mut lines = Vec::new();
    for step in next_steps(outline) {
        lines.push(format!("Next: {}", lens.text(&action(step))));
        lines.extend(command(step).map(|it| it.map_or_else(str::to_owned, str::to_owned)));
    }
    lines
}

/// What is listed after it: "this divergence", "these 4 divergences".
pub(super) fn these(number: usize, noun: &str) -> String {
    if number == 1 { format!("this {noun}") } else { format!("these {}", count(number, noun)) }
}

/// A number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}
