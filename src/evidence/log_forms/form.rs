//! What a form is: how it is told, and how what was saved in it is taken apart.

use std::borrow::Cow;

use super::begins::LineStart;
use super::not_a_log::NotALog;
use crate::evidence::Timestamp;
use crate::evidence::logs::Stream;

/// A form in which people save logs.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// Name of the form, for messages.
    pub(super) words: &'static str,
    pub(super) reads: ReadingMethod,
}

/// How to read a form.
#[derive(Clone, Copy)]
pub(super) enum ReadingMethod {
    /// As a document: the whole text is of this form.
    Document { is_it: fn(&Sight<'_>) -> bool, read: for<'a> fn(&'a str) -> Result<LogDocument<'a>, NotALog> },
    /// Line by line: what the form puts around a line is taken off it.
    Lines(for<'a> fn(&'a str) -> Option<SavedLine<'a>>),
}

/// What the beginning of a text shows.
pub(super) struct Sight<'a> {
    pub(super) body: &'a str,
    /// The names in the first JSON object, if the text begins with one.
    pub(super) names: Vec<String>,
}

impl Sight<'_> {
    /// Whether the first JSON object has one of these names.
    pub(super) fn has_any(&self, names: &[&str]) -> bool {
        self.names.iter().any(|it| names.contains(&it.as_str()))
    }
}

/// The content of a document.
#[derive(Default)]
pub(super) struct LogDocument<'a> {
    pub(super) lines: Vec<SavedLine<'a>>,
    /// Whether it names a further page that is not here.
    pub(super) more_pages: bool,
    /// Entries without text.
    pub(super) passed_over: u64,
    /// Entries that are damaged.
    pub(super) damaged: u64,
}

/// A line, and what the form says of it.
#[derive(Default)]
pub(super) struct SavedLine<'a> {
    pub(super) at: Option<Timestamp>,
    pub(super) stream: Stream,
    /// Where it comes from, if the form says anything of that: plain lines are many, and need no room for it.
    pub(super) origin: Option<Box<LineOrigin<'a>>>,
    pub(super) text: Cow<'a, str>,
    pub(super) kind: TextKind,
    /// How it begins a record, where that was looked at.
    pub(super) begins: Option<LineStart>,
    /// Whether it belongs to the line before it, and stays behind it.
    pub(super) continues: bool,
}

/// Where a line comes from. What the form does not state is empty.
#[derive(Default, Clone)]
pub(super) struct LineOrigin<'a> {
    pub(super) namespace: Cow<'a, str>,
    pub(super) pod: Cow<'a, str>,
    pub(super) container: Cow<'a, str>,
}

/// What a form says of a line's text.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum TextKind {
    /// It is as the program printed it.
    #[default]
    Printed,
    /// It is an event of the sequencer, and nothing else can be.
    Event,
    /// It is the message of such an event, without all else that the event says.
    Message,
    /// It may be the first line of such a message.
    Opening,
}

impl<'a> SavedLine<'a> {
    /// A line of which the form says nothing.
    pub(super) fn plain(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text), ..Self::default() }
    }

    /// A line of which the form says where it comes from.
    pub(super) fn from_origin(namespace: &'a str, pod: &'a str, container: &'a str, text: &'a str) -> Self {
        let origin = LineOrigin { namespace: namespace.into(), pod: pod.into(), container: container.into() };
        Self { origin: Some(Box::new(origin)), ..Self::plain(text) }
    }

    /// Name of the namespace; empty if the form does not state it.
    pub(super) fn namespace(&self) -> &str {
        self.origin.as_ref().map_or("", |it| &it.namespace)
    }

    /// Name of the pod; empty if the form does not state it.
    pub(super) fn pod(&self) -> &str {
        self.origin.as_ref().map_or("", |it| &it.pod)
    }

    /// Name of the container; empty if the form does not state it.
    pub(super) fn container(&self) -> &str {
        self.origin.as_ref().map_or("", |it| &it.container)
    }

    /// Takes a time off the beginning of the text, if a tool put one there.
    pub(super) fn with_time_of_tool(mut self) -> Self {
        if let Cow::Borrowed(text) = self.text
            && let Some((at, rest)) = time_of_tool(text)
        {
            (self.at, self.text) = (Some(at), Cow::Borrowed(rest));
        }
        self
    }
}

/// The time that a tool put before what a program printed, and what follows it. Lines of older sequencers begin with a time of their own.
pub(super) fn time_of_tool(text: &str) -> Option<(Timestamp, &str)> {
    let timed = time_and_rest(text, ' ')?;
    LineStart::parse(text).is_none().then_some(timed)
}

/// A time, what follows it, and between them one character of this kind.
pub(super) fn time_and_rest(text: &str, between: char) -> Option<(Timestamp, &str)> {
    /// A time with nanoseconds and an offset is 35 bytes long.
    const LONGEST: usize = 40;
    text.as_bytes().first().filter(|it| it.is_ascii_digit())?;
    let end = text.bytes().take(LONGEST).position(|it| it == b' ' || it == b'\t').or((text.len() < LONGEST).then_some(text.len()))?;
    let (time, rest) = text.split_at_checked(end)?;
    let at = time.parse().ok()?;
    // A line without text may have lost what stands behind the time.
    if rest.is_empty() { Some((at, rest)) } else { Some((at, rest.strip_prefix(between)?)) }
}

/// The next word of a text, and what follows the space behind it. Names of pods and containers are short.
pub(super) fn word_and_rest(text: &str) -> Option<(&str, &str)> {
    const LONGEST: usize = 256;
    let end = text.bytes().take(LONGEST).position(|it| it == b' ')?;
    Some((text.get(..end)?, text.get(end.saturating_add(1)..)?))
}
