//! Finds problems in rules and their test files without running them.

use std::collections::BTreeSet;

use super::rule_proof::{CodeAt, RuleProof, against};
use super::rules::without_ending;
use super::{Error, RuleSet};
use crate::engine::authoring::{rule_test, test_lines};
use crate::engine::language::catalog::stem;
use crate::engine::language::check::Check;
use crate::engine::language::problem::Weight;
use crate::engine::printed::{self, catalogue::Catalogue};
use crate::engine::{Catalog, FileText, Problem};

/// What rules are held against besides each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckOptions {
    /// The code that they are about.
    pub code: Option<CodeAt>,
}

/// Rules that were checked.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong, or worth knowing, by file and place.
    pub problems: Vec<Problem>,
    /// How many rules of folders were checked.
    pub own: usize,
    /// How many rules of this build were checked, without those that own ones replace.
    pub builtin: usize,
    /// What the clone said, if there is one.
    pub proof: Option<RuleProof>,
}

impl Checked {
    /// Whether something is wrong, and not only worth knowing.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.problems.iter().any(|it| it.weight == Weight::Error)
    }
}

/// What is wrong with rules, and with their tests if nothing is wrong with the rules.
pub(super) fn problems_of(packs: &[Vec<FileText>], tests: &[FileText]) -> Vec<Problem> {
    match Catalog::new(packs) {
        Ok(catalog) => {
            let wrong = tests.iter().filter_map(|it| rule_test::check(it, &catalog).err()).flatten();
            wrong.chain(test_lines::unprinted(tests, &catalog, Catalogue::builtin())).collect()
        }
        Err(found) => found,
    }
}

/// Checks rules and their test files. Those of this build are checked where no folder is named.
///
/// # Errors
/// When a folder or the clone cannot be read. What is wrong with rules is no error but the answer.
pub fn check_rules(set: &RuleSet, options: &CheckOptions) -> Result<Checked, Error> {
    // Those of this build are checked here as any others are.
    let packs: Vec<Vec<FileText>> = set.packs()?.iter().map(|it| it.iter().map(FileText::to_check).collect()).collect();
    let tests = set.tests()?;
    let mut problems = problems_of(&packs, &tests);
    let tested: BTreeSet<&str> = tests.iter().filter_map(without_ending).collect();
    let checked = if set.folders.is_empty() { packs.as_slice() } else { packs.get(1..).unwrap_or_default() };
    let checked: Vec<&FileText> = checked.iter().flatten().collect();
    let bare = |it: &FileText| it.name().trim_end_matches(".yaml").trim_end_matches(".yml").to_owned();
    for rule in checked.iter().filter(|it| !tested.contains(bare(it).as_str())) {
        let help = format!("write {}.test.yaml", bare(rule));
        problems.push(rule.whole("the rule has no test file beside it", Some(help)).found_by(Check::TestMissing));
    }
    problems.extend(printed::misnamed(&checked));
    let mut proof = None;
    if let Some(code) = &options.code {
        let (found, told) = against(code, &checked)?;
        problems.extend(found);
        proof = Some(told);
    }
    problems.sort_by(|left, right| (&left.file, left.line, left.column).cmp(&(&right.file, right.line, right.column)));
    let own: Vec<&FileText> = packs.iter().skip(1).flatten().collect();
    let replaced: BTreeSet<Option<&str>> = own.iter().map(|it| stem(it)).collect();
    let builtin = packs.iter().take(1).flatten().filter(|it| !replaced.contains(&stem(it))).count();
    let own = own.len();
    Ok(Checked { problems, own, builtin, proof })
}
