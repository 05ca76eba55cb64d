//! whysync answers one question about a Starknet replay deployment: why did this Echonet resync trigger, is it a known failure, and
//! does the deployed code already contain the fix?
//!
//! Start at [`investigate`]: one function per operation, with options that have defaults. The command line is just one of its callers.
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
//! # Using whysync as a library
//!
//! `examples/embed.rs` reads a bundle, imports a folder or collects from a deployment:
//!
#![doc = concat!("```no_run\n", include_str!("../examples/embed.rs"), "```")]
//!
//! # Layout, in reading order
//! - [`investigate`]: the front door, with every operation; [`investigate::inspect`] shows what a bundle contains.
//! - [`evidence`]: what was observed, as one typed document.
//! - [`findings`]: what a diagnosis tells people.
//! - [`render`]: writes a diagnosis in each format.
//! - [`limits`]: how much input is read.
//!
//! The other modules appear in this documentation only if it is built with `--cfg internals`, because apart from the front door only tests
//! and fuzz targets call them: `facts`, what follows from the evidence; `engine`, which turns rules and facts into a diagnosis; `collect`,
//! which reads, redacts and saves evidence; `simulate` and `evaluation`, incidents with a known cause and how well they are diagnosed; `cli`,
//! the command line.

#![forbid(unsafe_code)]
// Input can be anything: an index may not exist, a number may be as large as its type allows. Tests index what they made.
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
