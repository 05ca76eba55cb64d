//! The programs of a deployment.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::logs::CloudEntries;
use super::source::SOURCE_FOLDER;
use super::{EvidenceName, Gathered, LogStream, Logs};

/// Makes of the list: the type, the list of its values, and the names.
macro_rules! programs {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        // Whatever tells programs apart matches on this type, so that one more is an error wherever somebody has to think of it.
        /// A program of the deployment: it has pods, a log, and code that a fix can be in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Program {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Program {
            /// All programs, in the order of the type.
            pub const ALL: [Self; [$(Program::$name),+].len()] = [$(Self::$name),+];

            /// Its name in documents and messages.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

programs! {
    /// Echonet: Python, deployed through a ConfigMap.
    Echonet = "echonet",
    /// The Apollo sequencer: the node's image.
    Sequencer = "sequencer",
}

impl Program {
    /// The program whose code a path in the repository is of.
    #[must_use]
    pub(crate) fn of_path(path: &str) -> Self {
        let has = |it: &Self| it.folder().is_some_and(|folder| path.strip_prefix(folder).is_some_and(|it| it.starts_with('/')));
        Self::ALL.into_iter().find(has).unwrap_or(Self::Sequencer)
    }

    /// The folder of the repository that its code is in. The node's is in all that is of no other program.
    fn folder(self) -> Option<&'static str> {
        match self {
            Self::Echonet => Some(SOURCE_FOLDER),
            Self::Sequencer => None,
        }
    }

    /// Its name in a sentence.
    #[must_use]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Echonet => "Echonet",
            Self::Sequencer => "the sequencer",
        }
    }

    /// The evidence that its log is.
    #[must_use]
    pub(crate) fn log(self) -> EvidenceName {
        match self {
            Self::Echonet => EvidenceName::LogsEchonet,
            Self::Sequencer => EvidenceName::LogsSequencer,
        }
    }
}

impl Logs {
    /// The log of a program.
    #[must_use]
    pub(crate) fn for_program(&self, program: Program) -> &Gathered<LogStream> {
        match program {
            Program::Echonet => &self.echonet,
            Program::Sequencer => &self.sequencer,
        }
    }

    /// The log of a program, to be changed.
    pub(crate) fn for_program_mut(&mut self, program: Program) -> &mut Gathered<LogStream> {
        match program {
            Program::Echonet => &mut self.echonet,
            Program::Sequencer => &mut self.sequencer,
        }
    }

    /// The logs of all programs, in the order of the type.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Gathered<LogStream>> {
        Program::ALL.into_iter().map(|it| self.for_program(it))
    }
}

impl CloudEntries {
    /// The lines of a program, by namespace.
    #[must_use]
    pub(crate) fn streams(&self, program: Program) -> &BTreeMap<String, LogStream> {
        match program {
            Program::Echonet => &self.echonet,
            Program::Sequencer => &self.sequencer,
        }
    }

    /// The lines of a program, to be changed.
    pub(crate) fn streams_mut(&mut self, program: Program) -> &mut BTreeMap<String, LogStream> {
        match program {
            Program::Echonet => &mut self.echonet,
            Program::Sequencer => &mut self.sequencer,
        }
    }

    /// The namespaces that lines are stated with, each as often as a program has lines of it.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &String> {
        Program::ALL.into_iter().flat_map(|it| self.streams(it).keys()).filter(|it| !it.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_the_program_whose_folder_it_is_in_and_else_of_the_node() {
        let cases = [
            ("echonet/l1_logic/l1_manager.py", Program::Echonet),
            ("echonet.py", Program::Sequencer),
            ("echonet_cli/main.rs", Program::Sequencer),
            ("crates/echonet/src/lib.rs", Program::Sequencer),
            ("crates/apollo_batcher/src/batcher.rs", Program::Sequencer),
            ("", Program::Sequencer),
        ];
        for (path, program) in cases {
            assert_eq!(Program::of_path(path), program, "{path}");
        }
    }
}
