//! What is checked before anything is collected.

use std::path::Path;
use std::sync::Arc;

use super::caller::Caller;
use super::cluster::Cluster;
use super::collect_error::CollectError;
use super::fault::{AskFault, FaultKind};
use super::kubeconfig::ContextError;
use super::options::CollectOptions;
use super::progress::ProgressEvent;
use super::proxies::Proxies;
use super::question::{EchonetPage, EchonetRoute, Question};
use super::replay::Replay;
use super::session::Session;
use crate::evidence::Request;
use crate::evidence::sources::by_hand::is_label;
use crate::evidence::sources::{config_map_names, report_ui};

/// Chooses the context, and checks what can be checked before anything is collected.
pub(super) async fn open(options: CollectOptions, caller: &Caller<'_>) -> Result<Arc<Session>, CollectError> {
    // Another part of the program may have chosen one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !is_label(&options.namespace) {
        return Err(CollectError::Name(options.namespace));
    }
    let proxies = Proxies::of_environment()?;
    let cluster = connected(&options, &proxies, caller).await?;
    checked(Session::live(options, cluster, &proxies, caller)?).await
}

/// Connects, unless the collection is to end before: the sign-in can be a program that waits for ever, and nothing else runs meanwhile on
/// the thread that waits for it.
async fn connected(options: &CollectOptions, proxies: &Proxies, caller: &Caller<'_>) -> Result<Cluster, CollectError> {
    let (context, proxies, mut stop) = (options.context.clone(), proxies.clone(), caller.stop.clone());
    let connecting = tokio::spawn(async move { Cluster::connect(context.as_deref(), &proxies).await });
    let stopped = async {
        if stop.wait_for(|it| *it).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        connected = connecting => match connected {
            Ok(connected) => Ok(connected?),
            // The library takes some of what may stand in a kubeconfig for a fault of its own.
            Err(_) => Err(ContextError::unreadable("the sign-in that it describes cannot be used (its text is not shown)").into()),
        },
        () = stopped => Err(CollectError::NotBegun),
        () = tokio::time::sleep(options.deadline) => Err(CollectError::NotBegun),
    }
}

/// Opens a session that replays a recording.
pub(super) async fn reopen(folder: &Path, caller: &Caller<'_>) -> Result<Arc<Session>, CollectError> {
    let replay = Replay::open(folder)?;
    if !is_label(&replay.manifest.namespace) {
        return Err(CollectError::Name(replay.manifest.namespace));
    }
    checked(Session::replay(replay, caller)).await
}

/// Says who is asked, and whether the namespace exists and the URL that was given leads to its Echonet.
async fn checked(session: Session) -> Result<Arc<Session>, CollectError> {
    session.tell(ProgressEvent::Began { context: &session.context, namespace: &session.options.namespace });
    check_namespace(&session).await?;
    check_echonet(&session).await?;
    Ok(Arc::new(session))
}

async fn check_namespace(session: &Session) -> Result<(), CollectError> {
    let namespace = session.options.namespace.clone();
    match session.ask(&Question::Namespace { namespace: namespace.clone() }).await {
        // Who may not look at namespaces may still look into this one.
        Err(fault) if fault.kind == FaultKind::Absent => {}
        _ => return Ok(()),
    }
    let known = match session.ask(&Question::Namespaces).await.map(|body| config_map_names::ANSWER.read(&body.text)) {
        Ok(Ok(names)) => {
            let names: Vec<String> = names.into_iter().map(|it| it.name).filter(|it| it.starts_with("echonet-")).collect();
            format!("there are: {}", names.join(", "))
        }
        Ok(Err(err)) => format!("the others could not be listed: {err}"),
        Err(fault) => format!("the others could not be listed: {}", fault.reason),
    };
    Err(CollectError::Namespace { name: namespace, context: session.context.clone(), known })
}

/// Whether the URL that was given leads to the Echonet of the namespace: its page for people names it.
async fn check_echonet(session: &Session) -> Result<(), CollectError> {
    if session.options.echonet_url.is_none() {
        return Ok(());
    }
    let namespace = &session.options.namespace;
    let ask = |request: Request| async move {
        let unlisted = || AskFault::new(FaultKind::Permanent, "this is not a page of Echonet");
        let page = EchonetPage::from_request(&request).ok_or_else(unlisted)?;
        session.ask(&Question::Echonet { way: EchonetRoute::Url, page }).await
    };
    let page = match ask(Request::ReportUi).await {
        Ok(page) => Ok(page),
        // The file to download is made in another way.
        Err(fault) => ask(Request::ReportDownload).await.map_err(|_| fault),
    };
    let page = page.map_err(|fault| CollectError::Echonet(fault.reason))?.text;
    let names = report_ui::ANSWER.read(&page).unwrap_or_default();
    if names.contains(namespace) {
        return Ok(());
    }
    let found = match names.is_empty() {
        true => "no namespace".to_owned(),
        false => names.into_iter().collect::<Vec<_>>().join(", "),
    };
    Err(CollectError::Echonet(format!("its page names {found}, not {namespace}")))
}
