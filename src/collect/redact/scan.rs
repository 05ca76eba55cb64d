//! The search for secrets in a text: what it may hold is found in one pass, structure is read where there is some, and what is written
//! within it in another way is decoded and searched again.
//!
//! Invariant: a text is looked at so many times as it nests, and [`ENCODINGS_DEPTH`] bounds that; so the time is linear in its length, whatever it
//! says. No look starts again in what another one went over to no effect.

use super::armour::key_end;
use super::base64_text;
use super::document::value_end;
use super::edit::{Edit, KnownBy, SecretKind, merged, token_end};
use super::encodings::{Decoded, Encoding, hides_letters};
use super::forms::form_end;
use super::held::{Hides, MaskedValues};
use super::looks::{is_hex_number, looks_random};
use super::pairs::{ValueForm, value};
use super::secret_names::{secret_name, secret_parameter};
use super::signs::{SecretSign, SignHit, hits};
use super::steps::walked;
use super::structure::{self, Surroundings};
use super::urls;
use crate::limits::ENCODINGS_DEPTH;

/// Whether runs of base64 are to be looked for, or were where this text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runs {
    New,
    Seen,
}

/// A search at one depth.
#[derive(Debug, Clone, Copy)]
struct LayerScan<'a> {
    depth: usize,
    runs: Runs,
    held: &'a MaskedValues,
}

/// The secrets of a text, in order and apart.
pub(super) fn secrets(text: &str, held: &MaskedValues) -> Vec<Edit> {
    merged(LayerScan { depth: 0, runs: Runs::New, held }.within(text))
}

impl LayerScan<'_> {
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn within(self, text: &str) -> Vec<Edit> {
        let mut edits = self.held.edits(text);
        if self.runs == Runs::New {
            for run in base64_text::runs(text).into_iter().filter(|_| self.depth < ENCODINGS_DEPTH) {
                let inner = self.deeper(Runs::New).within(&run.text);
                let by_look = inner.iter().any(|it| it.known == KnownBy::ByLook);
                let known = if by_look { KnownBy::ByLook } else { KnownBy::ByName };
                if !inner.is_empty() {
                    edits.push(Edit { known, ..Edit::new(SecretKind::SecretField, run.range, &run.text) });
                }
            }
        }
        let hits = hits(text);
        let hides = hides_letters(text);
        let held = self.held.hides();
        if hits.is_empty() && !hides && (held == Hides::Nowhere || (held == Hides::Escaped && !text.contains(['\\', '%', '&']))) {
            return edits;
        }
        // A run that escapes break is whole only when they are decoded.
        let runs = if hides || text.contains("\\/") { Runs::New } else { Runs::Seen };
        let starts: Vec<usize> = hits.iter().map(|it| it.start).collect();
        let inner = |said: &str| self.nested(said, runs);
        let around = Surroundings { hits: &starts, hides, held, inner: &inner };
        let values = values(text);
        let mut start = 0;
        let end = text.len()..text.len();
        for value in values.iter().cloned().chain(std::iter::once(end)) {
            let first = starts.partition_point(|it| *it < start);
            let gap = text.get(start..value.start).unwrap_or_default();
            if held != Hides::Nowhere || hides || starts.get(first).is_some_and(|it| *it < value.start) {
                edits.extend(self.decoded(gap, runs).into_iter().map(|it| it.moved(start)));
            }
            start = value.end;
            // A string's quote may be of what starts in it.
            let first = starts.partition_point(|it| *it + 1 < value.start);
            if held != Hides::Nowhere || hides || starts.get(first).is_some_and(|it| *it < value.end) {
                edits.extend(structure::edits(text, value, &around));
            }
        }
        Plain { text, edits, covered: 0, named: 0, hosts: 0 }.found(&hits, &values)
    }

    fn deeper(self, runs: Runs) -> Self {
        Self { depth: self.depth.saturating_add(1), runs, ..self }
    }

    /// The secrets in what stands within a text and was decoded.
    fn nested(self, said: &str, runs: Runs) -> Vec<Edit> {
        if self.depth < ENCODINGS_DEPTH {
            return merged(self.deeper(runs).within(said));
        }
        let Some(flat) = Decoded::decode(said, Encoding::Flat) else {
            return Plain::find_edits(said);
        };
        Plain::find_edits(&flat.text).into_iter().map(|it| flat.outward(it)).collect()
    }

    /// The secrets in a text that is written in another way: the first way that it shows.
    fn decoded(self, text: &str, runs: Runs) -> Vec<Edit> {
        let ways = [Encoding::Backslash, Encoding::Percent, Encoding::Entity];
        let Some(decoded) = ways.into_iter().find_map(|it| Decoded::decode(text, it)) else { return Vec::new() };
        self.nested(&decoded.text, runs).into_iter().map(|it| decoded.outward(it)).collect()
    }
}

/// The JSON values with strings in them that stand in a text, in order and apart: objects and lists anywhere, strings that are a line.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn values(text: &str) -> Vec<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let mut values = Vec::new();
    // Where a string begins that is a line.
    let line_string = |line: usize| {
        let start = line + bytes.iter().skip(line).take_while(|it| it.is_ascii_whitespace() && **it != b'\n').count();
        (bytes.get(start) == Some(&b'"')).then_some(start)
    };
    let ends_line = |end: usize| bytes.iter().skip(end).find(|it| !matches!(it, b' ' | b'\t' | b'\r')).is_none_or(|it| *it == b'\n');
    let mut at = 0;
    let mut string = line_string(0);
    loop {
        if let Some(start) = string.take() {
            at = start + 1;
            if let Ok(end) = value_end(bytes, start)
                && ends_line(end)
            {
                values.push(start..end);
                at = end;
            }
        }
        let Some(found) = bytes.get(at..).and_then(|it| memchr::memchr3(b'{', b'[', b'\n', it)) else { break };
        let start = at + found;
        at = start + 1;
        if bytes.get(start) == Some(&b'\n') {
            string = line_string(at);
            continue;
        }
        match value_end(bytes, start) {
            Ok(end) => {
                if bytes.get(start..end).is_some_and(|it| it.contains(&b'"')) {
                    values.push(start..end);
                }
                at = end;
            }
            // What was gone over is no value, nor is anything that starts in it.
            Err(end) => at = end.max(start + 1),
        }
    }
    walked(bytes.len());
    values
}

/// A search in a text as it stands.
struct Plain<'a> {
    text: &'a str,
    edits: Vec<Edit>,
    /// Up to here, all is masked.
    covered: usize,
    /// Up to here, names were looked at.
    named: usize,
    /// Up to here, hosts were.
    hosts: usize,
}

impl<'a> Plain<'a> {
    fn find_edits(text: &'a str) -> Vec<Edit> {
        merged(Plain { text, edits: Vec::new(), covered: 0, named: 0, hosts: 0 }.found(&hits(text), &[]))
    }

    /// Adds what the signs lead to, but for those within values, which have structure.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn found(mut self, hits: &[SignHit], values: &[std::ops::Range<usize>]) -> Vec<Edit> {
        let mut value = 0;
        for hit in hits {
            while values.get(value).is_some_and(|it| it.end <= hit.start) {
                value += 1;
            }
            let is_within = values.get(value).is_some_and(|it| it.start <= hit.start);
            if is_within || hit.start < self.covered {
                continue;
            }
            if let Some(edit) = self.secret(hit) {
                self.covered = edit.range.end;
                self.edits.push(edit);
            }
        }
        self.edits
    }

    fn secret(&mut self, hit: &SignHit) -> Option<Edit> {
        let SignHit { start, end, sign } = *hit;
        let text = self.text;
        let new = |kind: SecretKind, range: std::ops::Range<usize>| Some(Edit::new(kind, range.clone(), text.get(range)?));
        match sign {
            SecretSign::Token => {
                self.covered = token_end(text, start).unwrap_or(self.covered);
                None
            }
            SecretSign::Armour => {
                let (end, armour) = key_end(text, start)?;
                new(armour.kind(), start..end)
            }
            SecretSign::Form(form) => new(form.kind, start..form_end(text, start, form)?),
            SecretSign::Jwt => new(SecretKind::Jwt, start..jwt_end(text, start)?),
            SecretSign::Basic => basic(text, end).or_else(|| self.pair(hit)),
            SecretSign::Scheme => match urls::user(text, end) {
                Ok(edit) => Some(edit),
                Err(_) => urls::key_of_node(text, end),
            },
            SecretSign::Provider if start < self.hosts => None,
            SecretSign::Provider => match urls::provider(text, start..end, self.hosts) {
                Ok(edit) => Some(edit),
                Err(end) => {
                    self.hosts = end;
                    None
                }
            },
            SecretSign::KeyPath => urls::key_behind(text, end),
            SecretSign::Request => urls::key_of_request(text, end),
            SecretSign::Webhook(begins) => urls::webhook(text, end, begins),
            SecretSign::WebhookPath(begins) => urls::webhook_path(text, end, begins),
            SecretSign::Bot => new(SecretKind::Token, bot(text, start)?),
            SecretSign::Azure => new(SecretKind::CloudKey, azure(text, start)?),
            SecretSign::Parameter => self.parameter(hit),
            SecretSign::Name => self.pair(hit).or_else(|| bearer(text, hit)),
        }
    }

    /// The secret under the name that a sign is a part of.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn pair(&mut self, hit: &SignHit) -> Option<Edit> {
        if hit.start < self.named {
            return None;
        }
        let bytes = self.text.as_bytes();
        let is_of_name = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        let floor = self.named.max(self.covered);
        let before = bytes.get(floor..hit.start).unwrap_or_default();
        let start = hit.start - before.iter().rev().take_while(|it| is_of_name(it)).count();
        let end = hit.end + bytes.iter().skip(hit.end).take_while(|it| is_of_name(it)).count();
        walked(end - start);
        self.named = end;
        // The hyphens of an option are none of its name.
        let hyphens = bytes.get(start..hit.start).unwrap_or_default().iter().take_while(|it| **it == b'-').count();
        let start = start + hyphens;
        let name = start..end;
        let is_parameter = start.checked_sub(1).and_then(|it| bytes.get(it)).is_some_and(|it| matches!(it, b'?' | b'&'));
        let read = if is_parameter { secret_parameter } else { secret_name };
        let secret = read(self.text.get(name.clone())?)?;
        self.edit(value(self.text, name, secret)?)
    }

    /// The secret in a parameter of a URL.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn parameter(&mut self, hit: &SignHit) -> Option<Edit> {
        let name = hit.start + 1..hit.end - 1;
        let secret = secret_parameter(self.text.get(name.clone())?)?;
        self.edit(value(self.text, name, secret)?)
    }

    fn edit(&self, found: super::pairs::SecretValue) -> Option<Edit> {
        let secret = self.text.get(found.range.clone())?;
        let quote = match found.form {
            ValueForm::Structure(quote) => quote.to_string(),
            ValueForm::Quoted | ValueForm::Bare => String::new(),
        };
        Some(Edit::named(found.kind, found.range, secret, &quote))
    }
}

/// A bearer token without a name before it.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn bearer(text: &str, hit: &SignHit) -> Option<Edit> {
    const SHORTEST: usize = 6;
    let is_bearer = text.get(hit.start..hit.end)?.eq_ignore_ascii_case("bearer");
    let rest = text.get(hit.end..).filter(|_| is_bearer)?;
    let spaces = rest.bytes().take(8).take_while(|it| matches!(it, b' ' | b'\t')).count();
    let is_of_token = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'~' | b'+' | b'/' | b'-' | b'=');
    let length = rest.bytes().skip(spaces).take_while(|it| is_of_token(it)).count();
    let secret = rest.get(spaces..spaces + length)?;
    let is_secret = 0 < spaces && SHORTEST <= length && !is_hex_number(secret) && looks_random(secret);
    let start = hit.end + spaces;
    is_secret.then(|| Edit::new(SecretKind::Bearer, start..start + length, secret))
}

/// Who signs in, as `Basic` has it in base64.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn basic(text: &str, start: usize) -> Option<Edit> {
    const SHORTEST: usize = 8;
    let is_of_base64 = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'=');
    let length = text.bytes().skip(start).take_while(|it| is_of_base64(it)).count();
    walked(length);
    let secret = text.get(start..start + length)?;
    let says_user = SHORTEST <= length && base64_text::said(secret).is_some_and(|it| it.contains(':'));
    says_user.then(|| Edit::new(SecretKind::Header, start..start + length, secret))
}

/// The end of a JSON Web Token, signed or encrypted.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn jwt_end(text: &str, start: usize) -> Option<usize> {
    const SHORTEST_HEAD: usize = 7;
    let bytes = text.as_bytes();
    let is_inside =
        start.checked_sub(1).and_then(|it| bytes.get(it)).is_some_and(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    if is_inside || !bytes.get(start..)?.starts_with(b"eyJ") {
        return None;
    }
    let part = |at: usize| bytes.iter().skip(at).take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')).count();
    let mut end = start + part(start);
    walked(end - start);
    if end - start < SHORTEST_HEAD || bytes.get(end) != Some(&b'.') {
        return None;
    }
    let body = part(end + 1);
    let is_cut = bytes.get(end + 1 + body) != Some(&b'.');
    if body == 0 || (is_cut && !bytes.get(end + 1..)?.starts_with(b"eyJ")) {
        return None;
    }
    end += 1 + body;
    for _ in 0..3 {
        if bytes.get(end) == Some(&b'.') {
            end += 1 + part(end + 1);
        }
    }
    walked(end - start);
    Some(end)
}

/// `<number>:AA...`, as Telegram has it.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn bot(text: &str, colon: usize) -> Option<std::ops::Range<usize>> {
    const KEY: usize = 35;
    let bytes = text.as_bytes();
    let digits = bytes.get(..colon)?.iter().rev().take(12).take_while(|it| it.is_ascii_digit()).count();
    let rest = bytes.get(colon + 1..)?;
    let key = rest.iter().take(KEY + 1).take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')).count();
    ((6..=11).contains(&digits) && key == KEY && rest.starts_with(b"AA")).then_some(colon - digits..colon + 1 + key)
}

/// `abc8Q~` and 31 to 34 letters, as Azure has the secret of an application.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn azure(text: &str, mark: usize) -> Option<std::ops::Range<usize>> {
    let bytes = text.as_bytes();
    let is_of_key = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'~' | b'.' | b'-');
    let before = bytes.get(mark.checked_sub(4)?..mark)?;
    let is_start = before.iter().all(is_of_key) && before.get(3).is_some_and(u8::is_ascii_digit) && bytes.get(mark) == Some(&b'Q');
    let rest = bytes.iter().skip(mark + 2).take(40).take_while(|it| is_of_key(it)).count();
    (is_start && (31..=34).contains(&rest)).then_some(mark - 4..mark + 2 + rest)
}
