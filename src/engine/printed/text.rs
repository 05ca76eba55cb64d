//! One text that a program prints, with all that a log clause can ask of it.

use crate::evidence::statement::{HoleForm, Piece, PrintLevel, Statement, StatementKind, WhyUnread, statements};
use crate::facts::log_index::Level;

/// A text, and where it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedText {
    /// Path in the repository.
    pub path: String,
    /// The logger as a record names it, where the source states it.
    pub logger: Option<String>,
    /// The statement that prints it.
    pub statement: Statement,
}

/// The texts that a file prints.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileTexts {
    /// Those that could be read.
    pub texts: Vec<PrintedText>,
    /// First lines of statements that print, and whose text could not be read.
    pub unread: Vec<u32>,
}

impl FileTexts {
    /// Reads a file.
    ///
    /// # Errors
    /// When the file as a whole cannot be read, with the reason.
    pub fn read(path: &str, source: &str) -> Result<Self, String> {
        let read = statements(path, source);
        if let Some(whole) = read.unread.iter().find(|it| it.line.is_none()) {
            let why = match whole.why {
                WhyUnread::OtherKind => "statements of files of this kind are not read",
                WhyUnread::TooLarge => "the file is too large to be read",
                WhyUnread::TooMuchWork => "the file takes too much work to be read",
                WhyUnread::TooDeep => "the file is nested too deep to be read",
                WhyUnread::NotKnown | WhyUnread::NotStated | WhyUnread::NotFitting | WhyUnread::NoText => "the file cannot be read",
            };
            return Err(why.to_owned());
        }
        let unread = read.unread.iter().filter(|it| it.why != WhyUnread::NoText).filter_map(|it| it.line).collect();
        Ok(Self { texts: read.all.into_iter().map(|it| PrintedText::of(path, source, it)).collect(), unread })
    }
}

impl PrintedText {
    /// The text of a statement of a file. Records of the sequencer name the file as their logger, those of Echonet what the file asked for.
    #[must_use]
    pub fn of(path: &str, source: &str, statement: Statement) -> Self {
        let logger = match &statement.kind {
            StatementKind::Log { .. } if path.ends_with(".py") => python_logger(source, statement.line),
            StatementKind::Log { .. } => Some(path.to_owned()),
            StatementKind::Raise(_) | StatementKind::Words(_) => None,
        };
        Self { path: path.to_owned(), logger, statement }
    }

    /// Whether the file is Python.
    #[must_use]
    pub fn is_python(&self) -> bool {
        self.path.ends_with(".py")
    }

    /// Whether it stands in a symbol: `name`, `Outer::name` or `Outer.name`. What has no name is the whole file.
    #[must_use]
    pub fn is_in(&self, symbol: &str) -> bool {
        let parts: Vec<&str> = symbol.split("::").flat_map(|it| it.split('.')).filter(|it| !it.is_empty()).collect();
        let mut names: Vec<&str> = self.statement.within.iter().map(String::as_str).collect();
        if let StatementKind::Words(name) = &self.statement.kind
            && names.last() != Some(&name.as_str())
        {
            names.push(name);
        }
        parts.is_empty() || names.windows(parts.len()).any(|it| it == parts.as_slice())
    }

    /// The level of its records, if it writes any itself.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        let StatementKind::Log { level } = self.statement.kind else { return None };
        Some(match level {
            PrintLevel::Trace => Level::Trace,
            PrintLevel::Debug => Level::Debug,
            PrintLevel::Info => Level::Info,
            PrintLevel::Warning => Level::Warning,
            PrintLevel::Error => Level::Error,
            PrintLevel::Critical => Level::Critical,
        })
    }

    /// The text as people read it: `Observed tx={tx_hash}`.
    #[must_use]
    pub fn shown(&self) -> String {
        shown(&self.statement.template)
    }
}

fn shown(template: &[Piece]) -> String {
    let piece = |it: &Piece| match it {
        Piece::Literal(text) => text.clone(),
        Piece::Hole(hole) => format!("{{{}{}}}", hole.name, if hole.form == HoleForm::Debug { ":?" } else { "" }),
    };
    template.iter().map(piece).collect()
}

/// The logger that the statement of a line writes to, as records name it: the receiver's last name, and what the file assigns to it.
fn python_logger(source: &str, line: u32) -> Option<String> {
    const ASKED: &str = "get_logger(";
    let line = source.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let (receiver, _) = LEVELS.iter().find_map(|it| line.split_once(it))?;
    let is_name = |it: char| it.is_alphanumeric() || it == '_';
    let name = receiver.rsplit(|it| !is_name(it)).next().filter(|it| !it.is_empty())?;
    let assigned = source.lines().find_map(|it| {
        let (left, right) = it.split_once(" = ")?;
        let right = right.trim_start().strip_prefix(ASKED)?;
        (left.trim_end().rsplit(|it| !is_name(it)).next() == Some(name)).then_some(right)
    })?;
    let quoted = assigned.strip_prefix(['"', '\''])?;
    let end = quoted.find(['"', '\''])?;
    Some(format!("echonet.{}", quoted.get(..end)?))
}

const LEVELS: [&str; 7] = [".debug(", ".info(", ".warning(", ".error(", ".exception(", ".critical(", ".log("];

#[cfg(test)]
mod tests {
    use super::*;

    fn log(line: u32) -> Statement {
        let level = PrintLevel::Info;
        let within = vec!["Sender".to_owned(), "run".to_owned()];
        Statement { within, line, kind: StatementKind::Log { level }, template: Vec::new(), beside: Vec::new() }
    }

    #[test]
    fn the_logger_is_what_the_file_assigned_to_the_receiver() {
        let source = "a = 1\nflask_logger = get_logger(\"flask\")\nlogger = get_logger('center')\n        self.flask_logger.info(f\"x\")\n    \
                      logger.debug(\n        self.other.info(\"y\")\n";
        let logger = |line| PrintedText::of("echonet/echo_center.py", source, log(line)).logger;
        assert_eq!(logger(4).as_deref(), Some("echonet.flask"));
        assert_eq!(logger(5).as_deref(), Some("echonet.center"));
        assert_eq!((logger(6), logger(1), logger(99)), (None, None, None));
        assert_eq!(PrintedText::of("crates/a/src/b.rs", "", log(1)).logger.as_deref(), Some("crates/a/src/b.rs"));
    }

    #[test]
    fn a_statement_stands_in_everything_around_it() {
        let text = PrintedText::of("a.py", "", log(1));
        for symbol in ["", "run", "Sender", "Sender.run", "Sender::run"] {
            assert!(text.is_in(symbol), "{symbol}");
        }
        assert!(!text.is_in("other") && !text.is_in("run.Sender") && !text.is_in("Other.run"));
        let words = Statement { within: vec!["StateError".to_owned()], kind: StatementKind::Words("Missing".to_owned()), ..log(1) };
        let words = PrintedText::of("a.rs", "", words);
        assert!(words.is_in("StateError::Missing") && words.is_in("Missing") && words.is_in("StateError"));
    }
}
