//! The clock. Time is read only here: below this layer there is no clock, because two runs would differ.

#![expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]

use std::time::SystemTime;

use crate::evidence::Timestamp;

/// The time now, for the audit log and the window of the logs.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let moment = Timestamp::from_unix(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.plus_millis(i64::from(since.subsec_millis()))
}
