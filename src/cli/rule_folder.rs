//! Rules and their tests from the build and from folders.

use std::fs;
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::Failure;
use super::args::RuleSetArguments;
use crate::engine::language::catalog::{builtin, builtin_tests};
use crate::engine::{Catalog, Text};

/// A rule or test file that cannot be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("cannot read {path}")]
#[diagnostic(code(whysync::rules::unreadable), help("`--rules` names a folder that holds rule files (<slug>.yaml) at any depth"))]
struct Unreadable {
    path: String,
    #[source]
    source: std::io::Error,
}

/// A file that is larger than any rule.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{path} is larger than {LARGEST} bytes")]
#[diagnostic(code(whysync::rules::too_large), help("a rule file is a page of text; move other files out of the folder"))]
struct TooLarge {
    path: String,
}

const LARGEST: u64 = 1 << 20;

/// Rules in packs: those of the build first, then one pack a folder.
pub(super) fn rule_packs(arguments: &RuleSetArguments) -> Result<Vec<Vec<Text>>, Failure> {
    let mut packs = vec![builtin()];
    for folder in &arguments.folders {
        packs.push(read(folder)?.into_iter().filter(|it| !is_test(it)).collect());
    }
    Ok(packs)
}

/// The checked rules.
pub(super) fn catalog(arguments: &RuleSetArguments) -> Result<Catalog, Failure> {
    Catalog::new(&rule_packs(arguments)?).map_err(Failure::all)
}

/// The tests of the rules that will run: those of the folders, or those of the build if no folder is named.
pub(super) fn tests(arguments: &RuleSetArguments) -> Result<Vec<Text>, Failure> {
    if arguments.folders.is_empty() {
        return Ok(builtin_tests());
    }
    let mut tests = Vec::new();
    for folder in &arguments.folders {
        tests.extend(read(folder)?.into_iter().filter(is_test));
    }
    Ok(tests)
}

fn is_test(text: &Text) -> bool {
    text.name().ends_with(".test.yaml")
}

/// Every YAML file below a folder, by path.
fn read(folder: &Path) -> Result<Vec<Text>, Failure> {
    let mut open = vec![folder.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |source| Failure::unusable(Unreadable { path, source })
    };
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let entry = entry.map_err(unreadable(&folder))?;
            let kind = entry.file_type().map_err(unreadable(&entry.path()))?;
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && entry.path().extension().is_some_and(|it| it == "yaml") {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    let text = |path: &PathBuf| {
        let size = fs::metadata(path).map_err(unreadable(path))?.len();
        if size > LARGEST {
            return Err(Failure::unusable(TooLarge { path: path.display().to_string() }));
        }
        let body = fs::read_to_string(path).map_err(unreadable(path))?;
        Ok(Text::new(path.display().to_string(), body))
    };
    files.iter().map(text).collect()
}
