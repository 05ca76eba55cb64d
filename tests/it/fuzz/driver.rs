//! Incidents, changed in one place at a time: whatever it is, the program answers, and its answer is no surer than that to the whole.
//!
//! `WHYSYNC_MUTATIONS=N` tries N cases; each follows from the seed and its number alone. `WHYSYNC_EXCHANGES_ALONE=1` lets all that change a
//! bundle exchange two of its documents.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;
use whysync::evidence::Bundle;
use whysync::findings::Diagnosis;
use whysync::investigate::{self, DiagnosisOptions, Focus, Rules};
use whysync::render::FORMATS;
use whysync::simulate::{SCENARIOS, simulate};

use super::corpus::{json, saved};
use super::mutator::Mutator;
use super::{on_all_cores, say, seed, set, words};
use crate::captures::{asked, folder};
use crate::pieces::observed;
use crate::sureness::Sureness;
use crate::targets::{assert_shown, tarball};

/// How many cases are tried where nobody says.
const CASES: u64 = 2_000;

/// One case in so many changes a file of a saved folder; the others change a bundle, which is quicker.
const FILES_EVERY: usize = 8;

/// An incident as it is.
struct IntactIncident {
    name: String,
    block: Option<u64>,
    files: BTreeMap<String, Vec<u8>>,
    of_files: Sureness,
    document: Value,
    of_bundle: Sureness,
}

impl IntactIncident {
    fn new(name: String, block: Option<u64>, files: BTreeMap<String, Vec<u8>>, bundle: Option<Bundle>, rules: &Rules) -> Self {
        let imported = import(&files, block).unwrap_or_else(|err| panic!("{name}: {err}"));
        let of_files = Sureness::from_diagnosis(&diagnosed(&imported, rules));
        let bundle = bundle.unwrap_or(imported);
        let document = serde_json::to_value(&bundle).expect("JSON");
        Self { name, block, files, of_files, of_bundle: Sureness::from_diagnosis(&diagnosed(&bundle, rules)), document }
    }
}

/// What the program makes of a folder.
fn import(files: &BTreeMap<String, Vec<u8>>, block: Option<u64>) -> Result<Bundle, investigate::Error> {
    let members: Vec<(&[u8], &[u8])> = files.iter().map(|(name, body)| (name.as_bytes(), body.as_slice())).collect();
    let focus = Focus { block, ..Focus::default() };
    investigate::read_from(tarball(&members).as_slice(), "given", &focus).map(|it| it.bundle)
}

fn diagnosed(bundle: &Bundle, rules: &Rules) -> Diagnosis {
    investigate::diagnose(bundle, rules, &DiagnosisOptions::default())
}

/// The simulated incidents, and those that were captured.
fn incidents(rules: &Rules) -> Vec<IntactIncident> {
    let of_scenario = |it: &whysync::simulate::DescribedScenario| {
        let bundle = simulate(it.scenario, 3).bundle;
        IntactIncident::new(it.name.to_owned(), bundle.incident.block, saved(&bundle), Some(bundle), rules)
    };
    let mut all: Vec<IntactIncident> = SCENARIOS.iter().map(of_scenario).collect();
    let Some(folder) = folder("incidents") else { return all };
    let mut paths: Vec<_> = fs::read_dir(folder).expect("the incidents").map(|it| it.expect("an entry").path()).collect();
    paths.sort();
    for path in paths.iter().filter(|it| it.join("report.json").is_file()) {
        let mut files = BTreeMap::new();
        gather(path, path, &mut files);
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        all.push(IntactIncident::new(name, asked(path).block, files, None, rules));
    }
    all
}

/// The files of an incident, but for what Echonet serves of what is on its volume too.
fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for path in fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()) {
        let name = path.strip_prefix(root).expect("below it").to_string_lossy().into_owned();
        if path.is_dir() {
            gather(root, &path, files);
        } else if !name.starts_with("http/") && !name.ends_with("keys.json") && name != "truth.json" {
            files.insert(name, fs::read(&path).expect("a file"));
        }
    }
}

/// Of the changes of a bundle, one in so many exchanges two of its documents.
const EXCHANGE_EVERY: usize = 12;

/// What of an incident is changed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Changed {
    Files,
    Bundle,
}

/// A changed incident, if it can be read, and what was changed.
fn changed(incident: &IntactIncident, of: Changed, mutator: &mut Mutator) -> (Option<Bundle>, String) {
    if of == Changed::Files {
        let mut files = incident.files.clone();
        let told = change_files(&mut files, mutator);
        return (import(&files, incident.block).ok(), told);
    }
    let mut document = incident.document.clone();
    let every = if set("WHYSYNC_EXCHANGES_ALONE").is_some() { 1 } else { EXCHANGE_EVERY };
    if mutator.below(every) == 0 {
        let told = exchange(&mut document, mutator);
        // Whose a document is is looked at where a bundle is read.
        let read = investigate::read_from(document.to_string().as_bytes(), "given", &Focus::default());
        return (read.ok().map(|it| it.bundle), told);
    }
    let told = change_bundle(&mut document, mutator);
    (serde_json::from_value(document).ok(), told)
}

/// Exchanges two documents of one kind, alone or with what whysync notes of them: of two heights, sides, resyncs or programs.
fn exchange(document: &mut Value, mutator: &mut Mutator) -> String {
    let mut pieces = Vec::new();
    observed(document, String::new(), &mut pieces);
    let kind = |it: &str| if it.starts_with("/logs/") { "log" } else { it.rsplit('/').next().unwrap_or_default() }.to_owned();
    let mut alike: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for piece in pieces {
        alike.entry(kind(&piece)).or_default().push(piece);
    }
    // Most documents are of blocks: each kind is as likely as another.
    let several: Vec<Vec<String>> = alike.into_values().filter(|it| 1 < it.len()).collect();
    if several.is_empty() {
        return "nothing".to_owned();
    }
    let all = mutator.one_of(&several);
    let one = mutator.one_of(all).clone();
    // Half of the exchanges are between resyncs, of the same place in them.
    let in_resync = |it: &str| it.strip_prefix("/episodes/").and_then(|it| it.split_once('/')).map(|(_, place)| place.to_owned());
    let of_others: Vec<String> =
        all.iter().filter(|it| **it != one && in_resync(it).is_some() && in_resync(it) == in_resync(&one)).cloned().collect();
    let others = if of_others.is_empty() || mutator.below(2) == 0 { all } else { &of_others };
    let other = mutator.one_of(others).clone();
    let part = *mutator.one_of(&["", "/observed/value"]);
    let places = [&one, &other].map(|it| format!("{it}{part}"));
    let values = places.clone().map(|it| document.pointer(&it).cloned().unwrap_or_default());
    for (place, value) in places.iter().zip(values.into_iter().rev()) {
        if let Some(there) = document.pointer_mut(place) {
            *there = value;
        }
    }
    format!("{one} and {other} are exchanged{}", if part.is_empty() { ", with what is noted of them" } else { "" })
}

fn change_files(files: &mut BTreeMap<String, Vec<u8>>, mutator: &mut Mutator) -> String {
    let names: Vec<String> = files.keys().cloned().collect();
    let name = mutator.one_of(&names).clone();
    if mutator.below(6) == 0 {
        // Half of the exchanges are between documents of one kind.
        let shape =
            |it: &str| it.trim_end_matches(|it: char| !it.is_ascii_digit()).trim_end_matches(|it: char| it.is_ascii_digit()).to_owned();
        let alike: Vec<String> = names.iter().filter(|it| shape(it) == shape(&name)).cloned().collect();
        let other = if mutator.below(2) == 0 { mutator.one_of(&alike) } else { mutator.one_of(&names) };
        let [one, two] = [&name, other].map(|it| files[it].clone());
        files.insert(name.clone(), two);
        files.insert(other.clone(), one);
        return format!("{name} and {other} are exchanged");
    }
    let body = &files[&name];
    let (body, told) = match json(body) {
        Some(document) => {
            let (text, told) = mutator.changed_document(document);
            (text.into_bytes(), told)
        }
        None => {
            let mut lines: Vec<Vec<u8>> = body.split_inclusive(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
            let told = mutator.change_lines(&mut lines);
            (lines.concat(), told.to_owned())
        }
    };
    files.insert(name.clone(), body);
    format!("{name}: {told}")
}

/// Changes what was observed, and nothing of what whysync itself says about it.
fn change_bundle(document: &mut Value, mutator: &mut Mutator) -> String {
    let mut pieces = Vec::new();
    observed(document, String::new(), &mut pieces);
    let inside = |piece: &str| format!("{piece}/observed/value");
    match mutator.below(6) {
        0 => {
            let logs = ["/logs/echonet", "/logs/sequencer"].map(|it| inside(it) + "/lines");
            let place = mutator.one_of(&logs);
            let Some(lines) = document.pointer_mut(place).and_then(Value::as_array_mut) else { return "no log".to_owned() };
            format!("{place}: {}", mutator.change_lines(lines))
        }
        _ => {
            let piece = inside(mutator.one_of::<String>(&pieces));
            let Some(value) = document.pointer_mut(&piece) else { return "no value".to_owned() };
            let (text, told) = mutator.changed_document(value.take());
            match serde_json::from_str(&text) {
                Ok(changed) => *value = changed,
                Err(_) => *value = Value::Null,
            }
            format!("{piece}{told}")
        }
    }
}

#[test]
fn whatever_is_changed_the_program_answers_and_is_no_surer() {
    let rules = Rules::builtin().expect("the rules of this build");
    let incidents = incidents(&rules);
    let cases = set("WHYSYNC_MUTATIONS").unwrap_or(CASES);
    let faults = Mutex::new(Vec::new());
    let read = Mutex::new(0_u64);
    on_all_cores(usize::try_from(cases).expect("a number of cases"), |number| {
        let incident = &incidents[number % incidents.len()];
        let is_of_files = (number / incidents.len()).is_multiple_of(FILES_EVERY);
        let (of, before) = if is_of_files { (Changed::Files, &incident.of_files) } else { (Changed::Bundle, &incident.of_bundle) };
        let mut mutator = Mutator::new(seed() << 32 | number as u64);
        let mut told = String::new();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let (bundle, what) = changed(incident, of, &mut mutator);
            told = what;
            bundle.map(|it| {
                let diagnosis = diagnosed(&it, &rules);
                assert_shown(mutator.one_of(FORMATS), &diagnosis);
                Sureness::from_diagnosis(&diagnosis)
            })
        }));
        let fault = match result {
            Ok(None) => return,
            Ok(Some(after)) => {
                *read.lock().expect("no thread panics") += 1;
                after.rise(before)
            }
            Err(panic) => Some(words(&*panic)),
        };
        if let Some(fault) = fault {
            let fault = format!("case {number}, {}: {told}: {fault}", incident.name);
            // Hours may pass before the end.
            say(&fault);
            faults.lock().expect("no thread panics").push(fault);
        }
    });
    let (faults, read) = (faults.into_inner().expect("no thread panics"), read.into_inner().expect("no thread panics"));
    say(&format!("mutations: {cases} cases over {} incidents, {read} of them diagnosed", incidents.len()));
    assert!(faults.is_empty(), "{} of {cases} cases:\n{}", faults.len(), faults.join("\n"));
    assert!(cases / 4 < read, "hardly anything was read: {read} of {cases}");
}
