//! Embeds the files below `rules/` in the binary, in the order of their names and each rule also as JSON, and says which commit a release was built from.

#![expect(clippy::disallowed_methods, reason = "a build script reads its own repository and writes its own folder")]

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
    println!("cargo::rustc-env=WHYSYNC_BUILT_FROM={}", built_from(&root));
}

/// A rule as JSON: reading YAML at every start would take longer than a diagnosis. What cannot be read is left to the tests of the rules,
/// which say where it is wrong.
fn as_json(rule: &Path) -> String {
    let body = fs::read_to_string(rule).unwrap_or_default();
    serde_saphyr::from_str::<serde_json::Value>(&body).map(|it| it.to_string()).unwrap_or_default()
}

/// What the version says of the commit. Git is not started: a build that needs no git must not begin to.
fn built_from(root: &Path) -> String {
    println!("cargo::rerun-if-env-changed=WHYSYNC_COMMIT");
    let shown = |commit: &str| format!("commit {}", commit.get(..10).unwrap_or(commit));
    if let Some(named) = env::var("WHYSYNC_COMMIT").ok().filter(|it| is_hash(it)) {
        return shown(&named);
    }
    // Otherwise every commit would compile the crate again for those who work on it.
    if env::var("PROFILE").is_ok_and(|it| it != "release") {
        return "debug build".to_owned();
    }
    match head(root).or_else(|| packaged(root)) {
        Some(commit) => shown(&commit),
        None => "unknown commit".to_owned(),
    }
}

/// The commit that is checked out, as git keeps it: in a file, behind a reference, or in the list of packed references.
fn head(root: &Path) -> Option<String> {
    let git = root.join(".git");
    // A linked worktree has a file there, which names the folder.
    let folder = match fs::read_to_string(&git) {
        Ok(text) => root.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    let head = watched(&folder.join("HEAD"))?;
    let Some(reference) = head.trim().strip_prefix("ref: ") else { return Some(head.trim().to_owned()).filter(|it| is_hash(it)) };
    let shared = fs::read_to_string(folder.join("commondir")).map_or_else(|_| folder.clone(), |it| folder.join(it.trim()));
    let loose = watched(&shared.join(reference)).map(|it| it.trim().to_owned());
    let packed = || {
        let list = watched(&shared.join("packed-refs"))?;
        list.lines().find_map(|it| it.strip_suffix(reference)?.strip_suffix(' ').map(str::to_owned))
    };
    loose.or_else(packed).filter(|it| is_hash(it))
}

/// The commit that a published package notes of itself.
fn packaged(root: &Path) -> Option<String> {
    let note = watched(&root.join(".cargo_vcs_info.json"))?;
    let hash = note.split("\"sha1\":").nth(1)?.split('"').nth(1)?;
    is_hash(hash).then(|| hash.to_owned())
}

/// A file whose change is one of the answer. A file that is not there is not watched: cargo would build again each time.
fn watched(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(text)
}

fn is_hash(text: &str) -> bool {
    text.len() >= 40 && text.chars().all(|it| it.is_ascii_hexdigit())
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
