//! Tests of single values.

use serde_json::Value;

use crate::engine::language::compiled::Predicate;
use crate::engine::language::value::{Scalar, Unlike};

/// Whether a test holds of a value; `others` is what it compares with, where that is not written in the rule.
pub(super) fn holds(predicate: &Predicate, value: &Value, others: &[Scalar]) -> Result<bool, Unlike> {
    if let Predicate::Exists(wanted) = predicate {
        return Ok(value.is_null() != *wanted);
    }
    let Some(value) = Scalar::from_json(value)? else { return Ok(false) };
    match predicate {
        Predicate::OneOf(wanted) => any_same(&value, wanted),
        Predicate::NoneOf(unwanted) => any_same(&value, unwanted).map(|it| !it),
        Predicate::SameAs(_) => any_same(&value, others),
        Predicate::DiffersFrom(_) => Ok(!others.is_empty() && !any_same(&value, others)?),
        Predicate::LessThan(bound) => value.order(bound).map(std::cmp::Ordering::is_lt),
        Predicate::AtLeast(bound) => value.order(bound).map(std::cmp::Ordering::is_ge),
        Predicate::Matches(pattern) => Ok(matches!(&value, Scalar::Text(text) if pattern.regex().is_some_and(|it| it.is_match(text)))),
        Predicate::Exists(_) => Ok(true),
    }
}

/// Whether a value is the same as one of others.
pub(super) fn any_same(value: &Scalar, others: &[Scalar]) -> Result<bool, Unlike> {
    for other in others {
        if value.same(other)? {
            return Ok(true);
        }
    }
    Ok(false)
}
