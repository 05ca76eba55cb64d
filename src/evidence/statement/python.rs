//! Statements of Python that print text: calls of a logger, and `raise`.

mod text;

use std::collections::BTreeMap;

use super::template::hole;
use super::{Attached, PrintedAlternatives, Reading, StatementKind, Statements, WhyUnread};
use crate::evidence::level::Level;
use crate::evidence::syntax::{Node, Syntax};
use text::Texts;

/// Reads a file.
pub(super) fn read<'s>(syntax: &'s Syntax<'s>) -> Statements {
    let texts = Texts::from_syntax(syntax);
    let loggers = loggers(syntax);
    let mut read = Reading::new(syntax);
    for node in syntax.nodes() {
        match node.kind() {
            "call" => read.take(node, logged(node, &texts, &loggers)),
            "raise_statement" => read.take(node, raised(node, &texts)),
            _ => {}
        }
    }
    read.found
}

/// What a call writes into a log, if it is one of a logger.
fn logged(call: Node<'_>, texts: &Texts<'_>, loggers: &BTreeMap<&str, Option<String>>) -> Option<Result<PrintedAlternatives, WhyUnread>> {
    let function = call.child("function").filter(|it| it.kind() == "attribute")?;
    let method = function.child("attribute")?.text();
    let arguments = CallArguments::from_list(call.child("arguments")?);
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
    let logger = match receiver.kind() {
        "call" => named_logger(receiver),
        _ if receiver.text() == "logging" => Some("root".to_owned()),
        _ => last_name(receiver).and_then(|it| loggers.get(it)).cloned().flatten(),
    };
    Some(texts.logged(text, values).map(|texts| PrintedAlternatives { kind: StatementKind::Log { level, logger }, texts, attached }))
}

/// What the file names its loggers, by the names that it assigns them to: `logger = get_logger("text")`. Of two that bear one name, a
/// statement does not tell which it means.
fn loggers<'s>(syntax: &'s Syntax<'s>) -> BTreeMap<&'s str, Option<String>> {
    let mut all: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for assignment in syntax.nodes().filter(|it| it.kind() == "assignment") {
        let (Some(name), Some(value)) = (assignment.child("left").and_then(last_name), assignment.child("right")) else { continue };
        // What is passed on, as in `self.logger = logger`, says nothing of its own.
        if value.kind() == "call" && is_logger(value) {
            let logger = named_logger(value);
            all.entry(name).and_modify(|it| *it = it.take().filter(|it| logger.as_ref() == Some(it))).or_insert(logger);
        }
    }
    all
}

/// The name that records of a logger bear, if the expression states it: Echonet's `get_logger` puts its loggers below one of its own.
fn named_logger(expression: Node<'_>) -> Option<String> {
    let called = (expression.kind() == "call").then(|| expression.child("function")).flatten()?;
    let arguments = CallArguments::from_list(expression.child("arguments")?);
    let name = arguments.in_order.first().copied().or_else(|| arguments.named("name"));
    match (last_name(called)?, name) {
        ("get_logger", None) => Some("echonet".to_owned()),
        ("get_logger", Some(name)) => text::plain(name).map(|it| format!("echonet.{it}")),
        ("getLogger", None) => Some("root".to_owned()),
        ("getLogger", Some(name)) => text::plain(name),
        _ => None,
    }
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
        return matches!(object.child("function").and_then(last_name), Some("getLogger" | "get_logger"));
    }
    is_logger_named(last_name(object).unwrap_or_default())
}

fn is_logger_named(name: &str) -> bool {
    let name = name.trim_matches('_').to_ascii_lowercase();
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
fn raised(raise: Node<'_>, texts: &Texts<'_>) -> Option<Result<PrintedAlternatives, WhyUnread>> {
    let call = raise.parts().next().filter(|it| it.kind() == "call" && it.field() != Some("cause"))?;
    let name = call.child("function").and_then(|it| it.text().rsplit('.').next())?.to_owned();
    let arguments = CallArguments::from_list(call.child("arguments")?);
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
    Some(texts.map(|texts| PrintedAlternatives { kind: StatementKind::Raise(Some(name)), texts, attached: Vec::new() }))
}

/// The arguments of a call.
struct CallArguments<'s> {
    in_order: Vec<Node<'s>>,
    named: Vec<(&'s str, Node<'s>)>,
}

impl<'s> CallArguments<'s> {
    fn from_list(list: Node<'s>) -> Self {
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
