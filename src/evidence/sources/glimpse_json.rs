//! A look at JSON: its fields at the top, and what tells documents apart that have the same. Values are passed over.

use std::collections::BTreeSet;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess};

use super::Mark;
use super::any_json::{Any, Sees, rest_of};
use super::glimpse::{Glimpse, KnownConfigMap, LogWriter, Look};
use super::part::NodeConfig;
use crate::evidence::source::is_source_config_map;
use crate::evidence::{BlockSide, Felt, Program};

/// Looks at bytes that begin like JSON.
pub(super) fn glimpse_json(bytes: &[u8]) -> Glimpse {
    let mut seen = SeenJson::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Any(Top(&mut seen)).deserialize(&mut reader);
    let mut glimpse = std::mem::take(&mut seen.glimpse);
    let end = match read {
        Ok(()) => Some(reader.into_iter::<IgnoredAny>().byte_offset()),
        Err(_) if seen.is_decided => Some(bytes.len()),
        Err(_) => end_of_first(bytes),
    };
    let has_more = end.and_then(|it| bytes.get(it..)).is_some_and(|it| !it.trim_ascii().is_empty());
    glimpse.look = match (end, bytes.first()) {
        (None, _) => Look::TornJson,
        (Some(_), Some(b'[')) if has_more => Look::TornJson,
        (Some(_), Some(b'[')) => Look::List,
        (Some(_), _) if has_more => Look::JsonLines,
        (Some(_), _) => Look::Object,
    };
    let (first, second, last) = (seen.first, seen.second, seen.last);
    if glimpse.bears(Mark::BLOCK) {
        // Echonet puts the hash behind all else, once the block is made; the feeder gateway writes it first, and its parent's next.
        glimpse.side = match (first, second, last) {
            (first, _, Some(Word::BlockHash)) if first != Some(Word::BlockHash) => Some(BlockSide::Ours),
            _ if seen.is_mainnets => Some(BlockSide::Theirs),
            (Some(Word::BlockHash), Some(Word::ParentHash), _) => Some(BlockSide::Theirs),
            _ => None,
        };
    } else if glimpse.bears(Mark::STATE_UPDATE) || glimpse.bears(Mark::WITH_BLOCK) {
        // Echonet's roots are counted up from a base.
        glimpse.side =
            seen.roots().map(|(new, old)| if new.0 == old.0 + Felt::from(1_u64).0 { BlockSide::Ours } else { BlockSide::Theirs });
    }
    if glimpse.writer.is_none() && seen.has_level && seen.has_text {
        glimpse.writer = Some(LogWriter::Of(Program::Sequencer));
    }
    glimpse
}

/// Where the first value ends, however odd it is; none if it does not.
fn end_of_first(bytes: &[u8]) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

#[derive(Default)]
struct SeenJson {
    glimpse: Glimpse,
    first: Option<Word>,
    second: Option<Word>,
    last: Option<Word>,
    new_root: Option<Felt>,
    old_root: Option<Felt>,
    /// Whether a field was seen that only mainnet's blocks have.
    is_mainnets: bool,
    /// Fields of the sequencer's own log lines.
    has_level: bool,
    has_text: bool,
    /// Whether nothing that follows can tell more.
    is_decided: bool,
}

impl SeenJson {
    fn roots(&self) -> Option<(Felt, Felt)> {
        Some((self.new_root?, self.old_root?))
    }
}

/// A field whose place in a document tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    BlockHash,
    ParentHash,
    Other,
}

/// The word of a mark that this is.
fn known(field: &str) -> Option<&'static str> {
    Mark::all().flat_map(|it| it.words().iter().copied()).find(|it| *it == field)
}

fn known_kind(kind: &str) -> Option<&'static str> {
    let mut kinds = Mark::all().filter_map(|it| match it {
        Mark::Kind(kind) => Some(kind),
        _ => None,
    });
    kinds.find(|it| kind == *it || kind.strip_suffix("List") == Some(it))
}

/// A document.
struct Top<'s>(&'s mut SeenJson);

impl<'de> Sees<'de> for Top<'_> {
    type Value = ();

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let seen = self.0;
        let mut name: Option<String> = None;
        let mut is_list = false;
        while let Some(field) = map.next_key_seed(Any(FieldName))? {
            seen.glimpse.count = seen.glimpse.count.saturating_add(1);
            seen.glimpse.fields.extend(known(&field));
            let word = match field.as_str() {
                "block_hash" => Word::BlockHash,
                "parent_block_hash" => Word::ParentHash,
                _ => Word::Other,
            };
            if seen.first.is_none() {
                seen.first = Some(word);
            } else if seen.second.is_none() {
                seen.second = Some(word);
            }
            seen.last = Some(word);
            match field.as_str() {
                "block_number" => seen.glimpse.block = map.next_value_seed(Any(ScalarGlimpse))?.number(),
                "block_hash" => seen.glimpse.block_hash = map.next_value_seed(Any(ScalarGlimpse))?.felt(),
                "new_root" => seen.new_root = map.next_value_seed(Any(ScalarGlimpse))?.felt(),
                "old_root" => seen.old_root = map.next_value_seed(Any(ScalarGlimpse))?.felt(),
                "uptime_seconds" => seen.glimpse.uptime = map.next_value_seed(Any(ScalarGlimpse))?.number(),
                "status" => {
                    let status = map.next_value_seed(Any(ScalarGlimpse))?;
                    seen.glimpse.is_pending = matches!(status.text(), Some("PENDING" | "PRE_CONFIRMED"));
                }
                "level" => {
                    seen.has_level = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "message" | "filename" => {
                    seen.has_text = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "fee_proposal_fri" => {
                    seen.is_mainnets = true;
                    map.next_value::<IgnoredAny>()?;
                }
                "transactions" | "transaction_receipts" => {
                    let is_mainnets = &mut seen.is_mainnets;
                    let mark = |field: &str| *is_mainnets |= matches!(field, "proof_facts" | "l1_to_l2_consumed_message");
                    map.next_value_seed(Any(Each(mark)))?;
                }
                "kind" => {
                    let kind = map.next_value_seed(Any(ScalarGlimpse))?;
                    is_list = kind.text().is_some_and(|it| it.ends_with("List"));
                    seen.glimpse.kinds.extend(kind.text().and_then(known_kind));
                }
                "metadata" => name = map.next_value_seed(Any(TextOf("name")))?,
                "items" => map.next_value_seed(Any(Objects(&mut seen.glimpse.kinds)))?,
                "state_update" | "block" => {
                    let mut within = SeenJson::default();
                    map.next_value_seed(Any(Top(&mut within)))?;
                    seen.glimpse.block = seen.glimpse.block.or(within.glimpse.block);
                    seen.glimpse.block_hash = seen.glimpse.block_hash.or(within.glimpse.block_hash);
                    seen.new_root = seen.new_root.or(within.new_root);
                    seen.old_root = seen.old_root.or(within.old_root);
                }
                // A page of log entries: all further fields say nothing more, and there may be very many entries.
                "entries" => {
                    seen.is_decided = true;
                    return Err(de::Error::custom("enough was seen"));
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if seen.glimpse.kinds.contains("ConfigMap") && !is_list {
            seen.glimpse.config_map = name.and_then(|it| config_map(&it));
        }
        Ok(())
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let seen = self.0;
        let fields = &mut seen.glimpse.fields;
        if list.next_element_seed(Any(ObjectFields(|field: &str| fields.extend(known(field)))))?.is_none() {
            return Ok(());
        }
        if !seen.glimpse.fields.is_empty() {
            seen.is_decided = true;
            return Err(de::Error::custom("enough was seen"));
        }
        rest_of(list)
    }
}

fn config_map(name: &str) -> Option<KnownConfigMap> {
    let settings = NodeConfig::ALL.into_iter().find(|it| it.name() == name).map(KnownConfigMap::Settings);
    let is_source = name == "echonet-src" || is_source_config_map(name);
    settings.or_else(|| is_source.then(|| KnownConfigMap::Source(name.to_owned())))
}

/// Objects of the cluster: their kinds.
struct Objects<'s>(&'s mut BTreeSet<&'static str>);

impl<'de> Sees<'de> for Objects<'_> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(kind) = list.next_element_seed(Any(TextOf("kind")))? {
            self.0.extend(kind.as_deref().and_then(known_kind));
        }
        Ok(())
    }
}

/// Passes each field of each object in a list to the visitor.
struct Each<F>(F);

impl<'de, F: FnMut(&str)> Sees<'de> for Each<F> {
    type Value = ();

    fn list<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Any(ObjectFields(&mut self.0)))?.is_some() {}
        Ok(())
    }
}

/// Passes each field of an object to the visitor.
struct ObjectFields<F>(F);

impl<'de, F: FnMut(&str)> Sees<'de> for ObjectFields<F> {
    type Value = ();

    fn map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(Any(FieldName))? {
            (self.0)(&field);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The text of one field of an object.
struct TextOf(&'static str);

impl<'de> Sees<'de> for TextOf {
    type Value = Option<String>;

    fn map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<String>, A::Error> {
        let mut found = None;
        while let Some(field) = map.next_key_seed(Any(FieldName))? {
            if field == self.0 {
                found = map.next_value_seed(Any(ScalarGlimpse))?.text().map(str::to_owned);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// The name of a field.
struct FieldName;

impl Sees<'_> for FieldName {
    type Value = String;

    fn text(self, text: &str) -> String {
        text.to_owned()
    }
}

/// A value that may be a number or a short text.
struct ScalarGlimpse;

#[derive(Default)]
enum GlimpsedValue {
    Number(u64),
    Text(String),
    #[default]
    Other,
}

impl Sees<'_> for ScalarGlimpse {
    type Value = GlimpsedValue;

    fn number(self, number: u64) -> GlimpsedValue {
        GlimpsedValue::Number(number)
    }

    fn text(self, text: &str) -> GlimpsedValue {
        /// No name of an object is longer, and no hash.
        const LONGEST: usize = 253;
        if text.len() <= LONGEST { GlimpsedValue::Text(text.to_owned()) } else { GlimpsedValue::Other }
    }
}

impl GlimpsedValue {
    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn felt(&self) -> Option<Felt> {
        self.text()?.parse().ok()
    }
}
