//! A rule as the evaluator runs it.

use std::collections::{BTreeMap, BTreeSet};

use super::clause::{Distance, LogSource, Pick};
use super::path::Path;
use super::pattern::Pattern;
use super::rule::RuleFile;
use super::script::Expression;
use super::value::Scalar;
use crate::facts::EvidenceName;
use crate::facts::log_index::Level;

/// The name under which a clause on the sequencer's log captures the height that an event carries beside its message.
pub(in crate::engine) const EVENT_HEIGHT: &str = "height";

/// A rule that has been checked.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The rule as its file states it.
    pub file: RuleFile,
    /// Paths by their name.
    pub lets: BTreeMap<String, Path>,
    /// Clauses, each after those that it refers to.
    pub clauses: Vec<CompiledClause>,
    /// Evidence without which elements of `for_each` may go unseen.
    pub elements_rest_on: Basis,
}

/// A clause that has been checked.
#[derive(Debug, Clone)]
pub struct CompiledClause {
    /// Name.
    pub name: String,
    /// The compiled form of the clause.
    pub kind: ClauseKind,
    /// Evidence without which it cannot say no (or, for an upper bound, yes).
    pub rests_on: Basis,
    /// Whether its answer is turned round.
    pub reading: Polarity,
}

/// What an answer rests on where nothing is seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Basis {
    /// Names of the evidence.
    pub names: BTreeSet<EvidenceName>,
    /// The blocks that are needed.
    pub reach: BlockReach,
    /// What of our blocks it looks at.
    pub part: BlockPart,
}

/// The blocks of which evidence is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlockReach {
    /// The first diverging one, and those beside it that are named.
    #[default]
    Subject,
    /// The element's own as well.
    ItsBlockToo,
}

/// What of a block an answer looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BlockPart {
    /// Any of it.
    #[default]
    Whole,
    /// Only which transactions it holds, which blobs and Echonet's log tell as well.
    TransactionList,
}

/// Whether a clause's answer is turned round: no rule file can say so, only a mutant does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polarity {
    /// The result is used as it is.
    AsWritten,
    /// The result is inverted: true becomes false, and false becomes true.
    Inverted,
}

/// The compiled form of a clause.
#[derive(Debug, Clone)]
pub enum ClauseKind {
    /// Counts elements.
    Each {
        /// Selects the elements.
        over: Path,
        /// What must hold of one element, by field.
        wheres: Vec<(String, Predicate)>,
        /// Allowed number of elements.
        bounds: Bounds,
    },
    /// Looks at values.
    Value {
        /// The values to test.
        operand: Operand,
        /// What must hold of at least one.
        is: Predicate,
    },
    /// Looks for a log record.
    Log(Box<CompiledLogClause>),
    /// Runs an expression.
    Script {
        /// The expression.
        expression: Expression,
        /// Variables that the expression uses.
        uses: Vec<(String, Operand)>,
    },
}

/// A log clause that has been checked.
#[derive(Debug, Clone)]
pub struct CompiledLogClause {
    /// Program whose log is searched.
    pub source: LogSource,
    /// Whole name or last part of the logger.
    pub logger: Option<String>,
    /// Level.
    pub level: Option<Level>,
    /// Which record to use if several match.
    pub pick: Pick,
    /// What the record's text must hold.
    pub pattern: Pattern,
    /// Captures and what they must equal; `height` may be the event's own.
    pub join: Vec<(String, Operand)>,
    /// Clause whose record must come before.
    pub after: Option<String>,
    /// Clause whose record must come after.
    pub before: Option<String>,
    /// Logger whose next record ends the search.
    pub before_next: Option<String>,
    /// How far from the records of `after` and `before` it may be.
    pub within: Option<Distance>,
    /// How far apart those that `bounds` counts together may be.
    pub per: Option<Distance>,
    /// Allowed number of records.
    pub bounds: Bounds,
}

/// How many elements or records there must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Minimum count.
    pub at_least: u64,
    /// Maximum count, if any.
    pub at_most: Option<u64>,
    /// Whether every element must pass.
    pub every: Every,
}

/// Whether every element must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// Every element has to pass.
    Required,
    /// Not every element has to pass.
    NotRequired,
}

/// The source of a value.
#[derive(Debug, Clone)]
pub enum Operand {
    /// The case document.
    Path(Path),
    /// A field of the element that the rule is decided for.
    Item(String),
    /// A capture of a log clause.
    Capture {
        /// The clause.
        clause: String,
        /// The group.
        group: String,
    },
}

/// What must hold of a value.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// Equal to one of these.
    OneOf(Vec<Scalar>),
    /// Equal to none of these.
    NoneOf(Vec<Scalar>),
    /// Equal to what an operand gives.
    SameAs(Operand),
    /// Different from what an operand gives.
    DiffersFrom(Operand),
    /// Less than this.
    LessThan(Scalar),
    /// This or more.
    AtLeast(Scalar),
    /// Text that holds this.
    Matches(Pattern),
    /// Present and not null, or not.
    Exists(bool),
}

impl Predicate {
    /// Whether it comes out alike for every element that a rule is decided for.
    #[must_use]
    pub(crate) fn is_fixed(&self) -> bool {
        !matches!(
            self,
            Self::SameAs(Operand::Item(_) | Operand::Capture { .. }) | Self::DiffersFrom(Operand::Item(_) | Operand::Capture { .. })
        )
    }
}
