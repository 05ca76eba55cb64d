//! Whether the epoch that still runs makes progress: many failures end in silence, not in a resync.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::{LogIndex, LogRecord};
use super::log_window::LogWindow;
use crate::evidence::{Bundle, Episode, Extent, Gathered, Missing, Observed, RevertComparison};

/// How an epoch stopped without a resync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stall {
    /// What shows it; absent where nothing was fetched, sent or received any more and the log does not hold the beginning of the epoch,
    /// which would tell silence from a resync that did not end.
    pub sign: Option<Sign>,
    /// The block that the sender was at, as the log tells, or else the report; else the newest block that the sequencer posted.
    pub block: Option<u64>,
    /// Record that shows it.
    pub record: usize,
}

/// What shows that an epoch stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// The thread that fetches and forwards ended with an exception.
    SenderEnded,
    /// Echonet failed on the last block that the sequencer sent, and accepted none after it.
    BlockRefused,
    /// A resync began and did not end, and nothing was sent since.
    ResyncUnfinished,
    /// Nothing was fetched, sent or received for ten minutes while Echonet went on logging.
    Silence,
}

impl Sign {
    /// The sign in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SenderEnded => "the sender's thread ended with an exception",
            Self::BlockRefused => "Echonet fails on the block that the sequencer sends",
            Self::ResyncUnfinished => "the resync began and did not end",
            Self::Silence => "nothing was fetched, sent or received any more",
        }
    }
}

impl Stall {
    /// What shows it, in words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        self.sign.unwrap_or(Sign::Silence).words()
    }

    /// The ledger item that somebody must explain.
    #[must_use]
    pub fn item(&self) -> LedgerItem {
        let mut item =
            LedgerItem::new(ItemKind::Stall, Role::Cause, self.block.unwrap_or_default(), "").values(Some(self.words()), None::<&str>);
        item.evidence = vec![format!("logs.echonet record {}", self.record)];
        item
    }
}

const SILENCE_MINUTES: i64 = 10;

/// The stall of the epoch at the end of the log, and the records that belong to it; nothing if it makes progress, or was ended on purpose.
#[must_use]
pub fn of(index: &LogIndex, extent: &Extent) -> Option<(Stall, LogWindow)> {
    let resync = index.records.iter().rposition(|it| it.text.starts_with("Resync triggered by tx "));
    let first = resync.unwrap_or(0);
    let records = index.records.get(first..)?;
    let (sign, record) = ended(records).or_else(|| refused(records)).or_else(|| silent(records))?;
    let block = records.iter().rev().find_map(|it| sender_block(&it.text));
    let begins = resync.is_some() || records.iter().any(|it| it.text.contains("tarting gunicorn "));
    let extent = match extent {
        Extent::Complete if !begins => Extent::Partial("the log begins in the middle of this epoch".to_owned()),
        other => other.clone(),
    };
    // A resync that began before the first line that was seen may be what did not end.
    let sign = Some(sign).filter(|it| *it != Sign::Silence || extent == Extent::Complete);
    let window = LogWindow { first, end: index.records.len(), trigger: record, extent };
    Some((Stall { sign, block, record }, window))
}

/// The epoch that still runs, as an episode without a resync.
#[must_use]
pub fn running(bundle: &Bundle) -> Episode {
    let absent = || Missing::new("nothing", "there was no resync");
    Episode {
        number: bundle.episodes.iter().map(|it| it.number).max().unwrap_or(0) + 1,
        report: bundle.report.clone(),
        snapshot: Gathered::Absent(absent()),
        reverts: reverts_of_text(bundle),
        archive: Gathered::Absent(absent()),
        ours: bundle.after_resync.clone(),
    }
}

/// The reverts in the report as text.
fn reverts_of_text(bundle: &Bundle) -> Gathered<RevertComparison> {
    let Some(text) = bundle.echonet.report_text.as_observed() else { return Gathered::NotAsked };
    match &text.value.reverts {
        Some(reverts) => {
            Gathered::Observed(Observed { value: reverts.clone(), coverage: text.coverage.clone(), source: text.source.clone() })
        }
        None => Gathered::NotAsked,
    }
}

/// Where Echonet itself says that it stopped: the block that the sender is at, or else the newest that the sequencer posted.
#[must_use]
pub fn reported_block(bundle: &Bundle) -> Option<u64> {
    let of_text = || bundle.echonet.report_text.value()?.current_block;
    let posted = || bundle.echonet.latest_received_block.value().copied();
    bundle.report.value().and_then(|it| it.current_block).or_else(of_text).or_else(posted)
}

fn ended(records: &[LogRecord]) -> Option<(Sign, usize)> {
    let last = records.iter().rev().find(|it| it.text.contains("Exception in thread TransactionSenderRunner"))?;
    let restarted = records.iter().any(|it| it.number > last.number && it.text.starts_with("TransactionSenderRunner starting"));
    (!restarted).then_some((Sign::SenderEnded, last.number))
}

fn refused(records: &[LogRecord]) -> Option<(Sign, usize)> {
    let last = records.iter().rev().find(|it| it.text.starts_with("Exception on /cende_recorder/write_blob [POST]"))?;
    let accepted = records.iter().any(|it| it.number > last.number && it.text.contains("/cende_recorder/write_blob HTTP/1.1\" 200 "));
    (!accepted).then_some((Sign::BlockRefused, last.number))
}

fn silent(records: &[LogRecord]) -> Option<(Sign, usize)> {
    let is_progress = |it: &&LogRecord| {
        let text = it.text.as_str();
        let sender = ["Forwarded tx", "Forward failed", "Observed L1_HANDLER", "TransactionSenderRunner st", "Fetch block ", "last_block="];
        let is_resync = it.logger.as_deref() == Some("echonet.sequencer_manager");
        sender.iter().any(|start| text.starts_with(start)) || sender_block(text).is_some() || is_resync
    };
    let last = records.iter().rev().find(is_progress)?;
    // Blocks that were on their way still arrive after the sender stopped at its configured end.
    let switched = records.iter().rev().find(|it| it.text.starts_with("TransactionSenderRunner st"));
    let ended_on_purpose = switched.is_some_and(|it| it.text.starts_with("TransactionSenderRunner stopped"));
    let end = records.iter().rev().find_map(|it| it.at)?;
    if ended_on_purpose || end < last.at?.plus_millis(SILENCE_MINUTES * 60_000) {
        return None;
    }
    let unfinished = records.iter().any(|it| it.text.starts_with("Starting resync workflow"))
        && !records.iter().any(|it| it.text.starts_with("Resync workflow complete"));
    Some((if unfinished { Sign::ResyncUnfinished } else { Sign::Silence }, last.number))
}

/// The block of a line `Block 7: total=3 valid=3`.
fn sender_block(text: &str) -> Option<u64> {
    let (number, rest) = text.strip_prefix("Block ")?.split_once(": ")?;
    rest.starts_with("total=").then(|| number.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LogStream;
    use crate::evidence::logs::{LogLine, Stream};

    /// Lines with the minute at which each was written.
    fn sign(lines: Lines<'_>) -> Option<Option<Sign>> {
        let start: crate::evidence::Timestamp = "2026-01-02T03:00:00Z".parse().expect("a time");
        let line = |(minute, text): &(i64, &str)| LogLine {
            at: Some(start.plus_millis(minute * 60_000)),
            stream: Stream::Stdout,
            pod: String::new(),
            text: (*text).to_owned(),
        };
        let index = LogIndex::new(&LogStream { namespace: None, lines: lines.iter().map(line).collect() });
        of(&index, &Extent::Complete).map(|(stall, _)| stall.sign)
    }

    type Lines<'l> = &'l [(i64, &'l str)];

    const SENT: &str = "[INFO] [echonet.transaction_sender] Forwarded tx: 0x1";
    const BEGUN: &str = "[2026-01-02 03:00:00 +0000] [9] [INFO] Starting gunicorn 27.0.1";
    const RESYNC: &str = "[INFO] [echonet.sequencer_manager] Starting resync workflow around block 7...";
    const POLL: &str = "[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)";
    const ACCEPTED: &str = "10.0.0.1 - - [02/Jan/2026:03:00:00 +0000] \"POST /cende_recorder/write_blob HTTP/1.1\" 200 0 \"-\" \"-\"";
    const REFUSED: &str = "[ERROR] [echonet.echo_center] Exception on /cende_recorder/write_blob [POST]";
    const STORED: &str = "[INFO] [echonet.flask] last_block=7";
    const STOPPED: &str = "[INFO] [echonet.transaction_sender] TransactionSenderRunner stopped";
    const DIED: &str = "Exception in thread TransactionSenderRunner:";

    #[test]
    fn an_epoch_that_stopped_is_told_from_one_that_goes_on_or_was_ended() {
        let cases: [(&str, Lines<'_>, Option<Option<Sign>>); 9] = [
            ("progress", &[(0, SENT), (9, SENT), (10, POLL)], None),
            ("silence", &[(0, BEGUN), (0, SENT), (11, POLL)], Some(Some(Sign::Silence))),
            ("silence of an epoch whose beginning was not seen", &[(0, SENT), (11, POLL)], Some(None)),
            ("a resync that began and did not end", &[(0, SENT), (1, RESYNC), (12, POLL)], Some(Some(Sign::ResyncUnfinished))),
            ("ended on purpose", &[(0, SENT), (1, STOPPED), (2, STORED), (30, POLL)], None),
            ("died", &[(0, SENT), (1, DIED), (1, STOPPED)], Some(Some(Sign::SenderEnded))),
            ("refused", &[(0, ACCEPTED), (1, REFUSED), (1, SENT)], Some(Some(Sign::BlockRefused))),
            ("refused once", &[(0, REFUSED), (1, ACCEPTED), (1, SENT)], None),
            ("nothing began", &[(0, POLL), (30, POLL)], None),
        ];
        for (name, lines, expected) in cases {
            assert_eq!(sign(lines), expected, "{name}");
        }
    }
}
