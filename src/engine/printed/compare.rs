//! Whether a pattern can match a text of a shape: both run side by side, so that the answer holds for every text of the shape.
//!
//! An automaton takes bytes, and one character is one byte here: ASCII is itself, and the other characters that a clause's texts and its
//! pattern spell out have a byte each. So `.` takes any of them, and classes stay small.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};

use regex_automata::dfa::{Automaton, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;
use regex_automata::{Anchored, MatchKind};
use regex_syntax::hir::{Capture, Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};

use super::shape::{CharSet, Shape};
use crate::limits::AUTOMATON_BYTES;

/// How many bytes of an automaton count as one step.
const BYTES_PER_STEP: usize = 64;

/// Why a pattern cannot be held against anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PatternTooLarge;

/// How many steps may still be taken: states of automata that are made, and pairs of states that are looked at. Steps are counted and time is
/// not measured, so that an answer is the same on every machine.
#[derive(Debug)]
pub(super) struct Budget {
    left: Cell<usize>,
}

impl Budget {
    pub(super) fn new(steps: usize) -> Self {
        Self { left: Cell::new(steps) }
    }

    pub(super) fn left(&self) -> usize {
        self.left.get()
    }

    /// Takes steps, or all that is left.
    pub(super) fn spend(&self, steps: usize) -> Result<(), PatternTooLarge> {
        let left = self.left.get().checked_sub(steps);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(PatternTooLarge)
    }
}

/// The bytes of characters that are not ASCII.
#[derive(Debug, Clone, Default)]
pub(super) struct Alphabet {
    bytes: BTreeMap<char, u8>,
}

impl Alphabet {
    /// Builds the alphabet of all characters in these texts.
    pub(super) fn from_texts<'t>(texts: impl Iterator<Item = &'t str>) -> Result<Self, PatternTooLarge> {
        let mut bytes = BTreeMap::new();
        for letter in texts.flat_map(str::chars).filter(|it| !it.is_ascii()) {
            let next = u8::try_from(usize::from(FIRST).saturating_add(bytes.len())).map_err(|_| PatternTooLarge)?;
            bytes.entry(letter).or_insert(next);
        }
        Ok(Self { bytes })
    }

    fn byte(&self, letter: char) -> Option<u8> {
        if letter.is_ascii() { u8::try_from(letter).ok() } else { self.bytes.get(&letter).copied() }
    }

    /// The pattern over bytes.
    fn translated(&self, hir: &Hir) -> Result<Hir, PatternTooLarge> {
        Ok(match hir.kind() {
            HirKind::Empty => Hir::empty(),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).map_err(|_| PatternTooLarge)?;
                let bytes: Option<Vec<u8>> = text.chars().map(|it| self.byte(it)).collect();
                bytes.map_or_else(Hir::fail, Hir::literal)
            }
            HirKind::Class(Class::Bytes(class)) => Hir::class(Class::Bytes(class.clone())),
            HirKind::Class(Class::Unicode(class)) => {
                let mut bytes = ClassBytes::empty();
                for range in class.ranges() {
                    let end = |it: char| u8::try_from(u32::from(it).min(127)).unwrap_or(127);
                    if range.start().is_ascii() {
                        bytes.push(ClassBytesRange::new(end(range.start()), end(range.end())));
                    }
                }
                let holds = |it: char| class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&it));
                for byte in self.bytes.iter().filter(|(it, _)| holds(**it)).map(|(_, byte)| *byte) {
                    bytes.push(ClassBytesRange::new(byte, byte));
                }
                Hir::class(Class::Bytes(bytes))
            }
            HirKind::Look(look) => Hir::look(self.border(*look)?),
            HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
                Hir::repetition(Repetition { min: *min, max: *max, greedy: *greedy, sub: Box::new(self.translated(sub)?) })
            }
            HirKind::Capture(Capture { index, name, sub }) => {
                Hir::capture(Capture { index: *index, name: name.clone(), sub: Box::new(self.translated(sub)?) })
            }
            HirKind::Concat(parts) => Hir::concat(parts.iter().map(|it| self.translated(it)).collect::<Result<_, _>>()?),
            HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(|it| self.translated(it)).collect::<Result<_, _>>()?),
        })
    }

    /// A border of words as ASCII has it; where other letters may stand beside it, what it means there is lost.
    fn border(&self, look: Look) -> Result<Look, PatternTooLarge> {
        let of_ascii = match look {
            Look::WordUnicode => Look::WordAscii,
            Look::WordUnicodeNegate => Look::WordAsciiNegate,
            Look::WordStartUnicode => Look::WordStartAscii,
            Look::WordEndUnicode => Look::WordEndAscii,
            Look::WordStartHalfUnicode => Look::WordStartHalfAscii,
            Look::WordEndHalfUnicode => Look::WordEndHalfAscii,
            other => return Ok(other),
        };
        if self.bytes.keys().any(|it| it.is_alphanumeric()) { Err(PatternTooLarge) } else { Ok(of_ascii) }
    }
}

/// The byte of the first character that is not ASCII.
const FIRST: u8 = 128;

/// A pattern, ready to be held against shapes.
pub(super) struct PreparedPattern<'a> {
    automaton: dense::DFA<Vec<u32>>,
    alphabet: &'a Alphabet,
    budget: &'a Budget,
    /// Where a state goes by one of many signs.
    next: RefCell<HashMap<(StateID, CharSet), Vec<StateID>>>,
}

impl<'a> PreparedPattern<'a> {
    /// Builds the automaton of a pattern.
    pub(super) fn new(pattern: &str, alphabet: &'a Alphabet, budget: &'a Budget) -> Result<Self, PatternTooLarge> {
        let config = dense::Config::new()
            .start_kind(regex_automata::dfa::StartKind::Unanchored)
            .match_kind(MatchKind::All)
            .dfa_size_limit(Some(AUTOMATON_BYTES))
            .determinize_size_limit(Some(AUTOMATON_BYTES));
        budget.spend(pattern.len())?;
        let pattern = alphabet.translated(&regex_syntax::parse(pattern).map_err(|_| PatternTooLarge)?)?;
        let nfa = thompson::Compiler::new()
            .configure(thompson::Config::new().utf8(false).nfa_size_limit(Some(AUTOMATON_BYTES)))
            .build_from_hir(&pattern)
            .map_err(|_| PatternTooLarge)?;
        let automaton = dense::Builder::new().configure(config).build_from_nfa(&nfa).map_err(|_| PatternTooLarge)?;
        budget.spend(automaton.memory_usage() / BYTES_PER_STEP)?;
        Ok(Self { automaton, alphabet, budget, next: RefCell::default() })
    }

    /// Whether the pattern matches within some text of the shape.
    pub(super) fn can_match(&self, shape: &Shape) -> Result<bool, PatternTooLarge> {
        let begin = self.automaton.start_state(&start::Config::new().anchored(Anchored::No)).map_err(|_| PatternTooLarge)?;
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
            self.budget.spend(1)?;
            let Some(place) = shape.state(at) else { continue };
            let mut reach = |to: usize, state: StateID| {
                if !self.automaton.is_dead_state(state) && seen.insert((to, state)) {
                    open.push((to, state));
                }
            };
            place.free.iter().for_each(|to| reach(*to, state));
            for (signs, to) in &place.takes {
                match signs {
                    // What has no byte stands in no text.
                    CharSet::One(letter) => {
                        if let Some(byte) = self.alphabet.byte(*letter) {
                            reach(*to, self.automaton.next_state(state, byte));
                        }
                    }
                    many => {
                        let mut known = self.next.borrow_mut();
                        let all = known.entry((state, *many)).or_insert_with(|| self.behind(state, *many));
                        all.iter().for_each(|it| reach(*to, *it));
                    }
                }
            }
        }
        Ok(false)
    }

    fn behind(&self, state: StateID, signs: CharSet) -> Vec<StateID> {
        let ascii = (0..FIRST).filter(|it| signs.hold(char::from(*it)));
        let others = self.alphabet.bytes.values().copied().filter(|_| signs == CharSet::Any);
        let mut all: Vec<StateID> = ascii.chain(others).map(|byte| self.automaton.next_state(state, byte)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// Whether a shape holds exactly this text.
pub(in crate::engine) fn holds(shape: &Shape, text: &str) -> bool {
    let mut at = closed(shape, HashSet::from([0]));
    for letter in text.chars() {
        let edges = at.iter().filter_map(|it| shape.state(*it)).flat_map(|it| &it.takes);
        at = closed(shape, edges.filter(|(signs, _)| signs.hold(letter)).map(|(_, to)| *to).collect());
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
