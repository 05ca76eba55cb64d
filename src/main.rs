//! The whysync command.

#![forbid(unsafe_code)]
#![deny(clippy::arithmetic_side_effects, clippy::expect_used)]

use std::process::ExitCode;

fn main() -> ExitCode {
    whysync::cli::main()
}
