//! A comparison of two diagnoses, as text and as JSON.

use schemars::JsonSchema;
use serde::Serialize;

use super::json::pretty;
use super::json::v2::V2Verdict;
use super::phrases;
use crate::findings::{Comparison, Likeness};
use crate::visible::visible;

/// Values of one aspect that are listed; the JSON form has all.
const LISTED: usize = 12;
/// Characters shown of a value.
const CHARACTERS: usize = 120;

/// The wire form of a comparison, `whysync.comparison/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "whysync.comparison/v1")]
pub struct V1Comparison {
    /// Name and version of this form.
    pub schema: &'static str,
    /// Whether it is the same again: `same`, `related`, `different` or `unknown`.
    pub likeness: &'static str,
    /// The reason, in one sentence.
    pub because: String,
    /// Verdicts of the first and the second.
    pub verdicts: [V2Verdict; 2],
    /// Fingerprints of the unexplained differences; null where everything is explained.
    pub fingerprints: [Option<String>; 2],
    /// The aspects that were compared.
    pub aspects: Vec<V1Aspect>,
}

/// An aspect that was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Aspect {
    /// Name of the aspect.
    pub name: String,
    /// Values that both incidents have.
    pub both: Vec<String>,
    /// Values that only the first incident has.
    pub first: Vec<String>,
    /// Values that only the second incident has.
    pub second: Vec<String>,
}

/// The JSON Schema (draft 2020-12) of what [`json`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(V1Comparison).to_value()
}

/// Writes a comparison as one indented JSON document.
#[must_use]
pub fn json(comparison: &Comparison) -> String {
    let aspect = |it: &crate::findings::Aspect| V1Aspect {
        name: it.name.clone(),
        both: it.both.clone(),
        first: it.first.clone(),
        second: it.second.clone(),
    };
    pretty(&V1Comparison {
        schema: "whysync.comparison/v1",
        likeness: word(comparison.likeness),
        because: comparison.because.clone(),
        verdicts: comparison.verdicts.map(V2Verdict::from),
        fingerprints: comparison.fingerprints.clone(),
        aspects: comparison.aspects.iter().map(aspect).collect(),
    })
}

/// Writes a comparison for people: the answer first, then what is common and what is not. `names` are what the two are called.
#[must_use]
pub fn text(comparison: &Comparison, names: [&str; 2]) -> String {
    let lead = match comparison.likeness {
        Likeness::Same => "The same again",
        Likeness::Related => "Related",
        Likeness::Different => "Different",
        Likeness::Unknown => "Cannot be told",
    };
    let mut text = format!("{lead}: {}.\n\n", short(&comparison.because));
    let sides = ["first", "second"].iter().zip(names).zip(comparison.verdicts).zip(&comparison.fingerprints);
    for (((side, name), verdict), fingerprint) in sides {
        let known = fingerprint.as_ref().map(|it| format!(", unexplained: {}", short(it))).unwrap_or_default();
        text.push_str(&format!("{side:6}  {}: {}{known}\n", short(name), phrases::verdict(verdict).to_lowercase()));
    }
    for aspect in &comparison.aspects {
        if aspect.both.is_empty() && aspect.is_common() {
            continue;
        }
        let sign = if aspect.is_common() { "=" } else { "≠" };
        text.push_str(&format!("\n{sign} {}\n", aspect.name));
        for (label, values) in [("both", &aspect.both), ("first", &aspect.first), ("second", &aspect.second)] {
            for value in values.iter().take(LISTED) {
                text.push_str(&format!("    {label:6}  {}\n", short(value)));
            }
            if LISTED < values.len() {
                text.push_str(&format!("    {label:6}  … ({} more)\n", values.len().saturating_sub(LISTED)));
            }
        }
    }
    text
}

fn word(likeness: Likeness) -> &'static str {
    match likeness {
        Likeness::Same => "same",
        Likeness::Related => "related",
        Likeness::Different => "different",
        Likeness::Unknown => "unknown",
    }
}

/// The text, cut between two words; a single word that is longer is cut all the same.
fn short(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(CHARACTERS) else { return visible(text).into_owned() };
    let shown = text.get(..end).unwrap_or(text);
    let is_between = text.get(end..).is_some_and(|it| it.starts_with(' '));
    let shown = if is_between { shown } else { shown.rfind(' ').and_then(|it| shown.get(..it)).unwrap_or(shown) };
    format!("{} …", visible(shown.trim_end()))
}
