//! The wire to a Kubernetes cluster.

use std::time::Duration;

use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::{TokioExecutor, TokioIo};
use k8s_openapi::api::core::v1::Pod;
use kube::api::AttachParams;
use kube::client::{AuthError, Body, ClientBuilder, ConfigExt};
use kube::{Api, Client, Config};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tower::filter::FilterLayer;
use tower::util::AndThenLayer;
use tower::{BoxError, ServiceBuilder};

use super::fault::{AskFault, FaultKind, compressed, retry_after};
use super::guard::{NAMES_ONLY, check_web, permitted};
use super::kubeconfig::{Chosen, ContextError, chosen, of_kubeconfig, of_sign_in};
use super::proxies::Proxies;
use super::question::{EchonetPage, Question};
use super::throttle::{Throttled, kept_time};
use super::volume_command::VolumeCommand;
use crate::evidence::Host;
use crate::evidence::sources::ListSelection;
use crate::limits::ERROR_PAGE_BYTES;

/// Takes in a part of a body; whether more is wanted.
pub(super) type Sink<'a> = &'a mut (dyn FnMut(&[u8]) -> Flow + Send);

/// Whether more is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// The receiver takes further bytes.
    Continue,
    /// The receiver has what it wants: the transfer ends.
    Stop,
}

/// What a running command does next.
enum CommandEvent<T> {
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
    pub(super) async fn connect(context: Option<&str>, proxies: &Proxies) -> Result<Self, ContextError> {
        let Chosen { mut config, context, proxies: own } = chosen(context).await?;
        config.default_retry = false;
        // The client would hold the exceptions of the environment against the proxy, and not against the cluster.
        config.proxy_url = None;
        let proxy = own.as_ref().unwrap_or(proxies).before(&config.cluster_url);
        let client = match proxy {
            Some(proxy) => behind(&proxy, &config),
            None => ClientBuilder::try_from(config)
                .map(|it| it.with_layer(&FilterLayer::new(permitted)).with_layer(&AndThenLayer::new(kept_time)).build()),
        };
        Ok(Self { client: client.map_err(|err| ContextError::unreadable(&of_kube(&err).reason))?, context })
    }

    /// Asks for an object, a list or a log.
    pub(super) async fn get(&self, question: &Question, idle_timeout: Duration, sink: Sink<'_>) -> Result<u16, AskFault> {
        let path = question.cluster_path().ok_or_else(|| AskFault::new(FaultKind::Permanent, "this is not asked of the cluster"))?;
        let accept = match question {
            Question::Objects { kind, .. } if kind.taken() == ListSelection::NamesOnly => NAMES_ONLY,
            Question::Output { .. } => "*/*",
            _ => "application/json",
        };
        let request = Request::get(path).header(http::header::ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|err| AskFault::of_error(FaultKind::Permanent, &err))?;
        let response = within(idle_timeout, self.client.send(request)).await?.map_err(|err| of_kube(&err))?;
        receive(response, idle_timeout, sink).await
    }

    /// Runs a command in Echonet's container.
    pub(super) async fn run(
        &self,
        namespace: &str,
        pod: &str,
        command: &VolumeCommand,
        idle_timeout: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, AskFault> {
        const BUFFER: usize = 64 * 1024;
        let cut = || AskFault::new(FaultKind::Transient, "the connection ended before the command did");
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let parameters = AttachParams::default().container("echonet").stdin(false).stderr(true).max_stdout_buf_size(BUFFER);
        let started = within(idle_timeout, api.exec(pod, command.arguments(), &parameters)).await?;
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
                    read = output.read(&mut buffer) => CommandEvent::Output(read),
                    status = &mut status, if ended.is_none() => CommandEvent::Status(status),
                }
            };
            match within(idle_timeout, next).await? {
                CommandEvent::Status(status) => ended = Some(status.ok_or_else(cut)?),
                CommandEvent::Output(read) => match read.map_err(|err| AskFault::of_error(FaultKind::Transient, &err))? {
                    0 => break,
                    read if sink(buffer.get(..read).unwrap_or_default()) == Flow::Stop => return Ok(0),
                    _ => {}
                },
            }
        }
        let status = match ended {
            Some(status) => status,
            None => within(idle_timeout, status).await?.ok_or_else(cut)?,
        };
        if status.status.as_deref() == Some("Success") {
            return Ok(0);
        }
        let complaint = timeout(idle_timeout, complaint).await.ok().and_then(Result::ok).unwrap_or_default();
        let kind = if complaint.contains("No such file") { FaultKind::Absent } else { FaultKind::Permanent };
        let said = format!("{} {}", status.message.unwrap_or_default(), complaint.trim());
        Err(AskFault::new(kind, said.trim()))
    }

    /// Asks Echonet through the cluster.
    pub(super) async fn forward(
        &self,
        (namespace, pod, port): (&str, &str, u16),
        page: &EchonetPage,
        idle_timeout: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, AskFault> {
        let api: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        let opened = within(idle_timeout, api.portforward(pod, &[port])).await?;
        let mut forward = opened.map_err(|err| match of_opening(&err) {
            AskFault { kind: FaultKind::Permanent, status, reason, .. } => AskFault { status, ..AskFault::new(FaultKind::Shut, &reason) },
            fault => fault,
        })?;
        let (Some(stream), Some(error)) = (forward.take_stream(port), forward.take_error(port)) else {
            return Err(AskFault::new(FaultKind::Transient, "the port-forward has no stream"));
        };
        let exchange = async {
            let shaken = within(idle_timeout, hyper::client::conn::http1::handshake(TokioIo::new(stream))).await?;
            let (mut sender, connection) = shaken.map_err(|err| AskFault::of_error(FaultKind::Transient, &err))?;
            let connection = tokio::spawn(connection);
            check_web(Host::Echonet, &http::Method::GET, page.path()).map_err(|err| AskFault::of_error(FaultKind::Permanent, &err))?;
            let request = Request::get(page.path()).header(http::header::HOST, "echonet").body(Empty::<Bytes>::new());
            let request = request.map_err(|err| AskFault::of_error(FaultKind::Permanent, &err))?;
            let sent = within(idle_timeout, sender.send_request(request)).await?;
            let response = sent.map_err(|err| AskFault::of_error(FaultKind::Transient, &err))?;
            let done = receive(response, idle_timeout, sink).await;
            connection.abort();
            done
        };
        match exchange.await {
            Err(fault) if fault.status.is_none() => {
                // The cluster's own words, if it had any, say more than a closed stream. On a machine with much to do they come later.
                let said = timeout(idle_timeout.min(Duration::from_secs(2)), error).await.ok().flatten();
                Err(said.map_or_else(|| page.meaning(fault), |it| AskFault::new(FaultKind::Shut, &it)))
            }
            other => other.map_err(|it| page.meaning(it)),
        }
    }
}

/// A client whose every connection goes through a proxy, which sees where it leads and nothing else.
fn behind(proxy: &Intercept, config: &Config) -> Result<Client, kube::Error> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
    if let Some(credentials) = proxy.basic_auth() {
        tunnel = tunnel.with_auth(credentials.clone());
    }
    let client = HttpClient::builder(TokioExecutor::new()).build(config.rustls_https_connector_with_connector(tunnel)?);
    let service = ServiceBuilder::new()
        .layer(AndThenLayer::new(kept_time))
        .layer(FilterLayer::new(permitted))
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(client);
    Ok(ClientBuilder::new(service, config.default_namespace.clone()).build())
}

/// Reads a response to its end, or says what its status means.
async fn receive<B>(response: http::Response<B>, idle_timeout: Duration, sink: Sink<'_>) -> Result<u16, AskFault>
where
    B: hyper::body::Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    let status = response.status();
    if let Some(fault) = compressed(response.headers()) {
        return Err(fault);
    }
    let retry_after = retry_after(response.headers());
    let mut body = response.into_body();
    let mut page = Vec::new();
    while let Some(frame) = within(idle_timeout, body.frame()).await? {
        let frame = frame.map_err(|err| AskFault::new(FaultKind::Transient, &format!("the answer was cut off: {err}")))?;
        let Some(data) = frame.data_ref() else { continue };
        if !status.is_success() {
            page.extend_from_slice(data);
            if ERROR_PAGE_BYTES < page.len() {
                break;
            }
        } else if sink(data) == Flow::Stop {
            break;
        }
    }
    if status.is_success() {
        return Ok(status.as_u16());
    }
    Err(AskFault::of_status(status.as_u16(), &String::from_utf8_lossy(&page), retry_after))
}

/// Waits no longer than `idle_timeout` for the next sign of life.
pub(super) async fn within<T>(idle_timeout: Duration, answer: impl Future<Output = T>) -> Result<T, AskFault> {
    let silent = || AskFault::new(FaultKind::Transient, &format!("no data came for {} s", idle_timeout.as_secs_f32()));
    timeout(idle_timeout, answer).await.map_err(|_| silent())
}

fn of_kube(err: &kube::Error) -> AskFault {
    match err {
        kube::Error::Auth(err) => AskFault::new(FaultKind::Permanent, &of_sign_in(err)),
        kube::Error::Service(source) if source.is::<AuthError>() => {
            AskFault::new(FaultKind::Permanent, &source.downcast_ref().map_or_else(String::new, of_sign_in))
        }
        kube::Error::InferKubeconfig(err) => AskFault::new(FaultKind::Permanent, &of_kubeconfig(err)),
        kube::Error::RustlsTls(_) => {
            let reason = "the certificates or the key in the kubeconfig are not what TLS needs (their text is not shown)";
            AskFault::new(FaultKind::Permanent, reason)
        }
        kube::Error::Api(status) => AskFault::of_status(status.code, &status.message, None),
        kube::Error::UpgradeConnection(kube::client::UpgradeConnectionError::ProtocolSwitch(status)) => {
            AskFault::of_status(status.as_u16(), "", None)
        }
        kube::Error::Service(source) if source.is::<super::guard::Forbidden>() => AskFault::new(FaultKind::Permanent, &source.to_string()),
        kube::Error::Service(source) if source.is::<Throttled>() => match source.downcast_ref::<Throttled>() {
            Some(Throttled { status, retry_after }) => AskFault::of_status(*status, "", Some(*retry_after)),
            None => AskFault::of_error(FaultKind::Transient, err),
        },
        err => AskFault::of_error(FaultKind::Transient, err),
    }
}

/// A way into a pod that cannot be opened. That the pod is gone says nothing of what was to be read in it.
fn of_opening(err: &kube::Error) -> AskFault {
    match of_kube(err) {
        AskFault { kind: FaultKind::Absent, status, reason, .. } => {
            AskFault { status, ..AskFault::new(FaultKind::Gone, &format!("the pod cannot be reached: {reason}")) }
        }
        fault => fault,
    }
}
