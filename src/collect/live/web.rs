//! The wire to what is asked by plain HTTP: mainnet, Cloud Logging, and an Echonet that the user has forwarded.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::OnceCell;

use super::cluster::{Flow, Sink, patient};
use super::fault::{AskFault, FaultKind, compressed, retry_after};
use super::guard::{LOG_ENTRIES, check_web};
use super::proxies::Proxies;
use crate::collect::redact::held::hold;
use crate::evidence::Host;
use crate::limits::ERROR_PAGE_BYTES;

/// A client that follows no redirect: what was asked of one host is not sent to another.
pub(super) struct Web {
    client: reqwest::Client,
    sign_in: SignIn,
    credentials: OnceCell<Arc<dyn gcp_auth::TokenProvider>>,
}

/// Where whoever signs in to Google is asked for a token.
const SIGN_IN: &str = "https://oauth2.googleapis.com/";

/// How to sign in to Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SignIn {
    /// With what there is, in the usual order.
    Usual,
    /// By Google's own program if no file is named: it goes through proxies, and the library does not.
    ByProgram,
}

impl SignIn {
    async fn provider(self) -> Result<Arc<dyn gcp_auth::TokenProvider>, gcp_auth::Error> {
        if self == Self::ByProgram
            && matches!(gcp_auth::CustomServiceAccount::from_env(), Ok(None))
            && let Ok(program) = gcp_auth::GCloudAuthorizedUser::new().await
        {
            return Ok(Arc::new(program));
        }
        gcp_auth::provider().await
    }
}

impl Web {
    pub(super) fn new(patience: Duration, proxies: &Proxies) -> Result<Self, AskFault> {
        let fault = |err: reqwest::Error| AskFault::of_error(FaultKind::Permanent, &err.without_url());
        let mut client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).connect_timeout(patience).no_proxy();
        let named = [(&proxies.http, reqwest::Proxy::http as fn(_) -> _), (&proxies.https, reqwest::Proxy::https)];
        for (url, proxy) in named.into_iter().filter_map(|(url, proxy)| Some((url.clone()?, proxy))) {
            let proxy: reqwest::Proxy = proxy(url).map_err(fault)?;
            client = client.proxy(proxy.no_proxy(reqwest::NoProxy::from_string(&proxies.direct)));
        }
        let sign_in = if proxies.before(&http::Uri::from_static(SIGN_IN)).is_some() { SignIn::ByProgram } else { SignIn::Usual };
        client.build().map(|client| Self { client, sign_in, credentials: OnceCell::new() }).map_err(fault)
    }

    /// Asks a page of a host whose URLs begin with `base`.
    pub(super) async fn get(&self, (host, base): (Host, &str), page: &str, patience: Duration, sink: Sink<'_>) -> Result<u16, AskFault> {
        self.send((host, base), self.client.get(format!("{base}{page}")), patience, sink).await
    }

    /// Lets a request leave that the guard permits.
    async fn send(
        &self,
        (host, base): (Host, &str),
        request: reqwest::RequestBuilder,
        patience: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, AskFault> {
        // A URL in an error text would show the query; what was asked is named beside it anyway.
        let request = request.build().map_err(|err| AskFault::of_error(FaultKind::Permanent, &err.without_url()))?;
        let own = reqwest::Url::parse(base).map_err(|err| AskFault::of_error(FaultKind::Permanent, &err))?;
        let url = request.url();
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let target = target.strip_prefix(own.path().trim_end_matches('/')).filter(|_| url.origin() == own.origin());
        let target = target.ok_or_else(|| AskFault::new(FaultKind::Permanent, "the request leads to another host than was named"))?;
        check_web(host, request.method(), target).map_err(|err| AskFault::of_error(FaultKind::Permanent, &err))?;
        receive(&self.client, request, patience, sink).await
    }

    /// Asks Cloud Logging for entries. The method's HTTP verb is POST, for its query is a document; it changes nothing.
    pub(super) async fn log_entries(
        &self,
        url: &str,
        (project, filter, page_token): (&str, &str, Option<&str>),
        patience: Duration,
        sink: Sink<'_>,
    ) -> Result<u16, AskFault> {
        const LOOK: Duration = Duration::from_secs(20);
        const SCOPES: [&str; 1] = ["https://www.googleapis.com/auth/logging.read"];
        let refused = |err: &gcp_auth::Error| AskFault::new(FaultKind::Permanent, &of_credentials(err));
        // Several places are looked at in turn, and one of them is a program.
        let look = patience.max(LOOK);
        let provider = patient(look, self.credentials.get_or_try_init(|| self.sign_in.provider())).await?.map_err(|err| refused(&err))?;
        let token = patient(look, provider.token(&SCOPES)).await?.map_err(|err| refused(&err))?;
        hold(token.as_str());
        let mut query = json!({
            "resourceNames": [format!("projects/{project}")], "filter": filter, "orderBy": "timestamp asc", "pageSize": 1000,
        });
        if let (Some(token), Some(query)) = (page_token, query.as_object_mut()) {
            query.insert("pageToken".to_owned(), json!(token));
        }
        let request = self.client.post(format!("{url}{LOG_ENTRIES}")).bearer_auth(token.as_str());
        let request = request.header(http::header::CONTENT_TYPE, "application/json").body(query.to_string());
        self.send((Host::CloudLogging, url), request, patience, sink).await
    }
}

/// Why nobody can sign in to Google: never what a file or a program said, for it may be a key.
fn of_credentials(err: &gcp_auth::Error) -> String {
    match err {
        gcp_auth::Error::Json(what, err) => {
            format!("{what}: not what is expected at line {}, column {} (its text is not shown)", err.line(), err.column())
        }
        gcp_auth::Error::Io(what, err) => format!("{what}: {err}"),
        gcp_auth::Error::Other(what, _) => format!("{what} (what was said is not shown)"),
        err => err.to_string(),
    }
}

async fn receive(client: &reqwest::Client, request: reqwest::Request, patience: Duration, sink: Sink<'_>) -> Result<u16, AskFault> {
    let fault = |err: reqwest::Error| AskFault::of_error(FaultKind::Transient, &err.without_url());
    let mut response = patient(patience, client.execute(request)).await?.map_err(fault)?;
    let status = response.status();
    if let Some(fault) = compressed(response.headers()) {
        return Err(fault);
    }
    let retry_after = retry_after(response.headers());
    let mut page = Vec::new();
    while let Some(chunk) = patient(patience, response.chunk()).await?.map_err(fault)? {
        if !status.is_success() {
            page.extend_from_slice(&chunk);
            if ERROR_PAGE_BYTES < page.len() {
                break;
            }
        } else if sink(&chunk) == Flow::Stop {
            break;
        }
    }
    if status.is_success() {
        return Ok(status.as_u16());
    }
    Err(AskFault::of_status(status.as_u16(), &String::from_utf8_lossy(&page), retry_after))
}
