//! The law of lost evidence: whatever is lost or damaged, the answer may become less sure, and never surer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use whysync::collect::import::gather;
use whysync::collect::recording::Recording;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::Bundle;
use whysync::simulate::{SCENARIOS, simulate};

use crate::captures::{asked, folder};
use crate::pieces::observed;
use crate::simulated::catalog;
use crate::sureness::Sureness;

fn sureness(bundle: &Bundle, catalog: &Catalog) -> Sureness {
    Sureness::from_diagnosis(&diagnose(bundle, catalog, Trial::StableOnly))
}

/// Every observed piece of evidence in turn: forgotten, failed, gone; how often one was.
fn each_piece_lost(name: &str, bundle: &Bundle, catalog: &Catalog, surer: &mut Vec<String>) -> usize {
    let missing = |kind: &str| serde_json::json!({kind: {"asked": "it", "reason": "it was damaged"}});
    let damages = [("forgotten", Value::String("not_asked".to_owned())), ("failed", missing("failed")), ("gone", missing("absent"))];
    let before = sureness(bundle, catalog);
    let document = serde_json::to_value(bundle).expect("JSON");
    let mut places = Vec::new();
    observed(&document, String::new(), &mut places);
    for (place, (damage, instead)) in places.iter().flat_map(|place| damages.iter().map(move |it| (place, it))) {
        let mut damaged = document.clone();
        *damaged.pointer_mut(place).expect("the piece") = instead.clone();
        let damaged: Bundle = serde_json::from_value(damaged).unwrap_or_else(|err| panic!("{name} without {place}: {err}"));
        if let Some(rise) = sureness(&damaged, catalog).rise(&before) {
            surer.push(format!("{name}, {place} {damage}: {rise}"));
        }
    }
    places.len() * damages.len()
}

#[test]
fn losing_a_piece_of_evidence_never_makes_an_answer_surer() {
    let catalog = catalog();
    let mut surer = Vec::new();
    let mut lost = 0;
    for scenario in &SCENARIOS {
        lost += each_piece_lost(&scenario.scenario.to_string(), &simulate(scenario.scenario, 3).bundle, &catalog, &mut surer);
    }
    if let Some(folder) = folder("incidents") {
        for (name, folder) in incidents(&folder) {
            let bundle = gather(&Recording::open(&folder).expect("an incident"), asked(&folder));
            lost += each_piece_lost(&name, &bundle, &catalog, &mut surer);
        }
    }
    assert!(surer.is_empty(), "{} of {lost}:\n{}", surer.len(), surer.join("\n"));
    assert!(lost > 900, "hardly anything was lost: {lost}");
}

/// Copies of a document in which one value is another: a field of a header of either side, a value of a row that names a block, a list
/// of such rows that is empty.
fn altered(document: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    observed(document, String::new(), &mut places);
    let mut altered = Vec::new();
    let mut change = |place: String, value: Value| {
        if document.pointer(&place).is_some_and(|it| *it != value) {
            let mut copy = document.clone();
            let told = format!("{place} = {value}");
            *copy.pointer_mut(&place).expect("the value") = value;
            altered.push((told, copy));
        }
    };
    for place in places {
        let inside = format!("{place}/observed/value");
        if place.ends_with("/block") {
            for version in ["0.14.2", "0.94.3"] {
                change(format!("{inside}/starknet_version"), version.into());
            }
            change(format!("{inside}/timestamp"), 1_800_000_001.into());
        }
        for list in ["block_hash_mismatches", "transaction_commitment_mismatches"] {
            let rows = document.pointer(&format!("{inside}/{list}")).and_then(Value::as_array).map_or(0, Vec::len);
            for row in 0..rows {
                change(format!("{inside}/{list}/{row}/mainnet"), "0x10000000000000000".into());
            }
            change(format!("{inside}/{list}"), Value::Array(Vec::new()));
        }
    }
    altered
}

#[test]
fn an_altered_header_or_row_never_makes_an_answer_surer() {
    let catalog = catalog();
    let mut bundles: Vec<(String, Bundle)> =
        SCENARIOS.iter().map(|it| (it.scenario.to_string(), simulate(it.scenario, 3).bundle)).collect();
    if let Some(folder) = folder("incidents") {
        let read = |folder: &Path| gather(&Recording::open(folder).expect("an incident"), asked(folder));
        bundles.extend(incidents(&folder).into_iter().map(|(name, folder)| (name, read(&folder))));
    }
    let (mut tried, mut surer) = (0, Vec::new());
    for (name, bundle) in &bundles {
        let before = sureness(bundle, &catalog);
        for (place, document) in altered(&serde_json::to_value(bundle).expect("JSON")) {
            let Ok(copy) = serde_json::from_value::<Bundle>(document) else { continue };
            tried += 1;
            if let Some(rise) = sureness(&copy, &catalog).rise(&before) {
                surer.push(format!("{name}, {place}: {rise}"));
            }
        }
    }
    assert!(tried > 200, "values are altered: {tried}");
    assert!(surer.is_empty(), "{} of {tried}: {surer:#?}", surer.len());
}

fn incidents(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(folder).expect("the incidents").map(|it| it.expect("an entry").path());
    let named = entries.filter(|it| it.join("report.json").is_file());
    named.map(|it| (it.file_name().expect("a name").to_string_lossy().into_owned(), it)).collect()
}

/// What stands in the place of a file's content; none where the file is taken away.
type Damage = fn(&[u8]) -> Option<Vec<u8>>;

const DAMAGES: [(&str, Damage); 6] = [
    ("removed", |_| None),
    ("emptied", |_| Some(Vec::new())),
    ("cut in half", |it| Some(it[..it.len() / 2].to_vec())),
    ("an error page", |_| Some(b"<html>502 Bad Gateway</html>".to_vec())),
    ("an error document", |_| Some(br#"{"detail":"Not Found"}"#.to_vec())),
    ("an empty object", |_| Some(b"{}".to_vec())),
];

fn copy(from: &Path, to: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|it| it.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            files.extend(copy(&entry, &target));
        } else if entry.file_name().is_some_and(|it| it != "truth.json") {
            fs::copy(&entry, &target).expect("a copy");
            files.push(target);
        }
    }
    files
}

#[test]
fn a_damaged_file_never_makes_an_answer_surer() {
    let Some(folder) = folder("incidents") else { return };
    let catalog = catalog();
    let mut surer = Vec::new();
    let mut damaged = 0;
    for (name, incident) in incidents(&folder) {
        let work = tempfile::tempdir().expect("a folder");
        let mut files = copy(&incident, work.path());
        files.sort();
        let diagnosed = || Recording::open(work.path()).map(|it| sureness(&gather(&it, asked(&incident)), &catalog));
        let before = diagnosed().expect("an incident");
        for (number, file) in files.iter().enumerate() {
            let content = fs::read(file).expect("a file");
            let (damage, instead) = DAMAGES[number % DAMAGES.len()];
            match instead(&content) {
                Some(instead) => fs::write(file, instead).expect("a file"),
                None => fs::remove_file(file).expect("a file"),
            }
            if let Some(rise) = diagnosed().ok().and_then(|it| it.rise(&before)) {
                surer.push(format!("{name}, {} {damage}: {rise}", file.strip_prefix(work.path()).expect("below").display()));
            }
            fs::write(file, content).expect("a file");
            damaged += 1;
        }
    }
    assert!(surer.is_empty(), "{} of {damaged}:\n{}", surer.len(), surer.join("\n"));
    assert!(damaged > 300, "hardly anything was damaged: {damaged}");
}
