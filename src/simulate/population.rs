//! A population of incidents over all kinds of faults, single and double, with decoys and with evidence missing: what a diagnosis is
//! measured on.
//!
//! The truth is written down where the fault is made, never derived with the code that is measured: a fault names the differences that it
//! injects, and what it does to the state is read off the two state diffs by a comparison of its own.

mod ending;
mod fault;
mod healthy;
mod lines;
mod loss;
mod quiet;
mod site;
mod stall;
mod texts;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use super::chain::{Chain, Sealed, Wishes, seal};
use super::faults::{Epoch, Lookup, RunPlan};
use super::random::Random;
use super::{GroundTruth, SCENARIOS, bundle, run, simulate};
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Bundle, Felt};
use ending::Ending;
use fault::{FAULTS, FaultSign, InjectedFault, KNOWN, OtherCause, Placing};
pub use loss::{How, LosableEvidence, Lost};
use site::{Site, Touched};
pub use truth::{AllowedDoubt, Calm, Cause, Difference, MemberTruth, PopulationTruth, Surest, Widest};

/// The first `n` members of the population of `seed`, in their order.
pub fn population(n: u64, seed: u64) -> impl Iterator<Item = Member> {
    (0..n).map(move |number| member(number, seed))
}

/// An incident of a population.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its number in the population, from 0.
    pub number: u64,
    /// What an investigator would have gathered.
    pub bundle: Bundle,
    /// Ground truth of the incident.
    pub truth: MemberTruth,
}

const VERSIONS: [&str; 9] = ["0.13.2", "0.13.3", "0.13.4", "0.13.5", "0.14.0", "0.14.1", "0.14.2", "0.14.3", "0.14.4"];

/// Member `number` of the population of `seed`; the same numbers give the same bytes.
#[must_use]
pub fn member(number: u64, seed: u64) -> Member {
    let mut random = Random::new(seed.wrapping_mul(0x0001_0000_01b3).wrapping_add(number).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let ending = match random.between(0, 39) {
        0 | 1 => return scenario(number, &mut random),
        2..=5 => return stall::member(number, seed, &mut random),
        6..=8 => return healthy::member(number, seed, &mut random),
        9 | 10 => Ending::Running,
        11 => Ending::SenderDied,
        12 => Ending::Twice,
        13 => *random.pick(&[Ending::Resyncing, Ending::ResyncRaises, Ending::VolumeFull]),
        _ => Ending::Resync,
    };
    // A fault may find nothing to act on, such as two events to swap: then another one is drawn.
    loop {
        let mut faults = vec![pick(&mut random)];
        let second = pick(&mut random);
        if random.between(0, 2) == 0 && faults.iter().all(|it| it.placing != Placing::Alone && it.kind() != second.kind()) {
            faults.push(second);
        }
        if faults.len() == 1 || second.placing != Placing::Alone {
            let drawn = Random::new(random.next());
            if let Some(member) = draw(number, seed, drawn, &faults, ending) {
                return member;
            }
        }
    }
}

/// A fault; those that rules know come first in the list, and come up more often.
fn pick(random: &mut Random) -> &'static InjectedFault {
    if random.between(0, 3) == 0 { random.pick(&FAULTS[..KNOWN]) } else { random.pick(&FAULTS) }
}

/// Draws one of the named scenarios.
fn scenario(number: u64, random: &mut Random) -> Member {
    let described = random.pick(&SCENARIOS);
    let simulated = simulate(described.scenario, random.next() >> 16);
    let mut names: Vec<_> = simulated.truth.root_cause.into_iter().collect();
    // The scenario's code is one that has a rule of its own.
    names.extend(names.contains(&"gateway-error-by-code").then_some("gateway-invalid-nonce"));
    let calm = if names.is_empty() { Calm::Fair } else { Calm::False };
    let doubt = if names.is_empty() { AllowedDoubt::False } else { AllowedDoubt::Fair };
    let causes = if names.is_empty() { Vec::new() } else { vec![Cause::certain(names)] };
    let (also, version) = (simulated.truth.also, "0.14.3".to_owned());
    let truth = MemberTruth { story: "scenario", causes, also, version, calm, doubt, ..MemberTruth::default() };
    Member { number, bundle: simulated.bundle, truth }
}

#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
fn draw(number: u64, seed: u64, mut random: Random, faults: &[&InjectedFault], ending: Ending) -> Option<Member> {
    if !faults.iter().all(|it| ending.suits(it)) {
        return None;
    }
    let random = &mut random;
    let n = 9_400_000 + random.between(0, 500_000);
    let version = *random.pick(&VERSIONS);
    let mut wishes = Wishes {
        l1_handlers: vec![n - 1],
        reverted: vec![n - 1],
        version: Some(version),
        classes: vec![n, n + 1],
        two_messages: vec![n, n + 1],
        ..Wishes::default()
    };
    let size = match random.between(0, 99) {
        0 => Some(random.between(200, 1_000)),
        1..=12 => Some(random.between(8, 60)),
        13..=24 => Some(random.between(1, 3)),
        _ => None,
    };
    wishes.invocations.extend(size.map(|it| (n, it)));
    let mut decoys = Vec::new();
    let mut decoy = |random: &mut Random, name| random.between(0, 3) == 0 && (decoys.push(name), true).1;
    let (look_ahead, noise, duplicates, l2_gas) = (
        decoy(random, "look-ahead-reverts"),
        decoy(random, "unrelated-429"),
        decoy(random, "duplicate-log-lines"),
        decoy(random, "l2-gas"),
    );
    if look_ahead {
        wishes.reverted.extend([n + 2, n + 3, n + 4]);
    }
    if random.between(0, 3) == 0 {
        wishes.deep = vec![n, n + 1];
    }
    let heights: Vec<u64> = faults
        .iter()
        .enumerate()
        .map(|(position, fault)| n + u64::from(position == 1 && fault.placing == Placing::Anywhere && random.between(0, 3) == 0))
        .collect();
    for (fault, height) in faults.iter().zip(&heights) {
        (fault.wish)(&mut wishes, *height);
    }

    let chain = Chain::generate(random, n - 4, n + 12, &wishes);
    let mut drafts: BTreeMap<u64, _> = chain.drafts.range(n..=n + 1).map(|(height, it)| (*height, it.clone())).collect();
    let mut epoch = Epoch { from: n - 3, ..Epoch::default() };
    let mut parent = chain.sealed.get(&(n - 1))?.block.block_hash;
    let mut last = n + 1;
    let mut used = BTreeSet::new();
    let mut injected: Vec<(usize, Vec<Touched>)> = Vec::new();
    for (position, (fault, height)) in faults.iter().zip(&heights).enumerate() {
        let site = Site {
            height: *height,
            drafts: &mut drafts,
            epoch: &mut epoch,
            parent: &mut parent,
            last: &mut last,
            used: &mut used,
            random: &mut *random,
        };
        injected.push((position, (fault.apply)(site)?));
    }
    if l2_gas {
        let receipt = drafts.get_mut(&n).and_then(|it| it.executed.iter_mut().find(|it| !used.contains(&it.transaction.transaction_hash)));
        if let Some(gas) = receipt.and_then(|it| it.receipt.execution_resources.total_gas_consumed.as_mut()) {
            gas.l2_gas += 17;
        }
    }
    if random.between(0, 3) == 0 {
        epoch.patience = Some(run::LEAST_PATIENCE);
    }
    if noise && epoch.from < n {
        epoch.lookups.insert(n - 1, Lookup::FoundAfterRetry);
    }
    epoch.ours = chain.sealed.range(epoch.from..n).map(|(height, it)| (*height, it.as_echonet())).collect();
    for (height, draft) in drafts.range(..=last) {
        let sealed = seal(draft, parent);
        parent = sealed.block.block_hash;
        epoch.ours.insert(*height, sealed.as_echonet());
    }
    if faults.iter().any(|it| it.names.contains(&"native-casm-revert-trace")) {
        for runs in epoch.ours.get_mut(&n).into_iter().flat_map(|it| it.blob.classes.values_mut()) {
            runs.native = std::mem::take(&mut runs.casm);
        }
    }
    let derived = state_differences(&chain, &epoch.ours);
    let follows = epoch.ours.contains_key(&(n + 1));
    let gives_up = epoch.patience.is_some();

    let start = epoch.from;
    let replayed_until = (epoch.from < n).then_some(n + 3);
    let (failing, running) = ending.epochs(epoch, n);
    let plan = RunPlan {
        start,
        block: n,
        asked: n,
        chain,
        replayed_until: replayed_until.filter(|_| ending.goes_on()),
        failing,
        running,
        image: if version == "0.14.3" { "APOLLO-0.14.3-RC.5" } else { "main-60161ba" },
        truth: GroundTruth::default(),
    };
    let ran = run::run(&plan, random);
    let mut bundle = bundle::collect(&plan, ran, &format!("population member {number}"), seed, random);
    let mut lost = ending.happens(&mut bundle, &plan, random);
    if duplicates {
        loss::duplicate_lines(&mut bundle, random);
    }
    if random.between(0, 9) < 3 {
        lost.extend(loss::lose(&mut bundle, n, random));
    }
    lost.extend(loss::cut(&wishes));
    let mut also = if follows { vec!["parent-hash-cascade"] } else { Vec::new() };
    // Where the block is lost, the trigger is all that shows the transaction.
    also.extend(gives_up.then_some("still-pending"));
    also.extend(ending.also());
    let mut truth = truth(faults, &heights, &injected, derived, lost);
    truth.causes.extend(ending.cause(&truth.lost));
    let (story, version) = (ending.story(), version.to_owned());
    Some(Member { number, bundle, truth: MemberTruth { story, also, decoys, version, ..truth } })
}

#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
fn truth(
    faults: &[&InjectedFault],
    heights: &[u64],
    injected: &[(usize, Vec<Touched>)],
    derived: Vec<String>,
    lost: Vec<Lost>,
) -> MemberTruth {
    let is_there =
        |evidence: LosableEvidence, height: u64| !lost.iter().any(|it| it.evidence == evidence && it.height.is_none_or(|it| it == height));
    let both = |ours, theirs, height| is_there(ours, height) && is_there(theirs, height);
    let blocks = |height| both(LosableEvidence::OurBlock, LosableEvidence::TheirBlock, height);
    let states = |height| both(LosableEvidence::OurState, LosableEvidence::TheirState, height) && blocks(height);
    let height_of = |id: &str| id.split('/').next().and_then(|it| it.parse().ok()).unwrap_or_default();
    let is_visible = |it: &Touched| match it {
        Touched::Block(id) => blocks(height_of(id)),
        Touched::State(id) => states(height_of(id)),
        Touched::Moved(id, _) => blocks(height_of(id)),
        Touched::Refused(_) => is_there(LosableEvidence::Snapshot, 0),
    };
    let cause = |position: &usize, touched: &Vec<Touched>| {
        let (fault, height) = (faults.get(*position)?, heights.get(*position)?);
        let in_list = |it: &Touched| it.id().starts_with(&format!("{height}/tx_"));
        let is_hidden = fault.sign == FaultSign::List && injected.iter().any(|(other, it)| other != position && it.iter().any(in_list));
        let is_needed_there = fault.needs.iter().all(|(it, offset)| is_there(*it, height + offset));
        let sufficient = touched.iter().all(is_visible) && is_needed_there && !is_hidden;
        // The part of a log that is left may hold what decides; what was cut out of a text may hold anything.
        let is_left = |evidence, height| {
            let is_cut = evidence == LosableEvidence::RevertMiddle && !is_there(evidence, height);
            !is_cut && !loss::is_gone(&lost, evidence, height)
        };
        let surest =
            if fault.needs.iter().all(|(it, offset)| is_left(*it, height + offset)) { Surest::Established } else { Surest::Suspected };
        // A digit that a block states wrongly is not what is hashed again.
        let is_lost = |it: &Lost, height| it.how != How::Altered && it.height == Some(height);
        let is_side = |it: &Lost| matches!(it.evidence, LosableEvidence::OurBlock | LosableEvidence::TheirBlock);
        let seen = |touched: &Touched| !lost.iter().any(|it| is_side(it) && is_lost(it, height_of(touched.id())));
        let widest = if touched.iter().all(|it| matches!(it, Touched::Refused(_)) || seen(it)) { Widest::Whole } else { Widest::Part };
        let items = touched.iter().map(|it| it.id().to_owned()).collect();
        Some(Cause { names: fault.names.to_vec(), items, sufficient, surest, widest })
    };
    let causes: Vec<Cause> = injected.iter().filter_map(|(position, touched)| cause(position, touched)).collect();
    let mut differences: Vec<Difference> = injected
        .iter()
        .flat_map(|(_, touched)| touched)
        .map(|it| Difference { id: it.id().to_owned(), moved: it.moved(), injected: true, visible: is_visible(it) })
        .collect();
    for id in derived {
        if !differences.iter().any(|it| it.id == id) {
            let visible = states(height_of(&id));
            differences.push(Difference { id, moved: None, injected: false, visible });
        }
    }
    // What was taken away could have shown something else, and a text can hide anything in its middle.
    let hides = |it: &Lost| {
        let text = |item: &String| item.contains("/revert_reason/") && it.height == Some(height_of(item));
        it.evidence != LosableEvidence::RevertMiddle || causes.iter().flat_map(|it| &it.items).any(text)
    };
    let is_open = faults.iter().any(|it| it.elsewhere == OtherCause::InTheNode) || lost.iter().any(hides);
    let doubt = if !is_open && causes.iter().all(|it| it.sufficient) { AllowedDoubt::False } else { AllowedDoubt::Fair };
    MemberTruth { causes, differences, lost, doubt, ..MemberTruth::default() }
}

/// Ids of every state entry in which our blocks and mainnet's differ.
fn state_differences(chain: &Chain, ours: &BTreeMap<u64, Sealed>) -> Vec<String> {
    let mut ids = Vec::new();
    for (height, our) in ours {
        let Some(their) = chain.sealed.get(height) else { continue };
        let (our, their) = (entries(&our.update.state_diff), entries(&their.update.state_diff));
        let names: BTreeSet<&String> = our.keys().chain(their.keys()).collect();
        ids.extend(names.into_iter().filter(|it| our.get(*it) != their.get(*it)).map(|it| format!("{height}/{it}")));
    }
    ids
}

/// The entries of a state diff as the protocol hashes them, each under the name that its ledger item has.
fn entries(diff: &StateDiff) -> BTreeMap<String, Felt> {
    let slots = diff.storage_diffs.iter().flat_map(|(contract, slots)| slots.iter().map(move |it| (contract, it)));
    let contracts = diff.deployed_contracts.iter().chain(&diff.replaced_classes);
    let classes = diff.declared_classes.iter().chain(&diff.migrated_compiled_classes);
    slots
        .map(|(contract, it)| (format!("storage/{contract}/{}", it.key), it.value))
        .chain(diff.nonces.iter().map(|(contract, nonce)| (format!("nonce/{contract}"), *nonce)))
        .chain(contracts.map(|it| (format!("contract_class/{}", it.address), it.class_hash)))
        .chain(classes.map(|it| (format!("class_declaration/{}", it.class_hash), it.compiled_class_hash)))
        .chain(diff.old_declared_contracts.iter().map(|it| (format!("class_declaration/cairo0/{it}"), Felt::ZERO)))
        .collect()
}

#[cfg(test)]
mod tests;
