//! Private keys that a log took apart. [`redact`](super::redact::redact) sees one text at a time: of such a key it replaces the beginning.
//! Here the rest is found in what the same stream says next.
//!
//! Invariant: lines of others between the parts of a key do not end it. It ends with its last line, or, where that never comes, after
//! [`OTHERS`] such lines in a row. Until then, what may be a part of it is taken for one.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::redact::{OTHERS, SecretKind, is_hash, token, walked};
use crate::fixed_pattern::fixed_pattern;

/// The most parts of one key: the largest in use, character by character, has fewer.
const PARTS: u32 = 16 * 1024;

/// Finishes private keys of which a log put each line, or any other part, into a line or an entry of its own.
#[derive(Debug, Default)]
pub(crate) struct SplitKeys {
    /// What has begun and not ended, by stream.
    streams: BTreeMap<String, Begun>,
}

impl SplitKeys {
    /// Whether a text that comes next can hold a part of a key.
    #[must_use]
    pub(crate) fn concern(&self, text: &str) -> bool {
        !self.streams.is_empty() || can_begin(text)
    }

    /// Replaces what is of a key in the next line of a stream. A line may be, or end in, a JSON object. Returns how many parts were
    /// replaced.
    pub(crate) fn mask_line(&mut self, stream: &str, line: &mut String) -> u64 {
        if !self.concern(line) {
            return 0;
        }
        // A time may stand before it.
        let (before, rest) = line.split_at(line.find('{').unwrap_or(line.len()));
        let Ok(mut object) = serde_json::from_str::<Value>(rest) else { return self.step(stream, |it| it.text("", line)) };
        let masked = self.step(stream, |it| it.value("", &mut object));
        if 0 < masked {
            *line = format!("{before}{object}");
        }
        masked
    }

    /// Replaces what is of a key in the next entry of Cloud Logging. Returns how many parts were replaced.
    #[cfg(any(feature = "live", test))]
    pub(crate) fn mask_entry(&mut self, entry: &mut Value) -> u64 {
        let label = |name: &str| entry.pointer(name).and_then(Value::as_str).unwrap_or_default();
        let [pod, container, log] = ["/resource/labels/pod_name", "/resource/labels/container_name", "/logName"].map(label);
        let stream = format!("{pod} {container} {log}");
        self.step(&stream, |it| it.value("", entry))
    }

    fn step(&mut self, stream: &str, look: impl FnOnce(&mut LineStep)) -> u64 {
        let Begun { markers, key } = self.streams.remove(stream).unwrap_or_default();
        let mut step = LineStep { markers, key, masked: 0, seen: SeenText::Others };
        look(&mut step);
        let masked = step.masked;
        let begun = step.ended();
        if begun.key.is_some() || !begun.markers.is_empty() {
            self.streams.insert(stream.to_owned(), begun);
        }
        masked
    }
}

fn can_begin(text: &str) -> bool {
    text.contains("-----") || text.contains("«redacted:private-key")
}

/// A key that has started in a stream.
#[derive(Debug, Default)]
struct Begun {
    /// Lines before keys, up to where they were cut, by the names that lead to them.
    markers: BTreeMap<String, CutMarker>,
    key: Option<Key>,
}

#[derive(Debug)]
struct CutMarker {
    text: String,
    /// Words before it in the line.
    words: usize,
    /// Lines since.
    others: u32,
}

#[derive(Debug)]
struct Key {
    /// Where its parts are looked for.
    places: BTreeSet<KeyPlace>,
    certainty: KeyCertainty,
    /// How many keys have begun and not ended.
    open: u32,
    parts: u32,
    /// Lines in a row that were no part of it.
    others: u32,
}

/// Where the first part of a key stood.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct KeyPlace {
    /// The names that lead to its text within the object; empty in a line of text.
    path: String,
    /// Words before it in the line.
    words: usize,
}

/// Where the words of a line begin, in order.
struct WordStarts(Vec<usize>);

impl WordStarts {
    fn from_line(line: &str) -> Self {
        Self(WORD.find_iter(line).map(|it| it.start()).collect())
    }

    /// How many begin before a place of the line.
    fn before(&self, at: usize) -> usize {
        self.0.partition_point(|it| *it < at)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum KeyCertainty {
    /// A token replaces a key that may be complete.
    Perhaps,
    Certain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeenText {
    Others,
    Part,
}

/// One line or entry on its way through.
struct LineStep {
    markers: BTreeMap<String, CutMarker>,
    key: Option<Key>,
    masked: u64,
    seen: SeenText,
}

/// A line before a key that is longer than this is none: the longest in use has fewer than 64 characters.
const MARKER_LENGTH: usize = 256;
const BEGINS: &str = r"BEGIN[A-Z0-9 ]*PRIVATE ?KEY(?: BLOCK)?-----";

static LINE_END: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(r"[\r\n]+|(?:\\+[nr])+"));
/// Where a key begins or ends. What begins with all of its hyphens is a token by now.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    fixed_pattern(&format!(
        r"(?P<begun>«redacted:private-key-begin:[0-9a-f]{{4}}»|^\s*-{{0,4}}{BEGINS})|(?P<token>«redacted:private-key:[0-9a-f]{{4}}»)|(?P<end>END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)"
    ))
});
static MARKER: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(&format!("^-----{BEGINS}")));
static CUT_MARKER: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(r"-----(?:B|BE|BEG|BEGI|BEGIN[A-Z0-9 ]*-{0,4})?$"));
static WORD: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(r#"[^\s"'`,;()\[\]{}<>|\\]+"#));
static RUN: LazyLock<Regex> = LazyLock::new(|| fixed_pattern(r"[A-Za-z0-9+/]{16,}={0,2}"));

impl LineStep {
    fn value(&mut self, path: &str, value: &mut Value) {
        match value {
            Value::String(text) => self.text(path, text),
            // The lines of a key as a list belong together.
            Value::Array(items) => items.iter_mut().for_each(|it| self.value(path, it)),
            Value::Object(fields) => fields.iter_mut().for_each(|(name, it)| self.value(&format!("{path}/{name}"), it)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&mut self, path: &str, text: &mut String) {
        if self.key.is_none() && self.markers.is_empty() && !can_begin(text) {
            return;
        }
        let before = self.masked;
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for end in LINE_END.find_iter(text) {
            self.line(path, text.get(at..end.start()).unwrap_or_default(), &mut out);
            out.push_str(end.as_str());
            at = end.end();
        }
        let last = text.get(at..).unwrap_or_default();
        self.line(path, last, &mut out);
        // Behind a word, hyphens end a line.
        let is_apart = |at: usize| !last.get(..at).is_some_and(|it| it.ends_with(|it: char| it.is_ascii_alphanumeric() || it == '-'));
        if let Some(cut) = CUT_MARKER.find(last).filter(|it| is_apart(it.start())) {
            let marker = CutMarker { text: cut.as_str().to_owned(), words: WordStarts::from_line(last).before(cut.start()), others: 0 };
            self.markers.insert(path.to_owned(), marker);
        }
        if before < self.masked {
            *text = out;
        }
    }

    fn line(&mut self, path: &str, line: &str, out: &mut String) {
        let mut at = self.after_cut_marker(path, line);
        out.push_str(line.get(..at).unwrap_or_default());
        let words = LazyCell::new(|| WordStarts::from_line(line));
        walked(line.len());
        for mark in MARK.captures_iter(line) {
            let Some(whole) = mark.get(0).filter(|it| at <= it.start()) else { continue };
            self.between(path, line.get(at..whole.start()).unwrap_or_default(), out);
            out.push_str(whole.as_str());
            at = whole.end();
            let place = KeyPlace { path: path.to_owned(), words: words.before(whole.start()) };
            if mark.name("begun").is_some() {
                self.begin(place, KeyCertainty::Certain);
            } else if mark.name("token").is_some() {
                // Alone in its line, it stands for a part of the key that it follows.
                self.token(place, if line.trim() == whole.as_str() { KeyCertainty::Certain } else { KeyCertainty::Perhaps });
            } else {
                self.end();
            }
        }
        self.between(path, line.get(at..).unwrap_or_default(), out);
    }

    /// Where a line goes on behind the marker whose first part came before.
    fn after_cut_marker(&mut self, path: &str, line: &str) -> usize {
        let Some(CutMarker { text, words, others }) = self.markers.get_mut(path) else { return 0 };
        let from = WORD.find_iter(line).nth(*words).map_or(0, |it| it.start());
        for from in [from, 0] {
            let joined = format!("{text}{}", line.get(from..).unwrap_or_default());
            if let Some(found) = MARKER.find(&joined) {
                let end = from.saturating_add(found.end().saturating_sub(text.len()));
                let place = KeyPlace { path: path.to_owned(), words: *words };
                self.markers.remove(path);
                self.begin(place, KeyCertainty::Certain);
                return end;
            }
            if joined.len() <= MARKER_LENGTH && CUT_MARKER.find(&joined).is_some_and(|it| it.start() == 0) {
                (*text, *others) = (joined, 0);
                return 0;
            }
        }
        0
    }

    fn begin(&mut self, place: KeyPlace, certainty: KeyCertainty) {
        self.seen = SeenText::Part;
        match &mut self.key {
            Some(key) => {
                key.open = key.open.saturating_add(1);
                key.certainty = key.certainty.max(certainty);
                key.places.insert(place);
            }
            None => self.key = Some(Key { places: BTreeSet::from([place]), certainty, open: 1, parts: 0, others: 0 }),
        }
    }

    fn token(&mut self, place: KeyPlace, is_part: KeyCertainty) {
        match &mut self.key {
            Some(key) => {
                self.seen = SeenText::Part;
                if key.places.contains(&place) {
                    key.certainty = key.certainty.max(is_part);
                }
            }
            None => self.begin(place, KeyCertainty::Perhaps),
        }
    }

    fn end(&mut self) {
        let Some(key) = &mut self.key else { return };
        key.open = key.open.saturating_sub(1);
        if key.open == 0 {
            self.key = None;
        }
    }

    /// Replaces the parts of keys in what stands between two marks.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn between(&mut self, path: &str, text: &str, out: &mut String) {
        let mut at = 0;
        if let Some(key) = &mut self.key {
            for part in key.parts_in(path, text) {
                let masked = text.get(part.clone()).unwrap_or_default();
                if is_of_key(masked) {
                    key.certainty = KeyCertainty::Certain;
                }
                out.push_str(text.get(at..part.start).unwrap_or_default());
                out.push_str(&token(SecretKind::PrivateKey, masked));
                at = part.end;
                self.masked += 1;
                self.seen = SeenText::Part;
            }
        }
        out.push_str(text.get(at..).unwrap_or_default());
    }

    /// What the stream has begun after this line.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn ended(mut self) -> Begun {
        self.markers.retain(|_, it| {
            it.others += 1;
            it.others <= OTHERS
        });
        let key = self.key.map(|key| match self.seen {
            SeenText::Part => Key { parts: key.parts + 1, others: 0, ..key },
            SeenText::Others => Key { others: key.others + 1, ..key },
        });
        let key = key.filter(|it| it.parts <= PARTS && it.others <= OTHERS);
        Begun { markers: self.markers, key }
    }
}

impl Key {
    /// Where parts of a key stand in a text.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn parts_in(&self, path: &str, text: &str) -> Vec<Range<usize>> {
        walked(text.len());
        let words: Vec<Range<usize>> = WORD.find_iter(text).map(|it| it.range()).collect();
        let of = |it: &Range<usize>| text.get(it.clone()).unwrap_or_default();
        // From here on, each word may be of a key; and the last one that looks like it.
        let bare_from = words.iter().rposition(|it| !is_base64(of(it))).map_or(0, |it| it + 1);
        let last_of_key = words.iter().rposition(|it| is_of_key(of(it)));
        let place = |words| KeyPlace { path: path.to_owned(), words };
        let is_known = self.places.range(place(0)..).next().is_some_and(|it| it.path == path);
        // Behind the last word nothing stands.
        let here = self.places.range(place(0)..place(words.len())).map(|it| it.words);
        for before in here.chain([0]) {
            let (Some(first), Some(last)) = (words.get(before), words.last()) else { continue };
            let is_expected = before + 1 == words.len() && self.certainty == KeyCertainty::Certain && is_known;
            if bare_from <= before && (is_expected || last_of_key.is_some_and(|it| before <= it)) {
                return std::iter::once(first.start..last.end).collect();
            }
        }
        RUN.find_iter(text).filter(|it| is_of_key(it.as_str())).map(|it| it.range()).collect()
    }
}

/// Whether this can be a part of a key, and is no hash.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let is_in_base64 = body.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/'));
    is_in_base64 && !text.is_empty() && !is_hash(text)
}

/// Whether this looks like a part of a key, wherever it stands.
fn is_of_key(text: &str) -> bool {
    const SHORTEST: usize = 16;
    /// So many letters in both cases are no name of anything.
    const LONG: usize = 40;
    let has = |is: fn(&u8) -> bool| text.as_bytes().iter().any(is);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let has_others = has(u8::is_ascii_digit) || has(|it| matches!(it, b'+' | b'/'));
    SHORTEST <= text.len() && is_mixed && (has_others || LONG <= text.len()) && is_base64(text)
}

#[cfg(test)]
mod tests;
