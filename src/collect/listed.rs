//! The file in which a user lists what is masked besides all that is known.

#![expect(clippy::disallowed_methods, reason = "an edge: the file is read here")]

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::redact::held::{MaskRules, RulesError, also_mask};
use crate::limits::MASKED_FILE_BYTES;

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ListError {
    /// The file cannot be read.
    #[error("cannot read {name}")]
    #[diagnostic(code(whysync::redact::unreadable), help("check the path and its permissions: nothing is read before the list is"))]
    Unreadable {
        /// The file.
        name: String,
        /// The operating system's error.
        source: io::Error,
    },
    /// A line of it is no rule.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rules(#[from] RulesError),
}

/// From now on masks what a file lists, too.
///
/// # Errors
/// When the file cannot be read or a line of it is no rule. No text of it is shown.
pub fn mask_listed(path: &Path) -> Result<(), ListError> {
    let name = path.display().to_string();
    let unreadable = |source| ListError::Unreadable { name: name.clone(), source };
    let mut text = String::new();
    File::open(path).and_then(|it| it.take(MASKED_FILE_BYTES + 1).read_to_string(&mut text)).map_err(unreadable)?;
    if MASKED_FILE_BYTES < text.len() as u64 {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {MASKED_FILE_BYTES} bytes"))));
    }
    also_mask(MaskRules::parse(&name, &text)?);
    Ok(())
}
