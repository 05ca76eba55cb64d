//! `bundle redact`: a bundle from before a pattern was known is redacted again.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use whysync::simulate::{Scenario, simulate};

const KEY: &str = "CANARY0123456789abcdefCANARY";

fn redact(folder: &Path, from: &str, to: &str) -> Output {
    let mut command = crate::program::program(&[]);
    command.args(["bundle", "redact", from, "-o", to]).current_dir(folder).output().expect("it runs")
}

/// A bundle as it was written when nobody masked these: in log lines, in a snapshot, in the payload's own fields, and in words on failures.
fn old() -> Value {
    let bundle = simulate("alchemy-429-l1-handler-drop".parse::<Scenario>().expect("a scenario"), 1).bundle;
    let mut old = serde_json::to_value(&bundle).expect("JSON");
    let lines = old["logs"]["echonet"]["observed"]["value"]["lines"].as_array_mut().expect("lines");
    for text in [
        format!("429 Client Error for url: https://eth-mainnet.g.alchemy.com/v2/{KEY}"),
        format!("Max retries exceeded with url: /v2/{KEY} (Caused by x)"),
        "Authorization: Bearer CANARYbearer0123456789".to_owned(),
    ] {
        lines.push(json!({"text": text}));
    }
    let last = old["episodes"].as_array_mut().and_then(|it| it.last_mut()).expect("an episode");
    last["snapshot"]["observed"]["value"]["gateway_errors"] = json!([format!("0x1: {{'response': 'https://x.quiknode.pro/{KEY}'}}")]);
    old["report"]["observed"]["value"]["slack_webhook_url"] = "CANARYhook0123456789".into();
    old["deployment"]["config_maps"] = json!({"failed": {"asked": "GET configmaps (names)", "reason": "password=CANARYpass"}});
    old
}

/// The tokens in a text.
fn tokens(text: &str) -> Vec<&str> {
    text.split('«').skip(1).filter_map(|it| it.split_once('»')).map(|(it, _)| it).filter(|it| it.starts_with("redacted:")).collect()
}

/// The document without what the test planted, to compare what should not change.
fn untouched(mut document: Value) -> Value {
    let lines = document["logs"]["echonet"]["observed"]["value"]["lines"].as_array_mut().expect("lines");
    lines.truncate(lines.len() - 3);
    document["logs"]["echonet"]["observed"]["coverage"] = Value::Null;
    let last = document["episodes"].as_array_mut().and_then(|it| it.last_mut()).expect("an episode");
    last["snapshot"]["observed"]["value"]["gateway_errors"] = Value::Null;
    document["report"]["observed"]["value"]["slack_webhook_url"] = Value::Null;
    document["deployment"]["config_maps"] = Value::Null;
    document
}

#[test]
fn an_old_bundle_loses_its_secrets_and_nothing_else_and_equal_secrets_stay_equal() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = old();
    std::fs::write(folder.path().join("old.json"), old.to_string()).expect("written");
    for (from, to) in [("old.json", "new.json"), ("new.json", "again.json"), ("old.json", "new.json.zst"), ("old.json", "old.json")] {
        let output = redact(folder.path(), from, to);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.contains("CANARY")), (Some(0), false), "{from} {to}: {said}");
    }
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("a file");
    let new = String::from_utf8(read("new.json")).expect("UTF-8");
    assert_eq!(read("again.json"), new.as_bytes(), "what is redacted stays as it is");
    assert_eq!(read("old.json"), new.as_bytes(), "in its own place too");
    assert_eq!(zstd::decode_all(read("new.json.zst").as_slice()).expect("zstd"), new.as_bytes());
    assert!(!new.contains("CANARY"), "{}", &new[new.find("CANARY").unwrap_or(0)..][..80]);
    let text = old.to_string();
    let before = tokens(&text);
    let keys: Vec<&str> = tokens(&new).into_iter().filter(|it| it.starts_with("redacted:url-key:") && !before.contains(it)).collect();
    assert!(keys.len() == 3 && keys.iter().all(|it| *it == keys[0]), "one key under three URLs is one token: {keys:?}");
    assert_eq!(tokens(&new).len(), before.len() + 6, "{:?}", tokens(&new));
    // Hashes, addresses and everything else.
    assert_eq!(untouched(serde_json::from_str(&new).expect("JSON")), untouched(old));
}

#[test]
fn what_cannot_be_scanned_is_not_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = old().to_string();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("cut.json", whole.as_bytes()[..whole.len() / 2].to_vec(), "cut short"),
        ("bytes.json", [whole.as_bytes(), b"\xff\xfe"].concat(), "UTF-8"),
        ("other.json", br#"{"schema":"whysync.bundle/v9","note":"CANARY"}"#.to_vec(), "whysync.bundle/v9"),
        ("packed.json.zst", zstd::encode_all(whole.as_bytes(), 1).expect("zstd")[..200].to_vec(), "packed.json.zst"),
    ];
    for (name, content, reason) in cases {
        std::fs::write(folder.path().join(name), &content).expect("written");
        std::fs::write(folder.path().join("out.json"), "before").expect("written");
        for to in ["out.json", "none.json", name] {
            let output = redact(folder.path(), name, to);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(4), "{name}: {said}");
            assert!(said.contains(reason) && !said.contains("CANARY"), "{name}: {said}");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("out.json")).expect("a file"), "before");
        assert!(!folder.path().join("none.json").exists(), "{name}");
        assert_eq!(std::fs::read(folder.path().join(name)).expect("a file"), content, "{name} is as it was");
    }
}

#[test]
fn a_block_that_was_put_under_another_height_is_no_evidence_of_that_height() {
    let bundle = simulate("state-diff-only".parse::<Scenario>().expect("a scenario"), 1).bundle;
    let mut edited = serde_json::to_value(&bundle).expect("JSON");
    let theirs = edited["theirs"].as_object_mut().expect("mainnet's blocks");
    let heights: Vec<String> = theirs.keys().take(2).cloned().collect();
    let [first, second] = heights.as_slice() else { panic!("two blocks") };
    let [one, other] = [first, second].map(|it| theirs[it].clone());
    theirs.insert(first.clone(), other);
    theirs.insert(second.clone(), one);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("b.json"), edited.to_string()).expect("written");
    let output = crate::program::program(&["bundle", "show", "b.json"]).current_dir(folder.path()).output().expect("it runs");
    let text = crate::program::text(&output.stdout);
    for (height, stated) in [(first, second), (second, first)] {
        let reason = format!("could not be read: it states that it is of block {stated}, and stands under block {height}");
        let line = text.lines().find(|it| it.trim_start().starts_with(&format!("block {height} ")) && it.contains(&reason));
        assert!(line.is_some(), "{reason}\n{text}");
    }
}
