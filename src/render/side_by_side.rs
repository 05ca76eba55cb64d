//! Compares two multi-line texts line by line.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Lines beyond this are not compared one by one: comparing takes time that grows with the square of what differs.
const COMPARED: usize = 400;

/// A run of lines.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LineRun<'t> {
    /// Lines that both have.
    Both(Vec<&'t str>),
    /// Lines that only one has; either side may be empty, never both.
    Differ {
        /// Echonet's.
        ours: Vec<&'t str>,
        /// Mainnet's.
        theirs: Vec<&'t str>,
    },
}

/// The lines of both texts in order.
pub(super) fn side_by_side<'t>(ours: &'t str, theirs: &'t str) -> Vec<LineRun<'t>> {
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (ours.lines().collect(), theirs.lines().collect());
    let (our_head, our_rest) = ours.split_at(ours.len().min(COMPARED));
    let (their_head, their_rest) = theirs.split_at(theirs.len().min(COMPARED));
    let at = |lines: &[&'t str], range: Range<usize>| lines.get(range).unwrap_or_default().to_vec();
    let mut runs: Vec<LineRun<'t>> = capture_diff_slices(Algorithm::Myers, our_head, their_head)
        .iter()
        .map(|it| match it.tag() {
            DiffTag::Equal => LineRun::Both(at(our_head, it.old_range())),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                LineRun::Differ { ours: at(our_head, it.old_range()), theirs: at(their_head, it.new_range()) }
            }
        })
        .collect();
    if !our_rest.is_empty() || !their_rest.is_empty() {
        runs.push(if our_rest == their_rest {
            LineRun::Both(our_rest.to_vec())
        } else {
            LineRun::Differ { ours: our_rest.to_vec(), theirs: their_rest.to_vec() }
        });
    }
    runs
}

/// What one side has where two values first differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DifferingSide<'t> {
    /// Neither side's value was seen: what is known is that they differ.
    Unseen,
    /// It has no value.
    Nothing,
    /// It has a value, but not the line that the other side has there.
    NoSuchLine,
    /// This line.
    Line(&'t str),
}

/// Echonet's and mainnet's side of the first difference: one line each, for where there is no room for more.
pub(super) fn first_difference<'t>(ours: Option<&'t str>, theirs: Option<&'t str>) -> [DifferingSide<'t>; 2] {
    let differing = ours.zip(theirs).and_then(|(ours, theirs)| {
        side_by_side(ours, theirs).into_iter().find_map(|it| match it {
            LineRun::Differ { ours, theirs } => Some([ours.first().copied(), theirs.first().copied()]),
            LineRun::Both(_) => None,
        })
    });
    match differing {
        Some(lines) => lines.map(|it| it.map_or(DifferingSide::NoSuchLine, DifferingSide::Line)),
        None if ours.is_none() && theirs.is_none() => [DifferingSide::Unseen, DifferingSide::Unseen],
        None => [ours, theirs].map(|it| it.map_or(DifferingSide::Nothing, |it| DifferingSide::Line(it.lines().next().unwrap_or_default()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told_in_one_line_a_side() {
        use DifferingSide::{Line, NoSuchLine, Nothing};
        assert_eq!(first_difference(Some("a\nb"), Some("a\nx\nb")), [NoSuchLine, Line("x")]);
        assert_eq!(first_difference(Some("1"), Some("2")), [Line("1"), Line("2")]);
        assert_eq!(first_difference(None, Some("2\n3")), [Nothing, Line("2")]);
        assert_eq!(first_difference(Some("a"), Some("a\n")), [Line("a"), Line("a")]);
    }

    #[test]
    fn lines_of_one_side_stand_alone() {
        let runs = side_by_side("a\nb\n", "a\nx\nb");
        assert_eq!(runs, [LineRun::Both(vec!["a"]), LineRun::Differ { ours: vec![], theirs: vec!["x"] }, LineRun::Both(vec!["b"])]);
        assert_eq!(side_by_side("a", "b"), [LineRun::Differ { ours: vec!["a"], theirs: vec!["b"] }]);
        assert_eq!(side_by_side("", ""), []);
    }

    #[test]
    fn endless_texts_are_compared_as_far_as_is_quick_and_nothing_is_lost() {
        let ours: String = (0..100_000).map(|it| format!("o{it}\n")).collect();
        let theirs: String = (0..100_000).map(|it| format!("t{it}\n")).collect();
        let runs = side_by_side(&ours, &theirs);
        let count: usize = runs
            .iter()
            .map(|it| match it {
                LineRun::Both(lines) => lines.len() * 2,
                LineRun::Differ { ours, theirs } => ours.len() + theirs.len(),
            })
            .sum();
        assert_eq!(count, 200_000);
    }
}
