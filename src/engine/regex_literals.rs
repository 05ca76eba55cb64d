//! Literal words within a regular expression; the only file that names its grammar.

use std::ops::Range;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, Literal, LiteralKind};

/// Where the pattern spells out a word of at least three characters: byte ranges, in order. Empty if it cannot be read.
#[must_use]
pub fn words(pattern: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if let Ok(ast) = Parser::new().parse(pattern) {
        collect(&ast, &mut found);
    }
    found.retain(|it| pattern.get(it.clone()).is_some_and(|it| it.chars().count() >= 3 && it.chars().any(char::is_alphanumeric)));
    found
}

/// The pattern with a character that no log holds in the middle of a word.
#[must_use]
pub fn damaged(pattern: &str, word: &Range<usize>) -> String {
    let (before, after) = pattern.split_at_checked(word.start).unwrap_or((pattern, ""));
    format!("{before}\u{E000}{after}")
}

fn collect(ast: &Ast, found: &mut Vec<Range<usize>>) {
    match ast {
        Ast::Concat(concat) => {
            let mut run: Option<Range<usize>> = None;
            for part in &concat.asts {
                if let Some(literal) = verbatim(part) {
                    let (start, end) = (literal.span.start.offset, literal.span.end.offset);
                    run = Some(run.map_or(start..end, |it| it.start..end));
                } else {
                    found.extend(run.take());
                    collect(part, found);
                }
            }
            found.extend(run);
        }
        Ast::Alternation(alternation) => alternation.asts.iter().for_each(|it| collect(it, found)),
        Ast::Group(group) => collect(&group.ast, found),
        _ => {}
    }
}

/// A plain character; an escaped one ends a word, so that a damaged pattern stays readable.
fn verbatim(ast: &Ast) -> Option<&Literal> {
    match ast {
        Ast::Literal(literal) if literal.kind == LiteralKind::Verbatim => Some(literal),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_every_alternative_and_never_in_a_name_or_class() {
        let cases: [(&str, &[&str]); 5] = [
            (r"^Observed (?P<name>0x[0-9a-f]+) tx", &["Observed ", " tx"]),
            (r"^(Cannot connect|\[Errno \d+\])", &["Cannot connect", "Errno "]),
            (r"\b429 Client", &["429 Client"]),
            (r"abcd*", &["abc"]),
            ("(", &[]),
        ];
        for (pattern, expected) in cases {
            let found: Vec<&str> = words(pattern).into_iter().filter_map(|it| pattern.get(it)).collect();
            assert_eq!(found, expected, "{pattern}");
            for word in words(pattern) {
                let damaged = damaged(pattern, &word);
                assert!(regex::Regex::new(&damaged).is_ok_and(|it| !it.is_match("Observed 0x1 tx 429 Client")), "{damaged}");
            }
        }
    }
}
