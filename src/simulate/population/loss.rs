//! What an investigator may not get to see, and lines that he sees twice.

use serde::Serialize;

use crate::evidence::{Bundle, Extent, Gathered, Missing};
use crate::simulate::chain::Wishes;
use crate::simulate::random::Random;

/// Evidence that was taken away from a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// What was taken.
    pub evidence: Evidence,
    /// The block that it is of; none for evidence that belongs to no block.
    pub height: Option<u64>,
}

/// A piece of evidence that a member of a population may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Echonet's block.
    OurBlock,
    /// Echonet's state update.
    OurState,
    /// Mainnet's block.
    TheirBlock,
    /// Mainnet's state update.
    TheirState,
    /// The digest of what the node posted.
    Blob,
    /// The snapshot before the resync.
    Snapshot,
    /// The report during the resync.
    Report,
    /// Part or all of Echonet's log.
    Log,
    /// The DEBUG lines of Echonet's log.
    DebugLog,
    /// The pods.
    Pods,
    /// The middle of long revert texts, on both sides: the node cuts it out before it hashes them.
    RevertMiddle,
}

const KINDS: [Evidence; 10] = [
    Evidence::OurBlock,
    Evidence::OurState,
    Evidence::TheirBlock,
    Evidence::TheirState,
    Evidence::Blob,
    Evidence::Snapshot,
    Evidence::Report,
    Evidence::Log,
    Evidence::DebugLog,
    Evidence::Pods,
];

/// Takes away one to three pieces of evidence around block `n`; what was taken.
pub(super) fn lose(bundle: &mut Bundle, n: u64, random: &mut Random) -> Vec<Lost> {
    let mut lost = Vec::new();
    for _ in 0..random.between(1, 3) {
        let kind = *random.pick(&KINDS);
        let height = n - 1 + random.between(0, 2);
        let has_height = KINDS.iter().position(|it| *it == kind).is_some_and(|it| it < 5);
        take(bundle, kind, height, random);
        lost.push(Lost { evidence: kind, height: has_height.then_some(height) });
        if kind == Evidence::Log {
            lost.push(Lost { evidence: Evidence::DebugLog, height: None });
        }
    }
    lost
}

fn take(bundle: &mut Bundle, kind: Evidence, height: u64, random: &mut Random) {
    let ours = bundle.episodes.first_mut().and_then(|it| it.ours.get_mut(&height));
    match kind {
        Evidence::OurBlock => ours.into_iter().for_each(|it| void(&mut it.block, random)),
        Evidence::OurState => ours.into_iter().for_each(|it| void(&mut it.state_update, random)),
        Evidence::Blob => ours.into_iter().for_each(|it| void(&mut it.blob, random)),
        Evidence::TheirBlock => bundle.theirs.get_mut(&height).into_iter().for_each(|it| void(&mut it.block, random)),
        Evidence::TheirState => bundle.theirs.get_mut(&height).into_iter().for_each(|it| void(&mut it.state_update, random)),
        Evidence::Snapshot => bundle.episodes.iter_mut().for_each(|it| void(&mut it.snapshot, random)),
        Evidence::Report => bundle.episodes.iter_mut().for_each(|it| void(&mut it.report, random)),
        Evidence::Pods => void(&mut bundle.deployment.pods, random),
        Evidence::Log => match &mut bundle.logs.echonet {
            Gathered::Observed(observed) if random.between(0, 1) == 0 => {
                let lines = observed.value.lines.len();
                let kept = usize::try_from(random.between(0, 100)).unwrap_or(0) * lines / 100;
                observed.value.lines.drain(..lines - kept);
                observed.coverage.extent = Extent::Partial("only the newest lines were kept".to_owned());
            }
            it => void(it, random),
        },
        Evidence::DebugLog => {
            if let Gathered::Observed(observed) = &mut bundle.logs.echonet {
                observed.value.lines.retain(|it| !it.text.starts_with("[DEBUG]"));
            }
        }
        // The node has cut it out before anybody could gather it.
        Evidence::RevertMiddle => {}
    }
}

/// The middles of revert texts that the node cut out before anybody saw them.
pub(super) fn cut(wishes: &Wishes) -> impl Iterator<Item = Lost> {
    let heights = wishes.deep.iter().filter(|it| wishes.reverted.contains(it));
    heights.map(|it| Lost { evidence: Evidence::RevertMiddle, height: Some(*it) })
}

/// Replaces an answer by one of the reasons for having none.
fn void<T>(evidence: &mut Gathered<T>, random: &mut Random) {
    let asked = evidence.as_observed().map(|it| it.source.asked.clone()).unwrap_or_default();
    let missing = |reason: &str| Missing::new(asked, reason.to_owned());
    *evidence = match random.between(0, 2) {
        0 => Gathered::Absent(missing("HTTP 404: evicted")),
        1 => Gathered::Failed(missing("not the expected JSON: EOF while parsing a value")),
        _ => Gathered::NotAsked,
    };
}

/// The platform delivers some entries of the log twice, one right after the other and with the same time.
pub(super) fn duplicate_lines(bundle: &mut Bundle, random: &mut Random) {
    let Gathered::Observed(observed) = &mut bundle.logs.echonet else { return };
    let lines = std::mem::take(&mut observed.value.lines);
    for line in lines {
        let twice = line.text.starts_with('[') && random.between(0, 9) == 0;
        observed.value.lines.push(line.clone());
        observed.value.lines.extend(twice.then_some(line));
    }
}
