//! The readers of what Echonet, mainnet and the cluster send.

use serde::Serialize;
use serde::de::DeserializeOwned;
use whysync::evidence::sources::volume_file::snapshot;
use whysync::evidence::sources::{block_dump, mainnet_block, mainnet_state_update, pods, report, report_text};
use whysync::evidence::{log_forms, logs};
use whysync::facts::LogIndex;

pub(super) fn report(input: &[u8]) {
    kept(report::ANSWER.read(&text(input)));
}

pub(super) fn report_text(input: &[u8]) {
    kept(report_text::ANSWER.read(&text(input)));
}

pub(super) fn snapshot(input: &[u8]) {
    kept(snapshot::ANSWER.read(&text(input)));
}

pub(super) fn block(input: &[u8]) {
    kept(mainnet_block::ANSWER.read(&text(input)));
}

pub(super) fn state_update(input: &[u8]) {
    kept(mainnet_state_update::ANSWER.read(&text(input)));
}

pub(super) fn blob(input: &[u8]) {
    kept(block_dump::BLOB.read(&text(input)));
}

pub(super) fn pods(input: &[u8]) {
    kept(pods::ANSWER.read(&text(input)));
}

/// A log holds no more lines than its text, but for what JSON strings hold, and of its records none begins twice.
pub(super) fn log(input: &[u8]) {
    let text = text(input);
    let _ = log_forms::cloud_page(&text);
    let _ = log_forms::is_log("echonet.log", &text);
    let plain = LogIndex::new(&logs::parse_text(&text)).records;
    assert!(plain.len() <= text.lines().count(), "{} records in {} lines", plain.len(), text.lines().count());
    let Ok(log) = log_forms::read("saved.txt", &text) else { return };
    for stream in log.entries.echonet.values().chain(log.entries.sequencer.values()) {
        let records = LogIndex::new(stream).records;
        assert!(records.iter().map(|it| it.lines).sum::<usize>() <= stream.lines.len(), "records hold more lines than the log");
    }
}

/// What is read of bytes is read as text, whatever they are.
pub(super) fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// What was read is kept in a bundle as it is: written and read again, it is the same.
fn kept<T: Serialize + DeserializeOwned + PartialEq, E>(read: Result<T, E>) {
    let Ok(document) = read else { return };
    let written = serde_json::to_string(&document).expect("what was read can be written");
    let again: T = serde_json::from_str(&written).unwrap_or_else(|err| panic!("what was written is not read: {err}\n{written}"));
    assert!(again == document, "what was written is read as something else: {written}");
}
