//! The deployment as commands name it.
//!
//! Whatever comes from evidence and goes into a command is checked here: numbers, times, and names as a cluster gives them.

use super::step::Means;
use crate::evidence::pods::Component;
use crate::evidence::sources::by_hand::{DeploymentNames, ECHONET, ROOT, in_container, is_context, is_label, is_name};
use crate::evidence::{Bundle, DumpKind, Gathered, LogStream, Origin, Pod, Request};

/// The deployment that steps address.
pub(super) struct DeploymentTarget {
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

/// Placeholder for an unknown namespace.
const NAMESPACE: &str = "NAMESPACE";

impl DeploymentTarget {
    pub(super) fn from_bundle(bundle: &Bundle) -> Self {
        let named = bundle.incident.namespace.as_deref().filter(|it| is_label(it));
        let pods: &[Pod] = bundle.deployment.pods.value().map_or(&[], Vec::as_slice);
        let is_own = |it: &&Pod| it.component == Component::Echonet && is_name(&it.name) && named.is_none_or(|name| it.namespace == name);
        let pod = pods.iter().filter(is_own).min_by_key(|it| it.phase != "Running");
        let context = bundle.collection.as_ref().map(|it| it.context.clone()).filter(|it| is_context(it));
        let no_project = |it: &Gathered<LogStream>| matches!(it, Gathered::Failed(it) if it.reason.contains("--project"));
        Self {
            namespace: named.unwrap_or(NAMESPACE).to_owned(),
            is_named: named.is_some(),
            pod: pod.map_or_else(|| ECHONET.to_owned(), |it| it.name.clone()),
            context,
            is_collected: bundle.incident.origin == Origin::Collected,
            lacks_project: bundle.logs.each().any(no_project),
        }
    }

    /// A step that names the namespace.
    pub(super) fn means(&self, action: String, command: String, saved_as: Option<String>) -> Means {
        let action = if self.is_named { action } else { format!("{action} (NAMESPACE stands for the deployment's namespace)") };
        Means { action, command, saved_as }
    }

    /// A question whose answer is saved under its name in a folder of saved answers.
    pub(super) fn ask(&self, action: String, request: &Request) -> Option<Means> {
        self.ask_again(action, request, SavedLogState::Nothing)
    }

    /// A question to mainnet: no namespace stands in it.
    pub(super) fn ask_mainnet(&self, action: String, request: &Request) -> Option<Means> {
        let command = request.command(DeploymentNames { namespace: &self.namespace, pod: &self.pod })?;
        let name = request.saved().next()?.0;
        Some(Means { action, command: into_folder(&command, &name, SavedLogState::Nothing), saved_as: Some(name) })
    }

    /// A question to the deployment, of which the folder may hold an answer that must not be lost.
    fn ask_again(&self, action: String, request: &Request, held: SavedLogState) -> Option<Means> {
        let command = request.command(DeploymentNames { namespace: &self.namespace, pod: &self.pod })?;
        Some(self.saved_log(action, &command, &request.saved().next()?.0, held))
    }

    /// A command in the folder of saved answers whose output is saved under its name there.
    pub(super) fn saved_log(&self, action: String, command: &str, name: &str, held: SavedLogState) -> Means {
        self.means(action, into_folder(command, name, held), Some(name.to_owned()))
    }

    /// A document that Echonet keeps of a block of the epoch that runs.
    pub(super) fn dump(&self, kind: DumpKind, block: u64) -> Option<Means> {
        let action = format!("Get Echonet's {} {block}", kind.name().replace('_', " "));
        self.ask(action, &Request::BlockDump { block, kind })
    }

    /// A file of Echonet's volume.
    pub(super) fn file(&self, action: String, path: String) -> Option<Means> {
        self.ask(action, &Request::VolumeFile { path })
    }

    /// The names in a folder of Echonet's volume; of the volume itself where none is given.
    pub(super) fn listing(&self, action: String, folder: Option<&str>) -> Means {
        let folder = folder.map(|it| format!("/{it}")).unwrap_or_default();
        let list = in_container(&self.pod, &format!("ls {ROOT}{folder}"));
        self.means(action, format!("kubectl -n {} {list}", self.namespace), None)
    }

    /// What Echonet's container wrote; `held` is what there is of it.
    pub(super) fn output(&self, held: &Gathered<LogStream>) -> Option<Means> {
        let is_held = held.as_observed().is_some_and(|it| it.source.asked == Request::EchonetOutput.to_string());
        let held = if is_held { SavedLogState::Lines } else { SavedLogState::Nothing };
        self.ask_again("Get Echonet's log".to_owned(), &Request::EchonetOutput, held)
    }

    /// A live collection. It never overwrites the bundle that was diagnosed: what that holds may be gone by now.
    pub(super) fn collect(&self, action: String, block: Option<u64>) -> Means {
        let context = self.context.as_ref().map(|it| format!(" --context {it}")).unwrap_or_default();
        let block = block.map(|it| format!(" --block {it}")).unwrap_or_default();
        self.means(action, format!("whysync collect --namespace {}{context}{block} -o whysync-again.json.zst", self.namespace), None)
    }
}

/// A command whose output goes to a file of the folder, whose own folder may not be there yet. Until it has ended well, the file that may
/// stand there stays as it is; lines that are there are kept under another name, for they may not be had again.
fn into_folder(command: &str, name: &str, held: SavedLogState) -> String {
    let folder = name.rsplit_once('/').map(|(folder, _)| format!("mkdir -p {folder} && ")).unwrap_or_default();
    let kept = match held {
        SavedLogState::Nothing => String::new(),
        SavedLogState::Lines => format!(" && mv {name} {name}.before"),
    };
    format!("{folder}{command} > {name}.new{kept} && mv {name}.new {name}")
}

/// What the folder holds of a log under the name that an answer is saved under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SavedLogState {
    /// Nothing that could be read.
    Nothing,
    /// Lines.
    Lines,
}
