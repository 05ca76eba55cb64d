//! The layers hold: a module that imports what it may not fails here, with file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Each layer with the layers of ours that it may import.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("evidence", &["limits"]),
    ("facts", &["evidence", "limits"]),
    ("findings", &["evidence"]),
    ("engine", &["evidence", "facts", "findings", "excerpt", "limits", "visible"]),
    ("simulate", &["evidence", "facts"]),
    ("evaluation", &["evidence", "facts", "findings", "engine", "simulate"]),
    ("collect", &["evidence", "excerpt", "limits"]),
    ("render", &["evidence", "findings", "visible"]),
    ("inspect", &["evidence", "render"]),
    ("investigate", &["evidence", "facts", "findings", "engine", "simulate", "evaluation", "collect", "render", "inspect", "limits"]),
    ("cli", &["evidence", "findings", "render", "investigate"]),
];

/// What only some files may name, with those files' beginnings.
const NAMED_ONLY_IN: &[(&str, &[&str])] = &[
    ("rhai::", &["src/engine/language/script.rs"]),
    ("jsonpath_rust", &["src/engine/language/path.rs"]),
    (
        "kube::",
        &["src/collect/live/cluster.rs", "src/collect/live/guard.rs", "src/collect/live/kubeconfig.rs", "src/collect/live/throttle.rs"],
    ),
    ("reqwest::", &["src/collect/live/web.rs"]),
    ("gcp_auth::", &["src/collect/live/web.rs"]),
    ("regex_automata", &["src/engine/printed/compare.rs"]),
    ("tree_sitter", &["src/evidence/syntax.rs"]),
    (
        "std::fs",
        &[
            "src/collect/",
            "src/investigate/rules.rs",
            "src/investigate/draft.rs",
            "src/investigate/synthetic.rs",
            "src/investigate/audit_log.rs",
            "src/investigate/pages.rs",
            "src/investigate/watched_files.rs",
        ],
    ),
    (
        "std::env",
        &[
            "src/cli/mod.rs",
            "src/cli/output.rs",
            "src/cli/diagnose.rs",
            "src/cli/fault.rs",
            "src/collect/live/kubeconfig.rs",
            "src/collect/live/proxies.rs",
        ],
    ),
    ("std::process", &["src/cli/mod.rs", "src/cli/exit.rs", "src/cli/fault.rs", "src/main.rs", "src/collect/git.rs"]),
    ("signal_hook", &["src/cli/signals.rs"]),
    ("set_hook", &["src/cli/fault.rs"]),
    ("std::net", &["src/collect/"]),
    ("SystemTime", &["src/investigate/clock.rs", "src/investigate/watched_files.rs"]),
    ("Instant::now", &["src/collect/live/session.rs", "src/collect/live/overdue.rs", "src/collect/git.rs"]),
    ("tokio::runtime", &["src/investigate/collecting.rs"]),
    ("std::io::stdout", &["src/cli/"]),
    ("std::io::stderr", &["src/cli/"]),
    ("ExitCode", &["src/cli/mod.rs", "src/cli/exit.rs", "src/main.rs"]),
];

pub(crate) fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder").flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files.sort();
    let name = |it: &Path| it.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
    files
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "rs"))
        .map(|it| (name(it), fs::read_to_string(it).expect("a source")))
        .collect()
}

/// The code before the test module: tests may look further.
pub(crate) fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

#[test]
fn every_layer_imports_only_what_it_may() {
    let mut breaches = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !file.ends_with("tests.rs")) {
        let Some((layer, allowed)) =
            MAY_IMPORT.iter().find(|(layer, _)| file.starts_with(&format!("src/{layer}/")) || *file == format!("src/{layer}.rs"))
        else {
            continue;
        };
        for (number, line) in code(text).lines().enumerate().filter(|(_, it)| !it.trim_start().starts_with("//")) {
            for (other, _) in MAY_IMPORT.iter().chain(&[("excerpt", &[] as &[&str]), ("limits", &[]), ("visible", &[])]) {
                let names =
                    line.contains(&format!("crate::{other}")) || (line.contains("crate::{") && line.contains(&format!("{other}::")));
                if names && other != layer && !allowed.contains(other) {
                    breaches.push(format!("{file}:{}: {layer} names {other}", number + 1));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn what_reaches_outside_is_named_only_at_the_edges() {
    let mut breaches = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !file.ends_with("tests.rs")) {
        for (number, line) in code(text).lines().enumerate().filter(|(_, it)| !it.trim_start().starts_with("//")) {
            for (name, places) in NAMED_ONLY_IN {
                if line.contains(name) && !places.iter().any(|it| file.starts_with(it)) {
                    breaches.push(format!("{file}:{}: names {name}", number + 1));
                }
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn why_something_failed_is_a_type_and_no_text() {
    let mut breaches = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !file.ends_with("tests.rs")) {
        let code = code(text);
        for (place, error) in error_types(code) {
            if error == "String" {
                breaches.push(format!("{file}:{}: give the error a type of its own", code[..place].lines().count().max(1)));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_error_of_a_result_is_found_however_it_is_written() {
    let all = "Result<Vec<String>, String> Result<(), Error> Result<\n    BTreeMap<&str, Vec<(u8, T)>>,\n    String,\n> \
               Result<impl Fn(&str) -> String, fmt::Error> io::Result<String> Result<Result<T, String>, E>";
    let errors: Vec<String> = error_types(all).into_iter().map(|(_, it)| it).collect();
    assert_eq!(errors, ["String", "Error", "String", "fmt::Error", "E", "String"]);
}

/// The error of each `Result<_, _>`, and where that begins.
fn error_types(text: &str) -> Vec<(usize, String)> {
    let one = |(place, found): (usize, &str)| {
        let rest = text.get(place + found.len()..)?;
        let (mut depth, mut commas) = (0_usize, Vec::new());
        for (at, letter) in rest.char_indices() {
            match letter {
                '>' if rest[..at].ends_with('-') => {}
                '>' if depth == 0 => {
                    // A list may end in a comma.
                    let end = rest[..at].trim_end().trim_end_matches(',').len();
                    let comma = commas.into_iter().rfind(|it| *it < end)?;
                    return Some((place, rest[comma + 1..end].trim().to_owned()));
                }
                ',' if depth == 0 => commas.push(at),
                '<' | '(' | '[' => depth += 1,
                '>' | ')' | ']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
        }
        None
    };
    text.match_indices("Result<").filter_map(one).collect()
}

/// A default that only an argument knows is none for whoever calls the front door.
#[test]
fn no_argument_states_a_default_of_its_own() {
    let mut breaches = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("src/cli/")) {
        for (number, line) in text.lines().enumerate() {
            let stated = ["default_value = ", "default_value_t = "].iter().filter_map(|it| line.split_once(it));
            let is_literal = |(_, value): (&str, &str)| value.starts_with(|it: char| it == '"' || it.is_ascii_digit());
            if stated.filter(|it| is_literal(*it)).count() > 0 {
                breaches.push(format!("{file}:{}: {line}", number + 1));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn the_example_is_short_and_comes_in_by_the_front_door() {
    let example = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/embed.rs")).expect("the example");
    assert!(example.lines().count() <= 40, "{} lines", example.lines().count());
    for below in ["engine", "facts", "collect", "simulate", "evaluation"] {
        assert!(!example.contains(&format!("whysync::{below}")), "it names {below}");
    }
}

#[test]
fn files_are_small_and_named_for_what_they_do() {
    const LONGEST: usize = 500;
    const REFUSED: [&str; 8] = ["util", "utils", "helper", "helpers", "common", "misc", "manager", "handler"];
    for (file, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LONGEST, "{file} has {lines} lines; split it at a seam (at most {LONGEST})");
        let stem = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        assert!(!REFUSED.contains(&stem), "{file}: name it for what it does");
        assert!(text.starts_with("//!") || stem == "tests", "{file} does not say what it is");
    }
}

#[test]
fn no_two_types_have_one_name() {
    // Each page of Echonet has its own, which only the line of its file in the table names.
    const OF_EACH_PAGE: &str = "Here";
    let begins =
        Regex::new(r"^ *(?:pub(?:\([a-z: ]+\))? )?(?:struct|enum|trait|union) ([A-Z]\w*)|^(?:pub(?:\([a-z: ]+\))? )?type ([A-Z]\w*)");
    let begins = begins.expect("a pattern");
    let mut homes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources() {
        for found in code(&text).lines().filter_map(|it| begins.captures(it)) {
            let name = found.get(1).or(found.get(2)).expect("a name").as_str();
            homes.entry(name.to_owned()).or_default().insert(file.clone());
        }
    }
    assert!(homes.len() > 300, "{} types", homes.len());
    homes.retain(|name, files| files.len() > 1 && name != OF_EACH_PAGE);
    assert!(homes.is_empty(), "{homes:#?}");
}

#[test]
fn every_source_file_is_part_of_the_crate() {
    let all = sources();
    for (file, _) in &all {
        let path = Path::new(file);
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if ["lib", "main"].contains(&stem.as_str()) {
            continue;
        }
        let (folder, module) = if stem == "mod" {
            let folder = path.parent().expect("a folder");
            (folder.parent().expect("a parent").to_path_buf(), folder.file_name().expect("a name").to_string_lossy().into_owned())
        } else {
            (path.parent().expect("a folder").to_path_buf(), stem)
        };
        let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
        let declares = |parent: &PathBuf| {
            let parent = parent.to_string_lossy();
            all.iter().any(|(file, text)| {
                // The table of sources registers a file in a line that says more of it.
                let declares = |line: &str| {
                    let begun = line.trim().split_once("mod ").filter(|(before, _)| before.is_empty() || before.starts_with("pub"));
                    let declared = begun.map_or("", |(_, it)| it);
                    declared == format!("{module};") || declared.starts_with(&format!("{module}: "))
                };
                *file == parent && text.lines().any(declares)
            })
        };
        assert!(parents.iter().any(declares), "{file}: no file declares `mod {module};`");
    }
}
