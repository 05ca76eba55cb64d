//! Statements of Python that print text: calls of a logger, and `raise`.

mod text;

use std::collections::BTreeMap;

use super::template::hole;
use super::{Attached, Printed, StatementKind, Statements, WhyUnread};
use crate::evidence::level::Level;
use crate::evidence::syntax::{Node, Syntax};
use text::Texts;

/// Reads a file.
pub(super) fn read(syntax: &Syntax<'_>) -> Statements {
    let texts = Texts::of(syntax);
    let loggers = loggers(syntax);
    let mut read = Statements::default();
    for node in syntax.nodes() {
        match node.kind() {
            "call" => read.take(node, logged(node, &texts, &loggers)),
            "raise_statement" => read.take(node, raised(node, &texts)),
            _ => {}
        }
    }
    read
}

/// What a call writes into a log, if it is one of a logger.
fn logged(call: Node<'_>, texts: &Texts<'_>, loggers: &BTreeMap<&str, String>) -> Option<Result<Printed, WhyUnread>> {
    let function = call.child("function").filter(|it| it.kind() == "attribute")?;
    let method = function.child("attribute")?.text();
    let arguments = Arguments::of(call.child("arguments")?);
    let receiver = function.child("object").filter(|it| is_logger(*it))?;
    let (level, taken) = match method {
        "debug" => (Level::Debug, 0),
        "info" => (Level::Info, 0),
        "warning" | "warn" => (Level::Warning, 0),
        "error" | "exception" => (Level::Error, 0),
        "critical" | "fatal" => (Level::Critical, 0),
        "log" => match arguments.in_order.first().and_then(|it| level_named(it.text())) {
            Some(level) => (level, 1),
            None => return Some(Err(WhyUnread::NotStated)),
        },
        _ => return None,
    };
    let ordered = arguments.in_order.get(taken..).unwrap_or_default();
    let (text, values) = match (ordered.split_first(), arguments.named("msg")) {
        (Some((text, values)), _) => (*text, values),
        (None, Some(text)) => (text, ordered),
        (None, None) => return Some(Err(WhyUnread::NotStated)),
    };
    let is_caught = match arguments.named("exc_info") {
        Some(value) => !matches!(value.kind(), "false" | "none"),
        None => method == "exception",
    };
    let mut attached: Vec<Attached> = arguments.named("extra").map(fields).unwrap_or_default();
    attached.extend(is_caught.then_some(Attached::Traceback));
    let logger = last_name(receiver).and_then(|it| loggers.get(it)).cloned();
    Some(texts.logged(text, values).map(|texts| Printed { kind: StatementKind::Log { level, logger }, texts, attached }))
}

/// What the file names its loggers, by the names that it assigns them to: `logger = get_logger("text")`.
fn loggers<'s>(syntax: &'s Syntax<'s>) -> BTreeMap<&'s str, String> {
    let named = |assignment: Node<'s>| {
        let value = assignment.child("right").filter(|it| it.kind() == "call")?;
        let is_named = last_name(value.child("function")?) == Some("get_logger");
        let name = Arguments::of(value.child("arguments")?).in_order.first().copied().filter(|_| is_named)?;
        Some((last_name(assignment.child("left")?)?, text::plain(name)?))
    };
    syntax.nodes().filter(|it| it.kind() == "assignment").filter_map(named).collect()
}

/// `c` of `a.b.c`.
fn last_name(expression: Node<'_>) -> Option<&str> {
    match expression.kind() {
        "identifier" => Some(expression.text()),
        "attribute" => expression.child("attribute").map(|it| it.text()),
        _ => None,
    }
}

/// Whether an expression is a logger, by its name: nothing else tells.
fn is_logger(object: Node<'_>) -> bool {
    if object.kind() == "call" {
        return object.child("function").and_then(last_name) == Some("getLogger");
    }
    let name = last_name(object).unwrap_or_default().trim_matches('_').to_ascii_lowercase();
    matches!(name.as_str(), "log" | "logging") || name.ends_with("logger")
}

fn level_named(text: &str) -> Option<Level> {
    match text.rsplit('.').next()? {
        "FATAL" => Some(Level::Critical),
        name => Level::read(name),
    }
}

/// The fields that a literal dictionary states.
fn fields(extra: Node<'_>) -> Vec<Attached> {
    let pairs = extra.parts().filter(|it| it.kind() == "pair");
    let field = |pair: Node<'_>| {
        let (name, value) = (pair.child("key")?, pair.child("value")?);
        let name = text::plain(name)?;
        Some(Attached::Field { name, value: hole(value.text(), super::HoleForm::Display) })
    };
    pairs.filter_map(field).collect()
}

/// What a raised exception says, if it is made where it is raised and from a text.
fn raised(raise: Node<'_>, texts: &Texts<'_>) -> Option<Result<Printed, WhyUnread>> {
    let call = raise.parts().next().filter(|it| it.kind() == "call" && it.field() != Some("cause"))?;
    let name = call.child("function").and_then(|it| it.text().rsplit('.').next())?.to_owned();
    let arguments = Arguments::of(call.child("arguments")?);
    let text = match arguments.in_order.as_slice() {
        [] => return None,
        [text] => text,
        // What is printed of several is up to the type.
        _ => return Some(Err(WhyUnread::NotStated)),
    };
    if matches!(text.kind(), "integer" | "true" | "false" | "none" | "float") {
        return None;
    }
    let texts = texts.stated(*text);
    Some(texts.map(|texts| Printed { kind: StatementKind::Raise(Some(name)), texts, attached: Vec::new() }))
}

/// The arguments of a call.
struct Arguments<'s> {
    in_order: Vec<Node<'s>>,
    named: Vec<(&'s str, Node<'s>)>,
}

impl<'s> Arguments<'s> {
    fn of(list: Node<'s>) -> Self {
        let mut arguments = Self { in_order: Vec::new(), named: Vec::new() };
        for part in list.parts() {
            match (part.kind(), part.child("name"), part.child("value")) {
                ("keyword_argument", Some(name), Some(value)) => arguments.named.push((name.text(), value)),
                ("keyword_argument" | "dictionary_splat", ..) => {}
                _ => arguments.in_order.push(part),
            }
        }
        arguments
    }

    fn named(&self, name: &str) -> Option<Node<'s>> {
        self.named.iter().find(|(it, _)| *it == name).map(|(_, value)| *value)
    }
}
