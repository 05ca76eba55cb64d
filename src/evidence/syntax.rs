//! Parses source text into a tree with grammars that continue after a syntax error.
//!
//! A clone is hostile input. So this file limits the size of a file, the work and the depth of the tree, and code above it need not worry
//! about any of them: the tree is copied into a flat list, where finding a node's parent or end is a look-up, and anything nested deeper
//! than [`CODE_DEPTH`] is left out and named.
//!
//! The grammars are C code compiled into the program, and this is the only file that uses them.

mod scope;

use std::cell::Cell;
use std::ops::{ControlFlow, Range};

pub(super) use scope::{name as scope_name, within};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::limits::{CODE_DEPTH, PARSED_CODE_BYTES};

/// How often a parser may report that it is at work, whatever it reads, and once more for so many bytes. It reports each hundred steps, and
/// code that people write takes no more than one report for each seventy bytes.
const LEAST_REPORTS: usize = 2_000;
const BYTES_PER_REPORT: usize = 64;
/// A parser gets the text in pieces of so many bytes, and each so often on average: what is opened and never closed is looked for up to the
/// end of the file, from each place where it is opened, and no report counts that.
const PIECE: usize = 4096;
const MOST_READINGS: usize = 32;

/// A language that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Rust,
}

impl Language {
    /// The language of a file, told by the end of its path.
    pub(super) fn from_path(path: &str) -> Option<Self> {
        match path.rsplit_once('.')?.1 {
            "py" => Some(Self::Python),
            "rs" => Some(Self::Rust),
            _ => None,
        }
    }
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotParsed {
    /// It is larger than [`PARSED_CODE_BYTES`].
    TooLarge,
    /// Reading it takes more work than a text of its length may take.
    TooMuchWork,
}

/// A text and its tree.
#[derive(Debug)]
pub(super) struct Syntax<'t> {
    text: &'t str,
    /// Names of the grammar's kinds of nodes.
    kinds: Vec<String>,
    /// Names of the grammar's fields.
    fields: Vec<String>,
    nodes: Vec<NodeEntry>,
    /// Lines where something begins that was left out because it is nested too deep.
    pub(super) left_out: Vec<u32>,
    /// Lines where something begins that the grammar does not know.
    pub(super) unknown: Vec<u32>,
}

#[derive(Debug)]
struct NodeEntry {
    /// Index into [`Syntax::kinds`]; an index past the end marks an unreadable node.
    kind: usize,
    /// A place in [`Syntax::fields`].
    field: usize,
    range: Range<usize>,
    line: u32,
    is_named: bool,
    parent: usize,
    /// The place of the first node after this one that is not within it.
    after: usize,
}

/// A node of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'s> {
    syntax: &'s Syntax<'s>,
    place: usize,
}

impl<'t> Syntax<'t> {
    /// Reads a text, or only a part of it.
    pub(super) fn read(language: Language, text: &'t str, part: Option<&TextPart>) -> Result<Self, NotParsed> {
        if text.len() > PARSED_CODE_BYTES {
            return Err(NotParsed::TooLarge);
        }
        Ok(Self::listed(text, &parsed(language, text, part).ok_or(NotParsed::TooMuchWork)?))
    }

    fn listed(text: &'t str, tree: &Tree) -> Self {
        let grammar = tree.language();
        let fields = u16::try_from(grammar.field_count()).unwrap_or(u16::MAX);
        let fields = (0..=fields).map(|it| grammar.field_name_for_id(it).unwrap_or_default().to_owned()).collect();
        let kinds = u16::try_from(grammar.node_kind_count()).unwrap_or(u16::MAX);
        let kinds = (0..kinds).map(|it| grammar.node_kind_for_id(it).unwrap_or_default().to_owned()).collect();
        let mut listed = Self { text, kinds, fields, nodes: Vec::new(), left_out: Vec::new(), unknown: Vec::new() };
        let mut cursor = tree.walk();
        let mut above: Vec<usize> = Vec::new();
        loop {
            let (node, place) = (cursor.node(), listed.nodes.len());
            let line = u32::try_from(node.start_position().row).map_or(u32::MAX, |it| it.saturating_add(1));
            listed.nodes.push(NodeEntry {
                kind: usize::from(node.kind_id()),
                field: cursor.field_id().map_or(0, |it| usize::from(it.get())),
                range: node.byte_range(),
                line,
                is_named: node.is_named(),
                parent: above.last().copied().unwrap_or_default(),
                after: place.saturating_add(1),
            });
            if (node.is_error() || node.is_missing()) && listed.unknown.last() != Some(&line) {
                listed.unknown.push(line);
            }
            if above.len() < CODE_DEPTH {
                if cursor.goto_first_child() {
                    above.push(place);
                    continue;
                }
            } else if node.child_count() > 0 && listed.left_out.last() != Some(&line) {
                listed.left_out.push(line);
            }
            while !cursor.goto_next_sibling() {
                let Some(done) = above.pop() else { return listed };
                cursor.goto_parent();
                let after = listed.nodes.len();
                if let Some(done) = listed.nodes.get_mut(done) {
                    done.after = after;
                }
            }
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// All nodes, in the order of the text, each before what it holds.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|place| Node { syntax: self, place })
    }
}

/// A part of a text.
#[derive(Debug, Clone)]
pub(super) struct TextPart {
    range: Range<usize>,
    from: tree_sitter::Point,
    to: tree_sitter::Point,
}

impl TextPart {
    /// What stands between the brackets that a node begins and ends with.
    pub(super) fn between_brackets(node: Node<'_>) -> Option<Self> {
        let (first, last) = (node.children().next()?, node.children().last()?);
        let range = first.range().end..last.range().start;
        let point = |place: usize| {
            let before = node.syntax.text.get(..place)?;
            let column = before.len().saturating_sub(before.rfind('\n').map_or(0, |it| it.saturating_add(1)));
            Some(tree_sitter::Point { row: before.bytes().filter(|it| *it == b'\n').count(), column })
        };
        (range.start < range.end).then(|| Some(Self { from: point(range.start)?, to: point(range.end)?, range })).flatten()
    }
}

fn parsed(language: Language, text: &str, part: Option<&TextPart>) -> Option<Tree> {
    let mut parser = Parser::new();
    let grammar = match language {
        Language::Python => tree_sitter_python::LANGUAGE,
        Language::Rust => tree_sitter_rust::LANGUAGE,
    };
    parser.set_language(&grammar.into()).ok()?;
    let length = part.map_or(text.len(), |it| it.range.len());
    if let Some(part) = part {
        let range =
            tree_sitter::Range { start_byte: part.range.start, end_byte: part.range.end, start_point: part.from, end_point: part.to };
        parser.set_included_ranges(&[range]).ok()?;
    }
    let mut reports = LEAST_REPORTS.saturating_add(length / BYTES_PER_REPORT);
    let pieces = Cell::new((length / PIECE).saturating_add(2).saturating_mul(MOST_READINGS));
    let mut at_work = |_: &ParseState| match reports.checked_sub(1).filter(|_| pieces.get() > 0) {
        Some(left) => {
            reports = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let mut text = |from: usize, _| match pieces.get().checked_sub(1) {
        Some(left) => {
            pieces.set(left);
            let rest = text.as_bytes().get(from..).unwrap_or_default();
            // A character is in one piece.
            let end = (PIECE..rest.len()).find(|it| rest.get(*it).is_none_or(|it| it & 0xC0 != 0x80)).unwrap_or(rest.len());
            rest.get(..end).unwrap_or_default()
        }
        None => &[],
    };
    let tree = parser.parse_with_options(&mut text, None, Some(ParseOptions::new().progress_callback(&mut at_work)))?;
    // The tree of a text that was cut short says nothing of the rest.
    (pieces.get() > 0).then_some(tree)
}

impl<'s> Node<'s> {
    #[expect(clippy::indexing_slicing, reason = "a node is made of a place in its own tree alone")]
    fn entry(self) -> &'s NodeEntry {
        &self.syntax.nodes[self.place]
    }

    /// What tells it from the other nodes of its tree.
    pub(super) fn place(self) -> usize {
        self.place
    }

    /// Its kind, as the grammar names it: a word or a mark that the grammar has no name for is its own kind.
    pub(super) fn kind(self) -> &'s str {
        self.syntax.kinds.get(self.entry().kind).map_or("ERROR", String::as_str)
    }

    /// The part of its parent that it is, as the grammar names it.
    pub(super) fn field(self) -> Option<&'s str> {
        self.syntax.fields.get(self.entry().field).map(String::as_str).filter(|it| !it.is_empty())
    }

    /// Its first line, from 1.
    pub(super) fn line(self) -> u32 {
        self.entry().line
    }

    /// Whether the grammar has a name for it.
    pub(super) fn is_named(self) -> bool {
        self.entry().is_named
    }

    pub(super) fn range(self) -> Range<usize> {
        self.entry().range.clone()
    }

    pub(super) fn text(self) -> &'s str {
        self.syntax.text.get(self.range()).unwrap_or_default()
    }

    /// The text from where this node begins to where another ends.
    pub(super) fn text_to(self, last: Self) -> &'s str {
        self.syntax.text.get(self.range().start..last.range().end).unwrap_or_default()
    }

    /// Whether it is this word of the code: no part of a text, a comment or the name of a lifetime.
    pub(super) fn is_word(self, word: &str) -> bool {
        let is_leaf = self.entry().after == self.place.saturating_add(1);
        let is_code = !matches!(self.kind(), "string_content" | "doc_comment");
        is_leaf && is_code && self.text().trim_start_matches("r#") == word && self.parent().is_none_or(|it| it.kind() != "lifetime")
    }

    pub(super) fn parent(self) -> Option<Self> {
        (self.place > 0).then(|| Node { syntax: self.syntax, place: self.entry().parent })
    }

    /// What it stands in, nearest first.
    pub(super) fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |it| it.parent())
    }

    pub(super) fn children(self) -> impl Iterator<Item = Self> + Clone {
        let end = self.entry().after;
        let at = move |place: usize| (place < end).then_some(Node { syntax: self.syntax, place });
        std::iter::successors(at(self.place.saturating_add(1)), move |it| at(it.entry().after))
    }

    /// What it holds, without words and marks, comments and what could not be read.
    pub(super) fn parts(self) -> impl Iterator<Item = Self> + Clone {
        self.children().filter(|it| it.is_named() && !matches!(it.kind(), "comment" | "line_comment" | "block_comment" | "ERROR"))
    }

    /// Its first child in a field of the grammar.
    pub(super) fn child(self, field: &str) -> Option<Self> {
        self.children().find(|it| it.field() == Some(field))
    }

    /// The only part of the node.
    pub(super) fn only_part(self) -> Option<Self> {
        let mut parts = self.parts();
        parts.next().filter(|_| parts.next().is_none())
    }

    /// The node after it that stands in the same.
    pub(super) fn next(self) -> Option<Self> {
        let (parent, place) = (self.parent()?, self.entry().after);
        (place < parent.entry().after).then_some(Node { syntax: self.syntax, place })
    }
}
