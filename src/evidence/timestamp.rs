//! A point in time, as evidence states it.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// A moment in UTC with up to nanosecond precision; written as RFC 3339 (`2026-11-22T08:38:32.754706Z`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Timestamp(OffsetDateTime);

/// A text that is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RFC 3339 time")]
pub struct TimestampError(String);

impl Timestamp {
    /// The beginning of 1970 (UTC).
    #[cfg(feature = "live")]
    pub(crate) const UNIX_EPOCH: Self = Self(OffsetDateTime::UNIX_EPOCH);

    /// A moment that RFC 3339 can write: it has no years before 0.
    fn written(moment: OffsetDateTime) -> Option<Self> {
        (0 <= moment.year()).then_some(Self(moment))
    }

    /// Reads the compact form that Echonet puts into file names: `20261122T083832Z`, in UTC, in whole seconds.
    #[must_use]
    pub fn from_file_name(text: &str) -> Option<Self> {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        PrimitiveDateTime::parse(text, format).ok().map(|it| Self(it.assume_utc()))
    }

    /// Writes the compact form that Echonet puts into file names.
    #[must_use]
    pub fn to_file_name(self) -> String {
        let format = format_description!("[year][month][day]T[hour][minute][second]Z");
        self.0.format(format).unwrap_or_default()
    }

    /// The moment that lies `seconds` whole seconds after the Unix epoch (UTC).
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(Self::written)
    }

    /// This moment moved by `millis` milliseconds; the same moment where that would leave the calendar.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        self.0.checked_add(Duration::milliseconds(millis)).and_then(Self::written).unwrap_or(self)
    }

    /// Milliseconds from `earlier` to this moment; negative if this is the earlier one.
    #[must_use]
    #[expect(clippy::arithmetic_side_effects, reason = "between any two moments there is a duration")]
    pub fn millis_since(self, earlier: Self) -> i64 {
        i64::try_from((self.0 - earlier.0).whole_milliseconds()).unwrap_or(i64::MAX)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        // At both ends of the calendar, a moment with an offset may be none in UTC.
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok().and_then(|it| it.checked_to_offset(UtcOffset::UTC));
        parsed.and_then(Self::written).ok_or_else(|| TimestampError(text.chars().take(80).collect()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time", "description": "A moment, RFC 3339 in UTC."})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_and_rfc_3339_name_the_same_moment() {
        let from_name = Timestamp::from_file_name("20261122T083832Z").expect("a file name's time");
        assert_eq!(from_name, "2026-11-22T08:38:32Z".parse().expect("RFC 3339"));
        assert_eq!(from_name.to_file_name(), "20261122T083832Z");
        assert_eq!("2026-11-22T10:38:32+02:00".parse::<Timestamp>().expect("an offset").to_string(), "2026-11-22T08:38:32Z");
        assert_eq!(Timestamp::from_file_name("20261122"), None);
        for beyond in ["9999-12-31T23:59:59-23:00", "0000-01-01T00:00:00+23:00"] {
            assert!(beyond.parse::<Timestamp>().is_err(), "{beyond}");
        }
    }
}
