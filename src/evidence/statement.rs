//! A statement of a program that prints text: a line of a log, an exception, an error's words.

/// One statement, and the text that it prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Names of what it stands in, outermost first, such as `["TransactionSenderRunner", "_run"]`. Empty at the top of a file.
    pub within: Vec<String>,
    /// Its first line, from 1.
    pub line: u32,
    /// What it does with the text.
    pub kind: StatementKind,
    /// The text, in order.
    pub template: Vec<Piece>,
}

/// What a statement does with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementKind {
    /// It writes a log record.
    Log {
        /// The level that it writes at.
        level: PrintLevel,
    },
    /// It raises an exception or panics; whoever catches it prints the text, if anybody does. With the type's name, if it is stated.
    Raise(Option<String>),
    /// It says how a type or one of its variants reads as text: `#[error("...")]`, with the variant's or the type's name.
    Words(String),
}

/// The level that a statement writes at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrintLevel {
    /// `trace!`.
    Trace,
    /// `debug!`, `logger.debug`.
    Debug,
    /// `info!`, `logger.info`.
    Info,
    /// `warn!`, `logger.warning`.
    Warning,
    /// `error!`, `logger.error`, `logger.exception`.
    Error,
    /// `logger.critical`.
    Critical,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// It reads so.
    Literal(String),
    /// A value stands here.
    Hole(Hole),
}

/// A place of a text that a value fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The expression that gives the value, as the source states it.
    pub name: String,
    /// How the value is written.
    pub form: HoleForm,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoleForm {
    /// As its own text: `{}`, `%s`, an f-string's braces.
    Display,
    /// As a debugger shows it, on one line: `{:?}`, `%r`, `!r`.
    Debug,
    /// As a debugger shows it, on several lines: `{:#?}`.
    DebugLines,
    /// As a whole number: `%d`, `:d`.
    Decimal,
    /// As a hexadecimal number: `{:x}`, `{:#x}`, `%x`.
    Hex,
    /// As a number with a fraction: `%.1f`, `:.2f`.
    Fraction,
}
