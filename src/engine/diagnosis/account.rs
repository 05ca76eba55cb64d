//! What became of the files that a bundle was made of.

use crate::evidence::Files;
use crate::findings::{Account, AccountedFile, Fate};

/// Each file with its fate, for people.
pub(super) fn account_for_files(files: &Files) -> Account {
    let read = files.read.iter().map(|it| AccountedFile {
        path: it.path.clone(),
        fate: Fate::Read,
        why: it.although.as_ref().map_or_else(|| it.r#as.clone(), |although| format!("{}; {although}", it.r#as)),
    });
    let left = [(Fate::Unused, &files.unused), (Fate::NotRecognised, &files.not_recognised), (Fate::Refused, &files.refused)];
    let left = left.into_iter().flat_map(|(fate, all)| all.iter().map(move |it| (fate, it)));
    let left = left.map(|(fate, it)| AccountedFile { path: it.path.clone(), fate, why: it.why.clone() });
    Account { words: files.words(), given: files.given, files: read.chain(left).collect() }
}
