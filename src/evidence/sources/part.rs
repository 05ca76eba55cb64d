//! What tells one answer of a source from another, as it stands in URLs and in the names of files.

use crate::evidence::Felt;

/// A part of a question's key. What is read of a text is written as the same text again, or it is not what was meant.
pub trait KeyPart: Sized {
    /// Formats the part for a pattern.
    fn text(&self) -> String;

    /// Parses the part.
    fn read(text: &str) -> Option<Self>;
}

/// The part of that name.
pub(super) fn find<T: KeyPart>(parts: &[(&str, &str)], name: &str) -> Option<T> {
    parts.iter().find(|(it, _)| *it == name).and_then(|(_, text)| T::read(text))
}

impl KeyPart for u32 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl KeyPart for u64 {
    fn text(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl KeyPart for Felt {
    fn text(&self) -> String {
        self.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// A document that Echonet keeps of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DumpKind {
    /// The blob that the node posted.
    Blob,
    /// Echonet's block.
    Block,
    /// Echonet's state update.
    StateUpdate,
}

impl DumpKind {
    /// Every kind of file in an epoch's archive.
    pub const ALL: [Self; 3] = [Self::Blob, Self::Block, Self::StateUpdate];

    /// The name in URLs and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Block => "block",
            Self::StateUpdate => "state_update",
        }
    }
}

impl KeyPart for DumpKind {
    fn text(&self) -> String {
        self.name().to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == text)
    }
}

/// The ConfigMap that holds what concerns execution, by layout of the node: all in one process, in few, or each part in its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeConfig {
    /// The node runs all components in one process.
    Node,
    /// A node that is split into a few services.
    Core,
    /// Each part in its own.
    Batcher,
}

impl NodeConfig {
    /// Every ConfigMap of the node.
    pub const ALL: [Self; 3] = [Self::Node, Self::Core, Self::Batcher];

    /// The ConfigMap's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "sequencer-node-config",
            Self::Core => "sequencer-core-config",
            Self::Batcher => "sequencer-batcher-config",
        }
    }
}

impl KeyPart for NodeConfig {
    fn text(&self) -> String {
        self.name().to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == text)
    }
}
