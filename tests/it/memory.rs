//! Memory is bounded by what was given: what would take more ends with a word of it, and what is let pass keeps to the bound.

use std::path::Path;

use crate::program::{check, program, text};

/// A bundle whose report holds something that nobody knows.
fn bundle_with(unknown: &str) -> String {
    let none = "\"not_asked\"";
    let report = r#"{"sent_tx_hashes":{},"revert_errors_mainnet":{},"revert_errors_echonet":{},"gateway_errors":{},"resync_causes":{},
        "certain_failures":{},"start_block":1,"initial_start_block":1,"current_start_block":1,"current_block":1,"x":"#;
    format!(
        r#"{{"schema":"whysync.bundle/v1","incident":{{"origin":"imported"}},"report":{{"observed":{{"value":{report}{unknown}}},
        "coverage":{{"extent":"complete"}},"source":{{"asked":"x","bytes":1}}}}}},"episodes":[],"theirs":{{}},"after_resync":{{}},
        "logs":{{"echonet":{none},"sequencer":{none}}},"deployment":{{"pods":{none},"config_maps":{none}}}}}"#
    )
}

/// Shapes of many small values, each a piece that is repeated in a list.
const PIECES: [&str; 7] = ["[],", "0,", "\"\",", "{\"a\":0},", "[[[[[[0]]]]]],", "{\"a\":0,\"a\":0,\"b\":[]},", "1.5,null,true,"];

#[test]
fn a_small_file_that_takes_much_memory_is_refused_and_the_word_says_how_to_allow_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.json.zst");
    let path = path.to_str().expect("UTF-8");
    let bomb = bundle_with(&format!("[{}0]", "[],".repeat(2_000_000)));
    std::fs::write(path, zstd::encode_all(bomb.as_bytes(), 3).expect("compressed")).expect("written");
    for command in [["bundle", "show"].as_slice(), &["diagnose"]] {
        let (output, peak) = measured(&[command, &["--memory", "64MiB", path]].concat());
        check("a bomb", &output, 4, &["would take more than 64 MiB of memory", "--memory"]);
        assert!(peak < BASE + 3 * (bomb.len() as u64 / 1024) + 64 * 1024, "{peak} KiB");
    }
    let output = program(&["bundle", "show", "--memory", "512MiB", path]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn among_other_files_a_document_that_takes_much_memory_counts_as_unread_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = bundle_with(&format!("[{}0]", "{\"a\":0},".repeat(200_000)));
    let value = report.split_once("\"value\":").and_then(|it| it.1.split_once(",\n        \"coverage\"")).expect("a report").0;
    std::fs::write(folder.path().join("report.json"), value).expect("written");
    let bundle = folder.path().join("b.json");
    let (given, bundle) = (folder.path().to_str().expect("UTF-8"), bundle.to_str().expect("UTF-8"));
    let run = |memory: &str| program(&["import", given, "-o", bundle, "--memory", memory]).output().expect("it runs");
    let output = run("64MiB");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = std::fs::read_to_string(bundle).expect("a bundle");
    assert!(written.contains("report.json is not read: its structure would take more than 64 MiB of memory"), "{written:.2000}");
    std::fs::remove_file(bundle).expect("removed");
    run("512MiB");
    assert!(!std::fs::read_to_string(bundle).expect("a bundle").contains("would take more"));
}

/// What the program takes for itself, in KiB.
const BASE: u64 = 80 * 1024;

#[test]
fn what_is_let_pass_takes_no_more_than_is_allowed() {
    const ALLOWED: u64 = 128;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.json");
    for piece in PIECES {
        // As often as it is let pass, by halves.
        let is_let_pass = |count: usize| {
            std::fs::write(&path, bundle_with(&format!("[{}0]", piece.repeat(count)))).expect("written");
            let (output, peak) = measured(&["bundle", "show", "--memory", &format!("{ALLOWED}MiB"), path.to_str().expect("UTF-8")]);
            (output.status.code() == Some(0)).then_some((peak, size(&path)))
        };
        let (mut count, mut heaviest) = (1 << 20, None);
        for step in (14..20).rev() {
            let passed = is_let_pass(count);
            heaviest = heaviest.max(passed);
            count = if passed.is_some() { count + (1 << step) } else { count - (1 << step) };
        }
        let (peak, size) = heaviest.expect("some are let pass");
        assert!(peak < BASE + 7 * size / 1024 + ALLOWED * 1024, "{piece}: {peak} KiB for {size} bytes");
    }
}

#[test]
fn a_bundle_with_a_long_log_is_read_by_the_limits_under_which_it_was_written() {
    const LINES: usize = 200_000;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("b.json");
    let none = "\"echonet\":\"not_asked\"";
    for line in [
        "{\"text\":\"\"}",
        "{\"text\":\"a\",\"pod\":\"b\"}",
        "{\"text\":\"[INFO] [echonet.echo_center] Block 7: block hash MATCH with mainnet: 0x7\"}",
    ] {
        let log = format!(
            "\"echonet\":{{\"observed\":{{\"value\":{{\"lines\":[{}]}},\"coverage\":{{\"extent\":\"complete\"}},\"source\":{{\"asked\":\"x\",\"bytes\":1}}}}}}",
            vec![line; LINES].join(",")
        );
        std::fs::write(&path, bundle_with("0").replace(none, &log)).expect("written");
        let (output, peak) = measured(&["bundle", "show", "--memory", "64MiB", path.to_str().expect("UTF-8")]);
        check(line, &output, 0, &[]);
        assert!(text(&output.stdout).contains(&LINES.to_string()), "{}", text(&output.stdout));
        assert!(peak < BASE + 7 * size(&path) / 1024 + 64 * 1024, "{line}: {peak} KiB for {} bytes", size(&path));
    }
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).expect("a file").len()
}

/// Runs the program and looks how much memory it held at most, in KiB.
fn measured(arguments: &[&str]) -> (std::process::Output, u64) {
    use std::process::Stdio;

    let mut child = program(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    // What it prints is short enough for a pipe.
    while child.try_wait().expect("a child").is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|it| it.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(mark.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    (child.wait_with_output().expect("it ended"), peak)
}

#[test]
fn a_test_of_a_rule_that_makes_much_of_little_fails_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/cascade/parent-hash-cascade.yaml");
    let rule = crate::command::replacing(&std::fs::read_to_string(root).expect("a rule"));
    std::fs::write(folder.path().join("parent-hash-cascade.yaml"), rule).expect("a copy");
    const MISS: &str =
        r#"json_patch: [{op: replace, path: "/episodes/0/ours/{next}/block/observed/value/receipt_commitment", value: "0x1"}]"#;
    // Twice as much each time.
    let growing = [
        "{replace_in_log: {find: '(?s).+', with: '$0$0'}}",
        "{json_patch: [{op: copy, from: /report/observed/value/sent_tx_hashes, path: /report/observed/value/x}, \
          {op: copy, from: /report/observed/value, path: /report/observed/value/sent_tx_hashes}]}",
    ];
    for change in growing {
        let patch = format!("      - {change}\n").repeat(40);
        let tests = format!(
            "schema: whysync.rule-test/v1\nrule: parent-hash-cascade\nbase: {{simulate: {{scenario: parent-hash-cascade, seed: 1}}}}\ncases:\n  \
             - name: it grows\n    patch:\n{patch}    expect: {{holds: yes}}\n  - name: a near miss\n    patch:\n      - {MISS}\n    expect: {{holds: no}}\n"
        );
        std::fs::write(folder.path().join("parent-hash-cascade.test.yaml"), tests).expect("written");
        let (output, peak) = measured(&["rules", "test", "parent-hash-cascade", "--rules", folder.path().to_str().expect("UTF-8")]);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{said:.2000}");
        assert!(said.contains("the change adds more than 64 MiB to the evidence"), "{said:.2000}");
        assert!(peak < 1024 * 1024, "{peak} KiB");
    }
}
