//! All integration tests in one binary.

#![expect(clippy::disallowed_methods, reason = "tests read the repository and run the program")]

#[cfg(feature = "proof")]
mod browser;
mod command;
mod program;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod shell;
#[cfg(all(feature = "proof", unix))]
mod rule_author;
#[cfg(feature = "proof")]
mod rule_safety;
#[cfg(all(feature = "proof", feature = "live", target_os = "linux"))]
mod streams;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod packaging;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod commands_shown;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod by_hand;
#[cfg(feature = "proof")]
mod embedded;
#[cfg(feature = "proof")]
mod exhibits;
mod floors;
mod compare;
mod hostile;
mod captures;
// Without recomputation nothing is proved, and less is known.
#[cfg(feature = "proof")]
mod cases;
#[cfg(feature = "proof")]
mod damage;
mod dependencies;
mod incidents;
#[cfg(feature = "proof")]
mod intake;
#[cfg(feature = "proof")]
mod several_runs;
mod front_door;
// What the fuzzer compiles too.
#[cfg(feature = "proof")]
#[path = "../../fuzz/src/pieces.rs"]
mod pieces;
#[cfg(feature = "proof")]
#[path = "../../fuzz/src/sureness.rs"]
mod sureness;
#[cfg(all(feature = "proof", feature = "live", unix))]
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod fuzz;
mod layering;
#[cfg(target_os = "linux")]
mod memory;
mod limits;
mod lineage;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod rig;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod live;
#[cfg(all(feature = "proof", feature = "live", unix))]
mod replay;
#[cfg(all(feature = "proof", feature = "live", target_os = "linux"))]
mod measured;
#[cfg(feature = "proof")]
mod log_distance;
mod log_forms;
mod saved_logs;
#[cfg(feature = "proof")]
mod next_steps;
#[cfg(feature = "proof")]
mod old_bundle;
#[cfg(feature = "proof")]
mod population;
mod render;
#[cfg(feature = "proof")]
mod properties;
#[cfg(feature = "proof")]
mod rules;
#[cfg(feature = "proof")]
mod rule_clauses;
#[cfg(feature = "proof")]
mod rule_draft;
#[cfg(feature = "proof")]
mod rule_trials;
#[cfg(feature = "proof")]
mod simulated;
#[cfg(feature = "proof")]
mod together;
#[cfg(feature = "proof")]
mod unseen_evidence;
#[cfg(feature = "proof")]
mod words;
mod schema;
mod planted;
mod secrets;
mod sequencer_source;
#[cfg(feature = "proof")]
mod book;
