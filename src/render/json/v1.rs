//! The first version of the JSON form, `whysync.diagnosis/v1`.
//!
//! Fields may be added within the version; none is renamed, removed or given another meaning.

mod episode;
mod exhibits;
mod fix;
mod gaps;
mod payload;
mod side_check;
mod together;
mod words;

use schemars::JsonSchema;
use serde::Serialize;

use crate::findings::{ClauseOutcome, Diagnosis, Finding, Image, IncidentSummary, Proof};
pub use episode::{V1Divergence, V1Episode, V1Trigger};
pub use exhibits::{
    V1BlockHead, V1BlockPair, V1ConditionOutcome, V1EvidenceSeen, V1ExcerptLine, V1Exhibits, V1Lane, V1LogExcerpt, V1Mark, V1RuleTree,
    V1Source, V1Timeline, V1TraceFrame, V1TraceRow, V1TraceSides, V1TriggerLines,
};
pub use fix::{V1CodeAnchor, V1CodePlace, V1Contradiction, V1Fix, V1FixAnswer, V1FixStatus, V1Located, V1Whereabouts};
pub use gaps::{V1Undecided, V1Unseen};
pub use payload::{V1PayloadExcerpt, V1PayloadPiece, V1PieceState};
pub use side_check::{V1Consistency, V1SideCheck};
pub use together::{V1Ground, V1JointProof, V1Rival, V1Rivalry};
pub use words::{
    V1Category, V1Certainty, V1Component, V1ConditionPart, V1Equality, V1Explains, V1FixRole, V1Joined, V1LinePlace, V1PayloadSide, V1Role,
    V1RuleOutcome, V1Safety, V1Scope, V1SeenExtent, V1Severity, V1Standing, V1Tone, V1Truth, V1Verdict,
};

/// The answer for one bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "whysync.diagnosis/v1")]
pub struct V1Diagnosis {
    /// Name and version of this form.
    pub schema: V1Schema,
    /// The answer of the whole.
    pub verdict: V1Verdict,
    /// The verdict in one sentence.
    pub headline: String,
    /// Which incident this is.
    pub incident: V1Incident,
    /// What rules explain: causes before consequences, earliest episode and block first, then the gravest.
    pub findings: Vec<V1Finding>,
    /// What findings prove together where alone they do not.
    pub joint_proofs: Vec<V1JointProof>,
    /// Findings that claim the same.
    pub rivalries: Vec<V1Rivalry>,
    /// Causes that no finding claims, by episode and block. Empty if everything is explained.
    pub unexplained: Vec<V1Divergence>,
    /// Stable name of what is unexplained: the same unknown gets the same name. Null if nothing is.
    pub fingerprint: Option<String>,
    /// Whether the sides of each diverging block are what they state.
    pub consistency: Vec<V1SideCheck>,
    /// Evidence that was not, or not wholly, seen.
    pub unseen: Vec<V1Unseen>,
    /// Rules that could not be decided.
    pub undecided: Vec<V1Undecided>,
    /// The resyncs, earliest first.
    pub episodes: Vec<V1Episode>,
    /// Images that run.
    pub images: Vec<V1Image>,
    /// What stands behind all this, bounded in size.
    pub exhibits: V1Exhibits,
}

/// Name and version of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum V1Schema {
    /// The first version.
    #[serde(rename = "whysync.diagnosis/v1")]
    V1,
}

/// Which incident a diagnosis is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Incident {
    /// Kubernetes namespace, if known.
    pub namespace: Option<String>,
    /// Height that the user named, if any.
    pub asked_block: Option<u64>,
    /// The newest moment that any evidence carries, RFC 3339 in UTC.
    #[schemars(extend("format" = "date-time"))]
    pub observed_until: Option<String>,
    /// Scenario and seed if the evidence is synthetic.
    pub simulated: Option<String>,
}

/// What a rule explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Finding {
    /// Slug of the rule, such as `parent-hash-cascade`.
    pub rule: String,
    /// Id of the rule, such as `WS-L1-001`.
    pub rule_id: String,
    /// Title of the rule.
    pub title: String,
    /// What kind of failure it is.
    pub category: V1Category,
    /// How grave it is.
    pub severity: V1Severity,
    /// How sure it is.
    pub certainty: V1Certainty,
    /// Why the certainty is what it is.
    pub because: String,
    /// Whether it explains causes or what follows from them.
    pub scope: V1Scope,
    /// What it does with its claims.
    pub explains: V1Explains,
    /// Number of the episode.
    pub episode: u32,
    /// Lowest height among the claims.
    pub block: u64,
    /// What happened, with the values of this incident.
    pub summary: String,
    /// Ids of the divergences that it explains: `episodes[].divergences[].id` in the finding's episode. Empty only where it explains
    /// nothing.
    pub claims: Vec<String>,
    /// What was captured, sorted by name.
    pub captures: Vec<V1Capture>,
    /// How each clause came out, sorted by name.
    pub clauses: Vec<V1Clause>,
    /// The counterfactual, where one was tried.
    pub proof: Option<V1Proof>,
    /// Known fixes.
    pub fix: Vec<V1Fix>,
    /// Where the fault lives.
    pub code: Vec<V1CodeAnchor>,
    /// What to do, in this order.
    pub remediation: Vec<V1Remediation>,
    /// Further reading.
    pub references: Vec<String>,
}

/// A value that a rule captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Capture {
    /// Name of the capture.
    pub name: String,
    /// Its values, each once, with `, ` between them.
    pub value: String,
}

/// How a clause came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Clause {
    /// Name of the clause.
    pub clause: String,
    /// What came out.
    pub truth: V1Truth,
    /// The values or the log line that decided it.
    pub because: String,
}

/// A counterfactual: our block with only the claims undone, hashed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Proof {
    /// What was undone, in words.
    pub undo: String,
    /// Whether every touched commitment became mainnet's.
    pub closed: bool,
    /// One row a commitment that the claims touch.
    pub rows: Vec<V1ProofRow>,
    /// Why something could not be recomputed, if so.
    pub obstacle: Option<String>,
}

/// One commitment of a counterfactual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1ProofRow {
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
pub struct V1Remediation {
    /// Whether it changes anything.
    pub safety: V1Safety,
    /// What to do.
    #[serde(rename = "do")]
    pub action: String,
}

/// An image that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1Image {
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

impl From<&Diagnosis> for V1Diagnosis {
    fn from(it: &Diagnosis) -> Self {
        Self {
            schema: V1Schema::V1,
            verdict: it.verdict.into(),
            headline: it.headline.clone(),
            incident: (&it.incident).into(),
            findings: all(&it.findings),
            joint_proofs: all(&it.joint_proofs),
            rivalries: all(&it.rivalries),
            unexplained: all(&it.unexplained),
            fingerprint: it.fingerprint.clone(),
            consistency: all(&it.consistency),
            unseen: all(&it.unseen),
            undecided: all(&it.undecided),
            episodes: all(&it.episodes),
            images: all(&it.images),
            exhibits: (&it.exhibits).into(),
        }
    }
}

impl From<&IncidentSummary> for V1Incident {
    fn from(it: &IncidentSummary) -> Self {
        Self {
            namespace: it.namespace.clone(),
            asked_block: it.asked_block,
            observed_until: it.observed_until.map(|it| it.to_string()),
            simulated: it.simulated.clone(),
        }
    }
}

impl From<&Finding> for V1Finding {
    fn from(it: &Finding) -> Self {
        Self {
            rule: it.rule.clone(),
            rule_id: it.rule_id.clone(),
            title: it.title.clone(),
            category: it.category.into(),
            severity: it.severity.into(),
            certainty: it.certainty.into(),
            because: it.because.clone(),
            scope: it.scope.into(),
            explains: it.explains.into(),
            episode: it.episode,
            block: it.block,
            summary: it.summary.clone(),
            claims: it.claims.clone(),
            captures: it.captures.iter().map(|(name, value)| V1Capture { name: name.clone(), value: value.clone() }).collect(),
            clauses: all(&it.clauses),
            proof: it.proof.as_ref().map(V1Proof::from),
            fix: all(&it.fix),
            code: all(&it.code),
            remediation: it.remediation.iter().map(|it| V1Remediation { safety: it.safety.into(), action: it.action.clone() }).collect(),
            references: it.references.clone(),
        }
    }
}

impl From<&ClauseOutcome> for V1Clause {
    fn from(it: &ClauseOutcome) -> Self {
        Self { clause: it.clause.clone(), truth: it.truth.into(), because: it.because.clone() }
    }
}

impl From<&Proof> for V1Proof {
    fn from(it: &Proof) -> Self {
        let row = |it: &crate::findings::ProofRow| V1ProofRow {
            block: it.block,
            commitment: it.commitment.clone(),
            ours: it.ours.clone(),
            undone: it.undone.clone(),
            theirs: it.theirs.clone(),
        };
        Self { undo: it.undo.clone(), closed: it.is_closed(), rows: it.rows.iter().map(row).collect(), obstacle: it.obstacle.clone() }
    }
}

impl From<&Image> for V1Image {
    fn from(it: &Image) -> Self {
        Self { component: it.component.clone(), image: it.image.clone(), image_id: it.image_id.clone() }
    }
}
