//! The order in which every format presents the differences, in the header and below it.
//!
//! What the user asked about comes first, and what came after it follows.

use super::{Diagnosis, EpisodeSummary, Finding, Scope};

/// What a report says of the differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportSection {
    /// What rules explain.
    Findings,
    /// What nothing explains.
    Unexplained,
}

impl Diagnosis {
    /// The episode that the answer is about, see [`leading_episode`].
    #[must_use]
    pub fn leading_episode(&self) -> Option<&EpisodeSummary> {
        leading_episode(&self.episodes, self.incident.asked_block)
    }

    /// The order of the sections. Findings come first, but for where nothing that was found is a cause in the leading episode, and where
    /// all that was found is how an epoch stopped: a block that diverged is said before a sender that stopped.
    #[must_use]
    pub fn sections(&self) -> [ReportSection; 2] {
        let leading = self.leading_episode().map(|it| it.number);
        let is_cause_there = |it: &Finding| it.scope == Scope::RootCause && leading.is_none_or(|leading| it.episode == leading);
        let is_open_there = self.unexplained.iter().any(|it| leading.is_none_or(|leading| it.episode == leading));
        let leads_with_open = is_open_there && !self.findings.iter().any(is_cause_there);
        let stopped_alone = self.unexplained.iter().any(|it| it.kind != "stall") && self.findings.iter().all(is_of_no_block);
        if leads_with_open || stopped_alone {
            [ReportSection::Unexplained, ReportSection::Findings]
        } else {
            [ReportSection::Findings, ReportSection::Unexplained]
        }
    }
}

/// The episode that the answer is about: that of the block that was asked for, or else the first that a trigger is known of. What belongs
/// to it stands before what belongs to others.
#[must_use]
pub fn leading_episode(episodes: &[EpisodeSummary], asked_block: Option<u64>) -> Option<&EpisodeSummary> {
    let asked = asked_block.and_then(|asked| {
        let trigger = |it: &EpisodeSummary| it.trigger.as_ref().and_then(|it| it.block);
        episodes.iter().find(|it| trigger(it) == Some(asked) || it.first_diverging_block == Some(asked))
    });
    asked.or_else(|| episodes.iter().find(|it| it.trigger.is_some())).or(episodes.first())
}

/// Whether a finding is about how an epoch stopped, and about no block that differs.
fn is_of_no_block(finding: &Finding) -> bool {
    finding.scope != Scope::RootCause || finding.claims.iter().all(|it| it == "stall" || it.ends_with("/stall"))
}
