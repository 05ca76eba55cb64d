//! A simulated deployment that speaks the real protocols: the Kubernetes API over TLS with websocket commands and port-forwards, Echonet,
//! mainnet's feeder gateway and Cloud Logging. It records everything that it is asked.

mod discovery;
mod echonet;
pub(crate) mod proxy;
mod server;
mod spdy;
mod world;

pub(crate) use server::{CLUSTER_TOKEN, Rig, Trouble, TroubleTarget};
pub(crate) use world::{SOURCE, World, running_source};
