//! One text that a program prints, with all that a log clause can ask of it.

use serde::{Deserialize, Serialize};

use crate::evidence::statement::{HoleForm, Statement, StatementKind, TextPiece, WhyUnread, statements};
use crate::evidence::symbol;
use crate::facts::log_index::Level;

/// A text, and where it is printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedText {
    /// Path in the repository.
    pub path: String,
    /// The statement that prints it.
    #[serde(flatten)]
    pub statement: Statement,
}

/// The texts that a file prints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTexts {
    /// The texts that could be read.
    pub texts: Vec<PrintedText>,
    /// First lines of statements that print, and whose text could not be read.
    pub unread: Vec<u32>,
}

/// Why it is not known what a file prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextNotRead {
    /// Nobody looked into it.
    #[error("the file was not read")]
    NotAsked,
    /// The commit has no such file.
    #[error("there is no such file")]
    NoFile,
    /// The clone lacks what it holds.
    #[error("the clone lacks the content of the file")]
    NoContent,
    /// It is larger than what is read.
    #[error("the file is too large to be read")]
    TooLarge,
    /// It takes more work than a file of its length may take.
    #[error("the file takes too much work to be read")]
    TooMuchWork,
    /// It is nested deeper than what is read.
    #[error("the file is nested too deep to be read")]
    TooDeep,
    /// Its ending is none of a language whose statements are known.
    #[error("statements of files of this kind are not read")]
    OtherKind,
    /// It is none of these, and no statement of it was told.
    #[error("the file cannot be read")]
    NotKnown,
}

impl FileTexts {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file as a whole cannot be read.
    pub(crate) fn read(path: &str, source: &str) -> Result<Self, TextNotRead> {
        let read = statements(path, source);
        if let Some(whole) = read.unread.iter().find(|it| it.line.is_none()) {
            return Err(match whole.why {
                WhyUnread::OtherKind => TextNotRead::OtherKind,
                WhyUnread::TooLarge => TextNotRead::TooLarge,
                WhyUnread::TooMuchWork => TextNotRead::TooMuchWork,
                WhyUnread::TooDeep => TextNotRead::TooDeep,
                WhyUnread::NotKnown | WhyUnread::NotStated | WhyUnread::NotFitting | WhyUnread::NoText => TextNotRead::NotKnown,
            });
        }
        let unread = read.unread.iter().filter(|it| it.why != WhyUnread::NoText).filter_map(|it| it.line).collect();
        let texts = read.all.into_iter().map(|statement| PrintedText { path: path.to_owned(), statement });
        Ok(Self { texts: texts.collect(), unread })
    }
}

impl PrintedText {
    /// The logger as its records name it, where the source states it: the file for the sequencer, and for Echonet what the file names it.
    #[must_use]
    pub(crate) fn logger(&self) -> Option<String> {
        match &self.statement.kind {
            StatementKind::Log { logger, .. } if self.is_python() => logger.clone(),
            StatementKind::Log { .. } => Some(self.path.clone()),
            StatementKind::Raise(_) | StatementKind::Message(_) => None,
        }
    }

    /// All that it spells out.
    pub(in crate::engine) fn spelled(&self) -> impl Iterator<Item = &str> {
        let name = match &self.statement.kind {
            StatementKind::Raise(name) => name.as_deref(),
            StatementKind::Log { .. } | StatementKind::Message(_) => None,
        };
        let literals = self.statement.template.iter().filter_map(|it| match it {
            TextPiece::Literal(text) => Some(text.as_str()),
            TextPiece::Hole(_) => None,
        });
        literals.chain(name)
    }

    /// Whether the file is Python.
    #[must_use]
    pub(crate) fn is_python(&self) -> bool {
        self.path.ends_with(".py")
    }

    /// Whether it stands in a symbol: `name`, `Outer::name` or `Outer.name`. What has no name is the whole file.
    #[must_use]
    pub(crate) fn is_in(&self, symbol: &str) -> bool {
        let parts = symbol::names(symbol);
        let mut names: Vec<&str> = self.statement.within.iter().map(String::as_str).collect();
        if let StatementKind::Message(name) = &self.statement.kind
            && names.last() != Some(&name.as_str())
        {
            names.push(name);
        }
        symbol.is_empty() || names.windows(parts.len()).any(|it| it == parts.as_slice())
    }

    /// The level of its records, if it writes any itself.
    #[must_use]
    pub(crate) fn level(&self) -> Option<Level> {
        match self.statement.kind {
            StatementKind::Log { level, .. } => Some(level),
            StatementKind::Raise(_) | StatementKind::Message(_) => None,
        }
    }

    /// The text as people read it: `Observed tx={tx_hash}`.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        shown(&self.statement.template)
    }
}

fn shown(template: &[TextPiece]) -> String {
    let piece = |it: &TextPiece| match it {
        TextPiece::Literal(text) => text.clone(),
        TextPiece::Hole(hole) => format!("{{{}{}}}", hole.name, if hole.form == HoleForm::Debug { ":?" } else { "" }),
    };
    template.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, kind: StatementKind, within: &[&str]) -> PrintedText {
        let within = within.iter().map(|it| (*it).to_owned()).collect();
        PrintedText { path: path.to_owned(), statement: Statement { within, line: 1, kind, template: Vec::new(), attached: Vec::new() } }
    }

    fn log(logger: Option<&str>) -> StatementKind {
        StatementKind::Log { level: Level::Info, logger: logger.map(str::to_owned) }
    }

    #[test]
    fn a_record_of_echonet_names_the_logger_that_its_file_states_and_one_of_the_sequencer_its_file() {
        let logger = |path, kind| text(path, kind, &[]).logger();
        assert_eq!(logger("echonet/a.py", log(Some("echonet.flask"))).as_deref(), Some("echonet.flask"));
        assert_eq!(logger("crates/a/src/b.rs", log(None)).as_deref(), Some("crates/a/src/b.rs"));
        assert_eq!((logger("a.py", log(None)), logger("a.py", StatementKind::Raise(None))), (None, None));
    }

    #[test]
    fn a_statement_stands_in_everything_around_it() {
        let printed = text("a.py", log(None), &["Sender", "run"]);
        for symbol in ["", "run", "Sender", "Sender.run", "Sender::run"] {
            assert!(printed.is_in(symbol), "{symbol}");
        }
        assert!(!printed.is_in("other") && !printed.is_in("run.Sender") && !printed.is_in("Other.run"));
        let words = text("a.rs", StatementKind::Message("Missing".to_owned()), &["StateError"]);
        assert!(words.is_in("StateError::Missing") && words.is_in("Missing") && words.is_in("StateError"));
    }
}
