//! What the fuzz targets run. The integration tests of the project compile the same files.

#![forbid(unsafe_code)]

mod pieces;
mod sureness;
mod targets;

/// Runs a target on an input.
///
/// # Panics
/// When a law of the target is broken, and when no target has this name.
pub fn run(name: &str, input: &[u8]) {
    let target = targets::TARGETS.iter().find(|it| it.name == name).unwrap_or_else(|| panic!("no target `{name}`"));
    (target.run)(input);
}
