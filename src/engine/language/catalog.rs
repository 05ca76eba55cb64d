//! The rules: all of them are read and checked before any of them runs.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::check::Check;
use super::compile::compile;
use super::compiled::Rule;
use super::log_hits::Patterns;
use super::problem::{FileText, Problem};
use super::relations;
use super::replacement;
use super::script::Interpreter;

/// Rules that have been checked, in the order of their slugs.
pub struct Catalog {
    /// The rules, by slug.
    pub rules: BTreeMap<String, Rule>,
    /// The rules' log patterns.
    pub patterns: Patterns,
    /// Runs their expressions.
    pub interpreter: Interpreter,
}

/// The rules that come with this build: name and body of each file, in the order of names.
#[must_use]
pub fn builtin() -> Vec<FileText> {
    BUILTIN.iter().filter(|(name, _)| !name.ends_with(".test.yaml")).map(|(name, body)| FileText::new(*name, *body)).collect()
}

/// The tests of the rules that come with this build.
#[must_use]
pub fn builtin_tests() -> Vec<FileText> {
    BUILTIN.iter().filter(|(name, _)| name.ends_with(".test.yaml")).map(|(name, body)| FileText::new(*name, *body)).collect()
}

include!(concat!(env!("OUT_DIR"), "/builtin_rules.rs"));

/// What tells rules from others, as `sha256:` and 64 digits: the SHA-256 of the lines that `sha256sum` prints for their files, in order of
/// names.
#[must_use]
pub fn digest(rules: &[FileText]) -> String {
    let hex = |it: &[u8]| it.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let line = |it: &FileText| format!("{}  {}\n", hex(&Sha256::digest(it.body())), it.name());
    let mut lines: Vec<(&str, String)> = rules.iter().map(|it| (it.name(), line(it))).collect();
    lines.sort();
    let list: String = lines.into_iter().map(|(_, line)| line).collect();
    format!("sha256:{}", hex(&Sha256::digest(list)))
}

impl Catalog {
    /// Checks rules. A later file takes the place of an earlier one by saying so under `replaces`, so that a folder of one's own can correct
    /// the pack; `packs` are in that order. Apart from that, ids and slugs are unique.
    ///
    /// # Errors
    /// Everything that is wrong with any of them. Never empty.
    pub fn new(packs: &[Vec<FileText>]) -> Result<Self, Vec<Problem>> {
        let interpreter = Interpreter::default();
        let mut problems = Vec::new();
        let mut rules: BTreeMap<String, Rule> = BTreeMap::new();
        for pack in packs {
            let mut of_pack: BTreeMap<String, Rule> = BTreeMap::new();
            for text in pack {
                match compile(text, &interpreter) {
                    Ok(rule) => {
                        let twin = of_pack
                            .values()
                            .find(|it| it.file.id.value == rule.file.id.value || it.file.slug.value == rule.file.slug.value);
                        if let Some(twin) = twin {
                            let message = format!("rule `{}` already has this id or slug", twin.file.slug.value);
                            let help = Some("ids and slugs are unique and never used again".to_owned());
                            problems.push(text.at(&rule.file.id, message, help).found_by(Check::Duplicate));
                        }
                        of_pack.insert(rule.file.slug.value.clone(), rule);
                    }
                    Err(found) => problems.extend(found),
                }
            }
            let by_slug = |slug: &str| pack.iter().find(|it| stem(it) == Some(slug));
            for (slug, rule) in of_pack {
                problems.extend(by_slug(&slug).into_iter().flat_map(|it| replacement::problems(it, &rule.file, &rules)));
                rules.insert(slug, rule);
            }
        }
        if problems.is_empty() {
            let file_of = |slug: &str| {
                packs.iter().enumerate().rev().find_map(|(at, pack)| Some((at, pack.iter().find(|it| stem(it) == Some(slug))?)))
            };
            let mistakes: Vec<_> = relations::problems(&rules).into_iter().filter_map(|it| Some((file_of(it.slug)?, it))).collect();
            // What an author wrote last made the circle that runs through other rules too.
            let latest = mistakes.iter().map(|((pack, _), _)| *pack).max();
            for ((_, text), mistake) in mistakes.into_iter().filter(|((pack, _), _)| Some(*pack) == latest) {
                problems.push(text.at(mistake.place, mistake.message, mistake.help).found_by(Check::Head));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let patterns = Patterns::new(rules.values())
            .map_err(|err| vec![FileText::new("all rules", "").whole(format!("the log patterns together are too large: {err}"), None)])?;
        Ok(Self { rules, patterns, interpreter })
    }
}

/// The slug that the name of a rule's file holds.
#[must_use]
pub fn stem(rule: &FileText) -> Option<&str> {
    let name = rule.name().rsplit(['/', '\\']).next()?;
    name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::TriggerKind;

    #[test]
    fn the_rules_of_this_build_are_without_fault() {
        if let Err(problems) = Catalog::new(&[builtin()]) {
            let shown: Vec<String> = problems.iter().map(|it| format!("{it} ({})", it.way_out().unwrap_or("no way out"))).collect();
            panic!("{}", shown.join("\n"));
        }
    }

    #[test]
    fn a_rule_about_a_block_applies_to_every_trigger_that_hides_the_hash_mismatch_of_the_same_block() {
        let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
        let hiding = [TriggerKind::GatewayError, TriggerKind::EchonetOnlyRevert, TriggerKind::StillPending];
        for (slug, rule) in &catalog.rules {
            let listed = &rule.file.applies_to.trigger;
            let left_out: Vec<_> = hiding.iter().filter(|it| !listed.contains(it)).collect();
            assert!(!listed.contains(&TriggerKind::BlockHashMismatch) || left_out.is_empty(), "{slug} does not apply to {left_out:?}");
        }
    }
}
