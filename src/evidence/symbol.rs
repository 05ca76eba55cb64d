//! Where a source file defines a symbol.
//!
//! This is no compiler. It reads words and braces of Rust, indentation of Python, and keys of JSON and YAML, and knows the forms in which a
//! definition begins: `fn`, `struct`, `enum`, `union`, `trait`, `type`, `const`, `static`, `mod`, `macro_rules!` and, where nothing else
//! bears the name, `impl`; `def`, `class` and what is assigned outside functions; and under the name of their type variants, fields and what
//! a class declares. What stands in comments and texts is no definition. What macros make is not recognised: a file that only names the
//! symbol is told apart from one that lacks it, so that nobody calls it gone.
//!
//! No parser is used: `syn` refuses a whole file for one form that it does not know, and ends the process where a file nests too deep
//! (dtolnay/syn#1876), while a clone is hostile input. Those for many languages are C, built with the program. A line number is not worth it.

mod python;
mod rust;

/// What a file says of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SymbolSeen {
    /// It is defined in these lines, from 1, lowest first; more than one if several definitions bear the name. Never empty.
    Defined(Vec<u32>),
    /// Its name is in the file, and no line that is recognised defines it.
    Named,
    /// Its name is not in the file.
    Absent,
    /// Definitions in files of this kind are not recognised.
    NotRead,
}

/// A definition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Definition<'t> {
    name: &'t str,
    /// Names of what it stands in, outermost first.
    within: Vec<&'t str>,
    line: u32,
    strength: Strength,
}

/// How much a definition counts beside others of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// It is the thing itself.
    Own,
    /// It counts only where nothing else bears the name: a declaration without a body, an `impl`, or something of a test.
    Second,
    /// A variant or a field. It counts only under the name of what it stands in, and where nothing else bears that: alone, its name is that
    /// of many things.
    Member,
}

/// The definitions of a file, and whether a name occurs in its code.
struct Reading<'t> {
    definitions: Vec<Definition<'t>>,
    words: Vec<&'t str>,
}

/// Looks a symbol up in a file: `name`, or `Outer::name` or `Outer.name` for what stands in a type, module or class. The kind of the file is
/// told by the end of its path.
#[must_use]
pub fn look(path: &str, text: &str, symbol: &str) -> SymbolSeen {
    let read = match path.rsplit_once('.').map(|(_, end)| end) {
        Some("rs") => rust::read,
        Some("py") => python::read,
        Some("json") => return keys(text, |line| is_json_key(line, symbol), symbol),
        Some("yaml" | "yml") => return keys(text, |line| is_yaml_key(line, symbol), symbol),
        _ => return SymbolSeen::NotRead,
    };
    let parts: Vec<&str> = symbol.split("::").flat_map(|it| it.split('.')).collect();
    let Some((name, outer)) = parts.split_last() else { return SymbolSeen::Absent };
    // Most files do not hold the name at all.
    if !text.contains(name) {
        return SymbolSeen::Absent;
    }
    let reading = read(text);
    let fits = |it: &&Definition<'_>| it.name == *name && it.within.ends_with(outer);
    let all: Vec<&Definition<'_>> = reading.definitions.iter().filter(fits).collect();
    let lines = |wanted: Strength| all.iter().filter(|it| it.strength == wanted).map(|it| it.line).collect::<Vec<u32>>();
    let members = if outer.is_empty() { Vec::new() } else { lines(Strength::Member) };
    match [lines(Strength::Own), lines(Strength::Second), members].into_iter().find(|it| !it.is_empty()) {
        Some(lines) => SymbolSeen::Defined(lines),
        None if reading.words.contains(name) => SymbolSeen::Named,
        None => SymbolSeen::Absent,
    }
}

fn keys(text: &str, is_key: impl Fn(&str) -> bool, symbol: &str) -> SymbolSeen {
    let lines: Vec<u32> = (1..).zip(text.lines()).filter(|(_, line)| is_key(line)).map(|(number, _)| number).collect();
    match lines {
        lines if !lines.is_empty() => SymbolSeen::Defined(lines),
        _ if text.contains(symbol) => SymbolSeen::Named,
        _ => SymbolSeen::Absent,
    }
}

fn is_json_key(line: &str, symbol: &str) -> bool {
    let key = format!("\"{symbol}\"");
    line.split(&key).skip(1).any(|it| it.trim_start().starts_with(':'))
}

fn is_yaml_key(line: &str, symbol: &str) -> bool {
    let line = line.trim_start().trim_start_matches("- ").trim_start();
    line.strip_prefix(symbol).is_some_and(|it| it.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_of_a_document_is_found_and_its_value_is_not() {
        let json = "{\n  \"a\": \"strip\",\n  \"strip\" : true\n}\n";
        assert_eq!(look("x/constants.json", json, "strip"), SymbolSeen::Defined(vec![3]));
        assert_eq!(look("x/constants.json", json, "true"), SymbolSeen::Named);
        let yaml = "# args: no\ncontainers:\n  - args: [a]\n  - name: args\n";
        assert_eq!(look("deployment.yaml", yaml, "args"), SymbolSeen::Defined(vec![3]));
        assert_eq!(look("deployment.yaml", yaml, "volumes"), SymbolSeen::Absent);
    }

    #[test]
    fn a_file_of_an_unknown_kind_is_not_read() {
        assert_eq!(look("Dockerfile", "FROM x", "FROM"), SymbolSeen::NotRead);
        assert_eq!(look("a.toml", "x = 1", "x"), SymbolSeen::NotRead);
    }

    proptest! {
        #[test]
        fn hostile_text_never_panics_and_lines_are_those_of_the_file(
            text in "(fn |impl |struct |def |class |'|\"|/\\*|\\*/|//|#|\"\"\"|r#\"|\\{|\\}|\\(|\\)|<|>|;|a|b|\n|    |ü|\\\\){0,60}",
            path in prop::sample::select(vec!["a.rs", "a.py", "a.json", "a.yaml"]),
            symbol in "(a|b|a::b|a\\.b|)",
        ) {
            if let SymbolSeen::Defined(lines) = look(path, &text, &symbol) {
                let count = u32::try_from(text.lines().count()).expect("few lines");
                prop_assert!(!lines.is_empty() && lines.iter().all(|it| (1..=count).contains(it)), "{lines:?} of {count}");
                prop_assert!(lines.is_sorted());
            }
        }
    }
}
