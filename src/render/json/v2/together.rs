//! The wire forms of what findings prove, and dispute, together.

use schemars::JsonSchema;
use serde::Serialize;

use super::V2Proof;
use crate::findings::{Ground, JointProof, Rival, Rivalry};

/// A counterfactual of several findings at once, where one of them alone does not close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2JointProof {
    /// Number of the episode.
    pub episode: u32,
    /// Slugs of the rules whose findings are undone together; each is needed.
    pub rules: Vec<String>,
    /// The proof.
    pub proof: V2Proof,
}

/// Two findings that claim the same divergences. At most one of them can be the cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Rivalry {
    /// Number of the episode.
    pub episode: u32,
    /// Ids of the divergences that both claim.
    pub items: Vec<String>,
    /// The two.
    pub rivals: [V2Rival; 2],
}

/// One of two competing findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Rival {
    /// Slug of its rule.
    pub rule: String,
    /// What it rests on and the other does not.
    pub rests_on: Vec<V2Ground>,
}

/// A clause that holds, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Ground {
    /// Name of the clause.
    pub clause: String,
    /// The values or the log line that decided it.
    pub because: String,
}

impl From<&JointProof> for V2JointProof {
    fn from(it: &JointProof) -> Self {
        Self { episode: it.episode, rules: it.rules.clone(), proof: (&it.proof).into() }
    }
}

impl From<&Rivalry> for V2Rivalry {
    fn from(it: &Rivalry) -> Self {
        let [one, other] = &it.rivals;
        Self { episode: it.episode, items: it.items.clone(), rivals: [one.into(), other.into()] }
    }
}

impl From<&Rival> for V2Rival {
    fn from(it: &Rival) -> Self {
        let ground = |it: &Ground| V2Ground { clause: it.clause.clone(), because: it.because.clone() };
        Self { rule: it.rule.clone(), rests_on: it.rests_on.iter().map(ground).collect() }
    }
}
