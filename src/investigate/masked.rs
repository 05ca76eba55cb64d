//! Secrets: what the user wants masked in addition, and the final check of an output before it is shown.

use std::path::Path;

use super::Error;
use crate::collect::redact::redact;
use crate::collect::{listed, store};

/// From now on masks what a file lists, too, in everything that is read: one a line, a text as it is, or a regular expression between
/// slashes.
///
/// # Errors
/// When the file cannot be read or a line of it is no rule; the error shows no text of it.
pub fn mask_listed(file: &Path) -> Result<(), Error> {
    Ok(listed::mask_listed(file)?)
}

/// Looks a finished output over that is written to no file: what is written to files is looked over anyway. `name` is what the error calls it.
///
/// # Errors
/// When it would hold what is known to be a secret.
pub fn check_output(name: &str, text: &str) -> Result<(), Error> {
    Ok(store::check(name, text.as_bytes())?)
}

/// A text without its secrets, such as an error that quotes what somebody else said.
#[must_use]
pub fn without_secrets(text: &str) -> String {
    redact(text).text.into_owned()
}
