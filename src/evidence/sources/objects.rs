//! Parts of the cluster's objects that several sources read.

use serde::Deserialize;

/// A list as Kubernetes sends it.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) items: Vec<T>,
}

/// What an object is called.
#[derive(Deserialize)]
pub(super) struct ObjectName {
    pub(super) name: String,
    #[serde(default)]
    pub(super) namespace: String,
}

/// Where an object is, of one whose name says nothing.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Placed {
    pub(super) namespace: String,
}

/// A container as Kubernetes describes it, in a pod and in a pod's template.
#[derive(Deserialize)]
pub(super) struct RawContainer {
    pub(super) name: String,
    #[serde(default)]
    pub(super) image: String,
}
