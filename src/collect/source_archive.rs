//! Echonet's source, read from its ConfigMap: every file is hashed as git hashes it, and nothing else is kept of it.
//!
//! A name that nobody may open is refused before a byte of its content is read. Archives come from elsewhere: everything has a limit, and
//! nothing is ever written to a disk.
//!
//! This is the one place where bytes are looked at before `redact`: a digest of redacted bytes would be of no use, and only paths, sizes
//! and digests leave.

use std::collections::BTreeMap;
use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use sha1::{Digest, Sha1};
use tar::{Archive, Entry, EntryType};

use super::names::check_names;
use super::{Body, sha256};
use crate::evidence::source::{Blob, EchonetSource, MemberContent, SourceMember, below_source, is_source_config_map};
use crate::limits::{SOURCE_ANSWER_BYTES, SOURCE_FILES, SOURCE_LIST_BYTES, SOURCE_NAME_BYTES, SOURCE_UNPACKED_BYTES};

/// What is wrong with an archive.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("it is larger than {} MiB", SOURCE_ANSWER_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("it is not a ConfigMap: {0}")]
    NotAConfigMap(serde_json::Error),
    #[error("it holds no key `echonet-src.tgz.b64`")]
    NoArchive,
    #[error("its archive is not base64: {0}")]
    NotBase64(base64::DecodeError),
    #[error("its archive cannot be unpacked: {0}")]
    NotATarball(io::Error),
    #[error("its archive unpacks to more than {} MiB", SOURCE_UNPACKED_BYTES / 1024 / 1024)]
    Bomb,
    #[error("its archive holds more than {SOURCE_FILES} names")]
    TooMany,
    #[error("its files cannot be listed: {0}")]
    Unlisted(serde_json::Error),
}

impl Body {
    /// Takes in a ConfigMap with Echonet's source, its archive alone, or the list that was made of one: the text becomes the list of its
    /// files. `name` is the ConfigMap's where the answer does not tell.
    ///
    /// # Errors
    /// When it is none of these, or goes beyond a limit.
    pub(super) fn of_source(asked: String, name: &str, bytes: &[u8]) -> Result<Self, ArchiveError> {
        let source = read(name, bytes)?;
        let list = serde_json::to_vec(&source).map_err(ArchiveError::Unlisted)?;
        // The names come from outside: the list passes the choke point like every other answer.
        let listed = Self::from_bytes(asked, &list);
        Ok(Self { bytes: bytes.len() as u64, sha256: sha256(bytes), ..listed })
    }
}

/// Echonet's sources in a list of ConfigMaps: the archive of each, packed as it stands there, by the name of its ConfigMap. Of ConfigMaps
/// with other names nothing is kept, nor of what is no list.
pub(super) fn listed(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    #[derive(Deserialize)]
    struct RawConfigMaps {
        #[serde(default)]
        items: Vec<ConfigMap>,
    }

    if SOURCE_LIST_BYTES < bytes.len() {
        return Vec::new();
    }
    let items = serde_json::from_slice::<RawConfigMaps>(bytes).map(|it| it.items).unwrap_or_default();
    let source = |it: ConfigMap| {
        let name = it.metadata.name.filter(|it| is_source_config_map(it))?;
        Some((name, it.data.archive.or(it.binary.archive)?.into_bytes()))
    };
    items.into_iter().filter_map(source).collect()
}

#[derive(Deserialize)]
struct ConfigMap {
    #[serde(default)]
    metadata: ConfigMapMetadata,
    #[serde(default)]
    data: Encoded,
    #[serde(default, rename = "binaryData")]
    binary: Binary,
}

#[derive(Deserialize, Default)]
struct ConfigMapMetadata {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, Default)]
struct Encoded {
    #[serde(default, rename = "echonet-src.tgz.b64")]
    archive: Option<String>,
}

#[derive(Deserialize, Default)]
struct Binary {
    #[serde(default, rename = "echonet-src.tgz")]
    archive: Option<String>,
}

fn read(name: &str, bytes: &[u8]) -> Result<EchonetSource, ArchiveError> {
    if SOURCE_ANSWER_BYTES < bytes.len() {
        return Err(ArchiveError::TooLarge);
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return unpacked(name.to_owned(), bytes);
    }
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return unpacked(name.to_owned(), &decoded(bytes)?);
    }
    if let Ok(listed) = serde_json::from_slice::<EchonetSource>(bytes) {
        return Ok(listed);
    }
    let map: ConfigMap = serde_json::from_slice(bytes).map_err(ArchiveError::NotAConfigMap)?;
    let archive = map.data.archive.or(map.binary.archive).ok_or(ArchiveError::NoArchive)?;
    unpacked(map.metadata.name.unwrap_or_else(|| name.to_owned()), &decoded(archive.as_bytes())?)
}

/// Base64 with line breaks.
fn decoded(text: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    let plain: Vec<u8> = text.iter().copied().filter(|it| !it.is_ascii_whitespace()).collect();
    STANDARD.decode(plain).map_err(ArchiveError::NotBase64)
}

fn unpacked(config_map: String, archive: &[u8]) -> Result<EchonetSource, ArchiveError> {
    let mut archive = Archive::new(MultiGzDecoder::new(archive).take(SOURCE_UNPACKED_BYTES + 1));
    let mut members: BTreeMap<String, MemberContent> = BTreeMap::new();
    let read = (|| {
        for (number, entry) in archive.entries()?.enumerate() {
            if SOURCE_FILES <= number {
                return Ok(Some(ArchiveError::TooMany));
            }
            // Whoever unpacks it gets the last of equal names.
            members.extend(member(&mut entry?)?);
        }
        Ok(None)
    })();
    let mut rest = archive.into_inner();
    // To the end, where the checksum stands.
    let rest_read = io::copy(&mut rest, &mut io::sink());
    if rest.limit() == 0 {
        return Err(ArchiveError::Bomb);
    }
    if let Some(err) = read.map_err(ArchiveError::NotATarball)? {
        return Err(err);
    }
    rest_read.map_err(ArchiveError::NotATarball)?;
    let members = members.into_iter().map(|(path, content)| SourceMember { path, content }).collect();
    Ok(EchonetSource { config_map, members })
}

/// A file with what is known of it; nothing for folders.
fn member<R: Read>(entry: &mut Entry<'_, R>) -> io::Result<Option<(String, MemberContent)>> {
    let kind = entry.header().entry_type();
    if matches!(kind, EntryType::Directory | EntryType::XGlobalHeader) {
        return Ok(None);
    }
    let (path, refused) = named(&entry.path_bytes());
    let refused = refused.or_else(|| (!matches!(kind, EntryType::Regular | EntryType::Continuous)).then_some("it is not a plain file"));
    if let Some(reason) = refused {
        return Ok(Some((path, MemberContent::Refused(reason.to_owned()))));
    }
    let size = entry.size();
    let mut hash = Sha1::new();
    hash.update(format!("blob {size}\0"));
    let (mut part, mut seen) = (vec![0; 64 * 1024], 0_u64);
    loop {
        let count = entry.read(&mut part)?;
        let Some(read) = part.get(..count).filter(|it| !it.is_empty()) else { break };
        hash.update(read);
        seen = seen.saturating_add(read.len() as u64);
    }
    if seen != size {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{path} is shorter than it says")));
    }
    let id = crate::evidence::history::hex(&hash.finalize());
    Ok(Some((path, MemberContent::Hashed(Blob { id, size }))))
}

/// The path of a member below `echonet/`, and why it may not be opened. Decided by the name alone.
fn named(name: &[u8]) -> (String, Option<&'static str>) {
    let Ok(path) = std::str::from_utf8(name) else {
        return (String::from_utf8_lossy(name).chars().take(SOURCE_NAME_BYTES).collect(), Some("its name is not UTF-8"));
    };
    if SOURCE_NAME_BYTES < path.len() {
        return (path.chars().take(SOURCE_NAME_BYTES / 4).collect(), Some("its name is too long"));
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    match below_source(path) {
        None => (path.to_owned(), Some("it lies outside of the folder of Echonet's source")),
        Some(below) => (below.to_owned(), check_names(below).err()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("gzip")
    }

    /// Members with names as hostile as given: the checked way of the library would refuse them.
    fn tarball(members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (path, kind, content) in members {
            let mut header = tar::Header::new_gnu();
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            bytes.extend(header.as_bytes());
            bytes.extend(*content);
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    fn files(members: &[(&str, EntryType, &[u8])]) -> Vec<(String, MemberContent)> {
        let source = read("echonet-src-1", &gzip(&tarball(members))).expect("a source");
        source.members.into_iter().map(|it| (it.path, it.content)).collect()
    }

    fn hashed(id: &str, size: u64) -> MemberContent {
        MemberContent::Hashed(Blob { id: id.to_owned(), size })
    }

    #[test]
    fn a_file_is_hashed_as_git_hashes_it() {
        // `printf 'hello\n' | git hash-object --stdin`, and that of nothing.
        let found = files(&[("./echonet/a.py", EntryType::Regular, b"hello\n"), ("echonet/b/c.py", EntryType::Regular, b"")]);
        let expected = [
            ("a.py".to_owned(), hashed("ce013625030ba8dba906f756967f9e9ca394464a", 6)),
            ("b/c.py".to_owned(), hashed("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", 0)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_may_not_be_opened_is_refused_by_its_name_or_kind() {
        let cases = [
            ("echonet/echonet_keys.json", EntryType::Regular, "keys.json"),
            ("echonet/Echonet_SECRETS/a.py", EntryType::Regular, "secret"),
            ("echonet/.env.local", EntryType::Regular, ".env"),
            ("echonet/../etc/passwd", EntryType::Regular, "lead out"),
            ("echonet/..\\etc", EntryType::Regular, "lead out"),
            ("/etc/passwd", EntryType::Regular, "outside"),
            ("echonets/a.py", EntryType::Regular, "outside"),
            ("echonet//a.py", EntryType::Regular, "relative"),
            ("echonet/a.py", EntryType::Symlink, "not a plain file"),
            ("echonet/a.py", EntryType::Link, "not a plain file"),
            ("echonet/a.py", EntryType::Fifo, "not a plain file"),
        ];
        for (path, kind, why) in cases {
            let found = files(&[(path, kind, b"")]);
            assert!(matches!(found.as_slice(), [(_, MemberContent::Refused(reason))] if reason.contains(why)), "{path}: {found:?}");
        }
        assert_eq!(files(&[("echonet/a", EntryType::Directory, b"")]), []);
    }

    #[test]
    fn all_forms_of_saved_sources_give_the_same_list() {
        let archive = gzip(&tarball(&[("echonet/a.py", EntryType::Regular, b"hello\n")]));
        let base64 = STANDARD.encode(&archive);
        let (head, tail) = base64.split_at(20);
        let lines = format!("{head}\n{tail}\n");
        let map = |data: serde_json::Value| serde_json::json!({"metadata": {"name": "echonet-src-1"}, "data": data}).to_string();
        let binary = serde_json::json!({"metadata": {"name": "echonet-src-1"}, "binaryData": {"echonet-src.tgz": base64}});
        let expected = read("echonet-src-1", &archive).expect("a source");
        let forms = [
            lines.clone().into_bytes(),
            map(serde_json::json!({"echonet-src.tgz.b64": lines, "other": "hush"})).into_bytes(),
            binary.to_string().into_bytes(),
            serde_json::to_vec(&expected).expect("JSON"),
        ];
        for form in forms {
            assert_eq!(read("echonet-src-1", &form).ok(), Some(expected.clone()), "{}", String::from_utf8_lossy(&form));
        }
        assert!(!serde_json::to_string(&expected).expect("JSON").contains("hush"));
        assert!(matches!(read("x", map(serde_json::json!({"a": "b"})).as_bytes()), Err(ArchiveError::NoArchive)));
        assert!(matches!(read("x", b"no base64!"), Err(ArchiveError::NotBase64(_))));
        assert!(matches!(read("x", b"{"), Err(ArchiveError::NotAConfigMap(_))));
    }

    #[test]
    fn bombs_floods_and_damage_are_refused() {
        let bomb = gzip(&vec![0; usize::try_from(SOURCE_UNPACKED_BYTES).expect("small") + 4096]);
        assert!(matches!(read("x", &bomb), Err(ArchiveError::Bomb)));
        let big = vec![b' '; usize::try_from(SOURCE_UNPACKED_BYTES).expect("small")];
        let file = gzip(&tarball(&[("echonet/a.py", EntryType::Regular, &big)]));
        assert!(matches!(read("x", &file), Err(ArchiveError::Bomb)));
        let names: Vec<String> = (0..=SOURCE_FILES).map(|it| format!("echonet/{it}.py")).collect();
        let flood: Vec<(&str, EntryType, &[u8])> = names.iter().map(|it| (it.as_str(), EntryType::Regular, b"".as_slice())).collect();
        assert!(matches!(read("x", &gzip(&tarball(&flood))), Err(ArchiveError::TooMany)));
        assert!(matches!(read("x", &vec![b' '; SOURCE_ANSWER_BYTES + 1]), Err(ArchiveError::TooLarge)));
        let mut damaged = gzip(&tarball(&[("echonet/a.py", EntryType::Regular, b"hello\n")]));
        let checksum = damaged.len() - 8;
        damaged[checksum] ^= 1;
        assert!(matches!(read("x", &damaged), Err(ArchiveError::NotATarball(_))), "a wrong checksum");
        damaged.truncate(checksum);
        assert!(matches!(read("x", &damaged), Err(ArchiveError::NotATarball(_))), "cut off");
    }

    #[test]
    fn a_secret_in_a_name_becomes_a_token() {
        let archive = gzip(&tarball(&[("echonet/ghp_CANARY0123456789012345678.py", EntryType::Regular, b"")]));
        let body = Body::of_source("asked".to_owned(), "echonet-src-1", &archive).expect("a body");
        assert!(!body.text.contains("CANARY") && body.redacted == 1 && body.bytes == archive.len() as u64, "{body:?}");
    }

    proptest! {
        #[test]
        fn hostile_archives_are_refused_or_read_and_never_panic(noise in prop::collection::vec(any::<(u16, u8)>(), 0..40), packed: bool) {
            let mut bytes = tarball(&[("echonet/a.py", EntryType::Regular, b"hello\n"), ("echonet/b.py", EntryType::GNULongName, b"long")]);
            if packed {
                bytes = gzip(&bytes);
            }
            for (place, byte) in noise {
                let place = usize::from(place) % bytes.len();
                bytes[place] = byte;
            }
            let bytes = if packed { bytes } else { gzip(&bytes) };
            let _ = read("x", &bytes);
        }
    }
}
