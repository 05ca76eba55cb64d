//! A line of a test, made from the statement that prints such lines.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::catalogue::Catalogue;
use super::text::PrintedText;
use crate::evidence::level::Level;
use crate::evidence::statement::{HoleForm, Piece, StatementKind};

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

impl LineOf {
    /// The lines of the record, as a test writes them.
    ///
    /// # Errors
    /// When no text or several fit, or the text makes no record of its own.
    pub fn lines(&self, catalogue: &Catalogue) -> Result<Vec<String>, String> {
        let place = format!("{} in {}", self.symbol, self.path);
        let all: Vec<&PrintedText> = catalogue.at(&self.path, &self.symbol).collect();
        if all.is_empty() {
            return Err(format!("the catalogue of printed texts has none of {place}"));
        }
        let held = |it: &&PrintedText| self.holding.as_ref().is_none_or(|words| it.shown().contains(words));
        let valued = |it: &&PrintedText| names(it) == self.values.keys().map(String::as_str).collect();
        let fitting: Vec<&PrintedText> = all.iter().copied().filter(held).filter(valued).collect();
        match fitting.as_slice() {
            [text] => self.record(text),
            [] => Err(format!("no text of {place} has just these values; it prints {}", shown(&all))),
            several => Err(format!("several texts of {place} have these values; say which by `holding`: {}", shown(several))),
        }
    }

    fn record(&self, text: &PrintedText) -> Result<Vec<String>, String> {
        let mut words = String::new();
        for piece in &text.statement.template {
            match piece {
                Piece::Literal(literal) => words.push_str(literal),
                Piece::Hole(hole) => {
                    let value = self.values.get(&hole.name).map(String::as_str).unwrap_or_default();
                    // A name of a place, such as `{subject}`, is filled in later.
                    if hole.form == HoleForm::Decimal && !value.contains('{') && value.parse::<i128>().is_err() {
                        return Err(format!("`{}` is printed as a whole number, and `{value}` is none", hole.name));
                    }
                    words.push_str(value);
                }
            }
        }
        let first = match &text.statement.kind {
            StatementKind::Log { .. } => {
                let level = text.level().map(Level::name).unwrap_or_default();
                let logger = text.logger().ok_or_else(|| format!("{}:{} does not state its logger", text.path, text.statement.line))?;
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
                let place = format!("raw: thread 'main' panicked at {}:{}:1:", text.path, text.statement.line);
                return Ok(std::iter::once(place).chain(words.lines().map(|it| format!("raw: {it}"))).collect());
            }
            StatementKind::Message(_) => {
                return Err(format!("{}:{} is an error's words, and no line by itself", text.path, text.statement.line));
            }
        };
        Ok(first.lines().map(str::to_owned).collect())
    }
}

fn names(text: &PrintedText) -> BTreeSet<&str> {
    text.statement.template.iter().filter_map(hole_name).collect()
}

fn hole_name(piece: &Piece) -> Option<&str> {
    match piece {
        Piece::Hole(hole) => Some(&hole.name),
        Piece::Literal(_) => None,
    }
}

fn shown(texts: &[&PrintedText]) -> String {
    texts.iter().map(|it| format!("`{}`", it.shown().replace('\n', "\\n"))).collect::<Vec<_>>().join(", ")
}
