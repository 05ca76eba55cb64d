//! Under which conditions a fix takes effect once it is contained.
//!
//! A condition is three words, and several are joined by `and`: `starknet_version >= 0.14.3` is of the diverging block,
//! `layout == consolidated` of the deployment, and `node.behavior_mode == echonet` of the settings of the node that the bundle holds. What
//! the bundle does not show is unknown: a setting that is not stated can have any default.

use super::value::version;
use crate::evidence::sources::node_settings::is_node_setting;
use crate::facts::layout::Layout;

/// A condition for a fix to take effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FixCondition {
    /// The protocol version of the diverging block.
    Version(Operator, [u64; 4]),
    /// Compares the node's layout.
    Layout(Operator, Layout),
    /// A setting of the node: its name or the end of it, and its value.
    Setting(Operator, String, String),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
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

/// Reads all conditions of a text; none if one of them cannot be read.
#[must_use]
pub(crate) fn read(text: &str) -> Option<Vec<FixCondition>> {
    parts(text).map(read_one).collect()
}

/// How a condition is written, for those who wrote it otherwise.
pub(crate) const FORMS: &str = "write `starknet_version >= 0.14.3` (or >, <, <=, ==, !=), `layout == consolidated` (or hybrid, distributed), \
                         `node.behavior_mode == echonet` (a setting that is collected), or several with ` and ` between them";

pub(in crate::engine) fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(" and ").map(str::trim)
}

pub(in crate::engine) fn read_one(text: &str) -> Option<FixCondition> {
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
        "starknet_version" => Some(FixCondition::Version(operator, version(wanted)?)),
        "layout" if is_of_equality => Some(FixCondition::Layout(operator, Layout::named(wanted)?)),
        setting => {
            let name = setting.strip_prefix("node.").filter(|it| is_of_equality && is_node_setting(it))?;
            Some(FixCondition::Setting(operator, name.to_owned(), wanted.to_owned()))
        }
    }
}
