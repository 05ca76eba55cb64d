//! What can be said of a known fix for one incident.

use super::containment::{Containment, without};
use super::{fix_condition, fix_shape};
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Gathered, ParseError};
use crate::facts;
use crate::findings::{Answer, BringingChange, Deployed, FixComponent, FixReference, FixStatus};

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

    /// The protocol version of the first diverging block, as far as it is known.
    #[must_use]
    pub fn starknet_version(&self) -> Option<String> {
        facts::starknet_version(self.bundle)
    }

    /// The status of a fix for a diverging block of the given protocol version.
    #[must_use]
    pub fn status(&self, fix: &FixReference, starknet_version: Option<&str>) -> FixStatus {
        let unknown = |why: String| vec![Deployed { place: String::new(), answer: Answer::Unknown(why), lines: None }];
        let (deployed, parts) = match &self.containment {
            None => (unknown(without(&self.bundle.lineage)), Vec::new()),
            Some(Err(err)) => (unknown(err.to_string()), Vec::new()),
            Some(Ok(containment)) => match fix_shape::of(containment, fix) {
                (all, _) if all.is_empty() => (unknown(not_looked_at(self.bundle, fix.component)), Vec::new()),
                all => all,
            },
        };
        let effective = fix_condition::effective(fix.effective_when.as_deref(), self.bundle, starknet_version);
        FixStatus { fix: fix.clone(), deployed, parts, effective }
    }

    /// What is deployed of a change that brings a fault, in the words of a fix.
    #[must_use]
    pub fn brought(&self, change: &BringingChange) -> FixStatus {
        self.status(&change.sought(), None)
    }
}

/// The program of a fix in the words of the evidence.
pub(super) fn program(component: FixComponent) -> Component {
    component.into()
}

/// Why nothing of a program was compared with the repository.
pub(super) fn not_looked_at(bundle: &Bundle, component: FixComponent) -> String {
    match (component, &bundle.deployment.source) {
        (FixComponent::Sequencer, _) => "no image of the sequencer was seen to run".to_owned(),
        (FixComponent::Echonet, Gathered::Observed(_)) => {
            "Echonet's code is in no image, and its source was not compared with the repository".to_owned()
        }
        (FixComponent::Echonet, other) => {
            format!("Echonet's code is in no image, and its source {}", other.gap().unwrap_or_default())
        }
    }
}
