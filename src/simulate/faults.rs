//! What goes wrong in each scenario, and therefore what is true of it.

#![expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]

use std::collections::BTreeMap;

use super::chain::{BlockDraft, Chain, Sealed, Wishes, seal};
use super::random::Random;
use super::trace::{self, Backend};
use super::{GroundTruth, Scenario};
use crate::evidence::Felt;
use crate::evidence::block::{ExecutionStatus, TransactionType};

/// Everything about a run that is decided before it runs.
pub(super) struct RunPlan {
    /// First block of the configured run.
    pub(super) start: u64,
    /// The block of interest.
    pub(super) block: u64,
    /// The block that the user names.
    pub(super) asked: u64,
    pub(super) chain: Chain,
    /// Epochs that end in a resync, in order.
    pub(super) failing: Vec<Epoch>,
    /// The epoch that is still running, where it is not mainnet's own blocks over again.
    pub(super) running: Option<Epoch>,
    /// The last block of the epoch that is still running; none if it has not written any.
    pub(super) replayed_until: Option<u64>,
    pub(super) image: &'static str,
    pub(super) truth: GroundTruth,
}

/// The part of a run from one start to the resync that ends it.
#[derive(Default)]
pub(super) struct Epoch {
    pub(super) from: u64,
    /// Echonet's blocks, in Echonet's form.
    pub(super) ours: BTreeMap<u64, Sealed>,
    /// How Ethereum look-ups end, by the block of the L1 message; those that are not here succeed.
    pub(super) lookups: BTreeMap<u64, Lookup>,
    /// A transaction that the gateway refuses.
    pub(super) refused: Option<(Felt, GatewayRefusal)>,
    /// A transaction whose sender is blocked by configuration.
    pub(super) filtered: Option<Felt>,
    /// A transaction that reverts on Echonet only; it is the trigger.
    pub(super) reverted: Option<Felt>,
    /// How many blocks behind the newest one a transaction may stay pending; none where that is longer than the run.
    pub(super) patience: Option<u64>,
}

/// The result of an Ethereum look-up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lookup {
    /// Found at the first attempt.
    Found,
    /// The first attempt is refused with status 429, the second succeeds.
    FoundAfterRetry,
    /// Both attempts are refused with status 429.
    RateLimited,
}

/// How the gateway refuses a transaction.
#[derive(Clone)]
pub(super) enum GatewayRefusal {
    /// It answers with a status and this body.
    Answer(String),
    /// It cannot be reached.
    Unreachable,
}

const CONTENT: [&str; 7] = [
    "block_hash",
    "transaction_commitment",
    "event_commitment",
    "receipt_commitment",
    "state_diff_commitment",
    "state_diff_length",
    "l2_gas_consumed",
];

pub(super) fn plan(scenario: Scenario, random: &mut Random) -> RunPlan {
    let block = 9_400_000 + random.between(0, 500_000);
    let mut wishes = Wishes { l1_handlers: vec![block - 1], reverted: vec![block - 1], ..Wishes::default() };
    match scenario {
        Scenario::NativeCasmRevertTrace => wishes.reverted.push(block),
        Scenario::Alchemy429L1HandlerDrop | Scenario::L1HandlerGatedAfterRestart => wishes.l1_handlers.push(block),
        Scenario::FifoDrainAcrossSameTimestamp => wishes.same_time_as_before = Some(block + 1),
        _ => {}
    }
    let chain = Chain::generate(random, block - 4, block + 12, &wishes);
    let mut plan = RunPlan {
        start: if scenario == Scenario::L1HandlerGatedAfterRestart { block } else { block - 3 },
        block,
        asked: if scenario == Scenario::ParentHashCascade { block + 1 } else { block },
        chain,
        failing: Vec::new(),
        running: None,
        replayed_until: Some(block + 3),
        image: "main-60161ba",
        truth: GroundTruth::default(),
    };
    apply(scenario, &mut plan, random);
    if let Some(first) = plan.failing.first() {
        plan.truth.trigger_block = Some(block);
        plan.truth.trigger_key = Some(match (&first.refused, first.reverted) {
            (Some((tx, _)), _) => tx.to_string(),
            (None, Some(tx)) => tx.to_string(),
            (None, None) => format!("block_hash_mismatch:{block}"),
        });
        if first.refused.is_none() {
            plan.truth.first_diverging_block = Some(block);
        }
    }
    plan
}

#[expect(clippy::expect_used, reason = "what was wished for was drafted")]
fn apply(scenario: Scenario, plan: &mut RunPlan, random: &mut Random) {
    let n = plan.block;
    match scenario {
        Scenario::NoDivergence => {}
        Scenario::NativeCasmRevertTrace => {
            plan.image = "APOLLO-0.14.3-RC.5";
            let mut culprit = Felt::ZERO;
            let mut epoch = plan.diverging(n + 1, |drafts| {
                let draft = drafts.get_mut(&n).expect("the block of interest was drafted");
                let reverted = draft.executed.iter_mut().find(|it| it.receipt.execution_status == ExecutionStatus::Reverted);
                let reverted = reverted.expect("a reverted transaction was wished for");
                culprit = reverted.transaction.transaction_hash;
                reverted.receipt.revert_error = Some(trace::text(&reverted.frames, Backend::Native, "Insufficient balance"));
            });
            for runs in epoch.ours.get_mut(&n).into_iter().flat_map(|it| it.blob.classes.values_mut()) {
                runs.native = std::mem::take(&mut runs.casm);
            }
            plan.fails(epoch, "native-casm-revert-trace", &["block_hash", "receipt_commitment"], vec![culprit]);
        }
        Scenario::Alchemy429L1HandlerDrop => {
            let culprit = plan.handler();
            let drop = |drafts: &mut BTreeMap<u64, BlockDraft>| remove(drafts, n, culprit);
            let mut first = plan.diverging(n + 1, drop);
            first.lookups.insert(n, Lookup::RateLimited);
            let mut second = plan.diverging(n, drop);
            second.from = n;
            second.ours.retain(|number, _| *number >= n);
            plan.fails(first, "alchemy-429-l1-handler-drop", &CONTENT, vec![culprit]);
            plan.failing.push(second);
            plan.truth.also.push("l1-handler-gated-after-restart");
        }
        Scenario::L1HandlerGatedAfterRestart => {
            let culprit = plan.handler();
            let epoch = plan.diverging(n, |drafts| remove(drafts, n, culprit));
            plan.fails(epoch, "l1-handler-gated-after-restart", &CONTENT, vec![culprit]);
            // The replay begins at the same block and loses the message again: this bundle was collected before that.
            plan.replayed_until = None;
        }
        Scenario::FifoDrainAcrossSameTimestamp => {
            plan.image = "main-v0.14.3-9f78ee7";
            let count = usize::try_from(random.between(1, 2)).unwrap_or(1);
            let mut culprits = Vec::new();
            let epoch = plan.diverging(n + 1, |drafts| {
                let moved: Vec<_> = drafts.get_mut(&(n + 1)).map(|it| it.executed.drain(..count).collect()).unwrap_or_default();
                culprits.extend(moved.iter().map(|it| it.transaction.transaction_hash));
                drafts.entry(n).and_modify(|it| it.executed.extend(moved));
            });
            plan.fails(epoch, "fifo-drain-across-same-timestamp", &CONTENT, culprits);
        }
        Scenario::ParentHashCascade | Scenario::StateDiffOnly | Scenario::Unrelated429 => {
            let mut slot = None;
            let mut epoch = plan.diverging(n + 1, |drafts| {
                let write = drafts.get_mut(&n).and_then(|it| it.executed.last_mut()?.writes.last_mut());
                let write = write.expect("an invocation writes");
                write.value = Felt(write.value.0 + starknet_types_core::felt::Felt::ONE);
                slot = Some((write.contract, write.key));
            });
            if scenario == Scenario::Unrelated429 {
                epoch.lookups.insert(n - 1, Lookup::FoundAfterRetry);
            }
            plan.fails(epoch, "state-diff-only", &["block_hash", "state_diff_commitment"], Vec::new());
            plan.truth.culprit_slot = slot;
        }
        Scenario::GatewayErrorByCode | Scenario::GatewayUnreachable => {
            let (culprit, nonce) = plan.invocation(0);
            let refusal = if scenario == Scenario::GatewayUnreachable {
                GatewayRefusal::Unreachable
            } else {
                // The node's HTTP server turns each of `<=` and the like into a space.
                let (expected, most) = (nonce + 1, nonce + 201);
                GatewayRefusal::Answer(format!(
                    r#"{{"code":"StarknetErrorCode.INVALID_TRANSACTION_NONCE","message":"Invalid transaction nonce. Expected: {expected:#x}    nonce    {most:#x}, got: {nonce:#x}."}}"#
                ))
            };
            let mut epoch = plan.diverging(n - 1, |_| {});
            epoch.refused = Some((culprit, refusal));
            plan.fails(epoch, scenario.name(), &[], vec![culprit]);
        }
        Scenario::HeaderOnlyMismatch => {
            let epoch = plan.diverging(n + 1, |drafts| {
                let price = drafts.get_mut(&n).and_then(|it| it.header.l1_data_gas_price.as_mut()).expect("a drafted price");
                price.price_in_fri = Felt(price.price_in_fri.0 + starknet_types_core::felt::Felt::ONE);
            });
            plan.fails(epoch, "header-only-mismatch", &["block_hash", "l1_data_gas_price"], Vec::new());
        }
        Scenario::EchonetOnlyRevert => {
            let (culprit, _) = plan.invocation(2);
            let mut epoch = plan.diverging(n + 1, |drafts| {
                let found = drafts.get_mut(&n).and_then(|it| it.executed.iter_mut().find(|it| it.transaction.transaction_hash == culprit));
                let reverted = found.expect("the transaction was drafted");
                let text = trace::text(&reverted.frames, Backend::Native, "Out of gas");
                reverted.revert(text);
                if let Some(gas) = &mut reverted.receipt.execution_resources.total_gas_consumed {
                    gas.l2_gas += 1_234_567;
                }
            });
            epoch.reverted = Some(culprit);
            let differs = CONTENT.into_iter().filter(|it| *it != "transaction_commitment").collect::<Vec<_>>();
            plan.fails(epoch, "echonet-only-revert", &differs, vec![culprit]);
        }
        Scenario::BlockedSenderFilter => {
            let (culprit, _) = plan.invocation(2);
            for from in [plan.start, n] {
                let mut epoch = plan.diverging(n, |drafts| remove(drafts, n, culprit));
                epoch.from = from;
                epoch.ours.retain(|number, _| *number >= from);
                epoch.filtered = Some(culprit);
                plan.fails(epoch, "blocked-sender-filter", &CONTENT, vec![culprit]);
            }
        }
        Scenario::EventOrder => {
            let (culprit, _) = plan.invocation(1);
            let epoch = plan.diverging(n + 1, |drafts| {
                let found = drafts.get_mut(&n).and_then(|it| it.executed.iter_mut().find(|it| it.transaction.transaction_hash == culprit));
                found.expect("the transaction was drafted").receipt.events.rotate_right(1);
            });
            plan.fails(epoch, "event-order", &["block_hash", "event_commitment"], vec![culprit]);
        }
    }
}

impl RunPlan {
    /// The first epoch, with Echonet's blocks up to `last`; from the block of interest on they run from changed drafts.
    fn diverging(&self, last: u64, change: impl FnOnce(&mut BTreeMap<u64, BlockDraft>)) -> Epoch {
        let n = self.block;
        let mut ours: BTreeMap<u64, Sealed> =
            self.chain.sealed.range(self.start..n.min(last + 1)).map(|(number, it)| (*number, it.as_echonet())).collect();
        let mut drafts: BTreeMap<u64, BlockDraft> = self.chain.drafts.range(n..).map(|(number, it)| (*number, it.clone())).collect();
        change(&mut drafts);
        let mut parent = self.chain.sealed.get(&(n - 1)).map(|it| it.block.block_hash).unwrap_or_default();
        for (number, draft) in drafts.into_iter().take_while(|(number, _)| *number <= last) {
            let sealed = seal(&draft, parent);
            parent = sealed.block.block_hash;
            ours.insert(number, sealed.as_echonet());
        }
        Epoch { from: self.start, ours, ..Epoch::default() }
    }

    fn fails(&mut self, epoch: Epoch, root_cause: &'static str, differing: &[&'static str], culprits: Vec<Felt>) {
        if epoch.ours.contains_key(&(self.block + 1)) && self.truth.also.is_empty() {
            self.truth.also.push("parent-hash-cascade");
        }
        self.failing.push(epoch);
        self.truth.root_cause = Some(root_cause);
        self.truth.differing_fields = differing.to_vec();
        self.truth.culprits = culprits;
    }

    /// The message from L1 in the block of interest.
    #[expect(clippy::expect_used, reason = "what was wished for was drafted")]
    fn handler(&self) -> Felt {
        let mut transactions = self.chain.drafts.get(&self.block).into_iter().flat_map(|it| &it.executed).map(|it| &it.transaction);
        let handler = transactions.find(|it| it.kind == TransactionType::L1Handler);
        handler.expect("a message from L1 was wished for").transaction_hash
    }

    /// An invocation of the block of interest and its nonce.
    #[expect(clippy::expect_used, reason = "what was wished for was drafted")]
    fn invocation(&self, index: usize) -> (Felt, u64) {
        let transactions = self.chain.drafts.get(&self.block).into_iter().flat_map(|it| &it.executed).map(|it| &it.transaction);
        let mut invocations = transactions.filter(|it| it.kind == TransactionType::InvokeFunction);
        let found = invocations.nth(index).expect("a block has at least four invocations");
        (found.transaction_hash, found.nonce.and_then(Felt::to_u64).unwrap_or_default())
    }
}

fn remove(drafts: &mut BTreeMap<u64, BlockDraft>, block: u64, transaction: Felt) {
    if let Some(draft) = drafts.get_mut(&block) {
        draft.executed.retain(|it| it.transaction.transaction_hash != transaction);
    }
}
