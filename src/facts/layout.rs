//! How the node is spread over processes.

use std::collections::BTreeSet;

use crate::evidence::Bundle;
use crate::evidence::pods::Component;

/// How the node is spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layout {
    /// All of it is one process.
    Consolidated,
    /// A core and a few services beside it.
    Hybrid,
    /// Each component is a process of its own.
    Distributed,
}

impl Layout {
    /// The name in deployments.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Consolidated => "consolidated",
            Self::Hybrid => "hybrid",
            Self::Distributed => "distributed",
        }
    }

    /// The layout of a name.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Consolidated, Self::Hybrid, Self::Distributed].into_iter().find(|it| it.name() == name)
    }
}

/// Services that only the distributed layout has as containers of their own.
const OF_DISTRIBUTED: [&str; 6] = ["batcher", "class-manager", "consensus-manager", "http-server", "signature-manager", "state-sync"];

/// Why the layout cannot be told, fit to follow "because".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoLayout {
    /// No container shows the layout.
    #[error("no container of the sequencer was seen")]
    NoContainer,
    /// Further containers may run that were not seen.
    #[error("what runs was {0}")]
    Gap(String),
    /// Only containers were seen that more than one layout has.
    #[error("{0} are in more than one layout")]
    Shared(String),
    /// Containers were seen that no one layout has.
    #[error("containers of several layouts run side by side: {0}")]
    Mixed(String),
}

/// The layout, as the names of the containers tell it.
///
/// # Errors
/// When they do not tell it.
pub(crate) fn detect_layout(bundle: &Bundle) -> Result<Layout, NoLayout> {
    let pods = &bundle.deployment.pods;
    let of_pods = pods.value().into_iter().flatten().filter(|it| it.component == Component::Sequencer);
    let mut services: BTreeSet<String> = of_pods.flat_map(|it| &it.containers).filter_map(|it| service(&it.name)).collect();
    let mut gap = pods.gap();
    let workloads = &bundle.deployment.workloads;
    if services.is_empty() && !workloads.is_not_asked() {
        // While Echonet resyncs nothing runs, and what should run is still stated.
        services = workloads.value().into_iter().flatten().flat_map(|it| it.images.keys()).filter_map(|it| service(it)).collect();
        gap = workloads.gap();
    }
    let has = |name: &str| services.contains(name);
    let listed = || services.iter().map(|it| format!("sequencer-{it}")).collect::<Vec<_>>().join(", ");
    if services.is_empty() {
        return Err(NoLayout::NoContainer);
    }
    match (has("node"), has("core"), OF_DISTRIBUTED.iter().any(|it| has(it))) {
        (true, false, false) if services.len() == 1 => match gap {
            None => Ok(Layout::Consolidated),
            Some(gap) => Err(NoLayout::Gap(gap)),
        },
        (false, true, false) => Ok(Layout::Hybrid),
        (false, false, true) => Ok(Layout::Distributed),
        (false, false, false) => Err(NoLayout::Shared(listed())),
        _ => Err(NoLayout::Mixed(listed())),
    }
}

fn service(container: &str) -> Option<String> {
    container.strip_prefix("sequencer-").map(|it| it.replace('_', "-"))
}
