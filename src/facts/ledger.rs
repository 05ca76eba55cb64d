//! Every observed divergence of an episode, one item each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::phases::Reordering;
use super::trace::TraceClass;
use crate::evidence::block::TransactionType;
use crate::evidence::{EvidenceName, Felt};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::OursBlock, EvidenceName::TheirsBlock];

/// An observed divergence: the block, both values, and the item that caused it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LedgerItem {
    /// Stable name within the episode: `<block>/<kind>/<what>`.
    pub id: String,
    /// Kind of the difference.
    pub kind: ItemKind,
    /// Whether it can be a cause, follows from other items, is shown only, or is one only if a rule says so.
    pub role: Role,
    /// Lowest height at which it shows.
    pub block: u64,
    /// Name of the field, for headers, commitments, counts and changed transactions; empty otherwise.
    pub field: String,
    /// The transaction that it is about.
    pub tx_hash: Option<Felt>,
    /// Kind of that transaction, where a payload gives it.
    pub tx_type: Option<TransactionType>,
    /// Sender of that transaction, where a payload gives it.
    pub sender: Option<Felt>,
    /// Contract or class that it is about, for state diffs.
    pub address: Option<Felt>,
    /// Storage slot that it is about.
    pub slot: Option<Felt>,
    /// Our value as text; absent if we have none.
    pub ours: Option<String>,
    /// Mainnet's value as text; absent if it has none.
    pub theirs: Option<String>,
    /// Class of the difference between two revert texts.
    pub trace: Option<TraceClass>,
    /// How events come in another order.
    pub reordered: Option<Reordering>,
    /// Height at which the other side has the transaction, for early and late ones.
    pub elsewhere: Option<u64>,
    /// For a missing transaction: whether the report of the resync lists it as sent to the sequencer and not yet in a block; absent if the
    /// report does not tell.
    pub sent: Option<bool>,
    /// The gateway's error code, for gateway errors.
    pub code: Option<String>,
    /// HTTP status of the gateway's last answer, for gateway errors; 0 if there was none.
    pub status: Option<u16>,
    /// Items that this one follows from; empty unless the role is `consequence`. Of a state entry at most 16: a slot of a block that
    /// lacks a thousand transactions may follow from any of them.
    pub follows: Vec<String>,
    /// Where it was seen: places in the bundle.
    pub evidence: Vec<String>,
}

/// What a ledger item can explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A possible cause, which needs an explanation.
    Cause,
    /// It follows from other items and needs no explanation of its own.
    Consequence,
    /// It is in no hash and can explain nothing.
    Informational,
    /// Nothing was seen to be wrong; a rule that claims it knows better, and makes it a cause.
    Potential,
}

impl Role {
    /// Whether something that counts was seen to differ.
    #[must_use]
    pub fn is_difference(self) -> bool {
        matches!(self, Self::Cause | Self::Consequence)
    }
}

/// Kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// The gateway refused a transaction of mainnet, or could not be reached.
    GatewayError,
    /// A forwarded transaction was not committed in time.
    StillPending,
    /// Echonet reported a revert that it had not seen on mainnet.
    EchonetOnlyRevert,
    /// Echonet reported that a transaction of a committed block had reverted on mainnet and not here.
    MainnetOnlyRevert,
    /// Echonet reported a block hash that differs from mainnet's.
    HashMismatch,
    /// A resync without a reason that this version knows.
    UnknownTrigger,
    /// Progress stopped, and Echonet did not resync.
    Stall,
    /// Mainnet has the transaction in this block; we have it in no observed block.
    TxMissing,
    /// We have the transaction in this block; mainnet has it in no observed block.
    TxExtra,
    /// We executed the transaction in an earlier block than mainnet.
    TxEarly,
    /// We executed the transaction in a later block than mainnet.
    TxLate,
    /// The transactions that both sides have come in another order.
    TxOrder,
    /// The transaction has the same hash but different content.
    TxChanged,
    /// One side reverted, the other did not.
    ExecutionStatus,
    /// Both sides reverted, with different texts.
    RevertReason,
    /// The fee taken differs.
    ActualFee,
    /// L1 gas differs.
    L1Gas,
    /// L1 data gas differs.
    L1DataGas,
    /// L2 gas differs (hashed as 0).
    L2Gas,
    /// Events differ in content or number.
    EventContent,
    /// The same events come in another order.
    EventOrder,
    /// Messages to L1 differ in content or number.
    MessageContent,
    /// The same messages to L1 come in another order.
    MessageOrder,
    /// A storage slot got another value, or only one side wrote it.
    Storage,
    /// A nonce differs, or only one side changed it.
    Nonce,
    /// A contract's class differs (deployed and replaced together).
    ContractClass,
    /// A class declaration differs (declared and migrated together).
    ClassDeclaration,
    /// A header field that is hashed differs.
    Header,
    /// A hashed header field differs that Echonet does not compare: which one was not seen.
    UnseenHeader,
    /// A header field that is not hashed differs.
    UnhashedHeader,
    /// The parent's hash differs.
    ParentHash,
    /// A commitment differs.
    Commitment,
    /// A count in the header differs.
    Count,
    /// The block's hash differs.
    BlockHash,
}

impl ItemKind {
    /// The name in rules and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GatewayError => "gateway_error",
            Self::StillPending => "still_pending",
            Self::EchonetOnlyRevert => "echonet_only_revert",
            Self::MainnetOnlyRevert => "mainnet_only_revert",
            Self::HashMismatch => "hash_mismatch",
            Self::UnknownTrigger => "unknown_trigger",
            Self::Stall => "stall",
            Self::TxMissing => "tx_missing",
            Self::TxExtra => "tx_extra",
            Self::TxEarly => "tx_early",
            Self::TxLate => "tx_late",
            Self::TxOrder => "tx_order",
            Self::TxChanged => "tx_changed",
            Self::ExecutionStatus => "execution_status",
            Self::RevertReason => "revert_reason",
            Self::ActualFee => "actual_fee",
            Self::L1Gas => "l1_gas",
            Self::L1DataGas => "l1_data_gas",
            Self::L2Gas => "l2_gas",
            Self::EventContent => "event_content",
            Self::EventOrder => "event_order",
            Self::MessageContent => "message_content",
            Self::MessageOrder => "message_order",
            Self::Storage => "storage",
            Self::Nonce => "nonce",
            Self::ContractClass => "contract_class",
            Self::ClassDeclaration => "class_declaration",
            Self::Header => "header",
            Self::UnseenHeader => "unseen_header",
            Self::UnhashedHeader => "unhashed_header",
            Self::ParentHash => "parent_hash",
            Self::Commitment => "commitment",
            Self::Count => "count",
            Self::BlockHash => "block_hash",
        }
    }

    /// Whether the item is about which transactions a block holds, and where.
    #[must_use]
    pub fn is_tx_set(self) -> bool {
        matches!(self, Self::TxMissing | Self::TxExtra | Self::TxEarly | Self::TxLate | Self::TxOrder)
    }

    /// Whether the item is about the state diff.
    #[must_use]
    pub fn is_state(self) -> bool {
        matches!(self, Self::Storage | Self::Nonce | Self::ContractClass | Self::ClassDeclaration)
    }

    /// Whether the item is about a receipt and hashed.
    #[must_use]
    pub fn is_receipt(self) -> bool {
        matches!(
            self,
            Self::ExecutionStatus
                | Self::RevertReason
                | Self::ActualFee
                | Self::L1Gas
                | Self::L1DataGas
                | Self::EventContent
                | Self::EventOrder
                | Self::MessageContent
                | Self::MessageOrder
        )
    }

    /// Whether the item is what Echonet itself says went wrong, as a trigger or in its report, and no payload.
    #[must_use]
    pub fn is_trigger(self) -> bool {
        matches!(
            self,
            Self::GatewayError
                | Self::StillPending
                | Self::EchonetOnlyRevert
                | Self::MainnetOnlyRevert
                | Self::HashMismatch
                | Self::UnknownTrigger
                | Self::Stall
        )
    }
}

impl LedgerItem {
    /// An item without details, named `<block>/<kind>/<what>`.
    #[must_use]
    pub fn new(kind: ItemKind, role: Role, block: u64, what: &str) -> Self {
        Self {
            id: if what.is_empty() { format!("{block}/{}", kind.name()) } else { format!("{block}/{}/{what}", kind.name()) },
            kind,
            role,
            block,
            field: String::new(),
            tx_hash: None,
            tx_type: None,
            sender: None,
            address: None,
            slot: None,
            ours: None,
            theirs: None,
            trace: None,
            reordered: None,
            elsewhere: None,
            sent: None,
            code: None,
            status: None,
            follows: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// The same item with both values as text.
    #[must_use]
    pub fn values(mut self, ours: Option<impl ToString>, theirs: Option<impl ToString>) -> Self {
        self.ours = ours.map(|it| it.to_string());
        self.theirs = theirs.map(|it| it.to_string());
        self
    }

    /// Returns the item with this field name.
    #[must_use]
    pub fn field(mut self, name: &str) -> Self {
        name.clone_into(&mut self.field);
        self
    }

    /// Whether the item touches the block at `height`.
    #[must_use]
    pub fn touches(&self, height: u64) -> bool {
        self.block == height || self.elsewhere == Some(height)
    }
}
