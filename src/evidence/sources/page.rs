//! Echonet's smaller pages: what each file of one says, and who looks at all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::Request;
use super::reader::Reader;
use super::situation::Situation;
use crate::evidence::{Gathered, ParseError, parse_json};

/// A small page of Echonet.
pub trait Page: Asked<<Self::Slot as Slot>::Key> + 'static {
    /// Where a bundle keeps it: a [`Gathered`] if there is one answer, a map by what tells the answers apart otherwise.
    type Slot: Slot;
    /// What it says, for the bundle's schema.
    const SAYS: &'static str;
    /// What it means for what is known of Echonet that it was not seen.
    const DOUBT: Doubt = Doubt::Always;
    /// How the page's answer is read.
    const ANSWER: Reader<<Self::Slot as Slot>::Value> = Reader::new(Self::parse);

    /// Reads an answer.
    ///
    /// # Errors
    /// When the body is not what the page sends.
    fn parse(body: &str) -> Result<<Self::Slot as Slot>::Value, ParseError>;

    /// Keys worth requesting, given what is known. Saved answers are read as well.
    fn worth(seen: &Situation) -> Vec<<Self::Slot as Slot>::Key>;

    /// Its name in a sentence.
    fn called(key: &<Self::Slot as Slot>::Key) -> String;

    /// Its name in a list.
    fn listed(key: &<Self::Slot as Slot>::Key) -> String {
        let called = Self::called(key);
        called.strip_prefix("the ").unwrap_or(&called).to_owned()
    }

    /// An answer in a few words, for a list.
    fn shown(_: &<Self::Slot as Slot>::Value) -> String {
        String::new()
    }
}

/// How a page is asked; the table's line says it.
pub trait Asked<Key> {
    /// The question with this key.
    fn request(key: Key) -> Request;

    /// The key of a question, if it is one to this page.
    fn key(request: &Request) -> Option<Key>;
}

/// What it means that a page was not seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The page is always worth asking.
    Always,
    /// Something is not known, but that it does not exist is an answer.
    UnlessAbsent,
    /// Nothing becomes doubtful: the answer does not affect any conclusion.
    Never,
}

/// A place in a bundle for the answers of a page.
pub trait Slot: Default {
    /// The key that distinguishes the answers.
    type Key: Ord + Clone + fmt::Debug;
    /// The value of an answer.
    type Value;

    /// Keeps an answer.
    fn put(&mut self, key: Self::Key, answer: Gathered<Self::Value>);

    /// Every answer that is kept, with its key.
    fn answers(&self) -> Vec<(Self::Key, &Gathered<Self::Value>)>;

    /// Whether nothing was asked for.
    fn is_unasked(&self) -> bool {
        self.answers().iter().all(|(_, it)| it.is_not_asked())
    }
}

impl<T> Slot for Gathered<T> {
    type Key = ();
    type Value = T;

    fn put(&mut self, (): (), answer: Self) {
        *self = answer;
    }

    fn answers(&self) -> Vec<((), &Self)> {
        vec![((), self)]
    }
}

impl<K: Ord + Clone + fmt::Debug, T> Slot for BTreeMap<K, Gathered<T>> {
    type Key = K;
    type Value = T;

    fn put(&mut self, key: K, answer: Gathered<T>) {
        if !answer.is_not_asked() {
            self.insert(key, answer);
        }
    }

    fn answers(&self) -> Vec<(K, &Gathered<T>)> {
        self.iter().map(|(key, it)| (key.clone(), it)).collect()
    }
}

/// Who looks at every page of a bundle.
pub trait See<'b> {
    /// Looks at the answers of one page.
    fn see<P: Page>(&mut self, slot: &'b P::Slot);
}

/// Requests every page.
pub trait Fill {
    /// Asks for the answers of one page.
    fn fill<P: Page>(&mut self) -> P::Slot;
}

/// The questions to a page that are worth asking.
pub(super) fn worth<P: Page>(seen: &Situation) -> Vec<Request> {
    P::worth(seen).into_iter().map(P::request).collect()
}

/// Of what a page is asked: of that which is worth it, and of that which was saved.
#[must_use]
pub fn keys<P: Page>(seen: &Situation, held: &BTreeSet<Request>) -> BTreeSet<<P::Slot as Slot>::Key> {
    P::worth(seen).into_iter().chain(held.iter().filter_map(P::key)).collect()
}

/// Reads the `block_number` of a body: a height, or null.
///
/// # Errors
/// When the body is no JSON object with a block number or null.
pub(super) fn height(body: &str) -> Result<Option<u64>, ParseError> {
    let fields: BTreeMap<String, Value> = parse_json(body)?;
    match fields.get("block_number") {
        Some(Value::Null) => Ok(None),
        Some(number) => number.as_u64().map(Some).ok_or_else(|| ParseError::new("`block_number` is not a block number")),
        None => Err(ParseError::new("not the expected JSON: `block_number` is missing")),
    }
}
