//! Literals that a text must hold for a pattern to match it: what lets one automaton pass over a log for all patterns at once.

use regex_syntax::hir::{Hir, HirKind};

/// Shorter literals are in nearly every line, and tell nothing.
const SHORTEST: usize = 3;

/// A pattern with more alternatives than this is better matched as a whole.
const MOST: usize = 16;

/// Literals of which every match of the pattern holds at least one; none where the pattern guarantees no literal of use.
#[must_use]
pub(super) fn required(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    required_of(pattern).filter(|it| it.len() <= MOST)
}

fn required_of(syntax: &Hir) -> Option<Vec<Vec<u8>>> {
    match syntax.kind() {
        HirKind::Literal(literal) => (literal.0.len() >= SHORTEST).then(|| vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => required_of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => required_of(&repetition.sub),
        // The part whose literals are longest says most.
        HirKind::Concat(parts) => {
            let shortest = |it: &Vec<Vec<u8>>| it.iter().map(Vec::len).min();
            parts.iter().filter_map(required_of).max_by_key(shortest)
        }
        HirKind::Alternation(parts) => {
            let each: Option<Vec<Vec<Vec<u8>>>> = parts.iter().map(required_of).collect();
            each.map(|it| it.concat())
        }
        HirKind::Empty | HirKind::Repetition(_) | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::required;

    #[test]
    fn every_match_holds_one_of_the_literals() {
        let cases: [(&str, Option<&[&str]>); 8] = [
            (r"^Observed L1_HANDLER tx=(?P<tx>0x[0-9a-f]+) ", Some(&["Observed L1_HANDLER tx="])),
            (r"\b429 Client Error", Some(&["429 Client Error"])),
            (r"attempt (failed|succeeded) for", Some(&["attempt "])),
            (r"(?:lost|late) \d", Some(&["lost", "late"])),
            (r"(?:lost|\d+)", None),
            (r"(?i)rate limit", None),
            (r"(?:optional words)?\d+", None),
            (r"a\d", None),
        ];
        for (pattern, expected) in cases {
            let syntax = regex_syntax::parse(pattern).expect("a pattern");
            let found = required(&syntax).map(|it| it.into_iter().map(|it| String::from_utf8(it).expect("text")).collect::<Vec<_>>());
            let expected = expected.map(|it| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{pattern}");
        }
    }
}
