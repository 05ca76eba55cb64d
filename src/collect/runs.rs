//! Which run of Echonet a piece of evidence is of, and what is of another run than the rest.
//!
//! A report and a log name no namespace, or one that was used for other runs as well. But each states where its process began, what triggered
//! resyncs and which of Echonet's own hashes differed: no two runs over other blocks share that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::asked::Selection;
use super::assembly::assemble;
use super::log_intake::{BASE, MATCH, MISMATCH};
use super::masked_log::MaskedLogs;
use super::missing_resyncs::named;
use super::{Access, Answer, SavedLogFile};
use crate::evidence::identity::fail;
use crate::evidence::report::{MismatchRow, ReportTrigger};
use crate::evidence::{Ambiguity, Bundle, Felt, LogStream, Report, ReportText, Request, SetAside};
use crate::fixed_pattern::fixed_pattern;

/// How Echonet's process begins in its log.
const PROCESS_START: &str = "] Starting gunicorn ";
/// Runs nearer to each other than this may be one: a replay begins beside the block that it was told.
const NEAR: u64 = 16;

/// Lines of the sender and of the node's blocks, each with a height that they reached.
static REACHED: LazyLock<Regex> =
    LazyLock::new(|| fixed_pattern(r"^\[INFO\] \[echonet\.[a-z_.]+\] (?:Block (\d+): total=|last_block=(\d+)$)"));

/// Assembles a bundle of answers that may have been saved from several runs: what is of another run than the rest is taken out first.
pub(super) fn of_one(access: &dyn Access, asked: Selection, logs: MaskedLogs) -> Bundle {
    let mut bundle = assemble(access, asked.clone(), logs);
    let (foreign, ambiguous) = judge(&pieces(&bundle));
    if foreign.is_empty() {
        bundle.ambiguous = ambiguous;
        return bundle;
    }
    // What came of them, such as which resyncs there were, is made anew without them.
    let mut logs = MaskedLogs::out_of(&mut bundle);
    let mut refused = BTreeMap::new();
    let mut set_aside = Vec::new();
    for Foreign { source, run, reason } in foreign {
        match source {
            PieceSource::Report => refused.extend([(Request::Report, reason.clone()), (Request::ReportText, reason.clone())]),
            PieceSource::Log => logs.echonet.hold(|it| fail(it, reason.clone())),
            PieceSource::Volume | PieceSource::Served => continue,
        }
        set_aside.push(SetAside { what: source.words().to_owned(), whose: run, why: reason });
    }
    let mut bundle = assemble(&Without { access, refused }, asked, logs);
    bundle.set_aside.extend(set_aside);
    bundle.ambiguous = ambiguous;
    bundle
}

/// Answers without some that are refused.
struct Without<'a> {
    access: &'a dyn Access,
    /// The refused requests, each with the reason.
    refused: BTreeMap<Request, String>,
}

impl Access for Without<'_> {
    fn ask(&self, request: &Request) -> Answer {
        match (self.refused.get(request), self.access.ask(request)) {
            (_, Answer::NotAsked) => Answer::NotAsked,
            (Some(reason), _) => Answer::Failed { reason: reason.clone() },
            (None, answer) => answer,
        }
    }

    fn held(&self) -> Vec<Request> {
        self.access.held()
    }

    fn knows_all_of(&self, archive: &str) -> bool {
        self.access.knows_all_of(archive)
    }

    fn logs(&self) -> &[SavedLogFile] {
        self.access.logs()
    }

    fn other_answer(&self, request: &Request) -> Answer {
        self.access.other_answer(request)
    }
}

/// A piece of evidence that is of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PieceSource {
    /// Echonet's report, in either form.
    Report,
    /// Echonet's log.
    Log,
    /// Snapshots, archives and what was captured during resyncs.
    Volume,
    /// Blocks that Echonet hands out now.
    Served,
}

impl PieceSource {
    fn words(self) -> &'static str {
        match self {
            Self::Report => "Echonet's report",
            Self::Log => "Echonet's log",
            Self::Volume => "what resyncs left (snapshots, archives, reports)",
            Self::Served => "the blocks that Echonet served",
        }
    }
}

/// What a piece of evidence states of its run.
#[derive(Debug, Clone)]
struct DatedPiece {
    source: PieceSource,
    /// First blocks of the processes.
    began: BTreeSet<u64>,
    triggers: BTreeSet<(String, u64)>,
    /// Echonet's hashes of blocks that differed.
    differing: BTreeSet<(u64, Felt)>,
    /// Echonet's hashes of blocks, whether they differed or not.
    hashes: BTreeSet<(u64, Felt)>,
    /// Further heights that it names.
    heights: BTreeSet<u64>,
}

impl DatedPiece {
    fn new(source: PieceSource) -> Self {
        let (triggers, differing, hashes) = Default::default();
        Self { source, began: BTreeSet::new(), triggers, differing, hashes, heights: BTreeSet::new() }
    }

    fn triggers<'t>(&mut self, all: impl Iterator<Item = &'t ReportTrigger>) {
        self.triggers.extend(all.map(|it| (it.tx_hash.clone(), it.failure_block_number)));
    }

    fn rows<'r>(&mut self, rows: impl Iterator<Item = &'r MismatchRow>) {
        self.differing.extend(rows.map(|it| (it.block_number, it.echonet)));
    }

    fn report(&mut self, report: &Report) {
        self.began.extend(report.initial_start_block);
        self.heights.extend([report.start_block, report.current_start_block, report.current_block].into_iter().flatten());
        self.triggers(report.resync_causes.values().chain(report.certain_failures.values()));
        self.rows(report.block_hash_mismatches.iter().flatten());
    }

    fn text(&mut self, text: &ReportText) {
        self.began.extend(text.initial_start_block);
        self.heights.extend([text.current_start_block, text.current_block].into_iter().flatten());
        self.triggers(text.resync_causes.iter().chain(&text.certain_failures));
        self.rows(text.block_hash_mismatches.iter());
    }

    fn log(&mut self, log: &LogStream) {
        let mut begins = false;
        for line in &log.lines {
            let number = |it: Option<regex::Match<'_>>| it.and_then(|it| it.as_str().parse::<u64>().ok());
            begins |= line.text.starts_with('[') && line.text.contains(PROCESS_START);
            if let Some(found) = BASE.captures(&line.text) {
                let base = number(found.get(1));
                self.heights.extend(base);
                // The later ones of a process are those of its resyncs.
                self.began.extend(base.filter(|_| begins));
                begins = false;
            } else if let Some(found) = REACHED.captures(&line.text) {
                self.heights.extend(number(found.get(1).or(found.get(2))));
            } else if let Some((key, block)) = named(&line.text) {
                self.triggers.insert((key.to_owned(), block));
            } else {
                let hash = |pattern: &regex::Regex| {
                    let found = pattern.captures(&line.text)?;
                    Some((number(found.get(1))?, found.get(2)?.as_str().parse::<Felt>().ok()?))
                };
                self.differing.extend(hash(&MISMATCH));
                self.hashes.extend(hash(&MATCH));
            }
        }
    }

    /// The lowest and the highest height that it names.
    fn span(&self) -> Option<(u64, u64)> {
        let of_hashes = self.differing.iter().chain(&self.hashes).map(|it| it.0);
        let all = || {
            let of_triggers = self.triggers.iter().map(|it| it.1);
            self.began.iter().chain(&self.heights).copied().chain(of_triggers).chain(of_hashes.clone())
        };
        Some((all().min()?, all().max()?))
    }

    /// Its run in words.
    fn run(&self) -> String {
        match (self.began.first(), self.span()) {
            (Some(began), _) => format!("a run that began at block {began}"),
            (None, Some((first, last))) => format!("a run over blocks {first} to {last}"),
            (None, None) => "an unknown run".to_owned(),
        }
    }
}

fn pieces(bundle: &Bundle) -> Vec<DatedPiece> {
    let mut report = DatedPiece::new(PieceSource::Report);
    bundle.report.value().into_iter().for_each(|it| report.report(it));
    bundle.echonet.report_text.value().into_iter().for_each(|it| report.text(it));
    let mut log = DatedPiece::new(PieceSource::Log);
    bundle.logs.echonet.value().into_iter().for_each(|it| log.log(it));
    let mut volume = DatedPiece::new(PieceSource::Volume);
    for episode in &bundle.episodes {
        if let Some(snapshot) = episode.snapshot.value() {
            volume.began.extend(snapshot.initial_start_block);
            volume.heights.extend(snapshot.current_start_block);
            volume.triggers.insert((snapshot.trigger_key.clone(), snapshot.trigger_block));
            volume.rows(snapshot.block_hash_mismatches.iter());
        }
        episode.report.value().into_iter().for_each(|it| volume.report(it));
        let of_blocks = episode.ours.iter().filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash)));
        volume.hashes.extend(of_blocks);
    }
    let mut served = DatedPiece::new(PieceSource::Served);
    let of_blocks = bundle.after_resync.iter().filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash)));
    served.hashes.extend(of_blocks);
    [report, log, volume, served].into_iter().filter(|it| it.span().is_some()).collect()
}

/// How two pieces stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// They state the same of one run.
    Tied,
    /// They cannot belong to one run.
    Apart,
    /// Neither can be told.
    Unknown,
}

fn relation(one: &DatedPiece, other: &DatedPiece) -> Relation {
    let differs_in =
        |one: &DatedPiece, other: &DatedPiece| one.differing.iter().any(|it| other.differing.contains(it) || other.hashes.contains(it));
    if one.triggers.iter().any(|it| other.triggers.contains(it)) || differs_in(one, other) || differs_in(other, one) {
        return Relation::Tied;
    }
    let began = |it: &u64| other.began.iter().any(|other| it.abs_diff(*other) <= 1);
    if !one.began.is_empty() && !other.began.is_empty() {
        return if one.began.iter().any(began) { Relation::Tied } else { Relation::Apart };
    }
    if one.hashes.iter().any(|it| other.hashes.contains(it)) {
        return Relation::Tied;
    }
    match (one.span(), other.span()) {
        (Some(one), Some(other)) if one.1.saturating_add(NEAR) < other.0 || other.1.saturating_add(NEAR) < one.0 => Relation::Apart,
        _ => Relation::Unknown,
    }
}

/// What is of another run than the rest.
struct Foreign {
    source: PieceSource,
    run: String,
    reason: String,
}

/// Which pieces are of another run than the rest, and what leaves open which run the rest is. A piece is another's where most of the others
/// belong together and it stands apart from them. What resyncs left may be of an earlier run where the report and the log agree.
fn judge(pieces: &[DatedPiece]) -> (Vec<Foreign>, Vec<Ambiguity>) {
    let mut groups: Vec<Vec<&DatedPiece>> = Vec::new();
    for piece in pieces {
        let is_tied = |group: &Vec<&DatedPiece>| group.iter().any(|it| relation(it, piece) == Relation::Tied);
        let (tied, rest): (Vec<_>, Vec<_>) = groups.into_iter().partition(is_tied);
        groups = rest;
        groups.push(tied.into_iter().flatten().chain([piece]).collect());
    }
    groups.sort_by_key(|it| (std::cmp::Reverse(it.len()), it.iter().map(|it| it.source).min()));
    let are_apart =
        |one: &[&DatedPiece], other: &[&DatedPiece]| one.iter().any(|one| other.iter().any(|it| relation(one, it) == Relation::Apart));
    let (mut foreign, mut ambiguous) = (Vec::new(), Vec::new());
    let Some((main, others)) = groups.split_first() else { return (foreign, ambiguous) };
    let names = |it: &[&DatedPiece]| it.iter().map(|it| it.source.words()).collect::<Vec<_>>().join(" and ");
    let run = |it: &[&DatedPiece]| it.iter().find(|it| !it.began.is_empty()).or(it.first()).map(|it| it.run()).unwrap_or_default();
    for group in others.iter().filter(|it| are_apart(main, it)) {
        let is_live = |it: &&DatedPiece| matches!(it.source, PieceSource::Report | PieceSource::Log);
        if group.len() < main.len() {
            for piece in group.iter().filter(|it| is_live(it)) {
                let reason = format!(
                    "{} belongs to {}, but the incident is {}, according to {}",
                    piece.source.words(),
                    piece.run(),
                    run(main),
                    names(main)
                );
                foreign.push(Foreign { source: piece.source, run: piece.run(), reason });
            }
        } else if group.iter().chain(main).any(is_live) {
            let of = |it: &[&DatedPiece]| format!("{} of {}", names(it), run(it));
            ambiguous.push(Ambiguity::Runs { one: of(main), other: of(group) });
        }
    }
    (foreign, ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::logs::parse_text;

    // Lines of a run of Echonet over other blocks, in the same namespace.
    const LOG: &str = "[2026-11-22 08:39:20 +0000] [16423] [INFO] Starting gunicorn 27.0.1
[INFO] [echonet.sequencer_manager] Auto-detected namespace: echonet-14-3
[INFO] [echonet.echo_center] Initialized deterministic base: base_block_number=9318020 base_block_hash=0x3a65a5555c28c2eec590b02036dc73ecde222087d96c626716c656272f95336
[WARNING] [echonet.transaction_sender] Resync triggered by tx block_hash_mismatch:9318025: failure_block_number=9318025 revert_target_block_number=9318025: Block hash mismatch at block 9318025
[INFO] [echonet.echo_center] Initialized deterministic base: base_block_number=9318025 base_block_hash=0x6";

    fn piece(source: PieceSource, began: u64, trigger: u64) -> DatedPiece {
        let triggers = BTreeSet::from([(format!("block_hash_mismatch:{trigger}"), trigger)]);
        DatedPiece { began: BTreeSet::from([began]), triggers, ..DatedPiece::new(source) }
    }

    fn log() -> DatedPiece {
        let mut log = DatedPiece::new(PieceSource::Log);
        log.log(&parse_text(LOG));
        log
    }

    #[test]
    fn a_log_states_where_its_process_began_and_what_triggered() {
        assert_eq!(log().began, BTreeSet::from([9318020]));
        assert_eq!(log().triggers.len(), 1);
    }

    #[test]
    fn what_stands_apart_from_most_is_anothers_and_of_two_nobody_can_tell() {
        let (report, volume) = (piece(PieceSource::Report, 9322120, 9322124), piece(PieceSource::Volume, 9322120, 9322124));
        let told = |pieces: &[DatedPiece]| {
            let (foreign, ambiguous) = judge(pieces);
            (foreign.iter().map(|it| it.source).collect::<Vec<_>>(), ambiguous.len())
        };
        let own_log = DatedPiece { source: PieceSource::Log, ..report.clone() };
        let other_report = piece(PieceSource::Report, 9318020, 9318025);
        assert_eq!(told(&[report.clone(), log(), volume.clone()]), (vec![PieceSource::Log], 0));
        assert_eq!(told(&[other_report.clone(), own_log.clone(), volume.clone()]), (vec![PieceSource::Report], 0));
        assert_eq!(told(&[report.clone(), log()]), (vec![], 1), "which of the two is meant cannot be told");
        assert_eq!(told(&[report.clone(), own_log, volume.clone()]), (vec![], 0));
        assert_eq!(told(&[other_report, log(), volume.clone()]), (vec![], 0), "an earlier run left the volume");
        // A process that began beside the block that the report names is no other.
        assert_eq!(told(&[piece(PieceSource::Report, 9318021, 9318400), log()]), (vec![], 0));
    }

    #[test]
    fn without_beginnings_heights_far_from_each_other_are_of_two_runs() {
        let (mut near, mut far) = (DatedPiece::new(PieceSource::Report), DatedPiece::new(PieceSource::Report));
        near.heights.insert(9318030);
        far.heights.insert(9322124);
        assert_eq!(relation(&log(), &near), Relation::Unknown);
        assert_eq!(relation(&log(), &far), Relation::Apart);
    }
}
