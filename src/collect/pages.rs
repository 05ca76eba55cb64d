//! Echonet's smaller pages, each asked for where its own file says that it is worth it.

use std::collections::BTreeSet;

use super::Access;
use super::asking::ask;
use crate::evidence::sources::page::keys;
use crate::evidence::sources::{Fill, Page, Situation, Slot, report_text};
use crate::evidence::{EchonetPages, Gathered, Report, ReportText, Request};

/// The report as text, where the report itself could not be had or read.
pub(super) fn text(access: &dyn Access, held: &BTreeSet<Request>, seen: &Situation, report: &Gathered<Report>) -> Gathered<ReportText> {
    let is_wanted = held.contains(&Request::ReportText) || !report_text::worth(seen).is_empty();
    match report {
        Gathered::Observed(_) => Gathered::NotAsked,
        _ if is_wanted => ask(access, &Request::ReportText, &report_text::ANSWER),
        _ => Gathered::NotAsked,
    }
}

/// The pages: those that are held, and those that are worth asking for.
pub(super) fn pages(access: &dyn Access, held: &BTreeSet<Request>, seen: &Situation, report_text: Gathered<ReportText>) -> EchonetPages {
    EchonetPages::filled(report_text, &mut Asking { access, held, seen })
}

struct Asking<'a> {
    access: &'a dyn Access,
    held: &'a BTreeSet<Request>,
    seen: &'a Situation,
}

impl Fill for Asking<'_> {
    fn fill<P: Page>(&mut self) -> P::Slot {
        let mut slot = P::Slot::default();
        for key in keys::<P>(self.seen, self.held) {
            slot.put(key.clone(), ask(self.access, &P::request(key), &P::ANSWER));
        }
        slot
    }
}
