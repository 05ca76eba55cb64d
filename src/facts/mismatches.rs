//! Blocks of which Echonet itself says that they differ from mainnet's: rows of its report and of snapshots, and lines of its log.

use std::collections::BTreeMap;

use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::LogRecord;
use crate::evidence::report::MismatchRow;
use crate::evidence::sections::Section;
use crate::evidence::{Episode, Felt, Report, ReportText, Snapshot};

/// What Echonet says of one block.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Mismatch {
    /// Echonet's hash of the block and the hash that Echonet compared it with.
    pub hashes: Option<(Felt, Felt)>,
    /// The transaction commitments of both, as a row of a list of its own names them.
    pub transactions: Option<(Felt, Felt)>,
    /// Commitments and the parent's hash in which the two differ, as the log names them, with both values.
    pub fields: Vec<(String, Felt, Felt)>,
    /// Whether the log says which of the compared fields differ.
    pub compared: ComparedFields,
    /// Paths of the evidence that states it.
    pub evidence: Vec<String>,
}

/// Whether it is known which of the compared fields differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ComparedFields {
    /// It is unknown which fields differ.
    #[default]
    Unknown,
    /// Some fields differ, and they are named.
    Some,
    /// None does: another field of the header differs.
    None,
}

/// Mismatches by height.
pub(crate) type Mismatches = BTreeMap<u64, Mismatch>;

/// What the records of one epoch say.
#[must_use]
pub(crate) fn of_log(records: &[LogRecord]) -> Mismatches {
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
            it.compared = ComparedFields::Some;
            it.evidence.push(place(record));
        } else if said.starts_with("block hash mismatch with no difference in compared ") {
            let it = all.entry(number).or_default();
            it.compared = ComparedFields::None;
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

/// The two lists of a report in which Echonet notes blocks that differ; none where one was not seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MismatchRows<'r> {
    /// Rows about block hashes.
    pub hashes: Option<&'r [MismatchRow]>,
    /// Rows about transaction commitments.
    pub transactions: Option<&'r [MismatchRow]>,
}

impl<'r> MismatchRows<'r> {
    /// Lists that were seen and are empty.
    pub(crate) const NONE: Self = Self { hashes: Some(&[]), transactions: Some(&[]) };

    /// Takes the rows of a report.
    #[must_use]
    pub(crate) fn of_report(report: &'r Report) -> Self {
        Self { hashes: report.block_hash_mismatches.as_deref(), transactions: report.transaction_commitment_mismatches.as_deref() }
    }

    /// Takes the rows of a report in text form.
    #[must_use]
    pub(crate) fn of_text(text: &'r ReportText) -> Self {
        Self {
            hashes: text.saw(Section::BlockHashMismatches).then_some(text.block_hash_mismatches.as_slice()),
            transactions: text.saw(Section::TransactionCommitmentMismatches).then_some(text.transaction_commitment_mismatches.as_slice()),
        }
    }

    fn of_snapshot(snapshot: &'r Snapshot) -> Self {
        Self {
            hashes: snapshot.saw(Section::BlockHashMismatches).then_some(snapshot.block_hash_mismatches.as_slice()),
            transactions: snapshot
                .saw(Section::TransactionCommitmentMismatches)
                .then_some(snapshot.transaction_commitment_mismatches.as_slice()),
        }
    }

    /// The rows of an episode's own documents that can be read.
    #[must_use]
    pub(crate) fn from_episode(episode: &'r Episode) -> Self {
        let of_snapshot = episode.snapshot.value().map(Self::of_snapshot).unwrap_or_default();
        let of_report = episode.report.value().map(Self::of_report).unwrap_or_default();
        Self { hashes: of_snapshot.hashes.or(of_report.hashes), transactions: of_snapshot.transactions.or(of_report.transactions) }
    }

    /// All rows of an episode's own documents; none where some were not seen or cannot be read.
    #[must_use]
    pub(crate) fn whole(episode: &'r Episode) -> Self {
        match episode.snapshot.value() {
            Some(snapshot) if snapshot.unreadable_rows != 0 => episode.report.value().map(Self::of_report).unwrap_or_default(),
            _ => Self::from_episode(episode),
        }
    }

    /// What these say that `earlier` lists of the same process did not say already, of blocks from `from` on. Both are cumulative, and the
    /// same block can differ in the same way again after a resync. Where an earlier list was not seen, nobody can tell.
    #[must_use]
    pub(crate) fn fresh(self, earlier: Self, from: u64, place: &str) -> Mismatches {
        let pairs = |now: Option<&'r [MismatchRow]>, before: Option<&'r [MismatchRow]>, list: &str| match (now, before) {
            (Some(now), Some(before)) => fresh(now, before, from, &format!("{place}.{list}")),
            _ => BTreeMap::new(),
        };
        let mut all = Mismatches::new();
        for (number, (values, place)) in pairs(self.hashes, earlier.hashes, "block_hash_mismatches") {
            let it = all.entry(number).or_default();
            it.hashes = Some(values);
            it.evidence.push(place);
        }
        for (number, (values, place)) in pairs(self.transactions, earlier.transactions, "transaction_commitment_mismatches") {
            let it = all.entry(number).or_default();
            it.transactions = Some(values);
            it.evidence.push(place);
        }
        all
    }
}

/// The rows of a list that an earlier one does not have as often: both values and the place, by height.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn fresh(rows: &[MismatchRow], earlier: &[MismatchRow], from: u64, place: &str) -> BTreeMap<u64, ((Felt, Felt), String)> {
    let counts = |rows: &[MismatchRow]| {
        let mut counts: BTreeMap<(u64, Felt, Felt), usize> = BTreeMap::new();
        rows.iter().for_each(|it| *counts.entry((it.block_number, it.echonet, it.mainnet)).or_default() += 1);
        counts
    };
    let (now, before) = (counts(rows), counts(earlier));
    let is_fresh = |row: &&MismatchRow| {
        let key = (row.block_number, row.echonet, row.mainnet);
        // A row of one value is no mismatch: it was damaged.
        row.block_number >= from && row.echonet != row.mainnet && now.get(&key) > before.get(&key)
    };
    let values = |row: &MismatchRow| ((row.echonet, row.mainnet), format!("{place}.{}", row.block_number));
    rows.iter().filter(is_fresh).map(|row| (row.block_number, values(row))).collect()
}

/// Merges mismatches from another source; known ones are kept.
pub(crate) fn join(all: &mut Mismatches, more: Mismatches) {
    for (number, more) in more {
        let it = all.entry(number).or_default();
        it.hashes = it.hashes.or(more.hashes);
        it.transactions = it.transactions.or(more.transactions);
        if it.compared == ComparedFields::Unknown {
            it.compared = more.compared;
            it.fields = more.fields;
        }
        it.evidence.extend(more.evidence);
    }
}

/// Ledger items of the mismatches: the hash, and what Echonet says of the fields. What the payloads of a block show already, `is_seen`, is
/// left out but for the hash.
pub(crate) fn items<'m>(all: &'m Mismatches, is_seen: impl Fn(u64) -> bool + 'm) -> impl Iterator<Item = LedgerItem> + 'm {
    all.iter().flat_map(move |(number, it)| {
        let with = |mut item: LedgerItem, values: Option<(Felt, Felt)>| {
            item.evidence.clone_from(&it.evidence);
            item.values(values.map(|it| it.0), values.map(|it| it.1))
        };
        // A row of the commitments alone states no hash.
        let hash = (it.hashes.is_some() || it.transactions.is_none() || it.compared != ComparedFields::Unknown)
            .then(|| with(LedgerItem::new(ItemKind::HashMismatch, Role::Cause, *number, ""), it.hashes));
        let field = |name: &str, values: Option<(Felt, Felt)>| {
            let kind = match name {
                "parent_block_hash" => ItemKind::ParentHash,
                UNCOMPARED => ItemKind::UnseenHeader,
                _ => ItemKind::Commitment,
            };
            with(LedgerItem::new(kind, Role::Cause, *number, name).field(name), values)
        };
        let mut fields: Vec<LedgerItem> = Vec::new();
        if !is_seen(*number) {
            fields.extend(it.fields.iter().map(|(name, ours, theirs)| field(name, Some((*ours, *theirs)))));
            let is_named = it.fields.iter().any(|it| it.0 == TRANSACTIONS);
            fields.extend(it.transactions.filter(|_| !is_named).map(|it| field(TRANSACTIONS, Some(it))));
            if it.compared == ComparedFields::None {
                fields.push(field(UNCOMPARED, None));
            }
        }
        hash.into_iter().chain(fields)
    })
}

/// What a list says of the transactions of a block whose payloads, `is_seen`, were seen and do not show it.
pub(crate) fn contested<'m>(all: &'m Mismatches, is_seen: impl Fn(u64) -> bool + 'm) -> impl Iterator<Item = LedgerItem> + 'm {
    let rows = all.iter().filter_map(|(number, it)| Some((*number, it, it.transactions?)));
    rows.filter(move |(number, _, _)| is_seen(*number)).map(|(number, it, (ours, theirs))| {
        let mut item = LedgerItem::new(ItemKind::Commitment, Role::Cause, number, TRANSACTIONS).field(TRANSACTIONS);
        item.evidence.clone_from(&it.evidence);
        item.values(Some(ours), Some(theirs))
    })
}

/// The commitment of which Echonet keeps a list.
const TRANSACTIONS: &str = "transaction_commitment";

/// The field of an item for a header field that Echonet does not compare: which one it is was not seen.
pub(crate) const UNCOMPARED: &str = "not_compared";

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
    // Rows of the lists of a deployment with two blocked senders.
    const REPORT: &str = r#"{"hashes": [{"block_number": 7118107, "echonet": "0x7e98d1cbbdaf58ffae439c0dc150a101b6a0e5f713f7b9b12d3d67a4f295636",
        "mainnet": "0x45690b02242062f65501fc734336c28f611bc0b22ba707de263b61a9fcf3da3"}], "transactions": [{"block_number": 7118107,
        "echonet": "0x54344d56adebc2b8c88f928a66dc7d96a441c654e491b7edaf130c21640ff31",
        "mainnet": "0x7acf3015f88feff4f4f0ad580c59f5ea4699bde1bb8bc7b2945b0041f268e16"}]}"#;

    #[test]
    fn a_row_of_a_transaction_commitment_is_a_divergence_with_both_values() {
        let lists: BTreeMap<String, Vec<MismatchRow>> = serde_json::from_str(REPORT).expect("rows");
        let both =
            MismatchRows { hashes: lists.get("hashes").map(Vec::as_slice), transactions: lists.get("transactions").map(Vec::as_slice) };
        let ids = |rows: MismatchRows<'_>, is_seen: bool| -> Vec<(String, bool)> {
            let all = rows.fresh(MismatchRows::NONE, 0, "report");
            items(&all, |_| is_seen)
                .chain(contested(&all, |_| is_seen))
                .map(|it| (it.id, it.ours.is_some() && it.theirs.is_some()))
                .collect()
        };
        let hash = || ("7118107/hash_mismatch".to_owned(), true);
        let commitment = || ("7118107/commitment/transaction_commitment".to_owned(), true);
        assert_eq!(ids(both, false), [hash(), commitment()]);
        assert_eq!(ids(both, true), [hash(), commitment()], "payloads that do not show it do not undo the row");
        assert_eq!(ids(MismatchRows { hashes: Some(&[]), ..both }, false), [commitment()], "a hash that nobody states is not shown");
        assert_eq!(both.fresh(MismatchRows::default(), 0, "report"), Mismatches::new(), "without what came before");
    }
}
