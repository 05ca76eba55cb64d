//! What was answered so far, and what to ask next.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::volume_command::VolumePath;
use crate::collect::import::{Asked, assemble, incident};
use crate::collect::pairing::archives_of_snapshots;
use crate::collect::{Access, Answer, Body};
use crate::evidence::{Gathered, Logs, Request, Snapshot, Timestamp, pre_resync};

/// How many snapshots are read, newest first.
const NEWEST: usize = 24;

/// What was answered so far.
#[derive(Debug, Default)]
pub(super) struct Answers {
    known: BTreeMap<Request, Answer>,
    /// Names in each archive that was listed, or why it could not be.
    archives: BTreeMap<String, Result<Vec<String>, String>>,
    /// What was asked for besides.
    further: BTreeSet<Request>,
}

/// What to look at on the volume.
#[derive(Debug, Default)]
pub(super) struct Focus {
    /// Archives whose names are needed.
    pub(super) archives: Vec<String>,
    /// The time that the incident's epochs span, by the snapshots around it; the beginning is unknown for the first epoch.
    pub(super) span: Option<(Option<Timestamp>, Timestamp)>,
    /// Whether everything that decides it was answered.
    pub(super) is_final: bool,
}

impl Answers {
    pub(super) fn insert(&mut self, request: Request, answer: Answer) {
        self.known.insert(request, answer);
    }

    pub(super) fn insert_archive(&mut self, name: String, names: Result<Vec<String>, String>) {
        self.archives.insert(name, names);
    }

    /// Takes up what is to be asked besides: blocks, and those files of archives that were listed. Returns what is new.
    pub(super) fn take_up(&mut self, further: BTreeSet<Request>) -> Vec<Request> {
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

    /// The snapshots to read, by time.
    fn snapshots(&self) -> BTreeMap<Timestamp, Request> {
        let lines = self.lines();
        let all: BTreeMap<Timestamp, Request> = lines
            .iter()
            .filter_map(|it| {
                let at = Timestamp::from_file_name(it.strip_prefix("report_snapshot_")?.strip_suffix(".log")?)?;
                Some((at, Request::VolumeFile { path: (*it).to_owned() }))
            })
            .collect();
        let surplus = all.len().saturating_sub(NEWEST);
        all.into_iter().skip(surplus).collect()
    }

    /// What the incident is about, as far as the answers tell.
    pub(super) fn focus(&self, block: Option<u64>) -> Focus {
        if !self.known.contains_key(&Request::VolumeListing) {
            return Focus::default();
        }
        let requests = self.snapshots();
        if requests.values().any(|it| !self.known.contains_key(it)) {
            return Focus::default();
        }
        let read = |request: &Request| match self.known.get(request) {
            Some(Answer::Body(body)) => pre_resync::parse(&body.text).ok(),
            _ => None,
        };
        let snapshots: Vec<(Timestamp, Option<Snapshot>)> = requests.iter().map(|(at, request)| (*at, read(request))).collect();
        let times: Vec<Timestamp> = requests.keys().copied().collect();
        let lines = self.lines();
        let folders: BTreeMap<Timestamp, &str> =
            lines.iter().filter_map(|it| Some((Timestamp::from_file_name(it.strip_prefix("blocks_")?)?, *it))).collect();
        let began: Vec<Timestamp> = folders.keys().copied().collect();
        if times.is_empty() {
            let newest = folders.values().rev().take(2).map(|it| (*it).to_owned()).collect();
            return Focus { archives: newest, span: None, is_final: true };
        }
        let archives = archives_of_snapshots(&times, &began);
        let readable: Vec<&Snapshot> = snapshots.iter().filter_map(|(_, it)| it.as_ref()).collect();
        let mut chosen = incident(&readable, block).into_iter();
        // One that cannot be read may be the one that is asked for.
        let chosen: Vec<bool> = snapshots.iter().map(|(_, it)| it.is_none() || chosen.next().unwrap_or(false)).collect();
        let numbers = || chosen.iter().enumerate().filter(|(_, it)| **it).map(|(at, _)| at);
        let archives = numbers().filter_map(|it| archives.get(it).copied().flatten()).filter_map(|it| folders.get(&it));
        let before = numbers().next().and_then(|it| it.checked_sub(1)).and_then(|it| times.get(it)).copied();
        let last = numbers().next_back().and_then(|it| times.get(it)).copied();
        Focus { archives: archives.map(|it| (*it).to_owned()).collect(), span: last.map(|it| (before, it)), is_final: true }
    }

    /// Everything that is worth asking by now.
    pub(super) fn wanted(&self, asked: &Asked) -> BTreeSet<Request> {
        let mut wanted: BTreeSet<Request> = self.snapshots().into_values().collect();
        if self.known.contains_key(&Request::VolumeListing) && wanted.iter().any(|it| !self.known.contains_key(it)) {
            return wanted;
        }
        let planning = Planning { answers: self, asked: RefCell::default() };
        let unread = Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked };
        assemble(&planning, asked.clone(), unread);
        wanted.extend(planning.asked.into_inner());
        wanted
    }

    /// All names on the volume that are known, without those that nobody may open.
    fn listing(&self) -> Answer {
        let answer = self.known.get(&Request::VolumeListing).cloned().unwrap_or(Answer::NotAsked);
        let Answer::Body(mut body) = answer else { return answer };
        let snapshots: BTreeSet<Request> = self.snapshots().into_values().collect();
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
            // The folder itself, also where its names were not asked for.
            text += &format!("{name}/\n");
            match self.archives.get(name) {
                Some(Ok(names)) => text.extend(names.iter().filter(|it| VolumePath::new(it).is_ok()).map(|it| format!("{name}/{it}\n"))),
                Some(Err(reason)) => gaps.push(format!("the archive {name} could not be listed: {reason}")),
                None => {}
            }
        }
        if 0 < left_out {
            gaps.push(format!("{left_out} older snapshots were left out"));
        }
        Answer::Body(Body { text, partial: (!gaps.is_empty()).then(|| gaps.join("; ")), ..body })
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
}

/// Notes what is asked, and answers only what decides what else to ask.
struct Planning<'a> {
    answers: &'a Answers,
    asked: RefCell<BTreeSet<Request>>,
}

impl Access for Planning<'_> {
    fn ask(&self, request: &Request) -> Answer {
        self.asked.borrow_mut().insert(request.clone());
        match request {
            Request::VolumeListing | Request::Report => self.answers.ask(request),
            Request::VolumeFile { path } if path.starts_with("report_snapshot_") => self.answers.ask(request),
            _ => Answer::NotAsked,
        }
    }

    fn held(&self) -> Vec<Request> {
        self.answers.held()
    }
}
