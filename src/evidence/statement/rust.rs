//! Statements of Rust that print text: macros of `tracing` and `log`, panics, and the words of errors.
//!
//! The grammar leaves what a macro is given as the words and marks that it is. So macros within macros, such as those in a branch of
//! `select!`, are found by their marks.

mod arguments;
mod format;

use super::template::Template;
use super::{Attached, HoleForm, PrintedAlternatives, Reading, StatementKind, Statements, WhyUnread};
use crate::evidence::level::Level;
use crate::evidence::syntax::{Node, Syntax};
use arguments::{Argument, arguments};
use format::{Constants, Fields};

/// The most that may stand between an attribute and what it is for.
const MOST_ATTRIBUTES: usize = 32;

/// Reads a file.
pub(super) fn read<'s>(syntax: &'s Syntax<'s>) -> Statements {
    let constants = Constants::from_syntax(syntax);
    let mut read = Reading::new(syntax);
    for node in syntax.nodes() {
        match node.kind() {
            "macro_invocation" => {
                let called = node.child("macro").zip(node.children().find(|it| it.kind() == "token_tree"));
                read.take(node, called.and_then(|(name, given)| called_macro(name.text(), &arguments(given), &constants)));
            }
            "call_expression" => {
                let method = node.child("function").filter(|it| it.kind() == "field_expression").and_then(|it| it.child("field"));
                let given = node.child("arguments").filter(|_| method.is_some());
                read.take(method.unwrap_or(node), method.zip(given).and_then(|(name, given)| expected(name.text(), given, &constants)));
            }
            "token_tree" | "token_repetition" => {
                let words: Vec<Node<'_>> = node.children().collect();
                for (place, name) in words.iter().enumerate().filter(|(_, it)| it.kind() == "identifier") {
                    let word = |place: Option<usize>| place.and_then(|it| words.get(it));
                    let is = |place: Option<usize>, mark: &str| word(place).is_some_and(|it| it.kind() == mark);
                    let given = |place: usize| word(Some(place)).filter(|it| it.kind() == "token_tree");
                    let path = if is(place.checked_sub(1), "::") { word(place.checked_sub(2)) } else { None };
                    if let Some(given) = given(place.saturating_add(2)).filter(|_| is(Some(place.saturating_add(1)), "!")) {
                        let name_in_full = path.map_or(name.text().to_owned(), |it| format!("{}::{}", it.text(), name.text()));
                        read.take(*name, called_macro(&name_in_full, &arguments(*given), &constants));
                    } else if let Some(given) = given(place.saturating_add(1)).filter(|_| is(place.checked_sub(1), ".")) {
                        read.take(*name, expected(name.text(), *given, &constants));
                    }
                }
            }
            "attribute_item" => {
                if let Some((owner, printed)) = words_of_an_error(node) {
                    read.take(owner, Some(printed));
                }
            }
            _ => {}
        }
    }
    read.found
}

impl PrintedAlternatives {
    fn raised(text: Template) -> Self {
        Self { kind: StatementKind::Raise(None), texts: vec![text], attached: Vec::new() }
    }
}

/// What a macro prints, if it is one that prints.
fn called_macro(name: &str, given: &[Argument<'_>], constants: &Constants<'_>) -> Option<Result<PrintedAlternatives, WhyUnread>> {
    let (path, name) = name.rsplit_once("::").unwrap_or(("", name));
    let message = |from: usize| constants.message(given.get(from..).unwrap_or_default(), Fields::None);
    let raised = |before: &str, text: Result<Template, WhyUnread>| {
        let text = text.map(|text| Template::from(before).followed_by(&text));
        Some(text.and_then(stated).map(PrintedAlternatives::raised))
    };
    match name {
        "panic" if given.is_empty() => raised("explicit panic", Ok(Template::default())),
        "panic" | "bail" | "anyhow" => raised("", message(0)),
        "unreachable" if given.is_empty() => raised("internal error: entered unreachable code", Ok(Template::default())),
        "unreachable" => raised("internal error: entered unreachable code: ", message(0)),
        "todo" if given.is_empty() => raised("not yet implemented", Ok(Template::default())),
        "todo" => raised("not yet implemented: ", message(0)),
        "unimplemented" if given.is_empty() => raised("not implemented", Ok(Template::default())),
        "unimplemented" => raised("not implemented: ", message(0)),
        "assert" | "debug_assert" | "ensure" => match given {
            [] => None,
            [_] if name == "ensure" => Some(Err(WhyUnread::NotStated)),
            // It is printed as the compiler lays it out, which is known only of one line.
            [condition] if condition.text().contains('\n') => Some(Err(WhyUnread::NotStated)),
            [condition] => raised("assertion failed: ", Ok(condition.text().into())),
            _ => raised("", message(1)),
        },
        "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => {
            let [left, right, rest @ ..] = given else { return None };
            let sign = if name.ends_with("eq") { "==" } else { "!=" };
            let mut text = Template::from(format!("assertion `left {sign} right` failed").as_str());
            if !rest.is_empty() {
                match constants.message(rest, Fields::None) {
                    Ok(said) => {
                        text.literal(": ");
                        text.append(&said);
                    }
                    Err(why) => return Some(Err(why)),
                }
            }
            text.literal("\n  left: ");
            text.hole(left.text(), HoleForm::Debug);
            text.literal("\n right: ");
            text.hole(right.text(), HoleForm::Debug);
            raised("", Ok(text))
        }
        _ if !matches!(path, "" | "tracing" | "log") => None,
        _ => {
            // `info_every_n_ms!` and its like write one of many, and say first how many.
            let (level, skipped) = match name.split_once("_every_n") {
                Some((level, "" | "_ms" | "_sec")) => (level_named(level)?, 1),
                _ if name == "event" => {
                    let place = given.iter().position(|it| !it.is_setting())?;
                    (level_named(&given.get(place)?.last_name().to_ascii_lowercase())?, place.saturating_add(1))
                }
                _ => (level_named(name)?, 0),
            };
            Some(logged(level, given.get(skipped..).unwrap_or_default(), constants))
        }
    }
}

fn level_named(name: &str) -> Option<Level> {
    match name {
        "trace" => Some(Level::Trace),
        "debug" => Some(Level::Debug),
        "info" => Some(Level::Info),
        "warn" => Some(Level::Warning),
        "error" => Some(Level::Error),
        _ => None,
    }
}

/// What a macro of a log writes: fields, then the text, then its values.
fn logged(level: Level, given: &[Argument<'_>], constants: &Constants<'_>) -> Result<PrintedAlternatives, WhyUnread> {
    let mut attached = Vec::new();
    let mut rest = given;
    // What a macro passes on may be a text.
    let is_passed_on = |it: &Argument<'_>| it.words.iter().any(|it| matches!(it.kind(), "metavariable" | "token_repetition"));
    let mut text = Err(if given.iter().any(is_passed_on) { WhyUnread::NotStated } else { WhyUnread::NoText });
    while let Some((argument, others)) = rest.split_first() {
        if constants.is_text(argument) {
            text = constants.message(rest, Fields::None);
            break;
        }
        rest = others;
        if argument.is_setting() {
            continue;
        }
        for field in argument.fields() {
            match field {
                Attached::Field { name, .. } if name == "message" => {
                    text = constants.message(&[argument.value()], Fields::None);
                }
                field => attached.push(field),
            }
        }
    }
    let texts = vec![text.and_then(stated)?];
    Ok(PrintedAlternatives { kind: StatementKind::Log { level, logger: None }, texts, attached })
}

fn stated(text: Template) -> Result<Template, WhyUnread> {
    if text.is_stated() { Ok(text) } else { Err(WhyUnread::NotStated) }
}

/// What `expect` panics with: of an `Option` its words alone, of a `Result` the error too. Which it is, the statement does not tell.
fn expected(method: &str, given: Node<'_>, constants: &Constants<'_>) -> Option<Result<PrintedAlternatives, WhyUnread>> {
    if !matches!(method, "expect" | "expect_err") {
        return None;
    }
    let given = arguments(given);
    let [argument] = given.as_slice() else { return None };
    if argument.is_number() {
        return None;
    }
    let alone = match constants.text(argument).and_then(stated) {
        Ok(text) => text,
        Err(why) => return Some(Err(why)),
    };
    let mut with_error = alone.followed_by(&": ".into());
    with_error.hole(if method == "expect" { "error" } else { "value" }, HoleForm::Debug);
    let texts = if method == "expect" { vec![alone, with_error] } else { vec![with_error] };
    Some(Ok(PrintedAlternatives { kind: StatementKind::Raise(None), texts, attached: Vec::new() }))
}

/// What `#[error(…)]` says of a type or a variant, and that.
fn words_of_an_error(item: Node<'_>) -> Option<(Node<'_>, Result<PrintedAlternatives, WhyUnread>)> {
    let attribute = item.only_part().filter(|it| it.parts().next().is_some_and(|it| it.text() == "error"))?;
    let given = arguments(attribute.child("arguments")?);
    let between = |it: &Node<'_>| matches!(it.kind(), "attribute_item" | "line_comment" | "block_comment" | "visibility_modifier");
    let owner = std::iter::successors(item.next(), |it| it.next()).take(MOST_ATTRIBUTES).find(|it| !between(it))?;
    let name = owner.child("name").filter(|_| matches!(owner.kind(), "enum_variant" | "struct_item" | "enum_item" | "union_item"))?;
    let text = match given.as_slice() {
        [only] if only.text() == "transparent" => {
            let field = owner.child("body").and_then(|it| it.parts().find(|it| it.kind() == "field_declaration"));
            let mut text = Template::default();
            text.hole(field.and_then(|it| it.child("name")).map_or("0", Node::text), HoleForm::Display);
            Ok(text)
        }
        given => Constants::default().message(given, Fields::Numbered),
    };
    let printed =
        |text| PrintedAlternatives { kind: StatementKind::Message(name.text().to_owned()), texts: vec![text], attached: Vec::new() };
    Some((owner, text.map(printed)))
}
