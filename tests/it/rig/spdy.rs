//! `kubectl`'s way to forward a port: SPDY/3.1 within a websocket.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::echonet;
use super::server::ServerState;

/// The name under which the client asks for it.
pub(super) const PROTOCOL: &str = "SPDY/3.1+portforward.k8s.io";

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const PING: u16 = 6;
const FIN: u8 = 1;

/// Carries bytes between the client's streams and Echonet.
///
/// Each connection has two streams: first one for errors, which the client ends at once, then one for data. Their headers say so too, but
/// are compressed; the order tells the same.
pub(super) async fn tunnel<S: AsyncRead + AsyncWrite + Unpin>(state: Arc<ServerState>, socket: WebSocketStream<S>) {
    let (mut sink, mut source) = socket.split();
    let (frames, mut outgoing) = mpsc::unbounded_channel::<Vec<u8>>();
    let to_client = async {
        while let Some(frame) = outgoing.recv().await {
            if sink.send(Message::binary(frame)).await.is_err() {
                break;
            }
        }
    };
    let from_client = async move {
        let mut buffer = Vec::new();
        let mut writers: BTreeMap<u32, WriteHalf<tokio::io::DuplexStream>> = BTreeMap::new();
        let (mut replies, mut errors) = (0, None);
        while let Some(Ok(message)) = source.next().await {
            let Message::Binary(bytes) = message else { continue };
            buffer.extend_from_slice(&bytes);
            while let Some((head, body)) = frame(&mut buffer) {
                let number = |at: usize| body.get(at..at + 4).and_then(|it| it.try_into().ok()).map_or(0, u32::from_be_bytes);
                match head {
                    Head::Data { stream, is_last } => {
                        if let Some(writer) = writers.get_mut(&stream) {
                            let _ = writer.write_all(&body).await;
                            if is_last {
                                let _ = writer.shutdown().await;
                            }
                        }
                    }
                    Head::Control(SYN_STREAM) => {
                        let stream = number(0);
                        let _ = frames.send(control(SYN_REPLY, 0, &[&stream.to_be_bytes(), no_headers(replies).as_slice()].concat()));
                        replies += 1;
                        match errors.take() {
                            None => errors = Some(stream),
                            Some(error) => {
                                let (near, far) = tokio::io::duplex(64 * 1024);
                                tokio::spawn(echonet::serve(Arc::clone(&state), far));
                                let (read, write) = tokio::io::split(near);
                                writers.insert(stream, write);
                                tokio::spawn(answer(read, stream, error, frames.clone()));
                            }
                        }
                    }
                    Head::Control(PING) => {
                        let _ = frames.send(control(PING, 0, &body));
                    }
                    Head::Control(_) => {}
                }
            }
        }
    };
    tokio::select! {
        () = to_client => {}
        () = from_client => {}
    }
}

/// Sends what Echonet says, and ends both streams.
async fn answer(mut read: impl AsyncRead + Unpin, stream: u32, error: u32, frames: mpsc::UnboundedSender<Vec<u8>>) {
    let mut part = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = read.read(&mut part).await {
        let _ = frames.send(data(stream, 0, &part[..count]));
    }
    for stream in [stream, error] {
        let _ = frames.send(data(stream, FIN, &[]));
    }
}

enum Head {
    Data { stream: u32, is_last: bool },
    Control(u16),
}

/// Takes the first whole frame out of the bytes.
fn frame(buffer: &mut Vec<u8>) -> Option<(Head, Vec<u8>)> {
    const HEAD: usize = 8;
    let head: [u8; HEAD] = buffer.get(..HEAD)?.try_into().ok()?;
    let length = usize::from(head[5]) << 16 | usize::from(head[6]) << 8 | usize::from(head[7]);
    let body = buffer.get(HEAD..HEAD + length)?.to_vec();
    buffer.drain(..HEAD + length);
    let first = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
    let head = match first >> 31 {
        0 => Head::Data { stream: first, is_last: head[4] & FIN != 0 },
        _ => Head::Control(u16::from_be_bytes([head[2], head[3]])),
    };
    Some((head, body))
}

fn data(stream: u32, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a small part");
    [&stream.to_be_bytes(), &(u32::from(flags) << 24 | length).to_be_bytes(), body].concat()
}

fn control(kind: u16, flags: u8, body: &[u8]) -> Vec<u8> {
    const VERSION: u32 = 0x8003_0000;
    data(VERSION | u32::from(kind), flags, body)
}

/// A block of no headers in the connection's one zlib stream, not compressed, and flushed.
fn no_headers(before: u32) -> Vec<u8> {
    const START: [u8; 2] = [0x78, 0x9c];
    const FOUR_ZEROS: [u8; 9] = [0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0];
    const FLUSH: [u8; 5] = [0, 0, 0, 0xff, 0xff];
    let start: &[u8] = if before == 0 { &START } else { &[] };
    [start, &FOUR_ZEROS, &FLUSH].concat()
}
