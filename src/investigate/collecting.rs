//! Collecting from a live deployment. The call blocks until the collection is over; any thread can watch it or end it early.
//!
//! In asynchronous code, call it where blocking is allowed, such as in `tokio::task::spawn_blocking`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio::sync::watch;

use super::clock::now;
use super::deployment::{DeploymentOptions, IncidentOptions};
use super::lineage::{LineageExtent, add_lineage, put_failure};
use super::{Error, Rules};
use crate::collect::git::Repo;
use crate::collect::live::progress::{Progress, ProgressEvent};
use crate::collect::live::{self, Caller, CollectError, RecordError, survey, what_runs};
use crate::collect::store;
use crate::engine::{Trial, further};
use crate::evidence::{Bundle, Episode, Request};
use crate::inspect::snapshot_time;

/// Who is told how a collection goes, and who can end it.
#[derive(Clone)]
pub struct Watching {
    /// Is told of every event.
    pub progress: Arc<dyn Progress>,
    /// Ends the collection early, with what was gathered by then.
    pub stop: Stop,
}

impl Default for Watching {
    fn default() -> Self {
        Self { progress: Arc::new(Nobody), stop: Stop::default() }
    }
}

/// Nobody is told.
struct Nobody;

impl Progress for Nobody {
    fn see(&self, _: ProgressEvent<'_>) {}
}

/// Ends collections early. Its copies are one: what ends by one of them ends by all.
#[derive(Debug, Clone)]
pub struct Stop {
    sign: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { sign: watch::Sender::new(false) }
    }
}

impl Stop {
    /// Ends the collections that were given a copy of this, those that begin later too.
    pub fn stop(&self) {
        self.sign.send_replace(true);
    }
}

/// What a collection is for: rules ask for the evidence that would decide them.
#[derive(Clone, Copy)]
pub struct Purpose<'p> {
    /// The rules.
    pub rules: &'p Rules,
    /// Whether experimental rules are tried.
    pub tried: Trial,
    /// A clone to ask afterwards what the deployed code contains.
    pub clone: Option<&'p Repo>,
}

/// A collection that is over.
#[derive(Debug)]
pub struct Collected {
    /// The evidence. What could not be had is in it, with its reason.
    pub bundle: Bundle,
    /// Why the recording of it is not whole, if it was recorded and is not.
    pub unrecorded: Option<RecordError>,
    /// Why the clone gave no lineage, if it was asked and gave none.
    pub no_lineage: Option<Error>,
}

/// Collects the evidence of one incident. Nothing that changes a deployment can be expressed.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, a wrong Echonet, no such resync, or no folder to record to. What fails after that is
/// part of the bundle.
pub fn collect(options: &IncidentOptions, purpose: Purpose<'_>, watching: &Watching) -> Result<Collected, Error> {
    for_rules(purpose, watching, async |caller| live::collect(options.settings(), caller).await)
}

/// Collects from a folder that [`DeploymentOptions::record`] named before: the same questions, and the answers that came then.
///
/// # Errors
/// When the folder is none, or the collection failed then.
pub fn replay(folder: &Path, purpose: Purpose<'_>, watching: &Watching) -> Result<Collected, Error> {
    for_rules(purpose, watching, async |caller| live::replay(folder, caller).await)
}

/// Asks for the past resyncs: Echonet's report and its newest `limit` snapshots. The bundle has an episode for each snapshot, and no
/// blocks.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, a wrong Echonet, or no folder to record to.
pub fn survey(options: &DeploymentOptions, limit: usize, watching: &Watching) -> Result<Collected, Error> {
    asked(watching, &mut nothing_more, async |caller| survey::survey(options.settings(), limit, caller).await)
}

/// The same from a folder that [`DeploymentOptions::record`] named before.
///
/// # Errors
/// When the folder is none, or nothing could be asked then.
pub fn survey_replay(folder: &Path, limit: usize, watching: &Watching) -> Result<Collected, Error> {
    asked(watching, &mut nothing_more, async |caller| survey::replay(folder, limit, caller).await)
}

/// Asks a deployment for what it runs, its pods and Echonet's source, and for nothing else.
///
/// # Errors
/// When there is no cluster to ask, no such namespace, or no folder to record to.
pub fn what_runs(options: &DeploymentOptions, watching: &Watching) -> Result<Collected, Error> {
    asked(watching, &mut nothing_more, async |caller| what_runs::what_runs(options.settings(), caller).await)
}

/// The usual name for the bundle of a collection that is not diagnosed at once.
pub const USUAL_FILE: &str = "whysync.json.zst";

/// Saves the bundle of a collection that is diagnosed at once, in the working directory and never over another file. Its name has the
/// namespace, the block that was named, and the time of the resync; where there was none, that at which the collection began.
///
/// # Errors
/// When it cannot be written.
pub fn save_usual(bundle: &Bundle) -> Result<PathBuf, Error> {
    Ok(store::save_new(bundle, &usual_stem(bundle))?)
}

fn usual_stem(bundle: &Bundle) -> String {
    let namespace = bundle.incident.namespace.as_deref().unwrap_or_default();
    let block = bundle.incident.block.map(|it| format!("-{it}")).unwrap_or_default();
    let triggered =
        |it: &&Episode| bundle.incident.block.is_some_and(|block| it.snapshot.value().is_some_and(|it| it.trigger_block == block));
    let episode = bundle.episodes.iter().rfind(triggered).or(bundle.episodes.last());
    let began = || bundle.collection.as_ref()?.requests.iter().map(|it| it.at).min();
    let at = episode.and_then(snapshot_time).or_else(began).map(|it| format!("-{}", it.to_file_name())).unwrap_or_default();
    format!("whysync-{namespace}{block}{at}")
}

/// Collects as rules need it, and asks the clone if there is one.
fn for_rules(
    Purpose { rules, tried, clone }: Purpose<'_>,
    watching: &Watching,
    ask: impl AsyncFnOnce(Caller<'_>) -> Result<live::LiveCollection, CollectError>,
) -> Result<Collected, Error> {
    let mut more = |bundle: &Bundle| further(bundle, &rules.catalog, tried);
    let mut collected = asked(watching, &mut more, ask)?;
    if let Some(clone) = clone
        && let Err(err) = unless_stopped(clone, watching, || add_lineage(&mut collected.bundle, clone, rules, LineageExtent::Lasting))
    {
        // What was collected is never lost: why there is no lineage becomes part of it.
        put_failure(&mut collected.bundle, &err);
        collected.no_lineage = Some(err);
    }
    Ok(collected)
}

/// Asks a clone until the user stops the collection.
fn unless_stopped<T>(clone: &Repo, Watching { stop, .. }: &Watching, ask: impl FnOnce() -> T) -> T {
    const LOOK: Duration = Duration::from_millis(20);
    let (done, is_done) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while !*stop.sign.borrow() {
                if is_done.recv_timeout(LOOK) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
            clone.end();
        });
        let answer = ask();
        drop(done);
        answer
    })
}

fn nothing_more(_: &Bundle) -> BTreeSet<Request> {
    BTreeSet::new()
}

/// Runs a collection until it ends or the user stops it.
fn asked(
    Watching { progress, stop }: &Watching,
    more: &mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
    ask: impl AsyncFnOnce(Caller<'_>) -> Result<live::LiveCollection, CollectError>,
) -> Result<Collected, Error> {
    /// More than those asked can keep busy, as with answers that never end: as many are asked at the same time at most.
    const WORKERS: usize = 24;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build().map_err(Error::Threads)?;
    let collected =
        runtime.block_on(async { ask(Caller { clock: now, stop: stop.sign.subscribe(), progress: Arc::clone(progress), more }).await });
    // What is still under way is left behind.
    runtime.shutdown_background();
    let live::LiveCollection { bundle, unrecorded } = collected?;
    Ok(Collected { bundle, unrecorded, no_lineage: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until_stopped(watching: &Watching) -> Result<Collected, Error> {
        asked(watching, &mut nothing_more, async |mut caller: Caller<'_>| {
            caller.stop.wait_for(|it| *it).await.expect("who can stop it is there");
            Err(CollectError::Name("stopped".to_owned()))
        })
    }

    #[test]
    fn a_stop_ends_what_runs_from_another_thread_and_what_begins_later() {
        let watching = Watching::default();
        let stop = watching.stop.clone();
        let other = std::thread::spawn(move || stop.stop());
        for _ in 0..2 {
            let ended = until_stopped(&watching);
            assert!(matches!(&ended, Err(Error::Collect(CollectError::Name(name))) if name == "stopped"), "{ended:?}");
        }
        other.join().expect("it stopped");
    }

    #[test]
    fn asynchronous_code_can_wait_for_a_collection() {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
        let watching = Watching::default();
        watching.stop.stop();
        let ended = runtime.block_on(async { tokio::task::spawn_blocking(move || until_stopped(&watching)).await });
        assert!(matches!(ended, Ok(Err(Error::Collect(_)))), "{ended:?}");
    }
}
