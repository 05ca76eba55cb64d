//! Looks into the evidence before, or instead of, a diagnosis.

pub use crate::inspect::{
    CollectionReach, HashName, HashNameError, Limits, OnVolume, PastResync, ResyncsSeen, audit, block, log, named, past_resyncs,
    past_resyncs_json, past_resyncs_text, reach, resyncs_seen, sections, transaction, ways_out, with_whole_hashes,
};
