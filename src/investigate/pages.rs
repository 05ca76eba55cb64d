//! Writes the pages of a manual into one folder, each as a complete file.

use std::path::{Path, PathBuf};

use super::error::PagesError;
use super::{Error, write};

/// Writes pages by their names into a folder, which is made if it is not there. Pages of the same names are replaced.
///
/// # Errors
/// When the folder cannot be made or a page cannot be written. Pages that were written before that stay, and each is whole.
pub fn write_pages(folder: &Path, pages: &[(String, String)]) -> Result<Vec<PathBuf>, Error> {
    std::fs::create_dir_all(folder).map_err(|source| PagesError { path: folder.display().to_string(), source })?;
    let one = |(name, text): &(String, String)| {
        let path = folder.join(name);
        write(&path, text.as_bytes())?;
        Ok(path)
    };
    pages.iter().map(one).collect()
}
