//! `whysync episodes` and `whysync bundle episodes`

use super::args::{BundleEpisodesArguments, TableFormat};
use super::exit::Exit;
use super::{Outcome, write_output};
use crate::investigate::inspect::{PastResync, past_resyncs, past_resyncs_json, past_resyncs_text};
use crate::investigate::{self, Input};

/// Lists the resyncs of a saved bundle.
pub(super) fn of_bundle(arguments: &BundleEpisodesArguments) -> Outcome {
    let bundle = investigate::load(&Input::named(&arguments.bundle))?;
    let command = format!("whysync diagnose {}", arguments.bundle.display());
    // A saved bundle knows no `--episode`: its diagnosis shows all resyncs of a block.
    let all: Vec<_> = past_resyncs(&bundle, arguments.block, &command)
        .into_iter()
        .map(|mut it| {
            it.command = it.block.map(|block| format!("{command} --block {block}"));
            it
        })
        .collect();
    written(&all, arguments.format)
}

fn written(all: &[PastResync], format: TableFormat) -> Outcome {
    let text = match format {
        TableFormat::Text => past_resyncs_text(all),
        TableFormat::Json => past_resyncs_json(all),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

/// Lists the resyncs of a bundle that was just surveyed.
#[cfg(feature = "live")]
pub(super) fn tell(bundle: &crate::evidence::Bundle, context: Option<&str>, block: Option<u64>, format: TableFormat) -> Outcome {
    let context = context.map(|it| format!(" --context {it}")).unwrap_or_default();
    let namespace = bundle.incident.namespace.as_deref().unwrap_or_default();
    let command = format!("whysync collect --namespace {namespace}{context}");
    for (what, gap) in [("Echonet's report", bundle.report.gap()), ("the list of pods", bundle.deployment.pods.gap())] {
        if let Some(gap) = gap {
            eprintln!("{what} {}", crate::render::visible(&gap));
        }
    }
    if bundle.episodes.iter().all(|it| it.snapshot.value().is_none())
        && let Some(gap) = bundle.episodes.first().and_then(|it| it.snapshot.gap())
    {
        eprintln!("the snapshots: {}", crate::render::visible(&gap));
    }
    written(&past_resyncs(bundle, block, &command), format)
}
