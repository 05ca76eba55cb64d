//! The problems of log clauses whose patterns do not fit what their places print.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::answer::{
    MatchDoubt, Otherwise, Parting, PlaceAnswer, PlaceAnswers, PlaceTexts, QuietLevel, RecordQuery, STEPS, answers_within,
};
use super::compare::Budget;
use super::text::{FileTexts, TextNotRead};
use crate::engine::fixes::anchors::component;
use crate::engine::language::check::Check;
use crate::engine::language::clause::{LogPattern, LogSource, PrintedBy};
use crate::engine::language::problem::{FileText, Problem, Weight};
use crate::engine::language::rule::RuleFile;
use crate::evidence::anchor::Anchor;
use crate::evidence::test_code::is_test_file;
use crate::findings::CodeAnchor;

/// What is known of the files of one commit that clauses name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FoundTexts {
    /// The commit.
    pub commit: String,
    /// What each file prints, by path, or why it cannot be told.
    pub files: BTreeMap<String, Result<FileTexts, TextNotRead>>,
}

impl FoundTexts {
    /// The texts that a place prints.
    pub(crate) fn at(&self, path: &str, symbol: &str) -> PlaceTexts<'_> {
        match self.files.get(path) {
            None => Err(TextNotRead::NotAsked),
            Some(Err(why)) => Err(*why),
            Some(Ok(file)) => Ok(file.texts.iter().filter(|it| it.is_in(symbol)).collect()),
        }
    }

    /// Says which statements of a file could not be read: what they print is not known.
    fn unread(&self, path: &str) -> String {
        const MOST: usize = 5;
        let lines = self.files.get(path).and_then(|it| it.as_ref().ok()).map(|it| it.unread.as_slice()).unwrap_or_default();
        if lines.is_empty() {
            return String::new();
        }
        let shown: Vec<String> = lines.iter().take(MOST).map(u32::to_string).collect();
        let more = if lines.len() > MOST { " and others" } else { "" };
        format!("; statements of this file whose text is not read: lines {}{more}", shown.join(", "))
    }

    fn short(&self) -> &str {
        self.commit.get(..10).unwrap_or(&self.commit)
    }
}

/// How the places of all clauses came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceTally {
    /// How many log clauses there are.
    pub clauses: usize,
    /// Places whose texts match.
    pub matches: usize,
    /// Places whose texts cannot match, or not in the record that is asked for.
    pub cannot_match: usize,
    /// Places of which it cannot be told.
    pub cannot_tell: usize,
    /// Programs and libraries that are named and not looked up, with how many clauses name each.
    pub external: BTreeMap<String, usize>,
    /// Clauses that name no place.
    pub unnamed: usize,
}

/// The places in the code that log clauses of rule files name; none of a file that cannot be read.
#[must_use]
pub fn places(rules: &[&FileText]) -> BTreeSet<Anchor> {
    let files: Vec<RuleFile> = rules.iter().filter_map(|it| it.read().ok()).collect();
    let named = files.iter().flat_map(logs).flat_map(|(_, it)| code_places(it));
    named.map(crate::engine::fixes::anchors::asked).collect()
}

/// The log clauses of a rule.
pub(in crate::engine) fn logs(file: &RuleFile) -> impl Iterator<Item = (&str, &LogPattern)> {
    file.clauses.iter().filter_map(|(name, clause)| Some((name.as_str(), &clause.value.as_log()?.log)))
}

/// The places in the code that a clause names.
pub(in crate::engine) fn code_places(log: &LogPattern) -> impl Iterator<Item = &CodeAnchor> {
    log.printed_by.iter().filter_map(|it| match it {
        PrintedBy::Code(anchor) => Some(anchor),
        PrintedBy::External { .. } => None,
    })
}

/// What a clause asks of a record.
pub(in crate::engine) fn asked(log: &LogPattern) -> RecordQuery<'_> {
    RecordQuery { pattern: &log.regex.value, logger: log.logger.as_ref().map(|it| it.value.as_str()), level: log.level }
}

/// The places of log clauses that cannot print what they look for, whatever the code says: those of the other program and of tests, and
/// libraries without a version.
#[must_use]
pub fn misnamed(rules: &[&FileText]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for text in rules {
        // What cannot be read is told by the check of its shape.
        let Ok(file) = text.read::<RuleFile>() else { continue };
        for (name, log) in logs(&file) {
            for (message, help) in log.printed_by.iter().filter_map(|it| wrong_place(name, log.source, it)) {
                problems.push(text.at(&log.regex, message, Some(help)).found_by(Check::PrintedByWrong));
            }
        }
    }
    problems
}

/// What is wrong with a place, and the way out.
fn wrong_place(clause: &str, source: LogSource, place: &PrintedBy) -> Option<(String, String)> {
    let folder = match source {
        LogSource::Echonet => "echonet/",
        LogSource::Sequencer => "crates/",
    };
    match place {
        PrintedBy::External { external } => {
            let (name, version) = external.rsplit_once(' ').unwrap_or_default();
            let is_versioned = !name.trim().is_empty() && version.starts_with(|it: char| it.is_ascii_digit());
            let message = format!("clause `{clause}` names a library without a version: `{external}`");
            (!is_versioned).then(|| (message, "write the version whose text was looked at: `external: gunicorn 27`".to_owned()))
        }
        PrintedBy::Code(anchor) if is_test_file(&anchor.path) => {
            let message = format!("clause `{clause}` names {}, which only tests run", anchor.name());
            Some((message, "name the place in the program that prints it".to_owned()))
        }
        PrintedBy::Code(anchor) if component(anchor) != source => {
            let message = format!("clause `{clause}` looks in the log of the other program than {} writes into", anchor.name());
            Some((message, format!("name a place below {folder}, or write the other `source`")))
        }
        PrintedBy::Code(_) => None,
    }
}

/// How many steps all clauses may take together. Those of the rules that come with a build take some hundred thousand.
const ALL_STEPS: usize = 1 << 21;

/// Holds every log clause against the places that it names. `kept` is what they printed at another commit, as far as that is known: what was
/// proved there and is proved no longer has changed.
#[must_use]
#[expect(clippy::arithmetic_side_effects, reason = "counts of what is in memory, and no more steps are left than there were")]
pub fn check(rules: &[&FileText], found: &FoundTexts, kept: &FoundTexts) -> (Vec<Problem>, PlaceTally) {
    let (mut problems, mut tally) = (Vec::new(), PlaceTally::default());
    let mut left = ALL_STEPS;
    for text in rules {
        // What cannot be read is told by the check of its shape.
        let Ok(file) = text.read::<RuleFile>() else { continue };
        for (name, log) in logs(&file) {
            tally.clauses += 1;
            let one = CheckedClause { text, name, at: &log.regex, found };
            let places: Vec<&CodeAnchor> = code_places(log).collect();
            let externals: Vec<&String> = log.printed_by.iter().filter_map(external).collect();
            if log.printed_by.is_empty() {
                tally.unnamed += 1;
                problems.push(one.unnamed());
                continue;
            }
            externals.iter().for_each(|it| *tally.external.entry((*it).clone()).or_default() += 1);
            let mut answers_of = |found: &FoundTexts| {
                let printed: Vec<PlaceTexts<'_>> = places.iter().map(|it| found.at(&it.path, &it.symbol)).collect();
                let steps = left.min(STEPS);
                let budget = Budget::new(steps);
                let answers = answers_within(asked(log), &printed, externals.len(), &budget);
                left -= steps - budget.left();
                answers
            };
            let PlaceAnswers { places: said, drift, elsewhere, is_cut } = answers_of(found);
            problems.extend(one.unread(&places, &said));
            let is_open = said.iter().any(|it| matches!(it, PlaceAnswer::CannotTell(MatchDoubt::NoStatement | MatchDoubt::InAValue(_))));
            let before = if is_open { answers_of(kept).places } else { Vec::new() };
            for (number, (place, answer)) in places.iter().zip(&said).enumerate() {
                let matched = matches!(before.get(number), Some(PlaceAnswer::Matches(_) | PlaceAnswer::MatchesInPart(_)));
                match answer {
                    PlaceAnswer::Matches(_) | PlaceAnswer::MatchesInPart(_) => tally.matches += 1,
                    PlaceAnswer::Elsewhere(_) | PlaceAnswer::CannotMatch(_) => tally.cannot_match += 1,
                    PlaceAnswer::CannotTell(_) => tally.cannot_tell += 1,
                }
                match answer {
                    PlaceAnswer::CannotTell(MatchDoubt::NoStatement | MatchDoubt::InAValue(_)) if matched => {
                        problems.push(one.no_longer(place, kept))
                    }
                    _ => problems.extend(one.problem(place, answer)),
                }
            }
            if !drift.is_empty() {
                problems.push(one.drifted(&drift));
            }
            problems.extend(elsewhere.iter().map(|(part, others)| one.alternative_elsewhere(part, others)));
            let is_told = said.iter().any(|it| matches!(it, PlaceAnswer::CannotTell(MatchDoubt::TooLarge)));
            problems.extend((is_cut && !is_told).then(|| one.too_large("its places print")));
        }
    }
    (problems, tally)
}

fn external(place: &PrintedBy) -> Option<&String> {
    match place {
        PrintedBy::External { external } => Some(external),
        PrintedBy::Code(_) => None,
    }
}

/// A clause, to say what is wrong with it.
struct CheckedClause<'c> {
    text: &'c FileText,
    name: &'c str,
    at: &'c Spanned<String>,
    found: &'c FoundTexts,
}

impl CheckedClause<'_> {
    fn unnamed(&self) -> Problem {
        let message = format!("clause `{}` names no place that prints what it looks for", self.name);
        let help = "name each with `printed_by: [{path: .., symbol: ..}]`, or `{external: NAME VERSION}` for another program's text";
        self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedByMissing).weighing(Weight::Warning)
    }

    fn no_longer(&self, place: &CodeAnchor, kept: &FoundTexts) -> Problem {
        let message = format!(
            "the pattern of `{}` matches what {} printed at {}, and it cannot be proved from what that prints at {}",
            self.name,
            place.name(),
            kept.short(),
            self.found.short()
        );
        let help = "see how the statement changed, and let the pattern match its text of now too";
        self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedOtherwise)
    }

    fn problem(&self, place: &CodeAnchor, answer: &PlaceAnswer) -> Option<Problem> {
        let name = place.name();
        let (check, weight, message, help) = match answer {
            // What is not read is told once for all places of a clause.
            PlaceAnswer::Matches(None) | PlaceAnswer::CannotTell(MatchDoubt::Unread(_)) => return None,
            PlaceAnswer::Matches(Some(QuietLevel { level, is_all })) => {
                let what = if *is_all { "what" } else { "some of what" };
                let message = format!("{name} prints {what} clause `{}` looks for at {}, which is off by default", self.name, level.name());
                let help = "where the log was kept without it, the clause says nothing: see that the rule does not need it to say no";
                (Check::PrintedQuietly, Weight::Note, message, help.to_owned())
            }
            PlaceAnswer::Elsewhere(all) => {
                let all: Vec<String> = all.iter().map(otherwise).collect();
                let message = format!("the pattern of `{}` matches what {name} prints, but {}", self.name, all.join(" and "));
                (Check::PrintedElsewhere, Weight::Error, message, "ask for the logger and level of the statement".to_owned())
            }
            PlaceAnswer::MatchesInPart(others) => {
                let all: Vec<String> = others.iter().map(otherwise).collect();
                let message =
                    format!("the pattern of `{}` also matches what {name} prints elsewhere: there {}", self.name, all.join(" and "));
                let help = "see whether these records count too: the clause does not find them";
                (Check::PrintedElsewhere, Weight::Warning, message, help.to_owned())
            }
            PlaceAnswer::CannotMatch(parting) => {
                let message = format!(
                    "the pattern of `{}` cannot match what {name} prints at {}: {}",
                    self.name,
                    self.found.short(),
                    parted(parting)
                );
                (Check::PrintedOtherwise, Weight::Error, message, format!("{}{}", prints(parting), self.found.unread(&place.path)))
            }
            PlaceAnswer::CannotTell(MatchDoubt::NoStatement) => {
                let message =
                    format!("no statement that prints a text is recognised in {name}: the pattern of `{}` is not proved", self.name);
                (
                    Check::PrintedUnknown,
                    Weight::Note,
                    message,
                    format!(
                        "name the function, or the type, whose statement prints it; a text that reaches its statement through a variable is not \
                         followed, so see to it by hand{}",
                        self.found.unread(&place.path)
                    ),
                )
            }
            PlaceAnswer::CannotTell(MatchDoubt::InAValue(parting)) => {
                let message = format!(
                    "the pattern of `{}` cannot be proved from {name}: what it wants behind `{}` would stand in a value or around the text",
                    self.name, parting.reached
                );
                (Check::PrintedUnknown, Weight::Note, message, prints(parting))
            }
            PlaceAnswer::CannotTell(MatchDoubt::TooLarge) => return Some(self.too_large(&format!("{name} prints"))),
        };
        Some(self.text.at(self.at, message, Some(help)).found_by(check).weighing(weight))
    }

    /// One note of all places that could not be read.
    fn unread(&self, places: &[&CodeAnchor], said: &[PlaceAnswer]) -> Option<Problem> {
        let reason = |(place, answer): (&&CodeAnchor, &PlaceAnswer)| match answer {
            PlaceAnswer::CannotTell(MatchDoubt::Unread(why)) => Some(format!("{}: {why}", place.path)),
            _ => None,
        };
        let reasons: BTreeSet<String> = places.iter().zip(said).filter_map(reason).collect();
        let all = reasons.into_iter().collect::<Vec<_>>().join("; ");
        let message = format!("the pattern of `{}` is not proved at {}: {all}", self.name, self.found.short());
        let help = "check it against a clone that has the file, or name the place that has the statement now";
        let problem = || self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedUnknown).weighing(Weight::Note);
        (!all.is_empty()).then(problem)
    }

    fn too_large(&self, what: &str) -> Problem {
        let message = format!("it cannot be told whether the pattern of `{}` matches what {what}: too large", self.name);
        let help = "ask for less, or name a smaller place";
        self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedUnknown).weighing(Weight::Note)
    }

    fn alternative_elsewhere(&self, part: &str, others: &[Otherwise]) -> Problem {
        let all: Vec<String> = others.iter().map(otherwise).collect();
        let message = format!("`{part}` of clause `{}` matches only what is printed where {}", self.name, all.join(" and "));
        let help = "ask for the logger and level of the statement, or make a clause of its own of it";
        self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedElsewhere)
    }

    fn drifted(&self, drift: &[String]) -> Problem {
        let pieces: Vec<String> = drift.iter().map(|it| format!("`{it}`")).collect();
        let stand = if drift.len() == 1 { "stands" } else { "stand" };
        let message = format!(
            "{} of clause `{}` {stand} in no text that the named places print at {}",
            pieces.join(", "),
            self.name,
            self.found.short()
        );
        let help = "see what became of it; where another place prints it, name that place as well";
        self.text.at(self.at, message, Some(help.to_owned())).found_by(Check::PrintedDrift)
    }
}

fn otherwise(it: &Otherwise) -> String {
    match it {
        Otherwise::Logger(logger) => format!("its logger is {}", shortened(logger)),
        Otherwise::Level(level) => format!("its level is {}", level.name()),
    }
}

fn parted(parting: &Parting) -> String {
    let Parting { reached, rest, .. } = parting;
    if reached.is_empty() {
        return format!("nothing there begins with `{rest}`");
    }
    format!("it matches up to `{reached}`, and nothing there goes on with `{rest}`")
}

fn prints(parting: &Parting) -> String {
    format!("{}:{} prints `{}`", parting.path, parting.line, shortened(&parting.template))
}

/// A text of a clone, as far as it says enough.
fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
