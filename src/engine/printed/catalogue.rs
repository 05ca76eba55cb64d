//! The texts that the places named by rules print, kept as a file: so that rules and their tests are held against them without a clone.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::check::Found;
use super::text::{FileTexts, PrintedText};
use crate::evidence::anchor::Anchor;
use crate::evidence::statement::{Beside, Hole, HoleForm, Piece, PrintLevel, Statement, StatementKind};
use crate::findings::CodeAnchor;

/// Texts of one commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    /// The commit.
    pub commit: String,
    /// The texts, by path and line.
    pub texts: Vec<PrintedText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    commit: String,
    texts: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: String,
    symbol: String,
    line: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    logger: Option<String>,
    does: Does,
    text: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    beside: Vec<Aside>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Aside {
    Field { name: String, value: String, form: FormWord },
    Traceback,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Does {
    Log(LevelWord),
    Raise(Option<String>),
    Words(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LevelWord {
    Trace,
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Part {
    Literal(String),
    Value { value: String, form: FormWord },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormWord {
    Display,
    Debug,
    DebugLines,
    Decimal,
    Hex,
    Fraction,
}

/// A file that is no catalogue.
#[derive(Debug, thiserror::Error)]
#[error("it is no catalogue of printed texts: {0}")]
pub struct NoCatalogue(#[from] serde_json::Error);

/// The catalogue that comes with this build.
const BUILTIN: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/printed.json"));

impl Catalogue {
    /// The catalogue that comes with this build.
    ///
    /// # Errors
    /// When the build was made with a file that is none.
    pub fn builtin() -> Result<Self, NoCatalogue> {
        Self::read(BUILTIN)
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, NoCatalogue> {
        let file: File = serde_json::from_str(text)?;
        Ok(Self { commit: file.commit, texts: file.texts.into_iter().map(text_of).collect() })
    }

    /// The texts of these places, as far as they were found.
    #[must_use]
    pub fn of(found: &Found, places: &BTreeSet<Anchor>) -> Self {
        let mut texts: Vec<PrintedText> = Vec::new();
        for place in places {
            let place = CodeAnchor { path: place.path.clone(), symbol: place.symbol.clone() };
            for text in found.at(&place).unwrap_or_default() {
                if !texts.contains(text) {
                    texts.push(text.clone());
                }
            }
        }
        texts.sort_by(|left, right| (&left.path, left.statement.line).cmp(&(&right.path, right.statement.line)));
        Self { commit: found.commit.clone(), texts }
    }

    /// The texts as what a reading of the commit would have found, for these files only.
    #[must_use]
    pub fn found(&self) -> Found {
        let mut files: BTreeMap<String, Result<FileTexts, String>> = BTreeMap::new();
        for text in &self.texts {
            if let Ok(file) = files.entry(text.path.clone()).or_insert_with(|| Ok(FileTexts::default())) {
                file.texts.push(text.clone());
            }
        }
        Found { commit: self.commit.clone(), files }
    }

    /// The texts of one place.
    pub fn at(&self, path: &str, symbol: &str) -> impl Iterator<Item = &PrintedText> {
        self.texts.iter().filter(move |it| it.path == path && it.is_in(symbol))
    }

    /// As a file: one text a line, so that a difference shows what changed.
    ///
    /// # Errors
    /// When a text cannot be written.
    pub fn printed(&self) -> Result<String, NoCatalogue> {
        let rows: Result<Vec<String>, serde_json::Error> = self.texts.iter().map(|it| serde_json::to_string(&row_of(it))).collect();
        let commit = serde_json::to_string(&self.commit)?;
        let rows = rows?.join(",\n");
        Ok(format!("{{\"commit\": {commit}, \"texts\": [\n{rows}\n]}}\n"))
    }
}

fn row_of(text: &PrintedText) -> Row {
    Row {
        path: text.path.clone(),
        symbol: text.statement.within.join("."),
        line: text.statement.line,
        logger: text.logger.clone(),
        does: match &text.statement.kind {
            StatementKind::Log { level } => Does::Log(match level {
                PrintLevel::Trace => LevelWord::Trace,
                PrintLevel::Debug => LevelWord::Debug,
                PrintLevel::Info => LevelWord::Info,
                PrintLevel::Warning => LevelWord::Warning,
                PrintLevel::Error => LevelWord::Error,
                PrintLevel::Critical => LevelWord::Critical,
            }),
            StatementKind::Raise(name) => Does::Raise(name.clone()),
            StatementKind::Words(name) => Does::Words(name.clone()),
        },
        text: text.statement.template.iter().map(part_of).collect(),
        beside: text.statement.beside.iter().map(aside_of).collect(),
    }
}

fn aside_of(beside: &Beside) -> Aside {
    match beside {
        Beside::Field { name, value } => Aside::Field { name: name.clone(), value: value.name.clone(), form: word_of(value.form) },
        Beside::Traceback => Aside::Traceback,
    }
}

fn beside_of(aside: Aside) -> Beside {
    match aside {
        Aside::Field { name, value, form } => Beside::Field { name, value: Hole { name: value, form: form_of(&form) } },
        Aside::Traceback => Beside::Traceback,
    }
}

fn word_of(form: HoleForm) -> FormWord {
    match form {
        HoleForm::Display => FormWord::Display,
        HoleForm::Debug => FormWord::Debug,
        HoleForm::DebugLines => FormWord::DebugLines,
        HoleForm::Decimal => FormWord::Decimal,
        HoleForm::Hex => FormWord::Hex,
        HoleForm::Fraction => FormWord::Fraction,
    }
}

fn form_of(word: &FormWord) -> HoleForm {
    match word {
        FormWord::Display => HoleForm::Display,
        FormWord::Debug => HoleForm::Debug,
        FormWord::DebugLines => HoleForm::DebugLines,
        FormWord::Decimal => HoleForm::Decimal,
        FormWord::Hex => HoleForm::Hex,
        FormWord::Fraction => HoleForm::Fraction,
    }
}

fn part_of(piece: &Piece) -> Part {
    match piece {
        Piece::Literal(text) => Part::Literal(text.clone()),
        Piece::Hole(hole) => Part::Value { value: hole.name.clone(), form: word_of(hole.form) },
    }
}

fn text_of(row: Row) -> PrintedText {
    PrintedText {
        path: row.path,
        logger: row.logger,
        statement: Statement {
            within: row.symbol.split('.').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            line: row.line,
            kind: match row.does {
                Does::Log(level) => StatementKind::Log {
                    level: match level {
                        LevelWord::Trace => PrintLevel::Trace,
                        LevelWord::Debug => PrintLevel::Debug,
                        LevelWord::Info => PrintLevel::Info,
                        LevelWord::Warning => PrintLevel::Warning,
                        LevelWord::Error => PrintLevel::Error,
                        LevelWord::Critical => PrintLevel::Critical,
                    },
                },
                Does::Raise(name) => StatementKind::Raise(name),
                Does::Words(name) => StatementKind::Words(name),
            },
            template: row.text.into_iter().map(piece_of).collect(),
            beside: row.beside.into_iter().map(beside_of).collect(),
        },
    }
}

fn piece_of(part: Part) -> Piece {
    match part {
        Part::Literal(text) => Piece::Literal(text),
        Part::Value { value: name, form } => Piece::Hole(Hole { name, form: form_of(&form) }),
    }
}
