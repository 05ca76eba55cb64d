//! Blocks of which Echonet itself says that they differ from mainnet's: rows of its report and of snapshots, and lines of its log.

use std::collections::BTreeMap;

use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::LogRecord;
use crate::evidence::report::MismatchRow;
use crate::evidence::sections::Section;
use crate::evidence::{Episode, Felt};

/// What Echonet says of one block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mismatch {
    /// Echonet's hash of the block and the hash that Echonet compared it with.
    pub hashes: Option<(Felt, Felt)>,
    /// Commitments and the parent's hash in which the two differ, as the log names them, with both values.
    pub fields: Vec<(String, Felt, Felt)>,
    /// Whether the log says which of the compared fields differ.
    pub compared: Compared,
    /// Where it says so.
    pub evidence: Vec<String>,
}

/// Whether it is known which of the compared fields differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compared {
    /// It is not.
    #[default]
    Unknown,
    /// Some do, and they are named.
    Some,
    /// None does: another field of the header differs.
    None,
}

/// Mismatches by height.
pub type Mismatches = BTreeMap<u64, Mismatch>;

/// What the records of one epoch say.
#[must_use]
pub fn of_log(records: &[LogRecord]) -> Mismatches {
    let mut all = Mismatches::new();
    for record in records {
        let Some((number, said)) = record.text.strip_prefix("Block ").and_then(|it| it.split_once(": ")) else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        if let Some(hashes) = said.strip_prefix("block hash MISMATCH. ") {
            let it = all.entry(number).or_default();
            it.hashes = pair(hashes).or(it.hashes);
            it.evidence.push(place(record));
        } else if let Some(fields) = said.strip_prefix("mismatched fields: ") {
            let it = all.entry(number).or_default();
            it.fields = fields.split("; ").filter_map(|it| it.split_once(": ")).filter_map(named).collect();
            it.compared = Compared::Some;
            it.evidence.push(place(record));
        } else if said.starts_with("block hash mismatch with no difference in compared ") {
            let it = all.entry(number).or_default();
            it.compared = Compared::None;
            it.evidence.push(place(record));
        }
    }
    all
}

fn place(record: &LogRecord) -> String {
    format!("logs.echonet record {}", record.number)
}

/// Reads `echonet=0x1, mainnet=0x2`.
fn pair(text: &str) -> Option<(Felt, Felt)> {
    let (ours, theirs) = text.strip_prefix("echonet=")?.split_once(", mainnet=")?;
    Some((ours.parse().ok()?, theirs.trim_end().parse().ok()?))
}

fn named((name, values): (&str, &str)) -> Option<(String, Felt, Felt)> {
    let (ours, theirs) = pair(values)?;
    Some((name.to_owned(), ours, theirs))
}

/// What the rows of a list say that an earlier list of the same process did not say already. Both are cumulative, and the same block can
/// differ in the same way again after a resync.
#[must_use]
pub fn fresh(rows: &[MismatchRow], earlier: &[MismatchRow], from: u64, place: &str) -> Mismatches {
    let counts = |rows: &[MismatchRow]| {
        let mut counts: BTreeMap<(u64, Felt, Felt), usize> = BTreeMap::new();
        rows.iter().for_each(|it| *counts.entry((it.block_number, it.echonet, it.mainnet)).or_default() += 1);
        counts
    };
    let (now, before) = (counts(rows), counts(earlier));
    let is_fresh = |row: &&MismatchRow| {
        let key = (row.block_number, row.echonet, row.mainnet);
        row.block_number >= from && now.get(&key) > before.get(&key)
    };
    let mut all = Mismatches::new();
    for row in rows.iter().filter(is_fresh) {
        let it = all.entry(row.block_number).or_default();
        it.hashes = Some((row.echonet, row.mainnet));
        if it.evidence.is_empty() {
            it.evidence.push(format!("{place}.{}", row.block_number));
        }
    }
    all
}

/// Adds what another source says; what is known already stays.
pub fn join(all: &mut Mismatches, more: Mismatches) {
    for (number, more) in more {
        let it = all.entry(number).or_default();
        it.hashes = it.hashes.or(more.hashes);
        if it.compared == Compared::Unknown {
            it.compared = more.compared;
            it.fields = more.fields;
        }
        it.evidence.extend(more.evidence);
    }
}

/// All rows of an episode's own documents; none where some were not seen or cannot be read.
#[must_use]
pub fn whole_rows(episode: &Episode) -> Option<&[MismatchRow]> {
    match episode.snapshot.value() {
        Some(snapshot) if snapshot.unreadable_rows != 0 => episode.report.value()?.block_hash_mismatches.as_deref(),
        _ => rows(episode),
    }
}

/// The rows of an episode's own documents that can be read.
#[must_use]
pub fn rows(episode: &Episode) -> Option<&[MismatchRow]> {
    let snapshot = episode.snapshot.value().filter(|it| it.saw(Section::BlockHashMismatches)).map(|it| it.block_hash_mismatches.as_slice());
    snapshot.or_else(|| episode.report.value()?.block_hash_mismatches.as_deref())
}

/// Ledger items of the mismatches: the hash, and what the log says of the fields. What the payloads of a block show already, `is_seen`, is
/// left out but for the hash.
pub fn items<'m>(all: &'m Mismatches, is_seen: impl Fn(u64) -> bool + 'm) -> impl Iterator<Item = LedgerItem> + 'm {
    all.iter().flat_map(move |(number, it)| {
        let mut hash =
            LedgerItem::new(ItemKind::HashMismatch, Role::Cause, *number, "").values(it.hashes.map(|it| it.0), it.hashes.map(|it| it.1));
        hash.evidence.clone_from(&it.evidence);
        let field = |name: &str, values: Option<(Felt, Felt)>| {
            let kind = match name {
                "parent_block_hash" => ItemKind::ParentHash,
                UNCOMPARED => ItemKind::UnseenHeader,
                _ => ItemKind::Commitment,
            };
            let mut item =
                LedgerItem::new(kind, Role::Cause, *number, name).field(name).values(values.map(|it| it.0), values.map(|it| it.1));
            item.evidence.clone_from(&it.evidence);
            item
        };
        let mut fields: Vec<LedgerItem> = Vec::new();
        if !is_seen(*number) {
            fields.extend(it.fields.iter().map(|(name, ours, theirs)| field(name, Some((*ours, *theirs)))));
            if it.compared == Compared::None {
                fields.push(field(UNCOMPARED, None));
            }
        }
        std::iter::once(hash).chain(fields)
    })
}

/// The field of an item for a header field that Echonet does not compare: which one it is was not seen.
pub const UNCOMPARED: &str = "not_compared";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;
    use crate::facts::LogIndex;

    // Lines of a run of Echonet.
    const LOG: &str = "[WARNING] [echonet.echo_center] Block 7124102: block hash MISMATCH. echonet=0x4beaaa6c8966b16b210f624f315d2c1ae3b3e058eef74e628d065650583bc4, mainnet=0x45af9572fdc0cb6ad82cfcd8066d8e709a3cd378dd9c769ee12142048ef636a
[INFO] [echonet.echo_center] Block 7124102: mismatched fields: state_diff_commitment: echonet=0x6b06042710ab185b6d22f08dcbf86d175c2f0c30d2717333e38408850692e17, mainnet=0xaf351016c2aea8762db7f7cca33dbbbb4d1e2ab11ec4b928485c15d067d3d9
[WARNING] [echonet.echo_center] Block 7124104: block hash MISMATCH. echonet=0x636fdc79a878092ab68da1b19f82e7d71ccd61f09ffd206832add0f52f4a4df, mainnet=0x132ed9e320ef6860601985e857a93d81e47276563a5405c6c9bf5d0f64703dd
[INFO] [echonet.echo_center] Block 7124104: block hash mismatch with no difference in compared commitments or parent_block_hash (other header / hash inputs differ).";

    #[test]
    fn lines_of_the_log_give_both_values_and_which_fields_differ() {
        let all = of_log(&LogIndex::new(&parse_text(LOG)).records);
        let ids: Vec<_> = items(&all, |_| false).map(|it| (it.id, it.ours.is_some() && it.theirs.is_some())).collect();
        let ids: Vec<_> = ids.iter().map(|(id, valued)| (id.as_str(), *valued)).collect();
        let expected = [
            ("7124102/hash_mismatch", true),
            ("7124102/commitment/state_diff_commitment", true),
            ("7124104/hash_mismatch", true),
            ("7124104/unseen_header/not_compared", false),
        ];
        assert_eq!(ids, expected);
        let seen: Vec<_> = items(&all, |_| true).map(|it| it.id).collect();
        assert_eq!(seen, ["7124102/hash_mismatch", "7124104/hash_mismatch"]);
    }

    #[test]
    fn a_row_counts_where_the_earlier_list_does_not_have_it_as_often() {
        let row = |block: u64, hash: u64| MismatchRow { block_number: block, echonet: Felt::from(hash), mainnet: Felt::from(1_u64) };
        let blocks =
            |rows: &[MismatchRow], earlier: &[MismatchRow], from| fresh(rows, earlier, from, "report").into_keys().collect::<Vec<_>>();
        assert_eq!(blocks(&[row(7, 2), row(8, 3)], &[row(7, 2)], 0), [8]);
        assert_eq!(blocks(&[row(7, 2), row(7, 2)], &[row(7, 2)], 0), [7], "it differed again in the same way");
        assert_eq!(blocks(&[row(7, 2)], &[], 8), [0_u64; 0], "before the first block of the epoch");
    }
}
