//! Recognises test-only code: files by their paths, items by their names and attributes.

use std::collections::BTreeSet;

use super::syntax::{Node, Syntax};

/// Whether a folder, or a file without its ending, is of tests by its name.
#[must_use]
pub(crate) fn of_tests(name: &str) -> bool {
    const ENDS: [&str; 4] = ["_test", "_tests", "_regression", "test_utils"];
    matches!(name, "test" | "tests" | "conftest" | "fixtures" | "snapshots" | "benches") || ENDS.iter().any(|it| name.ends_with(it))
}

/// Whether a file only holds tests.
#[must_use]
pub(crate) fn is_test_file(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    folders.split('/').any(of_tests) || of_tests(stem) || stem.starts_with("test_")
}

/// The items of a file that only tests run.
#[derive(Debug)]
pub(super) struct Tests {
    /// Places of items. None if tests count as much as anything else.
    items: Option<BTreeSet<usize>>,
}

impl Tests {
    pub(super) fn from_syntax(syntax: &Syntax<'_>) -> Self {
        Self { items: Some(syntax.nodes().filter_map(item).map(Node::place).collect()) }
    }

    /// For whoever asks for a test: it stands nowhere apart.
    pub(super) fn asked_for() -> Self {
        Self { items: None }
    }

    /// The same for another part of the file.
    pub(super) fn within(&self, syntax: &Syntax<'_>) -> Self {
        if self.items.is_none() { Self::asked_for() } else { Self::from_syntax(syntax) }
    }

    /// Whether a node is such an item or stands in one.
    pub(super) fn hold(&self, node: Node<'_>) -> bool {
        let Some(items) = self.items.as_ref().filter(|it| !it.is_empty()) else { return false };
        std::iter::once(node).chain(node.ancestors()).any(|it| items.contains(&it.place()))
    }
}

/// The item that is of tests because of this node.
fn item<'s>(node: Node<'s>) -> Option<Node<'s>> {
    /// The most that may stand between an attribute and what it is for.
    const MOST_ATTRIBUTES: usize = 32;
    let name = || node.child("name").map_or("", Node::text);
    match node.kind() {
        "mod_item" => matches!(name(), "test" | "tests").then_some(node),
        "attribute_item" => {
            let between = |it: &Node<'_>| matches!(it.kind(), "attribute_item" | "line_comment" | "block_comment");
            let mut following = std::iter::successors(node.next(), |it| it.next()).take(MOST_ATTRIBUTES);
            is_of_a_test(node.only_part()?).then(|| following.find(|it| !between(it))).flatten()
        }
        "inner_attribute_item" => node.parent().filter(|_| node.only_part().is_some_and(is_of_a_test)),
        "class_definition" => {
            let is_case = node.child("superclasses").is_some_and(|it| it.text().contains("TestCase"));
            let rest = name().strip_prefix("Test");
            (is_case || rest.is_some_and(|it| !it.starts_with(char::is_lowercase))).then_some(node)
        }
        "function_definition" => name().starts_with("test_").then_some(node),
        _ => None,
    }
}

/// `#[test]`, `#[tokio::test]`, `#[rstest]`, and each `#[cfg(..)]` that asks for a test.
fn is_of_a_test(attribute: Node<'_>) -> bool {
    let path = attribute.parts().next().map_or("", Node::text);
    match path.rsplit("::").next().unwrap_or_default().trim() {
        "test" | "rstest" | "test_case" | "bench" => true,
        "cfg" => attribute.child("arguments").is_some_and(|it| {
            let words: Vec<&str> =
                it.text().split(|it: char| !(it.is_alphanumeric() || matches!(it, '_' | '"'))).filter(|it| !it.is_empty()).collect();
            // What is left out of tests is the program's own.
            words.iter().enumerate().any(|(place, it)| *it == "test" && place.checked_sub(1).and_then(|it| words.get(it)) != Some(&"not"))
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_told_by_their_paths() {
        for path in
            ["echonet/tests/conftest.py", "echonet/l1_logic/tests/test_l1.py", "crates/a/src/b_test.rs", "crates/a/src/test_utils.rs"]
        {
            assert!(is_test_file(path), "{path}");
        }
        for path in ["echonet/echo_center.py", "crates/a/src/testing_ground.rs", "crates/a/src/contest.rs"] {
            assert!(!is_test_file(path), "{path}");
        }
    }
}
