//! Where a source file defines a symbol.
//!
//! Rust and Python are read by their grammars, JSON and YAML by the keys in their lines. A definition is an item of Rust, and, where nothing
//! else bears the name, an `impl`; a function or class of Python, and what is assigned outside functions; and under the name of their type
//! variants, fields and what a class declares. What stands in comments and texts is no definition, and what only tests run is none of a program.
//! What a macro makes out of a name is not recognised. A file that could not be read whole (too large, too deep, too much work, or with
//! something that the grammar does not know) and that names the symbol is told apart from one that was read, so that nobody calls it gone.

mod python;
mod rust;

use super::syntax::{Language, Syntax};
use super::test_code::{Tests, is_test_file, of_tests};

/// What a file says of a symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SymbolSeen {
    /// It is defined in these lines, from 1, lowest first; more than one if several definitions bear the name. Never empty.
    Defined(Vec<u32>),
    /// Its name is in the file, which was read whole, and nothing there defines it.
    Named,
    /// Its name is in the file, and what could be read of it does not define it.
    Unread,
    /// Its name is not in the file.
    Absent,
    /// Definitions in files of this kind are not recognised.
    NotRead,
}

/// A definition of the name that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Definition {
    /// Names of the enclosing items, outermost first.
    within: Vec<String>,
    line: u32,
    strength: Strength,
}

/// The definitions of a name in a file.
struct Definitions {
    all: Vec<Definition>,
    /// Whether all of the file was looked at.
    is_whole: bool,
}

/// How much a definition counts beside others of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strength {
    /// It is the thing itself.
    Own,
    /// It counts only where nothing else bears the name: a declaration without a body, or an `impl`.
    Second,
    /// A variant or a field. It counts only under the name of what it stands in, and where nothing else bears that: alone, its name is that
    /// of many things.
    Member,
}

/// Looks a symbol up in a file: `name`, or `Outer::name` or `Outer.name` for what stands in a type, module or class. The kind of the file is
/// told by the end of its path.
#[must_use]
pub(crate) fn look(path: &str, text: &str, symbol: &str) -> SymbolSeen {
    let language = match (Language::from_path(path), path.rsplit_once('.').map(|(_, end)| end)) {
        (Some(language), _) => language,
        (None, Some("json")) => return keys(text, |line| is_json_key(line, symbol), symbol),
        (None, Some("yaml" | "yml")) => return keys(text, |line| is_yaml_key(line, symbol), symbol),
        _ => return SymbolSeen::NotRead,
    };
    let parts = names(symbol);
    let Some((name, outer)) = parts.split_last() else { return SymbolSeen::Absent };
    // Most files do not hold the name at all.
    if !text.contains(name) {
        return SymbolSeen::Absent;
    }
    let Ok(syntax) = Syntax::read(language, text, None) else { return SymbolSeen::Unread };
    // Who names a test asks for it; whoever else bears its name is not there.
    let tests = if is_test_file(path) || outer.iter().any(|it| of_tests(it)) { Tests::asked_for() } else { Tests::from_syntax(&syntax) };
    let Definitions { mut all, is_whole } = match language {
        Language::Python => Definitions { all: python::definitions(&syntax, name, &tests), is_whole: true },
        Language::Rust => rust::definitions(&syntax, name, &tests),
    };
    all.retain(|it| it.within.iter().map(String::as_str).collect::<Vec<_>>().ends_with(outer));
    let lines = |wanted: Strength| all.iter().filter(|it| it.strength == wanted).map(|it| it.line).collect::<Vec<u32>>();
    let members = if outer.is_empty() { Vec::new() } else { lines(Strength::Member) };
    match [lines(Strength::Own), lines(Strength::Second), members].into_iter().find(|it| !it.is_empty()) {
        Some(lines) => SymbolSeen::Defined(lines),
        None if !is_whole || !syntax.left_out.is_empty() => SymbolSeen::Unread,
        None if !syntax.nodes().any(|it| it.is_word(name)) => SymbolSeen::Absent,
        None if !syntax.unknown.is_empty() => SymbolSeen::Unread,
        None => SymbolSeen::Named,
    }
}

/// The names of a symbol, outermost first: `Outer::name` and `Outer.name` are two.
#[must_use]
pub(crate) fn names(symbol: &str) -> Vec<&str> {
    symbol.split("::").flat_map(|it| it.split('.')).collect()
}

fn keys(text: &str, is_key: impl Fn(&str) -> bool, symbol: &str) -> SymbolSeen {
    let lines: Vec<u32> = (1..).zip(text.lines()).filter(|(_, line)| is_key(line)).map(|(number, _)| number).collect();
    match lines {
        lines if !lines.is_empty() => SymbolSeen::Defined(lines),
        // A key within a line of others, or whose colon stands on the next, is not recognised.
        _ if is_followed_by_a_colon(text, symbol) => SymbolSeen::Unread,
        _ if text.contains(symbol) => SymbolSeen::Named,
        _ => SymbolSeen::Absent,
    }
}

fn is_followed_by_a_colon(text: &str, symbol: &str) -> bool {
    !symbol.is_empty() && text.split(symbol).skip(1).any(|it| it.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
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
        assert_eq!(look("deployment.yaml", "a: {args: no}\n", "args"), SymbolSeen::Unread);
        assert_eq!(look("deployment.yaml", "a: args\n", "args"), SymbolSeen::Named);
    }

    #[test]
    fn a_file_of_an_unknown_kind_is_not_read() {
        assert_eq!(look("Dockerfile", "FROM x", "FROM"), SymbolSeen::NotRead);
        assert_eq!(look("a.toml", "x = 1", "x"), SymbolSeen::NotRead);
    }

    #[test]
    fn a_definition_is_found_after_what_is_nested_too_deep_and_nothing_in_it_is_called_absent() {
        let (open, close) = ("(".repeat(2_000), ")".repeat(2_000));
        let rust = format!("fn f() {{ {open}deep{close} }}\nfn after() {{}}\n");
        assert_eq!(look("a.rs", &rust, "after"), SymbolSeen::Defined(vec![2]));
        assert_eq!(look("a.rs", &rust, "deep"), SymbolSeen::Unread);
        let python = format!("x = {open}deep{close}\ndef after(): pass\n");
        assert_eq!(look("a.py", &python, "after"), SymbolSeen::Defined(vec![2]));
        assert_eq!(look("a.py", &python, "deep"), SymbolSeen::Unread);
        // Too much work, or too large: the name is there, and no more can be told.
        assert_eq!(look("a.rs", &format!("fn after() {{}}\n{}", "r#\"".repeat(100_000)), "after"), SymbolSeen::Unread);
        assert_eq!(look("a.py", &format!("def after(): pass\n#{}", " ".repeat(600 * 1024)), "after"), SymbolSeen::Unread);
    }

    #[test]
    fn a_name_without_a_definition_is_told_apart_from_what_the_grammar_does_not_know() {
        let renamed = "fn forward_tx() {}\nfn run() { forward(); info!(\"{}\", forward()); }\n";
        assert_eq!(look("a.rs", renamed, "forward"), SymbolSeen::Named);
        assert_eq!(look("a.rs", &format!("{renamed}fn other() {{ ) }}\n"), "forward"), SymbolSeen::Unread);
        assert_eq!(look("a.py", "class Other:\n    def forward(self): pass\n", "Sender.forward"), SymbolSeen::Named);
        assert_eq!(look("a.py", "class Other:\n    def forward(self): pass\nx = = 1\n", "Sender.forward"), SymbolSeen::Unread);
    }

    #[test]
    fn what_only_tests_run_defines_nothing_of_a_program() {
        for rust in [
            "fn run() { insert() }\n#[cfg(test)]\nmod checks { fn insert() {} }\n",
            "fn run() { insert() }\nmod tests { fn insert() {} }\n",
            "fn run() { insert() }\n#[cfg(any(test, feature = \"testing\"))]\nfn insert() {}\n",
            "fn run() { insert() }\n#[tokio::test]\n// Docs.\n#[ignore]\nasync fn insert() {}\n",
        ] {
            assert_eq!(look("a.rs", rust, "insert"), SymbolSeen::Named, "{rust}");
            assert!(matches!(look("a_test.rs", rust, "insert"), SymbolSeen::Defined(_)), "{rust}");
        }
        assert_eq!(look("a.rs", "#[cfg(not(test))]\nfn insert() {}\n", "insert"), SymbolSeen::Defined(vec![2]));
        assert_eq!(look("a.py", "class TestRun:\n    def insert(self): pass\n", "insert"), SymbolSeen::Named);
        assert_eq!(look("a.py", "class TestnetRun:\n    def insert(self): pass\n", "insert"), SymbolSeen::Defined(vec![2]));
    }

    #[test]
    fn macros_within_macros_are_read_so_deep_and_no_deeper() {
        let nested = |times: usize| format!("{}struct Inner; {}", "m! { const A: u8 = 1; ".repeat(times), "}".repeat(times));
        assert_eq!(look("a.rs", &nested(3), "Inner"), SymbolSeen::Defined(vec![1]));
        assert_eq!(look("a.rs", &nested(4), "Inner"), SymbolSeen::Unread);
        assert_eq!(look("a.rs", &"m! { fn inner() {} }\n".repeat(500), "missing::inner"), SymbolSeen::Unread);
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
