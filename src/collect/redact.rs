//! What must not enter a bundle: every byte that [`super`] reads passes through [`redact`].
//!
//! The search reads what texts say, not how they are written. JSON is followed by its structure, wherever in a text it stands; what stands
//! in its strings, or is written with backslashes, as in a URL, as in HTML or in base64, is decoded and searched again, to a bounded depth
//! (`scan`). Names decide what is a secret (`secret_names`, `pairs`, `structure`), or its own look does (`forms`, `urls`,
//! `armour`), or its value ([`held`]). Only what is a secret is replaced; every other byte stays as it is.

mod armour;
mod base64_text;
mod document;
mod edit;
mod encodings;
mod forms;
pub mod held;
mod lines_behind;
mod looks;
mod pairs;
mod scan;
mod secret_names;
mod signs;
mod steps;
mod structure;
mod urls;

use std::borrow::Cow;

pub(super) use armour::OTHERS;
use edit::{KnownBy, applied};
pub(super) use edit::{SecretKind, token};
use held::MaskedValues;
pub(super) use looks::is_hash;
pub(super) use steps::walked;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted<'a> {
    /// The text; borrowed if it holds no secret.
    pub text: Cow<'a, str>,
    /// How many secrets were replaced by tokens.
    pub count: u64,
}

/// Replaces each secret by a token `«redacted:<kind>:<4 hexadecimal digits of its SHA-256>»`.
///
/// Kinds: `url-key`, `webhook`, `header`, `bearer`, `jwt`, `cloud-key`, `token`, `private-key`, `private-key-begin` (one that the text ends
/// or breaks off in; `split_keys::SplitKeys` finds the rest in other texts), `basic-auth`, `secret-field`, `listed` (the
/// user's own), `held` (what the program signs in with). Equal secrets give equal tokens, a text that has been redacted stays as it is, and
/// valid JSON stays valid JSON. Hashes and addresses (`0x` and up to 64 hexadecimal digits) stay, except under a name that can only be a
/// secret's, such as `private_key`.
#[must_use]
pub fn redact(text: &str) -> Redacted<'_> {
    redact_with(text, &MaskedValues::now())
}

fn redact_with<'a>(text: &'a str, held: &MaskedValues) -> Redacted<'a> {
    // A token can complete what looked innocent before it was there; another look settles that.
    const LOOKS: usize = 4;
    let mut redacted = Redacted { text: Cow::Borrowed(text), count: 0 };
    for _ in 0..LOOKS {
        let edits = scan::secrets(&redacted.text, held);
        if edits.is_empty() {
            break;
        }
        redacted = Redacted { count: redacted.count.saturating_add(edits.len() as u64), text: Cow::Owned(applied(&redacted.text, &edits)) };
    }
    redacted
}

/// The first secret in a text that is known by its own look or its value, as its kind and its line, from 1. What only its name makes a
/// secret is none here: words that are put together anew may read like a name and its value.
#[must_use]
pub fn left_over(text: &str) -> Option<(&'static str, usize)> {
    let found = scan::secrets(text, &MaskedValues::now()).into_iter().find(|it| it.known == KnownBy::ByLook)?;
    let line = text.get(..found.range.start)?.matches('\n').count().saturating_add(1);
    Some((found.kind.name(), line))
}

#[cfg(test)]
mod every_form_tests;
#[cfg(test)]
mod linear_tests;
#[cfg(test)]
mod reading_tests;
#[cfg(test)]
mod tests;
