//! What may be asked of a deployment. There is no way to write anything down here that changes one.

use std::fmt;

use super::Felt;

/// One question. The list is closed, and no variant mutates: read-only is a property of this type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// Echonet's report.
    Report,
    /// Echonet's report while resync `episode` was scaling the sequencer down.
    ReportDuringResync {
        /// Number of the resync, from 1.
        episode: u32,
    },
    /// What Echonet holds of a block: in memory first, then in the newest archive.
    BlockDump {
        /// Height.
        block: u64,
        /// Which document.
        kind: DumpKind,
    },
    /// Echonet's block while resync `episode` was scaling the sequencer down.
    BlockDuringResync {
        /// Number of the resync, from 1.
        episode: u32,
        /// Height.
        block: u64,
    },
    /// Echonet's state update while resync `episode` was scaling the sequencer down.
    StateUpdateDuringResync {
        /// Number of the resync, from 1.
        episode: u32,
        /// Height.
        block: u64,
    },
    /// Names below Echonet's data directory.
    VolumeListing,
    /// One file below Echonet's data directory, by its path there.
    VolumeFile {
        /// Path relative to the data directory, such as `blocks_20261122T083832Z/block_7.json`.
        path: String,
    },
    /// A mainnet block from the feeder gateway.
    MainnetBlock {
        /// Height.
        block: u64,
    },
    /// A mainnet state update from the feeder gateway.
    MainnetStateUpdate {
        /// Height.
        block: u64,
    },
    /// Log lines of the containers, from Cloud Logging.
    CloudLogEntries,
    /// The output of Echonet's container.
    EchonetOutput,
    /// Pods of the namespace.
    Pods,
    /// Names of the ConfigMaps of the namespace.
    ConfigMapNames,
    /// The ConfigMap with Echonet's source, which its pod mounts; files are hashed, never kept.
    EchonetSource,
    /// Echonet's report as text.
    ReportText,
    /// The newest block that the sequencer posted to Echonet.
    LatestReceivedBlock,
    /// The newest block whose state commitment Echonet stored.
    LastStoredCommitment,
    /// Echonet's own block from its memory. Never below the first block of the epoch: there it would fetch mainnet's.
    ServedBlock {
        /// Height.
        block: u64,
    },
    /// Echonet's own state update from its memory. Never below the first block of the epoch.
    ServedStateUpdate {
        /// Height.
        block: u64,
    },
    /// The signature that Echonet serves for a block. Never below the first block of the epoch.
    Signature {
        /// Height.
        block: u64,
    },
    /// Where a transaction comes from that Echonet sent and that was not yet committed.
    TxBlockMetadata {
        /// Transaction.
        tx_hash: Felt,
    },
    /// A mainnet block's time and prices as Echonet knows them. May cost Echonet one call to mainnet.
    BlockMetadata {
        /// Height.
        block: u64,
    },
    /// The protocol version of the first block of Echonet's configured run. Costs Echonet one call to mainnet.
    StarknetVersion,
}

/// A document that Echonet keeps of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DumpKind {
    /// What the node posted.
    Blob,
    /// Echonet's block.
    Block,
    /// Echonet's state update.
    StateUpdate,
}

impl DumpKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Blob, Self::Block, Self::StateUpdate];

    /// The name in URLs and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Block => "block",
            Self::StateUpdate => "state_update",
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Report => write!(f, "GET /echonet/report"),
            Self::ReportDuringResync { episode } => write!(f, "GET /echonet/report (during resync {episode})"),
            Self::BlockDump { block, kind } => write!(f, "GET /echonet/block_dump?blockNumber={block}&kind={}", kind.name()),
            Self::BlockDuringResync { episode, block } => {
                write!(f, "GET /feeder_gateway/get_block?blockNumber={block} (Echonet, during resync {episode})")
            }
            Self::StateUpdateDuringResync { episode, block } => {
                write!(f, "GET /feeder_gateway/get_state_update?blockNumber={block} (Echonet, during resync {episode})")
            }
            Self::VolumeListing => write!(f, "ls /data/echonet"),
            Self::VolumeFile { path } => write!(f, "cat /data/echonet/{path}"),
            Self::MainnetBlock { block } => write!(f, "GET /feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true (mainnet)"),
            Self::MainnetStateUpdate { block } => write!(f, "GET /feeder_gateway/get_state_update?blockNumber={block} (mainnet)"),
            Self::CloudLogEntries => write!(f, "entries:list (Cloud Logging)"),
            Self::EchonetOutput => write!(f, "logs of container echonet"),
            Self::Pods => write!(f, "GET pods"),
            Self::ConfigMapNames => write!(f, "GET configmaps (names)"),
            Self::EchonetSource => write!(f, "GET configmap echonet-src-* (hashes of its files)"),
            Self::ReportText => write!(f, "GET /echonet/report/text"),
            Self::LatestReceivedBlock => write!(f, "GET /cende_recorder/get_latest_received_block"),
            Self::LastStoredCommitment => write!(f, "GET /cende_recorder/get_last_stored_commitment_height"),
            Self::ServedBlock { block } => {
                write!(f, "GET /feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true (Echonet)")
            }
            Self::ServedStateUpdate { block } => write!(f, "GET /feeder_gateway/get_state_update?blockNumber={block} (Echonet)"),
            Self::Signature { block } => write!(f, "GET /feeder_gateway/get_signature?blockNumber={block} (Echonet)"),
            Self::TxBlockMetadata { tx_hash } => write!(f, "GET /echonet/get_tx_block_metadata?tx_hash={tx_hash}"),
            Self::BlockMetadata { block } => write!(f, "GET /echonet/get_block_metadata?block_number={block}"),
            Self::StarknetVersion => write!(f, "GET /echonet/get_starknet_version"),
        }
    }
}
