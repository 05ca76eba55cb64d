//! How each piece of evidence is got, if it can be had.

use super::deployment::DeploymentTarget;
use super::missing::Want;
use super::step::Means;
use crate::evidence::sources::volume_file::{VolumeDocument, dump_name, epoch_of};
use crate::evidence::{Bundle, DumpKind, Extent, Gathered, OurBlock, Request, Timestamp};
use crate::facts::{Case, EpochKind, EvidenceName};
use crate::findings::named_block;

/// How what is wanted is got; none if the evidence shows that it cannot be had any more, or that it was had.
pub(super) fn find_means(want: &Want<'_>, bundle: &Bundle, deployment: &DeploymentTarget) -> Option<Means> {
    use EvidenceName as E;

    let case = want.case;
    let is_resync = case.kinds.contains(&EpochKind::Resync);
    let (previous, next) = (want.block.and_then(|it| it.checked_sub(1)), want.block.and_then(|it| it.checked_add(1)));
    let ours = |kind, height| ours(case, bundle, deployment, kind, height);
    match want.evidence {
        // What Echonet reported while it resynced, nobody can ask for any more; what it reports now may still name the trigger.
        E::Report if is_resync && case.document.trigger.is_some() => None,
        E::Report => report(bundle, deployment),
        E::Reverts if !is_resync => report(bundle, deployment),
        E::Reverts => reverts(case, deployment),
        E::Snapshot if !is_resync => None,
        E::Snapshot => snapshot(case, deployment),
        E::OursBlock => ours(DumpKind::Block, want.block),
        E::OursStateUpdate => ours(DumpKind::StateUpdate, want.block),
        E::OursPreviousBlock => ours(DumpKind::Block, previous),
        E::OursNextBlock => ours(DumpKind::Block, next),
        E::TheirsBlock => theirs_block(bundle, deployment, want.block),
        E::TheirsPreviousBlock => theirs_block(bundle, deployment, previous),
        E::TheirsNextBlock => theirs_block(bundle, deployment, next),
        E::TheirsStateUpdate => theirs_state(bundle, deployment, want.block),
        E::Pods => {
            let action = "Get the pods, with their images and restarts".to_owned();
            can_be_asked(&bundle.deployment.pods).then(|| deployment.ask(action, &Request::Pods))?
        }
        // Both are of the moment at which they are asked for: of an epoch that ended they say nothing any more.
        E::Events | E::Echonet if is_resync => None,
        E::Events if !can_be_asked(&bundle.deployment.events) => None,
        E::Events => deployment.ask("Get the cluster's events".to_owned(), &Request::Events),
        E::Echonet => {
            let action = "Collect again: Echonet's own pages only show the moment at which they are read".to_owned();
            Some(deployment.collect(action, want.block.and_then(named_block)))
        }
        E::LogsEchonet | E::LogsEchonetDebug | E::LogsSequencer => None,
    }
}

/// Whether asking makes sense: the evidence was not requested, or the request failed.
fn can_be_asked<T>(evidence: &Gathered<T>) -> bool {
    match evidence {
        Gathered::NotAsked | Gathered::Failed(_) => true,
        Gathered::Observed(it) => it.coverage.extent != Extent::Complete,
        Gathered::Absent(_) => false,
    }
}

fn report(bundle: &Bundle, deployment: &DeploymentTarget) -> Option<Means> {
    can_be_asked(&bundle.report).then(|| deployment.ask("Get Echonet's report".to_owned(), &Request::Report))?
}

fn snapshot(case: &Case<'_>, deployment: &DeploymentTarget) -> Option<Means> {
    let action = || "Get the snapshot that Echonet wrote before it resynced".to_owned();
    match &case.episode.snapshot {
        Gathered::Failed(missing) => {
            let at = written_at(&missing.asked);
            at.map_or_else(|| Some(volume(deployment)), |at| deployment.file(action(), VolumeDocument::Snapshot(at).path()))
        }
        Gathered::NotAsked => Some(volume(deployment)),
        Gathered::Observed(_) | Gathered::Absent(_) => None,
    }
}

/// The comparison that Echonet wrote at the moment of the snapshot, which its name tells.
fn reverts(case: &Case<'_>, deployment: &DeploymentTarget) -> Option<Means> {
    let episode = &case.episode;
    if episode.report.as_observed().is_some() || !can_be_asked(&episode.reverts) {
        return None;
    }
    let at = match (&episode.reverts, &episode.snapshot) {
        (Gathered::Failed(missing), _) => written_at(&missing.asked),
        (_, Gathered::Observed(it)) => written_at(&it.source.asked),
        (_, Gathered::Failed(it)) => written_at(&it.asked),
        (_, Gathered::Absent(_)) => return None,
        (_, Gathered::NotAsked) => None,
    };
    let action = || "Get the comparison of reverts that Echonet wrote beside the snapshot".to_owned();
    at.map_or_else(|| Some(volume(deployment)), |at| deployment.file(action(), VolumeDocument::Reverts(at).path()))
}

/// The time in the name of a file that was asked for, in the words of a request.
fn written_at(asked: &str) -> Option<Timestamp> {
    match VolumeDocument::from_path(asked.strip_prefix("cat /data/echonet/")?)? {
        VolumeDocument::Snapshot(at) | VolumeDocument::Reverts(at) => Some(at),
        VolumeDocument::Dump { .. } => None,
    }
}

/// What there is on the volume, where the names are not known: they bear times.
fn volume(deployment: &DeploymentTarget) -> Means {
    let action = "List Echonet's volume, and save this resync's snapshot and archived blocks under pvc/, with the names they have there";
    deployment.listing(action.to_owned(), None)
}

/// Echonet's side: from the archive of an epoch that ended, from Echonet itself for one that runs.
fn ours(case: &Case<'_>, bundle: &Bundle, deployment: &DeploymentTarget, kind: DumpKind, height: Option<u64>) -> Option<Means> {
    let height = height.and_then(named_block)?;
    if !case.kinds.contains(&EpochKind::Resync) {
        return dumped(case, bundle, deployment, kind, height);
    }
    let held = case.episode.ours.get(&height);
    if held.is_some_and(|it| !can_be_had(it, kind)) {
        return None;
    }
    let archive = match &case.episode.archive {
        Gathered::Observed(archive) => archive,
        Gathered::Failed(_) | Gathered::NotAsked => return Some(volume(deployment)),
        Gathered::Absent(_) => return None,
    };
    let folder = archive.value.as_str();
    // Only a name that Echonet gives is pasted into a command.
    epoch_of(folder)?;
    let name = dump_name(kind, height);
    let what = kind.name().replace('_', " ");
    let is_listed_whole = archive.coverage.extent == Extent::Complete;
    match held {
        // The names were seen, and nobody kept whether this one was among them.
        None if is_listed_whole && deployment.is_collected => None,
        None if is_listed_whole => {
            let action = format!("Check whether the epoch's archive holds {name}; if so, save it as pvc/{folder}/{name}");
            Some(deployment.listing(action, Some(folder)))
        }
        _ => {
            let action = format!("Get Echonet's {what} {height} from the archive of its epoch");
            deployment.file(action, format!("{folder}/{name}"))
        }
    }
}

fn can_be_had(ours: &OurBlock, kind: DumpKind) -> bool {
    match kind {
        DumpKind::Block => ours.block.value().is_none() && !ours.block.is_absent(),
        DumpKind::StateUpdate => ours.state_update.value().is_none() && !ours.state_update.is_absent(),
        DumpKind::Blob => ours.blob.value().is_none() && !ours.blob.is_absent(),
    }
}

/// A block of the epoch that runs. Below its first block Echonet would hand out what is not its own; what did not diverge is no help.
fn dumped(case: &Case<'_>, bundle: &Bundle, deployment: &DeploymentTarget, kind: DumpKind, height: u64) -> Option<Means> {
    let diverged = case.document.ledger.iter().any(|it| it.block == height && !it.kind.is_trigger())
        || case.document.subject.first_diverging_block == Some(height);
    let is_own = case.document.episode.start_block.is_some_and(|it| it <= height);
    let is_open = bundle.after_resync.get(&height).is_none_or(|it| can_be_had(it, kind));
    (case.kinds.contains(&EpochKind::Divergence) && diverged && is_own && is_open).then(|| deployment.dump(kind, height))?
}

fn theirs_block(bundle: &Bundle, deployment: &DeploymentTarget, height: Option<u64>) -> Option<Means> {
    let height = height.and_then(named_block)?;
    let can = bundle.theirs.get(&height).is_none_or(|it| can_be_asked(&it.block));
    can.then(|| deployment.ask_mainnet(format!("Get mainnet's block {height}"), &Request::MainnetBlock { block: height }))?
}

fn theirs_state(bundle: &Bundle, deployment: &DeploymentTarget, height: Option<u64>) -> Option<Means> {
    let height = height.and_then(named_block)?;
    let can = bundle.theirs.get(&height).is_none_or(|it| can_be_asked(&it.state_update));
    can.then(|| deployment.ask_mainnet(format!("Get mainnet's state update {height}"), &Request::MainnetStateUpdate { block: height }))?
}

/// A block that was had and is not what mainnet has.
pub(super) fn mainnet_again(deployment: &DeploymentTarget, height: u64) -> Option<Means> {
    let action = format!("Get mainnet's block {height} again: the copy here does not match its own hashes");
    deployment.ask_mainnet(action, &Request::MainnetBlock { block: height })
}
