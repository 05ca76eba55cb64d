//! Literal words within a regular expression; the only file that names its grammar.

use std::ops::Range;

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{Ast, GroupKind, Literal, LiteralKind, RepetitionKind, RepetitionRange};

/// Where the pattern spells out a word of at least three characters: byte ranges, in order. Empty if it cannot be read.
#[must_use]
pub(crate) fn words(pattern: &str) -> Vec<Range<usize>> {
    Parser::new().parse(pattern).map(|it| spelled(&it, pattern, WordReach::Once)).unwrap_or_default()
}

/// How far words are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WordReach {
    /// Not within what is repeated or optional.
    Once,
    /// Everywhere.
    Everywhere,
}

fn spelled(ast: &Ast, pattern: &str, reach: WordReach) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    collect(ast, reach, &mut found);
    found.retain(|it| pattern.get(it.clone()).is_some_and(|it| it.chars().count() >= 3 && it.chars().any(char::is_alphanumeric)));
    found
}

/// The pattern with a character that no log holds in the middle of a word.
#[must_use]
pub(crate) fn damaged(pattern: &str, word: &Range<usize>) -> String {
    let (before, after) = pattern.split_at_checked(word.start).unwrap_or((pattern, ""));
    format!("{before}\u{E000}{after}")
}

/// What a match need not hold, because it is one of several alternatives or optional: each alternative that spells out anything, and each word
/// within something optional, with the pattern that holds it always.
#[must_use]
pub(crate) fn forced(pattern: &str) -> Vec<(Range<usize>, String)> {
    let Ok(ast) = Parser::new().parse(pattern) else { return Vec::new() };
    let mut parts = Vec::new();
    branches(&ast, &mut parts);
    let alternatives = parts.clone();
    // A word of an alternative is told with all of it.
    let is_told = |word: &Range<usize>| {
        alternatives.iter().any(|it| it.start <= word.start && word.end <= it.end && with(&ast, it, pattern) == with(&ast, word, pattern))
    };
    parts.extend(spelled(&ast, pattern, WordReach::Everywhere).into_iter().filter(|it| !is_told(it)));
    parts.sort_by_key(|it| (it.start, it.end));
    let all = parts.into_iter().map(|part| {
        let forced = with(&ast, &part, pattern);
        (part, forced)
    });
    all.filter(|(_, forced)| forced != pattern).collect()
}

/// The alternatives that spell out anything.
fn branches(ast: &Ast, found: &mut Vec<Range<usize>>) {
    match ast {
        Ast::Alternation(alternation) => {
            for one in &alternation.asts {
                if spells(one) {
                    found.push(one.span().start.offset..one.span().end.offset);
                }
                branches(one, found);
            }
        }
        Ast::Concat(concat) => concat.asts.iter().for_each(|it| branches(it, found)),
        Ast::Group(group) => branches(&group.ast, found),
        Ast::Repetition(repetition) => branches(&repetition.ast, found),
        _ => {}
    }
}

fn spells(ast: &Ast) -> bool {
    match ast {
        Ast::Literal(_) => true,
        Ast::Concat(concat) => concat.asts.iter().any(spells),
        Ast::Alternation(alternation) => alternation.asts.iter().any(spells),
        Ast::Group(group) => spells(&group.ast),
        Ast::Repetition(repetition) => spells(&repetition.ast),
        _ => false,
    }
}

/// The pattern of a part, with the alternative that holds the word alone, and with it where it is optional.
fn with(ast: &Ast, word: &Range<usize>, pattern: &str) -> String {
    let holds = |it: &Ast| it.span().start.offset <= word.start && word.end <= it.span().end.offset;
    let text = |from: usize, to: usize| pattern.get(from..to).unwrap_or_default();
    let (start, end) = (ast.span().start.offset, ast.span().end.offset);
    match ast {
        Ast::Alternation(alternation) => match alternation.asts.iter().find(|it| holds(it)) {
            Some(one) => with(one, word, pattern),
            None => text(start, end).to_owned(),
        },
        Ast::Concat(concat) => concat.asts.iter().map(|it| with(it, word, pattern)).collect(),
        Ast::Group(group) if holds(&group.ast) => {
            let inner = group.ast.span();
            [text(start, inner.start.offset), &with(&group.ast, word, pattern), text(inner.end.offset, end)].concat()
        }
        Ast::Repetition(repetition) if holds(&repetition.ast) && is_optional(&repetition.op.kind) => with(&repetition.ast, word, pattern),
        _ => text(start, end).to_owned(),
    }
}

fn is_optional(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => true,
        RepetitionKind::OneOrMore => false,
        RepetitionKind::Range(range) => match range {
            RepetitionRange::Exactly(least) | RepetitionRange::AtLeast(least) | RepetitionRange::Bounded(least, _) => *least == 0,
        },
    }
}

/// The alternatives of the pattern, each as the places where it can be cut so that what stands before the cut, from the first place on, is a
/// pattern of its own: byte offsets, in order. Empty if it cannot be read.
#[must_use]
pub(crate) fn cuts(pattern: &str) -> Vec<Vec<usize>> {
    Parser::new().parse(pattern).map(|it| alternatives(&it)).unwrap_or_default()
}

fn alternatives(ast: &Ast) -> Vec<Vec<usize>> {
    match ast {
        Ast::Alternation(alternation) => alternation.asts.iter().flat_map(alternatives).collect(),
        Ast::Group(group) if !matches!(group.kind, GroupKind::NonCapturing(_)) => alternatives(&group.ast),
        Ast::Concat(concat) => {
            let start = concat.span.start.offset;
            vec![std::iter::once(start).chain(concat.asts.iter().map(|it| it.span().end.offset)).collect()]
        }
        other => vec![vec![other.span().start.offset, other.span().end.offset]],
    }
}

fn collect(ast: &Ast, reach: WordReach, found: &mut Vec<Range<usize>>) {
    match ast {
        Ast::Concat(concat) => {
            let mut run: Option<Range<usize>> = None;
            for part in &concat.asts {
                if let Some(literal) = verbatim(part) {
                    let (start, end) = (literal.span.start.offset, literal.span.end.offset);
                    run = Some(run.map_or(start..end, |it| it.start..end));
                } else {
                    found.extend(run.take());
                    collect(part, reach, found);
                }
            }
            found.extend(run);
        }
        Ast::Alternation(alternation) => alternation.asts.iter().for_each(|it| collect(it, reach, found)),
        Ast::Group(group) => collect(&group.ast, reach, found),
        Ast::Repetition(repetition) if reach == WordReach::Everywhere => collect(&repetition.ast, reach, found),
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
            for part in cuts(pattern) {
                let readable =
                    |end: &usize| part.first().and_then(|it| pattern.get(*it..*end)).is_some_and(|it| regex::Regex::new(it).is_ok());
                assert!(part.iter().all(readable), "{pattern}: {part:?}");
            }
            for word in words(pattern) {
                let damaged = damaged(pattern, &word);
                assert!(regex::Regex::new(&damaged).is_ok_and(|it| !it.is_match("Observed 0x1 tx 429 Client")), "{damaged}");
            }
        }
    }

    #[test]
    fn a_word_that_need_not_be_there_is_forced_and_what_stands_around_it_stays() {
        let cases: [(&str, &[(&str, &str)]); 7] = [
            (r"^Run (?P<how>failed|lost \d) for", &[("failed", "^Run (?P<how>failed) for"), (r"lost \d", r"^Run (?P<how>lost \d) for")]),
            ("one|two", &[("one", "one"), ("two", "two")]),
            (
                r"tx(?: of (?P<n>\d+) blocks)? done",
                &[(" of ", r"tx(?: of (?P<n>\d+) blocks) done"), (" blocks", r"tx(?: of (?P<n>\d+) blocks) done")],
            ),
            (r"a word (b|c)+", &[]),
            (r"^Sent tx(: | twice: tx=|)", &[(": ", "^Sent tx(: )"), (" twice: tx=", "^Sent tx( twice: tx=)")]),
            ("x(a(b|c)|d)", &[("a(b|c)", "x(a(b|c))"), ("b", "x(a(b))"), ("c", "x(a(c))"), ("d", "x(d)")]),
            ("(", &[]),
        ];
        for (pattern, expected) in cases {
            let found: Vec<(&str, String)> =
                forced(pattern).into_iter().map(|(word, it)| (pattern.get(word).expect("a word"), it)).collect();
            let expected: Vec<(&str, String)> = expected.iter().map(|(word, it)| (*word, (*it).to_owned())).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
