//! What a collection would ask, as the table of sources says it. Nothing is asked.

use std::collections::BTreeSet;

use super::live::question::{ObjectKind, Question, Run};
use super::live::survey::OF_RESYNCS;
use crate::evidence::sources::{
    DumpKind, EchonetPages, Fill, Listed, Page, SOURCES, Saved, Situation, TriggerSeen, Turn, Wire, filled, page, volume_file,
};
use crate::evidence::{Felt, Gathered, Program, Request};

/// Of what a plan is.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The namespace.
    pub namespace: String,
    /// The way to Echonet.
    pub way: EchonetWay,
    /// What is collected.
    pub aim: Aim,
}

/// How Echonet is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EchonetWay {
    /// Through the cluster.
    PortForward,
    /// At a URL of the user's, which is looked at first.
    Url,
}

/// What is collected.
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

impl Plan {
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
            _ if is_opening => self.way == EchonetWay::Url,
            Aim::Incident { .. } => true,
            Aim::Resyncs => OF_RESYNCS.iter().any(|it| it.source_name() == listed.name) || listed.source.wire == Wire::VolumeFile,
        };
        if !is_wanted {
            return Vec::new();
        }
        let namespace = self.namespace.clone();
        let words = |part: &dyn Fn(&str) -> Option<String>| filled(&listed.source.words(), part).into_iter();
        let in_container = |it: String| format!("exec in {namespace}/{POD}: {it}");
        match listed.source.wire {
            Wire::Echonet { page, turn, .. } => {
                let at = match self.way {
                    EchonetWay::Url => "Echonet".to_owned(),
                    EchonetWay::PortForward => format!("Echonet, port 80 of {namespace}/{POD}"),
                };
                let keys = if turn == Turn::Small { self.of_trigger(listed) } else { self.of_heights(listed) };
                keys.iter().filter_map(|key| Some(format!("GET {} ({at})", filled(page, |it| part(key, it))?))).collect()
            }
            Wire::Mainnet { .. } => self.of_heights(listed).iter().flat_map(|key| words(&|it| part(key, it))).collect(),
            Wire::Objects { .. } => {
                let request = Request::all(&|_| Vec::new()).into_iter().find(|it| it.source_name() == listed.name);
                let kind = request.as_ref().and_then(ObjectKind::of);
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
                words(&|_| None).map(&in_container).chain(archive).collect()
            }
            Wire::VolumeFile => self.files().iter().flat_map(|path| words(&|_| Some(path.clone()))).map(in_container).collect(),
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
                [Run::Current, Run::Previous].map(output).to_vec()
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

    /// The heights that are looked at, as texts.
    fn heights(&self) -> Vec<String> {
        match &self.aim {
            Aim::Incident { block: Some(block), .. } => {
                (block.saturating_sub(1)..=block.saturating_add(1)).map(|it| it.to_string()).collect()
            }
            Aim::Incident { block: None, .. } => ["<block - 1>", "<block>", "<block + 1>"].map(str::to_owned).to_vec(),
            Aim::Resyncs => Vec::new(),
        }
    }

    /// The files of the volume that are read.
    fn files(&self) -> Vec<String> {
        let names = |height: &String| DumpKind::ALL.map(|kind| format!("{}_{height}", kind.name()));
        let names: Vec<String> = self.heights().iter().flat_map(names).collect();
        let snapshots = volume_file::FILES.first().into_iter();
        let patterns: Vec<&str> = match self.aim {
            Aim::Incident { .. } => volume_file::FILES.to_vec(),
            Aim::Resyncs => snapshots.copied().collect(),
        };
        let of_pattern = |pattern: &str| {
            let at = |name: Option<&String>| filled(pattern, |it| if it == "at" { Some("TIME".to_owned()) } else { name.cloned() });
            match at(None) {
                Some(path) => vec![path],
                None => names.iter().filter_map(|it| at(Some(it))).collect::<Vec<String>>(),
            }
        };
        patterns.into_iter().flat_map(of_pattern).collect()
    }

    /// What tells the answers of a source apart that is asked for each height that is looked at.
    fn of_heights(&self, listed: &Listed) -> Vec<Key> {
        let mut keys: Vec<Key> = vec![Vec::new()];
        for name in listed.parts {
            let values = match *name {
                "block" => self.heights(),
                "kind" => DumpKind::ALL.map(|it| it.name().to_owned()).to_vec(),
                // Nothing else tells answers of one height apart.
                _ => Vec::new(),
            };
            let with =
                |key: Key| values.iter().map(move |it| key.iter().cloned().chain([(*name, it.clone())]).collect()).collect::<Vec<Key>>();
            keys = keys.into_iter().flat_map(with).collect();
        }
        keys
    }

    /// What tells the answers of a small page apart, of those that are worth asking for where a transaction triggered a resync.
    fn of_trigger(&self, listed: &Listed) -> Vec<Key> {
        let block = match &self.aim {
            Aim::Incident { block, .. } => *block,
            Aim::Resyncs => None,
        };
        let worth = worth_asking(block.unwrap_or(0));
        let of_it = worth.iter().filter(|it| it.source_name() == listed.name);
        let value = |request: &Request, name: &str| match (name, block) {
            ("block", None) => Some("<block of the trigger>".to_owned()),
            ("tx_hash", _) => Some("<of the trigger>".to_owned()),
            _ => request.part(name),
        };
        of_it.map(|request| listed.parts.iter().filter_map(|name| Some((*name, value(request, name)?))).collect()).collect()
    }
}

/// Texts for the parts of a source's patterns, by their names.
type Key = Vec<(&'static str, String)>;

fn part(key: &Key, name: &str) -> Option<String> {
    key.iter().find(|(it, _)| *it == name).map(|(_, text)| text.clone())
}

/// Echonet's small pages that are worth asking for where a transaction triggered a resync at this block; its hash is zero in them.
pub(super) fn worth_asking(block: u64) -> Vec<Request> {
    let trigger = TriggerSeen { block, tx_hash: Some(Felt::ZERO) };
    let mut worth = Worth { seen: Situation { trigger: Some(trigger), start: Some(0) }, requests: Vec::new() };
    let _ = EchonetPages::filled(Gathered::NotAsked, &mut worth);
    worth.requests
}

/// Notes what is worth asking, and asks nobody.
struct Worth {
    seen: Situation,
    requests: Vec<Request>,
}

impl Fill for Worth {
    fn fill<P: Page>(&mut self) -> P::Slot {
        self.requests.extend(page::keys::<P>(&self.seen, &BTreeSet::new()).into_iter().map(P::request));
        P::Slot::default()
    }
}
