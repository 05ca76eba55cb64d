//! Echonet's pages that are asked for, and what their refusals mean.

use super::fault::{Fault, FaultKind};
use crate::evidence::{DumpKind, Felt, Request};

/// A page of Echonet that only shows. `/l1` and everything that is posted to are not among them, nor are the two pages that fetch classes
/// from mainnet each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EchonetPage {
    /// The report.
    Report,
    /// The report as text.
    ReportText,
    /// The report for people, which names the namespace.
    ReportUi,
    /// The same in one file.
    ReportDownload,
    /// A document that Echonet keeps of a block.
    BlockDump {
        /// Height.
        block: u64,
        /// Which document.
        kind: DumpKind,
    },
    /// Echonet's own block. Below the first block of the epoch Echonet would fetch mainnet's.
    Block(u64),
    /// Echonet's own state update.
    StateUpdate(u64),
    /// The signature of a block.
    Signature(u64),
    /// The newest block that the sequencer posted.
    LatestReceivedBlock,
    /// The newest block whose state commitment Echonet stored.
    LastStoredCommitment,
    /// Where a transaction comes from that was sent and not yet committed.
    TxBlockMetadata(Felt),
    /// A mainnet block's time and prices. May cost Echonet one call to mainnet.
    BlockMetadata(u64),
    /// The protocol version of the first block of the configured run. Costs Echonet one call to mainnet.
    StarknetVersion,
}

impl EchonetPage {
    /// Path and query.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Report => "/echonet/report".to_owned(),
            Self::ReportText => "/echonet/report/text".to_owned(),
            Self::ReportUi => "/echonet/report/ui".to_owned(),
            Self::ReportDownload => "/echonet/report/ui/download".to_owned(),
            Self::BlockDump { block, kind } => format!("/echonet/block_dump?blockNumber={block}&kind={}", kind.name()),
            Self::Block(block) => format!("/feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true"),
            Self::StateUpdate(block) => format!("/feeder_gateway/get_state_update?blockNumber={block}"),
            Self::Signature(block) => format!("/feeder_gateway/get_signature?blockNumber={block}"),
            Self::LatestReceivedBlock => "/cende_recorder/get_latest_received_block".to_owned(),
            Self::LastStoredCommitment => "/cende_recorder/get_last_stored_commitment_height".to_owned(),
            Self::TxBlockMetadata(tx_hash) => format!("/echonet/get_tx_block_metadata?tx_hash={tx_hash}"),
            Self::BlockMetadata(block) => format!("/echonet/get_block_metadata?block_number={block}"),
            Self::StarknetVersion => "/echonet/get_starknet_version".to_owned(),
        }
    }

    /// The page that a path and query are, if they are one that may be asked for.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Self> {
        let value = path.split_once('=').and_then(|(_, it)| it.split('&').next()).unwrap_or_default();
        let dumps = |block| DumpKind::ALL.map(|kind| Self::BlockDump { block, kind });
        let of_block = |block| [Self::Block(block), Self::StateUpdate(block), Self::Signature(block), Self::BlockMetadata(block)];
        let by_block = value.parse().into_iter().flat_map(|block| dumps(block).into_iter().chain(of_block(block)));
        let by_hash = value.parse().into_iter().map(Self::TxBlockMetadata);
        let alone = [
            Self::Report,
            Self::ReportText,
            Self::ReportUi,
            Self::ReportDownload,
            Self::LatestReceivedBlock,
            Self::LastStoredCommitment,
            Self::StarknetVersion,
        ];
        // A number and a hash have other spellings; only one is ever sent.
        alone.into_iter().chain(by_block).chain(by_hash).find(|it| it.path() == path)
    }

    /// Whether it is a few bytes, however large the blocks are.
    pub(super) fn is_small(self) -> bool {
        match self {
            Self::Signature(_)
            | Self::LatestReceivedBlock
            | Self::LastStoredCommitment
            | Self::TxBlockMetadata(_)
            | Self::BlockMetadata(_)
            | Self::StarknetVersion => true,
            Self::Report
            | Self::ReportText
            | Self::ReportUi
            | Self::ReportDownload
            | Self::BlockDump { .. }
            | Self::Block(_)
            | Self::StateUpdate(_) => false,
        }
    }

    /// The page that answers a request, if it is one of Echonet's.
    pub(super) fn of_request(request: &Request) -> Option<Self> {
        match request {
            Request::Report => Some(Self::Report),
            Request::ReportText => Some(Self::ReportText),
            Request::BlockDump { block, kind } => Some(Self::BlockDump { block: *block, kind: *kind }),
            Request::ServedBlock { block } => Some(Self::Block(*block)),
            Request::ServedStateUpdate { block } => Some(Self::StateUpdate(*block)),
            Request::Signature { block } => Some(Self::Signature(*block)),
            Request::LatestReceivedBlock => Some(Self::LatestReceivedBlock),
            Request::LastStoredCommitment => Some(Self::LastStoredCommitment),
            Request::TxBlockMetadata { tx_hash } => Some(Self::TxBlockMetadata(*tx_hash)),
            Request::BlockMetadata { block } => Some(Self::BlockMetadata(*block)),
            Request::StarknetVersion => Some(Self::StarknetVersion),
            Request::ReportDuringResync { .. }
            | Request::BlockDuringResync { .. }
            | Request::StateUpdateDuringResync { .. }
            | Request::VolumeListing
            | Request::VolumeFile { .. }
            | Request::MainnetBlock { .. }
            | Request::MainnetStateUpdate { .. }
            | Request::CloudLogEntries
            | Request::EchonetOutput
            | Request::Pods
            | Request::ConfigMapNames
            | Request::EchonetSource => None,
        }
    }

    /// What it means that this page was refused.
    pub(super) fn meaning(self, fault: Fault) -> Fault {
        match (self, fault.status) {
            // The look-up of a hash that is not there is not caught.
            (Self::TxBlockMetadata(_), Some(500)) => {
                let reason = "HTTP 500: Echonet does not know the transaction now";
                Fault { status: fault.status, ..Fault::new(FaultKind::Absent, reason) }
            }
            // An Echonet that lacks the page says nothing of the transaction.
            (Self::TxBlockMetadata(_), Some(404 | 410)) => Fault { kind: FaultKind::Lasting, ..fault },
            // Asked again, Echonet may ask mainnet again; what was turned away before it was looked at costs nothing.
            (Self::BlockMetadata(_) | Self::StarknetVersion, status)
                if fault.kind == FaultKind::Passing && !matches!(status, Some(408 | 429)) =>
            {
                Fault { kind: FaultKind::Lasting, ..fault }
            }
            _ => fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every page for a height, a kind and a hash. A page that is missing here does not compile below.
    fn all(block: u64, tx_hash: Felt) -> Vec<EchonetPage> {
        use EchonetPage as P;
        let dumps = DumpKind::ALL.map(|kind| P::BlockDump { block, kind });
        let mut pages = vec![P::Report];
        while let Some(next) = pages.last().and_then(|it| match it {
            P::Report => Some(P::ReportText),
            P::ReportText => Some(P::ReportUi),
            P::ReportUi => Some(P::ReportDownload),
            P::ReportDownload => Some(dumps[0]),
            P::BlockDump { kind, .. } => {
                let place = DumpKind::ALL.iter().position(|it| it == kind).expect("a kind");
                Some(dumps.get(place + 1).copied().unwrap_or(P::Block(block)))
            }
            P::Block(_) => Some(P::StateUpdate(block)),
            P::StateUpdate(_) => Some(P::Signature(block)),
            P::Signature(_) => Some(P::LatestReceivedBlock),
            P::LatestReceivedBlock => Some(P::LastStoredCommitment),
            P::LastStoredCommitment => Some(P::TxBlockMetadata(tx_hash)),
            P::TxBlockMetadata(_) => Some(P::BlockMetadata(block)),
            P::BlockMetadata(_) => Some(P::StarknetVersion),
            P::StarknetVersion => None,
        }) {
            pages.push(next);
        }
        pages
    }

    proptest! {
        #[test]
        fn every_page_is_read_back_as_itself_and_nothing_may_be_added(block in any::<u64>(), hash in any::<u128>()) {
            let pages = all(block, Felt::from(hash));
            prop_assert_eq!(pages.len(), 15);
            let paths: std::collections::BTreeSet<String> = pages.iter().map(|it| it.path()).collect();
            prop_assert_eq!(paths.len(), pages.len());
            for page in pages {
                let path = page.path();
                prop_assert_eq!(EchonetPage::of_path(&path), Some(page));
                for other in [format!("{path}&x=1"), format!("{path}?x=1"), format!("{path}/"), format!("{path}#x"), format!("/{path}")] {
                    prop_assert_eq!(EchonetPage::of_path(&other), None);
                }
            }
        }

        #[test]
        fn what_is_read_as_a_page_is_that_page(path in "/(echonet|feeder_gateway|cende_recorder|l1)/[a-z_/]{0,30}(\\?[a-zA-Z_]{1,12}=[0-9a-fxA-F]{0,8}(&[a-zA-Z]{1,17}=[a-z]{1,8})?)?") {
            if let Some(page) = EchonetPage::of_path(&path) {
                prop_assert_eq!(page.path(), path);
            }
        }
    }

    #[test]
    fn only_what_a_refusal_does_not_cost_is_asked_again() {
        use FaultKind::{Absent, Lasting, Passing};
        let tx = EchonetPage::TxBlockMetadata(Felt::from(1_u64));
        let cases = [
            (tx, Some(500), Absent),
            (tx, Some(503), Passing),
            (tx, Some(404), Lasting),
            (EchonetPage::BlockMetadata(7), Some(500), Lasting),
            (EchonetPage::BlockMetadata(7), None, Lasting),
            (EchonetPage::StarknetVersion, Some(500), Lasting),
            (EchonetPage::StarknetVersion, Some(429), Passing),
            (EchonetPage::BlockMetadata(7), Some(404), Absent),
            (EchonetPage::Report, Some(500), Passing),
        ];
        for (page, status, kind) in cases {
            let fault = status.map_or_else(|| Fault::new(Passing, "cut off"), |it| Fault::of_status(it, "", None));
            assert_eq!(page.meaning(fault).kind, kind, "{page:?} {status:?}");
        }
    }
}
