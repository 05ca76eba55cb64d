//! What can be said of a known fix for one incident.

use super::containment::{Containment, not_looked_at, without};
use super::{fix_effect, fix_shape};
use crate::evidence::{Bundle, ParseError};
use crate::facts;
use crate::findings::{BringingChange, Deployed, FixAnswer, FixReference, FixStatus};

/// The context in which fixes are checked.
#[derive(Debug)]
pub struct FixContext<'b> {
    bundle: &'b Bundle,
    containment: Option<Result<Containment<'b>, ParseError>>,
}

impl<'b> FixContext<'b> {
    /// Makes the lineage of a bundle ready.
    #[must_use]
    pub fn new(bundle: &'b Bundle) -> Self {
        Self { bundle, containment: bundle.lineage.value().map(Containment::new) }
    }

    /// The protocol version of the first diverging block, as far as it is known.
    #[must_use]
    pub(crate) fn starknet_version(&self) -> Option<String> {
        facts::starknet_version(self.bundle)
    }

    /// The status of a fix for a diverging block of the given protocol version.
    #[must_use]
    pub fn status(&self, fix: &FixReference, starknet_version: Option<&str>) -> FixStatus {
        let unknown = |why: String| vec![Deployed { place: String::new(), answer: FixAnswer::Unknown(why), lines: None }];
        let (deployed, parts) = match &self.containment {
            None => (unknown(without(&self.bundle.lineage)), Vec::new()),
            Some(Err(err)) => (unknown(err.to_string()), Vec::new()),
            Some(Ok(containment)) => match fix_shape::check_change(containment, fix) {
                (all, _) if all.is_empty() => (unknown(not_looked_at(self.bundle, fix.component)), Vec::new()),
                all => all,
            },
        };
        let effective = fix_effect::effective(fix.effective_when.as_deref(), self.bundle, starknet_version);
        FixStatus { fix: fix.clone(), deployed, parts, effective }
    }

    /// What is deployed of a change that brings a fault, in the words of a fix.
    #[must_use]
    pub fn brought(&self, change: &BringingChange) -> FixStatus {
        self.status(&change.sought(), None)
    }
}
