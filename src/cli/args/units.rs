//! Times and sizes as people type them: a number with its unit, because a bare number says nothing of what it counts.

use std::fmt;
use std::str::FromStr;
#[cfg(feature = "live")]
use std::time::Duration;

#[cfg(feature = "live")]
use crate::investigate::limits::TIMESPAN_MILLIS;
use crate::investigate::limits::{GIB, KIB, MIB};

/// A time, such as `30s` or `1h30m`.
#[cfg(feature = "live")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Time(pub(in crate::cli) Duration);

/// A size in bytes, such as `256MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Size(pub(in crate::cli) u64);

/// Units of time in milliseconds, largest first.
#[cfg(feature = "live")]
const TIMES: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Units of size in bytes, largest first.
const SIZES: [(&str, u64); 4] = [("GiB", GIB), ("MiB", MIB), ("KiB", KIB), ("B", 1)];

/// Why a text is not a number with its unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum UnitError {
    /// There is no number in it, or something before it.
    #[error("write a whole number and its unit, such as {example}")]
    NoNumber {
        /// One that can be read.
        example: &'static str,
    },
    /// A number stands alone.
    #[error("`{number}` has no unit; write {offers}")]
    NoUnit {
        /// The number.
        number: u64,
        /// The number with each unit that is likely.
        offers: String,
    },
    /// A word stands where a unit should.
    #[error("`{word}` is not a unit; the units are {known}")]
    Unknown {
        /// As written.
        word: String,
        /// All units.
        known: String,
    },
    /// No number of this program holds it.
    #[error("that is more than can be counted")]
    TooLarge,
    /// Nobody waits as long.
    #[cfg(feature = "live")]
    #[error("that is longer than {longest}, the longest time that may be given")]
    TooLong {
        /// The longest time, as it can be typed.
        longest: String,
    },
}

#[cfg(feature = "live")]
impl FromStr for Time {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        match sum(text, &TIMES, "30s or 5m")? {
            millis if millis <= TIMESPAN_MILLIS => Ok(Self(Duration::from_millis(millis))),
            _ => Err(UnitError::TooLong { longest: in_largest_unit(TIMESPAN_MILLIS, &TIMES) }),
        }
    }
}

impl FromStr for Size {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, UnitError> {
        sum(text, &SIZES, "256MiB").map(Self)
    }
}

#[cfg(feature = "live")]
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        f.write_str(&in_largest_unit(millis, &TIMES))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_largest_unit(self.0, &SIZES))
    }
}

/// The sum of numbers with their units.
fn sum(text: &str, units: &[(&str, u64)], example: &'static str) -> Result<u64, UnitError> {
    let mut rest = text.trim();
    let mut sum = 0_u64;
    loop {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        if number.is_empty() {
            return Err(UnitError::NoNumber { example });
        }
        let number: u64 = number.parse().map_err(|_| UnitError::TooLarge)?;
        let behind = behind.trim_start();
        let letters = behind.find(|it: char| !it.is_alphabetic()).unwrap_or(behind.len());
        let (word, behind) = behind.split_at(letters);
        if word.is_empty() && behind.is_empty() {
            let offers: Vec<String> = units.iter().rev().map(|(unit, _)| format!("`{number}{unit}`")).collect();
            return Err(UnitError::NoUnit { number, offers: offers.join(" or ") });
        }
        let Some((_, scale)) = units.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(word)) else {
            let known: Vec<String> = units.iter().rev().map(|(unit, _)| format!("`{unit}`")).collect();
            return Err(match word {
                "" => UnitError::NoNumber { example },
                _ => UnitError::Unknown { word: word.to_owned(), known: known.join(", ") },
            });
        };
        sum = number.checked_mul(*scale).and_then(|it| sum.checked_add(it)).ok_or(UnitError::TooLarge)?;
        rest = behind.trim_start();
        if rest.is_empty() {
            return Ok(sum);
        }
    }
}

fn in_largest_unit(value: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, scale): &&(&str, u64)| *scale == 1 || (*scale <= value && value.is_multiple_of(*scale));
    units
        .iter()
        .find(fits)
        .map_or_else(|| value.to_string(), |(unit, scale)| format!("{}{unit}", value.checked_div(*scale).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "live")]
    #[test]
    fn a_time_counts_what_its_units_say() {
        let times = [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h 30m", 5_400_000),
            ("1h30m5s", 5_405_000),
            ("0s", 0),
            ("24h", 86_400_000),
        ];
        for (text, millis) in times {
            assert_eq!(text.parse(), Ok(Time(Duration::from_millis(millis))), "{text}");
        }
        for text in ["30s", "5m", "30m", "2s", "1500ms", "1h", "90m"] {
            assert_eq!(text.parse::<Time>().expect(text).to_string(), text, "what is shown can be typed");
        }
        assert_eq!(Time(Duration::ZERO).to_string().parse(), Ok(Time(Duration::ZERO)));
        for (text, words) in [
            ("30", "`30` has no unit; write `30ms` or `30s` or `30m` or `30h`"),
            ("30x", "`x` is not a unit; the units are `ms`, `s`, `m`, `h`"),
            ("30s5", "`5` has no unit"),
            ("s", "such as 30s or 5m"),
            ("", "such as 30s or 5m"),
            ("-5s", "such as 30s or 5m"),
            ("1.5s", "such as 30s or 5m"),
            ("99999999999999999999s", "more than can be counted"),
            ("9999999999999999h", "more than can be counted"),
            ("86400001ms", "longer than 24h, the longest time that may be given"),
            ("12h 12h 1ms", "longer than 24h"),
        ] {
            let err = text.parse::<Time>().expect_err(text);
            assert!(err.to_string().contains(words), "{text}: {err}");
        }
    }

    #[test]
    fn a_size_counts_what_its_unit_says() {
        for (text, bytes) in [("1B", 1), ("4KiB", 4096), ("256MiB", 256 << 20), ("256mib", 256 << 20), ("2 GiB", 2 << 30)] {
            assert_eq!(text.parse(), Ok(Size(bytes)), "{text}");
        }
        for text in ["256MiB", "1GiB", "3KiB", "5B"] {
            assert_eq!(text.parse::<Size>().expect(text).to_string(), text, "what is shown can be typed");
        }
        for (text, words) in [("256", "`256B` or `256KiB` or `256MiB` or `256GiB`"), ("256MB", "`MB` is not a unit")] {
            let err = text.parse::<Size>().expect_err(text);
            assert!(err.to_string().contains(words), "{text}: {err}");
        }
    }
}
