//! Whether a log clause can find what the places that it names print.
//!
//! Each alternative of a pattern must be printed by itself, in a record of the clause's logger and level. Steps are counted, for a clause
//! and in all, and where there are too many it cannot be told.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::compare::{Alphabet, Budget, PatternTooLarge, PreparedPattern};
use super::shape::{Shape, Values};
use super::text::{PrintedText, TextNotRead};
use crate::engine::decide::log_clause::names_logger;
use crate::engine::language::regex_literals::{cuts, forced, words};
use crate::facts::log_index::Level;

/// What a clause asks of a record.
#[derive(Debug, Clone, Copy)]
pub struct RecordQuery<'r> {
    /// Pattern of the clause.
    pub pattern: &'r str,
    /// Its logger, whole or the last part.
    pub logger: Option<&'r str>,
    /// Level that the clause requires, if any.
    pub level: Option<Level>,
}

/// What a place that a clause names says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceAnswer {
    /// The pattern matches a text that the place prints, in a record of the logger and level that the clause asks for.
    Matches(Option<QuietLevel>),
    /// The same, and it matches further texts of the place, whose records are other ones than the clause asks for.
    MatchesInPart(Vec<Otherwise>),
    /// The pattern matches a text that the place prints, and the record is another one than the clause asks for.
    Elsewhere(Vec<Otherwise>),
    /// No text that the place prints can match.
    CannotMatch(Parting),
    /// It cannot be told.
    CannotTell(MatchDoubt),
}

/// A text that matches is written at a level below what the program writes by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietLevel {
    /// The level.
    pub level: Level,
    /// Whether that holds of every text that matches, or only of some.
    pub is_all: bool,
}

/// How a record differs from what a clause asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// Its logger differs and is this one.
    Logger(String),
    /// Its level differs and is this one.
    Level(Level),
}

/// Where a pattern and what is printed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// Path of the statement that comes nearest.
    pub path: String,
    /// Line of the statement.
    pub line: u32,
    /// The template that the place prints.
    pub template: String,
    /// The part of the pattern that still matches.
    pub reached: String,
    /// What the pattern wants next, and no text has.
    pub rest: String,
}

/// Why it cannot be told whether a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchDoubt {
    /// The place was not found, or could not be read.
    Unread(TextNotRead),
    /// No statement that prints a text was recognised there.
    NoStatement,
    /// What the pattern wants next stands in a value, or in what the record holds beside the text.
    InAValue(Parting),
    /// The pattern, what the place prints, or both together are too large.
    TooLarge,
}

impl From<PatternTooLarge> for MatchDoubt {
    fn from(_: PatternTooLarge) -> Self {
        Self::TooLarge
    }
}

/// What a place prints, or why that is not known.
pub type PlaceTexts<'t> = Result<Vec<&'t PrintedText>, TextNotRead>;

/// What all places of a clause say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceAnswers {
    /// The answer of each place, in order.
    pub places: Vec<PlaceAnswer>,
    /// Literal pieces of the pattern that no place prints. Empty where a place could not be read or lies outside.
    pub drift: Vec<String>,
    /// Alternatives of the pattern that only records of another logger or level have, with how those differ.
    pub elsewhere: Vec<(String, Vec<Otherwise>)>,
    /// Whether it was too much to look for either.
    pub is_cut: bool,
}

/// How many steps one clause may take. Those of the rules that come with a build take some thousands, and none a hundred thousand.
pub(super) const STEPS: usize = 1 << 19;

/// Asks every place of a clause. `externals` says how many further places are outside, where nobody looks.
#[must_use]
pub fn answers(asked: RecordQuery<'_>, places: &[PlaceTexts<'_>], externals: usize) -> PlaceAnswers {
    answers_within(asked, places, externals, &Budget::new(STEPS))
}

/// The same, in no more steps than are left.
pub(super) fn answers_within(asked: RecordQuery<'_>, places: &[PlaceTexts<'_>], externals: usize, budget: &Budget) -> PlaceAnswers {
    let all: Vec<&PrintedText> = places.iter().flatten().flatten().copied().collect();
    let is_whole = externals == 0 && places.iter().all(|it| it.as_ref().is_ok_and(|it| !it.is_empty()));
    let spelled = all.iter().flat_map(|it| it.spelled()).chain([asked.pattern]);
    let too_large = |place: &PlaceTexts<'_>| match place {
        Err(why) => PlaceAnswer::CannotTell(MatchDoubt::Unread(*why)),
        Ok(texts) if texts.is_empty() => PlaceAnswer::CannotTell(MatchDoubt::NoStatement),
        Ok(_) => PlaceAnswer::CannotTell(MatchDoubt::TooLarge),
    };
    let Ok(alphabet) = Alphabet::from_texts(spelled) else {
        return PlaceAnswers { places: places.iter().map(too_large).collect(), drift: Vec::new(), elsewhere: Vec::new(), is_cut: true };
    };
    let clause = PlacedClause { asked, all: &all, alphabet: &alphabet, budget };
    // A piece that nothing named spells out is no value of something: whoever relies on one names where its text comes from too.
    let pieces: Vec<(&str, String)> =
        words(asked.pattern).into_iter().filter_map(|it| asked.pattern.get(it)).map(|it| (it, regex_syntax::escape(it))).collect();
    let may_rely_on_values = !is_whole || clause.absent(&pieces, Values::Nothing).is_ok_and(|it| it.is_empty());
    let relied_on = may_rely_on_values.then_some(Values::AnyText);
    let answer = |place: &PlaceTexts<'_>| match place {
        Ok(texts) if !texts.is_empty() => clause.place_says(texts, relied_on).unwrap_or_else(|err| PlaceAnswer::CannotTell(err.into())),
        other => too_large(other),
    };
    let places: Vec<PlaceAnswer> = places.iter().map(answer).collect();
    let is_found =
        places.iter().all(|it| matches!(it, PlaceAnswer::Matches(_) | PlaceAnswer::MatchesInPart(_) | PlaceAnswer::Elsewhere(_)));
    let looked_for = match (is_whole, is_found) {
        (false, _) => Ok((Vec::new(), Vec::new())),
        // What matches can still have an alternative that nothing prints any more, or that only other records have.
        (true, true) => clause.alternatives(),
        (true, false) => clause.absent(&pieces, Values::OfKind).map(|it| (it, Vec::new())),
    };
    let is_cut = looked_for.is_err();
    let (drift, elsewhere) = looked_for.unwrap_or_default();
    PlaceAnswers { places, drift, elsewhere, is_cut }
}

/// Pieces that nothing prints, and those that only other records have.
type Alternatives = (Vec<String>, Vec<(String, Vec<Otherwise>)>);

/// A text that a pattern matches.
#[derive(Debug, Clone, Copy)]
struct Matching<'t> {
    text: &'t PrintedText,
    /// Whether it does without the words of an error or an exception.
    is_alone: bool,
}

/// A clause that is held against all that its places print.
struct PlacedClause<'c> {
    asked: RecordQuery<'c>,
    all: &'c [&'c PrintedText],
    alphabet: &'c Alphabet,
    budget: &'c Budget,
}

impl<'c> PlacedClause<'c> {
    fn sought(&self, pattern: &str) -> Result<PreparedPattern<'c>, PatternTooLarge> {
        PreparedPattern::new(pattern, self.alphabet, self.budget)
    }

    fn can_match(
        &self,
        sought: &PreparedPattern<'_>,
        text: &PrintedText,
        values: Values,
        others: &[&PrintedText],
    ) -> Result<bool, PatternTooLarge> {
        let size = |it: &PrintedText| it.statement.template.len();
        let pieces = size(text).saturating_mul(others.iter().map(|it| size(it)).fold(1, usize::saturating_add));
        if size(text) > MOST_PIECES || pieces > MOST_PIECES_AROUND {
            return Err(PatternTooLarge);
        }
        let shape = Shape::around_others(text, values, others);
        self.budget.spend(shape.size() / STATES_PER_STEP)?;
        sought.can_match(&shape)
    }

    /// Asks one place. What an error or an exception says can be a value of what another of the clause's places logs.
    fn place_says(&self, texts: &[&'c PrintedText], relied_on: Option<Values>) -> Result<PlaceAnswer, PatternTooLarge> {
        let sought = self.sought(self.asked.pattern)?;
        let matching = self.matching(&sought, texts)?;
        if matching.is_empty() {
            let mut in_a_value = false;
            for text in texts {
                let Some(values) = relied_on.filter(|_| !in_a_value) else { break };
                in_a_value = text.level().is_none() || self.can_match(&sought, text, values, &[])?;
            }
            let parting = self.parting(texts);
            return Ok(if in_a_value { PlaceAnswer::CannotTell(MatchDoubt::InAValue(parting)) } else { PlaceAnswer::CannotMatch(parting) });
        }
        let fitting: Vec<&Matching<'_>> = matching.iter().filter(|it| otherwise(self.asked, it.text).is_empty()).collect();
        if fitting.is_empty() {
            return Ok(PlaceAnswer::Elsewhere(all_otherwise(self.asked, &matching)));
        }
        // That an error's words may stand in any record says nothing of the one that does not fit.
        let others: Vec<Matching<'_>> =
            matching.iter().filter(|it| it.is_alone && !otherwise(self.asked, it.text).is_empty()).copied().collect();
        if !others.is_empty() {
            return Ok(PlaceAnswer::MatchesInPart(all_otherwise(self.asked, &others)));
        }
        // Echonet's logger is open for every level; the sequencer writes from INFO on unless it is told otherwise.
        let is_all = fitting.iter().all(|it| is_quiet(it.text));
        let quiet = fitting.iter().find(|it| (is_all || it.is_alone) && is_quiet(it.text)).and_then(|it| it.text.level());
        Ok(PlaceAnswer::Matches(quiet.map(|level| QuietLevel { level, is_all })))
    }

    /// The texts behind what matches.
    fn matching(&self, sought: &PreparedPattern<'_>, texts: &[&'c PrintedText]) -> Result<Vec<Matching<'c>>, PatternTooLarge> {
        let (logs, words): (Vec<&PrintedText>, Vec<&PrintedText>) = self.all.iter().partition(|it| it.level().is_some());
        let mut matching = Vec::new();
        let mut is_cut = false;
        for text in texts {
            // What the others print is held against the pattern all the same.
            if text.statement.template.len() > MOST_PIECES {
                is_cut = true;
                continue;
            }
            if self.can_match(sought, text, Values::OfKind, &[])? {
                matching.push(Matching { text, is_alone: true });
                continue;
            }
            let words = if text.level().is_some() { words.as_slice() } else { &[] };
            if !words.is_empty() && self.can_match(sought, text, Values::OfKind, words)? {
                matching.push(Matching { text, is_alone: false });
            }
            let around = logs.iter().filter(|it| text.level().is_none() && it.statement.template.len() <= MOST_PIECES);
            for log in around {
                if self.can_match(sought, log, Values::OfKind, &[text])? {
                    matching.push(Matching { text: log, is_alone: false });
                }
            }
        }
        if is_cut && matching.is_empty() { Err(PatternTooLarge) } else { Ok(matching) }
    }

    /// The alternatives that nothing prints, and those that only other records have than the clause asks for.
    fn alternatives(&self) -> Result<Alternatives, PatternTooLarge> {
        let (mut drift, mut elsewhere) = (Vec::new(), Vec::new());
        for (part, forced) in forced(self.asked.pattern) {
            let part = self.asked.pattern.get(part).unwrap_or_default().to_owned();
            let matching = self.matching(&self.sought(&forced)?, self.all)?;
            if matching.is_empty() {
                drift.push(part);
            } else if matching.iter().all(|it| !otherwise(self.asked, it.text).is_empty()) {
                elsewhere.push((part, all_otherwise(self.asked, &matching)));
            }
        }
        Ok((drift, elsewhere))
    }

    /// Literal pieces whose pattern matches none of the texts.
    fn absent(&self, pieces: &[(&str, String)], values: Values) -> Result<Vec<String>, PatternTooLarge> {
        let mut gone = Vec::new();
        for (piece, pattern) in pieces {
            let sought = self.sought(pattern)?;
            let mut stands = false;
            for text in self.all {
                stands = stands || self.can_match(&sought, text, values, &[])?;
            }
            if !stands {
                gone.push((*piece).to_owned());
            }
        }
        Ok(gone)
    }

    /// The statement that comes nearest, and how near; as far as there are steps left to look.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a pattern in memory")]
    fn parting(&self, texts: &[&PrintedText]) -> Parting {
        let pattern = self.asked.pattern;
        let part = |from: usize, to: usize| pattern.get(from..to).unwrap_or_default().to_owned();
        let parting = |text: &PrintedText, reached: String, rest: String| Parting {
            path: text.path.clone(),
            line: text.statement.line,
            template: text.shown(),
            reached,
            rest,
        };
        let mut nearest: Option<(usize, Parting)> = None;
        for cuts in cuts(pattern) {
            let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { continue };
            let mut beginnings: BTreeMap<usize, PreparedPattern<'_>> = BTreeMap::new();
            for text in texts {
                let Ok(reached) = self.reached(&cuts, &mut beginnings, text) else { break };
                let end = cuts.get(reached).copied().unwrap_or(*first);
                if nearest.as_ref().is_none_or(|(before, _)| end - first > *before) {
                    nearest = Some((end - first, parting(text, part(*first, end), part(end, *last))));
                }
            }
        }
        let farthest = || texts.first().map(|it| parting(it, String::new(), pattern.to_owned()));
        nearest.map(|(_, it)| it).or_else(farthest).unwrap_or_else(|| Parting {
            path: String::new(),
            line: 0,
            template: String::new(),
            reached: String::new(),
            rest: pattern.to_owned(),
        })
    }

    /// How many of the parts between cuts a text matches.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a pattern in memory")]
    fn reached(
        &self,
        cuts: &[usize],
        beginnings: &mut BTreeMap<usize, PreparedPattern<'c>>,
        text: &PrintedText,
    ) -> Result<usize, PatternTooLarge> {
        // What a longer beginning matches, a shorter one matches too.
        let (mut reached, mut beyond) = (0, cuts.len());
        while reached + 1 < beyond {
            let middle = reached.midpoint(beyond);
            let sought = match beginnings.entry(middle) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let range = cuts.first().zip(cuts.get(middle)).and_then(|(first, end)| self.asked.pattern.get(*first..*end));
                    place.insert(self.sought(range.unwrap_or_default())?)
                }
            };
            if self.can_match(sought, text, Values::OfKind, &[])? {
                reached = middle;
            } else {
                beyond = middle;
            }
        }
        Ok(reached)
    }
}

/// The most pieces that a text may have: the longest of the sequencer have some dozens. With the words of others in its holes it may have more.
const MOST_PIECES: usize = 160;
const MOST_PIECES_AROUND: usize = 1 << 14;

/// How many states of a shape count as one step.
const STATES_PER_STEP: usize = 4;

fn is_quiet(text: &PrintedText) -> bool {
    !text.is_python() && text.level().is_some_and(|it| it < Level::Info)
}

fn all_otherwise(asked: RecordQuery<'_>, texts: &[Matching<'_>]) -> Vec<Otherwise> {
    let mut all: Vec<Otherwise> = Vec::new();
    for one in texts.iter().flat_map(|it| otherwise(asked, it.text)) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// How the records of a text differ from what is asked for. What an exception or an error says stands in records of any logger and level.
fn otherwise(asked: RecordQuery<'_>, text: &PrintedText) -> Vec<Otherwise> {
    let logger = text.logger().filter(|it| asked.logger.is_some_and(|asked| !names_logger(it, asked)));
    let level = text.level().filter(|it| asked.level.is_some_and(|asked| *it != asked));
    logger.map(Otherwise::Logger).into_iter().chain(level.map(Otherwise::Level)).collect()
}
