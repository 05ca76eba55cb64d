//! A rule as its file states it.
//!
//! These are the types that people write; [`super::compile`] checks them and turns them into what the evaluator runs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

use super::clause::{Clause, LogClause};
use crate::facts::{EpochKind, EvidenceName, TriggerKind, Undo};
use crate::findings::{BringingChange, Category, CodeAnchor, Explains, FixReference, Remediation, Severity};

/// A rule: when it applies, what must hold, what it explains, and what to do.
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
    /// Id of a rule of this build that this one takes the place of. Its slug stays, for other rules name it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub replaces: Option<Spanned<String>>,
    /// The pattern in one line.
    pub title: String,
    /// How far the rule can be trusted.
    pub status: RuleStatus,
    /// Severity of the pattern.
    pub severity: Severity,
    /// What kind of failure it is.
    pub category: Category,
    /// Person or team that maintains the rule.
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
    /// Condition under which the rule does not match.
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
    /// Texts of the finding.
    pub finding: FindingText,
    /// Known fixes.
    #[serde(default)]
    pub fix: Vec<FixReference>,
    /// Changes that bring the fault, where they are known: before them, the pattern could not happen. One of them is enough.
    #[serde(default)]
    pub brought_by: Vec<BringingChange>,
    /// Code that contains the fault.
    #[serde(default)]
    #[schemars(with = "Vec<CodeAnchor>")]
    pub code: Vec<Spanned<CodeAnchor>>,
    /// Recommended actions.
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

impl RuleFile {
    /// The log clause of this name.
    #[must_use]
    pub(crate) fn log_clause(&self, name: &str) -> Option<&LogClause> {
        self.clauses.get(name).and_then(|it| it.value.as_log())
    }
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
    pub case: Vec<EpochKind>,
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
fn about_content() -> Vec<EpochKind> {
    vec![EpochKind::Resync, EpochKind::Divergence]
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
    /// The evidence that is required.
    pub evidence: EvidenceName,
    /// Why it is required.
    pub why: String,
}

/// Clauses put together.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Condition {
    /// All of these.
    #[schemars(with = "Vec<String>")]
    All(Vec<ClauseName>),
    /// At least one of these clauses must hold.
    #[schemars(with = "Vec<String>")]
    Any(Vec<ClauseName>),
    /// None of these clauses may hold.
    #[schemars(with = "Vec<String>")]
    NoneOf(Vec<ClauseName>),
}

impl Condition {
    /// The names of its clauses.
    #[must_use]
    pub(crate) fn clauses(&self) -> &[ClauseName] {
        match self {
            Self::All(names) | Self::Any(names) | Self::NoneOf(names) => names,
        }
    }
}

/// The name of a clause.
pub(crate) type ClauseName = Spanned<String>;

/// The ledger items that a match explains.
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

/// Texts of the finding.
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
