//! What a bundle holds: each section with its size, how much of it was seen, and where it came from.

use crate::evidence::sources::{Page, See, Slot};
use crate::evidence::{Bundle, Deployment, EchonetPages, Gathered, LogStream, Origin, OurBlock};
use crate::render::visible;

/// The sections of a bundle, one line each.
#[must_use]
pub fn sections(bundle: &Bundle) -> String {
    let mut text = String::new();
    let mut head = vec![match &bundle.incident.origin {
        Origin::Imported => "imported".to_owned(),
        Origin::Collected => "collected from a live deployment".to_owned(),
        Origin::Simulated { scenario, seed } => format!("synthetic: {}, seed {seed}", visible(scenario)),
    }];
    head.extend(bundle.incident.namespace.as_ref().map(|it| format!("namespace {}", visible(it))));
    head.extend(bundle.incident.block.map(|it| format!("asked for block {it}")));
    head.extend(bundle.incident.observed_until.map(|it| format!("seen until {it}")));
    text.push_str(&format!("{}\n\n", head.join(" · ")));
    text.push_str(&line("report", &bundle.report, ""));
    text.push_str(&pages(&bundle.echonet));
    for episode in &bundle.episodes {
        text.push_str(&format!("\nepisode {}\n", episode.number));
        text.push_str(&line("  report", &episode.report, ""));
        text.push_str(&line("  snapshot", &episode.snapshot, ""));
        let reverts = episode.reverts.value().map(|it| (it.only_on_echonet.count, it.only_on_mainnet.count));
        let reverts = reverts.map(|(ours, theirs)| format!("{ours} only on Echonet, {theirs} only on mainnet")).unwrap_or_default();
        text.push_str(&line("  reverts", &episode.reverts, &reverts));
        text.push_str(&line("  archive", &episode.archive, episode.archive.value().map_or("", String::as_str)));
        for (height, block) in &episode.ours {
            text.push_str(&our_block(*height, block));
        }
    }
    if !bundle.theirs.is_empty() {
        text.push_str("\nmainnet\n");
    }
    for (height, block) in &bundle.theirs {
        let count = block.block.value().map(|it| format!("{} transactions", it.transactions.len())).unwrap_or_default();
        text.push_str(&line(&format!("  block {height}"), &block.block, &count));
        text.push_str(&line(&format!("  state update {height}"), &block.state_update, ""));
    }
    if !bundle.after_resync.is_empty() {
        text.push_str("\nafter the last resync\n");
    }
    for (height, block) in &bundle.after_resync {
        text.push_str(&our_block(*height, block));
    }
    text.push_str("\nlogs\n");
    text.push_str(&line("  logs.echonet", &bundle.logs.echonet, &span(&bundle.logs.echonet)));
    text.push_str(&line("  logs.sequencer", &bundle.logs.sequencer, &span(&bundle.logs.sequencer)));
    text.push_str("\ndeployment\n");
    let pods = bundle.deployment.pods.value().map(|it| format!("{} pods", it.len())).unwrap_or_default();
    let names = bundle.deployment.config_maps.value().map(|it| format!("{} names", it.len())).unwrap_or_default();
    text.push_str(&line("  pods", &bundle.deployment.pods, &pods));
    text.push_str(&line("  config maps", &bundle.deployment.config_maps, &names));
    let files = bundle.deployment.source.value().map(|it| format!("{} files", it.members.len())).unwrap_or_default();
    text.push_str(&line("  Echonet's source", &bundle.deployment.source, &files));
    let count = |it: Option<usize>, what: &str| it.map(|it| format!("{it} {what}")).unwrap_or_default();
    let Deployment { workloads, services, events, node_settings, .. } = &bundle.deployment;
    text.push_str(&line("  workloads", workloads, &count(workloads.value().map(Vec::len), "workloads")));
    text.push_str(&line("  services", services, &count(services.value().map(Vec::len), "Services")));
    text.push_str(&line("  events", events, &count(events.value().map(Vec::len), "events")));
    text.push_str(&line("  node settings", node_settings, &count(node_settings.value().map(|it| it.len()), "settings")));
    text
}

/// Echonet's smaller pages; nothing if none was asked for.
fn pages(pages: &EchonetPages) -> String {
    if pages.is_empty() {
        return String::new();
    }
    let mut text = "\nEchonet's pages\n".to_owned();
    if !pages.report_text.is_not_asked() {
        text.push_str(&line("  report as text", &pages.report_text, ""));
    }
    let mut lines = Lines(text);
    pages.each(&mut lines);
    lines.0
}

/// A line for each answer of a page.
struct Lines(String);

impl See for Lines {
    fn see<P: Page>(&mut self, slot: &P::Slot) {
        for (key, answer) in slot.answers() {
            let shown = answer.value().map(P::shown).unwrap_or_default();
            self.0.push_str(&line(&format!("  {}", P::listed(&key)), answer, &shown));
        }
    }
}

fn our_block(height: u64, block: &OurBlock) -> String {
    let count = block.block.value().map(|it| format!("{} transactions", it.transactions.len())).unwrap_or_default();
    let mut text = line(&format!("  block {height}"), &block.block, &count);
    text.push_str(&line(&format!("  state update {height}"), &block.state_update, ""));
    text.push_str(&line(&format!("  blob {height}"), &block.blob, ""));
    text
}

fn span(log: &Gathered<LogStream>) -> String {
    let Some(stream) = log.value() else { return String::new() };
    let times = || Some((stream.lines.iter().find_map(|it| it.at)?, stream.lines.iter().rev().find_map(|it| it.at)?));
    let span = times().map(|(first, last)| format!(", {first} to {last}")).unwrap_or_else(|| ", without times".to_owned());
    format!("{} lines{span}", stream.lines.len())
}

fn line<T>(name: &str, evidence: &Gathered<T>, detail: &str) -> String {
    let mut parts = Vec::new();
    match evidence.as_observed() {
        Some(seen) => {
            parts.push(evidence.gap().map_or_else(|| "seen".to_owned(), |it| visible(&it).into_owned()));
            parts.push(size(seen.source.bytes));
            parts.extend((0 < seen.coverage.redacted).then(|| format!("{} redacted", seen.coverage.redacted)));
            parts.extend((!detail.is_empty()).then(|| visible(detail).into_owned()));
            let at = seen.source.at.map(|it| format!(" at {it}")).unwrap_or_default();
            parts.push(format!("from {}{at}", visible(&seen.source.asked)));
        }
        None => parts.push(visible(&evidence.gap().unwrap_or_default()).into_owned()),
    }
    format!("{name:26}  {}\n", parts.join(" · "))
}

fn size(bytes: u64) -> String {
    match bytes {
        ..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
