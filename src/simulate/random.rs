//! Numbers that look random and are the same for the same seed.

use starknet_types_core::felt::Felt as Field;

use crate::evidence::Felt;

/// SplitMix64 (Steele, Lea, Flood 2014): small, fixed for all time, and independent of any library's version.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `low` to `high`, both included.
    #[expect(clippy::arithmetic_side_effects, reason = "callers name a range, which is not that of all numbers")]
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low + 1)
    }

    /// One of `items`, which must not be empty.
    #[expect(clippy::indexing_slicing, reason = "a number from 0 to the last place is a place")]
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = (items.len() as u64).saturating_sub(1);
        &items[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// A field element that is also an address and a storage key: those end 2^251 - 256.
    pub(super) fn felt(&mut self) -> Felt {
        let mut bytes = [0_u8; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.next().to_be_bytes());
        }
        bytes[0] &= 0x03;
        Felt(Field::from_bytes_be(&bytes))
    }

    /// `digits` lower-case hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        (0..digits).map(|_| char::from(*self.pick(b"0123456789abcdef"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_of_a_seed_never_changes() {
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973], "the published test vector");
    }
}
