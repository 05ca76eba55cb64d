//! Where people are sent for a piece of evidence that is missing.

use super::pattern::filled;
use super::{Listed, SOURCES, volume_file};
use crate::evidence::EvidenceName;

/// What is known of a piece of evidence. For what is not, its place is shown.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The number of its resync.
    pub episode: u32,
    /// The folder of its resync's archive.
    pub archive: Option<&'k str>,
    /// The height of its block.
    pub block: Option<u64>,
}

/// What to ask to get a piece of evidence, in the words of the source that is best for it.
#[must_use]
pub fn how(name: EvidenceName, known: Known<'_>) -> String {
    let mut best = SOURCES.iter().filter(|it| it.source.best_for.contains(&name));
    match (best.next(), best.next()) {
        (Some(one), None) => words(one, name, known),
        (first, _) => {
            let saved = first.and_then(|it| it.source.saved.paths().first()?.split_once('/')).map_or("", |(folder, _)| folder);
            format!("Echonet's smaller pages, by `whysync collect` or saved under {saved}/")
        }
    }
}

fn words(listed: &Listed, name: EvidenceName, known: Known<'_>) -> String {
    let height = || known.block.map_or_else(|| "<N>".to_owned(), |it| it.to_string());
    let part = |part: &str| match part {
        "episode" => Some(known.episode.to_string()),
        "block" => Some(height()),
        "path" => volume_file::path_of(name, known.archive, &height()),
        _ => None,
    };
    filled(&listed.source.words(), part).unwrap_or_default()
}
