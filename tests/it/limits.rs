//! Every bound of what is read stands in one table, which the program and the book show.

use regex::Regex;

use crate::layering::{code, sources};

/// How bounds are named, and how sizes that are none of ours to choose are written.
const BOUND: &str = r"const (MAX|LARGEST|DEEPEST)\w*: |const .*\b1024 \* 1024\b|<< 20\b";

#[test]
fn no_bound_is_stated_elsewhere() {
    let bound = Regex::new(BOUND).expect("a pattern");
    let mut breaches = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !file.ends_with("tests.rs") && file != "src/limits.rs") {
        let lines = code(text).lines().enumerate().filter(|(_, it)| !it.trim_start().starts_with("//") && bound.is_match(it));
        breaches.extend(lines.map(|(number, line)| format!("{file}:{}: `{}` belongs in src/limits.rs", number + 1, line.trim())));
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn every_bound_of_the_table_is_in_use() {
    let others: String =
        sources().into_iter().filter(|(file, _)| file != "src/limits.rs").map(|(_, text)| code(&text).to_owned()).collect();
    let unused: Vec<&str> =
        all().map(|it| it.name).filter(|it| !Regex::new(&format!(r"\b{it}\b")).expect("a pattern").is_match(&others)).collect();
    assert!(unused.is_empty(), "{unused:?}");
}

#[test]
fn what_the_program_shows_is_the_table() {
    let output = crate::program::program(&["limits"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    for limit in all() {
        let line = shown.lines().find(|it| it.trim_end().ends_with(&format!("  {}", limit.of)));
        assert!(line.is_some_and(|it| it.contains(&limit.most.to_string())), "{limit:?}: {line:?}");
    }
}

fn all() -> impl Iterator<Item = &'static whysync::limits::Limit> {
    whysync::limits::LIMITS.iter().flat_map(|(_, limits)| *limits)
}
