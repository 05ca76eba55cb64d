//! A step that can be taken, before it is told.

use crate::findings::NextStep;

/// A step that can be taken.
#[derive(Debug, Clone)]
pub(super) struct Means {
    /// What it does, without a full stop.
    pub(super) action: String,
    pub(super) command: String,
    pub(super) saved_as: Option<String>,
}

impl Means {
    /// Adds the reason for taking the step.
    pub(super) fn because(self, reason: &str) -> Self {
        Self { action: format!("{}{reason}", self.action), ..self }
    }

    pub(super) fn step(self) -> NextStep {
        NextStep { action: format!("{}.", self.action), command: Some(self.command), saved_as: self.saved_as }
    }
}
