//! What can be said of a known fix for one incident.

use std::cmp::Ordering;

use super::containment::{Containment, without};
use super::value::version;
use crate::evidence::{Bundle, Gathered, ParseError};
use crate::findings::{Answer, Deployed, Effectiveness, FixComponent, FixReference, FixStatus};

/// What fixes are held against.
#[derive(Debug)]
pub struct Scenery<'b> {
    bundle: &'b Bundle,
    containment: Option<Result<Containment<'b>, ParseError>>,
}

impl<'b> Scenery<'b> {
    /// Makes the lineage of a bundle ready.
    #[must_use]
    pub fn new(bundle: &'b Bundle) -> Self {
        Self { bundle, containment: bundle.lineage.value().map(Containment::new) }
    }

    /// The status of a fix for a diverging block of the given protocol version.
    #[must_use]
    pub fn status(&self, fix: &FixReference, starknet_version: Option<&str>) -> FixStatus {
        let unknown = |why: String| vec![Deployed { place: String::new(), answer: Answer::Unknown(why) }];
        let deployed = match &self.containment {
            None => unknown(without(&self.bundle.lineage)),
            Some(Err(err)) => unknown(err.to_string()),
            Some(Ok(containment)) => match containment.of(fix) {
                all if all.is_empty() => unknown(self.not_looked_at(fix.component)),
                all => all,
            },
        };
        FixStatus { fix: fix.clone(), deployed, effective: effective(fix, starknet_version) }
    }

    fn not_looked_at(&self, component: FixComponent) -> String {
        match (component, &self.bundle.deployment.source) {
            (FixComponent::Sequencer, _) => "no image of the sequencer was seen to run".to_owned(),
            (FixComponent::Echonet, Gathered::Observed(_)) => {
                "Echonet's code is in no image, and its source was not compared with the repository".to_owned()
            }
            (FixComponent::Echonet, other) => {
                format!("Echonet's code is in no image, and its source {}", other.gap().unwrap_or_default())
            }
        }
    }
}

fn effective(fix: &FixReference, starknet_version: Option<&str>) -> Effectiveness {
    match (fix.effective_when.as_deref(), starknet_version) {
        (None, _) => Effectiveness::Yes,
        (Some(when), None) => Effectiveness::Unknown(format!("needs {when}, and the block's version was not seen")),
        (Some(when), Some(found)) => match condition(when).zip(version(found)) {
            None => Effectiveness::Unknown(format!("needs {when}, and the block's version is `{found}`")),
            Some(((operator, wanted), found)) if holds(operator, found.cmp(&wanted)) => Effectiveness::Yes,
            Some(_) => Effectiveness::No(format!("needs {when}, and the block's version is {found}")),
        },
    }
}

/// The operator and version of a condition such as `starknet_version >= 0.14.3`.
#[must_use]
pub fn condition(text: &str) -> Option<(Operator, [u64; 4])> {
    let mut words = text.split_whitespace();
    let (subject, operator, wanted) = (words.next()?, words.next()?, words.next()?);
    if subject != "starknet_version" || words.next().is_some() {
        return None;
    }
    let operator = match operator {
        ">=" => Operator::AtLeast,
        ">" => Operator::MoreThan,
        "<" => Operator::LessThan,
        "<=" => Operator::AtMost,
        "==" => Operator::Equal,
        _ => return None,
    };
    Some((operator, version(wanted)?))
}

/// A comparison of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `<`
    LessThan,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
}

fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::AtLeast => order != Ordering::Less,
        Operator::MoreThan => order == Ordering::Greater,
        Operator::LessThan => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::Equal => order == Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fix_that_needs_a_version_says_whether_this_block_has_it() {
        let fix = FixReference {
            component: FixComponent::Sequencer,
            prs: vec![1],
            commits: vec![],
            patch_ids: vec![],
            probe: None,
            role: crate::findings::FixRole::Cure,
            effective_when: Some("starknet_version >= 0.14.3".to_owned()),
            note: String::new(),
        };
        assert_eq!(effective(&fix, Some("0.14.3")), Effectiveness::Yes);
        assert!(matches!(effective(&fix, Some("0.13.10")), Effectiveness::No(why) if why.contains("0.13.10")));
        assert!(matches!(effective(&fix, None), Effectiveness::Unknown(_)));
    }
}
