//! `whysync episodes` and `whysync bundle episodes`

use super::CommandResult;
use super::args::{BundleEpisodesArguments, TableFormat};
use super::exit::Exit;
use super::output::{write_output, write_page};
use crate::investigate::inspect::{PastResync, ResyncsSeen, past_resyncs, past_resyncs_json, past_resyncs_text, resyncs_seen};
use crate::investigate::{self, Input};

/// Lists the resyncs of a saved bundle.
pub(super) fn of_bundle(arguments: &BundleEpisodesArguments) -> CommandResult {
    let bundle = investigate::load(&Input::named(&arguments.bundle))?;
    let command = format!("whysync diagnose {}", arguments.bundle.display());
    let all = past_resyncs(&bundle, arguments.block, &command);
    written(&all, &resyncs_seen(&bundle), arguments.format)
}

fn written(all: &[PastResync], seen: &ResyncsSeen, format: TableFormat) -> CommandResult {
    match format {
        TableFormat::Text => write_page(&past_resyncs_text(all, seen))?,
        TableFormat::Json => write_output(&past_resyncs_json(all), None)?,
    }
    Ok(match seen {
        ResyncsSeen::Nothing(_) if all.is_empty() => Exit::Unusable,
        ResyncsSeen::Part(_) if all.is_empty() => Exit::Inconclusive,
        ResyncsSeen::Whole | ResyncsSeen::Part(_) | ResyncsSeen::Nothing(_) => Exit::Success,
    })
}

/// Lists the resyncs of a bundle that was just surveyed.
#[cfg(feature = "live")]
pub(super) fn tell(bundle: &crate::evidence::Bundle, context: Option<&str>, block: Option<u64>, format: TableFormat) -> CommandResult {
    use super::output::say;
    use crate::investigate::inspect::ways_out;

    let context = context.map(|it| format!(" --context {it}")).unwrap_or_default();
    let namespace = bundle.incident.namespace.as_deref().unwrap_or_default();
    let command = format!("whysync collect --namespace {namespace}{context}");
    let seen = resyncs_seen(bundle);
    let pods = bundle.deployment.pods.gap().map(|it| format!("the list of pods {it}"));
    let gaps = match &seen {
        ResyncsSeen::Whole => &[],
        ResyncsSeen::Part(gaps) | ResyncsSeen::Nothing(gaps) => gaps.as_slice(),
    };
    for line in gaps.iter().chain(&pods).chain(&ways_out(bundle)) {
        say(line);
    }
    if bundle.episodes.iter().all(|it| it.snapshot.value().is_none())
        && let Some(gap) = bundle.episodes.first().and_then(|it| it.snapshot.gap())
    {
        say(&format!("the snapshots: {gap}"));
    }
    written(&past_resyncs(bundle, block, &command), &seen, format)
}
