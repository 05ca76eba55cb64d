//! What speaks of an unexplained item: the exception that ended the sender, the panic of the node, the answer of the gateway.

use crate::engine::decide::evaluate::CaseContext;
use crate::facts::{ItemKind, LedgerItem, LogIndex};
use crate::findings::Witness;

/// So many lines of a traceback are shown at most: the first says what failed, the last says why.
const LINES: usize = 2;

/// Finds the evidence that mentions each item, most relevant first; empty if there is none.
pub(super) fn find_witnesses(context: &CaseContext<'_>, items: &[&LedgerItem]) -> Vec<Vec<Witness>> {
    let panicked = if items.is_empty() { None } else { panicked(context) };
    let of_item = |item: &&LedgerItem| match item.kind {
        ItemKind::Stall => exception(context).into_iter().chain(panicked.clone()).collect(),
        ItemKind::StillPending | ItemKind::TxMissing | ItemKind::TxLate => panicked.iter().cloned().collect(),
        ItemKind::GatewayError => answer(item).into_iter().collect(),
        _ => Vec::new(),
    };
    items.iter().map(of_item).collect()
}

/// The record with which progress stopped: its first line, and the last, which names the exception.
pub(super) fn exception(context: &CaseContext<'_>) -> Option<Witness> {
    let stall = context.case.document.stall.as_ref()?;
    let record = context.facts.echonet_log.as_ref()?.records.get(stall.record)?;
    let lines: Vec<&str> = record.text.lines().map(str::trim_end).filter(|it| !it.is_empty()).collect();
    let (first, last) = (lines.first()?, lines.last()?);
    let shown = if lines.len() < LINES { (*first).to_owned() } else { format!("{first}\n{last}") };
    Some(Witness { source: "logs.echonet".to_owned(), line: Some((record.first_line as u64).saturating_add(1)), text: shown })
}

/// The last panic of the node in the time of the case.
fn panicked(context: &CaseContext<'_>) -> Option<Witness> {
    let index: &LogIndex = context.facts.sequencer_log.as_ref()?;
    let window = context.case.window.as_ref()?;
    let echonet = context.facts.echonet_log.as_ref()?;
    let at = |number: usize| echonet.records.get(number).and_then(|it| it.at);
    let (begin, end) = (at(window.first), at(window.end.checked_sub(1)?));
    let is_within = |moment: Option<crate::evidence::Timestamp>| {
        moment.is_none() || ((begin.is_none() || begin <= moment) && (end.is_none() || moment <= end))
    };
    let panicked =
        index.records.iter().rev().find(|it| it.text.starts_with("thread '") && it.text.contains(" panicked at ") && is_within(it.at))?;
    let text = panicked.text.lines().take(LINES).collect::<Vec<_>>().join("\n");
    Some(Witness { source: "logs.sequencer".to_owned(), line: Some((panicked.first_line as u64).saturating_add(1)), text })
}

/// The gateway's HTTP status, which the text of the answer does not hold.
fn answer(item: &LedgerItem) -> Option<Witness> {
    let said = item.ours.as_deref().unwrap_or_default();
    let text = match (item.status?, said.is_empty()) {
        (0, _) => "the gateway gave no HTTP answer".to_owned(),
        (status, true) => format!("the gateway answered HTTP {status} with an empty body"),
        (status, false) => format!("the gateway answered HTTP {status}: {said}"),
    };
    Some(Witness { source: item.evidence.first().cloned().unwrap_or_default(), line: None, text })
}
