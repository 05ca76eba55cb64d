//! Mutated inputs: the same seed gives the same ones.

use serde_json::Value;

use super::json::{NASTY, places, remove, with};

/// Makes inputs of others.
pub(super) struct Mutator(u64);

/// No input is longer.
const MOST: usize = 1 << 18;

/// What stands in evidence, rules and archives, and what ends or begins something there.
const WORDS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\u{feff}",
    "\u{1b}[2J",
    "\u{202e}",
    "<",
    "&#x",
    "%0a",
    "\\n",
    "\\u001b",
    "\\ud800",
    "'",
    "b'",
    "\\x1b",
    "null",
    "true",
    "0x",
    "0x0",
    "1e400",
    "-1",
    "99999999999999999999999",
    "NaN",
    "18446744073709551615",
    "block_hash_mismatch:",
    "=== Revert counts ===\n",
    "=== Echonet snapshot ===\n",
    "===== End report =====\n",
    "trigger_reason: ",
    "(none)\n",
    "timestamp: 9999-12-31T23:59:59.999999Z\n",
    "Only on Mainnet: ",
    "-- Other (1 txs) --\n",
    "Error at pc=0:1:\n",
    "Cairo traceback (most recent call last):\n",
    "[INFO] [echonet.transaction_sender] ",
    "[ERROR] [echonet.l1_client] ",
    "Traceback (most recent call last):\n",
    "Resync triggered",
    "textPayload",
    "jsonPayload",
    "-- pvc/report_snapshot_00000101T000000Z.log\n",
    "-- mainnet/get_block_18446744073709551615.json\n",
    "-- ../x.json\n",
    "-- keys.json\n",
    "-- a/\u{1b}[2J.log\n",
    "blocks_99991231T235960Z",
    "regex: '",
    "(?P<",
    "){1000}",
    "$.ledger[?(@",
    "for_each: ",
    "*a",
    "&a ",
    "<<: ",
    "!!",
    "|\n",
    "- ",
    "---\n",
    "PK\u{3}\u{4}",
    "ustar",
    "Authorization: ",
    "{'Authorization':\n",
    "token: Some(\n",
    "password:\n  ",
    "'http_headers': {\n ",
    "Bearer ",
    "password=",
    "https://u:p@",
    "-----BEGIN PRIVATE KEY-----\n",
    "-----END PRIVATE KEY-----\n",
    "eyJhbGciOi",
    "\"token\": ",
    "('X-Throttling-Bypass', '",
    "alchemy.com/v2/",
    "«redacted:",
    "»",
];

impl Mutator {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below this one, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        // SplitMix64, whose constants these are.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).expect("below a usize")
    }

    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// An input like these, changed in one to four ways.
    pub(super) fn mutant(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = self.one_of(seeds).clone();
        for _ in 0..1 + self.below(4) {
            self.change(&mut bytes, seeds);
        }
        bytes.truncate(MOST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        if bytes.is_empty() {
            bytes.extend(self.one_of(WORDS).bytes());
            return;
        }
        let at = self.below(bytes.len());
        let reach = *self.one_of(&[1, 8, 64, 4096]);
        let end = (at + 1 + self.below(reach)).min(bytes.len());
        match self.below(12) {
            0 => bytes[at] ^= 1 << self.below(8),
            1 => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            4 => {
                let other = self.one_of(seeds);
                if !other.is_empty() {
                    let from = self.below(other.len());
                    bytes.splice(at..end, other[from..(from + end - at).min(other.len())].iter().copied());
                }
            }
            5 => bytes.truncate(at),
            6 => self.change_line(bytes),
            7 => self.change_number(bytes, at),
            8 | 9 => self.change_json(bytes),
            _ => drop(bytes.splice(at..at, self.one_of(WORDS).bytes())),
        }
    }

    /// Drops, doubles, cuts or moves a line.
    fn change_line(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = bytes.split_inclusive(|it| *it == b'\n').map(<[u8]>::to_vec).collect();
        self.change_lines(&mut lines);
        *bytes = lines.concat();
    }

    /// Drops, doubles, cuts or moves one of several lines; what was done.
    pub(super) fn change_lines<T: Clone + Cuttable>(&mut self, lines: &mut Vec<T>) -> &'static str {
        if lines.is_empty() {
            return "nothing";
        }
        let (one, other) = (self.below(lines.len()), self.below(lines.len()));
        match self.below(5) {
            0 => {
                lines.remove(one);
                "a line is dropped"
            }
            1 => {
                lines.insert(other, lines[one].clone());
                "a line is doubled"
            }
            2 => {
                let place = self.below(lines[one].length().max(1));
                lines[one].cut(place);
                "a line is cut"
            }
            3 => {
                lines.swap(one, other);
                "two lines are swapped"
            }
            _ => {
                lines.drain(one.min(other)..one.max(other));
                "lines are dropped"
            }
        }
    }

    /// Writes another number over the digits behind a place.
    fn change_number(&mut self, bytes: &mut Vec<u8>, at: usize) {
        const NUMBERS: [&str; 8] = ["0", "-1", "1", "18446744073709551615", "18446744073709551616", "4294967296", "0.5", "00"];
        let Some(start) = bytes[at..].iter().position(u8::is_ascii_digit).map(|it| at + it) else { return };
        let end = bytes[start..].iter().position(|it| !it.is_ascii_digit()).map_or(bytes.len(), |it| start + it);
        bytes.splice(start..end, self.one_of(&NUMBERS).bytes());
    }

    /// Puts a nasty value into a place of the JSON document that the input is, or of one that stands in a line of it.
    fn change_json(&mut self, bytes: &mut Vec<u8>) {
        let is_json = |line: &[u8]| matches!(line.first(), Some(b'{' | b'['));
        let parts: Vec<Vec<u8>> = match serde_json::from_slice::<Value>(bytes) {
            Ok(_) => vec![bytes.clone()],
            Err(_) => bytes.split_inclusive(|it| *it == b'\n').map(<[u8]>::to_vec).collect(),
        };
        let documents: Vec<usize> = parts.iter().enumerate().filter(|(_, it)| is_json(it)).map(|(place, _)| place).collect();
        if documents.is_empty() {
            return;
        }
        let chosen = *self.one_of(&documents);
        let Ok(document) = serde_json::from_slice::<Value>(&parts[chosen]) else { return };
        let mut parts = parts;
        parts[chosen] = self.changed_document(document).0.into_bytes();
        if parts.len() > 1 {
            parts[chosen].push(b'\n');
        }
        *bytes = parts.concat();
    }

    /// A document with a nasty value in a place, or without it, as a text; and what was done.
    pub(super) fn changed_document(&mut self, mut document: Value) -> (String, String) {
        let shapes: Vec<Vec<String>> = places(&document).into_values().collect();
        if shapes.is_empty() {
            return (document.to_string(), "nothing".to_owned());
        }
        let shape = self.below(shapes.len());
        let place = self.one_of(&shapes[shape]).clone();
        if self.below(8) == 0 {
            remove(&mut document, &place);
            return (document.to_string(), format!("{place} is gone"));
        }
        let instead = self.one_of(&NASTY);
        let told: String = instead.chars().take(60).collect();
        (with(document, &place, instead), format!("{place} = {told}"))
    }
}

/// What can be cut.
pub(super) trait Cuttable {
    fn length(&self) -> usize;
    /// Keeps so much of it.
    fn cut(&mut self, length: usize);
}

impl Cuttable for Vec<u8> {
    fn length(&self) -> usize {
        self.len()
    }

    fn cut(&mut self, length: usize) {
        self.truncate(length);
    }
}

impl Cuttable for Value {
    fn length(&self) -> usize {
        self["text"].as_str().map_or(0, |it| it.chars().count())
    }

    fn cut(&mut self, length: usize) {
        if let Some(text) = self["text"].as_str() {
            self["text"] = text.chars().take(length).collect::<String>().into();
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_inputs_and_others_than_it_was_given() {
    let seeds = [br#"{"a": [1, 2, 3], "b": "text"}"#.to_vec(), b"-- a\nline 7\nline 8\n".to_vec()];
    let made = |seed| {
        let mut mutator = Mutator::new(seed);
        (0..200).map(|_| mutator.mutant(&seeds)).collect::<Vec<_>>()
    };
    assert!(made(1) == made(1) && made(1) != made(2));
    let mut unlike = made(1);
    unlike.sort();
    unlike.dedup();
    assert!(150 < unlike.len(), "{} of 200 are unlike each other", unlike.len());
}
