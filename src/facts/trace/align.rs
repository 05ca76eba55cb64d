//! Which line of one trace corresponds to which line of the other.

use super::line::TraceLine;
use crate::limits::TRACE_COMPARISONS;

/// A line of each side; at least one is present.
pub(super) type Pair<'l, 'a> = (Option<&'l TraceLine<'a>>, Option<&'l TraceLine<'a>>);

/// Pairs lines of the same part, address, class and selector, in order, as many as possible.
#[expect(clippy::arithmetic_side_effects, reason = "no more lines are alike than either side has")]
pub(super) fn align<'l, 'a>(ours: &'l [TraceLine<'a>], theirs: &'l [TraceLine<'a>]) -> Vec<Pair<'l, 'a>> {
    let start = ours.iter().zip(theirs).take_while(|(ours, theirs)| ours.key() == theirs.key()).count();
    let (first, ours) = ours.split_at(start);
    let (their_first, theirs) = theirs.split_at(start);
    let end = ours.iter().rev().zip(theirs.iter().rev()).take_while(|(ours, theirs)| ours.key() == theirs.key()).count();
    let (ours, last) = ours.split_at(ours.len() - end);
    let (theirs, their_last) = theirs.split_at(theirs.len() - end);
    let both = |(ours, theirs)| (Some(ours), Some(theirs));
    let mut pairs: Vec<_> = first.iter().zip(their_first).map(both).collect();
    pairs.append(&mut longest_common(ours, theirs));
    pairs.extend(last.iter().zip(their_last).map(both));
    pairs
}

#[expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "the table has a row and a column more than there are lines")]
fn longest_common<'l, 'a>(ours: &'l [TraceLine<'a>], theirs: &'l [TraceLine<'a>]) -> Vec<Pair<'l, 'a>> {
    let mut pairs = Vec::new();
    let (mut our_rest, mut their_rest) = (ours, theirs);
    if ours.len().saturating_mul(theirs.len()) <= TRACE_COMPARISONS {
        // `common[i][j]` is the most pairs that `ours[i..]` and `theirs[j..]` allow.
        let mut common = vec![vec![0_u32; theirs.len() + 1]; ours.len() + 1];
        for i in (0..ours.len()).rev() {
            for j in (0..theirs.len()).rev() {
                common[i][j] =
                    if ours[i].key() == theirs[j].key() { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
            }
        }
        while let ([our, ours @ ..], [their, theirs @ ..]) = (our_rest, their_rest) {
            let (i, j) = (common.len() - 1 - our_rest.len(), common[0].len() - 1 - their_rest.len());
            if our.key() == their.key() {
                pairs.push((Some(our), Some(their)));
                (our_rest, their_rest) = (ours, theirs);
            } else if common[i + 1][j] >= common[i][j + 1] {
                pairs.push((Some(our), None));
                our_rest = ours;
            } else {
                pairs.push((None, Some(their)));
                their_rest = theirs;
            }
        }
    }
    pairs.extend(our_rest.iter().map(|it| (Some(it), None)));
    pairs.extend(their_rest.iter().map(|it| (None, Some(it))));
    pairs
}
