//! Which namespace an incident is of, and what is of another.

use std::collections::BTreeSet;

use super::identity::fail;
use crate::evidence::logs::stated_namespaces;
use crate::evidence::pods::Component;
use crate::evidence::{Bundle, Deployment, Gathered, LogStream, Pod, SetAside};

/// The namespace that the pods are of: that of Echonet's own pod, where there is one such namespace.
pub(super) fn of_pods(pods: &Gathered<Vec<Pod>>) -> Option<String> {
    let pods: &[Pod] = pods.value().map_or(&[], Vec::as_slice);
    let of = |component: Component| {
        let named = pods.iter().filter(move |it| it.component == component && !it.namespace.is_empty());
        named.map(|it| it.namespace.as_str()).collect::<BTreeSet<&str>>()
    };
    let found = [Component::Echonet, Component::Sequencer, Component::Other].map(of).into_iter().find(|it| !it.is_empty())?;
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

/// Takes out the pods and ConfigMaps of other namespaces.
pub(super) fn only_of(namespace: &str, deployment: &mut Deployment) -> Vec<SetAside> {
    let is_foreign = |of: &str| !of.is_empty() && of != namespace;
    let mut all = Vec::new();
    if let Gathered::Observed(pods) = &mut deployment.pods {
        let whose: BTreeSet<String> = pods.value.iter().map(|it| it.namespace.clone()).filter(|it| is_foreign(it)).collect();
        for whose in whose {
            let count = pods.value.iter().filter(|it| it.namespace == whose).count();
            all.push(set_aside(count, "pod", whose, "the pods name it"));
        }
        pods.value.retain(|it| !is_foreign(&it.namespace));
    }
    if let Gathered::Observed(maps) = &mut deployment.config_maps {
        let whose: BTreeSet<String> = maps.value.iter().map(|it| it.namespace.clone()).filter(|it| is_foreign(it)).collect();
        for whose in whose {
            let count = maps.value.iter().filter(|it| it.namespace == whose).count();
            all.push(set_aside(count, "ConfigMap", whose, "the ConfigMaps name it"));
        }
        maps.value.retain(|it| !is_foreign(&it.namespace));
    }
    // What is left of a list that was all another's says nothing of this one.
    if let Some(whose) = all.iter().find(|it| it.what.contains("pod")).map(|it| it.whose.clone())
        && deployment.pods.value().is_some_and(Vec::is_empty)
    {
        fail(&mut deployment.pods, format!("all of it is of {whose}, and the incident is of {namespace}"));
    }
    if let Some(whose) = all.iter().find(|it| it.what.contains("ConfigMap")).map(|it| it.whose.clone())
        && deployment.config_maps.value().is_some_and(Vec::is_empty)
    {
        fail(&mut deployment.config_maps, format!("all of it is of {whose}, and the incident is of {namespace}"));
    }
    all
}

/// What is counted and named instead of being used.
pub(super) fn set_aside(count: usize, what: &str, whose: String, why: &str) -> SetAside {
    let many = if count == 1 { "" } else { "s" };
    SetAside { what: format!("{count} {what}{many}"), whose, why: why.to_owned() }
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
