//! Three-valued truth (true, false, unknown) with Kleene's connectives.

use std::ops::{BitAnd, BitOr, Not};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A value that may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ternary {
    /// The value is true.
    True,
    /// The value is false.
    False,
    /// The evidence does not tell.
    Unknown,
}

impl From<bool> for Ternary {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// False wins, then unknown.
impl BitAnd for Ternary {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::True, Self::True) => Self::True,
        }
    }
}

/// True wins, then unknown.
impl BitOr for Ternary {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        !(!self & !other)
    }
}

/// Unknown stays unknown.
impl Not for Ternary {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ternary::{self, False, True, Unknown};

    #[test]
    fn unknown_is_decided_only_by_the_other_side() {
        let table: [(Ternary, Ternary, Ternary, Ternary); 6] = [
            (True, True, True, True),
            (True, False, False, True),
            (True, Unknown, Unknown, True),
            (False, False, False, False),
            (False, Unknown, False, Unknown),
            (Unknown, Unknown, Unknown, Unknown),
        ];
        for (left, right, both, either) in table {
            assert_eq!((left & right, right & left), (both, both));
            assert_eq!((left | right, right | left), (either, either));
        }
        assert_eq!(!Unknown, Unknown);
    }
}
