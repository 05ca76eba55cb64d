//! Findings: what a diagnosis tells people.
//!
//! Invariant: nothing here knows about bundles, rules or output formats. A [`Diagnosis`] is all that a renderer sees.

mod account;
mod anchor;
mod certainty;
mod change;
mod comparison;
mod divergence;
mod exhibits;
mod fix;
mod grounds;
mod joint_proof;
mod open;
mod reading_order;
mod rivalry;
mod side_check;
mod truth;

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use account::{Account, AccountedFile, Fate};
pub use anchor::{AnchorStatus, CodeAnchor, CodePlace, Located, Whereabouts};
pub use certainty::{CauseCertainty, ClaimExtent, Proof, ProofRow};
pub use change::{Bringing, BringingChange, bringing};
pub use comparison::{Aspect, Comparison, Likeness, compare};
pub use divergence::{Divergence, DivergenceRole};
pub use exhibits::{
    BlockHead, BlockPair, ConditionOutcome, ConditionPart, Equality, EvidenceSeen, EvidenceSource, ExcerptLine, Exhibits, Joined, Lane,
    LinePlace, LogExcerpt, PayloadExcerpt, PayloadPiece, PieceContent, RuleOutcome, RuleTree, SeenExtent, Timeline, TimelineMark, Tone,
    TraceFrame, TraceRow, TraceSides, TriggerLines,
};
pub use fix::{
    ChangeForm, Contradiction, Deployed, Effectiveness, FixAnswer, FixComponent, FixProbe, FixReference, FixRole, FixRow, FixSignal,
    FixStatus, Found, NO_HISTORY, Overall, PartStatus, REPOSITORY, Standing,
};
pub use grounds::{Ambiguous, Beginning, Compared, ForeignEvidence, Grounds, LogSpan, ReplayProgress};
pub use joint_proof::JointProof;
pub use open::{Isolation, NextStep, Relevance, Shift, Witness};
pub use reading_order::{ReportSection, leading_episode};
pub use rivalry::{Ground, Rival, Rivalry};
pub use side_check::{AlteredCopy, CheckedSide, Consistency};
pub use truth::Ternary;

use crate::evidence::Timestamp;

/// The answer for one bundle.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnosis {
    /// The answer of the whole.
    pub verdict: Verdict,
    /// The verdict in one sentence.
    pub headline: String,
    /// Evidence of another deployment that was left out.
    pub set_aside: Vec<ForeignEvidence>,
    /// What became of the files that the evidence was taken from, if it was taken from files.
    pub files: Option<Account>,
    /// Why it cannot be told which deployment, or which run of it, the incident is of; one clause each.
    pub ambiguous: Vec<Ambiguous>,
    /// What the answer rests on where nothing was seen to differ.
    pub grounds: Option<Grounds>,
    /// Why it cannot be said that nothing diverged, one sentence each; empty if it can, or if something did.
    pub missing_grounds: Vec<String>,
    /// What to do next about what is not explained: at most five, the most telling first.
    pub next: Vec<NextStep>,
    /// The incident.
    pub incident: IncidentSummary,
    /// The resyncs, earliest first.
    pub episodes: Vec<EpisodeSummary>,
    /// What rules explain: causes before consequences, those of the [leading episode](Self::leading_episode) before those of others, then
    /// the earliest episode and block, then the gravest.
    pub findings: Vec<Finding>,
    /// What findings prove together where alone they do not, by episode.
    pub joint_proofs: Vec<JointProof>,
    /// Findings that claim the same, by episode.
    pub rivalries: Vec<Rivalry>,
    /// Causes that no finding explains: none claims them, or only one that names their class. The
    /// [leading episode](Self::leading_episode) first, then by episode and block. Empty if everything is explained.
    pub unexplained: Vec<Divergence>,
    /// Unexplained divergences that make the whole difference of a block, by episode and block.
    pub isolations: Vec<Isolation>,
    /// Blocks that hold what another block of mainnet holds, by episode and block.
    pub shifts: Vec<Shift>,
    /// Stable name of what is unexplained: the same unknown gets the same name. Absent if nothing is.
    pub fingerprint: Option<String>,
    /// Whether the sides of each diverging block match the hashes they state, by episode and block.
    pub consistency: Vec<CheckedSide>,
    /// Copies of blocks that are not those blocks, by episode and block.
    pub altered: Vec<AlteredCopy>,
    /// Evidence that was not, or not wholly, seen and that would have mattered.
    pub unseen: Vec<Unseen>,
    /// Rules that could not be decided.
    pub undecided: Vec<Undecided>,
    /// Images that run.
    pub images: Vec<Image>,
    /// The evidence behind the diagnosis.
    pub exhibits: Exhibits,
    /// What made it, where that is known.
    pub made_by: Option<MadeBy>,
}

/// What made a diagnosis: another version, or other rules, can come to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeBy {
    /// Version of the program.
    pub version: String,
    /// Digest of the rules, as `sha256:` and 64 digits.
    pub rules: String,
    /// The code of Starknet to which the arithmetic of the proofs is held, with its version.
    pub oracle: String,
}

/// The answer of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Findings claim every cause.
    Explained,
    /// Findings explain some causes, not all, or name the class of what they do not explain.
    PartlyExplained,
    /// No known pattern explains any cause. The evidence suffices to say so, or to name the class of every cause; patterns that could not
    /// be excluded are listed as undecided.
    Novel,
    /// The evidence does not suffice.
    Inconclusive,
    /// Nothing diverged: what this rests on is stated.
    NoDivergence,
    /// A known pattern matched although an effective fix of it is deployed, for certain: the rule or the fix is wrong.
    Contradicted,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explained => "explained",
            Self::PartlyExplained => "partly explained",
            Self::Novel => "novel",
            Self::Inconclusive => "inconclusive",
            Self::NoDivergence => "no divergence",
            Self::Contradicted => "contradicted",
        })
    }
}

/// The incident that a diagnosis is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentSummary {
    /// Kubernetes namespace, if known.
    pub namespace: Option<String>,
    /// The block that the user named, if any.
    pub asked_block: Option<u64>,
    /// What the evidence says of that block.
    pub asked: AskedBlock,
    /// The newest moment that any evidence carries.
    pub observed_until: Option<Timestamp>,
    /// Whether the evidence is synthetic: the scenario's name and seed.
    pub simulated: Option<String>,
}

/// What the evidence says of the block that the user named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AskedBlock {
    /// The user named no block.
    #[default]
    NotAsked,
    /// It differs, or Echonet's trigger names it.
    Diverges,
    /// The block's hash is mainnet's.
    Matches,
    /// Nothing that was seen says anything of it.
    Unseen,
}

/// The kind of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Echonet resynced.
    Resync,
    /// Something differs, and Echonet did not resync.
    Divergence,
    /// Progress stopped, and Echonet did not resync.
    Stall,
    /// The epoch runs, and neither a difference nor a stop of it was seen.
    Running,
}

/// One case: a resync, or the epoch that still runs.
#[derive(Debug, Clone, PartialEq)]
pub struct EpisodeSummary {
    /// Number in the bundle, from 1.
    pub number: u32,
    /// Kind of the case.
    pub kind: CaseKind,
    /// The verdict for this episode alone.
    pub verdict: Verdict,
    /// What triggered it, if any evidence names it.
    pub trigger: Option<TriggerSummary>,
    /// First block of the epoch, if known.
    pub start_block: Option<u64>,
    /// First block that was seen to diverge.
    pub first_diverging_block: Option<u64>,
    /// Stable fingerprint of the unexplained differences in this episode; absent if everything is explained.
    pub fingerprint: Option<String>,
    /// Everything that was seen to differ, in the order of the ledger.
    pub divergences: Vec<Divergence>,
}

/// The trigger of a resync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerSummary {
    /// Kind, such as `block_hash_mismatch`.
    pub kind: String,
    /// The key as Echonet writes it.
    pub key: String,
    /// Block of the trigger, if anything names it.
    pub block: Option<u64>,
    /// Reason text; may span lines.
    pub reason: String,
    /// How often this key had triggered by then.
    pub count: u64,
}

/// An explanation from a matching rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Slug of the rule.
    pub rule: String,
    /// Id of the rule.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// What kind of failure it is.
    pub category: Category,
    /// Severity of the pattern.
    pub severity: Severity,
    /// How sure the cause is; computed, never authored.
    pub cause: CauseCertainty,
    /// Why that is so, in one sentence.
    pub because: String,
    /// Whether the claimed difference is the whole difference.
    pub extent: ClaimExtent,
    /// Why that is so, in one sentence.
    pub extent_because: String,
    /// Whether it explains causes or what follows from them.
    pub scope: Scope,
    /// Whether it says why, or only names what differs.
    pub explains: Explains,
    /// Episode.
    pub episode: u32,
    /// Lowest block among the claims.
    pub block: u64,
    /// What happened, with the values of this incident.
    pub summary: String,
    /// Ids of the divergences that it explains; empty only where it explains nothing.
    pub claims: Vec<String>,
    /// What was captured, by name, each value once.
    pub captures: Vec<(String, String)>,
    /// Outcome of each clause.
    pub clauses: Vec<ClauseOutcome>,
    /// The counterfactual, where one was tried.
    pub proof: Option<Proof>,
    /// Known fixes.
    pub fix: Vec<FixStatus>,
    /// Changes that bring the fault, as far as the rule names them: looked for as fixes are, and told in their words.
    pub brought_by: Vec<FixStatus>,
    /// Where the fault lives, and where that is in what is deployed.
    pub code: Vec<AnchorStatus>,
    /// Recommended actions.
    pub remediation: Vec<Remediation>,
    /// Further reading.
    pub references: Vec<String>,
}

impl Finding {
    /// Whether arithmetic shows that more differs in its blocks than it claims, and it claims to explain them.
    #[must_use]
    pub fn leaves_more(&self) -> bool {
        self.explains_cause() && self.refuted().is_some()
    }

    /// Whether it says why something went wrong.
    #[must_use]
    pub fn explains_cause(&self) -> bool {
        self.scope == Scope::RootCause && self.explains == Explains::Cause
    }

    /// The proof by which more differs than it claims, alone and with others.
    #[must_use]
    pub fn refuted(&self) -> Option<&Proof> {
        self.proof.as_ref().filter(|it| self.extent != ClaimExtent::Proved && it.is_refuted())
    }
}

/// What kind of failure a rule describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// The node executes or renders differently.
    SequencerBug,
    /// Echonet feeds, transforms or compares wrongly.
    EchonetBug,
    /// A service that Echonet depends on failed.
    ExternalService,
    /// Configuration makes it so.
    Configuration,
    /// The platform failed.
    Infrastructure,
    /// It follows from something else.
    Consequence,
    /// The investigation itself would go wrong.
    InvestigationTrap,
}

/// Severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Execution or state differs.
    High,
    /// A transaction is lost, moved or refused.
    Medium,
    /// Only texts or bookkeeping differ.
    Low,
}

/// Whether a finding explains causes or what follows from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// It claims at least one cause.
    RootCause,
    /// It claims consequences only, or the rule of another finding names its rule under `cascade`.
    Consequence,
}

/// What a finding knows of its claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Explains {
    /// The rule explains the cause of the differences.
    #[default]
    Cause,
    /// What kind of difference they are. They stay unexplained: somebody must still find out why.
    Class,
    /// Nothing: it is worth knowing beside the diagnosis and claims nothing.
    Nothing,
}

/// Outcome of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseOutcome {
    /// Name of the clause.
    pub clause: String,
    /// Outcome.
    pub truth: Ternary,
    /// The values or the log line that decided it.
    pub because: String,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Remediation {
    /// Whether it changes anything.
    pub safety: RemediationSafety,
    /// Kind of action.
    #[serde(default)]
    pub kind: RemediationKind,
    /// The action.
    #[serde(rename = "do")]
    pub action: String,
}

/// Kind of a recommended action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemediationKind {
    /// It deploys what the rule names under `fix`; it is not shown where that is deployed already.
    DeployFix,
    /// It looks whether the block of the trigger matched when it was replayed; it is not shown where Echonet's log tells that already.
    SeeReplay,
    /// Anything else.
    #[default]
    Other,
}

/// Whether a step changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemediationSafety {
    /// The step only reads.
    ReadOnly,
    /// It changes a deployment or code: a person must approve.
    NeedsApproval,
}

/// A height as people may read it: none for 0, mainnet's first block, which stands where nothing names a block and which nobody replays.
#[must_use]
pub fn named_block(block: u64) -> Option<u64> {
    Some(block).filter(|it| *it != 0)
}

/// The number of evidence that would have shown an episode, where none was seen: every rule about a resync hangs on it.
pub const NO_EPISODE: u32 = 0;

/// Evidence that was not, or not wholly, seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unseen {
    /// Episode, or [`NO_EPISODE`].
    pub episode: u32,
    /// Name of the evidence.
    pub evidence: String,
    /// Why it is missing.
    pub why: String,
    /// How to collect it.
    pub how: String,
    /// Slugs of the rules that it would help to decide; empty if none hangs on it.
    pub would_decide: Vec<String>,
}

/// A rule that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// Episode.
    pub episode: u32,
    /// Slug of the rule.
    pub rule: String,
    /// Names of the evidence that would decide it.
    pub missing: Vec<String>,
    /// Why the rule itself failed, where no evidence would help.
    pub broken: Option<String>,
    /// Whether it could explain something that is unexplained.
    pub matters: Relevance,
}

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image {
    /// Program: `echonet` or `sequencer`.
    pub component: String,
    /// Image reference.
    pub image: String,
    /// Digest; empty if not known.
    pub image_id: String,
}
