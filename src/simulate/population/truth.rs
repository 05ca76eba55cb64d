//! What is true of a member of a population, and what may be said of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::loss::Lost;
use crate::evidence::Felt;

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
    /// What kind of story it tells.
    pub story: &'static str,
    /// What went wrong; empty where nothing did.
    pub causes: Vec<Cause>,
    /// Everything in which the two sides differ by that, without what is hashed from it.
    pub differences: Vec<Difference>,
    /// Slugs of rules that may hold besides those of the causes: consequences and traps that the evidence shows as well.
    pub also: Vec<&'static str>,
    /// Evidence that was taken away or damaged.
    pub lost: Vec<Lost>,
    /// Noise that explains nothing.
    pub decoys: Vec<&'static str>,
    /// Protocol version of mainnet's blocks.
    pub version: String,
    /// Whether it may be said that nothing diverged.
    pub calm: Calm,
    /// Whether it may be said that the evidence does not suffice.
    pub doubt: AllowedDoubt,
}

/// Whether it may be said that nothing diverged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Calm {
    /// It may not: something failed, or evidence that would show a failure is missing.
    #[default]
    False,
    /// It may: nothing failed, though an investigator can want to see more.
    Fair,
}

/// Whether it may be said that the evidence does not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowedDoubt {
    /// It may: what was drawn leaves more than one answer open.
    #[default]
    Fair,
    /// It may not: what was drawn has one answer, or no known failure could be one.
    False,
}

/// An injected fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Slugs under which a rule may name it; the first is the fault's own. Never empty.
    pub names: Vec<&'static str>,
    /// Ids of the ledger items that it injects; empty where the truth is coarser: for stalls, and for the named scenarios.
    pub items: Vec<String>,
    /// Whether the evidence that tells it from other faults is all there.
    pub sufficient: bool,
    /// The surest words that are fair of why it happened.
    pub surest: Surest,
    /// The widest words that are fair of how much of the difference it is.
    pub widest: Widest,
}

/// The surest words that are fair of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Surest {
    /// It may be suspected, not more: what would establish it was taken away, altered, or is of somebody else.
    Suspected,
    /// It may be called established.
    Established,
}

/// The widest words that are fair of the extent of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Widest {
    /// That it is the whole difference was not to be seen.
    Part,
    /// It may be called the whole difference.
    Whole,
}

/// A difference between the two sides.
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

impl Cause {
    /// A fault that the evidence tells from every other, of which no item is named.
    pub(super) fn certain(names: Vec<&'static str>) -> Self {
        Self { names, items: Vec::new(), sufficient: true, surest: Surest::Established, widest: Widest::Whole }
    }
}
