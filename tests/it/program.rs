//! The program as people run it, for every test that looks at what it says and how it ends.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// The program with its arguments, at the width that pages are checked at.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_whysync"));
    // Who asks for backtraces is told of panics that have become reasons.
    command.args(arguments).env("COLUMNS", "100").env_remove("RUST_BACKTRACE");
    command
}

/// Runs the program to its end.
pub(crate) fn whysync(arguments: &[&str]) -> Output {
    program(arguments).output().expect("the command runs")
}

/// Runs the program with something on standard input.
pub(crate) fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let mut child =
        program(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    // A command that refuses its input early closes the pipe.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("the command ends")
}

/// Says loudly that something was not looked at, and why.
#[cfg(all(feature = "live", unix))]
pub(crate) fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}

/// What was printed, as a text.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Asserts an exit code and that the words on standard error hold each of these.
pub(crate) fn check(name: &str, output: &Output, code: i32, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{name}: {said}");
    for word in words {
        assert!(said.contains(word), "{name}: nothing said of `{word}` in\n{said}");
    }
    assert!(!said.contains("panicked"), "{name}: {said}");
}
