//! Definitions in a Rust file: by its words, braces and brackets, without comments and texts.

use super::{Definition, Reading, Strength};

/// A word or a mark, and the line that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'t> {
    text: &'t str,
    line: u32,
    is_word: bool,
}

/// Reads a file.
pub(super) fn read(text: &str) -> Reading<'_> {
    let tokens = tokens(text);
    Reading { definitions: definitions(&tokens), words: tokens.iter().filter(|it| it.is_word).map(|it| it.text).collect() }
}

/// What a brace opened: its name, if it has one, how many brackets were open before it, and what it lists.
struct Scope<'t> {
    name: Option<&'t str>,
    brackets: usize,
    members: Members,
}

/// What stands between the braces of a type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Members {
    /// No list of members.
    None,
    /// Variants, and what is expected next.
    Variants(Next),
    /// Fields, and what is expected next.
    Fields(Next),
}

/// Where in a list of members a token stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The name of a member may follow.
    Name,
    /// What follows a name, up to the next comma that is in no angle bracket; so many of these are open.
    Rest(usize),
    /// Something was seen that cannot be told apart: no further member is recognised.
    Unsure,
}

fn definitions<'t>(tokens: &[Token<'t>]) -> Vec<Definition<'t>> {
    let mut found: Vec<Definition<'t>> = Vec::new();
    let mut scopes: Vec<Scope<'t>> = Vec::new();
    let mut brackets = 0_usize;
    // The name of what the next brace opens, the brace that opens a list of members, and the place of a function whose body has not begun.
    let mut opens: Option<&str> = None;
    let mut body: Option<(usize, Members)> = None;
    let mut signature: Option<usize> = None;
    for (place, token) in tokens.iter().enumerate() {
        if let Some(name) = scopes.last_mut().filter(|_| brackets == 0).and_then(|it| it.members.named(tokens, place)) {
            let within: Vec<&str> = scopes.iter().filter_map(|it| it.name).collect();
            found.push(Definition { name, within, line: token.line, strength: Strength::Member });
            if tokens.get(place + 1).is_some_and(|it| it.text == "{") {
                (opens, body) = (Some(name), Some((place + 1, Members::Fields(Next::Name))));
            }
            continue;
        }
        match token.text {
            "{" if !token.is_word => {
                let members = body.take_if(|(brace, _)| *brace == place).map_or(Members::None, |(_, members)| members);
                scopes.push(Scope { name: opens.take(), brackets, members });
                (brackets, signature) = (0, None);
            }
            "}" if !token.is_word => brackets = scopes.pop().map_or(0, |it| it.brackets),
            "(" | "[" => brackets += 1,
            ")" | "]" => brackets = brackets.saturating_sub(1),
            ";" if brackets == 0 => {
                opens = None;
                // A declaration: what implements it is meant, if the file holds that too.
                if let Some(it) = signature.take().and_then(|it| found.get_mut(it)) {
                    it.strength = Strength::Second;
                }
            }
            _ if token.is_word => {
                let rest = &tokens[place + 1..];
                let is_impl = token.text == "impl";
                // A function follows many words; `const` and `impl` are parts of types and generics elsewhere.
                if token.text != "fn" && !begins_item(tokens, place) {
                    continue;
                }
                let Some(name) = (if is_impl { implemented(rest) } else { named(token.text, rest) }) else { continue };
                let within: Vec<&str> = scopes.iter().filter_map(|it| it.name).collect();
                let is_second = is_impl || within.iter().any(|it| matches!(*it, "tests" | "test"));
                if token.text == "fn" {
                    signature = Some(found.len());
                } else {
                    opens = Some(name);
                    let members = match token.text {
                        "enum" => Some(Members::Variants(Next::Name)),
                        "struct" | "union" => Some(Members::Fields(Next::Name)),
                        _ => None,
                    };
                    body = members.and_then(|members| Some((place + 1 + brace(rest)?, members)));
                }
                let strength = if is_second { Strength::Second } else { Strength::Own };
                found.push(Definition { name, within, line: token.line, strength });
            }
            _ => {}
        }
    }
    found
}

impl Members {
    /// The member that a token names, if it does; brackets are closed where it stands.
    fn named<'t>(&mut self, tokens: &[Token<'t>], place: usize) -> Option<&'t str> {
        let token = tokens.get(place)?;
        let text = |place: usize| tokens.get(place).map_or("", |it| it.text);
        let (next, is_field) = match self {
            Self::None => return None,
            Self::Variants(next) => (next, false),
            Self::Fields(next) => (next, true),
        };
        match *next {
            Next::Unsure => None,
            Next::Name => {
                // Attributes and visibility stand before a name; what they hold is in brackets.
                if matches!(token.text, "#" | "pub" | "(" | "[" | ")" | "]" | "," | "}") {
                    return None;
                }
                let follows = text(place + 1);
                let is_name = match is_field {
                    true => follows == ":" && text(place + 2) != ":",
                    false => matches!(follows, "{" | "(" | "," | "=" | "}"),
                };
                let is_member = token.is_word && is_name;
                *next = if is_member { Next::Rest(0) } else { Next::Unsure };
                is_member.then_some(token.text)
            }
            Next::Rest(open) => {
                let before = place.checked_sub(1).map_or("", text);
                *next = match token.text {
                    "," if open == 0 => Next::Name,
                    "<" if is_field => Next::Rest(open + 1),
                    ">" if is_field && before != "-" => Next::Rest(open.saturating_sub(1)),
                    // The value of a variant: a shift is two marks in a row, and all else may be a type with commas of its own.
                    "<" if text(place + 1) == "<" && before != ":" || before == "<" => Next::Rest(open),
                    "<" => Next::Unsure,
                    _ => Next::Rest(open),
                };
                None
            }
        }
    }
}

/// The brace that opens the body of a type: none for one without, and for one whose generics hold braces.
fn brace(rest: &[Token<'_>]) -> Option<usize> {
    let mut angles = 0_usize;
    for (place, token) in rest.iter().enumerate() {
        match token.text {
            "{" => return (angles == 0).then_some(place),
            ";" if angles == 0 => return None,
            "<" => angles += 1,
            ">" if place.checked_sub(1).and_then(|it| rest.get(it)).is_some_and(|it| it.text != "-") => angles = angles.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// The name that a keyword defines.
fn named<'t>(keyword: &str, rest: &[Token<'t>]) -> Option<&'t str> {
    let word = |place: usize| rest.get(place).filter(|it| it.is_word).map(|it| it.text);
    let name = match keyword {
        "fn" | "struct" | "enum" | "trait" | "type" | "mod" => word(0),
        "const" => word(0).filter(|it| !matches!(*it, "fn" | "unsafe" | "async" | "extern" | "_")),
        "static" => word(0).and_then(|it| if matches!(it, "mut" | "ref") { word(1) } else { Some(it) }),
        "union" => word(0).filter(|_| rest.get(1).is_some_and(|it| matches!(it.text, "{" | "<"))),
        "macro_rules" if rest.first().is_some_and(|it| it.text == "!") => word(1),
        _ => None,
    };
    name.filter(|it| !matches!(*it, "for" | "where"))
}

/// Whether an item can begin here.
fn begins_item(tokens: &[Token<'_>], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|it| tokens.get(it));
    before.is_none_or(|it| matches!(it.text, "{" | "}" | ";" | "]" | ")" | "pub" | "unsafe" | "default"))
}

/// The type that an `impl` is for: the last name of its path, without generics.
fn implemented<'t>(rest: &[Token<'t>]) -> Option<&'t str> {
    let mut angles = 0_usize;
    let mut name = None;
    let mut before = "";
    for (place, token) in rest.iter().enumerate() {
        match token.text {
            "{" | "where" | ";" if angles == 0 => break,
            "<" => angles += 1,
            ">" if before != "-" => angles = angles.saturating_sub(1),
            // `for<'a>` belongs to a bound.
            "for" if angles == 0 && rest.get(place + 1).is_some_and(|it| it.text != "<") => name = None,
            word if angles == 0 && token.is_word && !matches!(word, "dyn" | "mut" | "const" | "for") => name = Some(word),
            _ => {}
        }
        before = token.text;
    }
    name
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut all = Vec::new();
    let (mut rest, mut line) = (text, 1_u32);
    while let Some(first) = rest.chars().next() {
        let is_word = first.is_alphabetic() || first == '_';
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            comment(rest)
        } else if first == '"' {
            quoted(rest, 1)
        } else if let Some(taken) = raw_text(rest) {
            taken
        } else if first == '\'' {
            character(rest)
        } else if is_word || first.is_ascii_digit() {
            let start = if rest.starts_with("r#") { 2 } else { 0 };
            let word = &rest[start..];
            start + word.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(word.len())
        } else {
            first.len_utf8()
        };
        let (these, others) = rest.split_at(taken.max(1));
        let is_mark = these.len() == first.len_utf8() && !first.is_whitespace() && !matches!(first, '"' | '\'');
        if is_word && raw_text(rest).is_none() {
            all.push(Token { text: these, line, is_word: true });
        } else if is_mark && !first.is_ascii_digit() {
            all.push(Token { text: these, line, is_word: false });
        }
        line = line.saturating_add(u32::try_from(these.matches('\n').count()).unwrap_or(u32::MAX));
        rest = others;
    }
    all
}

/// The length of a comment that can hold comments.
fn comment(text: &str) -> usize {
    let (mut depth, mut place) = (0_usize, 0);
    while let Some(rest) = text.get(place..).filter(|it| !it.is_empty()) {
        if rest.starts_with("/*") {
            (depth, place) = (depth + 1, place + 2);
        } else if rest.starts_with("*/") {
            (depth, place) = (depth - 1, place + 2);
            if depth == 0 {
                return place;
            }
        } else {
            place += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a text in quotes that begins `start` bytes before its content.
fn quoted(text: &str, start: usize) -> usize {
    let mut is_escaped = false;
    for (place, it) in text.char_indices().skip(start) {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a raw text, or of one in bytes, if one begins here.
fn raw_text(text: &str) -> Option<usize> {
    let letters = text.find(|it: char| !matches!(it, 'r' | 'b' | 'c')).filter(|it| (1..=2).contains(it))?;
    let (prefix, rest) = text.split_at(letters);
    if !prefix.contains('r') {
        return rest.starts_with('"').then(|| letters + quoted(rest, 1));
    }
    let hashes = rest.find(|it| it != '#')?;
    if !rest[hashes..].starts_with('"') {
        return None;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let start = hashes + 1;
    Some(letters + rest[start..].find(&end).map_or(rest.len(), |it| start + it + end.len()))
}

/// The length of a character in quotes, or of a lifetime.
fn character(text: &str) -> usize {
    let mut rest = text.char_indices().skip(1);
    match rest.next() {
        Some((_, '\\')) => text.char_indices().skip(3).find(|(_, it)| *it == '\'').map_or(text.len(), |(place, _)| place + 1),
        Some(_) if rest.clone().next().is_some_and(|(_, it)| it == '\'') => rest.next().map_or(text.len(), |(place, _)| place + 1),
        // The word of a lifetime is no word of the code: `'static` defines nothing.
        _ => text.char_indices().skip(1).find(|(_, it)| !it.is_alphanumeric() && *it != '_').map_or(text.len(), |(place, _)| place),
    }
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
            ("only_in_tests", &[42]),
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
        for symbol in ["First", "field", "Iterator", "Wrapper::rewind"] {
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
        let cases: [(&str, u32); 16] = [
            ("Kind::First", 5),
            ("Kind::Second", 6),
            ("Kind::Third", 7),
            ("Kind::Third::deep", 7),
            ("Third::deeper", 7),
            ("Kind::Fourth", 8),
            ("Kind::Fifth", 8),
            ("Plain::left", 13),
            ("Plain.left", 13),
            // A method counts more than the field that it shows.
            ("Plain::right", 17),
            ("Plain::last", 15),
            ("Odd::A", 20),
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
            "Third::Out",
            "Plain::Key",
            "Plain::B",
            "Plain::D",
            "Plain::Two",
            "Plain::local",
            "Other::field",
            "Tuple::Named",
            "Odd::Wrong",
            "Odd::C",
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
