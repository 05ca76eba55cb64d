//! Bundles as files: read without trust, written whole or not at all.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where bundles are read")]

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::json_place::{offset_of, path_at};
use super::masked_log::MaskedLogs;
use super::redact::{left_over, redact};
pub use super::store_error::{LoadError, Malformed, SaveError};
use super::weight;
pub use super::whole_file::{abandon, check_writable};
use super::whole_file::{filled, replace};
use crate::evidence::{Bundle, BundleSchema, resync_identity};
use crate::excerpt::Excerpt;
use crate::limits::BUNDLE_BYTES;

/// The versions that [`load`] reads.
pub const SUPPORTED: [BundleSchema; 1] = [BundleSchema::V1];

/// Where a bundle is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Input {
    /// The input that a command-line argument names: `-` is standard input.
    #[must_use]
    pub fn named(argument: &Path) -> Self {
        if argument == Path::new("-") { Self::Stdin } else { Self::File(argument.to_owned()) }
    }

    /// The name used in messages.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => "standard input".to_owned(),
        }
    }
}

/// Reads a bundle, compressed with zstd or not.
///
/// The text is redacted on its way in like any other, and nothing is believed before its version is known.
///
/// # Errors
/// When there is no readable bundle of a supported version; the error names the place and the way out.
pub fn load(input: &Input) -> Result<Bundle, LoadError> {
    let name = input.name();
    let file = match input {
        Input::Stdin => return load_from(io::stdin().lock(), &name),
        Input::File(path) => match File::open(path) {
            Ok(_) if path.is_dir() => return Err(LoadError::Folder { name }),
            Ok(file) => file,
            Err(_) if path.is_dir() => return Err(LoadError::Folder { name }),
            Err(source) => return Err(LoadError::Unreadable { name, source }),
        },
    };
    load_from(file, &name)
}

/// Whether what is at a path begins as a bundle can, so that it is worth reading as one. What cannot be opened is, for the error's sake.
#[must_use]
pub fn may_be_bundle(path: &Path) -> bool {
    const START: u64 = 4096;
    if path.is_dir() {
        return false;
    }
    let Ok(file) = File::open(path) else { return true };
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start).is_err() || begins_like_bundle(&start)
}

/// Whether bytes begin as a bundle can: as a JSON object, compressed or not, or not at all.
#[must_use]
pub fn begins_like_bundle(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    text.is_empty() || text.starts_with(b"{") || bytes.starts_with(&ZSTD)
}

/// The magic bytes of zstd data.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Reads a bundle from any reader; `name` is what messages call it.
///
/// # Errors
/// As [`load`].
pub fn load_from(reader: impl Read, name: &str) -> Result<Bundle, LoadError> {
    load_limited(reader, name, BUNDLE_BYTES)
}

fn load_limited(reader: impl Read, name: &str, limit: u64) -> Result<Bundle, LoadError> {
    #[derive(Deserialize)]
    struct BundleHeader {
        #[serde(default)]
        schema: Option<Value>,
    }

    let bytes = read_limited(reader, name, limit)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(LoadError::Empty { name: name.to_owned() });
    }
    weight::check(&bytes).map_err(|it| LoadError::TooHeavy { name: name.to_owned(), most: it.0 })?;
    let text = std::str::from_utf8(&bytes).map_err(|err| not_utf8(name, &bytes, err.valid_up_to()))?;
    let redacted = redact(text).text;
    let header: BundleHeader = parse(name, text, &redacted)?;
    let known = SUPPORTED.iter().any(|it| serde_json::to_value(it).ok() == header.schema);
    if !known {
        return Err(LoadError::Schema { name: name.to_owned(), found: header.schema.as_ref().map(shown), supported: supported() });
    }
    let mut bundle: Bundle = parse(name, text, &redacted)?;
    if bundle.episodes.iter().any(|it| it.number == u32::MAX) {
        return Err(LoadError::EpisodeNumber { name: name.to_owned() });
    }
    bundle.logs = MaskedLogs::out_of(&mut bundle).into();
    // Whoever edited it may have exchanged documents.
    resync_identity::hold(&mut bundle);
    Ok(bundle)
}

/// Writes a bundle as one line of JSON, compressed if the path ends in `.zst`.
///
/// # Errors
/// When the file cannot be written, or would hold a secret; the file that was there before is then untouched.
pub fn save(bundle: &Bundle, path: &Path) -> Result<(), SaveError> {
    let is_compressed = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("zst"));
    let bytes = checked(bundle, path)?;
    replace(path, |out| if is_compressed { compress(&bytes, out) } else { out.write_all(&bytes) })
}

/// Saves a bundle, compressed, under a name that no file has: `<stem>.json.zst`, or else the first of `<stem>-2.json.zst` and so on that is
/// free. Returns that name.
///
/// # Errors
/// When no such file can be written, or it would hold a secret.
pub fn save_new(bundle: &Bundle, stem: &str) -> Result<PathBuf, SaveError> {
    let failed = |path: &Path, source| SaveError::Unwritable { path: path.to_owned(), source };
    let bytes = checked(bundle, Path::new(stem))?;
    let mut number = 1_u32;
    loop {
        let of_number = if number == 1 { String::new() } else { format!("-{number}") };
        let path = PathBuf::from(format!("{stem}{of_number}.json.zst"));
        number = number.saturating_add(1);
        let saved = match path.symlink_metadata() {
            Ok(_) => continue,
            Err(_) => filled(&path, |out| compress(&bytes, out)).map_err(|err| failed(&path, err))?.persist_new(&path),
        };
        match saved {
            Ok(_) => return Ok(path),
            // Somebody else took the name meanwhile.
            Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {}
            Err(err) => return Err(failed(&path, err)),
        }
    }
}

/// A bundle as it is written, after a last look for secrets.
fn checked(bundle: &Bundle, path: &Path) -> Result<Vec<u8>, SaveError> {
    let mut bytes = Vec::new();
    encode(bundle, &mut bytes).map_err(|source| SaveError::Unwritable { path: path.to_owned(), source })?;
    check(&path.display().to_string(), &bytes)?;
    Ok(bytes)
}

/// With a sum at its end, so that whoever reads it finds out whether a byte is another.
fn compress(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut encoder = zstd::Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.write_all(bytes).and_then(|()| encoder.finish()).map(|_| ())
}

/// Looks a finished output over once more for everything that is known to be a secret by its look or its value. `name` is what the error
/// calls it.
///
/// # Errors
/// When there is one.
pub fn check(name: &str, content: &[u8]) -> Result<(), SaveError> {
    match left_over(&String::from_utf8_lossy(content)) {
        Some((kind, line)) => Err(SaveError::Secret { name: name.to_owned(), line, kind }),
        None => Ok(()),
    }
}

/// Writes a bundle as one line of JSON and a newline.
///
/// # Errors
/// When `out` cannot be written to.
pub fn encode(bundle: &Bundle, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, bundle)?;
    out.write_all(b"\n")
}

/// Writes an output so that it appears whole or not at all.
///
/// # Errors
/// When the file cannot be written, or would hold a secret; the file that was there before is then untouched.
pub fn write(path: &Path, content: &[u8]) -> Result<(), SaveError> {
    check(&path.display().to_string(), content)?;
    replace(path, |out| out.write_all(content))
}

fn read_limited(mut reader: impl Read, name: &str, limit: u64) -> Result<Vec<u8>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { name: name.to_owned(), source };
    let broken = |source| LoadError::Compression { name: name.to_owned(), source };
    let mut start = Vec::new();
    reader.by_ref().take(ZSTD.len() as u64).read_to_end(&mut start).map_err(unreadable)?;
    let is_compressed = start == ZSTD;
    let ending_is_kept = is_compressed || start.is_empty() || !name.to_ascii_lowercase().ends_with(".zst");
    if !ending_is_kept {
        return Err(broken(io::Error::new(io::ErrorKind::InvalidData, "its name ends in .zst, but its content is not zstd's")));
    }
    let all = start.as_slice().chain(reader);
    let mut bytes = Vec::new();
    if is_compressed {
        let decoder = zstd::Decoder::new(all).map_err(broken)?;
        decoder.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(broken)?;
    } else {
        all.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if limit < bytes.len() as u64 {
        return Err(LoadError::TooLarge { name: name.to_owned(), limit });
    }
    Ok(bytes)
}

fn parse<T: DeserializeOwned>(name: &str, text: &str, redacted: &str) -> Result<T, LoadError> {
    serde_json::from_str(redacted).map_err(|err| {
        // Tokens shift columns: the numbers are those of the file as it is.
        let original = serde_json::from_str::<T>(text).err().unwrap_or(serde_json::Error::io(io::ErrorKind::Other.into()));
        let original = if original.is_io() { &err } else { &original };
        let offset = offset_of(redacted, err.line(), err.column());
        malformed(name, redacted, offset, (text, original))
    })
}

fn malformed(name: &str, shown: &str, offset: usize, (text, err): (&str, &serde_json::Error)) -> LoadError {
    let before = text.get(..offset_of(text, err.line(), err.column())).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
    let message = err.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let help = if err.is_eof() {
        "the document is cut short: copy it again, or run the command that wrote it again"
    } else if message.contains("recursion limit") {
        "no bundle nests deeper than 128 levels: this is not one"
    } else if err.is_syntax() {
        "a bundle is one JSON document, as `collect` and `import` write it, optionally compressed with zstd"
    } else {
        "the document is JSON but not of its schema: compare it with `schema`, or collect it again"
    };
    let excerpt = Excerpt::of_part(name, shown, offset, 1, err.line().max(1), column);
    LoadError::Malformed(Box::new(Malformed {
        name: name.to_owned(),
        line: excerpt.line(),
        column: excerpt.column(),
        path: path_at(shown, offset),
        reason: printable(&redact(message).text),
        place: excerpt.span(),
        excerpt,
        help,
    }))
}

fn not_utf8(name: &str, bytes: &[u8], offset: usize) -> LoadError {
    /// What is shown on either side, in bytes.
    const AROUND: usize = 400;
    let before = bytes.get(..offset).unwrap_or_default();
    let after = bytes.get(offset..).unwrap_or_default();
    let mut lines = before.rsplit(|it| *it == b'\n');
    let here = lines.next().unwrap_or_default();
    let line = lines.count().saturating_add(1);
    let column = String::from_utf8_lossy(here).chars().count().saturating_add(1);
    let left = String::from_utf8_lossy(here.get(here.len().saturating_sub(AROUND)..).unwrap_or_default()).into_owned();
    let right = String::from_utf8_lossy(after.get(..AROUND).unwrap_or(after)).into_owned();
    let (left, right) = (redact(&left).text, redact(&right).text);
    let excerpt = Excerpt::of_part(name, &format!("{left}{right}"), left.len(), 1, line, column);
    LoadError::Malformed(Box::new(Malformed {
        name: name.to_owned(),
        line,
        column,
        path: None,
        reason: "not UTF-8".to_owned(),
        place: excerpt.span(),
        excerpt,
        help: "a bundle is one JSON document in UTF-8, optionally compressed with zstd",
    }))
}

fn supported() -> String {
    SUPPORTED.iter().filter_map(|it| serde_json::to_value(it).ok()).map(|it| shown(&it)).collect::<Vec<_>>().join(", ")
}

fn shown(schema: &Value) -> String {
    let text = schema.as_str().map_or_else(|| schema.to_string(), str::to_owned);
    printable(&redact(&text).text).chars().take(80).collect()
}

fn printable(text: &str) -> String {
    text.chars().map(|it| if it.is_control() { '\u{fffd}' } else { it }).collect()
}

#[cfg(test)]
mod tests;
