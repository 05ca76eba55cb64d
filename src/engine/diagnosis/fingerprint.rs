//! A stable name for what is unexplained: the same unknown gets the same name.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::witnesses;
use crate::engine::decide::evaluate::CaseContext;
use crate::facts::{ItemKind, LedgerItem, trace};

/// What makes an unexplained item recognisable: nothing that changes from block to block or from account to account.
pub(super) fn marks(context: &CaseContext<'_>, unclaimed: &[&LedgerItem]) -> Vec<String> {
    let trigger = context.case.document.trigger.as_ref().map_or("none", |it| it.kind.name());
    let mark = |item: &&LedgerItem| {
        let texts = if item.kind == ItemKind::RevertReason || item.kind.is_trigger() {
            [&item.ours, &item.theirs].map(|it| it.as_deref().map(trace::normalised).unwrap_or_default()).join("|")
        } else {
            String::new()
        };
        let class = item.trace.map(|it| format!("{it:?}")).unwrap_or_default();
        let status = item.status.map(|it| it.to_string()).unwrap_or_default();
        // Of witnesses only the one that is in the same log as the item: another log may not have been collected.
        let exception = if item.kind == ItemKind::Stall { witnesses::exception(context) } else { None };
        let says = exception.map(|it| trace::normalised(&it.text)).unwrap_or_default();
        let code = item.code.as_deref().unwrap_or_default();
        [trigger, item.kind.name(), &item.field, &class, code, &status, &texts, &says].join("/")
    };
    unclaimed.iter().map(mark).collect()
}

/// A short stable name for a set of marks.
pub(super) fn name_of(marks: Vec<String>) -> Option<String> {
    let distinct: BTreeSet<String> = marks.into_iter().collect();
    if distinct.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for mark in &distinct {
        hash.update(mark.as_bytes());
        hash.update([0]);
    }
    let digest: Vec<String> = hash.finalize().iter().take(6).map(|it| format!("{it:02x}")).collect();
    Some(format!("ws-{}", digest.concat()))
}
