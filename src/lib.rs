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
//! - [`investigate`]: the front door: everything that can be asked, [`investigate::inspect`] among it: a bundle as people look at it.
//! - [`evidence`]: what was observed, as one typed document.
//! - [`findings`]: what we tell people.
//! - [`render`]: the edge that writes a diagnosis.
//! - [`limits`]: how much is read of what comes from elsewhere.
//!
//! Behind the door, and on no page of this documentation unless it is built with `--cfg internals`, since only tests and fuzz targets call
//! them besides it: `facts`, what follows from evidence; `engine`, rules in, diagnosis out; `collect`, the edge that reads evidence,
//! redacts it and keeps it as files; `simulate` and `evaluation`, incidents whose truth is known and how good the diagnosis is on them;
//! `cli`, the command line.

#![forbid(unsafe_code)]
// What is read can be anything: a place in it may not exist, a number may be as large as its type. Tests index what they made.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::string_slice, clippy::arithmetic_side_effects, clippy::expect_used))]

mod counted;
mod excerpt;
mod fixed_pattern;
mod visible;
pub mod limits;
pub mod evidence;
#[cfg_attr(not(internals), doc(hidden))]
pub mod facts;
pub mod findings;
mod inspect;
#[cfg_attr(not(internals), doc(hidden))]
pub mod engine;
#[cfg_attr(not(internals), doc(hidden))]
pub mod collect;
pub mod render;
#[cfg_attr(not(internals), doc(hidden))]
pub mod simulate;
#[cfg_attr(not(internals), doc(hidden))]
pub mod evaluation;
pub mod investigate;
#[cfg_attr(not(internals), doc(hidden))]
pub mod cli;
