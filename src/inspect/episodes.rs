//! The resyncs that a bundle knows of, so that one can be chosen.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reach::ResyncsSeen;
use crate::evidence::report::ReportTrigger;
use crate::evidence::sources::volume_file::VolumeDocument;
use crate::evidence::{Bundle, Episode, Gathered, Timestamp};
use crate::render::{visible, visible_json};

/// A resync of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastResync {
    /// When its snapshot was written; absent if there is none.
    pub at: Option<Timestamp>,
    /// The time in the name of its snapshot, such as `20261122T083832Z`: what `--episode` takes.
    pub episode: Option<String>,
    /// Block of the trigger.
    pub block: Option<u64>,
    /// Transaction hash or synthetic key of the trigger.
    pub trigger: Option<String>,
    /// Reason text; may span lines.
    pub reason: Option<String>,
    /// First block of the epoch that it ended.
    pub start_block: Option<u64>,
    /// How often the trigger had been seen by then, this time included.
    pub count: Option<u64>,
    /// The resync's snapshot.
    pub snapshot: OnVolume,
    /// The archive of its epoch.
    pub archive: OnVolume,
    /// The command that takes it.
    pub command: Option<String>,
}

/// Whether a file or folder is still on the volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnVolume {
    /// It is, under this name.
    Here(String),
    /// It was not seen on the volume, for this reason.
    NotSeen(String),
}

/// How near the blocks of two triggers are that a block alone does not tell apart.
const NEAR: u64 = 20;

/// The resyncs, newest first; those of which only the report tells come last. With `block`, only those whose epochs came near it.
/// `command` gives the words that take one, without `--block` and `--episode`.
#[must_use]
pub fn past_resyncs(bundle: &Bundle, block: Option<u64>, command: &str) -> Vec<PastResync> {
    let mut all: Vec<PastResync> = bundle.episodes.iter().rev().filter_map(of_episode).collect();
    all.extend(of_report(bundle));
    if let Some(block) = block {
        let is_near = |it: &PastResync| {
            it.block.is_none_or(|end| end.abs_diff(block) <= NEAR || (it.start_block.unwrap_or(end)..=end).contains(&block))
        };
        all.retain(is_near);
    }
    let blocks: Vec<Option<u64>> = all.iter().map(|it| it.block).collect();
    for resync in &mut all {
        let Some(block) = resync.block else {
            resync.command = resync.episode.as_ref().map(|it| format!("{command} --episode {it}"));
            continue;
        };
        let is_alone = blocks.iter().flatten().filter(|it| it.abs_diff(block) <= NEAR).count() == 1;
        let episode = resync.episode.as_ref().filter(|_| !is_alone).map(|it| format!(" --episode {it}")).unwrap_or_default();
        resync.command = Some(format!("{command} --block {block}{episode}"));
    }
    all
}

fn of_episode(episode: &Episode) -> Option<PastResync> {
    let file = file_of(episode);
    let time = named_time(file.as_deref());
    let (snapshot, value) = match &episode.snapshot {
        Gathered::Observed(it) => (OnVolume::Here(file.clone().unwrap_or_else(|| "in the bundle".to_owned())), Some(&it.value)),
        other => (OnVolume::NotSeen(other.gap().unwrap_or_default()), None),
    };
    let at = value.map(|it| it.taken_at);
    if value.is_none() && time.is_none() {
        // Only the report tells of it.
        return None;
    }
    let archive = match &episode.archive {
        Gathered::Observed(it) => OnVolume::Here(it.value.clone()),
        other => OnVolume::NotSeen(other.gap().unwrap_or_default()),
    };
    let count = value.and_then(|it| {
        let of_key = |of: &[ReportTrigger]| of.iter().filter(|trigger| trigger.tx_hash == it.trigger_key).map(|it| it.count).max();
        of_key(&it.certain_failures).or(of_key(&it.resync_causes))
    });
    Some(PastResync {
        at: at.or(time),
        episode: time.or(at).map(Timestamp::to_file_name),
        block: value.map(|it| it.trigger_block),
        trigger: value.map(|it| it.trigger_key.clone()),
        reason: value.map(|it| it.trigger_reason.clone()),
        start_block: value.and_then(|it| it.current_start_block),
        count,
        snapshot,
        archive,
        command: None,
    })
}

/// The time in the name of an episode's snapshot, or else that at which it says that it was written, in whole seconds.
pub(crate) fn snapshot_time(episode: &Episode) -> Option<Timestamp> {
    let written = || Timestamp::from_file_name(&episode.snapshot.value()?.taken_at.to_file_name());
    named_time(file_of(episode).as_deref()).or_else(written)
}

fn named_time(file: Option<&str>) -> Option<Timestamp> {
    match VolumeDocument::from_path(file?)? {
        VolumeDocument::Snapshot(at) => Some(at),
        VolumeDocument::Reverts(_) | VolumeDocument::Dump { .. } => None,
    }
}

/// The name of the file that an episode's snapshot was, or was to be, read from.
fn file_of(episode: &Episode) -> Option<String> {
    let asked = match &episode.snapshot {
        Gathered::Observed(it) => &it.source.asked,
        Gathered::Failed(it) | Gathered::Absent(it) => &it.asked,
        Gathered::NotAsked => return None,
    };
    let name = asked.rsplit('/').next()?;
    name.starts_with("report_snapshot_").then(|| name.to_owned())
}

/// Triggers that the report counts more often than there are snapshots of them.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn of_report(bundle: &Bundle) -> Vec<PastResync> {
    let Some(report) = bundle.report.value() else { return Vec::new() };
    let mut left: BTreeMap<&str, u64> = BTreeMap::new();
    for snapshot in bundle.episodes.iter().filter_map(|it| it.snapshot.value()) {
        *left.entry(&snapshot.trigger_key).or_default() += 1;
    }
    let unread = bundle.episodes.iter().filter(|it| it.snapshot.value().is_none() && file_of(it).is_some()).count();
    let all = report.certain_failures.values().chain(report.resync_causes.values());
    let missing = all.filter_map(|trigger| {
        let missing = trigger.count.saturating_sub(left.get(trigger.tx_hash.as_str()).copied().unwrap_or(0));
        let why = match (missing, unread) {
            (0, _) => return None,
            (_, 0) => format!("{missing} of {} of its resyncs left none", trigger.count),
            _ => format!("{missing} of {} of its resyncs left none that was read", trigger.count),
        };
        Some(PastResync {
            at: None,
            episode: None,
            block: Some(trigger.failure_block_number),
            trigger: Some(trigger.tx_hash.clone()),
            reason: Some(trigger.reason.clone()),
            start_block: None,
            count: Some(trigger.count),
            snapshot: OnVolume::NotSeen(why),
            archive: OnVolume::NotSeen("without a snapshot it is not known which".to_owned()),
            command: None,
        })
    });
    missing.collect()
}

/// The list for programs.
#[must_use]
pub fn past_resyncs_json(all: &[PastResync]) -> String {
    let document = serde_json::json!({"schema": "whysync.episodes/v1", "resyncs": all});
    visible_json(format!("{document:#}")) + "\n"
}

/// The list for people, 80 columns wide. That there is none is said only where everything was seen that would tell of one.
#[must_use]
pub fn past_resyncs_text(all: &[PastResync], seen: &ResyncsSeen) -> String {
    const REASON: usize = 300;
    let mut text = match all.len() {
        0 => match seen {
            ResyncsSeen::Whole => "no resync is known\n".to_owned(),
            ResyncsSeen::Part(_) => "no resync was found, but the log or report that would show one is missing or incomplete\n".to_owned(),
            ResyncsSeen::Nothing(_) => {
                "it is not known whether there was a resync: the evidence that would show one is missing\n".to_owned()
            }
        },
        1 => "1 resync\n".to_owned(),
        count => format!("{count} resyncs, newest first\n"),
    };
    for it in all {
        let at = it.at.map_or("time unknown".to_owned(), |it| it.to_string());
        let block = it.block.map_or("block unknown".to_owned(), |it| format!("block {it}"));
        let count = it.count.filter(|it| 1 < *it).map(|it| format!("  seen {it} times")).unwrap_or_default();
        text += &format!("\n{at}  {block}{count}\n");
        let reason = it.reason.as_ref().map(|it| it.chars().take(REASON).collect::<String>());
        let rows = [
            ("trigger", it.trigger.clone()),
            ("reason", reason.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "))),
            ("epoch", it.start_block.map(|it| format!("from block {it}"))),
            ("snapshot", Some(place(&it.snapshot))),
            ("archive", Some(place(&it.archive))),
        ];
        for (name, value) in rows.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            let first = format!("  {name:<10}");
            let options = textwrap::Options::new(80).initial_indent(&first).subsequent_indent("            ");
            text += &format!("{}\n", textwrap::fill(&visible(&value), options));
        }
        let command = it.command.iter().flat_map(|it| it.split_inclusive(" --")).map(str::to_owned);
        text += &wrapped(command.collect());
    }
    text
}

/// A command in lines that a shell reads as one. Each part but the last ends in ` --`.
fn wrapped(parts: Vec<String>) -> String {
    const WIDTH: usize = 78;
    let mut lines: Vec<String> = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        let option = format!("{}{}", if number == 0 { "" } else { "--" }, part.strip_suffix(" --").unwrap_or(part));
        match lines.last_mut() {
            Some(line) if line.len().saturating_add(option.len()) < WIDTH - 1 => *line = format!("{line} {option}"),
            Some(line) => {
                line.push_str(" \\");
                lines.push(format!("    {option}"));
            }
            None => lines.push(format!("  {option}")),
        }
    }
    lines.iter().map(|it| format!("{}\n", visible(it))).collect()
}

fn place(it: &OnVolume) -> String {
    match it {
        OnVolume::Here(name) => name.clone(),
        OnVolume::NotSeen(why) => why.clone(),
    }
}
