//! Reads a clause, and refuses what its kind has no use for at the line where it stands.
//!
//! An untagged enum would do, but it reads through a buffer that forgets where everything stood.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::Spanned;

use super::check::Check;
use super::clause::{Clause, Distance, EachClause, LogClause, LogPattern, ScriptClause, Test, ValueClause};
use super::problem::{FieldRefusal, Problem};

/// The kinds of clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ClauseForm {
    Each,
    Value,
    Log,
    Script,
}

impl ClauseForm {
    const ALL: [Self; 4] = [Self::Each, Self::Value, Self::Log, Self::Script];

    /// Its fields; the first is the one that decides for this kind.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Each => &["each", "where", "at_least", "at_most", "every", "why"],
            Self::Value => &["path", "is", "why"],
            Self::Log => &["log", "join", "after", "before", "before_next", "within", "per", "at_least", "at_most", "why"],
            Self::Script => &["rhai", "uses", "why"],
        }
    }

    fn sign(self) -> &'static str {
        self.fields().first().copied().unwrap_or_default()
    }

    fn has(self, field: &str) -> bool {
        self.fields().contains(&field)
    }
}

/// The fields of all kinds.
const EVERY_FIELD: &[&str] = &[
    "each",
    "where",
    "path",
    "is",
    "log",
    "join",
    "after",
    "before",
    "before_next",
    "within",
    "per",
    "rhai",
    "uses",
    "at_least",
    "at_most",
    "every",
    "why",
];

/// What is missing in a clause of no kind.
const ONE_OF_FOUR: &str = "each, path, log or rhai";

/// What is wrong with a clause, in words of its own; any other problem as it is.
pub(super) fn explained(problem: Problem) -> Problem {
    let explained = match problem.refusal() {
        Some(FieldRefusal::Missing { field: ONE_OF_FOUR }) => {
            ("a clause needs exactly one of `each`, `path`, `log` and `rhai`".to_owned(), None)
        }
        Some(FieldRefusal::Missing { field: "is" }) => {
            ("the clause says `path` but not what the value `is`".to_owned(), Some("add `is: {equals: ...}`".to_owned()))
        }
        Some(FieldRefusal::Unknown { field, expected }) => {
            let kind = ClauseForm::ALL.into_iter().find(|it| it.fields() == expected.as_slice());
            let homes: Vec<String> = ClauseForm::ALL.iter().filter(|it| it.has(field)).map(|it| format!("`{}`", it.sign())).collect();
            let Some(kind) = kind.filter(|_| !homes.is_empty()) else { return problem };
            let sign = kind.sign();
            if ClauseForm::ALL.iter().any(|it| it.sign() == field) {
                (
                    format!("the clause has `{field}` beside `{sign}`"),
                    Some("a clause has exactly one of `each`, `path`, `log` and `rhai`".to_owned()),
                )
            } else {
                let takes: Vec<String> = kind.fields().iter().skip(1).map(|it| format!("`{it}`")).collect();
                let message = format!("the clause has `{field}`, which belongs to {} and not to `{sign}`", homes.join(" or "));
                (message, Some(format!("beside `{sign}` a clause takes {}", takes.join(", "))))
            }
        }
        _ => return problem,
    };
    problem.saying(explained.0, explained.1).found_by(Check::Clause)
}

impl<'de> Deserialize<'de> for Clause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClauseVisitor)
    }
}

struct ClauseVisitor;

impl<'de> Visitor<'de> for ClauseVisitor {
    type Value = Clause;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a clause with exactly one of `each`, `path`, `log` and `rhai`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Clause, A::Error> {
        let mut fields = ClauseFields::default();
        let mut kind: Option<ClauseForm> = None;
        let mut seen: Vec<String> = Vec::new();
        while let Some(field) = map.next_key::<String>()? {
            match (kind, ClauseForm::ALL.into_iter().find(|it| it.sign() == field)) {
                (Some(kind), _) if !kind.has(&field) => return Err(Error::unknown_field(&field, kind.fields())),
                (None, Some(decided)) => {
                    if let Some(stray) = seen.iter().find(|it| !decided.has(it)) {
                        return Err(Error::unknown_field(stray, decided.fields()));
                    }
                    kind = Some(decided);
                }
                _ => {}
            }
            fields.read(&field, &mut map)?;
            seen.push(field);
        }
        match kind {
            Some(ClauseForm::Each) => fields.each_clause().map(Clause::Each),
            Some(ClauseForm::Value) => fields.value_clause().map(Box::new).map(Clause::Value),
            Some(ClauseForm::Log) => fields.log_clause().map(Box::new).map(Clause::Log),
            Some(ClauseForm::Script) => fields.script_clause().map(Clause::Script),
            None => Err(Error::missing_field(ONE_OF_FOUR)),
        }
    }
}

/// What was read of a clause: a field holds the same in every kind that has it.
#[derive(Default)]
struct ClauseFields {
    each: Option<Spanned<String>>,
    wheres: BTreeMap<String, Spanned<Test>>,
    path: Option<Spanned<String>>,
    is: Option<Spanned<Test>>,
    log: Option<LogPattern>,
    join: BTreeMap<String, Spanned<String>>,
    after: Option<Spanned<String>>,
    before: Option<Spanned<String>>,
    before_next: Option<Spanned<String>>,
    within: Option<Spanned<Distance>>,
    per: Option<Spanned<Distance>>,
    rhai: Option<Spanned<String>>,
    uses: BTreeMap<String, Spanned<String>>,
    at_least: Option<u64>,
    at_most: Option<u64>,
    every: Option<bool>,
    why: Option<String>,
}

impl ClauseFields {
    fn read<'de, A: MapAccess<'de>>(&mut self, field: &str, map: &mut A) -> Result<(), A::Error> {
        match field {
            "each" => self.each = map.next_value()?,
            "where" => self.wheres = map.next_value()?,
            "path" => self.path = map.next_value()?,
            "is" => self.is = map.next_value()?,
            "log" => self.log = map.next_value()?,
            "join" => self.join = map.next_value()?,
            "after" => self.after = map.next_value()?,
            "before" => self.before = map.next_value()?,
            "before_next" => self.before_next = map.next_value()?,
            "within" => self.within = map.next_value()?,
            "per" => self.per = map.next_value()?,
            "rhai" => self.rhai = map.next_value()?,
            "uses" => self.uses = map.next_value()?,
            "at_least" => self.at_least = map.next_value()?,
            "at_most" => self.at_most = map.next_value()?,
            "every" => self.every = map.next_value()?,
            "why" => self.why = map.next_value()?,
            other => return Err(Error::unknown_field(other, EVERY_FIELD)),
        }
        Ok(())
    }

    fn each_clause<E: Error>(self) -> Result<EachClause, E> {
        Ok(EachClause {
            each: required(self.each, "each")?,
            wheres: self.wheres,
            at_least: self.at_least,
            at_most: self.at_most,
            every: self.every.unwrap_or_default(),
            why: self.why,
        })
    }

    fn value_clause<E: Error>(self) -> Result<ValueClause, E> {
        Ok(ValueClause { path: required(self.path, "path")?, is: required(self.is, "is")?, why: self.why })
    }

    fn log_clause<E: Error>(self) -> Result<LogClause, E> {
        Ok(LogClause {
            log: required(self.log, "log")?,
            join: self.join,
            after: self.after,
            before: self.before,
            before_next: self.before_next,
            within: self.within,
            per: self.per,
            at_least: self.at_least,
            at_most: self.at_most,
            why: self.why,
        })
    }

    fn script_clause<E: Error>(self) -> Result<ScriptClause, E> {
        Ok(ScriptClause { rhai: required(self.rhai, "rhai")?, uses: self.uses, why: self.why })
    }
}

fn required<T, E: Error>(value: Option<T>, field: &'static str) -> Result<T, E> {
    value.ok_or_else(|| E::missing_field(field))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use schemars::schema_for;

    use super::*;

    #[test]
    fn the_reader_and_the_schema_know_the_same_fields() {
        let schemas = [schema_for!(EachClause), schema_for!(ValueClause), schema_for!(LogClause), schema_for!(ScriptClause)];
        let mut all = BTreeSet::new();
        for (kind, schema) in ClauseForm::ALL.into_iter().zip(schemas) {
            let schema = schema.to_value();
            let known: BTreeSet<&str> = schema["properties"].as_object().expect("fields").keys().map(String::as_str).collect();
            let read: BTreeSet<&str> = kind.fields().iter().copied().collect();
            assert_eq!(known, read, "{kind:?}");
            assert_eq!(schema["additionalProperties"], false, "{kind:?}");
            assert!(schema["required"].as_array().is_some_and(|it| it.iter().any(|it| it == kind.sign())), "{kind:?}");
            all.extend(read);
        }
        assert_eq!(all, EVERY_FIELD.iter().copied().collect());
    }
}
