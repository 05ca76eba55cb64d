//! Of an epoch in which nothing diverged, each thing that could hide a divergence is named. The lines are those of captures.

use crate::evidence::logs::{LogLine, Stream};
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Gathered};
use crate::facts::derive;
use crate::simulate::{Scenario, simulate};

/// What is missing to say of the epoch that still runs that nothing diverged.
fn missing(bundle: &Bundle) -> Vec<String> {
    derive(bundle).cases.into_iter().find_map(|it| it.grounds).expect("an epoch that runs").missing
}

fn lines(bundle: &mut Bundle) -> &mut Vec<LogLine> {
    let Gathered::Observed(log) = &mut bundle.logs.echonet else { panic!("a log") };
    &mut log.value.lines
}

/// Puts a line at the end of Echonet's log.
fn append(bundle: &mut Bundle, text: &str) {
    let mut line = lines(bundle).last().expect("a line").clone();
    line.text = text.into();
    line.stream = if text.starts_with("[INFO]") { Stream::Stdout } else { Stream::Stderr };
    lines(bundle).push(line);
}

fn drop_lines(bundle: &mut Bundle, part: &str) {
    let all = lines(bundle);
    let before = all.len();
    all.retain(|it| !it.text.contains(part));
    assert!(all.len() < before, "no line holds {part}");
}

/// The newest block whose hash the log says to match.
fn newest(bundle: &mut Bundle) -> u64 {
    let matched = lines(bundle).iter().rev().find(|it| it.text.contains(": block hash MATCH with mainnet")).expect("a match").text.clone();
    let (_, rest) = matched.split_once("] Block ").expect("a block");
    rest.split(':').next().and_then(|it| it.parse().ok()).expect("a number")
}

const STOPPED: &str = "[INFO] [echonet.transaction_sender] TransactionSenderRunner stopped";
const FORWARD_FAILED: &str =
    "[WARNING] [echonet.transaction_sender] Forward failed: tx=0x1 type=INVOKE src_bn=7310222 attempt=1/30 status=400 response={}";
const FORWARDED: &str = "[INFO] [echonet.transaction_sender] Forwarded tx: 0x1";
const TASK: &str = "Task exception was never retrieved";
const PAGE: &str = "[ERROR] [echonet.flask] Exception on /echonet/block_dump [GET]";

fn receive_more(bundle: &mut Bundle) {
    let next = newest(bundle) + 1;
    for block in [next, next + 1] {
        append(bundle, &format!("[INFO] [echonet.flask] last_block={block}"));
        append(bundle, &format!("[INFO] [echonet.flask] block {block} tx hashes: 0x1"));
    }
}

fn wait(bundle: &mut Bundle, millis: i64) {
    bundle.incident.observed_until = bundle.incident.observed_until.map(|it| it.plus_millis(millis));
}

fn waits(bundle: &mut Bundle, component: Component) {
    let Gathered::Observed(pods) = &mut bundle.deployment.pods else { panic!("pods") };
    let pod = pods.value.iter_mut().find(|it| it.component == component).expect("a pod");
    pod.containers[0].waiting = Some("CrashLoopBackOff".to_owned());
}

#[test]
fn what_could_hide_a_divergence_is_named_and_what_is_harmless_is_not() {
    type Change = fn(&mut Bundle);
    let cases: [(&str, Change, Option<&str>); 17] = [
        ("nothing", |_| {}, None),
        ("blocks without a comparison", receive_more, Some("received 2 blocks between")),
        (
            "a log without stderr",
            |it| lines(it).iter_mut().for_each(|it| it.stream = Stream::Stdout),
            Some("no line from the container's stderr"),
        ),
        ("a log without INFO lines", |it| drop_lines(it, "[INFO] [echonet.flask] "), Some("names no block that was stored")),
        ("the rest an hour later", |it| wait(it, 3_600_000), Some("log ends 60 minutes before the rest was gathered")),
        ("the rest a minute later", |it| wait(it, 60_000), None),
        ("a sender that stopped", |it| append(it, STOPPED), Some("sender stopped before its last block")),
        ("a forward that fails", |it| append(it, FORWARD_FAILED), Some("tells of a failure: Forward failed: tx=0x1")),
        ("a forward that failed once", |it| [FORWARD_FAILED, FORWARDED].into_iter().for_each(|line| append(it, line)), None),
        ("a task that ended", |it| append(it, TASK), Some("tells of a failure: Task exception was never retrieved")),
        ("a page that failed", |it| append(it, PAGE), None),
        ("a sequencer that does not run", |it| waits(it, Component::Sequencer), Some("does not run: CrashLoopBackOff")),
        ("an Echonet that does not run", |it| waits(it, Component::Echonet), Some("does not run: CrashLoopBackOff")),
        (
            "no sequencer",
            |it| {
                let Gathered::Observed(pods) = &mut it.deployment.pods else { panic!("pods") };
                pods.value.retain(|it| it.component != Component::Sequencer);
            },
            Some("no pod of the sequencer runs"),
        ),
        ("nobody asked for the pods, and a block was stored at the end", |it| it.deployment.pods = Gathered::NotAsked, None),
        (
            "nobody asked for the pods, and the rest came a minute after the last block",
            |it| {
                it.deployment.pods = Gathered::NotAsked;
                wait(it, 60_000);
            },
            Some("the list of pods was not collected"),
        ),
        (
            "a report of another process",
            |it| {
                let Gathered::Observed(report) = &mut it.report else { panic!("a report") };
                report.value.uptime_seconds = report.value.uptime_seconds.map(|it| it + 3_600);
            },
            Some("report is of a process that began at"),
        ),
    ];
    for (name, change, expected) in cases {
        let mut bundle = simulate(Scenario::NoDivergence, 1).bundle;
        change(&mut bundle);
        let missing = missing(&bundle);
        match expected {
            Some(expected) => assert!(missing.iter().any(|it| it.contains(expected)), "{name}: {missing:?}"),
            None => assert_eq!(missing, Vec::<String>::new(), "{name}"),
        }
    }
}
