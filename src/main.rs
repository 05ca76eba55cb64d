//! The whysync command.

use std::process::ExitCode;

fn main() -> ExitCode {
    whysync::cli::main()
}
