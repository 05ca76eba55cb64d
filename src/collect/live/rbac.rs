//! The least that a cluster must grant.

/// A Role for one namespace, as a manifest.
///
/// `pods/exec` and `pods/portforward` are opened by a GET that upgrades to a websocket; the cluster counts that as `get`, newer ones as
/// `create`. Neither can be narrowed to particular commands by a Role: that is the guard's part.
#[must_use]
pub fn role(namespace: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: whysync
  namespace: {namespace}
rules:
  - apiGroups: [\"\"]
    resources: [pods, services, configmaps, events]
    verbs: [get, list]
  - apiGroups: [\"\"]
    resources: [pods/log]
    verbs: [get]
  - apiGroups: [apps]
    resources: [deployments, statefulsets]
    verbs: [get, list]
  # Opening a command or a port-forward. A cluster cannot restrict which command: whysync itself only runs ls, stat, cat and
  # tail below /data/echonet.
  - apiGroups: [\"\"]
    resources: [pods/exec, pods/portforward]
    verbs: [get, create]
"
    )
}
