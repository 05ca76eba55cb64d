//! The second version of the JSON form, `whysync.diagnosis/v2`.
//!
//! Fields and words may be added within the version; none is renamed, removed or given another meaning.

mod account;
mod episode;
mod exhibits;
mod fix;
mod gaps;
mod grounds;
mod open;
mod payload;
mod seen;
mod side_check;
mod together;
mod words;

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{Ambiguous, AskedBlock, ClauseOutcome, Diagnosis, Finding, Image, IncidentSummary, Proof, Remediation, named_block};
use crate::render::glance;
use crate::render::hashes::ShortHashes;
use crate::render::lens::{Lens, LensLimits};
use crate::render::outline::Outline;
pub use account::{V2Account, V2AccountedFile, V2Fate};
pub use episode::{V2Divergence, V2Episode, V2Trigger};
pub use exhibits::{
    V2BlockHead, V2BlockPair, V2ConditionOutcome, V2ExcerptLine, V2Exhibits, V2Lane, V2LogExcerpt, V2Mark, V2RuleTree, V2Timeline,
    V2TraceFrame, V2TraceRow, V2TraceSides, V2TriggerLines,
};
pub use fix::{
    V2Brought, V2ChangeForm, V2ChangePart, V2CodeAnchor, V2CodePlace, V2Fix, V2FixAnswer, V2FixStatus, V2Located, V2Whereabouts,
};
pub use gaps::{V2Undecided, V2Unseen};
pub use grounds::{V2Compared, V2Grounds, V2LogSpan, V2Progress, V2SetAside};
pub use open::{V2Isolation, V2NextStep, V2Shift, V2Witness};
pub use payload::{V2PayloadExcerpt, V2PayloadPiece, V2PieceState};
pub use seen::{V2EvidenceSeen, V2Source};
pub use side_check::{V2Consistency, V2SideCheck};
pub use together::{V2Ground, V2JointProof, V2Rival, V2Rivalry};
pub use words::{
    V2Beginning, V2CaseKind, V2Category, V2CauseCertainty, V2Component, V2ConditionPart, V2Contradiction, V2Equality, V2Explains, V2Extent,
    V2FixRole, V2Joined, V2LinePlace, V2PayloadSide, V2Relevance, V2RemediationKind, V2Role, V2RuleOutcome, V2Safety, V2Scope,
    V2SeenExtent, V2Severity, V2Sign, V2Standing, V2Tone, V2Truth, V2Verdict,
};

/// The answer for one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "whysync.diagnosis/v2")]
pub struct V2Diagnosis {
    /// Name and version of this form.
    pub schema: V2Schema,
    /// The answer of the whole.
    pub verdict: V2Verdict,
    /// The verdict in one sentence.
    pub headline: String,
    /// The answer at a glance, as every format begins with it.
    pub glance: Vec<V2GlanceEntry>,
    /// Evidence of another deployment that was left out.
    pub set_aside: Vec<V2SetAside>,
    /// What became of the files that the evidence was taken from; null if it was not taken from files.
    pub files: Option<V2Account>,
    /// Why it cannot be told which deployment, or which run of it, the incident is of; one clause each.
    pub ambiguous: Vec<String>,
    /// What the answer rests on where nothing was seen to differ; null elsewhere.
    pub grounds: Option<V2Grounds>,
    /// Why it cannot be said that nothing diverged, one sentence each; empty if it can, or if something did.
    pub missing_grounds: Vec<String>,
    /// What to do next about what is not explained: at most five, the most telling first.
    pub next: Vec<V2NextStep>,
    /// The incident.
    pub incident: V2Incident,
    /// What rules explain: causes before consequences, earliest episode and block first, then the gravest.
    pub findings: Vec<V2Finding>,
    /// What findings prove together where alone they do not.
    pub joint_proofs: Vec<V2JointProof>,
    /// Findings that claim the same.
    pub rivalries: Vec<V2Rivalry>,
    /// Causes that no finding claims, by episode and block. Empty if everything is explained.
    pub unexplained: Vec<V2Divergence>,
    /// Unexplained divergences that make the whole difference of a block.
    pub isolations: Vec<V2Isolation>,
    /// Blocks that hold what another block of mainnet holds.
    pub shifts: Vec<V2Shift>,
    /// Stable name of what is unexplained: the same unknown gets the same name. Null if nothing is.
    pub fingerprint: Option<String>,
    /// Whether the sides of each diverging block match the hashes they state.
    pub consistency: Vec<V2SideCheck>,
    /// Evidence that was not, or not wholly, seen.
    pub unseen: Vec<V2Unseen>,
    /// Rules that could not be decided.
    pub undecided: Vec<V2Undecided>,
    /// The resyncs, earliest first, and the epoch that still runs.
    pub episodes: Vec<V2Episode>,
    /// Images that run.
    pub images: Vec<V2Image>,
    /// What stands behind all this, bounded in size.
    pub exhibits: V2Exhibits,
    /// What made it; null if that is not known. Another version, or other rules, can come to another answer.
    pub made_by: Option<V2MadeBy>,
}

/// What made a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2MadeBy {
    /// Version of whysync.
    pub version: String,
    /// Digest of the rules that ran, as `sha256:` and 64 digits: without rules of one's own, that which `whysync --version` prints.
    pub rules: String,
    /// The code of Starknet, with its version, to which the arithmetic of the recomputed commitments is held.
    pub oracle: String,
}

/// One line of the answer at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2GlanceEntry {
    /// What it is about: `trigger` (or `case`, where nothing triggered), `differs`, `known`, `fixed` or `next`.
    pub about: String,
    /// The text for people.
    pub text: String,
}

/// Name and version of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum V2Schema {
    /// The second version.
    #[serde(rename = "whysync.diagnosis/v2")]
    V2,
}

/// The incident that a diagnosis is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Incident {
    /// Kubernetes namespace, if known.
    pub namespace: Option<String>,
    /// Height that the user named, if any.
    pub asked_block: Option<u64>,
    /// What the evidence says of that block.
    pub asked: V2AskedBlock,
    /// The newest moment that any evidence carries, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub observed_until: Option<String>,
    /// Scenario and seed if the evidence is synthetic.
    pub simulated: Option<String>,
}

/// What the evidence says of the block that the user named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum V2AskedBlock {
    /// The user named no block.
    NotAsked,
    /// It differs, or Echonet's trigger names it.
    Diverges,
    /// Its hash is mainnet's.
    Matches,
    /// Nothing that was seen says anything of it.
    Unseen,
}

impl From<AskedBlock> for V2AskedBlock {
    fn from(it: AskedBlock) -> Self {
        match it {
            AskedBlock::NotAsked => Self::NotAsked,
            AskedBlock::Diverges => Self::Diverges,
            AskedBlock::Matches => Self::Matches,
            AskedBlock::Unseen => Self::Unseen,
        }
    }
}

/// An explanation from a matching rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Finding {
    /// Slug of the rule, such as `parent-hash-cascade`.
    pub rule: String,
    /// Id of the rule, such as `WS-L1-001`.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// What kind of failure it is.
    pub category: V2Category,
    /// Severity of the pattern.
    pub severity: V2Severity,
    /// Certainty of the cause.
    pub cause: V2CauseCertainty,
    /// Reason for the certainty.
    pub because: String,
    /// Whether the claimed difference is the whole difference, by arithmetic.
    pub extent: V2Extent,
    /// Reason for the extent.
    pub extent_because: String,
    /// Whether it explains causes or what follows from them.
    pub scope: V2Scope,
    /// What it does with its claims.
    pub explains: V2Explains,
    /// Number of the episode.
    pub episode: u32,
    /// Lowest height among the claims; null if nothing names one.
    pub block: Option<u64>,
    /// What happened, with the values of this incident.
    pub summary: String,
    /// Ids of the divergences that it explains: `episodes[].divergences[].id` in the finding's episode. Empty only where it explains
    /// nothing.
    pub claims: Vec<String>,
    /// What was captured, sorted by name.
    pub captures: Vec<V2Capture>,
    /// How each clause came out, sorted by name.
    pub clauses: Vec<V2Clause>,
    /// The counterfactual, where one was tried.
    pub proof: Option<V2Proof>,
    /// Known fixes.
    pub fix: Vec<V2Fix>,
    /// Changes that bring the fault, as far as they are known, and whether they are deployed.
    pub brought_by: Vec<V2Brought>,
    /// Code that contains the fault.
    pub code: Vec<V2CodeAnchor>,
    /// What to do, in this order.
    pub remediation: Vec<V2Remediation>,
    /// Further reading.
    pub references: Vec<String>,
}

/// A value that a rule captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Capture {
    /// Name of the capture.
    pub name: String,
    /// Its values, each once, with `, ` between them.
    pub value: String,
}

/// Outcome of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Clause {
    /// Name of the clause.
    pub clause: String,
    /// Outcome.
    pub truth: V2Truth,
    /// The values or the log line that decided it.
    pub because: String,
}

/// A counterfactual: our block with only the claims undone, hashed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Proof {
    /// The claims that were undone, in words.
    pub undo: String,
    /// Whether every touched commitment became mainnet's, and some was not before.
    pub closed: bool,
    /// One row a commitment that the claims touch.
    pub rows: Vec<V2ProofRow>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

/// A commitment in a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2ProofRow {
    /// Height.
    pub block: u64,
    /// Name of the commitment.
    pub commitment: String,
    /// Ours as observed.
    pub ours: String,
    /// Ours with the claims undone.
    pub undone: String,
    /// Mainnet's.
    pub theirs: String,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Remediation {
    /// Whether it changes anything.
    pub safety: V2Safety,
    /// Kind of action.
    pub kind: V2RemediationKind,
    /// The action.
    #[serde(rename = "do")]
    pub action: String,
}

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V2Image {
    /// Program: `echonet` or `sequencer`.
    pub component: String,
    /// Image reference.
    pub image: String,
    /// Digest; empty if not known.
    pub image_id: String,
}

fn all<'d, D, W: From<&'d D>>(items: &'d [D]) -> Vec<W> {
    items.iter().map(W::from).collect()
}

impl From<&Diagnosis> for V2Diagnosis {
    fn from(it: &Diagnosis) -> Self {
        Self {
            schema: V2Schema::V2,
            verdict: it.verdict.into(),
            headline: it.headline.clone(),
            glance: glance_entries(it),
            set_aside: all(&it.set_aside),
            files: it.files.as_ref().map(V2Account::from),
            ambiguous: it.ambiguous.iter().map(Ambiguous::words).collect(),
            grounds: it.grounds.as_ref().map(V2Grounds::from),
            missing_grounds: it.missing_grounds.clone(),
            next: all(&it.next),
            incident: (&it.incident).into(),
            findings: all(&it.findings),
            joint_proofs: all(&it.joint_proofs),
            rivalries: all(&it.rivalries),
            unexplained: all(&it.unexplained),
            isolations: all(&it.isolations),
            shifts: all(&it.shifts),
            fingerprint: it.fingerprint.clone(),
            consistency: all(&it.consistency),
            unseen: all(&it.unseen),
            undecided: all(&it.undecided),
            episodes: all(&it.episodes),
            images: all(&it.images),
            exhibits: (&it.exhibits).into(),
            made_by: it.made_by.as_ref().map(|it| V2MadeBy {
                version: it.version.clone(),
                rules: it.rules.clone(),
                oracle: it.oracle.clone(),
            }),
        }
    }
}

fn glance_entries(diagnosis: &Diagnosis) -> Vec<V2GlanceEntry> {
    let whole = Lens { hashes: ShortHashes::whole(), limits: LensLimits::NONE };
    let entries = glance::entries(&Outline::new(diagnosis), &whole);
    entries.into_iter().map(|it| V2GlanceEntry { about: it.label.to_lowercase(), text: it.text }).collect()
}

impl From<&IncidentSummary> for V2Incident {
    fn from(it: &IncidentSummary) -> Self {
        Self {
            namespace: it.namespace.clone(),
            asked_block: it.asked_block,
            asked: it.asked.into(),
            observed_until: it.observed_until.map(|it| it.to_string()),
            simulated: it.simulated.clone(),
        }
    }
}

impl From<&Finding> for V2Finding {
    fn from(it: &Finding) -> Self {
        Self {
            rule: it.rule.clone(),
            rule_id: it.rule_id.clone(),
            title: it.title.clone(),
            category: it.category.into(),
            severity: it.severity.into(),
            cause: it.cause.into(),
            because: it.because.clone(),
            extent: it.extent.into(),
            extent_because: it.extent_because.clone(),
            scope: it.scope.into(),
            explains: it.explains.into(),
            episode: it.episode,
            block: named_block(it.block),
            summary: it.summary.clone(),
            claims: it.claims.clone(),
            captures: it.captures.iter().map(|(name, value)| V2Capture { name: name.clone(), value: value.clone() }).collect(),
            clauses: all(&it.clauses),
            proof: it.proof.as_ref().map(V2Proof::from),
            fix: all(&it.fix),
            brought_by: it.brought_by.iter().map(V2Brought::from_status).collect(),
            code: all(&it.code),
            remediation: all(&it.remediation),
            references: it.references.clone(),
        }
    }
}

impl From<&Remediation> for V2Remediation {
    fn from(it: &Remediation) -> Self {
        Self { safety: it.safety.into(), kind: it.kind.into(), action: it.action.clone() }
    }
}

impl From<&ClauseOutcome> for V2Clause {
    fn from(it: &ClauseOutcome) -> Self {
        Self { clause: it.clause.clone(), truth: it.truth.into(), because: it.because.clone() }
    }
}

impl From<&Proof> for V2Proof {
    fn from(it: &Proof) -> Self {
        let row = |it: &crate::findings::ProofRow| V2ProofRow {
            block: it.block,
            commitment: it.commitment.clone(),
            ours: it.ours.clone(),
            undone: it.undone.clone(),
            theirs: it.theirs.clone(),
        };
        Self { undo: it.undo.clone(), closed: it.is_closed(), rows: it.rows.iter().map(row).collect(), obstacle: it.obstacle.clone() }
    }
}

impl From<&Image> for V2Image {
    fn from(it: &Image) -> Self {
        Self { component: it.component.clone(), image: it.image.clone(), image_id: it.image_id.clone() }
    }
}
