//! One case: every rule tried on it, which findings stand, and what they leave unexplained.

use std::collections::{BTreeMap, BTreeSet};

use super::{finding, joint_proof, relevance, rivalry};
use crate::engine::decide::evaluate::{CaseContext, Evaluated, Outcome, Trial, evaluate};
use crate::engine::exhibits::Gathering;
use crate::engine::language::compiled::Rule;
use crate::engine::language::relations;
use crate::facts::blocks::is_unseen_inside;
use crate::facts::consistency::SideCheck;
use crate::facts::{EpochKind, LedgerItem, Role};
use crate::findings::{
    Contradiction, Explains, Finding, FixStatus, JointProof, Proof, Relevance, Rivalry, Scope, Ternary, Undecided, Verdict,
};

/// What the rules make of one episode.
pub(super) struct Judged<'c> {
    pub(super) findings: Vec<Finding>,
    pub(super) joint_proofs: Vec<JointProof>,
    pub(super) rivalries: Vec<Rivalry>,
    pub(super) undecided: Vec<Undecided>,
    /// Items that need an explanation: causes, and items that a rule identifies as causes.
    pub(super) causes: Vec<&'c LedgerItem>,
    pub(super) unclaimed: Vec<&'c LedgerItem>,
    /// The checks that show a copy of a block, from which a cause differs, not to be the block.
    pub(super) altered: Vec<&'c SideCheck>,
    pub(super) verdict: Verdict,
}

/// Tries every rule on a case and says what they leave.
pub(super) fn judge<'c>(scene: &CaseContext<'c>, rules: &BTreeMap<String, Rule>, trial: Trial, gathering: &mut Gathering) -> Judged<'c> {
    let case = scene.case;
    let number = case.episode.number;
    let mut findings = Vec::new();
    let mut open: Vec<(String, Evaluated)> = Vec::new();
    let mut held: BTreeMap<String, Evaluated> = BTreeMap::new();
    let mut undecided = Vec::new();
    for (slug, rule) in rules {
        match evaluate(rule, scene, trial) {
            Outcome::NotApplicable => {}
            Outcome::Broken(why) => {
                undecided.push(Undecided {
                    episode: number,
                    rule: slug.clone(),
                    missing: Vec::new(),
                    broken: Some(why.to_string()),
                    matters: Relevance::Other,
                });
            }
            Outcome::Evaluated(evaluated) => {
                findings.extend(finding::build_finding(rule, scene, &evaluated));
                gathering.rule(rule, scene, &evaluated);
                // A rule that explains nothing decides nothing either.
                if evaluated.truth() == Ternary::Unknown && rule.file.explains != Explains::Nothing {
                    open.push((slug.clone(), evaluated));
                } else if evaluated.truth() == Ternary::True {
                    held.insert(slug.clone(), evaluated);
                }
            }
        }
    }
    let joint_proofs = settle(scene, &mut findings, rules);
    let rivalries = rivalry::find_rivalries(&findings, &held);
    // What is only given a name still needs somebody to say why.
    let explaining = findings.iter().filter(|it: &&Finding| it.explains == Explains::Cause);
    let claimed: BTreeSet<&str> = explaining.flat_map(|it| &it.claims).map(String::as_str).collect();
    let is_cause = |it: &&LedgerItem| it.role == Role::Cause || (it.role == Role::Potential && claimed.contains(it.id.as_str()));
    let causes: Vec<&LedgerItem> = case.document.ledger.iter().filter(is_cause).collect();
    let unclaimed: Vec<&LedgerItem> = causes.iter().copied().filter(|it| !claimed.contains(it.id.as_str())).collect();
    // Where nothing was seen at all, every rule that is open matters.
    let is_unseen = causes.is_empty() && case.grounds.as_ref().is_some_and(|it| !it.missing.is_empty());
    let matters = |slug: &String, it: &Evaluated| {
        is_unseen || rules.get(slug).is_some_and(|rule| relevance::could_explain(rule, it, case, &unclaimed))
    };
    undecided.extend(open.iter().filter(|(slug, it)| matters(slug, it)).map(|(slug, it)| Undecided {
        episode: number,
        rule: slug.clone(),
        missing: it.missing().iter().map(|it| it.name().to_owned()).collect(),
        broken: None,
        matters: if unclaimed.is_empty() { Relevance::Other } else { Relevance::CouldExplain },
    }));
    // To name the class of a failure is not to explain it.
    let explains = findings.iter().any(Finding::explains_cause);
    let unseen_inside = unclaimed.iter().any(|it| is_unseen_inside(it, &case.document.blocks));
    // What goes wrong beside a replay says nothing of the replay itself.
    let is_beside = |it: &Finding| rules.get(&it.rule).is_some_and(|rule| rule.file.applies_to.case == [EpochKind::Running]);
    let only_beside =
        causes.iter().all(|it| it.role == Role::Potential) && findings.iter().filter(|it| it.explains == Explains::Cause).all(is_beside);
    let doubt = undecided.iter().any(|it| it.broken.is_none()) || unseen_inside;
    // A copy that was altered differs whatever the block itself holds.
    let checks = case.document.consistency.iter();
    let altered: Vec<&SideCheck> = checks.filter(|check| causes.iter().any(|it| check.shows_altered(it))).collect();
    // A cause whose own blocks are whole stays named, whatever a copy of another block says; of its own block any copy can decide.
    let is_of_altered = |id: &String| {
        let item = case.document.ledger.iter().find(|it| it.id == *id);
        item.is_some_and(|it| altered.iter().any(|check| it.touches(check.block)))
    };
    let is_firm = |it: &Finding| it.explains_cause() && !it.claims.iter().any(is_of_altered);
    let all_of_altered = !altered.is_empty() && !findings.iter().any(is_firm);
    let verdict = match (causes.is_empty(), unclaimed.is_empty(), &case.grounds) {
        // Nothing was seen to go wrong in the epoch that still runs.
        (true, _, Some(grounds)) if grounds.missing.is_empty() => Verdict::NoDivergence,
        // There was a resync, and nothing that was seen says why.
        (true, _, _) => Verdict::Inconclusive,
        (false, _, _) if all_of_altered => Verdict::Inconclusive,
        (false, _, Some(grounds)) if only_beside && !grounds.missing.is_empty() => Verdict::Inconclusive,
        (false, _, _) if (explains || unclaimed.is_empty()) && findings.iter().any(is_contradicted) => Verdict::Contradicted,
        // With the claims undone, something else still differs, or may: a copy that is not the block tells nothing.
        (false, true, _) if !altered.is_empty() || findings.iter().any(Finding::leaves_more) => Verdict::PartlyExplained,
        (false, true, _) => Verdict::Explained,
        (false, false, _) if explains => Verdict::PartlyExplained,
        (false, false, _) if doubt => Verdict::Inconclusive,
        (false, false, _) => Verdict::Novel,
    };
    Judged { findings, joint_proofs, rivalries, undecided, causes, unclaimed, altered, verdict }
}

/// Whether an effective fix of a cause is deployed for certain: then one of the two is wrong.
fn is_contradicted(finding: &Finding) -> bool {
    finding.scope == Scope::RootCause && finding.fix.iter().filter_map(FixStatus::contradiction).any(|it| it == Contradiction::Certain)
}

/// Decides which findings stand: those that must be proved and are not fall, and those that another rule supersedes.
fn settle(scene: &CaseContext<'_>, findings: &mut Vec<Finding>, rules: &BTreeMap<String, Rule>) -> Vec<JointProof> {
    let must_prove = |it: &Finding| rules.get(&it.rule).is_some_and(|rule| rule.file.claims.must_prove);
    let mut joint = joint_proof::compose(scene, findings, rules);
    let before = findings.len();
    let proved_together = |it: &Finding| joint.iter().any(|joint| joint.rules.contains(&it.rule));
    findings.retain(|it| !must_prove(it) || it.proof.as_ref().is_some_and(Proof::is_closed) || proved_together(it));
    relations::drop_superseded(findings, rules);
    if findings.len() < before && !joint.is_empty() {
        // What fell may have been part of a proof.
        joint = joint_proof::compose(scene, findings, rules);
    }
    joint_proof::raise(findings, &joint);
    finding::cap_contradicted(findings);
    for finding in findings.iter_mut() {
        let version = rules.get(&finding.rule).map(|rule| finding::acting_version(rule, scene));
        finding.because.push_str(&version.unwrap_or_default());
    }
    relations::mark_cascades(findings, rules);
    joint
}
