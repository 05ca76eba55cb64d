//! Evidence that somebody saved: a bundle from a file, a stream or memory, or a folder of saved answers.

use std::io::{self, Read, Write};
use std::path::Path;

use super::{Error, Rules};
use crate::collect::import::{Asked, gather};
use crate::collect::recording::Recording;
use crate::collect::store::{self, Input};
use crate::engine::authoring::minimize;
use crate::evidence::Bundle;

/// What of the evidence is meant: everything, unless something is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    /// The block to look at: narrows the diagnosis to the resyncs that it belongs to.
    pub block: Option<u64>,
    /// The Kubernetes namespace; taken from the evidence otherwise.
    pub namespace: Option<String>,
}

/// Evidence that was read.
#[derive(Debug)]
pub struct Evidence {
    /// What was observed.
    pub bundle: Bundle,
    /// What was found in a folder and never opened.
    pub refused: Vec<Refused>,
}

/// A file that was not opened, because its name is that of one that can hold keys or because it leads elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its path in the folder.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// Reads a bundle, or imports a folder of saved answers.
///
/// # Errors
/// When there is no readable bundle of a supported version, or nothing in the folder is a saved answer.
pub fn read(input: &Input, focus: &Focus) -> Result<Evidence, Error> {
    match input {
        Input::File(path) if path.is_dir() => import(path, focus),
        input => Ok(seen_by(store::load(input)?, focus)),
    }
}

/// Reads a bundle from memory or from any reader; `name` is what errors call it.
///
/// # Errors
/// When there is no readable bundle of a supported version.
pub fn read_from(reader: impl Read, name: &str, focus: &Focus) -> Result<Evidence, Error> {
    Ok(seen_by(store::load_from(reader, name)?, focus))
}

/// Reads a saved bundle as it is, and no folder. Every bundle is redacted when it is read.
///
/// # Errors
/// When there is no readable bundle of a supported version.
pub fn load(input: &Input) -> Result<Bundle, Error> {
    Ok(store::load(input)?)
}

/// Turns a folder of saved answers into a bundle. What is missing or unreadable in it becomes part of the bundle, with its reason.
///
/// # Errors
/// When the folder cannot be listed, or holds nothing known.
pub fn import(folder: &Path, focus: &Focus) -> Result<Evidence, Error> {
    let recording = Recording::open(folder)?;
    let refused = recording.refused().map(|(path, reason)| Refused { path: path.to_owned(), reason: reason.to_owned() }).collect();
    let asked = Asked { block: focus.block, namespace: focus.namespace.clone(), ..Asked::default() };
    Ok(Evidence { bundle: gather(&recording, asked), refused })
}

fn seen_by(mut bundle: Bundle, focus: &Focus) -> Evidence {
    bundle.incident.block = focus.block.or(bundle.incident.block);
    bundle.incident.namespace = focus.namespace.clone().or(bundle.incident.namespace);
    Evidence { bundle, refused: Vec::new() }
}

/// Writes a bundle, whole or not at all, compressed if the path ends in `.zst`.
///
/// # Errors
/// When the file cannot be written; the file that was there before is then untouched.
pub fn save(bundle: &Bundle, path: &Path) -> Result<(), Error> {
    Ok(store::save(bundle, path)?)
}

/// Writes a bundle to a stream, as one line of JSON.
///
/// # Errors
/// When the stream takes no more.
pub fn encode(bundle: &Bundle, out: impl Write) -> io::Result<()> {
    store::encode(bundle, out)
}

/// Writes any output to a file, whole or not at all.
///
/// # Errors
/// When the file cannot be written; the file that was there before is then untouched.
pub fn write(path: &Path, content: &[u8]) -> Result<(), Error> {
    Ok(store::write(path, content)?)
}

/// The smallest bundle on which the same clauses of a rule hold. It is for tests of rules: what was taken out is no longer there to be
/// seen.
///
/// # Errors
/// When there is no such rule, or it has nothing to decide in this bundle.
pub fn minimize(bundle: &Bundle, rules: &Rules, slug: &str) -> Result<Bundle, Error> {
    Ok(minimize::minimize(bundle, rules.rule(slug)?, &rules.catalog.interpreter)?)
}
