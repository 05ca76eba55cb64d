//! The wire to a Kubernetes cluster.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use k8s_openapi::api::core::v1::Pod;
use kube::api::AttachParams;
use kube::client::{AuthError, Body, ClientBuilder};
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tower::filter::FilterLayer;
use tower::util::AndThenLayer;

use super::fault::{Fault, FaultKind, retry_after};
use super::guard::{NAMES_ONLY, check_web, permitted};
use super::question::{EchonetPage, Question};
use super::throttle::{Throttled, kept_time};
use super::volume_command::VolumeCommand;
use crate::collect::redact::held::hold;
use crate::evidence::Host;
use crate::evidence::sources::Taken;
use crate::limits::ERROR_PAGE_BYTES;

/// Takes in a part of a body; whether more is wanted.
pub(super) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> Flow + Send);

/// Whether more is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// More.
    On,
    /// No more.
    Enough,
}

/// Why no cluster can be asked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ContextError {
    /// The configuration cannot be used.
    #[error("cannot use the Kubernetes configuration: {0}")]
    #[diagnostic(code(whysync::collect::kubeconfig), help("set KUBECONFIG, or log in to the cluster first"))]
    Unreadable(String),
    /// No context was named, and none is the development one.
    #[error("no Kubernetes context has `sequencer-dev` in its name")]
    #[diagnostic(code(whysync::collect::context), help("name one with --context; there are: {known}"))]
    None {
        /// The contexts that there are.
        known: String,
    },
    /// The named context does not exist.
    #[error("there is no Kubernetes context `{name}`")]
    #[diagnostic(code(whysync::collect::context), help("there are: {known}"))]
    Unknown {
        /// As named.
        name: String,
        /// The contexts that there are.
        known: String,
    },
    /// Several could be meant.
    #[error("several Kubernetes contexts have `sequencer-dev` in their names: {known}")]
    #[diagnostic(code(whysync::collect::context), help("name one with --context"))]
    Several {
        /// Those contexts.
        known: String,
    },
}

/// Chooses among the contexts: the one that was named, else the only one whose name holds `sequencer-dev`.
///
/// # Errors
/// When there is no such context, or several.
pub(crate) fn choose<'a>(known: &[&'a str], named: Option<&str>) -> Result<&'a str, ContextError> {
    let all = || known.join(", ");
    if let Some(name) = named {
        return known.iter().find(|it| **it == name).copied().ok_or_else(|| ContextError::Unknown { name: name.to_owned(), known: all() });
    }
    let usual: Vec<&'a str> = known.iter().filter(|it| it.contains("sequencer-dev")).copied().collect();
    match usual.as_slice() {
        [one] => Ok(one),
        [] => Err(ContextError::None { known: all() }),
        several => Err(ContextError::Several { known: several.join(", ") }),
    }
}

/// What a running command does next.
enum Next<T> {
    Output(std::io::Result<usize>),
    /// It ended, or its connection did.
    Status(Option<T>),
}

/// A cluster and its context's name.
#[derive(Clone)]
pub(super) struct Cluster {
    client: Client,
    pub(super) context: String,
}

impl Cluster {
    /// Reads the usual configuration and builds a client with the guard in it. Nothing is sent yet.
    pub(super) async fn connect(context: Option<&str>) -> Result<Self, ContextError> {
        let unreadable = |reason: String| ContextError::Unreadable(Fault::new(FaultKind::Lasting, &reason).reason);
        let kubeconfig = Kubeconfig::read().map_err(|err| unreadable(of_kubeconfig(&err)))?;
        hold_credentials(&kubeconfig);
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|it| it.name.as_str()).collect();
        let context = choose(&known, context)?.to_owned();
        let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let mut config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|err| unreadable(of_kubeconfig(&err)))?;
        config.default_retry = false;
        let client = ClientBuilder::try_from(config).map_err(|err| unreadable(of_kube(&err).reason))?;
        let client = client.with_layer(&FilterLayer::new(permitted)).with_layer(&AndThenLayer::new(kept_time)).build();
        Ok(Self { client, context })
    }

    /// Asks for an object, a list or a log.
    pub(super) async fn get(&self, question: &Question, patience: Duration, sink: Sink<'_>) -> Result<u16, Fault> {
        let path = question.cluster_path().ok_or_else(|| Fault::new(FaultKind::Lasting, "this is not asked of the cluster"))?;
        let accept = match question {
            Question::Objects { kind, .. } if kind.taken() == Taken::NamesOnly => NAMES_ONLY,
            Question::Output { .. } => "*/*",
            _ => "application/json",
        };
        let request = Request::get(path).header(http::header::ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|err| Fault::of_error(FaultKind::Lasting, &err))?;
        let response = patient(patience, self.client.send(request)).await?.map_err(|err| of_kube(&err))?;
        receive(response, patience, sink).await
    }

    /// Runs a command in Echonet's container.
    pub(super) async fn run(
        &self,
        namespace: &str,
        pod: &str,
        command: &VolumeCommand,
        patience: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, Fault> {
        const BUFFER: usize = 64 * 1024;
        let cut = || Fault::new(FaultKind::Passing, "the connection ended before the command did");
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let parameters = AttachParams::default().container("echonet").stdin(false).stderr(true).max_stdout_buf_size(BUFFER);
        let started = patient(patience, api.exec(pod, command.arguments(), &parameters)).await?;
        let mut process = started.map_err(|err| of_opening(&err))?;
        let (Some(mut output), Some(mut errors), Some(status)) = (process.stdout(), process.stderr(), process.take_status()) else {
            return Err(cut());
        };
        let complaint = tokio::spawn(async move {
            let mut text = Vec::new();
            // Never more than a screenful is of use.
            let _ = (&mut errors).take(4096).read_to_end(&mut text).await;
            String::from_utf8_lossy(&text).into_owned()
        });
        let mut buffer = vec![0; BUFFER];
        let mut status = Box::pin(status);
        let mut ended = None;
        loop {
            // The output of a connection that breaks never ends; that there will be no status tells.
            let next = async {
                tokio::select! {
                    biased;
                    read = output.read(&mut buffer) => Next::Output(read),
                    status = &mut status, if ended.is_none() => Next::Status(status),
                }
            };
            match patient(patience, next).await? {
                Next::Status(status) => ended = Some(status.ok_or_else(cut)?),
                Next::Output(read) => match read.map_err(|err| Fault::of_error(FaultKind::Passing, &err))? {
                    0 => break,
                    read if sink(buffer.get(..read).unwrap_or_default()) == Flow::Enough => return Ok(0),
                    _ => {}
                },
            }
        }
        let status = match ended {
            Some(status) => status,
            None => patient(patience, status).await?.ok_or_else(cut)?,
        };
        if status.status.as_deref() == Some("Success") {
            return Ok(0);
        }
        let complaint = timeout(patience, complaint).await.ok().and_then(Result::ok).unwrap_or_default();
        let kind = if complaint.contains("No such file") { FaultKind::Absent } else { FaultKind::Lasting };
        let said = format!("{} {}", status.message.unwrap_or_default(), complaint.trim());
        Err(Fault::new(kind, said.trim()))
    }

    /// Asks Echonet through the cluster.
    pub(super) async fn forward(
        &self,
        (namespace, pod, port): (&str, &str, u16),
        page: &EchonetPage,
        patience: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, Fault> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let mut forward = patient(patience, api.portforward(pod, &[port])).await?.map_err(|err| of_opening(&err))?;
        let (Some(stream), Some(error)) = (forward.take_stream(port), forward.take_error(port)) else {
            return Err(Fault::new(FaultKind::Passing, "the port-forward has no stream"));
        };
        let exchange = async {
            let shaken = patient(patience, hyper::client::conn::http1::handshake(TokioIo::new(stream))).await?;
            let (mut sender, connection) = shaken.map_err(|err| Fault::of_error(FaultKind::Passing, &err))?;
            let connection = tokio::spawn(connection);
            check_web(Host::Echonet, &http::Method::GET, page.path()).map_err(|err| Fault::of_error(FaultKind::Lasting, &err))?;
            let request = Request::get(page.path()).header(http::header::HOST, "echonet").body(Empty::<Bytes>::new());
            let request = request.map_err(|err| Fault::of_error(FaultKind::Lasting, &err))?;
            let sent = patient(patience, sender.send_request(request)).await?;
            let response = sent.map_err(|err| Fault::of_error(FaultKind::Passing, &err))?;
            let done = receive(response, patience, sink).await;
            connection.abort();
            done
        };
        match exchange.await {
            Err(fault) if fault.status.is_none() => {
                // The cluster's own words, if it had any, say more than a closed stream.
                let said = timeout(Duration::from_millis(100), error).await.ok().flatten();
                Err(said.map_or(fault, |it| Fault::new(FaultKind::Passing, &it)))
            }
            other => other,
        }
    }
}

/// Reads a response to its end, or says what its status means.
async fn receive<B>(response: http::Response<B>, patience: Duration, sink: Sink<'_>) -> Result<u16, Fault>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let mut body = response.into_body();
    let mut page = Vec::new();
    while let Some(frame) = patient(patience, body.frame()).await? {
        let frame = frame.map_err(|err| Fault::new(FaultKind::Passing, &format!("the answer was cut off: {err}")))?;
        let Some(data) = frame.data_ref() else { continue };
        if !status.is_success() {
            page.extend_from_slice(data);
            if ERROR_PAGE_BYTES < page.len() {
                break;
            }
        } else if sink(data) == Flow::Enough {
            break;
        }
    }
    if status.is_success() {
        return Ok(status.as_u16());
    }
    Err(Fault::of_status(status.as_u16(), &String::from_utf8_lossy(&page), retry_after))
}

/// Waits no longer than `patience` for the next sign of life.
pub(super) async fn patient<T>(patience: Duration, answer: impl Future<Output = T>) -> Result<T, Fault> {
    let silent = || Fault::new(FaultKind::Passing, &format!("no data came for {} s", patience.as_secs_f32()));
    timeout(patience, answer).await.map_err(|_| silent())
}

fn of_kube(err: &kube::Error) -> Fault {
    match err {
        kube::Error::Auth(err) => Fault::new(FaultKind::Lasting, &of_sign_in(err)),
        kube::Error::Service(source) if source.is::<AuthError>() => {
            Fault::new(FaultKind::Lasting, &source.downcast_ref().map_or_else(String::new, of_sign_in))
        }
        kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
            Fault::new(FaultKind::Lasting, "the proxy that the kubeconfig or the environment names is of a kind that is not supported")
        }
        kube::Error::Api(status) => Fault::of_status(status.code, &status.message, None),
        kube::Error::UpgradeConnection(kube::client::UpgradeConnectionError::ProtocolSwitch(status)) => {
            Fault::of_status(status.as_u16(), "", None)
        }
        kube::Error::Service(source) if source.is::<super::guard::Forbidden>() => Fault::new(FaultKind::Lasting, &source.to_string()),
        kube::Error::Service(source) if source.is::<Throttled>() => match source.downcast_ref::<Throttled>() {
            Some(Throttled { status, retry_after }) => Fault::of_status(*status, "", Some(*retry_after)),
            None => Fault::of_error(FaultKind::Passing, err),
        },
        err => Fault::of_error(FaultKind::Passing, err),
    }
}

/// What is wrong with a kubeconfig, and where: never what it says, for it holds credentials.
fn of_kubeconfig(err: &KubeconfigError) -> String {
    match err {
        KubeconfigError::Parse(err) => format!("the kubeconfig is not what a client expects{} (its text is not shown)", place(err)),
        KubeconfigError::ParseCertificates(_) => "a certificate in the kubeconfig is not PEM (its text is not shown)".to_owned(),
        // These name what the file refers to, or nothing.
        err => err.to_string(),
    }
}

/// Why the sign-in that a kubeconfig describes does not work: never what a program or a file said, for it may be the token.
fn of_sign_in(err: &AuthError) -> String {
    let why = match err {
        AuthError::AuthExecStart(err) => format!("its program cannot be started: {err}"),
        AuthError::AuthExecRun { out, .. } => format!("its program ended with {} (what it said is not shown)", out.status),
        AuthError::AuthExecParse(err) => format!("its program's answer is not what a client expects{} (its text is not shown)", place(err)),
        AuthError::ReadTokenFile(err, path) => format!("its token file {} cannot be read: {err}", path.display()),
        AuthError::MissingCommand => "it names no program".to_owned(),
        AuthError::ExecPluginFailed => "its program's answer has no status".to_owned(),
        _ => "its credentials cannot be used (their text is not shown)".to_owned(),
    };
    format!("the sign-in of the Kubernetes configuration does not work: {why}")
}

fn place(err: &serde_saphyr::Error) -> String {
    err.location().map_or_else(String::new, |it| format!(" at line {}, column {}", it.line(), it.column()))
}

/// Masks by its value what the kubeconfig signs in with, wherever it may come back.
fn hold_credentials(kubeconfig: &Kubeconfig) {
    for user in kubeconfig.auth_infos.iter().filter_map(|it| it.auth_info.as_ref()) {
        let fields = serde_json::to_value(user).unwrap_or_default();
        let values = ["token", "password", "client-key-data"].into_iter().filter_map(|it| fields.get(it)?.as_str());
        values.for_each(hold);
    }
}

/// A way into a pod that cannot be opened. That the pod is gone says nothing of what was to be read in it.
fn of_opening(err: &kube::Error) -> Fault {
    match of_kube(err) {
        Fault { kind: FaultKind::Absent, status, reason, .. } => {
            Fault { status, ..Fault::new(FaultKind::Gone, &format!("the pod cannot be reached: {reason}")) }
        }
        fault => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_context_wins_and_only_one_can_be_meant_without_a_name() {
        let known = ["gke_p_l_sequencer-dev", "prod"];
        assert_eq!(choose(&known, None).ok(), Some("gke_p_l_sequencer-dev"));
        assert_eq!(choose(&known, Some("prod")).ok(), Some("prod"));
        assert!(matches!(choose(&known, Some("x")), Err(ContextError::Unknown { known, .. }) if known.contains("prod")));
        assert!(matches!(choose(&["prod"], None), Err(ContextError::None { .. })));
        assert!(matches!(choose(&["sequencer-dev-1", "sequencer-dev-2"], None), Err(ContextError::Several { .. })));
    }
}
