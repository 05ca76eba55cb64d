//! A proxy that alone knows where the simulated hosts are.

use std::sync::{Arc, Mutex};

use base64::Engine;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the proxy is signed in to with.
pub(crate) const PROXY_USER: &str = "canaryuser";
pub(crate) const PROXY_PASSWORD: &str = "canary proxy 0123456789";

/// The names of hosts that nobody else knows.
pub(crate) const CLUSTER_HOST: &str = "cluster.rig.test";
pub(crate) const PLAIN_HOST: &str = "plain.rig.test";
pub(crate) const ECHONET_HOST: &str = "echonet.rig.test";

/// How the proxy meets whoever signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Serves,
    /// Answers with this status.
    Refuses(u16),
    /// Answers with an endless header.
    Floods,
    /// Never answers.
    Hangs,
}

/// Where the hosts are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) cluster: u16,
    pub(super) plain: u16,
    pub(super) echonet: u16,
}

/// A running proxy.
pub(crate) struct Proxy {
    /// `host:port`.
    pub(crate) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start(runtime: &tokio::runtime::Runtime, ports: Ports, manner: Manner) -> Self {
        let listener = runtime.block_on(async { TcpListener::bind("127.0.0.1:0").await.expect("a port") });
        let address = listener.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, ports, manner, Arc::clone(&noted)));
            }
        });
        Self { address, asked }
    }

    /// Its URL, with what it is signed in to with.
    pub(crate) fn url(&self) -> String {
        format!("http://{PROXY_USER}:{}@{}", PROXY_PASSWORD.replace(' ', "%20"), self.address)
    }

    /// The hosts that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no panic").clone()
    }
}

async fn serve(mut stream: TcpStream, ports: Ports, manner: Manner, noted: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let (method, target) = head.split_once(' ').and_then(|(method, rest)| Some((method, rest.split_once(' ')?.0)))?;
    let authority = target.strip_prefix("http://").unwrap_or(target);
    let host = authority.split(['/', ':']).next()?;
    let signed = base64::engine::general_purpose::STANDARD.encode(format!("{PROXY_USER}:{PROXY_PASSWORD}"));
    let is_credential = |line: &&str| line.to_ascii_lowercase().starts_with("proxy-authorization:");
    if !head.lines().any(|it| is_credential(&it) && it.ends_with(&format!("Basic {signed}"))) {
        return stream.write_all(b"HTTP/1.1 407 who are you\r\nContent-Length: 0\r\n\r\n").await.ok();
    }
    noted.lock().expect("no panic").push(format!("{method} {host}"));
    match manner {
        Manner::Serves => {}
        Manner::Refuses(status) => {
            return stream.write_all(format!("HTTP/1.1 {status} no\r\nContent-Length: 0\r\n\r\n").as_bytes()).await.ok();
        }
        Manner::Floods => {
            stream.write_all(b"HTTP/1.1 200 yes\r\n").await.ok()?;
            while stream.write_all(&b"x-more: 0123456789\r\n".repeat(100)).await.is_ok() {}
            return None;
        }
        Manner::Hangs => return std::future::pending().await,
    }
    let port = match host {
        CLUSTER_HOST => ports.cluster,
        PLAIN_HOST => ports.plain,
        ECHONET_HOST => ports.echonet,
        _ => return stream.write_all(b"HTTP/1.1 502 nowhere\r\nContent-Length: 0\r\n\r\n").await.ok(),
    };
    let mut far = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    if method == "CONNECT" {
        stream.write_all(b"HTTP/1.1 200 yes\r\n\r\n").await.ok()?;
    } else {
        // One question a connection, so that the next one is led to its own host.
        let head = head.replacen(&format!("http://{host}"), "", 1);
        let lines = head.lines().filter(|it| !is_credential(it) && !it.is_empty());
        let passed: String = lines.map(|it| format!("{it}\r\n")).collect();
        far.write_all(format!("{passed}Connection: close\r\n\r\n").as_bytes()).await.ok()?;
    }
    tokio::io::copy_bidirectional(&mut stream, &mut far).await.ok().map(|_| ())
}
