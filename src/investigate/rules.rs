//! Which rules run: the built-in ones and those in the user's folders, read and checked together.

#![expect(clippy::disallowed_methods, reason = "this is the file that reads folders of rules")]

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::{Error, RuleFolderError, SkippedRuleEntry};
use crate::engine::language::catalog::{builtin, builtin_tests, stem};
use crate::engine::language::compiled::Rule;
use crate::engine::language::path::suggestion;
use crate::engine::reference::rule_page::RulePage;
use crate::engine::reference::{rule_list, rule_page};
use crate::engine::{Catalog, FileText};
use crate::limits::RULE_FILE_BYTES;

/// Which rules run: those of this build, unless folders name more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSet {
    /// Folders of rules, besides those of this build; a rule that names one of theirs under `replaces` takes its place.
    pub folders: Vec<PathBuf>,
}

impl RuleSet {
    /// Rules in packs: those of the build first, then one pack a folder.
    pub(super) fn packs(&self) -> Result<Vec<Vec<FileText>>, Error> {
        let mut packs = vec![builtin()];
        for folder in &self.folders {
            packs.push(read(folder)?.into_iter().filter(|it| !is_test(it)).collect());
        }
        Ok(packs)
    }

    /// The test files of the rules that were named: those of the folders, or those of the build if no folder is named. There may be none.
    ///
    /// # Errors
    /// When a folder or a file in it cannot be read, or a folder holds neither rules nor tests.
    pub fn tests(&self) -> Result<Vec<FileText>, Error> {
        if self.folders.is_empty() {
            return Ok(builtin_tests());
        }
        let mut tests = Vec::new();
        for folder in &self.folders {
            tests.extend(read(folder)?.into_iter().filter(is_test));
        }
        Ok(tests)
    }

    /// The test files of one rule, by its id, or of the rules whose slugs hold a text; all of them where nothing is named. Never empty.
    ///
    /// # Errors
    /// As [`RuleSet::tests`]; and when there are none, with what may have been meant.
    pub fn tests_of(&self, rules: &Rules, named: Option<&str>) -> Result<Vec<FileText>, Error> {
        let all = self.tests()?;
        if all.is_empty() {
            let folders: Vec<String> = self.folders.iter().map(|it| it.display().to_string()).collect();
            return Err(RuleFolderError::NoTests { of: format!("in {}", folders.join(", ")) }.into());
        }
        let Some(named) = named else { return Ok(all) };
        // An id names one rule; anything else is a part of slugs.
        let found = rules.rule(named);
        let part = found.as_ref().map_or(named, |it| it.file.slug.value.as_str());
        let is_meant = |it: &FileText| slug_of(it).is_some_and(|it| it.contains(part));
        let meant: Vec<FileText> = all.into_iter().filter(is_meant).collect();
        match found {
            Err(_) if meant.is_empty() && Path::new(named).is_dir() => Err(RuleFolderError::NotARule { path: named.to_owned() }.into()),
            Err(unknown) if meant.is_empty() => Err(unknown),
            Ok(_) if meant.is_empty() => Err(RuleFolderError::NoTests { of: format!("for the rule `{part}`") }.into()),
            _ => Ok(meant),
        }
    }
}

/// Rules that were read and found to be without fault.
pub struct Rules {
    pub(super) packs: Vec<Vec<FileText>>,
    pub(super) catalog: Catalog,
}

impl Rules {
    /// The rules of this build.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn builtin() -> Result<Self, Error> {
        Self::load(&RuleSet::default())
    }

    /// Reads and checks rules.
    ///
    /// # Errors
    /// When a folder cannot be read, or everything that is wrong with any rule.
    pub fn load(set: &RuleSet) -> Result<Self, Error> {
        Self::from_packs(set.packs()?)
    }

    /// Checks rules that are in memory. A rule of a later pack may take the place of one of an earlier pack by saying so; those of the build
    /// are a pack like any other.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn from_packs(packs: Vec<Vec<FileText>>) -> Result<Self, Error> {
        let catalog = Catalog::new(&packs).map_err(Error::Wrong)?;
        Ok(Self { packs, catalog })
    }

    /// The rules, by slug.
    #[must_use]
    #[cfg_attr(not(internals), doc(hidden))]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// A rule by its slug, or by its id such as `WS-L1-001`.
    ///
    /// # Errors
    /// When there is none, with those that may have been meant.
    #[cfg_attr(not(internals), doc(hidden))]
    pub fn rule(&self, slug: &str) -> Result<&Rule, Error> {
        let of_id = || self.catalog.rules.values().find(|it| it.file.id.value.eq_ignore_ascii_case(slug));
        self.catalog.rules.get(slug).or_else(of_id).ok_or_else(|| {
            let known: Vec<String> = self.catalog.rules.keys().cloned().collect();
            // All of them are no help in an error.
            let meant = suggestion(slug, &known).filter(|it| it.starts_with("did you mean"));
            Error::NoRule { slug: slug.to_owned(), suggestion: meant.unwrap_or_else(|| "`whysync rules list` shows them all".to_owned()) }
        })
    }

    /// The file of a rule.
    ///
    /// # Errors
    /// When there is no such rule, with those that may have been meant.
    pub fn source(&self, slug: &str) -> Result<&FileText, Error> {
        let slug = &self.rule(slug)?.file.slug.value;
        let file = self.packs.iter().rev().flatten().find(|it| stem(it) == Some(slug));
        file.ok_or_else(|| Error::NoRule { slug: slug.clone(), suggestion: String::new() })
    }

    /// The rules in short as JSON, for programs: a list of objects by slug.
    #[must_use]
    pub fn list(&self) -> String {
        rule_list::json(&self.catalog)
    }

    /// The documentation of a rule.
    ///
    /// # Errors
    /// When there is no such rule, with those that may have been meant.
    pub fn page(&self, slug: &str) -> Result<RulePage, Error> {
        Ok(rule_page::page(&self.rule(slug)?.file))
    }
}

/// How the name of a test file ends.
const TEST: [&str; 2] = [".test.yaml", ".test.yml"];

pub(super) fn is_test(text: &FileText) -> bool {
    without_ending(text).is_some()
}

/// The name of a test file up to where its ending begins; that of its rule is the same.
pub(super) fn without_ending(test: &FileText) -> Option<&str> {
    TEST.iter().find_map(|it| test.name().strip_suffix(it))
}

/// The slug that the name of a test file holds.
fn slug_of(test: &FileText) -> Option<&str> {
    without_ending(test)?.rsplit(['/', '\\']).next()
}

/// Every YAML file below a folder, by path.
fn read(folder: &Path) -> Result<Vec<FileText>, RuleFolderError> {
    let mut open = vec![folder.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    let unreadable = |path: &Path| {
        let path = path.display().to_string();
        move |source| RuleFolderError::Unreadable { path, source }
    };
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).map_err(unreadable(&next))? {
            let entry = entry.map_err(unreadable(&next))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(unreadable(&path))?;
            let ending = path.extension().map(|it| it.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
            let not_read = |what: SkippedRuleEntry| Err(RuleFolderError::NoFile { path: path.display().to_string(), what });
            match ending.as_str() {
                _ if kind.is_dir() => open.push(path),
                // What is behind it is not opened to see whether it holds rules.
                _ if kind.is_symlink() && fs::metadata(&path).is_ok_and(|it| it.is_dir()) => return not_read(SkippedRuleEntry::Link),
                "yaml" | "yml" if kind.is_symlink() => return not_read(SkippedRuleEntry::Link),
                "yaml" | "yml" if !kind.is_file() => return not_read(SkippedRuleEntry::Special),
                "yaml" | "yml" => files.push(path),
                _ => {}
            }
        }
    }
    if files.is_empty() {
        return Err(RuleFolderError::Empty { path: folder.display().to_string() });
    }
    files.sort();
    let text = |path: &PathBuf| {
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(unreadable(path))?;
        // One byte more tells that there is more.
        file.take(RULE_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable(path))?;
        if RULE_FILE_BYTES < bytes.len() as u64 {
            return Err(RuleFolderError::TooLarge { path: path.display().to_string() });
        }
        let body = String::from_utf8(bytes).map_err(std::io::Error::other).map_err(unreadable(path))?;
        Ok(FileText::new(path.display().to_string(), body))
    };
    files.iter().map(text).collect()
}
