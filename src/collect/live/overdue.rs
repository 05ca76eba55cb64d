//! When what is still under way is left behind, although the collection is to end.

#![expect(clippy::disallowed_methods, reason = "an edge: this is where waiting is measured")]

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::limits::GRACE_MILLIS;

/// Says when a collection is overdue, on a thread of its own: what keeps all others busy does not keep this one.
pub(super) fn overdue(stop: watch::Receiver<bool>, deadline: Duration) -> watch::Receiver<bool> {
    const LOOK: Duration = Duration::from_millis(50);
    let (is_overdue, overdue) = watch::channel(false);
    let began = Instant::now();
    std::thread::spawn(move || {
        while !*stop.borrow() && began.elapsed() < deadline {
            if is_overdue.is_closed() {
                return;
            }
            std::thread::sleep(LOOK);
        }
        std::thread::sleep(Duration::from_millis(GRACE_MILLIS));
        // Nobody waits any more if it is over.
        let _ = is_overdue.send(true);
    });
    overdue
}
