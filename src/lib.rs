//! whysync answers one question about a Starknet replay deployment: why did this Echonet resync trigger, is it a known failure, and
//! does the deployed code already contain the fix?
//!
//! The front door is [`investigate`]: one function an operation, with options that have defaults. The command line is a caller of it like
//! any other.
//!
//! ```
//! use std::path::Path;
//! use whysync::findings::Verdict;
//! use whysync::investigate::{DiagnosisOptions, Focus, Input, Rules, diagnose, read};
//! use whysync::render;
//!
//! let rules = Rules::builtin()?;
//! let saved = Input::named(Path::new("tests/bundles/alchemy-429-l1-handler-drop.json.zst"));
//! let evidence = read(&saved, &Focus::default())?;
//! let diagnosis = diagnose(&evidence.bundle, &rules, &DiagnosisOptions::default());
//!
//! assert_eq!(diagnosis.verdict, Verdict::Explained);
//! let text = render::write(&render::FORMATS[0], &diagnosis, &render::Options::default());
//! assert!(text.contains("alchemy-429-l1-handler-drop"), "{text}");
//! # Ok::<(), whysync::investigate::Error>(())
//! ```
//!
//! # A program of one's own
//!
//! `examples/embed.rs` reads a bundle, imports a folder or collects from a deployment:
//!
#![doc = concat!("```no_run\n", include_str!("../examples/embed.rs"), "```")]
//!
//! # Layout, in reading order
//! - [`limits`]: how much is read of what comes from elsewhere.
//! - [`evidence`]: what was observed, as one typed document.
//! - [`facts`]: what follows from it: a ledger of every divergence, log records, recomputed commitments.
//! - [`findings`]: what we tell people.
//! - [`engine`]: rules in, diagnosis out.
//! - [`collect`]: the edge that reads evidence, redacts it and keeps it as files.
//! - [`render`]: the edge that writes a diagnosis.
//! - [`investigate::inspect`]: a bundle as people look at it, without a diagnosis.
//! - `simulate`: synthetic incidents with known truth.
//! - `evaluation`: how good the diagnosis is on such incidents.
//! - [`investigate`]: the front door: everything that can be asked.
//! - [`cli`]: the command line.

#![forbid(unsafe_code)]
// What is read can be anything: a place in it may not exist, a number may be as large as its type. Tests index what they made.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice, clippy::arithmetic_side_effects, clippy::expect_used))]

mod counted;
mod excerpt;
mod fixed_pattern;
mod visible;
pub mod limits;
pub mod evidence;
pub mod facts;
pub mod findings;
mod inspect;
pub mod engine;
pub mod collect;
pub mod render;
pub mod simulate;
pub mod evaluation;
pub mod investigate;
pub mod cli;
