//! Logs in which no private key is left, also none whose lines the log took apart: what a bundle holds, and nothing else may become its logs.

use super::split_keys::SplitKeys;
use crate::evidence::{Bundle, Gathered, LogStream, Logs};

/// A log that was looked through for private keys that it took apart. There is no other way to make one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MaskedLog(Gathered<LogStream>);

impl MaskedLog {
    /// Masks what is left of private keys that were taken apart.
    pub(super) fn of(mut stream: Gathered<LogStream>) -> Self {
        if let Gathered::Observed(observed) = &mut stream {
            let mut keys = SplitKeys::default();
            for line in observed.value.lines.iter_mut() {
                if keys.concern(&line.text) {
                    observed.coverage.redacted += keys.mask_line(&format!("{} {:?}", line.pod, line.stream), &mut line.text);
                }
            }
        }
        Self(stream)
    }

    /// The log.
    #[cfg(feature = "live")]
    pub(super) fn get(&self) -> &Gathered<LogStream> {
        &self.0
    }

    /// Says of it what else is known, such as that it is not whole. No line comes in.
    pub(super) fn hold(&mut self, doubt: impl FnOnce(&mut Gathered<LogStream>)) {
        doubt(&mut self.0);
    }

    /// Takes the log out, to put it together with other lines. None is left.
    #[cfg(feature = "live")]
    pub(super) fn take(&mut self) -> Gathered<LogStream> {
        std::mem::replace(&mut self.0, Gathered::NotAsked)
    }
}

/// The logs of both programs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MaskedLogs {
    pub(super) echonet: MaskedLog,
    pub(super) sequencer: MaskedLog,
}

impl MaskedLogs {
    /// None of either.
    pub(super) fn not_asked() -> Self {
        Self { echonet: MaskedLog(Gathered::NotAsked), sequencer: MaskedLog(Gathered::NotAsked) }
    }

    /// Looks through both.
    pub(super) fn of(Logs { echonet, sequencer }: Logs) -> Self {
        Self { echonet: MaskedLog::of(echonet), sequencer: MaskedLog::of(sequencer) }
    }

    /// Takes the logs out of a bundle that was assembled of such.
    pub(super) fn out_of(bundle: &mut Bundle) -> Self {
        let nothing = Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked };
        let Logs { echonet, sequencer } = std::mem::replace(&mut bundle.logs, nothing);
        Self { echonet: MaskedLog(echonet), sequencer: MaskedLog(sequencer) }
    }
}

impl From<MaskedLogs> for Logs {
    fn from(MaskedLogs { echonet, sequencer }: MaskedLogs) -> Self {
        Self { echonet: echonet.0, sequencer: sequencer.0 }
    }
}
