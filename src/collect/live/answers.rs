//! What was answered so far, and what to ask next.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::asking::NotListed;
use super::log_time::EpochSpan;
use super::volume_command::VolumePath;
use crate::collect::asked::Selection;
use crate::collect::assembly::{assemble, incident};
use crate::collect::masked_log::MaskedLogs;
use crate::collect::pairing::archives_of_snapshots;
use crate::collect::{Access, Answer, Body};
use crate::evidence::sources::volume_file::{VolumeDocument, epoch_of, snapshot};
use crate::evidence::{Request, Snapshot, Timestamp};
use crate::limits::SNAPSHOTS_AT_ONCE;

/// The snapshots to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SnapshotChoice {
    /// The newest, and older ones as far as it takes to reach the block, if one is named.
    Block(Option<u64>),
    /// The one whose name carries this time.
    At(Timestamp),
    /// The snapshots of all resyncs.
    All,
}

/// The answers received so far.
#[derive(Debug)]
pub(super) struct Answers {
    choice: SnapshotChoice,
    known: BTreeMap<Request, Answer>,
    /// Names in each archive that was listed, or why it could not be.
    archives: BTreeMap<String, Result<Vec<String>, NotListed>>,
    /// Follow-up requests that were sent.
    further: BTreeSet<Request>,
}

/// What to look at on the volume.
#[derive(Debug, Default)]
pub(super) struct VolumeFocus {
    /// Archives whose names are needed.
    pub(super) archives: Vec<String>,
    /// The time that the incident's epochs span, by the snapshots around it; the beginning is unknown for the first epoch.
    pub(super) span: EpochSpan,
    /// Whether everything that decides it was answered.
    pub(super) is_final: bool,
}

impl Answers {
    pub(super) fn new(choice: SnapshotChoice) -> Self {
        Self { choice, known: BTreeMap::new(), archives: BTreeMap::new(), further: BTreeSet::new() }
    }

    pub(super) fn insert(&mut self, request: Request, answer: Answer) {
        self.known.insert(request, answer);
    }

    pub(super) fn insert_archive(&mut self, name: String, names: Result<Vec<String>, NotListed>) {
        self.archives.insert(name, names);
    }

    /// Schedules follow-up requests: blocks, and listed files of archives. Returns the new ones.
    pub(super) fn schedule_follow_ups(&mut self, further: BTreeSet<Request>) -> Vec<Request> {
        let is_listed = |path: &str| {
            let (folder, name) = path.split_once('/')?;
            self.archives.get(folder)?.as_ref().ok()?.iter().any(|it| it == name).then_some(())
        };
        let can_be_asked = |it: &Request| match it {
            Request::MainnetBlock { .. } | Request::MainnetStateUpdate { .. } | Request::BlockDump { .. } => true,
            Request::VolumeFile { path } => is_listed(path).is_some(),
            _ => false,
        };
        let further: Vec<Request> = further.into_iter().filter(|it| !self.known.contains_key(it) && can_be_asked(it)).collect();
        self.further.extend(further.iter().cloned());
        further
    }

    fn lines(&self) -> Vec<&str> {
        match self.known.get(&Request::VolumeListing) {
            Some(Answer::Body(body)) => body.text.lines().collect(),
            _ => Vec::new(),
        }
    }

    /// The snapshots on the volume, by the time in their names.
    fn on_volume(&self) -> BTreeMap<Timestamp, Request> {
        let snapshot = |line: &str| match VolumeDocument::from_path(line)? {
            VolumeDocument::Snapshot(at) => Some((at, Request::VolumeFile { path: line.to_owned() })),
            VolumeDocument::Reverts(_) | VolumeDocument::Dump { .. } => None,
        };
        self.lines().into_iter().filter_map(snapshot).collect()
    }

    fn read(&self, request: &Request) -> Option<Snapshot> {
        match self.known.get(request) {
            Some(Answer::Body(body)) => snapshot::ANSWER.read(&body.text).ok(),
            _ => None,
        }
    }

    /// The snapshots to read, by time.
    pub(super) fn snapshots(&self) -> BTreeMap<Timestamp, Request> {
        let mut all = self.on_volume();
        match self.choice {
            SnapshotChoice::All => {}
            SnapshotChoice::At(at) => all.retain(|it, _| *it == at),
            SnapshotChoice::Block(block) => {
                let mut count = SNAPSHOTS_AT_ONCE.min(all.len());
                let newest = |count: usize| all.values().rev().take(count);
                // Only a snapshot that was read tells whether the block lies before it.
                while count < all.len()
                    && newest(count).all(|it| self.known.contains_key(it))
                    && newest(count).filter_map(|it| self.read(it)).all(|it| block < it.current_start_block)
                    && block.is_some()
                {
                    count = count.saturating_add(SNAPSHOTS_AT_ONCE).min(all.len());
                }
                let surplus = all.len().saturating_sub(count);
                all = all.into_iter().skip(surplus).collect();
            }
        }
        all
    }

    /// The times that there are snapshots of, if the one that is asked for is not among them.
    pub(super) fn lacks_episode(&self) -> Option<Vec<Timestamp>> {
        let SnapshotChoice::At(at) = self.choice else { return None };
        let is_listed = matches!(self.known.get(&Request::VolumeListing), Some(Answer::Body(_)));
        let all = self.on_volume();
        (is_listed && !all.contains_key(&at)).then(|| all.into_keys().collect())
    }

    /// The archives on the volume, by the time in their names.
    fn folders(&self) -> BTreeMap<Timestamp, &str> {
        self.lines().into_iter().filter_map(|it| Some((epoch_of(it)?, it))).collect()
    }

    /// For each snapshot on the volume, also those that are not read, the time of its archive.
    fn pairs(&self) -> BTreeMap<Timestamp, Option<Timestamp>> {
        let times: Vec<Timestamp> = self.on_volume().into_keys().collect();
        let began: Vec<Timestamp> = self.folders().into_keys().collect();
        times.iter().copied().zip(archives_of_snapshots(&times, &began)).collect()
    }

    /// What the incident is about, as far as the answers tell.
    pub(super) fn focus(&self, block: Option<u64>) -> VolumeFocus {
        if !self.known.contains_key(&Request::VolumeListing) {
            return VolumeFocus::default();
        }
        let requests = self.snapshots();
        if requests.values().any(|it| !self.known.contains_key(it)) {
            return VolumeFocus::default();
        }
        let snapshots: Vec<(Timestamp, Option<Snapshot>)> = requests.iter().map(|(at, request)| (*at, self.read(request))).collect();
        let folders = self.folders();
        let pairs = self.pairs();
        if pairs.is_empty() {
            let newest = folders.values().rev().take(2).map(|it| (*it).to_owned()).collect();
            return VolumeFocus { archives: newest, span: None, is_final: true };
        }
        let readable: Vec<&Snapshot> = snapshots.iter().filter_map(|(_, it)| it.as_ref()).collect();
        let mut of_block = incident(&readable, block).into_iter();
        // One that cannot be read may be the one that is asked for.
        let mut is_chosen = |it: &Option<Snapshot>| it.is_none() || of_block.next().unwrap_or(false);
        let chosen: Vec<Timestamp> = snapshots.iter().filter(|(_, it)| is_chosen(it)).map(|(at, _)| *at).collect();
        let archives = chosen.iter().filter_map(|it| folders.get(&(*pairs.get(it)?)?)).map(|it| (*it).to_owned()).collect();
        let before = chosen.first().and_then(|it| pairs.range(..*it).next_back()).map(|(at, _)| *at);
        VolumeFocus { archives, span: chosen.last().map(|it| (before, *it)), is_final: true }
    }

    /// Everything that is worth asking by now.
    pub(super) fn wanted(&self, asked: &Selection) -> BTreeSet<Request> {
        let mut wanted: BTreeSet<Request> = self.snapshots().into_values().collect();
        if self.known.contains_key(&Request::VolumeListing) && wanted.iter().any(|it| !self.known.contains_key(it)) {
            return wanted;
        }
        let planning = Planning { answers: self, asked: RefCell::default() };
        let unread = MaskedLogs::not_asked();
        assemble(&planning, asked.clone(), unread);
        wanted.extend(planning.asked.into_inner());
        wanted
    }

    /// All known names on the volume, except forbidden ones.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn listing(&self) -> Answer {
        let answer = self.known.get(&Request::VolumeListing).cloned().unwrap_or(Answer::NotAsked);
        let Answer::Body(mut body) = answer else { return answer };
        if body.text.lines().any(|it| it.contains(|it: char| it.is_control() || it == char::REPLACEMENT_CHARACTER)) {
            return Answer::Failed { reason: "the answer is not a list of names".to_owned() };
        }
        let chosen = self.snapshots();
        let snapshots: BTreeSet<&Request> = chosen.values().collect();
        // What belongs to a resync that is left out would be taken for another's.
        let pairs = self.pairs();
        let of_others: BTreeSet<Timestamp> = pairs.iter().filter(|(at, _)| !chosen.contains_key(at)).filter_map(|(_, it)| *it).collect();
        let first = chosen.keys().next().copied();
        let is_others = |name: &str| {
            let began = epoch_of(name);
            let is_paired = |it: &Timestamp| pairs.values().any(|pair| pair.as_ref() == Some(it));
            began.is_some_and(|it| {
                of_others.contains(&it) || (!of_others.is_empty() && !is_paired(&it) && first.is_some_and(|first| it < first))
            })
        };
        let mut text = String::new();
        let mut gaps: Vec<String> = body.partial.take().into_iter().collect();
        let mut left_out = 0;
        for name in body.text.lines().filter(|it| VolumePath::new(it).is_ok()) {
            if name.starts_with("report_snapshot_") && !snapshots.contains(&Request::VolumeFile { path: name.to_owned() }) {
                left_out += 1;
                continue;
            }
            if !name.starts_with("blocks_") {
                text += &format!("{name}\n");
                continue;
            }
            if is_others(name) {
                continue;
            }
            // The folder itself, also where its names were not collected.
            text += &format!("{name}/\n");
            match self.archives.get(name) {
                Some(Ok(names)) => text.extend(names.iter().filter(|it| VolumePath::new(it).is_ok()).map(|it| format!("{name}/{it}\n"))),
                Some(Err(reason)) => gaps.push(format!("the archive {name} could not be listed: {reason}")),
                None => {}
            }
        }
        if 0 < left_out {
            gaps.push(format!("{left_out} snapshots of other resyncs were left out"));
        }
        Answer::Body(Body { text: text.into(), partial: (!gaps.is_empty()).then(|| gaps.join("; ")), ..body })
    }
}

impl Access for Answers {
    fn ask(&self, request: &Request) -> Answer {
        match request {
            Request::VolumeListing => self.listing(),
            request => self.known.get(request).cloned().unwrap_or(Answer::NotAsked),
        }
    }

    fn held(&self) -> Vec<Request> {
        self.further.iter().cloned().collect()
    }

    fn knows_all_of(&self, archive: &str) -> bool {
        matches!(self.archives.get(archive), Some(Ok(_)))
    }
}

/// Records requests, and answers only those that decide what else to request.
struct Planning<'a> {
    answers: &'a Answers,
    asked: RefCell<BTreeSet<Request>>,
}

impl Access for Planning<'_> {
    fn ask(&self, request: &Request) -> Answer {
        self.asked.borrow_mut().insert(request.clone());
        match request {
            Request::VolumeListing | Request::Report | Request::ReportText => self.answers.ask(request),
            // They tell of which layout the settings are.
            Request::StatefulSets | Request::Deployments => self.answers.ask(request),
            Request::VolumeFile { path } if matches!(VolumeDocument::from_path(path), Some(VolumeDocument::Snapshot(_))) => {
                self.answers.ask(request)
            }
            // What it has no dump of, Echonet may still serve.
            Request::BlockDump { .. } => match self.answers.known.get(request) {
                Some(absent @ Answer::Absent { .. }) => absent.clone(),
                _ => Answer::NotAsked,
            },
            _ => Answer::NotAsked,
        }
    }

    fn held(&self) -> Vec<Request> {
        self.answers.held()
    }
}
