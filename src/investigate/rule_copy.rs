//! Copies a built-in rule into files that the user can change.

use std::path::{Path, PathBuf};

use super::error::{DraftError, Error};
use super::rules::without_ending;
use super::{Rules, write_pages};
use crate::engine::language::catalog::{builtin, builtin_tests, stem};

/// Writes a rule of this build and its tests into a folder, which is made if it is not there. The copy says that it replaces the rule, and
/// nothing else is changed. Gives the paths of both files.
///
/// # Errors
/// When there is no such rule, one of the files is there already, or it cannot be written.
pub fn copy_rule(named: &str, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let rules = Rules::builtin()?;
    let file = &rules.rule(named)?.file;
    let (id, slug) = (&file.id.value, file.slug.value.as_str());
    let rule = builtin().into_iter().find(|it| stem(it) == Some(slug)).ok_or(DraftError::Lost)?;
    let tests = builtin_tests().into_iter().find(|it| without_ending(it).is_some_and(|it| it.rsplit('/').next() == Some(slug)));
    let tests = tests.ok_or(DraftError::Lost)?;
    let paths = ["yaml", "test.yaml"].map(|it| folder.join(format!("{slug}.{it}")));
    if let Some(path) = paths.iter().find(|it| it.exists()) {
        return Err(DraftError::Exists { path: path.display().to_string() }.into());
    }
    let mut body = String::new();
    for line in rule.body().split_inclusive('\n') {
        body.push_str(line);
        if line.starts_with("id:") {
            body.push_str(&format!("replaces: {id}\n"));
        }
    }
    let pages = [(format!("{slug}.yaml"), body), (format!("{slug}.test.yaml"), tests.body().to_owned())];
    write_pages(folder, &pages)
}
