//! What shells and manuals are given: completions, pages, the version, and options that have another name now.

use std::process::{Command, Stdio};

use whysync::engine::language::catalog::{builtin, digest};

use crate::program::{check, skipped, text, whysync};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "elvish", "powershell"];

fn slugs() -> Vec<String> {
    let name = |it: &whysync::engine::FileText| it.name().rsplit('/').next().unwrap_or_default().trim_end_matches(".yaml").to_owned();
    builtin().iter().map(name).collect()
}

/// The subcommands that a help page lists.
fn subcommands(path: &[&str]) -> Vec<String> {
    let help = text(&whysync(&[path, &["--help"]].concat()).stdout);
    let list = help.split("\nCommands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let begins = list.lines().filter(|it| it.starts_with("  ") && !it.starts_with("   "));
    begins.filter_map(|it| it.split_whitespace().next()).map(str::to_owned).filter(|it| it != "help").collect()
}

fn is_there(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        skipped(&format!("there is no {program}"));
    }
    found
}

#[test]
fn every_shell_is_given_every_command_and_those_that_take_values_every_rule() {
    let commands = subcommands(&[]);
    assert!(commands.len() >= 12 && slugs().len() > 50, "{commands:?}");
    for shell in SHELLS {
        let output = whysync(&["completions", shell]);
        check(shell, &output, 0, &[]);
        let script = text(&output.stdout);
        // Scripts for the last two complete no values, whatever they are told of them.
        let rules = if ["elvish", "powershell"].contains(&shell) { Vec::new() } else { slugs() };
        for word in commands.iter().chain(&subcommands(&["rules"])).chain(&rules) {
            assert!(script.contains(word.as_str()), "{shell} is not given `{word}`");
        }
    }
    check("another shell", &whysync(&["completions", "csh"]), 2, &["csh", "possible values"]);
}

/// What the shell offers for a line that ends in a space or in the middle of a word.
fn offered(line: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("incident.json.zst"), "").expect("a file");
    std::fs::create_dir(folder.path().join("my-rules")).expect("a folder");
    std::fs::write(folder.path().join("script"), whysync(&["completions", "bash"]).stdout).expect("a file");
    let words: Vec<&str> = line.split(' ').collect();
    let [.., before, last] = words.as_slice() else { panic!("{line}") };
    // As readline does: the words, the one to complete, and what is offered where the function offers nothing.
    let run = format!(
        "source ./script; COMP_WORDS=({line}); COMP_CWORD={}; compopt() {{ OFFERS_FILES=1; }}; _whysync whysync '{last}' '{before}'; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\"; [ ${{#COMPREPLY[@]}} -gt 0 ] || compgen -f -- '{last}'; complete -p whysync",
        words.len() - 1
    );
    let output = Command::new("bash").args(["--norc", "-c", &run]).current_dir(folder.path()).output().expect("bash runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
    text(&output.stdout).lines().filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_rules_and_files() {
    if !is_there("bash") {
        return;
    }
    let cases = [
        ("whysync di", "diagnose"),
        ("whysync rules show alch", "alchemy-429-l1-handler-drop"),
        ("whysync explain parent-h", "parent-hash-cascade"),
        ("whysync rules test parent-h", "parent-hash-cascade"),
        ("whysync rules new --copy parent-h", "parent-hash-cascade"),
        ("whysync bundle minimize --rule parent-h", "parent-hash-cascade"),
        ("whysync diagnose --format ht", "html"),
        ("whysync diagnose inc", "incident.json.zst"),
        ("whysync explain --why-not inc", "incident.json.zst"),
        ("whysync diagnose -o inc", "incident.json.zst"),
        ("whysync completions zs", "zsh"),
    ];
    for (line, word) in cases {
        let offers = offered(line);
        assert!(offers.iter().any(|it| it == word), "`{line}` offers {offers:?}, not `{word}`");
    }
    // Where the function offers nothing, bash completes files by itself.
    assert!(offered("whysync diagnose x").last().is_some_and(|it| it.contains("-o default")), "{:?}", offered("whysync diagnose x"));
}

#[test]
fn a_rule_of_ones_own_is_named_although_no_shell_completes_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().to_string_lossy().into_owned();
    let rule = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/rules/cascade/parent-hash-cascade.yaml")).expect("a rule");
    let own = rule.replace("slug: parent-hash-cascade", "slug: mine").replacen("id: ", "id: MY-", 1);
    std::fs::write(folder.path().join("mine.yaml"), own).expect("a file");
    check("mine", &whysync(&["rules", "show", "mine", "--rules", &rules]), 0, &[]);
}

#[test]
fn there_is_a_page_for_every_command_and_man_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("made/man1");
    let output = whysync(&["man", &pages.to_string_lossy()]);
    let mut expected = vec!["whysync.1".to_owned()];
    for command in subcommands(&[]) {
        expected.extend(subcommands(&[&command]).iter().map(|it| format!("whysync-{command}-{it}.1")));
        expected.push(format!("whysync-{command}.1"));
    }
    expected.sort();
    check("man", &output, 0, &[&format!("wrote {} pages", expected.len())]);
    let mut found: Vec<String> =
        std::fs::read_dir(&pages).expect("the pages").flatten().map(|it| it.file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(found, expected);
    let diagnose = std::fs::read_to_string(pages.join("whysync-diagnose.1")).expect("a page");
    assert!(diagnose.contains(".SH SYNOPSIS") && diagnose.contains("\\-\\-format"), "{diagnose}");
    let lint = is_there("mandoc");
    let man = is_there("man") && Command::new("man").arg("--warnings").arg("-l").arg("/dev/null").output().is_ok();
    for name in &expected {
        let page = pages.join(name);
        if lint {
            let told = Command::new("mandoc").args(["-Tlint", "-Werror"]).arg(&page).output().expect("mandoc runs");
            assert!(told.status.success(), "{name}: {}", text(&told.stdout));
        }
        if man && name == "whysync-diagnose.1" {
            let shown = Command::new("man").arg("--warnings").arg("-l").arg(&page).env("MANWIDTH", "100").env("MANPAGER", "cat").output();
            let shown = shown.expect("man runs");
            if text(&shown.stdout).contains("NAME") {
                assert!(shown.status.success() && shown.stderr.is_empty(), "{name}: {}", text(&shown.stderr));
                assert!(text(&shown.stdout).contains("--format"), "{}", text(&shown.stdout));
            } else {
                skipped(&format!("this man shows no page: {}", text(&shown.stderr)));
            }
        }
    }
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let taken = folder.path().join("file").to_string_lossy().into_owned();
    check("a file", &whysync(&["man", &taken]), 4, &["cannot be made", "help"]);
}

#[test]
fn the_version_names_what_verdicts_depend_on() {
    let output = whysync(&["--version"]);
    check("version", &output, 0, &[]);
    let said = text(&output.stdout);
    let (head, rules) = said.trim_end().trim_end_matches(')').split_once(", rules ").unwrap_or_else(|| panic!("{said}"));
    assert_eq!(rules, digest(&builtin()));
    let version = format!("whysync {} (", env!("CARGO_PKG_VERSION"));
    let built = head.strip_prefix(&version).unwrap_or_else(|| panic!("{said}"));
    let is_commit = built.strip_prefix("commit ").is_some_and(|it| it.len() == 10 && it.chars().all(|it| it.is_ascii_hexdigit()));
    assert!(is_commit || ["debug build", "unknown commit"].contains(&built), "{said}");
    assert_eq!(text(&whysync(&["-V"]).stdout), said);
}

#[test]
fn the_digest_of_rules_is_what_sha256sum_says_and_changes_with_every_byte() {
    let mut rules = builtin();
    let whole = digest(&rules);
    assert!(whole.starts_with("sha256:") && whole.len() == 7 + 64, "{whole}");
    let first = rules.first().expect("a rule");
    rules[0] = whysync::engine::FileText::new(first.name(), format!("{} ", first.body()));
    assert_ne!(digest(&rules), whole);
    let line = "LC_ALL=C; find rules -name '*.yaml' ! -name '*.test.yaml' | sort | xargs sha256sum | sha256sum";
    let output = Command::new("sh").args(["-c", line]).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("a shell");
    assert_eq!(format!("sha256:{}", text(&output.stdout).split(' ').next().unwrap_or_default()), whole);
}

#[test]
fn a_diagnosis_names_the_version_and_the_rules_and_not_where_they_lie() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    check("made", &whysync(&["simulate", "state-diff-only", "-o", &path("b.json")]), 0, &[]);
    for place in ["here", "there"] {
        check(place, &whysync(&["rules", "new", "--copy", "parent-hash-cascade", "-o", &path(place)]), 0, &[]);
    }
    let made_by = |more: &[&str]| {
        let output = whysync(&[&["diagnose", &path("b.json"), "--format", "json"], more].concat());
        serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("JSON")["made_by"].clone()
    };
    let builtin = made_by(&[]);
    assert_eq!(
        builtin,
        serde_json::json!({"version": env!("CARGO_PKG_VERSION"), "rules": digest(&whysync::engine::language::catalog::builtin())})
    );
    let own = ["here", "there"].map(|it| made_by(&["--rules", &path(it)]));
    assert!(own[0] == own[1] && own[0] != builtin, "{own:?} {builtin}");
    assert_eq!(made_by(&["--episode", "1"]), builtin);
}

#[test]
fn an_option_of_before_is_answered_with_the_one_of_now() {
    let cases = [
        ("--timeout-ms", "--idle-timeout 30s"),
        ("--request-limit", "--request-timeout 5m"),
        ("--time-limit", "--deadline 30m"),
        ("--log-pause-ms", "--log-pause 500ms"),
        ("--max-answer-mib", "--max-answer 256MiB"),
        ("--max-log-mib", "--max-log 256MiB"),
    ];
    for (before, now) in cases {
        for given in [vec![before.to_owned(), "7".to_owned()], vec![format!("{before}=7")]] {
            let mut command = crate::program::program(&["collect", "--namespace", "echonet-a"]);
            let output = command.args(&given).output().expect("it runs");
            check(before, &output, 2, &[&format!("`{before}` is now"), now]);
        }
    }
    let bare = [("--idle-timeout", "30", "30s"), ("--max-log", "256", "256MiB"), ("--memory", "64", "64MiB")];
    for (option, number, offer) in bare {
        let output = whysync(&["collect", "--namespace", "echonet-a", option, number]);
        check(option, &output, 2, &[&format!("`{number}` has no unit"), offer]);
    }
}
