//! What made Echonet resync: the four reason texts, the synthetic key and the repeat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::resyncs::StatedResync;
use crate::evidence::pre_resync::gateway_error;
use crate::evidence::report::ReportTrigger;
use crate::evidence::{Bundle, Episode, EvidenceName, Felt, Gathered, Report};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::Snapshot];

/// Why an episode's resync was triggered, read from the reason text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trigger {
    /// Which of Echonet's four reasons it is.
    pub kind: TriggerKind,
    /// The key as Echonet writes it: a transaction hash or `block_hash_mismatch:<N>`; empty if nothing names it.
    pub key: String,
    /// The transaction, unless the key is synthetic.
    pub tx_hash: Option<Felt>,
    /// Block of the trigger: Echonet's block for a hash mismatch, the transaction's mainnet block otherwise.
    pub block: u64,
    /// The reason text; may span lines.
    pub reason: String,
    /// How often this key had triggered by then, this time included. A repeat does not mean the same cause.
    pub count: u64,
    /// The gateway's answer, for a gateway error.
    pub gateway: Option<GatewayAnswer>,
}

/// The reasons that Echonet can give. Where several are due at the same block, it gives the one that comes first here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// `Gateway error: ...`
    GatewayError,
    /// `Echonet-only revert: ...`: mainnet's revert was not on record at that moment; the texts are never compared.
    EchonetOnlyRevert,
    /// `Still pending after >= N blocks`
    StillPending,
    /// `Block hash mismatch at block N`
    BlockHashMismatch,
    /// A text that this version does not know.
    Other,
}

impl TriggerKind {
    /// The name in rules and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::GatewayError => "gateway_error",
            Self::EchonetOnlyRevert => "echonet_only_revert",
            Self::StillPending => "still_pending",
            Self::BlockHashMismatch => "block_hash_mismatch",
            Self::Other => "other",
        }
    }
}

/// What the gateway answered to the last attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GatewayAnswer {
    /// HTTP status; 0 if there was no answer, absent if only the reason text is known.
    pub status: Option<u16>,
    /// Error code such as `StarknetErrorCode.INVALID_TRANSACTION_NONCE`; absent for a transport error.
    pub code: Option<String>,
    /// Message of the answer, or the text of the transport error (empty for a timeout).
    pub message: String,
}

/// Reads the reason text. Echonet's texts are prefixes; everything after one belongs to it, newlines included.
#[must_use]
pub(crate) fn kind_of(reason: &str) -> TriggerKind {
    if reason.starts_with("Gateway error: ") || reason == "Gateway error:" {
        TriggerKind::GatewayError
    } else if reason.starts_with("Echonet-only revert: ") || reason == "Echonet-only revert:" {
        TriggerKind::EchonetOnlyRevert
    } else if reason.starts_with("Still pending after >= ") {
        TriggerKind::StillPending
    } else if reason.starts_with("Block hash mismatch at block ") {
        TriggerKind::BlockHashMismatch
    } else {
        TriggerKind::Other
    }
}

/// Splits a gateway's answer into code and message.
#[must_use]
pub(crate) fn gateway_answer(status: Option<u16>, response: &str) -> GatewayAnswer {
    #[derive(Deserialize)]
    struct RawBody {
        code: String,
        message: String,
    }
    match serde_json::from_str::<RawBody>(response) {
        Ok(body) => GatewayAnswer { status, code: Some(body.code), message: body.message },
        Err(_) => GatewayAnswer { status, code: None, message: response.to_owned() },
    }
}

/// The trigger of an episode as its own documents name it, and what else they state of the resync: from the snapshot, else from the report
/// during the resync, else from the report afterwards.
#[must_use]
pub(crate) fn find_trigger(bundle: &Bundle, episode: &Episode) -> Option<(Trigger, StatedResync)> {
    if let (Some(snapshot), Some(stated)) = (episode.snapshot.value(), StatedResync::of_snapshot(episode)) {
        let count = stated.count.unwrap_or(1);
        let trigger = build(bundle, episode, &snapshot.trigger_key, snapshot.trigger_block, &snapshot.trigger_reason, count);
        return Some((trigger, stated));
    }
    let during = episode.report.value().and_then(|report| newest(report, previous_report(bundle, episode)));
    let recorded = during.or_else(|| after_the_fact(bundle, episode))?;
    let trigger = build(bundle, episode, &recorded.tx_hash, recorded.failure_block_number, &recorded.reason, recorded.count);
    Some((trigger, StatedResync::of_row(recorded)))
}

pub(super) fn build(bundle: &Bundle, episode: &Episode, key: &str, block: u64, reason: &str, count: u64) -> Trigger {
    let kind = kind_of(reason);
    let tx_hash = if key.starts_with("block_hash_mismatch:") { None } else { key.parse().ok() };
    let gateway = (kind == TriggerKind::GatewayError).then(|| {
        let response = reason.strip_prefix("Gateway error:").map(|it| it.strip_prefix(' ').unwrap_or(it)).unwrap_or_default();
        let of_report = |it: &Gathered<Report>| it.value()?.gateway_errors.get(&tx_hash?).map(|it| it.status);
        let of_snapshot = || {
            let mut rows = episode.snapshot.value()?.gateway_errors.iter().filter_map(|it| gateway_error(it));
            rows.find(|(tx, _)| Some(*tx) == tx_hash).map(|(_, it)| it.status)
        };
        gateway_answer(of_report(&episode.report).or_else(of_snapshot).or_else(|| of_report(&bundle.report)), response)
    });
    Trigger { kind, key: key.to_owned(), tx_hash, block, reason: reason.to_owned(), count, gateway }
}

fn previous_report<'b>(bundle: &'b Bundle, episode: &Episode) -> Option<&'b crate::evidence::Report> {
    let before = episode.number.checked_sub(1)?;
    bundle.episodes.iter().find(|it| it.number == before)?.report.value()
}

/// The trigger that `report` has and `before` lacks: a new key, or a key that has triggered once more.
fn newest<'b>(report: &'b crate::evidence::Report, before: Option<&crate::evidence::Report>) -> Option<&'b ReportTrigger> {
    let recorded = |it: &crate::evidence::Report, key: &str| {
        it.certain_failures.get(key).or_else(|| it.resync_causes.get(key)).map_or(0, |it| it.count)
    };
    let mut fresh = report
        .certain_failures
        .iter()
        .chain(&report.resync_causes)
        .filter(|(key, it)| it.count > before.map_or(0, |report| recorded(report, key)));
    let first = fresh.next()?;
    // Two new keys cannot be told apart without the report in between.
    fresh.next().is_none().then_some(first.1)
}

/// With a single episode and a single trigger in the final report, the two belong together.
fn after_the_fact<'b>(bundle: &'b Bundle, episode: &Episode) -> Option<&'b ReportTrigger> {
    let of_report = bundle.report.value().map(|it| it.certain_failures.values().chain(it.resync_causes.values()).collect::<Vec<_>>());
    let of_text = || bundle.echonet.report_text.value().map(|it| it.certain_failures.iter().chain(&it.resync_causes).collect());
    let all = of_report.or_else(of_text)?;
    // Its lists are not in the order of time, so of several nobody can tell whose they are.
    match (all.as_slice(), bundle.episodes.as_slice()) {
        ([trigger], [only]) if only.number == episode.number => Some(*trigger),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_texts_are_told_apart_even_when_empty_or_of_many_lines() {
        let cases = [
            ("Gateway error: {\"code\":\"x\"}", TriggerKind::GatewayError),
            ("Gateway error: ", TriggerKind::GatewayError),
            ("Echonet-only revert: a\nBlock hash mismatch at block 7", TriggerKind::EchonetOnlyRevert),
            ("Still pending after >= 500 blocks", TriggerKind::StillPending),
            ("Block hash mismatch at block 7", TriggerKind::BlockHashMismatch),
            ("transaction_commitment_mismatch", TriggerKind::Other),
            ("", TriggerKind::Other),
        ];
        for (reason, kind) in cases {
            assert_eq!(kind_of(reason), kind, "{reason:?}");
        }
    }

    #[test]
    fn a_gateway_answer_without_a_code_is_a_transport_error() {
        let refused = gateway_answer(Some(400), r#"{"code":"StarknetErrorCode.X","message":"no"}"#);
        assert_eq!((refused.code.as_deref(), refused.message.as_str()), (Some("StarknetErrorCode.X"), "no"));
        let timeout = gateway_answer(Some(0), "");
        assert_eq!((timeout.code, timeout.message.as_str()), (None, ""));
    }
}
