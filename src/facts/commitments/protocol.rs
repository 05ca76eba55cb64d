//! The protocol versions whose blocks can be hashed, and what each changed in a block's hash.

use starknet_types_core::felt::Felt as Field;

use super::CannotRecompute;
use crate::evidence::block::Block;

/// A protocol version whose blocks can be hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protocol(Version);

/// The numbers of a version, most significant first.
type Version = &'static [u8];

/// All versions of the protocol, oldest first, as `StarknetVersion` lists them.
const VERSIONS: &[Version] = &[
    &[0, 0, 0],
    &[0, 9, 1],
    &[0, 10, 0],
    &[0, 10, 1],
    &[0, 10, 2],
    &[0, 10, 3],
    &[0, 11, 0],
    &[0, 11, 0, 2],
    &[0, 11, 1],
    &[0, 11, 2],
    &[0, 12, 0],
    &[0, 12, 1],
    &[0, 12, 2],
    &[0, 12, 3],
    &[0, 13, 0],
    &[0, 13, 1],
    &[0, 13, 1, 1],
    &[0, 13, 2],
    &[0, 13, 2, 1],
    &[0, 13, 3],
    &[0, 13, 4],
    &[0, 13, 5],
    &[0, 13, 6],
    &[0, 14, 0],
    &[0, 14, 1],
    &[0, 14, 2],
    &[0, 14, 3],
    NEWEST,
];

const NEWEST: Version = &[0, 14, 4];

/// The first version with commitments of this form.
const FIRST_HASHED: Version = &[0, 13, 2];

/// The first version that hashes all prices together, and an empty signature as it is.
const HASHES_L2_PRICE: Version = &[0, 13, 4];

/// Whether a text is a protocol version of which this build knows.
#[must_use]
pub fn is_known(version: &str) -> bool {
    parse(version).is_some()
}

/// The newest version that this build knows, such as `0.14.4`.
pub(super) fn newest() -> String {
    text(NEWEST)
}

impl Protocol {
    /// Reads the version that a block states.
    ///
    /// # Errors
    /// When it states none, one that is not listed, or one before 0.13.2.
    pub fn from_block(block: &Block) -> Result<Self, CannotRecompute> {
        let stated = block.starknet_version.as_deref().ok_or(CannotRecompute::MissingField("starknet_version"))?;
        let version = parse(stated).ok_or_else(|| CannotRecompute::UnknownVersion(stated.chars().take(40).collect()))?;
        if version < FIRST_HASHED {
            return Err(CannotRecompute::TooOld(text(version)));
        }
        Ok(Self(version))
    }

    /// Until 0.13.3 a transaction without a signature was hashed as if its signature were one zero.
    pub(super) fn pads_empty_signatures(self) -> bool {
        self.0 < HASHES_L2_PRICE
    }

    /// Until 0.13.3 only the four L1 prices were hashed, each by itself.
    pub(super) fn hashes_l2_gas_price(self) -> bool {
        self.0 >= HASHES_L2_PRICE
    }

    /// The constant with which a block's hash begins.
    pub(super) fn block_hash_prefix(self) -> Field {
        short_string(if self.hashes_l2_gas_price() { "STARKNET_BLOCK_HASH1" } else { "STARKNET_BLOCK_HASH0" })
    }

    /// The version as it is hashed.
    pub(super) fn as_felt(self) -> Field {
        short_string(&text(self.0))
    }
}

/// An ASCII text of at most 31 characters as a number, as Cairo reads `'text'`.
pub(super) fn short_string(text: &str) -> Field {
    Field::from_bytes_be_slice(text.as_bytes())
}

fn parse(text: &str) -> Option<Version> {
    let numbers: Vec<u8> = text.split('.').map(|it| it.parse().ok()).collect::<Option<_>>()?;
    VERSIONS.iter().copied().find(|it| **it == numbers)
}

fn text(version: Version) -> String {
    let numbers: Vec<_> = version.iter().map(u8::to_string).collect();
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_listed_oldest_first_and_read_back_as_written() {
        assert!(VERSIONS.is_sorted_by(|a, b| a < b));
        assert_eq!(VERSIONS.last(), Some(&NEWEST));
        for version in VERSIONS {
            assert_eq!(parse(&text(version)), Some(*version));
        }
    }
}
