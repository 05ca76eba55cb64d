//! No reader takes longer than its input allows: a shape that is repeated twice as often takes at most so much more than twice the time.
//!
//! Time is no measure for a test that others run beside, so these are run by hand, alone, and print what they measured:
//! `fuzz/README.md` says how. What the search for secrets takes is counted in steps, in every run (`redact/linear_tests.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::corpus::{json, kept};
use super::json::places;
use super::{say, set};
use crate::targets::{FuzzTarget, TARGETS};

/// Something that can be repeated: what stands before it, what is repeated, with `{i}` where a number belongs, and what stands behind it.
struct HostileShape {
    told: String,
    head: Vec<u8>,
    piece: Vec<u8>,
    /// Between two pieces.
    between: &'static str,
    tail: Vec<u8>,
}

const NUMBER: &[u8] = b"{i}";

impl HostileShape {
    /// A piece alone, as it is.
    fn new(told: &str, head: &str, piece: &str, tail: &str) -> Self {
        let [head, piece, tail] = [head, piece, tail].map(|it| it.as_bytes().to_vec());
        Self { told: told.to_owned(), head, piece, between: "", tail }
    }

    /// An input with as many pieces as fit so many bytes, and at least one.
    fn input(&self, length: usize) -> Vec<u8> {
        let at = self.piece.windows(NUMBER.len()).position(|it| it == NUMBER);
        let mut all = self.head.clone();
        let end = self.head.len() + length;
        for number in 0.. {
            match at {
                Some(at) => {
                    all.extend_from_slice(&self.piece[..at]);
                    // As long as any, so that twice the pieces are twice the bytes.
                    all.extend_from_slice(format!("{:07}", 1_000_000 + number).as_bytes());
                    all.extend_from_slice(&self.piece[at + NUMBER.len()..]);
                }
                None => all.extend_from_slice(&self.piece),
            }
            if end <= all.len() {
                break;
            }
            all.extend_from_slice(self.between.as_bytes());
        }
        all.extend_from_slice(&self.tail);
        all
    }
}

/// Pieces that any reader may have to go over again and again.
const ANYWHERE: [&str; 44] = [
    "[",
    "{\"a\":",
    "[[],",
    "\"",
    "\\",
    "\\\"",
    "\\\\",
    "\n",
    "\r\n",
    "\r",
    " ",
    " \n",
    "\t",
    "a",
    "a ",
    "é",
    "\0",
    "\u{1b}[",
    "\u{1b}[2m",
    "<",
    "%41",
    "&#65;",
    "0,",
    "{}\n",
    "[]\n",
    "{\"a\":0}\n",
    "{\"level\":\"INFO\",\"message\":\"\n",
    "{\"textPayload\":\"a\"},\n",
    "- a: b\n",
    "---\n",
    "a,\"\n",
    "a,\"b\"\"\n",
    "=== Revert counts ===\n",
    "=== Echonet snapshot ===\n",
    "===== End report =====\n",
    "trigger_reason: ",
    "trigger_reason: a\n",
    "-- Other (1 txs) --\n",
    "[INFO] [echonet.a] ",
    "[INFO] [echonet.a] a\n",
    "Traceback (most recent call last):\n",
    "Error at pc=0:1:\n",
    "2026-11-22T08:29:13Z ",
    "127.0.0.1 - - [22/Nov/2026:08:29:15 +0000] \"",
];

/// Shapes of one target.
const OWN: [(&str, &str, &str, &str); 24] = [
    ("folder", "", "-- a{i}.log\n[INFO] [echonet.a] a\n", ""),
    ("folder", "", "-- {i}/a.log\n[INFO] [echonet.a] a\n", ""),
    ("folder", "-- a/", "a/", "report.json\n{}\n"),
    ("folder", "", "-- mainnet/get_block_{i}.json\n{}\n", ""),
    ("folder", "", "-- pvc/report_snapshot_20260101T000000Z_{i}.log\na\n", ""),
    ("folder", "", "-- pvc/blocks_20260101T000000Z/block_{i}.json\n{}\n", ""),
    ("folder", "", "-- during_resync_{i}_report.json\n{}\n", ""),
    ("folder", "", "-- \u{1b}{i}\n", ""),
    ("import", "[INFO] [echonet.a] a\n", "-----BEGIN PRIVATE KEY-----\n", ""),
    ("import", "[INFO] [echonet.a] -----BEGIN PRIVATE KEY-----\n", "[INFO] [echonet.a] MIIEvQIBADANBgkqhkiG9w0BAQEFAASC{i}\n", ""),
    ("import", "[INFO] [echonet.a] -----BEGIN PRIVATE KEY-----\n", "[INFO] [echonet.a] it is none\n", ""),
    ("import", "", "[ERROR] [echonet.a] Resync triggered by tx 0x{i}: failure_block_number=1 revert_target_block_number=2: a\n", ""),
    ("import", "", "[INFO] [echonet.a] Forwarded tx: 0x{i}\n", ""),
    ("import", "", "[WARNING] [echonet.a] 429 Client Error: Too Many Requests for url: {i}\n", ""),
    ("import", "", "{\"timestamp\":\"2026-11-22T08:29:13Z\",\"level\":\"ERROR\",\"message\":\"a {i}\",\"filename\":\"a.rs\"}\n", ""),
    ("import", "{\"timestamp\":\"2026-11-22T08:29:13Z\",\"level\":\"ERROR\",\"message\":\"", "{\\\"a\\\":", "\"}\n"),
    ("log", "{\"entries\":[", "{\"textPayload\":\"[INFO] [echonet.a] {i}\"},", "{}]}"),
    ("log", "[", "{\"textPayload\":\"[INFO] [echonet.a] {i}\"},", "{}]"),
    ("log", "", "[INFO] [echonet.a] the same\n", ""),
    ("log", "", "2026-11-22T08:29:13Z [INFO] [echonet.a] a {i}\n", ""),
    ("log", "timestamp,textPayload\n", "2026-11-22T08:29:13Z,\"[INFO] [echonet.a] {i}\n\"\n", ""),
    (
        "revert_trace",
        "Transaction execution has failed:\n",
        "0: Error in the called contract (contract address: 0x{i}, class hash: 0x1, selector: 0x2):\n",
        "\0a",
    ),
    (
        "revert_trace",
        "Error at pc=0:1:\nCairo traceback (most recent call last):\n",
        "Unknown location (pc=0:{i})\n",
        "\0Error at pc=0:1:\n",
    ),
    ("revert_trace", "", "Unknown location (pc=0:{i})\n", "\0Error at pc=0:1:\n"),
];

/// What is repeated in the inputs of a target: lines of what is kept, elements, fields and texts of its documents, and pieces of our own.
fn shapes(target: &FuzzTarget) -> Vec<HostileShape> {
    // Each input of a log is of another form.
    let most = if target.name == "log" { usize::MAX } else { 3 };
    let mut all: Vec<HostileShape> = ANYWHERE.iter().map(|it| HostileShape::new(&format!("{it:?}"), "", it, "")).collect();
    let own = OWN.iter().filter(|it| it.0 == target.name);
    all.extend(own.map(|(_, head, piece, tail)| HostileShape::new(&format!("{head:.30?} {piece:?}"), head, piece, tail)));
    if ["archive", "damage"].contains(&target.name) {
        return all;
    }
    for input in kept(target.name).iter().take(most) {
        match json(input) {
            Some(document) => all.extend(of_document(&document)),
            None => all.extend(of_lines(input)),
        }
    }
    all
}

/// The last number in a line becomes one that counts.
fn numbered(line: &[u8]) -> Option<Vec<u8>> {
    let end = line.iter().rposition(u8::is_ascii_digit)? + 1;
    let start = line[..end].iter().rposition(|it| !it.is_ascii_digit()).map_or(0, |it| it + 1);
    Some([&line[..start], NUMBER, &line[end..]].concat())
}

/// Each unlike line of a text, repeated where it stands.
fn of_lines(text: &[u8]) -> Vec<HostileShape> {
    const LINES: usize = 24;
    let lines: Vec<&[u8]> = text.split_inclusive(|it| *it == b'\n').collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let letters: Vec<u8> = line.iter().copied().filter(|it| !it.is_ascii_hexdigit()).take(40).collect();
        if all.len() / 2 < LINES && seen.insert(letters) {
            let told = format!("line {number} {:.40?}", String::from_utf8_lossy(line));
            let shape = |piece: Vec<u8>, told| HostileShape {
                told,
                head: lines[..number].concat(),
                piece,
                between: "",
                tail: lines[number + 1..].concat(),
            };
            all.push(shape(line.to_vec(), told.clone()));
            all.extend(numbered(line).map(|it| shape(it, format!("{told}, numbered"))));
        }
    }
    all
}

/// The elements of each unlike list, the fields of each unlike object and each unlike text, repeated where they stand.
fn of_document(document: &Value) -> Vec<HostileShape> {
    const HOLE: &str = "\u{e000}";
    let mut all = Vec::new();
    for (shape, pointers) in places(document) {
        let Some(value) = pointers.first().and_then(|it| document.pointer(it)) else { continue };
        let (piece, between, open, close) = match value {
            Value::Array(elements) => (elements.first().map_or("0".to_owned(), Value::to_string), ",", "[", "]"),
            Value::Object(fields) => {
                let (name, value) = fields.iter().next().map_or(("a", Value::Null), |(name, it)| (name.as_str(), it.clone()));
                (format!("\"{}{{i}}\":{value}", if name.starts_with("0x") { "0x" } else { "a" }), ",", "{", "}")
            }
            Value::String(text) => {
                (format!("{} ", text.chars().take(60).filter(|it| !matches!(it, '"' | '\\' | '\n')).collect::<String>()), "", "\"", "\"")
            }
            _ => continue,
        };
        let mut document = document.clone();
        if let Some(value) = pointers.first().and_then(|it| document.pointer_mut(it)) {
            *value = HOLE.into();
        }
        let text = document.to_string();
        let Some((head, tail)) = text.split_once(&format!("\"{HOLE}\"")) else { continue };
        let (head, tail) = (format!("{head}{open}"), format!("{close}{tail}"));
        all.push(HostileShape { between, ..HostileShape::new(&format!("{shape} {open}"), &head, &piece, &tail) });
    }
    all
}

/// What this process has used of the processors, in milliseconds.
fn used() -> f64 {
    const PER_TICK: f64 = 10.0;
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> = stat.rsplit_once(") ").expect("a name").1.split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("a number");
    (ticks(11) + ticks(12)) * PER_TICK
}

/// What a run on an input takes, in milliseconds.
fn cost(target: &FuzzTarget, input: &[u8]) -> f64 {
    const LEAST: f64 = 60.0;
    let (begun, mut runs) = (used(), 0_u32);
    loop {
        (target.run)(input);
        runs += 1;
        let time = used() - begun;
        if LEAST <= time || 200_000 <= runs {
            return time / f64::from(runs);
        }
    }
}

/// How many bytes more the process held at most while it ran on an input than before.
fn memory(target: &FuzzTarget, input: &[u8]) -> u64 {
    let stated = |name: &str| {
        let status = fs::read_to_string("/proc/self/status").expect("Linux");
        let line = status.lines().find_map(|it| it.strip_prefix(name)).expect("a line");
        line.split_whitespace().next().and_then(|it| it.parse::<u64>().ok()).expect("a number") * 1024
    };
    fs::write("/proc/self/clear_refs", "5").expect("the mark is set back");
    let before = stated("VmRSS:");
    (target.run)(input);
    stated("VmHWM:").saturating_sub(before)
}

/// What of a target was worst.
#[derive(Default)]
struct Worst {
    nanos_per_byte: (f64, String),
    ratio: (f64, String),
    bytes_per_byte: (f64, String),
}

fn worse(worst: &mut (f64, String), value: f64, told: &str) {
    if worst.0 < value {
        *worst = (value, told.to_owned());
    }
}

#[test]
#[ignore = "it measures time: run it alone, by hand"]
fn twice_the_input_takes_twice_the_time() {
    const ALLOWED: f64 = 2.2;
    /// What no clock tells apart, in milliseconds.
    const SLACK: f64 = 0.5;
    let length = set("WHYSYNC_LINEAR_BYTES").map_or(16 << 10, |it| usize::try_from(it).expect("a length"));
    let named = std::env::var("WHYSYNC_FUZZ_TARGET").ok();
    let mut faults = Vec::new();
    let mut table =
        String::from("| target | shapes | ns a byte | at | twice | at | bytes a byte | at |\n|---|---|---|---|---|---|---|---|\n");
    for target in TARGETS.iter().filter(|it| named.as_deref().is_none_or(|named| named == it.name)) {
        let shapes = shapes(target);
        let mut worst = Worst::default();
        for shape in &shapes {
            let input = |times: usize| shape.input(times * length);
            // What is no longer than its head grows by less, so all are held to what they are longer by.
            let mut times = BTreeMap::new();
            let mut of = |many: usize| *times.entry(many).or_insert_with(|| cost(target, &input(many)));
            let (once, fourfold) = (of(1), of(4));
            let mut ratio = (fourfold / once.max(0.001)).sqrt();
            if ALLOWED * ALLOWED * once + SLACK < fourfold {
                // Others may have had the processor's caches: the least of several tells.
                let least = |many: usize| (0..3).map(|_| cost(target, &input(many))).fold(f64::MAX, f64::min);
                ratio = least(8) / least(4);
                if ALLOWED < ratio {
                    faults.push(format!("{} {}: {ratio:.2} times the time for twice the input", target.name, shape.told));
                    say(faults.last().expect("one"));
                }
            }
            let long = input(4);
            worse(&mut worst.ratio, ratio, &shape.told);
            worse(&mut worst.nanos_per_byte, fourfold * 1e6 / long.len() as f64, &shape.told);
            worse(&mut worst.bytes_per_byte, memory(target, &long) as f64 / long.len() as f64, &shape.told);
        }
        let Worst { nanos_per_byte, ratio, bytes_per_byte } = worst;
        let row = format!(
            "| {} | {} | {:.0} | {} | {:.2} | {} | {:.0} | {} |\n",
            target.name,
            shapes.len(),
            nanos_per_byte.0,
            nanos_per_byte.1,
            ratio.0,
            ratio.1,
            bytes_per_byte.0,
            bytes_per_byte.1
        );
        say(row.trim_end());
        table.push_str(&row);
    }
    say(&table);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_shape_grows_as_it_is_asked_to_and_stays_the_document_that_it_was() {
    for target in TARGETS {
        for shape in shapes(target) {
            let (once, twice) = (shape.input(2000).len(), shape.input(4000 + 2 * shape.piece.len()).len());
            let around = shape.head.len() + shape.tail.len();
            assert!(1900 < once - around && once - around < twice - around, "{} {}", target.name, shape.told);
        }
    }
    let document = serde_json::json!({"a": [1, 2], "b": {"0x1": "c d"}});
    let all: Vec<String> = of_document(&document).iter().map(|it| String::from_utf8(it.input(1)).expect("UTF-8")).collect();
    assert!(all.iter().all(|it| serde_json::from_str::<Value>(it).is_ok()), "{all:?}");
    assert_eq!(all.len(), 3, "{all:?}");
}
