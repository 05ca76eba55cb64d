//! Variations that must not make a document unreadable: a null list, and an unhashed number in a different notation.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Felt;

/// A list or a map; null is an empty one. One that is missing is not read by this, and stays missing.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A number that no hash covers: also in hexadecimal or as a text. Anything else is not known.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    felt(deserializer).map(|it| it.and_then(Felt::to_u64))
}

/// A field element that no hash covers. Anything else is not known.
pub(super) fn felt<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Felt>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().map(Felt::from),
        Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::evidence::Felt;
    use crate::evidence::sources::mainnet_block;

    fn block(with: &[(&str, serde_json::Value)]) -> serde_json::Value {
        let mut block = serde_json::json!({
            "block_number": 7, "block_hash": "0x2", "parent_block_hash": "0x1", "timestamp": 1,
            "transactions": [{"transaction_hash": "0x3", "type": "INVOKE_FUNCTION", "signature": null}],
            "transaction_receipts": [{"transaction_hash": "0x3", "actual_fee": "0x0", "events": null, "l2_to_l1_messages": null}],
        });
        for (name, value) in with {
            block[*name] = value.clone();
        }
        block
    }

    #[test]
    fn a_null_list_and_an_unhashed_field_in_an_odd_form_do_not_cost_the_block() {
        let forms = [(serde_json::json!("0x10"), Some(16)), (serde_json::json!("16"), Some(16)), (serde_json::json!({"a": 1}), None)];
        for (form, expected) in forms {
            let read = mainnet_block::ANSWER
                .read(&block(&[("l2_gas_consumed", form.clone()), ("next_l2_gas_price", form)]).to_string())
                .expect("a block");
            assert_eq!((read.l2_gas_consumed, read.next_l2_gas_price), (expected, expected.map(Felt::from)));
            assert_eq!(read.transaction_receipts.first().map(|it| it.events.len()), Some(0));
        }
    }

    #[test]
    fn a_missing_list_is_unseen_and_a_pending_block_is_said_to_be_pending() {
        let mut lost = block(&[]);
        lost.as_object_mut().expect("an object").remove("transactions");
        let err = mainnet_block::ANSWER.read(&lost.to_string()).expect_err("no transactions");
        assert!(err.to_string().contains("missing field `transactions`"), "{err}");
        let pending = serde_json::json!({"status": "PENDING", "parent_block_hash": "0x1", "transactions": []});
        let err = mainnet_block::ANSWER.read(&pending.to_string()).expect_err("pending");
        assert!(err.to_string().starts_with("it is a pending block"), "{err}");
    }
}
