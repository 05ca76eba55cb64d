//! What a collection would ask, without asking.

use std::fmt;

use super::deployment::{DeploymentOptions, IncidentOptions};
use crate::collect::live::question::{EchonetPage, FeederPage, ObjectKind, Question, Run, Way};
use crate::collect::live::volume_command::{VolumeCommand, VolumePath};
use crate::evidence::{DumpKind, Felt};

/// Everything that would be asked. What depends on an answer stands in angle brackets, or as TIME in the name of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The questions.
    pub questions: Vec<Question>,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for question in &self.questions {
            // A question holds a hash, not what stands for one.
            f.write_str(&format!("{question}\n").replace("tx_hash=0x0 ", "tx_hash=<of the trigger> "))?;
        }
        Ok(())
    }
}

const POD: &str = "<Echonet's pod>";

/// What the collection of an incident would ask.
#[must_use]
pub fn plan(options: &IncidentOptions) -> Plan {
    let deployment = &options.deployment;
    let namespace = &deployment.namespace;
    let (way, volume) = (way(deployment), |command| of_volume(deployment, command));
    let echonet = |page| Question::Echonet { way: way.clone(), page };
    let mut questions = vec![Question::Namespace { namespace: namespace.clone() }, Question::Namespaces];
    questions.extend(ObjectKind::ALL.map(|kind| Question::Objects { namespace: namespace.clone(), kind }));
    questions.push(Question::NodeConfig { namespace: namespace.clone(), name: "sequencer-<service>-config".to_owned() });
    questions.push(Question::EchonetSource { namespace: namespace.clone(), name: "echonet-src-<suffix>".to_owned() });
    questions.extend([volume(VolumeCommand::ListRoot), volume(VolumeCommand::Read(path("report_snapshot_TIME.log")))]);
    questions.push(volume(VolumeCommand::Read(path("report_reverts_TIME.log"))));
    questions.extend([volume(VolumeCommand::List(path("blocks_TIME"))), echonet(EchonetPage::Report)]);
    if deployment.echonet_url.is_some() {
        questions.extend([EchonetPage::ReportUi, EchonetPage::ReportDownload].map(&echonet));
    }
    let block = options.block.unwrap_or_default();
    questions.extend(echonet_pages(block).into_iter().map(&echonet));
    for height in block.saturating_sub(1)..=block.saturating_add(1) {
        for kind in DumpKind::ALL {
            questions.push(volume(VolumeCommand::Read(path(&format!("blocks_TIME/{}_{height}.json", kind.name())))));
            questions.push(echonet(EchonetPage::BlockDump { block: height, kind }));
        }
        questions.extend([Question::Mainnet(FeederPage::Block(height)), Question::Mainnet(FeederPage::StateUpdate(height))]);
    }
    let project = options.project.clone().unwrap_or_else(|| "<project of the context>".to_owned());
    for container in ["echonet", "sequencer-<service>"] {
        let filter = format!("resource.labels.namespace_name=\"{namespace}\" container {container}, time of the incident");
        questions.push(Question::LogEntries { project: project.clone(), filter, page_token: None });
        questions.extend([Run::Current, Run::Previous].map(|run| Question::Output {
            namespace: namespace.clone(),
            pod: "<pod>".to_owned(),
            container: container.to_owned(),
            run,
            since: None,
        }));
    }
    Plan { questions }
}

/// What a list of resyncs would ask.
#[must_use]
pub fn survey_plan(options: &DeploymentOptions) -> Plan {
    let namespace = &options.namespace;
    let questions = vec![
        Question::Namespace { namespace: namespace.clone() },
        Question::Namespaces,
        Question::Objects { namespace: namespace.clone(), kind: ObjectKind::Pods },
        Question::Echonet { way: way(options), page: EchonetPage::Report },
        of_volume(options, VolumeCommand::ListRoot),
        of_volume(options, VolumeCommand::Read(path("report_snapshot_TIME.log"))),
    ];
    Plan { questions }
}

fn of_volume(options: &DeploymentOptions, command: VolumeCommand) -> Question {
    Question::Volume { namespace: options.namespace.clone(), pod: POD.to_owned(), command }
}

fn path(name: &str) -> VolumePath {
    VolumePath::new(name).expect("a name that Echonet gives, with TIME for its time")
}

/// The way to Echonet.
fn way(options: &DeploymentOptions) -> Way {
    match options.echonet_url {
        Some(_) => Way::Url,
        None => Way::PortForward { namespace: options.namespace.clone(), pod: POD.to_owned(), port: 80 },
    }
}

/// Echonet's pages beside the report and the dumps, for a trigger at a block.
fn echonet_pages(block: u64) -> [EchonetPage; 9] {
    [
        EchonetPage::ReportText,
        EchonetPage::LatestReceivedBlock,
        EchonetPage::LastStoredCommitment,
        EchonetPage::Block(block),
        EchonetPage::StateUpdate(block),
        EchonetPage::Signature(block),
        EchonetPage::TxBlockMetadata(Felt::ZERO),
        EchonetPage::BlockMetadata(block),
        EchonetPage::StarknetVersion,
    ]
}
