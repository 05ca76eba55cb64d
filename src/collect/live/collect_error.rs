//! Why nothing at all can be collected.

use super::fault::AskFault;
use super::kubeconfig::ContextError;
use super::proxies::ProxyError;
use super::record::RecordError;
use super::replay::ReplayError;

/// Why nothing at all can be collected.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum CollectError {
    /// No context could be chosen.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Context(#[from] ContextError),
    /// A proxy of the environment cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Proxy(#[from] ProxyError),
    /// The name is none.
    #[error("`{0}` is not a valid namespace name")]
    #[diagnostic(code(whysync::collect::namespace), help("names are lower-case letters, digits and hyphens"))]
    Name(String),
    /// The cluster says that there is no such namespace.
    #[error("there is no namespace `{name}` in the context `{context}`")]
    #[diagnostic(code(whysync::collect::namespace), help("{known}"))]
    Namespace {
        /// The name that was given.
        name: String,
        /// The context that was asked.
        context: String,
        /// Those that there are, in a sentence.
        known: String,
    },
    /// No snapshot has that time in its name.
    #[error("no resync left a snapshot of {at}")]
    #[diagnostic(code(whysync::collect::episode), help("{known}"))]
    Episode {
        /// The time as the names of files carry it.
        at: String,
        /// Those that there are, in a sentence.
        known: String,
    },
    /// What was given as Echonet is not it, or another one.
    #[error("the URL given for Echonet cannot be used: {0}")]
    #[diagnostic(code(whysync::collect::echonet_url), help("leave --echonet-url out: Echonet is then reached through the cluster"))]
    Echonet(String),
    /// It cannot be recorded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Record(#[from] RecordError),
    /// There is no recording to answer from.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Replay(#[from] ReplayError),
    /// It was stopped, or its time was over, before anybody could be asked.
    #[error("nothing was collected: the time was over before the Kubernetes configuration could be used")]
    #[diagnostic(code(whysync::collect::not_begun), help("check that `kubectl get pods` works: the sign-in may be waiting for something"))]
    NotBegun,
    /// The HTTP client could not be built.
    #[error("an HTTP client cannot be made: {0}")]
    Client(AskFault),
}
