//! Blocks: mainnet's chain, and the form in which Echonet keeps the same content.

#![expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::random::Random;
use super::trace::{self, FailedCall};
use crate::evidence::blob::ClassRuns;
use crate::evidence::block::{
    DataAvailabilityMode, Event, ExecutionResources, ExecutionStatus, GasPrice, GasVector, L2ToL1Message, Receipt, Transaction,
    TransactionType,
};
use crate::evidence::state_update::{ContractClass, DeclaredClass, StateDiff, StorageEntry};
use crate::evidence::{BlobDigest, Block, Extra, Felt, StateUpdate};
use crate::facts::commitments::{recompute, starknet_keccak};

/// Mainnet around the block of interest, as it was drafted and as it was sealed.
pub(super) struct Chain {
    pub(super) drafts: BTreeMap<u64, BlockDraft>,
    pub(super) sealed: BTreeMap<u64, Sealed>,
}

/// A block before its commitments: what ran in it, and the header fields that do not follow from that.
#[derive(Clone)]
pub(super) struct BlockDraft {
    pub(super) header: Block,
    pub(super) executed: Vec<Executed>,
    /// Writes that no transaction made: the block-hash contract.
    pub(super) system: Write,
    /// Classes that the block deploys, replaces, declares or migrates; storage and nonces come from what was executed.
    pub(super) classes: StateDiff,
}

/// A transaction, its receipt and what it changed.
#[derive(Clone)]
pub(super) struct Executed {
    pub(super) transaction: Transaction,
    pub(super) receipt: Receipt,
    pub(super) nonce: Option<(Felt, Felt)>,
    pub(super) writes: Vec<Write>,
    /// Classes of its call frames.
    pub(super) classes: Vec<Felt>,
    /// Writes that remain if the transaction is undone: the fee.
    pub(super) fee_writes: usize,
    /// Where a failure inside it would be reported.
    pub(super) frames: Vec<FailedCall>,
}

/// One storage slot with its new value.
#[derive(Clone, Copy)]
pub(super) struct Write {
    pub(super) contract: Felt,
    pub(super) key: Felt,
    pub(super) value: Felt,
}

/// A block with its commitments and hash, and its state update.
#[derive(Clone)]
pub(super) struct Sealed {
    pub(super) block: Block,
    pub(super) update: StateUpdate,
    pub(super) blob: BlobDigest,
}

/// What is particular about a chain.
#[derive(Default)]
pub(super) struct Wishes {
    /// Blocks that begin with a message from L1.
    pub(super) l1_handlers: Vec<u64>,
    /// Blocks whose second invocation is reverted.
    pub(super) reverted: Vec<u64>,
    /// Blocks whose reverts come out of calls so deep that the middle of their texts is cut out.
    pub(super) deep: Vec<u64>,
    /// A block that has the timestamp of the block before it.
    pub(super) same_time_as_before: Option<u64>,
    /// Number of invocations of a block; a few where it is not here.
    pub(super) invocations: BTreeMap<u64, u64>,
    /// Protocol version of every block; a recent one if none is given.
    pub(super) version: Option<&'static str>,
    /// Blocks that deploy, replace, declare and migrate a class each.
    pub(super) classes: Vec<u64>,
    /// Blocks whose last invocation sends two messages to L1.
    pub(super) two_messages: Vec<u64>,
}

/// The first version whose blocks have an L2 gas price.
fn has_l2_gas_price(version: &str) -> bool {
    !version.starts_with("0.13.2")
}

impl Chain {
    /// Makes the blocks `first..=last`.
    pub(super) fn generate(random: &mut Random, first: u64, last: u64, wishes: &Wishes) -> Self {
        let mut people = People::new(random);
        let mut parent = random.felt();
        let mut root = random.felt();
        let mut timestamp = 1_760_000_000 + random.between(0, 5_000_000);
        let sequencer = random.felt();
        let mut chain = Self { drafts: BTreeMap::new(), sealed: BTreeMap::new() };
        for number in first..=last {
            if wishes.same_time_as_before != Some(number) {
                timestamp += random.between(2, 4);
            }
            let old_root = std::mem::replace(&mut root, random.felt());
            let mut draft = people.draft(random, number, wishes);
            draft.header.timestamp = timestamp;
            draft.header.sequencer_address = Some(sequencer);
            draft.header.state_root = Some(root);
            let mut sealed = seal(&draft, parent);
            sealed.update.new_root = Some(root);
            sealed.update.old_root = Some(old_root);
            parent = sealed.block.block_hash;
            chain.drafts.insert(number, draft);
            chain.sealed.insert(number, sealed);
        }
        chain
    }
}

/// Computes everything that follows from a draft and a parent.
#[expect(clippy::expect_used, reason = "a draft has every field that is hashed, in range")]
pub(super) fn seal(draft: &BlockDraft, parent: Felt) -> Sealed {
    let mut block = draft.header.clone();
    block.parent_block_hash = parent;
    block.transactions = draft.executed.iter().map(|it| it.transaction.clone()).collect();
    block.transaction_receipts = draft.executed.iter().map(|it| it.receipt.clone()).collect();
    for (index, receipt) in block.transaction_receipts.iter_mut().enumerate() {
        receipt.transaction_index = Some(index as u64);
    }
    let gas = |it: &Receipt| it.execution_resources.total_gas_consumed.unwrap_or_default().l2_gas;
    block.l2_gas_consumed = Some(block.transaction_receipts.iter().map(gas).sum());
    let diff = state_diff(draft);
    let found = recompute(&block.transactions, &block.transaction_receipts, Some(&diff), &block)
        .expect("a draft has every field that is hashed, in range");
    block.transaction_commitment = Some(found.commitments.transaction);
    block.event_commitment = Some(found.commitments.event);
    block.receipt_commitment = Some(found.commitments.receipt);
    block.state_diff_commitment = found.commitments.state_diff;
    block.state_diff_length = Some(found.counts.state_diff as u64);
    block.block_hash = found.block_hash;
    let update = StateUpdate { block_hash: Some(block.block_hash), new_root: None, old_root: None, state_diff: diff, other: Extra::new() };
    let mut blob = BlobDigest {
        block_number: block.block_number,
        transactions: block.transactions.iter().map(|it| it.transaction_hash).collect(),
        classes: BTreeMap::new(),
        block_hash_commitments: BTreeMap::new(),
    };
    // Of a reverted transaction a blob shows the validation only.
    let shown = |it: &Executed| if it.receipt.execution_status == ExecutionStatus::Reverted { 1 } else { it.classes.len() };
    for class in draft.executed.iter().flat_map(|it| it.classes.iter().take(shown(it))) {
        let runs: &mut ClassRuns = blob.classes.entry(*class).or_default();
        runs.casm += 1;
    }
    Sealed { block, update, blob }
}

impl Sealed {
    /// The same content as Echonet keeps it: without what it never stores, and with its made-up roots.
    pub(super) fn as_echonet(&self) -> Self {
        let mut ours = self.clone();
        ours.block.other.remove("fee_proposal_fri");
        for receipt in &mut ours.block.transaction_receipts {
            receipt.other.remove("l1_to_l2_consumed_message");
            receipt.execution_resources.other.insert("n_memory_holes".to_owned(), json!(0));
        }
        let number = ours.block.block_number;
        ours.update.old_root = Some(Felt::from(0x00ec_4000_0000_0000 + number - 1));
        ours.update.new_root = Some(Felt::from(0x00ec_4000_0000_0000 + number));
        // Echonet knows neither list: a blob names a contract's class and a class's compiled form only.
        let diff = &mut ours.update.state_diff;
        diff.deployed_contracts.append(&mut diff.replaced_classes);
        diff.declared_classes.append(&mut diff.migrated_compiled_classes);
        ours
    }
}

fn state_diff(draft: &BlockDraft) -> StateDiff {
    let mut slots: BTreeMap<Felt, BTreeMap<Felt, Felt>> = BTreeMap::new();
    let mut nonces = BTreeMap::new();
    for write in draft.executed.iter().flat_map(|it| &it.writes).chain([&draft.system]) {
        slots.entry(write.contract).or_default().insert(write.key, write.value);
    }
    nonces.extend(draft.executed.iter().filter_map(|it| it.nonce));
    let storage_diffs = slots
        .into_iter()
        .map(|(contract, slots)| (contract, slots.into_iter().map(|(key, value)| StorageEntry { key, value }).collect()))
        .collect();
    StateDiff { storage_diffs, nonces, ..draft.classes.clone() }
}

/// One contract deployed and one with another class, one class declared in each form, and one migrated where the version has that.
fn class_changes(random: &mut Random, version: &str) -> StateDiff {
    let mut contract = || ContractClass { address: random.felt(), class_hash: random.felt() };
    let (deployed, replaced) = (contract(), contract());
    let mut class = || DeclaredClass { class_hash: random.felt(), compiled_class_hash: random.felt() };
    let (declared, migrated) = (class(), class());
    StateDiff {
        deployed_contracts: vec![deployed],
        replaced_classes: vec![replaced],
        declared_classes: vec![declared],
        migrated_compiled_classes: if version.starts_with("0.14.") && version != "0.14.0" { vec![migrated] } else { Vec::new() },
        old_declared_contracts: vec![random.felt()],
        ..StateDiff::default()
    }
}

struct Contract {
    address: Felt,
    class: Felt,
}

/// Accounts and contracts. Accounts take turns, so that neighbouring blocks never share a sender.
struct People {
    accounts: Vec<(Contract, u64)>,
    turn: usize,
    contracts: Vec<Contract>,
    fee_token: Contract,
    bridge: Contract,
    l1_bridge: Felt,
    l1_nonce: u64,
}

impl People {
    #[expect(clippy::expect_used, reason = "hexadecimal digits")]
    fn new(random: &mut Random) -> Self {
        let account_classes = [random.felt(), random.felt(), random.felt()];
        let mut contract = || Contract { address: random.felt(), class: random.felt() };
        let (contracts, fee_token, bridge) = ((0..5).map(|_| contract()).collect(), contract(), contract());
        let accounts = (0..24)
            .map(|_| (Contract { address: random.felt(), class: *random.pick(&account_classes) }, random.between(10, 90_000)))
            .collect();
        // Ethereum addresses have 160 bits.
        let l1_bridge = format!("0x{}", random.hex(40)).parse().expect("hexadecimal digits");
        Self { accounts, turn: 0, contracts, fee_token, bridge, l1_bridge, l1_nonce: random.between(400_000, 500_000) }
    }

    #[expect(clippy::expect_used, reason = "the required fields of a block")]
    fn draft(&mut self, random: &mut Random, number: u64, wishes: &Wishes) -> BlockDraft {
        let price = |wei: u64, fri: u64| Some(GasPrice { price_in_wei: Felt::from(wei), price_in_fri: Felt::from(fri) });
        let l2_fri = random.between(8_000_000_000, 9_000_000_000);
        let data_fri = random.between(50_000, 60_000);
        let mut header: Block = serde_json::from_value(json!({
            "block_number": number, "block_hash": "0x0", "parent_block_hash": "0x0", "timestamp": 0,
            "transactions": [], "transaction_receipts": [],
            "status": "ACCEPTED_ON_L2", "fee_proposal_fri": format!("{:#x}", l2_fri + 4096),
        }))
        .expect("the required fields of a block");
        header.l1_da_mode = Some(DataAvailabilityMode::Blob);
        let version = wishes.version.unwrap_or("0.14.3");
        header.starknet_version = Some(version.to_owned());
        header.l1_gas_price = price(random.between(400_000_000, 500_000_000), random.between(30_000_000_000_000, 40_000_000_000_000));
        header.l1_data_gas_price = price(random.between(2, 9), data_fri);
        header.l2_gas_price = price(random.between(400_000, 410_000), l2_fri).filter(|_| has_l2_gas_price(version));
        header.next_l2_gas_price = Some(Felt::from(l2_fri + random.between(1, 9_000_000)));
        let mut executed = Vec::new();
        if wishes.l1_handlers.contains(&number) {
            executed.push(self.l1_handler(random));
        }
        let count = wishes.invocations.get(&number).copied().unwrap_or_else(|| random.between(4, 7));
        for index in 0..count {
            let mut invocation = self.invocation(random, number, l2_fri, data_fri);
            if index + 1 == count && wishes.two_messages.contains(&number) {
                invocation.receipt.l2_to_l1_messages = (0..2).map(|_| self.message(random)).collect();
            }
            if index == 1.min(count - 1) && wishes.reverted.contains(&number) {
                if wishes.deep.contains(&number) {
                    invocation.deepen();
                }
                let text = trace::text(&invocation.frames, trace::Backend::Casm, "Insufficient balance");
                invocation.revert(text);
            }
            executed.push(invocation);
        }
        let system = Write { contract: Felt::from(1_u64), key: Felt::from(number - 10), value: random.felt() };
        let classes = if wishes.classes.contains(&number) { class_changes(random, version) } else { StateDiff::default() };
        BlockDraft { header, executed, system, classes }
    }

    fn message(&self, random: &mut Random) -> L2ToL1Message {
        L2ToL1Message { from_address: self.bridge.address, to_address: self.l1_bridge, payload: vec![random.felt(), Felt::ZERO] }
    }

    #[expect(clippy::indexing_slicing, reason = "a turn is less than the number of accounts")]
    fn invocation(&mut self, random: &mut Random, number: u64, l2_fri: u64, data_fri: u64) -> Executed {
        let turn = self.turn % self.accounts.len();
        self.turn += 1;
        let (account, nonce) = &mut self.accounts[turn];
        let target = random.pick(&self.contracts);
        let selector = random.felt();
        let hash = random.felt();
        let gas = GasVector { l1_gas: 0, l1_data_gas: 32 * random.between(3, 9), l2_gas: random.between(700_000, 3_000_000) };
        let fee = u128::from(gas.l2_gas) * u128::from(l2_fri) + u128::from(gas.l1_data_gas) * u128::from(data_fri);
        let transaction = Transaction {
            transaction_hash: hash,
            kind: TransactionType::InvokeFunction,
            sender_address: Some(account.address),
            nonce: Some(Felt::from(*nonce)),
            signature: vec![random.felt(), random.felt()],
            other: object(json!({
                "version": "0x3", "tip": "0x0", "paymaster_data": [], "account_deployment_data": [],
                "nonce_data_availability_mode": 0, "fee_data_availability_mode": 0,
                "calldata": ["0x1", target.address, selector, "0x1", random.felt()],
                "resource_bounds": {
                    "L1_GAS": {"max_amount": "0x4000", "max_price_per_unit": "0x5af3107a4000"},
                    "L2_GAS": {"max_amount": "0x2faf080", "max_price_per_unit": "0x4a817c800"},
                    "L1_DATA_GAS": {"max_amount": "0x1000", "max_price_per_unit": "0x174876e800"},
                },
            })),
        };
        let mut events: Vec<Event> = (0..random.between(1, 3))
            .map(|_| Event { from_address: target.address, keys: vec![random.felt()], data: vec![random.felt(), Felt::from(number)] })
            .collect();
        events.push(Event {
            from_address: self.fee_token.address,
            keys: vec![selector_named("Transfer")],
            data: vec![account.address, target.address, Felt::from(fee), Felt::ZERO],
        });
        let messages = if random.between(0, 3) == 0 {
            vec![L2ToL1Message { from_address: self.bridge.address, to_address: self.l1_bridge, payload: vec![random.felt(), Felt::ZERO] }]
        } else {
            Vec::new()
        };
        let mut writes = vec![Write { contract: self.fee_token.address, key: random.felt(), value: Felt::from(random.next()) }];
        for _ in 0..random.between(1, 3) {
            writes.push(Write { contract: target.address, key: random.felt(), value: Felt::from(random.next()) });
        }
        *nonce += 1;
        Executed {
            receipt: receipt(random, hash, Felt::from(fee), gas, events, messages),
            transaction,
            nonce: Some((account.address, Felt::from(*nonce))),
            writes,
            fee_writes: 1,
            classes: vec![account.class, account.class, target.class],
            frames: vec![
                FailedCall {
                    contract: account.address,
                    class: account.class,
                    selector: selector_named("__execute__"),
                    pc: random.between(200, 9_000),
                },
                FailedCall { contract: target.address, class: target.class, selector, pc: random.between(200, 9_000) },
            ],
        }
    }

    fn l1_handler(&mut self, random: &mut Random) -> Executed {
        let hash = random.felt();
        let selector = selector_named("handle_deposit");
        let (receiver, amount) = (random.felt(), Felt::from(random.next() >> 8));
        self.l1_nonce += 1;
        let nonce = Felt::from(self.l1_nonce);
        let transaction = Transaction {
            transaction_hash: hash,
            kind: TransactionType::L1Handler,
            sender_address: None,
            nonce: Some(nonce),
            signature: Vec::new(),
            other: object(json!({
                "version": "0x0", "contract_address": self.bridge.address, "entry_point_selector": selector,
                "calldata": [self.l1_bridge, receiver, amount, "0x0"],
            })),
        };
        let events =
            vec![Event { from_address: self.bridge.address, keys: vec![selector_named("deposit_handled")], data: vec![receiver, amount] }];
        let gas = GasVector { l1_gas: 16_000 + random.between(0, 99), l1_data_gas: 160, l2_gas: random.between(900_000, 1_200_000) };
        let mut receipt = receipt(random, hash, Felt::ZERO, gas, events, Vec::new());
        receipt.other = object(json!({"l1_to_l2_consumed_message": {
            "from_address": self.l1_bridge, "to_address": self.bridge.address, "selector": selector,
            "payload": [receiver, amount, "0x0"], "nonce": nonce,
        }}));
        Executed {
            transaction,
            receipt,
            nonce: None,
            writes: vec![Write { contract: self.bridge.address, key: nonce, value: Felt::from(1_u64) }],
            fee_writes: 0,
            classes: vec![self.bridge.class],
            frames: Vec::new(),
        }
    }
}

impl Executed {
    /// Lets the innermost contract call itself, until a text over all frames is longer than what is kept of it.
    fn deepen(&mut self) {
        const DEEPER: u64 = 80;
        let innermost = self.frames.last().cloned();
        self.frames.extend((1..=DEEPER).filter_map(|depth| innermost.clone().map(|it| FailedCall { pc: it.pc + depth, ..it })));
    }

    /// Undoes the execution: only the fee, its event and the nonce remain.
    pub(super) fn revert(&mut self, text: String) {
        self.receipt.execution_status = ExecutionStatus::Reverted;
        self.receipt.revert_error = Some(text);
        self.receipt.events.drain(..self.receipt.events.len().saturating_sub(1));
        self.receipt.l2_to_l1_messages.clear();
        self.writes.truncate(self.fee_writes);
    }
}

fn receipt(
    random: &mut Random,
    transaction_hash: Felt,
    actual_fee: Felt,
    gas: GasVector,
    events: Vec<Event>,
    l2_to_l1_messages: Vec<L2ToL1Message>,
) -> Receipt {
    Receipt {
        transaction_hash,
        transaction_index: None,
        execution_status: ExecutionStatus::Succeeded,
        actual_fee,
        revert_error: None,
        events,
        l2_to_l1_messages,
        execution_resources: ExecutionResources {
            total_gas_consumed: Some(gas),
            other: object(json!({
                "n_steps": random.between(3_000, 20_000), "n_memory_holes": random.between(0, 40),
                "builtin_instance_counter": {"range_check_builtin": random.between(100, 400), "poseidon_builtin": random.between(5, 30)},
                "data_availability": {"l1_gas": 0, "l1_data_gas": gas.l1_data_gas, "l2_gas": 0},
            })),
        },
        other: Extra::new(),
    }
}

fn selector_named(name: &str) -> Felt {
    starknet_keccak(name.as_bytes())
}

fn object(value: Value) -> Extra {
    match value {
        Value::Object(fields) => fields.into_iter().collect(),
        _ => Extra::new(),
    }
}
