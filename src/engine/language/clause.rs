//! A clause as its file states it: one of four kinds, each with fields of its own.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::value::Scalar;
use crate::facts::log_index::Level;
use crate::findings::CodeAnchor;

/// One clause. It has exactly one of `each`, `path`, `log` and `rhai`, which decides what else it may hold.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Clause {
    /// Counts elements (`each`).
    Each(EachClause),
    /// Tests values (`path`).
    Value(Box<ValueClause>),
    /// With `log`: looks for a log record.
    Log(Box<LogClause>),
    /// Evaluates an expression (`rhai`).
    Script(ScriptClause),
}

impl Clause {
    /// The clause, if it counts elements.
    #[must_use]
    pub(crate) fn as_each(&self) -> Option<&EachClause> {
        if let Self::Each(it) = self { Some(it) } else { None }
    }

    /// The clause, if it looks for a log record.
    #[must_use]
    pub(crate) fn as_log(&self) -> Option<&LogClause> {
        if let Self::Log(it) = self { Some(it) } else { None }
    }

    /// How many there must be at least, where the clause says so.
    #[must_use]
    pub(crate) fn stated_at_least(&self) -> Option<u64> {
        match self {
            Self::Each(it) => it.at_least,
            Self::Log(it) => it.at_least,
            Self::Value(_) | Self::Script(_) => None,
        }
    }

    /// What the clause means, for people.
    #[must_use]
    pub(crate) fn why(&self) -> Option<&str> {
        let why = match self {
            Self::Each(it) => &it.why,
            Self::Value(it) => &it.why,
            Self::Log(it) => &it.why,
            Self::Script(it) => &it.why,
        };
        why.as_deref()
    }

    /// The paths that the clause reads.
    #[must_use]
    pub(crate) fn operands(&self) -> Vec<&Spanned<String>> {
        match self {
            Self::Each(it) => it.wheres.values().flat_map(|it| it.value.operands()).collect(),
            Self::Value(it) => std::iter::once(&it.path).chain(it.is.value.operands()).collect(),
            Self::Log(it) => it.join.values().collect(),
            Self::Script(it) => it.uses.values().collect(),
        }
    }
}

/// A clause that counts elements.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EachClause {
    /// The elements to count: a name from `let`, or a path.
    #[schemars(with = "String")]
    pub each: Spanned<String>,
    /// What must hold of one element, by field; all of them together on the same element.
    #[schemars(rename = "where", with = "BTreeMap<String, Test>", default)]
    pub wheres: BTreeMap<String, Spanned<Test>>,
    /// At least so many. 1 if no bound is given.
    pub at_least: Option<u64>,
    /// At most so many. Rests on absence: unknown unless all of the evidence was seen.
    pub at_most: Option<u64>,
    /// Whether every element must pass. Rests on absence.
    #[schemars(with = "Option<bool>", default)]
    pub every: bool,
    /// What the clause means, for people.
    pub why: Option<String>,
}

/// A clause that looks at values.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ValueClause {
    /// The values to look at: a path, `item.<field>`, or `<log clause>.<capture>`.
    #[schemars(with = "String")]
    pub path: Spanned<String>,
    /// What must hold of at least one value.
    #[schemars(with = "Test")]
    pub is: Spanned<Test>,
    /// What the clause means, for people.
    pub why: Option<String>,
}

/// A clause that looks for a log record.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LogClause {
    /// The record to look for.
    pub log: LogPattern,
    /// Captures that must equal something, by name; the other side is an operand as in `path`. `height` stands for the height that the
    /// sequencer's event carries beside its message.
    #[schemars(with = "BTreeMap<String, String>", default)]
    pub join: BTreeMap<String, Spanned<String>>,
    /// The record must come after the one that this clause found: behind it in the same log, later by time in another log.
    #[schemars(with = "Option<String>")]
    pub after: Option<Spanned<String>>,
    /// The record must come before the one that this clause found: ahead of it in the same log, earlier by time in another log.
    #[schemars(with = "Option<String>")]
    pub before: Option<Spanned<String>>,
    /// With `after`: the record must come before the next record of this logger, in the same log.
    #[schemars(with = "Option<String>")]
    pub before_next: Option<Spanned<String>>,
    /// With `after` or `before`: the record must be no farther than this from the one that each of them names.
    #[schemars(with = "Option<Distance>")]
    pub within: Option<Spanned<Distance>>,
    /// With a bound: a rate. `at_least` and `at_most` are then about the most records that lie no farther apart than this, and the first
    /// of them is the one that the clause found.
    #[schemars(with = "Option<Distance>")]
    pub per: Option<Spanned<Distance>>,
    /// At least so many. 1 if no bound is given.
    pub at_least: Option<u64>,
    /// At most so many. Rests on absence: unknown unless all of the evidence was seen.
    pub at_most: Option<u64>,
    /// What the clause means, for people.
    pub why: Option<String>,
}

/// A clause that runs an expression. For what the other kinds cannot say.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ScriptClause {
    /// An expression that must be true.
    #[schemars(with = "String")]
    pub rhai: Spanned<String>,
    /// Its variables, by name; each an operand as in `path`.
    #[schemars(with = "BTreeMap<String, String>", default)]
    pub uses: BTreeMap<String, Spanned<String>>,
    /// What the clause means, for people.
    pub why: Option<String>,
}

/// How far two log records lie apart. It has exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// So many lines of one log, from first line to first line; a traceback counts with all of its lines. For Echonet's log, whose lines
    /// carry no time of their own.
    Lines(u64),
    /// So many seconds. Unknown where one of the records carries no time.
    Seconds(u64),
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lines(1) => write!(f, "1 line"),
            Self::Lines(many) => write!(f, "{many} lines"),
            Self::Seconds(1) => write!(f, "1 second"),
            Self::Seconds(many) => write!(f, "{many} seconds"),
        }
    }
}

/// Which log records a clause looks for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogPattern {
    /// Program whose log is searched.
    pub source: LogSource,
    /// Logger or source file: the whole name, or its last part (`l1_client` for `echonet.l1_client`).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub logger: Option<Spanned<String>>,
    /// Level, from the line's own bracket.
    #[serde(default)]
    pub level: Option<Level>,
    /// What the record's text must hold; named groups are captures. `^` and `$` are the record's ends.
    #[schemars(with = "String")]
    pub regex: Spanned<String>,
    /// Which of several such records other clauses and the captures are about.
    #[serde(default)]
    pub pick: Pick,
    /// Where such a record is printed, for `rules check --repo`: each place whose text the pattern is meant to match.
    #[serde(default)]
    pub printed_by: Vec<PrintedBy>,
}

/// Program whose log a clause searches.
pub(crate) use crate::evidence::Program as LogSource;

/// Where the text of a log record comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum PrintedBy {
    /// A statement of Echonet or of the sequencer.
    Code(CodeAnchor),
    /// Another program or a library prints it.
    External {
        /// Its name and the version whose text was looked at, such as `gunicorn 27`.
        external: String,
    },
}

/// Which of several records a clause finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first record that matches.
    #[default]
    First,
    /// The last one: for what counts only if nothing came after it. With `per`, the last of the densest stretch.
    Last,
}

/// What must hold of a value. It has exactly one field. Values of unlike types are an error, not unequal.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Test {
    /// Equal to this. Field elements compare as numbers.
    pub equals: Option<Scalar>,
    /// Not equal to this.
    pub not_equals: Option<Scalar>,
    /// Equal to one of these.
    pub one_of: Option<Vec<Scalar>>,
    /// Equal to what an operand gives: a path, `item.<field>`, or `<log clause>.<capture>`.
    #[schemars(with = "Option<String>")]
    pub same_as: Option<Spanned<String>>,
    /// Different from what an operand gives.
    #[schemars(with = "Option<String>")]
    pub differs_from: Option<Spanned<String>>,
    /// Less than this number, field element or version.
    pub less_than: Option<Scalar>,
    /// This number, field element or version, or more.
    pub at_least: Option<Scalar>,
    /// Text that holds this regular expression.
    #[schemars(with = "Option<String>")]
    pub matches: Option<Spanned<String>>,
    /// Present and not null (`true`), or absent or null (`false`).
    pub exists: Option<bool>,
}

impl Test {
    /// What it compares a value with.
    fn operands(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.same_as.iter().chain(&self.differs_from)
    }
}
