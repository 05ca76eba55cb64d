//! The log lines that decided a finding's clauses, or that tell of the trigger, with what stands around them.

use crate::engine::decide::evaluate::{CaseContext, Evaluated};
use crate::engine::language::clause::LogSource;
use crate::engine::language::compiled::Rule;
use crate::evidence::logs::Stream;
use crate::findings::{ExcerptLine, LinePlace, LogExcerpt, Ternary, TriggerLines};

/// Lines shown before the one that decided.
const BEFORE: usize = 2;
/// Lines shown after the line that decided.
const AFTER: usize = 4;
/// Characters shown of a line.
const CHARACTERS: usize = 600;

/// One excerpt a log clause that found a record, for the first element for which the rule holds.
pub(super) fn excerpt_logs(rule: &Rule, context: &CaseContext<'_>, evaluated: &Evaluated) -> Vec<LogExcerpt> {
    let Some(element) = evaluated.elements.iter().find(|it| it.truth == Ternary::True) else { return Vec::new() };
    let excerpt = |(clause, source, number): &(String, LogSource, usize)| {
        let (log, lines) = around(context, *source, *number)?;
        Some(LogExcerpt { episode: context.case.episode.number, rule: rule.file.slug.value.clone(), clause: clause.clone(), log, lines })
    };
    element.records.iter().filter_map(excerpt).collect()
}

/// The lines that tell of the episode's trigger or stall.
pub(super) fn of_trigger(context: &CaseContext<'_>) -> Option<TriggerLines> {
    let number = context.case.window.as_ref()?.trigger;
    let (log, lines) = around(context, LogSource::Echonet, number)?;
    Some(TriggerLines { episode: context.case.episode.number, log, lines })
}

/// The name of a log, and its lines around the first of a record.
fn around(context: &CaseContext<'_>, source: LogSource, number: usize) -> Option<(String, Vec<ExcerptLine>)> {
    let log = context.facts.bundle.logs.for_program(source).value()?;
    let name = source.log();
    let hit = context.facts.log(source)?.records.get(number)?.first_line;
    let first = hit.saturating_sub(BEFORE);
    let shown = (1..).zip(&log.lines).enumerate().take(hit.saturating_add(1 + AFTER)).skip(first);
    let lines = shown.map(|(place, (number, line))| ExcerptLine {
        number,
        at: line.at,
        stream: match line.stream {
            Stream::Unknown => String::new(),
            Stream::Stdout => "stdout".to_owned(),
            Stream::Stderr => "stderr".to_owned(),
        },
        place: if place == hit { LinePlace::Hit } else { LinePlace::Around },
        text: cut(&line.text),
    });
    Some((name.name().to_owned(), lines.collect()))
}

/// The beginning of a text, with a sign where something is left out.
pub(super) fn cut(text: &str) -> String {
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
