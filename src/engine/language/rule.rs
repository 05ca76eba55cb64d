//! A rule as its file states it.
//!
//! These are the types that people write; [`super::compile`] checks them and turns them into what the evaluator runs.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::value::Scalar;
use crate::facts::log_index::Level;
use crate::facts::{CaseKind, EvidenceName, TriggerKind, Undo};
use crate::findings::{BringingChange, Category, CodeAnchor, Explains, FixReference, Remediation, Severity};

/// One rule: when it applies, what must hold, what it explains, and what to do.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    /// The version of this document.
    pub schema: RuleSchema,
    /// Stable id, such as `WS-L1-001`; never used again for another rule.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name of the pattern in kebab case; equals the file's name.
    #[schemars(with = "String")]
    pub slug: Spanned<String>,
    /// The pattern in one line.
    pub title: String,
    /// How far the rule can be trusted.
    pub status: RuleStatus,
    /// How grave the pattern is.
    pub severity: Severity,
    /// What kind of failure it is.
    pub category: Category,
    /// Who answers for the rule.
    pub owner: String,
    /// What happens and why, how it looks, and how to tell it from look-alikes.
    pub description: String,
    /// When the rule is tried at all. Without it, wherever a block differs: on a resync or a divergence, whichever of its triggers Echonet
    /// named.
    #[serde(default = "AppliesTo::blocks_that_differ")]
    pub applies_to: AppliesTo,
    /// Evidence without which the rule cannot say no.
    #[serde(default)]
    pub requires: Vec<Requirement>,
    /// Names for paths into the case document.
    #[serde(default, rename = "let")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub lets: BTreeMap<String, Spanned<String>>,
    /// A name from `let`: the rule is decided for each of its elements alone, and inside clauses `item` is that element.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub for_each: Option<Spanned<String>>,
    /// Named clauses.
    #[serde(rename = "match")]
    #[schemars(with = "BTreeMap<String, Clause>")]
    pub clauses: BTreeMap<String, Spanned<Clause>>,
    /// What must hold for the rule to match.
    pub when: Condition,
    /// What must not hold.
    #[serde(default)]
    pub unless: Option<Condition>,
    /// Clauses that make the finding established; without them it is suspected.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub corroborate: Vec<Spanned<String>>,
    /// Whether a match knows why, or only names what differs, or is only worth knowing.
    #[serde(default)]
    pub explains: Explains,
    /// What a match explains.
    #[serde(default)]
    pub claims: Claims,
    /// What a match is called.
    pub finding: FindingText,
    /// Known fixes.
    #[serde(default)]
    pub fix: Vec<FixReference>,
    /// Changes that bring the fault, where they are known: before them, the pattern could not happen. One of them is enough.
    #[serde(default)]
    pub brought_by: Vec<BringingChange>,
    /// Where the fault lives.
    #[serde(default)]
    #[schemars(with = "Vec<CodeAnchor>")]
    pub code: Vec<Spanned<CodeAnchor>>,
    /// What to do.
    #[serde(default)]
    pub remediation: Vec<Remediation>,
    /// How the rule stands to others.
    #[serde(default)]
    pub related: Related,
    /// Further reading.
    #[serde(default)]
    pub references: Vec<String>,
    /// What looks alike and is not this pattern.
    #[serde(default)]
    pub false_positives: Vec<String>,
}

/// The version of the rule document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum RuleSchema {
    /// The first version.
    #[serde(rename = "whysync.rule/v1")]
    V1,
}

/// How far a rule can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RuleStatus {
    /// Tested on cases that happened or that follow from the code.
    Stable,
    /// Not yet; off unless asked for.
    Experimental,
    /// Replaced by another rule; off.
    Deprecated,
}

/// When a rule is tried at all.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Kinds of trigger; empty means any. Where several are due at the same block Echonet names one: a gateway error before a revert,
    /// a revert before a pending transaction, and that before the hash mismatch. So a rule about a block's content takes all four, which
    /// it does without `applies_to`.
    #[serde(default)]
    pub trigger: Vec<TriggerKind>,
    /// What a case must be about, one of these. Without it, a resync, or a divergence that Echonet did not resync for, or not yet. A rule whose
    /// decisive lines prove a failure also where nobody waited for the epoch to stop lists `running` beside `stall`.
    #[serde(default = "about_content")]
    pub case: Vec<CaseKind>,
}

impl AppliesTo {
    /// What a rule about the content of blocks applies to.
    fn blocks_that_differ() -> Self {
        let trigger =
            vec![TriggerKind::GatewayError, TriggerKind::EchonetOnlyRevert, TriggerKind::StillPending, TriggerKind::BlockHashMismatch];
        Self { trigger, case: about_content() }
    }
}

/// What rules about the content of blocks are about.
fn about_content() -> Vec<CaseKind> {
    vec![CaseKind::Resync, CaseKind::Divergence]
}

/// How a rule stands to others.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Related {
    /// Slugs of rules that say less of the same: a finding of theirs whose every claim a finding of this rule claims too is dropped.
    #[schemars(with = "Vec<String>")]
    pub supersedes: Vec<Spanned<String>>,
    /// Slugs of rules that find what follows from this: in the same episode, at the same block or a later one, their findings are shown
    /// after it and as consequences.
    #[schemars(with = "Vec<String>")]
    pub cascade: Vec<Spanned<String>>,
    /// Slugs of rules that look alike and are told apart by clauses.
    #[schemars(with = "Vec<String>")]
    pub differential: Vec<Spanned<String>>,
}

/// Evidence without which a rule cannot say no.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Which evidence.
    pub evidence: EvidenceName,
    /// What it is needed for.
    pub why: String,
}

/// One clause. It has exactly one of `each`, `path`, `log` and `rhai`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clause {
    /// Counts elements: a name from `let`, or a path.
    #[schemars(with = "Option<String>")]
    pub each: Option<Spanned<String>>,
    /// For `each`: what must hold of one element, by field; all of them together on the same element.
    #[serde(rename = "where")]
    #[schemars(with = "BTreeMap<String, Test>")]
    pub wheres: BTreeMap<String, Spanned<Test>>,
    /// Looks at values: a path, `item.<field>`, or `<log clause>.<capture>`.
    #[schemars(with = "Option<String>")]
    pub path: Option<Spanned<String>>,
    /// For `path`: what must hold of at least one value.
    #[schemars(with = "Option<Test>")]
    pub is: Option<Spanned<Test>>,
    /// Looks for a log record.
    pub log: Option<LogPattern>,
    /// For `log`: captures that must equal something, by name; the other side is an operand as in `path`. `height` stands for the height
    /// that the sequencer's event carries beside its message.
    #[schemars(with = "BTreeMap<String, String>")]
    pub join: BTreeMap<String, Spanned<String>>,
    /// For `log`: the record must come after the one that this clause found: behind it in the same log, later by time in another log.
    #[schemars(with = "Option<String>")]
    pub after: Option<Spanned<String>>,
    /// For `log`: the record must come before the one that this clause found: ahead of it in the same log, earlier by time in another log.
    #[schemars(with = "Option<String>")]
    pub before: Option<Spanned<String>>,
    /// For `log` with `after`: the record must come before the next record of this logger, in the same log.
    #[schemars(with = "Option<String>")]
    pub before_next: Option<Spanned<String>>,
    /// For `log` with `after` or `before`: the record must be no farther than this from the one that each of them names.
    #[schemars(with = "Option<Distance>")]
    pub within: Option<Spanned<Distance>>,
    /// For `log` with a bound: a rate. `at_least` and `at_most` are then about the most records that lie no farther apart than this, and
    /// the first of them is the one that the clause found.
    #[schemars(with = "Option<Distance>")]
    pub per: Option<Spanned<Distance>>,
    /// An expression that must be true. For what the other forms cannot say.
    #[schemars(with = "Option<String>")]
    pub rhai: Option<Spanned<String>>,
    /// For `rhai`: its variables, by name; each an operand as in `path`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub uses: BTreeMap<String, Spanned<String>>,
    /// For `each` and `log`: at least so many. 1 if no bound is given.
    pub at_least: Option<u64>,
    /// For `each` and `log`: at most so many. Rests on absence: unknown unless all of the evidence was seen.
    pub at_most: Option<u64>,
    /// For `each`: every element must pass. Rests on absence.
    pub every: Option<bool>,
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
    /// Whose log.
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

/// Where the text of a log record comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum PrintedBy {
    /// A statement of Echonet or of the sequencer.
    Code(CodeAnchor),
    /// Another program or a library.
    External {
        /// Its name and the version whose text was looked at, such as `gunicorn 27`.
        external: String,
    },
}

/// Which of several records a clause finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// The first one.
    #[default]
    First,
    /// The last one: for what counts only if nothing came after it. With `per`, the last of the densest stretch.
    Last,
}

/// Whose log.
pub use crate::evidence::Program as LogSource;

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

/// Clauses put together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// All of these.
    #[schemars(with = "Vec<String>")]
    All(Vec<ConditionPart>),
    /// At least one of these.
    #[schemars(with = "Vec<String>")]
    Any(Vec<ConditionPart>),
    /// None of these.
    #[schemars(with = "Vec<String>")]
    NoneOf(Vec<ConditionPart>),
}

impl Condition {
    /// The names of its clauses.
    #[must_use]
    pub fn clauses(&self) -> &[ConditionPart] {
        match self {
            Self::All(names) | Self::Any(names) | Self::NoneOf(names) => names,
        }
    }
}

/// The name of a clause.
pub type ConditionPart = Spanned<String>;

/// What a match explains.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Names from `let` whose elements are ledger items; without it, the elements of `for_each` for which the rule holds. Of any other name
    /// only what a clause `each` of `when` bound is claimed: the elements that passed its `where`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub items: Vec<Spanned<String>>,
    /// The counterfactual that must prove the claim.
    #[serde(default)]
    pub undo: Option<Undo>,
    /// Whether there is a finding only where the counterfactual proves it.
    #[serde(default)]
    pub must_prove: bool,
}

/// What a match is called.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingText {
    /// One sentence; `{block}`, `{count}` and `{<capture>}` are filled in.
    #[schemars(with = "String")]
    pub summary: Spanned<String>,
    /// Other words, where a clause holds that changes what the match means: the first whose clause does.
    #[serde(default)]
    pub instead: Vec<OtherWords>,
}

/// What a match is called where a clause holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherWords {
    /// The clause.
    #[serde(rename = "where")]
    #[schemars(with = "String")]
    pub clause: Spanned<String>,
    /// The pattern in one line, in place of the rule's title.
    pub title: String,
    /// One sentence, in place of the other.
    #[schemars(with = "String")]
    pub summary: Spanned<String>,
}
