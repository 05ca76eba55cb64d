//! When a cluster that refused asks to come again.

use std::time::Duration;

use http::Response;
use tower::BoxError;

use super::fault::retry_after;

/// A refusal for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("HTTP {status}, asked to come again in {} s", retry_after.as_secs())]
pub(super) struct Throttled {
    /// HTTP status.
    pub(super) status: u16,
    /// How long to wait before the next attempt.
    pub(super) retry_after: Duration,
}

/// Turns an answer that names a time to come again into an error that keeps it: of an upgrade that is refused, the client keeps only the
/// status.
///
/// # Errors
/// When the answer is a refusal with such a time.
pub(super) async fn kept_time<B>(response: Response<B>) -> Result<Response<B>, BoxError> {
    let status = response.status();
    match retry_after(response.headers()) {
        Some(retry_after) if status.is_client_error() || status.is_server_error() => {
            Err(Throttled { status: status.as_u16(), retry_after }.into())
        }
        _ => Ok(response),
    }
}
