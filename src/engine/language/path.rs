//! Paths into the case document: RFC 9535 JSONPath, checked against the document's schema before it runs.

use std::collections::BTreeSet;
use std::ops::{BitAnd, BitOr};
use std::sync::LazyLock;

use jsonpath_rust::parser::model::{
    Comparable, Comparison, Filter, FilterAtom, FnArg, JpQuery, Literal, Segment, Selector, SingularQuery, SingularQuerySegment,
    Test as FilterTest, TestFunction,
};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::Value;

use crate::facts::CaseDocument;
use crate::findings::Ternary;

/// A path that can exist in a case document.
#[derive(Debug, Clone)]
pub struct Path {
    text: String,
    query: JpQuery,
}

/// A path that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct PathError {
    /// What is wrong, as a fragment.
    pub message: String,
    /// What the author can do about it.
    pub help: Option<String>,
}

impl PathError {
    fn new(message: impl Into<String>, help: Option<String>) -> Self {
        Self { message: message.into(), help }
    }
}

pub(in crate::engine) static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(CaseDocument).to_value());

impl Path {
    /// Reads a path and checks that a case document can hold what it names.
    ///
    /// # Errors
    /// When it is not a valid JSONPath, names something that no document can hold, compares with a value that the field cannot have, or has a shape
    /// that the evaluator is known to get wrong (a filter within a filter).
    pub(crate) fn compile(text: &str) -> Result<Self, PathError> {
        let path = Self::read(text)?;
        segments(&path.query.segments, &SCHEMA, Within::Path)?;
        Ok(path)
    }

    /// Reads a path without asking whether a case document can hold what it names: those of this build are known to.
    ///
    /// # Errors
    /// When it is not a valid JSONPath.
    pub(super) fn read(text: &str) -> Result<Self, PathError> {
        let query = parse_json_path(text).map_err(|err| {
            // The parser's own words are about its grammar; its place is of use.
            let column =
                err.to_string().split_once("--> 1:").and_then(|(_, it)| it.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok());
            let from = column
                .and_then(|it: usize| text.char_indices().nth(it.saturating_sub(1)))
                .map(|(at, _)| text.get(at..).unwrap_or_default());
            let place = match from {
                Some("") => ": it ends too early".to_owned(),
                Some(rest) if rest != text => format!(": it cannot be read from `{rest}` on"),
                _ => String::new(),
            };
            PathError::new(
                format!("`{text}` is not a valid JSONPath{place}"),
                Some("paths start with `$`, such as `$.ledger[?@.kind == 'tx_missing']`".to_owned()),
            )
        })?;
        Ok(Self { text: text.to_owned(), query })
    }

    /// The values that the path selects, in document order.
    #[must_use]
    pub(crate) fn select<'d>(&self, document: &'d Value) -> Vec<&'d Value> {
        js_path_process(&self.query, document).map(|found| found.into_iter().map(|it| it.val).collect()).unwrap_or_default()
    }

    /// The path as it was written.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The first name of the path: which part of the document it looks at.
    #[must_use]
    pub(crate) fn root(&self) -> &str {
        match self.query.segments.first() {
            Some(Segment::Selector(Selector::Name(name))) => bare(name),
            _ => "",
        }
    }

    /// Values that a field can have in an element that the path's last filter passes; none if the filter says nothing of it.
    #[must_use]
    pub(crate) fn allowed(&self, field: &str) -> Option<BTreeSet<String>> {
        allowed(self.last_filter()?, field)
    }

    /// Whether an element whose fields have these values can pass the path's last filter, whatever its other fields hold.
    #[must_use]
    pub(crate) fn may_select(&self, known: &[(&str, &str)]) -> bool {
        self.last_filter().is_none_or(|it| passes(it, known) != Ternary::False)
    }

    fn last_filter(&self) -> Option<&Filter> {
        self.query.segments.iter().rev().find_map(|it| match it {
            Segment::Selector(Selector::Filter(one)) => Some(one),
            _ => None,
        })
    }

    /// The schema of one selected element.
    #[must_use]
    pub(super) fn element(&self) -> Option<&'static Value> {
        segments(&self.query.segments, &SCHEMA, Within::Path).ok()
    }

    /// The schema of a field of one selected element.
    #[must_use]
    pub(super) fn field(&self, name: &str) -> Option<&'static Value> {
        property(self.element()?, name).ok()
    }

    /// Names that one selected element can have as a field; empty if it is no object.
    #[must_use]
    pub(crate) fn element_fields(&self) -> Vec<String> {
        segments(&self.query.segments, &SCHEMA, Within::Path).map(property_names).unwrap_or_default()
    }
}

/// Field names of a ledger item.
#[must_use]
pub(crate) fn ledger_fields() -> Vec<String> {
    Path::compile("$.ledger[*]").map(|it| it.element_fields()).unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Path,
    Filter,
}

/// Resolves segments against a schema and returns the schema of the selected values.
fn segments<'s>(path: &[Segment], start: &'s Value, within: Within) -> Result<&'s Value, PathError> {
    let mut schema = resolve(start);
    for segment in path {
        schema = match segment {
            Segment::Descendant(_) => {
                return Err(PathError::new(
                    "`..` looks everywhere and cannot be checked",
                    Some("name the way from `$` down, as `whysync schema paths` lists it".to_owned()),
                ));
            }
            Segment::Selector(one) => selector(one, schema, within)?,
            Segment::Selectors(many) => {
                let mut last = schema;
                for one in many {
                    last = selector(one, schema, within)?;
                }
                last
            }
        };
    }
    Ok(schema)
}

fn selector<'s>(selector: &Selector, schema: &'s Value, within: Within) -> Result<&'s Value, PathError> {
    match selector {
        Selector::Name(name) => property(schema, bare(name)),
        Selector::Index(_) | Selector::Slice(..) => items(schema),
        Selector::Wildcard => items(schema).or_else(|_| {
            schema
                .get("additionalProperties")
                .filter(|it| it.is_object())
                .map(resolve)
                .ok_or_else(|| PathError::new("`*` selects nothing here", None))
        }),
        Selector::Filter(_) if within == Within::Filter => Err(PathError::new(
            "a filter within a filter silently selects nothing in this evaluator",
            Some("bind the inner selection with `let` and use `each` with `where`".to_owned()),
        )),
        Selector::Filter(one) => {
            let element = items(schema)?;
            filter(one, element)?;
            Ok(element)
        }
    }
}

fn filter(one: &Filter, element: &Value) -> Result<(), PathError> {
    match one {
        Filter::Or(many) | Filter::And(many) => many.iter().try_for_each(|it| filter(it, element)),
        Filter::Atom(FilterAtom::Filter { expr, .. }) => filter(expr, element),
        Filter::Atom(FilterAtom::Test { expr, .. }) => filter_test(expr, element),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let (left, right) = comparison.vals();
            let left_schema = comparable(left, element)?;
            let right_schema = comparable(right, element)?;
            if matches!(**comparison, Comparison::Eq(..) | Comparison::Ne(..)) {
                possible(left_schema, right)?;
                possible(right_schema, left)?;
            }
            Ok(())
        }
    }
}

/// Values that a filter leaves to a field.
fn allowed(one: &Filter, field: &str) -> Option<BTreeSet<String>> {
    match one {
        Filter::And(all) => all.iter().filter_map(|it| allowed(it, field)).reduce(|left, right| &left & &right),
        Filter::Or(any) => {
            let sets: Option<Vec<BTreeSet<String>>> = any.iter().map(|it| allowed(it, field)).collect();
            Some(sets?.into_iter().flatten().collect())
        }
        Filter::Atom(FilterAtom::Filter { expr, not: false }) => allowed(expr, field),
        Filter::Atom(FilterAtom::Comparison(comparison)) => {
            let Comparison::Eq(left, right) = &**comparison else { return None };
            let (name, value) = field_and_literal(left, right)?;
            (name == field).then(|| [value].into())
        }
        Filter::Atom(FilterAtom::Filter { .. } | FilterAtom::Test { .. }) => None,
    }
}

/// Whether a filter passes an element of which only some fields are known.
fn passes(one: &Filter, known: &[(&str, &str)]) -> Ternary {
    let of_field = |left, right| {
        let known_value = |name| known.iter().find(|(field, _)| *field == name).map(|(_, it)| *it);
        let holds = field_and_literal(left, right).and_then(|(name, value)| known_value(name).map(|it| it == value));
        holds.map_or(Ternary::Unknown, Ternary::from)
    };
    match one {
        Filter::And(all) => all.iter().map(|it| passes(it, known)).fold(Ternary::True, BitAnd::bitand),
        Filter::Or(any) => any.iter().map(|it| passes(it, known)).fold(Ternary::False, BitOr::bitor),
        Filter::Atom(FilterAtom::Filter { expr, not: false }) => passes(expr, known),
        Filter::Atom(FilterAtom::Filter { expr, not: true }) => !passes(expr, known),
        Filter::Atom(FilterAtom::Comparison(comparison)) => match &**comparison {
            Comparison::Eq(left, right) => of_field(left, right),
            Comparison::Ne(left, right) => !of_field(left, right),
            _ => Ternary::Unknown,
        },
        Filter::Atom(FilterAtom::Test { .. }) => Ternary::Unknown,
    }
}

/// The field of the element that a comparison looks at, and the text or number that it is compared with, if it is such a comparison.
fn field_and_literal<'c>(left: &'c Comparable, right: &'c Comparable) -> Option<(&'c str, String)> {
    let field = |it: &'c Comparable| match it {
        Comparable::SingularQuery(SingularQuery::Current(path)) => match path.as_slice() {
            [SingularQuerySegment::Name(name)] => Some(bare(name)),
            _ => None,
        },
        _ => None,
    };
    let (name, other) = field(left).map(|it| (it, right)).or_else(|| Some((field(right)?, left)))?;
    match other {
        Comparable::Literal(Literal::String(word)) => Some((name, bare(word).to_owned())),
        Comparable::Literal(Literal::Int(number)) => Some((name, number.to_string())),
        _ => None,
    }
}

/// A name or word without its quotation marks.
fn bare(text: &str) -> &str {
    text.trim_matches(|it| it == '\'' || it == '"')
}

fn filter_test(test: &FilterTest, element: &Value) -> Result<(), PathError> {
    match test {
        FilterTest::RelQuery(path) => segments(path, element, Within::Filter).map(|_| ()),
        FilterTest::AbsQuery(query) => segments(&query.segments, &SCHEMA, Within::Filter).map(|_| ()),
        FilterTest::Function(one) => function(one, element),
    }
}

/// Functions that a filter may call: how each is written, and what it gives. RFC 9535 has them.
pub(crate) const FUNCTIONS: [(&str, &str); 5] = [
    ("length(@.field)", "how long a text or a list is"),
    ("count(@.field[*])", "how many values a path selects"),
    ("value(@.field)", "the value that a path selects, if it is one"),
    ("match(@.field, 'pattern')", "whether all of a text matches a regular expression"),
    ("search(@.field, 'pattern')", "whether a part of a text matches a regular expression"),
];

fn function(one: &TestFunction, element: &Value) -> Result<(), PathError> {
    let arguments: Vec<&FnArg> = match one {
        TestFunction::Custom(name, _) => {
            return Err(PathError::new(
                format!("there is no function `{name}`"),
                Some("RFC 9535 has length, count, value, match and search".to_owned()),
            ));
        }
        TestFunction::Length(it) => vec![it],
        TestFunction::Value(it) | TestFunction::Count(it) => vec![it],
        TestFunction::Search(left, right) | TestFunction::Match(left, right) => vec![left, right],
    };
    arguments.into_iter().try_for_each(|argument| match argument {
        FnArg::Literal(_) => Ok(()),
        FnArg::Test(test) => filter_test(test, element),
        FnArg::Filter(inner) => filter(inner, element),
    })
}

fn comparable<'s>(side: &Comparable, element: &'s Value) -> Result<Option<&'s Value>, PathError> {
    match side {
        Comparable::Literal(_) => Ok(None),
        Comparable::Function(one) => function(one, element).map(|()| None),
        Comparable::SingularQuery(query) => {
            let (start, path): (&'s Value, _) = match query {
                SingularQuery::Current(path) => (element, path),
                SingularQuery::Root(path) => (&*SCHEMA, path),
            };
            let mut schema = resolve(start);
            for segment in path {
                schema = match segment {
                    SingularQuerySegment::Index(_) => items(schema)?,
                    SingularQuerySegment::Name(name) => property(schema, bare(name))?,
                };
            }
            Ok(Some(schema))
        }
    }
}

/// Refuses a comparison with a word that the field never holds.
fn possible(schema: Option<&Value>, other: &Comparable) -> Result<(), PathError> {
    let (Some(schema), Comparable::Literal(Literal::String(word))) = (schema, other) else { return Ok(()) };
    let Some(words) = words(schema) else { return Ok(()) };
    let word = bare(word);
    if words.iter().any(|it| it == word) {
        return Ok(());
    }
    Err(PathError::new(format!("the field never holds `{word}`"), suggestion(word, &words)))
}

/// The closed list of words that a schema allows, if it is one.
pub(in crate::engine) fn words(schema: &Value) -> Option<Vec<String>> {
    let text = |it: &Value| it.as_str().map(str::to_owned);
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return Some(list.iter().filter_map(text).collect());
    }
    let variants = schema.get("oneOf").and_then(Value::as_array)?;
    let constants: Option<Vec<String>> = variants.iter().map(|it| it.get("const").and_then(text)).collect();
    constants.filter(|it| !it.is_empty())
}

fn property<'s>(schema: &'s Value, name: &str) -> Result<&'s Value, PathError> {
    let schema = resolve(schema);
    if let Some(found) = schema.get("properties").and_then(|it| it.get(name)) {
        return Ok(resolve(found));
    }
    if let Some(found) = schema.get("additionalProperties").filter(|it| it.is_object()) {
        return Ok(resolve(found));
    }
    let names = property_names(schema);
    if names.is_empty() {
        return Err(PathError::new(format!("nothing can be called `{name}` here"), None));
    }
    Err(PathError::new(format!("no case document has `{name}` here"), suggestion(name, &names)))
}

fn property_names(schema: &Value) -> Vec<String> {
    resolve(schema).get("properties").and_then(Value::as_object).map(|it| it.keys().cloned().collect()).unwrap_or_default()
}

fn items(schema: &Value) -> Result<&Value, PathError> {
    resolve(schema).get("items").map(resolve).ok_or_else(|| PathError::new("this is not a list", None))
}

/// Follows references, and looks through "this or null".
pub(in crate::engine) fn resolve(schema: &Value) -> &Value {
    let mut schema = schema;
    // Each step goes to a definition or into one; a schema from derived types is not deeper than this.
    for _ in 0..16 {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let Some(found) = SCHEMA_DEFINITIONS.get(name.trim_start_matches("#/$defs/")) else { return schema };
            schema = found;
        } else if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
            let Some(found) = variants.iter().find(|it| it.get("type").and_then(Value::as_str) != Some("null")) else { return schema };
            schema = found;
        } else {
            return schema;
        }
    }
    schema
}

static SCHEMA_DEFINITIONS: LazyLock<Value> = LazyLock::new(|| SCHEMA.get("$defs").cloned().unwrap_or(Value::Null));

/// "did you mean", or the whole list if nothing is near.
#[must_use]
pub(crate) fn suggestion(word: &str, known: &[String]) -> Option<String> {
    let nearest = known.iter().map(|it| (strsim::jaro_winkler(word, it), it)).max_by(|left, right| left.0.total_cmp(&right.0));
    match nearest {
        Some((likeness, name)) if likeness > 0.8 => Some(format!("did you mean `{name}`?")),
        Some(_) => Some(format!("one of: {}", known.join(", "))),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_a_document_can_hold_are_accepted() {
        for text in [
            "$.ledger[*]",
            "$.ledger[?@.kind == 'tx_missing' && @.tx_type == 'L1_HANDLER']",
            "$.subject.starknet_version",
            "$.blocks[?@.offset == 1].theirs.timestamp",
            "$.trigger.gateway.code",
            "$.blocks[?@.number == $.subject.block].differing[*]",
            "$.deployment.images[*].image",
        ] {
            Path::compile(text).unwrap_or_else(|err| panic!("{text}: {err} {:?}", err.help));
        }
    }

    #[test]
    fn a_filter_is_decided_by_known_fields_and_left_open_by_the_others() {
        let cases = [
            ("$.ledger[*]", true),
            ("$.ledger[?@.kind == 'tx_late']", true),
            ("$.ledger[?@.kind == 'tx_early']", false),
            ("$.ledger[?@.kind != 'tx_late']", false),
            ("$.ledger[?'L1_HANDLER' == @.tx_type]", false),
            ("$.ledger[?!(@.tx_type == 'L1_HANDLER')]", true),
            ("$.ledger[?!(@.tx_type != 'L1_HANDLER')]", false),
            ("$.ledger[?(@.kind == 'tx_missing' || @.kind == 'tx_late') && @.tx_type == 'L1_HANDLER']", false),
            ("$.ledger[?(@.kind == 'tx_missing' && @.tx_type != 'L1_HANDLER') || @.status == 0]", true),
            ("$.ledger[?@.kind == 'tx_late' && search(@.id, 'x')]", true),
            ("$.ledger[?@.kind == 'stall' && search(@.id, 'x')]", false),
            ("$.ledger[?@.elsewhere > 7]", true),
        ];
        for (text, expected) in cases {
            let path = Path::compile(text).unwrap_or_else(|err| panic!("{text}: {err}"));
            assert_eq!(path.may_select(&[("kind", "tx_late"), ("tx_type", "INVOKE_FUNCTION")]), expected, "{text}");
        }
    }

    #[test]
    fn paths_that_no_document_can_hold_are_refused_with_a_suggestion() {
        let cases = [
            ("$.leger[*]", "did you mean `ledger`?"),
            ("$.ledger[?@.kind == 'tx_mising']", "did you mean `tx_missing`?"),
            ("$.ledger[?@.tx_typ == 'L1_HANDLER']", "did you mean `tx_type`?"),
            ("$.trigger.gateway.cod", "did you mean `code`?"),
            ("$..kind", "schema paths"),
            ("$.ledger[?@.follows[?@ == 'x']]", "each"),
            ("ledger", "start with `$`"),
            ("$.subject[0]", ""),
        ];
        for (text, help) in cases {
            let err = Path::compile(text).expect_err(text);
            assert!(err.help.clone().unwrap_or_default().contains(help), "{text}: {err} {:?}", err.help);
        }
    }
}
