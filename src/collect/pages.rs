//! Which of Echonet's smaller pages are worth asking for.

use std::collections::BTreeSet;

use super::Access;
use super::asking::{self, ask};
use crate::evidence::{EchonetPages, Felt, Gathered, Report, ReportText, Request, Snapshot, echonet};

/// What triggered the resync that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Focus {
    /// Block of the trigger.
    pub(super) block: u64,
    /// The transaction, where one triggered it.
    pub(super) tx_hash: Option<Felt>,
}

impl Focus {
    pub(super) fn of_snapshot(snapshot: &Snapshot) -> Self {
        Self { block: snapshot.trigger_block, tx_hash: tx_hash(&snapshot.trigger_key) }
    }

    /// The only trigger that a report names.
    pub(super) fn of_report(report: &Report) -> Option<Self> {
        let mut all = report.certain_failures.values().chain(report.resync_causes.values());
        let (trigger, other) = (all.next()?, all.next());
        other.is_none().then(|| Self { block: trigger.failure_block_number, tx_hash: tx_hash(&trigger.tx_hash) })
    }
}

fn tx_hash(key: &str) -> Option<Felt> {
    key.starts_with("0x").then(|| key.parse().ok()).flatten()
}

/// The report as text, where the report itself could not be had or read.
pub(super) fn text(access: &dyn Access, held: &BTreeSet<Request>, report: &Gathered<Report>) -> Gathered<ReportText> {
    match report {
        Gathered::Failed(_) | Gathered::Absent(_) => asking::report_text(access, &Request::ReportText),
        Gathered::NotAsked if held.contains(&Request::ReportText) => asking::report_text(access, &Request::ReportText),
        Gathered::Observed(_) | Gathered::NotAsked => Gathered::NotAsked,
    }
}

/// The pages: those that are held, and of single blocks and transactions else those of the trigger alone, for a page may cost Echonet a
/// call to mainnet.
pub(super) fn pages(
    access: &dyn Access,
    held: &BTreeSet<Request>,
    focus: Option<Focus>,
    report: &Gathered<Report>,
    report_text: Gathered<ReportText>,
) -> EchonetPages {
    // Below it, Echonet would pass on what mainnet says.
    let start = report.value().and_then(|it| it.current_start_block);
    let mut wanted = held.clone();
    if let Some(Focus { block, tx_hash }) = focus {
        wanted.insert(Request::BlockMetadata { block });
        wanted.extend(start.filter(|it| *it <= block).map(|_| Request::Signature { block }));
        wanted.extend(tx_hash.map(|tx_hash| Request::TxBlockMetadata { tx_hash }));
    }
    let mut pages = EchonetPages {
        report_text,
        starknet_version: ask(access, &Request::StarknetVersion, echonet::parse_starknet_version),
        latest_received_block: ask(access, &Request::LatestReceivedBlock, echonet::parse_latest_received_block),
        last_stored_commitment: ask(access, &Request::LastStoredCommitment, echonet::parse_last_stored_commitment),
        ..EchonetPages::default()
    };
    for request in &wanted {
        match request {
            Request::BlockMetadata { block } => {
                pages.block_metadata.insert(*block, ask(access, request, echonet::parse_block_metadata));
            }
            Request::Signature { block } => {
                pages.signatures.insert(*block, ask(access, request, echonet::parse_signature));
            }
            Request::TxBlockMetadata { tx_hash } => {
                pages.transactions.insert(*tx_hash, ask(access, request, echonet::parse_sent_transaction));
            }
            _ => {}
        }
    }
    pages.block_metadata.retain(|_, it| !it.is_not_asked());
    pages.signatures.retain(|_, it| !it.is_not_asked());
    pages.transactions.retain(|_, it| !it.is_not_asked());
    pages
}
