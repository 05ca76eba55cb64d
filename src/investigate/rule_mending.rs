//! Fixes the user's own rules where the intended word is certain.

use std::collections::BTreeSet;
use std::path::Path;

use super::rule_check::problems_of;
use super::{Error, RuleSet, write};
use crate::engine::FileText;
pub use crate::engine::language::mending::Mended;
use crate::engine::language::mending::mended;

/// Mends the files of folders, and writes those that changed, each whole. Files of the build are left alone.
///
/// # Errors
/// When a folder cannot be read or a file cannot be written.
pub fn mend_rules(set: &RuleSet) -> Result<Vec<Mended>, Error> {
    /// Some problems show only when others are gone.
    const ROUNDS: usize = 50;
    let mut packs = set.packs()?;
    let mut tests = set.tests()?;
    let mut done: BTreeSet<Mended> = BTreeSet::new();
    for _ in 0..ROUNDS {
        let problems = problems_of(&packs, &tests);
        let mut touched = BTreeSet::new();
        let mut is_changed = false;
        for problem in &problems {
            let Some(text) = own(&mut packs, &mut tests).find(|it| it.name() == problem.file) else { continue };
            // One word of a line at a time: what stands behind it has moved.
            let Some((changed, mended)) = mended(text, problem).filter(|(_, it)| !touched.contains(&(it.file.clone(), it.line))) else {
                continue;
            };
            touched.insert((mended.file.clone(), mended.line));
            is_changed |= done.insert(mended);
            *text = changed;
        }
        if !is_changed {
            break;
        }
    }
    let files: BTreeSet<&str> = done.iter().map(|it| it.file.as_str()).collect();
    for text in own(&mut packs, &mut tests).filter(|it| files.contains(it.name())) {
        write(Path::new(text.name()), text.body().as_bytes())?;
    }
    Ok(done.into_iter().collect())
}

/// The files that an author may change.
fn own<'t>(packs: &'t mut [Vec<FileText>], tests: &'t mut [FileText]) -> impl Iterator<Item = &'t mut FileText> {
    packs.iter_mut().skip(1).flatten().chain(tests)
}
