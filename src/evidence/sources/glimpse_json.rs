//! A look at JSON: its fields at the top, and what tells documents apart that have the same. Values are passed over.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Mark;
use super::glimpse::{Extent, Glimpse, KnownConfigMap, Look, Writer};
use super::part::NodeConfig;
use crate::evidence::source::is_source_config_map;
use crate::evidence::{BlockSide, Felt};

/// Looks at bytes that begin like JSON.
pub(super) fn of(bytes: &[u8], extent: Extent) -> Glimpse {
    let mut seen = Seen::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = Top(&mut seen).deserialize(&mut reader);
    let is_list = bytes.first() == Some(&b'[');
    let mut glimpse = std::mem::take(&mut seen.glimpse);
    let more = read.is_ok() && {
        let rest = bytes.get(reader.into_iter::<IgnoredAny>().byte_offset()..).unwrap_or_default();
        !rest.trim_ascii().is_empty()
    };
    glimpse.look = match (read, is_list) {
        (Ok(()), false) if more => Look::JsonLines,
        (Ok(()), true) if more => Look::TornJson,
        (Ok(()), false) => Look::Object,
        (Ok(()), true) => Look::List,
        (Err(_), false) if seen.is_decided => Look::Object,
        (Err(_), true) if seen.is_decided => Look::List,
        (Err(err), _) if err.is_eof() && extent == Extent::Beginning => Look::TornJson,
        (Err(_), _) => Look::TornJson,
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
        glimpse.writer = Some(Writer::Sequencer);
    }
    glimpse
}

#[derive(Default)]
struct Seen {
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

impl Seen {
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
struct Top<'s>(&'s mut Seen);

impl<'de> DeserializeSeed<'de> for Top<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let seen = self.0;
        let mut name: Option<String> = None;
        let mut is_list = false;
        while let Some(field) = map.next_key::<Field>()? {
            let field = field.0;
            seen.glimpse.count += 1;
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
                "block_number" => seen.glimpse.block = map.next_value::<Scalar>()?.number(),
                "block_hash" => seen.glimpse.block_hash = map.next_value::<Scalar>()?.felt(),
                "new_root" => seen.new_root = map.next_value::<Scalar>()?.felt(),
                "old_root" => seen.old_root = map.next_value::<Scalar>()?.felt(),
                "uptime_seconds" => seen.glimpse.uptime = map.next_value::<Scalar>()?.number(),
                "status" => {
                    let status = map.next_value::<Scalar>()?;
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
                    seen.is_mainnets |= map.next_value::<Items>()?.0;
                }
                "kind" => {
                    let kind = map.next_value::<Scalar>()?;
                    is_list = kind.text().is_some_and(|it| it.ends_with("List"));
                    seen.glimpse.kinds.extend(kind.text().and_then(known_kind));
                }
                "metadata" => name = map.next_value::<Named>()?.0,
                "items" => map.next_value_seed(Objects(seen))?,
                "state_update" | "block" => {
                    let mut within = Seen::default();
                    map.next_value_seed(Top(&mut within))?;
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

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let seen = self.0;
        if seq.next_element_seed(First(seen))?.is_none() {
            return Ok(());
        }
        if !seen.glimpse.fields.is_empty() {
            seen.is_decided = true;
            return Err(de::Error::custom("enough was seen"));
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The first item of a list: its fields alone.
struct First<'s>(&'s mut Seen);

impl<'de> DeserializeSeed<'de> for First<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(KeysOf(|field: &str| self.0.glimpse.fields.extend(known(field))))
    }
}

/// Objects of the cluster: their kinds.
struct Objects<'s>(&'s mut Seen);

impl<'de> DeserializeSeed<'de> for Objects<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let kinds: Kinds = de::Deserialize::deserialize(deserializer)?;
        self.0.glimpse.kinds.extend(kinds.0);
        Ok(())
    }
}

fn config_map(name: &str) -> Option<KnownConfigMap> {
    let settings = NodeConfig::ALL.into_iter().find(|it| it.name() == name).map(KnownConfigMap::Settings);
    let is_source = name == "echonet-src" || is_source_config_map(name);
    settings.or_else(|| is_source.then(|| KnownConfigMap::Source(name.to_owned())))
}

/// Shows each field of an object to somebody, and passes over everything else.
struct KeysOf<F>(F);

impl<'de, F: FnMut(&str)> Visitor<'de> for KeysOf<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key::<Field>()? {
            (self.0)(&field.0);
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The name of a field.
struct Field(String);

impl<'de> de::Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

/// Transactions or receipts: whether one has a field that Echonet does not write.
struct Items(bool);

impl<'de> de::Deserialize<'de> for Items {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Items;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Items, A::Error> {
                struct One<'f>(&'f mut bool);

                impl<'de> DeserializeSeed<'de> for One<'_> {
                    type Value = ();

                    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                        let mark = |field: &str| *self.0 |= matches!(field, "proof_facts" | "l1_to_l2_consumed_message");
                        deserializer.deserialize_any(KeysOf(mark))
                    }
                }

                let mut found = false;
                while seq.next_element_seed(One(&mut found))?.is_some() {}
                Ok(Items(found))
            }

            fn visit_unit<E>(self) -> Result<Items, E> {
                Ok(Items(false))
            }
        }

        deserializer.deserialize_any(Each)
    }
}

/// The kinds of objects in a list.
struct Kinds(Vec<&'static str>);

impl<'de> de::Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Object {
            kind: Option<String>,
        }
        let objects: Option<Vec<Object>> = de::Deserialize::deserialize(deserializer)?;
        Ok(Self(objects.into_iter().flatten().filter_map(|it| known_kind(&it.kind?)).collect()))
    }
}

/// What the metadata of an object name it.
struct Named(Option<String>);

impl<'de> de::Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Metadata {
            name: Option<String>,
        }
        let metadata: Option<Metadata> = de::Deserialize::deserialize(deserializer)?;
        Ok(Self(metadata.and_then(|it| it.name)))
    }
}

/// A value that may be a number or a short text; anything else is passed over.
enum Scalar {
    Number(u64),
    Text(String),
    Other,
}

impl Scalar {
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

impl<'de> de::Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                const LONGEST: usize = 80;
                Ok(if text.len() <= LONGEST { Scalar::Text(text.to_owned()) } else { Scalar::Other })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }

        deserializer.deserialize_any(Any)
    }
}
