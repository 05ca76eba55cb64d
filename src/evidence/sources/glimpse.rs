//! A look at bytes that nobody has read yet: which of the marks of sources they bear, and what else tells them apart.
//!
//! A glimpse holds no text of what it looked at, but for names of ConfigMaps that sources know: only which of the words that sources name
//! were seen, and numbers. So bytes may be glimpsed at before secrets are taken out of them.

use std::collections::BTreeSet;

use super::{Listed, Mark, NodeConfig, SOURCES};
use crate::evidence::{BlockSide, Felt, Program, Timestamp};

/// What was seen of some bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Glimpse {
    /// Form of the bytes.
    pub look: Look,
    /// Of the words that marks name, those that are fields at the top; of a list, fields of its first item.
    pub fields: BTreeSet<&'static str>,
    /// How many fields there are at the top.
    pub count: usize,
    /// Of the lines that marks name, those that are among the first.
    pub lines: BTreeSet<&'static str>,
    /// Of the kinds that marks name, those of which it holds objects.
    pub kinds: BTreeSet<&'static str>,
    /// Height that a document states at its top.
    pub block: Option<u64>,
    /// Hash of the block that it is of.
    pub block_hash: Option<Felt>,
    /// Whose it is, if its content tells.
    pub side: Option<BlockSide>,
    /// Whether it says that it is of a block that is not closed yet.
    pub is_pending: bool,
    /// The moment that the head of a text states.
    pub at: Option<Timestamp>,
    /// For how long Echonet ran when it wrote the report, in seconds.
    pub uptime: Option<u64>,
    /// The one ConfigMap that it is.
    pub config_map: Option<KnownConfigMap>,
    /// The program that writes such lines.
    pub writer: Option<LogWriter>,
}

/// The form of some bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// The file is empty or blank.
    #[default]
    Empty,
    /// A JSON object.
    Object,
    /// A JSON list.
    List,
    /// A JSON object a line.
    JsonLines,
    /// JSON that breaks off or is damaged.
    TornJson,
    /// A page that a web server sends where something went wrong.
    ErrorPage,
    /// Any other HTML page.
    WebPage,
    /// Text.
    Text,
    /// A list of images, one a line.
    Images,
    /// A table with commas, as the console of Cloud Logging saves one.
    Table,
    /// A picture.
    Picture,
    /// A program.
    Program,
    /// Text in UTF-16, which is not read here.
    Utf16,
    /// Other binary data.
    Binary,
}

/// A ConfigMap that a source knows by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownConfigMap {
    /// The ConfigMap with the node's settings.
    Settings(NodeConfig),
    /// The ConfigMap with Echonet's source.
    Source(String),
}

/// The program that writes lines of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogWriter {
    /// This one: Echonet, or the web server that it runs in; the sequencer, in its JSON form.
    Of(Program),
    /// Some program: most lines begin with a time.
    Unknown,
}

impl Glimpse {
    /// Whether it bears a mark.
    #[must_use]
    pub fn bears(&self, mark: Mark) -> bool {
        let has = |words: &[&'static str]| words.iter().all(|it| self.fields.contains(it));
        match mark {
            Mark::Fields(words) => matches!(self.look, Look::Object | Look::JsonLines) && has(words),
            Mark::OnlyFields(words) => self.look == Look::Object && has(words) && self.count == words.len(),
            Mark::Rows(words) => matches!(self.look, Look::List) && has(words),
            Mark::Kind(kind) => self.kinds.contains(kind),
            Mark::Line(line) => self.lines.contains(line),
            Mark::Version => self.lines.contains(VERSION),
            Mark::EchonetLines => self.look == Look::Text && self.writer == Some(LogWriter::Of(Program::Echonet)),
        }
    }

    /// The sources whose marks it bears, in the order of the table.
    #[must_use]
    pub fn candidates(&self) -> Vec<&'static Listed> {
        let is_one = |marks: &[Mark]| marks.iter().any(|it| self.bears(*it));
        SOURCES.iter().filter(|it| is_one(it.source.recognised)).collect()
    }
}

/// Stands for a text that is a version alone.
pub(super) const VERSION: &str = "(a protocol version)";
