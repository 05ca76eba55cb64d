//! What a collection would request, without requesting it: as a list to read, or as a script to run by hand.

use std::fmt;

use super::Error;
use super::deployment::{DeploymentOptions, IncidentOptions};
use crate::collect::by_hand::ManualCollection;
use crate::collect::plan::{self as table, Aim};
use crate::evidence::sources::EchonetWay;

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
    plan_for(&options.deployment, Aim::Incident { block: options.block, project: options.project.clone() })
}

/// The script with which a person collects the evidence of the resyncs that a block belongs to, by kubectl, gcloud and curl. Of the options,
/// it takes the namespace, the context, the project and the block.
///
/// # Errors
/// When no block is named, or a name could be read as more than a name.
pub fn by_hand(options: &IncidentOptions) -> Result<String, Error> {
    let DeploymentOptions { namespace, context, .. } = options.deployment.clone();
    Ok(ManualCollection::new(namespace, context, options.project.clone(), options.block)?.script())
}

/// What a list of resyncs would ask.
#[must_use]
pub fn survey_plan(options: &DeploymentOptions) -> Plan {
    plan_for(options, Aim::Resyncs)
}

fn plan_for(options: &DeploymentOptions, aim: Aim) -> Plan {
    let way = if options.echonet_url.is_some() { EchonetWay::Url } else { EchonetWay::PortForward };
    Plan { questions: table::CollectionPlan { namespace: options.namespace.clone(), way, aim }.lines() }
}
