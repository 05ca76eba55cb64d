//! Why nothing can be made of what was given.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::collect::intake::{BESIDE_FILES, Given, Recognised, SeenPiece};
use crate::collect::redact::redact;

/// Why no evidence could be read from the input.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum OpenError {
    /// It is not there, or not readable.
    #[error("cannot read {}", path.display())]
    #[diagnostic(code(whysync::import::unreadable), help("name files, folders or archives that exist, or `-` for standard input"))]
    Unreadable {
        /// The path as named.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// The input holds no evidence.
    #[error("nothing in {given} is evidence: {looks}")]
    #[diagnostic(
        code(whysync::import::nothing_known),
        help(
            "give what there is of Echonet's side: its report (/echonet/report), its log, or files of /data/echonet (report_snapshot_*.log, \
             blocks_*); in a folder or an archive of any shape, under any names. A bundle names its schema, whysync.bundle/v1"
        )
    )]
    Nothing {
        /// The path that was given.
        given: String,
        /// What the first files look like.
        looks: String,
    },
    /// The only evidence in it is a bundle, and files are wanted.
    #[error("{name} is a bundle of whysync, and no folder or archive of files")]
    #[diagnostic(code(whysync::import::only_bundle), help("`whysync diagnose` reads it"))]
    OnlyBundle {
        /// Path of the bundle.
        name: String,
    },
    /// The input holds several incidents.
    #[error("the input holds {} incidents: {}", folders.len(), some_of(folders))]
    #[diagnostic(code(whysync::import::several_incidents), help("choose one of them with --incident NAME"))]
    Several {
        /// The folder of each.
        folders: Vec<String>,
    },
    /// There is no incident of that name in it.
    #[error("the input holds no incident `{named}`; {}", if folders.is_empty() { "it holds only one".to_owned() } else { format!("there are {}", some_of(folders)) })]
    #[diagnostic(code(whysync::import::no_such_incident), help("an incident is named by its folder, or by the folder's last name"))]
    NoSuchIncident {
        /// The name that was given.
        named: String,
        /// The folder of each.
        folders: Vec<String>,
    },
}

/// The first of some names, and how many there are besides.
fn some_of(names: &[String]) -> String {
    const NAMED: usize = 12;
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
    if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
}

impl OpenError {
    /// What was given looks like this, and is no evidence.
    pub(super) fn nothing(given: &Given, pieces: &[SeenPiece], refused: &BTreeMap<String, String>) -> Self {
        /// Files that are named.
        const NAMED: usize = 4;
        let name = match given {
            Given::Bytes { name, .. } => name.clone(),
            Given::Paths(paths) => paths.iter().map(|it| it.display().to_string()).collect::<Vec<_>>().join(", "),
        };
        let mut looks: Vec<String> = pieces.iter().take(NAMED).map(|it| format!("{} is {}", it.piece.path, look(it))).collect();
        looks.extend(refused.iter().take(NAMED).map(|(path, why)| format!("{path} was refused ({why})")));
        let more = pieces.len().saturating_add(refused.len()).saturating_sub(looks.len());
        if looks.is_empty() {
            looks.push("there is no file in it".to_owned());
        }
        if 0 < more {
            looks.push(format!("and {more} more"));
        }
        Self::Nothing { given: name, looks: redact(&looks.join("; ")).text.into_owned() }
    }
}

/// What a piece looks like that does not make an incident.
fn look(seen: &SeenPiece) -> String {
    match &seen.recognised {
        Recognised::Left(what) => what.clone(),
        Recognised::Document(_) | Recognised::Answers(_) => {
            "a block or a state update alone, which says what is in it and nothing of what went wrong".to_owned()
        }
        Recognised::Index => "a list of what was asked, without the answers".to_owned(),
        Recognised::Log => "a log".to_owned(),
        Recognised::Bundle => BESIDE_FILES.to_owned(),
    }
}
