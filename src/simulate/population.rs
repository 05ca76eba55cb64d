//! A population of incidents over all kinds of faults, single and double, with decoys and with evidence missing: what a diagnosis is
//! measured on.
//!
//! The truth is written down where the fault is made, never derived with the code that is measured: a fault names the differences that it
//! injects, and what it does to the state is read off the two state differences by a comparison of its own.

mod fault;
mod loss;
mod stall;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::chain::{Chain, Sealed, Wishes, seal};
use super::faults::{Epoch, Lookup, Plan};
use super::random::Random;
use super::{SCENARIOS, Truth, bundle, run, simulate};
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Bundle, Felt};
use fault::{FAULTS, Fault, KNOWN, Placing, Site, Touched};
pub use loss::{Evidence, Lost};

/// The first `n` members of the population of `seed`, in their order.
pub fn population(n: u64, seed: u64) -> impl Iterator<Item = Member> {
    (0..n).map(move |number| member(number, seed))
}

/// One incident of a population.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its number in the population, from 0.
    pub number: u64,
    /// What an investigator would have gathered.
    pub bundle: Bundle,
    /// What is true of it.
    pub truth: MemberTruth,
}

/// What is true of a population that is written to a folder: the content of its `truth.json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct PopulationTruth {
    /// The seed that it was drawn with.
    pub seed: u64,
    /// What is true of each member, by its number; the bundle of member 7 is the file `7.json.zst` beside this one.
    pub members: BTreeMap<u64, MemberTruth>,
}

/// What is true of a member of a population.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct MemberTruth {
    /// What went wrong, one or two; empty where nothing did.
    pub causes: Vec<Cause>,
    /// Everything in which the two sides differ by that, without what is hashed from it.
    pub differences: Vec<Difference>,
    /// Slugs of rules that may hold besides those of the causes: consequences and traps that the evidence shows as well.
    pub also: Vec<&'static str>,
    /// Evidence that was taken away.
    pub lost: Vec<Lost>,
    /// Noise that explains nothing.
    pub decoys: Vec<&'static str>,
    /// Protocol version of mainnet's blocks.
    pub version: String,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Slugs under which a rule may name it; the first is the fault's own. Never empty.
    pub names: Vec<&'static str>,
    /// Ids of the ledger items that it injects; empty for the named scenarios, whose truth is coarser.
    pub items: Vec<String>,
    /// Whether the evidence that tells it from other faults is all there.
    pub sufficient: bool,
}

/// One difference between the two sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Id of its ledger item.
    pub id: String,
    /// The transaction that was moved: without the neighbour block its item has another kind.
    pub moved: Option<Felt>,
    /// Whether a fault made it directly; otherwise execution made it of that.
    pub injected: bool,
    /// Whether the evidence of both sides that shows it is there.
    pub visible: bool,
}

const VERSIONS: [&str; 9] = ["0.13.2", "0.13.3", "0.13.4", "0.13.5", "0.14.0", "0.14.1", "0.14.2", "0.14.3", "0.14.4"];

/// Member `number` of the population of `seed`; the same numbers give the same bytes.
#[must_use]
pub fn member(number: u64, seed: u64) -> Member {
    let mut random = Random::new(seed.wrapping_mul(0x0001_0000_01b3).wrapping_add(number).wrapping_mul(0x2545_f491_4f6c_dd1d));
    match random.between(0, 39) {
        0 | 1 => return scenario(number, &mut random),
        2 => return stall::member(number, &mut random),
        _ => {}
    }
    // A fault may find nothing to act on, such as two events to swap: then another one is drawn.
    loop {
        let mut faults = vec![pick(&mut random)];
        let second = pick(&mut random);
        if random.between(0, 2) == 0 && faults.iter().all(|it| it.placing != Placing::Alone && it.kind() != second.kind()) {
            faults.push(second);
        }
        if faults.len() == 1 || second.placing != Placing::Alone {
            let drawn = Random::new(random.next());
            if let Some(member) = draw(number, seed, drawn, &faults) {
                return member;
            }
        }
    }
}

/// A fault; those that rules know come first in the list, and come up more often.
fn pick(random: &mut Random) -> &'static Fault {
    if random.between(0, 3) == 0 { random.pick(&FAULTS[..KNOWN]) } else { random.pick(&FAULTS) }
}

/// One of the named scenarios.
fn scenario(number: u64, random: &mut Random) -> Member {
    let described = random.pick(&SCENARIOS);
    let simulated = simulate(described.scenario, random.next() >> 16);
    let mut names: Vec<_> = simulated.truth.root_cause.into_iter().collect();
    // The scenario's code is one that has a rule of its own.
    names.extend(names.contains(&"gateway-error-by-code").then_some("gateway-invalid-nonce"));
    let causes = if names.is_empty() { Vec::new() } else { vec![Cause { names, items: Vec::new(), sufficient: true }] };
    let truth = MemberTruth { causes, also: simulated.truth.also, version: "0.14.3".to_owned(), ..MemberTruth::default() };
    Member { number, bundle: simulated.bundle, truth }
}

fn draw(number: u64, seed: u64, mut random: Random, faults: &[&Fault]) -> Option<Member> {
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

    let plan = Plan {
        start: epoch.from,
        block: n,
        asked: n,
        chain,
        replayed_until: (epoch.from < n).then_some(n + 3),
        failing: vec![epoch],
        image: if version == "0.14.3" { "APOLLO-0.14.3-RC.5" } else { "main-60161ba" },
        truth: Truth::default(),
    };
    let ran = run::run(&plan, random);
    let mut bundle = bundle::collect(&plan, ran, &format!("population member {number}"), seed, random);
    if duplicates {
        loss::duplicate_lines(&mut bundle, random);
    }
    let mut lost = if random.between(0, 9) < 3 { loss::lose(&mut bundle, n, random) } else { Vec::new() };
    lost.extend(loss::cut(&wishes));
    let mut also = if follows { vec!["parent-hash-cascade"] } else { Vec::new() };
    // Where the block is lost, the trigger is all that shows the transaction.
    also.extend(gives_up.then_some("still-pending"));
    let truth = MemberTruth { also, ..truth(faults, &heights, &injected, derived, lost) };
    Some(Member { number, bundle, truth: MemberTruth { decoys, version: version.to_owned(), ..truth } })
}

fn truth(faults: &[&Fault], heights: &[u64], injected: &[(usize, Vec<Touched>)], derived: Vec<String>, lost: Vec<Lost>) -> MemberTruth {
    let is_there =
        |evidence: Evidence, height: u64| !lost.iter().any(|it| it.evidence == evidence && it.height.is_none_or(|it| it == height));
    let both = |ours, theirs, height| is_there(ours, height) && is_there(theirs, height);
    let blocks = |height| both(Evidence::OurBlock, Evidence::TheirBlock, height);
    let states = |height| both(Evidence::OurState, Evidence::TheirState, height) && blocks(height);
    let height_of = |id: &str| id.split('/').next().and_then(|it| it.parse().ok()).unwrap_or_default();
    let is_visible = |it: &Touched| match it {
        Touched::Block(id) => blocks(height_of(id)),
        Touched::State(id) => states(height_of(id)),
        Touched::Moved(id, _) => blocks(height_of(id)),
        Touched::Refused(_) => is_there(Evidence::Snapshot, 0),
    };
    let causes = injected
        .iter()
        .filter_map(|(position, touched)| {
            let (fault, height) = (faults.get(*position)?, heights.get(*position)?);
            let sufficient = touched.iter().all(is_visible) && fault.needs.iter().all(|(it, offset)| is_there(*it, height + offset));
            Some(Cause { names: fault.names.to_vec(), items: touched.iter().map(|it| it.id().to_owned()).collect(), sufficient })
        })
        .collect();
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
    MemberTruth { causes, differences, lost, ..MemberTruth::default() }
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

/// The entries of a state difference as the protocol hashes them, each under the name that its ledger item has.
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
