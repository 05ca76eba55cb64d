//! Epochs that end in silence: something dies, Echonet goes on logging, and nothing resyncs.

use super::{Cause, Member, MemberTruth};
use crate::evidence::logs::LogLine;
use crate::evidence::{Bundle, Gathered};
use crate::simulate::random::Random;
use crate::simulate::{Scenario, simulate};

/// A kind of stall: the slug under which a rule may name it, and what Echonet writes when it happens.
type Described = (&'static str, &'static [&'static str]);

const STALLS: [Described; 3] = [
    (
        "feeder-429-5xx-sender-death",
        &[
            "Exception in thread TransactionSenderRunner:",
            "Traceback (most recent call last):",
            "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://feeder.example/feeder_gateway/get_block?blockNumber=7",
        ],
    ),
    (
        "write-blob-500-keyerror",
        &[
            "[ERROR] [echonet.echo_center] Exception on /cende_recorder/write_blob [POST]",
            "Traceback (most recent call last):",
            "  File \"/app/echonet/shared_context.py\", line 709, in get_sent_block_number",
            "KeyError: '0x51'",
        ],
    ),
    ("alchemy-failure-kills-consumer", &["[ERROR] [echonet.l1_client] get_block_by_number failed after 2 attempts, returning None"]),
];

/// What Echonet goes on writing.
const ALIVE: &str = "[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)";

/// An epoch without a fault in any block, that stops.
pub(super) fn member(number: u64, random: &mut Random) -> Member {
    let (name, lines) = *random.pick(&STALLS);
    let mut bundle = simulate(Scenario::NoDivergence, random.next() >> 16).bundle;
    let minutes = 12 + i64::try_from(random.between(0, 60)).unwrap_or_default();
    append(&mut bundle, 1, lines);
    append(&mut bundle, minutes, &[ALIVE]);
    let causes = vec![Cause { names: vec![name], items: Vec::new(), sufficient: true }];
    Member { number, bundle, truth: MemberTruth { causes, version: "0.14.3".to_owned(), ..MemberTruth::default() } }
}

/// Puts lines at the end of Echonet's log, so many minutes after its last one.
fn append(bundle: &mut Bundle, minutes: i64, texts: &[&str]) {
    let Gathered::Observed(log) = &mut bundle.logs.echonet else { return };
    let Some(last) = log.value.lines.last().cloned() else { return };
    let at = last.at.map(|it| it.plus_millis(minutes * 60_000));
    log.value.lines.extend(texts.iter().map(|text| LogLine { at, text: (*text).to_owned(), ..last.clone() }));
    bundle.incident.observed_until = bundle.incident.observed_until.max(at);
}
