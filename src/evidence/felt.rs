//! A field element, compared by its numeric value.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use starknet_types_core::felt::Felt as Field;

/// A Starknet field element: a hash, an address, a price, a storage value.
///
/// Read from hexadecimal with or without padding and in any case (`0x0a`, `0xA`), from decimal text (`10`) or from a JSON integer;
/// all of these are equal; a hash of 56 to 64 hexadecimal digits also without `0x`, as old blocks have it. Written as `0x` and lower-case digits without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Felt(pub Field);

impl Felt {
    /// The number zero.
    pub const ZERO: Self = Self(Field::ZERO);

    /// The value as an unsigned 64-bit number, if it fits.
    #[must_use]
    pub fn to_u64(self) -> Option<u64> {
        u64::try_from(self.0).ok()
    }

    /// The value as an unsigned 128-bit number, if it fits.
    #[must_use]
    pub fn to_u128(self) -> Option<u128> {
        u128::try_from(self.0).ok()
    }
}

impl From<u64> for Felt {
    fn from(number: u64) -> Self {
        Self(Field::from(number))
    }
}

impl From<u128> for Felt {
    fn from(number: u128) -> Self {
        Self(Field::from(number))
    }
}

/// A text that is not a field element.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a field element: expected 0x and up to 64 hexadecimal digits, or decimal digits, below the field's prime")]
pub struct FeltError(String);

/// The field's prime, big-endian: values at or above it have no canonical form.
const PRIME: [u8; 32] = [8, 0, 0, 0, 0, 0, 0, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

impl FromStr for Felt {
    type Err = FeltError;

    fn from_str(text: &str) -> Result<Self, FeltError> {
        let refuse = || FeltError(text.chars().take(80).collect());
        // Blocks of before 0.10 write hashes without the prefix. Shorter texts of hexadecimal digits could be anything.
        const BARE: std::ops::RangeInclusive<usize> = 56..=64;
        let is_bare = || BARE.contains(&text.len()) && text.bytes().all(|it| it.is_ascii_hexdigit());
        let digits = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => digits,
            None if is_bare() => text,
            None => return text.parse::<u128>().map(Self::from).map_err(|_| refuse()),
        };
        if digits.is_empty() || digits.len() > 64 {
            return Err(refuse());
        }
        let mut bytes = [0_u8; 32];
        for (place, digit) in digits.bytes().rev().enumerate() {
            let nibble = char::from(digit).to_digit(16).ok_or_else(refuse)?;
            let nibble = u8::try_from(nibble).map_err(|_| refuse())?;
            if let Some(byte) = 31_usize.checked_sub(place / 2).and_then(|it| bytes.get_mut(it)) {
                *byte |= if place % 2 == 0 { nibble } else { nibble << 4 };
            }
        }
        if bytes >= PRIME {
            return Err(refuse());
        }
        Ok(Self(Field::from_bytes_be(&bytes)))
    }
}

impl fmt::Display for Felt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Debug for Felt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl Serialize for Felt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Felt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Felt;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field element such as \"0x1f\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Felt, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Felt, E> {
                Ok(number.into())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Felt {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Felt".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^0x(0|[1-9a-f][0-9a-f]{0,62})$",
            "description": "A Starknet field element: 0x and lower-case hexadecimal digits without padding.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_many_spellings_and_one_value() {
        let ten: Vec<Felt> = ["0xa", "0xA", "0x0a", "0X0000A", "10"].iter().map(|it| it.parse().expect("a felt")).collect();
        assert!(ten.iter().all(|it| *it == Felt::from(10_u64) && it.to_string() == "0xa"), "{ten:?}");
        assert_eq!(serde_json::from_str::<Felt>("10").expect("an integer"), Felt::from(10_u64));
        assert_eq!("0x0".parse::<Felt>().expect("zero").to_string(), "0x0");
    }

    #[test]
    fn a_hash_of_an_old_block_needs_no_prefix_and_nothing_shorter_goes_without() {
        // The state root of `old_block_post_0_13_1_no_sequencer.json` among the resources of the sequencer's feeder client.
        let root = "21870ba80540e7831fb21c591ee93481f5ae1bb71ff85a86ddd465be4eddee6";
        assert_eq!(root.parse::<Felt>().expect("a felt"), format!("0x{root}").parse().expect("a felt"));
        for text in ["beef", "21870ba80540e7831fb21c591ee93481", &format!("{root}00")] {
            assert!(text.parse::<Felt>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_element_of_the_field_is_refused_by_name() {
        let prime = "0x800000000000011000000000000000000000000000000000000000000000001";
        for text in ["", "0x", "0xg", "-1", "0x1 ", prime, &format!("0x1{}", "0".repeat(64))] {
            let err = text.parse::<Felt>().expect_err(text);
            assert!(err.to_string().contains("not a field element"), "{err}");
        }
        let largest = "0x800000000000011000000000000000000000000000000000000000000000000";
        assert_eq!(largest.parse::<Felt>().expect("the largest element").to_string(), largest);
    }
}
