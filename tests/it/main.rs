//! All integration tests in one binary.

#![expect(clippy::disallowed_methods, reason = "tests read the repository and run the program")]

mod browser;
mod command;
mod program;
#[cfg(all(feature = "live", unix))]
mod shell;
#[cfg(unix)]
mod rule_author;
mod rule_safety;
#[cfg(all(feature = "live", target_os = "linux"))]
mod streams;
#[cfg(all(feature = "live", unix))]
mod packaging;
#[cfg(all(feature = "live", unix))]
mod commands_shown;
#[cfg(all(feature = "live", unix))]
mod built_from;
mod by_hand;
mod embedded;
mod exhibits;
mod floors;
mod compare;
mod hostile;
mod captures;
mod hostile_cases;
// Without recomputation nothing is proved, and less is known.
mod cases;
mod damage;
mod dependencies;
mod incidents;
mod intake;
mod several_runs;
mod front_door;
// What the fuzzer compiles too.
#[path = "../../fuzz/src/pieces.rs"]
mod pieces;
#[path = "../../fuzz/src/sureness.rs"]
mod sureness;
#[cfg(all(feature = "live", unix))]
#[path = "../../fuzz/src/targets/mod.rs"]
mod targets;
#[cfg(all(feature = "live", unix))]
mod fuzz;
mod layering;
#[cfg(target_os = "linux")]
mod memory;
mod limits;
mod lineage;
#[cfg(all(feature = "live", unix))]
mod rig;
#[cfg(all(feature = "live", unix))]
mod live;
#[cfg(all(feature = "live", unix))]
mod replay;
#[cfg(all(feature = "live", target_os = "linux"))]
mod measured;
mod log_distance;
mod log_forms;
mod saved_logs;
mod next_steps;
mod old_bundle;
mod population;
mod render;
mod properties;
mod rules;
mod rule_clauses;
mod rule_draft;
mod rule_trials;
mod simulated;
mod together;
mod unseen_evidence;
mod words;
mod schema;
mod planted;
mod secrets;
mod sequencer_source;
mod book;
