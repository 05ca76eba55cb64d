//! Patterns that match nothing, whatever the text. Only what follows from their structure is said; anything else may match.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Why a pattern can match nothing; none if it may match, or cannot be read.
#[must_use]
pub(crate) fn reason(pattern: &str) -> Option<&'static str> {
    impossible(&regex_syntax::parse(pattern).ok()?)
}

const START: &str = "`^` stands after text that must come before it";
const END: &str = "`$` stands before text that must come after it";
const EMPTY: &str = "it needs a character that does not exist";

fn impossible(hir: &Hir) -> Option<&'static str> {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => None,
        HirKind::Class(Class::Unicode(class)) => class.ranges().is_empty().then_some(EMPTY),
        HirKind::Class(Class::Bytes(class)) => class.ranges().is_empty().then_some(EMPTY),
        HirKind::Repetition(repetition) => {
            if repetition.min == 0 {
                None
            } else {
                impossible(&repetition.sub)
            }
        }
        HirKind::Capture(capture) => impossible(&capture.sub),
        HirKind::Alternation(all) => {
            let reasons: Option<Vec<&'static str>> = all.iter().map(impossible).collect();
            reasons.and_then(|it| it.first().copied())
        }
        HirKind::Concat(all) => all.iter().find_map(impossible).or_else(|| misplaced_anchor(all)),
    }
}

/// The beginning of the text has nothing before it, and its end nothing after it.
fn misplaced_anchor(all: &[Hir]) -> Option<&'static str> {
    let takes_text = |it: &Hir| it.properties().minimum_len().is_some_and(|it| it > 0);
    let after_text = all.iter().skip_while(|it| !takes_text(it)).skip(1);
    if after_text.into_iter().any(|it| it.properties().look_set_prefix().contains(Look::Start)) {
        return Some(START);
    }
    let before_text = all.iter().rev().skip_while(|it| !takes_text(it)).skip(1);
    before_text.into_iter().any(|it| it.properties().look_set_suffix().contains(Look::End)).then_some(END)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_match_is_told_from_what_may() {
        for (pattern, expected) in [
            ("Forward failed ^tx=", Some(START)),
            (r"(?P<a>x+)(^b|^c)", Some(START)),
            ("done$ then", Some(END)),
            ("(a^b|c$d)", Some(START)),
            (r"[^\s\S]x", Some(EMPTY)),
            ("(a^b|cd)", None),
            ("^a$", None),
            ("x*^a", None),
            (r"(?m)a\n^b", None),
            ("(a^b)?c", None),
            ("a(^b|c)", None),
            ("(", None),
        ] {
            assert_eq!(reason(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_called_impossible_never_matches() {
        let texts = ["", "a", "ab", "Forward failed tx=", "x\nb", "done then", "a\nb", "cd", "\n\n"];
        for pattern in ["Forward failed ^tx=", "(?P<a>x+)(^b|^c)", "done$ then", "(a^b|c$d)", r"[^\s\S]x", r"\n^b", r"a$\n"] {
            let regex = regex::Regex::new(pattern).expect(pattern);
            assert!(reason(pattern).is_some() && texts.iter().all(|it| !regex.is_match(it)), "{pattern}");
        }
    }
}
