//! What a collection would ask, as the table of sources says it. Nothing is asked.

use std::collections::BTreeSet;

use super::live::question::{ContainerRun, ObjectKind, Question};
use super::live::survey::OF_RESYNCS;
use crate::evidence::sources::volume_file::VolumeDocument;
use crate::evidence::sources::{DumpKind, EchonetWay, Listed, PageQueue, SOURCES, Saved, Situation, TriggerSeen, Unanswered, Wire, filled};
use crate::evidence::{Felt, Program, Request, Timestamp};

/// The collection that a plan describes.
#[derive(Debug, Clone)]
pub(crate) struct CollectionPlan {
    /// The namespace.
    pub namespace: String,
    /// The way to Echonet.
    pub way: EchonetWay,
    /// What to collect.
    pub aim: Aim,
}

/// What to collect.
#[derive(Debug, Clone)]
pub(crate) enum Aim {
    /// The evidence of one incident.
    Incident {
        /// The block, if one is named.
        block: Option<u64>,
        /// The Google Cloud project, if one is named.
        project: Option<String>,
    },
    /// A list of resyncs.
    Resyncs,
}

const POD: &str = "<Echonet's pod>";

impl CollectionPlan {
    /// Everything that would be asked, a line each; what depends on an answer stands in angle brackets, and TIME is that of a file's name.
    #[must_use]
    pub(crate) fn lines(&self) -> Vec<String> {
        let namespace = self.namespace.clone();
        let first = [Question::Namespace { namespace }, Question::Namespaces];
        let mut lines: Vec<String> = first.iter().map(Question::to_string).collect();
        for listed in SOURCES {
            lines.extend(self.of_source(listed));
        }
        lines
    }

    fn of_source(&self, listed: &Listed) -> Vec<String> {
        let is_opening = matches!(listed.source.saved, Saved::Nowhere);
        let is_wanted = match &self.aim {
            Aim::Incident { .. } => true,
            Aim::Resyncs => {
                is_opening || OF_RESYNCS.iter().any(|it| it.source_name() == listed.name) || listed.source.wire == Wire::VolumeFile
            }
        };
        let requests = if is_wanted { (listed.worth)(&self.situation()) } else { Vec::new() };
        if requests.is_empty() {
            return Vec::new();
        }
        let namespace = self.namespace.clone();
        let words = |pattern: &str| requests.iter().filter_map(|it| spoken(pattern, it)).collect::<Vec<String>>();
        let in_container = |it: String| format!("exec in {namespace}/{POD}: {it}");
        match listed.source.wire {
            Wire::Echonet { page, .. } => {
                let at = match self.way {
                    EchonetWay::Url => "Echonet".to_owned(),
                    EchonetWay::PortForward => format!("Echonet, port 80 of {namespace}/{POD}"),
                };
                words(page).into_iter().map(|it| format!("GET {it} ({at})")).collect()
            }
            Wire::Mainnet { .. } => words(&listed.source.words()),
            Wire::Objects { .. } => {
                let kind = requests.first().and_then(ObjectKind::from_request);
                kind.map(|kind| Question::Objects { namespace, kind }.to_string()).into_iter().collect()
            }
            Wire::NodeConfigMap => {
                vec![Question::NodeConfig { namespace, name: "sequencer-<service>-config".to_owned() }.to_string()]
            }
            Wire::SourceConfigMap => {
                vec![Question::EchonetSource { namespace, name: "echonet-src-<suffix>".to_owned() }.to_string()]
            }
            Wire::VolumeNames => {
                let archive = matches!(self.aim, Aim::Incident { .. }).then(|| in_container("ls /data/echonet/blocks_TIME".to_owned()));
                words(&listed.source.words()).into_iter().map(&in_container).chain(archive).collect()
            }
            Wire::VolumeFile => words(&listed.source.words()).into_iter().map(in_container).collect(),
            Wire::LogEntries => self.logs(|container| {
                let project = match &self.aim {
                    Aim::Incident { project: Some(project), .. } => project.clone(),
                    _ => "<project of the context>".to_owned(),
                };
                let filter = format!("resource.labels.namespace_name=\"{namespace}\" container {container}, time of the incident");
                vec![Question::LogEntries { project, filter, page_token: None }]
            }),
            Wire::Output => self.logs(|container| {
                let output = |run| Question::Output {
                    namespace: namespace.clone(),
                    pod: "<pod>".to_owned(),
                    container: container.to_owned(),
                    run,
                    since: None,
                };
                [ContainerRun::Current, ContainerRun::Previous].map(output).to_vec()
            }),
            Wire::Captured { .. } => Vec::new(),
        }
    }

    fn logs(&self, questions: impl Fn(&str) -> Vec<Question>) -> Vec<String> {
        let container = |it: Program| match it {
            Program::Echonet => "echonet",
            Program::Sequencer => "sequencer-<service>",
        };
        Program::ALL.into_iter().map(container).flat_map(questions).map(|it| it.to_string()).collect()
    }

    /// All that a collection can come to know, so that all that it can come to ask is worth it.
    fn situation(&self) -> Situation {
        match &self.aim {
            Aim::Incident { block: Some(block), .. } => known(self.way, *block, *block),
            Aim::Incident { block: None, .. } => known(self.way, BLOCK, TRIGGER),
            Aim::Resyncs => Situation { heights: BTreeSet::new(), resyncs: BTreeSet::new(), ..known(self.way, BLOCK, TRIGGER) },
        }
    }
}

/// Stands for the block where none is named, and for that of the trigger: no chain is that high.
const BLOCK: u64 = 1 << 60;
const TRIGGER: u64 = BLOCK + 1000;
/// Stands for the time in the name of a file.
const AT: Timestamp = Timestamp::UNIX_EPOCH;

/// Placeholders for values that are only known from answers, with their explanations.
fn stand_ins() -> [(String, &'static str); 6] {
    [
        ((BLOCK - 1).to_string(), "<block - 1>"),
        (BLOCK.to_string(), "<block>"),
        ((BLOCK + 1).to_string(), "<block + 1>"),
        (TRIGGER.to_string(), "<block of the trigger>"),
        (AT.to_file_name(), "TIME"),
        (Felt::ZERO.to_string(), "<of the trigger>"),
    ]
}

/// The pattern with the parts of a question in their places, and words for what only answers tell.
fn spoken(pattern: &str, request: &Request) -> Option<String> {
    let part = |name: &str| {
        let is_whole = |it: &str, value: &str| name == "path" || it == value;
        let value = request.part(name)?;
        Some(stand_ins().iter().filter(|(it, _)| is_whole(it, &value)).fold(value.clone(), |value, (it, words)| value.replace(it, words)))
    };
    filled(pattern, part)
}

/// A situation in which an incident at this block is looked at, its trigger's block is known, and whatever can fail has failed.
fn known(way: EchonetWay, block: u64, trigger: u64) -> Situation {
    let heights: BTreeSet<u64> = (block.saturating_sub(1)..=block.saturating_add(1)).collect();
    let dumps = || heights.iter().flat_map(|block| DumpKind::ALL.map(|kind| (*block, kind)));
    let archived = dumps().map(|(block, kind)| VolumeDocument::Dump { archive: AT, kind, block });
    let documents = [VolumeDocument::Snapshot(AT), VolumeDocument::Reverts(AT)].into_iter().chain(archived);
    let absent = dumps().map(|(block, kind)| (Request::BlockDump { block, kind }, Unanswered::Absent));
    let failed = [Request::Report, Request::CloudLogEntries].map(|it| (it, Unanswered::Failed));
    Situation {
        way,
        trigger: Some(TriggerSeen { block: trigger, tx_hash: Some(Felt::ZERO) }),
        start: Some(0),
        names: documents.map(VolumeDocument::path).collect(),
        resyncs: [AT].into(),
        workloads: ["sequencer-core-statefulset".to_owned()].into(),
        unanswered: absent.chain(failed).collect(),
        heights,
    }
}

/// Echonet's small pages that are worth asking for where a transaction triggered a resync at this block; its hash is zero in them.
pub(super) fn worth_asking(block: u64) -> Vec<Request> {
    let seen = known(EchonetWay::PortForward, block, block);
    let small = SOURCES.iter().filter(|it| matches!(it.source.wire, Wire::Echonet { turn: PageQueue::Small, .. }));
    small.flat_map(|it| (it.worth)(&seen)).collect()
}
