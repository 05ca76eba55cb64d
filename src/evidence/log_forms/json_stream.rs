//! JSON values one after another, one a line or not.

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};

use crate::limits::LINES_IN_VAIN;

/// Hands over each value of a text, and says how many lines are none. After what cannot be read, it goes on with the next line.
pub(super) fn each<T: DeserializeOwned>(body: &str, is_noise: fn(&str) -> bool, mut take: impl FnMut(T)) -> u64 {
    let is_lost = |line: &str| !line.trim().is_empty() && !is_noise(line);
    let (mut unread, mut in_vain, mut rest) = (0, 0, body);
    while in_vain < LINES_IN_VAIN {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<T>();
        let failed_in = loop {
            match values.next() {
                None => return unread,
                Some(Ok(value)) => take(value),
                Some(Err(err)) => break err.line(),
            }
        };
        let before = rest.get(..values.byte_offset()).unwrap_or_default();
        in_vain = in_vain.saturating_add(failed_in.saturating_sub(before.matches('\n').count()));
        let failed = rest.get(before.len()..).unwrap_or_default().trim_start();
        let (line, after) = failed.split_once('\n').unwrap_or((failed, ""));
        unread = unread.saturating_add(u64::from(is_lost(line)));
        rest = after;
    }
    for line in rest.lines().filter(|it| is_lost(it)) {
        match serde_json::from_str(line) {
            Ok(value) => take(value),
            Err(_) => unread = unread.saturating_add(1),
        }
    }
    unread
}

/// The names in the JSON object with which a text begins; none if it begins with something else.
pub(super) fn first_names(body: &str) -> Vec<String> {
    struct FirstNames(Vec<String>);
    struct Visit;

    impl<'de> Visitor<'de> for Visit {
        type Value = FirstNames;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FirstNames, A::Error> {
            /// So many are enough to tell what it is.
            const ENOUGH: usize = 32;
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                if names.len() < ENOUGH {
                    names.push(name);
                }
            }
            Ok(FirstNames(names))
        }
    }

    impl<'de> Deserialize<'de> for FirstNames {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_map(Visit)
        }
    }

    if !body.trim_start().starts_with('{') {
        return Vec::new();
    }
    let mut values = serde_json::Deserializer::from_str(body).into_iter::<FirstNames>();
    values.next().and_then(Result::ok).map(|it| it.0).unwrap_or_default()
}
