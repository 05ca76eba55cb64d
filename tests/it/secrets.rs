//! Secrets: nothing that is none is masked in what was captured, and what a user lists is masked everywhere.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use whysync::collect::redact::redact;

use crate::captures::folder;
use crate::lineage::Repository;
use crate::log_forms::in_every_form;
use crate::planted::{EVERY, left};
use crate::program::program;

/// How what was planted in the captures begins, or a part of it.
const PLANTED: [&str; 5] = ["DEADBEEF", "FEEDFACE", "T0FAKE000", "cNry", "CANARY"];

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { files(&entry.path(), all) } else { all.push(entry.path()) }
    }
}

/// What stood where tokens are now. None if anything else was changed.
fn masked<'a>(before: &'a str, after: &str) -> Option<Vec<&'a str>> {
    let token = regex::Regex::new("«redacted:[a-z-]+:[0-9a-f]{4}»").expect("a pattern");
    let mut rest = before;
    let mut masked = Vec::new();
    let mut kept = token.split(after);
    rest = rest.strip_prefix(kept.next()?)?;
    let mut parts = kept.peekable();
    while let Some(part) = parts.next() {
        // What is kept behind a token is long enough to be found, but at the end.
        let at = if parts.peek().is_none() && rest.ends_with(part) { rest.len() - part.len() } else { rest.find(part)? };
        masked.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(masked)
}

#[test]
fn in_what_was_captured_only_what_was_planted_is_masked_and_once_is_enough() {
    for set in ["incidents", "cases"] {
        let Some(folder) = folder(set) else { continue };
        let mut all = Vec::new();
        files(&folder, &mut all);
        let (mut looked_at, mut found) = (0, 0);
        for file in all {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let once = redact(&text);
            looked_at += 1;
            found += once.count;
            let changed = masked(&text, &once.text).unwrap_or_else(|| panic!("{}: more was changed than masked", file.display()));
            for secret in changed {
                assert!(PLANTED.iter().any(|it| secret.contains(it)), "{}: `{secret}` was masked", file.display());
            }
            assert_eq!(redact(&once.text).text, once.text, "{}: once more", file.display());
        }
        assert!(100 < looked_at && 2 < found, "{set}: {looked_at} files, {found} secrets");
    }
}

#[test]
fn the_hostile_captures_keep_no_secret() {
    let Some(folder) = folder("cases") else { return };
    let text = std::fs::read_to_string(folder.join("hostile/leak-header-tuple/logs/echonet.log")).expect("a log");
    let masked = redact(&text).text;
    let left: Vec<&str> = masked.lines().filter(|it| it.contains("cNry")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// Runs the program on a folder of saved answers and reads all it wrote and said.
fn imported(listed: &str, log: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("saved");
    std::fs::create_dir_all(saved.join("logs")).expect("a folder");
    std::fs::write(saved.join("report.json"), "{}").expect("a file");
    std::fs::write(saved.join("logs/echonet.log"), log).expect("a file");
    let list = folder.path().join("list");
    std::fs::write(&list, listed).expect("a file");
    let out = folder.path().join("b.json");
    let run = crate::program::program(&[]).arg("import").arg(&saved).arg("-o").arg(&out).arg("--redact").arg(&list).output();
    let run = run.expect("it runs");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    (run.status.code(), format!("{said}{}", std::fs::read_to_string(&out).unwrap_or_default()))
}

#[test]
fn what_a_user_lists_is_masked_in_every_encoding_and_in_nothing_else() {
    let log = concat!(
        "[INFO] [echonet.echo_center] the house of Blauregen and b\\u006cauregen\n",
        "{\"message\": \"ticket ABC-12345 of blauregen\\tblauregen\"}\n",
        "next=%62lauregen and Ymxhb is short\n",
    );
    let (code, all) = imported("# names\nblauregen\n\n/[A-Z]{3}-[0-9]{5}/\n", log);
    assert_eq!(code, Some(0), "{all}");
    assert!(!all.contains("blauregen") && !all.contains("ABC-12345") && !all.contains("%62") && !all.contains("u006c"), "{all}");
    assert!(all.contains("the house of Blauregen and") && all.matches("redacted:listed:").count() >= 5, "{all}");
}

#[test]
fn a_list_that_is_none_is_refused_with_its_line_and_without_its_text() {
    for (list, reason) in [
        ("# a\ngeheim1\nkurz\n", "list:3: the text is shorter than 6 bytes"),
        ("/geheim(/\n", "list:1: this is not a regular expression"),
        ("/(geheim)*/\n", "list:1: the regular expression matches the empty text"),
        ("/(geheim{1000}){1000}{1000}/\n", "list:1: "),
    ] {
        let (code, said) = imported(list, "x\n");
        let flat: String =
            said.split(|it: char| it.is_whitespace() || it == '\u{2502}').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(code, Some(4), "{said}");
        assert!(flat.contains(reason) && !said.contains("geheim") && !said.contains("kurz"), "{said}");
    }
}

/// Files as somebody has them who saved what a deployment says: a secret of every form in each of them, and in their names.
fn saved_with_secrets_everywhere(saved: &Path) {
    let texts: Vec<String> = EVERY.iter().map(|it| it.text.clone()).collect();
    let (all, lines) = (texts.join(" "), texts.join("\n"));
    let labels: serde_json::Map<String, Value> = texts.iter().enumerate().map(|(at, it)| (format!("x{at}"), it.clone().into())).collect();
    let names: serde_json::Map<String, Value> = texts.iter().map(|it| (it.clone(), 1.into())).collect();
    let meta = json!({"name": "echonet", "namespace": "echonet-rc9", "labels": labels, "annotations": {"note": all}});
    let container =
        json!({"name": "echonet", "image": "sequencer:1", "command": texts, "env": [{"name": "DB_PASSWORD", "value": texts[0]}]});
    let state = json!({"waiting": {"reason": "CrashLoopBackOff", "message": lines}});
    let pod = json!({"kind": "Pod", "metadata": meta, "spec": {"containers": [container]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "echonet", "restartCount": 1, "ready": true, "state": state}]}});
    let event = json!({"kind": "Event", "involvedObject": {"kind": "Pod", "name": "echonet"}, "reason": "Failed", "message": lines,
        "lastTimestamp": "2026-01-02T03:04:05Z"});
    let list = |kind: &str, items: Value| json!({"kind": kind, "apiVersion": "v1", "items": items}).to_string();
    let headers: Vec<Value> = texts.iter().map(|it| json!(["X-Note", it])).collect();
    let mut files = vec![
        ("report.json".to_owned(), json!({"note": all, "last_error": lines, "list": texts, "names": names}).to_string()),
        ("report.txt".to_owned(), lines.clone()),
        (
            "pvc/report_snapshot_20261122T083832Z.log".to_owned(),
            format!("=== Gateway errors (hash -> response) ===\n0x7: {{'response': '{all}'}}\n{lines}"),
        ),
        ("pvc/report_reverts_20261122T083832Z.log".to_owned(), lines.clone()),
        ("http/get_starknet_version.txt".to_owned(), all.clone()),
        ("http/echonet_get_block_7.json".to_owned(), json!({"code": "StarkErrorCode.MALFORMED_REQUEST", "message": all}).to_string()),
        ("http_index.json".to_owned(), json!({"get_block_7": {"status": 500, "headers": headers, "body": lines}}).to_string()),
        ("mainnet/get_block_7.json".to_owned(), format!("<html><body>{all}</body></html>")),
        ("k8s/pods.json".to_owned(), list("PodList", json!([pod]))),
        (
            "k8s/configmaps.json".to_owned(),
            list("ConfigMapList", json!([{"kind": "ConfigMap", "metadata": meta, "data": {"config": lines}}])),
        ),
        ("k8s/events.json".to_owned(), list("EventList", json!([event]))),
        ("kubeconfig".to_owned(), format!("apiVersion: v1\nkind: Config\nusers:\n- name: u\n  user:\n    token: [{}, b\n", texts[0])),
    ];
    files.extend(in_every_form(&texts).into_iter().map(|(name, text)| (format!("logs/{name}.log"), text)));
    let in_names = texts.iter().filter(|it| !it.contains('/')).map(|it| (format!("more/{it}.json"), "{".to_owned()));
    files.extend(in_names);
    for (name, text) in files {
        let path = saved.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        std::fs::write(path, text).expect("a file");
    }
}

#[test]
fn a_secret_of_any_form_in_any_saved_file_or_its_name_is_in_no_output_of_any_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = tempfile::tempdir().expect("a folder");
    let saved = inputs.path().join("saved");
    saved_with_secrets_everywhere(&saved);
    let saved = saved.to_str().expect("UTF-8");
    let clone = Repository::new();
    clone.commit("a.py", &EVERY[0].text, &EVERY.iter().map(|it| format!("{}\n", it.text)).collect::<String>());
    clone.git(&["remote", "add", "origin", &format!("https://user:{}@example.org/a.git", EVERY[0].text)]);
    let clone = clone.path().to_str().expect("UTF-8").to_owned();
    let kubeconfig = format!("{saved}/kubeconfig");
    let formats = whysync::render::FORMATS.iter().map(|it| it.name).collect::<Vec<_>>().join(",");
    let import = ["import", saved, "-o", "b.json"];
    let commands: [&[&str]; 12] = [
        &import,
        &["import", &kubeconfig, "-o", "k.json"],
        &["diagnose", saved, "--full"],
        &["diagnose", "b.json", "--format", &formats, "-o", "out"],
        &["explain", "alchemy-429-l1-handler-drop", "b.json"],
        &["explain", "--why-not", "b.json"],
        &["compare", "b.json", saved, "--format", "json"],
        &["deployed", "b.json", "--repo", &clone],
        &["bundle", "show", "b.json", "--limit", "100000"],
        &["bundle", "show", "b.json", "--log", "."],
        &["bundle", "show", "b.json", "--log", "("],
        &["bundle", "redact", "b.json", "-o", "r.json.zst"],
    ];
    for command in commands {
        let run = program(command).current_dir(folder.path()).env("KUBECONFIG", &kubeconfig).output();
        let run = run.expect("it runs");
        let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(!said.contains("panicked"), "{command:?}: {said}");
        // What is no evidence and what is not a pattern is refused; all else is answered.
        let is_refused = matches!(run.status.code(), Some(2 | 4));
        assert_eq!(is_refused, command.contains(&"k.json") || command.contains(&"("), "{command:?}: {:?} {said}", run.status.code());
        assert_eq!(left(&said), None, "{command:?}");
    }
    let mut outputs = Vec::new();
    files(folder.path(), &mut outputs);
    for path in &outputs {
        let bytes = std::fs::read(path).expect("a file");
        let bytes = if path.extension().is_some_and(|it| it == "zst") { zstd::decode_all(bytes.as_slice()).expect("zstd") } else { bytes };
        assert_eq!(left(&String::from_utf8_lossy(&bytes)), None, "{}", path.display());
    }
    let bundle = std::fs::read_to_string(folder.path().join("b.json")).expect("a bundle");
    assert!(EVERY.len() < bundle.matches("«redacted:").count() && 8 < outputs.len(), "what was planted came through: {outputs:?}");
}
