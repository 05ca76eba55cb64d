//! Checks rule files and turns them into what the evaluator runs.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::absence;
use super::bare_status::bare_status;
use super::check::Check;
use super::clause::{self, Clause, EachClause, LogSource, ScriptClause, Test};
use super::clause_reading;
use super::compiled::{
    Basis, Bounds, ClauseKind, CompiledClause, CompiledLogClause, EVENT_HEIGHT, Every, Operand, Polarity, Predicate, Rule, RuleParts,
};
use super::dependency::{clause_rests_on, path_rests_on, referred};
use super::path::{Path, PathError, suggestion};
use super::pattern::{Pattern, PatternError};
use super::placement;
use super::problem::{FileText, Problem};
use super::rule::RuleFile;
use super::script::{self, Expression, Interpreter};
use super::summary;
use super::types::{self, Type};
use super::value::Scalar;
use crate::limits::PROBLEMS;

/// Checks a rule file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file's parts. Never empty.
pub(crate) fn compile(text: &FileText, interpreter: &Interpreter) -> Result<Rule, Vec<Problem>> {
    // One that cannot be read is checked like any other, which says where it is wrong.
    if let Some(file) = text.prepared().and_then(|it| serde_json::from_str(it).ok()) {
        return Ok(Rule::of_build(file, parts_of_build));
    }
    let (misplaced, file): (Vec<Problem>, RuleFile) = match text.read_on() {
        Ok(file) => (Vec::new(), file),
        Err((problems, None)) => return Err(problems.into_iter().map(clause_reading::explained).collect()),
        Err((problems, Some(file))) => (problems.into_iter().map(clause_reading::explained).collect(), file),
    };
    let mut checker = Checker { text, interpreter: Some(interpreter), file: &file, problems: Vec::new(), fields: Vec::new() };
    let lets = checker.lets();
    checker.stamp(Check::Path);
    checker.head(&lets);
    checker.stamp(Check::Head);
    let clauses = checker.clauses(&lets);
    checker.stamp(Check::Clause);
    checker.conditions();
    checker.stamp(Check::Condition);
    checker.claims(&lets);
    checker.stamp(Check::Claims);
    checker.problems.extend(absence::unrequired(text, &file, &clauses));
    let mut problems = checker.problems;
    problems.extend(misplaced);
    if problems.is_empty() {
        let elements_rest_on = elements_rest_on(&file, &lets);
        Ok(Rule::checked(file, RuleParts { lets, clauses, elements_rest_on }))
    } else {
        problems.sort_by_key(|it| (it.line, it.column));
        Err(problems)
    }
}

/// What the evaluator runs of a rule of this build, whose checks are the build's own tests.
fn parts_of_build(file: &RuleFile) -> RuleParts {
    let text = FileText::new("", "");
    let mut checker = Checker { text: &text, interpreter: None, file, problems: Vec::new(), fields: Vec::new() };
    let lets = checker.lets();
    let clauses = checker.clauses(&lets);
    let elements_rest_on = elements_rest_on(file, &lets);
    RuleParts { lets, clauses, elements_rest_on }
}

fn elements_rest_on(file: &RuleFile, lets: &BTreeMap<String, Path>) -> Basis {
    let elements = file.for_each.as_ref().and_then(|it| lets.get(&it.value));
    elements.map(|it| path_rests_on(file, it, &[])).unwrap_or_default()
}

pub(super) struct Checker<'t> {
    pub(super) text: &'t FileText,
    /// Tries expressions; none for a rule of this build, of which nothing is checked again.
    interpreter: Option<&'t Interpreter>,
    pub(super) file: &'t RuleFile,
    pub(super) problems: Vec<Problem>,
    /// Fields of the element that the rule is decided for.
    fields: Vec<String>,
}

impl Checker<'_> {
    /// Says which check found what no check has been named for yet.
    fn stamp(&mut self, check: Check) {
        self.problems.iter_mut().filter(|it| it.check == Check::Shape).for_each(|it| it.check = check);
    }

    pub(super) fn complain_as<T>(&mut self, check: Check, place: &Spanned<T>, message: impl Into<String>, help: Option<String>) {
        self.note(|text| text.at(place, message, help).found_by(check));
    }

    pub(super) fn complain<T>(&mut self, place: &Spanned<T>, message: impl Into<String>, help: Option<String>) {
        self.note(|text| text.at(place, message, help));
    }

    /// Keeps a problem: to say where one is takes a look at the file, and a file can have one in every line.
    fn note(&mut self, problem: impl FnOnce(&FileText) -> Problem) {
        match self.problems.len().cmp(&PROBLEMS) {
            Ordering::Less => self.problems.push(problem(self.text)),
            Ordering::Equal => {
                self.problems.push(self.text.whole("there are more problems than are shown", Some("fix these first".to_owned())))
            }
            Ordering::Greater => {}
        }
    }

    fn path(&self, text: &str) -> Result<Path, PathError> {
        match self.interpreter {
            Some(_) => Path::compile(text),
            None => Path::read(text),
        }
    }

    fn lets(&mut self) -> BTreeMap<String, Path> {
        let mut lets = BTreeMap::new();
        for (name, path) in &self.file.lets {
            match self.path(&path.value) {
                Ok(compiled) => {
                    lets.insert(name.clone(), compiled);
                }
                Err(err) => self.complain(path, format!("let `{name}`: {err}"), err.help),
            }
        }
        lets
    }

    fn head(&mut self, lets: &BTreeMap<String, Path>) {
        let file = self.file;
        let kebab = |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-');
        if !kebab(&file.slug.value) {
            self.complain(&file.slug, "a slug is in kebab case", Some("lower-case letters, digits and `-`".to_owned()));
        }
        let name = self.text.name().rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or_default();
        if stem != file.slug.value {
            let help = format!("name the file `{}.yaml`, or the slug `{stem}`", file.slug.value);
            self.complain(&file.slug, "the slug is not the file's name", Some(help));
        }
        for (name, value) in [("owner", &file.owner), ("title", &file.title), ("description", &file.description)] {
            if value.trim().is_empty() {
                let help = Some(format!("write `{name}: ...`"));
                self.problems.push(self.text.at_field(name, format!("`{name}` is empty"), help).found_by(Check::Empty));
            }
        }
        if file.applies_to.case.is_empty() {
            let help = Some("list the cases that the rule applies to, or leave `case` out".to_owned());
            self.problems
                .push(self.text.at_field("applies_to", "`case` is empty, so the rule is never tried", help).found_by(Check::Empty));
        }
        if let Some(name) = &file.for_each {
            match lets.get(&name.value) {
                Some(path) => self.fields = path.element_fields(),
                None if file.lets.contains_key(&name.value) => {}
                None => {
                    let known: Vec<String> = file.lets.keys().cloned().collect();
                    self.complain(
                        name,
                        format!("`for_each` names `{}`, which `let` does not define", name.value),
                        suggestion(&name.value, &known),
                    );
                }
            }
        }
        let patterns = file.clauses.values().filter_map(|it| it.value.as_log()).filter_map(|it| Pattern::read(&it.log.regex.value).ok());
        let captured: Vec<String> = patterns.flat_map(|it| it.groups().to_vec()).collect();
        let known: Vec<String> = summary::NAMES.iter().map(|it| (*it).to_owned()).chain(captured).collect();
        let summaries = std::iter::once(&file.finding.summary).chain(file.finding.instead.iter().map(|it| &it.summary));
        for (summary, name) in summaries.flat_map(|it| summary::placeholders(&it.value).map(move |name| (it, name))) {
            if !known.iter().any(|it| it == name) {
                self.complain(summary, format!("nothing fills in `{{{name}}}`"), suggestion(name, &known));
            }
        }
        self.problems.extend(super::named_changes::problems(self.text, file));
    }

    fn clauses(&mut self, lets: &BTreeMap<String, Path>) -> Vec<CompiledClause> {
        let file = self.file;
        let mut compiled: BTreeMap<&str, CompiledClause> = BTreeMap::new();
        for (name, clause) in &file.clauses {
            if let Some(kind) = self.clause(name, &clause.value, lets) {
                let rests_on = clause_rests_on(file, &kind);
                compiled.insert(name, CompiledClause { name: name.clone(), kind, rests_on, reading: Polarity::AsWritten });
            }
        }
        // Each clause after those that it refers to; what is left over refers to itself.
        let mut ordered: Vec<CompiledClause> = Vec::new();
        let mut done: BTreeSet<String> = BTreeSet::new();
        while !compiled.is_empty() {
            let ready = compiled
                .iter()
                .find(|(_, it)| referred(&it.kind).iter().all(|it| done.contains(it) || !file.clauses.contains_key(it)))
                .map(|(name, _)| *name);
            let Some(name) = ready else { break };
            if let Some(clause) = compiled.remove(name) {
                done.insert(clause.name.clone());
                ordered.push(clause);
            }
        }
        for name in compiled.keys() {
            if let Some(place) = file.clauses.get(*name) {
                self.complain(place, format!("clause `{name}` refers to itself through others"), None);
            }
        }
        ordered
    }

    fn clause(&mut self, name: &str, clause: &Clause, lets: &BTreeMap<String, Path>) -> Option<ClauseKind> {
        match clause {
            Clause::Each(it) => self.each(it, lets),
            Clause::Value(it) => {
                let (operand, is) = (self.operand(&it.path)?, self.predicate(&it.is)?);
                self.alike(&it.is, self.operand_type(&operand, lets), &is);
                Some(ClauseKind::Value { operand, is })
            }
            Clause::Log(it) => self.log(name, it).map(|it| ClauseKind::Log(Box::new(it))),
            Clause::Script(it) => self.script(name, it, lets),
        }
    }

    fn each(&mut self, clause: &EachClause, lets: &BTreeMap<String, Path>) -> Option<ClauseKind> {
        let path = self.selection(&clause.each, lets)?;
        let known = if self.interpreter.is_some() { path.element_fields() } else { clause.wheres.keys().cloned().collect() };
        let mut wheres = Vec::new();
        for (field, test) in &clause.wheres {
            if !known.contains(field) {
                self.complain(test, format!("`{}` has no field `{field}`", path.text()), suggestion(field, &known));
                continue;
            }
            let predicate = self.predicate(test)?;
            let of = self.interpreter.and_then(|_| path.field(field)).and_then(Type::from_schema);
            self.alike(test, of, &predicate);
            wheres.push((field.clone(), predicate));
        }
        let bounds = Bounds {
            at_least: clause.at_least.unwrap_or(u64::from(clause.at_most.is_none() && !clause.every)),
            at_most: clause.at_most,
            every: if clause.every { Every::Required } else { Every::NotRequired },
        };
        Some(ClauseKind::Each { over: path, wheres, bounds })
    }

    fn script(&mut self, name: &str, clause: &ScriptClause, lets: &BTreeMap<String, Path>) -> Option<ClauseKind> {
        let mut uses = Vec::new();
        for (variable, operand) in &clause.uses {
            uses.push((variable.clone(), self.operand(operand)?));
        }
        let names: Vec<&str> = uses.iter().map(|(name, _)| name.as_str()).collect();
        let Some(interpreter) = self.interpreter else {
            return Some(ClauseKind::Script { expression: Expression::of_build(&clause.rhai.value, &names), uses });
        };
        let samples: Vec<(String, Vec<Scalar>)> =
            uses.iter().map(|(name, it)| (name.clone(), self.operand_type(it, lets).unwrap_or(Type::Text).samples())).collect();
        let read = interpreter.compile(&clause.rhai.value, &names);
        match read.and_then(|it| script::tried(interpreter, &it, &samples).map(|()| it)) {
            Ok(expression) => Some(ClauseKind::Script { expression, uses }),
            Err(err) => {
                self.complain(&clause.rhai, format!("clause `{name}`: {err}"), err.way_out(&names));
                None
            }
        }
    }

    /// Of which type the values of an operand are, if that is known and checked.
    fn operand_type(&self, operand: &Operand, lets: &BTreeMap<String, Path>) -> Option<Type> {
        self.interpreter?;
        match operand {
            Operand::Path(path) => Type::from_schema(path.element()?),
            Operand::Item(field) => Type::from_schema(lets.get(&self.file.for_each.as_ref()?.value)?.field(field)?),
            Operand::Capture { .. } => Some(Type::Text),
        }
    }

    /// Complains of a test that does not go with the type of what it looks at: it would be an error each time that the rule is tried.
    fn alike(&mut self, place: &Spanned<Test>, of: Option<Type>, test: &Predicate) {
        if let Some((message, help)) = of.and_then(|it| types::unlike(&it, test)) {
            self.complain(place, message, help);
        }
    }

    fn log(&mut self, name: &str, clause: &clause::LogClause) -> Option<CompiledLogClause> {
        let log = &clause.log;
        let pattern = self.pattern(&log.regex)?;
        if self.interpreter.is_some() {
            self.check_log(name, clause, &pattern)?;
        }
        let mut join = Vec::new();
        for (group, operand) in &clause.join {
            join.push((group.clone(), self.operand(operand)?));
        }
        Some(CompiledLogClause {
            source: log.source,
            logger: log.logger.as_ref().map(|it| it.value.clone()),
            level: log.level,
            pick: log.pick,
            pattern,
            join,
            after: clause.after.as_ref().map(|it| it.value.clone()),
            before: clause.before.as_ref().map(|it| it.value.clone()),
            before_next: clause.before_next.as_ref().map(|it| it.value.clone()),
            within: clause.within.as_ref().map(|it| it.value),
            per: clause.per.as_ref().map(|it| it.value),
            bounds: Bounds {
                at_least: clause.at_least.unwrap_or(u64::from(clause.at_most.is_none())),
                at_most: clause.at_most,
                every: Every::NotRequired,
            },
        })
    }

    /// Complains of a log clause.
    fn check_log(&mut self, name: &str, clause: &clause::LogClause, pattern: &Pattern) -> Option<()> {
        let log = &clause.log;
        if let Some(number) = bare_status(&log.regex.value) {
            let help = Some(format!("write `\\b{number}\\b`, or the words round it: hashes and block numbers hold `{number}` too"));
            self.complain_as(Check::BareStatus, &log.regex, format!("`{number}` stands alone in the pattern"), help);
        }
        let mut groups = pattern.groups().to_vec();
        match log.source {
            LogSource::Echonet => {}
            LogSource::Sequencer => groups.push(EVENT_HEIGHT.to_owned()),
        }
        for (group, operand) in clause.join.iter().filter(|(group, _)| !groups.contains(group)) {
            self.complain(operand, format!("the pattern captures no `{group}`"), suggestion(group, &groups));
        }
        for reference in clause.after.iter().chain(&clause.before) {
            if self.file.log_clause(&reference.value).is_none() {
                let message = format!("clause `{name}` refers to `{}`, which is not a log clause", reference.value);
                self.complain(reference, message, suggestion(&reference.value, &self.log_clauses()));
                return None;
            }
        }
        self.problems.extend(placement::wrong(self.text, self.file, name, clause));
        Some(())
    }

    /// The names of the rule's log clauses.
    fn log_clauses(&self) -> Vec<String> {
        self.file.clauses.iter().filter(|(_, it)| it.value.as_log().is_some()).map(|(it, _)| it.clone()).collect()
    }

    fn selection(&mut self, over: &Spanned<String>, lets: &BTreeMap<String, Path>) -> Option<Path> {
        if let Some(path) = lets.get(&over.value) {
            return Some(path.clone());
        }
        if over.value.starts_with('$') {
            return match self.path(&over.value) {
                Ok(path) => Some(path),
                Err(err) => {
                    self.complain(over, err.to_string(), err.help);
                    None
                }
            };
        }
        if !self.file.lets.contains_key(&over.value) {
            let known: Vec<String> = self.file.lets.keys().cloned().collect();
            self.complain(over, format!("`let` does not define `{}`", over.value), suggestion(&over.value, &known));
        }
        None
    }

    fn operand(&mut self, operand: &Spanned<String>) -> Option<Operand> {
        let text = operand.value.as_str();
        if text.starts_with('$') {
            return match self.path(text) {
                Ok(path) => Some(Operand::Path(path)),
                Err(err) => {
                    self.complain(operand, err.to_string(), err.help);
                    None
                }
            };
        }
        let Some((before, after)) = text.split_once('.') else {
            let help = Some("an operand is a path (`$...`), `item.<field>` or `<log clause>.<capture>`".to_owned());
            self.complain(operand, format!("`{text}` is not an operand"), help);
            return None;
        };
        if before == "item" {
            if self.file.for_each.is_none() {
                self.complain(operand, "there is no `item` without `for_each`", None);
                return None;
            }
            if !self.fields.is_empty() && !self.fields.iter().any(|it| it == after) {
                let help = suggestion(after, &self.fields);
                self.complain(operand, format!("an item has no field `{after}`"), help);
                return None;
            }
            return Some(Operand::Item(after.to_owned()));
        }
        if self.interpreter.is_none() {
            return Some(Operand::Capture { clause: before.to_owned(), group: after.to_owned() });
        }
        let groups =
            self.file.log_clause(before).map(|it| Pattern::read(&it.log.regex.value).map(|it| it.groups().to_vec()).unwrap_or_default());
        match groups {
            None => {
                self.complain(operand, format!("`{before}` is not a log clause"), suggestion(before, &self.log_clauses()));
                None
            }
            Some(groups) if !groups.iter().any(|it| it == after) => {
                self.complain(operand, format!("clause `{before}` captures no `{after}`"), suggestion(after, &groups));
                None
            }
            Some(_) => Some(Operand::Capture { clause: before.to_owned(), group: after.to_owned() }),
        }
    }

    fn predicate(&mut self, place: &Spanned<Test>) -> Option<Predicate> {
        let test = &place.value;
        let mut found: Vec<Predicate> = Vec::new();
        found.extend(test.equals.clone().map(|it| Predicate::OneOf(vec![it])));
        found.extend(test.not_equals.clone().map(|it| Predicate::NoneOf(vec![it])));
        found.extend(test.one_of.clone().map(Predicate::OneOf));
        found.extend(test.less_than.clone().map(Predicate::LessThan));
        found.extend(test.at_least.clone().map(Predicate::AtLeast));
        found.extend(test.exists.map(Predicate::Exists));
        if let Some(operand) = &test.same_as {
            found.push(Predicate::SameAs(self.operand(operand)?));
        }
        if let Some(operand) = &test.differs_from {
            found.push(Predicate::DiffersFrom(self.operand(operand)?));
        }
        if let Some(pattern) = &test.matches {
            found.push(Predicate::Matches(self.pattern(pattern)?));
        }
        if found.len() != 1 {
            self.complain(place, "a test needs exactly one of its fields", Some("such as `{equals: REVERTED}`".to_owned()));
            return None;
        }
        found.pop()
    }

    fn pattern(&mut self, place: &Spanned<String>) -> Option<Pattern> {
        if self.interpreter.is_none() {
            return Some(Pattern::of_build(&place.value));
        }
        match Pattern::read(&place.value) {
            Ok(pattern) => return Some(pattern),
            Err(PatternError::Unreadable(reason)) => {
                self.complain_as(Check::RegexUnreadable, place, format!("the pattern cannot be read: {reason}"), None);
            }
            Err(PatternError::MatchesEverything) => {
                let help = Some("name at least one word that must be there".to_owned());
                self.complain_as(Check::RegexMatchesEverything, place, "the pattern matches everything", help);
            }
            Err(PatternError::MatchesNothing(reason)) => {
                let help = Some("`^` and `$` are the ends of the whole record; write `(?m)` for those of a line".to_owned());
                self.complain_as(Check::RegexMatchesNothing, place, format!("the pattern matches nothing: {reason}"), help);
            }
        }
        None
    }
}
