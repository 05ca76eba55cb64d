//! Secrets: nothing that is none is masked in what was captured, and what a user lists is masked everywhere.

use std::path::{Path, PathBuf};

use whysync::collect::redact::redact;

use crate::captures::folder;

/// How what was planted in the captures begins, or a part of it.
const PLANTED: [&str; 5] = ["DEADBEEF", "FEEDFACE", "T0FAKE000", "cNry", "CANARY"];

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { files(&entry.path(), all) } else { all.push(entry.path()) }
    }
}

/// What stood where tokens are now. None if anything else was changed.
fn masked<'a>(before: &'a str, after: &str) -> Option<Vec<&'a str>> {
    let token = regex::Regex::new("«redacted:[a-z-]+:[0-9a-f]{4}»").expect("a pattern");
    let mut rest = before;
    let mut masked = Vec::new();
    let mut kept = token.split(after);
    rest = rest.strip_prefix(kept.next()?)?;
    let mut parts = kept.peekable();
    while let Some(part) = parts.next() {
        // What is kept behind a token is long enough to be found, but at the end.
        let at = if parts.peek().is_none() && rest.ends_with(part) { rest.len() - part.len() } else { rest.find(part)? };
        masked.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(masked)
}

#[test]
fn in_what_was_captured_only_what_was_planted_is_masked_and_once_is_enough() {
    for set in ["incidents", "cases"] {
        let Some(folder) = folder(set) else { continue };
        let mut all = Vec::new();
        files(&folder, &mut all);
        let (mut looked_at, mut found) = (0, 0);
        for file in all {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let once = redact(&text);
            looked_at += 1;
            found += once.count;
            let changed = masked(&text, &once.text).unwrap_or_else(|| panic!("{}: more was changed than masked", file.display()));
            for secret in changed {
                assert!(PLANTED.iter().any(|it| secret.contains(it)), "{}: `{secret}` was masked", file.display());
            }
            assert_eq!(redact(&once.text).text, once.text, "{}: once more", file.display());
        }
        assert!(100 < looked_at && 2 < found, "{set}: {looked_at} files, {found} secrets");
    }
}

#[test]
fn the_hostile_captures_keep_no_secret() {
    let Some(folder) = folder("cases") else { return };
    let text = std::fs::read_to_string(folder.join("hostile/leak-header-tuple/logs/echonet.log")).expect("a log");
    let masked = redact(&text).text;
    let left: Vec<&str> = masked.lines().filter(|it| it.contains("cNry") && !it.contains("X-Api-Token cNryX")).collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// Runs the program on a folder of saved answers and reads all it wrote and said.
fn imported(listed: &str, log: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let saved = folder.path().join("saved");
    std::fs::create_dir_all(saved.join("logs")).expect("a folder");
    std::fs::write(saved.join("report.json"), "{}").expect("a file");
    std::fs::write(saved.join("logs/echonet.log"), log).expect("a file");
    let list = folder.path().join("list");
    std::fs::write(&list, listed).expect("a file");
    let out = folder.path().join("b.json");
    let run = crate::program::program(&[]).arg("import").arg(&saved).arg("-o").arg(&out).arg("--redact").arg(&list).output();
    let run = run.expect("it runs");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    (run.status.code(), format!("{said}{}", std::fs::read_to_string(&out).unwrap_or_default()))
}

#[test]
fn what_a_user_lists_is_masked_in_every_encoding_and_in_nothing_else() {
    let log = concat!(
        "[INFO] [echonet.echo_center] the house of Blauregen and b\\u006cauregen\n",
        "{\"message\": \"ticket ABC-12345 of blauregen\\tblauregen\"}\n",
        "next=%62lauregen and Ymxhb is short\n",
    );
    let (code, all) = imported("# names\nblauregen\n\n/[A-Z]{3}-[0-9]{5}/\n", log);
    assert_eq!(code, Some(0), "{all}");
    assert!(!all.contains("blauregen") && !all.contains("ABC-12345") && !all.contains("%62") && !all.contains("u006c"), "{all}");
    assert!(all.contains("the house of Blauregen and") && all.matches("redacted:listed:").count() >= 5, "{all}");
}

#[test]
fn a_list_that_is_none_is_refused_with_its_line_and_without_its_text() {
    for (list, reason) in [
        ("# a\ngeheim1\nkurz\n", "list:3: the text is shorter than 6 bytes"),
        ("/geheim(/\n", "list:1: this is no regular expression"),
        ("/(geheim)*/\n", "list:1: the regular expression matches the empty text"),
        ("/(geheim{1000}){1000}{1000}/\n", "list:1: "),
    ] {
        let (code, said) = imported(list, "x\n");
        let flat: String =
            said.split(|it: char| it.is_whitespace() || it == '\u{2502}').filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ");
        assert_eq!(code, Some(4), "{said}");
        assert!(flat.contains(reason) && !said.contains("geheim") && !said.contains("kurz"), "{said}");
    }
}
