//! Inputs to start from: those that are kept in `fuzz/corpus`, made of what the simulator makes, and those that were captured.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use whysync::engine::language::catalog::{builtin, builtin_tests};
use whysync::evidence::Bundle;
use whysync::investigate::{self, Rules};
use whysync::simulate::{Scenario, simulate};

use crate::captures::folder;
use crate::intake::tarball;
use crate::log_forms::in_every_form;
use crate::planted::EVERY;
use crate::rig::World;

/// The inputs of a target that are kept, and, for redaction, a secret of every form, which no file may keep.
pub(super) fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder = place().join(target);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    paths.sort();
    let mut all: Vec<Vec<u8>> = paths.iter().map(|it| fs::read(it).expect("an input")).collect();
    if target == "redaction" {
        all.extend(EVERY.chunks(20).map(|it| it.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("\n").into_bytes()));
    }
    all
}

fn place() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus")
}

/// What was captured of the kind that a target reads; nothing where there are no captures.
pub(super) fn captured(target: &str) -> Vec<Vec<u8>> {
    const LONGEST: u64 = 1 << 16;
    const MOST: usize = 60;
    let Some(incidents) = folder("incidents") else { return Vec::new() };
    let mut paths = Vec::new();
    let mut open = vec![incidents];
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.metadata().is_ok_and(|it| it.len() <= LONGEST) && kind(&path) == Some(target) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let step = paths.len().div_ceil(MOST).max(1);
    paths.iter().step_by(step).map(|it| fs::read(it).expect("a capture")).collect()
}

/// Files that did harm once, beside the project: each is an input of the way in that takes anything.
pub(super) fn hostile(target: &str) -> Vec<Vec<u8>> {
    let mut open: Vec<PathBuf> = folder("cases").filter(|_| target == "import").map(|it| it.join("hostile")).into_iter().collect();
    let mut all = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).expect("a folder").map(|it| it.expect("an entry").path()));
        } else {
            all.push(fs::read(path).expect("a file"));
        }
    }
    all
}

/// Which target reads a file of this name.
fn kind(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_str()?;
    let kinds = [
        ("report.json", "report"),
        ("report.txt", "report_text"),
        ("report_snapshot_", "snapshot"),
        ("report_reverts_", "reverts"),
        ("state_update_", "state_update"),
        ("blob_", "blob"),
        ("block_metadata", ""),
        ("block_", "block"),
        ("pods.json", "pods"),
        ("echonet.log", "log"),
    ];
    kinds.into_iter().find(|(part, _)| name.contains(part)).map(|(_, target)| target)
}

/// The files that a person would have saved of an incident.
pub(super) fn saved(bundle: &Bundle) -> BTreeMap<String, Vec<u8>> {
    let world = World::from_bundle(bundle);
    let mut files: BTreeMap<String, String> = BTreeMap::from([
        ("report.json".to_owned(), world.echonet.report.clone()),
        ("report.txt".to_owned(), world.echonet.report_text.clone()),
        ("k8s/pods.json".to_owned(), world.pods.to_string()),
        ("k8s/configmaps.json".to_owned(), world.objects["configmaps"].to_string()),
    ]);
    let on_volume = world.files.iter().filter(|(name, _)| !name.ends_with("keys.json"));
    files.extend(on_volume.map(|(name, text)| (format!("pvc/{name}"), text.clone())));
    for (page, text) in &world.mainnet {
        let asked = page.trim_start_matches("/feeder_gateway/").split('&').next().unwrap_or_default();
        files.insert(format!("mainnet/{}.json", asked.replace("?blockNumber=", "_")), text.clone());
    }
    for (name, log) in [("echonet", &bundle.logs.echonet), ("sequencer", &bundle.logs.sequencer)] {
        let lines = log.value().map(|it| it.lines.iter().map(|it| format!("{}\n", it.text)).collect::<String>());
        files.extend(lines.filter(|it| !it.is_empty()).map(|it| (format!("logs/{name}.log"), it)));
    }
    files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// Files as the target `folder` reads them.
fn as_text(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    files.iter().flat_map(|(name, body)| [format!("-- {name}\n").as_bytes(), body, b"\n"].concat()).collect()
}

/// Archives of files, of every kind that can be written here.
fn archives(files: &BTreeMap<String, Vec<u8>>) -> [(&'static str, Vec<u8>); 3] {
    let tar = tarball(files);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, &tar).expect("memory");
    let zstd = zstd::encode_all(tar.as_slice(), 3).expect("memory");
    [("tar", tar), ("tar.gz", gzip.finish().expect("memory")), ("tar.zst", zstd)]
}

/// The incident without what is far from the block that it is about, so that its files are small.
fn near(mut bundle: Bundle) -> Bundle {
    const AROUND: usize = 40;
    let block = bundle.incident.block.unwrap_or_default();
    let is_near = |height: &u64| height.abs_diff(block) <= 1;
    bundle.theirs.retain(|it, _| is_near(it));
    bundle.after_resync.clear();
    bundle.episodes.truncate(1);
    bundle.episodes.iter_mut().for_each(|it| it.ours.retain(|it, _| is_near(it)));
    for log in [&mut bundle.logs.echonet, &mut bundle.logs.sequencer] {
        if let whysync::evidence::Gathered::Observed(observed) = log {
            let lines = &mut observed.value.lines;
            let telling = lines.iter().position(|it| it.text.contains("Resync triggered") || it.text.contains("ERROR")).unwrap_or(0);
            *lines = lines.iter().skip(telling.saturating_sub(AROUND)).take(AROUND + 20).cloned().collect();
        }
    }
    bundle
}

/// The corpus, by target and name.
fn made() -> BTreeMap<(&'static str, String), Vec<u8>> {
    let rules = Rules::builtin().expect("the rules of this build");
    let mut all: BTreeMap<(&'static str, String), Vec<u8>> = BTreeMap::new();
    for scenario in
        [Scenario::Alchemy429L1HandlerDrop, Scenario::NativeCasmRevertTrace, Scenario::GatewayErrorByCode, Scenario::NoDivergence]
    {
        let simulated = simulate(scenario, 1);
        let small = near(simulated.bundle.clone());
        let files = saved(&small);
        let mut put = |target, name: &str, bytes: &[u8]| all.insert((target, format!("{scenario}{name}")), bytes.to_vec());
        let smallest = simulated.truth.root_cause.and_then(|it| investigate::minimize(&simulated.bundle, &rules, it).ok());
        put("bundle", ".json", &serde_json::to_vec(&smallest.unwrap_or_else(|| small.clone())).expect("JSON"));
        put("folder", ".txt", &as_text(&files));
        let is_small = |name: &str| !name.contains("block") && !name.contains("logs/");
        let few = files.iter().filter(|(name, _)| is_small(name)).map(|(name, body)| (name.clone(), body.clone())).collect();
        for (ending, bytes) in archives(&few) {
            put("archive", &format!(".{ending}"), &bytes);
        }
        for (name, body) in &files {
            if let Some(target) = kind(Path::new(name)) {
                put(target, &format!("-{}", name.replace('/', "-")), body);
            }
        }
        put("import", ".json", &files["report.json"]);
        put("import", ".log", &files["logs/echonet.log"]);
        let errors = |blocks: Vec<&whysync::evidence::Block>| {
            let reverted = blocks.into_iter().flat_map(|it| &it.transaction_receipts).find_map(|it| it.revert_error.clone());
            reverted.unwrap_or_default()
        };
        let ours = errors(small.episodes.iter().flat_map(|it| it.ours.values()).filter_map(|it| it.block.value()).collect());
        let theirs = errors(small.theirs.values().filter_map(|it| it.block.value()).collect());
        put("revert_trace", ".txt", format!("{ours}\0{theirs}").as_bytes());
        let texts: Vec<String> =
            small.logs.echonet.value().into_iter().flat_map(|it| &it.lines).take(12).map(|it| it.text.to_string()).collect();
        if scenario == Scenario::Alchemy429L1HandlerDrop {
            for (form, text) in in_every_form(&texts) {
                put("log", &format!("-{form}.log"), text.as_bytes());
            }
        }
        put("damage", ".bin", &(0..scenario as u8 + 7).map(|it| it.wrapping_mul(37)).collect::<Vec<u8>>());
    }
    let short = |it: &&whysync::investigate::FileText| it.body().len() < 3_000;
    let (rules, tests) = (builtin(), builtin_tests());
    for (target, texts) in [("rule", rules.iter().filter(short).step_by(9)), ("rule_test", tests.iter().filter(short).step_by(9))] {
        let name = |it: &whysync::investigate::FileText| it.name().rsplit('/').next().unwrap_or_default().to_owned();
        all.extend(texts.map(|it| ((target, name(it)), it.body().as_bytes().to_vec())));
    }
    // Places for secrets; the secrets themselves are made when the tests run.
    let forms = [
        ("headers.txt", "GET / HTTP/1.1\nAuthorization: Bearer x\nCookie: a=b\nX-Throttling-Bypass: y\n\nbody\n"),
        ("python.txt", "{'Authorization': 'Basic eA==', b'token': b'x'} [('X-Api-Key', 'y')] HTTPSConnection(host='a', port=443)\n"),
        ("rust.txt", "Config { token: Some(\"x\"), password: None, url: \"https://user:word@host/path?key=v&sig=w\" }\n"),
        ("nested.json", r#"{"a": "{\"token\": \"x\\n\\\"password\\\": \\\"y\\\"\"}", "b": [{"name": "DB_PASSWORD", "value": "z"}]}"#),
        ("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB==\n-----END PRIVATE KEY-----\n"),
        ("url.txt", "https://eth.example.io/v2/abc postgres://u:p@ss@h/d https%3A%2F%2Fu%3Ap%40h%2F?access_token=x&amp;dkey=y\n"),
        ("yaml.txt", "users:\n- name: u\n  user:\n    token: |\n      abc\n    client-key-data: QUJD\n"),
    ];
    all.extend(forms.map(|(name, text)| (("redaction", name.to_owned()), text.as_bytes().to_vec())));
    all
}

/// Run with `UPDATE=1`, writes the corpus again; what was added by hand stays.
#[test]
fn the_corpus_is_kept_and_small() {
    const LARGEST: u64 = 1 << 18;
    if std::env::var_os("UPDATE").is_some() {
        for ((target, name), bytes) in made() {
            fs::create_dir_all(place().join(target)).expect("a folder");
            fs::write(place().join(target).join(name), bytes).expect("an input");
        }
    }
    let mut bytes = 0;
    for target in crate::targets::TARGETS {
        let entries = fs::read_dir(place().join(target.name)).unwrap_or_else(|err| panic!("{}: {err}", target.name));
        for entry in entries.flatten() {
            let size = entry.metadata().expect("a size").len();
            assert!(size <= LARGEST, "{} has {size} bytes", entry.path().display());
            bytes += size;
        }
    }
    assert!(bytes < 4 << 20, "the corpus has {bytes} bytes");
}

/// A document that is JSON, or nothing.
pub(super) fn json(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(|it: &Value| it.is_object() || it.is_array())
}
