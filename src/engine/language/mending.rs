//! Problems that mend themselves: a word of which it is said what was meant.

use super::problem::{FileText, Problem};

/// A word of a file that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mended {
    /// Name of the file.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// The word that stood there.
    pub before: String,
    /// The word that stands there now.
    pub after: String,
}

/// The file with the word replaced that a problem is about, if the problem says which is meant and where it stands is certain.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
#[must_use]
pub(crate) fn mended(text: &FileText, problem: &Problem) -> Option<(FileText, Mended)> {
    let after = problem.way_out()?.strip_prefix("did you mean `")?.strip_suffix("`?")?;
    let quoted = problem.message.split('`').skip(1).step_by(2).filter(|it| *it != after);
    let alike = |it: &&str| strsim::jaro_winkler(it, after);
    let before = quoted.max_by(|left, right| alike(left).total_cmp(&alike(right)))?;
    let start: usize = text.body().split_inclusive('\n').take(problem.line.checked_sub(1)?).map(str::len).sum();
    let line = text.body().get(start..)?.lines().next()?;
    let from = line.char_indices().nth(problem.column.checked_sub(1)?)?.0;
    let at = only(line, from, before)?;
    let mut body = text.body().to_owned();
    body.replace_range(start + at..start + at + before.len(), after);
    let column = line.get(..at)?.chars().count() + 1;
    let mended = Mended { file: text.name().to_owned(), line: problem.line, column, before: before.to_owned(), after: after.to_owned() };
    Some((FileText::new(text.name(), body), mended))
}

/// Where a word stands in a line: where the problem is, or else at its only place behind that.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn only(line: &str, from: usize, word: &str) -> Option<usize> {
    let is_inside = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '-');
    let is_whole = |at: &usize| {
        let before = line.get(..*at).and_then(|it| it.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|it| it.chars().next());
        !is_inside(before) && !is_inside(after)
    };
    let rest = line.get(from..)?;
    let mut found = rest.match_indices(word).map(|(at, _)| from + at).filter(is_whole);
    let first = found.next()?;
    (first == from || found.next().is_none()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(body: &str, line: usize, column: usize, message: &str, help: &str) -> Option<(String, Mended)> {
        let text = FileText::new("x.yaml", body);
        let at = FileText::new("x.yaml", body).at_place(line, column, message, Some(help.to_owned()));
        mended(&text, &at).map(|(text, mended)| (text.body().to_owned(), mended))
    }

    #[test]
    fn the_word_that_is_meant_takes_its_place_and_nothing_else_changes() {
        let (body, mended) =
            tried("a: 1\r\nownr: ownr x # ownr\r\n", 2, 1, "unknown field `ownr`", "did you mean `owner`?").expect("mended");
        assert_eq!(body, "a: 1\r\nowner: ownr x # ownr\r\n");
        assert_eq!((mended.line, mended.column, mended.before.as_str(), mended.after.as_str()), (2, 1, "ownr", "owner"));
        let path = "items: \"$.leger[?@.kind == 'x']\"";
        let (body, _) = tried(path, 1, 8, "let `items`: no case document has `leger` here", "did you mean `ledger`?").expect("mended");
        assert_eq!(body, "items: \"$.ledger[?@.kind == 'x']\"");
    }

    #[test]
    fn what_is_not_certain_stays() {
        let twice = "any: [lin, other, lin]";
        assert_eq!(tried(twice, 1, 1, "no clause `lin`", "did you mean `line`?"), None, "it stands there twice");
        assert_eq!(tried("when: liny", 1, 1, "no clause `lin`", "did you mean `line`?"), None, "it is a part of another word");
        assert_eq!(tried("when: lin", 1, 1, "no clause `lin`", "one of: line, other"), None, "nothing is said to be meant");
        assert_eq!(tried("when: lin", 7, 1, "no clause `lin`", "did you mean `line`?"), None, "there is no such line");
    }
}
