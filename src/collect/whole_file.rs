//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::store_error::SaveError;

/// Writes a file in the place of one that may be there. Until all is written, that one is untouched.
pub(super) fn replace(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), SaveError> {
    let failed = |source| SaveError::Unwritable { path: path.to_owned(), source };
    // A link stays a link: what it leads to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.exists() && !target.is_file() {
        // A device or a pipe takes bytes; replacing it would break it for everybody.
        let mut out = BufWriter::new(File::options().write(true).open(&target).map_err(failed)?);
        return fill(&mut out).and_then(|()| out.flush()).map_err(failed);
    }
    filled(&target, fill).map_err(failed)?.persist(&target).map(|_| ()).map_err(|err| failed(err.error))
}

/// A file beside the target that holds all that it is to hold.
pub(super) fn filled(target: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<NamedTempFile> {
    let folder = target.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".whysync-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the user's mask decides.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    fill(&mut out).and_then(|()| out.flush())?;
    drop(out);
    file.as_file().sync_all()?;
    Ok(file)
}
