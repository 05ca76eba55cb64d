//! What the lines of a fix say beside the history, and what both say together.
//!
//! A rebase with edits, a squash and a development branch leave no sign in a history; a later change can remove what the history still
//! names. So *not contained* needs both, and where they disagree, the lines decide and both are told.

use std::collections::HashMap;

use crate::evidence::Lineage;
use crate::evidence::content::{ContentSigns, LinesFound, LinesSay};
use crate::evidence::history::ShortId;
use crate::findings::{FixAnswer, FixReference, FixSignal, Found};

/// Fewer lines are too easily written in another way to speak against a history.
const FEWEST_AGAINST_HISTORY: u32 = 3;

/// The lines that were looked up for commits of fixes.
#[derive(Debug)]
pub(super) struct LineSigns<'b> {
    asked: Option<&'b ContentSigns>,
    by_commit: HashMap<ShortId, &'b [LinesFound]>,
    unread: HashMap<ShortId, &'b str>,
}

impl<'b> LineSigns<'b> {
    pub(super) fn new(lineage: &'b Lineage) -> Self {
        let asked = lineage.content.as_ref();
        let signs = asked.into_iter().flat_map(|it| &it.signs);
        let unread = asked.into_iter().flat_map(|it| &it.unread);
        Self {
            asked,
            by_commit: signs.filter_map(|it| Some((ShortId::from_digest(&it.commit)?, it.found.as_slice()))).collect(),
            unread: unread.filter_map(|it| Some((ShortId::from_digest(&it.commit)?, it.why.as_str()))).collect(),
        }
    }

    /// The form of a fix of which a deployed code holds most, with its commit.
    pub(super) fn best_match<'f>(&self, fix: &'f FixReference, place: usize) -> Option<(&'f str, &'b LinesFound)> {
        let one = |commit: &'f String| {
            let found = self.by_commit.get(&ShortId::from_digest(commit)?)?.iter().find(|it| it.deployed.contains(&place))?;
            Some((commit.as_str(), found))
        };
        let share = |it: &LinesFound| (u64::from(it.added_there) * 1_000).checked_div(u64::from(it.added));
        // Of several that say the same, the first is told: a rule names the merged form first, and a squash holds lines of other changes.
        fix.commits.iter().rev().filter_map(one).max_by_key(|(_, it)| (it.say(), share(it)))
    }

    /// Why the lines of a fix were not compared, if its history alone must not say that it is not there.
    fn gap(&self, fix: &FixReference) -> Option<String> {
        let asked = self.asked.filter(|_| !fix.commits.is_empty())?;
        let mut ids = fix.commits.iter().filter_map(|it| ShortId::from_digest(it));
        if let Some(why) = ids.clone().find_map(|it| self.unread.get(&it)) {
            return Some((*why).to_owned());
        }
        let is_absent = |it: ShortId| asked.absent.iter().any(|absent| ShortId::from_digest(absent) == Some(it));
        Some(if ids.all(is_absent) {
            "the clone has none of its commits; fetch the branches of its pull requests".to_owned()
        } else {
            "the rule is newer than the lineage, or the clone lacks files".to_owned()
        })
    }

    /// The answer of history and lines together.
    pub(super) fn reconciled(&self, history: FixAnswer, fix: &FixReference, lines: Option<(&str, &LinesFound)>) -> FixAnswer {
        let Some((commit, found)) = lines else {
            return match (history, self.gap(fix)) {
                (FixAnswer::NotContained(not), Some(why)) => FixAnswer::Unknown(format!("{not}, and its lines were not compared: {why}")),
                (history, _) => history,
            };
        };
        let by_lines = |doubt: Option<String>| FixAnswer::Contained(Found { rung: FixSignal::Lines, commit: commit.to_owned(), doubt });
        match (history, found.say()) {
            // Lines of one form say nothing of another that could not be read.
            (FixAnswer::Contained(by_history), LinesSay::Nothing | LinesSay::Part)
                if ShortId::from_digest(&by_history.commit).is_some_and(|it| self.unread.contains_key(&it)) =>
            {
                FixAnswer::Contained(by_history)
            }
            (FixAnswer::Contained(by_history), LinesSay::Nothing | LinesSay::Part) => against(by_history, found),
            (FixAnswer::NotContained(not), LinesSay::All | LinesSay::Nearly) => by_lines(Some(not)),
            (FixAnswer::NotContained(not), LinesSay::Part) => FixAnswer::Unknown(format!("{not}, but some of its lines are there")),
            (FixAnswer::Unknown(why), LinesSay::All | LinesSay::Nearly) => by_lines(Some(why)),
            (history, _) => history,
        }
    }
}

/// What is left of the answer of a history where not all lines are there.
fn against(found: Found, lines: &LinesFound) -> FixAnswer {
    let is_enough = lines.added.saturating_add(lines.removed) >= FEWEST_AGAINST_HISTORY;
    if lines.is_as_before() && is_enough && found.rung != FixSignal::Content {
        let commit = found.commit.get(..10).unwrap_or(&found.commit);
        return FixAnswer::NotContained(format!("its lines are not there, although its history has {commit}"));
    }
    let is_certain = matches!(found.rung, FixSignal::Commit | FixSignal::SamePatch);
    let doubt = match lines.say() {
        LinesSay::Nothing if lines.is_as_before() => "its lines are not there",
        LinesSay::Nothing => "its lines are not there: they were changed or taken out again",
        // Later changes rewrite single lines of what is surely there.
        _ if is_certain && lines.added <= lines.added_there.saturating_mul(2) => return FixAnswer::Contained(found),
        _ => "only some of its lines are there",
    };
    let doubt = found.doubt.as_ref().map_or_else(|| doubt.to_owned(), |it| format!("{it}, and {doubt}"));
    FixAnswer::Contained(Found { doubt: Some(doubt), ..found })
}
