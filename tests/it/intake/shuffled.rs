//! A law: however the files of an incident are shuffled, renamed, nested, compressed and split, the diagnosis stays the same.
//!
//! What only a name can tell stays in it: whose a served block is, in which archive of the volume a block was, and during which resync.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;
use whysync::collect::import::gather;
use whysync::collect::intake::Given;
use whysync::collect::recording::Recording;
use whysync::engine::{Trial, diagnose};
use whysync::findings::Diagnosis;

use super::{files_of, gzip, tarball};
use crate::captures::{asked, folder};
use crate::simulated::catalog;

/// How one file is given.
#[derive(Debug, Clone)]
struct Disguise {
    /// Its name, but for what must stay.
    name: String,
    /// How its name ends.
    ending: &'static str,
    /// Whether the folder that must stay is put into the file's own name, as where files are sent one by one.
    is_flat: bool,
    /// Folders that it is put into.
    folders: Vec<String>,
    packing: Packing,
    /// Which of the parts it goes into.
    part: usize,
}

#[derive(Debug, Clone, Copy)]
enum Packing {
    Plain,
    Gzip,
    Zstd,
    Tarball,
}

/// How a part of the files is given.
#[derive(Debug, Clone, Copy)]
enum FilePacking {
    Folder,
    Tar,
    TarGz,
}

fn disguise() -> impl Strategy<Value = Disguise> {
    // No letters of which words could be made that say something.
    let name = "[q-z]{6}";
    let packing = prop_oneof![4 => Just(Packing::Plain), 1 => Just(Packing::Gzip), 1 => Just(Packing::Zstd), 1 => Just(Packing::Tarball)];
    let ending = prop_oneof![Just(""), Just(".json"), Just(".txt")];
    (name, ending, any::<bool>(), prop::collection::vec("[q-z]{3}", 0..3), packing, 0..3_usize)
        .prop_map(|(name, ending, is_flat, folders, packing, part)| Disguise { name, ending, is_flat, folders, packing, part })
}

fn container() -> impl Strategy<Value = FilePacking> {
    prop_oneof![Just(FilePacking::Folder), Just(FilePacking::Tar), Just(FilePacking::TarGz)]
}

/// The disguised path of a file; none for what says nothing without its name.
fn disguised(path: &str, bytes: &[u8], number: usize, disguise: &Disguise) -> Option<String> {
    if path == "truth.json" || bytes.is_empty() || bytes.starts_with(b"<") {
        return None;
    }
    let mut folders = disguise.folders.clone();
    let (before, file) = path.rsplit_once('/').unwrap_or(("", path));
    let telling = before.split('/').find(|it| it.starts_with("blocks_") || it.starts_with("during_resync_"));
    let in_name = telling.filter(|_| disguise.is_flat).map(|it| format!("{it}_")).unwrap_or_default();
    folders.extend(telling.filter(|_| !disguise.is_flat).map(str::to_owned));
    let word = match path {
        _ if path.ends_with("keys.json") => return None,
        _ if file.starts_with("block_dump_") => "echonet_dump_",
        _ if file.starts_with("echonet_get_") => "echonet_",
        _ if path.starts_with("mainnet/") => "mainnet_",
        _ if file.contains("commitment") => "commitment_",
        _ => "",
    };
    folders.push(format!("{in_name}{word}{}{number}x{}", disguise.name, disguise.ending));
    Some(folders.join("/"))
}

fn packed(name: &str, bytes: &[u8], packing: Packing) -> (String, Vec<u8>) {
    match packing {
        Packing::Plain => (name.to_owned(), bytes.to_vec()),
        Packing::Gzip => (format!("{name}.gz"), gzip(bytes)),
        Packing::Zstd => (format!("{name}.zst"), zstd::encode_all(bytes, 1).expect("packed")),
        Packing::Tarball => {
            let file = name.rsplit('/').next().expect("a name").to_owned();
            (format!("{name}.tgz"), gzip(&tarball(&BTreeMap::from([(file, bytes.to_vec())]))))
        }
    }
}

fn diagnosed(given: &Given, incident: &Path) -> (Diagnosis, String) {
    let recording = Recording::open_given(given, None).unwrap_or_else(|err| panic!("{err}"));
    let mut diagnosis = diagnose(&gather(&recording, asked(incident)), &catalog(), Trial::StableOnly);
    diagnosis.files = None;
    (diagnosis, recording.account().words())
}

#[test]
fn shuffled_renamed_nested_compressed_and_split_files_are_the_same_incident() {
    let Some(incidents) = folder("incidents") else { return };
    for name in ["01b-native-vs-casm-receipt", "02-alchemy-429", "07-parent-cascade", "10-blocked-sender"] {
        let incident = incidents.join(name);
        // What says nothing without its name is left out on both sides.
        let mut files = files_of(&incident);
        let told = |path: &str, bytes: &[u8]| {
            let nothing =
                Disguise { name: String::new(), ending: "", is_flat: false, folders: Vec::new(), packing: Packing::Plain, part: 0 };
            disguised(path, bytes, 0, &nothing).is_some()
        };
        files.retain(|path, bytes| told(path, bytes));
        let plain = TempDir::new().expect("a folder");
        for (path, bytes) in &files {
            let path = plain.path().join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, bytes).expect("written");
        }
        let (expected, _) = diagnosed(&Given::Paths(vec![plain.path().to_owned()]), &incident);
        let strategy = (prop::collection::vec(disguise(), files.len()), prop::collection::vec(container(), 3));
        let mut runner = TestRunner::new(Config { cases: 6, max_shrink_iters: 0, failure_persistence: None, ..Config::default() });
        let law = |(disguises, containers): (Vec<Disguise>, Vec<FilePacking>)| {
            let work = TempDir::new().expect("a folder");
            let mut parts: Vec<BTreeMap<String, Vec<u8>>> = vec![BTreeMap::new(); 3];
            for (number, ((path, bytes), disguise)) in files.iter().zip(&disguises).enumerate() {
                let Some(name) = disguised(path, bytes, number, disguise) else { continue };
                let (name, bytes) = packed(&name, bytes, disguise.packing);
                parts[disguise.part].insert(name, bytes);
            }
            let mut given: Vec<PathBuf> = Vec::new();
            for (number, (part, container)) in parts.iter().zip(containers).enumerate() {
                let path = work.path().join(format!("q{number}"));
                match container {
                    FilePacking::Folder => {
                        for (name, bytes) in part {
                            let path = path.join(name);
                            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                            fs::write(path, bytes).expect("written");
                        }
                        fs::create_dir_all(&path).expect("a folder");
                    }
                    FilePacking::Tar => fs::write(&path, tarball(part)).expect("written"),
                    FilePacking::TarGz => fs::write(&path, gzip(&tarball(part))).expect("written"),
                }
                given.push(path);
            }
            let (found, account) = diagnosed(&Given::Paths(given), &incident);
            prop_assert!(found == expected, "{}: {} instead of {}\n{}", name, found.headline, expected.headline, account);
            Ok(())
        };
        runner.run(&strategy, law).unwrap_or_else(|err| panic!("{err}"));
    }
}
