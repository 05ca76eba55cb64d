//! Definitions in a Python file: by its lines and their indentation, without comments and texts.

use super::{Definition, Reading, Strength};

/// Reads a file.
pub(super) fn read(text: &str) -> Reading<'_> {
    let mut definitions = Vec::new();
    let mut words = Vec::new();
    let mut scopes: Vec<Scope<'_>> = Vec::new();
    for line in lines(text) {
        let parts = || line.code.iter().flat_map(|it| it.split(|it: char| !it.is_alphanumeric() && it != '_')).filter(|it| !it.is_empty());
        words.extend(parts());
        let Some(code) = line.code.first().filter(|_| line.begins).filter(|it| !it.trim().is_empty()) else { continue };
        let indent = code.len() - code.trim_start().len();
        while scopes.last().is_some_and(|it| indent <= it.indent) {
            scopes.pop();
        }
        let within = || scopes.iter().map(|it| it.name).collect();
        let code = code.trim_start();
        let named = |keyword: &str| code.trim_start_matches("async ").trim_start().strip_prefix(keyword).map(identifier);
        let (name, kind) = match (named("def "), named("class ")) {
            (Some(name), _) => (name, Kind::Function),
            (_, Some(name)) => (name, Kind::Class),
            _ => {
                let (name, strength) = match (scopes.last().map(|it| it.kind), assigned(code)) {
                    (Some(Kind::Function), _) => continue,
                    (_, Some(name)) => (name, Strength::Own),
                    (Some(Kind::Class), None) => (declared(code), Strength::Member),
                    (None, None) => continue,
                };
                let is_named = !name.is_empty();
                definitions.extend(is_named.then(|| Definition { name, within: within(), line: line.number, strength }));
                continue;
            }
        };
        definitions.push(Definition { name, within: within(), line: line.number, strength: Strength::Own });
        scopes.push(Scope { name, indent, kind });
    }
    Reading { definitions, words }
}

struct Scope<'t> {
    name: &'t str,
    indent: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Class,
}

fn identifier(text: &str) -> &str {
    let text = text.trim_start();
    text.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default()
}

/// The name that a line assigns to: `NAME = …` or `NAME: type = …`.
fn assigned(code: &str) -> Option<&str> {
    let name = identifier(code);
    let rest = code.strip_prefix(name)?.trim_start();
    let value = match rest.strip_prefix(':') {
        Some(annotated) => annotated.split_once('=').map(|(_, value)| value),
        None => rest.strip_prefix('='),
    };
    (!name.is_empty() && value.is_some_and(|it| !it.starts_with('='))).then_some(name)
}

/// The attribute that a line of a class declares without a value, `name: type`; empty if it is another line.
fn declared(code: &str) -> &str {
    let name = identifier(code);
    let annotation = code.strip_prefix(name).and_then(|it| it.trim_start().strip_prefix(':')).unwrap_or_default();
    let is_block = matches!(name, "else" | "try" | "finally" | "except" | "lambda");
    if is_block || annotation.trim().is_empty() { "" } else { name }
}

/// A line without its comments and the content of its texts.
struct Line<'t> {
    number: u32,
    /// Whether a statement begins here: no text, bracket or line before goes on.
    begins: bool,
    code: Vec<&'t str>,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut all = Vec::new();
    let mut open: Option<&str> = None;
    let mut brackets = 0_usize;
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let mut read = Line { number, begins: open.is_none() && brackets == 0 && !goes_on, code: Vec::new() };
        let (mut place, mut start) = (0, open.is_none().then_some(0));
        while let Some(rest) = line.get(place..).filter(|it| !it.is_empty()) {
            let first = rest.chars().next().map_or(1, char::len_utf8);
            match open {
                Some(quote) if rest.starts_with(quote) => {
                    place += quote.len();
                    (open, start) = (None, Some(place));
                    continue;
                }
                Some(_) => place += if rest.starts_with('\\') { 1 + rest.chars().nth(1).map_or(0, char::len_utf8) } else { first },
                None => {
                    let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|it| rest.starts_with(it));
                    if quote.is_some() || rest.starts_with('#') {
                        read.code.extend(start.take().and_then(|it| line.get(it..place)));
                    }
                    if let Some(quote) = quote {
                        place += quote.len();
                        open = Some(quote);
                        continue;
                    }
                    match rest.as_bytes().first() {
                        Some(b'#') => break,
                        Some(b'(' | b'[' | b'{') => brackets += 1,
                        Some(b')' | b']' | b'}') => brackets = brackets.saturating_sub(1),
                        _ => {}
                    }
                    place += first;
                }
            }
        }
        read.code.extend(start.and_then(|it| line.get(it..)));
        goes_on = open.is_none() && line.ends_with('\\');
        // A text in single quotes ends with its line.
        open = open.filter(|it| it.len() == 3 || line.ends_with('\\'));
        all.push(read);
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::evidence::symbol::{SymbolSeen, look};

    const FILE: &str = r#""""Docs.

def in_docs():
"""
import x

MAX_BYTES: int = 4
NAMES = {"a": 1}  # class InAComment:
call(
    MAX_OTHER=3,
)
text = 'it\'s # no comment'

class _Tracker(Base):
    LIMIT = 3
    field: int
    other: "Text"
    if LIMIT: pass
    else: skip

    @staticmethod
    async def record(self, *, a: str = ")") -> None:
        '''def in_a_text():'''
        local = 3
        if local == 3:
            def inner():
                pass

    def record_other(self): pass


if x:
    def record(tx):
        return in_a_call(tx)
"#;

    #[test]
    fn functions_classes_and_constants_are_found_in_their_lines() {
        let cases: [(&str, &[u32]); 13] = [
            ("MAX_BYTES", &[7]),
            ("NAMES", &[8]),
            ("text", &[12]),
            ("_Tracker", &[14]),
            ("LIMIT", &[15]),
            ("_Tracker.LIMIT", &[15]),
            ("_Tracker.field", &[16]),
            ("record", &[22, 33]),
            ("_Tracker.record", &[22]),
            ("_Tracker::record", &[22]),
            ("inner", &[26]),
            ("record.inner", &[26]),
            ("record_other", &[29]),
        ];
        for (symbol, lines) in cases {
            assert_eq!(look("a.py", FILE, symbol), SymbolSeen::Defined(lines.to_vec()), "{symbol}");
        }
    }

    #[test]
    fn what_stands_in_comments_and_texts_is_no_definition() {
        for symbol in ["in_docs", "InAComment", "in_a_text", "nothing", "comment"] {
            assert_eq!(look("a.py", FILE, symbol), SymbolSeen::Absent, "{symbol}");
        }
        // Alone, the name of what is only declared is that of many things; and a text may be any annotation.
        for symbol in ["MAX_OTHER", "field", "local", "in_a_call", "_Tracker.else", "_Tracker.if", "_Tracker.other", "_Tracker.local"] {
            assert_eq!(look("a.py", FILE, symbol), SymbolSeen::Named, "{symbol}");
        }
        assert_eq!(look("a.py", FILE, "_Tracker.inner_not"), SymbolSeen::Absent);
    }
}
