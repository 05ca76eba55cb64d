//! Saved logs: whose lines they are, and whether they are all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::Access;
use super::asking::ask;
use super::masked_log::MaskedLogs;
use super::missing_resyncs::named;
use super::namespace::{can_be_anothers, of_log, set_aside};
use super::ours::fill_from;
use super::saved_logs::{self, Carrier, SavedLogFile};
use crate::evidence::files::FileRead;
use crate::evidence::identity::{doubt, fail};
use crate::evidence::log_forms::Merged;
use crate::evidence::logs::{CloudEntries, stated_namespaces};
use crate::evidence::sources::{cloud_log_entries, echonet_output};
use crate::evidence::{
    Ambiguity, Bundle, Coverage, Extent, Felt, Gathered, LogStream, Logs, Missing, Observed, Program, Request, SetAside,
};
use crate::fixed_pattern::fixed_pattern;

/// The logs of an incident, and what was with them and is another's.
pub(super) struct Intake {
    pub(super) logs: MaskedLogs,
    pub(super) set_aside: Vec<SetAside>,
    pub(super) ambiguous: Option<Ambiguity>,
    /// What was read and is not used: the entries of Cloud Logging are, which carry times.
    pub(super) unused: Vec<UnusedLog>,
}

/// Cloud Logging's entries carry times; the container's own output is the second choice.
pub(super) fn gather_logs(access: &dyn Access, namespace: Option<&str>) -> Intake {
    let mut others = Vec::new();
    let mut ambiguous = None;
    let further = access.logs();
    let mut logs = match ask(access, &Request::CloudLogEntries, &cloud_log_entries::ANSWER) {
        Gathered::Observed(cloud) => {
            let cloud = saved_logs::with_further(cloud, further, Carrier::Entries);
            ambiguous = several(&cloud.value.entries).filter(|_| namespace.is_none());
            of_saved(cloud, namespace, &mut others)
        }
        Gathered::Failed(missing) => Logs { echonet: Gathered::Failed(missing.clone()), sequencer: Gathered::Failed(missing) },
        Gathered::Absent(missing) => Logs { echonet: Gathered::Absent(missing.clone()), sequencer: Gathered::Absent(missing) },
        Gathered::NotAsked => Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked },
    };
    let (of_further, _) = take_up(&mut logs, further, Carrier::Entries, namespace, &mut others);
    ambiguous = ambiguous.or(of_further);
    let namespace = namespace.map(str::to_owned).or_else(|| logs.each().find_map(of_log));
    let is_told_by_entries = logs.echonet.value().is_some();
    if !is_told_by_entries {
        let Logs { echonet, sequencer } = of_output(access, namespace.as_deref(), &mut others);
        match (&echonet, &logs.echonet) {
            // Both failed: what was there and could not be used says more.
            (Gathered::Failed(_), Gathered::Failed(_) | Gathered::Absent(_)) => logs.echonet = echonet,
            _ => fill_from(&mut logs.echonet, || echonet),
        }
        if sequencer.value().is_some() {
            fill_from(&mut logs.sequencer, || sequencer);
        }
    }
    let (_, use_of_lines) = take_up(&mut logs, further, Carrier::Lines, namespace.as_deref(), &mut others);
    let unused = match (is_told_by_entries, use_of_lines) {
        (true, Use::Nothing) => {
            let lines = further.iter().filter(|it| it.is_of(Carrier::Lines)).map(|it| UnusedLog::Saved(it.path().to_owned()));
            lines.chain([UnusedLog::Output]).collect()
        }
        _ => Vec::new(),
    };
    // What the container wrote may stand in for Echonet's lines.
    let ambiguous = ambiguous.filter(|_| logs.echonet.value().is_none()).map(Ambiguity::Namespaces);
    Intake { logs: MaskedLogs::new(logs), set_aside: others, ambiguous, unused }
}

/// A log that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum UnusedLog {
    /// The file at this path, as the account has it.
    Saved(String),
    /// The answer to [`Request::EchonetOutput`].
    Output,
}

impl UnusedLog {
    pub(super) fn is(&self, file: &FileRead) -> bool {
        match self {
            Self::Saved(path) => file.path == *path,
            Self::Output => file.r#as == Request::EchonetOutput.to_string(),
        }
    }
}

/// Whether anything is taken of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Something,
    Nothing,
}

/// Fills what is missing from logs that were saved under other names. Gives the namespaces that they name, if nothing says which is meant.
fn take_up(
    logs: &mut Logs,
    further: &[SavedLogFile],
    carrier: Carrier,
    namespace: Option<&str>,
    others: &mut Vec<SetAside>,
) -> (Option<Vec<String>>, Use) {
    if logs.each().all(|it| it.value().is_some()) {
        return (None, Use::Nothing);
    }
    let Some(found) = saved_logs::merged(further, carrier) else { return (None, Use::Nothing) };
    let ambiguous = several(&found.value.entries).filter(|_| namespace.is_none());
    let mut aside = Vec::new();
    let mut more = of_saved(found, namespace, &mut aside);
    let mut taken = Use::Nothing;
    for program in Program::ALL {
        let (kept, other) = (logs.for_program_mut(program), std::mem::take(more.for_program_mut(program)));
        // That other files hold no line of a program does not say that there is none.
        if kept.value().is_none() && !other.is_absent() {
            taken = Use::Something;
            fill_from(kept, || other);
        }
    }
    if taken == Use::Something {
        others.extend(aside);
    }
    (ambiguous, taken)
}

/// The namespaces that the entries name, if there are several.
fn several(entries: &CloudEntries) -> Option<Vec<String>> {
    let named: BTreeSet<&String> = entries.namespaces().collect();
    (1 < named.len()).then(|| named.into_iter().cloned().collect())
}

fn of_saved(saved: Observed<Merged>, namespace: Option<&str>, others: &mut Vec<SetAside>) -> Logs {
    let Observed { value: Merged { entries, gaps: of_form }, coverage, source } = saved;
    let mut gaps: Vec<String> = match coverage.extent {
        Extent::Complete => Vec::new(),
        Extent::Partial(reason) => vec![reason],
    };
    if entries.more_pages {
        gaps.push("the answer names a further page, which was not saved".to_owned());
    }
    if 0 < entries.passed_over {
        gaps.push(format!("{} entries of other containers or without text were passed over", entries.passed_over));
    }
    let extent = |program: Program| {
        let of_form = of_form.iter().filter(|it| it.concerns(program)).map(ToString::to_string);
        let gaps: Vec<String> = gaps.iter().cloned().chain(of_form).collect();
        if gaps.is_empty() { Extent::Complete } else { Extent::Partial(gaps.join("; ")) }
    };
    // Lines of one namespace are the incident's, if nothing says otherwise.
    let named: BTreeSet<&String> = entries.namespaces().collect();
    let are_of_one = named.len() <= 1;
    let only = named.first().filter(|_| are_of_one).map(|it| (*it).clone());
    let namespace = namespace.map(str::to_owned).or(only);
    let mut one = |mut streams: BTreeMap<String, LogStream>, program: Program, who: &str| {
        let extent = extent(program);
        let missing = |reason: String| Missing::new(source.asked.clone(), reason);
        let Some(namespace) = &namespace else {
            return match streams.len() {
                0 => Gathered::Absent(missing(format!("the log entries have no line from {who}"))),
                1 if are_of_one => observed(streams.into_values().next().unwrap_or_default(), &extent, coverage.redacted, &source),
                _ => {
                    let whose = streams.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
                    Gathered::Failed(missing(format!("the entries are of several namespaces ({whose}), and nothing says which is meant")))
                }
            };
        };
        let own = [namespace.as_str(), ""].into_iter().filter_map(|it| streams.remove(it)).collect::<Vec<_>>();
        let whose: Vec<String> = streams.keys().cloned().collect();
        for (whose, stream) in streams {
            others.push(set_aside(stream.lines.len(), "line", &format!(" of {who}"), whose, "the entries name that namespace"));
        }
        match (own.is_empty(), whose.is_empty()) {
            (true, true) => Gathered::Absent(missing(format!("the log entries have no line from {who}"))),
            (true, false) => Gathered::Failed(missing(foreign(&whose.join(", "), namespace))),
            (false, _) => observed(merged(own), &extent, coverage.redacted, &source),
        }
    };
    let sequencer = one(entries.sequencer, Program::Sequencer, "a sequencer");
    let mut echonet = one(entries.echonet, Program::Echonet, "Echonet");
    hold(&mut echonet, namespace.as_deref(), others);
    damaged(&mut echonet);
    Logs { echonet, sequencer }
}

fn observed(value: LogStream, extent: &Extent, redacted: u64, source: &crate::evidence::Provenance) -> Gathered<LogStream> {
    let coverage = Coverage { extent: extent.clone(), redacted };
    Gathered::Observed(Observed { value, coverage, source: source.clone() })
}

/// Lines that name the namespace and lines that name none, in the order of time.
fn merged(streams: Vec<LogStream>) -> LogStream {
    let mut streams = streams.into_iter();
    let mut all = streams.next().unwrap_or_default();
    let before = all.lines.len();
    all.lines.extend(streams.flat_map(|it| it.lines));
    if before < all.lines.len() {
        all.lines.sort_by_key(|it| it.at);
        // Of some of them it is not known.
        all.namespace = None;
    }
    all
}

fn foreign(whose: &str, namespace: &str) -> String {
    format!("it is the log of {whose}, but the incident is in {namespace}")
}

/// Reads the containers' output from a saved folder.
fn of_output(access: &dyn Access, namespace: Option<&str>, others: &mut Vec<SetAside>) -> Logs {
    let mut logs = match ask(access, &Request::EchonetOutput, &echonet_output::ANSWER) {
        Gathered::Observed(output) => of_saved(saved_logs::with_further(output, access.logs(), Carrier::Lines), namespace, others),
        Gathered::Failed(missing) => Logs { echonet: Gathered::Failed(missing), sequencer: Gathered::NotAsked },
        Gathered::Absent(missing) => Logs { echonet: Gathered::Absent(missing), sequencer: Gathered::NotAsked },
        Gathered::NotAsked => Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked },
    };
    if let Gathered::Absent(missing) = logs.echonet {
        logs.echonet = Gathered::Failed(missing);
    }
    logs
}

/// Takes out a log in which Echonet says that it runs in another namespace, and notes the namespace of one in which it says so.
fn hold(log: &mut Gathered<LogStream>, namespace: Option<&str>, others: &mut Vec<SetAside>) {
    let Gathered::Observed(observed) = log else { return };
    let stream = &mut observed.value;
    let stated: Vec<String> = stated_namespaces(&stream.lines).map(str::to_owned).collect();
    let Some(first) = stated.first().cloned() else { return };
    let namespace = namespace.map_or_else(|| first.clone(), str::to_owned);
    match stated.into_iter().find(|it| *it != namespace) {
        None => stream.namespace = Some(namespace),
        Some(other) => {
            others.push(set_aside(stream.lines.len(), "line", " of Echonet", other.clone(), "Echonet's own lines name that namespace"));
            fail(log, foreign(&other, &namespace));
        }
    }
}

/// Notes that lines were damaged.
fn damaged(log: &mut Gathered<LogStream>) {
    let holds = |it: char| log.value().is_some_and(|log| log.lines.iter().any(|line| line.text.contains(it)));
    let (lost, nul) = (holds(char::REPLACEMENT_CHARACTER), holds('\0'));
    let is_known = log.as_observed().is_some_and(|it| matches!(&it.coverage.extent, Extent::Partial(reason) if reason.contains("U+FFFD")));
    if lost && !is_known {
        doubt(log, "it holds U+FFFD, which stands for characters that were lost");
    }
    if nul {
        doubt(log, "it holds NUL, which no program logs");
    }
}

pub(super) static MISMATCH: LazyLock<Regex> =
    LazyLock::new(|| fixed_pattern(r"^\[WARNING\] \[echonet\.echo_center\] Block (\d+): block hash MISMATCH\. echonet=(0x[0-9a-fA-F]+),"));
pub(super) static MATCH: LazyLock<Regex> =
    LazyLock::new(|| fixed_pattern(r"^\[INFO\] \[echonet\.echo_center\] Block (\d+): block hash MATCH with mainnet: (0x[0-9a-fA-F]+)"));
pub(super) static BASE: LazyLock<Regex> =
    LazyLock::new(|| fixed_pattern(r"^\[INFO\] \[echonet\.echo_center\] Initialized deterministic base: base_block_number=(\d+) "));

/// Notes of a log that does not say whose it is that it may be another's, unless it says what only this incident's can.
pub(super) fn tie(bundle: &mut Bundle) {
    let Some(log) = bundle.logs.echonet.value() else { return };
    if log.namespace.is_some() || !can_be_anothers(bundle) {
        return;
    }
    const UNTOLD: &str = "whose log this is cannot be told";
    let is_noted =
        bundle.logs.echonet.as_observed().is_some_and(|it| matches!(&it.coverage.extent, Extent::Partial(it) if it.contains(UNTOLD)));
    if !is_noted && !is_tied(bundle, log) {
        doubt(&mut bundle.logs.echonet, UNTOLD);
    }
}

/// Whether a log says what other evidence of the incident says: that a block's hash was this one, that this triggered a resync, or that the
/// epoch began at this block and a block that Echonet holds matched.
fn is_tied(bundle: &Bundle, log: &LogStream) -> bool {
    let pairs = |pattern: &'static Regex| {
        log.lines.iter().filter_map(|it| {
            let found = pattern.captures(&it.text)?;
            Some((found.get(1)?.as_str().parse::<u64>().ok()?, found.get(2)?.as_str().parse::<Felt>().ok()?))
        })
    };
    let known = known_hashes(bundle);
    let differing: Vec<(u64, Felt)> = pairs(&MISMATCH).collect();
    if differing.iter().any(|it| known.contains(it)) {
        return true;
    }
    // Where both name hashes of a block and no hash is the same, the same trigger is that of another deployment.
    if differing.iter().any(|(height, _)| known.iter().any(|it| it.0 == *height)) {
        return false;
    }
    let triggers = known_triggers(bundle);
    if log.lines.iter().filter_map(|it| named(&it.text)).any(|it| triggers.contains(&it)) {
        return true;
    }
    let starts = starts(bundle);
    let begins = log
        .lines
        .iter()
        .any(|it| BASE.captures(&it.text).and_then(|it| it.get(1)?.as_str().parse().ok()).is_some_and(|it| starts.contains(&it)));
    begins && pairs(&MATCH).any(|it| known.contains(&it))
}

/// Hashes of Echonet's blocks, by height.
fn known_hashes(bundle: &Bundle) -> BTreeSet<(u64, Felt)> {
    let blocks = bundle.episodes.iter().flat_map(|it| &it.ours).chain(&bundle.after_resync);
    let of_blocks = blocks.filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash)));
    let reports = bundle.episodes.iter().map(|it| &it.report).chain([&bundle.report]).filter_map(Gathered::value);
    let of_reports = reports.flat_map(|it| it.block_hash_mismatches.iter().flatten());
    let of_snapshots = bundle.episodes.iter().filter_map(|it| it.snapshot.value()).flat_map(|it| &it.block_hash_mismatches);
    let of_text = bundle.echonet.report_text.value().into_iter().flat_map(|it| &it.block_hash_mismatches);
    of_blocks.chain(of_reports.chain(of_snapshots).chain(of_text).map(|it| (it.block_number, it.echonet))).collect()
}

fn known_triggers(bundle: &Bundle) -> BTreeSet<(&str, u64)> {
    let reports = bundle.episodes.iter().map(|it| &it.report).chain([&bundle.report]).filter_map(Gathered::value);
    let of_reports = reports.flat_map(|it| it.resync_causes.values().chain(it.certain_failures.values()));
    let of_text = bundle.echonet.report_text.value().into_iter().flat_map(|it| it.resync_causes.iter().chain(&it.certain_failures));
    let of_snapshots = bundle.episodes.iter().filter_map(|it| it.snapshot.value()).map(|it| (it.trigger_key.as_str(), it.trigger_block));
    of_reports.chain(of_text).map(|it| (it.tx_hash.as_str(), it.failure_block_number)).chain(of_snapshots).collect()
}

fn starts(bundle: &Bundle) -> BTreeSet<u64> {
    let reports = bundle.episodes.iter().map(|it| &it.report).chain([&bundle.report]).filter_map(Gathered::value);
    let of_reports = reports.flat_map(|it| [it.start_block, it.current_start_block, it.initial_start_block]);
    let of_snapshots =
        bundle.episodes.iter().filter_map(|it| it.snapshot.value()).flat_map(|it| [it.current_start_block, it.initial_start_block]);
    of_reports.chain(of_snapshots).flatten().collect()
}
