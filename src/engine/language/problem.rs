//! What is wrong with a rule or test file, and where.

use std::fmt::Display;

use miette::{Diagnostic, LabeledSpan, Severity, SourceCode, SourceSpan};
use serde_saphyr::{Location, Spanned};

use super::check::Check;
use super::yaml_words::{YamlAdvice, is_indented_by_tab, is_malformed, words};
use crate::excerpt::Excerpt;
use crate::visible::visible;

/// How severe a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Weight {
    /// Worth knowing: nothing is wrong.
    Note,
    /// It may be wrong.
    Warning,
    /// Something is wrong.
    #[default]
    Error,
}

/// One thing that is wrong with a rule or test file: what, where, and the way out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// What is wrong, as a fragment.
    pub message: String,
    /// The check that found it.
    pub check: Check,
    /// How severe it is.
    pub weight: Weight,
    help: Option<String>,
    refusal: Option<FieldRefusal>,
    body: Excerpt,
    span: SourceSpan,
}

/// What the reader refused a file for, where the words of a problem may be more than the reader's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldRefusal {
    /// A field that does not belong there.
    Unknown {
        /// The field.
        field: String,
        /// The fields that are allowed.
        expected: Vec<&'static str>,
    },
    /// A field that must be there.
    Missing {
        /// The field.
        field: &'static str,
    },
}

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.check.id()))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.weight {
            Weight::Note => Severity::Advice,
            Weight::Warning => Severity::Warning,
            Weight::Error => Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.help.as_ref().map(|it| Box::new(it) as Box<dyn Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.body)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".to_owned()), self.span))))
    }
}

impl Problem {
    /// The way out, if there is one to name.
    #[must_use]
    pub fn way_out(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The same problem, found by this check.
    #[must_use]
    pub(crate) fn found_by(self, check: Check) -> Self {
        Self { check, ..self }
    }

    /// What the reader refused, if it is that.
    pub(super) fn refusal(&self) -> Option<&FieldRefusal> {
        self.refusal.as_ref()
    }

    /// Returns the problem with another message.
    pub(super) fn saying(self, message: String, help: Option<String>) -> Self {
        Self { message: lines_visible(&message), help: help.map(|it| lines_visible(&it)), ..self }
    }

    /// Returns the problem with this severity.
    #[must_use]
    pub(crate) fn weighing(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }
}

/// The text of a file, to say where things are.
#[derive(Debug, Clone)]
pub struct FileText {
    name: String,
    body: String,
}

impl FileText {
    /// A file by its name and body.
    pub fn new(name: impl Into<String>, body: impl Into<String>) -> Self {
        Self { name: name.into(), body: body.into() }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }

    /// A problem at a value.
    pub(crate) fn at<T>(&self, place: &Spanned<T>, message: impl Into<String>, help: Option<String>) -> Problem {
        self.at_location(Some(place.referenced), message, help)
    }

    /// A problem at a field of the outermost level; of the whole file if it is not there.
    pub(crate) fn at_field(&self, field: &str, message: impl Into<String>, help: Option<String>) -> Problem {
        let is_field = |line: &str| line.strip_prefix(field).is_some_and(|rest| rest.starts_with(':'));
        match (1..).zip(self.body.lines()).find(|(_, it)| is_field(it)) {
            Some((line, _)) => self.at_line(line, 1, message, help),
            None => self.whole(message, help),
        }
    }

    /// A problem at the first line that holds these words; of the whole file if none does.
    pub(crate) fn at_words(&self, words: &str, message: impl Into<String>, help: Option<String>) -> Problem {
        let found =
            (1..).zip(self.body.lines()).find_map(|(line, it)| Some((line, it.split_once(words)?.0.chars().count().saturating_add(1))));
        match found {
            Some((line, column)) => self.at_line(line, column, message, help),
            None => self.whole(message, help),
        }
    }

    /// A problem of the whole file.
    pub(crate) fn whole(&self, message: impl Into<String>, help: Option<String>) -> Problem {
        self.at_location(None, message, help)
    }

    /// A problem at a location of the reader.
    pub(crate) fn at_location(&self, location: Option<Location>, message: impl Into<String>, help: Option<String>) -> Problem {
        let (line, column) = place(location);
        self.at_line(line, column, message, help)
    }

    /// A problem at a line and column, both from 1.
    #[cfg(test)]
    pub(super) fn at_place(&self, line: usize, column: usize, message: &str, help: Option<String>) -> Problem {
        self.at_line(line, column, message, help)
    }

    fn at_line(&self, line: usize, column: usize, message: impl Into<String>, help: Option<String>) -> Problem {
        let text = self.body.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        let offset = text.char_indices().nth(column.saturating_sub(1)).map_or(text.len(), |(offset, _)| offset);
        let word = text.get(offset..).unwrap_or_default();
        let length = word.find([' ', ',', '}', ']']).unwrap_or(word.len()).max(1);
        let body = Excerpt::new(&self.name, &self.body, line, column, length);
        let span = body.span();
        Problem {
            file: self.name.clone(),
            line,
            column,
            message: lines_visible(&message.into()),
            check: Check::Shape,
            weight: Weight::Error,
            help: help.map(|it| lines_visible(&it)),
            refusal: None,
            body,
            span,
        }
    }

    /// Reads the file as YAML, and goes on behind fields that do not belong there, to say everything at once.
    ///
    /// # Errors
    /// When the body is not YAML of this shape, with a suggestion for misspelt fields and words. Beside the problems stands what the rest
    /// of the file says, if that can be read.
    pub(crate) fn read_on<T: serde::de::DeserializeOwned>(&self) -> Result<T, (Vec<Problem>, Option<T>)> {
        const MOST: usize = 20;
        let mut problems = Vec::new();
        let mut rest = self.clone();
        while problems.len() < MOST {
            match rest.read_or_refuse() {
                Ok(value) if problems.is_empty() => return Ok(value),
                Ok(value) => return Err((problems, Some(value))),
                Err(refused) => {
                    let without = match &refused.refusal {
                        Some(FieldRefusal::Unknown { field, .. }) => without_field(&rest.body, field, refused.line, refused.column),
                        _ => None,
                    };
                    // Shown as it stands in the file.
                    problems.push(self.of_refused(refused));
                    match without {
                        Some(body) => rest.body = body,
                        None => break,
                    }
                }
            }
        }
        Err((problems, None))
    }

    /// Reads the file as YAML.
    ///
    /// # Errors
    /// When the body is not YAML of this shape, with a suggestion for misspelt fields and words.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Box<Problem>> {
        self.read_or_refuse().map_err(|it| Box::new(self.of_refused(it)))
    }

    fn read_or_refuse<T: serde::de::DeserializeOwned>(&self) -> Result<T, ReaderRefusal> {
        serde_saphyr::from_str(&self.body).map_err(|err| {
            let (line, column) = place(err.location());
            let (refusal, line) = match err.without_snippet() {
                serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
                    (Some(FieldRefusal::Unknown { field: field.clone(), expected: expected.clone() }), self.line_of(field, line, column))
                }
                serde_saphyr::Error::SerdeMissingField { field, .. } => (Some(FieldRefusal::Missing { field }), line),
                _ => (None, line),
            };
            let text = |line: usize| self.body.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            // The reader stops before a tab, at the end of what it could read.
            let (line, column) = match is_malformed(&err) && is_indented_by_tab(text(line.saturating_add(1))) {
                true => (line.saturating_add(1), 1),
                false => (line, column),
            };
            let YamlAdvice { message, help } = words(&err, text(line));
            ReaderRefusal { line, column, help, message, refusal }
        })
    }

    fn of_refused(&self, ReaderRefusal { line, column, message, help, refusal }: ReaderRefusal) -> Problem {
        Problem { refusal, ..self.at_line(line, column, message, help) }
    }

    /// The line of a field that was refused at a place: there, or above it in the same mapping, where a later field has told that it does
    /// not belong.
    fn line_of(&self, field: &str, line: usize, column: usize) -> usize {
        let lines: Vec<&str> = self.body.lines().take(line).collect();
        let reaches = |it: &str| it.trim().is_empty() || it.chars().take(column.saturating_sub(1)).all(|it| it == ' ');
        let begins = |it: &str| {
            it.chars().skip(column.saturating_sub(1)).collect::<String>().strip_prefix(field).is_some_and(|it| it.starts_with(':'))
        };
        let mut mapping = (1..).zip(&lines).collect::<Vec<_>>().into_iter().rev().take_while(|(_, it)| reaches(it));
        mapping.find(|(_, it)| begins(it)).map_or(line, |(above, _)| above)
    }
}

/// What the reader refused, and where.
struct ReaderRefusal {
    line: usize,
    column: usize,
    message: String,
    help: Option<String>,
    refusal: Option<FieldRefusal>,
}

/// Line and column of a location of the reader, from 1; the first of the file where there is none.
pub(in crate::engine) fn place(location: Option<Location>) -> (usize, usize) {
    let number = |it: u64| usize::try_from(it).unwrap_or(usize::MAX).max(1);
    location.map_or((1, 1), |it| (number(it.line()), number(it.column())))
}

/// The body without the field that stands at a line and column, everything else at its place; nothing if it does not begin its line,
/// so that it cannot be told where it ends.
#[expect(clippy::arithmetic_side_effects, reason = "columns and lines of a text in memory")]
fn without_field(body: &str, field: &str, line: usize, column: usize) -> Option<String> {
    let indent = |it: &str| it.len() - it.trim_start_matches([' ', '-']).len();
    let lines: Vec<&str> = body.lines().collect();
    let first = lines.get(line.checked_sub(1)?)?;
    let own = indent(first);
    let is_field = first.trim_start().trim_start_matches(['"', '\'']).starts_with(field);
    if own + 1 != column || !is_field {
        return None;
    }
    let belongs = |it: &&str| {
        it.trim().is_empty() || indent(it) > own || (it.trim_start().starts_with('-') && it.len() - it.trim_start().len() >= own && own > 0)
    };
    let end = lines.iter().skip(line).take_while(|it| belongs(it)).count() + line;
    let kept = lines.iter().enumerate().map(|(at, it)| if (line - 1..end).contains(&at) { "" } else { *it });
    Some(kept.collect::<Vec<_>>().join("\n"))
}

/// What rules and clones state, with nothing in it that a terminal obeys; its lines stay.
fn lines_visible(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}
