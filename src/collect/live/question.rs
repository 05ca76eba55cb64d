//! One question as it goes over the wire. The list is closed, and nothing on it changes a deployment.

use std::fmt;

pub use super::page::{EchonetPage, FeederPage};
use super::volume_command::VolumeCommand;
use crate::evidence::host::{LOG_ENTRIES, TO_ECHONET, TO_MAINNET};
use crate::evidence::sources::{
    ApiGroup, Bound, ListSelection, NodeConfig, Wire, cloud_log_entries, echonet_output, echonet_source, node_settings, volume_file,
    volume_listing,
};
use crate::evidence::{Request, Timestamp};

/// A question and the system that it goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Whether the namespace exists.
    Namespace {
        /// Name of the namespace.
        namespace: String,
    },
    /// Names of the cluster's namespaces.
    Namespaces,
    /// Objects of one kind.
    Objects {
        /// Namespace to list.
        namespace: String,
        /// Kind of objects to list.
        kind: ObjectKind,
    },
    /// The node's ConfigMap.
    NodeConfig {
        /// Whose.
        namespace: String,
        /// Its name, which [`is_node_config`] accepts.
        name: String,
    },
    /// The ConfigMap with Echonet's source; its files are hashed, never kept.
    EchonetSource {
        /// Namespace to read from.
        namespace: String,
        /// Its name, which `is_source_config_map` accepts.
        name: String,
    },
    /// The output of a container.
    Output {
        /// Whose.
        namespace: String,
        /// Pod to read from.
        pod: String,
        /// Container to read from.
        container: String,
        /// Run of the container: the current or the previous one.
        run: ContainerRun,
        /// Earliest time of the lines to return.
        since: Option<Timestamp>,
    },
    /// A command in Echonet's container.
    Volume {
        /// Namespace to read from.
        namespace: String,
        /// Pod to forward to.
        pod: String,
        /// The command.
        command: VolumeCommand,
    },
    /// Echonet's own pages.
    Echonet {
        /// The way there.
        way: EchonetRoute,
        /// Page to request.
        page: EchonetPage,
    },
    /// Mainnet's feeder gateway.
    Mainnet(FeederPage),
    /// A page of log entries.
    LogEntries {
        /// Google Cloud project.
        project: String,
        /// Filter in Cloud Logging's language.
        filter: String,
        /// The page, as the one before named it; none for the first.
        page_token: Option<String>,
    },
}

/// A kind of Kubernetes object of which a source lists all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectKind {
    request: Request,
    group: ApiGroup,
    plural: &'static str,
    taken: ListSelection,
}

/// A run of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerRun {
    /// The present one.
    Current,
    /// The one before its last restart.
    Previous,
}

/// A way to Echonet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EchonetRoute {
    /// Through the cluster, within this process: no local port is opened.
    PortForward {
        /// Whose.
        namespace: String,
        /// Pod to read from.
        pod: String,
        /// Port of the pod.
        port: u16,
    },
    /// The URL that the user gave.
    Url,
}

impl ObjectKind {
    /// The kind that a request lists, if it lists one.
    #[must_use]
    pub fn from_request(request: &Request) -> Option<Self> {
        match request.source().wire {
            Wire::Objects { group, plural, taken, .. } => Some(Self { request: request.clone(), group, plural, taken }),
            _ => None,
        }
    }

    /// The request that lists this kind.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What is taken of the objects.
    #[must_use]
    pub fn taken(&self) -> ListSelection {
        self.taken
    }
}

impl fmt::Debug for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.request, f)
    }
}

impl Question {
    /// The question for the size of what this one reads, where the source can tell it.
    #[must_use]
    pub fn size(&self) -> Option<Self> {
        match self {
            Self::Volume { namespace, pod, command: VolumeCommand::Read(path) } => {
                let command = VolumeCommand::Stat(path.clone());
                Some(Self::Volume { namespace: namespace.clone(), pod: pod.clone(), command })
            }
            _ => None,
        }
    }

    /// What bounds its answer: what its source says.
    #[must_use]
    pub fn limits(&self) -> &'static [Bound] {
        match self {
            Self::Namespace { .. } | Self::Namespaces => &[Bound::Answer, Bound::Together],
            Self::Objects { kind, .. } => kind.request().source().limits,
            Self::NodeConfig { .. } => node_settings::SOURCE.limits,
            Self::EchonetSource { .. } => echonet_source::SOURCE.limits,
            Self::Output { .. } => echonet_output::SOURCE.limits,
            Self::Volume { command: VolumeCommand::ListRoot | VolumeCommand::List(_), .. } => volume_listing::SOURCE.limits,
            Self::Volume { command: VolumeCommand::Read(_) | VolumeCommand::Stat(_), .. } => volume_file::SOURCE.limits,
            Self::Echonet { page, .. } => page.request().source().limits,
            Self::Mainnet(page) => page.request().source().limits,
            Self::LogEntries { .. } => cloud_log_entries::SOURCE.limits,
        }
    }

    /// Path and query at the Kubernetes API, for what is asked there.
    #[must_use]
    pub fn cluster_path(&self) -> Option<String> {
        match self {
            Self::Namespace { namespace } => Some(format!("/api/v1/namespaces/{namespace}")),
            Self::Namespaces => Some("/api/v1/namespaces".to_owned()),
            Self::Objects { namespace, kind } => Some(format!("{}/namespaces/{namespace}/{}", kind.group.root(), kind.plural)),
            Self::NodeConfig { namespace, name } | Self::EchonetSource { namespace, name } => {
                Some(format!("/api/v1/namespaces/{namespace}/configmaps/{name}"))
            }
            Self::Output { namespace, pod, container, run, since } => {
                let previous = if *run == ContainerRun::Previous { "&previous=true" } else { "" };
                let since = since.map(|it| format!("&sinceTime={}", it.to_string().replace('+', "%2B"))).unwrap_or_default();
                Some(format!("/api/v1/namespaces/{namespace}/pods/{pod}/log?container={container}&timestamps=true{previous}{since}"))
            }
            Self::Volume { .. } | Self::Echonet { .. } | Self::Mainnet(_) | Self::LogEntries { .. } => None,
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Objects { kind: ObjectKind { taken: ListSelection::NamesOnly, .. }, .. } => {
                write!(f, "GET {} (names)", self.cluster_path().unwrap_or_default())
            }
            Self::EchonetSource { .. } => write!(f, "GET {} (hashes of its files)", self.cluster_path().unwrap_or_default()),
            Self::Namespace { .. } | Self::Namespaces | Self::Objects { .. } | Self::NodeConfig { .. } | Self::Output { .. } => {
                write!(f, "GET {}", self.cluster_path().unwrap_or_default())
            }
            Self::Volume { namespace, pod, command } => write!(f, "exec in {namespace}/{pod}: {}", command.arguments().join(" ")),
            Self::Echonet { way: EchonetRoute::PortForward { namespace, pod, port }, page } => {
                write!(f, "GET {} (Echonet, port {port} of {namespace}/{pod})", page.path())
            }
            Self::Echonet { way: EchonetRoute::Url, page } => write!(f, "GET {} {TO_ECHONET}", page.path()),
            Self::Mainnet(page) => write!(f, "GET {} {TO_MAINNET}", page.path()),
            Self::LogEntries { project, filter, page_token } => {
                let page = if page_token.is_some() { ", a further page" } else { "" };
                write!(f, "{LOG_ENTRIES} (Cloud Logging, project {project}{page}): {}", filter.replace('\n', " "))
            }
        }
    }
}

/// The names of the ConfigMaps with the node's settings: no other ConfigMap of the node may be read.
pub const NODE_CONFIGS: [&str; 3] = [NodeConfig::Node.name(), NodeConfig::Core.name(), NodeConfig::Batcher.name()];

/// Whether a ConfigMap of this name may be read: one of [`NODE_CONFIGS`], and no other.
#[must_use]
pub fn is_node_config(name: &str) -> bool {
    NODE_CONFIGS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Host;

    #[test]
    fn the_words_of_a_question_tell_whom_it_goes_to() {
        let namespace = || "echonet-a".to_owned();
        let pod = || "echonet-0".to_owned();
        let volume = |command| Question::Volume { namespace: namespace(), pod: pod(), command };
        let mainnet = Request::MainnetBlock { block: 7 };
        let echonet = EchonetPage::from_request(&Request::Report).expect("a page of Echonet");
        let forwarded = EchonetRoute::PortForward { namespace: namespace(), pod: pod(), port: 80 };
        let cases = [
            (Question::Namespaces, Host::Cluster),
            (Question::Namespace { namespace: namespace() }, Host::Cluster),
            (
                Question::Output { namespace: namespace(), pod: pod(), container: pod(), run: ContainerRun::Current, since: None },
                Host::Cluster,
            ),
            (volume(VolumeCommand::ListRoot), Host::Cluster),
            (Question::Echonet { way: forwarded, page: echonet.clone() }, Host::Cluster),
            (Question::Echonet { way: EchonetRoute::Url, page: echonet }, Host::Echonet),
            (Question::Mainnet(FeederPage::from_request(&mainnet).expect("a page of mainnet's")), Host::Mainnet),
            (Question::LogEntries { project: "p".to_owned(), filter: "x (mainnet)".to_owned(), page_token: None }, Host::CloudLogging),
        ];
        for (question, host) in cases {
            assert_eq!(Host::from_question(&question.to_string()), host, "{question}");
        }
        // As inspection looks for it.
        assert!(volume(VolumeCommand::ListRoot).to_string().ends_with(&format!(": {}", Request::VolumeListing)));
    }
}
