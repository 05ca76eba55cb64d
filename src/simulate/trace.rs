//! Revert texts in the grammar of the blockifier's `stack_trace.rs`.

use crate::evidence::Felt;

/// A call that failed, outermost first.
#[derive(Clone)]
pub(super) struct FailedCall {
    pub(super) contract: Felt,
    pub(super) class: Felt,
    pub(super) selector: Felt,
    pub(super) pc: u64,
}

/// The backend that executed the frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    /// The virtual machine: each frame is followed by the place where it stopped.
    Casm,
    /// Native code, which has no such place.
    Native,
}

/// The text of a transaction that panicked with `panic` (at most 31 ASCII characters) in its innermost frame.
pub(super) fn text(frames: &[FailedCall], backend: Backend, panic: &str) -> String {
    let mut text = String::new();
    for (depth, frame) in frames.iter().enumerate() {
        push(&mut text, format_args!("{depth}: Error in the called contract ({}):\n", place(frame)));
        if backend == Backend::Casm {
            push(&mut text, format_args!("Error at pc=0:{}:\n", frame.pc));
        }
    }
    text.push_str("Execution failed. Failure reason:\n");
    // The panic's own frames begin with a repetition of the frame above them; here they end with it, too.
    if let Some(frame) = frames.last() {
        push(&mut text, format_args!("Error in contract ({}):\n", place(frame)));
    }
    let digits: String = panic.bytes().map(|it| format!("{it:02x}")).collect();
    push(&mut text, format_args!("0x{digits} ('{panic}').\n"));
    format!("Transaction execution has failed:\n{}", shortened(&text))
}

/// The most bytes of a text that stay together, without its header.
const LONGEST: usize = 15_100;
/// Bytes that are left of each end of a longer one.
const END: usize = 7_500;

/// What the blockifier leaves of a text: the middle of a long one is cut out before it is hashed. The text is ASCII.
fn shortened(text: &str) -> String {
    match (text.get(..END), text.len().checked_sub(END).and_then(|it| text.get(it..))) {
        (Some(head), Some(tail)) if text.len() > LONGEST => format!("{head}\n\n...\n\n{tail}"),
        _ => text.to_owned(),
    }
}

fn push(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.push_str(&std::fmt::format(words));
}

fn place(frame: &FailedCall) -> String {
    let padded = |it: Felt| it.0.to_bytes_be().iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"));
    format!("contract address: {}, class hash: {}, selector: {}", padded(frame.contract), padded(frame.class), padded(frame.selector))
}
