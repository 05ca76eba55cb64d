//! What is depended on is what `deny.toml` allows: licences, banned crates, and where crates come from. No network is needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The quoted texts of a list in a section of `deny.toml`; of a table, only this field.
fn listed(section: &str, name: &str, field: Option<&str>) -> Vec<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deny.toml")).expect("deny.toml");
    let section = text.split(&format!("[{section}]\n")).nth(1).expect(section).split("\n[").next().expect("a section");
    let list = section.split(&format!("\n{name} = [")).nth(1).or_else(|| section.strip_prefix(&format!("{name} = [")));
    let list = list.expect(name).split("\n]").next().expect("a list");
    let list = list.lines().next().filter(|it| it.trim_end().ends_with(']')).unwrap_or(list);
    let pattern = field.map_or_else(|| "\"([^\"]+)\"".to_owned(), |it| format!("{it} = \"([^\"]+)\""));
    let found: Vec<String> = regex::Regex::new(&pattern).expect("a pattern").captures_iter(list).map(|it| it[1].to_owned()).collect();
    assert!(!found.is_empty(), "{section}");
    found
}

fn packages() -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

/// Whether somebody may choose licences of an expression that are all allowed.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.trim().replace('/', " OR ");
    let parts = |text: &str, word: &str| {
        let (mut parts, mut depth, mut from) = (Vec::new(), 0, 0);
        for (at, letter) in text.char_indices() {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            if depth == 0 && at >= from && text[at..].starts_with(word) {
                parts.push(text[from..at].to_owned());
                from = at + word.len();
            }
        }
        parts.push(text[from..].to_owned());
        parts
    };
    let [any, all] = [" OR ", " AND "].map(|word| parts(&expression, word));
    match (any.as_slice(), all.as_slice()) {
        ([one], [_]) => match one.trim().strip_prefix('(').and_then(|it| it.strip_suffix(')')) {
            Some(inner) => is_allowed(inner, allowed),
            // `+` allows later versions as well.
            None => allowed.iter().any(|it| it == one.trim().trim_end_matches('+')),
        },
        ([_], all) => all.iter().all(|it| is_allowed(it, allowed)),
        (any, _) => any.iter().any(|it| is_allowed(it, allowed)),
    }
}

#[test]
fn an_expression_of_licences_is_allowed_if_a_choice_of_it_is() {
    let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception", "MPL-2.0"].map(str::to_owned);
    for (expression, expected) in [
        ("MIT", true),
        ("MIT OR GPL-3.0-only", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND MPL-2.0+", true),
        ("(GPL-3.0-only OR MIT) AND (GPL-2.0-only OR LGPL-3.0-only)", false),
        ("GPL-3.0-only OR (MIT AND MPL-2.0)", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("Apache-2.0", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn every_dependency_has_an_allowed_licence_comes_from_a_known_place_and_is_not_banned() {
    let (allowed, banned) = (listed("licenses", "allow", None), listed("bans", "deny", Some("crate")));
    let registries = listed("sources", "allow-registry", None);
    let mut breaches = Vec::new();
    let packages = packages();
    for package in &packages {
        let name = package["name"].as_str().expect("a name");
        if banned.iter().any(|it| it == name) {
            breaches.push(format!("{name} is banned"));
        }
        // Our own has none.
        if let Some(source) = package["source"].as_str()
            && !registries.iter().any(|it| source == format!("registry+{it}"))
        {
            breaches.push(format!("{name} comes from {source}"));
        }
        let is_licensed = match (package["license"].as_str(), package["license_file"].as_str()) {
            (Some(expression), _) => is_allowed(expression, &allowed),
            // Who gives a text and no name: the text is read.
            (None, Some(file)) => {
                let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
                let text = std::fs::read_to_string(manifest.with_file_name(file)).unwrap_or_default();
                text.contains("Apache License") && text.contains("Version 2.0") && allowed.iter().any(|it| it == "Apache-2.0")
            }
            (None, None) => false,
        };
        if !is_licensed {
            breaches.push(format!("{name} has the licence {} {}", package["license"], package["license_file"]));
        }
    }
    assert!(100 < packages.len() && 5 < banned.len(), "{} packages", packages.len());
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

/// The crates of a build with their features, those of the build script and of the tests among them or not.
fn features(edges: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", edges, "--prefix", "none", "--format", "{p} [{f}]", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).expect("text");
    lines.lines().map(|it| it.trim_end_matches(" (*)").to_owned()).collect()
}

#[test]
fn the_tests_build_upon_what_was_built() {
    let (built, tested) = (features("normal,build"), features("normal,build,dev"));
    assert!(built.len() > 100, "{built:?}");
    let again: Vec<&String> = built.difference(&tested).collect();
    assert!(again.is_empty(), "tests switch on features of {again:?}, so these are compiled twice: name the features in [dependencies]");
}
