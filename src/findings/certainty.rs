//! How certain a finding is about its cause, and about how much of the difference it explains. The two are independent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the cause of a finding is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseCertainty {
    /// Every clause is true on complete evidence.
    Established,
    /// A corroborating clause is false or unknown, evidence is missing, or arithmetic contradicts the claims.
    Suspected,
}

/// Whether the claimed difference is the whole difference, by arithmetic. It says nothing of why that difference came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimExtent {
    /// Undoing only what is claimed reproduces mainnet's commitments.
    Proved,
    /// Commitments were recomputed, and not all of them became mainnet's.
    Partial,
    /// Nothing could be recomputed.
    NotRecomputed,
}

/// A counterfactual: our block with only the claims undone, hashed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The claims that were undone, in words.
    pub undo: String,
    /// One row a commitment that the claims touch.
    pub rows: Vec<ProofRow>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

impl Proof {
    /// Whether every touched commitment became mainnet's, and some was not before.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.obstacle.is_none() && self.rows.iter().all(ProofRow::is_equal) && self.rows.iter().any(|it| it.ours != it.theirs)
    }

    /// Whether everything was recomputed, and some commitment did not become mainnet's.
    #[must_use]
    pub fn is_refuted(&self) -> bool {
        self.obstacle.is_none() && !self.rows.iter().all(ProofRow::is_equal)
    }

    /// Names of the commitments that it touches, each once, in alphabetical order.
    #[must_use]
    pub fn commitments(&self) -> Vec<&str> {
        names(self.rows.iter())
    }

    /// Names of the commitments that did not become mainnet's, each once, in alphabetical order.
    #[must_use]
    pub fn differing(&self) -> Vec<&str> {
        names(self.rows.iter().filter(|it| !it.is_equal()))
    }
}

fn names<'r>(rows: impl Iterator<Item = &'r ProofRow>) -> Vec<&'r str> {
    let names: std::collections::BTreeSet<&str> = rows.map(|it| it.commitment.as_str()).collect();
    names.into_iter().collect()
}

/// A commitment in a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofRow {
    /// Height.
    pub block: u64,
    /// Name of the commitment.
    pub commitment: String,
    /// Ours as observed.
    pub ours: String,
    /// Ours with the claims undone.
    pub undone: String,
    /// Mainnet's.
    pub theirs: String,
}

impl ProofRow {
    /// Whether it became mainnet's.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.undone == self.theirs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_mainnets_before_anything_was_undone_proves_nothing() {
        let row = ProofRow {
            block: 1,
            commitment: "block_hash".to_owned(),
            ours: "0x2".to_owned(),
            undone: "0x2".to_owned(),
            theirs: "0x2".to_owned(),
        };
        let proof = Proof { undo: String::new(), rows: vec![row], obstacle: None };
        assert!(!proof.is_closed() && !proof.is_refuted());
    }

    fn proof(rows: &[(&str, &str)], obstacle: Option<&str>) -> Proof {
        let row = |(commitment, undone): &(&str, &str)| ProofRow {
            block: 1,
            commitment: (*commitment).to_owned(),
            ours: "0x1".to_owned(),
            undone: (*undone).to_owned(),
            theirs: "0x2".to_owned(),
        };
        Proof { undo: String::new(), rows: rows.iter().map(row).collect(), obstacle: obstacle.map(str::to_owned) }
    }

    #[test]
    fn what_could_not_be_recomputed_refutes_nothing() {
        let cases = [
            (proof(&[("a", "0x2"), ("b", "0x2")], None), true, false),
            (proof(&[("a", "0x2"), ("b", "0x3")], None), false, true),
            (proof(&[("a", "0x1")], None), false, true),
            (proof(&[("a", "0x3")], Some("the state update was not seen")), false, false),
            (proof(&[], Some("no claimed block was seen on both sides")), false, false),
            (proof(&[], None), false, false),
        ];
        for (proof, closed, refuted) in cases {
            assert_eq!((proof.is_closed(), proof.is_refuted()), (closed, refuted), "{proof:?}");
        }
        assert_eq!(proof(&[("b", "0x3"), ("a", "0x2"), ("b", "0x4")], None).differing(), ["b"]);
    }
}
