//! Whether a log clause can find what the places that it names print.

use super::compare::{Sought, TooLarge};
use super::shape::{Shape, Values};
use super::text::PrintedText;
use crate::engine::log_clause::names_logger;
use crate::engine::regex_literals::{cuts, forced, words};
use crate::facts::log_index::Level;

/// What a clause asks of a record.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'r> {
    /// Its pattern.
    pub pattern: &'r str,
    /// Its logger, whole or the last part.
    pub logger: Option<&'r str>,
    /// Its level.
    pub level: Option<Level>,
}

/// What a place that a clause names says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The pattern matches a text that the place prints, in a record of the logger and level that the clause asks for.
    Matches(Option<Quiet>),
    /// The pattern matches a text that the place prints, and the record is another one than the clause asks for.
    Elsewhere(Vec<Otherwise>),
    /// No text that the place prints can match.
    CannotMatch(Parting),
    /// It cannot be told.
    CannotTell(Doubt),
}

/// Every text that matches is written at a level below what the program writes by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet(pub Level);

/// How a record differs from what a clause asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Otherwise {
    /// By its logger: this one.
    Logger(String),
    /// By its level: this one.
    Level(Level),
}

/// Where a pattern and what is printed part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// Path of the statement that comes nearest.
    pub path: String,
    /// Its line.
    pub line: u32,
    /// What it prints.
    pub template: String,
    /// The part of the pattern that still matches.
    pub reached: String,
    /// What the pattern wants next, and no text has.
    pub rest: String,
}

/// Why it cannot be told whether a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The place was not found, or could not be read.
    Unread(String),
    /// No statement that prints a text was recognised there.
    NoStatement,
    /// What the pattern wants next stands in a value, or in what the record holds beside the text.
    InAValue(Parting),
    /// The pattern is too large, or asks for more than ASCII.
    TooLarge,
}

impl From<TooLarge> for Doubt {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

/// What is known of a place.
pub type Printed<'t> = Result<Vec<&'t PrintedText>, String>;

/// What all places of a clause say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// What each says, in order.
    pub places: Vec<Answer>,
    /// Literal pieces of the pattern that no place prints. Empty where a place could not be read or lies outside.
    pub drift: Vec<String>,
}

/// Asks every place of a clause. `externals` says how many further places are outside, where nobody looks.
#[must_use]
pub fn answers(asked: Asked<'_>, places: &[Printed<'_>], externals: usize) -> Answers {
    let all: Vec<&PrintedText> = places.iter().flatten().flatten().copied().collect();
    let is_whole = externals == 0 && places.iter().all(|it| it.as_ref().is_ok_and(|it| !it.is_empty()));
    // A piece that nothing named spells out is no value of something: whoever relies on one names where its text comes from too.
    let pieces = || words(asked.pattern).into_iter().filter_map(|it| asked.pattern.get(it)).map(|it| (it, regex_syntax::escape(it)));
    let may_rely_on_values = !is_whole || absent(pieces(), &all, Values::Nothing).is_ok_and(|it| it.is_empty());
    let relied_on = may_rely_on_values.then_some(Values::AnyText);
    let answer = |place: &Printed<'_>| match place {
        Err(why) => Answer::CannotTell(Doubt::Unread(why.clone())),
        Ok(texts) if texts.is_empty() => Answer::CannotTell(Doubt::NoStatement),
        Ok(texts) => place_says(asked, texts, &all, relied_on).unwrap_or_else(|err| Answer::CannotTell(err.into())),
    };
    let places: Vec<Answer> = places.iter().map(answer).collect();
    let is_found = places.iter().all(|it| matches!(it, Answer::Matches(_) | Answer::Elsewhere(_)));
    let drift = match (is_whole, is_found) {
        (false, _) => Ok(Vec::new()),
        // What matches can still have an alternative that nothing prints any more.
        (true, true) => {
            let forced = forced(asked.pattern);
            absent(forced.iter().filter_map(|(it, forced)| Some((asked.pattern.get(it.clone())?, forced.clone()))), &all, Values::OfKind)
        }
        (true, false) => absent(pieces(), &all, Values::OfKind),
    };
    Answers { places, drift: drift.unwrap_or_default() }
}

/// Asks one place. What an error or an exception says can be a value of what another of the clause's places logs.
fn place_says(asked: Asked<'_>, texts: &[&PrintedText], all: &[&PrintedText], relied_on: Option<Values>) -> Result<Answer, TooLarge> {
    let sought = Sought::new(asked.pattern)?;
    let (logs, words): (Vec<&PrintedText>, Vec<&PrintedText>) = all.iter().partition(|it| it.level().is_some());
    let mut matching = Vec::new();
    for text in texts {
        let others = if text.level().is_some() { words.as_slice() } else { &[] };
        if sought.can_match(&Shape::around_others(text, Values::OfKind, others))? {
            matching.push(*text);
        }
        for log in logs.iter().filter(|_| text.level().is_none()) {
            if sought.can_match(&Shape::around_others(log, Values::OfKind, &[text]))? {
                matching.push(*log);
            }
        }
    }
    if matching.is_empty() {
        let parting = parting(asked.pattern, texts)?;
        let can = |it: &PrintedText, values| it.level().is_none() || sought.can_match(&Shape::of(it, values)) == Ok(true);
        let in_a_value = relied_on.is_some_and(|values| texts.iter().any(|it| can(it, values)));
        return Ok(if in_a_value { Answer::CannotTell(Doubt::InAValue(parting)) } else { Answer::CannotMatch(parting) });
    }
    let fitting: Vec<&&PrintedText> = matching.iter().filter(|it| otherwise(asked, it).is_empty()).collect();
    let Some(first) = fitting.first() else {
        let mut all: Vec<Otherwise> = Vec::new();
        matching.iter().flat_map(|it| otherwise(asked, it)).for_each(|it| {
            if !all.contains(&it) {
                all.push(it)
            }
        });
        return Ok(Answer::Elsewhere(all));
    };
    // Echonet's logger is open for every level; the sequencer writes from INFO on unless it is told otherwise.
    let is_quiet = |it: &PrintedText| !it.is_python() && it.level().is_some_and(|it| it < Level::Info);
    let quiet = fitting.iter().all(|it| is_quiet(it)).then(|| first.level()).flatten().map(Quiet);
    Ok(Answer::Matches(quiet))
}

/// How the records of a text differ from what is asked for. What an exception or an error says stands in records of any logger and level.
fn otherwise(asked: Asked<'_>, text: &PrintedText) -> Vec<Otherwise> {
    let logger = text.logger().filter(|it| asked.logger.is_some_and(|asked| !names_logger(it, asked)));
    let level = text.level().filter(|it| asked.level.is_some_and(|asked| *it != asked));
    logger.map(Otherwise::Logger).into_iter().chain(level.map(Otherwise::Level)).collect()
}

/// Literal pieces whose pattern matches none of the texts.
fn absent<'p>(pieces: impl Iterator<Item = (&'p str, String)>, texts: &[&PrintedText], values: Values) -> Result<Vec<String>, TooLarge> {
    let shapes: Vec<Shape> = texts.iter().map(|it| Shape::of(it, values)).collect();
    let mut gone = Vec::new();
    for (piece, pattern) in pieces {
        let sought = Sought::new(&pattern)?;
        let mut stands = false;
        for shape in &shapes {
            stands = stands || sought.can_match(shape)?;
        }
        if !stands {
            gone.push(piece.to_owned());
        }
    }
    Ok(gone)
}

/// The statement that comes nearest, and how near.
fn parting(pattern: &str, texts: &[&PrintedText]) -> Result<Parting, TooLarge> {
    let mut nearest: Option<(usize, Parting)> = None;
    for cuts in cuts(pattern) {
        let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else { continue };
        for text in texts {
            let shape = Shape::of(text, Values::OfKind);
            // What a longer beginning matches, a shorter one matches too.
            let (mut reached, mut beyond) = (0, cuts.len());
            while reached + 1 < beyond {
                let middle = reached.midpoint(beyond);
                let beginning = cuts.get(middle).and_then(|it| pattern.get(*first..*it)).unwrap_or_default();
                if Sought::new(beginning)?.can_match(&shape)? {
                    reached = middle;
                } else {
                    beyond = middle;
                }
            }
            let end = cuts.get(reached).copied().unwrap_or(*first);
            if nearest.as_ref().is_none_or(|(before, _)| end - first > *before) {
                let part = |from: usize, to: usize| pattern.get(from..to).unwrap_or_default().to_owned();
                let (template, reached, rest) = (text.shown(), part(*first, end), part(end, *last));
                nearest = Some((end - first, Parting { path: text.path.clone(), line: text.statement.line, template, reached, rest }));
            }
        }
    }
    nearest.map(|(_, it)| it).ok_or(TooLarge)
}
