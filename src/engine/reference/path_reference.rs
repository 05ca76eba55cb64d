//! Every path that a rule may use, derived from the schema of the case document.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::engine::language::dependency::root_rests_on;
use crate::engine::language::path::{SCHEMA, resolve, words};
use crate::facts::EvidenceName;

/// A path that a rule may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathEntry {
    /// The path.
    pub path: String,
    /// Type of the selected value, in words.
    pub kind: String,
    /// Meaning of the value.
    pub meaning: String,
    /// A test that its type allows.
    pub example: String,
    /// Evidence that fills it, by name.
    pub source: Vec<&'static str>,
}

/// Every path, in the order of the document's fields.
#[must_use]
pub fn paths() -> Vec<PathEntry> {
    let mut found = Vec::new();
    walk("$", &SCHEMA, &[], &mut found);
    found
}

/// The list as lines for a terminal.
#[must_use]
pub(crate) fn text(paths: &[PathEntry]) -> String {
    let widest = paths.iter().map(|it| it.path.len()).max().unwrap_or_default();
    let line = |it: &PathEntry| {
        let indent = " ".repeat(widest);
        format!("{:widest$}  {}: {}\n{indent}  such as `{}`; from {}\n", it.path, it.kind, it.meaning, it.example, it.source.join(", "))
    };
    paths.iter().map(line).collect()
}

/// The list as a Markdown table.
#[must_use]
pub fn markdown(paths: &[PathEntry]) -> String {
    let mut text = "| path | type | meaning | such as | from |\n|---|---|---|---|---|\n".to_owned();
    let cell = |it: &str| it.replace('|', "\\|").replace('<', "&lt;");
    text.extend(paths.iter().map(|it| {
        let (example, meaning) = (it.example.replace('|', "\\|"), cell(&it.meaning));
        format!("| `{}` | {} | {meaning} | `{example}` | {} |\n", it.path, cell(&it.kind), it.source.join(", "))
    }));
    text
}

fn walk(path: &str, schema: &Value, source: &[&'static str], found: &mut Vec<PathEntry>) {
    let Some(properties) = resolve(schema).get("properties").and_then(Value::as_object) else { return };
    for (name, property) in properties {
        let here = format!("{path}.{name}");
        let source = if path == "$" { sources(name) } else { source.to_vec() };
        let inner = resolve(property);
        let meaning = [property, inner].iter().find_map(|it| it.get("description")).and_then(Value::as_str).unwrap_or_default();
        let (kind, example) = kind(&here, name, inner);
        found.push(PathEntry { path: here.clone(), kind, meaning: meaning.replace('\n', " "), example, source: source.clone() });
        match inner.get("items") {
            Some(items) => walk(&format!("{here}[*]"), items, &source, found),
            None => walk(&here, inner, &source, found),
        }
    }
}

/// The type in words, and a test that it allows.
fn kind(path: &str, name: &str, schema: &Value) -> (String, String) {
    if let Some(words) = words(schema) {
        let first = words.first().cloned().unwrap_or_default();
        return (format!("one of {}", words.join(", ")), format!("{{equals: {first}}}"));
    }
    if let Some(items) = schema.get("items").map(resolve) {
        let kind = if items.get("properties").is_some() { "list of objects" } else { "list of texts" };
        return (kind.to_owned(), format!("{{each: \"{path}[*]\"}}"));
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(it)) => vec![it.as_str()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).filter(|it| *it != "null").collect(),
        _ => Vec::new(),
    };
    let is_felt = schema.get("pattern").and_then(Value::as_str).is_some_and(|it| it.starts_with("^0x"));
    let (kind, example) = match types.first() {
        Some(&"boolean") => ("true or false", "{equals: true}"),
        Some(&"integer") => ("whole number", "{at_least: 1}"),
        Some(&"object") => ("object", "{exists: true}"),
        _ if is_felt => ("field element", "{equals: \"0x1\"}"),
        _ if name.ends_with("version") => ("version", "{at_least: \"0.14.3\"}"),
        _ => ("text", "{matches: '\\bword\\b'}"),
    };
    (kind.to_owned(), example.to_owned())
}

/// Evidence that fills a part of the document.
fn sources(root: &str) -> Vec<&'static str> {
    let names: BTreeSet<EvidenceName> = root_rests_on(root);
    if names.is_empty() { vec!["the bundle itself"] } else { names.into_iter().map(EvidenceName::name).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::language::path::Path;

    #[test]
    fn every_listed_path_is_one_that_a_rule_may_use() {
        let paths = paths();
        assert!(paths.len() > 50 && paths.iter().any(|it| it.path == "$.ledger[*].kind"), "{}", paths.len());
        for entry in paths {
            Path::compile(&entry.path).unwrap_or_else(|err| panic!("{}: {err}", entry.path));
            assert!(!entry.meaning.is_empty() && !entry.kind.is_empty(), "{}", entry.path);
        }
    }
}
