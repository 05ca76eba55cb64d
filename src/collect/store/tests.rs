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
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(200).render_report(&mut out, err).expect("a string");
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
fn numbers_at_the_edge_of_their_type_end_in_a_word_or_are_kept() {
    let none = json!("not_asked");
    let mut last = document();
    last["episodes"] = json!([{"number": u32::MAX, "report": none, "snapshot": none, "archive": none, "ours": {}}]);
    // The epoch that still runs has the next number, which panicked.
    check(last.to_string().as_bytes(), &["the number 4294967295", "numbered from 1"]);

    let mut full = document();
    let line = |text: &str| json!({"stream": "stderr", "pod": "echonet-0", "text": text});
    let begins = format!("-----BEGIN {}", "EC PRIVATE KEY-----");
    let key = [begins.as_str(), "MHcCAQEEIBZ9Xc0aJwq3UqkFhN5m0vQ7s1oYt8Rr2bLxPz4gWn6uoAoGCCqGSM49"].map(line);
    let source = json!({"asked": "the log", "bytes": u64::MAX});
    full["logs"]["echonet"] =
        json!({"observed": {"value": {"lines": key}, "coverage": {"extent": "complete", "redacted": u64::MAX}, "source": source}});
    // One secret more than can be counted.
    let bundle = load_from(full.to_string().as_bytes(), "b.json").expect("a bundle");
    let log = bundle.logs.echonet.as_observed().expect("a log");
    assert!(log.value.lines.iter().any(|it| it.text.contains("redacted:private-key")), "{:?}", log.value.lines);
    assert_eq!(log.coverage.redacted, u64::MAX);
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
