//! A bundle of answers that somebody saved.

pub use super::asked::{Reach, Selection};
use super::asking::ask;
use super::log_intake::{Intake, gather_logs};
use super::{Access, namespace, runs};
use crate::evidence::sources::pods;
use crate::evidence::{Bundle, Request};

/// Asks for everything that a diagnosis needs. What cannot be had is in the bundle as missing, with the reason; nothing aborts.
///
/// Blocks are those that `access` holds, and those that a trigger, the report's first mismatch or the user names, each with its neighbours.
pub fn gather(access: &dyn Access, asked: Selection) -> Bundle {
    let of_pods = || namespace::of_pods(&ask(access, &Request::Pods, &pods::ANSWER));
    let Intake { logs, set_aside, ambiguous, unused } = gather_logs(access, asked.namespace.clone().or_else(of_pods).as_deref());
    let mut bundle = runs::of_one(access, asked, logs);
    bundle.set_aside.splice(0..0, set_aside);
    bundle.ambiguous.extend(ambiguous);
    bundle.files = access.account();
    if let Some(files) = &mut bundle.files {
        files.leave(|file| unused.iter().any(|it| it.is(file)), "the Cloud Logging entries are used instead, because they carry times");
    }
    bundle
}
