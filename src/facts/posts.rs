//! What Echonet's log tells of the blocks that the sequencer posted: received, stored, refused.

use std::collections::BTreeSet;

use super::log_index::{LogRecord, RecordKind};
use crate::evidence::Timestamp;

/// The address that the sequencer posts blocks to.
const WRITE_BLOB: &str = "/cende_recorder/write_blob";

/// What Flask logs of an exception that ends such a request.
const EXCEPTION: &str = "Exception on /cende_recorder/write_blob [POST]";

/// What became of the blocks that the sequencer posted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Posts {
    /// Heights that Echonet received; of the newest it may not be known what became of it.
    pub(super) received: BTreeSet<u64>,
    /// The newest block that Echonet stored.
    pub(super) stored: Option<Stored>,
    /// What refused the block that was posted last, if that was refused and not taken since.
    pub(super) refused: Option<RefusedBlock>,
}

/// A block that Echonet stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) block: u64,
    pub(super) at: Option<Timestamp>,
    /// The record that says so.
    pub(super) record: usize,
}

/// A block that Echonet did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RefusedBlock {
    /// Its height, where the log names it.
    pub(super) block: Option<u64>,
    /// The record that says so: the exception, or else the answer.
    pub(super) record: usize,
}

/// The block of a line `last_block=7`: the node has posted it.
#[must_use]
pub(super) fn posted_block(text: &str) -> Option<u64> {
    text.strip_prefix("last_block=")?.parse().ok()
}

/// Reads the records of one epoch.
pub(super) fn read_posts(records: &[LogRecord]) -> Posts {
    let mut posts = Posts::default();
    let mut posted = None;
    for record in records {
        let text = record.text.as_str();
        if record.starts_process() {
            // A process that starts again has stored nothing.
            posts = Posts::default();
            posted = None;
        } else if let Some(block) = posted_block(text) {
            posted = Some(block);
            posts.received.insert(block);
        } else if let Some(block) = stored_block(text) {
            posts.store(block, record);
        } else if text.starts_with(EXCEPTION) {
            posts.refused = Some(RefusedBlock { block: posted, record: record.number });
        } else {
            match answer(record) {
                Some(PostAnswer::Taken) => {
                    posts.refused = None;
                    posted.into_iter().for_each(|it| posts.store(it, record));
                }
                Some(PostAnswer::Failed | PostAnswer::Refused) if posts.refused.is_none() => {
                    posts.refused = Some(RefusedBlock { block: posted, record: record.number });
                }
                Some(PostAnswer::Failed | PostAnswer::Refused) | None => {}
            }
        }
    }
    posts
}

impl Posts {
    fn store(&mut self, block: u64, record: &LogRecord) {
        self.refused = None;
        self.stored = Some(Stored { block, at: record.at, record: record.number });
    }
}

/// The block of a line `block 7 tx hashes: ..`, which Echonet writes once it has stored it.
fn stored_block(text: &str) -> Option<u64> {
    let (number, rest) = text.strip_prefix("block ")?.split_once(' ')?;
    rest.starts_with("tx hashes:").then(|| number.parse().ok()).flatten()
}

/// Whether the log holds an answer 500 to a block and not the exception that Echonet logs with it.
pub(super) fn lacks_exception(records: &[LogRecord]) -> bool {
    let answers = records.iter().filter(|it| matches!(answer(it), Some(PostAnswer::Failed))).count();
    let exceptions = records.iter().filter(|it| it.text.starts_with(EXCEPTION)).count();
    exceptions < answers
}

enum PostAnswer {
    Taken,
    /// With 500: an exception ended the request.
    Failed,
    /// Echonet answered with another status.
    Refused,
}

/// How the web server answered a block, by a line of its access log.
fn answer(record: &LogRecord) -> Option<PostAnswer> {
    if record.kind != RecordKind::AccessLog {
        return None;
    }
    let (_, rest) = record.text.split_once("\"POST ")?;
    let (_, status) = rest.strip_prefix(WRITE_BLOB)?.split_once("\" ")?;
    Some(match status.as_bytes() {
        [b'2', ..] => PostAnswer::Taken,
        [b'5', b'0', b'0', ..] => PostAnswer::Failed,
        _ => PostAnswer::Refused,
    })
}

#[cfg(test)]
mod tests {
    use super::super::log_index::LogIndex;
    use super::*;
    use crate::evidence::LogStream;
    use crate::evidence::logs::LogLine;

    const POSTED: &str = "[INFO] [echonet.flask] last_block=7102108";
    const TAKEN: &str = r#"127.0.0.1 - - [27/Nov/2026:21:59:40 +0000] "POST /cende_recorder/write_blob HTTP/1.1" 200 0 "-" "-""#;
    const ANSWERED_500: &str = r#"127.0.0.1 - - [27/Nov/2026:22:11:26 +0000] "POST /cende_recorder/write_blob HTTP/1.1" 500 265 "-" "-""#;
    const RAISED: &str = "[ERROR] [echonet.flask] Exception on /cende_recorder/write_blob [POST]";
    const HASHES: &str = "[INFO] [echonet.flask] block 7102108 tx hashes: 0x1 0x2";
    const ASKED: &str =
        r#"127.0.0.1 - - [27/Nov/2026:22:11:26 +0000] "GET /cende_recorder/get_latest_received_block HTTP/1.1" 500 25 "-" "-""#;

    /// Lines, the block that is stored, and the one that is refused, if its height is known.
    type Case<'a> = (&'a [&'a str], Option<u64>, Option<Option<u64>>);

    #[test]
    fn a_block_is_stored_once_it_is_taken_and_refused_until_then() {
        let cases: [Case<'_>; 8] = [
            (&[POSTED], None, None),
            (&[POSTED, HASHES], Some(7_102_108), None),
            (&[POSTED, TAKEN], Some(7_102_108), None),
            (&[POSTED, ANSWERED_500], None, Some(Some(7_102_108))),
            (&[POSTED, RAISED, ANSWERED_500], None, Some(Some(7_102_108))),
            (&[ANSWERED_500], None, Some(None)),
            (&[POSTED, ANSWERED_500, POSTED, TAKEN], Some(7_102_108), None),
            (&[POSTED, ASKED], None, None),
        ];
        for (lines, stored, refused) in cases {
            let lines_of = lines.iter().copied().map(LogLine::plain);
            let index = LogIndex::new(&LogStream { lines: lines_of.collect(), ..LogStream::default() });
            let posts = read_posts(&index.records);
            assert_eq!(lacks_exception(&index.records), !lines.contains(&RAISED) && lines.contains(&ANSWERED_500));
            assert_eq!((posts.stored.map(|it| it.block), posts.refused.map(|it| it.block)), (stored, refused), "{posts:?}");
        }
    }
}
