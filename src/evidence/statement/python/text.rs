//! Texts that Python expressions state.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::CallArguments;
use crate::evidence::statement::percent::filled;
use crate::evidence::statement::template::{LONGEST_NAMED, NotFitting, Template};
use crate::evidence::statement::{HoleForm, TextPiece, WhyUnread, braces};
use crate::evidence::syntax::{Node, Syntax};
use crate::limits::TEXT_DEPTH;

/// The most texts of one statement that are told apart.
const MOST_TEXTS: usize = 8;
/// How many expressions are followed for one statement: names that stand for each other have no end.
const MOST_STEPS: usize = 200;
/// What names stand for, by the function or module that they are assigned in.
pub(super) struct Texts<'s> {
    assigned: BTreeMap<(usize, &'s str), Vec<Assigned<'s>>>,
    /// How many more expressions are followed for the statement that is being read.
    left: Cell<usize>,
}

/// What a name is bound to in one place.
#[derive(Clone, Copy)]
enum Assigned<'s> {
    Value(Node<'s>),
    /// Something that is not stated there: an argument, a loop's item.
    Unstated,
}

impl<'s> Texts<'s> {
    pub(super) fn from_syntax(syntax: &'s Syntax<'s>) -> Self {
        let mut assigned: BTreeMap<(usize, &str), Vec<Assigned<'_>>> = BTreeMap::new();
        for node in syntax.nodes().filter(|it| it.kind() == "identifier") {
            let Some(parent) = node.parent() else { continue };
            let bound = match (parent.kind(), node.field()) {
                ("assignment", Some("left")) => match parent.child("right") {
                    Some(value) if value.text().len() <= LONGEST_NAMED => Assigned::Value(value),
                    // Each use would copy it.
                    Some(_) => Assigned::Unstated,
                    None => continue,
                },
                ("augmented_assignment" | "for_statement", Some("left")) | ("named_expression", Some("name")) => Assigned::Unstated,
                ("parameters" | "typed_parameter" | "pattern_list" | "tuple_pattern" | "as_pattern_target", _) => Assigned::Unstated,
                ("default_parameter" | "typed_default_parameter", Some("name")) => Assigned::Unstated,
                _ => continue,
            };
            let around = node.ancestors().find(|it| matches!(it.kind(), "class_definition" | "function_definition"));
            // What a class assigns is no name for its functions.
            if around.is_none_or(|it| it.kind() == "function_definition") {
                assigned.entry((scope(node), node.text())).or_default().push(bound);
            }
        }
        Self { assigned, left: Cell::new(0) }
    }

    /// The texts that a statement of a log writes.
    pub(super) fn logged(&self, text: Node<'s>, values: &[Node<'s>]) -> Result<Vec<Template>, WhyUnread> {
        let texts = self.stated(text)?;
        let names: Vec<&str> = values.iter().map(|it| it.text()).collect();
        // Without values, `logging` leaves percent signs alone.
        let fill = |text: Template| if names.is_empty() { Ok(text) } else { filled(&text, &names) };
        texts.into_iter().map(fill).collect::<Result<_, NotFitting>>().map_err(|NotFitting| WhyUnread::NotFitting)
    }

    /// The texts that an expression may have, if any part of them is stated.
    pub(super) fn stated(&self, expression: Node<'s>) -> Result<Vec<Template>, WhyUnread> {
        self.left.set(MOST_STEPS);
        match self.texts(expression, TEXT_DEPTH) {
            Ok(texts) if texts.iter().all(Template::is_stated) => Ok(texts),
            Ok(_) => Err(WhyUnread::NotStated),
            Err(NotFitting) => Err(WhyUnread::NotFitting),
        }
    }

    fn texts(&self, node: Node<'s>, depth: usize) -> Result<Vec<Template>, NotFitting> {
        let unstated = || {
            let mut text = Template::default();
            text.hole(node.text(), HoleForm::Display);
            Ok(vec![text])
        };
        let (Some(depth), Some(left)) = (depth.checked_sub(1), self.left.get().checked_sub(1)) else { return unstated() };
        self.left.set(left);
        match node.kind() {
            "string" => Ok(vec![string(node)]),
            "concatenated_string" => {
                let mut whole = Template::default();
                node.parts().for_each(|it| whole.append(&string(it)));
                Ok(vec![whole])
            }
            "parenthesized_expression" => match node.only_part() {
                Some(inner) => self.texts(inner, depth),
                None => unstated(),
            },
            "conditional_expression" => {
                let mut parts = node.parts();
                let (Some(one), Some(_), Some(other)) = (parts.next(), parts.next(), parts.next()) else { return unstated() };
                let mut texts = self.texts(one, depth)?;
                texts.extend(self.texts(other, depth)?);
                if texts.len() > MOST_TEXTS { unstated() } else { Ok(texts) }
            }
            "binary_operator" => self.joined(node, depth)?.map_or_else(unstated, Ok),
            "call" => self.formatted(node, depth)?.map_or_else(unstated, Ok),
            "identifier" => match self.values(node) {
                Some(values) => {
                    let mut texts = Vec::new();
                    for value in values {
                        texts.extend(self.texts(value, depth)?);
                    }
                    // Of a value that is not stated, the name that the statement uses says more.
                    if texts.len() > MOST_TEXTS || !texts.iter().all(Template::is_stated) { unstated() } else { Ok(texts) }
                }
                None => unstated(),
            },
            _ => unstated(),
        }
    }

    /// All that a name may stand for, where each is stated.
    fn values(&self, name: Node<'s>) -> Option<Vec<Node<'s>>> {
        let near = self.assigned.get(&(scope(name), name.text()));
        let is_constant = name.text().bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
        let bound = near.or_else(|| self.assigned.get(&(MODULE, name.text())).filter(|_| is_constant))?;
        let value = |it: &Assigned<'s>| match it {
            Assigned::Value(value) => Some(*value),
            Assigned::Unstated => None,
        };
        if bound.len() > MOST_TEXTS {
            return None;
        }
        bound.iter().map(value).collect()
    }

    /// The text of `a + b` or `a % b`; none if it is no text.
    fn joined(&self, node: Node<'s>, depth: usize) -> Result<Option<Vec<Template>>, NotFitting> {
        let Some((left, right)) = operands(node, "%") else { return self.sum(node, depth) };
        let texts = self.texts(left, depth)?;
        if !texts.iter().all(Template::is_stated) {
            return Ok(None);
        }
        let values: Vec<&str> = if right.kind() == "tuple" { right.parts().map(Node::text).collect() } else { vec![right.text()] };
        texts.iter().map(|it| filled(it, &values)).collect::<Result<_, _>>().map(Some)
    }

    /// The text of a chain of `+`, which nests on its left.
    fn sum(&self, node: Node<'s>, depth: usize) -> Result<Option<Vec<Template>>, NotFitting> {
        let mut terms = Vec::new();
        let mut rest = node;
        while let Some((left, right)) = operands(rest, "+") {
            terms.push(right);
            rest = left;
        }
        if terms.is_empty() {
            return Ok(None);
        }
        terms.push(rest);
        let mut wholes = vec![Template::default()];
        for term in terms.into_iter().rev() {
            let texts = self.texts(term, depth)?;
            if wholes.len().saturating_mul(texts.len()) > MOST_TEXTS {
                return Ok(None);
            }
            let longer = |whole: &Template| texts.iter().map(|it| whole.followed_by(it)).collect::<Vec<_>>();
            wholes = wholes.iter().flat_map(longer).collect();
        }
        Ok(wholes.iter().all(Template::is_stated).then_some(wholes))
    }

    /// The text of `text.format(…)`; none for other calls.
    fn formatted(&self, call: Node<'s>, depth: usize) -> Result<Option<Vec<Template>>, NotFitting> {
        let Some(function) = call.child("function").filter(|it| it.kind() == "attribute") else { return Ok(None) };
        let (Some(object), Some(method), Some(arguments)) =
            (function.child("object"), function.child("attribute"), call.child("arguments"))
        else {
            return Ok(None);
        };
        if method.text() != "format" {
            return Ok(None);
        }
        let texts = self.texts(object, depth)?;
        if !texts.iter().all(Template::is_stated) {
            return Ok(None);
        }
        let arguments = CallArguments::from_list(arguments);
        texts.iter().map(|it| by_braces(it, &arguments)).collect::<Result<_, _>>().map(Some)
    }
}

/// The operands of an operator, if a node is one of that sign.
fn operands<'s>(node: Node<'s>, sign: &str) -> Option<(Node<'s>, Node<'s>)> {
    let is_it = node.kind() == "binary_operator" && node.child("operator").is_some_and(|it| it.kind() == sign);
    is_it.then(|| node.child("left").zip(node.child("right"))).flatten()
}

fn by_braces(text: &Template, arguments: &CallArguments<'_>) -> Result<Template, NotFitting> {
    let mut whole = Template::default();
    let mut next = 0_usize;
    for piece in &text.pieces {
        let TextPiece::Literal(literal) = piece else {
            whole.pieces.push(piece.clone());
            continue;
        };
        for part in braces::parts(literal)? {
            let (field, spec) = match part {
                braces::BracePart::Text(text) => {
                    whole.literal(text);
                    continue;
                }
                braces::BracePart::Field { name, spec } => (name, spec),
            };
            let (field, conversion) = field.split_once('!').unwrap_or((field, ""));
            let (name, inner) = field.split_at(field.find(['.', '[']).unwrap_or(field.len()));
            let place = match name {
                "" => {
                    next = next.saturating_add(1);
                    Some(next.saturating_sub(1))
                }
                name => name.parse::<usize>().ok(),
            };
            let value = match place {
                Some(place) => arguments.in_order.get(place).map(|it| it.text()).ok_or(NotFitting)?,
                None => arguments.named(name).map_or(name, Node::text),
            };
            whole.hole(&format!("{value}{inner}"), braces::form_in_python(conversion, spec));
        }
    }
    Ok(whole)
}

/// The text of a literal.
fn string(node: Node<'_>) -> Template {
    let prefix = node.children().find(|it| it.kind() == "string_start").map_or("", Node::text).to_ascii_lowercase();
    let mut text = Template::default();
    for part in node.parts() {
        match part.kind() {
            "string_content" => {
                let doubled = |it: &str| if prefix.contains('f') { it.replace("{{", "{").replace("}}", "}") } else { it.to_owned() };
                if prefix.contains('r') {
                    text.literal(&doubled(part.text()));
                } else {
                    text.python(&doubled(part.text()));
                }
            }
            "interpolation" => {
                let Some(expression) = part.child("expression") else { continue };
                let field = |name| part.child(name).map_or("", Node::text);
                let (conversion, spec) = (field("type_conversion"), field("format_specifier").trim_start_matches(':'));
                let form = braces::form_in_python(conversion, spec);
                let shows_itself = part.children().any(|it| it.kind() == "=");
                if shows_itself {
                    text.literal(&format!("{}=", expression.text()));
                }
                // A value that shows its expression is written as a debugger shows it.
                let is_debug = shows_itself && conversion.is_empty() && spec.is_empty();
                text.hole(expression.text(), if is_debug { HoleForm::Debug } else { form });
            }
            _ => {}
        }
    }
    text
}

/// The text of a literal without holes.
pub(super) fn plain(node: Node<'_>) -> Option<String> {
    match string(node).pieces.as_slice() {
        [TextPiece::Literal(text)] if node.kind() == "string" => Some(text.clone()),
        _ => None,
    }
}

/// What names of a node are looked up in: the function around it, or the module.
fn scope(node: Node<'_>) -> usize {
    node.ancestors().find(|it| it.kind() == "function_definition").map_or(MODULE, Node::place)
}

const MODULE: usize = 0;
