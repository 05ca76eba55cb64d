//! Runs of base64 that say a text.

use std::ops::Range;

use super::steps::walked;

/// A run, and the text it decodes to.
#[derive(Debug)]
pub(super) struct Base64Run {
    /// Byte range in the surrounding text.
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// What is shorter than this decodes to no secret, in bytes of base64.
const SHORTEST: usize = 16;

/// What six bits a letter stands for; 64 for none. Both alphabets are one: `-` and `_` are `+` and `/` in URLs.
#[expect(clippy::indexing_slicing, reason = "the compiler evaluates it")]
const BITS: [u8; 256] = {
    let mut bits = [64_u8; 256];
    let mut it = 0_u8;
    while it < 26 {
        bits[(b'A' + it) as usize] = it;
        bits[(b'a' + it) as usize] = it + 26;
        if it < 10 {
            bits[(b'0' + it) as usize] = it + 52;
        }
        it += 1;
    }
    bits[b'+' as usize] = 62;
    bits[b'-' as usize] = 62;
    bits[b'/' as usize] = 63;
    bits[b'_' as usize] = 63;
    bits
};

fn bits(byte: u8) -> u8 {
    BITS.get(usize::from(byte)).copied().unwrap_or(64)
}

/// All runs of a text that decode to texts, in order and apart.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn runs(text: &str) -> Vec<Base64Run> {
    let bytes = text.as_bytes();
    walked(bytes.len());
    let mut found = Vec::new();
    let is_letter = |at: usize| bytes.get(at).is_some_and(|it| bits(*it) < 64);
    let mut at = 0;
    // A run that is long enough goes over one of each so many bytes.
    while at + SHORTEST <= bytes.len() {
        let last = at + SHORTEST - 1;
        if !is_letter(last) {
            at = last + 1;
            continue;
        }
        let start = (at..last).rev().find(|it| !is_letter(*it)).map_or(at, |it| it + 1);
        let end = last + bytes.iter().skip(last).take_while(|it| bits(**it) < 64).count();
        at = end + 1;
        // A hash, an address.
        if end - start < SHORTEST || bytes.get(start..).is_some_and(|it| it.starts_with(b"0x")) {
            continue;
        }
        in_run(bytes, start..end, &mut found);
    }
    found
}

/// What a run says, if all of it is text.
pub(super) fn said(run: &str) -> Option<String> {
    let run = run.trim_end_matches('=').as_bytes();
    let (text, end) = decoded(run, 0..run.len());
    (end == run.len()).then_some(text)
}

/// Looks at one run of letters: from its beginning, and behind each `/` in it, which may as well be one of a path.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn in_run(bytes: &[u8], run: Range<usize>, found: &mut Vec<Base64Run>) {
    let mut start = run.start;
    while start + SHORTEST <= run.end {
        let (text, end) = decoded(bytes, start..run.end);
        if SHORTEST <= end - start {
            let padding = if end == run.end { bytes.iter().skip(end).take(2).take_while(|it| **it == b'=').count() } else { 0 };
            found.push(Base64Run { range: start..end + padding, text });
        }
        // What was decoded and ended is not tried again a letter later.
        let from = end.max(start + 1);
        match bytes.get(from..run.end).unwrap_or_default().iter().position(|it| *it == b'/') {
            Some(slash) => start = from + slash + 1,
            None => break,
        }
    }
}

/// Decodes as long as what comes is plain text, and says where that ends.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn decoded(bytes: &[u8], range: Range<usize>) -> (String, usize) {
    let mut text = String::new();
    let mut end = range.start;
    for group in bytes.get(range).unwrap_or_default().chunks(4) {
        let all = group.iter().fold(0_u32, |all, it| (all << 6) | u32::from(bits(*it)));
        let all = all << (6 * (4 - group.len()));
        let [_, first, second, third] = all.to_be_bytes();
        let said = match group.len() {
            4 => &[first, second, third][..],
            3 => &[first, second],
            2 => &[first],
            _ => &[],
        };
        if said.is_empty() || !said.iter().all(|it| matches!(it, b' '..=b'~' | b'\n' | b'\r' | b'\t')) {
            break;
        }
        text.extend(said.iter().map(|it| char::from(*it)));
        end += group.len();
    }
    walked(text.len());
    (text, end)
}
