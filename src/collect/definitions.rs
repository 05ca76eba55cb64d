//! What tells definitions of one name apart, and whether one can be where another went. Read off the lines around them: which line it is,
//! `evidence::symbol` says.

use super::redact;

/// Maximum length of a definition's description, in characters.
const MOST: usize = 100;

/// What several definitions of one name in one file differ by, in the order of their lines: under which condition each is compiled, in what
/// it stands, and how it begins. Empty if there is only one, or if nothing of that differs.
pub(super) fn differences(text: &str, lines: &[u32]) -> Vec<String> {
    let all: Vec<&str> = text.lines().collect();
    let definitions: Vec<[String; 3]> = lines.iter().map(|it| described(&all, place(*it))).collect();
    if definitions.len() < 2 {
        return Vec::new();
    }
    let differs = |part: usize| definitions.iter().any(|it| it.get(part) != definitions.first().and_then(|it| it.get(part)));
    let wanted: Vec<usize> = (0..3).filter(|it| differs(*it)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let words = |it: &[String; 3]| {
        let parts: Vec<&str> = wanted.iter().filter_map(|part| it.get(*part)).map(String::as_str).filter(|it| !it.is_empty()).collect();
        redact::redact(&parts.join(" ")).text.chars().take(MOST).collect::<String>()
    };
    definitions.iter().map(words).collect()
}

fn place(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1)
}

/// The conditions above a definition, what it stands in, and its first line.
fn described(lines: &[&str], place: usize) -> [String; 3] {
    let line = lines.get(place).copied().unwrap_or_default();
    let above = lines.get(..place).unwrap_or_default();
    let attributes = above.iter().rev().map(|it| it.trim()).take_while(|it| it.starts_with("#[") || it.starts_with("///"));
    let conditions: Vec<&str> = attributes.filter(|it| it.starts_with("#[cfg")).collect();
    let is_outer = |it: &&&str| !it.trim().is_empty() && indent(it) < indent(line) && begins_block(it.trim());
    let within = above.iter().rev().find(is_outer).map(|it| format!("in `{}`", head(it))).unwrap_or_default();
    [conditions.join(" "), within, format!("`{}`", head(line))]
}

fn indent(line: &str) -> usize {
    line.len().saturating_sub(line.trim_start().len())
}

fn begins_block(line: &str) -> bool {
    let rest = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) ")).unwrap_or(line);
    ["impl ", "impl<", "trait ", "mod ", "class ", "enum ", "struct ", "union "].iter().any(|it| rest.starts_with(it))
}

fn head(line: &str) -> &str {
    line.trim().trim_end_matches(['{', ':', ';']).trim_end()
}

/// The crate of a file, or for what is in none the uppermost folder: nothing that moved beyond it is taken for the same.
pub(super) fn home(path: &str) -> &str {
    let ends = path.match_indices('/').map(|(end, _)| end);
    let depth = if path.starts_with("crates/") { 1 } else { 0 };
    ends.clone().nth(depth).and_then(|end| path.get(..end)).unwrap_or_default()
}

/// Whether a definition in this line can be what an anchor named: of the same kind as far as its name tells, and no `impl` of it. Where a
/// symbol is looked up, those of tests are left out already.
pub(super) fn can_have_moved_to(text: &str, line: u32, symbol: &str) -> bool {
    let name = symbol.rsplit(['.', ':']).next().unwrap_or(symbol);
    let defined = text.lines().nth(place(line)).and_then(|it| defined_kind(it.trim()));
    match (kind_of_name(name), defined) {
        (_, Some(DefinitionKind::Block)) => false,
        (named, Some(defined)) => named == defined,
        // A field, a variant, a key: the name of what it stands in was found too.
        (_, None) => true,
    }
}

/// A kind of definition, as far as a name's spelling tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DefinitionKind {
    Function,
    Type,
    Constant,
    /// Something that is about what it names and does not define it.
    Block,
}

fn kind_of_name(name: &str) -> DefinitionKind {
    match (name.chars().any(char::is_lowercase), name.chars().next().is_some_and(char::is_uppercase)) {
        (false, _) => DefinitionKind::Constant,
        (true, true) => DefinitionKind::Type,
        (true, false) => DefinitionKind::Function,
    }
}

fn defined_kind(line: &str) -> Option<DefinitionKind> {
    let mut words = line.split(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '!'))).filter(|it| !it.is_empty());
    let word = words.find(|it| !matches!(*it, "pub" | "crate" | "super" | "in" | "async" | "unsafe" | "extern" | "C" | "default"))?;
    match word {
        "const" if line.contains("const fn ") => Some(DefinitionKind::Function),
        "fn" | "def" | "macro_rules!" => Some(DefinitionKind::Function),
        "struct" | "enum" | "union" | "trait" | "type" | "class" => Some(DefinitionKind::Type),
        "const" | "static" => Some(DefinitionKind::Constant),
        "impl" | "mod" => Some(DefinitionKind::Block),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_definitions_are_told_apart_by_what_differs() {
        let in_types = "impl Queue {\n    fn drain(&mut self) {}\n}\n\nimpl Stack {\n    fn drain(&mut self) {}\n}\n";
        assert_eq!(differences(in_types, &[2, 6]), ["in `impl Queue`", "in `impl Stack`"]);
        let conditions = "#[cfg(feature = \"a\")]\nfn run() {}\n#[cfg(not(feature = \"a\"))]\nfn run() {}\n";
        assert_eq!(differences(conditions, &[2, 4]), ["#[cfg(feature = \"a\")]", "#[cfg(not(feature = \"a\"))]"]);
        let signatures = "class A:\n    def f(self, a):\n        pass\n    def f(self, b):\n        pass\n";
        assert_eq!(differences(signatures, &[2, 4]), ["`def f(self, a)`", "`def f(self, b)`"]);
        assert!(differences("fn a() {}\nfn a() {}\n", &[1, 2]).is_empty(), "nothing differs");
        assert!(differences("fn a() {}\n", &[1]).is_empty());
        assert!(differences("", &[7, 9]).is_empty(), "lines that are not there");
    }

    #[test]
    fn a_home_is_a_crate_or_the_uppermost_folder() {
        for (path, expected) in [
            ("crates/apollo_batcher/src/batcher.rs", "crates/apollo_batcher"),
            ("crates/apollo_batcher/src/a/b.rs", "crates/apollo_batcher"),
            ("echonet/l1_logic/l1_manager.py", "echonet"),
            ("scripts/a.py", "scripts"),
            ("a.rs", ""),
        ] {
            assert_eq!(home(path), expected, "{path}");
        }
    }

    #[test]
    fn what_moved_is_of_the_same_kind() {
        let text = "pub const fn run() {}\nmod run {}\nimpl Queue {}\npub(crate) struct Queue;\nfn Queue() {}\nstatic LIMIT: u8 = 1;\n    \
                    limit: u8,\nasync fn run() {}\n";
        let cases = [
            (1, "run", true),
            (2, "run", false),
            (3, "Queue", false),
            (4, "Queue", true),
            (5, "Queue", false),
            (6, "LIMIT", true),
            (6, "limit", false),
            (7, "Queue::limit", true),
            (8, "run", true),
        ];
        for (line, symbol, expected) in cases {
            assert_eq!(can_have_moved_to(text, line, symbol), expected, "line {line}, {symbol}");
        }
    }
}
