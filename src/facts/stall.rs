//! Whether the epoch that still runs makes progress: many failures end in silence, not in a resync.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ledger::{ItemKind, LedgerItem, Role};
use super::log_index::LogRecord;
use super::log_window::sender_block;
use super::posts::{self, Posts};
use crate::evidence::{EvidenceName, Timestamp};

/// Evidence that these facts are derived from.
pub(crate) const READS: &[EvidenceName] = &[EvidenceName::LogsEchonet];

/// How an epoch stopped without a resync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stall {
    /// What shows it; absent where fetching, sending and receiving all stopped and the log does not hold the beginning of the epoch,
    /// which would tell silence from a resync that did not end.
    pub sign: Option<Sign>,
    /// The block that failed: the one that Echonet refused, that could not be fetched, or that should have come next; of a resync that did not
    /// end, the block of its trigger; else the one that the sender stood at. Absent where no line names one.
    pub block: Option<u64>,
    /// The block that the sender stood at, as the log tells.
    pub sender_block: Option<u64>,
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
            Self::Silence => "fetching, sending and receiving all stopped",
        }
    }
}

impl Stall {
    /// The sign of the stall, in words.
    #[must_use]
    pub fn words(&self) -> &'static str {
        self.sign.unwrap_or(Sign::Silence).words()
    }

    /// The ledger item for the stall.
    #[must_use]
    pub fn item(&self) -> LedgerItem {
        let stood = self.sender_block.filter(|it| Some(*it) != self.block);
        let stood = stood.map(|it| format!("; the sender was at block {it}")).unwrap_or_default();
        let mut item = item(Role::Cause, self.block).values(Some(format!("{}{stood}", self.words())), None::<&str>);
        item.evidence = vec![format!("logs.echonet record {}", self.record)];
        item
    }
}

/// The item of an epoch that was not seen to stop: a rule whose decisive lines are there may know better.
#[must_use]
pub(crate) fn potential() -> LedgerItem {
    item(Role::Potential, None)
}

fn item(role: Role, block: Option<u64>) -> LedgerItem {
    let mut item = LedgerItem::new(ItemKind::Stall, role, block.unwrap_or_default(), "");
    if block.is_none() {
        ItemKind::Stall.name().clone_into(&mut item.id);
    }
    item
}

/// How long an epoch that goes on may say nothing: ten minutes.
pub(super) const LONGEST_SILENCE_MS: i64 = 10 * 60_000;

/// What else is known of an epoch whose records are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// Whether the records hold its beginning.
    pub begins: EpochStart,
    /// A later moment at which Echonet itself said that nothing had moved since.
    pub still_at: Option<Timestamp>,
    /// First block of the epoch.
    pub start: Option<u64>,
    /// The block of the trigger of the resync that began it.
    pub resynced_for: Option<u64>,
}

/// The stall of an epoch that still runs, of which these are the records; nothing if it makes progress, or was ended on purpose.
#[must_use]
pub(crate) fn detect_stall(records: &[LogRecord], around: Around) -> Option<Stall> {
    let posts = posts::read_posts(records);
    let (sign, record) = ended(records).or_else(|| refused(&posts)).or_else(|| silent(records, around.still_at))?;
    let sender = records.iter().rev().find_map(|it| sender_block(&it.text));
    let next =
        || posts.stored.map(|it| it.block.saturating_add(1)).or(around.start.filter(|_| around.begins == EpochStart::Seen)).or(sender);
    let block = match sign {
        Sign::ResyncUnfinished => around.resynced_for,
        Sign::SenderEnded if is_resyncing(records) => around.resynced_for,
        Sign::SenderEnded => fetched_in_vain(records, record).or(sender),
        Sign::BlockRefused => posts.refused.and_then(|it| it.block),
        Sign::Silence => next(),
    };
    // A resync that began before the first line that was seen may be what did not end.
    let sign = Some(sign).filter(|it| *it != Sign::Silence || around.begins == EpochStart::Seen);
    Some(Stall { sign, block, sender_block: sender, record })
}

/// Whether the log holds the beginning of an epoch, and all of it from there on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EpochStart {
    /// The log contains the beginning of the epoch.
    Seen,
    /// The log does not contain the beginning of the epoch.
    NotSeen,
}

fn ended(records: &[LogRecord]) -> Option<(Sign, usize)> {
    let last = records.iter().rev().find(|it| it.text.starts_with("Exception in thread TransactionSenderRunner"))?;
    let restarted = records.iter().any(|it| it.number > last.number && it.text.starts_with("TransactionSenderRunner starting"));
    (!restarted).then_some((Sign::SenderEnded, last.number))
}

/// The block that the sender could not fetch, by the address in its last words, or by what it said of its attempts.
pub(super) fn fetched_in_vain(records: &[LogRecord], record: usize) -> Option<u64> {
    let number = |text: &str| text.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok();
    let last_words = || {
        let text = &records.iter().find(|it| it.number == record)?.text;
        number(text.rsplit_once("/feeder_gateway/get_block?blockNumber=")?.1)
    };
    let attempt = || {
        let is_told = |it: &&LogRecord| it.text.starts_with("Fetch block ") || sender_block(&it.text).is_some();
        number(records.iter().rev().filter(|it| it.number < record).find(is_told)?.text.strip_prefix("Fetch block ")?)
    };
    last_words().or_else(attempt)
}

fn refused(posts: &Posts) -> Option<(Sign, usize)> {
    posts.refused.map(|it| (Sign::BlockRefused, it.record))
}

/// When the sender stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SenderStop {
    /// After it had sent the last block that it was told to send.
    AtItsEnd,
    /// Before that, or it is not known what it was told.
    Early,
}

/// How the sender stopped; none if it runs, as far as the records tell. It says the same in the end, whyever it ends.
#[must_use]
pub(crate) fn sender_stop(records: &[LogRecord]) -> Option<SenderStop> {
    let switched = records.iter().rev().find(|it| it.text.starts_with("TransactionSenderRunner st"))?;
    if !switched.text.starts_with("TransactionSenderRunner stopped") {
        return None;
    }
    let end: Option<u64> = records.iter().rev().find_map(|it| {
        let (_, rest) = it.text.strip_prefix("TransactionSenderRunner starting: ")?.split_once(" end_block=")?;
        rest.split(' ').next()?.parse().ok()
    });
    let sent = records.iter().rev().find_map(|it| sender_block(&it.text));
    Some(if end.zip(sent).is_some_and(|(end, sent)| end <= sent) { SenderStop::AtItsEnd } else { SenderStop::Early })
}

fn is_resyncing(records: &[LogRecord]) -> bool {
    let begun = records.iter().rev().find(|it| it.text.starts_with("Starting resync workflow"));
    begun.is_some_and(|begun| !records.iter().any(|it| it.number > begun.number && it.text.starts_with("Resync workflow complete")))
}

/// Whether a record shows that something moves: the sender fetches or forwards, the node posts, or a resync is under way.
fn is_progress(record: &LogRecord) -> bool {
    let text = record.text.as_str();
    let sender = ["Forwarded tx", "Forward failed", "Observed L1_HANDLER", "TransactionSenderRunner st", "Fetch block ", "last_block="];
    let is_resync = record.logger.as_deref() == Some("echonet.sequencer_manager");
    sender.iter().any(|start| text.starts_with(start)) || sender_block(text).is_some() || is_resync
}

fn silent(records: &[LogRecord], still_at: Option<Timestamp>) -> Option<(Sign, usize)> {
    let last = records.iter().rev().find(|it| is_progress(it))?;
    let end = records.iter().rev().find_map(|it| it.at).max(still_at)?;
    // Blocks that were on their way still arrive after the sender stopped at its configured end.
    if sender_stop(records) == Some(SenderStop::AtItsEnd) || end < last.at?.plus_millis(LONGEST_SILENCE_MS) {
        return None;
    }
    Some((if is_resyncing(records) { Sign::ResyncUnfinished } else { Sign::Silence }, last.number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::LogStream;
    use crate::evidence::logs::{LogLine, Stream};
    use crate::facts::LogIndex;

    /// Lines with the minute at which each was written.
    fn sign(lines: Lines<'_>) -> Option<Option<Sign>> {
        let start: crate::evidence::Timestamp = "2026-01-02T03:00:00Z".parse().expect("a time");
        let line = |(minute, text): &(i64, &str)| LogLine {
            at: Some(start.plus_millis(minute * 60_000)),
            stream: Stream::Stdout,
            ..LogLine::plain(*text)
        };
        let index = LogIndex::new(&LogStream { namespace: None, lines: lines.iter().map(line).collect() });
        let begins =
            if index.records.iter().any(|it| it.text.contains("tarting gunicorn ")) { EpochStart::Seen } else { EpochStart::NotSeen };
        detect_stall(&index.records, Around { begins, still_at: None, start: None, resynced_for: None }).map(|it| it.sign)
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
    const STARTED: &str = "[INFO] [echonet.transaction_sender] TransactionSenderRunner starting: feeder_url=https://feeder.alpha-mainnet.starknet.io sequencer_url=http://sequencer-node-service:8080 start_block=5 end_block=7 timeout=15.0 attempts=3 backoff=0.5";
    const SENT_6: &str = "[INFO] [echonet.transaction_sender] Block 6: total=3 valid=3";
    const SENT_7: &str = "[INFO] [echonet.transaction_sender] Block 7: total=3 valid=3";
    const DIED: &str = "Exception in thread TransactionSenderRunner:";

    #[test]
    fn an_epoch_that_stopped_is_told_from_one_that_goes_on_or_was_ended() {
        let cases: [(&str, Lines<'_>, Option<Option<Sign>>); 11] = [
            ("progress", &[(0, SENT), (9, SENT), (10, POLL)], None),
            ("silence", &[(0, BEGUN), (0, SENT), (11, POLL)], Some(Some(Sign::Silence))),
            ("silence of an epoch whose beginning was not seen", &[(0, SENT), (11, POLL)], Some(None)),
            ("a resync that began and did not end", &[(0, SENT), (1, RESYNC), (12, POLL)], Some(Some(Sign::ResyncUnfinished))),
            ("ended on purpose", &[(0, STARTED), (0, SENT_7), (1, STOPPED), (2, STORED), (30, POLL)], None),
            ("stopped before its end", &[(0, STARTED), (0, SENT_6), (1, STOPPED), (2, STORED), (30, POLL)], Some(None)),
            ("stopped for an unknown reason", &[(0, SENT), (1, STOPPED), (2, STORED), (30, POLL)], Some(None)),
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
