//! Epochs in which nothing is wrong, with noise that looks as if something were.

use super::lines::{after_last, append, end_at, end_with, first, insert, log, slow_down};
use super::loss::{self, LosableEvidence};
use super::quiet::{Posting, QuietEpoch};
use super::stall::STALL;
use super::truth::{AllowedDoubt, Calm, Cause, MemberTruth};
use super::{Member, stall, texts};
use crate::evidence::pods::Component;
use crate::simulate::random::Random;

/// A kind of healthy epoch.
struct Healthy {
    story: &'static str,
    posts: Posting,
    /// Slugs under which a rule may name what happened beside the replay; none where nothing did.
    beside: &'static [&'static str],
    happens: fn(&mut QuietEpoch, &mut Random),
}

const fn healthy(story: &'static str, happens: fn(&mut QuietEpoch, &mut Random)) -> Healthy {
    Healthy { story, posts: Posting::Blocks, beside: &[], happens }
}

static KINDS: [Healthy; 9] = [
    healthy("running", |_, _| {}),
    healthy("slow", |quiet, random| {
        let minutes = i64::try_from(random.between(2, 8)).unwrap_or(2);
        slow_down(&mut quiet.bundle, minutes, 0, |it| it.contains(" last_block="));
    }),
    // The sender waits at its cap of pending transactions, and the sequencer works them off.
    healthy("paused", |quiet, random| {
        for _ in 0..4 {
            quiet.post(i64::try_from(random.between(3, 6)).unwrap_or(3));
        }
    }),
    healthy("ended", |quiet, _| {
        end_with(&mut quiet.bundle, quiet.fetched);
        append(&mut quiet.bundle, 0, &[texts::STOPPED.to_owned()]);
        for _ in 0..4 {
            quiet.post(0);
        }
        append(&mut quiet.bundle, 45, &[texts::ALIVE.to_owned()]);
    }),
    Healthy {
        posts: Posting::Nothing,
        ..healthy(JUST_STARTED, |quiet, _| {
            if let Some(place) = first(&mut quiet.bundle, |it| it.contains("Block ") && it.contains(": total=")) {
                end_at(&mut quiet.bundle, place + 1);
            }
            append(&mut quiet.bundle, 0, &[texts::ALIVE.to_owned()]);
        })
    },
    healthy("fetch-repeated", |quiet, random| {
        let block = quiet.fetched - 1;
        let line = format!("Block {block}: total=");
        let Some(place) = first(&mut quiet.bundle, |it| it.contains(&line)) else { return };
        let statuses = ["429 Too Many Requests", "502 Bad Gateway"];
        let why = texts::feeder_says(random.pick::<&str>(&statuses), block);
        let attempts = (1..=random.between(1, 2)).map(|it| texts::fetch_failed(it, block, &why));
        insert(&mut quiet.bundle, place, &attempts.collect::<Vec<_>>());
    }),
    healthy("blob-repeated", |quiet, _| {
        let line = format!("last_block={}", quiet.posted);
        let Some(place) = first(&mut quiet.bundle, |it| it.ends_with(&line)) else { return };
        let refused = texts::refuses(quiet.posted, &texts::key_error(&quiet.transaction.to_string()));
        insert(&mut quiet.bundle, place - 1, &refused);
    }),
    Healthy {
        beside: &["os-runner-failure-alone", "os-runner-failure"],
        ..healthy("os-run-failed", |quiet, _| {
            let block = quiet.posted - 2;
            append(&mut quiet.bundle, 0, &texts::os_run(block));
        })
    },
    Healthy {
        beside: &["echonet-pod-restart-alone", "echonet-pod-restart"],
        ..healthy("second-start", |quiet, _| {
            stall::kill(&mut quiet.bundle, Component::Echonet);
            let Some(place) = after_last(&mut quiet.bundle, |it| it.contains("write_blob HTTP/1.1")) else { return };
            let Some(log) = log(&mut quiet.bundle) else { return };
            let mut lines = log.lines.clone();
            lines.truncate(place);
            let late = |log: &mut crate::evidence::LogStream| {
                let span = log.lines.last().and_then(|it| it.at).zip(log.lines.first().and_then(|it| it.at));
                let millis = span.map_or(0, |(last, first)| last.millis_since(first)) + 5_000;
                for line in &mut log.lines {
                    line.at = line.at.map(|it| it.plus_millis(millis));
                }
            };
            late(log);
            lines.append(&mut log.lines);
            log.lines = lines;
            append(&mut quiet.bundle, 0, &[texts::ALIVE.to_owned()]);
        })
    },
];

const JUST_STARTED: &str = "just-started";

/// An epoch in which nothing is wrong.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
pub(super) fn member(number: u64, seed: u64, random: &mut Random) -> Member {
    let kind = random.pick(&KINDS);
    let mut quiet = QuietEpoch::draw(number, seed, random, kind.posts);
    (kind.happens)(&mut quiet, random);
    let mut decoys = Vec::new();
    if random.between(0, 2) == 0 {
        let block = quiet.posted + 1;
        append(&mut quiet.bundle, 0, &texts::investigator(block));
        decoys.push("investigator");
    }
    let lost = match random.between(0, 5) {
        0 => loss::lose_log(&mut quiet.bundle, random),
        1 => loss::lose(&mut quiet.bundle, quiet.posted.saturating_sub(3), random),
        _ => Vec::new(),
    };
    // Without the whole log nobody knows that the part which is missing is as calm as the rest.
    let is_log_whole = !lost.iter().any(|it| matches!(it.evidence, LosableEvidence::Log));
    let is_all_seen = lost.is_empty() && kind.story != JUST_STARTED;
    // What is named here harmed no block: that nothing diverged is as true.
    let names = kind.beside.to_vec();
    let beside = Cause { items: vec![STALL.to_owned()], sufficient: is_all_seen, ..Cause::certain(names.clone()) };
    let causes = if names.is_empty() { Vec::new() } else { vec![beside] };
    let truth = MemberTruth {
        story: kind.story,
        calm: if is_log_whole { Calm::Fair } else { Calm::False },
        doubt: if is_all_seen { AllowedDoubt::False } else { AllowedDoubt::Fair },
        causes,
        lost,
        decoys,
        version: quiet.version.to_owned(),
        ..MemberTruth::default()
    };
    Member { number, bundle: quiet.bundle, truth }
}
