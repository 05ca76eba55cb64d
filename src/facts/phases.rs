//! How events of one receipt come in another order: whether whole phases of its execution were joined in another way, or something moved
//! within a phase.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use starknet_types_core::felt::Felt as Field;

use crate::evidence::Felt;
use crate::evidence::block::{Event, Receipt, TransactionType};

/// How the events of one receipt were reordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reordering {
    /// Each phase (validation, execution, fee transfer) keeps its own order, and they were joined in another way.
    PhasesSwapped,
    /// Phases do not explain it.
    WithinPhase,
}

const TRANSFER: Felt = Felt(Field::from_hex_unchecked("0x99cd8bde557814842a3121e8ddfd433a539b8c9f14bf31ebf108d12e6196e9"));

/// How `ours`, which holds the same events as mainnet's receipt, comes to another order. A receipt does not say which phase an event is
/// of, but on mainnet the fee transfer comes last. Where it does not on our side and all else kept its order, phases were swapped; so they
/// were where ours is what sorting by each event's number makes of phases that count from 0 each.
#[must_use]
pub(crate) fn reordering(ours: &[Event], theirs: &Receipt, kind: Option<TransactionType>) -> Reordering {
    let is_fee = |it: &Event| it.keys.first() == Some(&TRANSFER) && it.data.ends_with(&[theirs.actual_fee, Felt::from(0_u64)]);
    let Some((fee, rest)) = theirs.events.split_last().filter(|(it, _)| theirs.actual_fee != Felt::from(0_u64) && is_fee(it)) else {
        return Reordering::WithinPhase;
    };
    let moved_alone = || {
        let place = ours.iter().position(|it| it == fee);
        place.is_some_and(|place| ours.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, it)| it).eq(rest))
    };
    let sorted = |split: usize| {
        let (first, second) = rest.split_at(split);
        let (validation, execution) = if kind == Some(TransactionType::DeployAccount) { (second, first) } else { (first, second) };
        let phases = [validation, execution, std::slice::from_ref(fee)];
        (0..theirs.events.len()).flat_map(|number| phases.into_iter().filter_map(move |it| it.get(number))).eq(ours)
    };
    if moved_alone() || (0..=rest.len()).any(sorted) { Reordering::PhasesSwapped } else { Reordering::WithinPhase }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(key: u64) -> Event {
        serde_json::from_value(serde_json::json!({"from_address": "0x3", "keys": [format!("{key:#x}")], "data": []})).expect("an event")
    }

    fn fee() -> Event {
        let transfer = TRANSFER;
        serde_json::from_value(serde_json::json!({"from_address": "0x4", "keys": [transfer], "data": ["0x5", "0x6", "0x9", "0x0"]}))
            .expect("an event")
    }

    #[test]
    fn phases_that_were_joined_otherwise_are_told_from_a_swap_within_one() {
        let cases = |mainnet: &[Event], our: &[Event], kind| {
            let receipt = |events: &[Event]| {
                serde_json::from_value::<Receipt>(serde_json::json!({
                    "transaction_hash": "0x1", "transaction_index": 0, "actual_fee": "0x9", "events": events, "l2_to_l1_messages": [],
                    "execution_status": "SUCCEEDED", "execution_resources": {},
                }))
                .expect("a receipt")
            };
            reordering(our, &receipt(mainnet), kind)
        };
        let [a, b, c] = [event(1), event(2), event(3)];
        let mainnet = [a.clone(), b.clone(), c.clone(), fee()];
        let invoke = Some(TransactionType::InvokeFunction);
        for (ours, kind, expected, name) in [
            ([fee(), a.clone(), b.clone(), c.clone()], invoke, Reordering::PhasesSwapped, "the fee transfer came first"),
            ([a.clone(), fee(), b.clone(), c.clone()], invoke, Reordering::PhasesSwapped, "sorted by number, nothing in the validation"),
            ([a.clone(), b.clone(), fee(), c.clone()], invoke, Reordering::PhasesSwapped, "sorted by number, one event in the validation"),
            ([a.clone(), c.clone(), fee(), b.clone()], invoke, Reordering::PhasesSwapped, "sorted by number, two events in the validation"),
            ([b.clone(), a.clone(), c.clone(), fee()], invoke, Reordering::WithinPhase, "two events of a call"),
            ([a.clone(), c.clone(), b.clone(), fee()], invoke, Reordering::WithinPhase, "the last two events of a call"),
            ([c.clone(), fee(), b.clone(), a.clone()], invoke, Reordering::WithinPhase, "the fee transfer moved, and the rest too"),
            ([c.clone(), a.clone(), fee(), b.clone()], Some(TransactionType::DeployAccount), Reordering::PhasesSwapped, "a deployment"),
            ([c.clone(), a.clone(), fee(), b.clone()], invoke, Reordering::WithinPhase, "the same of no deployment"),
        ] {
            assert_eq!(cases(&mainnet, &ours, kind), expected, "{name}");
        }
        let without_a_fee = [a.clone(), b.clone()];
        assert_eq!(cases(&without_a_fee, &[b, a], invoke), Reordering::WithinPhase, "no fee was transferred");
    }
}
