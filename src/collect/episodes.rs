//! The resyncs, earliest first.

use std::collections::{BTreeMap, BTreeSet};

use super::Access;
use super::asked::Reach;
use super::asking::ask;
use super::missing_resyncs::{insert, logged, missing, missing_of_log};
use super::pairing::{
    OfArchive, Pairing, ResyncMark, archives_of_resyncs, captures_to_snapshots, tally_of_report, tally_of_snapshot, tally_of_text,
    tally_of_text_rows,
};
use super::volume::Volume;
use crate::evidence::sources::report;
use crate::evidence::sources::volume_file::snapshot;
use crate::evidence::{Episode, Gathered, LogStream, Logs, Report, ReportText, Request, Snapshot, Timestamp};

/// An episode, and the number of the capture that was taken during it.
pub(super) struct EpisodeDraft {
    pub(super) episode: Episode,
    pub(super) capture: Option<u32>,
    /// The time in the name of its snapshot.
    pub(super) at: Option<Timestamp>,
    /// Whether another resync may be the one that its archive belongs to.
    pub(super) pairing: Pairing,
}

/// The sources from which resyncs are known.
pub(super) struct Witnesses<'w> {
    pub(super) volume: &'w Volume,
    pub(super) held: &'w BTreeSet<Request>,
    pub(super) told: FinalReport<'w>,
    pub(super) logs: &'w Logs,
}

/// The resyncs, earliest first: those that left a snapshot or were captured, and those that counts or the log show to be missing among them;
/// else those in the log; else one for each key in the report.
pub(super) fn episodes(access: &dyn Access, witnesses: &Witnesses<'_>, reach: Reach) -> Vec<EpisodeDraft> {
    let numbers: BTreeSet<u32> = witnesses.held.iter().filter_map(capture_number).collect();
    let captures: BTreeMap<u32, Gathered<Report>> =
        numbers.into_iter().map(|episode| (episode, ask(access, &Request::ReportDuringResync { episode }, &report::ANSWER))).collect();
    let known = match (witnesses.volume.snapshots.is_empty(), captures.is_empty()) {
        (false, _) => of_snapshots(access, witnesses.volume, captures, reach),
        (true, false) => of_captures(captures),
        (true, true) => Vec::new(),
    };
    let known = match (known.is_empty(), reach) {
        (true, _) => of_the_rest(witnesses),
        (false, Reach::Everything) => with_missing(known, witnesses),
        // Only some of the resyncs are looked at.
        (false, Reach::Incident) => known,
    };
    let times: Vec<Option<Timestamp>> = known.iter().map(|it| it.at).collect();
    let began: Vec<Timestamp> = witnesses.volume.archives.keys().copied().collect();
    let archives = archives_of_resyncs(&times, &began);
    let mut drafts: Vec<EpisodeDraft> = known.into_iter().zip(archives).map(|(it, archive)| draft(witnesses, it, archive)).collect();
    for (draft, number) in drafts.iter_mut().zip(1..) {
        draft.episode.number = number;
    }
    drafts
}

/// Echonet's report after the last resync, in whichever form it could be read.
#[derive(Clone, Copy)]
pub(super) struct FinalReport<'t> {
    pub(super) report: &'t Gathered<Report>,
    pub(super) text: &'t Gathered<ReportText>,
}

impl FinalReport<'_> {
    /// The keys of the triggers that it names.
    fn keys(self) -> BTreeSet<String> {
        let of_report = self.report.value().map(tally_of_report);
        // Rows that cannot be read leave those that can.
        let of_text = || self.text.value().map(tally_of_text_rows);
        of_report.or_else(of_text).unwrap_or_default().into_keys().collect()
    }
}

/// What is known of one resync.
#[derive(Debug)]
struct KnownResync {
    /// Its snapshot, if a file on the volume is of it.
    snapshot: Option<Gathered<Snapshot>>,
    at: Option<Timestamp>,
    capture: Option<(u32, Gathered<Report>)>,
}

impl KnownResync {
    const NOTHING: Self = Self { snapshot: None, at: None, capture: None };

    fn mark(&self) -> ResyncMark {
        let snapshot = self.snapshot.as_ref().and_then(Gathered::value);
        let report = self.capture.as_ref().and_then(|(_, it)| it.value());
        let tally = snapshot.and_then(tally_of_snapshot).or_else(|| report.map(tally_of_report));
        ResyncMark { key: snapshot.map(|it| it.trigger_key.clone()), ..ResyncMark::of_capture(tally) }
    }
}

fn capture_number(request: &Request) -> Option<u32> {
    match request {
        Request::ReportDuringResync { episode }
        | Request::BlockDuringResync { episode, .. }
        | Request::StateUpdateDuringResync { episode, .. } => Some(*episode),
        _ => None,
    }
}

#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
fn of_snapshots(access: &dyn Access, volume: &Volume, captures: BTreeMap<u32, Gathered<Report>>, reach: Reach) -> Vec<KnownResync> {
    let read = |(at, path): (&Timestamp, &String)| {
        let snapshot = Some(ask(access, &Request::VolumeFile { path: path.clone() }, &snapshot::ANSWER));
        KnownResync { snapshot, at: Some(*at), capture: None }
    };
    let known: Vec<KnownResync> = volume.snapshots.iter().map(read).collect();
    let marks: Vec<ResyncMark> = known.iter().map(KnownResync::mark).collect();
    let gaps = match reach {
        Reach::Everything => missing(&marks, None),
        Reach::Incident => Vec::new(),
    };
    // Each of the missing is known by the number of resyncs that there had been by then.
    let mut numbers = marks.iter().zip(&gaps).flat_map(|(mark, count)| (1..=*count).rev().map(|back| mark.number?.checked_sub(back)));
    let marks = insert(marks.iter().map(ResyncMark::clone).collect(), &gaps, || ResyncMark {
        number: numbers.next().flatten(),
        ..ResyncMark::default()
    });
    let mut known = insert(known, &gaps, || KnownResync::NOTHING);
    let capture_marks: Vec<ResyncMark> = captures.values().map(|it| ResyncMark::of_capture(it.value().map(tally_of_report))).collect();
    let pairs = captures_to_snapshots(&capture_marks, &marks);
    let (mut inserted, mut after) = (0, 0);
    for ((number, report), pair) in captures.into_iter().zip(pairs) {
        let capture = Some((number, report));
        match pair.and_then(|it| known.get_mut(it + inserted)) {
            Some(one) => {
                one.capture = capture;
                after = pair.unwrap_or_default() + inserted + 1;
            }
            None => {
                known.insert(after, KnownResync { capture, ..KnownResync::NOTHING });
                inserted += 1;
                after += 1;
            }
        }
    }
    known
}

fn of_captures(captures: BTreeMap<u32, Gathered<Report>>) -> Vec<KnownResync> {
    let known: Vec<KnownResync> =
        captures.into_iter().map(|capture| KnownResync { capture: Some(capture), ..KnownResync::NOTHING }).collect();
    let gaps = missing(&known.iter().map(KnownResync::mark).collect::<Vec<_>>(), None);
    insert(known, &gaps, || KnownResync::NOTHING)
}

/// With the resyncs that the last report and the log show to be missing.
fn with_missing(known: Vec<KnownResync>, Witnesses { told, logs, .. }: &Witnesses<'_>) -> Vec<KnownResync> {
    let until = told.report.value().map(tally_of_report).or_else(|| told.text.value().and_then(tally_of_text));
    let marks: Vec<ResyncMark> = known.iter().map(KnownResync::mark).collect();
    // Before the last one that is known, the missing ones are there already.
    let after_last = missing(&marks, until.as_ref()).pop().unwrap_or(0);
    // A process that was started anew counts from nothing: what it names and nothing before it does is missing as well.
    let of_another = match after_last {
        0 => {
            let is_known = |key: &String| {
                marks.iter().any(|it| it.key.as_ref() == Some(key) || it.tally.as_ref().is_some_and(|it| it.contains_key(key)))
            };
            told.keys().iter().filter(|it| !is_known(it)).count().saturating_sub(unread(&marks))
        }
        _ => 0,
    };
    let mut known = known;
    known.extend((0..after_last).map(|_| KnownResync::NOTHING));
    known.extend((0..of_another).map(|_| KnownResync::NOTHING));
    let marks: Vec<ResyncMark> = known.iter().map(KnownResync::mark).collect();
    let keys: Vec<Option<&str>> = marks.iter().map(|it| it.key.as_deref()).collect();
    let is_told = |key: &str| marks.iter().filter_map(|it| it.tally.as_ref()).chain(&until).any(|it| it.contains_key(key));
    // A log that neither says whose it is nor names anything known may be another deployment's: its resyncs are not added.
    let is_own = |log: &&LogStream| log.namespace.is_some() || logged(log).any(|key| keys.contains(&Some(key)) || is_told(key));
    let gaps = logs.echonet.value().filter(is_own).map(|log| missing_of_log(&keys, logged(log))).unwrap_or_default();
    insert(known, &gaps, || KnownResync::NOTHING)
}

/// How many resyncs of which neither a key nor counts could be read come last: what is counted later may be theirs.
fn unread(marks: &[ResyncMark]) -> usize {
    marks.iter().rev().take_while(|it| it.key.is_none() && it.tally.is_none()).count()
}

/// Resyncs that left neither a snapshot nor a capture: those in the log, and one for each key that only the report names.
fn of_the_rest(Witnesses { told, logs, .. }: &Witnesses<'_>) -> Vec<KnownResync> {
    let of_log: Vec<&str> = logs.echonet.value().into_iter().flat_map(|log: &LogStream| logged(log)).collect();
    let only_told = told.keys().iter().filter(|key| !of_log.contains(&key.as_str())).count();
    (0..of_log.len().saturating_add(only_told)).map(|_| KnownResync::NOTHING).collect()
}

fn draft(Witnesses { volume, .. }: &Witnesses<'_>, known: KnownResync, archive: OfArchive) -> EpisodeDraft {
    let no_snapshot = || match (&known.capture, volume.snapshots.is_empty()) {
        (_, true) => volume.no_snapshot("the volume holds no report_snapshot file"),
        (Some(_), false) => volume.no_snapshot("this resync was captured, but no snapshot on the volume names its trigger"),
        (None, false) => volume.no_snapshot("other evidence shows this resync, but no snapshot on the volume belongs to it"),
    };
    let archive_name = match archive {
        OfArchive::Told(at) | OfArchive::Doubtful(at) => {
            let reason = match (volume.archives.is_empty(), known.at) {
                (true, _) => "the volume holds no archive",
                (false, Some(_)) => "no archive began between the previous resync and this one",
                (false, None) => "no snapshot gives the time of this resync, and there are not as many archives as resyncs",
            };
            volume.archive(at, reason)
        }
        OfArchive::Unknown => volume
            .archive(None, "the time of this resync or of the previous one is not known, so it is not known which archive belongs to it"),
    };
    let snapshot = match known.snapshot {
        Some(snapshot) => snapshot,
        None => no_snapshot(),
    };
    let (capture, report) = match known.capture {
        Some((number, report)) => (Some(number), report),
        None => (None, Gathered::NotAsked),
    };
    let episode = Episode { number: 0, report, snapshot, reverts: Gathered::NotAsked, archive: archive_name, ours: BTreeMap::new() };
    let pairing = if matches!(archive, OfArchive::Doubtful(_)) { Pairing::Doubtful } else { Pairing::Told };
    EpisodeDraft { episode, capture, at: known.at, pairing }
}
