//! Synthetic incidents with known truth: for examples, tests and benchmarks.
//!
//! Both sides are valid blocks: every commitment and hash is the one of their content, parents are chained, and the log, the reports
//! and the snapshots come out of one run of a small model of Echonet. Nothing is copied from a real incident.

mod bundle;
mod chain;
mod faults;
mod log;
mod population;
mod random;
mod run;
mod snapshot;
mod trace;

use std::fmt;
use std::str::FromStr;

use crate::evidence::{Bundle, Felt};

pub use population::{
    AllowedDoubt, Calm, Cause, Difference, How, LosableEvidence, Lost, Member, MemberTruth, PopulationTruth, Surest, Widest, member,
    population,
};

/// Makes the evidence of one incident, and says what is true of it. The same scenario and seed give the same bytes.
#[must_use]
pub fn simulate(scenario: Scenario, seed: u64) -> Simulated {
    // Scenarios of one seed must not share their chains, or tests that mix them up would pass.
    let place = SCENARIOS.iter().position(|it| it.scenario == scenario).unwrap_or_default() as u64;
    let mut random = random::Random::new(seed.wrapping_mul(64).wrapping_add(place));
    let plan = faults::plan(scenario, &mut random);
    let ran = run::run(&plan, &mut random);
    Simulated { bundle: bundle::collect(&plan, ran, scenario.name(), seed, &mut random), truth: plan.truth }
}

/// A synthetic incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// What an investigator would have gathered.
    pub bundle: Bundle,
    /// What a perfect investigator would say.
    pub truth: GroundTruth,
}

/// What is true of a synthetic incident.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroundTruth {
    /// Slug of the cause; none where nothing diverged.
    pub root_cause: Option<&'static str>,
    /// Slugs of further causes and of consequences that the evidence shows as well.
    pub also: Vec<&'static str>,
    /// Key of the first trigger: a transaction hash or `block_hash_mismatch:<N>`.
    pub trigger_key: Option<String>,
    /// Block that the trigger names.
    pub trigger_block: Option<u64>,
    /// First Echonet block whose hash differs from mainnet's; none where no such block was written.
    pub first_diverging_block: Option<u64>,
    /// Names of the block's fields that differ there; everything else is equal.
    pub differing_fields: Vec<&'static str>,
    /// Transactions that went wrong.
    pub culprits: Vec<Felt>,
    /// Contract and key of the storage slot that went wrong, where that is all.
    pub culprit_slot: Option<(Felt, Felt)>,
}

/// A kind of incident; [`SCENARIOS`] describes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// Native code and the virtual machine word a revert differently.
    NativeCasmRevertTrace,
    /// A rate-limited Ethereum look-up loses a message from L1.
    Alchemy429L1HandlerDrop,
    /// A message from L1 in the first block of a run is exposed too late.
    L1HandlerGatedAfterRestart,
    /// A block takes the first transactions of its successor.
    FifoDrainAcrossSameTimestamp,
    /// A block differs by its parent only.
    ParentHashCascade,
    /// The gateway refuses a transaction with a code.
    GatewayErrorByCode,
    /// The gateway does not answer.
    GatewayUnreachable,
    /// A price in the header differs.
    HeaderOnlyMismatch,
    /// A storage slot differs.
    StateDiffOnly,
    /// A transaction is reverted on Echonet only.
    EchonetOnlyRevert,
    /// A transaction is left out by configuration.
    BlockedSenderFilter,
    /// The event of the fee transfer comes first in one receipt.
    EventOrder,
    /// Nothing differs.
    NoDivergence,
    /// One storage slot differs, and an unrelated look-up was rate-limited.
    Unrelated429,
}

/// A scenario with its stable name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DescribedScenario {
    /// The scenario.
    pub scenario: Scenario,
    /// Its name in kebab case; never changes.
    pub name: &'static str,
    /// What happens in it, in one line.
    pub summary: &'static str,
}

/// All scenarios. The order is part of what a seed means, so new ones go to the end.
pub const SCENARIOS: [DescribedScenario; 14] = {
    use Scenario as S;
    const fn it(scenario: Scenario, name: &'static str, summary: &'static str) -> DescribedScenario {
        DescribedScenario { scenario, name, summary }
    }
    [
        it(
            S::NativeCasmRevertTrace,
            "native-casm-revert-trace",
            "a revert text lacks its `Error at pc` lines because Echonet ran native code",
        ),
        it(
            S::Alchemy429L1HandlerDrop,
            "alchemy-429-l1-handler-drop",
            "Alchemy answers 429 and a message from L1 is lost; the replay loses it again",
        ),
        it(
            S::L1HandlerGatedAfterRestart,
            "l1-handler-gated-after-restart",
            "a message from L1 in the first block of the run is gated until it is too late",
        ),
        it(
            S::FifoDrainAcrossSameTimestamp,
            "fifo-drain-across-same-timestamp",
            "a block takes transactions of its successor, which has the same timestamp",
        ),
        it(
            S::ParentHashCascade,
            "parent-hash-cascade",
            "the block asked about differs by its parent only; the cause is one storage slot before it",
        ),
        it(S::GatewayErrorByCode, "gateway-error-by-code", "the gateway refuses a transaction because of its nonce"),
        it(S::GatewayUnreachable, "gateway-unreachable", "the gateway refuses connections after the sequencer was killed"),
        it(S::HeaderOnlyMismatch, "header-only-mismatch", "the fri price of L1 data gas differs, and nothing else that is hashed"),
        it(S::StateDiffOnly, "state-diff-only", "one storage slot has another value"),
        it(S::EchonetOnlyRevert, "echonet-only-revert", "a transaction that succeeded on mainnet runs out of gas on Echonet"),
        it(S::BlockedSenderFilter, "blocked-sender-filter", "a transaction of a blocked sender is left out, in every attempt"),
        it(S::EventOrder, "event-order", "the fee transfer's event of one receipt comes first"),
        it(S::NoDivergence, "no-divergence", "every block matches and no resync happens"),
        it(S::Unrelated429, "unrelated-429", "one storage slot has another value; a 429 in the log was retried with success"),
    ]
};

impl Scenario {
    /// The scenario's stable name, in kebab case.
    #[must_use]
    pub fn name(self) -> &'static str {
        SCENARIOS.iter().find(|it| it.scenario == self).map_or("", |it| it.name)
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no scenario has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no scenario is called `{0}`; there are: {list}", list = SCENARIOS.map(|it| it.name).join(", "))]
pub struct UnknownScenario(String);

impl FromStr for Scenario {
    type Err = UnknownScenario;

    fn from_str(name: &str) -> Result<Self, UnknownScenario> {
        let found = SCENARIOS.iter().find(|it| it.name == name);
        found.map(|it| it.scenario).ok_or_else(|| UnknownScenario(name.chars().take(80).collect()))
    }
}

#[cfg(test)]
mod tests;
