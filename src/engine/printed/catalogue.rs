//! The texts that the places named by rules print, kept as a file: so that rules and their tests are held against them without a clone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::check::FoundTexts;
use super::text::{FileTexts, PrintedText, TextNotRead};
use crate::evidence::anchor::Anchor;

/// Texts of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// The commit.
    pub commit: String,
    /// The texts, by path and line.
    pub texts: Vec<PrintedText>,
}

/// A file that is no catalogue.
#[derive(Debug, thiserror::Error)]
#[error("it is not a catalogue of printed texts: {0}")]
pub struct NoCatalogue(#[from] serde_json::Error);

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/printed.json"));
    #[expect(clippy::expect_used, reason = "the tests read it")]
    Catalogue::read(text).expect("the catalogue that a test reads")
});

impl Catalogue {
    /// The catalogue that comes with this build: `rules/printed.json`.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a catalogue, as [`Catalogue::printed`] writes it.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, NoCatalogue> {
        Ok(serde_json::from_str(text)?)
    }

    /// The texts of these places, as far as they were found.
    #[must_use]
    pub(crate) fn from_found(found: &FoundTexts, places: &BTreeSet<Anchor>) -> Self {
        let mut texts: Vec<PrintedText> = Vec::new();
        for place in places {
            for text in found.at(&place.path, &place.symbol).unwrap_or_default() {
                if !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
        }
        texts.sort_by(|left, right| (&left.path, left.statement.line).cmp(&(&right.path, right.statement.line)));
        Self { commit: found.commit.clone(), texts }
    }

    /// The texts as what a reading of the commit would have found, for these files only.
    #[must_use]
    pub fn found(&self) -> FoundTexts {
        let mut files: BTreeMap<String, Result<FileTexts, TextNotRead>> = BTreeMap::new();
        for text in &self.texts {
            if let Ok(file) = files.entry(text.path.clone()).or_insert_with(|| Ok(FileTexts::default())) {
                file.texts.push(text.clone());
            }
        }
        FoundTexts { commit: self.commit.clone(), files }
    }

    /// The texts of one place.
    pub fn at(&self, path: &str, symbol: &str) -> impl Iterator<Item = &PrintedText> {
        self.texts.iter().filter(move |it| it.path == path && it.is_in(symbol))
    }

    /// As a file: one text a line, so that a difference shows what changed.
    ///
    /// # Errors
    /// When a text cannot be written.
    pub fn printed(&self) -> Result<String, NoCatalogue> {
        let rows: Result<Vec<String>, serde_json::Error> = self.texts.iter().map(serde_json::to_string).collect();
        let commit = serde_json::to_string(&self.commit)?;
        let rows = rows?.join(",\n");
        Ok(format!("{{\"commit\": {commit}, \"texts\": [\n{rows}\n]}}\n"))
    }
}
