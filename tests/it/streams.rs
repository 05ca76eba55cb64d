//! Where output goes and what becomes of it: full devices, closed pipes, folders that are not there, signals, names that act on a terminal.

use std::fs::{File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::intake::tarball;
use crate::program::{check, fed, program, skipped, text, whysync};

/// What no file name and no reason may bring to a terminal.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;pwn\u{7}\u{202e}";

fn acts(text: &str) -> bool {
    text.contains(|it: char| (it.is_control() && it != '\n') || it == '\u{202e}')
}

fn simulated(folder: &Path, name: &str) -> String {
    let path = folder.join(name).to_string_lossy().into_owned();
    check("a bundle", &whysync(&["simulate", "alchemy-429-l1-handler-drop", "--seed", "9", "-o", &path]), 0, &[]);
    path
}

/// Every command that prints data, as people call it on this bundle.
fn printing(bundle: &str) -> Vec<Vec<&str>> {
    const RULE: &str = "alchemy-429-l1-handler-drop";
    vec![
        vec!["--help"],
        vec!["--version"],
        vec!["diagnose", bundle],
        vec!["diagnose", bundle, "--format", "json"],
        vec!["diagnose", bundle, "--brief"],
        vec!["collect", "--namespace", "echonet-a", "--dry-run"],
        vec!["collect", "--namespace", "echonet-a", "--block", "7", "--by-hand"],
        vec!["investigate", "--namespace", "echonet-a", "--dry-run"],
        vec!["episodes", "--namespace", "echonet-a", "--dry-run"],
        vec!["rbac", "--namespace", "echonet-a"],
        vec!["rules", "list"],
        vec!["rules", "show", RULE],
        vec!["rules", "show", RULE, "--format", "markdown"],
        vec!["rules", "check", "--format", "json"],
        vec!["rules", "test", RULE],
        vec!["bundle", "show", bundle],
        vec!["bundle", "episodes", bundle],
        vec!["bundle", "episodes", bundle, "--format", "json"],
        vec!["deployed", bundle],
        vec!["explain", RULE, bundle],
        vec!["explain", "--why-not", bundle],
        vec!["compare", bundle, bundle],
        vec!["simulate", "list"],
        vec!["simulate", "no-divergence"],
        vec!["evaluate", "--population", "1"],
        vec!["schema", "bundle"],
        vec!["schema", "paths"],
        vec!["limits"],
        vec!["completions", "bash"],
    ]
}

/// The commands of a help text.
fn commands(arguments: &[&str]) -> Vec<String> {
    let help = text(&whysync(&[arguments, &["--help"]].concat()).stdout);
    let listed = help.lines().skip_while(|it| *it != "Commands:").skip(1).take_while(|it| !it.is_empty());
    let names = listed.filter(|it| it.starts_with("  ") && !it.starts_with("   ")).filter_map(|it| it.split_whitespace().next());
    names.filter(|it| *it != "help").map(str::to_owned).collect()
}

#[test]
fn what_a_full_device_does_not_take_is_told_by_the_exit_code_of_every_command_that_prints() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let printing = printing(&bundle);
    for arguments in &printing {
        let mut command = program(arguments);
        let full = File::options().write(true).open("/dev/full").expect("the device");
        let output = command.stdout(full).stderr(Stdio::piped()).output().expect("it runs");
        let name = arguments.join(" ");
        check(&name, &output, 4, &["cannot write to standard output", "No space left on device"]);
    }
    // What is not there says nothing on standard output, but writes files.
    let silent = ["import", "bundle minimize", "bundle lineage", "bundle redact", "rules new", "man"];
    for command in commands(&[]) {
        let parts = commands(&[&command]);
        let all = if parts.is_empty() { vec![command] } else { parts.iter().map(|it| format!("{command} {it}")).collect() };
        for name in all {
            let is_printing = printing.iter().any(|it| format!("{} ", it.join(" ")).starts_with(&format!("{name} ")));
            assert!(is_printing != silent.contains(&name.as_str()), "does `{name}` print?");
        }
    }
}

#[test]
fn a_reader_that_wants_no_more_is_no_fault() {
    for arguments in [["schema", "bundle"], ["schema", "paths"], ["simulate", "no-divergence"]] {
        let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        check(&arguments.join(" "), &output, 0, &[]);
    }
}

#[test]
fn standard_error_that_takes_no_words_loses_no_file() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    std::fs::create_dir(folder.path().join("saved")).expect("a folder");
    std::fs::write(folder.path().join("saved/version.txt"), "0.14.3\n").expect("a file");
    let saved = folder.path().join("saved").to_string_lossy().into_owned();
    let minimized = ["bundle", "minimize", &bundle, "--rule", "alchemy-429-l1-handler-drop", "-o"];
    for arguments in [vec!["import", &saved, "-o"], minimized.to_vec(), vec!["diagnose", &saved, "-o"]] {
        for closed in ["full", "pipe"] {
            let target = folder.path().join("out");
            let mut command = program(&arguments);
            command.arg(&target).stdout(Stdio::null());
            let status = if closed == "full" {
                command.stderr(File::options().write(true).open("/dev/full").expect("the device")).status().expect("it runs")
            } else {
                let mut child = command.stderr(Stdio::piped()).spawn().expect("it runs");
                drop(child.stderr.take());
                child.wait().expect("it ends")
            };
            let code = if arguments[0] == "diagnose" { 3 } else { 0 };
            assert_eq!(status.code(), Some(code), "{arguments:?} {closed}");
            assert!(std::fs::metadata(&target).is_ok_and(|it| 0 < it.len()), "{arguments:?} {closed}: nothing was written");
            std::fs::remove_file(&target).expect("a file");
        }
    }
}

#[test]
fn standard_error_that_takes_no_words_changes_no_answer_of_any_command_that_prints() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    for arguments in printing(&bundle) {
        // A population takes its time, and says nothing besides.
        if arguments.first() == Some(&"evaluate") {
            continue;
        }
        let usual = program(&arguments).output().expect("it runs");
        let full = File::options().write(true).open("/dev/full").expect("the device");
        let silent = program(&arguments).stderr(full).stdout(Stdio::piped()).output().expect("it runs");
        assert_eq!((silent.status.code(), silent.stdout == usual.stdout), (usual.status.code(), true), "{arguments:?}");
    }
}

#[test]
fn a_file_that_takes_nothing_is_told_by_the_exit_code_of_every_command_that_writes_one() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).expect("a folder");
    std::fs::write(saved.join("version.txt"), "0.14.3\n").expect("a file");
    let saved = saved.to_string_lossy().into_owned();
    let rule = "alchemy-429-l1-handler-drop";
    let cases: [&[&str]; 6] = [
        &["import", &saved, "-o"],
        &["diagnose", &bundle, "-o"],
        &["simulate", "no-divergence", "-o"],
        &["bundle", "redact", &bundle, "-o"],
        &["bundle", "minimize", &bundle, "--rule", rule, "-o"],
        &["rules", "test", rule, "--junit"],
    ];
    for arguments in cases {
        let output = program(arguments).arg("/dev/full").output().expect("it runs");
        check(&arguments.join(" "), &output, 4, &["cannot write", "/dev/full", "No space left on device"]);
    }
    assert_eq!(names(folder.path()), ["b.json", "saved"]);
}

#[test]
fn a_folder_that_takes_no_files_is_named_and_what_is_in_it_stays() {
    const NOBODY: u32 = 65_534;
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let closed = folder.path().join("closed");
    std::fs::create_dir(&closed).expect("a folder");
    std::fs::write(closed.join("out"), "before").expect("a file");
    for (path, mode) in [(folder.path().to_owned(), 0o777), (closed.join("out"), 0o666), (closed.clone(), 0o555)] {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }
    // Root may write anywhere: then nobody runs it.
    let is_root = std::fs::remove_file(closed.join("out")).is_ok();
    if is_root {
        std::fs::write(closed.join("out"), "before").expect("a file");
        std::fs::set_permissions(closed.join("out"), Permissions::from_mode(0o666)).expect("a mode");
    }
    let kubeconfig = folder.path().join("kubeconfig");
    let nobody_there = "{apiVersion: v1, kind: Config, current-context: none, contexts: [{name: none, context: {cluster: c, user: u}}],
        clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}], users: [{name: u, user: {}}]}";
    std::fs::write(&kubeconfig, nobody_there).expect("a file");
    std::fs::set_permissions(&kubeconfig, Permissions::from_mode(0o644)).expect("a mode");
    let rule = "alchemy-429-l1-handler-drop";
    let cluster = ["--namespace", "echonet-a", "--context", "none"];
    let cases: Vec<Vec<&str>> = vec![
        vec!["import", &bundle, "-o"],
        vec!["diagnose", &bundle, "-o"],
        vec!["diagnose", &bundle, "--format", "html,markdown", "-o"],
        vec!["simulate", "no-divergence", "-o"],
        vec!["bundle", "redact", &bundle, "-o"],
        vec!["bundle", "minimize", &bundle, "--rule", rule, "-o"],
        vec!["rules", "test", rule, "--junit"],
        vec!["man"],
        [&["collect"], cluster.as_slice(), &["-o"]].concat(),
        [&["collect"], cluster.as_slice(), &["--audit"]].concat(),
        [&["collect"], cluster.as_slice(), &["--record"]].concat(),
    ];
    for arguments in cases {
        // Requests are noted in the place as they are made, so that a file which anybody may write to will do.
        let names: &[&str] = if arguments.last() == Some(&"--audit") { &["new"] } else { &["out", "new"] };
        for name in names.iter().copied() {
            let mut command = program(&arguments);
            command.arg(closed.join(name)).env("KUBECONFIG", &kubeconfig).env("COLUMNS", "300").current_dir(folder.path());
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            let output = match command.output() {
                Err(err) if is_root && err.kind() == ErrorKind::PermissionDenied => {
                    skipped("a folder that takes no files: nobody but root may run the program where it lies");
                    return;
                }
                output => output.expect("it runs"),
            };
            // Pages of a manual and recordings go into a folder, and a file has its name.
            let why = match (arguments.last(), name) {
                (Some(&"man"), "out") => "File exists",
                (Some(&"--record"), "out") => "not an empty folder",
                _ => "Permission denied",
            };
            check(&format!("{} {name}", arguments.join(" ")), &output, 4, &[&closed.to_string_lossy(), why]);
        }
    }
    assert_eq!(
        (names(&closed), std::fs::read_to_string(closed.join("out")).expect("a file")),
        (vec!["out".to_owned()], "before".to_owned())
    );
    assert_eq!(names(folder.path()), ["b.json", "closed", "kubeconfig"]);
}

#[test]
fn of_several_writers_of_one_file_each_leaves_it_whole() {
    let folder = TempDir::new().expect("a folder");
    let target = folder.path().join("b.json");
    let write = |seed: &str| program(&["simulate", "no-divergence", "--seed", seed, "-o"]).arg(&target).spawn().expect("it runs");
    let writers: Vec<Child> = ["1", "2", "3", "4"].map(write).into();
    for mut writer in writers {
        assert_eq!(writer.wait().expect("it ends").code(), Some(0));
    }
    assert_eq!(names(folder.path()), ["b.json"]);
    check("it is whole", &whysync(&["bundle", "show", target.to_str().expect("UTF-8")]), 0, &[]);
}

#[test]
fn a_compressed_bundle_of_which_a_byte_was_changed_is_refused_or_the_same() {
    let folder = TempDir::new().expect("a folder");
    let path = PathBuf::from(simulated(folder.path(), "b.json.zst"));
    let load = || whysync::collect::store::load(&whysync::collect::store::Input::File(path.clone()));
    let (whole, written) = (load().expect("a bundle"), std::fs::read(&path).expect("bytes"));
    let mut refused = 0;
    for place in (4..written.len()).step_by(written.len() / 40) {
        let mut changed = written.clone();
        changed[place] ^= 1;
        std::fs::write(&path, changed).expect("written");
        match load() {
            Ok(loaded) => assert!(loaded == whole, "byte {place}"),
            Err(_) => refused += 1,
        }
    }
    assert!(30 < refused, "{refused}");
}

#[test]
fn an_output_that_cannot_be_written_is_found_before_anything_else_is_done() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let missing = folder.path().join("missing/out").to_string_lossy().into_owned();
    // Each would fail in another way if it began: there is no such cluster, clone, evidence or rule file.
    let nowhere = "/nowhere/at/all";
    let cluster = ["--namespace", "echonet-a", "--context", "none"];
    let cases: Vec<Vec<&str>> = vec![
        [&["collect"], cluster.as_slice(), &["-o"]].concat(),
        [&["investigate"], cluster.as_slice(), &["--bundle"]].concat(),
        [&["investigate"], cluster.as_slice(), &["-o"]].concat(),
        vec!["import", nowhere, "-o"],
        vec!["diagnose", nowhere, "-o"],
        vec!["diagnose", nowhere, "--format", "html,markdown", "-o"],
        vec!["bundle", "redact", nowhere, "-o"],
        vec!["bundle", "minimize", nowhere, "--rule", "alchemy-429-l1-handler-drop", "-o"],
        vec!["bundle", "lineage", &bundle, "--repo", nowhere, "-o"],
        vec!["rules", "check", "--repo", nowhere, "--write-catalogue"],
        vec!["rules", "test", "--junit"],
    ];
    for arguments in cases {
        let output = program(&arguments).arg(&missing).env("KUBECONFIG", nowhere).env("COLUMNS", "300").output().expect("it runs");
        check(&arguments.join(" "), &output, 4, &["cannot write", &missing]);
        assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output.stdout));
    }
    assert_eq!(names(folder.path()), ["b.json"]);
}

#[test]
fn nothing_that_others_named_acts_on_a_terminal() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let saved = path("saved");
    std::fs::create_dir(&saved).expect("a folder");
    std::fs::write(format!("{saved}/{HOSTILE}.json"), "{\"a\": 1").expect("a file");
    std::fs::write(format!("{saved}/version.txt"), "0.14.3\n").expect("a file");
    let rules = path("rules");
    std::fs::create_dir(&rules).expect("a folder");
    std::fs::write(format!("{rules}/{HOSTILE}.yaml"), "schema: nothing\n").expect("a file");
    std::fs::write(path(HOSTILE), "{\"schema\": ").expect("a file");
    let (hostile, missing) = (path(HOSTILE), path(&format!("missing{HOSTILE}")));
    let mut cases: Vec<(Vec<&str>, &str)> = vec![
        (vec!["diagnose", &hostile], "\\x1b[2J"),
        (vec!["diagnose", &missing], "\\x1b[2J"),
        (vec!["diagnose", &saved], "\\x1b[2J"),
        (vec!["diagnose", &saved, "--full"], "\\x1b[2J"),
        (vec!["import", &saved, "-o", &missing], "\\x1b[2J"),
        (vec!["rules", "check", "--rules", &rules], "\\x1b[2J"),
        (vec!["rules", "list", "--rules", &missing], "\\x1b[2J"),
        (vec!["diagnose", "--format", HOSTILE, &bundle], "'\\u{202e}'"),
        (vec!["explain", HOSTILE, &bundle], "\\x1b[2J"),
        (vec!["compare", &bundle, &missing], "\\x1b[2J"),
        (vec!["rules", "test", HOSTILE], "\\x1b[2J"),
    ];
    // What failed keeps the words of whoever refused it.
    let mut failed: Value = serde_json::from_str(&std::fs::read_to_string(&bundle).expect("a bundle")).expect("JSON");
    let failure = json!({"failed": {"asked": "GET", "reason": format!("HTTP 502: {HOSTILE}")}});
    for place in ["/logs/echonet", "/logs/sequencer", "/deployment/pods", "/deployment/config_maps", "/report", "/episodes/0/snapshot"] {
        *failed.pointer_mut(place).expect(place) = failure.clone();
    }
    let failed_path = path("failed.json");
    std::fs::write(&failed_path, failed.to_string()).expect("a bundle");
    let (case, shown) = (failed_path.as_str(), "\\x1b]0;pwn");
    cases.extend([
        (vec!["diagnose", case], shown),
        (vec!["diagnose", case, "--full"], shown),
        (vec!["explain", "alchemy-429-l1-handler-drop", case], shown),
        (vec!["explain", "--why-not", case], shown),
        (vec!["bundle", "show", case], shown),
        (vec!["bundle", "episodes", case], ""),
        (vec!["deployed", case], ""),
        (vec!["compare", case, case], ""),
    ]);
    let captured = crate::captures::folder("cases").map(|it| it.join("hostile/escape-in-reason.json").to_string_lossy().into_owned());
    cases.extend(captured.iter().map(|it| (vec!["diagnose", it], "")));
    for (arguments, words) in cases {
        let output = program(&arguments).env("COLUMNS", "400").output().expect("it runs");
        let [out, err] = [&output.stdout, &output.stderr].map(|it| text(it));
        assert!(!acts(&out) && !acts(&err), "{arguments:?}: {out:?} {err:?}");
        assert!(out.contains(words) || err.contains(words), "{arguments:?}: `{words}` is not shown\n{out}{err}");
    }
}

#[test]
fn a_signal_ends_the_program_at_once_and_leaves_no_file_that_is_not_whole() {
    for (signal, number) in [("INT", 2), ("TERM", 15)] {
        let mut waiting =
            program(&["diagnose", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        std::thread::sleep(Duration::from_millis(300));
        // Held to its end, or that would be the end of the input as well.
        let _input = waiting.stdin.take();
        send(signal, &waiting);
        assert_eq!(waiting.wait().expect("it ends").signal(), Some(number), "while it waits for input");
        for round in 0..4 {
            let folder = TempDir::new().expect("a folder");
            let mut writing = program(&["simulate", "--population", "500", "-o"]).arg(folder.path()).spawn().expect("it runs");
            while names(folder.path()).iter().filter(|it| !it.starts_with('.')).count() < 1 + round {
                std::thread::sleep(Duration::from_millis(5));
            }
            send(signal, &writing);
            assert_eq!(writing.wait().expect("it ends").signal(), Some(number), "while it writes");
            let left: Vec<String> = names(folder.path()).into_iter().filter(|it| it.starts_with('.')).collect();
            assert_eq!(left, Vec::<String>::new(), "SIG{signal}");
        }
    }
}

/// Every command, with what others may have named in the place of whatever it takes.
#[test]
fn no_error_of_any_command_acts_on_a_terminal() {
    let folder = TempDir::new().expect("a folder");
    let missing = folder.path().join(format!("missing{HOSTILE}")).to_string_lossy().into_owned();
    let mut tried = 0;
    for command in commands(&[]) {
        let parts = commands(&[&command]);
        let all: Vec<Vec<&str>> = match parts.as_slice() {
            [] => vec![vec![command.as_str()]],
            parts => parts.iter().map(|it| vec![command.as_str(), it.as_str()]).collect(),
        };
        for name in all {
            for more in [
                &[missing.as_str()][..],
                &[&missing, &missing],
                &["--rules", &missing],
                &["--redact", &missing],
                &["--namespace", &missing, "--dry-run"],
                &["--namespace", "echonet-a", "--replay", &missing, "-o", &missing],
                &["-o", &missing, &missing],
                &["--repo", &missing, &missing],
                &["--format", HOSTILE],
                &[&format!("--{HOSTILE}")],
            ] {
                let output = program(&[&name[..], more].concat()).current_dir(folder.path()).output().expect("it runs");
                let [out, err] = [&output.stdout, &output.stderr].map(|it| text(it));
                assert!(!acts(&out) && !acts(&err), "{name:?} {more:?}: {out:?} {err:?}");
                tried += usize::from(err.contains("\\x1b"));
            }
        }
    }
    assert!(20 < tried, "only {tried} errors name what was given");
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success(), "SIG{signal}");
}

#[test]
fn standard_input_is_imported_alone() {
    let folder = TempDir::new().expect("a folder");
    let target = folder.path().join("out.json").to_string_lossy().into_owned();
    let report = r#"{"block_number": 7, "block_hash": "0x1", "parent_block_hash": "0x2", "transactions": [], "transaction_receipts": []}"#;
    check("nothing", &fed(&["import", "-", "-o", &target], b"hello"), 4, &["standard input"]);
    check("a file", &fed(&["import", "-", "-o", &target], b"0.14.3\n"), 0, &["read 1 of 1 file", "out.json: "]);
    let archive = fed(&["import", "-", "-o", &target], &tar(&[("version.txt", "0.14.3\n"), ("get_block_7.json", report)]));
    check("an archive", &archive, 0, &["out.json: "]);
    let bundle = std::fs::read(&target).expect("a bundle");
    check("what was imported", &fed(&["diagnose", "-"], &bundle), 3, &[]);
    for arguments in [vec!["diagnose", "-", &target], vec!["diagnose", &target, "-"], vec!["import", "-", &target, "-o", &target]] {
        let words = ["standard input (`-`) is read alone", "1 more input is named", "name that among the others"];
        check(&arguments.join(" "), &fed(&arguments, b"{}"), 2, &words);
    }
    check("several", &fed(&["diagnose", "-", "a", "b"], b""), 2, &["2 more inputs are named"]);
}

fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    tarball(&files.iter().map(|(name, body)| ((*name).to_owned(), body.as_bytes().to_vec())).collect())
}

#[test]
fn a_page_is_as_wide_as_its_terminal_unless_the_user_says_otherwise() {
    let folder = TempDir::new().expect("a folder");
    let bundle = simulated(folder.path(), "b.json");
    let widest = |columns: &str, more: &str, arguments: &str| {
        let line = format!("stty cols {columns} rows 24; {more} {} {arguments}", env!("CARGO_BIN_EXE_whysync"));
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .stdin(Stdio::null())
            .output();
        let Output { stdout, .. } = output.expect("`script` of util-linux");
        let said = text(&stdout);
        // A word that is longer than the line stays whole, so that it can be copied.
        let wrapped = said.lines().map(|it| it.trim_end_matches('\r')).filter(|it| it.trim().contains(' ') && !it.contains("whysync "));
        wrapped.map(|it| it.chars().count()).max().unwrap_or_default()
    };
    let page = format!("diagnose {bundle}");
    for arguments in [page.as_str(), "rules show alchemy-429-l1-handler-drop", "diagnose /nowhere/at/all /nor/here"] {
        let [narrow, wide] = ["80", "160"].map(|columns| widest(columns, "", arguments));
        assert!(narrow <= 80 && narrow <= wide && wide <= 160, "{arguments}: {narrow} {wide}");
    }
    let [narrow, wide] = ["80", "160"].map(|columns| widest(columns, "", &page));
    assert!(60 < narrow && 100 < wide, "{narrow} {wide}");
    assert!((81..=120).contains(&widest("80", "COLUMNS=120", &page)), "who names a width means it");
    // Three quarters of it are more than can be counted on the way, which was a fault.
    for arguments in [page.as_str(), "rules show alchemy-429-l1-handler-drop", "diagnose /nowhere/at/all /nor/here", "rules list"] {
        let output = program(&arguments.split(' ').collect::<Vec<_>>()).env("COLUMNS", usize::MAX.to_string()).output().expect("it runs");
        assert!(matches!(output.status.code(), Some(0..=4)), "{arguments}: {:?} {}", output.status, text(&output.stderr));
        assert!(!output.stdout.is_empty() || arguments.contains("nowhere"), "{arguments}: nothing is shown");
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).expect("a folder").flatten().map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
