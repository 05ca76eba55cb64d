//! `whysync collect`, `whysync investigate`, `whysync episodes` and `whysync rbac`

use std::path::Path;
use std::sync::Arc;

use super::args::{CollectArguments, DeploymentArguments, EpisodesArguments, IncidentArguments, InvestigateArguments, RbacArguments};
use super::exit::Exit;
use super::output::{print_report, say, write_output};
use super::progress::{Drawing, ProgressLines};
#[cfg(unix)]
use super::signals;
use super::{CommandResult, Failure, diagnose, dry_run, episodes, lineage_notes};
use crate::counted::counted;
use crate::evidence::{Bundle, CollectionEnd, Program};
use crate::investigate::inspect::{self, CollectionReach};
use crate::investigate::{
    self, AuditLog, Collected, DeploymentOptions, DiagnosisOptions, Error, Purpose, Rules, Stop, Trial, USUAL_FILE, Watching,
};

pub(super) fn run(CollectArguments { incident, rules, by_hand, output }: &CollectArguments) -> CommandResult {
    if *by_hand {
        write_output(&investigate::by_hand(&incident.options())?, None)?;
        return Ok(Exit::Success);
    }
    if incident.deployment.dry_run {
        return dry_run::of_incident(&incident.options());
    }
    investigate::check_writable(output)?;
    let rules = Rules::load(&rules.set())?;
    let bundle = gathered(incident, &rules, DiagnosisOptions::default().tried)?;
    investigate::save(&bundle, output)?;
    tell(&bundle, output);
    Ok(reached(&bundle))
}

pub(super) fn and_diagnose(InvestigateArguments { incident, bundle: file, rules, diagnosis }: &InvestigateArguments) -> CommandResult {
    if incident.deployment.dry_run {
        return dry_run::of_incident(&incident.options());
    }
    // Wrong usage is told before anything is asked.
    let outputs = diagnose::outputs(diagnosis)?;
    investigate::check_writable(file.as_deref().unwrap_or(USUAL_FILE.as_ref()))?;
    // Wrong rules are better known before minutes of collecting.
    let rules = Rules::load(&rules.set())?;
    let bundle = gathered(incident, &rules, diagnose::options(diagnosis).tried)?;
    let file = match file {
        Some(file) => {
            investigate::save(&bundle, file)?;
            file.clone()
        }
        None => investigate::save_usual(&bundle)?,
    };
    tell(&bundle, &file);
    let answer = investigate::diagnose(&bundle, &rules, &diagnose::options(diagnosis));
    diagnose::tell(&answer, diagnosis, &outputs)
}

pub(super) fn role(arguments: &RbacArguments) -> CommandResult {
    write_output(&investigate::role(&arguments.namespace, arguments.config_map.as_deref())?, None)?;
    Ok(Exit::Success)
}

/// Lists the past resyncs.
pub(super) fn episodes(arguments: &EpisodesArguments) -> CommandResult {
    let EpisodesArguments { deployment, block, limit, format } = arguments;
    if deployment.dry_run {
        return dry_run::of_survey(&deployment.options());
    }
    let collected = asked(deployment, |watching| match &deployment.replay {
        Some(folder) => investigate::survey_replay(folder, *limit, watching),
        None => investigate::survey(&deployment.options(), *limit, watching),
    })?;
    episodes::tell(&collected.bundle, deployment.context.as_deref(), *block, *format)
}

/// Collects, and asks the clone if there is one.
fn gathered(arguments: &IncidentArguments, rules: &Rules, tried: Trial) -> Result<Bundle, Failure> {
    // A wrong clone is better known before minutes of collecting.
    let clone = arguments.repo.as_deref().map(investigate::open_clone).transpose()?;
    let purpose = Purpose { rules, tried, clone: clone.as_ref() };
    let Collected { bundle, no_lineage, .. } = asked(&arguments.deployment, |watching| match &arguments.deployment.replay {
        Some(folder) => investigate::replay(folder, purpose, watching),
        None => investigate::collect(&arguments.options(), purpose, watching),
    })?;
    if let Some(why) = no_lineage {
        say(&format!("  no history of the deployed code: {why}"));
    }
    if clone.is_some() {
        lineage_notes::tell(&bundle);
    }
    Ok(bundle)
}

/// What a live deployment says that it runs.
pub(super) fn what_runs(options: &DeploymentOptions) -> Result<Bundle, Failure> {
    let ask = |watching: &Watching| investigate::what_runs(options, watching);
    Ok(watched(ProgressLines::new(Drawing::OnTerminal), None, ask)?.bundle)
}

/// Asks a deployment as the arguments want it to be told.
fn asked(
    DeploymentArguments { quiet, audit, replay, .. }: &DeploymentArguments,
    ask: impl FnOnce(&Watching) -> Result<Collected, Error>,
) -> Result<Collected, Failure> {
    let lines = ProgressLines::new(if *quiet { Drawing::Never } else { Drawing::OnTerminal });
    if replay.is_some() {
        // Nobody is asked, so a signal loses nothing.
        return Ok(ask(&Watching { progress: Arc::new(lines), stop: Stop::default() })?);
    }
    watched(lines, audit.as_deref(), ask)
}

/// Asks a deployment until it has answered or the user stops it, and says what could not be written beside.
fn watched(
    lines: ProgressLines,
    audit: Option<&Path>,
    ask: impl FnOnce(&Watching) -> Result<Collected, Error>,
) -> Result<Collected, Failure> {
    let stop = Stop::default();
    #[cfg(unix)]
    let _instead = {
        let stop = stop.clone();
        signals::Instead::new(move || stop.stop())
    };
    let collected = match audit {
        None => ask(&Watching { progress: Arc::new(lines), stop }),
        Some(path) => {
            let audit = Arc::new(AuditLog::create(path, lines)?);
            let collected = ask(&Watching { progress: audit.clone(), stop });
            if let Some(err) = audit.failure() {
                print_report(&err.into());
            }
            collected
        }
    };
    let mut collected = collected?;
    if let Some(err) = collected.unrecorded.take() {
        // The evidence is there all the same.
        print_report(&err.into());
    }
    Ok(collected)
}

/// If no source answered, the exit code says so, even though the bundle was written.
fn reached(bundle: &Bundle) -> Exit {
    match inspect::reach(bundle) {
        CollectionReach::Deployment => Exit::Success,
        CollectionReach::Nothing => Exit::Unusable,
    }
}

/// Prints a summary of what was collected and what is missing.
fn tell(bundle: &Bundle, path: &Path) {
    let asked = counted(bundle.collection.as_ref().map_or(0, |it| it.requests.len()), "request");
    let (resyncs, blocks) = (counted(bundle.episodes.len(), "resync"), counted(bundle.theirs.len(), "mainnet block"));
    say(&format!("{}: {resyncs}, {blocks}, {asked}", path.display()));
    for round in bundle.collection.iter().flat_map(|it| &it.rounds) {
        say(&format!("  also collected, because {}: {}", round.reason, round.asked.join(", ")));
    }
    let logs = Program::ALL.map(|it| (format!("{}'s log", it.words()), bundle.logs.for_program(it).gap()));
    let gaps = [("Echonet's report".to_owned(), bundle.report.gap())].into_iter().chain(logs).chain([
        ("the list of pods".to_owned(), bundle.deployment.pods.gap()),
        ("Echonet's source".to_owned(), bundle.deployment.source.gap()),
    ]);
    for (what, gap) in gaps.filter_map(|(what, gap)| Some((what, gap?))) {
        say(&format!("  {what} {gap}"));
    }
    match bundle.collection.as_ref().map(|it| it.end) {
        Some(CollectionEnd::Interrupted) => say("  stopped early: what had not been answered by then is missing"),
        Some(CollectionEnd::OutOfTime) => say("  the deadline passed (--deadline): what had not been answered by then is missing"),
        Some(CollectionEnd::Finished) | None => {}
    }
    for line in inspect::ways_out(bundle) {
        say(&format!("  {line}"));
    }
}
