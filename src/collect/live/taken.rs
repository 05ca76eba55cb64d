//! The bytes of an answer as they come in, up to the limits that its source names.

use std::sync::atomic::{AtomicU64, Ordering};

use super::options::CollectOptions;
use super::question::Question;
use crate::evidence::sources::Bound;

/// How many bytes are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Of this answer.
    of_one: u64,
    /// Of all answers together.
    together: u64,
}

impl Allowed {
    /// As the source says that is asked. Of one that names no limit of an answer, nothing is taken in; what names none of all answers is not
    /// kept.
    pub(super) fn for_question(question: &Question, options: &CollectOptions) -> Self {
        let limits = question.limits();
        let of_one = limits.iter().filter(|it| it.is_of_one_answer()).map(|it| options.most(*it)).min().unwrap_or(0);
        let together = if limits.contains(&Bound::Together) { options.most(Bound::Together) } else { u64::MAX };
        Self { of_one, together }
    }
}

/// A limit that an answer would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooLarge {
    /// That of one answer, in bytes.
    #[error("the answer is larger than {0} bytes, the most that is accepted")]
    OfOne(u64),
    /// That of all answers together.
    #[error("all answers together are larger than {0} bytes, the most that is accepted")]
    Together(u64),
}

/// The bytes of an answer as they come in, counted with all others that are kept.
pub(super) struct AnswerBytes<'s> {
    pub(super) bytes: Vec<u8>,
    /// How many they are; of a recorded answer, only this is known.
    pub(super) count: u64,
    kept: &'s AtomicU64,
}

impl<'s> AnswerBytes<'s> {
    /// Nothing yet.
    pub(super) fn new(kept: &'s AtomicU64) -> Self {
        Self { bytes: Vec::new(), count: 0, kept }
    }

    /// Takes a part in, or says which limit it would break.
    pub(super) fn add(&mut self, part: &[u8], Allowed { of_one, together }: Allowed) -> Result<(), TooLarge> {
        if of_one < self.bytes.len().saturating_add(part.len()) as u64 {
            return Err(TooLarge::OfOne(of_one));
        }
        let size = part.len() as u64;
        if together < self.kept.fetch_add(size, Ordering::Relaxed).saturating_add(size) {
            self.kept.fetch_sub(size, Ordering::Relaxed);
            return Err(TooLarge::Together(together));
        }
        self.bytes.extend_from_slice(part);
        self.count = self.count.saturating_add(part.len() as u64);
        Ok(())
    }

    /// Forgets what came so far.
    pub(super) fn clear(&mut self) {
        self.kept.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
        self.bytes.clear();
        self.count = 0;
    }

    /// Counts what came for as long as the collection lasts.
    pub(super) fn keep(&mut self) {
        self.bytes = Vec::new();
    }
}

impl Drop for AnswerBytes<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::super::question::{ContainerRun, EchonetPage, EchonetRoute, FeederPage, ObjectKind};
    use super::super::volume_command::{VolumeCommand, VolumePath};
    use super::*;
    use crate::evidence::Request;
    use crate::evidence::sources::{DumpKind, NodeConfig, SOURCES, Wire};

    /// What is sent for a request; nothing for what nobody asks for.
    fn question(request: &Request) -> Option<Question> {
        let text = || "echonet-a".to_owned();
        let volume = |command| Question::Volume { namespace: text(), pod: text(), command };
        Some(match request.source().wire {
            Wire::Echonet { .. } => Question::Echonet { way: EchonetRoute::Url, page: EchonetPage::from_request(request)? },
            Wire::Mainnet { .. } => Question::Mainnet(FeederPage::from_request(request)?),
            Wire::Objects { .. } => Question::Objects { namespace: text(), kind: ObjectKind::from_request(request)? },
            Wire::NodeConfigMap => Question::NodeConfig { namespace: text(), name: request.part("config")? },
            Wire::SourceConfigMap => Question::EchonetSource { namespace: text(), name: "echonet-src-1".to_owned() },
            Wire::VolumeNames => volume(VolumeCommand::ListRoot),
            Wire::VolumeFile => volume(VolumeCommand::Read(VolumePath::new(&request.part("path")?).expect("a path"))),
            Wire::LogEntries => Question::LogEntries { project: text(), filter: text(), page_token: None },
            Wire::Output => Question::Output { namespace: text(), pod: text(), container: text(), run: ContainerRun::Current, since: None },
            Wire::Captured { .. } => return None,
        })
    }

    #[test]
    fn of_every_source_no_more_is_taken_in_than_its_limits_say() {
        let manifest = serde_json::json!({
            "schema": "whysync.recording/v1", "context": "c", "namespace": "echonet-a", "way": "url", "began": "2026-01-02T03:04:05Z",
            "attempts": 1, "max_log_bytes": 7,
        });
        let recorded = CollectOptions::from_manifest(&serde_json::from_value(manifest).expect("a manifest"));
        let options = CollectOptions { max_answer_bytes: 10, max_total_bytes: 15, ..recorded };
        let values = |part: &str| match part {
            "kind" => vec![DumpKind::Blob.name().to_owned()],
            "config" => vec![NodeConfig::Core.name().to_owned()],
            "path" => vec!["report_snapshot_20261122T083817Z.log".to_owned()],
            "tx_hash" => vec!["0x1".to_owned()],
            _ => vec!["7".to_owned()],
        };
        let all = Request::all(&values);
        assert_eq!(all.len(), SOURCES.len());
        for (request, sent) in all.iter().filter_map(|it| Some((it, question(it)?))) {
            assert_eq!(sent.limits(), request.source().limits, "{request}");
            let kept = AtomicU64::new(0);
            let mut taken = AnswerBytes::new(&kept);
            let allowed = Allowed::for_question(&sent, &options);
            if request.source().wire == Wire::Output {
                // Its lines are counted as they come.
                assert_eq!((options.log_bytes(sent.limits()), taken.add(b"x", allowed)), (7, Err(TooLarge::OfOne(0))));
                continue;
            }
            assert_eq!(taken.add(&[0; 10], allowed), Ok(()), "{request}");
            assert_eq!(taken.add(b"x", allowed), Err(TooLarge::OfOne(10)), "{request}");
            let mut another = AnswerBytes::new(&kept);
            let more = another.add(&[0; 10], allowed);
            match request.source().wire {
                Wire::LogEntries => assert_eq!((more, options.log_bytes(sent.limits())), (Ok(()), 7), "its pages are not kept"),
                _ => assert_eq!(more, Err(TooLarge::Together(15)), "{request}"),
            }
        }
        let source = question(&Request::EchonetSource).expect("a question");
        let as_much_as_the_table_says = CollectOptions { max_answer_bytes: u64::MAX, ..options };
        assert_eq!(Allowed::for_question(&source, &as_much_as_the_table_says).of_one, Bound::SourceAnswer.limit().most.number());
    }
}
