//! What an upgrade that was refused says of when to come again.

use std::task::{Context, Poll};
use std::time::Duration;

use http::header::UPGRADE;
use http::{Request, Response};
use kube::client::Body;
use tower::{BoxError, Layer, Service};

use super::cluster::retry_after;

/// Wraps a client's service into a [`Throttle`].
#[derive(Debug, Clone, Copy)]
pub(super) struct ThrottleLayer;

/// Turns the refusal of an upgrade that names a time into an error that keeps it. The client beneath keeps only the status.
#[derive(Debug, Clone)]
pub(super) struct Throttle<S>(S);

/// An upgrade that was refused for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("HTTP {status}, asked to come again in {} s", retry_after.as_secs())]
pub(super) struct Throttled {
    /// HTTP status.
    pub(super) status: u16,
    /// How long to wait.
    pub(super) retry_after: Duration,
}

impl<S> Layer<S> for ThrottleLayer {
    type Service = Throttle<S>;

    fn layer(&self, inner: S) -> Throttle<S> {
        Throttle(inner)
    }
}

impl<S, B> Service<Request<Body>> for Throttle<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_upgrade = request.headers().contains_key(UPGRADE);
        let answer = self.0.call(request);
        Box::pin(async move {
            let response = answer.await.map_err(Into::into)?;
            let status = response.status();
            match retry_after(response.headers()) {
                Some(retry_after) if is_upgrade && (status.is_client_error() || status.is_server_error()) => {
                    Err(Throttled { status: status.as_u16(), retry_after }.into())
                }
                _ => Ok(response),
            }
        })
    }
}
