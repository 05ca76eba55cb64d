//! Options that were renamed: an old script is told the new name.

use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// An option that has another name now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Renamed {
    before: &'static str,
    now: &'static str,
    example: &'static str,
}

/// Every option that has another name now: the old name, the new one, and a value that fits.
const RENAMED: [Renamed; 6] = [
    Renamed { before: "--timeout-ms", now: "--idle-timeout", example: "30s" },
    Renamed { before: "--request-limit", now: "--request-timeout", example: "5m" },
    Renamed { before: "--time-limit", now: "--deadline", example: "30m" },
    Renamed { before: "--log-pause-ms", now: "--log-pause", example: "500ms" },
    Renamed { before: "--max-answer-mib", now: "--max-answer", example: "256MiB" },
    Renamed { before: "--max-log-mib", now: "--max-log", example: "256MiB" },
];

impl fmt::Display for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { before, now, example } = self;
        write!(f, "`{before}` is now `{now}`, and its value has a unit: `{now} {example}`")
    }
}

/// The option that was refused, if it is known by another name now.
pub(super) fn named_in(error: &clap::Error) -> Option<Renamed> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(refused)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = refused.split('=').next().unwrap_or(refused);
    RENAMED.into_iter().find(|it| it.before == name)
}
