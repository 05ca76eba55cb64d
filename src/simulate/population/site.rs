//! Where a fault is made, and the changes that faults have in common.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::block::{ExecutionStatus, TransactionType};
use crate::evidence::state_update::StateDiff;
use crate::evidence::{Block, Felt};
use crate::simulate::chain::{BlockDraft, Executed, Write};
use crate::simulate::faults::{Epoch, GatewayRefusal, Lookup};
use crate::simulate::random::Random;
use crate::simulate::trace::{self, Backend};

/// The place that a fault changes.
pub(super) struct Site<'a> {
    pub(super) height: u64,
    /// Echonet's blocks from the first diverging one on.
    pub(super) drafts: &'a mut BTreeMap<u64, BlockDraft>,
    pub(super) epoch: &'a mut Epoch,
    /// Hash that Echonet's first diverging block builds on.
    pub(super) parent: &'a mut Felt,
    /// The last block of the epoch.
    pub(super) last: &'a mut u64,
    /// Transactions that a fault acted on: no other fault takes them.
    pub(super) used: &'a mut BTreeSet<Felt>,
    pub(super) random: &'a mut Random,
}

/// What a fault changed; none where there was nothing to act on.
pub(super) type Items = Option<Vec<Touched>>;

/// A ledger item that a fault makes, by what shows it.
pub(super) enum Touched {
    /// Both blocks show it.
    Block(String),
    /// Both state updates show it.
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

/// Whether a transaction was undone.
pub(super) fn is_reverted(it: &Executed) -> bool {
    it.receipt.execution_status == ExecutionStatus::Reverted
}

impl Site<'_> {
    /// The place of an invocation that no fault has taken. Accounts take turns: the last twenty-four have one transaction each behind
    /// them, so that nothing after them would run differently.
    pub(super) fn victim(&mut self, wanted: impl Fn(&Executed) -> bool) -> Option<(usize, Felt)> {
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
    pub(super) fn transaction(
        mut self,
        wanted: impl Fn(&Executed) -> bool,
        change: impl FnOnce(&mut Executed, &mut Random) -> Option<()>,
        id: impl Fn(u64, Felt) -> String,
    ) -> Items {
        let (place, tx) = self.victim(wanted)?;
        change(self.drafts.get_mut(&self.height)?.executed.get_mut(place)?, self.random)?;
        Some(vec![Touched::Block(id(self.height, tx))])
    }

    pub(super) fn revert_text(self, text: impl Fn(&Executed) -> String) -> Items {
        let change = |it: &mut Executed, _: &mut Random| {
            it.receipt.revert_error = Some(text(it));
            Some(())
        };
        self.transaction(is_reverted, change, |height, tx| format!("{height}/revert_reason/{tx}"))
    }

    /// Reverts a transaction that succeeded on mainnet; that is then the trigger.
    pub(super) fn only_here_reverted(mut self) -> Items {
        let (place, tx) = self.victim(|it| !is_reverted(it))?;
        let culprit = self.drafts.get_mut(&self.height)?.executed.get_mut(place)?;
        culprit.revert(trace::text(&culprit.frames, Backend::Casm, "Out of gas"));
        self.epoch.reverted = Some(tx);
        Some(vec![Touched::Block(format!("{}/execution_status/{tx}", self.height))])
    }

    /// Loses the message from L1: its look-up is refused, or the block is the first of its epoch.
    pub(super) fn lost_handler(self, look_up: Option<Lookup>) -> Items {
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

    pub(super) fn missing(mut self, note: impl FnOnce(&mut Epoch, Felt)) -> Items {
        let (place, tx) = self.victim(|_| true)?;
        self.drafts.get_mut(&self.height)?.executed.remove(place);
        note(self.epoch, tx);
        Some(vec![Touched::Moved(format!("{}/tx_missing/{tx}", self.height), tx)])
    }

    pub(super) fn extra(mut self) -> Items {
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
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    pub(super) fn early(self) -> Items {
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
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    pub(super) fn late(self) -> Items {
        let executed = &mut self.drafts.get_mut(&self.height)?.executed;
        let moved = executed.pop().filter(|it| it.transaction.kind == TransactionType::InvokeFunction)?;
        let tx = moved.transaction.transaction_hash;
        if !self.used.insert(tx) || executed.is_empty() {
            return None;
        }
        self.drafts.get_mut(&(self.height + 1))?.executed.insert(0, moved);
        Some(vec![Touched::Moved(format!("{}/tx_late/{tx}", self.height), tx)])
    }

    pub(super) fn order(self) -> Items {
        let executed = &mut self.drafts.get_mut(&self.height)?.executed;
        let place = executed.windows(2).position(|pair| pair.iter().all(|it| !self.used.contains(&it.transaction.transaction_hash)))?;
        self.used.extend(executed.iter().skip(place).take(2).map(|it| it.transaction.transaction_hash));
        executed.swap(place, place.saturating_add(1));
        Some(vec![Touched::Block(format!("{}/tx_order", self.height))])
    }

    pub(super) fn storage(mut self, change: impl FnOnce(&mut Vec<Write>) -> Option<(Felt, Felt)>) -> Items {
        let (place, _) = self.victim(|it| it.writes.len() > it.fee_writes)?;
        let (contract, key) = change(&mut self.drafts.get_mut(&self.height)?.executed.get_mut(place)?.writes)?;
        Some(vec![Touched::State(format!("{}/storage/{contract}/{key}", self.height))])
    }

    pub(super) fn classes(self, change: impl FnOnce(&mut StateDiff, &mut Random) -> Option<String>) -> Items {
        let what = change(&mut self.drafts.get_mut(&self.height)?.classes, self.random)?;
        Some(vec![Touched::State(format!("{}/{what}", self.height))])
    }

    pub(super) fn header(self, field: &str, change: impl FnOnce(&mut Block, &mut Random) -> Option<()>) -> Items {
        change(&mut self.drafts.get_mut(&self.height)?.header, self.random)?;
        Some(vec![Touched::Block(format!("{}/header/{field}", self.height))])
    }

    /// The gateway refuses a transaction: the epoch ends before its block.
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    pub(super) fn refused(mut self, status: Option<u16>) -> Items {
        let (_, tx) = self.victim(|_| true)?;
        let answer =
            r#"{"code":"StarknetErrorCode.INVALID_TRANSACTION_NONCE","message":"Invalid transaction nonce. Expected: 0x5, got: 0x4."}"#;
        self.epoch.refused =
            Some((tx, if status.is_some() { GatewayRefusal::Answer(answer.to_owned()) } else { GatewayRefusal::Unreachable }));
        *self.last = self.height - 1;
        Some(vec![Touched::Refused(format!("{}/gateway_error/{tx}", self.height))])
    }
}
