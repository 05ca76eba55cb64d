//! Whether a pattern can match a text of a shape: both run side by side, so that the answer holds for every text of the shape.

use std::collections::HashSet;

use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use regex_automata::{Anchored, MatchKind};

use super::shape::Shape;

/// The most memory that one automaton may take, in bytes.
const LARGEST: usize = 16 << 20;

/// The most pairs of states that are looked at for one answer.
const MOST_PAIRS: usize = 1 << 20;

/// A pattern, ready to be held against shapes.
pub(super) struct Sought {
    automaton: dense::DFA<Vec<u32>>,
}

/// Why a pattern cannot be held against anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

impl Sought {
    /// Builds the automaton of a pattern. Classes mean their ASCII part, for holes are filled with no more.
    pub(super) fn new(pattern: &str) -> Result<Self, TooLarge> {
        let config = dense::Config::new()
            .start_kind(regex_automata::dfa::StartKind::Unanchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(LARGEST));
        let automaton = dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(LARGEST)))
            .build(pattern)
            .map_err(|_| TooLarge)?;
        Ok(Self { automaton })
    }

    /// Whether the pattern matches within some text of the shape.
    pub(super) fn can_match(&self, shape: &Shape) -> Result<bool, TooLarge> {
        let begin = self.automaton.start_state(&start::Config::new().anchored(Anchored::No)).map_err(|_| TooLarge)?;
        let mut seen: HashSet<(usize, StateID)> = HashSet::from([(0, begin)]);
        let mut open = vec![(0, begin)];
        while let Some((at, state)) = open.pop() {
            // From every state of a shape its end can be reached, so a match is one of a whole text.
            if self.automaton.is_match_state(state) {
                return Ok(true);
            }
            if shape.is_end(at) && self.automaton.is_match_state(self.automaton.next_eoi_state(state)) {
                return Ok(true);
            }
            if seen.len() > MOST_PAIRS {
                return Err(TooLarge);
            }
            let Some(place) = shape.state(at) else { continue };
            let by_bytes =
                place.takes.iter().flat_map(|(bytes, to)| bytes.each().map(|byte| (*to, self.automaton.next_state(state, byte))));
            for next in by_bytes.chain(place.free.iter().map(|to| (*to, state))) {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        Ok(false)
    }
}

/// Whether a shape holds exactly this text.
pub(super) fn holds(shape: &Shape, text: &str) -> bool {
    let mut at = closed(shape, HashSet::from([0]));
    for byte in text.bytes() {
        let edges = at.iter().filter_map(|it| shape.state(*it)).flat_map(|it| &it.takes);
        at = closed(shape, edges.filter(|(bytes, _)| bytes.holds(byte)).map(|(_, to)| *to).collect());
        if at.is_empty() {
            return false;
        }
    }
    at.iter().any(|it| shape.is_end(*it))
}

fn closed(shape: &Shape, mut states: HashSet<usize>) -> HashSet<usize> {
    let mut open: Vec<usize> = states.iter().copied().collect();
    while let Some(at) = open.pop() {
        for to in shape.state(at).map(|it| it.free.as_slice()).unwrap_or_default() {
            if states.insert(*to) {
                open.push(*to);
            }
        }
    }
    states
}
