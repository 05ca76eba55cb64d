//! Ground: what was observed of one deployment.
//!
//! Invariant: nothing here knows about facts, rules or findings, and nothing does I/O or reads a clock. Each document has its own file and
//! type. Each source says where its document is requested and how an answer is read; [`sources`] is the table of all sources. A [`Bundle`]
//! is all of it in one typed JSON document.

mod evidence_name;
mod felt;
mod gathered;
pub(crate) mod host;
mod lenient;
pub(crate) mod pieces;
mod program;
mod shared_text;
mod side;
mod stored;
mod timestamp;
pub mod report;
pub mod report_text;
pub mod pre_resync;
pub mod reverts;
pub(crate) mod sections;
pub mod sources;
pub mod block;
pub mod state_update;
pub mod blob;
pub mod logs;
pub mod log_forms;
pub mod pods;
pub mod source;
pub(crate) mod image;
pub mod commit;
pub mod content;
pub mod history;
pub mod level;
pub(crate) mod record_start;
pub mod statement;
pub(crate) mod symbol;
mod syntax;
pub(crate) mod test_code;
pub mod anchor;
pub mod lineage;
pub(crate) mod cluster;
pub(crate) mod collection;
pub(crate) mod identity;
pub(crate) mod resync_identity;
pub mod files;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use blob::BlobDigest;
pub use block::Block;
pub use cluster::{ClusterEvent, Service, ServicePort, Workload, WorkloadKind};
pub use collection::{AuditRow, Collection, CollectionEnd, FurtherRound, LogQuery};
pub use evidence_name::EvidenceName;
pub use felt::{Felt, FeltError};
pub use files::Files;
pub use gathered::{Absence, Coverage, Extent, Gathered, Missing, Observed, Provenance};
pub use host::Host;
pub use lineage::Lineage;
pub use logs::LogStream;
pub use pods::{ConfigMapName, Pod};
pub use pre_resync::Snapshot;
pub use program::Program;
pub use report::Report;
pub use report_text::ReportText;
pub use reverts::RevertComparison;
pub use sections::Section;
pub use shared_text::SharedText;
pub use side::BlockSide;
pub use source::EchonetSource;
pub use sources::{DumpKind, EchonetPages, Request};
pub use state_update::StateUpdate;
pub use timestamp::{Timestamp, TimestampError};

/// Payload fields that this version does not know, kept as they came.
pub type Extra = BTreeMap<String, serde_json::Value>;

/// Everything that was observed of one incident.
///
/// Versioned: `schema` names the version, and fields that this version does not know are refused.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The version of this document.
    pub schema: BundleSchema,
    /// The incident that the bundle is about.
    pub incident: Incident,
    /// Echonet's report after the last resync.
    pub report: Gathered<Report>,
    /// What Echonet's smaller pages say after the last resync.
    #[serde(default, skip_serializing_if = "EchonetPages::is_empty")]
    pub echonet: EchonetPages,
    /// The resyncs, earliest first.
    pub episodes: Vec<Episode>,
    /// Mainnet's side, by height.
    pub theirs: BTreeMap<u64, TheirBlock>,
    /// What Echonet serves after the last resync, by height: the replay or mainnet's own block, never the failing block.
    pub after_resync: BTreeMap<u64, OurBlock>,
    /// Log lines.
    pub logs: Logs,
    /// The deployment at the time of collection.
    pub deployment: Deployment,
    /// What code is deployed, and what it contains.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub lineage: Gathered<Lineage>,
    /// What was among the evidence and is another deployment's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set_aside: Vec<SetAside>,
    /// Why it cannot be told which deployment, or which run of it, the incident is of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ambiguous: Vec<Ambiguity>,
    /// How it was collected, if a live deployment was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<Collection>,
    /// What became of the files that it was made of, if it was made of files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Files>,
}

/// Evidence that is another deployment's, and was therefore not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// What it is, and how much of it.
    pub what: String,
    /// The Kubernetes namespace that it belongs to, or the run of Echonet.
    pub whose: String,
    /// How it is known to belong to another deployment.
    pub why: String,
}

/// Why it cannot be told what a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ambiguity {
    /// The log holds lines of several namespaces, and nothing says which is meant: none of it was used.
    Namespaces(Vec<String>),
    /// Two pieces of evidence are of different runs of Echonet, and nothing tells which of them is meant: both were used.
    Runs {
        /// The first piece of evidence, with its run.
        one: String,
        /// The other run.
        other: String,
    },
}

/// The version of the bundle document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum BundleSchema {
    /// The first version.
    #[serde(rename = "whysync.bundle/v1")]
    V1,
}

/// The incident that a bundle is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Incident {
    /// Kubernetes namespace, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The block that the user named, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
    /// The newest moment that any evidence carries: the bundle's own "now".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_until: Option<Timestamp>,
    /// How the evidence was obtained.
    pub origin: Origin,
}

/// Where a bundle's evidence comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Origin {
    /// Imported from saved files.
    Imported,
    /// A live deployment.
    Collected,
    /// The simulator: nothing here happened.
    Simulated {
        /// The scenario's name.
        scenario: String,
        /// The seed.
        seed: u64,
    },
}

/// One resync: Echonet's state when it was triggered, and the blocks of the epoch that it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// Number in the bundle, from 1, earliest first.
    pub number: u32,
    /// The report that Echonet served while this resync scaled the sequencer down.
    pub report: Gathered<Report>,
    /// The snapshot that Echonet wrote before it cleared its state.
    pub snapshot: Gathered<Snapshot>,
    /// Which transactions had reverted on one side only, as Echonet wrote it beside the snapshot.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub reverts: Gathered<RevertComparison>,
    /// The archive directory of the epoch, by name.
    pub archive: Gathered<String>,
    /// Echonet's side before the resync, by height.
    pub ours: BTreeMap<u64, OurBlock>,
}

/// What Echonet has of one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OurBlock {
    /// The block.
    pub block: Gathered<Block>,
    /// The state update.
    pub state_update: Gathered<StateUpdate>,
    /// Digest of the blob that the node posted.
    pub blob: Gathered<BlobDigest>,
}

impl OurBlock {
    /// Whether a part of it was there and could not be read.
    #[must_use]
    pub fn could_not_be_read(&self) -> bool {
        matches!(self.block, Gathered::Failed(_))
            || matches!(self.state_update, Gathered::Failed(_))
            || matches!(self.blob, Gathered::Failed(_))
    }
}

/// What mainnet has of one block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TheirBlock {
    /// The block.
    pub block: Gathered<Block>,
    /// The state update.
    pub state_update: Gathered<StateUpdate>,
}

/// Log lines by program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Lines of Echonet.
    pub echonet: Gathered<LogStream>,
    /// Lines of the sequencer.
    pub sequencer: Gathered<LogStream>,
}

/// What runs, and what the cluster says of it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Pods.
    pub pods: Gathered<Vec<Pod>>,
    /// ConfigMaps, names only.
    pub config_maps: Gathered<Vec<ConfigMapName>>,
    /// The source that Echonet runs.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub source: Gathered<EchonetSource>,
    /// StatefulSets and Deployments.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub workloads: Gathered<Vec<Workload>>,
    /// Services.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub services: Gathered<Vec<Service>>,
    /// What the cluster noted about the namespace's objects, earliest first.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub events: Gathered<Vec<ClusterEvent>>,
    /// Settings of the sequencer that a diagnosis may need, by their dotted names; all others are left out.
    #[serde(default, skip_serializing_if = "Gathered::is_not_asked")]
    pub node_settings: Gathered<BTreeMap<String, String>>,
}

/// An answer that is not what its source sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseError(String);

impl ParseError {
    /// Says what is wrong, as a fragment without a full stop.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Reads a JSON body.
fn parse_json<T: DeserializeOwned>(body: &str) -> Result<T, ParseError> {
    if body.trim().is_empty() {
        return Err(ParseError::new("the body is empty"));
    }
    if body.trim_start().starts_with('<') {
        return Err(ParseError::new("the body is an HTML page, not JSON"));
    }
    serde_json::from_str(body).map_err(|err| ParseError::new(format!("not the expected JSON: {err}")))
}
