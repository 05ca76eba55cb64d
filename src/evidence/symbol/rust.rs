//! Definitions in a Rust file.
//!
//! The grammar leaves what a macro is given as words and marks. Where a word of it begins a definition, that part is read once more, as items.

use std::collections::BTreeSet;

use super::{Definition, Definitions, Strength};
use crate::evidence::syntax::{Language, Node, Syntax, TextPart, scope_name};
use crate::evidence::test_code::Tests;
use crate::limits::MACRO_DEPTH;

/// How many macros of a file are read once more, and how deep within each other: no file that people write has so many that name one thing.
const MOST_MACROS: usize = 128;

/// The definitions of a name.
pub(super) fn definitions(syntax: &Syntax<'_>, name: &str, tests: &Tests) -> Definitions {
    let mut found = Definitions { all: Vec::new(), is_whole: true };
    let mut left = MOST_MACROS;
    collect(syntax, name, &Outer { names: Vec::new(), macros: 0 }, tests, &mut left, &mut found);
    found.all.sort_by_key(|it| it.line);
    found
}

/// What a text stands in.
struct Outer {
    names: Vec<String>,
    macros: usize,
}

fn collect(syntax: &Syntax<'_>, name: &str, outer: &Outer, tests: &Tests, left: &mut usize, found: &mut Definitions) {
    // In what could not be read, a word may look like a member that is none.
    let unread: BTreeSet<usize> = syntax.nodes().filter(|it| it.kind() == "ERROR").filter_map(Node::parent).map(Node::place).collect();
    for node in syntax.nodes() {
        if let Some((at, strength)) = defined(node, name, &unread).filter(|_| !tests.hold(node)) {
            found.all.push(Definition { within: within(node, outer), line: at.line(), strength });
        }
        let given = (node.kind() == "macro_invocation").then(|| node.children().find(|it| it.kind() == "token_tree")).flatten();
        let Some(given) = given.filter(|it| it.text().contains(name) && it.children().any(begins_a_definition) && !tests.hold(node)) else {
            continue;
        };
        if outer.macros >= MACRO_DEPTH || *left == 0 {
            found.is_whole = false;
            continue;
        }
        *left = left.saturating_sub(1);
        match TextPart::between_brackets(given).map(|it| Syntax::read(Language::Rust, syntax.text(), Some(&it))) {
            Some(Ok(inner)) => {
                let outer = Outer { names: within(node, outer), macros: outer.macros.saturating_add(1) };
                collect(&inner, name, &outer, &tests.within(&inner), left, found);
            }
            Some(Err(_)) => found.is_whole = false,
            None => {}
        }
    }
}

/// Names of what something stands in, without functions: what stands in one is named by what the function stands in.
fn within(node: Node<'_>, outer: &Outer) -> Vec<String> {
    let mut names: Vec<String> = node.ancestors().filter(|it| it.kind() != "function_item").filter_map(scope_name).map(plain).collect();
    names.reverse();
    [outer.names.as_slice(), &names].concat()
}

/// What a node defines, if that is of the name, and how much it counts.
fn defined<'s>(node: Node<'s>, name: &str, unread: &BTreeSet<usize>) -> Option<(Node<'s>, Strength)> {
    let strength = match node.kind() {
        "function_item" | "struct_item" | "enum_item" | "union_item" | "trait_item" | "type_item" | "associated_type" => Strength::Own,
        "const_item" | "static_item" | "mod_item" | "macro_definition" => Strength::Own,
        "function_signature_item" => Strength::Second,
        "impl_item" => return (scope_name(node)? == name).then_some((node, Strength::Second)),
        "enum_variant" | "field_declaration" => Strength::Member,
        _ => return None,
    };
    let is_sure = strength != Strength::Member || node.parent().is_some_and(|it| !unread.contains(&it.place()));
    let at = node.child("name").filter(|it| is_sure && plain(it.text()) == name)?;
    Some((at, strength))
}

/// A name without the mark that makes a word of the language one.
fn plain(name: &str) -> String {
    name.strip_prefix("r#").unwrap_or(name).to_owned()
}

fn begins_a_definition(word: Node<'_>) -> bool {
    matches!(word.kind(), "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" | "mod" | "impl")
}

#[cfg(test)]
mod tests {
    use crate::evidence::symbol::{SymbolSeen, look};

    const FILE: &str = r##"//! fn in_a_comment() {}
use a::b;

/* struct Hidden; /* fn nested() {} */ */
pub const LIMIT: usize = 4;
static mut STATE: [u8; 3] = [b'{', 0, 0];

pub(crate) struct Queue<'a, const N: usize> {
    field: &'static str,
}

impl<'a, F: Fn(u8) -> Vec<u8>, const N: usize> Queue<'a, N> {
    pub const fn rewind(&self) -> impl Iterator<Item = [u8; 3]> + '_ {
        let text = "} fn in_a_text() {";
        let raw = r#"fn in_a_raw_text() { " "#;
        let brace = '{';
        let quote = '\'';
        inner::<3>([0; 3]);
        fn inner<const M: usize>(_: [u8; M]) {}
    }
}

#[async_trait]
pub trait Client: Send {
    async fn add_tx(&self);
}

impl Client for other::Wrapper<Vec<u8>> where Vec<u8>: Sized {
    async fn add_tx(&self) { self.add_tx() }
}

unsafe impl<T> Send for External<T> {}

enum Kind { First, Second }
type Alias = fn(u8) -> u8;
macro_rules! make { () => {} }
mod outer { pub mod deep { pub fn leaf() {} } }

#[cfg(test)]
mod tests {
    fn rewind() {}
    fn only_in_tests() {}
}
"##;

    #[test]
    fn each_form_of_a_definition_is_found_in_its_line() {
        let cases: [(&str, &[u32]); 20] = [
            ("LIMIT", &[5]),
            ("STATE", &[6]),
            ("Queue", &[8]),
            ("rewind", &[13]),
            ("Queue::rewind", &[13]),
            ("Queue.rewind", &[13]),
            ("inner", &[19]),
            ("Client", &[24]),
            // The implementation, and the declaration where the trait is named.
            ("add_tx", &[29]),
            ("Client::add_tx", &[25]),
            ("Wrapper::add_tx", &[29]),
            ("External", &[32]),
            ("Kind", &[34]),
            ("Alias", &[35]),
            ("make", &[36]),
            ("leaf", &[37]),
            ("outer::deep::leaf", &[37]),
            ("deep::leaf", &[37]),
            ("tests::only_in_tests", &[42]),
            ("tests::rewind", &[41]),
        ];
        for (symbol, lines) in cases {
            assert_eq!(look("a.rs", FILE, symbol), SymbolSeen::Defined(lines.to_vec()), "{symbol}");
        }
    }

    #[test]
    fn what_stands_in_comments_texts_and_elsewhere_is_no_definition() {
        for symbol in ["in_a_comment", "Hidden", "nested", "in_a_text", "in_a_raw_text", "nothing"] {
            assert_eq!(look("a.rs", FILE, symbol), SymbolSeen::Absent, "{symbol}");
        }
        // A variant, a field, a call and a method of another type are named, and nothing defines them there.
        for symbol in ["First", "field", "Iterator", "Wrapper::rewind", "only_in_tests"] {
            assert_eq!(look("a.rs", FILE, symbol), SymbolSeen::Named, "{symbol}");
        }
    }

    const MEMBERS: &str = r#"
pub enum Kind<T: Into<Vec<u8>>, const N: usize> where T: Fn(u8) -> u8 {
    /// Docs, with, commas.
    #[serde(rename = "first, or", default)]
    First,
    Second(Vec<HashMap<u8, Inner>>, Other),
    Third { deep: HashMap<u8, Hidden>, #[cfg(test)] pub(crate) deeper: fn(Arg, Arg2) -> Out, },
    Fourth = 1 << 3, Fifth = { const Value: u8 = 3; 3 },
    r#Sixth,
}
#[derive(Debug)]
pub(in crate::a) struct Plain<'a> {
    pub(crate) left: &'a Map<Key, [u8; { 1 + 1 }]>,
    #[a(b, c)] right: Box<dyn Fn(A, B) -> Result<C, D> + 'a>,
    last: (One, Two) }
impl Plain<'_> {
    fn right(&self) -> bool { let Plain { left, last: local } = self; match x { Kind::First => Other { field: 1, other } } }
}
struct Tuple(pub Named, u8);
enum Odd { A = <X<Y, Wrong> as Z>::B, C }
make! { enum Made { One, Two } }
macro_rules! enums { ($name:ident) => { enum $name { $name, Inner } enum Fixed { $a, Late } } }
fn f() { struct Local { here: u8 } }
"#;

    #[test]
    fn variants_and_fields_are_found_under_the_name_of_their_type() {
        let cases: [(&str, u32); 17] = [
            ("Kind::First", 5),
            ("Kind::Second", 6),
            ("Kind::Third", 7),
            ("Kind::Third::deep", 7),
            ("Kind::Fourth", 8),
            ("Kind::Fifth", 8),
            ("Plain::left", 13),
            ("Plain.left", 13),
            // A method counts more than the field that it shows.
            ("Plain::right", 17),
            ("Plain::last", 15),
            ("Odd::A", 20),
            ("Odd::C", 20),
            ("Kind::Sixth", 9),
            ("Made::One", 21),
            ("Made::Two", 21),
            ("Local::here", 23),
            ("f", 23),
        ];
        for (symbol, line) in cases {
            assert_eq!(look("a.rs", MEMBERS, symbol), SymbolSeen::Defined(vec![line]), "{symbol}");
        }
    }

    #[test]
    fn what_is_no_member_or_cannot_be_told_from_one_is_only_named() {
        let symbols = [
            // Types, arguments, bindings and values.
            "Kind::Inner",
            "Kind::Other",
            "Kind::Hidden",
            "Kind::Value2",
            "Third::Arg2",
            // Only tests have it.
            "Third::deeper",
            "Third::Out",
            "Plain::Key",
            "Plain::B",
            "Plain::D",
            "Plain::Two",
            "Plain::local",
            "Other::field",
            "Tuple::Named",
            "Odd::Wrong",
            "Fixed::Late",
            "Kind::commas",
            // Alone, the name of a member is that of many things.
            "First",
            "left",
            "deep",
        ];
        for symbol in symbols {
            let found = look("a.rs", MEMBERS, symbol);
            assert!(matches!(found, SymbolSeen::Named | SymbolSeen::Absent), "{symbol}: {found:?}");
        }
    }

    #[test]
    fn several_definitions_of_one_name_are_all_named() {
        let file = "impl A { fn run() {} }\nimpl B { fn run() {} }\n";
        assert_eq!(look("a.rs", file, "run"), SymbolSeen::Defined(vec![1, 2]));
        assert_eq!(look("a.rs", file, "B::run"), SymbolSeen::Defined(vec![2]));
    }
}
