//! The user's kubeconfig: which context is meant, and what is wrong with the file. It holds credentials, so its text is never shown.

#![expect(clippy::disallowed_methods, reason = "an edge: the environment says where the kubeconfig is")]

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use kube::Config;
use kube::client::AuthError;
use kube::config::{AuthInfo, ExecInteractiveMode, KubeConfigOptions, Kubeconfig, KubeconfigError, LoadDataError};

use super::fault::{AskFault, FaultKind};
use super::proxies::{Proxies, ProxyError};
use crate::collect::redact::held::hold;
use crate::limits::KUBECONFIG_BYTES;

/// Why no cluster can be asked.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ContextError {
    /// The configuration cannot be used.
    #[error("cannot use the Kubernetes configuration: {0}")]
    #[diagnostic(code(whysync::collect::kubeconfig), help("set KUBECONFIG, or log in to the cluster first"))]
    Unreadable(String),
    /// The proxy before the cluster cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Proxy(#[from] ProxyError),
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

impl ContextError {
    /// The configuration cannot be used, for this reason.
    pub(super) fn unreadable(reason: &str) -> Self {
        Self::Unreadable(AskFault::new(FaultKind::Permanent, reason).reason)
    }
}

/// The context that is asked.
pub(super) struct Chosen {
    pub(super) config: Config,
    pub(super) context: String,
    /// What stands before its cluster whatever the environment says, if something does.
    pub(super) proxies: Option<Proxies>,
}

/// Reads the usual configuration, and chooses a context of it.
///
/// # Errors
/// When there is no configuration that can be used, or no context that is meant.
pub(super) async fn chosen(context: Option<&str>) -> Result<Chosen, ContextError> {
    let unreadable = |err: &KubeconfigError| ContextError::unreadable(&of_kubeconfig(err));
    let mut kubeconfig = read()?;
    hold_credentials(&kubeconfig);
    let known: Vec<&str> = kubeconfig.contexts.iter().map(|it| it.name.as_str()).collect();
    let context = choose(&known, context)?.to_owned();
    let proxies = proxy_of(&kubeconfig, &context).map(Proxies::of_kubeconfig).transpose()?;
    if let Some(user) = user_of(&kubeconfig, &context) {
        let named = kubeconfig.auth_infos.iter_mut().find(|it| it.name == user);
        let missing = || format!("the context {context} signs in as {user}, and no user has that name");
        prepare(named.ok_or_else(|| ContextError::unreadable(&missing()))?.auth_info.get_or_insert_default())?;
    }
    let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|err| unreadable(&err))?;
    Ok(Chosen { config, context, proxies })
}

/// Reads the files that the environment names, or the usual one.
fn read() -> Result<Kubeconfig, ContextError> {
    let named = std::env::var_os("KUBECONFIG").unwrap_or_default();
    let paths: Vec<PathBuf> = std::env::split_paths(&named).filter(|it| !it.as_os_str().is_empty()).collect();
    if paths.is_empty() {
        return Kubeconfig::read().map_err(|err| ContextError::unreadable(&of_kubeconfig(&err)));
    }
    paths.iter().try_fold(Kubeconfig::default(), |all, path| {
        let in_file = |reason: &str| ContextError::unreadable(&format!("{}: {reason}", path.display()));
        let next = read_one(path).map_err(|err| in_file(&err.to_string()))?;
        all.merge(next).map_err(|err| in_file(&of_kubeconfig(&err)))
    })
}

/// Reads a file. What has no end is not begun; a pipe is what a shell names in the place of a file.
fn read_one(path: &Path) -> io::Result<Kubeconfig> {
    let what = fs::metadata(path)?;
    let refused = |reason: String| Err(io::Error::other(reason));
    if is_device(&what) {
        return refused("it is a device, and no file".to_owned());
    }
    if KUBECONFIG_BYTES < what.len() {
        return refused(format!("it is larger than {KUBECONFIG_BYTES} bytes, the most that is read"));
    }
    Kubeconfig::read_from(path).map_err(|err| io::Error::other(of_kubeconfig(&err)))
}

#[cfg(unix)]
fn is_device(what: &fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    what.file_type().is_char_device() || what.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_: &fs::Metadata) -> bool {
    false
}

/// Looks at how a user signs in, before the client does: it takes what no header can hold for a fault of its own, and lets a program
/// write to whatever standard error is.
fn prepare(user: &mut AuthInfo) -> Result<(), ContextError> {
    let is_sendable = |it: &str| http::HeaderValue::from_str(it).is_ok();
    if !secret_of(user, "token").is_none_or(|it| is_sendable(&it)) {
        return Err(ContextError::unreadable("the token of the user holds what no header can, such as the end of a line"));
    }
    let is_with_somebody = io::stdin().is_terminal() && io::stderr().is_terminal();
    if let Some(program) = user.exec.as_mut().filter(|_| !is_with_somebody) {
        program.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    Ok(())
}

fn user_of(kubeconfig: &Kubeconfig, context: &str) -> Option<String> {
    kubeconfig.contexts.iter().find(|it| it.name == context)?.context.as_ref()?.user.clone().filter(|it| !it.is_empty())
}

/// The proxy that a kubeconfig puts before the cluster of a context.
fn proxy_of<'a>(kubeconfig: &'a Kubeconfig, context: &str) -> Option<&'a str> {
    let context = kubeconfig.contexts.iter().find(|it| it.name == context)?.context.as_ref()?;
    let cluster = kubeconfig.clusters.iter().find(|it| it.name == context.cluster)?.cluster.as_ref()?;
    cluster.proxy_url.as_deref().filter(|it| !it.is_empty())
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

/// What is wrong with a kubeconfig, and where: never what it says, for it holds credentials.
pub(super) fn of_kubeconfig(err: &KubeconfigError) -> String {
    match err {
        KubeconfigError::Parse(err) => format!("the kubeconfig is not what a client expects{} (its text is not shown)", place(err)),
        KubeconfigError::ParseCertificates(_) => "a certificate in the kubeconfig is not PEM (its text is not shown)".to_owned(),
        KubeconfigError::LoadCertificateAuthority(err) => format!("the certificates of the cluster cannot be used: {}", of_data(err)),
        KubeconfigError::LoadClientCertificate(err) => format!("the certificate of the user cannot be used: {}", of_data(err)),
        KubeconfigError::LoadClientKey(err) => format!("the private part of the user's certificate cannot be used: {}", of_data(err)),
        KubeconfigError::ReadConfig(err, path) => format!("{} cannot be read: {err}", path.display()),
        KubeconfigError::LoadClusterOfContext(name) => format!("the context names the cluster {name}, and no cluster has that name"),
        // These name nothing.
        err => err.to_string(),
    }
}

/// Why the sign-in that a kubeconfig describes does not work: never what a program or a file said, for it may be the token.
pub(super) fn of_sign_in(err: &AuthError) -> String {
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

fn of_data(err: &LoadDataError) -> String {
    match err {
        LoadDataError::DecodeBase64(_) => "it is not base64 (its text is not shown)".to_owned(),
        LoadDataError::ReadFile(err, path) => format!("{} cannot be read: {err}", path.display()),
        LoadDataError::NoBase64DataOrFile => "there is none".to_owned(),
    }
}

fn place(err: &serde_saphyr::Error) -> String {
    err.location().map_or_else(String::new, |it| format!(" at line {}, column {}", it.line(), it.column()))
}

/// Masks by its value what the kubeconfig signs in with, wherever it may come back.
fn hold_credentials(kubeconfig: &Kubeconfig) {
    for user in kubeconfig.auth_infos.iter().filter_map(|it| it.auth_info.as_ref()) {
        ["token", "password", "client-key-data"].into_iter().filter_map(|it| secret_of(user, it)).for_each(|it| hold(&it));
    }
}

/// A field that the library shows to nobody but who writes a kubeconfig.
fn secret_of(user: &AuthInfo, field: &str) -> Option<String> {
    serde_json::to_value(user).ok()?.get(field)?.as_str().map(str::to_owned)
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
