//! Secrets in a JSON value, by its structure: what stands under a name, what an entry of name and value holds, what follows a name in a list.
//!
//! The value is well formed; nothing here checks it.

use std::ops::Range;

use super::armour::{OTHERS, kind_of_key};
use super::document::{self, Token};
use super::edit::{Edit, SecretKind};
use super::encodings::{Decoded, Encoding, hides_letters};
use super::held::Hides;
use super::looks::{is_hash, looks_random};
use super::pairs::{Setting, is_secret, without_scheme};
use super::secret_names::{Certainty, Secret, secret_name};
use super::steps::walked;

/// What else is known of the text that a value stands in.
pub(super) struct Surroundings<'a> {
    /// Where something starts that may be of a secret, in order.
    pub(super) hits: &'a [usize],
    /// Whether letters may be hidden in it.
    pub(super) hides: bool,
    /// Which strings are to be looked at, whatever the hits.
    pub(super) held: Hides,
    /// Finds the secrets in what a string says.
    pub(super) inner: &'a dyn Fn(&str) -> Vec<Edit>,
}

/// An object or list that is open.
struct OpenContainer {
    bracket: u8,
    start: usize,
    /// What its own name says of it.
    secret: Option<Secret>,
    /// The last name in it, or that of the list.
    name: Range<usize>,
    /// What that name says of its value.
    named: Option<Secret>,
    /// What its field `name` says of its field `value`.
    entry: Option<Secret>,
    entry_value: Option<Range<usize>>,
    /// What the element before says of the next.
    announced: Option<Secret>,
}

/// A private key that a string broke off in: what follows it under the same name may be of it.
struct BrokenKey {
    name: Range<usize>,
    /// Strings under its name, in a row, that were none of it.
    others: u32,
}

struct JsonWalk<'a> {
    text: &'a str,
    around: &'a Surroundings<'a>,
    next_hit: usize,
    open: Vec<OpenContainer>,
    cut: Option<BrokenKey>,
    edits: Vec<Edit>,
    /// Numbers, lists and objects under names of secrets.
    structures: Vec<(Range<usize>, Secret)>,
}

/// The secrets in the value that stands at `range`.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn edits(text: &str, range: Range<usize>, around: &Surroundings<'_>) -> Vec<Edit> {
    let next_hit = around.hits.partition_point(|it| *it < range.start);
    let mut walk = JsonWalk { text, around, next_hit, open: Vec::new(), cut: None, edits: Vec::new(), structures: Vec::new() };
    let bytes = text.as_bytes();
    let mut at = range.start;
    let mut is_name = false;
    while at < range.end {
        let Ok((token, end)) = document::token(bytes, at) else { break };
        let next_is_name = match &token {
            Token::Open(bracket) => *bracket == b'{',
            Token::Comma => walk.open.last().is_some_and(|it| it.bracket == b'{'),
            _ => false,
        };
        match token {
            Token::Open(bracket) => walk.opens(bracket, end - 1),
            Token::Close => walk.closes(end),
            Token::Text(text) if is_name => walk.name(text),
            Token::Text(text) => walk.string(text),
            Token::Scalar(scalar) => walk.scalar(scalar),
            Token::Colon | Token::Comma => {}
        }
        (at, is_name) = (end, next_is_name);
    }
    walked(range.len());
    walk.puts_strings();
    walk.edits
}

impl JsonWalk<'_> {
    /// What the value that comes next is under.
    fn secret(&mut self) -> Option<Secret> {
        let open = self.open.last_mut()?;
        if open.bracket == b'{' { open.named.take() } else { open.announced.take().or(open.secret) }
    }

    fn opens(&mut self, bracket: u8, start: usize) {
        let secret = self.secret();
        // What is under a list's name is under that of the list.
        let name = self.open.last().map_or(0..0, |it| it.name.clone());
        let secret = secret.filter(|it| it.certainty == Certainty::Strong || bracket == b'[');
        let (named, entry, entry_value, announced) = (None, None, None, None);
        self.open.push(OpenContainer { bracket, start, secret, name, named, entry, entry_value, announced });
    }

    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn closes(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        if let Some(secret) = open.secret.filter(|it| it.certainty == Certainty::Strong) {
            self.structures.push((open.start..end, secret));
        }
        if let (Some(secret), Some(value)) = (open.entry, open.entry_value) {
            match self.text.as_bytes().get(value.start) {
                Some(b'"') => _ = self.masked(value.start + 1..value.end - 1, secret),
                _ if secret.certainty == Certainty::Strong => self.structures.push((value, secret)),
                _ => {}
            }
        }
        self.takes_value(open.start..end);
    }

    /// Puts a string in the place of each number, list and object under the name of a secret. What is within another one goes with it: each
    /// is looked at once, however deep they nest.
    fn puts_strings(&mut self) {
        let mut structures = std::mem::take(&mut self.structures);
        structures.sort_by_key(|(it, _)| (it.start, std::cmp::Reverse(it.end)));
        let mut end = 0;
        for (range, secret) in structures {
            if range.start < end {
                continue;
            }
            end = range.end;
            let text = self.text.get(range.clone()).unwrap_or_default();
            walked(text.len());
            if is_secret(text, secret, Setting::Field) {
                self.edits.push(Edit::named(secret.kind, range, text, "\""));
            }
        }
    }

    fn name(&mut self, range: Range<usize>) {
        let mut named = None;
        if self.is_hit(&range) {
            let raw = self.text.get(range.clone()).unwrap_or_default();
            let decoded = Decoded::decode(raw, Encoding::Backslash);
            let name = decoded.as_ref().map_or(raw, |it| &it.text);
            named = secret_name(name);
            let edits = (self.around.inner)(name);
            self.push(range.start, decoded.as_ref(), edits);
        }
        if let Some(open) = self.open.last_mut() {
            (open.named, open.name) = (named, range);
        }
    }

    /// The name of the innermost open entry, as it is written.
    fn last_name(&self) -> &str {
        self.open.last().and_then(|it| self.text.get(it.name.clone())).unwrap_or_default()
    }

    /// Takes note of a value that a field beside it may name.
    fn takes_value(&mut self, range: Range<usize>) {
        // Of a name that says nothing of its own value.
        let is_value = matches!(self.last_name(), "value" | "Value" | "val" | "header_value" | "default");
        if is_value && let Some(open) = self.open.last_mut().filter(|it| it.bracket == b'{') {
            open.entry_value = Some(range);
        }
    }

    fn scalar(&mut self, range: Range<usize>) {
        if let Some(secret) = self.secret().filter(|it| it.certainty == Certainty::Strong) {
            self.structures.push((range.clone(), secret));
        }
        self.takes_value(range);
    }

    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn string(&mut self, range: Range<usize>) {
        let secret = self.secret();
        if secret.is_some_and(|it| self.masked(range.clone(), it)) {
            return;
        }
        self.takes_value(range.start - 1..range.end + 1);
        let is_hit = self.is_hit(&range);
        if !is_hit && self.cut.is_none() {
            return;
        }
        let raw = self.text.get(range.clone()).unwrap_or_default();
        let decoded = Decoded::decode(raw, Encoding::Backslash);
        let said = decoded.as_ref().map_or(raw, |it| it.text.as_str());
        if self.is_of_cut_key(said) {
            self.edits.push(Edit::named(SecretKind::PrivateKey, range, said, ""));
            return;
        }
        if is_hit {
            self.announces(said);
            let edits = (self.around.inner)(said);
            self.cuts(said, &edits);
            self.push(range.start, decoded.as_ref(), edits);
        }
    }

    /// Masks a string that stands under the name of a secret, if it is one.
    fn masked(&mut self, range: Range<usize>, secret: Secret) -> bool {
        let raw = self.text.get(range.clone()).unwrap_or_default();
        let decoded = Decoded::decode(raw, Encoding::Backslash);
        let said = decoded.as_ref().map_or(raw, |it| it.text.as_str());
        let (inner, kind) = without_scheme(said, 0..said.len(), secret.kind);
        let value = said.get(inner.clone()).unwrap_or_default();
        if !is_secret(value, secret, Setting::Field) {
            return false;
        }
        let edits = vec![Edit::named(kind_of_key(said).unwrap_or(kind), inner, value, "")];
        self.push(range.start, decoded.as_ref(), edits);
        true
    }

    /// Takes note of a string that says what another one is.
    fn announces(&mut self, said: &str) {
        let is_name = said.len() <= 64 && said.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
        if !is_name {
            return;
        }
        let Some(secret) = secret_name(said) else { return };
        let is_option = said.starts_with('-');
        let is_entry = matches!(self.last_name(), "name" | "key" | "header" | "field" | "Name" | "Key");
        let Some(open) = self.open.last_mut() else { return };
        if open.bracket == b'[' {
            // It may as well be a list of names.
            let certainty = if is_option { secret.certainty } else { Certainty::Parameter };
            open.announced = Some(Secret { certainty, ..secret });
        } else if is_entry {
            open.entry = Some(secret);
        }
    }

    fn cuts(&mut self, said: &str, edits: &[Edit]) {
        if edits.last().is_some_and(|it| it.range.end == said.len() && it.kind == SecretKind::PrivateKeyBegin) {
            let name = self.open.last().map_or(0..0, |it| it.name.clone());
            self.cut = Some(BrokenKey { name, others: 0 });
        }
    }

    /// Whether a string goes on with a key that one before it broke off in.
    fn is_of_cut_key(&mut self, said: &str) -> bool {
        let name = self.last_name();
        if self.cut.as_ref().is_none_or(|it| self.text.get(it.name.clone()) != Some(name)) {
            return false;
        }
        let Some(cut) = &mut self.cut else { return false };
        if said.contains("-----END ") {
            self.cut = None;
            return false;
        }
        let text = said.trim();
        let is_base64 = text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/' | b'=' | b'\n' | b'\r'));
        let is_of_key = is_base64 && !text.is_empty() && !is_hash(text) && (looks_random(text) || text.ends_with('='));
        cut.others = if is_of_key { 0 } else { cut.others.saturating_add(1) };
        if OTHERS < cut.others {
            self.cut = None;
        }
        is_of_key
    }

    /// Whether something in a string may be of a secret.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    fn is_hit(&mut self, range: &Range<usize>) -> bool {
        while self.around.hits.get(self.next_hit).is_some_and(|it| *it + 1 < range.start) {
            self.next_hit += 1;
        }
        let is_hit = self.around.hits.get(self.next_hit).is_some_and(|it| *it < range.end);
        if is_hit {
            return true;
        }
        let text = || self.text.get(range.clone()).unwrap_or_default();
        let is_held = match self.around.held {
            Hides::Nowhere => false,
            Hides::Escaped => text().contains('\\'),
            Hides::Anywhere => true,
        };
        is_held || (self.around.hides && hides_letters(text()))
    }

    fn push(&mut self, start: usize, decoded: Option<&Decoded>, edits: Vec<Edit>) {
        let outward = edits.into_iter().map(|it| decoded.map_or(it.clone(), |decoded| decoded.outward(it)));
        self.edits.extend(outward.map(|it| it.moved(start)));
    }
}
