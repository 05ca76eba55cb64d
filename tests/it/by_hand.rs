//! The script of a collection by hand: run for real, with `kubectl`, `gcloud` and `curl` that answer from a captured incident.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use whysync::collect::import::{Selection, gather};
use whysync::collect::recording::Recording;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::sources::volume_file::snapshot;
use whysync::evidence::{Bundle, Gathered, Request, Timestamp};
use whysync::findings::{Diagnosis, Scope};

use crate::captures;
use crate::program::whysync;

const KUBECTL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf 'kubectl %s\n' "$*" >>"$STUB/asked"
context=gke_lab-gcp-project_us-central1_sequencer-dev
if [ "$*" = 'config current-context' ]; then echo "$context"; exit; fi
[ "$1 $2 $3" = "--context $context --namespace" ] || { echo "unexpected: $*" >&2; exit 1; }
shift 4
case "$*" in
  'get pods -o json') cat "$INCIDENT/k8s/pods.json" ;;
  'get configmaps -o go-template='*) cat "$STUB/names.json" ;;
  'get deployment echonet -o jsonpath='*) cat "$STUB/source-name" ;;
  'get configmap sequencer-node-config -o jsonpath={.data.config}') cat "$STUB/node-config" ;;
  'get configmap echonet-src-'*' -o json') cat "$STUB/source.json" ;;
  'port-forward --address 127.0.0.1 svc/echonet :80')
    echo $$ >"$STUB/forwarding"
    echo 'Forwarding from 127.0.0.1:34567 -> 80'
    exec sleep 600 ;;
  'logs deploy/echonet -c echonet --timestamps --previous')
    echo 'Error from server (BadRequest): previous terminated container "echonet" in pod "echonet-0" not found' >&2
    exit 1 ;;
  'logs deploy/echonet -c echonet --timestamps') cat "$INCIDENT/logs/echonet.log" ;;
  'exec deploy/echonet -c echonet -- ls -1 /data/echonet') ls -1 "$INCIDENT/pvc" ;;
  'exec deploy/echonet -c echonet -- ls -1 /data/echonet '*)
    for folder in "${@:8}"; do
      printf '%s:\n' "$folder"
      ls -1 "$INCIDENT/pvc${folder#/data/echonet}"
      echo
    done ;;
  'exec deploy/echonet -c echonet -- cat /data/echonet/'*) cat "$INCIDENT/pvc/${7#/data/echonet/}" ;;
  *)
    echo "Error from server (Forbidden): $2 is forbidden: User \"me@example.com\" cannot list resource \"$2\" in API group \"\" in the namespace \"echonet-14-3\"" >&2
    exit 1 ;;
esac
"#;

const GCLOUD: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf 'gcloud %s\n' "$*" >>"$STUB/asked"
case "$*" in
  *'container_name="echonet"'*) cat "$STUB/entries.json" ;;
  *) echo '[]' ;;
esac
"#;

const CURL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf 'curl %s\n' "$*" >>"$STUB/asked"
url=${*: -1}
while [ $# -gt 0 ]; do
  [ "$1" != --output ] || output=$2
  shift
done
while IFS=$'\t' read -r of status file; do
  if [ "$of" = "$url" ]; then
    cp "$file" "$output"
    printf '%s' "$status"
    exit
  fi
done <"$STUB/routes"
printf '<!doctype html>\n<title>404 Not Found</title>\n' >"$output"
printf 404
"#;

/// The clock stands where the capture was taken: days without a line would be a stall.
const DATE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
case "$*" in
  '-u +%Y-%m-%dT%H:%M:%SZ') cat "$STUB/now" && exit ;;
  '-u +%s') set -- -u -d "$(cat "$STUB/now")" +%s ;;
esac
PATH=${PATH#*:} exec date "$@"
"#;

/// The node's settings in the form of its ConfigMap: flat, with dotted names, some of them private.
const NODE_CONFIG: &str = r#"{
  "batcher_config.static_config.contract_class_manager_config.cairo_native_run_config.cairo_native_mode": "Off",
  "consensus_manager_config.network_config.secret_key": "0xCANARY",
  "base_layer_config.ordered_l1_endpoint_urls": "https://eth-mainnet.g.alchemy.com/v2/CANARY",
  "revert_config.should_revert": true,
  "validator_id": "0x64"
}"#;

/// A captured incident that external programs answer from.
struct Answering {
    stubs: TempDir,
    work: TempDir,
    incident: PathBuf,
    block: u64,
}

impl Answering {
    fn from_incident(incident: &Path) -> Self {
        let (stubs, work) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
        let put = |name: &str, text: &str| fs::write(stubs.path().join(name), text).expect("a file");
        for (name, text) in [("kubectl", KUBECTL), ("gcloud", GCLOUD), ("curl", CURL), ("date", DATE)] {
            put(name, text);
            fs::set_permissions(stubs.path().join(name), fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        let json = |path: &str| -> Value { serde_json::from_slice(&fs::read(incident.join(path)).expect(path)).expect("JSON") };
        let mut routes = String::new();
        let index = json("http_index.json");
        let fetched = index.as_array().expect("a list").iter().filter_map(|it| it["fetched_at"].as_str()).min().expect("a time");
        put("now", &format!("{}Z\n", fetched.split('.').next().expect("seconds")));
        for row in index.as_array().expect("a list") {
            let (Some(url), Some(file), Some(status)) = (row["url"].as_str(), row["file"].as_str(), row["status"].as_u64()) else {
                continue;
            };
            let file = incident.join(file);
            if file.is_file() {
                routes += &format!("http://127.0.0.1:34567{url}\t{status}\t{}\n", file.display());
            }
        }
        for request in Recording::open(incident).map(|it| whysync::collect::Access::held(&it)).expect("a folder") {
            if let (Some(path), Some((file, _))) = (request.mainnet_path(), request.saved().next()) {
                routes += &format!("https://feeder.alpha-mainnet.starknet.io{path}\t200\t{}\n", incident.join(file).display());
            }
        }
        put("routes", &routes);
        let maps = json("k8s/configmaps.json");
        let maps = maps["items"].as_array().expect("a list");
        let name = |it: &Value| it["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let source = maps.iter().find(|it| name(it).starts_with("echonet-src-")).cloned().unwrap_or_default();
        put("source-name", &name(&source));
        put("source.json", &source.to_string());
        let names = maps.iter().map(name).chain(["sequencer-node-config".to_owned()]);
        let names: Vec<Value> = names.map(|it| serde_json::json!({"metadata": {"name": it}})).collect();
        put("names.json", &serde_json::json!({"items": names}).to_string());
        put("node-config", NODE_CONFIG);
        // As `gcloud logging read --format=json` prints a list.
        let entries = json("logs/gcp_entries.json");
        put("entries.json", &format!("{:#}\n", entries.get("entries").unwrap_or(&entries)));
        let block = captures::asked(incident).block.expect("the block that was asked for");
        Self { stubs, work, incident: incident.to_owned(), block }
    }

    fn folder(&self) -> PathBuf {
        self.work.path().join("saved")
    }

    fn run(&self, script: &Path) -> Output {
        self.command(script).output().expect("bash runs")
    }

    fn command(&self, script: &Path) -> Command {
        let path = format!("{}:{}", self.stubs.path().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command.arg(script).arg(self.folder()).current_dir(self.work.path());
        command.env("PATH", path).env("STUB", self.stubs.path()).env("INCIDENT", &self.incident);
        command
    }

    /// From when to when a live collection asks for log lines at first: from a minute before the resync before those that the block belongs
    /// to, but not more than six hours before the last of them, until an hour after it or now.
    fn log_window(&self) -> (String, String) {
        let file_time = |it: &str| Timestamp::from_file_name(it.strip_prefix("report_snapshot_")?.strip_suffix(".log")?);
        let (mut all, mut chosen) = (BTreeSet::new(), BTreeSet::new());
        for entry in fs::read_dir(self.incident.join("pvc")).expect("the volume").flatten() {
            let Some(at) = file_time(&entry.file_name().to_string_lossy()) else { continue };
            let snapshot = snapshot::ANSWER.read(&fs::read_to_string(entry.path()).expect("a snapshot")).expect("a snapshot");
            all.insert(at);
            if snapshot.current_start_block.is_some_and(|it| (it..=snapshot.trigger_block).contains(&self.block)) {
                chosen.insert(at);
            }
        }
        let now: Timestamp = self.read("now").trim().parse().expect("a time");
        let (first, last) = (*chosen.first().expect("a resync"), *chosen.last().expect("a resync"));
        let earliest = last.plus_millis(-6 * 3_600_000);
        let before = all.range(..first).next_back().map_or(earliest, |it| earliest.max(*it));
        (before.plus_millis(-60_000).to_string(), last.plus_millis(3_600_000).min(now.max(last)).to_string())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.stubs.path().join(name)).expect(name)
    }

    fn asked(&self) -> String {
        self.read("asked")
    }
}

fn by_hand(arguments: &[&str]) -> Output {
    whysync(&[&["collect", "--by-hand"], arguments].concat())
}

fn script(folder: &Path, namespace: &str, block: u64) -> PathBuf {
    let output = by_hand(&["--namespace", namespace, "--block", &block.to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = folder.join("by-hand.sh");
    fs::write(&path, output.stdout).expect("a file");
    path
}

fn import(folder: &Path, block: u64) -> Bundle {
    gather(&Recording::open(folder).expect("a folder of saved answers"), Selection { block: Some(block), ..Selection::default() })
}

/// An incident as it can be had afterwards: nobody captured anything while it resynced.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder").map(|it| it.expect("an entry")) {
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with("during_resync_") {
            continue;
        }
        if path.is_dir() {
            fs::create_dir(to.join(&name)).expect("a folder");
            copy(&path, &to.join(&name));
        } else {
            fs::copy(&path, to.join(&name)).expect("a copy");
        }
    }
}

/// What people are told first.
fn answer(bundle: &Bundle) -> impl PartialEq + std::fmt::Debug + use<> {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let Diagnosis { verdict, headline, episodes, findings, .. } = diagnose(bundle, &catalog, Trial::StableOnly);
    let causes: Vec<(u32, String, _, _)> =
        findings.into_iter().filter(|it| it.scope == Scope::RootCause).map(|it| (it.episode, it.rule, it.cause, it.extent)).collect();
    let episodes: Vec<_> = episodes.into_iter().map(|it| (it.trigger.map(|it| it.key), it.first_diverging_block, it.verdict)).collect();
    (verdict, headline, causes, episodes)
}

#[test]
fn the_script_of_a_captured_incident_saves_what_gives_its_diagnosis() {
    let Some(incidents) = captures::folder("incidents") else { return };
    for name in ["01b-native-vs-casm-receipt", "02-alchemy-429", "04-gateway-error"] {
        let answering = Answering::from_incident(&incidents.join(name));
        let script = script(answering.work.path(), "echonet-14-3", answering.block);
        let output = answering.run(&script);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {said}");
        let bundle = import(&answering.folder(), answering.block);
        let afterwards = TempDir::new().expect("a folder");
        copy(&answering.incident, afterwards.path());
        assert_eq!(answer(&bundle), answer(&import(afterwards.path(), answering.block)), "{name}: {said}");

        // What failed is known to have failed, and why.
        let Gathered::Failed(missing) = &bundle.deployment.events else { panic!("{name}: {:?}", bundle.deployment.events) };
        assert!(missing.reason.contains("events is forbidden"), "{name}: {}", missing.reason);
        assert!(said.contains("failed: Error from server (Forbidden): events is forbidden"), "{name}: {said}");

        let asked = answering.asked();
        for never in ["secret", "echonet_keys", "echonet-keys", "delete", "scale", "POST", "--data"] {
            assert!(!asked.to_lowercase().contains(never), "{name}: {never} in\n{asked}");
        }
        let saved = fs::read_to_string(answering.folder().join("k8s/configmaps.json")).expect("names");
        assert!(saved.contains("echonet-keys") && !saved.contains("\"data\""), "{name}: {saved}");
        assert!(asked.contains(&format!("block_dump?blockNumber={}&kind=blob", answering.block)), "{name}: {asked}");
        let (from, until) = answering.log_window();
        for words in [format!("timestamp>=\"{from}\"\n"), format!("timestamp<=\"{until}\" "), "--limit=50000".to_owned()] {
            assert_eq!(asked.matches(&words).count(), 2, "{name}: `{words}` is not in the question for each program\n{asked}");
        }

        // Of the node's settings, only those that a diagnosis needs are saved.
        let settings = bundle.deployment.node_settings.value().unwrap_or_else(|| panic!("{name}: {:?}", bundle.deployment.node_settings));
        let names: Vec<&str> = settings.keys().filter_map(|it| it.rsplit('.').next()).collect();
        assert_eq!(names, ["cairo_native_mode", "should_revert", "validator_id"], "{name}: {settings:?}");
        let saved = fs::read_to_string(answering.folder().join("k8s/sequencer-node-config.json")).expect("settings");
        assert!(!saved.contains("CANARY"), "{name}: {saved}");

        let forwarding = answering.read("forwarding");
        let is_over = (0..50).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            !Command::new("kill").args(["-0", forwarding.trim()]).output().is_ok_and(|it| it.status.success())
        });
        assert!(is_over, "{name}: the port-forward still runs");

        // A second run takes nothing away.
        let again = answering.run(&script);
        assert_eq!(again.status.code(), Some(2), "{name}: {}", String::from_utf8_lossy(&again.stderr));
        assert!(String::from_utf8_lossy(&again.stderr).contains("already exists"), "{name}");
        assert_eq!(answering.asked(), asked, "{name}: it asked before it refused");
    }
}

#[test]
fn without_an_answer_from_anybody_the_folder_says_why_of_each_question() {
    let Some(incidents) = captures::folder("incidents") else { return };
    let answering = Answering::from_incident(&incidents.join("01b-native-vs-casm-receipt"));
    for (name, words) in [
        (
            "kubectl",
            "[ \"$*\" != 'config current-context' ] || { echo gke_lab_x_y; exit; }\necho 'Unable to connect to the server: dial tcp: i/o timeout' >&2; exit 1",
        ),
        ("gcloud", "echo 'ERROR: (gcloud.logging.read) You do not currently have an active account selected.' >&2; exit 1"),
        ("curl", "echo 'curl: (6) Could not resolve host: feeder.alpha-mainnet.starknet.io' >&2; exit 6"),
    ] {
        fs::write(answering.stubs.path().join(name), format!("#!/usr/bin/env bash\n{words}\n")).expect("a file");
    }
    let output = answering.run(&script(answering.work.path(), "echonet-14-3", answering.block));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let bundle = import(&answering.folder(), answering.block);
    let theirs = bundle.theirs.get(&answering.block).expect("the block");
    /// The reason of a failure; none of what is absent, was not collected, or was seen: what failed is never `no`.
    fn failure<T>(it: &Gathered<T>) -> Option<&str> {
        match it {
            Gathered::Failed(missing) => Some(&missing.reason),
            _ => None,
        }
    }
    let failures = [
        (failure(&bundle.report), "no port-forward to Echonet: Unable to connect to the server"),
        (failure(&bundle.deployment.pods), "Unable to connect to the server: dial tcp"),
        (failure(&bundle.deployment.source), "Unable to connect to the server: dial tcp"),
        (failure(&theirs.block), "Could not resolve host"),
        // Of two sources that failed, what the container's own output says.
        (failure(&bundle.logs.echonet), "Unable to connect to the server"),
        (failure(&bundle.logs.sequencer), "active account"),
    ];
    for (reason, why) in failures {
        assert!(reason.is_some_and(|it| it.contains(why)), "{why} is not in {reason:?}\n{said}");
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path());
    entries.flat_map(|it| if it.is_dir() { files(&it) } else { vec![it] }).collect()
}

#[test]
fn a_signal_leaves_no_part_of_an_answer_and_says_which_question_was_open() {
    let Some(incidents) = captures::folder("incidents") else { return };
    let incident = incidents.join("01b-native-vs-casm-receipt");
    // As a terminal and `timeout` do, the signal goes to the script and to all that it runs.
    let pods = |signal: &str| {
        format!("case $* in *'get pods -o json') head -c 100 \"$INCIDENT/k8s/pods.json\"; kill -{signal} 0; sleep 5 ;; esac\n")
    };
    let mainnet = "case $url in *mainnet*) printf '{\"half' >|\"$output\"; kill -HUP 0; sleep 5 ;; esac\n".to_owned();
    let cases = [
        ("TERM", 143, "kubectl", "set -euo pipefail\n", pods("TERM"), "k8s/pods.json"),
        ("INT", 130, "kubectl", "set -euo pipefail\n", pods("INT"), "k8s/pods.json"),
        ("HUP", 129, "curl", "  shift\ndone\n", mainnet, "mainnet/"),
    ];
    for (signal, code, program, behind, doing, open) in cases {
        let answering = Answering::from_incident(&incident);
        let stub = answering.read(program).replacen(behind, &format!("{behind}{doing}"), 1);
        fs::write(answering.stubs.path().join(program), stub).expect("a stub");
        let script = script(answering.work.path(), "echonet-14-3", answering.block);
        let mut command = answering.command(&script);
        command.process_group(0);
        let output = command.output().expect("bash runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{signal}: {said}");
        let folder = answering.folder();
        let index: Value = serde_json::from_slice(&fs::read(folder.join("http_index.json")).expect("the index")).expect("JSON");
        let rows = index.as_array().expect("a list");
        let failed: Vec<&Value> =
            rows.iter().filter(|it| it["failed"].as_str().is_some_and(|it| it.contains("was ended before"))).collect();
        assert!(matches!(failed[..], [row] if row["file"].as_str().is_some_and(|it| it.starts_with(open))), "{signal}: {index:#}");
        for file in files(&folder) {
            let name = file.strip_prefix(&folder).expect("below").to_string_lossy().into_owned();
            let is_kept = name == "http_index.json" || rows.iter().any(|it| it["file"] == name.as_str() && it.get("failed").is_none());
            assert!(is_kept, "{signal}: {name} is left behind");
        }
    }
}

#[test]
fn what_came_with_another_status_is_noted_and_leaves_no_file() {
    let Some(incidents) = captures::folder("incidents") else { return };
    let answering = Answering::from_incident(&incidents.join("01b-native-vs-casm-receipt"));
    fs::write(answering.stubs.path().join("routes"), "").expect("no routes");
    let output = answering.run(&script(answering.work.path(), "echonet-14-3", answering.block));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let folder = answering.folder();
    let index: Value = serde_json::from_slice(&fs::read(folder.join("http_index.json")).expect("the index")).expect("JSON");
    assert!(index.as_array().expect("a list").iter().any(|it| it["file"] == "report.json" && it["status"] == 404), "{index:#}");
    let left: Vec<PathBuf> =
        files(&folder).into_iter().filter(|it| fs::read_to_string(it).is_ok_and(|it| it.contains("doctype"))).collect();
    assert_eq!(left, Vec::<PathBuf>::new(), "no page of an error is taken for an answer");
    assert!(import(&folder, answering.block).report.gap().is_some_and(|it| it.contains("404")));
}

#[test]
fn the_script_is_sound_and_its_names_are_those_that_a_folder_of_saved_answers_has() {
    let folder = TempDir::new().expect("a folder");
    let path = script(folder.path(), "echonet-a", 7);
    let checked = Command::new("bash").arg("-n").arg(&path).output().expect("bash runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let text = fs::read_to_string(&path).expect("the script");
    for words in ["set -euo pipefail", "set -o noclobber", "trap finish EXIT", "umask 077"] {
        assert!(text.contains(words), "{words} is not in\n{text}");
    }
    let named: BTreeSet<&str> = text
        .lines()
        .filter_map(|it| {
            let words: Vec<&str> = it.split(' ').collect();
            let file = match words.as_slice() {
                ["own", _, file, ..] | ["page" | "save" | "mainnet" | "settings", file, ..] => file,
                _ => return None,
            };
            file.strip_prefix('\'')?.strip_suffix('\'')
        })
        .collect();
    assert!(25 < named.len(), "{named:?}");
    for file in named {
        assert!(Request::of_saved(file).is_some() || file == "pvc_listing.json", "{file} is no name of a saved answer");
    }
}

#[test]
fn what_is_no_plain_name_never_comes_into_a_script() {
    let cases: [(&[&str], &str); 8] = [
        (&["--namespace", "a;id", "--block", "7"], "not a valid namespace name"),
        (&["--namespace", "$(id)", "--block", "7"], "not a valid namespace name"),
        (&["--namespace", "a'b", "--block", "7"], "not a valid namespace name"),
        (&["--namespace", "a", "--block", "7", "--context", "x' ; id"], "not a valid Kubernetes context name"),
        (&["--namespace", "a", "--block", "7", "--project", "x`id`"], "not a valid Google Cloud project name"),
        (&["--namespace", "a", "--block", "7; id"], "invalid value"),
        (&["--namespace", "a"], "--block"),
        (&["--namespace", "a", "--block", "7", "--record", "x"], "cannot be used with"),
    ];
    for (arguments, words) in cases {
        let output = by_hand(arguments);
        let said = String::from_utf8_lossy(&output.stderr).replace(['\n', '│'], " ");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty() && said.contains(words), "{arguments:?}: {said}");
    }
}
