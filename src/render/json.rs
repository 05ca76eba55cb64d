//! JSON for programs: versioned wire types, with complete values and nothing left out.

pub mod v2;

use schemars::schema_for;

use super::Options;
use crate::findings::Diagnosis;
use crate::visible::visible_json;
use v2::V2Diagnosis;

/// The JSON Schema (draft 2020-12) of what the format `json` writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_for!(V2Diagnosis).to_value()
}

/// Writes a diagnosis as one indented JSON document.
pub(super) fn write(diagnosis: &Diagnosis, _: &Options) -> String {
    pretty(&V2Diagnosis::from(diagnosis))
}

/// A value as indented JSON that is safe to show, with a line feed at the end.
#[expect(clippy::expect_used, reason = "wire types have text keys only")]
pub(super) fn pretty(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string_pretty(value).expect("wire types have text keys only and do not fail");
    visible_json(json) + "\n"
}
