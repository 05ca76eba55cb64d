//! `whysync collect`, `whysync investigate` and `whysync rbac`

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::args::{CollectArguments, DeploymentArguments, EpisodesArguments, IncidentArguments, InvestigateArguments, RbacArguments};
use super::audit::Audit;
use super::exit::Exit;
use super::progress::{Drawing, Lines};
use super::{Failure, Outcome, deployed, diagnose, episodes, print_report, rule_folder, write_output};
use crate::collect::live::progress::{Event, Progress};
use crate::collect::live::question::is_name;
use crate::collect::live::survey;
use crate::collect::live::{self, Caller, CollectError, Collected, Options, collect, rbac, replay};
use crate::collect::plan::{Aim, EchonetWay, Plan};
use crate::collect::store;
use crate::engine::{Catalog, Trial, further};
use crate::evidence::source::is_source_config_map;
use crate::evidence::{Bundle, CollectionEnd, Request, Timestamp};

pub(super) fn run(CollectArguments { incident, rules, output }: &CollectArguments) -> Outcome {
    if incident.deployment.dry_run {
        return dry_run(incident);
    }
    let catalog = rule_folder::catalog(rules)?;
    let bundle = gathered(incident, &catalog, Trial::StableOnly)?;
    save(&bundle, output)?;
    Ok(Exit::Success)
}

pub(super) fn investigate(InvestigateArguments { incident, bundle: file, rules, diagnosis }: &InvestigateArguments) -> Outcome {
    if incident.deployment.dry_run {
        return dry_run(incident);
    }
    // Wrong usage is told before anything is asked.
    let outputs = diagnose::outputs(diagnosis)?;
    // Wrong rules are better known before minutes of collecting.
    let catalog = rule_folder::catalog(rules)?;
    let bundle = gathered(incident, &catalog, diagnose::trial(diagnosis))?;
    let namespace = bundle.incident.namespace.clone().unwrap_or_default();
    let block = bundle.incident.block.map(|it| format!("-{it}")).unwrap_or_default();
    let file = file.clone().unwrap_or_else(|| format!("whysync-{namespace}{block}.json.zst").into());
    save(&bundle, &file)?;
    diagnose::tell(&bundle, &catalog, diagnosis, &outputs)
}

pub(super) fn role(arguments: &RbacArguments) -> Outcome {
    if !is_name(&arguments.namespace) {
        return Err(Failure::usage(format!("`{}` is no name of a namespace", arguments.namespace)));
    }
    let source = arguments.config_map.as_deref();
    if let Some(name) = source.filter(|it| !is_source_config_map(it)) {
        return Err(Failure::usage(format!("`{name}` is no ConfigMap of Echonet's source: those begin with `echonet-src-`")));
    }
    write_output(&rbac::role(&arguments.namespace, source), None)?;
    Ok(Exit::Success)
}

/// Lists the past resyncs.
pub(super) fn episodes(arguments: &EpisodesArguments) -> Outcome {
    let EpisodesArguments { deployment, block, limit, format } = arguments;
    if deployment.dry_run {
        return survey_dry_run(deployment);
    }
    let bundle = asked(watching(deployment)?, &mut nothing_more, async |caller| match &deployment.replay {
        Some(folder) => survey::replay(folder, *limit, caller).await,
        None => survey::survey(options(deployment), *limit, caller).await,
    })?;
    episodes::tell(&bundle, deployment.context.as_deref(), *block, *format)
}

/// Collects, and asks the clone if there is one.
fn gathered(arguments: &IncidentArguments, catalog: &Catalog, trial: Trial) -> Result<Bundle, Failure> {
    // A wrong clone is better known before minutes of collecting.
    let clone = arguments.repo.as_deref().map(deployed::open).transpose()?;
    let mut more = |bundle: &Bundle| further(bundle, catalog, trial);
    let deployment = &arguments.deployment;
    let mut bundle = asked(watching(deployment)?, &mut more, async |caller| match &deployment.replay {
        Some(folder) => replay(folder, caller).await,
        None => collect(options_of_incident(arguments), caller).await,
    })?;
    if let Some(clone) = &clone {
        deployed::add_to_collected(&mut bundle, clone, catalog);
    }
    Ok(bundle)
}

/// What a live deployment says that it runs.
pub(super) fn what_runs(namespace: String, context: Option<String>, timeout_ms: u64) -> Result<Bundle, Failure> {
    let options = Options::of_cluster(namespace, context, Duration::from_millis(timeout_ms));
    asked(Watching::Drawn(Lines::new(Drawing::OnTerminal)), &mut nothing_more, async |caller| {
        live::what_runs::what_runs(options, caller).await
    })
}

fn nothing_more(_: &Bundle) -> BTreeSet<Request> {
    BTreeSet::new()
}

/// Who is told how a collection goes.
enum Watching {
    Drawn(Lines),
    Written(Audit),
}

impl Progress for Watching {
    fn see(&self, event: Event<'_>) {
        match self {
            Self::Drawn(lines) => lines.see(event),
            Self::Written(audit) => audit.see(event),
        }
    }
}

fn watching(DeploymentArguments { quiet, audit, .. }: &DeploymentArguments) -> Result<Watching, Failure> {
    let lines = Lines::new(if *quiet { Drawing::Never } else { Drawing::OnTerminal });
    Ok(match audit {
        Some(path) => Watching::Written(Audit::create(path, lines)?),
        None => Watching::Drawn(lines),
    })
}

/// Runs what asks a deployment, until it ends or the user stops it.
fn asked(
    watching: Watching,
    more: &mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
    ask: impl AsyncFnOnce(Caller<'_>) -> Result<Collected, CollectError>,
) -> Result<Bundle, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|err| Failure::unusable(miette::Report::msg(format!("no threads: {err}"))))?;
    let watching = Arc::new(watching);
    let progress = Arc::clone(&watching);
    let collected = runtime.block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                // Nobody listens once the collection is over.
                let _ = stop.send(true);
                std::future::pending::<()>().await;
            }
        });
        ask(Caller { clock: now, stop: stopped, progress, more }).await
    });
    if let Watching::Written(audit) = watching.as_ref()
        && let Some(report) = audit.failure()
    {
        print_report(&report);
    }
    let collected = collected.map_err(Failure::unusable)?;
    if let Some(err) = collected.unrecorded {
        // The evidence is there all the same.
        print_report(&err.into());
    }
    Ok(collected.bundle)
}

const MIB: u64 = 1024 * 1024;

fn options(arguments: &DeploymentArguments) -> Options {
    let DeploymentArguments {
        namespace,
        context,
        echonet_url,
        timeout_ms,
        request_limit,
        time_limit,
        max_answer_mib,
        record,
        // Whether anybody is asked, and who is told, is decided elsewhere.
        dry_run: _,
        quiet: _,
        audit: _,
        replay: _,
    } = arguments;
    let patience = Duration::from_millis(*timeout_ms);
    Options {
        echonet_url: echonet_url.clone(),
        request_limit: Duration::from_secs(*request_limit),
        time_limit: Duration::from_secs(*time_limit),
        max_answer_bytes: max_answer_mib.saturating_mul(MIB),
        max_total_bytes: max_answer_mib.saturating_mul(4 * MIB),
        record: record.clone(),
        ..Options::of_cluster(namespace.clone().unwrap_or_default(), context.clone(), patience)
    }
}

fn options_of_incident(arguments: &IncidentArguments) -> Options {
    // The clone is asked afterwards.
    let IncidentArguments { deployment, block, episode, project, feeder_url, logging_url, log_pause_ms, max_log_mib, repo: _ } = arguments;
    Options {
        block: *block,
        episode: *episode,
        project: project.clone(),
        feeder_url: feeder_url.clone(),
        logging_url: logging_url.clone(),
        log_pause: Duration::from_millis(*log_pause_ms),
        max_log_bytes: max_log_mib.saturating_mul(MIB),
        ..options(deployment)
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let moment = Timestamp::from_unix(seconds).or_else(|| Timestamp::from_unix(0)).expect("the epoch is a moment");
    moment.plus_millis(i64::from(since.subsec_millis()))
}

fn save(bundle: &Bundle, path: &Path) -> Result<(), Failure> {
    store::save(bundle, path).map_err(Failure::unusable)?;
    let asked = bundle.collection.as_ref().map_or(0, |it| it.requests.len());
    eprintln!("{}: {} resync(s), {} mainnet block(s), {asked} requests", path.display(), bundle.episodes.len(), bundle.theirs.len());
    for round in bundle.collection.iter().flat_map(|it| &it.rounds) {
        eprintln!("  asked further, because {}: {}", round.reason, crate::render::visible(&round.asked.join(", ")));
    }
    let gaps = [
        ("Echonet's report", bundle.report.gap()),
        ("Echonet's log", bundle.logs.echonet.gap()),
        ("the sequencer's log", bundle.logs.sequencer.gap()),
        ("the list of pods", bundle.deployment.pods.gap()),
        ("Echonet's source", bundle.deployment.source.gap()),
    ];
    for (what, gap) in gaps.into_iter().filter_map(|(what, gap)| Some((what, gap?))) {
        eprintln!("  {what} {}", crate::render::visible(&gap));
    }
    match bundle.collection.as_ref().map(|it| it.end) {
        Some(CollectionEnd::Interrupted) => eprintln!("  stopped early: what was not answered by then is missing"),
        Some(CollectionEnd::OutOfTime) => eprintln!("  the time was over (--time-limit): what was not answered by then is missing"),
        Some(CollectionEnd::Finished) | None => {}
    }
    Ok(())
}

/// What a list of resyncs would ask.
fn survey_dry_run(arguments: &DeploymentArguments) -> Outcome {
    printed(&plan(arguments, Aim::Resyncs))
}

/// Everything that would be asked; what depends on an answer stands in angle brackets.
fn dry_run(arguments: &IncidentArguments) -> Outcome {
    let note = "TIME and what stands in angle brackets come from earlier answers; without --block, heights come from the last resync.\n\
        Containers' output is read only where Cloud Logging fails, other namespaces are listed only where the named one does not exist.\n\
        The blocks that the trigger names are asked for in the same way. Echonet's report as text is asked for only where the report cannot be\n\
        had, and its own get_block, get_state_update and get_signature only from the first block of the epoch on. A file that is\n\
        cut off is read again, and its size asked for with `stat --format='%s %n'`.\n";
    let outcome = printed(&plan(&arguments.deployment, Aim::Incident { block: arguments.block, project: arguments.project.clone() }))?;
    eprint!("{note}");
    Ok(outcome)
}

fn plan(arguments: &DeploymentArguments, aim: Aim) -> Plan {
    let way = if arguments.echonet_url.is_some() { EchonetWay::Url } else { EchonetWay::PortForward };
    Plan { namespace: arguments.namespace.clone().unwrap_or_default(), way, aim }
}

fn printed(plan: &Plan) -> Outcome {
    write_output(&plan.lines().into_iter().map(|it| it + "\n").collect::<String>(), None)?;
    Ok(Exit::Success)
}
