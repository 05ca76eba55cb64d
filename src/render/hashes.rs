//! Hashes short enough to read and long enough to tell apart.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::findings::{Diagnosis, Divergence};

/// Short forms of the hashes of one diagnosis. Two different hashes never have the same form.
pub(super) struct ShortHashes {
    short: BTreeMap<String, String>,
}

/// How many digits a short form keeps if nothing forces more.
#[derive(Clone, Copy)]
pub(super) struct Digits {
    /// Digits kept at the front, without `0x`.
    pub(super) head: usize,
    /// Digits kept at the end.
    pub(super) tail: usize,
}

impl ShortHashes {
    /// No short forms: every hash is shown whole.
    pub(super) fn whole() -> Self {
        Self { short: BTreeMap::new() }
    }

    /// Short forms for every hash that any text of the diagnosis holds.
    pub(super) fn from_diagnosis(diagnosis: &Diagnosis, digits: Digits) -> Self {
        let mut open: BTreeSet<&str> = texts(diagnosis).into_iter().flat_map(words).filter(|it| is_hash(it)).collect();
        let mut short = BTreeMap::new();
        let mut head = digits.head;
        while !open.is_empty() {
            let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for hash in open {
                alike.entry(shortened(unpadded(hash).as_ref(), Digits { head, tail: digits.tail })).or_default().push(hash);
            }
            open = BTreeSet::new();
            for (form, hashes) in alike {
                // A felt with zeros in front of it is the same felt.
                let values: BTreeSet<Cow<'_, str>> = hashes.iter().map(|it| unpadded(it)).collect();
                if values.len() == 1 {
                    short.extend(hashes.into_iter().map(|it| (it.to_owned(), form.clone())));
                } else {
                    open.extend(hashes);
                }
            }
            head = head.saturating_add(4);
        }
        Self { short }
    }

    /// The text with every known hash in its short form.
    #[expect(clippy::string_slice, reason = "words begin and end at ASCII letters, and are parts of the text")]
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    pub(super) fn shorten<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.short.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut shown = String::new();
        let mut done = 0;
        for word in words(text) {
            if let Some(form) = self.short.get(word) {
                let start = word.as_ptr() as usize - text.as_ptr() as usize;
                shown.push_str(&text[done..start]);
                shown.push_str(form);
                done = start + word.len();
            }
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        shown.push_str(&text[done..]);
        Cow::Owned(shown)
    }
}

/// Whether a word is a felt, a commit or a digest that is worth shortening.
pub(super) fn is_hash(word: &str) -> bool {
    let hex = |it: &str| it.bytes().all(|it| it.is_ascii_hexdigit());
    match word.strip_prefix("0x") {
        Some(digits) => digits.len() > 16 && hex(digits),
        None => matches!(word.len(), 40 | 64) && hex(word),
    }
}

/// A felt without the zeros that programs print in front of it.
fn unpadded(hash: &str) -> Cow<'_, str> {
    match hash.strip_prefix("0x0") {
        Some(digits) => {
            let digits = digits.trim_start_matches('0');
            Cow::Owned(format!("0x{}", if digits.is_empty() { "0" } else { digits }))
        }
        None => Cow::Borrowed(hash),
    }
}

/// A hash with its middle left out; the hash itself if that would hardly be shorter.
fn shortened(hash: &str, digits: Digits) -> String {
    let head = digits.head.saturating_add(if hash.starts_with("0x") { 2 } else { 0 });
    let tail = hash.len().saturating_sub(digits.tail);
    if tail < head.saturating_add(4) {
        return hash.to_owned();
    }
    format!("{}…{}", hash.get(..head).unwrap_or_default(), hash.get(tail..).unwrap_or_default())
}

/// The runs of ASCII letters and digits that are long enough for a hash.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.as_bytes().split(|it| !it.is_ascii_alphanumeric()).filter(|it| it.len() > 16);
    runs.filter_map(|it| str::from_utf8(it).ok())
}

/// Every text that a renderer may shorten.
fn texts(diagnosis: &Diagnosis) -> Vec<&str> {
    let mut texts = vec![diagnosis.headline.as_str()];
    for finding in &diagnosis.findings {
        texts.extend([&finding.title, &finding.because, &finding.summary].map(String::as_str));
        texts.extend(finding.claims.iter().map(String::as_str));
        texts.extend(finding.captures.iter().map(|(_, value)| value.as_str()));
        texts.extend(finding.clauses.iter().map(|it| it.because.as_str()));
        for row in finding.proof.iter().flat_map(|it| &it.rows) {
            texts.extend([&row.ours, &row.undone, &row.theirs].map(String::as_str));
        }
        for fix in finding.fix.iter().chain(&finding.brought_by).map(|it| &it.fix) {
            let commits = fix.any_of.iter().chain(&fix.all_of).flat_map(|it| &it.commits).chain(&fix.commits);
            texts.extend(commits.map(String::as_str));
        }
    }
    for episode in &diagnosis.episodes {
        if let Some(trigger) = &episode.trigger {
            texts.extend([trigger.key.as_str(), trigger.reason.as_str()]);
        }
        texts.extend(episode.divergences.iter().flat_map(of_divergence));
    }
    for head in diagnosis.exhibits.chain.iter().flat_map(|it| [&it.ours, &it.theirs]).flatten() {
        texts.extend([head.hash.as_str(), head.parent.as_str()]);
    }
    for frame in diagnosis.exhibits.traces.iter().flat_map(|it| &it.rows).flat_map(|it| [&it.ours, &it.theirs]).flatten() {
        texts.push(&frame.text);
    }
    texts.extend(diagnosis.exhibits.coverage.iter().filter_map(|it| it.source.as_ref()).map(|it| it.sha256.as_str()));
    texts.extend(diagnosis.exhibits.excerpts.iter().flat_map(|it| &it.lines).map(|it| it.text.as_str()));
    texts.extend(diagnosis.unexplained.iter().flat_map(of_divergence));
    texts.extend(diagnosis.images.iter().flat_map(|it| [it.image.as_str(), it.image_id.as_str()]));
    texts
}

fn of_divergence(divergence: &Divergence) -> impl Iterator<Item = &str> {
    [Some(&divergence.subject), Some(&divergence.id), divergence.ours.as_ref(), divergence.theirs.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashes_are_shortened_and_the_rest_of_the_text_stays() {
        let felt = format!("0x{}", "1234567890abcdef".repeat(4));
        let short = shortened(&felt, Digits { head: 6, tail: 4 });
        assert_eq!(short, "0x123456…cdef");
        let hashes = ShortHashes { short: [(felt.clone(), short)].into() };
        assert_eq!(hashes.shorten(&format!("(key: {felt}, 0xabc) ü {felt}.")), "(key: 0x123456…cdef, 0xabc) ü 0x123456…cdef.");
        assert_eq!(hashes.shorten("nothing here"), "nothing here");
    }

    #[test]
    fn words_that_are_no_hashes_are_told_apart() {
        let commit = "133f7cfbf760d155d0fb50e23a52854bc6b2b2b6";
        assert!(is_hash(commit) && is_hash(&format!("0x{commit}")));
        assert!(!is_hash("0x1234") && !is_hash("block") && !is_hash(&"z".repeat(40)) && !is_hash(&"1".repeat(39)));
    }
}
