//! The sentences of a diagnosis.

use std::collections::BTreeSet;

use crate::engine::language::value::word;
use crate::facts::{ItemKind, LedgerItem, Role};
use crate::findings::{
    Ambiguous, AskedBlock, Bringing, CaseKind, CauseCertainty, Contradiction, Diagnosis, Divergence, DivergenceRole, EpisodeSummary,
    Finding, FixStatus, Isolation, Relevance, ReportSection, Scope, Shift, Verdict, bringing, named_block,
};

/// The verdict in one sentence.
#[must_use]
pub(crate) fn headline(diagnosis: &Diagnosis) -> String {
    let causes = causes(diagnosis);
    let open = open_items(diagnosis);
    let leads_with_open = diagnosis.sections() == [ReportSection::Unexplained, ReportSection::Findings] && !open.is_empty();
    let (namespaces, runs): (Vec<&Ambiguous>, Vec<&Ambiguous>) =
        diagnosis.ambiguous.iter().partition(|it| matches!(it, Ambiguous::Namespaces(_)));
    // What was not read may hold what is not known.
    let mut unread = namespaces.first().map(|it| it.words());
    let more: Vec<String> =
        diagnosis.findings.iter().filter(|it| it.leaves_more()).filter_map(|it| named_block(it.block)).map(|it| it.to_string()).collect();
    let mut altered = diagnosis.altered.first().map(|it| it.why.clone());
    let inconclusive = |why: &str, found: &str| {
        let found = if causes.is_empty() { String::new() } else { format!(" {found}: {causes}.") };
        let left = if open.is_empty() { String::new() } else { format!(" Not explained: {open}.") };
        format!("Inconclusive: {why}.{found}{left}")
    };
    let lead = match diagnosis.verdict {
        Verdict::Inconclusive if !runs.is_empty() => {
            inconclusive(&runs.iter().map(|it| it.words()).collect::<Vec<_>>().join("; "), "If they belong together")
        }
        Verdict::Inconclusive if altered.is_some() => inconclusive(&altered.take().unwrap_or_default(), "As it stands"),
        Verdict::Inconclusive if open.is_empty() && causes.is_empty() && unread.is_some() => {
            format!("Inconclusive: {}.", unread.take().unwrap_or_default())
        }
        Verdict::Explained => format!("Explained: {causes}."),
        Verdict::PartlyExplained if leads_with_open => {
            format!("Partly explained: {open}, and no known pattern explains that. Explained: {causes}.")
        }
        Verdict::PartlyExplained if open.is_empty() && !more.is_empty() => {
            format!("Partly explained: {causes}. With that undone, block {} still differs from mainnet's.", more.join(", "))
        }
        Verdict::PartlyExplained if open.is_empty() && altered.is_some() => {
            format!("Partly explained: {causes}. Elsewhere, {}.", altered.take().unwrap_or_default())
        }
        Verdict::PartlyExplained if open.is_empty() => {
            format!("Partly explained: {causes}. Elsewhere, the evidence does not show what differs.")
        }
        Verdict::PartlyExplained => format!("Partly explained: {causes}. Not explained: {open}."),
        Verdict::Novel if causes.is_empty() => {
            format!("Novel: {open}, and no known pattern matches. {}", isolated(diagnosis)).trim_end().to_owned()
        }
        Verdict::Novel => format!("Novel: {open}, and no known pattern matches. Known class: {causes}."),
        Verdict::Inconclusive if !open.is_empty() => format!("Inconclusive: {open}. {}", doubt(diagnosis, &causes)),
        Verdict::Inconclusive if !causes.is_empty() && diagnosis.incident.asked == AskedBlock::Unseen => {
            format!("Inconclusive for that block. Elsewhere: {causes}.")
        }
        Verdict::Inconclusive if !causes.is_empty() => {
            format!("Inconclusive: {causes}. Evidence is missing to say that nothing else went wrong.")
        }
        Verdict::Inconclusive if diagnosis.episodes.iter().any(|it| it.kind == CaseKind::Resync) => {
            "Inconclusive: there was a resync, and none of the evidence says why.".to_owned()
        }
        Verdict::Inconclusive => "Inconclusive: no divergence was seen, but evidence is missing to say that there was none.".to_owned(),
        Verdict::NoDivergence => "No divergence was seen.".to_owned(),
        Verdict::Contradicted if open.is_empty() => format!("Contradicted: {causes}."),
        Verdict::Contradicted => format!("Contradicted: {causes}. Not explained: {open}."),
    };
    let unread = unread.map(|it| format!("Not read: {it}."));
    let altered = altered.map(|it| format!("Elsewhere, {it}."));
    [Some(lead), unread, altered, contradiction(diagnosis), asked(diagnosis), set_aside(diagnosis)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// The causes that were found, each once with its block and whether it is only suspected; empty if none was.
fn causes(diagnosis: &Diagnosis) -> String {
    let found: Vec<&Finding> = diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause).collect();
    let mut seen: Vec<(&str, u64)> = Vec::new();
    let mut causes = Vec::new();
    for finding in &found {
        let (title, block) = (finding.title.as_str(), finding.block);
        if seen.contains(&(title, block)) {
            continue;
        }
        seen.push((title, block));
        let alike = || found.iter().filter(|it| it.title == title && it.block == block);
        let suspected: Vec<String> = alike().filter(|it| it.cause == CauseCertainty::Suspected).map(|it| it.episode.to_string()).collect();
        let doubt = match suspected.len() {
            0 => None,
            count if count == alike().count() => Some("suspected".to_owned()),
            _ => Some(format!("suspected in episode {}", suspected.join(", "))),
        };
        // A novel difference is named with its block already, and its class is nothing else's.
        let is_named = diagnosis.verdict == Verdict::Novel && diagnosis.unexplained.iter().all(|it| it.block == block);
        let place = named_block(block).filter(|_| !is_named).map(|it| format!("block {it}"));
        let facts: Vec<String> = place.into_iter().chain(doubt).collect();
        causes.push(if facts.is_empty() { title.to_owned() } else { format!("{title} ({})", facts.join(", ")) });
    }
    // Titles are sentences.
    causes.join(". ")
}

/// Why unexplained items are not called novel: known patterns that could not be excluded, or a content that nobody saw.
fn doubt(diagnosis: &Diagnosis, causes: &str) -> String {
    let mut rules: Vec<&str> = diagnosis
        .undecided
        .iter()
        .filter(|it| it.matters == Relevance::CouldExplain && it.broken.is_none())
        .map(|it| it.rule.as_str())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let class = if causes.is_empty() { String::new() } else { format!("Known class: {causes}. ") };
    let named = rules.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    match rules.len() {
        0 => format!("{class}The evidence does not show what differs there."),
        1 => format!("{class}1 known pattern could not be ruled out: {named}."),
        count if count <= 3 => format!("{class}{count} known patterns could not be ruled out: {named}."),
        count => format!("{class}{count} known patterns could not be ruled out, among them {named}."),
    }
}

/// A sentence that says that what is unexplained is all of the difference, where that is proved.
fn isolated(diagnosis: &Diagnosis) -> String {
    let closed = |it: &Isolation| it.proof.is_closed() && it.proof.rows.iter().any(|row| row.commitment == "block_hash");
    let all = diagnosis
        .unexplained
        .iter()
        .all(|open| diagnosis.isolations.iter().any(|it| it.episode == open.episode && closed(it) && it.items.contains(&open.id)));
    if diagnosis.unexplained.is_empty() || !all {
        return String::new();
    }
    let what = if diagnosis.unexplained.len() == 1 { "it" } else { "them" };
    format!("Undoing {what} gives mainnet's block hash.")
}

/// A sentence that names evidence of another deployment.
fn set_aside(diagnosis: &Diagnosis) -> Option<String> {
    let first = diagnosis.set_aside.first()?;
    let more = match diagnosis.set_aside.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count.saturating_sub(1)),
    };
    Some(format!("Set aside: {} of {}{more}.", first.what, first.whose))
}

/// What nothing explains: how many divergences and the first of them, and resyncs of which nothing that was seen says why; empty if everything
/// is explained. What a shift stands for counts once, and so does what two epochs show of one block.
fn open_items(diagnosis: &Diagnosis) -> String {
    let shift_of = |it: &Divergence| diagnosis.shifts.iter().find(|shift| shift.episode == it.episode && shift.items.contains(&it.id));
    let alone: BTreeSet<_> =
        diagnosis.unexplained.iter().filter(|it| shift_of(it).is_none()).map(|it| (&it.id, &it.ours, &it.theirs)).collect();
    let shifts: BTreeSet<_> = diagnosis.unexplained.iter().filter_map(shift_of).map(Shift::words).collect();
    let divergences = diagnosis.unexplained.first().map(|first| {
        let named = shift_of(first).map_or_else(|| difference(first), Shift::words);
        match alone.len().saturating_add(shifts.len()) {
            1 => named,
            2 => format!("{named} and 1 more divergence"),
            count => format!("{named} and {} more divergences", count.saturating_sub(1)),
        }
    });
    // Where there is nothing else, the sentence says so itself.
    let has_others = diagnosis.episodes.iter().any(|it| !is_untold(it));
    let untold = match diagnosis.episodes.iter().filter(|it| is_untold(it)).count() {
        0 => None,
        _ if !has_others => None,
        1 => Some("one resync that none of the evidence explains".to_owned()),
        count => Some(format!("{count} resyncs that none of the evidence explains")),
    };
    divergences.into_iter().chain(untold).collect::<Vec<_>>().join(", and ")
}

/// Whether a resync took place and nothing that was seen says why.
fn is_untold(episode: &EpisodeSummary) -> bool {
    episode.kind == CaseKind::Resync && episode.divergences.iter().all(|it| it.role != DivergenceRole::Cause)
}

/// An unexplained difference as a clause of a sentence.
fn difference(open: &Divergence) -> String {
    let kind = open.kind.replace('_', " ");
    let about = open.subject.strip_prefix(&kind).unwrap_or(&open.subject).trim();
    let (block, at) = match named_block(open.block) {
        Some(block) => (format!("block {block}"), format!(" at block {block}")),
        None => ("a block".to_owned(), String::new()),
    };
    match open.kind.as_str() {
        "stall" => format!("the replay stopped{at}"),
        "hash_mismatch" => format!("{block} has a different hash than on mainnet"),
        "unseen_header" => format!("{block} differs in an unknown header field (its header was not seen)"),
        "gateway_error" => format!("the gateway refused {about} of {block}"),
        "still_pending" => format!("{about} of {block} was never committed"),
        "echonet_only_revert" => format!("{about} of {block} reverted on Echonet only"),
        "mainnet_only_revert" => format!("{about} of {block} reverted on mainnet only"),
        "unknown_trigger" => format!("Echonet resynced{at} for a reason that this version of whysync does not know"),
        "tx_missing" => format!("{block} lacks {about}"),
        "tx_extra" => format!("{block} holds {about}, which mainnet's block does not"),
        "tx_early" => format!("{about} ran too early, in {block}"),
        "tx_late" => format!("{about} of {block} ran too late"),
        "revert_reason" => format!("{block} differs in one revert text ({about})"),
        "actual_fee" => format!("{block} differs in one fee ({about})"),
        "execution_status" => format!("{about} of {block} reverted on one side only"),
        "commitment" => format!("{block} differs in {about}"),
        "header" => format!("{block} differs in the header's {about}"),
        // What is of a transaction names its type first.
        _ if about.starts_with(|it: char| it.is_ascii_uppercase()) => format!("{block} differs in the {kind} of {about}"),
        _ => format!("{block} differs in {}", open.subject),
    }
}

/// A sentence where a pattern happened although all that is deployed contains an effective fix of it.
fn contradiction(diagnosis: &Diagnosis) -> Option<String> {
    let surest = |it: &Finding| it.fix.iter().filter_map(FixStatus::contradiction).min();
    let rules = |wanted: Contradiction| {
        let contradicted = diagnosis.findings.iter().filter(|it| surest(it) == Some(wanted));
        contradicted.map(|it| it.rule.as_str()).collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join(", ")
    };
    let certain = match rules(Contradiction::Certain) {
        rules if rules.is_empty() => None,
        rules => {
            let loud = if diagnosis.verdict == Verdict::Contradicted { "The" } else { "CONTRADICTION: the" };
            Some(format!("{loud} deployed code contains an effective fix of {rules}, so the rule or the fix is wrong."))
        }
    };
    let likely = match rules(Contradiction::Likely) {
        rules if rules.is_empty() => None,
        rules => Some(format!(
            "Likely a contradiction: the deployed code seems to contain an effective fix of {rules}, but the sign of that is only likely."
        )),
    };
    let all: Vec<String> = certain.into_iter().chain(likely).chain(nothing_brings_it(diagnosis)).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// A sentence where a pattern happened although no change that brings it is in anything that is deployed.
fn nothing_brings_it(diagnosis: &Diagnosis) -> Option<String> {
    let doubtful = diagnosis.findings.iter().filter(|it| bringing(&it.brought_by) == Bringing::NowhereDeployed);
    let rules: BTreeSet<&str> = doubtful.map(|it| it.rule.as_str()).collect();
    let rules = rules.into_iter().collect::<Vec<_>>().join(", ");
    (!rules.is_empty()).then(|| format!("Doubtful: none of the changes known to bring {rules} is in the deployed code."))
}

/// A sentence for a user who asked for a block that is not where it began.
fn asked(diagnosis: &Diagnosis) -> Option<String> {
    let block = diagnosis.incident.asked_block?;
    let first = diagnosis.episodes.iter().filter_map(|it| it.first_diverging_block).min();
    let standing = match (diagnosis.incident.asked, first) {
        // A block that a stalled epoch never came to is not in the evidence because of that.
        (AskedBlock::Unseen, None) if diagnosis.episodes.iter().any(|it| it.kind == CaseKind::Stall || it.kind == CaseKind::Running) => {
            return None;
        }
        (AskedBlock::Unseen, _) => format!("You asked for block {block}, but nothing in the evidence mentions it"),
        (AskedBlock::Matches, _) => format!("Block {block} matches mainnet"),
        (AskedBlock::Diverges | AskedBlock::NotAsked, Some(first)) if first != block => format!("You asked for block {block}"),
        (AskedBlock::Diverges | AskedBlock::NotAsked, _) => return None,
    };
    Some(match first {
        Some(first) if first != block => format!("{standing}. The first diverging block is {first}."),
        _ => format!("{standing}."),
    })
}

/// What a ledger item is about, in words.
#[must_use]
pub(crate) fn subject(item: &LedgerItem) -> String {
    // Nobody saw the epoch stop: a rule knows what is wrong with it.
    let name = if item.role == Role::Potential { "running epoch".to_owned() } else { item.kind.name().replace('_', " ") };
    let mut words = match item.kind {
        // Which field it is was not seen.
        ItemKind::UnseenHeader => vec!["unknown header field".to_owned()],
        // The field says it all.
        ItemKind::Commitment if !item.field.is_empty() => vec![item.field.clone()],
        ItemKind::ParentHash => vec![name],
        _ if item.field.is_empty() || item.field == item.kind.name() => vec![name],
        _ => vec![name, item.field.clone()],
    };
    if let Some(tx) = item.tx_hash {
        let kind = item.tx_type.map(|it| format!("{} ", word(&it))).unwrap_or_default();
        words.push(format!("{kind}{tx}"));
    }
    if let Some(address) = item.address {
        words.push(format!("of {address}"));
    }
    if let Some(slot) = item.slot {
        words.push(format!("slot {slot}"));
    }
    if let Some(trace) = item.trace {
        words.push(format!("({})", word(&trace).replace('_', " ")));
    }
    words.join(" ")
}
