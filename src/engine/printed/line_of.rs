//! A line of a test, made from the statement that prints such lines.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::catalogue::Catalogue;
use super::text::PrintedText;
use crate::evidence::level::Level;
use crate::evidence::statement::{HoleForm, StatementKind, TextPiece};

/// A statement of the catalogue, and the values in its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineOf {
    /// Path in the repository.
    pub path: String,
    /// What the statement stands in, as in `printed_by`.
    #[serde(default)]
    pub symbol: String,
    /// For each value of the text what it reads, by the expression that gives it.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Words of the text, where several texts have the same values.
    #[serde(default)]
    pub holding: Option<String>,
    /// For the sequencer: the height that the event carries.
    #[serde(default)]
    pub height: Option<String>,
}

/// Why there is no such line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoLine {
    /// The catalogue has no text of this place.
    #[error("the catalogue of printed texts has no text of {0}")]
    NoText(String),
    /// No text of the place has just these values.
    #[error("no text of {place} has just these values; it prints {printed}")]
    OtherValues {
        /// The place.
        place: String,
        /// The text that the place prints.
        printed: String,
    },
    /// More than one text of the place has these values.
    #[error("several texts of {place} have these values; say which by `holding`: {printed}")]
    Several {
        /// The place.
        place: String,
        /// The candidate texts.
        printed: String,
    },
    /// A value is printed as a whole number, and is given as something else.
    #[error("`{name}` is printed as a whole number, but `{value}` is not one")]
    NoNumber {
        /// The expression that gives the value.
        name: String,
        /// The value that was given.
        value: String,
    },
    /// The source does not say by which logger the line is written.
    #[error("{path}:{line} does not state its logger")]
    NoLogger {
        /// Path of the statement.
        path: String,
        /// Line of the statement.
        line: u32,
    },
    /// The text only stands within lines of others.
    #[error("{path}:{line} is the text of an error, not a log line of its own")]
    OnlyWords {
        /// Path of the statement.
        path: String,
        /// Line of the statement.
        line: u32,
    },
}

impl LineOf {
    /// The lines of the record, as a test writes them.
    ///
    /// # Errors
    /// When no text or several fit, or the text makes no record of its own.
    pub(crate) fn lines(&self, catalogue: &Catalogue) -> Result<Vec<String>, NoLine> {
        let within = if self.symbol.is_empty() { String::new() } else { format!("{} in ", self.symbol) };
        let place = format!("{within}{}", self.path);
        let all: Vec<&PrintedText> = catalogue.at(&self.path, &self.symbol).collect();
        if all.is_empty() {
            return Err(NoLine::NoText(place));
        }
        let held = |it: &&PrintedText| self.holding.as_ref().is_none_or(|words| it.shown().contains(words));
        let valued = |it: &&PrintedText| names(it) == self.values.keys().map(String::as_str).collect();
        let fitting: Vec<&PrintedText> = all.iter().copied().filter(held).filter(valued).collect();
        match fitting.as_slice() {
            [text] => self.record(text),
            [] => Err(NoLine::OtherValues { place, printed: shown(&all) }),
            several => Err(NoLine::Several { place, printed: shown(several) }),
        }
    }

    fn record(&self, text: &PrintedText) -> Result<Vec<String>, NoLine> {
        let (path, line) = (&text.path, text.statement.line);
        let mut words = String::new();
        for piece in &text.statement.template {
            match piece {
                TextPiece::Literal(literal) => words.push_str(literal),
                TextPiece::Hole(hole) => {
                    let value = self.values.get(&hole.name).map(String::as_str).unwrap_or_default();
                    // A name of a place, such as `{subject}`, is filled in later.
                    if hole.form == HoleForm::Decimal && !value.contains('{') && value.parse::<i128>().is_err() {
                        return Err(NoLine::NoNumber { name: hole.name.clone(), value: value.to_owned() });
                    }
                    words.push_str(value);
                }
            }
        }
        let first = match &text.statement.kind {
            StatementKind::Log { .. } => {
                let level = text.level().map(Level::name).unwrap_or_default();
                let logger = text.logger().ok_or_else(|| NoLine::NoLogger { path: path.clone(), line })?;
                if !text.is_python() {
                    let level = if level == "WARNING" { "WARN" } else { level };
                    let height = self.height.as_ref().map(|it| format!(" height={it}")).unwrap_or_default();
                    return Ok(vec![format!("{level} {logger}{height}: {words}")]);
                }
                format!("[{level}] [{logger}] {words}")
            }
            StatementKind::Raise(name) if text.is_python() => match name {
                Some(name) if words.is_empty() => name.clone(),
                Some(name) => format!("{name}: {words}"),
                None => words,
            },
            StatementKind::Raise(_) => {
                let place = format!("raw: thread 'main' panicked at {path}:{line}:1:");
                return Ok(std::iter::once(place).chain(words.lines().map(|it| format!("raw: {it}"))).collect());
            }
            StatementKind::Message(_) => return Err(NoLine::OnlyWords { path: path.clone(), line }),
        };
        Ok(first.lines().map(str::to_owned).collect())
    }
}

fn names(text: &PrintedText) -> BTreeSet<&str> {
    text.statement.template.iter().filter_map(hole_name).collect()
}

fn hole_name(piece: &TextPiece) -> Option<&str> {
    match piece {
        TextPiece::Hole(hole) => Some(&hole.name),
        TextPiece::Literal(_) => None,
    }
}

fn shown(texts: &[&PrintedText]) -> String {
    texts.iter().map(|it| format!("`{}`", it.shown().replace('\n', "\\n"))).collect::<Vec<_>>().join(", ")
}
