//! What is wrong with the changes that a rule names.

use super::fix_condition;
use super::problem::{FileText, Problem};
use super::rule::RuleFile;
use crate::findings::{BringingChange, ChangeForm, FixReference};

/// What is wrong with the changes that a rule names.
pub(super) fn problems(text: &FileText, file: &RuleFile) -> Vec<Problem> {
    let mut problems = Vec::new();
    let brought: Vec<FixReference> = file.brought_by.iter().map(BringingChange::sought).collect();
    for change in file.fix.iter().chain(&brought) {
        if change.any_of.iter().chain(&change.all_of).any(ChangeForm::is_empty) {
            let help = Some("give its `prs`, `commits` or `patch_ids`".to_owned());
            problems.push(text.whole(format!("a form or a part of {} names nothing to look for", change.name()), help));
        }
        if change.all_of.len() == 1 {
            let help = Some("one part is the whole: write it without `all_of`".to_owned());
            problems.push(text.whole(format!("`all_of` of {} has only one part", change.name()), help));
        }
    }
    for change in file.fix.iter().chain(&brought) {
        let forms = change.any_of.iter().chain(&change.all_of);
        let hashes = change.commits.iter().chain(&change.patch_ids).chain(forms.flat_map(|it| it.commits.iter().chain(&it.patch_ids)));
        for hash in hashes.filter(|it| !is_whole(it)) {
            let help = format!("write all 40 digits; `git rev-parse {hash}` gives those of a commit");
            problems.push(text.at_words(
                hash,
                format!("`{hash}` is not a whole hash, and a short one can name another commit"),
                Some(help),
            ));
        }
    }
    for fix in &file.fix {
        if let Some(probe) = fix.probe.as_ref().filter(|it| it.present.is_none() && it.absent.is_none()) {
            let help = Some("give the text of a line under `present`, under `absent`, or both".to_owned());
            problems.push(text.whole(format!("the probe of {} looks for nothing", probe.path), help));
        }
        if let Some(condition) = &fix.effective_when
            && fix_condition::read(condition).is_none()
        {
            let help = Some(fix_condition::FORMS.to_owned());
            problems.push(text.whole(format!("`effective_when: {condition}` cannot be read"), help));
        }
    }
    problems
}

/// Whether a hash of git is written with all of its digits.
fn is_whole(hash: &str) -> bool {
    hash.len() == 40 && hash.chars().all(|it| it.is_ascii_hexdigit())
}
