//! The servers.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{AUTHORIZATION, CONNECTION, UPGRADE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use whysync::evidence::Timestamp;

use super::proxy::{CLUSTER_HOST, Manner, Ports, Proxy};
use super::{World, discovery, echonet, spdy};

pub(crate) const CLUSTER_TOKEN: &str = "canary-cluster-token-0123456789";
pub(crate) const LOGGING_TOKEN: &str = "ya29.canary-logging-token-0123456789";

/// Who makes trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TroubleTarget {
    Pods,
    /// Everything else that the cluster lists.
    Objects,
    Exec,
    Echonet,
    Mainnet,
    Logging,
    /// What containers wrote.
    Output,
}

/// What trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Slow(Duration),
    /// No connection.
    Refuse,
    Status(u16),
    /// 429 with `Retry-After` in seconds, until that time has passed; for each question apart.
    Throttled(u64),
    Hang,
    CutOff,
    /// The first answer to each question.
    CutOffOnce,
    /// Half of each file, and then the connection ends; the rest of a file is sent whole.
    CutMidway,
    /// Something comes all the time, and it never ends.
    Drip,
    Garbage,
    /// One line of nearly a mebibyte, of a shape that is looked at closely, in small parts.
    LongLine,
    /// Two gigabytes, made while they are sent.
    Oversized,
    /// Leads to this port of this machine.
    Redirect(u16),
    /// A port-forward is answered with this status.
    NoForward(u16),
    /// A frame that says that it is larger than any memory, and then nothing.
    HugeFrame,
    /// Echonet's pod is replaced when this has been asked so often.
    Replaced(u64),
    /// The same, and again each time that it has been asked so often, so many times.
    ReplacedTimes(u64, u64),
}

const AT_ITS_END: CloseFrame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::from_static("") };
const PART: usize = 1024 * 1024;
const PARTS: usize = 2048;

/// A running simulation of a deployment; it ends when this is dropped.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    /// Mainnet and Cloud Logging.
    pub(crate) plain_url: String,
    /// Echonet, where somebody has forwarded it.
    pub(crate) echonet_url: String,
    state: Arc<ServerState>,
    ports: Ports,
    runtime: tokio::runtime::Runtime,
}

pub(super) struct ServerState {
    pub(super) world: World,
    troubles: Vec<(TroubleTarget, Trouble)>,
    asked: Mutex<Vec<String>>,
    /// When each question was first asked.
    first: Mutex<BTreeMap<String, Instant>>,
    /// Bodies of the questions for log entries.
    queries: Mutex<Vec<Value>>,
    count: AtomicU64,
    /// How often Echonet's pod was replaced.
    replaced: AtomicU64,
    sent: AtomicU64,
    was_asked: Condvar,
}

/// A body in parts.
pub(super) enum Parts {
    Ready(VecDeque<Bytes>),
    /// One part, which is sent, and then the end of the connection.
    CutOff(u8),
    /// So many parts are still to be made.
    Endless(usize, Arc<ServerState>),
}

impl hyper::body::Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(match &mut *self {
            Self::Ready(parts) => parts.pop_front().map(|it| Ok(Frame::data(it))),
            Self::CutOff(step) => {
                *step += 1;
                match step {
                    1 => Some(Ok(Frame::data(Bytes::from_static(b"{\"items\":[")))),
                    2 => {
                        // Time to send what there is.
                        context.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                    _ => Some(Err(io::Error::other("cut off"))),
                }
            }
            Self::Endless(0, _) => None,
            Self::Endless(left, state) => {
                *left -= 1;
                state.sent.fetch_add(PART as u64, Ordering::Relaxed);
                Some(Ok(Frame::data(Bytes::from(vec![b' '; PART]))))
            }
        })
    }
}

pub(super) type ServerResponse = Response<Parts>;

pub(super) fn answer(status: u16, text: impl Into<Bytes>) -> ServerResponse {
    let mut answer = Response::new(Parts::Ready(VecDeque::from([text.into()])));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer.headers_mut().insert(hyper::header::CONTENT_TYPE, "application/json".parse().expect("a header"));
    answer
}

impl Rig {
    pub(crate) fn start(world: World, trouble: Option<(TroubleTarget, Trouble)>) -> Self {
        Self::start_with(world, &trouble.into_iter().collect::<Vec<_>>())
    }

    pub(crate) fn start_with(world: World, troubles: &[(TroubleTarget, Trouble)]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let state = Arc::new(ServerState {
            world,
            troubles: troubles.to_vec(),
            asked: Mutex::default(),
            was_asked: Condvar::new(),
            first: Mutex::default(),
            queries: Mutex::default(),
            count: AtomicU64::new(0),
            replaced: AtomicU64::new(0),
            sent: AtomicU64::new(0),
        });
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned(), CLUSTER_HOST.to_owned()]).expect("a certificate");
        let certificate = made.cert.pem();
        let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let tls = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("a configuration");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        let listen = || runtime.block_on(async { TcpListener::bind("127.0.0.1:0").await.expect("a port") });
        let (secure, plain, forwarded) = (listen(), listen(), listen());
        let port = |it: &TcpListener| it.local_addr().expect("an address").port();
        let (secure_port, plain_port, forwarded_port) = (port(&secure), port(&plain), port(&forwarded));
        let of_cluster = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = secure.accept().await {
                let (acceptor, state) = (acceptor.clone(), Arc::clone(&of_cluster));
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(move |request| cluster(Arc::clone(&state), request));
                    let _ =
                        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
                });
            }
        });
        let of_plain = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = plain.accept().await {
                tokio::spawn(serve_plain(Arc::clone(&of_plain), stream));
            }
        });
        let of_forwarded = Arc::clone(&state);
        runtime.spawn(async move {
            while let Ok((stream, _)) = forwarded.accept().await {
                tokio::spawn(echonet::serve(Arc::clone(&of_forwarded), stream));
            }
        });
        let folder = tempfile::tempdir().expect("a folder");
        write_home(folder.path(), secure_port, &certificate);
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let ports = Ports { cluster: secure_port, plain: plain_port, echonet: forwarded_port };
        Self { folder, plain_url: url(plain_port), echonet_url: url(forwarded_port), state, ports, runtime }
    }

    /// A proxy before the deployment.
    pub(crate) fn proxy(&self, manner: Manner) -> Proxy {
        Proxy::start(&self.runtime, self.ports, manner)
    }

    /// Lets the kubeconfig name the cluster so that only the proxy finds it.
    pub(crate) fn hide_cluster(&self) {
        let path = self.folder.path().join("kubeconfig");
        let kubeconfig = std::fs::read_to_string(&path).expect("a file");
        let hidden = kubeconfig.replace(&format!("localhost:{}", self.ports.cluster), CLUSTER_HOST);
        std::fs::write(path, hidden).expect("a file");
    }

    /// Runs the program against the deployment.
    pub(crate) fn run(&self, arguments: &[&str]) -> std::process::Output {
        // Only who waits in vain should not wait for long: a busy machine is slow.
        let patience = if self.state.troubles.iter().any(|(_, it)| *it == Trouble::Hang) { 600 } else { 6000 };
        self.command(arguments, patience).output().expect("it runs")
    }

    /// The program against the deployment, waiting so many milliseconds for a sign of life.
    pub(crate) fn command(&self, arguments: &[&str], patience: u64) -> std::process::Command {
        // Nobody listens on the first port.
        let closed = "http://127.0.0.1:1".to_owned();
        let url = |it| if self.state.trouble(it) == Some(Trouble::Refuse) { &closed } else { &self.plain_url };
        let urls = ["--feeder-url", url(TroubleTarget::Mainnet), "--logging-url", url(TroubleTarget::Logging), "--log-pause", "0s"];
        // Who lists resyncs or fixes asks neither.
        let asks_neither = arguments.first().is_some_and(|it| ["episodes", "deployed"].contains(it));
        let urls = if asks_neither { &[] } else { urls.as_slice() };
        self.in_cluster(&[arguments, urls].concat(), patience)
    }

    /// Runs the program against the cluster alone.
    pub(crate) fn run_in_cluster(&self, arguments: &[&str]) -> std::process::Output {
        self.in_cluster(arguments, 6000).output().expect("it runs")
    }

    fn in_cluster(&self, arguments: &[&str], patience: u64) -> std::process::Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_whysync"));
        command.args(arguments).args(["--idle-timeout", &format!("{patience}ms")]);
        command
    }

    /// A program at home in the rig's folder.
    pub(crate) fn program(&self, program: &str) -> std::process::Command {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = std::process::Command::new(program);
        command
            .env_remove("RUST_BACKTRACE")
            .env("KUBECONFIG", self.folder.path().join("kubeconfig"))
            .env("HOME", self.folder.path())
            .env("PATH", path)
            .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .current_dir(self.folder.path());
        command
    }

    /// What the logs were asked for.
    pub(crate) fn log_queries(&self) -> Vec<Value> {
        self.state.queries.lock().expect("no panic").clone()
    }

    /// How many bytes of what is [`Trouble::Oversized`] were sent.
    pub(crate) fn oversized_bytes(&self) -> u64 {
        self.state.sent.load(Ordering::Relaxed)
    }

    /// Waits until what was asked satisfies this.
    pub(crate) fn wait_until(&self, is_enough: impl Fn(&[String]) -> bool) {
        let asked = self.state.asked.lock().expect("no panic");
        let longest = Duration::from_secs(60);
        let (asked, _) = self.state.was_asked.wait_timeout_while(asked, longest, |it| !is_enough(it)).expect("no panic");
        assert!(is_enough(&asked), "only this was asked: {asked:#?}");
    }

    /// Everything that was asked.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state.asked.lock().expect("no panic").clone()
    }
}

/// A home folder: how to reach the cluster, and a `gcloud` that knows a token.
fn write_home(folder: &std::path::Path, port: u16, certificate: &str) {
    use std::os::unix::fs::PermissionsExt;

    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": format!("https://localhost:{port}"), "certificate-authority": folder.join("ca.pem")}}],
        "users": [{"name": "u", "user": {"token": CLUSTER_TOKEN}}],
        "contexts": [{"name": "gke_test-project_here_sequencer-dev", "context": {"cluster": "c", "user": "u"}}],
    });
    std::fs::write(folder.join("ca.pem"), certificate).expect("a file");
    std::fs::write(folder.join("kubeconfig"), kubeconfig.to_string()).expect("a file");
    let gcloud = folder.join("gcloud");
    std::fs::write(&gcloud, format!("#!/bin/sh\necho {LOGGING_TOKEN}\n")).expect("a file");
    std::fs::set_permissions(&gcloud, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}

async fn serve_plain(state: Arc<ServerState>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(move |request| plain(Arc::clone(&state), request));
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl ServerState {
    /// Notes what the logs were asked for; the URL does not tell.
    fn note_query(&self, query: &Value) {
        self.queries.lock().expect("no panic").push(query.clone());
    }

    fn note(&self, request: &Request<Incoming>) {
        self.note_as(request, "");
    }

    /// Notes a request with who was asked.
    pub(super) fn note_as(&self, request: &Request<Incoming>, who: &str) {
        self.asked.lock().expect("no panic").push(format!("{} {}{who}", request.method(), request.uri()));
        self.was_asked.notify_all();
    }

    fn trouble(&self, target: TroubleTarget) -> Option<Trouble> {
        self.troubles.iter().find(|(it, _)| *it == target).map(|(_, it)| *it)
    }

    /// Whether this is the first time that `question` is asked.
    fn is_first(&self, question: &str) -> bool {
        let mut first = self.first.lock().expect("no panic");
        let is_new = !first.contains_key(question);
        first.entry(question.to_owned()).or_insert_with(Instant::now);
        is_new
    }

    /// A refusal by status, if that is the trouble.
    fn refusal(&self, target: TroubleTarget, question: &str) -> Option<ServerResponse> {
        const WORDS: &str = "no, and Authorization: Bearer canary-in-error-0123456789";
        match self.trouble(target)? {
            Trouble::Status(status) => Some(answer(status, json!({"kind": "Status", "code": status, "message": WORDS}).to_string())),
            Trouble::Redirect(port) => {
                let mut elsewhere = answer(307, WORDS);
                let place = format!("http://127.0.0.1:{port}/elsewhere");
                elsewhere.headers_mut().insert(hyper::header::LOCATION, place.parse().expect("a header"));
                Some(elsewhere)
            }
            Trouble::Throttled(seconds) => {
                self.is_first(question);
                let first = self.first.lock().expect("no panic").get(question).copied();
                let is_over = first.is_some_and(|it| Duration::from_secs(seconds) <= it.elapsed());
                (!is_over).then(|| {
                    let mut refused = answer(429, WORDS);
                    refused.headers_mut().insert(hyper::header::RETRY_AFTER, seconds.to_string().parse().expect("a header"));
                    refused
                })
            }
            _ => None,
        }
    }

    /// Lets the trouble of a target happen, or gives the right answer.
    pub(super) async fn troubled(
        self: &Arc<Self>,
        target: TroubleTarget,
        question: &str,
        right: ServerResponse,
    ) -> io::Result<ServerResponse> {
        if let Some(refused) = self.refusal(target, question) {
            return Ok(refused);
        }
        let cut_off = || Response::new(Parts::CutOff(0));
        Ok(match self.trouble(target) {
            Some(Trouble::Refuse) => return Err(io::Error::other("refused")),
            Some(Trouble::Slow(time)) => {
                tokio::time::sleep(time).await;
                right
            }
            Some(Trouble::Hang | Trouble::Drip) => std::future::pending().await,
            Some(Trouble::CutOff | Trouble::CutMidway) => cut_off(),
            Some(Trouble::CutOffOnce) if self.is_first(question) => cut_off(),
            Some(Trouble::Garbage) => answer(200, Bytes::from_static(b"\x00\xff<<<garbage api_key=canary-in-garbage-0123456789")),
            Some(Trouble::LongLine) => {
                let line = "POST /v2/aaaaaaaaaaaaaaaaaaaa ".repeat(800 * 1024 / 30);
                Response::new(Parts::Ready(line.as_bytes().chunks(1400).map(Bytes::copy_from_slice).collect()))
            }
            Some(Trouble::Oversized) => Response::new(Parts::Endless(PARTS, Arc::clone(self))),
            _ => right,
        })
    }

    /// What the pod of Echonet is called by now, and what it is not called any more.
    fn echonet_pod(&self) -> (String, Option<String>) {
        let name = self.world.echonet_pod();
        match usize::try_from(self.replaced.load(Ordering::Relaxed)) {
            Ok(times @ 1..) => (format!("{name}{}", "-next".repeat(times)), Some(name)),
            _ => (name, None),
        }
    }

    /// The answer to whoever asks for a pod that is no longer there.
    fn gone(&self, target: TroubleTarget, path: &str) -> Option<ServerResponse> {
        let often = match self.trouble(target) {
            Some(Trouble::Replaced(after)) => Some((after, 1)),
            Some(Trouble::ReplacedTimes(after, times)) => Some((after, times)),
            _ => None,
        };
        if let Some((after, times)) = often {
            let replaced = self.count.fetch_add(1, Ordering::Relaxed) / after;
            self.replaced.fetch_max(replaced.min(times), Ordering::Relaxed);
        }
        let pod = path.split('/').nth(6)?;
        let is_gone = pod.starts_with(&self.world.echonet_pod()) && pod != self.echonet_pod().0;
        is_gone.then(|| answer(404, json!({"kind": "Status", "code": 404, "message": format!("pods \"{pod}\" not found")}).to_string()))
    }
}

/// Mainnet and Cloud Logging.
async fn plain(state: Arc<ServerState>, request: Request<Incoming>) -> Result<ServerResponse, io::Error> {
    state.note(&request);
    let found = |it: Option<&String>| it.map_or_else(|| answer(404, ""), |it| answer(200, it.clone()));
    let path = request.uri().path_and_query().map(|it| it.as_str().to_owned()).unwrap_or_default();
    let world = &state.world;
    if path == "/v2/entries:list" {
        let header = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok()).map(str::to_owned);
        if header != Some(format!("Bearer {LOGGING_TOKEN}")) {
            return Ok(answer(401, "wrong token"));
        }
        let body = http_body_util::BodyExt::collect(request.into_body()).await.map_err(io::Error::other)?.to_bytes();
        let query: Value = serde_json::from_slice(&body)?;
        state.note_query(&query);
        return state.troubled(TroubleTarget::Logging, &query.to_string(), answer(200, entries(world, &query).to_string())).await;
    }
    if path.starts_with("/feeder_gateway/") {
        return state.troubled(TroubleTarget::Mainnet, &path, found(world.mainnet.get(&path))).await;
    }
    Ok(answer(404, ""))
}

/// A page of those entries that the filter wants.
fn entries(world: &World, query: &Value) -> Value {
    const PAGE: usize = 100;
    let filter = query["filter"].as_str().unwrap_or_default();
    let bound = |name: &str| filter.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    let from: Timestamp = bound("timestamp>=").expect("a beginning");
    let (until, before) = (bound("timestamp<="), bound("timestamp<"));
    let until: Timestamp = until.or(before.map(|it| it.plus_millis(-1))).expect("an end");
    let container = |it: &Value| it["resource"]["labels"]["container_name"].as_str().unwrap_or_default().to_owned();
    let is_asked = |it: &Value| match filter.contains("container_name=\"echonet\"") {
        true => container(it) == "echonet",
        false => filter.contains("container_name=~\"^sequencer-\"") && container(it).starts_with("sequencer-"),
    };
    let wanted = world.entries.iter().filter(|(at, it)| (from..=until).contains(at) && is_asked(it)).map(|(_, it)| it);
    let start: usize = query["pageToken"].as_str().map_or(0, |it| it.parse().expect("our own token"));
    let page: Vec<&Value> = wanted.clone().skip(start).take(PAGE).collect();
    let own = wanted.count();
    let filler = if filter.contains("container_name=\"echonet\"") { world.filler / FILLER } else { 0 };
    let (page, next) = match own.checked_sub(start) {
        Some(1..) => (json!(page), (start + PAGE).min(own)),
        _ => {
            let numbers = start..(start + 10 * PAGE).min(own + filler);
            let at = world.entries.last().map_or(until, |(at, _)| *at);
            (numbers.clone().map(|it| nothing(it, at)).collect(), numbers.end)
        }
    };
    match next < own + filler {
        true => json!({"entries": page, "nextPageToken": next.to_string()}),
        false => json!({"entries": page}),
    }
}

/// About as many bytes as an entry has.
const FILLER: usize = 690;

/// An entry that says nothing.
fn nothing(number: usize, at: Timestamp) -> Value {
    json!({
        "insertId": format!("filler{number:010}"), "labels": {"k8s-pod/app": "echonet", "compute.googleapis.com/resource_name": "gke-pool-1"},
        "logName": "projects/test-project/logs/stdout", "receiveTimestamp": at, "severity": "INFO", "timestamp": at,
        "resource": {"type": "k8s_container", "labels": {
            "cluster_name": "c", "container_name": "echonet", "location": "us-central1", "namespace_name": "n", "pod_name": "echonet-0"}},
        "textPayload": format!("[INFO] [echonet.transaction_sender] Forwarded tx 0x{number:063x} block_number=9775921 source_ms=1774753439388 sender=0x{:063x} status=200", number * 7),
    })
}

async fn cluster(state: Arc<ServerState>, mut request: Request<Incoming>) -> Result<ServerResponse, io::Error> {
    state.note(&request);
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    if header(AUTHORIZATION) != Some(format!("Bearer {CLUSTER_TOKEN}")) {
        return Ok(answer(401, json!({"kind": "Status", "code": 401, "message": "Unauthorized"}).to_string()));
    }
    let path = request.uri().path().to_owned();
    let whole = request.uri().to_string();
    let accept = header(hyper::header::ACCEPT).unwrap_or_default();
    if let Some(found) = discovery::answer_to(&path) {
        return Ok(answer(200, found.to_string()));
    }
    let of_namespace = |group: &str| path.strip_prefix(&format!("{group}/namespaces/{}", state.world.namespace)).map(str::to_owned);
    if let Some(kind) = of_namespace("/apis/apps/v1") {
        let kind = kind.trim_start_matches('/');
        let list = state.world.objects.get(kind).cloned().unwrap_or_else(|| json!({"items": []}));
        let list = discovery::typed(kind, &accept, list);
        return state.troubled(TroubleTarget::Objects, &whole, answer(200, list.to_string())).await;
    }
    let Some(rest) = of_namespace("/api/v1") else {
        let names = json!({"items": [{"metadata": {"name": state.world.namespace}}, {"metadata": {"name": "kube-system"}}]});
        return Ok(match path.as_str() {
            "/api/v1/namespaces" => answer(200, names.to_string()),
            _ => answer(404, json!({"kind": "Status", "code": 404, "message": "not found"}).to_string()),
        });
    };
    let (pod, gone) = state.echonet_pod();
    let renamed = |text: String| gone.as_ref().map_or(text.clone(), |it| text.replace(&format!("\"{it}\""), &format!("\"{pod}\"")));
    let target = match rest.as_str() {
        "" => return Ok(answer(200, json!({"metadata": {"name": state.world.namespace}}).to_string())),
        "/pods" => return state.troubled(TroubleTarget::Pods, &whole, answer(200, renamed(state.world.pods.to_string()))).await,
        it if it.ends_with("/exec") => TroubleTarget::Exec,
        it if it.ends_with("/portforward") => TroubleTarget::Echonet,
        it if it.ends_with("/log") => {
            let right = state.world.output(it.split('/').nth(2).unwrap_or_default(), request.uri().query().unwrap_or_default());
            return state.troubled(TroubleTarget::Output, &whole, answer(200, right)).await;
        }
        it => {
            let path = it.trim_start_matches('/');
            let found = state.world.objects.get(path).cloned().or_else(|| state.world.pod(path.strip_prefix("pods/")?));
            let right = found.map(|it| answer(200, discovery::typed(path, &accept, it).to_string())).unwrap_or_else(|| answer(404, ""));
            return state.troubled(TroubleTarget::Objects, &whole, right).await;
        }
    };
    if let Some(gone) = state.gone(target, &path) {
        return Ok(gone);
    }
    if target == TroubleTarget::Exec {
        if let Some(refused) = state.refusal(target, &whole) {
            return Ok(refused);
        }
        if state.trouble(target) == Some(Trouble::Refuse) {
            return Err(io::Error::other("refused"));
        }
    }
    if let (TroubleTarget::Echonet, Some(Trouble::NoForward(status))) = (target, state.trouble(target)) {
        return Ok(answer(status, json!({"kind": "Status", "code": status, "message": "no port is forwarded"}).to_string()));
    }
    let protocols = header(hyper::header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let is_tunnel = protocols.contains(spdy::PROTOCOL);
    let protocol = if is_tunnel { spdy::PROTOCOL } else { "v5.channel.k8s.io" };
    let key = header(hyper::header::SEC_WEBSOCKET_KEY).unwrap_or_default();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        match target {
            TroubleTarget::Exec => exec(&state, &query, socket).await,
            _ if is_tunnel => spdy::tunnel(state, socket).await,
            _ => forward(state, socket).await,
        }
    });
    let mut switch = answer(101, "");
    let headers = switch.headers_mut();
    headers.insert(CONNECTION, "Upgrade".parse().expect("a header"));
    headers.insert(UPGRADE, "websocket".parse().expect("a header"));
    headers.insert(hyper::header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()).parse().expect("a header"));
    headers.insert(hyper::header::SEC_WEBSOCKET_PROTOCOL, protocol.parse().expect("a header"));
    *switch.body_mut() = Parts::Ready(VecDeque::new());
    Ok(switch)
}

/// Runs `ls` and `cat` on the simulated volume, and nothing else.
async fn exec<S: AsyncRead + AsyncWrite + Unpin>(state: &ServerState, query: &str, mut socket: WebSocketStream<S>) {
    let decode = |it: &str| it.replace("%2F", "/").replace("%2f", "/").replace('+', " ");
    let words: Vec<String> = query.split('&').filter_map(|it| it.strip_prefix("command=")).map(decode).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let files = &state.world.files;
    if let ["tar", "cf", "-", path] = words.as_slice() {
        let path = path.trim_start_matches('/');
        let content = path.strip_prefix("data/echonet/").and_then(|it| files.get(it)).cloned().unwrap_or_default();
        let _ = socket.send(Message::binary([&[1], archive(path, content.as_bytes()).as_slice()].concat())).await;
        let _ = socket.send(Message::binary([&[3], json!({"status": "Success"}).to_string().as_bytes()].concat())).await;
        let _ = socket.close(Some(AT_ITS_END)).await;
        return;
    }
    let found = match words.as_slice() {
        ["ls", "/data/echonet"] => {
            let names: std::collections::BTreeSet<&str> = files.keys().filter_map(|it| it.split('/').next()).collect();
            Some(names.into_iter().map(|it| format!("{it}\n")).collect())
        }
        ["ls", folder] => {
            let folder = folder.strip_prefix("/data/echonet/").unwrap_or_default();
            Some(files.keys().filter_map(|it| it.strip_prefix(folder)?.strip_prefix('/')).map(|it| format!("{it}\n")).collect())
        }
        ["cat", path] => files.get(path.strip_prefix("/data/echonet/").unwrap_or_default()).cloned(),
        ["stat", _, path] => files.get(path.strip_prefix("/data/echonet/").unwrap_or_default()).map(|it| format!("{} {path}\n", it.len())),
        _ => None,
    };
    let framed = |channel: u8, bytes: &[u8]| Message::binary([&[channel], bytes].concat());
    let trouble = state.trouble(TroubleTarget::Exec);
    let is_cut = trouble == Some(Trouble::CutOff) || (trouble == Some(Trouble::CutOffOnce) && state.is_first(query));
    match trouble {
        Some(Trouble::Slow(time)) => tokio::time::sleep(time).await,
        Some(Trouble::Hang) => std::future::pending().await,
        Some(Trouble::Oversized) => {
            let part = framed(1, &vec![b' '; PART]);
            for _ in 0..PARTS {
                state.sent.fetch_add(PART as u64, Ordering::Relaxed);
                if socket.send(part.clone()).await.is_err() {
                    return;
                }
            }
        }
        _ if is_cut => {
            let text = found.unwrap_or_default();
            let _ = socket.send(framed(1, text.as_bytes().get(..7).unwrap_or_default())).await;
            return;
        }
        Some(Trouble::CutMidway) if words.first() == Some(&"cat") && state.is_first(query) => {
            let text = found.unwrap_or_default();
            let _ = socket.send(framed(1, &text.as_bytes()[..text.len() / 2])).await;
            return;
        }
        Some(Trouble::HugeFrame) => return huge_frame(socket).await,
        Some(Trouble::Drip) => {
            while socket.send(framed(1, b".")).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            return;
        }
        _ => {}
    }
    let (text, status) = match (trouble, found) {
        (Some(Trouble::Garbage), _) => ("\u{0}<<garbage>>\n".to_owned(), json!({"status": "Success"})),
        (_, Some(text)) => (text, json!({"status": "Success"})),
        (_, None) => {
            let _ = socket.send(framed(2, b"cat: No such file or directory")).await;
            (String::new(), json!({"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated with exit code 1"}))
        }
    };
    for part in text.as_bytes().chunks(32 * 1024) {
        if socket.send(framed(1, part)).await.is_err() {
            return;
        }
    }
    let _ = socket.send(framed(3, status.to_string().as_bytes())).await;
    let _ = socket.close(Some(AT_ITS_END)).await;
}

/// The beginning of a binary frame of 2^62 bytes.
async fn huge_frame<S: AsyncRead + AsyncWrite + Unpin>(mut socket: WebSocketStream<S>) {
    let head = [&[0x82, 127][..], &(1_u64 << 62).to_be_bytes(), &[1; 4096]].concat();
    let _ = socket.get_mut().write_all(&head).await;
    std::future::pending().await
}

/// Carries bytes between the socket and Echonet.
async fn forward<S: AsyncRead + AsyncWrite + Unpin>(state: Arc<ServerState>, socket: WebSocketStream<S>) {
    if state.trouble(TroubleTarget::Echonet) == Some(Trouble::HugeFrame) {
        return huge_frame(socket).await;
    }
    const PORT: [u8; 2] = 80_u16.to_le_bytes();
    const REFUSED: &[u8] = b"error forwarding port 80 to pod e, uid : exit status 1: connect: Connection refused";
    let (mut sink, mut source) = socket.split();
    for channel in [0, 1] {
        let _ = sink.send(Message::binary([&[channel], PORT.as_slice()].concat())).await;
    }
    if state.trouble(TroubleTarget::Echonet) == Some(Trouble::Refuse) {
        let _ = sink.send(Message::binary([&[1], REFUSED].concat())).await;
        let _ = sink.close().await;
        return;
    }
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(echonet::serve(state, far));
    let (mut read, mut write) = tokio::io::split(near);
    let to_client = async {
        let mut buffer = vec![0; 32 * 1024];
        while let Ok(count @ 1..) = read.read(&mut buffer).await {
            if sink.send(Message::binary([&[0], &buffer[..count]].concat())).await.is_err() {
                break;
            }
        }
        let _ = sink.close().await;
    };
    let to_echonet = async {
        while let Some(Ok(Message::Binary(bytes))) = source.next().await {
            if write.write_all(bytes.get(1..).unwrap_or_default()).await.is_err() {
                break;
            }
        }
    };
    tokio::join!(to_client, to_echonet);
}

/// An archive of one file, as `tar cf -` writes it.
fn archive(path: &str, content: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 512;
    let mut header = [0_u8; BLOCK];
    let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, path);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{:011o}\0", content.len()));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\0");
    put(263, "00");
    let sum: u32 = header.iter().map(|it| u32::from(*it)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = vec![0; content.len().next_multiple_of(BLOCK) - content.len() + 2 * BLOCK];
    [&header, content, &padding].concat()
}
