//! How log lines are got: one query for all that is wanted of them, because a folder holds one answer.

use std::fmt::Write as _;

use super::deployment::{DeploymentTarget, SavedLogState};
use super::missing::Want;
use super::step::Means;
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Gathered, LogStream, Request, Timestamp};
use crate::facts::{Case, EpochKind, EvidenceName, Facts};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// So far back where nothing tells when the epoch began: as far as a collection goes.
const DAY: i64 = 24 * HOUR;

/// How the lines that are wanted are got, and for what.
pub(super) fn build_log_query<'w>(
    wants: &[&'w Want<'w>],
    facts: &Facts<'_>,
    deployment: &DeploymentTarget,
) -> Option<(Means, Vec<&'w Want<'w>>)> {
    let bundle = facts.bundle;
    let open: Vec<&Want<'_>> = wants.iter().copied().filter(|it| can_be_had(it, bundle, deployment)).collect();
    let windows: Vec<(Timestamp, Timestamp)> = open.iter().filter_map(|it| window(it.case, facts)).collect();
    let ends = windows.iter().map(|it| it.0).min().zip(windows.iter().map(|it| it.1).max());
    let Some((from, until)) = ends.and_then(|(from, until)| Some((written(from)?, written(until)?))) else {
        // Without a moment there is no window: only what the container still has can be asked for.
        let running: Vec<&Want<'_>> = open.into_iter().filter(|it| is_of_container(it)).collect();
        return (!running.is_empty()).then(|| Some((deployment.output(&bundle.logs.echonet)?, running)))?;
    };
    let is_wanted = |names: &[EvidenceName]| open.iter().any(|it| names.contains(&it.evidence));
    // The answer takes the place of the one that the folder holds, so it is asked for what that had too.
    let echonet = is_wanted(&[EvidenceName::LogsEchonet, EvidenceName::LogsEchonetDebug]) || is_from_cloud(&bundle.logs.echonet);
    let sequencer = is_wanted(&[EvidenceName::LogsSequencer]) || is_from_cloud(&bundle.logs.sequencer);
    let (action, container) = match (echonet, sequencer) {
        (true, false) => ("Get Echonet's log of the whole epoch, all levels", r#"resource.labels.container_name="echonet""#),
        (false, true) => ("Get the sequencer's log of the whole epoch", r#"resource.labels.container_name=~"^sequencer-""#),
        (true, true) => (
            "Get both logs of the whole epoch, all levels",
            r#"(resource.labels.container_name="echonet" OR resource.labels.container_name=~"^sequencer-")"#,
        ),
        (false, false) => return None,
    };
    let filter = format!(
        r#"resource.type="k8s_container" AND resource.labels.namespace_name="{}" AND {container} AND timestamp>="{from}" AND timestamp<="{until}""#,
        deployment.namespace
    );
    let command = format!("gcloud logging read '{filter}' --format=json");
    let name = "logs/gcp_entries.json";
    let is_held = bundle.logs.each().any(is_from_cloud);
    let held = if is_held { SavedLogState::Lines } else { SavedLogState::Nothing };
    Some((deployment.saved_log(action.to_owned(), &command, name, held), open))
}

/// Whether to ask again can give more than was seen. That somebody's saved lines hold none of a program does not say that it wrote none; that a
/// collection found none does.
fn can_be_had(want: &Want<'_>, bundle: &Bundle, deployment: &DeploymentTarget) -> bool {
    let (echonet, sequencer) = (&bundle.logs.echonet, &bundle.logs.sequencer);
    match want.evidence {
        // A collection asks as far back as it can, and for all levels.
        EvidenceName::LogsEchonet | EvidenceName::LogsEchonetDebug if deployment.is_collected => is_unasked(echonet),
        EvidenceName::LogsSequencer if deployment.is_collected => is_unasked(sequencer),
        // What a container wrote is not chosen by level.
        EvidenceName::LogsEchonetDebug => echonet.value().is_none() || is_from_cloud(echonet) || lacks_lines(want.case),
        _ => true,
    }
}

fn is_unasked(log: &Gathered<LogStream>) -> bool {
    matches!(log, Gathered::NotAsked | Gathered::Failed(_))
}

/// Whether not even the other lines of the episode were all seen.
fn lacks_lines(case: &Case<'_>) -> bool {
    case.document.coverage.iter().any(|it| it.evidence == EvidenceName::LogsEchonet && it.gap.is_some())
}

fn is_from_cloud(log: &Gathered<LogStream>) -> bool {
    log.as_observed().is_some_and(|it| it.source.asked == Request::CloudLogEntries.to_string())
}

/// Whether the container that runs can still have the lines.
fn is_of_container(want: &Want<'_>) -> bool {
    let is_echonets = matches!(want.evidence, EvidenceName::LogsEchonet | EvidenceName::LogsEchonetDebug);
    is_echonets && !want.case.kinds.contains(&EpochKind::Resync)
}

/// From the beginning of an epoch until some time after its end, because the replay shows whether it happens again.
fn window(case: &Case<'_>, facts: &Facts<'_>) -> Option<(Timestamp, Timestamp)> {
    let end = end(case, facts)?;
    let before = facts.cases.iter().rfind(|it| it.episode.number < case.episode.number).and_then(|it| end_of_resync(it, facts));
    let pods = facts.bundle.deployment.pods.value().into_iter().flatten();
    let started = pods.filter(|it| it.component == Component::Echonet).filter_map(|it| it.started_at).min();
    let first = facts.echonet_log.as_ref().and_then(|it| it.records.iter().find_map(|it| it.at)).filter(|it| *it < end);
    let begun = before.or(started).filter(|it| *it < end).map(|it| it.plus_millis(-MINUTE));
    Some((begun.unwrap_or_else(|| first.unwrap_or(end).plus_millis(-DAY)), end.plus_millis(HOUR)))
}

fn end(case: &Case<'_>, facts: &Facts<'_>) -> Option<Timestamp> {
    end_of_resync(case, facts).or(facts.bundle.incident.observed_until)
}

/// When a resync began; none for an epoch that still runs, or if nothing tells.
fn end_of_resync(case: &Case<'_>, facts: &Facts<'_>) -> Option<Timestamp> {
    if !case.kinds.contains(&EpochKind::Resync) {
        return None;
    }
    let record = case.window.as_ref().zip(facts.echonet_log.as_ref()).and_then(|(window, index)| index.records.get(window.trigger));
    case.episode.snapshot.value().map(|it| it.taken_at).or_else(|| record?.at)
}

/// A moment as text; none of one that has no such form.
fn written(at: Timestamp) -> Option<String> {
    let mut text = String::new();
    write!(text, "{at}").ok().map(|()| text)
}
