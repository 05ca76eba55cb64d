//! A small model of Echonet: it runs through the epochs of a plan, writes its log and keeps its report.

#![expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Sealed;
use super::faults::{Epoch, GatewayRefusal, Lookup, RunPlan};
use super::log::Log;
use super::random::Random;
use super::snapshot;
use crate::evidence::block::{ExecutionStatus, Receipt, Transaction, TransactionType};
use crate::evidence::level::Level;
use crate::evidence::report::{GatewayError, L2GasMismatch, MismatchRow, ReportTrigger, RevertError};
use crate::evidence::{Block, Felt, Report, Timestamp};

/// How far the sender fetches ahead of what it forwards, in blocks.
const LOOK_AHEAD: u64 = 4;
/// How many blocks behind the newest one the transactions of the last block that was posted are: with less patience, an epoch in which
/// nothing is wrong would be ended.
pub(super) const LEAST_PATIENCE: u64 = LOOK_AHEAD + 2;
/// How often the sender offers a transaction to the gateway.
const ATTEMPTS: u64 = 30;

/// The evidence that a run produces.
pub(super) struct Ran {
    pub(super) log: Log,
    pub(super) report: Report,
    pub(super) resyncs: Vec<Resync>,
    pub(super) started: Timestamp,
}

/// The evidence that a resync produces.
pub(super) struct Resync {
    /// The report while the sequencer is scaled down.
    pub(super) report: Report,
    /// When the snapshot was written and the blocks were archived.
    pub(super) at: Timestamp,
    pub(super) snapshot: String,
    /// What was written beside it: the comparison of reverts.
    pub(super) reverts: String,
}

#[expect(clippy::expect_used, reason = "a year in the 2020s")]
pub(super) fn run(plan: &RunPlan, random: &mut Random) -> Ran {
    let started =
        Timestamp::from_unix(1_772_000_000 + i64::try_from(random.between(0, 15_000_000)).unwrap_or(0)).expect("a year in the 2020s");
    let namespace = format!("echonet-sim-{}", random.between(1, 9));
    let log = Log::new(started, format!("echonet-{}-{}", random.hex(9), random.hex(5)), namespace);
    let report = Report {
        start_block: Some(plan.start),
        initial_start_block: Some(plan.start),
        current_start_block: Some(plan.start),
        l2_gas_mismatches: Some(Vec::new()),
        block_hash_mismatches: Some(Vec::new()),
        transaction_commitment_mismatches: Some(Vec::new()),
        ..Report::default()
    };
    let mut run = SimulatedRun {
        plan,
        random,
        log,
        report,
        started,
        committed: BTreeSet::new(),
        offered: 0,
        ever: BTreeSet::new(),
        l1: L1::default(),
        resynced: false,
    };
    run.boot();
    let mut resyncs = Vec::new();
    for epoch in &plan.failing {
        run.epoch(epoch);
        resyncs.push(run.resync(epoch));
    }
    match &plan.running {
        Some(epoch) => run.epoch(epoch),
        None => {
            let from = run.report.current_start_block.unwrap_or(plan.start);
            let replayed = plan.chain.sealed.iter().filter(|(number, _)| **number >= from && Some(**number) <= plan.replayed_until);
            let ours = replayed.map(|(number, it)| (*number, it.as_echonet())).collect();
            run.epoch(&Epoch { from, ours, ..Epoch::default() });
        }
    }
    run.log.access(run.random, "GET /echonet/report", 200, 2_800);
    let report = run.report();
    Ran { log: run.log, report, resyncs, started }
}

struct SimulatedRun<'a> {
    plan: &'a RunPlan,
    random: &'a mut Random,
    log: Log,
    report: Report,
    started: Timestamp,
    committed: BTreeSet<Felt>,
    offered: u64,
    ever: BTreeSet<Felt>,
    l1: L1,
    /// Whether the process has resynced: its very first base is set when it starts, every other one with its first block.
    resynced: bool,
}

/// Messages from L1 on their way to the sequencer; a resync forgets all of them.
#[derive(Default)]
struct L1 {
    /// Ethereum block and the Echonet block that must have been written before it may be seen.
    gated: Vec<(u64, u64)>,
    exposed: Option<u64>,
    /// The newest block that Echonet was given since the last start.
    last_written: Option<u64>,
}

impl SimulatedRun<'_> {
    fn record(&mut self, level: Level, logger: &str, text: &str) {
        self.log.record(self.random, level, logger, text);
    }

    #[expect(clippy::expect_used, reason = "the chain reaches beyond the run")]
    fn theirs(&self, number: u64) -> &Block {
        &self.plan.chain.sealed.get(&number).expect("the chain reaches beyond the run").block
    }

    fn boot(&mut self) {
        let start = self.plan.start;
        self.log.gunicorn(self.random);
        self.log.manager(self.random, "Auto-detected namespace: {ns}");
        self.base(start);
        self.log.manager(self.random, "Running initial revert -> restore sequence...");
        self.log.restart(self.random, Some(start));
        self.log.restart(self.random, None);
        self.log.manager(self.random, "Initial revert -> restore sequence completed.");
        let text = format!(
            "TransactionSenderRunner starting: feeder_url=https://feeder.alpha-mainnet.starknet.io sequencer_url=http://sequencer-node-service:8080 start_block={start} end_block={} timeout=15.0 attempts=3 backoff=0.5",
            start + 100_000
        );
        self.record(Level::Info, "transaction_sender", &text);
    }

    fn base(&mut self, number: u64) {
        let hash = self.theirs(number - 1).block_hash;
        let text = format!("Initialized deterministic base: base_block_number={number} base_block_hash={hash}");
        self.record(Level::Info, "echo_center", &text);
    }

    fn epoch(&mut self, epoch: &Epoch) {
        // Block N reaches Echonet while the sequencer is at N + 1.
        let last = epoch.ours.keys().next_back().map_or(epoch.from, |it| it + 1);
        for number in epoch.from..epoch.from + LOOK_AHEAD {
            self.fetch(number, epoch);
        }
        for number in epoch.from..=last {
            self.fetch(number + LOOK_AHEAD, epoch);
            let transactions = self.theirs(number).transactions.clone();
            for transaction in &transactions {
                self.offer(number, transaction, epoch);
            }
            self.poll();
            if let Some(ours) = number.checked_sub(1).and_then(|it| epoch.ours.get(&it)) {
                self.write_blob(ours, epoch);
            }
        }
        self.poll();
    }

    fn fetch(&mut self, number: u64, epoch: &Epoch) {
        let block = self.theirs(number).clone();
        let valid = block.transactions.iter().filter(|it| Some(it.transaction_hash) != epoch.filtered).count();
        self.record(Level::Info, "transaction_sender", &format!("Block {number}: total={} valid={valid}", block.transactions.len()));
        for receipt in &block.transaction_receipts {
            if let Some(error) = &receipt.revert_error {
                let row = RevertError { block_number: number, error: error.clone() };
                self.report.revert_errors_mainnet.insert(receipt.transaction_hash, row);
            }
        }
        self.report.current_block = Some(number);
    }

    fn offer(&mut self, number: u64, transaction: &Transaction, epoch: &Epoch) {
        let hash = transaction.transaction_hash;
        match &epoch.refused {
            Some((refused, refusal)) if *refused == hash => return self.refuse(number, hash, refusal, epoch),
            _ if epoch.filtered == Some(hash) => return,
            _ => {}
        }
        self.offered += 1;
        self.ever.insert(hash);
        self.report.sent_tx_hashes.insert(hash, number);
        if transaction.kind == TransactionType::L1Handler {
            self.look_up(number, hash, epoch.lookups.get(&number).copied().unwrap_or(Lookup::Found));
        } else {
            self.log.wait(self.random.between(20, 120));
            self.record(Level::Info, "transaction_sender", &format!("Forwarded tx: {hash}"));
        }
    }

    fn refuse(&mut self, number: u64, hash: Felt, refusal: &GatewayRefusal, epoch: &Epoch) {
        for attempt in 1..=ATTEMPTS {
            let of = format!("tx={hash} type=INVOKE_FUNCTION src_bn={number} attempt={attempt}/{ATTEMPTS}");
            let text = match refusal {
                GatewayRefusal::Answer(body) => format!("Forward failed: {of} status=400 response={body}"),
                GatewayRefusal::Unreachable => format!(
                    "Forward failed (exception): {of} err_type=ClientConnectorError err=ClientConnectorError(ConnectionKey(host='sequencer-node-service', port=8080, is_ssl=False, ssl=True, proxy=None, proxy_auth=None, proxy_headers_hash=None), ConnectionRefusedError(111, \"Connect call failed ('10.8.3.41', 8080)\"))"
                ),
            };
            self.record(Level::Warning, "transaction_sender", &text);
            self.log.wait(480);
            // The sequencer goes on with what it already has.
            if let (2, Some(ours)) = (attempt, number.checked_sub(1).and_then(|it| epoch.ours.get(&it))) {
                self.write_blob(ours, epoch);
            }
        }
        let (status, response) = match refusal {
            GatewayRefusal::Answer(body) => (400, body.clone()),
            GatewayRefusal::Unreachable => {
                (0, "Cannot connect to host sequencer-node-service:8080 ssl:default [Connect call failed ('10.8.3.41', 8080)]".to_owned())
            }
        };
        self.report.gateway_errors.insert(hash, GatewayError { status, response, block_number: number });
    }

    fn look_up(&mut self, number: u64, hash: Felt, ends: Lookup) {
        let timestamp = self.theirs(number).timestamp;
        let ethereum = 24_000_000 + number % 100_000;
        self.record(Level::Info, "transaction_sender", &format!("Observed L1_HANDLER tx={hash} src_bn={number} src_ts={timestamp}"));
        if ends != Lookup::Found {
            self.log.rate_limited(self.random, "get_block_number", 1);
        }
        if ends == Lookup::RateLimited {
            self.log.rate_limited(self.random, "get_block_number", 2);
            self.record(Level::Error, "l1_client", "get_block_number failed after 2 attempts, returning None");
            self.record(Level::Error, "l1_blocks", "Failed to get latest L1 block number");
            return;
        }
        let attempt = if ends == Lookup::Found { 1 } else { 2 };
        self.record(Level::Debug, "l1_client", &format!("get_block_number succeeded on attempt {attempt}"));
        let edges = [(ethereum - 15, self.random.between(0, 11)), (ethereum + 13, self.random.between(0, 11))];
        for (place, diff) in edges {
            let far = self.random.between(1_000, 3_000);
            self.record(Level::Debug, "l1_client", "get_block_by_number succeeded on attempt 1");
            self.record(Level::Debug, "l1_blocks", &format!("Iteration 1: diff={far}s, moved to block {place}"));
            self.record(Level::Debug, "l1_blocks", &format!("Found block {place} (diff: {diff}s) after 2 iterations"));
        }
        self.record(Level::Debug, "l1_client", "get_logs succeeded on attempt 1");
        let l1_hash = self.random.felt();
        self.record(Level::Info, "l1_blocks", &format!("Found matching L1 tx {l1_hash}, in block: {ethereum} for L2 tx: {hash}"));
        self.record(Level::Debug, "l1_client", "get_block_by_number succeeded on attempt 1");
        let required = number - 2;
        self.record(Level::Debug, "l1_manager", &format!("Gated L1 block {ethereum} for L2 tx {hash} (required_echonet_block={required})"));
        self.l1.gated.push((ethereum, required));
    }

    /// The sequencer asks the L1 endpoint what there is.
    fn poll(&mut self) {
        let last = self.l1.last_written;
        let ready: Vec<(u64, u64)> = self.l1.gated.extract_if(.., |(_, required)| last.is_some_and(|last| last >= *required)).collect();
        for (ethereum, required) in &ready {
            let text = format!("Exposed L1 block {ethereum} (echonet={} >= required={required})", last.unwrap_or_default());
            self.record(Level::Debug, "l1_manager", &text);
            self.l1.exposed = Some(*ethereum);
        }
        let (known, newest) = match (self.l1.exposed, self.l1.gated.first()) {
            (Some(exposed), _) => (format!("returning {} (latest={exposed} + finality=10)", exposed + 10), Some(exposed + 10)),
            (None, Some((gated, _))) => (format!("no exposed blocks, returning fence={} (min_gated={gated})", gated - 1), Some(gated - 1)),
            (None, None) => ("no blocks known, returning None".to_owned(), None),
        };
        self.record(Level::Debug, "l1_manager", &format!("get_block_number: {known}"));
        let answer = newest.map_or("None (N/A)".to_owned(), |it| format!("{it:#x} ({it})"));
        self.record(Level::Info, "echo_center", &format!("eth_blockNumber: {answer}"));
        self.log.access(self.random, "POST /l1", 200, if newest.is_some() { 52 } else { 45 });
        if let Some((ethereum, _)) = ready.last() {
            let (from, to) = (ethereum - 10, *ethereum);
            self.record(Level::Info, "echo_center", &format!("eth_getLogs: from={from:#x} ({from}), to={to:#x} ({to})"));
            self.record(Level::Debug, "l1_manager", &format!("get_logs: range [{from}, {to}]: {} logs", ready.len()));
            self.record(Level::Info, "echo_center", &format!("eth_getLogs: {} logs", ready.len()));
            self.log.access(self.random, "POST /l1", 200, 1_150);
        }
    }

    fn write_blob(&mut self, ours: &Sealed, epoch: &Epoch) {
        let block = &ours.block;
        let number = block.block_number;
        if self.l1.last_written == Some(number) {
            return;
        }
        self.log.wait(self.random.between(200, 900));
        let bytes = 14_000 + 2_300 * block.transactions.len();
        self.record(Level::Info, "flask", &format!("WRITE_BLOB len={bytes} ct=application/json"));
        if self.resynced && number == epoch.from {
            self.base(number);
        }
        self.record(Level::Info, "flask", &format!("last_block={number}"));
        self.compare(block);
        let hashes: String = block.transactions.iter().map(|it| format!(" {}", it.transaction_hash)).collect();
        self.record(Level::Info, "flask", &format!("block {number} tx hashes:{hashes}"));
        self.log.access(self.random, "POST /cende_recorder/write_blob", 200, 0);
        for receipt in &block.transaction_receipts {
            self.commit(number, receipt);
        }
        self.l1.last_written = Some(number);
    }

    fn compare(&mut self, ours: &Block) {
        let number = ours.block_number;
        let theirs = self.theirs(number).clone();
        let (echonet, mainnet) = (ours.block_hash, theirs.block_hash);
        if echonet == mainnet {
            return self.record(Level::Info, "echo_center", &format!("Block {number}: block hash MATCH with mainnet: {mainnet}"));
        }
        self.report.block_hash_mismatches.get_or_insert_default().push(MismatchRow { block_number: number, echonet, mainnet });
        self.record(Level::Warning, "echo_center", &format!("Block {number}: block hash MISMATCH. echonet={echonet}, mainnet={mainnet}"));
        let differing: Vec<String> = compared(ours)
            .into_iter()
            .zip(compared(&theirs))
            .filter(|((_, ours), (_, theirs))| ours != theirs)
            .map(|((name, ours), (_, theirs))| format!("{name}: echonet={ours}, mainnet={theirs}"))
            .collect();
        let text = if differing.is_empty() {
            format!(
                "Block {number}: block hash mismatch with no difference in compared commitments or parent_block_hash (other header / hash inputs differ)."
            )
        } else {
            format!("Block {number}: mismatched fields: {}", differing.join("; "))
        };
        self.record(Level::Info, "echo_center", &text);
        if let (Some(echonet), Some(mainnet)) = (ours.transaction_commitment, theirs.transaction_commitment)
            && echonet != mainnet
        {
            self.report.transaction_commitment_mismatches.get_or_insert_default().push(MismatchRow {
                block_number: number,
                echonet,
                mainnet,
            });
        }
    }

    fn commit(&mut self, number: u64, receipt: &Receipt) {
        let hash = receipt.transaction_hash;
        let source = self.report.sent_tx_hashes.remove(&hash).unwrap_or(number);
        self.committed.insert(hash);
        if receipt.execution_status == ExecutionStatus::Reverted && self.report.revert_errors_mainnet.remove(&hash).is_none() {
            let error = receipt.revert_error.clone().unwrap_or_default();
            self.report.revert_errors_echonet.insert(hash, RevertError { block_number: source, error });
        }
        let gas = |it: &Receipt| it.execution_resources.total_gas_consumed.map(|it| it.l2_gas);
        let theirs = self.theirs(source).transaction_receipts.iter().find(|it| it.transaction_hash == hash).and_then(gas);
        let blob = gas(receipt).unwrap_or_default();
        if theirs != Some(blob) {
            let feeder = theirs.map_or("None".to_owned(), |it| it.to_string());
            let text = format!(
                "l2_gas mismatch: tx={hash} echo_block={number} source_block={source} blob_total_gas_l2={blob} fgw_total_gas_consumed_l2={feeder}"
            );
            self.record(Level::Warning, "echo_center", &text);
            self.report.l2_gas_mismatches.get_or_insert_default().push(L2GasMismatch {
                tx_hash: hash,
                echo_block: number,
                source_block: source,
                blob_total_gas_l2: blob,
                fgw_total_gas_consumed_l2: theirs,
            });
        }
    }

    /// The first transaction of mainnet's block `number` that is pending, if the newest block is at least `patience` blocks ahead.
    fn pending(&self, number: u64, patience: u64) -> Option<Felt> {
        self.report.current_block.filter(|it| *it >= number + patience)?;
        let mut hashes = self.theirs(number).transactions.iter().map(|it| it.transaction_hash);
        hashes.find(|it| self.report.sent_tx_hashes.contains_key(it))
    }

    /// From the trigger to the first moment of the next epoch.
    fn resync(&mut self, epoch: &Epoch) -> Resync {
        let failure = self.plan.block;
        let (key, reason) = match (&epoch.refused, epoch.reverted) {
            (Some((hash, _)), _) => {
                let response = self.report.gateway_errors.get(hash).map(|it| it.response.clone()).unwrap_or_default();
                (hash.to_string(), format!("Gateway error: {response}"))
            }
            (None, Some(hash)) => {
                let error = self.report.revert_errors_echonet.get(&hash).map(|it| it.error.clone()).unwrap_or_default();
                (hash.to_string(), format!("Echonet-only revert: {error}"))
            }
            (None, None) => match epoch.patience.and_then(|it| Some((self.pending(failure, it)?, it))) {
                Some((hash, blocks)) => (hash.to_string(), format!("Still pending after >= {blocks} blocks")),
                None => (format!("block_hash_mismatch:{failure}"), format!("Block hash mismatch at block {failure}")),
            },
        };
        let text = format!("Resync triggered by tx {key}: failure_block_number={failure} revert_target_block_number={failure}: {reason}");
        self.record(Level::Warning, "transaction_sender", &text);
        let again = self.report.resync_causes.remove(&key);
        let (count, start) = again.map_or((1, failure), |it| (it.count + 1, failure + 1));
        let trigger =
            ReportTrigger { tx_hash: key.clone(), failure_block_number: failure, revert_target_block_number: start, reason, count };
        let list = if count > 1 { &mut self.report.certain_failures } else { &mut self.report.resync_causes };
        list.insert(key, trigger.clone());
        self.record(Level::Warning, "notifier", "Slack resync notification dropped: no webhook configured");
        self.log.scale(self.random, 0);
        let report = self.report();
        self.log.access(self.random, "GET /echonet/report", 200, 2_400);
        self.log.scaled(self.random, 0);
        let at = self.log.now();
        let snapshot = snapshot::text(&report, &trigger, at);
        let reverts = snapshot::reverts(&report, &trigger, at);
        let logged = snapshot.split_once("\n===== End report =====").map_or(snapshot.as_str(), |(before, _)| before);
        self.record(Level::Info, "transaction_sender", &format!("Echonet report snapshot before resync:\n{logged}"));
        self.record(Level::Debug, "l1_manager", "Cleared all stored L1 blocks");
        self.report.sent_tx_hashes.clear();
        self.report.current_block = None;
        self.report.current_start_block = Some(start);
        self.l1 = L1::default();
        self.resynced = true;
        self.log.manager(self.random, &format!("Starting resync workflow around block {start}..."));
        self.log.restart(self.random, Some(self.plan.start));
        self.log.restart(self.random, None);
        self.log.synced(self.random, start + 10);
        self.log.restart(self.random, Some(start));
        self.log.restart(self.random, None);
        self.log.manager(self.random, "Resync workflow complete.");
        Resync { report, at, snapshot, reverts }
    }

    /// The report at this moment.
    fn report(&self) -> Report {
        let mut report = self.report.clone();
        let uptime = u64::try_from(self.log.now().millis_since(self.started) / 1000).unwrap_or_default();
        report.uptime_seconds = Some(uptime);
        let ever = self.ever.len() as u64;
        let committed = self.committed.len() as u64;
        let first = self.theirs(self.plan.start).timestamp;
        let latest = report.current_block.map_or(first, |it| self.theirs(it).timestamp);
        let numbers: BTreeMap<&str, u64> = BTreeMap::from([
            ("committed_count", committed),
            ("pending_total_count", ever),
            ("pending_commission_count", ever.saturating_sub(committed)),
            ("total_sent_tx_count", self.offered),
            ("blocks_sent_count", report.current_block.map_or(0, |it| it - self.plan.start)),
            ("first_block_timestamp", first),
            ("latest_block_timestamp", latest),
            ("timestamp_diff_seconds", latest - first),
        ]);
        report.other = numbers.into_iter().map(|(name, number)| (name.to_owned(), number.into())).collect();
        report
    }
}

/// The fields that Echonet's own comparison looks at, in its order.
fn compared(block: &Block) -> [(&'static str, Felt); 5] {
    [
        ("transaction_commitment", block.transaction_commitment.unwrap_or_default()),
        ("event_commitment", block.event_commitment.unwrap_or_default()),
        ("receipt_commitment", block.receipt_commitment.unwrap_or_default()),
        ("state_diff_commitment", block.state_diff_commitment.unwrap_or_default()),
        ("parent_block_hash", block.parent_block_hash),
    ]
}
