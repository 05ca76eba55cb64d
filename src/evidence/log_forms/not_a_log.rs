//! Why a text is no log of these programs.

use std::fmt;

use crate::evidence::ParseError;

/// Why a text is no log of Echonet or of the sequencer: what it looks like, and how it begins.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotALog {
    /// The file is empty.
    #[error("there is no line in it")]
    Empty,
    /// A page of a web server.
    #[error("it is an HTML page, not a log: `{first}`")]
    Html {
        /// Its first line, shortened.
        first: FirstLine,
    },
    /// A JSON document of another kind, or entries that cannot be read.
    #[error("it is a JSON document, not a log: {what}; it begins `{first}`")]
    Json {
        /// Why it is not valid JSON.
        what: String,
        /// Its first line, shortened.
        first: FirstLine,
    },
    /// It has a known form, and no entry of it can be read.
    #[error("it looks like {form}, and {what}; it begins `{first}`")]
    Unreadable {
        /// The form, in words.
        form: &'static str,
        /// Why it cannot be read.
        what: String,
        /// Its first line, shortened.
        first: FirstLine,
    },
    /// What `kubectl port-forward` says while it runs.
    #[error("it is what kubectl port-forward says while it runs, not a log")]
    PortForward,
    /// Lines, and none of them is one that Echonet, its web server or the sequencer prints.
    #[error("none of its {lines} lines is one that Echonet, its web server or the sequencer prints; the first is `{first}`")]
    NoLineRecognised {
        /// The first line that is not blank, shortened.
        first: FirstLine,
        /// How many lines are not blank.
        lines: usize,
    },
}

impl From<NotALog> for ParseError {
    fn from(why: NotALog) -> Self {
        Self::new(why.to_string())
    }
}

/// The beginning of a text's first line that is not blank, short enough to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstLine(String);

impl FirstLine {
    /// The first line of a text.
    pub(super) fn from_text(text: &str) -> Self {
        const LONGEST: usize = 120;
        // A text may be one line of many megabytes.
        let line = text.trim_start().lines().next().unwrap_or_default();
        let mut shown: String = line.chars().take(LONGEST).map(|it| if it.is_control() { ' ' } else { it }).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        Self(shown.trim_end().to_owned())
    }
}

impl fmt::Display for FirstLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
