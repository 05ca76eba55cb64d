//! Which namespace an incident is of, and what is of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::counted::counted;
use crate::evidence::identity::{doubt, fail};
use crate::evidence::logs::stated_namespaces;
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Deployment, Gathered, LogStream, Pod, Program, SetAside};

/// The namespace that the pods are of: that of Echonet's own pod, where there is one such namespace.
pub(super) fn of_pods(pods: &Gathered<Vec<Pod>>) -> Option<String> {
    let pods: &[Pod] = pods.value().map_or(&[], Vec::as_slice);
    let of = |component: Component| {
        let named = pods.iter().filter(move |it| it.component == component && !it.namespace.is_empty());
        named.map(|it| it.namespace.as_str()).collect::<BTreeSet<&str>>()
    };
    let components = Program::ALL.into_iter().map(Component::from).chain([Component::Other]);
    let found = components.map(of).find(|it| !it.is_empty())?;
    match found.len() {
        1 => found.first().map(|it| (*it).to_owned()),
        _ => None,
    }
}

/// The namespace that a log is of, by its entries or by what Echonet says in it.
pub(super) fn of_log(log: &Gathered<LogStream>) -> Option<String> {
    let log = log.value()?;
    log.namespace.clone().or_else(|| stated_namespaces(&log.lines).next().map(str::to_owned))
}

/// Takes out what is of other namespaces.
pub(super) fn only_of(namespace: &str, deployment: &mut Deployment) -> Vec<SetAside> {
    let mut all = of_list(namespace, &mut deployment.pods, "pod", |it| &it.namespace);
    all.extend(of_list(namespace, &mut deployment.config_maps, "ConfigMap", |it| &it.namespace));
    all.extend(of_list(namespace, &mut deployment.workloads, "workload", |it| &it.namespace));
    all.extend(of_list(namespace, &mut deployment.services, "Service", |it| &it.namespace));
    all.extend(of_list(namespace, &mut deployment.events, "event", |it| &it.namespace));
    all
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn of_list<T>(namespace: &str, list: &mut Gathered<Vec<T>>, one: &str, of: impl Fn(&T) -> &String) -> Vec<SetAside> {
    let Gathered::Observed(observed) = list else { return Vec::new() };
    let is_foreign = |of: &str| !of.is_empty() && of != namespace;
    let mut whose: BTreeMap<String, usize> = BTreeMap::new();
    for it in observed.value.iter().map(&of).filter(|it| is_foreign(it)) {
        *whose.entry(it.clone()).or_default() += 1;
    }
    observed.value.retain(|it| !is_foreign(of(it)));
    // What is left of a list that was all another's says nothing of this one.
    if observed.value.is_empty() && !whose.is_empty() {
        let names = whose.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        fail(list, format!("all of it belongs to {names}, but the incident is in {namespace}"));
    }
    whose.into_iter().map(|(whose, count)| set_aside(count, one, "", whose, &format!("the {one}s name it"))).collect()
}

/// Notes of lists that name nothing that they are not all: a namespace that Echonet ran in has its pod and the cluster's own ConfigMap.
pub(super) fn doubt_empty_lists(deployment: &mut Deployment) {
    if deployment.pods.value().is_some_and(Vec::is_empty) {
        doubt(&mut deployment.pods, "it names no pod at all");
    }
    if deployment.config_maps.value().is_some_and(Vec::is_empty) {
        doubt(&mut deployment.config_maps, "it names no ConfigMap at all");
    }
}

/// What is counted and named instead of being used.
pub(super) fn set_aside(count: usize, one: &str, of: &str, whose: String, why: &str) -> SetAside {
    SetAside { what: format!("{}{of}", counted(count, one)), whose, why: why.to_owned() }
}

/// Whether anything but the log and mainnet's side says what happened, so that a log can be another's.
pub(super) fn can_be_anothers(bundle: &Bundle) -> bool {
    let of_episode = |it: &crate::evidence::Episode| it.snapshot.value().is_some() || it.report.value().is_some() || !it.ours.is_empty();
    bundle.report.value().is_some()
        || bundle.echonet.report_text.value().is_some()
        || bundle.deployment.pods.value().is_some()
        || !bundle.after_resync.is_empty()
        || bundle.episodes.iter().any(of_episode)
}
