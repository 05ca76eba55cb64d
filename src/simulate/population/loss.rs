//! What an investigator may not get to see, or sees damaged or of somebody else, and lines that he sees twice.

use serde::Serialize;

use super::lines::log;
use crate::evidence::{Block, Bundle, Extent, Felt, Gathered, Missing, SetAside, SharedText, resync_identity};
use crate::simulate::chain::Wishes;
use crate::simulate::random::Random;
use crate::simulate::{Scenario, simulate};

/// Evidence that was taken away from a member, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The evidence that was removed or damaged.
    pub evidence: LosableEvidence,
    /// The block that it is of; none for evidence that belongs to no block.
    pub height: Option<u64>,
    /// How it was removed or damaged.
    pub how: How,
}

/// A piece of evidence that a member of a population may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LosableEvidence {
    /// Echonet's block.
    OurBlock,
    /// Echonet's state update.
    OurState,
    /// Mainnet's block.
    TheirBlock,
    /// Mainnet's state update.
    TheirState,
    /// Digest of the blob that the node posted.
    Blob,
    /// The snapshot before the resync.
    Snapshot,
    /// The report during the resync.
    Report,
    /// The report in the end.
    LastReport,
    /// Part or all of Echonet's log.
    Log,
    /// The DEBUG lines of Echonet's log.
    DebugLog,
    /// The pods.
    Pods,
    /// The middle of long revert texts, on both sides: the node cuts it out before it hashes them.
    RevertMiddle,
}

/// What became of a piece of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// There is none, or what there is cannot be read.
    Gone,
    /// A part is missing.
    Part,
    /// Of a commitment that it states, one digit is another.
    Altered,
    /// Mainnet's document stands in its place.
    Replaced,
    /// It is of another deployment, and was refused for that.
    Refused,
    /// It is of another deployment, and nothing in it says so.
    Foreign,
}

type Loss = (LosableEvidence, How);

/// Losses that have a height; then those that have none.
const OF_A_BLOCK: [Loss; 8] = [
    (LosableEvidence::OurBlock, How::Gone),
    (LosableEvidence::OurState, How::Gone),
    (LosableEvidence::TheirBlock, How::Gone),
    (LosableEvidence::TheirState, How::Gone),
    (LosableEvidence::Blob, How::Gone),
    (LosableEvidence::OurBlock, How::Altered),
    (LosableEvidence::TheirBlock, How::Altered),
    (LosableEvidence::OurBlock, How::Replaced),
];

const OF_NONE: [Loss; 9] = [
    (LosableEvidence::Snapshot, How::Gone),
    (LosableEvidence::Report, How::Gone),
    (LosableEvidence::LastReport, How::Gone),
    (LosableEvidence::Log, How::Gone),
    (LosableEvidence::Log, How::Part),
    (LosableEvidence::Log, How::Refused),
    (LosableEvidence::Log, How::Foreign),
    (LosableEvidence::DebugLog, How::Gone),
    (LosableEvidence::Pods, How::Gone),
];

/// Takes away one to three pieces of evidence around block `n`; what was taken.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
pub(super) fn lose(bundle: &mut Bundle, n: u64, random: &mut Random) -> Vec<Lost> {
    let mut lost = Vec::new();
    for _ in 0..random.between(1, 3) {
        let height = n - 1 + random.between(0, 2);
        if random.between(0, 1) == 0 {
            let loss = *random.pick(&OF_A_BLOCK);
            take_of_block(bundle, loss, height, random);
            lost.push(Lost { evidence: loss.0, height: Some(height), how: loss.1 });
        } else {
            let loss = *random.pick(&OF_NONE);
            take(bundle, loss, random);
            lost.extend(recorded(loss));
        }
    }
    // Whoever gathers evidence refuses what is not what its name says.
    resync_identity::hold(bundle);
    lost
}

/// Takes away the log or a part of it; what was taken.
pub(super) fn lose_log(bundle: &mut Bundle, random: &mut Random) -> Vec<Lost> {
    let loss = (LosableEvidence::Log, *random.pick(&[How::Gone, How::Part, How::Refused, How::Foreign]));
    take(bundle, loss, random);
    recorded(loss).collect()
}

/// Takes away the snapshot of one of several resyncs; what was taken.
pub(super) fn lose_a_snapshot(bundle: &mut Bundle, random: &mut Random) -> Lost {
    let place = usize::try_from(random.between(0, (bundle.episodes.len() as u64).saturating_sub(1))).unwrap_or(0);
    bundle.episodes.get_mut(place).into_iter().for_each(|it| void(&mut it.snapshot, random));
    Lost { evidence: LosableEvidence::Snapshot, height: None, how: How::Part }
}

/// A log that is lost takes its DEBUG lines with it.
fn recorded((evidence, how): Loss) -> impl Iterator<Item = Lost> {
    let debug = (evidence == LosableEvidence::Log).then_some(LosableEvidence::DebugLog);
    [Some(evidence), debug].into_iter().flatten().map(move |evidence| Lost { evidence, height: None, how })
}

/// Whether nothing true is left of a piece of evidence.
pub(super) fn is_gone(lost: &[Lost], evidence: LosableEvidence, height: u64) -> bool {
    lost.iter().any(|it| it.evidence == evidence && it.how != How::Part && it.height.is_none_or(|it| it == height))
}

fn take_of_block(bundle: &mut Bundle, (evidence, how): Loss, height: u64, random: &mut Random) {
    let is_running = bundle.episodes.is_empty();
    let running = bundle.after_resync.get_mut(&height).filter(|_| is_running);
    let ours = bundle.episodes.iter_mut().filter_map(|it| it.ours.get_mut(&height)).chain(running);
    let theirs = bundle.theirs.get_mut(&height);
    match (evidence, how) {
        (LosableEvidence::OurBlock, How::Altered) => ours.for_each(|it| alter(&mut it.block, random)),
        (LosableEvidence::OurBlock, How::Replaced) => {
            let Some(theirs) = theirs.and_then(|it| it.block.value()) else { return };
            for ours in ours {
                if let Gathered::Observed(ours) = &mut ours.block {
                    ours.value = theirs.clone();
                }
            }
        }
        (LosableEvidence::OurBlock, _) => ours.for_each(|it| void(&mut it.block, random)),
        (LosableEvidence::OurState, _) => ours.for_each(|it| void(&mut it.state_update, random)),
        (LosableEvidence::Blob, _) => ours.for_each(|it| void(&mut it.blob, random)),
        (LosableEvidence::TheirBlock, How::Altered) => theirs.into_iter().for_each(|it| alter(&mut it.block, random)),
        (LosableEvidence::TheirBlock, _) => theirs.into_iter().for_each(|it| void(&mut it.block, random)),
        (LosableEvidence::TheirState, _) => theirs.into_iter().for_each(|it| void(&mut it.state_update, random)),
        _ => {}
    }
}

fn take(bundle: &mut Bundle, (evidence, how): Loss, random: &mut Random) {
    match (evidence, how) {
        (LosableEvidence::Snapshot, _) => bundle.episodes.iter_mut().for_each(|it| void(&mut it.snapshot, random)),
        (LosableEvidence::Report, _) => bundle.episodes.iter_mut().for_each(|it| void(&mut it.report, random)),
        (LosableEvidence::LastReport, _) => void(&mut bundle.report, random),
        (LosableEvidence::Pods, _) => void(&mut bundle.deployment.pods, random),
        (LosableEvidence::Log, How::Part) => part_of_log(bundle, random),
        (LosableEvidence::Log, How::Refused) => refuse_log(bundle),
        (LosableEvidence::Log, How::Foreign) => foreign_log(bundle, random),
        (LosableEvidence::Log, _) => void(&mut bundle.logs.echonet, random),
        (LosableEvidence::DebugLog, _) => {
            if let Some(log) = log(bundle) {
                log.lines.retain(|it| !it.text.starts_with("[DEBUG]"));
            }
        }
        // The node has cut the middle of texts out before anybody could gather it, and blocks have heights.
        _ => {}
    }
}

/// Keeps the newest lines and says so, or loses lines in the middle, which nothing but the numbers in it tell.
#[expect(clippy::arithmetic_side_effects, reason = "places in a list in memory")]
fn part_of_log(bundle: &mut Bundle, random: &mut Random) {
    let Gathered::Observed(observed) = &mut bundle.logs.echonet else { return };
    let lines = &mut observed.value.lines;
    if random.between(0, 1) == 0 {
        let kept = usize::try_from(random.between(0, 100)).unwrap_or(0) * lines.len() / 100;
        lines.drain(..lines.len() - kept);
        observed.coverage.extent = Extent::Partial("only the newest lines were kept".to_owned());
        return;
    }
    let posts: Vec<usize> = lines.iter().enumerate().filter(|(_, it)| it.text.contains(" last_block=")).map(|(place, _)| place).collect();
    if let [first, _, .., last] = posts.as_slice() {
        lines.drain(first + 1..*last);
    }
}

/// The log of another deployment without the lines that say whose it is: it was cut, and saved without the names of pods.
fn foreign_log(bundle: &mut Bundle, random: &mut Random) {
    // A resync that a log alone names would be an episode of its own where the evidence has none.
    let with_resync: &[Scenario] = &[Scenario::NoDivergence, Scenario::StateDiffOnly, Scenario::BlockedSenderFilter];
    let scenario = *random.pick(if bundle.episodes.is_empty() { with_resync.get(..1).unwrap_or_default() } else { with_resync });
    let mut other = simulate(scenario, random.next() >> 16).bundle;
    let Some(mut lines) = log(&mut other).map(|it| std::mem::take(&mut it.lines)) else { return };
    let begins = lines.iter().position(|it| it.text.contains(": total=")).unwrap_or(0);
    lines.drain(..begins);
    lines.iter_mut().for_each(|it| it.pod = SharedText::default());
    if let Some(log) = log(bundle) {
        log.namespace = None;
        log.lines = lines;
    }
}

/// The middles of revert texts that the node cut out before anybody saw them.
pub(super) fn cut(wishes: &Wishes) -> impl Iterator<Item = Lost> {
    let heights = wishes.deep.iter().filter(|it| wishes.reverted.contains(it));
    heights.map(|it| Lost { evidence: LosableEvidence::RevertMiddle, height: Some(*it), how: How::Part })
}

/// Replaces an answer by one of the reasons for having none.
pub(super) fn void<T>(evidence: &mut Gathered<T>, random: &mut Random) {
    *evidence = match random.between(0, 3) {
        0 => Gathered::Absent(missing(evidence, "HTTP 404: evicted")),
        1 => Gathered::Failed(missing(evidence, "not the expected JSON: EOF while parsing a value")),
        2 => Gathered::Failed(missing(evidence, "not the expected JSON: missing field `block_hash_mismatches` at line 1 column 37")),
        _ => Gathered::NotAsked,
    };
}

/// The log is that of another deployment, and says so: it is set aside.
fn refuse_log(bundle: &mut Bundle) {
    const OTHER: &str = "echonet-other";
    let lines = log(bundle).map_or(0, |it| it.lines.len());
    let why = "Echonet says in it in which namespace it runs".to_owned();
    bundle.set_aside.push(SetAside { what: format!("{lines} lines of Echonet"), whose: OTHER.to_owned(), why });
    let reason = format!("it is of namespace {OTHER}, and the incident is of another one");
    bundle.logs.echonet = Gathered::Failed(missing(&bundle.logs.echonet, &reason));
}

pub(super) fn missing<T>(evidence: &Gathered<T>, reason: &str) -> Missing {
    let asked = evidence.as_observed().map(|it| it.source.asked.clone()).unwrap_or_default();
    Missing::new(asked, reason)
}

/// Changes one digit of a commitment that a block states.
fn alter(block: &mut Gathered<Block>, random: &mut Random) {
    let Gathered::Observed(block) = block else { return };
    let it = &mut block.value;
    let stated = [&mut it.transaction_commitment, &mut it.event_commitment, &mut it.receipt_commitment, &mut it.state_diff_commitment];
    let place = usize::try_from(random.between(0, 3)).unwrap_or(0);
    for (number, commitment) in stated.into_iter().enumerate() {
        if let (true, Some(value)) = (number == place, commitment.as_mut()) {
            *value = Felt(value.0 + starknet_types_core::felt::Felt::from(16_u64));
        }
    }
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
