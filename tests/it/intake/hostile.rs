//! Archives that mean harm end with a clear word, in bounded time and memory.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use tar::EntryType;
use whysync::collect::intake::Given;
use whysync::collect::recording::{OpenError, Recording};

use super::gzip;

const LOG: &[u8] = b"[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)\n";

/// Members with names as hostile as given: the checked way of the library would refuse them.
fn tarball(members: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, kind, content) in members {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        if *kind == EntryType::Symlink {
            header.set_link_name("/etc/passwd").expect("a name");
        }
        header.set_cksum();
        bytes.extend(header.as_bytes());
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// A member of a ZIP archive: its name, its mode, what it unpacks to, and the size that it states.
type ZipMember<'m> = (&'m str, u32, &'m [u8], u32);

fn zip(members: &[ZipMember<'_>]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, mode, content, size) in members {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        let packed = encoder.write_all(content).and_then(|()| encoder.finish()).expect("deflated");
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let offset = u32::try_from(bytes.len()).expect("small");
        let fields = |out: &mut Vec<u8>| {
            out.extend([20, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
            out.extend(crc.sum().to_le_bytes());
            out.extend(u32::try_from(packed.len()).expect("small").to_le_bytes());
            out.extend(size.to_le_bytes());
            out.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
            out.extend([0, 0]);
        };
        bytes.extend(b"PK\x03\x04");
        fields(&mut bytes);
        bytes.extend(name.as_bytes());
        bytes.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x03");
        fields(&mut directory);
        directory.extend([0, 0, 0, 0, 0, 0]);
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, count) = (u32::try_from(bytes.len()).expect("small"), u16::try_from(members.len()).expect("few"));
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(u32::try_from(directory.len()).expect("small").to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn open(bytes: Vec<u8>) -> Result<Recording, OpenError> {
    Recording::open_given(&Given::Bytes { name: "given".to_owned(), bytes }, None)
}

/// What was refused, with why.
fn refused(bytes: Vec<u8>) -> Vec<(String, String)> {
    let recording = open(bytes).unwrap_or_else(|err| panic!("{err}"));
    recording.account().refused.iter().map(|it| (it.path.clone(), it.why.clone())).collect()
}

fn refusal(bytes: Vec<u8>) -> String {
    open(bytes).map(|_| ()).expect_err("a hostile archive").to_string()
}

#[test]
fn links_devices_and_ways_out_are_refused_and_the_rest_is_read() {
    let cases: [(&str, EntryType, &str); 11] = [
        ("a.log", EntryType::Symlink, "a link or a device"),
        ("b.log", EntryType::Link, "a link or a device"),
        ("c.log", EntryType::Char, "a link or a device"),
        ("d.log", EntryType::Fifo, "a link or a device"),
        ("../e.log", EntryType::Regular, "may lead out"),
        ("f/../../g.log", EntryType::Regular, "may lead out"),
        ("/etc/h.log", EntryType::Regular, "not a relative path"),
        ("echonet_keys.json", EntryType::Regular, "keys.json"),
        ("echonet_keys.json.gz", EntryType::Regular, "copies of `*keys.json`"),
        ("x/.env.local", EntryType::Regular, ".env"),
        ("x/production.env", EntryType::Regular, ".env"),
    ];
    for (path, kind, why) in cases {
        let content: &[u8] = if kind == EntryType::Regular { b"CANARY" } else { b"" };
        let archive = tarball(&[("echonet.log", EntryType::Regular, LOG), (path, kind, content)]);
        let found = refused(gzip(&archive));
        assert!(matches!(found.as_slice(), [(_, reason)] if reason.contains(why)), "{path}: {found:?}");
    }
    let archive = zip(&[
        ("echonet.log", 0o100_644, LOG, LOG.len() as u32),
        ("link", 0o120_777, b"/etc/passwd", 11),
        ("a\\..\\b.log", 0, LOG, LOG.len() as u32),
        ("my_secret.log", 0, b"CANARY", 6),
    ]);
    let found = refused(archive);
    let why: Vec<&str> = found.iter().map(|it| it.1.as_str()).collect();
    assert!(
        why.len() == 3 && why[0].contains("may lead out") && why[1].contains("a link or a device") && why[2].contains("secret"),
        "{found:?}"
    );
}

/// Puts something at a path.
type Put = fn(&Path);

#[test]
fn in_a_folder_what_is_no_file_is_named_and_neither_followed_nor_waited_for() {
    let pipe: Put = |at| assert!(Command::new("mkfifo").arg(at).status().expect("mkfifo runs").success());
    let cases: [(&str, Put, &str); 8] = [
        ("pipe.log", pipe, "it is neither a file nor a folder"),
        ("socket.log", |at| drop(UnixListener::bind(at).expect("a socket")), "it is neither a file nor a folder"),
        ("zero.log", |at| symlink("/dev/zero", at).expect("a link"), "it is a link that leads out of the folder"),
        ("passwd.json", |at| symlink("/etc/passwd", at).expect("a link"), "it is a link that leads out of the folder"),
        ("above", |at| symlink("..", at).expect("a link"), "it is a link that leads out of the folder"),
        ("itself", |at| symlink("itself", at).expect("a link"), "Too many levels of symbolic links"),
        ("again", |at| symlink("below", at).expect("a link"), "it is another name of a folder that is read already"),
        ("report.json", |at| fs::create_dir(at).expect("a folder"), "it is a folder, and nothing is in it"),
    ];
    for (name, put, why) in cases {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("echonet.log"), LOG).expect("a file");
        fs::create_dir(folder.path().join("below")).expect("a folder");
        fs::write(folder.path().join("below/version.txt"), "0.14.3\n").expect("a file");
        put(&folder.path().join(name));
        let recording = Recording::open_given(&Given::Paths(vec![folder.path().to_owned()]), None).expect("a log");
        let refused: Vec<(&str, &str)> = recording.account().refused.iter().map(|it| (it.path.as_str(), it.why.as_str())).collect();
        // Of two names of one folder, either may be the one that is read.
        assert!(
            matches!(refused.as_slice(), [(path, reason)] if (*path == name || *path == "below") && reason.contains(why)),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn bombs_are_told_by_what_they_unpack_to() {
    let zeros = || io::repeat(0).take(200 * 1024 * 1024);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    io::copy(&mut zeros(), &mut packed).expect("packed");
    let gz = packed.finish().expect("packed");
    let zst = zstd::encode_all(zeros(), 3).expect("packed");
    let nested = gzip(&zst);
    for bomb in [gz, zst, nested] {
        let said = refusal(bomb);
        assert!(said.contains("unpacks to more than"), "{said}");
    }
    let lying = zip(&[("echonet.log", 0, LOG, u32::MAX - 1)]);
    let said = refusal(lying);
    assert!(said.contains("larger than 512 MiB"), "{said}");
    let short = zip(&[("echonet.log", 0, LOG, 3)]);
    let said = refusal(short);
    assert!(said.contains("not what the directory says"), "{said}");
}

#[test]
fn a_million_names_are_too_many() {
    // One part of a tarball, packed once: gzip's parts stand one behind another.
    let members: Vec<(String, EntryType, &[u8])> = (0..1000).map(|it| (format!("{it}.log"), EntryType::Regular, &b""[..])).collect();
    let members: Vec<(&str, EntryType, &[u8])> = members.iter().map(|it| (it.0.as_str(), it.1, it.2)).collect();
    let mut part = tarball(&members);
    part.truncate(part.len() - 1024);
    let flood = gzip(&part).repeat(1000);
    let said = refusal(flood);
    assert!(said.contains("more than 100000 names"), "{said}");
    // A ZIP's own directory counts to 65534; beyond, it says so by this number.
    let mut many = zip(&[("echonet.log", 0, LOG, LOG.len() as u32)]);
    let counts = many.len() - 14..many.len() - 10;
    many[counts].fill(0xff);
    let said = refusal(many);
    assert!(said.contains("more than 65534 files"), "{said}");
}

#[test]
fn archives_in_archives_end_somewhere_and_damage_is_named() {
    let mut nested = LOG.to_vec();
    for _ in 0..6 {
        nested = gzip(&tarball(&[("in.log", EntryType::Regular, &nested)]));
    }
    let said = refusal(nested);
    assert!(said.contains("in more than 4 other archives"), "{said}");
    let mut cut = gzip(&tarball(&[("echonet.log", EntryType::Regular, &LOG.repeat(5_000))]));
    cut.truncate(cut.len() / 2);
    let said = refusal(cut);
    assert!(said.contains("damaged or was cut off"), "{said}");
    let said = refusal(b"\xfd7zXZ\0\0\x04".to_vec());
    assert!(said.contains("packed with xz") && said.contains(".tar.gz"), "{said}");
}
