//! Every piece of evidence in a bundle, for code that treats all of them alike.

use std::marker::PhantomData;

use super::sources::{Page, See, Slot};
use super::{
    BlobDigest, Block, Bundle, ClusterEvent, ConfigMapName, Coverage, Deployment, EchonetSource, Episode, Gathered, Lineage, LogStream,
    Logs, OurBlock, Pod, Provenance, Report, ReportText, RevertComparison, Service, Snapshot, StateUpdate, TheirBlock, Timestamp, Workload,
};
use crate::counted::counted;

/// A piece of evidence.
pub(crate) struct EvidencePiece<'b> {
    /// The part of the bundle that it stands in.
    pub part: BundlePart,
    /// What it is, in words, fit for a list.
    pub name: String,
    /// The answer, or why there is none.
    pub answer: Box<dyn AnyGathered + 'b>,
}

/// A part of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BundlePart {
    /// Echonet's report.
    Report,
    /// Echonet's smaller pages.
    Pages,
    /// The resync of this number.
    Episode(u32),
    /// Mainnet.
    Mainnet,
    /// What Echonet has after the last resync.
    AfterResync,
    /// Logs.
    Logs,
    /// The deployment.
    Deployment,
}

/// What can be asked of any piece of evidence.
pub(crate) trait AnyGathered {
    /// How much of it was seen and where it came from; none if nothing was.
    fn seen(&self) -> Option<(&Coverage, &Provenance)>;

    /// Why nothing, or not everything, was seen; none for complete evidence.
    fn gap(&self) -> Option<String>;

    /// What it says in a few words, for a list; empty if there is nothing to say.
    fn shown(&self) -> String;

    /// The latest moment that it states.
    fn latest(&self) -> Option<Timestamp>;
}

/// What a bundle holds of one thing.
trait EvidenceDocument {
    /// It in a few words, for a list.
    fn shown(&self) -> String {
        String::new()
    }

    /// The latest time that it mentions.
    fn latest(&self) -> Option<Timestamp> {
        None
    }
}

impl<T: EvidenceDocument> AnyGathered for &Gathered<T> {
    fn seen(&self) -> Option<(&Coverage, &Provenance)> {
        self.as_observed().map(|it| (&it.coverage, &it.source))
    }

    fn gap(&self) -> Option<String> {
        Gathered::gap(self)
    }

    fn shown(&self) -> String {
        self.value().map(EvidenceDocument::shown).unwrap_or_default()
    }

    fn latest(&self) -> Option<Timestamp> {
        self.value().and_then(EvidenceDocument::latest)
    }
}

/// An answer of one of Echonet's smaller pages.
struct OfPage<'b, P: Page>(&'b Gathered<<P::Slot as Slot>::Value>, PhantomData<P>);

impl<P: Page> AnyGathered for OfPage<'_, P> {
    fn seen(&self) -> Option<(&Coverage, &Provenance)> {
        self.0.as_observed().map(|it| (&it.coverage, &it.source))
    }

    fn gap(&self) -> Option<String> {
        self.0.gap()
    }

    fn shown(&self) -> String {
        self.0.value().map(P::shown).unwrap_or_default()
    }

    fn latest(&self) -> Option<Timestamp> {
        None
    }
}

impl Bundle {
    /// Every piece of evidence, part by part.
    pub(crate) fn pieces(&self) -> Vec<EvidencePiece<'_>> {
        // Whatever a bundle holds is named, so that nothing new is forgotten here.
        let Self {
            report,
            echonet,
            episodes,
            theirs,
            after_resync,
            logs: Logs { echonet: echonet_log, sequencer: sequencer_log },
            deployment: Deployment { pods, config_maps, source, workloads, services, events, node_settings },
            lineage,
            schema: _,
            incident: _,
            set_aside: _,
            ambiguous: _,
            collection: _,
            files: _,
        } = self;
        let mut pieces = vec![piece(BundlePart::Report, "report", report)];
        if !echonet.is_empty() {
            pieces.push(piece(BundlePart::Pages, "report as text", &echonet.report_text));
            let mut pages = Pages(Vec::new());
            echonet.each(&mut pages);
            pieces.extend(pages.0);
        }
        for Episode { number, report, snapshot, reverts, archive, ours } in episodes {
            let part = BundlePart::Episode(*number);
            pieces.push(piece(part, "report", report));
            pieces.push(piece(part, "snapshot", snapshot));
            pieces.push(piece(part, "reverts", reverts));
            pieces.push(piece(part, "archive", archive));
            pieces.extend(ours.iter().flat_map(|(height, it)| our_block(part, *height, it)));
        }
        for (height, TheirBlock { block, state_update }) in theirs {
            pieces.push(piece(BundlePart::Mainnet, format!("block {height}"), block));
            pieces.push(piece(BundlePart::Mainnet, format!("state update {height}"), state_update));
        }
        pieces.extend(after_resync.iter().flat_map(|(height, it)| our_block(BundlePart::AfterResync, *height, it)));
        pieces.push(piece(BundlePart::Logs, "logs.echonet", echonet_log));
        pieces.push(piece(BundlePart::Logs, "logs.sequencer", sequencer_log));
        pieces.push(piece(BundlePart::Deployment, "pods", pods));
        pieces.push(piece(BundlePart::Deployment, "config maps", config_maps));
        pieces.push(piece(BundlePart::Deployment, "Echonet's source", source));
        pieces.push(piece(BundlePart::Deployment, "workloads", workloads));
        pieces.push(piece(BundlePart::Deployment, "services", services));
        pieces.push(piece(BundlePart::Deployment, "events", events));
        pieces.push(piece(BundlePart::Deployment, "node settings", node_settings));
        pieces.push(piece(BundlePart::Deployment, "lineage", lineage));
        pieces
    }
}

fn piece<'b, T: EvidenceDocument>(part: BundlePart, name: impl Into<String>, answer: &'b Gathered<T>) -> EvidencePiece<'b> {
    EvidencePiece { part, name: name.into(), answer: Box::new(answer) }
}

fn our_block(part: BundlePart, height: u64, OurBlock { block, state_update, blob }: &OurBlock) -> [EvidencePiece<'_>; 3] {
    [
        piece(part, format!("block {height}"), block),
        piece(part, format!("state update {height}"), state_update),
        piece(part, format!("blob {height}"), blob),
    ]
}

/// A piece for each answer of a page.
struct Pages<'b>(Vec<EvidencePiece<'b>>);

impl<'b> See<'b> for Pages<'b> {
    fn see<P: Page>(&mut self, slot: &'b P::Slot) {
        let answers = slot.answers().into_iter();
        self.0.extend(answers.map(|(key, answer)| EvidencePiece {
            part: BundlePart::Pages,
            name: P::listed(&key),
            answer: Box::new(OfPage::<P>(answer, PhantomData)),
        }));
    }
}

impl EvidenceDocument for Report {}
impl EvidenceDocument for ReportText {}
impl EvidenceDocument for StateUpdate {}
impl EvidenceDocument for BlobDigest {}

impl EvidenceDocument for Snapshot {
    fn latest(&self) -> Option<Timestamp> {
        Some(self.taken_at)
    }
}

impl EvidenceDocument for RevertComparison {
    fn shown(&self) -> String {
        format!("{} only on Echonet, {} only on mainnet", self.only_on_echonet.count, self.only_on_mainnet.count)
    }
}

/// The name of an archive.
impl EvidenceDocument for String {
    fn shown(&self) -> String {
        self.clone()
    }
}

impl EvidenceDocument for Block {
    fn shown(&self) -> String {
        counted(self.transactions.len(), "transaction")
    }

    fn latest(&self) -> Option<Timestamp> {
        i64::try_from(self.timestamp).ok().and_then(Timestamp::from_unix)
    }
}

impl EvidenceDocument for LogStream {
    fn shown(&self) -> String {
        let times = || Some((self.lines.iter().find_map(|it| it.at)?, self.lines.iter().rev().find_map(|it| it.at)?));
        let span = times().map_or_else(|| "without times".to_owned(), |(first, last)| format!("{first} to {last}"));
        format!("{}, {span}", counted(self.lines.len(), "line"))
    }

    fn latest(&self) -> Option<Timestamp> {
        self.lines.iter().filter_map(|it| it.at).max()
    }
}

impl EvidenceDocument for Vec<Pod> {
    fn shown(&self) -> String {
        counted(self.len(), "pod")
    }

    fn latest(&self) -> Option<Timestamp> {
        self.iter().filter_map(|it| it.started_at).max()
    }
}

impl EvidenceDocument for Vec<ConfigMapName> {
    fn shown(&self) -> String {
        counted(self.len(), "name")
    }
}

impl EvidenceDocument for EchonetSource {
    fn shown(&self) -> String {
        counted(self.members.len(), "file")
    }
}

impl EvidenceDocument for Vec<Workload> {
    fn shown(&self) -> String {
        counted(self.len(), "workload")
    }
}

impl EvidenceDocument for Vec<Service> {
    fn shown(&self) -> String {
        counted(self.len(), "Service")
    }
}

impl EvidenceDocument for Vec<ClusterEvent> {
    fn shown(&self) -> String {
        counted(self.len(), "event")
    }
}

/// Settings of the node.
impl EvidenceDocument for std::collections::BTreeMap<String, String> {
    fn shown(&self) -> String {
        counted(self.len(), "setting")
    }
}

impl EvidenceDocument for Lineage {
    fn shown(&self) -> String {
        counted(self.deployed.len(), "image")
    }
}
