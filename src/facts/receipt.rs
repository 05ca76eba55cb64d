//! Differences of two receipts of one transaction.

use std::collections::BTreeMap;

use super::ledger::{ItemKind, LedgerItem, Role};
use super::trace::{self, TraceDiff};
use crate::evidence::Felt;
use crate::evidence::block::{Event, L2ToL1Message, Receipt};

/// What differs between two receipts: ledger items, and the comparison of the revert texts where both exist and differ.
#[derive(Debug)]
pub(crate) struct ReceiptDiff {
    /// Items in a fixed order.
    pub items: Vec<LedgerItem>,
    /// The difference between the revert texts.
    pub trace: Option<TraceDiff>,
}

/// Compares the receipts of one transaction in block `height`. What no hash covers (steps, builtins, memory holes) is not compared.
#[must_use]
pub(crate) fn compare(height: u64, ours: &Receipt, theirs: &Receipt) -> ReceiptDiff {
    let tx = ours.transaction_hash;
    let what = tx.to_string();
    let item = |kind: ItemKind, role: Role| {
        let mut item = LedgerItem::new(kind, role, height, &what);
        item.tx_hash = Some(tx);
        item
    };
    let mut items = Vec::new();
    let mut compared_trace = None;
    let statuses_differ = ours.execution_status != theirs.execution_status;
    if statuses_differ {
        let status = |it: &Receipt| Some(format!("{:?}", it.execution_status).to_uppercase());
        items.push(item(ItemKind::ExecutionStatus, Role::Cause).values(status(ours), status(theirs)));
    }
    if ours.revert_error != theirs.revert_error {
        let diff = trace::compare(ours.revert_error.as_deref(), theirs.revert_error.as_deref());
        let mut revert = item(ItemKind::RevertReason, Role::Cause).values(ours.revert_error.as_ref(), theirs.revert_error.as_ref());
        revert.trace = Some(diff.class);
        items.push(revert);
        compared_trace = Some(diff);
    }
    if ours.actual_fee != theirs.actual_fee {
        items.push(item(ItemKind::ActualFee, Role::Cause).values(Some(ours.actual_fee), Some(theirs.actual_fee)));
    }
    if let (Some(our), Some(their)) = (ours.execution_resources.total_gas_consumed, theirs.execution_resources.total_gas_consumed) {
        let dimensions = [
            (ItemKind::L1Gas, Role::Cause, our.l1_gas, their.l1_gas),
            (ItemKind::L1DataGas, Role::Cause, our.l1_data_gas, their.l1_data_gas),
            (ItemKind::L2Gas, Role::Informational, our.l2_gas, their.l2_gas),
        ];
        for (kind, role, our, their) in dimensions {
            if our != their {
                items.push(item(kind, role).values(Some(our), Some(their)));
            }
        }
    }
    if ours.events != theirs.events {
        let kind = if same_elements(&ours.events, &theirs.events, event_key) { ItemKind::EventOrder } else { ItemKind::EventContent };
        let (our, their) =
            first_difference(&ours.events, &theirs.events, |it| format!("from {} keys {:?} data {:?}", it.from_address, it.keys, it.data));
        items.push(item(kind, Role::Cause).values(Some(our), Some(their)));
    }
    if ours.l2_to_l1_messages != theirs.l2_to_l1_messages {
        let (our, their) = (&ours.l2_to_l1_messages, &theirs.l2_to_l1_messages);
        let kind = if same_elements(our, their, message_key) { ItemKind::MessageOrder } else { ItemKind::MessageContent };
        let (our, their) =
            first_difference(our, their, |it| format!("from {} to {} payload {:?}", it.from_address, it.to_address, it.payload));
        items.push(item(kind, Role::Cause).values(Some(our), Some(their)));
    }
    if let Some(status) = items.first().filter(|it| it.kind == ItemKind::ExecutionStatus).map(|it| it.id.clone()) {
        // A receipt of the other outcome differs in everything that the outcome decides.
        for follower in items.iter_mut().skip(1).filter(|it| it.role == Role::Cause) {
            follower.role = Role::Consequence;
            follower.follows.push(status.clone());
        }
    }
    ReceiptDiff { items, trace: compared_trace }
}

type ElementKey = (Felt, Vec<Felt>, Vec<Felt>);

fn event_key(event: &Event) -> ElementKey {
    (event.from_address, event.keys.clone(), event.data.clone())
}

fn message_key(message: &L2ToL1Message) -> ElementKey {
    (message.from_address, vec![message.to_address], message.payload.clone())
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn same_elements<T>(ours: &[T], theirs: &[T], key: impl Fn(&T) -> ElementKey) -> bool {
    let mut counts: BTreeMap<ElementKey, i64> = BTreeMap::new();
    for it in ours {
        *counts.entry(key(it)).or_default() += 1;
    }
    for it in theirs {
        *counts.entry(key(it)).or_default() -= 1;
    }
    counts.values().all(|it| *it == 0)
}

/// Number of elements and the first one that differs, for each side.
fn first_difference<T: PartialEq>(ours: &[T], theirs: &[T], print: impl Fn(&T) -> String) -> (String, String) {
    let position = ours.iter().zip(theirs).take_while(|(our, their)| our == their).count();
    let side = |elements: &[T]| {
        let element = elements.get(position).map_or_else(|| "none".to_owned(), &print);
        format!("{} in all; number {position}: {element}", elements.len())
    };
    (side(ours), side(theirs))
}
