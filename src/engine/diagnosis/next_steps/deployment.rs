//! The deployment as commands name it.
//!
//! Whatever comes from evidence and goes into a command is checked here: numbers, times, and names as a cluster gives them.

use super::step::Means;
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, DumpKind, Gathered, LogStream, Origin, Pod, Request};

/// Whom to ask.
pub(super) struct Deployment {
    /// The namespace; a word that a person replaces where none is known.
    pub(super) namespace: String,
    is_named: bool,
    /// Echonet's pod, or its Deployment where no pod was seen.
    pod: String,
    context: Option<String>,
    /// Whether the bundle comes from a live collection: then what is missing is had by another one.
    pub(super) is_collected: bool,
    /// Whether the logs could not be asked for because no project was known.
    pub(super) lacks_project: bool,
}

/// What stands for a namespace that nothing names.
const NAMESPACE: &str = "NAMESPACE";

impl Deployment {
    pub(super) fn of(bundle: &Bundle) -> Self {
        let named = bundle.incident.namespace.as_deref().filter(|it| is_label(it));
        let pods: &[Pod] = bundle.deployment.pods.value().map_or(&[], Vec::as_slice);
        let is_own = |it: &&Pod| it.component == Component::Echonet && is_name(&it.name) && named.is_none_or(|name| it.namespace == name);
        let pod = pods.iter().filter(is_own).min_by_key(|it| it.phase != "Running");
        let context = bundle.collection.as_ref().map(|it| it.context.clone()).filter(|it| is_context(it));
        let no_project = |it: &Gathered<LogStream>| matches!(it, Gathered::Failed(it) if it.reason.contains("--project"));
        Self {
            namespace: named.unwrap_or(NAMESPACE).to_owned(),
            is_named: named.is_some(),
            pod: pod.map_or_else(|| "deploy/echonet".to_owned(), |it| it.name.clone()),
            context,
            is_collected: bundle.incident.origin == Origin::Collected,
            lacks_project: no_project(&bundle.logs.echonet) || no_project(&bundle.logs.sequencer),
        }
    }

    /// A step that names the namespace.
    pub(super) fn means(&self, action: String, command: String, saved_as: Option<String>) -> Means {
        let action = if self.is_named { action } else { format!("{action} (NAMESPACE stands for the deployment's namespace)") };
        Means { action, command, saved_as }
    }

    /// A command in the folder of saved answers whose output is saved under its name there.
    pub(super) fn saved(&self, action: String, command: &str, name: &str) -> Means {
        self.saved_log(action, command, name, Held::Nothing)
    }

    /// The same for log lines, of which the folder may hold some under that name.
    pub(super) fn saved_log(&self, action: String, command: &str, name: &str, held: Held) -> Means {
        self.means(action, into_folder(command, name, held), Some(name.to_owned()))
    }

    /// A page of Echonet, through the API server: nothing keeps running.
    pub(super) fn page(&self, action: String, page: &str, name: &str) -> Means {
        let url = format!("/api/v1/namespaces/{}/services/echonet:80/proxy{page}", self.namespace);
        self.saved(action, &format!("kubectl get --raw '{url}'"), name)
    }

    /// A document that Echonet keeps of a block of the epoch that runs.
    pub(super) fn dump(&self, kind: DumpKind, block: u64) -> Means {
        let kind = kind.name();
        let action = format!("Get Echonet's {} {block}", kind.replace('_', " "));
        self.page(action, &format!("/echonet/block_dump?blockNumber={block}&kind={kind}"), &format!("http/block_dump_{kind}_{block}.json"))
    }

    /// A file of Echonet's volume.
    pub(super) fn file(&self, action: String, path: &str) -> Means {
        self.saved(action, &self.exec(&format!("cat /data/echonet/{path}")), &format!("pvc/{path}"))
    }

    /// The names in a folder of Echonet's volume; of the volume itself where none is given.
    pub(super) fn listing(&self, action: String, folder: Option<&str>) -> Means {
        let folder = folder.map(|it| format!("/{it}")).unwrap_or_default();
        self.means(action, self.exec(&format!("ls /data/echonet{folder}")), None)
    }

    pub(super) fn pods(&self, action: String) -> Means {
        let command = format!("kubectl -n {} get pods -o json", self.namespace);
        self.saved(action, &command, "k8s/pods.json")
    }

    /// What the cluster noted about the namespace's objects.
    pub(super) fn events(&self, action: String) -> Means {
        let command = format!("kubectl -n {} get events -o json", self.namespace);
        self.saved(action, &command, "k8s/events.json")
    }

    /// What Echonet's container wrote; `held` is what there is of it.
    pub(super) fn output(&self, held: &Gathered<LogStream>) -> Means {
        let command = format!("kubectl -n {} logs {} -c echonet", self.namespace, self.pod);
        let name = "logs/echonet.log";
        let is_held = held.as_observed().is_some_and(|it| it.source.asked == Request::EchonetOutput.to_string());
        self.saved_log("Get Echonet's log".to_owned(), &command, name, if is_held { Held::Lines } else { Held::Nothing })
    }

    /// A live collection. It never overwrites the bundle that was diagnosed: what that holds may be gone by now.
    pub(super) fn collect(&self, action: String, block: Option<u64>) -> Means {
        let context = self.context.as_ref().map(|it| format!(" --context {it}")).unwrap_or_default();
        let block = block.map(|it| format!(" --block {it}")).unwrap_or_default();
        self.means(action, format!("whysync collect --namespace {}{context}{block} -o whysync-again.json.zst", self.namespace), None)
    }

    fn exec(&self, command: &str) -> String {
        format!("kubectl -n {} exec {} -c echonet -- {command}", self.namespace, self.pod)
    }
}

/// A command whose output goes to a file of the folder, whose own folder may not be there yet. Until it has ended well, the file that may
/// stand there stays as it is; lines that are there are kept under another name, for they may not be had again.
pub(super) fn into_folder(command: &str, name: &str, held: Held) -> String {
    let folder = name.rsplit_once('/').map(|(folder, _)| format!("mkdir -p {folder} && ")).unwrap_or_default();
    let kept = match held {
        Held::Nothing => String::new(),
        Held::Lines => format!(" && mv {name} {name}.before"),
    };
    format!("{folder}{command} > {name}.new{kept} && mv {name}.new {name}")
}

/// What the folder holds of a log under the name that an answer is saved under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing that was read.
    Nothing,
    /// Lines.
    Lines,
}

/// Whether this is a name as the cluster gives them to namespaces; anything else would need a shell's care.
pub(super) fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_name(name) && !name.contains('.')
}

/// Whether this is a name as the cluster gives them to pods.
fn is_name(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.');
    let is_end = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    name.len() <= 253 && name.bytes().all(is_plain) && is_end(name.chars().next()) && is_end(name.chars().next_back())
}

/// Whether a context can be written without quotes.
fn is_context(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'@' | b':' | b'/');
    (1..=253).contains(&name.len()) && name.bytes().all(is_plain) && name.starts_with(|it: char| it.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_cluster_reach_a_command() {
        for good in ["echonet-a", "a", "9", "echonet-sim-9"] {
            assert!(is_label(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in ["", "-a", "a-", "A", "a b", "a;id", "$(id)", "a'b", "a`id`", "a\nb", "../a", "a.b", "ä", &long] {
            assert!(!is_label(bad), "{bad}");
        }
        assert!(is_name("echonet-7d4b.x-1"));
        assert!(is_context("gke_p-1_europe-west1_sequencer-dev") && !is_context("--as=admin") && !is_context("a b") && !is_context(""));
    }
}
