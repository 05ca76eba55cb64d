//! Whose the lines are: Echonet's or the sequencer's, and of which namespace.

use std::borrow::Cow;

use super::ansi;
use super::begins::{LineStart, of_container, of_pod};
use super::form::{LogDocument, SavedLine, TextKind};
use crate::evidence::logs::{CloudEntries, LogLine};
use crate::evidence::{LogStream, Program, SharedText};

/// Lines by the program that printed them.
pub(super) struct Split {
    /// What the lines are parts of.
    body: SharedText,
    pub(super) entries: CloudEntries,
    /// Lines that belong to no record of a program of ours.
    pub(super) unrecognised: u64,
    /// Lines of which it is known whose they are.
    pub(super) recognised: u64,
    /// Whether there are messages of the sequencer without all else that its events say.
    pub(super) has_messages_alone: bool,
}

/// The owner of the next line.
enum Owner {
    /// The owner is known.
    Known(Program),
    /// It goes on with what came before.
    Before(Program),
    /// It follows something that no line can go on with.
    Nothing(Program),
    /// No earlier line tells the owner.
    Unknown,
    /// The line belongs to another program.
    Another,
}

/// Splits lines that are in order. `named` is the program that the file's name speaks of.
pub(super) fn split(document: LogDocument<'_>, named: Option<Program>, body: &SharedText) -> Split {
    let entries = CloudEntries { more_pages: document.more_pages, passed_over: document.passed_over, ..CloudEntries::default() };
    let mut split = Split { body: body.clone(), entries, unrecognised: 0, recognised: 0, has_messages_alone: false };
    // The program that spoke last, and whether it may go on in the next line.
    let mut before: Option<(Program, bool)> = None;
    let mut first = Vec::new();
    for line in document.lines {
        match owner(&line, before) {
            Owner::Another => split.entries.passed_over = split.entries.passed_over.saturating_add(1),
            Owner::Unknown => first.push(line),
            Owner::Known(program) => {
                split.recognised = split.recognised.saturating_add(1);
                split.has_messages_alone |= line.kind == TextKind::Message;
                // Nothing goes on with an event, so what follows one goes on with the text before it.
                let may_go_on = line.kind == TextKind::Printed && line.begins.is_none_or(|it| it.may_go_on);
                if may_go_on || before.is_none() {
                    before = Some((program, may_go_on));
                }
                for line in std::mem::take(&mut first) {
                    split.put_first(program, line);
                }
                split.put(program, line);
            }
            Owner::Before(program) => split.put(program, line),
            Owner::Nothing(program) => {
                split.unrecognised = split.unrecognised.saturating_add(u64::from(!line.text.trim().is_empty()));
                split.put(program, line);
            }
        }
    }
    let named = named.unwrap_or(Program::Echonet);
    for line in first {
        split.put_first(named, line);
    }
    split
}

fn owner(line: &SavedLine<'_>, before: Option<(Program, bool)>) -> Owner {
    if !line.container().is_empty() {
        return of_container(line.container()).map_or(Owner::Another, Owner::Known);
    }
    if let Some(program) = of_pod(line.pod()) {
        return Owner::Known(program);
    }
    if matches!(line.kind, TextKind::Event | TextKind::Message) {
        return Owner::Known(Program::Sequencer);
    }
    match (line.begins.or_else(|| LineStart::parse(&line.text)), before) {
        (Some(begins), _) => Owner::Known(begins.program),
        (None, Some((program, true))) => Owner::Before(program),
        (None, Some((program, false))) => Owner::Nothing(program),
        (None, None) => Owner::Unknown,
    }
}

impl Split {
    /// A line that stands before every line of which it is known whose it is.
    fn put_first(&mut self, program: Program, line: SavedLine<'_>) {
        if !line.text.trim().is_empty() {
            self.unrecognised = self.unrecognised.saturating_add(1);
            self.put(program, line);
        }
    }

    fn put(&mut self, program: Program, line: SavedLine<'_>) {
        let streams = self.entries.streams_mut(program);
        let stream = match streams.get_mut(line.namespace()) {
            Some(stream) => stream,
            None => {
                let namespace = Some(line.namespace().to_owned()).filter(|it| !it.is_empty());
                streams.entry(line.namespace().to_owned()).or_insert_with(|| LogStream { namespace, lines: Vec::new() })
            }
        };
        // A pod's lines mostly follow each other.
        let pod = stream.lines.last().map(|it| &it.pod).filter(|it| it.as_str() == line.pod()).cloned();
        let pod = pod.unwrap_or_else(|| SharedText::from(line.pod()));
        let text = self.body.part_or_own(match line.text {
            Cow::Borrowed(text) => ansi::stripped(text),
            Cow::Owned(text) => Cow::Owned(ansi::stripped(&text).into_owned()),
        });
        stream.lines.push(LogLine { at: line.at, stream: line.stream, pod, text });
    }
}
