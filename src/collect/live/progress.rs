//! What a collection tells of itself while it runs.

use super::question::Question;
use crate::evidence::{AuditRow, CollectionEnd};

/// Somebody who is told.
pub trait Progress: Send + Sync {
    /// Is told of something that happened. Reasons are redacted already; what comes from outside is not escaped.
    fn see(&self, event: ProgressEvent<'_>);
}

/// A system that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AskedHost {
    /// The Kubernetes API, and through it the output of containers.
    Cluster,
    /// Echonet's volume.
    Volume,
    /// Echonet.
    Echonet,
    /// Mainnet's feeder gateway.
    Mainnet,
    /// Cloud Logging.
    Logs,
}

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgressEvent<'e> {
    /// The collection begins. Nothing was sent before.
    Began {
        /// The chosen context.
        context: &'e str,
        /// The namespace.
        namespace: &'e str,
    },
    /// A question waits for its turn.
    Asked(AskedHost),
    /// Bytes came in.
    Received {
        /// The system that sent them.
        source: AskedHost,
        /// Number of bytes.
        bytes: u64,
    },
    /// A request has ended, successfully or not: its row in the audit log. Rows arrive in the log's order.
    Noted(&'e AuditRow),
    /// A question is asked again.
    Repeated {
        /// The system that is asked again.
        source: AskedHost,
        /// Why the first attempt failed.
        reason: &'e str,
    },
    /// A question was answered; "does not exist" counts as an answer.
    Answered(AskedHost),
    /// A question stays without an answer.
    Failed {
        /// The system that failed.
        source: AskedHost,
        /// Why the question failed.
        reason: &'e str,
    },
    /// The collection is over.
    Ended(CollectionEnd),
}

impl AskedHost {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cluster, Self::Volume, Self::Echonet, Self::Mainnet, Self::Logs];

    /// The system that a question goes to.
    #[must_use]
    pub(crate) fn from_question(question: &Question) -> Self {
        match question {
            Question::Volume { .. } => Self::Volume,
            Question::Echonet { .. } => Self::Echonet,
            Question::Mainnet(_) => Self::Mainnet,
            Question::LogEntries { .. } => Self::Logs,
            Question::Namespace { .. }
            | Question::Namespaces
            | Question::Objects { .. }
            | Question::NodeConfig { .. }
            | Question::EchonetSource { .. }
            | Question::Output { .. } => Self::Cluster,
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cluster => "Kubernetes",
            Self::Volume => "Echonet's volume",
            Self::Echonet => "Echonet",
            Self::Mainnet => "mainnet",
            Self::Logs => "Cloud Logging",
        }
    }
}
