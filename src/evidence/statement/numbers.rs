//! Names that are declared as whole numbers.

use std::collections::BTreeSet;

use super::{HoleForm, TextPiece};
use crate::evidence::syntax::{Node, Syntax};

/// Names that a function takes or binds as whole numbers, by the function.
#[derive(Debug, Default)]
pub(super) struct Numbers<'s> {
    names: BTreeSet<(usize, &'s str)>,
}

impl<'s> Numbers<'s> {
    pub(super) fn from_syntax(syntax: &'s Syntax<'s>) -> Self {
        let declared = |node: Node<'s>| {
            let name = match node.kind() {
                "typed_parameter" => node.parts().next(),
                "typed_default_parameter" => node.child("name"),
                "assignment" => node.child("left"),
                "parameter" | "let_declaration" => node.child("pattern"),
                _ => None,
            }?;
            let is_number = is_whole_number(node.child("type")?.text());
            (is_number && name.kind() == "identifier").then(|| (function(node), name.text()))
        };
        Self { names: syntax.nodes().filter_map(declared).collect() }
    }

    /// The pieces of a statement's text, where values that are whole numbers are written as such.
    pub(super) fn marked(&self, statement: Node<'_>, mut pieces: Vec<TextPiece>) -> Vec<TextPiece> {
        if self.names.is_empty() {
            return pieces;
        }
        let function = function(statement);
        for piece in &mut pieces {
            if let TextPiece::Hole(hole) = piece
                && matches!(hole.form, HoleForm::Display | HoleForm::Debug | HoleForm::DebugLines)
                && self.names.contains(&(function, hole.name.as_str()))
            {
                hole.form = HoleForm::Decimal;
            }
        }
        pieces
    }
}

fn is_whole_number(kind: &str) -> bool {
    matches!(kind, "int" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize")
}

/// The place of the function that a node stands in; of the file for what stands in none.
fn function(node: Node<'_>) -> usize {
    node.ancestors().find(|it| matches!(it.kind(), "function_definition" | "function_item")).map_or(0, Node::place)
}
