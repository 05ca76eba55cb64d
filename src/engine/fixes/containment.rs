//! Whether deployed commits contain a fix: the ladder from the surest sign to the weakest, and what reverts do to it.
//!
//! The signs, surest first: the fix's commit itself, a commit that says it was cherry-picked from it, the same patch, the same pull request.
//! A commit that takes the fix back counts, and so does one that lands it again: what comes last decides. Where history tells nothing, a
//! line of the deployed file can. What the lines of the fix say beside all that is weighed in `fix_lines`.
//!
//! What comes last follows from the order of the history: ancestors first, and otherwise by date. So where a revert and a copy of the fix
//! lie on branches side by side, only their dates order them. What is not found in a history of which the clone lacks a part is unknown.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::fix_lines::LineSigns;
use crate::evidence::commit::ReversalKind;
use crate::evidence::content::{LinesFound, LinesSay};
use crate::evidence::history::{Contained, ShortId};
use crate::evidence::lineage::{Among, DeployedCode, PatchIdExtent, Probe, Probed, Resolution, ResolvedCommit, SoughtPatch, file_names};
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Gathered, Lineage, ParseError};
use crate::findings::{Deployed, FixAnswer, FixComponent, FixReference, FixSignal, Found, NO_HISTORY};

/// Most commits that are named where the clone lacks files of them.
const MOST_NAMED: usize = 4;

/// What the deployed commits contain, ready to be looked up.
#[derive(Debug)]
pub struct Containment<'b> {
    lineage: &'b Lineage,
    commits: Vec<Contained>,
    by_id: HashMap<ShortId, usize>,
    by_patch: HashMap<ShortId, Vec<usize>>,
    by_pull_request: HashMap<u64, Vec<usize>>,
    picked: HashMap<ShortId, Vec<usize>>,
    reversals: Vec<NamedReversal<'b>>,
    source: SourceKnowledge,
    patches: ComparedPatchIds<'b>,
    unread: HashSet<ShortId>,
    lines: LineSigns<'b>,
}

/// A commit that takes something back or lands it again.
#[derive(Debug)]
struct NamedReversal<'b> {
    commit: usize,
    kind: ReversalKind,
    commits: Vec<ShortId>,
    pull_requests: &'b [u64],
}

/// Which patch ids of fixes were compared with the history.
#[derive(Debug)]
enum ComparedPatchIds<'b> {
    Any,
    Only(HashSet<ShortId>),
    None(&'b str),
}

impl<'b> ComparedPatchIds<'b> {
    fn read(extent: &'b PatchIdExtent) -> Result<Self, ParseError> {
        Ok(match extent {
            PatchIdExtent::All => Self::Any,
            PatchIdExtent::Sought(ids) => Self::Only(ShortId::unpack(ids)?.into_iter().collect()),
            PatchIdExtent::Nothing(why) => Self::None(why),
        })
    }

    /// Why the patch ids of a fix do not decide that it is not contained.
    fn gap(&self, fix: &FixReference) -> Option<&'b str> {
        match self {
            Self::None(why) => (!fix.patch_ids.is_empty()).then_some(why),
            Self::Only(ids) => (!fix.patch_ids.iter().filter_map(|it| ShortId::from_digest(it)).all(|it| ids.contains(&it)))
                .then_some("only those that the rules of that time named"),
            Self::Any => None,
        }
    }
}

/// What is known of the commits that change Echonet's source.
#[derive(Debug, Default)]
struct SourceKnowledge {
    /// Those that change a file that the source holds.
    within: HashSet<ShortId>,
    /// Those that only change what it never holds.
    beside: HashSet<ShortId>,
    /// Those that change an edited file, by place of the deployed code and path.
    edited: BTreeMap<(usize, String), HashSet<ShortId>>,
}

impl SourceKnowledge {
    fn read(lineage: &Lineage) -> Result<Self, ParseError> {
        let ids = |packed: &str| ShortId::unpack(packed).map(HashSet::from_iter);
        let mut known = Self::default();
        if let Some(changes) = &lineage.source_changes {
            known = Self { within: ids(&changes.commits)?, beside: ids(&changes.beside)?, edited: BTreeMap::new() };
        }
        for (place, code) in lineage.deployed.iter().enumerate() {
            for file in &code.modified {
                known.edited.insert((place, file.path.clone()), ids(&file.changed_by)?);
            }
        }
        Ok(known)
    }

    /// Why the nearest commit does not decide whether a fix, of which these are the commits, is in Echonet's source.
    fn undecided(&self, place: usize, code: &DeployedCode, fix: &[ShortId]) -> Option<String> {
        if code.component != Component::Echonet {
            return None;
        }
        let edited = || code.modified.iter().map(|it| it.path.as_str()).collect::<Vec<_>>();
        let changes = |path: &str| self.edited.get(&(place, path.to_owned())).is_some_and(|it| fix.iter().any(|fix| it.contains(fix)));
        match (fix.iter().any(|it| self.within.contains(it)), fix.iter().any(|it| self.beside.contains(it))) {
            (false, true) => Some("it changes only files that Echonet's ConfigMap never holds".to_owned()),
            (false, false) if !code.modified.is_empty() => {
                let files = file_names(&edited());
                Some(format!("{files} is locally modified, and the clone has no commit of the fix that would tell which files it changes"))
            }
            (false, false) => None,
            (true, _) => {
                let touched: Vec<&str> = edited().into_iter().filter(|it| changes(it)).collect();
                (!touched.is_empty()).then(|| format!("it changes {}, locally modified", file_names(&touched)))
            }
        }
    }
}

impl<'b> Containment<'b> {
    /// Makes a lineage ready.
    ///
    /// # Errors
    /// When its history cannot be read.
    pub fn new(lineage: &'b Lineage) -> Result<Self, ParseError> {
        let commits = lineage.history.unpack()?;
        let mut ready = Self {
            lineage,
            by_id: commits.iter().enumerate().map(|(place, it)| (it.id, place)).collect(),
            by_patch: HashMap::new(),
            by_pull_request: HashMap::new(),
            picked: HashMap::new(),
            reversals: Vec::new(),
            commits: Vec::new(),
            source: SourceKnowledge::read(lineage)?,
            patches: ComparedPatchIds::read(&lineage.patch_ids)?,
            unread: lineage.unread.as_ref().map_or(Ok(HashSet::new()), |it| ShortId::unpack(&it.commits).map(HashSet::from_iter))?,
            lines: LineSigns::new(lineage),
        };
        for (place, commit) in commits.iter().enumerate() {
            if let Some(patch) = commit.patch_id {
                ready.by_patch.entry(patch).or_default().push(place);
            }
            for number in &commit.pull_requests {
                ready.by_pull_request.entry(*number).or_default().push(place);
            }
        }
        for note in &lineage.notes {
            for from in note.picked_from.iter().filter_map(|it| ShortId::from_digest(it)) {
                ready.picked.entry(from).or_default().push(note.commit);
            }
            ready.reversals.extend(note.reversal.iter().map(|turn| NamedReversal {
                commit: note.commit,
                kind: turn.kind,
                commits: turn.commits.iter().filter_map(|it| ShortId::from_digest(it)).collect(),
                pull_requests: &turn.pull_requests,
            }));
        }
        ready.commits = commits;
        Ok(ready)
    }

    /// What each deployed code says of a fix; empty if nothing of the fix's component was looked at.
    #[must_use]
    pub fn check_fix(&self, fix: &FixReference) -> Vec<Deployed> {
        let component = Component::from(fix.component);
        let signs = self.signs(fix);
        let deployed = self.lineage.deployed.iter().enumerate().filter(|(_, it)| it.component == component);
        let one = |(place, code): (usize, &DeployedCode)| {
            let lines = self.lines.best_match(fix, place);
            let answer = self.answer(fix, &signs, lines, place, code);
            Deployed { place: code.name(), answer, lines: lines.map(|(_, it)| it.clone()) }
        };
        deployed.map(one).collect()
    }

    /// The changes whose patch ids would tell more of these fixes than this lineage tells.
    #[must_use]
    pub fn sought<'f>(&self, fixes: impl IntoIterator<Item = &'f FixReference>) -> Vec<SoughtPatch> {
        // A patch of which no line is there is in no copy either.
        let is_nowhere = |it: &Deployed| it.lines.as_ref().is_some_and(|it| it.say() == LinesSay::Nothing);
        let is_sure =
            |it: &Deployed| matches!(&it.answer, FixAnswer::Contained(found) if found.rung == FixSignal::Commit) || is_nowhere(it);
        let sought = |fix: &FixReference| {
            let component = Component::from(fix.component);
            let is_resolved = |it: &DeployedCode| it.component == component && matches!(it.commit, Resolution::Commit(_));
            if fix.commits.is_empty() && fix.patch_ids.is_empty() || !self.lineage.deployed.iter().any(is_resolved) {
                return None;
            }
            // Where the fix's own commit is found, no surer sign is left; but what took back a copy of it may come later.
            let among = if self.check_fix(fix).iter().all(is_sure) { Among::Reverted } else { Among::All };
            Some(SoughtPatch { commits: fix.commits.clone(), patch_ids: fix.patch_ids.clone(), among })
        };
        fixes.into_iter().filter_map(sought).collect::<BTreeSet<SoughtPatch>>().into_iter().collect()
    }

    /// Every commit that carries the fix, with the surest sign of it.
    fn signs(&self, fix: &FixReference) -> BTreeMap<usize, FixSignal> {
        let mut signs: BTreeMap<usize, FixSignal> = BTreeMap::new();
        let mut sign = |place: usize, rung: FixSignal| {
            signs.entry(place).and_modify(|it| *it = rung.min(*it)).or_insert(rung);
        };
        for id in fix.commits.iter().filter_map(|it| ShortId::from_digest(it)) {
            let own = self.by_id.get(&id);
            own.into_iter().for_each(|it| sign(*it, FixSignal::Commit));
            // One image may hold the commit itself and another a copy of it.
            let patch = own.and_then(|it| self.commits.get(*it)?.patch_id);
            patch.and_then(|it| self.by_patch.get(&it)).into_iter().flatten().for_each(|it| sign(*it, FixSignal::SamePatch));
            self.picked.get(&id).into_iter().flatten().for_each(|it| sign(*it, FixSignal::CherryPick));
        }
        for id in fix.patch_ids.iter().filter_map(|it| ShortId::from_digest(it)) {
            self.by_patch.get(&id).into_iter().flatten().for_each(|it| sign(*it, FixSignal::SamePatch));
        }
        for number in &fix.prs {
            self.by_pull_request.get(number).into_iter().flatten().for_each(|it| sign(*it, FixSignal::PullRequest));
        }
        signs
    }

    fn answer(
        &self,
        fix: &FixReference,
        signs: &BTreeMap<usize, FixSignal>,
        lines: Option<(&str, &LinesFound)>,
        place: usize,
        code: &DeployedCode,
    ) -> FixAnswer {
        let commit = match &code.commit {
            Resolution::Commit(commit) => commit,
            Resolution::Unknown(why) => return FixAnswer::Unknown(why.clone()),
        };
        match (self.answer_at(commit, fix, signs, lines, place, code), &commit.nearer) {
            (FixAnswer::Contained(found), Some(why)) => FixAnswer::Contained(Found {
                doubt: Some(found.doubt.map_or_else(|| why.clone(), |doubt| format!("{doubt}, and {why}"))),
                ..found
            }),
            (FixAnswer::NotContained(not), Some(why)) => FixAnswer::Unknown(format!("{not}, but {why}")),
            (answer, _) => answer,
        }
    }

    fn answer_at(
        &self,
        commit: &ResolvedCommit,
        fix: &FixReference,
        signs: &BTreeMap<usize, FixSignal>,
        lines: Option<(&str, &LinesFound)>,
        place: usize,
        code: &DeployedCode,
    ) -> FixAnswer {
        let here = |it: usize| self.commits.get(it).is_some_and(|it| it.by >> place & 1 == 1);
        let carried: BTreeMap<usize, FixSignal> = signs.iter().filter(|(it, _)| here(**it)).map(|(it, rung)| (*it, *rung)).collect();
        let turns = self.turns(fix, &carried).into_iter().filter(|(it, _)| here(*it)).collect::<BTreeMap<usize, ReversalKind>>();
        let forms: Vec<ShortId> = fix
            .commits
            .iter()
            .filter_map(|it| ShortId::from_digest(it))
            .chain(carried.keys().filter_map(|it| self.commits.get(*it)).map(|it| it.id))
            .collect();
        if let Some(why) = self.source.undecided(place, code, &forms) {
            return FixAnswer::Unknown(why);
        }
        // What comes last decides. A commit that lands the fix again is found by the turn if by nothing else.
        let last_back = turns.iter().rev().find(|(_, way)| **way == ReversalKind::Revert).map(|(it, _)| *it);
        let after = |it: usize| last_back.is_none_or(|back| back < it);
        let id = |it: usize| self.commits.get(it).map(|it| it.id.to_string()).unwrap_or_default();
        let again =
            turns.iter().rev().find(|(it, way)| **way == ReversalKind::Reland && after(**it)).map(|(it, _)| (*it, FixSignal::LandedAgain));
        let surest = carried
            .iter()
            .filter(|(it, _)| after(**it) && !turns.contains_key(it))
            .map(|(it, rung)| (*it, *rung))
            .min_by_key(|(_, rung)| *rung);
        let found = surest.or(again).map(|(it, rung)| (id(it), rung));
        let probe = self.probe(fix, place);
        let gap = || match lines {
            // A patch of which no line is there was not copied.
            Some((_, lines)) if lines.say() == LinesSay::Nothing => None,
            _ => self.patch_gap(fix, place),
        };
        let history = match (found, probe) {
            (Some((commit, rung)), Some(false)) => FixAnswer::Contained(Found {
                rung,
                commit,
                doubt: Some("the line that it leaves behind is not there as expected".to_owned()),
            }),
            (Some((commit, rung)), _) => FixAnswer::Contained(Found { rung, commit, doubt: None }),
            (None, Some(true)) => FixAnswer::Contained(Found { rung: FixSignal::Content, commit: commit.sha.clone(), doubt: None }),
            (None, _) if last_back.is_some() => {
                let reverted = FixAnswer::NotContained(format!("it was reverted by {}", last_back.map(id).unwrap_or_default()));
                // That is no missing sign: it stands without lines too.
                return if lines.is_some() { self.lines.reconciled(reverted, fix, lines) } else { reverted };
            }
            (None, probe) => match (&commit.cut, gap()) {
                (Some(cut), _) => FixAnswer::Unknown(format!("it was not found, but {cut}")),
                (None, Some(why)) if probe.is_none() => {
                    FixAnswer::Unknown(format!("no commit or pull request of it was found, and patch ids were not compared: {why}"))
                }
                (None, _) if let Some(wanted) = fix.probe.as_ref().filter(|_| probe.is_none()) => FixAnswer::Unknown(format!(
                    "its history has no form of it, and nobody looked for its line in {}; `whysync bundle lineage BUNDLE --repo DIR` does",
                    wanted.path
                )),
                _ if fix.commits.is_empty() && fix.prs.is_empty() && fix.patch_ids.is_empty() && probe.is_none() => {
                    FixAnswer::Unknown("the rule names no commit, pull request or line to look for".to_owned())
                }
                _ => FixAnswer::NotContained(NO_FORM.to_owned()),
            },
        };
        self.lines.reconciled(history, fix, lines)
    }

    /// Why the patch ids of a fix do not decide that one deployed code does not contain it.
    fn patch_gap(&self, fix: &FixReference, place: usize) -> Option<String> {
        let unread = || self.commits.iter().filter(|it| it.by >> place & 1 == 1 && self.unread.contains(&it.id));
        let named = |count: usize| {
            let more = if count > MOST_NAMED { format!(" and {} more", count.saturating_sub(MOST_NAMED)) } else { String::new() };
            format!("{}{more}", unread().take(MOST_NAMED).map(|it| it.id.to_string()).collect::<Vec<_>>().join(", "))
        };
        match (self.patches.gap(fix), unread().count()) {
            (Some(why), _) => Some(why.to_owned()),
            (None, count) if count > 0 && !fix.patch_ids.is_empty() => {
                let commits = if count == 1 { "a commit" } else { "commits" };
                Some(format!("the clone lacks files of {commits} of the history: {}", named(count)))
            }
            (None, _) => None,
        }
    }

    /// The commits that take the fix back or land it again, found by what they name.
    fn turns(&self, fix: &FixReference, carried: &BTreeMap<usize, FixSignal>) -> BTreeMap<usize, ReversalKind> {
        let mut own: Vec<ShortId> = fix.commits.iter().filter_map(|it| ShortId::from_digest(it)).collect();
        own.extend(carried.keys().filter_map(|it| self.commits.get(*it)).map(|it| it.id));
        let mut turns: BTreeMap<usize, ReversalKind> = BTreeMap::new();
        for turn in &self.reversals {
            let of_fix = turn.commits.iter().any(|it| own.contains(it)) || turn.pull_requests.iter().any(|it| fix.prs.contains(it));
            // What undoes a commit that took the fix back lands it again, whatever it calls itself.
            let of_turn = turn.commits.iter().filter_map(|it| turns.get(self.by_id.get(it)?)).next().copied();
            let way = match of_turn {
                Some(ReversalKind::Revert) => Some(ReversalKind::Reland),
                Some(ReversalKind::Reland) => Some(ReversalKind::Revert),
                None => of_fix.then_some(turn.kind),
            };
            turns.extend(way.map(|it| (turn.commit, it)));
        }
        turns
    }

    /// Whether the deployed file holds what the fix should leave; none if that was not asked.
    fn probe(&self, fix: &FixReference, place: usize) -> Option<bool> {
        let wanted = fix.probe.as_ref()?;
        let found = |text: &String| {
            let probe = Probe { path: wanted.path.clone(), text: text.clone() };
            self.lineage.probes.iter().find(|it| it.deployed == place && it.probe == probe).map(|it| it.found)
        };
        let present = wanted.present.as_ref().map(|it| found(it).map(|it| it == Probed::Present));
        let absent = wanted.absent.as_ref().map(|it| found(it).map(|it| it == Probed::Absent));
        present.into_iter().chain(absent).reduce(|left, right| Some(left? && right?)).flatten()
    }
}

/// Why a change counts as not contained when no trace of it was found.
pub(super) const NO_FORM: &str = "its history has no form of it";

/// What can be said of a fix where there is no lineage to look at.
#[must_use]
pub(crate) fn without(lineage: &Gathered<Lineage>) -> String {
    match lineage {
        Gathered::NotAsked => NO_HISTORY.to_owned(),
        other => format!("the history of the deployed code {}", other.gap().unwrap_or_default()),
    }
}

/// Why nothing of a program was compared with the repository.
pub(super) fn not_looked_at(bundle: &Bundle, component: FixComponent) -> String {
    match (component, &bundle.deployment.source) {
        (FixComponent::Sequencer, _) => "no sequencer image was seen running".to_owned(),
        (FixComponent::Echonet, Gathered::Observed(_)) => {
            "Echonet's code is not in an image, and its source was not compared with the repository".to_owned()
        }
        (FixComponent::Echonet, other) => {
            format!("Echonet's code is not in an image, and its source {}", other.gap().unwrap_or_default())
        }
    }
}
