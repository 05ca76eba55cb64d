//! Definitions in a Python file.

use super::{Definition, Strength};
use crate::evidence::syntax::{Node, Syntax, within};
use crate::evidence::test_code::Tests;

/// The definitions of a name.
pub(super) fn definitions(syntax: &Syntax<'_>, name: &str, tests: &Tests) -> Vec<Definition> {
    let named = syntax.nodes().filter(|it| it.kind() == "identifier" && it.text() == name && !tests.hold(*it));
    named.filter_map(|it| Some((it, strength(it)?))).map(|(it, strength)| definition(it, strength)).collect()
}

fn definition(name: Node<'_>, strength: Strength) -> Definition {
    // A class and a function are not within themselves.
    let outer = if matches!(name.field(), Some("name")) { name.parent().unwrap_or(name) } else { name };
    Definition { within: within(outer), line: name.line(), strength }
}

/// How much a name counts as a definition, if it is one there.
fn strength(name: Node<'_>) -> Option<Strength> {
    let statement = name.parent()?;
    match (statement.kind(), name.field()?) {
        ("class_definition" | "function_definition", "name") => Some(Strength::Own),
        ("assignment", "left") => {
            let around = name.ancestors().find(|it| matches!(it.kind(), "class_definition" | "function_definition"));
            match around.map(|it| it.kind()) {
                None | Some("class_definition") if statement.child("right").is_some() => Some(Strength::Own),
                Some("class_definition") => Some(Strength::Member),
                _ => None,
            }
        }
        _ => None,
    }
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
        let cases: [(&str, &[u32]); 14] = [
            ("MAX_BYTES", &[7]),
            ("NAMES", &[8]),
            ("text", &[12]),
            ("_Tracker", &[14]),
            ("LIMIT", &[15]),
            ("_Tracker.LIMIT", &[15]),
            ("_Tracker.field", &[16]),
            ("_Tracker.other", &[17]),
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
        // Alone, the name of what is only declared is that of many things.
        for symbol in ["MAX_OTHER", "field", "local", "in_a_call", "_Tracker.else", "_Tracker.if", "other", "_Tracker.local"] {
            assert_eq!(look("a.py", FILE, symbol), SymbolSeen::Named, "{symbol}");
        }
        assert_eq!(look("a.py", FILE, "_Tracker.inner_not"), SymbolSeen::Absent);
    }
}
