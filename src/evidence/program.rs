//! The programs of a deployment.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pods::Component;
use super::{Gathered, LogStream, Logs};

// Whatever tells programs apart matches on this type, so that one more is an error wherever somebody has to think of it.
/// A program of the deployment: it has pods, a log, and code that a fix can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Program {
    /// Echonet: Python, deployed through a ConfigMap.
    Echonet,
    /// The Apollo sequencer: the node's image.
    Sequencer,
}

impl Program {
    /// All programs.
    pub const ALL: [Self; 2] = [Self::Echonet, Self::Sequencer];

    /// Its name in documents and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Echonet => "echonet",
            Self::Sequencer => "sequencer",
        }
    }
}

impl From<Program> for Component {
    fn from(program: Program) -> Self {
        match program {
            Program::Echonet => Self::Echonet,
            Program::Sequencer => Self::Sequencer,
        }
    }
}

impl Logs {
    /// The log of a program.
    #[must_use]
    pub fn of(&self, program: Program) -> &Gathered<LogStream> {
        match program {
            Program::Echonet => &self.echonet,
            Program::Sequencer => &self.sequencer,
        }
    }
}
