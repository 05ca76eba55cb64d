//! Saved evidence: a bundle from a file, a stream or memory, or anything else that was kept of an incident.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::{Error, Rules};
use crate::collect::git;
use crate::collect::import::{Selection, gather};
use crate::collect::intake::{self, Given};
use crate::collect::recording::{OpenError, Opened};
use crate::collect::store::{self, Input, LoadError};
use crate::collect::weight;
use crate::engine::authoring::minimize;
use crate::evidence::{Bundle, Files};

/// What of the evidence is meant: everything, unless something is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    /// Of several incidents, the folder of the one that is meant.
    pub incident: Option<String>,
    /// The block to look at: only the resyncs that it belongs to are diagnosed.
    pub block: Option<u64>,
    /// The Kubernetes namespace [default: the one that the evidence names].
    pub namespace: Option<String>,
}

/// Evidence that was read.
#[derive(Debug)]
pub struct Evidence {
    /// The evidence.
    pub bundle: Bundle,
    /// What became of each file, if it was read from files now; a bundle keeps that too.
    pub files: Option<Files>,
}

/// Reads a bundle, or whatever else somebody has: a folder or an archive of any shape, or a file.
///
/// # Errors
/// When there is no readable bundle of a supported version, and nothing else that is evidence.
pub fn read(input: &Input, focus: &Focus) -> Result<Evidence, Error> {
    read_all(std::slice::from_ref(input), focus)
}

/// Reads what several files, folders and archives hold together; of one, as [`read`].
///
/// # Errors
/// As [`read`]; a bundle and standard input are given alone.
pub fn read_all(inputs: &[Input], focus: &Focus) -> Result<Evidence, Error> {
    match inputs {
        [Input::Stdin] => from_bytes(from_stdin()?, &Input::Stdin.name(), focus),
        [input @ Input::File(path)] if intake::is_pipe(path) => {
            let name = input.name();
            let bytes = intake::read_pipe(path).map_err(|source| LoadError::Unreadable { name: name.clone(), source })?;
            from_bytes(bytes, &name, focus)
        }
        [input @ Input::File(path)] if store::may_be_bundle(path) => match store::load(input) {
            Ok(bundle) => Ok(seen_by(bundle, focus)),
            Err(no_bundle @ (LoadError::Unreadable { .. } | LoadError::TooHeavy { .. })) => Err(no_bundle.into()),
            Err(no_bundle) => of_files(&Given::Paths(vec![path.clone()]), focus).map_err(|err| told(no_bundle, err)),
        },
        inputs => of_files(&Given::Paths(paths(inputs)?), focus),
    }
}

/// The paths of several inputs: standard input has none.
fn paths(inputs: &[Input]) -> Result<Vec<PathBuf>, Error> {
    let path = |it: &Input| match it {
        Input::File(path) => Ok(path.clone()),
        Input::Stdin => Err(Error::StdinAmongOthers { others: inputs.len().saturating_sub(1) }),
    };
    inputs.iter().map(path).collect()
}

/// Reads a bundle, or a file or an archive of any kind, from memory or from any reader; `name` is what errors call it.
///
/// # Errors
/// As [`read`].
pub fn read_from(reader: impl Read, name: &str, focus: &Focus) -> Result<Evidence, Error> {
    let bytes = intake::read_whole(reader).map_err(|source| LoadError::Unreadable { name: name.to_owned(), source })?;
    from_bytes(bytes, name, focus)
}

fn from_bytes(bytes: Vec<u8>, name: &str, focus: &Focus) -> Result<Evidence, Error> {
    if !store::begins_like_bundle(&bytes) {
        return of_files(&Given::Bytes { name: name.to_owned(), bytes }, focus);
    }
    match store::load_from(bytes.as_slice(), name) {
        Ok(bundle) => Ok(seen_by(bundle, focus)),
        Err(no_bundle @ LoadError::TooHeavy { .. }) => Err(no_bundle.into()),
        Err(no_bundle) => of_files(&Given::Bytes { name: name.to_owned(), bytes }, focus).map_err(|err| told(no_bundle, err)),
    }
}

/// Of something that is neither a bundle nor anything else: a whole document that names no schema was not meant for a bundle.
fn told(no_bundle: LoadError, no_evidence: Error) -> Error {
    match (&no_evidence, &no_bundle) {
        (Error::Folder(OpenError::Nothing { .. }), LoadError::Schema { found: None, .. }) => no_evidence,
        (Error::Folder(OpenError::Nothing { .. }), _) => no_bundle.into(),
        _ => no_evidence,
    }
}

/// Reads a saved bundle as it is, and no folder. Every bundle is redacted when it is read.
///
/// # Errors
/// When there is no readable bundle of a supported version.
pub fn load(input: &Input) -> Result<Bundle, Error> {
    Ok(store::load(input)?)
}

/// From now on the structure of what is read may take so many bytes of memory, beyond four times its size.
pub fn allow_memory(bytes: u64) {
    weight::allow(bytes);
}

/// Turns files, folders and archives into a bundle. What is missing or unreadable in them becomes part of the bundle, with its reason.
///
/// # Errors
/// When one of them cannot be read at all, nothing in them is evidence, or they hold several incidents and none is chosen. Standard input is
/// given alone.
pub fn import(inputs: &[Input], focus: &Focus) -> Result<Evidence, Error> {
    let given = match inputs {
        [Input::Stdin] => Given::Bytes { name: Input::Stdin.name(), bytes: from_stdin()? },
        inputs => Given::Paths(paths(inputs)?),
    };
    of_files(&given, focus)
}

fn from_stdin() -> Result<Vec<u8>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { name: Input::Stdin.name(), source };
    intake::read_whole(std::io::stdin().lock()).map_err(unreadable)
}

fn of_files(given: &Given, focus: &Focus) -> Result<Evidence, Error> {
    match Opened::open_given(given, focus.incident.as_deref())? {
        Opened::Files(recording) => {
            let asked = Selection { block: focus.block, namespace: focus.namespace.clone(), ..Selection::default() };
            Ok(Evidence { bundle: gather(&*recording, asked), files: Some(recording.account().clone()) })
        }
        Opened::Bundle { name, bytes, files } => {
            Ok(Evidence { files: Some(files), ..seen_by(store::load_from(bytes.as_slice(), &name)?, focus) })
        }
    }
}

fn seen_by(mut bundle: Bundle, focus: &Focus) -> Evidence {
    bundle.incident.block = focus.block.or(bundle.incident.block);
    bundle.incident.namespace = focus.namespace.clone().or(bundle.incident.namespace);
    Evidence { bundle, files: None }
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

/// Finds out whether a file can be written, and writes nothing: before work of which it is to hold the result.
///
/// # Errors
/// When it cannot.
pub fn check_writable(path: &Path) -> Result<(), Error> {
    Ok(store::check_writable(path)?)
}

/// Ends what this process has started, removes what it has begun to write and not finished, and says which files it has written: for a
/// process that ends at once, by a signal or a fault.
pub fn abandon() -> Vec<PathBuf> {
    git::abandon();
    store::abandon()
}

/// Whether a deployment is being asked on this thread just now, so that a panic becomes the reason why there is no answer.
#[must_use]
pub fn is_asking() -> bool {
    #[cfg(feature = "live")]
    return crate::collect::live::is_asking();
    #[cfg(not(feature = "live"))]
    return false;
}

/// The smallest bundle on which the same clauses of a rule hold. It is for tests of rules: what was taken out is no longer there to be
/// seen.
///
/// # Errors
/// When there is no such rule, or it has nothing to decide in this bundle.
pub fn minimize(bundle: &Bundle, rules: &Rules, slug: &str) -> Result<Bundle, Error> {
    Ok(minimize::minimize(bundle, rules.rule(slug)?, &rules.catalog.interpreter)?)
}
