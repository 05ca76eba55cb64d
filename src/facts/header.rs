//! Differences of two headers, field by field.

use super::ledger::{ItemKind, LedgerItem, Role};
use crate::evidence::Block;

/// Every header field in which the two sides differ, in a fixed order.
///
/// A field that one payload omits is not compared: an omission does not say that the values differ.
#[must_use]
pub(crate) fn compare(ours: &Block, theirs: &Block) -> Vec<LedgerItem> {
    // Before 0.13.4 the L2 gas price is in the header and in no hash.
    let l2_price_counts = [ours, theirs].iter().any(|it| is_at_least(it, [0, 13, 4]));
    FIELDS
        .iter()
        .filter_map(|field| {
            let (our, their) = ((field.get)(ours)?, (field.get)(theirs)?);
            let kind = if field.name.starts_with("l2_gas_price") && !l2_price_counts { ItemKind::UnhashedHeader } else { field.kind };
            let role = if kind == ItemKind::UnhashedHeader { Role::Informational } else { Role::Cause };
            (our != their)
                .then(|| LedgerItem::new(kind, role, ours.block_number, field.name).field(field.name).values(Some(our), Some(their)))
        })
        .collect()
}

/// A header field that is compared.
struct HeaderField {
    kind: ItemKind,
    name: &'static str,
    get: fn(&Block) -> Option<String>,
}

/// Hashed fields, then what is hashed as their digest, then what no hash covers. `state_root` and `status` are missing on purpose:
/// Echonet copies them from mainnet.
const FIELDS: [HeaderField; 22] = [
    HeaderField { kind: ItemKind::Header, name: "block_number", get: |it| Some(it.block_number.to_string()) },
    HeaderField { kind: ItemKind::Header, name: "timestamp", get: |it| Some(it.timestamp.to_string()) },
    HeaderField { kind: ItemKind::Header, name: "starknet_version", get: |it| it.starknet_version.clone() },
    HeaderField { kind: ItemKind::Header, name: "sequencer_address", get: |it| text(it.sequencer_address) },
    HeaderField { kind: ItemKind::Header, name: "l1_da_mode", get: |it| it.l1_da_mode.map(|mode| format!("{mode:?}").to_uppercase()) },
    HeaderField {
        kind: ItemKind::Header,
        name: "l1_gas_price.price_in_wei",
        get: |it| text(it.l1_gas_price.map(|price| price.price_in_wei)),
    },
    HeaderField {
        kind: ItemKind::Header,
        name: "l1_gas_price.price_in_fri",
        get: |it| text(it.l1_gas_price.map(|price| price.price_in_fri)),
    },
    HeaderField {
        kind: ItemKind::Header,
        name: "l1_data_gas_price.price_in_wei",
        get: |it| text(it.l1_data_gas_price.map(|price| price.price_in_wei)),
    },
    HeaderField {
        kind: ItemKind::Header,
        name: "l1_data_gas_price.price_in_fri",
        get: |it| text(it.l1_data_gas_price.map(|price| price.price_in_fri)),
    },
    HeaderField {
        kind: ItemKind::Header,
        name: "l2_gas_price.price_in_wei",
        get: |it| text(it.l2_gas_price.map(|price| price.price_in_wei)),
    },
    HeaderField {
        kind: ItemKind::Header,
        name: "l2_gas_price.price_in_fri",
        get: |it| text(it.l2_gas_price.map(|price| price.price_in_fri)),
    },
    HeaderField { kind: ItemKind::ParentHash, name: "parent_block_hash", get: |it| text(Some(it.parent_block_hash)) },
    HeaderField { kind: ItemKind::Commitment, name: "transaction_commitment", get: |it| text(it.transaction_commitment) },
    HeaderField { kind: ItemKind::Commitment, name: "event_commitment", get: |it| text(it.event_commitment) },
    HeaderField { kind: ItemKind::Commitment, name: "receipt_commitment", get: |it| text(it.receipt_commitment) },
    HeaderField { kind: ItemKind::Commitment, name: "state_diff_commitment", get: |it| text(it.state_diff_commitment) },
    HeaderField { kind: ItemKind::Count, name: "transaction_count", get: |it| text(Some(it.transactions.len())) },
    HeaderField { kind: ItemKind::Count, name: "event_count", get: |it| text(Some(event_count(it))) },
    HeaderField { kind: ItemKind::Count, name: "state_diff_length", get: |it| text(it.state_diff_length) },
    HeaderField { kind: ItemKind::UnhashedHeader, name: "l2_gas_consumed", get: |it| text(it.l2_gas_consumed) },
    HeaderField { kind: ItemKind::UnhashedHeader, name: "next_l2_gas_price", get: |it| text(it.next_l2_gas_price) },
    HeaderField { kind: ItemKind::BlockHash, name: "block_hash", get: |it| text(Some(it.block_hash)) },
];

/// Whether a block's protocol version is `version` or later. A block without a readable version is taken for a newer one: what may be
/// hashed must be explained.
pub(super) fn is_at_least(block: &Block, version: [u64; 3]) -> bool {
    let stated = block.starknet_version.as_deref().unwrap_or_default();
    let mut parts = stated.split('.').map_while(|it| it.parse::<u64>().ok());
    match [(); 3].map(|()| parts.next()) {
        [Some(major), Some(minor), Some(patch)] => [major, minor, patch] >= version,
        _ => true,
    }
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|it| it.to_string())
}

fn event_count(block: &Block) -> usize {
    block.transaction_receipts.iter().map(|it| it.events.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::sources::mainnet_block;

    #[test]
    fn the_l2_gas_price_is_a_cause_only_where_a_hash_covers_it() {
        let header = |version: &str, price: &str| {
            let body = format!(
                r#"{{"block_number":7,"block_hash":"0x1","parent_block_hash":"0x2","timestamp":3{version},"transactions":[],"transaction_receipts":[],"l2_gas_price":{{"price_in_wei":"0x1","price_in_fri":"{price}"}}}}"#
            );
            mainnet_block::ANSWER.read(&body).expect("a block")
        };
        for (version, role) in [
            (r#","starknet_version":"0.13.3""#, Role::Informational),
            (r#","starknet_version":"0.13.4""#, Role::Cause),
            (r#","starknet_version":"0.14.0""#, Role::Cause),
            ("", Role::Cause),
        ] {
            let items = compare(&header(version, "0x5"), &header(version, "0x6"));
            let seen: Vec<_> = items.iter().map(|it| (it.field.as_str(), it.role)).collect();
            assert_eq!(seen, [("l2_gas_price.price_in_fri", role)], "version {version:?}");
        }
    }
}
