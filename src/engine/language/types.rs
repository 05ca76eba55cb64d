//! Of which type the values are that a rule looks at, as far as the schema of the case document says, and what does not go with it.

use serde_json::Value;

use super::compiled::Predicate;
use super::path::{suggestion, words};
use super::value::Scalar;

/// Of which type a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// One of these words.
    Words(Vec<String>),
    /// Any text: also a field element, a version, a time or a decimal number.
    Text,
    /// A list, or fields with their values.
    Composite,
}

impl Type {
    /// The type of what a schema describes; none where it can be several.
    pub(super) fn from_schema(schema: &Value) -> Option<Self> {
        if let Some(words) = words(schema) {
            return Some(Self::Words(words));
        }
        let named: Vec<&str> = match schema.get("type")? {
            Value::String(it) => vec![it],
            Value::Array(all) => all.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect(),
            _ => return None,
        };
        match named.as_slice() {
            ["boolean"] => Some(Self::Boolean),
            ["integer"] => Some(Self::Integer),
            ["string"] => Some(Self::Text),
            ["array" | "object"] => Some(Self::Composite),
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "true or false",
            Self::Integer => "a whole number",
            Self::Words(_) | Self::Text => "a text",
            Self::Composite => "no single value",
        }
    }

    /// Values of this type that take an expression through what it can come to.
    pub(super) fn samples(&self) -> Vec<Scalar> {
        match self {
            Self::Boolean => vec![Scalar::Bool(true), Scalar::Bool(false)],
            Self::Integer => [0, 1, 7].map(Scalar::Integer).to_vec(),
            Self::Words(words) => words.iter().cloned().map(Scalar::Text).collect(),
            Self::Text | Self::Composite => ["", "0x1", "0.14.1", "2026-01-02T03:04:05Z"].map(|it| Scalar::Text(it.to_owned())).to_vec(),
        }
    }
}

/// What is wrong with a test of a value of a type, with the way out.
pub(super) fn unlike(of: &Type, test: &Predicate) -> Option<(String, Option<String>)> {
    if *of == Type::Composite && !matches!(test, Predicate::Exists(_)) {
        let help = "test one value of it, or whether it is there (`exists: true`)";
        return Some(("this is a list, or has fields of its own: it cannot be compared".to_owned(), Some(help.to_owned())));
    }
    match test {
        Predicate::OneOf(all) | Predicate::NoneOf(all) => all.iter().find_map(|it| unlike_value(of, it)),
        Predicate::LessThan(it) | Predicate::AtLeast(it) => unlike_value(of, it).or_else(|| unordered(of, it)),
        Predicate::Matches(_) if matches!(of, Type::Boolean | Type::Integer) => {
            Some((format!("the value is {}, which no pattern is held against", of.name()), Some("use `equals`".to_owned())))
        }
        _ => None,
    }
}

fn unlike_value(of: &Type, value: &Scalar) -> Option<(String, Option<String>)> {
    let wrong = |offer: &str| Some((format!("`{value}` is compared with {}", of.name()), Some(offer.to_owned())));
    match (of, value) {
        (Type::Words(words), Scalar::Text(word)) if !words.contains(word) => {
            Some((format!("the value is never `{word}`"), suggestion(word, words)))
        }
        (Type::Words(words), Scalar::Bool(_) | Scalar::Integer(_)) => {
            Some((format!("`{value}` is compared with a text"), suggestion(&value.to_string(), words)))
        }
        (Type::Boolean, Scalar::Text(_) | Scalar::Integer(_)) => wrong("write `true` or `false`"),
        (Type::Integer, Scalar::Bool(_)) => wrong("write a number"),
        (Type::Integer, Scalar::Text(text)) if text.parse::<i64>().is_err() => wrong("write a number"),
        (Type::Text, Scalar::Bool(_)) => wrong("put it in quotes if the text is meant"),
        _ => None,
    }
}

/// Texts that are no numbers, versions or times have no order.
fn unordered(of: &Type, value: &Scalar) -> Option<(String, Option<String>)> {
    let is_ordered = |it: &Scalar| it.order(it).is_ok();
    let is_word = matches!(of, Type::Words(_)) || !is_ordered(value);
    let help = "numbers, field elements, versions and times have one".to_owned();
    is_word.then(|| (format!("`{value}` is compared by order, which texts do not have"), Some(help)))
}
