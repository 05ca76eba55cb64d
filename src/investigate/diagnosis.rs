//! The diagnosis: why a resync triggered, and what could not be explained or was not seen.

use std::fmt;
use std::str::FromStr;

use super::{Error, Rules};
use crate::engine::language::catalog::digest;
use crate::engine::{self, FileText, Trial};
use crate::evidence::{Bundle, Episode, Timestamp};
use crate::facts::commitments::ORACLE;
use crate::findings::{Diagnosis, MadeBy};
use crate::inspect::snapshot_time;

/// Options for a diagnosis.
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
    Diagnosis { made_by: Some(made_by(rules)), ..engine::diagnose(bundle, &rules.catalog, options.tried) }
}

/// The version and the rules. Where a file of rules lies says nothing of what is in it.
fn made_by(rules: &Rules) -> MadeBy {
    let [builtin, own] = [0..1, 1..rules.packs.len().max(1)].map(|it| rules.packs.get(it).unwrap_or_default());
    let bare = |it: &FileText| FileText::new(it.name().rsplit(['/', '\\']).next().unwrap_or_default(), it.body());
    let all: Vec<FileText> = builtin.iter().flatten().cloned().chain(own.iter().flatten().map(bare)).collect();
    MadeBy { version: env!("CARGO_PKG_VERSION").to_owned(), rules: digest(&all), oracle: ORACLE.to_owned() }
}

/// An episode as people name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpisodeName {
    /// Its number in the bundle, from 1.
    Number(u32),
    /// The time in the name of its snapshot.
    At(Timestamp),
}

/// A text that names no episode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither the number of an episode, such as 2, nor the time in the name of its snapshot, such as 20261122T083832Z")]
pub struct EpisodeNameError;

impl FromStr for EpisodeName {
    type Err = EpisodeNameError;

    fn from_str(text: &str) -> Result<Self, EpisodeNameError> {
        let number = text.parse().ok().filter(|it| *it != 0).map(Self::Number);
        number.or_else(|| Timestamp::from_file_name(text).map(Self::At)).ok_or(EpisodeNameError)
    }
}

impl fmt::Display for EpisodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::At(at) => f.write_str(&at.to_file_name()),
        }
    }
}

/// Diagnoses one episode of a bundle alone.
///
/// # Errors
/// When the bundle has no such episode, with those that it has.
pub fn diagnose_episode(bundle: &Bundle, rules: &Rules, options: &DiagnosisOptions, name: EpisodeName) -> Result<Diagnosis, Error> {
    let number = match name {
        EpisodeName::Number(number) => Some(number),
        EpisodeName::At(at) => bundle.episodes.iter().find(|it| snapshot_time(it) == Some(at)).map(|it| it.number),
    };
    let diagnosis = number.and_then(|it| engine::diagnose_episode(bundle, &rules.catalog, options.tried, it));
    let diagnosis = diagnosis.map(|it| Diagnosis { made_by: Some(made_by(rules)), ..it });
    diagnosis.ok_or_else(|| {
        let known = |it: &Episode| match snapshot_time(it) {
            Some(at) => format!("{} ({})", it.number, at.to_file_name()),
            None => it.number.to_string(),
        };
        Error::NoEpisode { name: name.to_string(), known: bundle.episodes.iter().map(known).collect() }
    })
}
