//! Why a bundle could not be read, or an output not written.

use std::io;
use std::path::PathBuf;

use miette::{Diagnostic, SourceSpan};

use crate::excerpt::Excerpt;
use crate::limits::MIB;

/// Why a bundle could not be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum LoadError {
    /// The file cannot be opened or read.
    #[error("cannot read {name}")]
    #[diagnostic(code(whysync::bundle::unreadable), help("check the path and its permissions; `-` reads standard input"))]
    Unreadable {
        /// Name of the input, as the user gave it.
        name: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// The input is a folder where a file is needed.
    #[error("{name} is a folder, not a bundle")]
    #[diagnostic(code(whysync::bundle::folder), help("turn a folder of saved answers into a bundle with `import`"))]
    Folder {
        /// Name of the input, as the user gave it.
        name: String,
    },
    /// The file is empty.
    #[error("{name} is empty")]
    #[diagnostic(code(whysync::bundle::empty), help("the command that should have written it probably failed: run it again"))]
    Empty {
        /// Name of the input, as the user gave it.
        name: String,
    },
    /// It is larger than [`crate::limits::BUNDLE_BYTES`].
    #[error("{name} is larger than {limit} bytes after decompression, the most that is read")]
    #[diagnostic(code(whysync::bundle::too_large), help("collect the incident again with a narrower window of log lines or fewer blocks"))]
    TooLarge {
        /// Name of the input, as the user gave it.
        name: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// What it holds takes more memory than [`crate::limits::MEMORY`], or than what the user allows.
    #[error("{name} is not read: its structure would take more than {} MiB of memory beyond the usual for its size", most / MIB)]
    #[diagnostic(
        code(whysync::bundle::too_heavy),
        help("it holds very many small values, as few bundles do; if this one may, allow more with `--memory`, such as `--memory 2GiB`")
    )]
    TooHeavy {
        /// Name of the input, as the user gave it.
        name: String,
        /// The limit in bytes.
        most: u64,
    },
    /// Its compression is broken.
    #[error("{name} cannot be decompressed")]
    #[diagnostic(
        code(whysync::bundle::compression),
        help("the file is damaged or cut short: copy it again, or test it with `zstd --test`")
    )]
    Compression {
        /// Name of the input, as the user gave it.
        name: String,
        /// The error from zstd.
        source: io::Error,
    },
    /// It is of a version that this program does not read, or of none.
    #[error("{name} {}, and this program reads {supported}", found.as_deref().map_or("names no schema".to_owned(), |it| format!("is of schema {it}")))]
    #[diagnostic(
        code(whysync::bundle::schema),
        help(
            "use the release of whysync that wrote it, or collect it again; a bundle says `\"schema\": \"whysync.bundle/v1\"` at its top level"
        )
    )]
    Schema {
        /// Name of the input, as the user gave it.
        name: String,
        /// The version found, if the document names one.
        found: Option<String>,
        /// The versions that can be read.
        supported: String,
    },
    /// An episode has the last number that there is, and the epoch that still runs comes after all of them.
    #[error("{name} gives an episode the number {}, after which no other can come", u32::MAX)]
    #[diagnostic(
        code(whysync::bundle::episode_number),
        help("the episodes of a bundle are numbered from 1: somebody edited it; write it again with `collect` or `import`")
    )]
    EpisodeNumber {
        /// Name of the input, as the user gave it.
        name: String,
    },
    /// Its text is not what the version prescribes.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Malformed(Box<Malformed>),
}

/// A place in a bundle that is not what its version prescribes.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{name}:{line}:{column}: {reason}{}", path.as_deref().map_or(String::new(), |it| format!(" (at {it})")))]
#[diagnostic(code(whysync::bundle::malformed))]
pub struct Malformed {
    /// Name of the input, as the user gave it.
    pub name: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The place in the document, such as `$.episodes[0].report`, if it can be told.
    pub path: Option<String>,
    /// What is wrong with the document.
    pub reason: String,
    /// The text around the place, after redaction.
    #[source_code]
    pub excerpt: Excerpt,
    /// The place in the excerpt.
    #[label("here")]
    pub place: SourceSpan,
    /// What the user can do about it.
    #[help]
    pub help: &'static str,
}

/// Why an output was not written; what was there before is untouched.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum SaveError {
    /// The system does not take it.
    #[error("cannot write {}", path.display())]
    #[diagnostic(
        code(whysync::output::unwritable),
        help("check that its folder exists, is writable and has space left; a file that was there before is unchanged")
    )]
    Unwritable {
        /// Path of the output.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// It would hold what is known to be a secret.
    #[error("{name} would hold a secret (line {line}, of the kind `{kind}`), so nothing was written")]
    #[diagnostic(
        code(whysync::output::secret),
        help(
            "mask it with `--redact FILE`, which lists texts and patterns; if it came out of evidence, it is a fault of whysync: please report the kind, not the text"
        )
    )]
    Secret {
        /// Name of the output.
        name: String,
        /// Line of the output, from 1.
        line: usize,
        /// What it is, as a token would say.
        kind: &'static str,
    },
}
