//! Under which conditions a fix takes effect once it is contained.
//!
//! A condition is three words, and several are joined by `and`: `starknet_version >= 0.14.3` is of the diverging block,
//! `layout == consolidated` of the deployment, and `node.behavior_mode == echonet` of the settings of the node that the bundle holds. What
//! the bundle does not show is unknown: a setting that is not stated can have any default.

use std::cmp::Ordering;

use super::value::version;
use crate::evidence::cluster::is_node_setting;
use crate::evidence::{Bundle, Gathered};
use crate::facts::layout::{self, Layout};
use crate::findings::Effectiveness;

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The protocol version of the diverging block.
    Version(Operator, [u64; 4]),
    /// How the node is deployed.
    Layout(Operator, Layout),
    /// A setting of the node: its name or the end of it, and its value.
    Setting(Operator, String, String),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `>=`
    AtLeast,
    /// `>`
    MoreThan,
    /// `<`
    LessThan,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

/// Whether a fix with this condition takes effect; `starknet_version` is that of the diverging block.
#[must_use]
pub fn effective(effective_when: Option<&str>, bundle: &Bundle, starknet_version: Option<&str>) -> Effectiveness {
    let Some(text) = effective_when else { return Effectiveness::Yes };
    let mut doubts = Vec::new();
    for part in parts(text) {
        let answer = match read_one(part) {
            None => Effectiveness::Unknown(format!("its condition `{part}` cannot be read")),
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

/// Reads all conditions of a text; none if one of them cannot be read.
#[must_use]
pub fn read(text: &str) -> Option<Vec<Condition>> {
    parts(text).map(read_one).collect()
}

/// How a condition is written, for those who wrote it otherwise.
pub const FORMS: &str = "write `starknet_version >= 0.14.3` (or >, <, <=, ==, !=), `layout == consolidated` (or hybrid, distributed), \
                         `node.behavior_mode == echonet` (a setting that is collected), or several with ` and ` between them";

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(" and ").map(str::trim)
}

fn read_one(text: &str) -> Option<Condition> {
    let mut words = text.split_whitespace();
    let (subject, operator, wanted) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let operator = match operator {
        ">=" => Operator::AtLeast,
        ">" => Operator::MoreThan,
        "<" => Operator::LessThan,
        "<=" => Operator::AtMost,
        "==" => Operator::Equal,
        "!=" => Operator::NotEqual,
        _ => return None,
    };
    let is_of_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    match subject {
        "starknet_version" => Some(Condition::Version(operator, version(wanted)?)),
        "layout" if is_of_equality => Some(Condition::Layout(operator, Layout::named(wanted)?)),
        setting => {
            let name = setting.strip_prefix("node.").filter(|it| is_of_equality && is_node_setting(it))?;
            Some(Condition::Setting(operator, name.to_owned(), wanted.to_owned()))
        }
    }
}

fn one(condition: &Condition, text: &str, bundle: &Bundle, starknet_version: Option<&str>) -> Effectiveness {
    let decided =
        |is: bool, found: String| if is { Effectiveness::Yes } else { Effectiveness::No(format!("it needs {text}, and {found}")) };
    let unknown = |why: &str| Effectiveness::Unknown(format!("it needs {text}, and {why}"));
    match condition {
        Condition::Version(operator, wanted) => match (starknet_version, starknet_version.and_then(version)) {
            (None, _) => unknown("the block's version was not seen"),
            (Some(found), None) => unknown(&format!("the block's version is `{found}`")),
            (Some(found), Some(numbers)) => decided(holds(*operator, numbers.cmp(wanted)), format!("the block's version is {found}")),
        },
        Condition::Layout(operator, wanted) => match layout::of(bundle) {
            Ok(found) => decided(holds(*operator, found.cmp(wanted)), format!("the node is deployed {}", found.name())),
            Err(why) => unknown(&format!("the layout is not known: {why}")),
        },
        Condition::Setting(operator, name, wanted) => {
            let settings = match &bundle.deployment.node_settings {
                Gathered::NotAsked => return unknown("the bundle holds no settings of the node"),
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
                _ if found.is_empty() => unknown("the node's configuration does not state it"),
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
