//! Values that rules compare, with types that do not mix.

use std::cmp::Ordering;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use crate::evidence::block::version;
use crate::evidence::{Felt, Timestamp};

/// A value in a rule or in the case document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text; text of the form `0x...` is a field element, of the form `1.2.3` a version, of the form `2026-01-02T03:04:05Z` a time.
    Text(String),
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(it) => write!(f, "{it}"),
            Self::Integer(it) => write!(f, "{it}"),
            Self::Text(it) => write!(f, "{it}"),
        }
    }
}

/// A comparison that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlike {
    /// The two values have different types.
    #[error("{left} ({left_type}) and {right} ({right_type}) have different types and cannot be compared")]
    Types {
        /// Value before the operator.
        left: String,
        /// Type of the left value.
        left_type: &'static str,
        /// Value behind the operator.
        right: String,
        /// Type of the right value.
        right_type: &'static str,
    },
    /// Both are texts that have no order.
    #[error("{0} and {1} are texts: they have no order")]
    NoOrder(String, String),
    /// The value is a list or an object.
    #[error("a list or an object cannot be compared")]
    NotScalar,
}

impl Scalar {
    /// Reads a JSON value; null reads as nothing.
    ///
    /// # Errors
    /// When the value is a list, an object, or a number that is not whole.
    pub(crate) fn from_json(value: &Value) -> Result<Option<Self>, Unlike> {
        match value {
            Value::Null => Ok(None),
            Value::Bool(it) => Ok(Some(Self::Bool(*it))),
            Value::Number(it) => it.as_i64().map(|it| Some(Self::Integer(it))).ok_or(Unlike::NotScalar),
            Value::String(it) => Ok(Some(Self::Text(it.clone()))),
            Value::Array(_) | Value::Object(_) => Err(Unlike::NotScalar),
        }
    }

    fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Text(it) if felt(it).is_some() => "field element",
            Self::Text(it) if version(it).is_some() => "version",
            Self::Text(it) if time(it).is_some() => "time",
            Self::Text(_) => "text",
        }
    }

    fn unlike(&self, other: &Self) -> Unlike {
        Unlike::Types { left: self.to_string(), left_type: self.type_name(), right: other.to_string(), right_type: other.type_name() }
    }

    /// Whether two values are the same. Field elements compare as numbers, times as moments, versions part by part; a decimal capture
    /// compares with an integer as a number.
    ///
    /// # Errors
    /// When the types differ.
    pub(crate) fn same(&self, other: &Self) -> Result<bool, Unlike> {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Ok(left == right),
            (Self::Integer(left), Self::Integer(right)) => Ok(left == right),
            // Most field elements are written as evidence writes them, and then their texts decide.
            (Self::Text(left), Self::Text(right)) if left == right || (is_shortest(left) && is_shortest(right)) => Ok(left == right),
            (Self::Text(left), Self::Text(right)) => Ok(typed_order(left, right).map_or(left == right, Ordering::is_eq)),
            (Self::Integer(number), Self::Text(text)) | (Self::Text(text), Self::Integer(number)) => {
                text.parse::<i64>().map(|it| it == *number).map_err(|_| self.unlike(other))
            }
            (Self::Bool(_), _) | (_, Self::Bool(_)) => Err(self.unlike(other)),
        }
    }

    /// How two values are ordered: integers, field elements as numbers, versions part by part, times.
    ///
    /// # Errors
    /// When the types differ or have no order.
    pub(crate) fn order(&self, other: &Self) -> Result<Ordering, Unlike> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Ok(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => {
                let no_order = || match self.type_name() == other.type_name() {
                    true => Unlike::NoOrder(left.clone(), right.clone()),
                    false => self.unlike(other),
                };
                typed_order(left, right).ok_or_else(no_order)
            }
            (Self::Integer(number), Self::Text(text)) => text.parse::<i64>().map(|it| number.cmp(&it)).map_err(|_| self.unlike(other)),
            (Self::Text(text), Self::Integer(number)) => text.parse::<i64>().map(|it| it.cmp(number)).map_err(|_| self.unlike(other)),
            (Self::Bool(_), _) | (_, Self::Bool(_)) => Err(self.unlike(other)),
        }
    }
}

/// Whether a text is a field element in its one shortest form. Of those with 63 digits only the ones below 2^251 count:
/// beyond them the field ends.
fn is_shortest(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("0x") else { return false };
    let is_within = digits.len() < 63 || (digits.len() == 63 && digits.starts_with(|it| it <= '7'));
    let is_bare = !digits.is_empty() && (!digits.starts_with('0') || digits == "0");
    is_within && is_bare && digits.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

fn felt(text: &str) -> Option<Felt> {
    if text.starts_with("0x") || text.starts_with("0X") { text.parse().ok() } else { None }
}

/// The order of two texts of one type that has one.
fn typed_order(left: &str, right: &str) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (felt(left), felt(right)) {
        Some(left.cmp(&right))
    } else if let (Some(left), Some(right)) = (version(left), version(right)) {
        Some(left.cmp(&right))
    } else {
        Some(time(left)?.cmp(&time(right)?))
    }
}

fn time(text: &str) -> Option<Timestamp> {
    if text.as_bytes().get(10) == Some(&b'T') { text.parse().ok() } else { None }
}

/// The word that a value has in documents.
pub(in crate::engine) fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(it: &str) -> Scalar {
        Scalar::Text(it.to_owned())
    }

    #[test]
    fn field_elements_compare_as_numbers_and_versions_part_by_part() {
        assert_eq!(text("0x0A").same(&text("0xa")), Ok(true));
        assert_eq!(text("0Xa").same(&text("0xa")), Ok(true));
        assert_eq!(text("0x0").same(&text("0x00")), Ok(true));
        assert_eq!(text("0xa").same(&text("0xb")), Ok(false));
        assert_eq!(text("a").same(&text("0xa")), Ok(false));
        assert_eq!(text("0.13.10").order(&text("0.14.0")), Ok(Ordering::Less));
        assert_eq!(text("0.14").order(&text("0.14.0")), Ok(Ordering::Equal));
        assert_eq!(text("7").same(&Scalar::Integer(7)), Ok(true));
        assert_eq!(text("0.14.0").same(&text("0.14")), Ok(true));
        assert_eq!(text("2026-01-02T03:04:05Z").order(&text("2026-01-02T03:04:05.1+00:00")), Ok(Ordering::Less));
        assert_eq!(text("2026-01-02T04:04:05+01:00").same(&text("2026-01-02T03:04:05Z")), Ok(true));
    }

    #[test]
    fn unlike_types_are_an_error_and_not_unequal() {
        for (left, right) in
            [(Scalar::Bool(true), Scalar::Integer(1)), (text("abc"), Scalar::Integer(1)), (Scalar::Bool(false), text("false"))]
        {
            let err = left.same(&right).expect_err("unlike");
            assert!(err.to_string().contains("different types"), "{err}");
        }
        assert!(text("abc").order(&text("abd")).is_err());
        let err = text("0x5").order(&text("2026-01-02T03:04:05Z")).expect_err("unlike");
        assert!(err.to_string().contains("(field element)") && err.to_string().contains("(time)"), "{err}");
    }
}
