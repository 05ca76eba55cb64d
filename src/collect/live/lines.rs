//! An answer line by line, without ever being held as a whole.

use super::cluster::Flow;
use super::exchange::SavedBody;
use super::fault::AskFault;
use super::progress::{AskedHost, ProgressEvent};
use super::question::Question;
use super::record::LineWriter;
use super::session::Session;
use crate::collect::redact::redact;
use crate::collect::split_keys::SplitKeys;
use crate::evidence::Timestamp;
use crate::limits::LINE_BYTES;

/// Summary of an answer that was delivered line by line.
pub(super) struct Streamed {
    /// Bytes as received.
    pub(super) bytes: u64,
    /// Secrets that were replaced.
    pub(super) redacted: u64,
    /// Lines with bytes that are not UTF-8, which were replaced.
    pub(super) replaced: u64,
    /// When the stream ended.
    pub(super) at: Option<Timestamp>,
    /// Whether more would have come than was wanted.
    pub(super) is_cut: bool,
    /// Why the stream ended early.
    pub(super) fault: Option<AskFault>,
}

/// Takes a line, and how many bytes were received up to it; whether more is wanted.
type Push<'a> = &'a mut (dyn FnMut(u64, &str) -> Flow + Send);

/// Splits bytes into lines, and redacts each.
struct Splitter<'a> {
    rest: Vec<u8>,
    received: u64,
    /// Lines that were handed over.
    count: u64,
    redacted: u64,
    replaced: u64,
    keys: SplitKeys,
    copy: Option<LineWriter>,
    push: Push<'a>,
    flow: Flow,
}

impl Session {
    /// Sends once, and hands over each line of the answer, redacted.
    pub(super) async fn lines(&self, question: &Question, push: Push<'_>) -> Streamed {
        let source = AskedHost::from_question(question);
        self.tell(ProgressEvent::Asked(source));
        let streamed = match self.replayed() {
            Some(replay) => match self.recorded(replay, question) {
                Ok(exchange) => {
                    let saved = exchange.body.unwrap_or_default();
                    let mut split = Splitter::new(push, None);
                    let read = replay.lines(&saved, &mut |line| split.line(line));
                    let fault = exchange.fault.map(AskFault::from).or(read.as_ref().err().cloned());
                    let redacted = saved.redacted.saturating_add(read.unwrap_or_default());
                    let is_cut = saved.partial.is_some();
                    Streamed { bytes: saved.bytes, redacted, replaced: saved.replaced, at: saved.at, is_cut, fault }
                }
                Err(fault) => Streamed { bytes: 0, redacted: 0, replaced: 0, at: None, is_cut: false, fault: Some(fault) },
            },
            None => self.live_lines(question, push).await,
        };
        match &streamed.fault {
            Some(fault) => self.tell(ProgressEvent::Failed { source, reason: &fault.reason }),
            None => self.tell(ProgressEvent::Answered(source)),
        }
        streamed
    }

    async fn live_lines(&self, question: &Question, push: Push<'_>) -> Streamed {
        let mut split = Splitter::new(push, self.record.as_ref().and_then(|it| it.stream(question)));
        let (row, sent) = self.send(question, &mut |part| split.take(part)).await;
        // A piece of a line before which nothing came says nothing, and the question can be asked again.
        if sent.is_ok() || 0 < split.count {
            split.end();
        }
        let at = Some(self.now());
        let Splitter { received, redacted, replaced, copy, flow, .. } = split;
        let (is_cut, fault) = (flow == Flow::Stop, sent.err());
        if let (Some(record), Some(row)) = (&self.record, row) {
            let partial = is_cut.then(|| "no more was wanted".to_owned());
            let known = SavedBody { bytes: received, redacted, replaced, at, partial, ..SavedBody::default() };
            record.note_stream(question, row, copy, known, fault.as_ref());
        }
        Streamed { bytes: received, redacted, replaced, at, is_cut, fault }
    }
}

impl<'a> Splitter<'a> {
    fn new(push: Push<'a>, copy: Option<LineWriter>) -> Self {
        Self {
            rest: Vec::new(),
            received: 0,
            count: 0,
            redacted: 0,
            replaced: 0,
            keys: SplitKeys::default(),
            copy,
            push,
            flow: Flow::Continue,
        }
    }

    fn take(&mut self, part: &[u8]) -> Flow {
        self.received = self.received.saturating_add(part.len() as u64);
        // What came before is not looked at again: a line may come byte by byte.
        for piece in part.split_inclusive(|it| *it == b'\n') {
            self.rest.extend_from_slice(piece.strip_suffix(b"\n").unwrap_or(piece));
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.rest);
                self.raw(&line);
            }
            if self.flow == Flow::Stop {
                return Flow::Stop;
            }
        }
        if LINE_BYTES < self.rest.len() {
            self.rest.clear();
            self.flow = Flow::Stop;
        }
        self.flow
    }

    fn end(&mut self) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() && self.flow == Flow::Continue {
            self.raw(&rest);
        }
    }

    fn raw(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.replaced = self.replaced.saturating_add(1);
        }
        let redacted = redact(&text);
        self.redacted = self.redacted.saturating_add(redacted.count);
        let mut text = redacted.text.into_owned();
        if self.keys.concern(&text) {
            // The platform puts a time before each line.
            let (time, mut rest) = match text.split_once(' ') {
                Some((at, rest)) if at.parse::<Timestamp>().is_ok() => (format!("{at} "), rest.to_owned()),
                _ => (String::new(), text.clone()),
            };
            self.redacted = self.redacted.saturating_add(self.keys.mask_line("", &mut rest));
            text = format!("{time}{rest}");
        }
        self.line(&text);
    }

    fn line(&mut self, text: &str) {
        if let Some(copy) = &mut self.copy {
            copy.line(text);
        }
        self.count = self.count.saturating_add(1);
        self.flow = (self.push)(self.received, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_however_the_bytes_are_cut_and_a_key_over_several_is_masked() {
        let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj";
        let text = format!(
            "2026-01-02T03:04:05Z one\n2026-01-02T03:04:05Z -----BEGIN PRIVATE KEY-----\n2026-01-02T03:04:05Z {key}\n\
             2026-01-02T03:04:06Z -----END PRIVATE KEY-----\nlast"
        );
        let mut seen = Vec::new();
        for size in [1, 2, 7, 64, 1000] {
            let mut lines = Vec::new();
            let mut push = |_: u64, line: &str| {
                lines.push(line.to_owned());
                Flow::Continue
            };
            let mut split = Splitter::new(&mut push, None);
            text.as_bytes().chunks(size).for_each(|it| {
                split.take(it);
            });
            split.end();
            assert_eq!(split.received, text.len() as u64);
            assert!(2 <= split.redacted, "the first line of the key and its other");
            seen.push(lines);
        }
        assert!(seen.iter().all(|it| it == &seen[0]));
        assert_eq!(seen[0].len(), 5);
        assert_eq!((seen[0][0].as_str(), seen[0][4].as_str()), ("2026-01-02T03:04:05Z one", "last"));
        assert!(!seen[0].iter().any(|it| it.contains(key)), "{:?}", seen[0]);
    }

    #[test]
    fn a_line_without_an_end_is_not_held() {
        let mut count = 0;
        let mut push = |_: u64, _: &str| {
            count += 1;
            Flow::Continue
        };
        let mut split = Splitter::new(&mut push, None);
        let part = vec![b'x'; LINE_BYTES / 2];
        assert_eq!([Flow::Continue, Flow::Continue, Flow::Stop], [split.take(&part), split.take(&part), split.take(&part)]);
        split.end();
        assert_eq!(split.rest.len(), 0);
        assert_eq!(count, 0);
    }
}
