//! How much memory the structure of a document takes, told in one pass before it is read: a document of many small values can take a
//! hundred times its size.
//!
//! What is told is the most that the readers of this program take, whatever kind of document it is: a field of an object that is kept
//! although nobody knows it is dearer than all others. The weights were measured (`tests/it/memory.rs` holds them); texts weigh nothing here,
//! for they take what they take in the document.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::limits::{LINES_IN_VAIN, MEMORY, MIB};

/// A value, wherever it stands.
const VALUE: u64 = 96;
/// A list that is not empty.
const LIST: u64 = 192;
/// An object that is not empty: its first name makes room for eleven.
const OBJECT: u64 = 704;
/// A name and its place.
const NAME: u64 = 144;
/// A line in a log of a bundle: the reader of bundles refuses a field that it does not know there, so a line is never dearer than its type.
const LINE: u64 = 192;
/// The most that a byte of a document can bring: objects in objects, five bytes each, are the dearest.
const DEAREST: u64 = (VALUE + OBJECT + NAME).div_ceil(5);
/// A shorter text is not looked through for JSON that stands in it: whatever it holds is light.
const LONG: usize = 64 * 1024;

/// How much structure may take, in bytes.
static ALLOWED: AtomicU64 = AtomicU64::new(MEMORY);

/// From now on the structure of documents may take so many bytes, together.
pub(crate) fn allow(bytes: u64) {
    ALLOWED.store(bytes, Ordering::Relaxed);
}

/// What would take more memory than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its structure would take more than {} MiB of memory beyond the usual for its size", .0 / MIB)]
pub(super) struct TooHeavy(pub(super) u64);

/// The documents of one run, weighed together.
#[derive(Debug, Default)]
pub(super) struct Weighed(Mutex<Sum>);

#[derive(Debug, Default)]
struct Sum {
    bytes: u64,
    /// What is read more than once is kept once.
    named: BTreeSet<String>,
}

impl Weighed {
    /// Adds a document to what is held, unless it is too heavy.
    pub(super) fn take(&self, bytes: &[u8]) -> Result<(), TooHeavy> {
        let mut sum = self.sum();
        sum.bytes = within(bytes, BundlePlace::Anywhere, sum.bytes)?;
        Ok(())
    }

    /// Takes in a document that never changes, the first time that it is read.
    pub(super) fn take_once(&self, name: &str, bytes: &[u8]) -> Result<(), TooHeavy> {
        if !self.sum().named.contains(name) {
            self.take(bytes)?;
            self.sum().named.insert(name.to_owned());
        }
        Ok(())
    }

    fn sum(&self) -> MutexGuard<'_, Sum> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Weighs a bundle. What is so small that no structure in it can be too heavy is not read for that.
pub(super) fn check(bytes: &[u8]) -> Result<(), TooHeavy> {
    if DEAREST.saturating_mul(bytes.len() as u64) <= ALLOWED.load(Ordering::Relaxed) {
        return Ok(());
    }
    within(bytes, BundlePlace::Bundle, 0).map(|_| ())
}

/// How many bytes of structure go with each byte of a document without counting as much: so much any log has.
const USUAL: u64 = 4;

/// What documents weigh beyond the usual, with those that were weighed before, if that is allowed.
fn within(bytes: &[u8], place: BundlePlace, before: u64) -> Result<u64, TooHeavy> {
    let allowed = ALLOWED.load(Ordering::Relaxed);
    let usual = USUAL.saturating_mul(bytes.len() as u64);
    let all = weigh(bytes, place, before, allowed.saturating_add(usual)).ok_or(TooHeavy(allowed))?;
    Ok(all.saturating_sub(usual).max(before))
}

/// What a document weighs with what was weighed before; none if it is more than `most`.
fn weigh(bytes: &[u8], place: BundlePlace, before: u64, most: u64) -> Option<u64> {
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    let mut scale = Scale { sum: before, most };
    scale.stream(&text, place);
    (!scale.is_over()).then_some(scale.sum)
}

struct Scale {
    sum: u64,
    most: u64,
}

impl Scale {
    const fn is_over(&self) -> bool {
        self.most < self.sum
    }

    fn add<E: Error>(&mut self, weight: u64) -> Result<(), E> {
        self.sum = self.sum.saturating_add(weight);
        if self.is_over() { Err(E::custom("too heavy")) } else { Ok(()) }
    }

    /// Values one after another, as logs are read: after what is no JSON, the next line is tried.
    fn stream(&mut self, text: &str, place: BundlePlace) {
        let (mut rest, mut in_vain) = (text, 0);
        while !rest.is_empty() && !self.is_over() {
            let whole = in_vain < LINES_IN_VAIN;
            let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
            let mut reader = serde_json::Deserializer::from_str(if whole { rest } else { line });
            match WeighedValue(self, place).deserialize(&mut reader) {
                Ok(()) if whole => {
                    let end = reader.into_iter::<IgnoredAny>().byte_offset();
                    rest = rest.get(end..).unwrap_or_default().trim_start();
                }
                Ok(()) => rest = after,
                Err(err) => {
                    in_vain = err.line().saturating_add(in_vain);
                    self.within(line);
                    rest = after;
                }
            }
        }
    }

    /// What stands in a text: lines say something before their JSON, and strings can hold a document.
    fn within(&mut self, text: &str) {
        let Some(start) = text.find(['{', '[']).filter(|_| LONG < text.len()) else { return };
        let mut reader = serde_json::Deserializer::from_str(text.get(start..).unwrap_or_default());
        // What is no JSON weighs what was read of it.
        let _ = WeighedValue(self, BundlePlace::Anywhere).deserialize(&mut reader);
    }
}

/// Where a value stands, as far as that decides what it weighs: on the way to the lines of a log in a bundle, or elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BundlePlace {
    Anywhere,
    Bundle,
    Logs,
    Log,
    Observed,
    Stream,
    Lines,
}

impl BundlePlace {
    /// The place of a field of an object that stands here.
    fn under(self, name: &str) -> Self {
        match (self, name) {
            (Self::Bundle, "logs") => Self::Logs,
            (Self::Logs, _) => Self::Log,
            (Self::Log, "observed") => Self::Observed,
            (Self::Observed, "value") => Self::Stream,
            (Self::Stream, "lines") => Self::Lines,
            _ => Self::Anywhere,
        }
    }
}

/// A value that is passed over and weighed.
struct WeighedValue<'s>(&'s mut Scale, BundlePlace);

impl<'de> DeserializeSeed<'de> for WeighedValue<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.add(VALUE)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for WeighedValue<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.within(text);
        self.0.add(0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.1 == BundlePlace::Lines {
            while items.next_element::<IgnoredAny>()?.is_some() {
                self.0.add(LINE)?;
            }
            return Ok(());
        }
        let mut is_first = true;
        while items.next_element_seed(WeighedValue(self.0, BundlePlace::Anywhere))?.is_some() {
            self.0.add(if is_first { LIST } else { 0 })?;
            is_first = false;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut is_first = true;
        while let Some(place) = fields.next_key_seed(BundleFieldName(self.1))? {
            self.0.add(if is_first { OBJECT + NAME } else { NAME })?;
            is_first = false;
            fields.next_value_seed(WeighedValue(self.0, place))?;
        }
        Ok(())
    }
}

/// The name of a field of an object that stands at a place: it tells the place of the field.
struct BundleFieldName(BundlePlace);

impl<'de> DeserializeSeed<'de> for BundleFieldName {
    type Value = BundlePlace;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<BundlePlace, D::Error> {
        match self.0 {
            // Nothing follows from the name, so it is not decoded.
            BundlePlace::Anywhere | BundlePlace::Lines => deserializer.deserialize_identifier(IgnoredAny).map(|_| BundlePlace::Anywhere),
            _ => deserializer.deserialize_identifier(self),
        }
    }
}

impl Visitor<'_> for BundleFieldName {
    type Value = BundlePlace;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<BundlePlace, E> {
        Ok(self.0.under(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(text: &str) -> u64 {
        weigh(text.as_bytes(), BundlePlace::Anywhere, 0, MEMORY).expect("light")
    }

    #[test]
    fn every_value_list_object_and_name_has_its_weight_and_a_repeated_name_too() {
        let entry = OBJECT + NAME + VALUE;
        let weights = [
            ("0", VALUE),
            ("[]", VALUE),
            ("[1, -1, null, true, \"x\"]", VALUE + LIST + 5 * VALUE),
            ("{}", VALUE),
            ("{\"a\": 0}", VALUE + entry),
            ("{\"a\": 0, \"a\": 0}", VALUE + entry + NAME + VALUE),
            ("\u{feff}[]\n[]", 2 * VALUE),
        ];
        for (text, expected) in weights {
            assert_eq!(weight(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_in_a_log_of_a_bundle_is_light_and_the_same_elsewhere_is_not() {
        let lines = |path: [&str; 5], count: usize| {
            let list = format!("[{}]", vec![r#"{"stream":"stdout","text":"a"}"#; count].join(","));
            path.iter().rev().fold(list, |inner, name| format!("{{\"{name}\":{inner}}}"))
        };
        let of_one_more = |path: [&str; 5], place: BundlePlace| {
            let weight = |count: usize| weigh(lines(path, count).as_bytes(), place, 0, MEMORY).expect("light");
            weight(9) - weight(8)
        };
        let line = ["logs", "echonet", "observed", "value", "lines"];
        let object = VALUE + OBJECT + 2 * (NAME + VALUE);
        assert_eq!(of_one_more(line, BundlePlace::Bundle), LINE);
        assert_eq!(of_one_more(line, BundlePlace::Anywhere), object, "a document that is no bundle keeps what it does not know");
        for (place, other) in [(0, "log"), (2, "failed"), (3, "coverage"), (4, "line")] {
            let mut path = line;
            path[place] = other;
            assert_eq!(of_one_more(path, BundlePlace::Bundle), object, "{path:?}");
        }
    }

    #[test]
    fn no_structure_is_dearer_for_its_size_than_the_dearest() {
        let nested = format!("{}0{},", "{\"\":".repeat(100), "}".repeat(100));
        for piece in [nested.as_str(), "{\"\":0},", "{},", "[0],", "[],", "[[0]],", "[{\"\":0}],", "{\"\":{\"\":[0]}},", "0,", "\"\","] {
            let text = format!("[{}0]", piece.repeat(1000));
            assert!(weight(&text) <= DEAREST * text.len() as u64, "{piece}");
        }
    }

    #[test]
    fn what_stands_behind_other_text_or_in_a_string_is_weighed_too() {
        let heavy = format!("[{}0]", "0,".repeat(LONG));
        let alone = weight(&heavy);
        let in_string = serde_json::Value::from(format!("said {heavy}")).to_string();
        for text in [format!("no JSON\n{heavy}"), format!("2026-11-22 said {heavy} and so on"), in_string, format!("\u{fffd}{heavy}")] {
            assert!(alone <= weight(&text), "{text:.40}");
        }
        let torn = heavy.get(..heavy.len() - 1).expect("ASCII");
        assert_eq!(
            weigh([b"\xff", torn.as_bytes()].concat().as_slice(), BundlePlace::Anywhere, 0, MEMORY).map(|it| alone <= it + LIST),
            Some(true),
            "one that is torn, too"
        );
        assert!(weight("a log, with commas, [and brackets\n").lt(&(4 * VALUE)));
    }

    #[test]
    fn documents_are_weighed_together_and_too_much_is_refused_before_it_is_all_read() {
        let bomb = format!("[{}", "{\"a\":0},".repeat(600_000));
        assert_eq!(check(bomb.as_bytes()), Err(TooHeavy(MEMORY)));
        let half = format!("[{}0]", "{\"a\":0},".repeat(300_000));
        let all = Weighed::default();
        assert_eq!((all.take(half.as_bytes()), all.take(half.as_bytes())), (Ok(()), Err(TooHeavy(MEMORY))));
        let again = Weighed::default();
        assert_eq!(["a", "a", "b"].map(|it| again.take_once(it, half.as_bytes()).is_ok()), [true, true, false]);
        assert!(TooHeavy(MEMORY).to_string().contains("512 MiB"));
    }
}
