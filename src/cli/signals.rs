//! Signals that end the program: a collection keeps what it has gathered, and other commands leave no incomplete output behind.

use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::investigate;

/// What the next signal does instead of ending the program.
static STOP: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// From now on Ctrl-C and a request to end are answered here. Where the system does not let us, they do what they do anyway.
pub(super) fn watch() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            let stop = stop().take();
            match stop {
                Some(stop) => stop(),
                None => {
                    investigate::abandon();
                    // Whoever started the program sees by which signal it ended.
                    let _ = emulate_default_handler(signal);
                }
            }
        }
    });
}

/// As long as this is there, the first signal does something else than to end the program; the second one ends it.
#[cfg(feature = "live")]
#[must_use]
pub(super) struct Instead;

#[cfg(feature = "live")]
impl Instead {
    pub(super) fn new(doing: impl FnOnce() + Send + 'static) -> Self {
        *stop() = Some(Box::new(doing));
        Self
    }
}

#[cfg(feature = "live")]
impl Drop for Instead {
    fn drop(&mut self) {
        *stop() = None;
    }
}

fn stop() -> MutexGuard<'static, Option<Box<dyn FnOnce() + Send>>> {
    STOP.lock().unwrap_or_else(PoisonError::into_inner)
}
