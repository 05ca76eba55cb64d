//! What a piece is: by its content, and then by what its name adds. Content wins.

use super::derive::FilePart;
use super::hints::{self, Hints};
use super::piece::{Piece, ReadExtent};
use super::unread::{UTF16, UnreadPiece};
use crate::collect::Body;
use crate::evidence::sources::glimpse::{KnownConfigMap, LogWriter};
use crate::evidence::sources::{DumpKind, Glimpse, Listed, Look, Mark, NoPart, Wire};
use crate::evidence::{BlockSide, Felt, Program, Request, log_forms};

/// What a piece was recognised as.
#[derive(Debug)]
pub(in crate::collect) enum Recognised {
    /// Answers to these questions.
    Answers(Vec<PieceClaim>),
    /// A block or a state update of which it takes other files to tell whose it is, or of which block.
    Document(BlockDocument),
    /// An index of requests with their outcomes.
    Index,
    /// A log of Echonet or the sequencer, in any form.
    Log,
    /// A bundle of whysync.
    Bundle,
    /// No evidence: what it looks like, and what to provide instead.
    Left(String),
}

/// A piece, or a part of it, as the answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::collect) struct PieceClaim {
    pub(super) request: Request,
    pub(super) part: FilePart,
    /// A note if the file's name says something different.
    pub(super) although: Option<String>,
}

impl PieceClaim {
    fn whole(request: Request) -> Self {
        Self { request, part: FilePart::Whole, although: None }
    }
}

/// A block, a state update, or both, with what is known of it.
#[derive(Debug, Clone)]
pub(in crate::collect) struct BlockDocument {
    /// The documents that it contains.
    pub(super) parts: &'static [(DumpKind, FilePart)],
    /// Whose it is, if its content or its own name tells.
    pub(super) side: Option<BlockSide>,
    /// Its height, if its content or its name tells.
    pub(super) block: Option<u64>,
    /// The hash of its block.
    pub(super) hash: Option<Felt>,
    /// A note if the file's name says something different.
    pub(super) although: Option<String>,
}

const BLOCK: &[(DumpKind, FilePart)] = &[(DumpKind::Block, FilePart::Whole)];
const STATE_UPDATE: &[(DumpKind, FilePart)] = &[(DumpKind::StateUpdate, FilePart::Whole)];
const WITH_BLOCK: &[(DumpKind, FilePart)] =
    &[(DumpKind::Block, FilePart::Field("block")), (DumpKind::StateUpdate, FilePart::Field("state_update"))];

/// A piece with what was seen of it.
#[derive(Debug)]
pub(in crate::collect) struct SeenPiece {
    pub(in crate::collect) piece: Piece,
    pub(super) hints: Hints,
    pub(super) glimpse: Glimpse,
    pub(in crate::collect) recognised: Recognised,
}

impl SeenPiece {
    /// Whether it is a block or a state update, and not in a place that says whose.
    pub(in crate::collect) fn is_block_alone(&self) -> bool {
        let is_block = |it: &PieceClaim| {
            matches!(
                it.request,
                Request::MainnetBlock { .. } | Request::MainnetStateUpdate { .. } | Request::BlockDump { .. } | Request::VolumeFile { .. }
            ) && self.glimpse.block_hash.is_some()
        };
        match &self.recognised {
            Recognised::Document(_) => true,
            Recognised::Answers(claims) => self.hints.exact.is_none() && claims.iter().all(is_block),
            Recognised::Index | Recognised::Log | Recognised::Bundle | Recognised::Left(_) => false,
        }
    }
}

/// Looks at a piece.
pub(in crate::collect) fn recognise(piece: Piece) -> SeenPiece {
    let hints = hints::read_hints(&piece.path, &piece.from);
    let glimpse = match glimpse(&piece) {
        Ok(glimpse) => glimpse,
        Err(reason) => {
            let recognised = match hints.exact.as_ref().and_then(|it| it.request.clone()) {
                Some(request) => Recognised::Answers(vec![PieceClaim::whole(request)]),
                None => Recognised::Left(reason.to_string()),
            };
            return SeenPiece { piece, hints, glimpse: Glimpse::default(), recognised };
        }
    };
    let recognised = match recognise_glimpse(&glimpse, &hints) {
        Recognised::Left(_) if is_log(&piece, &glimpse) => Recognised::Log,
        recognised => recognised,
    };
    SeenPiece { piece, hints, glimpse, recognised }
}

/// Whether how it begins reads as a log in one of the forms that there are.
fn is_log(piece: &Piece, glimpse: &Glimpse) -> bool {
    let is_readable = matches!(glimpse.look, Look::Text | Look::Object | Look::List | Look::JsonLines | Look::TornJson);
    is_readable
        && piece.beginning().is_ok_and(|(start, _)| {
            let body = Body::from_bytes(format!("the log {}", piece.path), &start);
            log_forms::is_log(&piece.path, &body.text)
        })
}

/// A look at how it begins, and at all of it where that does not tell.
fn glimpse(piece: &Piece) -> Result<Glimpse, UnreadPiece> {
    let (start, extent) = piece.beginning()?;
    let glimpse = Glimpse::from_bytes(&start);
    if extent == ReadExtent::Whole || glimpse.look != Look::TornJson {
        return Ok(glimpse);
    }
    Ok(Glimpse::from_bytes(&piece.read()?))
}

fn recognise_glimpse(glimpse: &Glimpse, hints: &Hints) -> Recognised {
    let candidates = glimpse.candidates();
    if let Some(exact) = &hints.exact {
        let Some(request) = &exact.request else {
            return if exact.path.ends_with(hints::INDEX) {
                Recognised::Index
            } else {
                Recognised::Answers(vec![PieceClaim::whole(Request::VolumeListing)])
            };
        };
        // Logs have forms that are no source's own answer.
        let is_log = matches!(request, Request::CloudLogEntries | Request::EchonetOutput);
        if is_log && matches!(glimpse.look, Look::JsonLines | Look::Table) {
            return Recognised::Log;
        }
        // What bears no mark may be damaged: then it is what its name says, and could not be read.
        let agrees =
            candidates.is_empty() || candidates.iter().any(|it| it.name == request.source_name()) || request.source().recognised.is_empty();
        if agrees {
            return Recognised::Answers(vec![PieceClaim::whole(request.clone())]);
        }
        return match by_content(glimpse, &Hints { exact: None, ..hints.clone() }) {
            Recognised::Answers(mut claims) => {
                let although = format!("its name is that of {request}");
                claims.iter_mut().for_each(|it| it.although = Some(although.clone()));
                Recognised::Answers(claims)
            }
            // Nothing surer than the name is known.
            Recognised::Left(_) => Recognised::Answers(vec![PieceClaim::whole(request.clone())]),
            other => other,
        };
    }
    by_content(glimpse, hints)
}

fn by_content(glimpse: &Glimpse, hints: &Hints) -> Recognised {
    let bears = |mark| glimpse.bears(mark);
    let one = |request| Recognised::Answers(vec![PieceClaim::whole(request)]);
    if bears(Mark::REPORT) {
        return one(hints.capture.map_or(Request::Report, |episode| Request::ReportDuringResync { episode }));
    }
    // Echonet prints its reports into its log as well.
    let is_log = glimpse.writer == Some(LogWriter::Of(Program::Echonet));
    // The time in its head tells a snapshot whose first line is lost from the report as text.
    let is_snapshot = bears(Mark::SNAPSHOT) && glimpse.at.is_some();
    if (bears(Mark::BEFORE_RESYNC) || is_snapshot) && !is_log {
        return before_resync(glimpse);
    }
    if bears(Mark::SNAPSHOT) && !is_log {
        return one(Request::ReportText);
    }
    if bears(Mark::WITH_BLOCK) {
        return document(glimpse, hints, WITH_BLOCK, glimpse.block);
    }
    if bears(Mark::BLOB) {
        return match glimpse.block {
            Some(block) => one(echonets(hints, DumpKind::Blob, block)),
            None => left("what the node posts of a block, without a number"),
        };
    }
    if bears(Mark::BLOCK) || glimpse.is_pending && glimpse.fields.contains("transactions") {
        return block(glimpse, hints);
    }
    if bears(Mark::STATE_UPDATE) {
        return document(glimpse, hints, STATE_UPDATE, hints.number);
    }
    if !glimpse.kinds.is_empty() {
        return objects(glimpse);
    }
    if bears(Mark::INDEX) {
        return Recognised::Index;
    }
    let candidates = glimpse.candidates();
    if candidates.iter().any(|it| matches!(it.source.wire, Wire::LogEntries | Wire::Output)) {
        return Recognised::Log;
    }
    // Several pages answer alike: then the name tells which, or the first is as likely as any.
    match candidates.into_iter().rev().max_by_key(|it| hints.words_of(it.name)) {
        Some(listed) => asked(listed, hints),
        None => nothing(glimpse, hints),
    }
}

/// The answer of a source, of which the name says what the content does not.
fn asked(listed: &Listed, hints: &Hints) -> Recognised {
    match listed.question(&|part| hints.part(part)) {
        Ok(request) => Recognised::Answers(vec![PieceClaim::whole(request)]),
        Err(NoPart(part)) => {
            let what = if part == "block" { "number" } else { "hash" };
            Recognised::Left(format!(
                "an answer to {}, but nothing says for which {part}: put its {what} into the file name",
                listed.source.words()
            ))
        }
    }
}

/// What Echonet wrote before a resync: a snapshot, or which transactions reverted on one side only. Its head states when.
fn before_resync(glimpse: &Glimpse) -> Recognised {
    let name = match (glimpse.bears(Mark::REVERTS), glimpse.bears(Mark::SNAPSHOT)) {
        (true, false) => "reverts",
        _ => "snapshot",
    };
    match glimpse.at {
        Some(at) => {
            let path = format!("report_{name}_{}.log", at.to_file_name());
            Recognised::Answers(vec![PieceClaim::whole(Request::VolumeFile { path })])
        }
        None => left("what Echonet wrote before a resync, without the time at its top: give it under its original name"),
    }
}

/// A document of Echonet's, by where it was found.
fn echonets(hints: &Hints, kind: DumpKind, block: u64) -> Request {
    match (&hints.archive, hints.capture, kind) {
        (Some(archive), ..) => hints::file_of(archive, kind, block),
        (None, Some(episode), DumpKind::Block) => Request::BlockDuringResync { episode, block },
        (None, Some(episode), DumpKind::StateUpdate) => Request::StateUpdateDuringResync { episode, block },
        _ => Request::BlockDump { block, kind },
    }
}

/// The question that a block's or a state update's document answers.
pub(super) fn of_side(side: BlockSide, hints: &Hints, kind: DumpKind, block: u64) -> Request {
    match (side, kind) {
        (BlockSide::Ours, kind) => echonets(hints, kind, block),
        (BlockSide::Theirs, DumpKind::StateUpdate) => Request::MainnetStateUpdate { block },
        (BlockSide::Theirs, _) => Request::MainnetBlock { block },
    }
}

/// Whose a document is: what its content says; else what its own name says. Of folders others may know better. What Echonet serves may be mainnet's own, so what is in Echonet's
/// folders, or called Echonet's, was Echonet's answer.
fn told_side(glimpse: &Glimpse, hints: &Hints) -> Option<BlockSide> {
    let is_echonets_answer =
        hints.archive.is_some() || hints.capture.is_some() || hints.side_in_name && hints.side == Some(BlockSide::Ours);
    match (glimpse.side, is_echonets_answer) {
        (Some(BlockSide::Theirs), true) => Some(BlockSide::Ours),
        (Some(side), _) => Some(side),
        (None, true) => Some(BlockSide::Ours),
        (None, false) => hints.side.filter(|_| hints.side_in_name),
    }
}

/// What the name says otherwise than the content.
fn although(glimpse: &Glimpse, hints: &Hints) -> Option<String> {
    match (glimpse.side, hints.side) {
        (Some(BlockSide::Ours), Some(BlockSide::Theirs)) => Some("its name says mainnet, but Echonet wrote it".to_owned()),
        (Some(BlockSide::Theirs), Some(BlockSide::Ours)) if hints.side_in_name => {
            Some("it is mainnet's own, which Echonet passes through below its first block".to_owned())
        }
        _ => None,
    }
}

fn block(glimpse: &Glimpse, hints: &Hints) -> Recognised {
    match (glimpse.block, glimpse.is_pending) {
        (Some(block), _) => document(glimpse, hints, BLOCK, Some(block)),
        (None, true) => left("a pending block, which has neither a number nor a hash yet: ask for it again once it is accepted"),
        (None, false) => left("a block of the feeder gateway without a number"),
    }
}

fn document(glimpse: &Glimpse, hints: &Hints, parts: &'static [(DumpKind, FilePart)], block: Option<u64>) -> Recognised {
    let side = told_side(glimpse, hints);
    Recognised::Document(BlockDocument { parts, side, block, hash: glimpse.block_hash, although: although(glimpse, hints) })
}

/// Objects of the cluster: one file can hold several kinds.
fn objects(glimpse: &Glimpse) -> Recognised {
    match &glimpse.config_map {
        Some(KnownConfigMap::Settings(config)) => {
            return Recognised::Answers(vec![PieceClaim::whole(Request::NodeSettings { config: *config })]);
        }
        Some(KnownConfigMap::Source(_)) => return Recognised::Answers(vec![PieceClaim::whole(Request::EchonetSource)]),
        None => {}
    }
    let claim = |kind: &'static str| Some(PieceClaim { request: Request::of_kind(kind)?, part: FilePart::Kind(kind), although: None });
    let claims: Vec<PieceClaim> = glimpse.kinds.iter().filter_map(|it| claim(it)).collect();
    if claims.is_empty() { left("cluster objects that whysync has no use for") } else { Recognised::Answers(claims) }
}

fn left(what: &str) -> Recognised {
    Recognised::Left(what.to_owned())
}

/// What something looks like that is no evidence, and what to give instead.
fn nothing(glimpse: &Glimpse, hints: &Hints) -> Recognised {
    match (glimpse.look, glimpse.writer) {
        (_, Some(LogWriter::Of(Program::Sequencer))) | (Look::Table, _) => Recognised::Log,
        _ if glimpse.bears(Mark::BUNDLE) => Recognised::Bundle,
        (Look::Text, Some(LogWriter::Unknown)) if hints.is_log || hints.is_sequencers => Recognised::Log,
        (Look::Text, Some(LogWriter::Of(Program::Echonet) | LogWriter::Unknown)) => {
            left("a text whose lines begin with times, none of them from Echonet: put `sequencer` and `.log` into its name if it is a log")
        }
        (Look::Empty, _) => left("an empty file"),
        (Look::ErrorPage, _) => left("an error page of a web server instead of an answer"),
        (Look::WebPage, _) => left("a web page: give the answer of /echonet/report instead"),
        (Look::Images, _) => left("a list of images, which names no pod: give `kubectl get pods -o json` as well"),
        (Look::Picture, _) => left("a picture: give the text or the file that it shows"),
        (Look::Program, _) => left("a program"),
        (Look::Utf16, _) => left(UTF16),
        (Look::Binary, _) => left("binary data"),
        (Look::TornJson, _) => left("JSON that breaks off or is damaged: save it again"),
        (Look::Object, _) if glimpse.count == 0 => left("an empty JSON object"),
        (Look::Object | Look::List | Look::JsonLines, _) => left("JSON that does not come from Echonet, mainnet, the cluster or the logs"),
        (Look::Text, None) => left("a text without a line of Echonet"),
    }
}
