//! The servers.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

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
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use whysync::evidence::Timestamp;

use super::World;

pub(crate) const CLUSTER_TOKEN: &str = "canary-cluster-token-0123456789";
pub(crate) const LOGGING_TOKEN: &str = "ya29.canary-logging-token-0123456789";

/// Who makes trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Pods,
    Exec,
    Echonet,
    Mainnet,
    Logging,
}

/// What trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Slow(Duration),
    Status(u16),
    Hang,
    CutOff,
    /// Half of each file, and then the connection ends; the rest of a file is sent whole.
    CutMidway,
    /// Something comes all the time, and it never ends.
    Drip,
    Garbage,
    Oversized,
}

/// A running simulation of a deployment; it ends when this is dropped.
pub(crate) struct Rig {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) plain_url: String,
    state: Arc<State>,
    _runtime: tokio::runtime::Runtime,
}

struct State {
    world: World,
    trouble: Option<(Target, Trouble)>,
    asked: Mutex<Vec<String>>,
    was_asked: Condvar,
}

/// A body in parts; an error among them cuts it off.
struct Parts(VecDeque<io::Result<Bytes>>);

impl hyper::body::Body for Parts {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front().map(|it| it.map(Frame::data)))
    }
}

type Answer = Response<Parts>;

fn answer(status: u16, text: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Parts(VecDeque::from([Ok(text.into())])));
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status");
    answer
}

impl Rig {
    pub(crate) fn start(world: World, trouble: Option<(Target, Trouble)>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let state = Arc::new(State { world, trouble, asked: Mutex::default(), was_asked: Condvar::new() });
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
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
        let (secure, plain) = runtime.block_on(async {
            (TcpListener::bind("127.0.0.1:0").await.expect("a port"), TcpListener::bind("127.0.0.1:0").await.expect("a port"))
        });
        let port = |it: &TcpListener| it.local_addr().expect("an address").port();
        let (secure_port, plain_port) = (port(&secure), port(&plain));
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
        let folder = tempfile::tempdir().expect("a folder");
        write_home(folder.path(), secure_port, &certificate);
        Self { folder, plain_url: format!("http://127.0.0.1:{plain_port}"), state, _runtime: runtime }
    }

    /// Runs the program against the deployment.
    pub(crate) fn run(&self, arguments: &[&str]) -> std::process::Output {
        self.command(arguments, 600).output().expect("it runs")
    }

    /// The program against the deployment, waiting so many milliseconds for a sign of life.
    pub(crate) fn command(&self, arguments: &[&str], patience: u64) -> std::process::Command {
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_whysync"));
        command
            .args(arguments)
            .args(["--feeder-url", &self.plain_url, "--logging-url", &self.plain_url, "--log-pause-ms", "0"])
            .args(["--timeout-ms", &patience.to_string()])
            .env("KUBECONFIG", self.folder.path().join("kubeconfig"))
            .env("HOME", self.folder.path())
            .env("PATH", path)
            .env_remove("GOOGLE_APPLICATION_CREDENTIALS")
            .current_dir(self.folder.path());
        command
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

async fn serve_plain(state: Arc<State>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(move |request| plain(Arc::clone(&state), request));
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl State {
    fn note(&self, request: &Request<Incoming>) {
        self.asked.lock().expect("no panic").push(format!("{} {}", request.method(), request.uri()));
        self.was_asked.notify_all();
    }

    /// Lets the trouble of a target happen, or gives the right answer.
    async fn troubled(&self, target: Target, right: Answer) -> Answer {
        match self.trouble.filter(|(it, _)| *it == target).map(|(_, it)| it) {
            None => right,
            Some(Trouble::Slow(time)) => {
                tokio::time::sleep(time).await;
                right
            }
            Some(Trouble::Status(status)) => answer(status, "no, and Authorization: Bearer canary-in-error-0123456789"),
            Some(Trouble::Hang | Trouble::Drip) => std::future::pending().await,
            Some(Trouble::CutOff | Trouble::CutMidway) => {
                Response::new(Parts(VecDeque::from([Ok(Bytes::from_static(b"{\"items\":[")), Err(io::Error::other("cut off"))])))
            }
            Some(Trouble::Garbage) => answer(200, Bytes::from_static(b"\x00\xff<<<garbage api_key=canary-in-garbage-0123456789")),
            Some(Trouble::Oversized) => {
                let part = Bytes::from(vec![b' '; 1024 * 1024]);
                Response::new(Parts((0..4).map(|_| Ok(part.clone())).collect()))
            }
        }
    }
}

/// Mainnet, Cloud Logging, and Echonet at the end of a port-forward.
async fn plain(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, io::Error> {
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
        return Ok(state.troubled(Target::Logging, answer(200, entries(world, &query).to_string())).await);
    }
    if path.starts_with("/feeder_gateway/") {
        return Ok(state.troubled(Target::Mainnet, found(world.mainnet.get(&path))).await);
    }
    let right = match path.split_once('?') {
        None if path == "/echonet/report" => answer(200, world.report.clone()),
        Some(("/echonet/block_dump", query)) => {
            let of = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
            let block: u64 = of("blockNumber").and_then(|it| it.parse().ok()).unwrap_or_default();
            found(world.dumps.iter().find(|((height, kind), _)| *height == block && Some(*kind) == of("kind")).map(|(_, it)| it))
        }
        _ => answer(404, ""),
    };
    Ok(state.troubled(Target::Echonet, right).await)
}

/// A page of those entries that the filter wants.
fn entries(world: &World, query: &Value) -> Value {
    const PAGE: usize = 100;
    let filter = query["filter"].as_str().unwrap_or_default();
    let bound = |name: &str| filter.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix('"')?.strip_suffix('"')?.parse().ok());
    let (from, until) = (bound("timestamp>=").expect("a beginning"), bound("timestamp<=").expect("an end"));
    let is_echonet = filter.contains("container_name=\"echonet\"");
    let wanted = world.entries.iter().filter(|(at, _)| is_echonet && (from..=until).contains(at)).map(|(_, it)| it);
    let start: usize = query["pageToken"].as_str().map_or(0, |it| it.parse().expect("our own token"));
    let page: Vec<&Value> = wanted.clone().skip(start).take(PAGE).collect();
    let own = wanted.count();
    let filler = if is_echonet { world.filler / FILLER } else { 0 };
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

async fn cluster(state: Arc<State>, mut request: Request<Incoming>) -> Result<Answer, io::Error> {
    state.note(&request);
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned);
    if header(AUTHORIZATION) != Some(format!("Bearer {CLUSTER_TOKEN}")) {
        return Ok(answer(401, json!({"kind": "Status", "code": 401, "message": "Unauthorized"}).to_string()));
    }
    let path = request.uri().path().to_owned();
    let base = format!("/api/v1/namespaces/{}", state.world.namespace);
    let empty = json!({"items": []}).to_string();
    let Some(rest) = path.strip_prefix(&base) else {
        let names = json!({"items": [{"metadata": {"name": state.world.namespace}}, {"metadata": {"name": "kube-system"}}]});
        return Ok(match path.as_str() {
            "/api/v1/namespaces" => answer(200, names.to_string()),
            it if it.starts_with("/apis/apps/v1/namespaces/") => answer(200, empty),
            _ => answer(404, json!({"kind": "Status", "code": 404, "message": "not found"}).to_string()),
        });
    };
    let target = match rest {
        "" => return Ok(answer(200, json!({"metadata": {"name": state.world.namespace}}).to_string())),
        "/pods" => return Ok(state.troubled(Target::Pods, answer(200, state.world.pods.to_string())).await),
        "/configmaps" => return Ok(answer(200, state.world.config_maps.to_string())),
        "/services" | "/events" => return Ok(answer(200, empty)),
        it if it.ends_with("/exec") => Target::Exec,
        it if it.ends_with("/portforward") => Target::Echonet,
        it if it.ends_with("/log") => return Ok(answer(200, "2026-01-02T03:04:05.000000001Z [INFO] [echonet.flask] from the kubelet\n")),
        _ => return Ok(answer(404, "")),
    };
    if let (Target::Exec, Some((Target::Exec, Trouble::Status(status)))) = (target, state.trouble) {
        return Ok(answer(status, json!({"kind": "Status", "code": status, "message": "no"}).to_string()));
    }
    let key = header(hyper::header::SEC_WEBSOCKET_KEY).unwrap_or_default();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let Ok(upgraded) = upgraded.await else { return };
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        match target {
            Target::Exec => exec(&state, &query, socket).await,
            _ => forward(state, socket).await,
        }
    });
    let mut switch = answer(101, "");
    let headers = switch.headers_mut();
    headers.insert(CONNECTION, "Upgrade".parse().expect("a header"));
    headers.insert(UPGRADE, "websocket".parse().expect("a header"));
    headers.insert(hyper::header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key.as_bytes()).parse().expect("a header"));
    headers.insert(hyper::header::SEC_WEBSOCKET_PROTOCOL, "v5.channel.k8s.io".parse().expect("a header"));
    *switch.body_mut() = Parts(VecDeque::new());
    Ok(switch)
}

/// Runs `ls` and `cat` on the simulated volume, and nothing else.
async fn exec<S: AsyncRead + AsyncWrite + Unpin>(state: &State, query: &str, mut socket: WebSocketStream<S>) {
    let decode = |it: &str| it.replace("%2F", "/").replace("%2f", "/").replace('+', " ");
    let words: Vec<String> = query.split('&').filter_map(|it| it.strip_prefix("command=")).map(decode).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let files = &state.world.files;
    let found = match words.as_slice() {
        ["ls", "/data/echonet"] => {
            let mut names: Vec<&str> = files.keys().filter_map(|it| it.split('/').next()).collect();
            names.dedup();
            Some(names.join("\n") + "\n")
        }
        ["ls", folder] => {
            let folder = folder.strip_prefix("/data/echonet/").unwrap_or_default();
            Some(files.keys().filter_map(|it| it.strip_prefix(folder)?.strip_prefix('/')).map(|it| format!("{it}\n")).collect())
        }
        ["cat", path] => files.get(path.strip_prefix("/data/echonet/").unwrap_or_default()).cloned(),
        ["tail", "-c", from, path] => files.get(path.strip_prefix("/data/echonet/").unwrap_or_default()).map(|it| {
            let from: usize = from.trim_start_matches("%2B").parse().expect("a place");
            it.get(from - 1..).unwrap_or_default().to_owned()
        }),
        ["stat", _, path] => files.get(path.strip_prefix("/data/echonet/").unwrap_or_default()).map(|it| format!("{} {path}\n", it.len())),
        _ => None,
    };
    let framed = |channel: u8, bytes: &[u8]| Message::binary([&[channel], bytes].concat());
    let trouble = state.trouble.filter(|(it, _)| *it == Target::Exec).map(|(_, it)| it);
    match trouble {
        Some(Trouble::Slow(time)) => tokio::time::sleep(time).await,
        Some(Trouble::Hang) => std::future::pending().await,
        Some(Trouble::CutOff) => {
            let _ = socket.send(framed(1, b"blocks_")).await;
            return;
        }
        Some(Trouble::CutMidway) if words.first() == Some(&"cat") => {
            let text = found.unwrap_or_default();
            let _ = socket.send(framed(1, &text.as_bytes()[..text.len() / 2])).await;
            return;
        }
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
        (Some(Trouble::Oversized), _) => (" ".repeat(4 * 1024 * 1024), json!({"status": "Success"})),
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
    let _ = socket.close(None).await;
}

/// Carries bytes between the socket and Echonet.
async fn forward<S: AsyncRead + AsyncWrite + Unpin>(state: Arc<State>, socket: WebSocketStream<S>) {
    const PORT: [u8; 2] = 80_u16.to_le_bytes();
    let (near, far) = tokio::io::duplex(64 * 1024);
    tokio::spawn(serve_plain(state, far));
    let (mut read, mut write) = tokio::io::split(near);
    let (mut sink, mut source) = socket.split();
    for channel in [0, 1] {
        let _ = sink.send(Message::binary([&[channel], PORT.as_slice()].concat())).await;
    }
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
