//! What the evidence holds, as people look at it before, or instead of, a diagnosis.

pub use crate::inspect::{
    Limits, OnVolume, PastResync, audit, block, log, past_resyncs, past_resyncs_json, past_resyncs_text, sections, transaction,
};
