//! Several saved logs of one incident as one: files of both programs, of several pods, parts, downloads that overlap.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::copies::without_copies;
use super::{LogGap, SavedLog};
use crate::evidence::logs::{CloudEntries, LogLine};
use crate::evidence::record_start::stated_by_server;
use crate::evidence::{LogStream, Program, SharedText, Timestamp};

/// Several saved logs, merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// The lines, by program and namespace.
    pub entries: CloudEntries,
    /// Lines that are missing because of the forms or the files.
    pub gaps: BTreeSet<LogGap>,
}

impl From<SavedLog> for Merged {
    fn from(log: SavedLog) -> Self {
        Self { entries: log.entries, gaps: log.gaps }
    }
}

/// Puts saved logs together: in the order of time where there is time, each line as often as one of the files holds it. Lines without a
/// time are put behind those that they follow in a file that has them both.
#[must_use]
pub fn merged(logs: Vec<SavedLog>) -> Merged {
    let mut all = Merged::default();
    let mut streams: BTreeMap<(Program, String), Vec<Vec<LogLine>>> = BTreeMap::new();
    for mut log in logs {
        all.gaps.extend(log.gaps);
        all.entries.more_pages |= log.entries.more_pages;
        all.entries.passed_over = all.entries.passed_over.saturating_add(log.entries.passed_over);
        for program in Program::ALL {
            for (name, stream) in std::mem::take(log.entries.streams_mut(program)) {
                streams.entry((program, name)).or_default().push(stream.lines);
            }
        }
    }
    for ((program, namespace), parts) in with_unnamed(streams) {
        let lines = all.put_together(program, parts);
        let stream = LogStream { namespace: Some(namespace.clone()).filter(|it| !it.is_empty()), lines };
        all.entries.streams_mut(program).insert(namespace, stream);
    }
    all
}

type Streams = BTreeMap<(Program, String), Vec<Vec<LogLine>>>;

/// Lines whose namespace is not stated, beside those of the only namespace that is: they may be the same lines.
fn with_unnamed(mut streams: Streams) -> Streams {
    for program in Program::ALL {
        let named: Vec<String> = streams.keys().filter(|it| it.0 == program && !it.1.is_empty()).map(|it| it.1.clone()).collect();
        if let [only] = named.as_slice()
            && let Some(unnamed) = streams.remove(&(program, String::new()))
        {
            streams.entry((program, only.clone())).or_default().extend(unnamed);
        }
    }
    streams
}

impl Merged {
    fn put_together(&mut self, program: Program, parts: Vec<Vec<LogLine>>) -> Vec<LogLine> {
        if parts.len() < 2 {
            return parts.into_iter().next().unwrap_or_default();
        }
        let (timed, mut plain): (Vec<_>, Vec<_>) = parts.into_iter().partition(|it| it.iter().any(|it| it.at.is_some()));
        let mut lines = Self::timed(timed);
        // Parts of one output are told by the times that the web server states.
        plain.sort_by_key(|it| it.iter().find_map(|it| stated_by_server(&it.text)));
        let untold = plain.iter().filter(|it| it.iter().all(|it| stated_by_server(&it.text).is_none())).map(Vec::len).sum::<usize>();
        let is_told = untold == 0 || (lines.is_empty() && plain.len() < 2);
        let mut plain: Vec<LogLine> = plain.into_iter().flatten().collect();
        without_copies(&mut plain);
        if lines.is_empty() {
            if !is_told {
                self.gaps.insert(LogGap::Unplaced { program, lines: untold as u64 });
            }
            return plain;
        }
        if !plain.is_empty() {
            lines = self.with_plain(program, lines, plain);
        }
        lines
    }

    /// Lines of files that carry times. A line without one stays behind the line before it.
    fn timed(parts: Vec<Vec<LogLine>>) -> Vec<LogLine> {
        let mut known: HashMap<(Option<Timestamp>, SharedText), Vec<SharedText>> = HashMap::new();
        let mut all: Vec<(Option<Timestamp>, LogLine)> = Vec::new();
        for part in parts {
            let mut here: HashMap<(Option<Timestamp>, &str), usize> = HashMap::new();
            let mut at = None;
            let mut taken = Vec::with_capacity(part.len());
            for line in &part {
                at = line.at.or(at);
                // So many times it was in this file up to here.
                let count = here.entry((at, &line.text)).or_default();
                let same = known.get(&(at, line.text.clone())).and_then(|pods| pods.get(*count));
                let is_copy = same.is_some_and(|pod| pod.is_empty() || line.pod.is_empty() || *pod == line.pod);
                *count = count.saturating_add(1);
                taken.push((at, is_copy));
            }
            for (line, (at, is_copy)) in part.into_iter().zip(taken) {
                if !is_copy {
                    known.entry((at, line.text.clone())).or_default().push(line.pod.clone());
                    all.push((at, line));
                }
            }
        }
        all.sort_by_key(|it| it.0);
        all.into_iter().map(|it| it.1).collect()
    }

    /// Lines that carry times with those that do not: what both have is one line, and what only the second have is put behind the line
    /// that it follows there.
    fn with_plain(&mut self, program: Program, timed: Vec<LogLine>, plain: Vec<LogLine>) -> Vec<LogLine> {
        let mut counted: HashMap<&str, (usize, usize, usize)> = HashMap::new();
        for (place, line) in timed.iter().enumerate() {
            let known = counted.entry(&line.text).or_default();
            (known.0, known.2) = (known.0.saturating_add(1), place);
        }
        for line in &plain {
            let count = &mut counted.entry(&line.text).or_default().1;
            *count = count.saturating_add(1);
        }
        // What is there once on both sides is the same line.
        let anchor = |line: &LogLine| counted.get(line.text.as_str()).filter(|it| (it.0, it.1) == (1, 1)).map(|it| it.2);
        let mut left: HashMap<&str, usize> = timed.iter().fold(HashMap::new(), |mut left, it| {
            let count = left.entry(it.text.as_str()).or_default();
            *count = count.saturating_add(1);
            left
        });
        // Lines to be put behind a place; those before every shared line stand first.
        let mut behind: BTreeMap<Option<usize>, Vec<LogLine>> = BTreeMap::new();
        let (mut place, mut shared, mut own) = (None, 0_usize, 0_u64);
        for line in plain.iter() {
            if let Some(here) = anchor(line)
                && place <= Some(here)
            {
                place = Some(here);
                shared = shared.saturating_add(1);
            }
            match left.get_mut(line.text.as_str()).filter(|it| 0 < **it) {
                Some(count) => *count = count.saturating_sub(1),
                None => {
                    own = own.saturating_add(1);
                    behind.entry(place).or_default().push(line.clone());
                }
            }
        }
        if shared == 0 && 0 < own {
            self.gaps.insert(LogGap::Unplaced { program, lines: own });
            return timed.into_iter().chain(behind.into_values().flatten()).collect();
        }
        let mut all: Vec<LogLine> = behind.remove(&None).unwrap_or_default();
        for (place, line) in timed.into_iter().enumerate() {
            all.push(line);
            all.extend(behind.remove(&Some(place)).into_iter().flatten());
        }
        all
    }
}
