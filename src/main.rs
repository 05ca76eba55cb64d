//! The whysync command.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    whysync::cli::main()
}
