//! Embeds the files below `rules/` in the binary, in the order of their names and each rule also as JSON, and says which commit a release
//! was built from.

#![expect(clippy::disallowed_methods, reason = "a build script reads its own repository and writes its own folder")]

#[path = "build/commit.rs"]
mod commit;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=rules");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    collect(&root.join("rules"), &mut files);
    files.sort();
    let mut code = String::from(
        "/// Name below the repository's root, body, and the same as JSON, of each embedded file.\nconst BUILTIN: &[(&str, &str, &str)] = &[\n",
    );
    for file in files {
        let name = file.strip_prefix(&root).expect("it lies below the root").to_string_lossy().replace('\\', "/");
        // The compiler fills in the root: a build folder that several checkouts share then never reads the files of another.
        let path = format!("/{name}");
        let prepared = if name.ends_with(".test.yaml") { String::new() } else { as_json(&file) };
        code.push_str(&format!("    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?})), {prepared:?}),\n"));
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("builtin_rules.rs");
    fs::write(out, code).expect("the build folder can be written");
    println!("cargo::rerun-if-env-changed=WHYSYNC_COMMIT");
    let (named, profile) = (env::var("WHYSYNC_COMMIT").ok(), env::var("PROFILE").ok());
    let built = commit::built_from(named.as_deref(), profile.as_deref(), &root);
    built.watched.iter().for_each(|it| println!("cargo::rerun-if-changed={}", it.display()));
    println!("cargo::rustc-env=WHYSYNC_BUILT_FROM={}", built.words);
}

/// A rule as JSON: reading YAML at every start would take longer than a diagnosis. What cannot be read is left to the tests of the rules,
/// which say where it is wrong.
fn as_json(rule: &Path) -> String {
    let body = fs::read_to_string(rule).unwrap_or_default();
    serde_saphyr::from_str::<serde_json::Value>(&body).map(|it| it.to_string()).unwrap_or_default()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            files.push(path);
        }
    }
}
