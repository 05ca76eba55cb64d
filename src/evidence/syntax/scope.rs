//! The names of what something stands in.

use super::Node;

/// Names of the modules, types, functions and classes that a node stands in, outermost first.
pub(in crate::evidence) fn within(node: Node<'_>) -> Vec<String> {
    /// A longer name is nobody's, and would be copied for all that stands in it.
    const LONGEST: usize = 1024;
    let mut names: Vec<String> = node.ancestors().filter_map(name).filter(|it| it.len() <= LONGEST).map(str::to_owned).collect();
    names.reverse();
    names
}

/// The name under which something holds what is written in it.
pub(in crate::evidence) fn name(node: Node<'_>) -> Option<&str> {
    match node.kind() {
        "class_definition" | "function_definition" => node.child("name").map(Node::text),
        "mod_item" | "trait_item" | "struct_item" | "enum_item" | "union_item" | "enum_variant" | "function_item" => {
            node.child("name").map(Node::text)
        }
        "impl_item" => type_name(node.child("type")?),
        _ => None,
    }
}

/// The last name of a Rust type's path, without generics.
fn type_name(node: Node<'_>) -> Option<&str> {
    let mut node = node;
    // Each step goes down, and a tree is nested only so deep.
    loop {
        node = match node.kind() {
            "type_identifier" | "primitive_type" | "metavariable" => return Some(node.text()),
            "scoped_type_identifier" => node.child("name")?,
            "generic_type" | "reference_type" | "pointer_type" => node.child("type")?,
            "dynamic_type" => node.child("trait")?,
            _ => return None,
        }
    }
}
