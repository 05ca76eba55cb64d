//! What a collection would ask, without asking.

use std::fmt;

use super::deployment::{DeploymentOptions, IncidentOptions};
use crate::collect::plan::{self as table, Aim, EchonetWay};

/// Everything that would be asked, a line each. What depends on an answer stands in angle brackets, or as TIME in the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The questions.
    pub questions: Vec<String>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.questions.iter().try_for_each(|it| writeln!(f, "{it}"))
    }
}

/// What the collection of an incident would ask.
#[must_use]
pub fn plan(options: &IncidentOptions) -> Plan {
    of(&options.deployment, Aim::Incident { block: options.block, project: options.project.clone() })
}

/// What a list of resyncs would ask.
#[must_use]
pub fn survey_plan(options: &DeploymentOptions) -> Plan {
    of(options, Aim::Resyncs)
}

fn of(options: &DeploymentOptions, aim: Aim) -> Plan {
    let way = if options.echonet_url.is_some() { EchonetWay::Url } else { EchonetWay::PortForward };
    Plan { questions: table::Plan { namespace: options.namespace.clone(), way, aim }.lines() }
}
