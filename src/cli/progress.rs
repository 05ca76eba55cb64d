//! One progress line per source on standard error while a collection runs.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::output::say;
use crate::evidence::CollectionEnd;
use crate::investigate::progress::{AskedHost, Progress, ProgressEvent};
use crate::render::visible;

/// Whether progress is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawing {
    /// Where standard error is a terminal.
    OnTerminal,
    /// Never.
    Never,
}

/// Draws what a collection tells.
pub(super) struct ProgressLines {
    states: Mutex<BTreeMap<AskedHost, SourceState>>,
    bars: BTreeMap<AskedHost, ProgressBar>,
    all: MultiProgress,
}

/// How it stands with one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct SourceState {
    asked: u64,
    answered: u64,
    failed: u64,
    bytes: u64,
    /// The newest reason of a failure or a repetition.
    reason: Option<String>,
}

impl ProgressLines {
    pub(super) fn new(drawing: Drawing) -> Self {
        let is_drawn = drawing == Drawing::OnTerminal && std::io::stderr().is_terminal();
        let target = if is_drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let all = MultiProgress::with_draw_target(target);
        let style = ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = |source| {
            let bar = all.add(ProgressBar::new_spinner().with_style(style.clone()).with_message(line(source, &SourceState::default())));
            if is_drawn {
                bar.enable_steady_tick(Duration::from_millis(200));
            }
            (source, bar)
        };
        let bars = AskedHost::ALL.into_iter().map(bar).collect();
        Self { states: Mutex::default(), bars, all }
    }

    fn change(&self, source: AskedHost, change: impl FnOnce(&mut SourceState)) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let state = states.entry(source).or_default();
        change(state);
        if let Some(bar) = self.bars.get(&source) {
            bar.set_message(line(source, state));
        }
    }
}

impl Progress for ProgressLines {
    #[expect(clippy::arithmetic_side_effects, reason = "counts of requests, each of which was sent")]
    fn see(&self, event: ProgressEvent<'_>) {
        match event {
            ProgressEvent::Began { context, namespace } => {
                // Whatever is drawn: who asks must see whom.
                self.all.suspend(|| say(&format!("context {context}, namespace {namespace}")));
            }
            ProgressEvent::Asked(source) => self.change(source, |it| it.asked += 1),
            ProgressEvent::Received { source, bytes } => self.change(source, |it| it.bytes = it.bytes.saturating_add(bytes)),
            ProgressEvent::Noted(_) => {}
            ProgressEvent::Repeated { source, reason } => self.change(source, |it| it.reason = Some(format!("again: {reason}"))),
            ProgressEvent::Answered(source) => self.change(source, |it| it.answered += 1),
            ProgressEvent::Failed { source, reason } => self.change(source, |it| {
                it.failed += 1;
                it.reason = Some(reason.to_owned());
            }),
            ProgressEvent::Ended(end) => {
                let states = self.states.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for (source, bar) in &self.bars {
                    bar.finish_with_message(last_line(*source, &states.get(source).cloned().unwrap_or_default(), end));
                }
            }
        }
    }
}

/// The line of a source while the collection runs.
fn line(source: AskedHost, state: &SourceState) -> String {
    let SourceState { asked, answered, failed, .. } = state;
    let doing = match asked.saturating_sub(*answered).saturating_sub(*failed) {
        _ if *asked == 0 => "waiting".to_owned(),
        0 => format!("{answered} answered"),
        open => format!("{answered} answered, {open} open"),
    };
    sentence(source, &doing, state)
}

/// The line of a source when the collection is over.
fn last_line(source: AskedHost, state: &SourceState, end: CollectionEnd) -> String {
    let SourceState { asked, answered, failed, .. } = state;
    let doing = match (asked, failed) {
        (0, _) => "not asked".to_owned(),
        (_, 0) if end == CollectionEnd::Finished || asked == answered => format!("done, {answered} answered"),
        (_, 0) => format!("stopped, {answered} answered"),
        (_, _) if *answered == 0 => "failed".to_owned(),
        _ => format!("done, {answered} answered"),
    };
    sentence(source, &doing, state)
}

fn sentence(source: AskedHost, doing: &str, state: &SourceState) -> String {
    /// The most that is shown of a reason, in characters: a line stays a line.
    const SHOWN: usize = 80;
    let bytes = match state.bytes {
        0 => String::new(),
        bytes if bytes < 10 * 1024 => format!(", {bytes} bytes"),
        bytes if bytes < 10 * 1024 * 1024 => format!(", {} KiB", bytes / 1024),
        bytes => format!(", {} MiB", bytes / 1024 / 1024),
    };
    let failed = if 0 < state.failed { format!(", {} failed", state.failed) } else { String::new() };
    let reason = state.reason.as_ref().filter(|_| 0 < state.failed || doing.contains("open")).map(|it| {
        let short: String = it.chars().take(SHOWN).collect();
        format!(" ({})", visible(&short))
    });
    format!("{:<16} {doing}{failed}{bytes}{}", source.name(), reason.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_a_source_does_and_why_it_fails() {
        let state = |asked, answered, failed, bytes, reason: &str| SourceState {
            asked,
            answered,
            failed,
            bytes,
            reason: Some(reason.to_owned()).filter(|it| !it.is_empty()),
        };
        let cases = [
            (state(0, 0, 0, 0, ""), "mainnet          waiting", "mainnet          not asked"),
            (state(3, 1, 0, 900, ""), "mainnet          1 answered, 2 open, 900 bytes", "mainnet          done, 1 answered, 900 bytes"),
            (
                state(2, 0, 2, 0, "HTTP 403\u{1b}[2J\nx"),
                "mainnet          0 answered, 2 failed (HTTP 403\\x1b[2J\\nx)",
                "mainnet          failed, 2 failed (HTTP 403\\x1b[2J\\nx)",
            ),
            (
                state(2, 1, 1, 20 << 20, "HTTP 500"),
                "mainnet          1 answered, 1 failed, 20 MiB (HTTP 500)",
                "mainnet          done, 1 answered, 1 failed, 20 MiB (HTTP 500)",
            ),
        ];
        for (state, running, over) in cases {
            assert_eq!(line(AskedHost::Mainnet, &state), running);
            assert_eq!(last_line(AskedHost::Mainnet, &state, CollectionEnd::Finished), over);
        }
        let stopped = last_line(AskedHost::Mainnet, &state(3, 1, 0, 0, ""), CollectionEnd::Interrupted);
        assert_eq!(stopped, "mainnet          stopped, 1 answered");
    }
}
