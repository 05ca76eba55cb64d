//! The evidence that an investigator would gather of a run.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chain::Sealed;
use super::faults::{Epoch, GatewayRefusal, RunPlan};
use super::random::Random;
use super::run::{Ran, Resync};
use crate::evidence::block::GasPrice;
use crate::evidence::pods::{Component, Container, Termination};
use crate::evidence::sources::block_metadata::BlockMetadata;
use crate::evidence::sources::report_text::reverts;
use crate::evidence::sources::transactions::SentTransaction;
use crate::evidence::sources::volume_file::snapshot;
use crate::evidence::{
    Block, Bundle, BundleSchema, ConfigMapName, Coverage, Deployment, DumpKind, EchonetPages, Episode, Extent, Gathered, Incident, Logs,
    Missing, Observed, Origin, OurBlock, Pod, Provenance, Report, Request, TheirBlock, Timestamp,
};

#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
pub(super) fn collect(plan: &RunPlan, ran: Ran, name: &str, seed: u64, random: &mut Random) -> Bundle {
    let at = ran.log.now();
    let gather = Gather { plan, at };
    let around = plan.block - 1..=plan.block + 1;
    let namespace = ran.log.namespace.clone();
    let deployment = deployment(&gather, &ran, random);
    let start = ran.report.current_start_block.unwrap_or(plan.start);
    let episodes: Vec<Episode> =
        plan.failing.iter().zip(&ran.resyncs).zip(1..).map(|((epoch, resync), number)| gather.episode(number, epoch, resync)).collect();
    let theirs = around.clone().filter_map(|number| Some((number, gather.theirs(number)?))).collect();
    let after_resync = around.map(|number| (number, gather.after_resync(number, start))).collect();
    let echonet = gather.pages(&ran.report, &episodes, start);
    let redacted = ran.log.redacted;
    let stream = ran.log.into_stream();
    let source = gather.source(&Request::CloudLogEntries, &stream);
    Bundle {
        schema: BundleSchema::V1,
        incident: Incident {
            namespace: Some(namespace),
            block: Some(plan.asked),
            observed_until: Some(at),
            origin: Origin::Simulated { scenario: name.to_owned(), seed },
        },
        report: gather.observed(&Request::Report, ran.report),
        echonet,
        episodes,
        theirs,
        after_resync,
        logs: Logs {
            echonet: Gathered::Observed(Observed { value: stream, coverage: Coverage { extent: Extent::Complete, redacted }, source }),
            sequencer: Gathered::NotAsked,
        },
        deployment,
        lineage: Gathered::NotAsked,
        set_aside: Vec::new(),
        ambiguous: Vec::new(),
        collection: None,
        files: None,
    }
}

struct Gather<'a> {
    plan: &'a RunPlan,
    at: Timestamp,
}

impl Gather<'_> {
    fn source<T: Serialize>(&self, request: &Request, value: &T) -> Provenance {
        let bytes = serde_json::to_string(value).map_or(0, |it| it.len() as u64);
        Provenance { asked: request.to_string(), at: Some(self.at), took_ms: None, bytes, sha256: String::new() }
    }

    fn observed<T: Serialize>(&self, request: &Request, value: T) -> Gathered<T> {
        let source = self.source(request, &value);
        Gathered::observed(value, source)
    }

    fn theirs(&self, number: u64) -> Option<TheirBlock> {
        let sealed = self.plan.chain.sealed.get(&number)?;
        Some(TheirBlock {
            block: self.observed(&Request::MainnetBlock { block: number }, sealed.block.clone()),
            state_update: self.observed(&Request::MainnetStateUpdate { block: number }, sealed.update.clone()),
        })
    }

    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    #[expect(clippy::expect_used, reason = "the simulator writes what Echonet writes")]
    fn episode(&self, number: u32, epoch: &Epoch, resync: &Resync) -> Episode {
        let time = resync.at.to_file_name();
        let snapshot = snapshot::ANSWER.read(&resync.snapshot).expect("the simulator writes what Echonet writes");
        let reverts = reverts::ANSWER.read(&resync.reverts).expect("the simulator writes what Echonet writes");
        let archive = format!("blocks_{time}");
        let ours = (self.plan.block - 1..=self.plan.block + 1).map(|block| {
            let path = |kind: &str| Request::VolumeFile { path: format!("{archive}/{kind}_{block}.json") };
            let found = epoch.ours.get(&block);
            let reason = "HTTP 404: no such file in the archive of this epoch";
            (block, self.our_block(found, [path("block"), path("state_update"), path("blob")], reason))
        });
        Episode {
            number,
            report: self.observed(&Request::ReportDuringResync { episode: number }, resync.report.clone()),
            snapshot: self.observed(&Request::VolumeFile { path: format!("report_snapshot_{time}.log") }, snapshot),
            reverts: self.observed(&Request::VolumeFile { path: format!("report_reverts_{time}.log") }, reverts),
            archive: self.observed(&Request::VolumeListing, archive.clone()),
            ours: ours.collect::<BTreeMap<_, _>>(),
        }
    }

    /// What Echonet's smaller pages say in the end.
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    fn pages(&self, report: &Report, episodes: &[Episode], start: u64) -> EchonetPages {
        let sealed = &self.plan.chain.sealed;
        let replayed = sealed.keys().copied().filter(|it| start <= *it && Some(*it) <= self.plan.replayed_until).max();
        let version = sealed.values().find_map(|it| it.block.starknet_version.clone());
        let mut pages = EchonetPages {
            starknet_version: version.map(|it| self.observed(&Request::StarknetVersion, it)).unwrap_or_default(),
            latest_received_block: self.observed(&Request::LatestReceivedBlock, replayed.unwrap_or(start - 1)),
            last_stored_commitment: self.observed(&Request::LastStoredCommitment, replayed),
            ..EchonetPages::default()
        };
        let Some(trigger) = episodes.last().and_then(|it| it.snapshot.value()) else { return pages };
        let block = trigger.trigger_block;
        if let Some(theirs) = sealed.get(&block) {
            pages.block_metadata.insert(block, self.observed(&Request::BlockMetadata { block }, metadata(&theirs.block)));
        }
        if let Ok(tx_hash) = trigger.trigger_key.parse() {
            let request = Request::TxBlockMetadata { tx_hash };
            let sent = report.sent_tx_hashes.get(&tx_hash).and_then(|it| Some((*it, sealed.get(it)?.block.timestamp)));
            let answer = match sent {
                Some((block_number, timestamp)) => self.observed(&request, SentTransaction { block_number, timestamp }),
                None => absent(&request, "HTTP 500: Echonet does not know the transaction now"),
            };
            pages.transactions.insert(tx_hash, answer);
        }
        pages
    }

    fn our_block(&self, found: Option<&Sealed>, [block, state_update, blob]: [Request; 3], reason: &str) -> OurBlock {
        match found {
            Some(it) => OurBlock {
                block: self.observed(&block, it.block.clone()),
                state_update: self.observed(&state_update, it.update.clone()),
                blob: self.observed(&blob, it.blob.clone()),
            },
            None => OurBlock { block: absent(&block, reason), state_update: absent(&state_update, reason), blob: absent(&blob, reason) },
        }
    }

    fn after_resync(&self, number: u64, start: u64) -> OurBlock {
        let dump = |kind| Request::BlockDump { block: number, kind };
        let requests = [dump(DumpKind::Block), dump(DumpKind::StateUpdate), dump(DumpKind::Blob)];
        let theirs = self.plan.chain.sealed.get(&number);
        if let (true, Some(theirs)) = (number < start, theirs) {
            // Below its first block Echonet hands out mainnet's own block, and nothing else.
            let reason = "HTTP 404: below the first block of the epoch";
            let block = self.observed(&requests[0], theirs.block.clone());
            return OurBlock { block, state_update: absent(&requests[1], reason), blob: absent(&requests[2], reason) };
        }
        let replayed = self.plan.replayed_until.is_some_and(|last| number <= last);
        let ours = match &self.plan.running {
            Some(epoch) => epoch.ours.get(&number).cloned(),
            None => theirs.filter(|_| replayed).map(Sealed::as_echonet),
        };
        self.our_block(ours.as_ref(), requests, "HTTP 404: the replay has not written this block yet")
    }
}

/// What Echonet says of a mainnet block.
fn metadata(block: &Block) -> BlockMetadata {
    let wei = |it: &Option<GasPrice>| it.as_ref().map(|it| it.price_in_wei);
    let fri = |it: &Option<GasPrice>| it.as_ref().map(|it| it.price_in_fri);
    BlockMetadata {
        timestamp: block.timestamp,
        l1_gas_price_wei: wei(&block.l1_gas_price),
        l1_gas_price_fri: fri(&block.l1_gas_price),
        l1_data_gas_price_wei: wei(&block.l1_data_gas_price),
        l1_data_gas_price_fri: fri(&block.l1_data_gas_price),
        l2_gas_price_fri: fri(&block.l2_gas_price),
    }
}

fn absent<T>(request: &Request, reason: &str) -> Gathered<T> {
    Gathered::Absent(Missing::new(request.to_string(), reason.to_owned()))
}

fn deployment(gather: &Gather<'_>, ran: &Ran, random: &mut Random) -> Deployment {
    let namespace = ran.log.namespace.as_str();
    let killed = gather.plan.failing.iter().any(|it| matches!(it.refused, Some((_, GatewayRefusal::Unreachable))));
    let container = |name: &str, image: String, digest: String| Container {
        name: name.to_owned(),
        image_id: format!("{}@sha256:{digest}", image.split(':').next().unwrap_or_default()),
        image,
        restarts: 0,
        last_termination: None,
        waiting: None,
    };
    let echonet = container("echonet", "python:3.11-slim".to_owned(), random.hex(64));
    let image = format!("ghcr.io/starkware-libs/sequencer/sequencer:{}", gather.plan.image);
    let mut sequencer = container("sequencer-node", image, random.hex(64));
    if killed {
        sequencer.restarts = 1;
        sequencer.last_termination = Some(Termination { reason: "OOMKilled".to_owned(), exit_code: 137, ended_at: None });
    }
    let pod = |name: String, component, started_at, container| Pod {
        name,
        namespace: namespace.to_owned(),
        component,
        phase: "Running".to_owned(),
        started_at: Some(started_at),
        containers: vec![container],
        source_config_map: None,
    };
    let name = |name: String| ConfigMapName { name, namespace: namespace.to_owned() };
    let pods = vec![
        pod(ran.log.pod.clone(), Component::Echonet, ran.started.plus_millis(-45_000), echonet),
        pod("sequencer-node-statefulset-0".to_owned(), Component::Sequencer, gather.at.plus_millis(-60_000), sequencer),
    ];
    let names = vec![
        name(format!("echonet-keys-{}", random.hex(10))),
        name(format!("echonet-src-{}", random.hex(10))),
        name("sequencer-node-config".to_owned()),
    ];
    Deployment {
        pods: gather.observed(&Request::Pods, pods),
        config_maps: gather.observed(&Request::ConfigMapNames, names),
        ..Deployment::default()
    }
}
