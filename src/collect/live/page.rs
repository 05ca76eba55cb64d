//! Pages of Echonet and of mainnet's feeder gateway: the questions of the table that go out by plain HTTP, and what their refusals mean.

use std::fmt;

use super::fault::{AskFault, FaultKind};
use crate::evidence::Request;
use crate::evidence::sources::{PageQueue, RefusalMeaning, Wire};

/// A page of Echonet that only shows. `/l1` and everything that is posted to are not among them, nor are the two pages that fetch classes
/// from mainnet each time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EchonetPage {
    request: Request,
    path: String,
}

/// A page of mainnet's feeder gateway.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeederPage {
    request: Request,
    path: String,
}

impl EchonetPage {
    /// The page that answers a request, if it is one of Echonet's.
    #[must_use]
    pub(crate) fn from_request(request: &Request) -> Option<Self> {
        Some(Self { request: request.clone(), path: request.echonet_path()? })
    }

    /// The request that this page answers.
    #[must_use]
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Path and query.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is a few bytes, however large the blocks are.
    pub(super) fn is_small(&self) -> bool {
        matches!(self.request.source().wire, Wire::Echonet { turn: PageQueue::Small, .. })
    }

    /// What it means that this page was refused.
    pub(super) fn meaning(&self, fault: AskFault) -> AskFault {
        let Wire::Echonet { refusal, .. } = self.request.source().wire else { return fault };
        match (refusal, fault.status) {
            (RefusalMeaning::UnknownIs500, Some(500)) => {
                let reason = "HTTP 500: Echonet does not know the transaction now";
                AskFault { status: fault.status, ..AskFault::new(FaultKind::Absent, reason) }
            }
            (RefusalMeaning::UnknownIs500, Some(404 | 410)) => AskFault { kind: FaultKind::Permanent, ..fault },
            (RefusalMeaning::CostsMainnet, status) if fault.kind == FaultKind::Transient && !matches!(status, Some(408 | 429)) => {
                AskFault { kind: FaultKind::Permanent, ..fault }
            }
            _ => fault,
        }
    }
}

impl FeederPage {
    /// The page that answers a request, if it is one of mainnet's.
    #[must_use]
    pub(crate) fn from_request(request: &Request) -> Option<Self> {
        Some(Self { request: request.clone(), path: request.mainnet_path()? })
    }

    /// The request that this page answers.
    #[must_use]
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Path and query.
    #[must_use]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Debug for EchonetPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_recordings(&self.request))
    }
}

impl fmt::Debug for FeederPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_recordings(&self.request))
    }
}

/// The name of a page in a recording, which every version that reads it must give it again: the host goes without saying, and so does what
/// the one part is.
fn in_recordings(request: &Request) -> String {
    let text = format!("{request:?}");
    let text = text.strip_prefix("Served").or_else(|| text.strip_prefix("Mainnet")).unwrap_or(&text);
    match text.split_once(" { ").map(|(name, rest)| (name, rest.trim_end_matches(" }"))) {
        Some((name, one)) if !one.contains(", ") => format!("{name}({})", one.split_once(": ").map_or(one, |(_, value)| value)),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{DumpKind, Felt};

    fn page(request: &Request) -> EchonetPage {
        EchonetPage::from_request(request).expect("a page of Echonet")
    }

    #[test]
    fn a_page_has_the_name_in_a_recording_that_the_first_version_gave_it() {
        let tx_hash = Felt::from(0x1_u64);
        let named = [
            (Request::Report, "Report"),
            (Request::ReportDownload, "ReportDownload"),
            (Request::BlockDump { block: 7, kind: DumpKind::StateUpdate }, "BlockDump { block: 7, kind: StateUpdate }"),
            (Request::ServedBlock { block: 7 }, "Block(7)"),
            (Request::ServedStateUpdate { block: 7 }, "StateUpdate(7)"),
            (Request::Signature { block: 7 }, "Signature(7)"),
            (Request::LastStoredCommitment, "LastStoredCommitment"),
            (Request::TxBlockMetadata { tx_hash }, "TxBlockMetadata(0x1)"),
        ];
        for (request, name) in named {
            assert_eq!(format!("{:?}", page(&request)), name);
        }
        let mainnet = |it: Request| format!("{:?}", FeederPage::from_request(&it).expect("a page of mainnet"));
        assert_eq!(mainnet(Request::MainnetBlock { block: 7 }), "Block(7)");
        assert_eq!(mainnet(Request::MainnetStateUpdate { block: 7 }), "StateUpdate(7)");
    }

    #[test]
    fn only_what_a_refusal_does_not_cost_is_asked_again() {
        use FaultKind::{Absent, Permanent, Transient};
        let tx = Request::TxBlockMetadata { tx_hash: Felt::from(1_u64) };
        let metadata = Request::BlockMetadata { block: 7 };
        let cases = [
            (&tx, Some(500), Absent),
            (&tx, Some(503), Transient),
            (&tx, Some(404), Permanent),
            (&metadata, Some(500), Permanent),
            (&metadata, None, Permanent),
            (&Request::StarknetVersion, Some(500), Permanent),
            (&Request::StarknetVersion, Some(429), Transient),
            (&metadata, Some(404), Absent),
            (&Request::Report, Some(500), Transient),
        ];
        for (request, status, kind) in cases {
            let fault = status.map_or_else(|| AskFault::new(Transient, "cut off"), |it| AskFault::of_status(it, "", None));
            assert_eq!(page(request).meaning(fault).kind, kind, "{request:?} {status:?}");
        }
    }
}
