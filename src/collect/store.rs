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
use crate::evidence::{Bundle, BundleSchema, identity};
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

    /// What messages call it.
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

/// How what zstd compressed begins.
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
    struct Header {
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
    let header: Header = parse(name, text, &redacted)?;
    let known = SUPPORTED.iter().any(|it| serde_json::to_value(it).ok() == header.schema);
    if !known {
        return Err(LoadError::Schema { name: name.to_owned(), found: header.schema.as_ref().map(shown), supported: supported() });
    }
    let mut bundle: Bundle = parse(name, text, &redacted)?;
    bundle.logs = MaskedLogs::out_of(&mut bundle).into();
    // Whoever edited it may have exchanged documents.
    identity::hold(&mut bundle);
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
        number += 1;
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
        decoder.take(limit + 1).read_to_end(&mut bytes).map_err(broken)?;
    } else {
        all.take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
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
    let place = offset_of(text, err.line(), err.column());
    let line_start = text.get(..place).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let column = text.get(line_start..place).unwrap_or_default().chars().count() + 1;
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
    let line = before.iter().filter(|it| **it == b'\n').count() + 1;
    let line_start = before.iter().rposition(|it| *it == b'\n').map_or(0, |it| it + 1);
    let column = String::from_utf8_lossy(before.get(line_start..).unwrap_or_default()).chars().count() + 1;
    let left = String::from_utf8_lossy(before.get(line_start.max(offset.saturating_sub(AROUND))..).unwrap_or_default()).into_owned();
    let right = String::from_utf8_lossy(bytes.get(offset..bytes.len().min(offset + AROUND)).unwrap_or_default()).into_owned();
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
mod tests {
    use std::fs;

    use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        let none = json!("not_asked");
        json!({
            "schema": "whysync.bundle/v1", "incident": {"origin": "imported"}, "report": none, "episodes": [], "theirs": {},
            "after_resync": {}, "logs": {"echonet": none, "sequencer": none}, "deployment": {"pods": none, "config_maps": none},
        })
    }

    fn render(err: &LoadError) -> String {
        let mut out = String::new();
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
            .with_width(200)
            .render_report(&mut out, err)
            .expect("a string");
        out
    }

    /// Each hostile input gives an error that says all of `expected`.
    fn check(bytes: &[u8], expected: &[&str]) {
        let err = load_limited(bytes, "b.json", 4096 * 1024).expect_err("a hostile input");
        let shown = render(&err);
        assert!(err.help().is_some() || shown.contains("help:"), "the way out: {shown}");
        for expected in expected {
            assert!(shown.contains(expected), "`{expected}` in: {shown}");
        }
    }

    #[test]
    fn what_is_saved_is_loaded_again_compressed_or_not() {
        let bundle: Bundle = serde_json::from_value(document()).expect("a bundle");
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.json", "b.json.zst", "B.ZST"] {
            let path = folder.path().join(name);
            save(&bundle, &path).expect("saved");
            assert_eq!(load(&Input::named(&path)).expect("loaded"), bundle);
            let bytes = fs::read(&path).expect("bytes");
            assert_eq!(bytes.starts_with(b"{\"schema\""), name == "b.json", "{name}");
            assert!(name != "b.json" || (bytes.ends_with(b"}\n") && bytes.iter().filter(|it| **it == b'\n').count() == 1));
        }
        assert_eq!(fs::read_dir(folder.path()).expect("names").count(), 3, "no temporary file is left");
    }

    #[test]
    fn an_error_names_the_place_in_the_document() {
        let mut wrong = document();
        wrong["incident"]["block"] = json!("twelve");
        check(wrong.to_string().as_bytes(), &["b.json:1:", "$.incident", "invalid type: string", "help:"]);
        wrong["incident"] = json!({"origin": "imported", "colour": 1});
        check(serde_json::to_string_pretty(&wrong).expect("JSON").as_bytes(), &["unknown field `colour`", "$.incident", "\"colour\": 1"]);
        let text = document().to_string();
        check(text.get(..text.len() - 9).expect("ASCII").as_bytes(), &["cut short", "b.json:1:"]);
        check(b"schema: x", &["b.json:1:1", "one JSON document"]);
        check(b"{\"a\":\n \"\xff\"}", &["b.json:2:3", "not UTF-8"]);
    }

    #[test]
    fn a_place_in_one_huge_line_is_shown_in_a_window() {
        let mut wrong = document();
        wrong["incident"]["namespace"] = json!("é".repeat(100_000));
        let text = wrong.to_string().replace("\"episodes\":[]", "\"episodes\":[}");
        let column = text.chars().take_while(|it| *it != '}').count();
        let err = load_from(text.as_bytes(), "b.json").expect_err("malformed");
        let shown = render(&err);
        assert!(shown.lines().all(|it| it.chars().count() < 200), "{shown}");
        let LoadError::Malformed(malformed) = err else { panic!("{shown}") };
        let place = text.find("[}").map(|it| text.get(..it + 2).expect("a part").chars().count());
        assert_eq!((malformed.line, Some(malformed.column)), (1, place), "not {column}: {shown}");
    }

    #[test]
    fn another_version_is_named_with_those_that_can_be_read() {
        let mut other = document();
        other["schema"] = json!("whysync.bundle/v9");
        other["unheard"] = json!(1);
        check(other.to_string().as_bytes(), &["whysync.bundle/v9", "reads whysync.bundle/v1"]);
        check(b"{}", &["names no schema"]);
        check(b"{\"schema\":{\"a\":1}}", &["{\"a\":1}"]);
        check(b" \n", &["is empty"]);
        check(b"", &["is empty"]);
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = |open: &str, close: &str| {
            let nested = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            document().to_string().replace("\"episodes\":[]", &format!("\"episodes\":[{nested}]"))
        };
        check(deep("[", "]").as_bytes(), &["b.json:1:"]);
        let extra = document().to_string().replace(
            "\"report\":\"not_asked\"",
            &format!("\"report\":{{\"observed\":{{\"value\":{{\"x\":{}1{}}}}}}}", "[".repeat(100_000), "]".repeat(100_000)),
        );
        check(extra.as_bytes(), &["recursion limit", "128"]);
        check(&vec![b' '; 5 * 1024 * 1024], &["larger than 4194304 bytes"]);
        let bomb = zstd::encode_all(io::repeat(b'0').take(64 * 1024 * 1024), 3).expect("compressed");
        check(&bomb, &["larger than 4194304 bytes"]);
        check(bomb.get(..bomb.len() / 2).expect("a part"), &["larger than"]);
        let small = zstd::encode_all(document().to_string().as_bytes(), 3).expect("compressed");
        check(small.get(..small.len() - 5).expect("a part"), &["cannot be decompressed"]);
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff], &["cannot be decompressed"]);
    }

    #[test]
    fn a_message_shows_no_secret() {
        let mut wrong = document();
        wrong["incident"]["block"] = json!("https://eth-mainnet.g.alchemy.com/v2/CANARY0123456789CANARY");
        let text = wrong.to_string();
        let err = load_from(text.as_bytes(), "b.json").expect_err("malformed");
        assert!(!format!("{}{err:?}", render(&err)).contains("CANARY"), "{err:?}");
        let LoadError::Malformed(malformed) = err else { panic!("{err:?}") };
        let parsed = serde_json::from_str::<Bundle>(&text).expect_err("malformed");
        assert_eq!(malformed.column, parsed.column(), "the column is that of the file, not of the redacted text");
    }

    #[test]
    fn a_failed_write_keeps_the_old_file_and_leaves_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        write(&path, b"old").expect("written");
        let failed = replace(&path, |out| out.write_all(b"half").and_then(|()| Err(io::Error::other("disk full"))));
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).expect("bytes"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("names").count(), 1);
        write(&path, b"new").expect("written");
        assert_eq!(fs::read(&path).expect("bytes"), b"new");
        let err = write(&folder.path().join("no/such"), b"").expect_err("no folder");
        assert!(err.to_string().contains("no/such") && err.help().is_some());
    }

    #[test]
    fn a_bundle_that_is_saved_under_a_new_name_takes_no_other_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let bundle: Bundle = serde_json::from_value(document()).expect("a bundle");
        let stem = folder.path().join("b").to_string_lossy().into_owned();
        fs::write(folder.path().join("b-2.json.zst"), b"somebody's").expect("written");
        let names: Vec<PathBuf> = (0..3).map(|_| save_new(&bundle, &stem).expect("saved")).collect();
        assert_eq!(names, ["b.json.zst", "b-3.json.zst", "b-4.json.zst"].map(|it| folder.path().join(it)));
        assert_eq!(fs::read(folder.path().join("b-2.json.zst")).expect("bytes"), b"somebody's");
        assert_eq!(load(&Input::named(&names[2])).expect("loaded"), bundle);
        assert_eq!(fs::read_dir(folder.path()).expect("names").count(), 4, "no temporary file is left");
        let err = save_new(&bundle, &folder.path().join("no/such").to_string_lossy()).expect_err("no folder");
        assert!(err.to_string().contains("no/such"), "{err}");
    }

    #[test]
    fn what_would_hold_a_secret_is_not_written_and_the_error_does_not_show_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out");
        write(&path, b"old").expect("written");
        let text = format!("first\nsee https://eth-mainnet.g.alchemy.com/v2/{}", "CANARY0123456789");
        let mut bundle: Bundle = serde_json::from_value(document()).expect("a bundle");
        bundle.incident.namespace = Some(text.clone());
        for err in [write(&path, text.as_bytes()).expect_err("a secret"), save(&bundle, &path).expect_err("a secret")] {
            let shown = format!("{err} {err:?} {}", err.help().expect("a way out"));
            assert!(shown.contains("url-key") && shown.contains("nothing was written") && !shown.contains("CANARY"), "{shown}");
            assert!(matches!(err, SaveError::Secret { line: 1 | 2, .. }), "{shown}");
        }
        assert_eq!(fs::read(&path).expect("bytes"), b"old");
        let masked = redact(&text).text.into_owned();
        write(&path, masked.as_bytes()).expect("a token is no secret");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_and_a_device_stay_what_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (folder.path().join("out"), folder.path().join("link"));
        write(&path, b"old").expect("written");
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        write(&link, b"new").expect("written");
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).expect("bytes"), b"new");
        write(Path::new("/dev/null"), b"x").expect("written");
        assert!(!Path::new("/dev/null").is_file());
    }

    #[test]
    fn a_folder_is_pointed_to_import() {
        let folder = tempfile::tempdir().expect("a folder");
        let err = load(&Input::named(folder.path())).expect_err("a folder");
        assert!(render(&err).contains("import"), "{err}");
        assert!(matches!(load(&Input::named(Path::new("/no/such"))), Err(LoadError::Unreadable { .. })));
    }
}
