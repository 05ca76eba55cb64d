//! Inspect: a bundle as people look at it before, or instead of, a diagnosis.
//!
//! Invariant: pure, and bounded: every list is cut with a word on what is left out, and nothing that acts on a terminal comes out.

mod by_construction;
mod episodes;
mod hash_name;
mod reach;
mod sections;
mod sides;

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use similar::{Algorithm, ChangeTag, capture_diff_slices};

use crate::evidence::state_update::StateDiff;
use crate::evidence::{Bundle, Felt, Gathered, LogStream, Program};
use crate::render::{visible, visible_json};
use sides::{DocumentSides, differ, fields};

pub(crate) use episodes::snapshot_time;
pub use episodes::{OnVolume, PastResync, past_resyncs, past_resyncs_json, past_resyncs_text};
pub use hash_name::{HashName, HashNameError, with_whole_hashes};
pub use reach::{CollectionReach, ResyncsSeen, reach, resyncs_seen, ways_out};
pub use sections::sections;

/// Limits on what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items of a list: transactions, fields, log lines.
    pub items: usize,
    /// Characters of a value.
    pub characters: usize,
}

impl Limits {
    /// How many items are shown where no number is named.
    pub const ITEMS: usize = 100;
}

impl Default for Limits {
    fn default() -> Self {
        Self { items: Self::ITEMS, characters: 2_000 }
    }
}

/// The requests of a live collection, one line of JSON each, in the order in which they ended; none if nothing was asked of a deployment.
#[must_use]
pub fn audit(bundle: &Bundle) -> Option<String> {
    let rows = &bundle.collection.as_ref()?.requests;
    // A row is made of numbers and texts: it always has a JSON form.
    Some(rows.iter().map(|it| visible_json(serde_json::to_string(it).unwrap_or_default()) + "\n").collect())
}

/// Both sides of the block at a height, for each episode that has it; none if the bundle holds nothing of it.
#[must_use]
pub fn block(bundle: &Bundle, height: u64, limits: Limits) -> Option<String> {
    let theirs = bundle.theirs.get(&height);
    let mut ours: Vec<(String, _)> =
        bundle.episodes.iter().filter_map(|it| Some((format!("Echonet, episode {}", it.number), it.ours.get(&height)?))).collect();
    ours.extend(bundle.after_resync.get(&height).map(|it| ("Echonet, after the last resync".to_owned(), it)));
    if theirs.is_none() && ours.is_empty() {
        return None;
    }
    let mut text = format!("block {height}\n");
    let their_block = theirs.and_then(|it| it.block.value());
    if ours.is_empty() {
        text.push_str("\nmainnet alone\n");
        text.push_str(&fields(DocumentSides { ours: None, theirs: their_block.map(header) }, limits));
    }
    for (name, our) in ours {
        let our_block = our.block.value();
        text.push_str(&format!("\n{name} against mainnet\n"));
        text.push_str(&absence("Echonet's block", &our.block));
        text.push_str(
            &theirs.map_or_else(|| "  mainnet's block was not collected\n".to_owned(), |it| absence("mainnet's block", &it.block)),
        );
        text.push_str(&fields(DocumentSides { ours: our_block.map(header), theirs: their_block.map(header) }, limits));
        text.push_str(&transactions(our_block, their_block, limits));
        let states = DocumentSides {
            ours: our.state_update.value().map(|it| state(&it.state_diff)),
            theirs: theirs.and_then(|it| it.state_update.value()).map(|it| state(&it.state_diff)),
        };
        text.push_str("  state diff\n");
        text.push_str(&fields(states, limits));
    }
    Some(text)
}

/// The transactions of all blocks that a name can be of, in the order of their hashes.
#[must_use]
pub fn named(bundle: &Bundle, name: &HashName) -> Vec<Felt> {
    let ours = bundle.episodes.iter().flat_map(|it| it.ours.values()).chain(bundle.after_resync.values()).map(|it| &it.block);
    let blocks = ours.chain(bundle.theirs.values().map(|it| &it.block)).filter_map(Gathered::value);
    let hashes: BTreeSet<Felt> = blocks.flat_map(|it| &it.transactions).map(|it| it.transaction_hash).filter(|it| name.is(*it)).collect();
    hashes.into_iter().collect()
}

/// A transaction and its receipt on both sides, in every block that has it; none if no block has it.
#[must_use]
pub fn transaction(bundle: &Bundle, hash: Felt, limits: Limits) -> Option<String> {
    let place = |block: &crate::evidence::Block| block.transactions.iter().position(|it| it.transaction_hash == hash);
    let of = |block: &crate::evidence::Block| {
        let receipt = block.transaction_receipts.iter().find(|it| it.transaction_hash == hash);
        let transaction = block.transactions.iter().find(|it| it.transaction_hash == hash);
        json(&serde_json::json!({"transaction": transaction, "receipt": receipt}))
    };
    let their_place = bundle.theirs.values().filter_map(|it| it.block.value()).find_map(|it| Some((it, place(it)?)));
    let mut ours = Vec::new();
    for episode in &bundle.episodes {
        let blocks = episode.ours.values().filter_map(|it| it.block.value());
        ours.extend(blocks.filter_map(|it| Some((format!("episode {}", episode.number), it, place(it)?))));
    }
    let after = bundle.after_resync.values().filter_map(|it| it.block.value());
    ours.extend(after.filter_map(|it| Some(("after the last resync".to_owned(), it, place(it)?))));
    if their_place.is_none() && ours.is_empty() {
        return None;
    }
    let mut text = format!("transaction {hash}\n");
    match their_place {
        Some((block, place)) => text.push_str(&format!("  mainnet: block {}, position {place}\n", block.block_number)),
        None => text.push_str("  mainnet: in no block that was seen\n"),
    }
    let theirs = their_place.map(|(it, _)| of(it));
    if ours.is_empty() {
        text.push_str("  Echonet: in no block that was seen\n\n");
        text.push_str(&fields(DocumentSides { ours: None, theirs }, limits));
        return Some(text);
    }
    for (name, block, place) in ours {
        text.push_str(&format!("  Echonet, {name}: block {}, position {place}\n\n", block.block_number));
        text.push_str(&fields(DocumentSides { ours: Some(of(block)), theirs: theirs.clone() }, limits));
    }
    Some(text)
}

/// Lines of both logs that a pattern matches, each with its log, its number, its time and its stream.
#[must_use]
pub fn log(bundle: &Bundle, pattern: &Regex, limits: Limits) -> String {
    let mut text = String::new();
    for program in Program::ALL {
        let (name, log) = (program.log().name(), bundle.logs.for_program(program));
        let Some(stream) = log.value() else {
            text.push_str(&format!("{name} {}\n", visible(&log.gap().unwrap_or_default())));
            continue;
        };
        let found = matching(stream, pattern);
        for line in found.iter().take(limits.items) {
            let at = line.1.at.map(|it| format!(" {it}")).unwrap_or_default();
            let stream = match line.1.stream {
                crate::evidence::logs::Stream::Unknown => "",
                crate::evidence::logs::Stream::Stdout => " stdout",
                crate::evidence::logs::Stream::Stderr => " stderr",
            };
            text.push_str(&format!("{name}:{}{at}{stream}  {}\n", line.0.saturating_add(1), shown(&line.1.text, limits)));
        }
        let more = found.len().saturating_sub(limits.items);
        let left = if more == 0 { String::new() } else { format!(", {more} of them not shown") };
        let gap = log.gap().map(|it| format!("; {}", visible(&it))).unwrap_or_default();
        text.push_str(&format!("{name}: {} of {} lines match{left}{gap}\n", found.len(), stream.lines.len()));
    }
    text
}

fn matching<'l>(stream: &'l LogStream, pattern: &Regex) -> Vec<(usize, &'l crate::evidence::logs::LogLine)> {
    stream.lines.iter().enumerate().filter(|(_, it)| pattern.is_match(&it.text)).collect()
}

/// A block without what is shown apart.
fn header(block: &crate::evidence::Block) -> serde_json::Value {
    let mut value = json(block);
    if let Some(fields) = value.as_object_mut() {
        fields.remove("transactions");
        fields.remove("transaction_receipts");
    }
    value
}

/// A state diff by what it changes. The order of its entries means nothing; nor does it whether a class is of a new contract or of one
/// that changed it, for Echonet does not tell them apart.
fn state(diff: &StateDiff) -> serde_json::Value {
    let storage = |entries: &Vec<crate::evidence::state_update::StorageEntry>| {
        entries.iter().map(|it| (it.key.to_string(), it.value.to_string())).collect::<BTreeMap<_, _>>()
    };
    let contracts = diff.deployed_contracts.iter().chain(&diff.replaced_classes);
    let classes = diff.declared_classes.iter().chain(&diff.migrated_compiled_classes);
    serde_json::json!({
        "storage": diff.storage_diffs.iter().map(|(address, it)| (address.to_string(), storage(it))).collect::<BTreeMap<_, _>>(),
        "nonces": diff.nonces.iter().map(|(address, it)| (address.to_string(), it.to_string())).collect::<BTreeMap<_, _>>(),
        "contracts": contracts.map(|it| (it.address.to_string(), it.class_hash.to_string())).collect::<BTreeMap<_, _>>(),
        "classes": classes.map(|it| (it.class_hash.to_string(), it.compiled_class_hash.to_string())).collect::<BTreeMap<_, _>>(),
        "old_declared_contracts": diff.old_declared_contracts.iter().map(|it| (it.to_string(), true)).collect::<BTreeMap<_, _>>(),
    })
}

fn transactions(ours: Option<&crate::evidence::Block>, theirs: Option<&crate::evidence::Block>, limits: Limits) -> String {
    let receipts = |block: Option<&crate::evidence::Block>| -> BTreeMap<String, serde_json::Value> {
        let all = block.map(|it| it.transaction_receipts.as_slice()).unwrap_or_default();
        all.iter().map(|it| (it.transaction_hash.to_string(), json(it))).collect()
    };
    let [our_receipts, their_receipts] = [ours, theirs].map(receipts);
    let hashes = |block: Option<&crate::evidence::Block>| {
        block.map(|it| it.transactions.iter().map(|it| it.transaction_hash.to_string()).collect::<Vec<_>>()).unwrap_or_default()
    };
    let (ours, theirs) = (hashes(ours), hashes(theirs));
    let mut text =
        format!("  transactions: Echonet {}, mainnet {}; position in each, and whether the receipts are equal\n", ours.len(), theirs.len());
    let changes: Vec<_> =
        capture_diff_slices(Algorithm::Myers, &ours, &theirs).iter().flat_map(|it| it.iter_changes(&ours, &theirs)).collect();
    for change in changes.iter().take(limits.items) {
        let place = |it: Option<usize>| it.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let (our, their) = (place(change.old_index()), place(change.new_index()));
        let words = match change.tag() {
            ChangeTag::Equal => match (our_receipts.get(change.value().as_str()), their_receipts.get(change.value().as_str())) {
                (Some(ours), Some(theirs)) if differ(ours, theirs) => "both ≠",
                (Some(_), Some(_)) => "both =",
                _ => "both ?",
            },
            ChangeTag::Delete => "Echonet only",
            ChangeTag::Insert => "mainnet only",
        };
        text.push_str(&format!("    {our:>4} {their:>4}  {words:12}  {}\n", change.value()));
    }
    if limits.items < changes.len() {
        text.push_str(&format!("    … ({} more)\n", changes.len().saturating_sub(limits.items)));
    }
    text
}

fn absence<T>(name: &str, evidence: &Gathered<T>) -> String {
    evidence.gap().map(|gap| format!("  {name} {}\n", visible(&gap))).unwrap_or_default()
}

fn json(value: &impl serde::Serialize) -> serde_json::Value {
    // Evidence is made of types with text keys: it always has a JSON form.
    serde_json::to_value(value).unwrap_or_default()
}

/// A text on one line, escaped and cut.
fn shown(text: &str, limits: Limits) -> String {
    match text.char_indices().nth(limits.characters) {
        Some((end, _)) => {
            let left = text.get(end..).unwrap_or_default().chars().count();
            format!("{}… ({left} more characters)", visible(text.get(..end).unwrap_or_default()))
        }
        None => visible(text).into_owned(),
    }
}

#[cfg(test)]
mod tests;
