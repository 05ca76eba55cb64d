//! The faults that a population draws from: each changes Echonet's side, and names the ledger items that this makes.

use super::loss::LosableEvidence;
use super::site::{Items, Site, Touched, is_reverted};
use crate::evidence::Felt;
use crate::evidence::block::{DataAvailabilityMode, Event, ExecutionStatus, GasPrice};
use crate::evidence::state_update::{ContractClass, DeclaredClass};
use crate::simulate::chain::{Executed, Wishes, Write};
use crate::simulate::faults::Lookup;
use crate::simulate::random::Random;
use crate::simulate::trace::{self, Backend, FailedCall};

/// A kind of fault.
pub(super) struct InjectedFault {
    /// Slugs under which a rule may name it, its own first.
    pub(super) names: &'static [&'static str],
    pub(super) placing: Placing,
    /// Evidence that tells it from other faults besides that of its items, with the distance from its block.
    pub(super) needs: &'static [(LosableEvidence, u64)],
    /// Whether a known failure that only the node's log would show makes the same difference: that log is never drawn.
    pub(super) elsewhere: OtherCause,
    pub(super) sign: FaultSign,
    /// What mainnet's block at this height must have for it.
    pub(super) wish: fn(&mut Wishes, u64),
    /// Makes the fault; none where there is nothing to act on.
    pub(super) apply: fn(Site<'_>) -> Option<Vec<Touched>>,
}

impl InjectedFault {
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

/// What a fault is told by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultSign {
    /// Its own items, whatever else happened to the block.
    Items,
    /// The whole list of the block's transactions: another fault in that list hides it.
    List,
}

/// What else could make the difference that a fault makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OtherCause {
    /// No known failure makes the same difference.
    Nothing,
    /// One that the node's log would show.
    InTheNode,
}

/// Where a fault may be placed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    /// In the first diverging block or the next, beside another fault.
    Anywhere,
    /// In the first diverging block, beside another fault.
    First,
    /// Only by itself: the epoch ends before the block.
    Alone,
}

const fn fault(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> InjectedFault {
    InjectedFault {
        names,
        placing: Placing::Anywhere,
        needs: &[],
        elsewhere: OtherCause::Nothing,
        sign: FaultSign::Items,
        wish: |_, _| {},
        apply,
    }
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

const fn first(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> InjectedFault {
    InjectedFault { placing: Placing::First, ..fault(names, apply) }
}

/// A fault that a known failure inside the node could have made as well.
const fn ambiguous(fault: InjectedFault) -> InjectedFault {
    InjectedFault { elsewhere: OtherCause::InTheNode, ..fault }
}

const fn of_node(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> InjectedFault {
    ambiguous(fault(names, apply))
}

const fn revert(names: &'static [&'static str], apply: fn(Site<'_>) -> Items) -> InjectedFault {
    InjectedFault { wish: |wishes, height| wishes.reverted.push(height), ..fault(names, apply) }
}

/// How many of [`FAULTS`], from the first, have a pattern that a rule knows.
pub(super) const KNOWN: usize = 6;

/// Every kind of fault.
pub(super) static FAULTS: [InjectedFault; 47] = [
    // What a rule knows.
    InjectedFault {
        needs: &[(LosableEvidence::RevertMiddle, 0)],
        ..revert(&["native-casm-revert-trace"], |site| site.revert_text(|it| trace::text(&it.frames, Backend::Native, PANIC)))
    },
    InjectedFault {
        needs: &[(LosableEvidence::Log, 0), (LosableEvidence::DebugLog, 0)],
        wish: |wishes, height| wishes.l1_handlers.push(height),
        ..first(&["alchemy-429-l1-handler-drop"], |site| site.lost_handler(Some(Lookup::RateLimited)))
    },
    InjectedFault {
        needs: &[(LosableEvidence::Log, 0), (LosableEvidence::DebugLog, 0), (LosableEvidence::Snapshot, 0)],
        wish: |wishes, height| wishes.l1_handlers.push(height),
        ..first(&["l1-handler-gated-after-restart"], |site| site.lost_handler(None))
    },
    InjectedFault {
        needs: &[(LosableEvidence::TheirBlock, 1)],
        wish: |wishes, height| wishes.same_time_as_before = Some(height + 1),
        ..first(&["fifo-drain-across-same-timestamp"], |site| site.early())
    },
    InjectedFault { placing: Placing::Alone, ..fault(&["gateway-error-by-code", "gateway-invalid-nonce"], |site| site.refused(Some(400))) },
    InjectedFault { placing: Placing::Alone, ..fault(&["gateway-unreachable"], |site| site.refused(None)) },
    // Which transactions run.
    ambiguous(fault(&["tx-missing"], |site| site.missing(|_, _| {}))),
    InjectedFault {
        needs: &[(LosableEvidence::Log, 0)],
        ..first(&["blocked-sender-filter"], |site| site.missing(|epoch, tx| epoch.filtered = Some(tx)))
    },
    ambiguous(fault(&["tx-extra"], |site| site.extra())),
    ambiguous(first(&["tx-early"], |site| site.early())),
    InjectedFault { sign: FaultSign::List, ..ambiguous(first(&["tx-late", "fifo-partial-block-race"], |site| site.late())) },
    fault(&["tx-order"], |site| site.order()),
    fault(&["tx-signature"], |site| {
        site.transaction(
            |_| true,
            |it, _| add_one(it.transaction.signature.first_mut()?),
            |height, tx| format!("{height}/tx_changed/{tx}/signature"),
        )
    }),
    // Receipts.
    ambiguous(first(&["echonet-only-revert"], |site| site.only_here_reverted())),
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
    // The part that both sides keep looks as if native code had run; the part that was cut out differs as well.
    InjectedFault {
        needs: &[(LosableEvidence::RevertMiddle, 0)],
        wish: |wishes, height| {
            wishes.reverted.push(height);
            wishes.deep.push(height);
        },
        ..revert(&["revert-reason-hidden", "native-casm-revert-trace"], |site| {
            site.revert_text(|it| {
                let middle = it.frames.len() / 2;
                let mut frames: Vec<FailedCall> = it.frames.clone();
                frames.iter_mut().skip(middle).take(1).for_each(|it| it.selector = it.contract);
                trace::text(&frames, Backend::Native, PANIC)
            })
        })
    },
    revert(&["revert-reason-pc-values"], |site| {
        site.revert_text(|it| {
            let frames: Vec<FailedCall> = it.frames.iter().map(|it| FailedCall { pc: it.pc + 7, ..it.clone() }).collect();
            trace::text(&frames, Backend::Casm, PANIC)
        })
    }),
    revert(&["revert-reason-frame-set"], |site| {
        site.revert_text(|it| {
            let frames: Vec<FailedCall> = it.frames.iter().rev().take(1).cloned().collect();
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
    of_node(&["header-timestamp", "header-only-mismatch"], |site| {
        site.header("timestamp", |it, _| {
            it.timestamp += 1;
            Some(())
        })
    }),
    of_node(&["header-price-wei", "header-only-mismatch"], |site| {
        site.header("l1_gas_price.price_in_wei", |it, _| add_one(&mut price(&mut it.l1_gas_price)?.price_in_wei))
    }),
    of_node(&["header-price-fri", "header-only-mismatch"], |site| {
        site.header("l1_data_gas_price.price_in_fri", |it, _| add_one(&mut price(&mut it.l1_data_gas_price)?.price_in_fri))
    }),
    of_node(&["header-l2-price", "header-only-mismatch"], |site| {
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
