//! Epochs in which no block differs: what stalls and healthy members begin with.

#![expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]

use std::collections::BTreeMap;

use super::VERSIONS;
use super::lines::append;
use crate::evidence::{Block, Bundle, Felt, Gathered};
use crate::simulate::chain::{Chain, Wishes};
use crate::simulate::faults::RunPlan;
use crate::simulate::random::Random;
use crate::simulate::{GroundTruth, bundle, run};

/// Whether the sequencer posts blocks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Posting {
    /// It does.
    Blocks,
    /// It does not: the epoch has just begun, or it never proposes any.
    Nothing,
}

/// An epoch in which nothing differs.
pub(super) struct QuietEpoch {
    pub(super) bundle: Bundle,
    chain: Chain,
    /// The newest block that was posted; without one, the block before the first.
    pub(super) posted: u64,
    /// The newest block that the sender fetched.
    pub(super) fetched: u64,
    /// A transaction of mainnet.
    pub(super) transaction: Felt,
    pub(super) version: &'static str,
}

impl QuietEpoch {
    pub(super) fn draw(number: u64, seed: u64, random: &mut Random, posts: Posting) -> Self {
        let n = 9_400_000 + random.between(0, 500_000);
        let version = *random.pick(&VERSIONS);
        let mut wishes = Wishes { reverted: vec![n - 1], version: Some(version), ..Wishes::default() };
        if random.between(0, 1) == 0 {
            // Mainnet's reverts of blocks that are not replayed yet stand in the report.
            wishes.reverted.extend([n + 4, n + 5, n + 6]);
        }
        let chain = Chain::generate(random, n - 4, n + 12, &wishes);
        let transaction = chain.sealed.get(&n).and_then(|it| it.block.transactions.first()).map(|it| it.transaction_hash);
        let mut plan = RunPlan {
            start: n - 3,
            block: n,
            asked: n,
            chain,
            failing: Vec::new(),
            running: None,
            replayed_until: (posts == Posting::Blocks).then_some(n + 3),
            image: "main-60161ba",
            truth: GroundTruth::default(),
        };
        let ran = run::run(&plan, random);
        let mut bundle = bundle::collect(&plan, ran, &format!("population member {number}"), seed, random);
        bundle.incident.block = bundle.incident.block.filter(|_| random.between(0, 1) == 0);
        let chain = Chain { drafts: BTreeMap::new(), sealed: std::mem::take(&mut plan.chain.sealed) };
        let fetched = bundle.report.value().and_then(|it| it.current_block).unwrap_or(n);
        let posted = plan.replayed_until.unwrap_or(n - 4);
        Self { bundle, chain, posted, fetched, transaction: transaction.unwrap_or_default(), version }
    }

    /// Mainnet's block of a height, as far as the chain was made.
    pub(super) fn mainnet(&self, height: u64) -> Option<Block> {
        self.chain.sealed.get(&height).map(|it| it.block.clone())
    }

    /// The sequencer posts the next block, so many minutes after the last line.
    pub(super) fn post(&mut self, minutes: i64) {
        let Some(sealed) = self.chain.sealed.get(&(self.posted + 1)) else { return };
        self.posted += 1;
        let (number, hash) = (self.posted, sealed.block.block_hash);
        let hashes: String = sealed.block.transactions.iter().map(|it| format!(" {}", it.transaction_hash)).collect();
        let texts = [
            "[INFO] [echonet.flask] WRITE_BLOB len=23370 ct=application/json".to_owned(),
            format!("[INFO] [echonet.flask] last_block={number}"),
            format!("[INFO] [echonet.echo_center] Block {number}: block hash MATCH with mainnet: {hash}"),
            format!("[INFO] [echonet.flask] block {number} tx hashes:{hashes}"),
            r#"10.8.0.7 - - [27/Nov/2026:22:03:30 +0000] "POST /cende_recorder/write_blob HTTP/1.1" 200 0 "-" "-""#.to_owned(),
        ];
        append(&mut self.bundle, minutes, &texts);
        if let Gathered::Observed(page) = &mut self.bundle.echonet.latest_received_block {
            page.value = number;
        }
    }
}
