//! How a person asks a source: the command that prints its answer.
//!
//! The script of a whole collection by hand and the single steps that a diagnosis advises both come from here.

pub use super::source::ROOT;
use super::source::{ListSelection, Wire};
use super::{FEEDER_URL, Request};

/// A deployment as commands name it. Both names need no quotes: whoever makes one has checked them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeploymentNames<'n> {
    /// Namespace of the deployment.
    pub namespace: &'n str,
    /// Echonet's pod, or a reference to it such as `deploy/echonet`.
    pub pod: &'n str,
}

/// Reference to Echonet's pod when its name is unknown.
pub const ECHONET: &str = "deploy/echonet";
/// The names of a list of objects, as a list of objects that hold nothing else.
const NAMES: &str = r#"'go-template={"items":[{{range $i, $it := .items}}{{if $i}},{{end}}{"metadata":{"name":"{{$it.metadata.name}}","namespace":"{{$it.metadata.namespace}}"}}{{end}}]}'"#;

impl Request {
    /// The command that prints the answer; none where no single command does.
    #[must_use]
    pub fn command(&self, of: DeploymentNames<'_>) -> Option<String> {
        let DeploymentNames { namespace, pod } = of;
        match self.source().wire {
            // Through the API server: nothing keeps running.
            Wire::Echonet { .. } => {
                Some(format!("kubectl get --raw '/api/v1/namespaces/{namespace}/services/echonet:80/proxy{}'", self.echonet_path()?))
            }
            // Straight from mainnet: Echonet would pass the question on at the cost of its own quota.
            Wire::Mainnet { .. } => Some(format!("curl -sSf '{FEEDER_URL}{}'", self.mainnet_path()?)),
            _ => self.kubectl(pod).map(|it| format!("kubectl -n {namespace} {it}")),
        }
    }

    /// What kubectl is told to print the answer, behind the options that name the namespace; none where kubectl alone does not print it.
    #[must_use]
    pub fn kubectl(&self, pod: &str) -> Option<String> {
        match self.source().wire {
            Wire::Objects { plural, taken: ListSelection::Objects, .. } => Some(format!("get {plural} -o json")),
            Wire::Objects { plural, taken: ListSelection::NamesOnly, .. } => Some(format!("get {plural} -o {NAMES}")),
            Wire::VolumeNames => Some(in_container(pod, &format!("ls {ROOT}"))),
            Wire::VolumeFile => Some(in_container(pod, &format!("cat {ROOT}/{}", self.part("path")?))),
            Wire::Output => Some(format!("logs {pod} -c echonet")),
            Wire::Echonet { .. }
            | Wire::Mainnet { .. }
            // Their ConfigMaps hold more than may be printed, and the name of the other changes with each deployment.
            | Wire::NodeConfigMap
            | Wire::SourceConfigMap
            | Wire::LogEntries
            | Wire::Captured { .. } => None,
        }
    }
}

/// What kubectl is told to run one of the commands that read in Echonet's container.
#[must_use]
pub fn in_container(pod: &str, command: &str) -> String {
    format!("exec {pod} -c echonet -- {command}")
}

/// Whether this is a name as the cluster gives them to namespaces; anything else would need a shell's care.
#[must_use]
pub fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_name(name) && !name.contains('.')
}

/// Whether this is a name as the cluster gives them to pods.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.');
    let is_end = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    name.len() <= 253 && name.bytes().all(is_plain) && is_end(name.chars().next()) && is_end(name.chars().next_back())
}

/// Whether a context can be written without quotes.
#[must_use]
pub fn is_context(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'@' | b':' | b'/');
    (1..=253).contains(&name.len()) && name.bytes().all(is_plain) && name.starts_with(|it: char| it.is_ascii_alphanumeric())
}

/// Whether this is the id of a Google Cloud project; older ones begin with a domain.
#[must_use]
pub fn is_project(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.' | b':');
    (1..=100).contains(&name.len()) && name.bytes().all(is_plain) && name.starts_with(|it: char| it.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::DumpKind;

    #[test]
    fn only_names_of_the_cluster_reach_a_command() {
        for good in ["echonet-a", "a", "9", "echonet-sim-9"] {
            assert!(is_label(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a b", "a;id", "$(id)", "a'b", "a`id`", "a\nb", "../a", "a.b", "ä", &long] {
            assert!(!is_label(bad) && !is_project(&format!("{bad}'")), "{bad}");
        }
        assert!(is_name("echonet-7d4b.x-1"));
        assert!(is_context("gke_p-1_europe-west1_sequencer-dev") && !is_context("--as=admin") && !is_context("a b") && !is_context(""));
        assert!(is_project("lab-gcp-project") && is_project("example.com:old") && !is_project("-p") && !is_project(""));
    }

    #[test]
    fn each_wire_that_one_command_answers_has_its_command() {
        let of = DeploymentNames { namespace: "echonet-a", pod: ECHONET };
        let command = |it: Request| it.command(of);
        let cases = [
            (
                Request::BlockDump { block: 7, kind: DumpKind::Blob },
                "kubectl get --raw '/api/v1/namespaces/echonet-a/services/echonet:80/proxy/echonet/block_dump?blockNumber=7&kind=blob'",
            ),
            (
                Request::MainnetStateUpdate { block: 7 },
                "curl -sSf 'https://feeder.alpha-mainnet.starknet.io/feeder_gateway/get_state_update?blockNumber=7'",
            ),
            (Request::Pods, "kubectl -n echonet-a get pods -o json"),
            (
                Request::VolumeFile { path: "blocks_x/blob_7.json".to_owned() },
                "kubectl -n echonet-a exec deploy/echonet -c echonet -- cat /data/echonet/blocks_x/blob_7.json",
            ),
            (Request::VolumeListing, "kubectl -n echonet-a exec deploy/echonet -c echonet -- ls /data/echonet"),
            (Request::EchonetOutput, "kubectl -n echonet-a logs deploy/echonet -c echonet"),
        ];
        for (request, expected) in cases {
            assert_eq!(command(request).as_deref(), Some(expected));
        }
        // A list of ConfigMaps holds keys: nothing but names may be printed of it.
        assert!(command(Request::ConfigMapNames).is_some_and(|it| it.contains("go-template") && !it.contains("-o json")));
        assert_eq!(command(Request::CloudLogEntries), None);
    }
}
