//! Whether a fix that is contained takes effect.

use std::cmp::Ordering;

use crate::engine::language::fix_condition::{FixCondition, Operator, parts, read_one};
use crate::engine::language::value::version;
use crate::evidence::{Bundle, Gathered};
use crate::facts::layout;
use crate::findings::Effectiveness;

/// Whether a fix with this condition takes effect; `starknet_version` is that of the diverging block.
#[must_use]
pub(super) fn effective(effective_when: Option<&str>, bundle: &Bundle, starknet_version: Option<&str>) -> Effectiveness {
    let Some(text) = effective_when else { return Effectiveness::Yes };
    let mut doubts = Vec::new();
    for part in parts(text) {
        let answer = match read_one(part) {
            None => Effectiveness::Unknown(format!("its condition `{part}` cannot be parsed")),
            Some(condition) => one(&condition, part, bundle, starknet_version),
        };
        match answer {
            Effectiveness::Yes => {}
            Effectiveness::Unknown(why) => doubts.push(why),
            // One that fails decides, whatever the others are.
            Effectiveness::No(why) => return Effectiveness::No(why),
        }
    }
    if doubts.is_empty() { Effectiveness::Yes } else { Effectiveness::Unknown(doubts.join(", and ")) }
}

fn one(condition: &FixCondition, text: &str, bundle: &Bundle, starknet_version: Option<&str>) -> Effectiveness {
    let decided =
        |is: bool, found: String| if is { Effectiveness::Yes } else { Effectiveness::No(format!("it needs {text}, and {found}")) };
    let unknown = |why: &str| Effectiveness::Unknown(format!("it needs {text}, and {why}"));
    match condition {
        FixCondition::Version(operator, wanted) => {
            let wants = match text.split_once(">=") {
                Some((_, version)) => format!("it acts from protocol {} on", version.trim()),
                None => format!("it needs {text}"),
            };
            let unknown = |why: &str| Effectiveness::Unknown(format!("{wants}, and {why}"));
            match (starknet_version, starknet_version.and_then(version)) {
                (None, _) => unknown("this block's protocol version was not seen"),
                (Some(found), None) => unknown(&format!("this block's protocol version is `{found}`")),
                (Some(_), Some(numbers)) if holds(*operator, numbers.cmp(wanted)) => Effectiveness::Yes,
                (Some(found), Some(_)) => Effectiveness::No(format!("{wants}; this block is {found}")),
            }
        }
        FixCondition::Layout(operator, wanted) => match layout::detect_layout(bundle) {
            Ok(found) => decided(holds(*operator, found.cmp(wanted)), format!("the node's layout is {}", found.name())),
            Err(why) => unknown(&format!("the layout is not known: {why}")),
        },
        FixCondition::Setting(operator, name, wanted) => {
            let settings = match &bundle.deployment.node_settings {
                Gathered::NotAsked => return unknown("the bundle holds no node settings"),
                settings => match settings.value() {
                    Some(value) => value,
                    None => return unknown(&format!("the node's configuration {}", settings.gap().unwrap_or_default())),
                },
            };
            let is_it = |it: &(&String, &String)| it.0 == name || it.0.ends_with(&format!(".{name}"));
            let found: Vec<(&String, &String)> = settings.iter().filter(is_it).collect();
            let passes = |it: &(&String, &String)| it.1.eq_ignore_ascii_case(wanted) == (*operator == Operator::Equal);
            let listed = || found.iter().map(|(name, value)| format!("{name} is {value}")).collect::<Vec<_>>().join(", ");
            match (found.iter().any(passes), found.iter().all(passes)) {
                _ if found.is_empty() => unknown("the node's configuration does not set it"),
                (true, false) => unknown(&format!("parts of the node differ: {}", listed())),
                (is, _) => decided(is, listed()),
            }
        }
    }
}

fn holds(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::AtLeast => order != Ordering::Less,
        Operator::MoreThan => order == Ordering::Greater,
        Operator::LessThan => order == Ordering::Less,
        Operator::AtMost => order != Ordering::Greater,
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
    }
}

#[cfg(test)]
mod tests;
