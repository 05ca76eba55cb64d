//! Lines of tests that no statement prints.

use super::rule_test::TestFile;
use super::test_patch::{Patch, TestLine, sequencer_line};
use crate::engine::decide::log_clause::names_logger;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::check::Check;
use crate::engine::language::clause::{LogPattern, LogSource};
use crate::engine::language::problem::{FileText, Problem, Weight};
use crate::engine::printed::catalogue::Catalogue;
use crate::engine::printed::{PlaceAnswer, PrintedText, Shape, Values, answers, asked, code_places, holds, logs};
use crate::evidence::LogStream;
use crate::evidence::logs::LogLine;
use crate::facts::LogIndex;
use crate::facts::log_index::LogRecord;

/// Lines of test files that a clause of their rule finds, and that none of the statements behind the clause can have printed. Only lines
/// that a test states word by word are looked at, and only clauses all of whose places the catalogue has.
#[must_use]
pub fn unprinted(tests: &[FileText], catalog: &Catalog, catalogue: &Catalogue) -> Vec<Problem> {
    let mut problems = Vec::new();
    for text in tests {
        // What cannot be read is told by the check of its shape.
        let Ok(file) = text.read::<TestFile>() else { continue };
        let Some(rule) = catalog.rules.get(&file.rule.value) else { continue };
        let mut told: Vec<String> = Vec::new();
        let records: Vec<(LogSource, LogRecord)> = file.cases.iter().flat_map(|it| &it.patch).flat_map(records).collect();
        let is_written_into = |it: &LogPattern| records.iter().any(|(source, _)| *source == it.source);
        // To read a pattern takes longer than all else here.
        let clauses: Vec<_> = logs(&rule.file)
            .filter(|(_, log)| is_written_into(log))
            .filter_map(|(name, log)| Some((name, log, all_texts(log, catalogue)?, regex::Regex::new(&log.regex.value).ok()?)))
            .collect();
        for (source, line) in &records {
            for (name, log, texts, _) in clauses.iter().filter(|(_, log, _, regex)| log.source == *source && finds(log, regex, line)) {
                let could = texts.iter().any(|it| holds(&Shape::from_text(it, Values::AnyText), &line.text));
                let first = line.text.lines().next().unwrap_or_default();
                if !could && !told.iter().any(|it| it == first) {
                    told.push(first.to_owned());
                    let message = format!("clause `{name}` finds the line `{first}`, but no statement that it names can print it");
                    let printed: Vec<String> =
                        texts.iter().filter(|it| could_be_meant(it, log)).map(|it| format!("`{}`", it.shown())).collect();
                    let help = format!("write what is printed, for example with `line_of`: {}", printed.join(" or "));
                    let problem = text.at_words(written(first), message, Some(help));
                    problems.push(problem.found_by(Check::LineNotPrinted).weighing(Weight::Warning));
                }
            }
        }
    }
    problems
}

/// The records that a patch states word by word.
fn records(patch: &Patch) -> Vec<(LogSource, LogRecord)> {
    let (source, lines) = match patch {
        Patch::SequencerLog { lines, .. } => (LogSource::Sequencer, lines),
        Patch::AppendLogLines { lines, .. } | Patch::InsertLogLines { lines, .. } => (LogSource::Echonet, lines),
        _ => return Vec::new(),
    };
    let texts = lines.iter().filter_map(|it| match it {
        TestLine::Text(text) => Some(filled(text)),
        TestLine::Printed { .. } => None,
    });
    let one = |text: String| {
        let text = match source {
            LogSource::Echonet => text,
            LogSource::Sequencer => {
                let line = sequencer_line(&text, &serde_json::Value::Null).ok()?;
                line.get("text")?.as_str()?.to_owned()
            }
        };
        Some(LogLine::plain(text))
    };
    let stream = LogStream { namespace: None, lines: texts.filter_map(one).collect() };
    LogIndex::new(&stream).records.into_iter().map(|it| (source, it)).collect()
}

/// Replaces the placeholders for heights and hashes by sample values.
fn filled(text: &str) -> String {
    let numbers = ["{subject}", "{next}", "{previous}"].iter().fold(text.to_owned(), |text, it| text.replace(it, BLOCK));
    let hashes = (0..10).map(|it| format!("{{tx{it}}}")).chain(["{culprit}".to_owned()]);
    hashes.fold(numbers, |text, it| text.replace(&it, HASH))
}

const BLOCK: &str = "7000007";
const HASH: &str = "0x7000007";

/// The part of a line that stands in the test file as well, whatever names of places it holds.
fn written(line: &str) -> &str {
    line.split(HASH).flat_map(|it| it.split(BLOCK)).max_by_key(|it| it.len()).unwrap_or(line)
}

fn finds(log: &LogPattern, regex: &regex::Regex, record: &LogRecord) -> bool {
    let asked = asked(log);
    let is_logger = asked.logger.is_none_or(|name| record.logger.as_deref().is_some_and(|it| names_logger(it, name)));
    let is_level = asked.level.is_none_or(|it| record.level == Some(it));
    is_logger && is_level && regex.is_match(&record.text)
}

/// Every text behind a clause; none where one of its places is not in the catalogue, or prints what stands within records of others.
fn all_texts<'c>(log: &LogPattern, catalogue: &'c Catalogue) -> Option<Vec<&'c PrintedText>> {
    let places: Vec<Vec<&PrintedText>> = code_places(log).map(|it| catalogue.at(&it.path, &it.symbol).collect()).collect();
    let is_whole = places.len() == log.printed_by.len() && !places.is_empty() && places.iter().all(|it| !it.is_empty());
    let texts: Vec<&PrintedText> = places.into_iter().flatten().collect();
    (is_whole && texts.iter().all(|it| it.level().is_some())).then_some(texts)
}

fn could_be_meant(text: &PrintedText, log: &LogPattern) -> bool {
    let said = answers(asked(log), &[Ok(vec![text])], 0);
    said.places.iter().any(|it| matches!(it, PlaceAnswer::Matches(_) | PlaceAnswer::MatchesInPart(_) | PlaceAnswer::Elsewhere(_)))
}
