//! A first rule from a saved bundle: what diverged, and the log lines that speak of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use crate::engine::decide::evaluate::Trial;
use crate::engine::decide::prepared::Prepared;
use crate::engine::diagnosis::diagnose::diagnose_prepared;
use crate::engine::language::catalog::Catalog;
use crate::engine::language::clause::LogSource;
use crate::engine::language::value::word;
use crate::evidence::{Bundle, Felt, SharedText};
use crate::facts::log_index::{Level, LogRecord};
use crate::facts::{Case, EvidenceName, ItemKind, LedgerItem, Role, Undo};
use crate::findings::{Explains, Finding};

/// A rule file that was written from a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleDraft {
    /// Slug of the rule.
    pub slug: String,
    /// The file's body.
    pub rule: String,
    /// Rules that explain already what this one would; none where something is unexplained.
    pub explained_by: Vec<String>,
}

/// Why no rule can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDraft {
    /// None of the episodes has a cause.
    #[error("the bundle shows no divergence that a rule could claim")]
    NoCause,
    /// The slug is taken or is no slug.
    #[error("`{0}` cannot be the slug: it is taken, or not in kebab case; give another with --slug")]
    Slug(String),
}

const FIRST_LINE: &str = "# yaml-language-server: $schema=schemas/rule.schema.json";
const MOST_LINES: usize = 5;
const STALL_SIGN: &str = "stopped_like_this";

/// Writes a rule for the first divergence that no known rule explains, or else for the first of all.
///
/// # Errors
/// When nothing diverged, or the slug cannot be used.
pub(crate) fn draft(bundle: &Bundle, catalog: &Catalog, slug: Option<&str>) -> Result<RuleDraft, NoDraft> {
    let prepared = Prepared::new(bundle, catalog.patterns());
    let diagnosis = diagnose_prepared(&prepared, &catalog.rules, &catalog.interpreter, Trial::WithExperimental);
    let open: BTreeSet<(u32, &str)> = diagnosis.unexplained.iter().map(|it| (it.episode, it.id.as_str())).collect();
    let cases = &prepared.facts.cases;
    let causes = || cases.iter().flat_map(|case| case.document.ledger.iter().filter(|it| it.role == Role::Cause).map(move |it| (case, it)));
    let is_open = |(case, item): &(&Case<'_>, &LedgerItem)| open.contains(&(case.episode.number, item.id.as_str()));
    let (case, item) = causes().find(is_open).or_else(|| causes().next()).ok_or(NoDraft::NoCause)?;
    let proposed = [item.kind.name(), &item.field].join("-").replace('_', "-");
    let slug = slug.unwrap_or_else(|| proposed.trim_matches('-')).to_owned();
    let is_kebab = !slug.is_empty() && slug.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
    if !is_kebab || catalog.rules.contains_key(&slug) {
        return Err(NoDraft::Slug(slug));
    }
    let lines = lines(&prepared, case, item);
    let others = beside(case, item);
    let rule = rule_body(&slug, case, item, &others, &lines);
    let explains = |it: &&Finding| it.explains == Explains::Cause && it.episode == case.episode.number && it.claims.contains(&item.id);
    let explaining: BTreeSet<&str> = diagnosis.findings.iter().filter(explains).map(|it| it.rule.as_str()).collect();
    let explained_by = explaining.into_iter().map(str::to_owned).collect();
    Ok(RuleDraft { slug, rule, explained_by })
}

/// What Echonet's log says up to the trigger, and the other logs over the same time.
fn lines(prepared: &Prepared<'_>, case: &Case<'_>, item: &LedgerItem) -> Vec<DraftClause> {
    let Some((index, window)) = prepared.facts.echonet_log.as_ref().zip(case.window.as_ref()) else { return Vec::new() };
    let records = index.records.get(window.first..=window.trigger).unwrap_or_default();
    let mut lines = telling_lines(LogSource::Echonet, records, item);
    // What a thread says as it ends has no level; for a stall it is the first thing to look for.
    let ended = case.document.stall.as_ref().and_then(|it| index.records.get(it.record)).filter(|it| it.lines > 1);
    if let Some(ended) = ended.and_then(|it| traceback(it, item)) {
        lines.retain(|it| !ended.regex.starts_with(&it.regex));
        lines.push(ended);
    }
    let times = records.first().and_then(|it| it.at).zip(index.records.get(window.end.saturating_sub(1)).and_then(|it| it.at));
    let others = LogSource::ALL.into_iter().filter(|it| *it != LogSource::Echonet);
    for (source, (begin, end)) in others.filter_map(|it| Some((it, times?))) {
        let within = |it: &&LogRecord| it.at.is_some_and(|at| begin <= at && at <= end);
        let all = prepared.facts.log(source).map(|it| it.records.as_slice()).unwrap_or_default();
        let records: Vec<LogRecord> = all.iter().filter(within).cloned().collect();
        lines.extend(telling_lines(source, &records, item));
    }
    let mut taken = BTreeSet::new();
    for (number, line) in (1..).zip(lines.iter_mut()) {
        if line.name.is_empty() || !taken.insert(line.name.clone()) {
            line.name = format!("line_{number}");
        }
    }
    lines
}

/// A record of several lines by its first and its last one: what raised, and what it raised.
fn traceback(record: &LogRecord, item: &LedgerItem) -> Option<DraftClause> {
    let last = record.text.lines().next_back()?;
    let end = line(LogSource::Echonet, &LogRecord { text: record.text.part(last), ..record.clone() }, item)?;
    let begin = line(LogSource::Echonet, record, &LedgerItem { tx_hash: None, block: u64::MAX, ..item.clone() })?;
    let regex = format!("{}(?s:.*)\\n{}", begin.regex, end.regex.trim_start_matches('^'));
    Some(DraftClause { regex, joins: end.joins, ..begin })
}

/// Other causes in the same block, one of each kind and field.
fn beside<'c>(case: &'c Case<'_>, item: &LedgerItem) -> Vec<&'c LedgerItem> {
    let mut found: Vec<&LedgerItem> = Vec::new();
    for other in case.document.ledger.iter().filter(|it| it.role == Role::Cause && it.block == item.block) {
        let same = |it: &LedgerItem| it.kind == other.kind && it.field == other.field;
        if !same(item) && !found.iter().any(|it| same(it)) {
            found.push(other);
        }
    }
    found
}

/// A log clause of the draft.
struct DraftClause {
    name: String,
    source: LogSource,
    logger: Option<String>,
    level: Option<Level>,
    regex: String,
    joins: Vec<(&'static str, &'static str)>,
}

impl DraftClause {
    fn is_grave(&self) -> bool {
        self.level >= Some(Level::Warning)
    }

    fn joined(&self, group: &str) -> bool {
        self.joins.iter().any(|(it, _)| *it == group)
    }

    /// Its pattern without the captures.
    fn shape(&self) -> String {
        self.regex.replace("(?P<block_number>[0-9]+)", "[0-9]+").replace("(?P<tx>0x[0-9a-fA-F]+)", "0x[0-9a-fA-F]+")
    }
}

/// The lines that say most of the item: those that name its transaction or block, and warnings; never those that stand there all the time.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn telling_lines(source: LogSource, records: &[LogRecord], item: &LedgerItem) -> Vec<DraftClause> {
    const USUAL: usize = 5;
    let mut scored: Vec<(i32, usize, DraftClause)> = Vec::new();
    let mut often: BTreeMap<String, usize> = BTreeMap::new();
    for record in records.iter().filter(|it| it.level.is_some() && !it.text.starts_with("Resync triggered by tx ")) {
        let Some(line) = line(source, record, item) else { continue };
        let score = 3 * i32::from(line.joined("tx")) + 2 * i32::from(line.is_grave()) + i32::from(line.joined("block_number"));
        if score >= 2 {
            *often.entry(line.shape()).or_default() += 1;
            scored.push((score, record.number, line));
        }
    }
    scored.sort_by_key(|(score, number, _)| std::cmp::Reverse((*score, *number)));
    let mut shapes = BTreeSet::new();
    let mut kept = 0;
    // A pattern is compiled, and held against the whole log, only for lines that nothing cheaper rules out.
    scored.retain(|(.., line)| {
        let shape = line.shape();
        let is_seldom = || {
            let regex = Regex::new(&line.regex).ok().filter(|_| often.get(&shape).is_none_or(|it| *it <= USUAL));
            regex.is_some_and(|regex| records.iter().filter(|it| regex.is_match(&it.text)).nth(USUAL).is_none())
        };
        let keep = kept < MOST_LINES && !shapes.contains(&shape) && ((line.is_grave() && line.joined("tx")) || is_seldom());
        if keep {
            kept += 1;
        }
        shapes.insert(shape);
        keep
    });
    scored.sort_by_key(|(_, number, _)| *number);
    scored.into_iter().map(|(.., line)| line).collect()
}

/// A record as a clause: its values generalised, and those of the item captured.
fn line(source: LogSource, record: &LogRecord, item: &LedgerItem) -> Option<DraftClause> {
    const LONGEST: usize = 120;
    let text: String = record.text.chars().take_while(|it| !it.is_control()).collect();
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end)?.rsplit_once(' ')?.0,
        None => text.as_str(),
    };
    if text.chars().filter(|it| it.is_alphabetic()).count() < 3 {
        return None;
    }
    static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"0x[0-9a-fA-F]+|[0-9]+").ok());
    let mut regex = String::from("^");
    let mut joins: Vec<(&'static str, &'static str)> = Vec::new();
    let mut end = 0;
    for value in VALUES.as_ref()?.find_iter(text) {
        let is_word = |it: Option<char>| it.is_some_and(|it| it.is_alphanumeric() || it == '_');
        let before = text.get(..value.start())?.chars().next_back();
        let after = text.get(value.end()..)?.chars().next();
        if is_word(before) || is_word(after) {
            continue;
        }
        regex.push_str(&regex::escape(text.get(end..value.start())?));
        end = value.end();
        let is_transaction = item.tx_hash.is_some_and(|hash| value.as_str().parse::<Felt>().is_ok_and(|it| it == hash));
        let is_status = value.len() == 3 && matches!(value.as_str().as_bytes().first(), Some(b'1'..=b'5'));
        let mut captured = |group: &'static str, operand: &'static str, pattern: &str| {
            if joins.iter().any(|(it, _)| *it == group) {
                pattern.to_owned()
            } else {
                joins.push((group, operand));
                format!("(?P<{group}>{pattern})")
            }
        };
        regex.push_str(&if value.as_str().starts_with("0x") {
            if is_transaction { captured("tx", "item.tx_hash", "0x[0-9a-fA-F]+") } else { "0x[0-9a-fA-F]+".to_owned() }
        } else if value.as_str() == item.block.to_string() {
            captured("block_number", "item.block", "[0-9]+")
        } else if is_status {
            format!(r"\b{}\b", value.as_str())
        } else {
            "[0-9]+".to_owned()
        });
    }
    regex.push_str(&regex::escape(text.get(end..)?));
    let words: Vec<&str> = text.split(|it: char| !it.is_ascii_alphabetic()).filter(|it| it.len() > 1).take(3).collect();
    Some(DraftClause {
        name: words.join("_").to_lowercase(),
        source,
        logger: record.logger.as_ref().map(SharedText::to_string),
        level: record.level,
        regex,
        joins,
    })
}

fn rule_body(slug: &str, case: &Case<'_>, item: &LedgerItem, others: &[&LedgerItem], lines: &[DraftClause]) -> String {
    let trigger = case.document.trigger.as_ref().map(|it| it.kind.name());
    let applies_to = match (item.kind, trigger) {
        (ItemKind::Stall, _) => "case: [stall]".to_owned(),
        (_, Some(trigger)) => format!("trigger: [{trigger}]"),
        (_, None) => "case: [divergence]".to_owned(),
    };
    let kind = item.kind.name();
    let mut body = format!(
        "{FIRST_LINE}\nschema: whysync.rule/v1\nid: NEW-{}\nslug: {slug}\ntitle: {}\nstatus: experimental\nseverity: medium\n\
         category: sequencer-bug\nowner: unassigned\ndescription: |\n  Written from a saved bundle. Say here what happens and why, how it \
         looks, and how to tell it from look-alikes.\napplies_to: {{{applies_to}}}\nrequires:\n",
        slug.to_uppercase(),
        quoted(&format!("Divergence of kind {}", kind.replace('_', " "))),
    );
    for (evidence, why) in required(item, lines) {
        body.push_str(&format!("  - {{evidence: {}, why: {why}}}\n", evidence.name()));
    }
    let path = format!("$.ledger[?{}]", filters(item).join(" && "));
    body.push_str(&format!("let:\n  items: {}\nfor_each: items\nmatch:\n", quoted(&path)));
    body.push_str("  is_a_cause:\n    path: item.role\n    is: {equals: cause}\n    why: it follows from nothing else\n");
    let sign = case.document.stall.as_ref().and_then(|it| it.sign).map(|it| word(&it));
    if let Some(sign) = &sign {
        body.push_str(&format!("  {STALL_SIGN}:\n    path: $.stall.sign\n    is: {{equals: {sign}}}\n    why: how the epoch stopped\n"));
    }
    for (name, other) in named(others) {
        let field = if other.field.is_empty() { String::new() } else { format!(", field: {{equals: {}}}", quoted(&other.field)) };
        body.push_str(&format!(
            "  {name}:\n    each: $.ledger[*]\n    where: {{kind: {{equals: {}}}{field}, block: {{same_as: item.block}}}}\n",
            other.kind.name()
        ));
    }
    for line in lines {
        let logger = line.logger.as_ref().map(|it| format!(", logger: {}", quoted(it))).unwrap_or_default();
        let level = line.level.map(|it| format!(", level: {}", word(&it))).unwrap_or_default();
        body.push_str(&format!(
            "  {}:\n    log: {{source: {}{logger}{level}, regex: {}}}\n",
            line.name,
            word(&line.source),
            quoted(&line.regex)
        ));
        if !line.joins.is_empty() {
            let joins: Vec<String> = line.joins.iter().map(|(group, operand)| format!("{group}: {operand}")).collect();
            body.push_str(&format!("    join: {{{}}}\n", joins.join(", ")));
        }
    }
    let (specific, general): (Vec<&DraftClause>, Vec<&DraftClause>) = lines.iter().partition(|it| !it.joins.is_empty());
    let when: Vec<&str> = std::iter::once("is_a_cause")
        .chain(sign.is_some().then_some(STALL_SIGN))
        .chain(specific.iter().map(|it| it.name.as_str()))
        .collect();
    let names = named(others);
    let corroborate: Vec<&str> = names.iter().map(|it| it.0.as_str()).chain(general.iter().map(|it| it.name.as_str())).collect();
    body.push_str(&format!("when: {{all: [{}]}}\n", when.join(", ")));
    if !corroborate.is_empty() {
        body.push_str(&format!("corroborate: [{}]\n", corroborate.join(", ")));
    }
    // What differs is known, and why is not; the undo proves at once whether it is the whole difference.
    let undo = Undo::of_kind(item.kind).map_or_else(String::new, |it| format!("undo: {}", it.name()));
    body.push_str(&format!(
        "explains: class\nclaims: {{{undo}}}\nfinding:\n  summary: \"{{count}} x {} in block {{block}}.\"\n",
        kind.replace('_', " ")
    ));
    body
}

fn named<'o>(others: &[&'o LedgerItem]) -> Vec<(String, &'o LedgerItem)> {
    (1..).zip(others).map(|(number, it)| (format!("also_{}_{number}", it.kind.name()), *it)).collect()
}

/// What the items of the rule have in common: nothing that changes from block to block.
fn filters(item: &LedgerItem) -> Vec<String> {
    let mut filters = vec![format!("@.kind == '{}'", item.kind.name())];
    let mut add = |name: &str, value: Option<String>| {
        filters.extend(
            value.filter(|it| it.chars().all(|it| it.is_ascii_alphanumeric() || "_.".contains(it))).map(|it| format!("@.{name} == '{it}'")),
        );
    };
    add("field", Some(item.field.clone()).filter(|it| !it.is_empty()));
    add("tx_type", item.tx_type.map(|it| word(&it)));
    add("trace", item.trace.map(|it| word(&it)));
    add("code", item.code.clone());
    filters
}

fn required(item: &LedgerItem, lines: &[DraftClause]) -> Vec<(EvidenceName, &'static str)> {
    let mut required = match item.kind {
        ItemKind::Stall => Vec::new(),
        kind if kind.is_trigger() => vec![(EvidenceName::Snapshot, "what triggered")],
        _ => vec![(EvidenceName::OursBlock, "our side"), (EvidenceName::TheirsBlock, "mainnet's side")],
    };
    for source in LogSource::ALL {
        let mut own = lines.iter().filter(|it| it.source == source).peekable();
        let is_named = own.peek().is_some();
        let wants_debug = own.any(|it| it.level.is_some_and(|it| it <= Level::Debug));
        required.extend(match source {
            LogSource::Echonet if wants_debug => Some((EvidenceName::LogsEchonetDebug, "one of the lines is a DEBUG line")),
            LogSource::Echonet if is_named || item.kind == ItemKind::Stall => {
                Some((EvidenceName::LogsEchonet, "the lines near the failure"))
            }
            LogSource::Sequencer if is_named => Some((EvidenceName::LogsSequencer, "what the node says near the failure")),
            LogSource::Echonet | LogSource::Sequencer => None,
        });
    }
    required
}

/// A text as YAML. It holds no control characters.
pub(super) fn quoted(text: &str) -> String {
    if text.contains('\'') && !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "''"))
}
