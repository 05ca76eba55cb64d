//! What an answer rests on, and what was left out of it.

use crate::counted::counted;
use crate::evidence::Timestamp;
use crate::findings::{Account, Beginning, Compared, Fate, ForeignEvidence, Grounds, Verdict};

/// Over what the answer rests on.
pub(in crate::render) fn seen_title(verdict: Verdict) -> &'static str {
    if verdict == Verdict::NoDivergence { "What this rests on" } else { "What was seen" }
}

/// Over why it cannot be said that nothing diverged.
pub(in crate::render) const MISSING_GROUNDS: &str = "Missing before one can say that nothing diverged";

/// Over what was left out because it is of another deployment.
pub(in crate::render) const SET_ASIDE: &str = "Evidence of another deployment";

/// Over what became of the files that were given.
pub(in crate::render) const FILES: &str = "Files";

/// What became of the files that were given, as a sentence.
pub(in crate::render) fn files(account: &Account) -> String {
    let mut words = account.words.clone();
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{words}.")
}

/// What became of the files that were given, in numbers, and which option names them.
pub(in crate::render) fn file_counts(account: &Account) -> String {
    let sums = file_sums(account);
    let all_read = account.files.iter().all(|it| it.fate == Fate::Read);
    if all_read { sums } else { format!("{} (--full names them).", sums.trim_end_matches('.')) }
}

/// What became of the files that were given, in numbers.
pub(in crate::render) fn file_sums(account: &Account) -> String {
    let given = counted(account.given, "file");
    let count = |fate: Fate| account.files.iter().filter(|it| it.fate == fate).count();
    let others = [Fate::Unused, Fate::NotRecognised, Fate::Refused].map(|it| (count(it), fate(it)));
    let others: Vec<String> = others.iter().filter(|it| 0 < it.0).map(|(count, fate)| format!("{count} {fate}")).collect();
    let others = if others.is_empty() { String::new() } else { format!("; {}", others.join(", ")) };
    format!("Read {} of {given}{others}.", count(Fate::Read))
}

/// What became of a file, in words.
pub(in crate::render) fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Read => "read",
        Fate::Unused => "not used",
        Fate::NotRecognised => "not recognised",
        Fate::Refused => "refused",
    }
}

/// What an answer rests on, one sentence each.
pub(in crate::render) fn seen(grounds: &Grounds) -> Vec<String> {
    let moment = |it: Option<Timestamp>, unknown: &str| it.map_or_else(|| unknown.to_owned(), |it| it.to_string());
    let mut sentences: Vec<String> = grounds.compared.iter().map(compared).collect();
    if sentences.is_empty() {
        sentences.push("No block was compared on both sides.".to_owned());
    }
    sentences.extend(grounds.log.map(|log| {
        let begins = match log.begins_with_epoch {
            Beginning::Held => "it has the beginning of the epoch",
            Beginning::Broken => "it has the beginning of the epoch but lacks lines after it, so a resync there would not show",
            Beginning::Missing => "it begins in the middle of the epoch, so an earlier resync would not show",
        };
        let [from, until] = [moment(log.from, "an unknown moment"), moment(log.until, "an unknown moment")];
        format!("Echonet's log covers {from} to {until}; {begins}.")
    }));
    sentences.extend(grounds.progress.map(|it| {
        let at = it.at.map(|it| format!(" at {it}")).unwrap_or_default();
        let end = grounds.log.and_then(|log| log.until);
        let minutes = end.zip(it.at).map_or(0, |(end, at)| end.millis_since(at) / 60_000);
        let before = if 1 < minutes { format!(", {minutes} minutes before the log's end") } else { String::new() };
        format!("Echonet had stored block {}{at}{before}.", it.block)
    }));
    sentences.extend(grounds.report.clone());
    sentences
}

fn compared(it: &Compared) -> String {
    let span = it.last.saturating_sub(it.first).saturating_add(1);
    let blocks = match it.count {
        1 if it.first == it.last => format!("Block {} matches", it.first),
        1 => format!("1 of the {span} blocks from {} to {} matches", it.first, it.last),
        count if count == span => format!("All {count} blocks from {} to {} match", it.first, it.last),
        count => format!("{count} of the {span} blocks from {} to {} match", it.first, it.last),
    };
    format!("{blocks} mainnet's, according to {}.", it.source)
}

/// What was left out because it is of another deployment.
pub(in crate::render) fn set_aside(it: &ForeignEvidence) -> String {
    format!("Left out as evidence of {}: {} ({}).", it.whose, it.what, it.why)
}
