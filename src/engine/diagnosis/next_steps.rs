//! What to do next about what is not explained: steps that can be taken, most telling first.
//!
//! Each is possible, not yet done, and can be pasted. What the evidence shows not to exist is never asked for, nor a block that nothing
//! names, and nothing that comes from the evidence reaches a shell but numbers, times and names of a checked form.

mod deployment;
mod log_query;
mod means;
mod step;
mod missing;

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::pods::Component;
use crate::evidence::sources::by_hand::is_label;
use crate::evidence::{Ambiguity, BlockSide, Bundle, Request};
use crate::facts::{EvidenceName, Facts};
use crate::findings::{AskedBlock, Diagnosis, FixComponent, FixStatus, NextStep, Overall, Scope, Verdict, named_block};
use deployment::DeploymentTarget;
use missing::Want;
use step::Means;

/// Maximum number of steps: doing the first ones changes what is useful next.
const STEPS: usize = 5;
/// A command that is longer is of no use to anybody.
const LONGEST: usize = 1_000;

/// What to do next; never empty where something is open.
pub(super) fn plan_next_steps(facts: &Facts<'_>, diagnosis: &Diagnosis) -> Vec<NextStep> {
    let deployment = DeploymentTarget::from_bundle(facts.bundle);
    let unseen = (diagnosis.incident.asked == AskedBlock::Unseen).then(|| {
        let action = "Collect the evidence of the block you asked for: nothing here mentions it";
        deployment.collect(action.to_owned(), diagnosis.incident.asked_block)
    });
    let chosen = namespaces(facts.bundle).filter(|it| is_label(it)).map(|it| {
        let action = format!("Diagnose the folder of saved files (DIR) again for {it}, if that is the deployment you mean");
        Means { action, command: format!("whysync diagnose DIR --namespace {it}"), saved_as: None }
    });
    let of_mainnet = diagnosis.altered.iter().find(|it| it.side == BlockSide::Theirs);
    let again = of_mainnet.and_then(|it| means::mainnet_again(&deployment, it.block));
    let mut steps: Vec<Means> = chosen.chain(again).chain(unseen).chain(evidence(facts, diagnosis, &deployment)).collect();
    let mut closing: Vec<Means> = Vec::new();
    closing.extend(write_rule(diagnosis).filter(|_| matters_now(diagnosis) || steps.is_empty()));
    closing.extend(check_fixes(facts, diagnosis, &deployment));
    steps.truncate(STEPS.saturating_sub(closing.len()));
    steps.extend(closing);
    if steps.is_empty() && is_open(diagnosis) {
        let action = "Collect from the deployment itself: what is missing cannot be fetched for saved files";
        steps.push(deployment.collect(action.to_owned(), diagnosis.incident.asked_block.or_else(|| a_block(diagnosis))));
    }
    let mut told = BTreeSet::new();
    steps.retain(|it| it.command.len() <= LONGEST && told.insert(it.command.clone()));
    steps.into_iter().map(Means::step).collect()
}

/// Whether there is anything left to find out.
fn is_open(diagnosis: &Diagnosis) -> bool {
    match diagnosis.verdict {
        Verdict::Explained | Verdict::NoDivergence => false,
        Verdict::Contradicted => !diagnosis.unexplained.is_empty(),
        Verdict::PartlyExplained | Verdict::Novel | Verdict::Inconclusive => true,
    }
}

fn a_block(diagnosis: &Diagnosis) -> Option<u64> {
    let of = |it: &crate::findings::EpisodeSummary| it.first_diverging_block.or(it.trigger.as_ref()?.block);
    diagnosis.episodes.iter().find_map(of).and_then(named_block)
}

/// How the evidence is got that would decide what is open, most telling first.
fn evidence(facts: &Facts<'_>, diagnosis: &Diagnosis, deployment: &DeploymentTarget) -> Vec<Means> {
    let wants = missing::missing_evidence(facts, diagnosis);
    let (mut logs, others): (Vec<&Want<'_>>, Vec<&Want<'_>>) = wants.iter().partition(|it| it.is_log());
    // The log is there: it only has to be said whose lines are meant.
    if namespaces(facts.bundle).next().is_some() {
        logs.clear();
    }
    let mut ways: Vec<(Means, Vec<&Want<'_>>)> = Vec::new();
    ways.extend(others.into_iter().filter_map(|it| Some((means::find_means(it, facts.bundle, deployment)?, vec![it]))));
    ways.extend(log_query::build_log_query(&logs, facts, deployment));
    if deployment.is_collected {
        let lacking: Vec<&Want<'_>> = ways.into_iter().flat_map(|it| it.1).collect();
        ways = collect_again(facts, deployment, lacking).into_iter().collect();
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut merged: Vec<(Means, Worth)> = Vec::new();
    for (means, wants) in ways {
        let place = *places.entry(means.command.clone()).or_insert_with(|| {
            merged.push((means, Worth::default()));
            merged.len().saturating_sub(1)
        });
        if let Some((_, worth)) = merged.get_mut(place) {
            wants.into_iter().for_each(|it| worth.add(it));
        }
    }
    merged.sort_by_key(|it| it.1.rank());
    merged.into_iter().map(|(means, worth)| means.because(&worth.reason())).collect()
}

/// The namespaces of which one has to be chosen.
fn namespaces(bundle: &Bundle) -> impl Iterator<Item = &str> {
    let names = bundle.ambiguous.iter().flat_map(|it| match it {
        Ambiguity::Namespaces(names) => names.as_slice(),
        Ambiguity::Runs { .. } => &[],
    });
    names.map(String::as_str)
}

/// What was collected is a whole: what it lacks is had by collecting again, into another file, so that nothing is lost.
fn collect_again<'w>(facts: &Facts<'_>, deployment: &DeploymentTarget, lacking: Vec<&'w Want<'w>>) -> Option<(Means, Vec<&'w Want<'w>>)> {
    let names: BTreeSet<EvidenceName> = lacking.iter().map(|it| it.evidence).collect();
    let names: Vec<&str> = names.into_iter().map(EvidenceName::name).collect();
    let block = lacking.iter().find_map(|it| it.case.document.subject.block).and_then(named_block);
    let action = format!("Collect again, for {}", names.join(", "));
    let mut means = deployment.collect(action, facts.bundle.incident.block.or(block));
    if deployment.lacks_project {
        means.command.push_str(" --project PROJECT");
        means.action.push_str(", with the Google Cloud project of the logs in place of PROJECT");
    }
    (!lacking.is_empty()).then_some((means, lacking))
}

/// How useful a step is.
#[derive(Default)]
struct Worth {
    /// Rules that wait for nothing else.
    alone: BTreeSet<(u32, String)>,
    rules: BTreeSet<(u32, String)>,
    items: BTreeSet<(u32, String)>,
    first: Option<EvidenceName>,
}

impl Worth {
    fn add(&mut self, want: &Want<'_>) {
        self.alone.extend(want.alone.iter().cloned());
        self.rules.extend(want.rules.iter().cloned());
        self.items.extend(want.items.iter().cloned());
        self.first = Some(self.first.map_or(want.evidence, |it| it.min(want.evidence)));
    }

    /// Sort key: the most useful step sorts first.
    fn rank(&self) -> impl Ord + use<> {
        use std::cmp::Reverse;

        (Reverse(self.alone.len()), Reverse(self.rules.len()), Reverse(self.items.len()), self.first)
    }

    fn reason(&self) -> String {
        let rules: BTreeSet<&str> = self.rules.iter().map(|it| it.1.as_str()).collect();
        match (rules.len(), rules.first()) {
            (0, _) | (_, None) => String::new(),
            (1, Some(rule)) => format!(": it would decide the rule {rule}"),
            (count, _) => format!(": it would decide {count} rules"),
        }
    }
}

/// Whether a rule is due for what is unexplained, whatever else could be looked at.
fn matters_now(diagnosis: &Diagnosis) -> bool {
    matches!(diagnosis.verdict, Verdict::Novel | Verdict::PartlyExplained)
}

fn write_rule(diagnosis: &Diagnosis) -> Option<Means> {
    if diagnosis.unexplained.is_empty() {
        return None;
    }
    let name = diagnosis.fingerprint.as_ref().map(|it| format!(" under {it}")).unwrap_or_default();
    let action = format!(
        "Report what is unexplained{name} with both values; once the cause is found, write a rule (BUNDLE: the evidence diagnosed here)"
    );
    Some(Means { action, command: "whysync rules new --from BUNDLE -o rules".to_owned(), saved_as: None })
}

/// How it is found out whether known fixes of what was found are deployed, where nobody looked.
fn check_fixes(facts: &Facts<'_>, diagnosis: &Diagnosis, deployment: &DeploymentTarget) -> Option<Means> {
    let bundle = facts.bundle;
    if bundle.lineage.as_observed().is_some() {
        return None;
    }
    let causes = diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause);
    let unknown: Vec<&FixStatus> = causes.flat_map(|it| &it.fix).filter(|it| it.overall() == Overall::Unknown).collect();
    let runs = |component| facts.cases.iter().flat_map(|it| &it.document.deployment.images).any(|it| it.component == component);
    let can_be_told = |it: &&FixStatus| match it.fix.component {
        FixComponent::Sequencer => runs(Component::Sequencer),
        FixComponent::Echonet => bundle.deployment.source.as_observed().is_some(),
    };
    if unknown.iter().any(can_be_told) {
        let action = "Look up whether the deployed code contains the known fixes (BUNDLE: the evidence diagnosed here, SEQUENCER_CLONE: a \
                      clone of starkware-libs/sequencer)";
        let command = "whysync bundle lineage FILE --repo SEQUENCER_CLONE -o with-lineage.json.zst";
        return Some(Means { action: action.to_owned(), command: command.to_owned(), saved_as: None });
    }
    let is_sequencers = unknown.iter().any(|it| it.fix.component == FixComponent::Sequencer);
    let can_be_seen = bundle.deployment.pods.as_observed().is_none() && !bundle.deployment.pods.is_absent();
    let which = "Get the pods: only their images show whether the known fixes are deployed".to_owned();
    (is_sequencers && can_be_seen && !deployment.is_collected).then(|| deployment.ask(which, &Request::Pods))?
}
