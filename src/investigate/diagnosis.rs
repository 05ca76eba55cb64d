//! The diagnosis: why a resync triggered, and what could not be explained or seen.

use super::Rules;
use crate::engine::{self, Trial};
use crate::evidence::Bundle;
use crate::findings::Diagnosis;

/// How a diagnosis is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiagnosisOptions {
    /// Which rules are tried: the stable ones alone by default.
    pub tried: Trial,
}

impl Default for DiagnosisOptions {
    fn default() -> Self {
        Self { tried: Trial::StableOnly }
    }
}

/// Diagnoses a bundle: the same bundle and the same rules give the same diagnosis.
#[must_use]
pub fn diagnose(bundle: &Bundle, rules: &Rules, options: &DiagnosisOptions) -> Diagnosis {
    engine::diagnose(bundle, &rules.catalog, options.tried)
}
