//! The forms in which people save logs: one file a form, and one line here that registers it.
//!
//! Whatever the form, the same lines come out: those of Echonet and those of the sequencer, as they were printed, in the order of time
//! where there is time, with the time, the pod and the namespace where the form has them. A text of which no line is one that these
//! programs print is [`NotALog`].

mod ansi;
mod begins;
mod cloud_entry;
mod copies;
mod csv;
mod form;
mod json_stream;
mod lines;
mod merge;
mod not_a_log;
mod order;
mod whose;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

pub use merge::{Merged, merged};
pub use not_a_log::{FirstLine, NotALog};

use super::logs::{CloudEntries, LogLine};
use super::record_start::Start;
use super::{ParseError, Program, SharedText};
use crate::limits::LINE_BYTES;
use form::{Form, LogDocument, ReadingMethod, Sight};

/// Makes of the lines: the modules, [`LogForm`] with a variant a form, and the table.
macro_rules! log_forms {
    ($(mod $form:ident: $Form:ident;)+) => {
        $(mod $form;)+

        /// A form in which people save logs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum LogForm {
            $(
                #[doc = concat!("The form that `log_forms/", stringify!($form), ".rs` reads.")]
                $Form,
            )+
        }

        impl LogForm {
            /// Every form. One that says more of a line comes before one that could be taken for it.
            pub const ALL: &[Self] = &[$(Self::$Form),+];

            fn form(self) -> Form {
                match self {
                    $(Self::$Form => $form::FORM,)+
                }
            }
        }
    };
}

log_forms! {
    mod cloud_page: CloudPage;
    mod cloud_json_lines: CloudJsonLines;
    mod cloud_yaml: CloudYaml;
    mod cloud_csv: CloudCsv;
    mod stern_json: SternJson;
    mod kubectl_prefix: KubectlPrefix;
    mod stern: Stern;
    mod k9s: K9s;
    mod gcloud_value: GcloudValue;
    mod kubectl_timestamps: KubectlTimestamps;
    mod plain: Plain;
}

impl LogForm {
    /// Name of the form, for messages.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.form().words
    }

    /// Whether it is read line by line, so that a last line without an end was cut.
    #[must_use]
    pub(crate) fn is_of_lines(self) -> bool {
        matches!(self.form().reads, ReadingMethod::Lines(_))
    }
}

/// The content of a saved log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedLog {
    /// The form that most of its lines have.
    pub form: LogForm,
    /// Its lines, by program and namespace; under an empty name where the form does not state the namespace.
    pub entries: CloudEntries,
    /// Lines that are in no record of a program of ours. They are among the others, in their places.
    pub unrecognised: u64,
    /// Lines that are missing because of the form or the file.
    pub gaps: BTreeSet<LogGap>,
}

/// Why a saved log holds less than the programs said, or its order is in doubt.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogGap {
    /// Lines of Echonet's web server state times that are not in order.
    OutOfOrder,
    /// Of the sequencer's events only the messages were saved.
    MessagesAlone,
    /// Its last line does not end.
    Cut,
    /// Lines that were saved twice, and are left out.
    Copies {
        /// Program whose log is affected.
        program: Program,
        /// Number of lines.
        lines: u64,
    },
    /// Entries that cannot be read.
    Damaged {
        /// Number of entries.
        entries: u64,
    },
    /// Lines without a time, and nothing says where among the others they belong.
    Unplaced {
        /// Program whose log is affected.
        program: Program,
        /// Number of lines.
        lines: u64,
    },
}

impl LogGap {
    /// Whether it concerns what a program said.
    #[must_use]
    pub fn concerns(&self, program: Program) -> bool {
        match self {
            // Where the order of the lines is time, and where a line is an event of which the message alone is left.
            Self::OutOfOrder | Self::MessagesAlone => match program {
                Program::Echonet => matches!(self, Self::OutOfOrder),
                Program::Sequencer => matches!(self, Self::MessagesAlone),
            },
            Self::Cut | Self::Damaged { .. } => true,
            Self::Copies { program: whose, .. } | Self::Unplaced { program: whose, .. } => program == *whose,
        }
    }
}

impl fmt::Display for LogGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder => f.write_str("the times that its lines state are not in order"),
            Self::MessagesAlone => f.write_str(
                "only the messages of the sequencer's events were saved, without level, file and height (gcloud: --format=json)",
            ),
            Self::Cut => f.write_str("its last line does not end, so it was cut"),
            Self::Copies { lines, .. } => write!(f, "{lines} lines that were there already, in the same order, are left out"),
            Self::Damaged { entries } => write!(f, "{entries} of its entries cannot be read"),
            Self::Unplaced { lines, .. } => {
                write!(f, "{lines} lines carry no time and share none with the other files, so they stand behind the others")
            }
        }
    }
}

/// Reads a saved log. `name` is the file's name, used only where the content does not tell whose the lines are.
///
/// Takes time in proportion to the text, whatever it holds.
///
/// # Errors
/// When it is no log of these programs.
pub fn read(name: &str, body: &str) -> Result<SavedLog, NotALog> {
    read_shared(name, &SharedText::from(body))
}

/// As [`read`], of a text that the lines may be parts of.
///
/// # Errors
/// When it is no log of these programs.
pub fn read_shared(name: &str, whole: &SharedText) -> Result<SavedLog, NotALog> {
    let marked = whole.trim_start_matches('\u{feff}');
    let text = marked.trim_start();
    if text.is_empty() {
        return Err(NotALog::Empty);
    }
    if text.starts_with('<') {
        return Err(NotALog::Html { first: FirstLine::from_text(text) });
    }
    let whole = &whole.part_or_own(ansi::stripped(marked));
    let body = without_first_noise(whole);
    let named = begins::of_file(name);
    let sight = Sight { body, names: json_stream::first_names(body) };
    for form in LogForm::ALL {
        if let ReadingMethod::Document { is_it, read } = form.form().reads
            && is_it(&sight)
        {
            return settled(*form, read(body)?, named, body, whole);
        }
    }
    let of_lines = LogForm::ALL.iter().filter_map(|it| match it.form().reads {
        ReadingMethod::Lines(frame) => Some((*it, frame)),
        ReadingMethod::Document { .. } => None,
    });
    let (forms, frames): (Vec<LogForm>, Vec<lines::LineReader>) = of_lines.unzip();
    let (document, counts) = lines::read(body, &frames, named);
    // Of several with as many lines the first.
    let most = counts.iter().zip(&forms).rev().max_by_key(|it| it.0).filter(|it| 0 < *it.0).map_or(LogForm::Plain, |it| *it.1);
    settled(most, document, named, body, whole)
}

/// Whether a text reads as a log: a line of it begins a record of one of these programs, or its form says whose a line is. Python and Rust
/// end in the same words whoever wrote the program, so these tell only where the file's name does too.
#[must_use]
pub fn is_log(name: &str, body: &str) -> bool {
    let is_one = |it: &LogLine| !it.pod.is_empty() || Start::read(&it.text).is_some();
    read(name, body).is_ok_and(|log| {
        let mut lines = Program::ALL.into_iter().flat_map(|it| log.entries.streams(it).values()).flat_map(|it| &it.lines);
        if begins::of_file(name).is_some() { lines.next().is_some() } else { lines.any(is_one) }
    })
}

/// What a line of a text is to the line before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NextLine {
    /// The line begins a record.
    Record,
    /// It may go on with what the line before it says. So many bytes of it are what a tool put before what was printed.
    More(usize),
}

/// Whether a line begins a record, in whatever form of lines it was saved.
pub(crate) fn next_line(line: &str) -> NextLine {
    // An event of the sequencer is read for it; what is longer than any is none.
    if LINE_BYTES < line.len() {
        return NextLine::More(0);
    }
    let plain = ansi::stripped(line);
    // Any object may have a level.
    let begins = |text: &str| begins::LineStart::parse(text).is_some_and(|it| it.may_go_on || it.stated_by_event().is_some());
    let mut before = 0;
    for form in LogForm::ALL {
        let ReadingMethod::Lines(frame) = form.form().reads else { continue };
        let Some(framed) = frame(&plain) else { continue };
        if begins(&framed.text) {
            return NextLine::Record;
        }
        // Among colours it cannot be told where that ends.
        let is_there = matches!(plain, Cow::Borrowed(_)) && line.ends_with(framed.text.as_ref());
        if before == 0 && is_there && (framed.at.is_some() || !framed.pod().is_empty()) {
            before = line.len().saturating_sub(framed.text.len());
        }
    }
    NextLine::More(before)
}

/// stern may say something itself before the first line.
fn without_first_noise(body: &str) -> &str {
    let mut rest = body;
    while let Some((line, after)) = rest.split_once('\n')
        && (stern::is_noise(line.trim_end()) || line.trim().is_empty())
    {
        rest = after;
    }
    rest
}

fn settled(
    form: LogForm,
    mut document: LogDocument<'_>,
    named: Option<Program>,
    body: &str,
    whole: &SharedText,
) -> Result<SavedLog, NotALog> {
    let damaged = document.damaged;
    let (lines, order) = order::restored(std::mem::take(&mut document.lines));
    let is_empty = lines.is_empty();
    let mut split = whose::split(LogDocument { lines, ..document }, named, whole);
    // Whose the entries of other containers are is known.
    if split.recognised == 0 && !is_empty && split.entries.passed_over == 0 {
        return Err(unrecognised(body));
    }
    let mut gaps = BTreeSet::new();
    if order == order::Order::Mixed {
        gaps.insert(LogGap::OutOfOrder);
    }
    if split.has_messages_alone {
        gaps.insert(LogGap::MessagesAlone);
    }
    if 0 < damaged {
        gaps.insert(LogGap::Damaged { entries: damaged });
    }
    if form.is_of_lines() {
        if !body.ends_with('\n') {
            gaps.insert(LogGap::Cut);
        }
        gaps.extend(without_copies(&mut split.entries));
    }
    Ok(SavedLog { form, entries: split.entries, unrecognised: split.unrecognised, gaps })
}

/// Takes out lines that were saved twice.
fn without_copies(entries: &mut CloudEntries) -> impl Iterator<Item = LogGap> {
    Program::ALL
        .map(|program| {
            let lines: usize = entries.streams_mut(program).values_mut().map(|it| copies::without_copies(&mut it.lines)).sum();
            LogGap::Copies { program, lines: lines as u64 }
        })
        .into_iter()
        .filter(|it| !matches!(it, LogGap::Copies { lines: 0, .. }))
}

fn unrecognised(body: &str) -> NotALog {
    let lines = || body.lines().filter(|it| !it.trim().is_empty());
    let first = FirstLine::from_text(body);
    if lines().all(|it| it.starts_with("Forwarding from ") || it.starts_with("Handling connection for ")) {
        return NotALog::PortForward;
    }
    if serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok() {
        return NotALog::Json { what: "no line of it is an event of the sequencer".to_owned(), first };
    }
    NotALog::NoLineRecognised { first, lines: lines().count() }
}

/// Reads a page that `entries:list` was asked for and answered: one without `entries` has none.
///
/// # Errors
/// When the body is no page.
pub fn cloud_page(body: &str) -> Result<CloudEntries, ParseError> {
    let body = SharedText::from(body);
    let document = cloud_page::answered(&body).map_err(|err| ParseError::new(format!("not the expected JSON: {err}")))?;
    let (lines, _) = order::restored(document.lines);
    Ok(whose::split(LogDocument { lines, ..document }, None, &body).entries)
}
