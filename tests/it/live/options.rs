//! No command takes what it ignores.

use super::incident;
use crate::rig::{Rig, World};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = crate::program::program(&[]);
    let output = command.args(arguments).current_dir(folder.path()).env_remove("KUBECONFIG").env("HOME", folder.path()).output();
    let output = output.expect("it runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The options of a command with a value that fits, by its help.
fn options(command: &str) -> Vec<(String, Option<&'static str>)> {
    let output = crate::program::program(&[]).args([command, "--help"]).output().expect("it runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let option = |line: &str| {
        let line = line.trim_start();
        let words = &line[line.find("--").filter(|at| *at == 0 || line.starts_with('-'))?..];
        let (name, value) = words.split_once(' ').map_or((words, None), |(name, value)| (name, Some(value)));
        let value = value.map(|it| match it {
            "<TIME>" => "20261122T083832Z",
            "<FORMAT>" => "json",
            it if it.contains("URL") => "http://127.0.0.1:1",
            "<N>" => "7",
            "<TIMESPAN>" => "7s",
            "<SIZE>" => "7MiB",
            _ => "x",
        });
        Some((name.to_owned(), value))
    };
    help.lines().filter_map(option).filter(|(name, _)| !["--help", "--replay"].contains(&name.as_str())).collect()
}

#[test]
fn what_only_a_deployment_answers_is_refused_where_a_recording_answers() {
    // What is done with the evidence stays possible.
    let of_results = |command: &str, name: &str| match name {
        "--quiet" | "--redact" | "--memory" => true,
        "--repo" | "--rules" => command != "episodes",
        "--output" | "--bundle" | "--full" | "--brief" | "--format" | "--experimental" => true,
        "--block" | "--limit" => command == "episodes",
        _ => false,
    };
    for command in ["collect", "investigate", "episodes"] {
        let all = options(command);
        assert!(10 < all.len(), "{all:?}");
        for (name, value) in all {
            let (code, words) = run(&[&[command, "--replay", "nowhere", &name], value.as_slice()].concat());
            let is_refused = code == Some(2) && words.contains("cannot be used with");
            assert_eq!(is_refused, !of_results(command, &name), "{command} {name}: {words}");
        }
    }
}

#[test]
fn a_list_of_resyncs_takes_nothing_of_logs_and_mainnet_and_a_bundle_nothing_of_a_cluster() {
    for name in ["--project", "--repo", "--feeder-url", "--logging-url", "--log-pause", "--max-log", "--episode"] {
        let (code, words) = run(&["episodes", "--namespace", "echonet-a", name, "7"]);
        assert_eq!(code, Some(2), "{words}");
        assert!(words.contains(&format!("unexpected argument '{name}'")), "{words}");
        let (code, words) = run(&["collect", "--namespace", "echonet-a", name]);
        assert!(code == Some(2) && words.contains("a value is required"), "`collect` knows {name}: {words}");
    }
    for name in ["--idle-timeout", "--context"] {
        let (code, words) = run(&["deployed", "b.json", name, "7s"]);
        assert_eq!(code, Some(2), "{words}");
        assert!(words.contains(&format!("'{name}")) && words.contains("cannot be used with"), "{words}");
    }
}

#[test]
fn a_dry_run_of_a_list_of_resyncs_names_no_block_and_no_log() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["episodes", "--namespace", "echonet-a", "--dry-run"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("report_snapshot_TIME.log") && !text.contains("get_block") && !text.contains("entries:list"), "{text}");
    assert_eq!(rig.asked(), [""; 0]);
}
