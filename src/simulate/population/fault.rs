//! The faults that a population draws from: each changes Echonet's side, and names the ledger items that this makes.

use std::collections::{BTreeMap, BTreeSet};

use super::loss::Evidence;
use crate::evidence::block::{DataAvailabilityMode, Event, ExecutionStatus, GasPrice, TransactionType};
use crate::evidence::state_update::{ContractClass, DeclaredClass, StateDiff};
use crate::evidence::{Block, Felt};
use crate::simulate::chain::{Draft, Executed, Wishes, Write};
use crate::simulate::faults::{Epoch, Lookup, Refusal};
use crate::simulate::random::Random;
use crate::simulate::trace::{self, Backend, Frame};

/// A kind of fault.
pub(super) struct Fault {
    /// Slugs under which a rule may name it, its own first.
    pub(super) names: &'static [&'static str],
    pub(super) placing: Placing,
    /// Evidence that tells it from other faults besides that of its items, with the distance from its block.
    pub(super) needs: &'static [(Evidence, u64)],
    /// What mainnet's block at this height must have for it.
    pub(super) wish: fn(&mut Wishes, u64),
    /// Makes the fault; none where there is nothing to act on.
    pub(super) apply: fn(Site<'_>) -> Option<Vec<Touched>>,
}

impl Fault {
    /// What it does to the block: two faults that do the same cannot be told apart, so they never meet.
    pub(super) fn kind(&self) -> &'static str {
        match self.names {
            ["fifo-drain-across-same-timestamp", ..] => "tx-early",
            ["event-order-within-phase", ..] => "event-order",
            [own, ..] => own,
            [] => "",
        }
    }
}

/// Where a fault may happen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    /// In the first diverging block or the next, beside another fault.
    Anywhere,
    /// In the first diverging block, beside another fault.
    First,
    /// Only by itself: the epoch ends before the block.
    Alone,
}

/// A ledger item that a fault makes, by what shows it.
pub(super) enum Touched {
    /// Both blocks.
    Block(String),
    /// Both state updates.
    State(String),
    /// Both blocks; the kind of the item hangs on the neighbour block.
    Moved(String, Felt),
    /// The snapshot.
    Refused(String),
}

impl Touched {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Block(id) | Self::State(id) | Self::Moved(id, _) | Self::Refused(id) => id,
        }
    }

    pub(super) fn moved(&self) -> Option<Felt> {
        match self {
            Self::Moved(_, tx) => Some(*tx),
            Self::Block(_) | Self::State(_) | Self::Refused(_) => None,
        }
    }
}

/// What a fault acts on.
pub(super) struct Site<'a> {
    pub(super) height: u64,
    /// Echonet's blocks from the first diverging one on.
    pub(super) drafts: &'a mut BTreeMap<u64, Draft>,
    pub(super) epoch: &'a mut Epoch,
    /// Hash that Echonet's first diverging block builds on.
    pub(super) parent: &'a mut Felt,
    /// The last block of the epoch.
    pub(super) last: &'a mut u64,
    /// Transactions that a fault acted on: no other fault takes them.
    pub(super) used: &'a mut BTreeSet<Felt>,
    pub(super) random: &'a mut Random,
}

type Items = Option<Vec<Touched>>;

const fn fault(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> Fault {
    Fault { names, placing: Placing::Anywhere, needs: &[], wish: |_, _| {}, apply }
}

/// Puts the events of a transaction that has more than so many into another order.
fn reordered(site: Site<'_>, more_than: usize, order: fn(&mut [Event])) -> Items {
    let reorder = |it: &mut Executed, _: &mut Random| {
        order(&mut it.receipt.events);
        Some(())
    };
    let id = |height: u64, tx: Felt| format!("{height}/event_order/{tx}");
    site.transaction(|it| it.receipt.events.len() > more_than, reorder, id)
}

const fn first(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> Fault {
    Fault { placing: Placing::First, ..fault(names, apply) }
}

const fn revert(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> Fault {
    Fault { wish: |wishes, height| wishes.reverted.push(height), ..fault(names, apply) }
}

/// How many of [`FAULTS`], from the first, have a pattern that a rule knows.
pub(super) const KNOWN: usize = 6;

/// Every kind of fault.
pub(super) static FAULTS: [Fault; 46] = [
    // What a rule knows.
    Fault {
        needs: &[(Evidence::RevertMiddle, 0)],
        ..revert(&["native-casm-revert-trace"], |site| site.revert_text(|it| trace::text(&it.frames, Backend::Native, PANIC)))
    },
    Fault {
        needs: &[(Evidence::Log, 0), (Evidence::DebugLog, 0)],
        wish: |wishes, height| wishes.l1_handlers.push(height),
        ..first(&["alchemy-429-l1-handler-drop"], |site| site.lost_handler(Some(Lookup::RateLimited)))
    },
    Fault {
        needs: &[(Evidence::Log, 0), (Evidence::DebugLog, 0), (Evidence::Snapshot, 0)],
        wish: |wishes, height| wishes.l1_handlers.push(height),
        ..first(&["l1-handler-gated-after-restart"], |site| site.lost_handler(None))
    },
    Fault {
        needs: &[(Evidence::TheirBlock, 1)],
        wish: |wishes, height| wishes.same_time_as_before = Some(height + 1),
        ..first(&["fifo-drain-across-same-timestamp"], |site| site.early())
    },
    Fault { placing: Placing::Alone, ..fault(&["gateway-error-by-code", "gateway-invalid-nonce"], |site| site.refused(Some(400))) },
    Fault { placing: Placing::Alone, ..fault(&["gateway-unreachable"], |site| site.refused(None)) },
    // Which transactions run.
    fault(&["tx-missing"], |site| site.missing(|_, _| {})),
    Fault { needs: &[(Evidence::Log, 0)], ..first(&["blocked-sender-filter"], |site| site.missing(|epoch, tx| epoch.filtered = Some(tx))) },
    fault(&["tx-extra"], |site| site.extra()),
    first(&["tx-early"], |site| site.early()),
    first(&["tx-late", "fifo-partial-block-race"], |site| site.late()),
    fault(&["tx-order"], |site| site.order()),
    fault(&["tx-signature"], |site| {
        site.transaction(
            |_| true,
            |it, _| add_one(it.transaction.signature.first_mut()?),
            |height, tx| format!("{height}/tx_changed/{tx}/signature"),
        )
    }),
    // Receipts.
    first(&["echonet-only-revert"], |site| site.only_here_reverted()),
    revert(&["mainnet-only-revert"], |site| {
        site.transaction(
            is_reverted,
            |it, random| {
                it.receipt.execution_status = ExecutionStatus::Succeeded;
                it.receipt.revert_error = None;
                let fee = it.receipt.events.last()?.clone();
                it.receipt.events.insert(0, Event { keys: vec![random.felt()], ..fee });
                it.writes.push(Write { contract: random.felt(), key: random.felt(), value: random.felt() });
                Some(())
            },
            |height, tx| format!("{height}/execution_status/{tx}"),
        )
    }),
    revert(&["revert-reason-pc-values"], |site| {
        site.revert_text(|it| {
            let frames: Vec<Frame> = it.frames.iter().map(|it| Frame { pc: it.pc + 7, ..it.clone() }).collect();
            trace::text(&frames, Backend::Casm, PANIC)
        })
    }),
    revert(&["revert-reason-frame-set"], |site| {
        site.revert_text(|it| {
            let frames: Vec<Frame> = it.frames.iter().rev().take(1).cloned().collect();
            trace::text(&frames, Backend::Casm, PANIC)
        })
    }),
    revert(&["revert-reason-panic-data"], |site| site.revert_text(|it| trace::text(&it.frames, Backend::Casm, "u256_sub Overflow"))),
    revert(&["revert-reason-fee-error"], |site| {
        site.revert_text(|_| "Insufficient max L2Gas: max amount: 1000000, actual used: 1234567.".to_owned())
    }),
    revert(&["revert-reason-whitespace"], |site| site.revert_text(|it| format!("{} \n", trace::text(&it.frames, Backend::Casm, PANIC)))),
    revert(&["revert-reason-other"], |site| site.revert_text(|_| "The transaction was undone, nobody knows why".to_owned())),
    fault(&["actual-fee"], |site| {
        site.transaction(
            |_| true,
            |it, _| {
                add_one(Some(&mut it.receipt.actual_fee)?)?;
                add_one(it.receipt.events.last_mut()?.data.get_mut(2)?)?;
                add_one(Some(&mut it.writes.first_mut()?.value)?)
            },
            |height, tx| format!("{height}/actual_fee/{tx}"),
        )
    }),
    fault(&["l1-gas"], |site| {
        site.transaction(|_| true, |it, _| gas(it).map(|it| it.l1_gas += 11), |height, tx| format!("{height}/l1_gas/{tx}"))
    }),
    fault(&["l1-data-gas"], |site| {
        site.transaction(|_| true, |it, _| gas(it).map(|it| it.l1_data_gas += 32), |height, tx| format!("{height}/l1_data_gas/{tx}"))
    }),
    fault(&["event-content"], |site| {
        site.transaction(
            |_| true,
            |it, _| add_one(it.receipt.events.first_mut()?.data.first_mut()?),
            |height, tx| format!("{height}/event_content/{tx}"),
        )
    }),
    fault(&["event-order"], |site| reordered(site, 1, |events| events.rotate_right(1))),
    fault(&["event-order-within-phase"], |site| reordered(site, 2, |events| events.swap(0, 1))),
    fault(&["message-content"], |site| {
        site.transaction(
            |it| !it.receipt.l2_to_l1_messages.is_empty(),
            |it, random| {
                it.receipt.l2_to_l1_messages.first_mut()?.payload.push(random.felt());
                Some(())
            },
            |height, tx| format!("{height}/message_content/{tx}"),
        )
    }),
    fault(&["l2-to-l1-message-order"], |site| {
        site.transaction(
            |it| it.receipt.l2_to_l1_messages.len() > 1,
            |it, _| {
                it.receipt.l2_to_l1_messages.swap(0, 1);
                Some(())
            },
            |height, tx| format!("{height}/message_order/{tx}"),
        )
    }),
    // State.
    fault(&["state-diff-only", "storage-value"], |site| {
        site.storage(|writes| {
            let write = writes.last_mut()?;
            add_one(&mut write.value)?;
            Some((write.contract, write.key))
        })
    }),
    fault(&["storage-missing", "state-diff-only"], |site| site.storage(|writes| writes.pop().map(|it| (it.contract, it.key)))),
    fault(&["storage-system", "state-diff-only"], |site| {
        let write = &mut site.drafts.get_mut(&site.height)?.system;
        add_one(&mut write.value)?;
        Some(vec![Touched::State(format!("{}/storage/{}/{}", site.height, write.contract, write.key))])
    }),
    fault(&["nonce", "state-diff-only"], |site| {
        let height = site.height;
        let mut account = None;
        site.transaction(
            |it| it.nonce.is_some(),
            |it, _| it.nonce.as_mut().and_then(|(who, nonce)| add_one(nonce).map(|()| account = Some(*who))),
            |_, _| String::new(),
        )?;
        Some(vec![Touched::State(format!("{height}/nonce/{}", account?))])
    }),
    fault(&["contract-deployed", "state-diff-only"], |site| {
        site.classes(|diff, random| {
            let new = ContractClass { address: random.felt(), class_hash: random.felt() };
            diff.deployed_contracts.push(new);
            Some(format!("contract_class/{}", new.address))
        })
    }),
    fault(&["contract-replaced", "state-diff-only"], |site| {
        site.classes(|diff, _| {
            let replaced = diff.replaced_classes.first_mut()?;
            add_one(&mut replaced.class_hash)?;
            Some(format!("contract_class/{}", replaced.address))
        })
    }),
    fault(&["class-declared", "state-diff-only"], |site| {
        site.classes(|diff, _| diff.declared_classes.pop().map(|it: DeclaredClass| format!("class_declaration/{}", it.class_hash)))
    }),
    fault(&["class-migrated", "state-diff-only"], |site| {
        site.classes(|diff, _| diff.migrated_compiled_classes.pop().map(|it| format!("class_declaration/{}", it.class_hash)))
    }),
    fault(&["class-cairo0", "state-diff-only"], |site| {
        site.classes(|diff, _| diff.old_declared_contracts.pop().map(|it| format!("class_declaration/cairo0/{it}")))
    }),
    // Header.
    fault(&["header-timestamp", "header-only-mismatch"], |site| {
        site.header("timestamp", |it, _| {
            it.timestamp += 1;
            Some(())
        })
    }),
    fault(&["header-price-wei", "header-only-mismatch"], |site| {
        site.header("l1_gas_price.price_in_wei", |it, _| add_one(&mut price(&mut it.l1_gas_price)?.price_in_wei))
    }),
    fault(&["header-price-fri", "header-only-mismatch"], |site| {
        site.header("l1_data_gas_price.price_in_fri", |it, _| add_one(&mut price(&mut it.l1_data_gas_price)?.price_in_fri))
    }),
    fault(&["header-l2-price", "header-only-mismatch"], |site| {
        site.header("l2_gas_price.price_in_fri", |it, _| {
            // Until 0.13.3 this price is in no hash.
            let is_hashed = !it.starknet_version.as_deref()?.starts_with("0.13.3");
            add_one(&mut price(&mut it.l2_gas_price).filter(|_| is_hashed)?.price_in_fri)
        })
    }),
    fault(&["header-sequencer", "header-only-mismatch"], |site| {
        site.header("sequencer_address", |it, random| it.sequencer_address.as_mut().map(|it| *it = random.felt()))
    }),
    fault(&["starknet-version-wrong", "header-only-mismatch"], |site| {
        site.header("starknet_version", |it, _| {
            let other = match it.starknet_version.as_deref()? {
                "0.13.2" => "0.13.3",
                "0.13.3" => "0.13.2",
                "0.14.4" => "0.14.3",
                _ => "0.14.4",
            };
            it.starknet_version = Some(other.to_owned());
            Some(())
        })
    }),
    fault(&["header-da-mode", "header-only-mismatch"], |site| {
        site.header("l1_da_mode", |it, _| it.l1_da_mode.as_mut().map(|it| *it = DataAvailabilityMode::Calldata))
    }),
    first(&["wrong-base"], |site| {
        let n = site.height;
        *site.parent = site.random.felt();
        site.epoch.from = n;
        Some(vec![Touched::Block(format!("{n}/parent_hash/parent_block_hash"))])
    }),
];

const PANIC: &str = "Insufficient balance";

fn add_one(value: &mut Felt) -> Option<()> {
    value.0 += starknet_types_core::felt::Felt::ONE;
    Some(())
}

fn gas(it: &mut Executed) -> Option<&mut crate::evidence::block::GasVector> {
    it.receipt.execution_resources.total_gas_consumed.as_mut()
}

fn price(it: &mut Option<GasPrice>) -> Option<&mut GasPrice> {
    it.as_mut()
}

fn is_reverted(it: &Executed) -> bool {
    it.receipt.execution_status == ExecutionStatus::Reverted
}

impl Site<'_> {
    /// The place of an invocation that no fault has taken. Accounts take turns: the last twenty-four have one transaction each behind
    /// them, so that nothing after them would run differently.
    fn victim(&mut self, wanted: impl Fn(&Executed) -> bool) -> Option<(usize, Felt)> {
        let executed = &self.drafts.get(&self.height)?.executed;
        let free =
            |it: &Executed| it.transaction.kind == TransactionType::InvokeFunction && !self.used.contains(&it.transaction.transaction_hash);
        let places: Vec<usize> =
            executed.iter().enumerate().rev().take(24).filter(|(_, it)| free(it) && wanted(it)).map(|(place, _)| place).collect();
        if places.is_empty() {
            return None;
        }
        let place = *self.random.pick(&places);
        let tx = executed.get(place)?.transaction.transaction_hash;
        self.used.insert(tx);
        Some((place, tx))
    }

    /// Changes one transaction.
    fn transaction(
        mut self,
        wanted: impl Fn(&Executed) -> bool,
        change: impl FnOnce(&mut Executed, &mut Random) -> Option<()>,
        id: impl Fn(u64, Felt) -> String,
    ) -> Items {
        let (place, tx) = self.victim(wanted)?;
        change(self.drafts.get_mut(&self.height)?.executed.get_mut(place)?, self.random)?;
        Some(vec![Touched::Block(id(self.height, tx))])
    }

    fn revert_text(self, text: impl Fn(&Executed) -> String) -> Items {
        let change = |it: &mut Executed, _: &mut Random| {
            it.receipt.revert_error = Some(text(it));
            Some(())
        };
        self.transaction(is_reverted, change, |height, tx| format!("{height}/revert_reason/{tx}"))
    }

    /// Reverts a transaction that succeeded on mainnet; that is then the trigger.
    fn only_here_reverted(mut self) -> Items {
        let (place, tx) = self.victim(|it| !is_reverted(it))?;
        let culprit = self.drafts.get_mut(&self.height)?.executed.get_mut(place)?;
        culprit.revert(trace::text(&culprit.frames, Backend::Casm, "Out of gas"));
        self.epoch.reverted = Some(tx);
        Some(vec![Touched::Block(format!("{}/execution_status/{tx}", self.height))])
    }

    /// Loses the message from L1: its look-up is refused, or the block is the first of its epoch.
    fn lost_handler(self, look_up: Option<Lookup>) -> Items {
        let draft = self.drafts.get_mut(&self.height)?;
        let place = draft.executed.iter().position(|it| it.transaction.kind == TransactionType::L1Handler)?;
        let tx = draft.executed.remove(place).transaction.transaction_hash;
        if !self.used.insert(tx) {
            return None;
        }
        match look_up {
            Some(look_up) => {
                self.epoch.lookups.insert(self.height, look_up);
            }
            None => self.epoch.from = self.height,
        }
        Some(vec![Touched::Moved(format!("{}/tx_missing/{tx}", self.height), tx)])
    }

    fn missing(mut self, note: impl FnOnce(&mut Epoch, Felt)) -> Items {
        let (place, tx) = self.victim(|_| true)?;
        self.drafts.get_mut(&self.height)?.executed.remove(place);
        note(self.epoch, tx);
        Some(vec![Touched::Moved(format!("{}/tx_missing/{tx}", self.height), tx)])
    }

    fn extra(mut self) -> Items {
        let (place, _) = self.victim(|_| true)?;
        let tx = self.random.felt();
        let sender = self.random.felt();
        self.used.insert(tx);
        let executed = &mut self.drafts.get_mut(&self.height)?.executed;
        let mut extra = executed.get(place)?.clone();
        extra.transaction.transaction_hash = tx;
        extra.transaction.sender_address = Some(sender);
        extra.receipt.transaction_hash = tx;
        extra.nonce = Some((sender, Felt::from(1_u64)));
        for write in &mut extra.writes {
            write.key = self.random.felt();
        }
        executed.insert(place, extra);
        Some(vec![Touched::Moved(format!("{}/tx_extra/{tx}", self.height), tx)])
    }

    /// The block takes the first transactions of the next one.
    fn early(self) -> Items {
        let count = usize::try_from(self.random.between(1, 2)).ok()?;
        let moved: Vec<Executed> = self.drafts.get_mut(&(self.height + 1))?.executed.drain(..count).collect();
        let hashes: Vec<Felt> = moved.iter().map(|it| it.transaction.transaction_hash).collect();
        if hashes.iter().any(|it| self.used.contains(it)) {
            return None;
        }
        self.used.extend(&hashes);
        self.drafts.get_mut(&self.height)?.executed.extend(moved);
        Some(hashes.into_iter().map(|it| Touched::Moved(format!("{}/tx_early/{it}", self.height), it)).collect())
    }

    /// The block leaves its last transaction to the next one.
    fn late(self) -> Items {
        let executed = &mut self.drafts.get_mut(&self.height)?.executed;
        let moved = executed.pop().filter(|it| it.transaction.kind == TransactionType::InvokeFunction)?;
        let tx = moved.transaction.transaction_hash;
        if !self.used.insert(tx) || executed.is_empty() {
            return None;
        }
        self.drafts.get_mut(&(self.height + 1))?.executed.insert(0, moved);
        Some(vec![Touched::Moved(format!("{}/tx_late/{tx}", self.height), tx)])
    }

    fn order(self) -> Items {
        let executed = &mut self.drafts.get_mut(&self.height)?.executed;
        let place = executed.windows(2).position(|pair| pair.iter().all(|it| !self.used.contains(&it.transaction.transaction_hash)))?;
        self.used.extend(executed.iter().skip(place).take(2).map(|it| it.transaction.transaction_hash));
        executed.swap(place, place + 1);
        Some(vec![Touched::Block(format!("{}/tx_order", self.height))])
    }

    fn storage(mut self, change: impl FnOnce(&mut Vec<Write>) -> Option<(Felt, Felt)>) -> Items {
        let (place, _) = self.victim(|it| it.writes.len() > it.fee_writes)?;
        let (contract, key) = change(&mut self.drafts.get_mut(&self.height)?.executed.get_mut(place)?.writes)?;
        Some(vec![Touched::State(format!("{}/storage/{contract}/{key}", self.height))])
    }

    fn classes(self, change: impl FnOnce(&mut StateDiff, &mut Random) -> Option<String>) -> Items {
        let what = change(&mut self.drafts.get_mut(&self.height)?.classes, self.random)?;
        Some(vec![Touched::State(format!("{}/{what}", self.height))])
    }

    fn header(self, field: &str, change: impl FnOnce(&mut Block, &mut Random) -> Option<()>) -> Items {
        change(&mut self.drafts.get_mut(&self.height)?.header, self.random)?;
        Some(vec![Touched::Block(format!("{}/header/{field}", self.height))])
    }

    /// The gateway refuses a transaction: the epoch ends before its block.
    fn refused(mut self, status: Option<u16>) -> Items {
        let (_, tx) = self.victim(|_| true)?;
        let answer =
            r#"{"code":"StarknetErrorCode.INVALID_TRANSACTION_NONCE","message":"Invalid transaction nonce. Expected: 0x5, got: 0x4."}"#;
        self.epoch.refused = Some((tx, if status.is_some() { Refusal::Answer(answer.to_owned()) } else { Refusal::Unreachable }));
        *self.last = self.height - 1;
        Some(vec![Touched::Refused(format!("{}/gateway_error/{tx}", self.height))])
    }
}
