//! What the evidence holds, as people look at it before, or instead of, a diagnosis.

pub use crate::inspect::{
    HashName, HashNameError, Limits, OnVolume, PastResync, audit, block, log, named, past_resyncs, past_resyncs_json,
    past_resyncs_text, sections, transaction, with_whole_hashes,
};
