//! `whysync collect`, `whysync investigate` and `whysync rbac`

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::args::{CollectArguments, DeploymentArguments, EpisodesArguments, InvestigateArguments, RbacArguments};
use super::exit::Exit;
use super::progress::{Drawing, Lines};
use super::{Failure, Outcome, deployed, diagnose, episodes, print_report, rule_folder, write_output};
use crate::collect::live::question::{EchonetPage, FeederPage, ObjectKind, Question, Run, Way, is_name};
use crate::collect::live::survey;
use crate::collect::live::volume_command::{VolumeCommand, VolumePath};
use crate::collect::live::{self, Caller, CollectError, Collected, Options, collect, rbac, replay};
use crate::collect::store;
use crate::engine::{Catalog, Trial, further};
use crate::evidence::source::is_source_config_map;
use crate::evidence::{Bundle, CollectionEnd, DumpKind, Felt, Request, Timestamp};

pub(super) fn run(arguments: &CollectArguments) -> Outcome {
    if arguments.deployment.dry_run {
        return dry_run(&arguments.deployment);
    }
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let bundle = gathered(&arguments.deployment, &catalog, Trial::StableOnly)?;
    save(&bundle, &arguments.output)?;
    Ok(Exit::Success)
}

pub(super) fn investigate(arguments: &InvestigateArguments) -> Outcome {
    if arguments.deployment.dry_run {
        return dry_run(&arguments.deployment);
    }
    // Wrong usage is told before anything is asked.
    let outputs = diagnose::outputs(&arguments.diagnosis)?;
    // Wrong rules are better known before minutes of collecting.
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let trial = diagnose::trial(&arguments.diagnosis);
    let bundle = gathered(&arguments.deployment, &catalog, trial)?;
    let namespace = bundle.incident.namespace.clone().unwrap_or_default();
    let block = bundle.incident.block.map(|it| format!("-{it}")).unwrap_or_default();
    let file = arguments.bundle.clone().unwrap_or_else(|| format!("whysync-{namespace}{block}.json.zst").into());
    save(&bundle, &file)?;
    diagnose::tell(&bundle, &catalog, &arguments.diagnosis, &outputs)
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
    let deployment = &arguments.deployment;
    if deployment.dry_run {
        return survey_dry_run(deployment);
    }
    let bundle = asked(drawing(deployment), &mut nothing_more, async |caller| match &deployment.replay {
        Some(folder) => survey::replay(folder, arguments.limit, caller).await,
        None => survey::survey(options(deployment), arguments.limit, caller).await,
    })?;
    episodes::tell(&bundle, arguments)
}

/// Collects, and asks the clone if there is one.
fn gathered(arguments: &DeploymentArguments, catalog: &Catalog, trial: Trial) -> Result<Bundle, Failure> {
    // A wrong clone is better known before minutes of collecting.
    let clone = arguments.repo.as_deref().map(deployed::open).transpose()?;
    let mut more = |bundle: &Bundle| further(bundle, catalog, trial);
    let mut bundle = asked(drawing(arguments), &mut more, async |caller| match &arguments.replay {
        Some(folder) => replay(folder, caller).await,
        None => collect(options(arguments), caller).await,
    })?;
    if let Some(clone) = &clone {
        deployed::add_to_collected(&mut bundle, clone, catalog);
    }
    Ok(bundle)
}

/// What a live deployment says that it runs.
pub(super) fn what_runs(namespace: String, context: Option<String>, timeout_ms: u64) -> Result<Bundle, Failure> {
    let options = Options::of_cluster(namespace, context, Duration::from_millis(timeout_ms));
    asked(Drawing::OnTerminal, &mut nothing_more, async |caller| live::what_runs::what_runs(options, caller).await)
}

fn nothing_more(_: &Bundle) -> BTreeSet<Request> {
    BTreeSet::new()
}

fn drawing(arguments: &DeploymentArguments) -> Drawing {
    if arguments.quiet { Drawing::Never } else { Drawing::OnTerminal }
}

/// Runs what asks a deployment, until it ends or the user stops it.
fn asked(
    drawing: Drawing,
    more: &mut (dyn FnMut(&Bundle) -> BTreeSet<Request> + Send),
    ask: impl AsyncFnOnce(Caller<'_>) -> Result<Collected, CollectError>,
) -> Result<Bundle, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|err| Failure::unusable(miette::Report::msg(format!("no threads: {err}"))))?;
    let collected = runtime.block_on(async {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                // Nobody listens once the collection is over.
                let _ = stop.send(true);
                std::future::pending::<()>().await;
            }
        });
        ask(Caller { clock: now, stop: stopped, progress: Arc::new(Lines::new(drawing)), more }).await
    });
    let collected = collected.map_err(Failure::unusable)?;
    if let Some(err) = collected.unrecorded {
        // The evidence is there all the same.
        print_report(&err.into());
    }
    Ok(collected.bundle)
}

fn options(arguments: &DeploymentArguments) -> Options {
    const MIB: u64 = 1024 * 1024;
    Options {
        namespace: arguments.namespace.clone().unwrap_or_default(),
        block: arguments.block,
        episode: arguments.episode,
        context: arguments.context.clone(),
        project: arguments.project.clone(),
        echonet_url: arguments.echonet_url.clone(),
        feeder_url: arguments.feeder_url.clone(),
        logging_url: arguments.logging_url.clone(),
        patience: Duration::from_millis(arguments.timeout_ms),
        request_limit: Duration::from_secs(arguments.request_limit),
        time_limit: Duration::from_secs(arguments.time_limit),
        attempts: 4,
        backoff: Duration::from_millis(arguments.timeout_ms / 60),
        log_pause: Duration::from_millis(arguments.log_pause_ms),
        max_answer_bytes: arguments.max_answer_mib.saturating_mul(MIB),
        max_total_bytes: arguments.max_answer_mib.saturating_mul(4 * MIB),
        max_log_bytes: arguments.max_log_mib.saturating_mul(MIB),
        record: arguments.record.clone(),
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
    let (namespace, pod) = (arguments.namespace.clone().unwrap_or_default(), "<Echonet's pod>".to_owned());
    let snapshot = VolumePath::new("report_snapshot_TIME.log").map_err(Failure::usage)?;
    let volume = |command| Question::Volume { namespace: namespace.clone(), pod: pod.clone(), command };
    let questions = [
        Question::Namespace { namespace: namespace.clone() },
        Question::Namespaces,
        Question::Objects { namespace: namespace.clone(), kind: ObjectKind::Pods },
        Question::Echonet { way: way(arguments, &pod), page: EchonetPage::Report },
        volume(VolumeCommand::ListRoot),
        volume(VolumeCommand::Read(snapshot)),
    ];
    write_output(&questions.iter().map(|it| format!("{it}\n")).collect::<String>(), None)?;
    Ok(Exit::Success)
}

/// The way to Echonet.
fn way(arguments: &DeploymentArguments, pod: &str) -> Way {
    match arguments.echonet_url {
        Some(_) => Way::Url,
        None => Way::PortForward { namespace: arguments.namespace.clone().unwrap_or_default(), pod: pod.to_owned(), port: 80 },
    }
}

/// Echonet's pages beside the report and the dumps, for a trigger at a block.
fn echonet_pages(block: u64) -> [EchonetPage; 9] {
    [
        EchonetPage::ReportText,
        EchonetPage::LatestReceivedBlock,
        EchonetPage::LastStoredCommitment,
        EchonetPage::Block(block),
        EchonetPage::StateUpdate(block),
        EchonetPage::Signature(block),
        EchonetPage::TxBlockMetadata(Felt::ZERO),
        EchonetPage::BlockMetadata(block),
        EchonetPage::StarknetVersion,
    ]
}

/// Everything that would be asked; what depends on an answer stands in angle brackets.
fn dry_run(arguments: &DeploymentArguments) -> Outcome {
    let namespace = arguments.namespace.clone().unwrap_or_default();
    let pod = "<Echonet's pod>".to_owned();
    let volume = |command| Question::Volume { namespace: namespace.clone(), pod: pod.clone(), command };
    let way = way(arguments, &pod);
    let echonet = |page| Question::Echonet { way: way.clone(), page };
    let path = |it: &str| VolumePath::new(it).map_err(Failure::usage);
    let mut questions = vec![Question::Namespace { namespace: namespace.clone() }, Question::Namespaces];
    questions.extend(ObjectKind::ALL.map(|kind| Question::Objects { namespace: namespace.clone(), kind }));
    questions.push(Question::NodeConfig { namespace: namespace.clone(), name: "sequencer-<service>-config".to_owned() });
    questions.push(Question::EchonetSource { namespace: namespace.clone(), name: "echonet-src-<suffix>".to_owned() });
    questions.extend([volume(VolumeCommand::ListRoot), volume(VolumeCommand::Read(path("report_snapshot_TIME.log")?))]);
    questions.push(volume(VolumeCommand::Read(path("report_reverts_TIME.log")?)));
    questions.extend([volume(VolumeCommand::List(path("blocks_TIME")?)), echonet(EchonetPage::Report)]);
    if arguments.echonet_url.is_some() {
        questions.extend([EchonetPage::ReportUi, EchonetPage::ReportDownload].map(&echonet));
    }
    let block = arguments.block.unwrap_or_default();
    questions.extend(echonet_pages(block).into_iter().map(&echonet));
    for height in block.saturating_sub(1)..=block.saturating_add(1) {
        for kind in DumpKind::ALL {
            questions.push(volume(VolumeCommand::Read(path(&format!("blocks_TIME/{}_{height}.json", kind.name()))?)));
            questions.push(echonet(EchonetPage::BlockDump { block: height, kind }));
        }
        questions.extend([Question::Mainnet(FeederPage::Block(height)), Question::Mainnet(FeederPage::StateUpdate(height))]);
    }
    let project = arguments.project.clone().unwrap_or_else(|| "<project of the context>".to_owned());
    for container in ["echonet", "sequencer-<service>"] {
        let filter = format!("resource.labels.namespace_name=\"{namespace}\" container {container}, time of the incident");
        questions.push(Question::LogEntries { project: project.clone(), filter, page_token: None });
        questions.extend([Run::Current, Run::Previous].map(|run| Question::Output {
            namespace: namespace.clone(),
            pod: "<pod>".to_owned(),
            container: container.to_owned(),
            run,
            since: None,
        }));
    }
    // A question holds a hash, not what stands for one.
    let lines: String = questions.iter().map(|it| format!("{it}\n").replace("tx_hash=0x0 ", "tx_hash=<of the trigger> ")).collect();
    let note = "TIME and what stands in angle brackets come from earlier answers; without --block, heights come from the last resync.\n\
        Containers' output is read only where Cloud Logging fails, other namespaces are listed only where the named one does not exist.\n\
        The blocks that the trigger names are asked for in the same way. Echonet's report as text is asked for only where the report cannot be\n\
        had, and its own get_block, get_state_update and get_signature only from the first block of the epoch on.\n";
    write_output(&lines, None)?;
    eprint!("{note}");
    Ok(Exit::Success)
}
