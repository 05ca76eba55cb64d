//! Epochs that stop: something dies, Echonet goes on logging, and nothing resyncs.

use super::lines::{append, end_at, first};
use super::loss::{self, LosableEvidence};
use super::quiet::{Posting, QuietEpoch};
use super::truth::{AllowedDoubt, Calm, Cause, MemberTruth, Surest};
use super::{Member, texts};
use crate::evidence::pods::{Component, Termination};
use crate::evidence::{Block, Bundle, Gathered, Missing, Provenance, Request, TheirBlock};
use crate::simulate::random::Random;

/// A kind of stall.
struct InjectedStall {
    /// Slug under which a rule may name it.
    name: &'static str,
    /// Slugs of rules that may hold as well: they say the same with fewer words.
    also: &'static [&'static str],
    posts: Posting,
    shows: Shows,
    /// How sure its cause may be called where nothing was taken away.
    surest: Surest,
    calm: Calm,
    /// What happens, and what Echonet writes then.
    happens: fn(&mut QuietEpoch, &mut Random),
}

/// The evidence that shows a stall.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Lines that name the cause, with or without silence after them.
    Lines,
    /// Lines that mean a stall only where silence follows.
    LinesAndSilence,
    /// Silence; what caused it is in no evidence that is ever drawn.
    Silence,
}

const fn stall(name: &'static str, happens: fn(&mut QuietEpoch, &mut Random)) -> InjectedStall {
    InjectedStall { name, also: &[], posts: Posting::Blocks, shows: Shows::Lines, surest: Surest::Established, calm: Calm::False, happens }
}

static STALLS: [InjectedStall; 13] = [
    stall("feeder-429-5xx-sender-death", |quiet, random| {
        let statuses = ["429 Too Many Requests", "500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"];
        let block = quiet.fetched + 1;
        let why = texts::feeder_says(random.pick::<&str>(&statuses), block);
        append(&mut quiet.bundle, 0, &texts::fetch_in_vain(block, "HTTPError", &why));
    }),
    InjectedStall {
        also: &["feeder-429-5xx-sender-death", "sender-exception"],
        ..stall("feeder-certificate-expired", |quiet, _| {
            let block = quiet.fetched + 1;
            append(&mut quiet.bundle, 0, &texts::fetch_in_vain(block, "SSLError", &texts::certificate(block)));
        })
    },
    // Nothing is wrong with it, but Echonet takes it for a failure, and its log has the status alone: mainnet tells.
    InjectedStall {
        also: &["sender-exception"],
        surest: Surest::Suspected,
        calm: Calm::Fair,
        ..stall(END_OF_CHAIN, |quiet, _| refuse_next(quiet, |_, _| Gathered::NotAsked))
    },
    InjectedStall {
        also: &["sender-exception"],
        calm: Calm::Fair,
        ..stall(END_OF_CHAIN, |quiet, _| {
            refuse_next(quiet, |_, asked| Gathered::Absent(Missing::never_stored(asked, "BLOCK_NOT_FOUND")));
        })
    },
    // The rule is the same, and says something else of it.
    InjectedStall { also: &["sender-exception"], ..stall(END_OF_CHAIN, |quiet, _| refuse_next(quiet, had)) },
    stall("write-blob-500-keyerror", |quiet, _| {
        let last_words = texts::key_error(&quiet.transaction.to_string());
        append(&mut quiet.bundle, 0, &texts::refuses(quiet.posted + 1, &last_words));
    }),
    stall("block-hash-cli-missing", |quiet, _| {
        append(&mut quiet.bundle, 0, &texts::refuses(quiet.posted + 1, texts::NO_CALCULATOR));
    }),
    stall("bincode-commitment-infos", |quiet, _| {
        append(&mut quiet.bundle, 0, &texts::refuses(quiet.posted + 1, texts::UNDECODABLE));
    }),
    InjectedStall {
        posts: Posting::Nothing,
        ..stall("kubernetes-client-v36", |quiet, _| {
            if let Some(place) = first(&mut quiet.bundle, |it| it.contains("Fetching ConfigMap")) {
                end_at(&mut quiet.bundle, place);
            }
            if let Gathered::Observed(report) = &mut quiet.bundle.report {
                report.value.current_block = None;
                report.value.sent_tx_hashes.clear();
            }
            append(&mut quiet.bundle, 0, &texts::unauthorised());
        })
    },
    InjectedStall {
        posts: Posting::Nothing,
        ..stall("witness-height-offset-404", |quiet, random| {
            append(&mut quiet.bundle, 0, &texts::no_witness_height(random.between(6, 30)));
        })
    },
    InjectedStall {
        shows: Shows::LinesAndSilence,
        ..stall("alchemy-failure-kills-consumer", |quiet, _| append(&mut quiet.bundle, 0, &[texts::NO_L1_BLOCK.to_owned()]))
    },
    // The node's log would tell when it started again.
    InjectedStall {
        shows: Shows::Silence,
        also: &["sequencer-killed"],
        ..stall("sequencer-restart-mempool-loss", |quiet, _| kill(&mut quiet.bundle, Component::Sequencer))
    },
    InjectedStall { shows: Shows::Silence, ..stall("silence", |_, _| {}) },
];

const END_OF_CHAIN: &str = "replay-at-end-of-chain";

/// The feeder answers that the next block is a bad request, and mainnet is asked for it afterwards.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
fn refuse_next(quiet: &mut QuietEpoch, mainnet: fn(Option<Block>, String) -> Gathered<Block>) {
    let block = quiet.fetched + 1;
    let why = texts::feeder_says("400 Bad Request", block);
    append(&mut quiet.bundle, 0, &texts::fetch_in_vain(block, "HTTPError", &why));
    let asked = Request::MainnetBlock { block }.to_string();
    let theirs = TheirBlock { block: mainnet(quiet.mainnet(block), asked), state_update: Gathered::NotAsked };
    quiet.bundle.theirs.insert(block, theirs);
}

/// Mainnet had the block all along: the epoch replays what is months old.
fn had(block: Option<Block>, asked: String) -> Gathered<Block> {
    let source = Provenance { asked, at: None, took_ms: None, bytes: 0, sha256: String::new() };
    block.map_or(Gathered::NotAsked, |it| Gathered::observed(it, source))
}

/// An epoch without a fault in any block, that stops.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
pub(super) fn member(number: u64, seed: u64, random: &mut Random) -> Member {
    let stall = random.pick(&STALLS);
    let mut quiet = QuietEpoch::draw(number, seed, random, stall.posts);
    (stall.happens)(&mut quiet, random);
    let is_silent = stall.shows != Shows::Lines || random.between(0, 1) == 0;
    let minutes = if is_silent { 12 + i64::try_from(random.between(0, 60)).unwrap_or_default() } else { 0 };
    append(&mut quiet.bundle, minutes, &[texts::ALIVE.to_owned()]);
    let lost = if random.between(0, 3) == 0 { loss::lose_log(&mut quiet.bundle, random) } else { Vec::new() };

    let sufficient = stall.shows != Shows::Silence && lost.is_empty();
    let is_gone = loss::is_gone(&lost, LosableEvidence::Log, 0);
    let surest = if stall.shows == Shows::Silence || is_gone { Surest::Suspected } else { stall.surest };
    let is_harmless = stall.calm == Calm::Fair;
    let cause = Cause { items: vec![STALL.to_owned()], sufficient, surest, ..Cause::certain(vec![stall.name]) };
    let truth = MemberTruth {
        story: "stall",
        causes: vec![cause],
        also: stall.also.to_vec(),
        calm: stall.calm,
        doubt: if sufficient && !is_harmless { AllowedDoubt::False } else { AllowedDoubt::Fair },
        lost,
        version: quiet.version.to_owned(),
        ..MemberTruth::default()
    };
    Member { number, bundle: quiet.bundle, truth }
}

/// What the item of a stall is called in a truth, whichever block it is filed under.
pub(super) const STALL: &str = "stall";

/// Memory runs out, and the container is started again.
pub(super) fn kill(bundle: &mut Bundle, component: Component) {
    // The cluster tells whole seconds.
    let last = bundle.logs.echonet.value().and_then(|it| it.lines.iter().rev().find_map(|it| it.at));
    let ended_at = last.map(|it| it.plus_millis(1_000));
    let Gathered::Observed(pods) = &mut bundle.deployment.pods else { return };
    for container in pods.value.iter_mut().filter(|it| it.component == component).flat_map(|it| &mut it.containers) {
        container.restarts = 1;
        container.last_termination = Some(Termination { reason: "OOMKilled".to_owned(), exit_code: 137, ended_at });
    }
}
