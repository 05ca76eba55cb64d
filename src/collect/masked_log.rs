//! Logs in which no private key is left, also none whose lines the log took apart: what a bundle holds, and nothing else may become its logs.

use super::split_keys::SplitKeys;
use crate::evidence::{Bundle, Gathered, LogStream, Logs};

/// A log that was looked through for private keys that it took apart. There is no other way to make one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MaskedLog(Gathered<LogStream>);

impl MaskedLog {
    /// Masks what is left of private keys that were taken apart.
    pub(super) fn new(mut stream: Gathered<LogStream>) -> Self {
        if let Gathered::Observed(observed) = &mut stream {
            let mut keys = SplitKeys::default();
            for line in observed.value.lines.iter_mut() {
                if keys.concern(&line.text) {
                    let mut text = line.text.to_string();
                    let masked = keys.mask_line(&format!("{} {:?}", line.pod, line.stream), &mut text);
                    if 0 < masked {
                        line.text = text.into();
                    }
                    observed.coverage.redacted = observed.coverage.redacted.saturating_add(masked);
                }
            }
        }
        Self(stream)
    }

    /// The log, masked.
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
    /// Neither log was requested.
    pub(super) fn not_asked() -> Self {
        Self { echonet: MaskedLog(Gathered::NotAsked), sequencer: MaskedLog(Gathered::NotAsked) }
    }

    /// Masks what is left of split private keys in both logs.
    pub(super) fn new(Logs { echonet, sequencer }: Logs) -> Self {
        Self { echonet: MaskedLog::new(echonet), sequencer: MaskedLog::new(sequencer) }
    }

    /// Takes the logs out of a bundle. What was looked through before stays as it is.
    pub(super) fn out_of(bundle: &mut Bundle) -> Self {
        Self::new(std::mem::replace(&mut bundle.logs, Self::not_asked().into()))
    }
}

impl From<MaskedLogs> for Logs {
    fn from(MaskedLogs { echonet, sequencer }: MaskedLogs) -> Self {
        Self { echonet: echonet.0, sequencer: sequencer.0 }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_log_comes_out_of_a_bundle_with_a_key_that_its_lines_hold_in_parts_and_a_masked_one_stays_as_it_is() {
        let part = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        let lines = ["«redacted:private-key-begin:7f3a»", part, "-----END PRIVATE KEY-----", "Started"].map(|it| json!({ "text": it }));
        let source = json!({"asked": "x", "bytes": 1});
        let log = json!({"observed": {"value": {"lines": lines}, "coverage": {"extent": "complete"}, "source": source}});
        let none = json!("not_asked");
        let mut bundle: Bundle = serde_json::from_value(json!({
            "schema": "whysync.bundle/v1", "incident": {"origin": "imported"}, "report": none, "episodes": [], "theirs": {},
            "after_resync": {}, "logs": {"echonet": log, "sequencer": log}, "deployment": {"pods": none, "config_maps": none},
        }))
        .expect("a bundle");
        let once: Logs = MaskedLogs::out_of(&mut bundle).into();
        assert_eq!(bundle.logs, MaskedLogs::not_asked().into(), "none is left");
        for log in [&once.echonet, &once.sequencer] {
            let observed = log.as_observed().expect("lines");
            assert!(observed.value.lines.iter().all(|it| it.text != part), "{log:?}");
            assert_eq!((observed.coverage.redacted, observed.value.lines[3].text.as_str()), (1, "Started"));
        }
        bundle.logs = once.clone();
        assert_eq!(Logs::from(MaskedLogs::out_of(&mut bundle)), once);
    }
}
