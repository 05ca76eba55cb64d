//! Whether a rule may take the place of another: only if it says so, because what was known before is no longer looked for then.

use std::collections::BTreeMap;

use super::check::Check;
use super::compiled::Rule;
use super::path::suggestion;
use super::problem::{FileText, Problem};
use super::rule::RuleFile;

/// What is wrong with how a rule stands to those of earlier packs.
pub(super) fn problems(text: &FileText, file: &RuleFile, earlier: &BTreeMap<String, Rule>) -> Vec<Problem> {
    let of_id = |id: &str| earlier.values().map(|it| &it.file).find(|it| it.id.value == id);
    let mut problems = Vec::new();
    let mut replaced = None;
    if let Some(named) = &file.replaces {
        match of_id(&named.value) {
            Some(it) if it.slug.value == file.slug.value => replaced = Some(it.id.value.as_str()),
            Some(it) => {
                let message = format!("`{}` is the rule `{}`, and this one has another slug", named.value, it.slug.value);
                let help = format!("name this rule and its file `{}` too: other rules refer to it by that", it.slug.value);
                problems.push(text.at(named, message, Some(help)));
                replaced = Some(it.id.value.as_str());
            }
            None => {
                let known: Vec<String> = earlier.values().map(|it| it.file.id.value.clone()).collect();
                let help = suggestion(&named.value, &known).filter(|it| it.starts_with("did you mean"));
                let help = help.unwrap_or_else(|| "`whysync rules list` shows the ids; take `replaces` out of a new rule".to_owned());
                problems.push(text.at(named, format!("there is no rule `{}` to replace", named.value), Some(help)));
            }
        }
    }
    let of_slug = earlier.get(&file.slug.value).map(|it| &it.file);
    for (place, word, other) in [(&file.id, "id", of_id(&file.id.value)), (&file.slug, "slug", of_slug)] {
        let Some(other) = other.filter(|it| replaced != Some(it.id.value.as_str())) else { continue };
        let message = format!("the rule `{}` ({}) has this {word} already", other.slug.value, other.id.value);
        let help = format!("give another {word}; or write `replaces: {}` to use this rule in its place", other.id.value);
        problems.push(text.at(place, message, Some(help)));
        // Both say the same of one rule.
        if of_slug.is_some_and(|it| it.id.value == file.id.value) {
            break;
        }
    }
    problems.into_iter().map(|it| it.found_by(Check::Duplicate)).collect()
}
