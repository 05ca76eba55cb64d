//! Raw excerpts: pieces of payloads as they were read, with their origin and how much of each was seen.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{HtmlPage, left_out};
use crate::evidence::BlockSide;
use crate::findings::{CaseKind, EpisodeSummary, Finding, PayloadExcerpt, PayloadPiece, PieceContent};
use crate::render::phrases;

impl HtmlPage<'_> {
    /// The pieces that show what a finding claims.
    pub(super) fn payloads_of_finding(&self, finding: &Finding) -> Markup {
        let ids = finding.claims.iter().map(String::as_str).collect();
        self.payloads(&self.outline.payloads_of(finding.episode, &ids))
    }

    /// The pieces that show what nothing explains.
    pub(super) fn payloads_of_unexplained(&self) -> Markup {
        let diagnosis = self.outline.diagnosis;
        let of_episode = |episode: &EpisodeSummary| {
            let ids: BTreeSet<&str> =
                diagnosis.unexplained.iter().filter(|it| it.episode == episode.number).map(|it| it.id.as_str()).collect();
            self.outline.payloads_of(episode.number, &ids)
        };
        self.payloads(&diagnosis.episodes.iter().flat_map(of_episode).collect::<Vec<_>>())
    }

    /// What an episode itself rests on: the lines around its trigger, what Echonet says of it, its counters, the header that differs.
    pub(super) fn payloads_of_episode(&self, episode: &EpisodeSummary) -> Markup {
        let lines = self.outline.trigger_lines(episode.number);
        let left = self.outline.diagnosis.exhibits.payloads_left_out;
        html! {
            @if let Some(lines) = lines {
                details {
                    summary { "Raw log lines around the " (if episode.kind == CaseKind::Resync { "trigger" } else { phrases::case(episode.kind) }) }
                    div.excerpt {
                        p { "In " code { (self.words.text(&lines.log)) } (self.log_source(lines.episode, &lines.log)) }
                        (self.log_lines(&lines.lines))
                    }
                }
            }
            (self.payloads(&self.outline.payloads_of_episode(episode.number)))
            (left_out(left, "payloads of this incident, which the bundle holds"))
        }
    }

    fn payloads(&self, excerpts: &[&PayloadExcerpt]) -> Markup {
        let (shown, left) = self.values.items(excerpts);
        html! {
            @if !shown.is_empty() {
                details {
                    summary { (phrases::RAW) ": " (phrases::count(excerpts.len(), "excerpt")) }
                    @for excerpt in shown { (self.payload(excerpt)) }
                    (left_out(left, "excerpts"))
                }
            }
        }
    }

    fn payload(&self, excerpt: &PayloadExcerpt) -> Markup {
        let sides = match excerpt.pieces.as_slice() {
            [ours, theirs] if ours.side == BlockSide::Ours && theirs.side == BlockSide::Theirs => json(ours).zip(json(theirs)),
            _ => None,
        };
        html! {
            div.payload {
                p { strong { (self.words.text(&excerpt.subject)) } }
                dl.sides {
                    @for piece in &excerpt.pieces {
                        div.(side_class(piece.side)) {
                            dt { (piece.side.name()) }
                            dd {
                                (self.origin(piece))
                                @match &piece.content {
                                    PieceContent::Json { text, .. } => @if sides.is_none() { (self.lines(text)) },
                                    PieceContent::Nothing => p { "The payload has no such entry." },
                                    PieceContent::NotSeen => p { "Not seen." },
                                }
                            }
                        }
                    }
                }
                @if let Some((ours, theirs)) = sides { (self.side_by_side(ours, theirs, &self.values)) }
            }
        }
    }

    /// Where a piece came from, and what of it is missing.
    fn origin(&self, piece: &PayloadPiece) -> Markup {
        let payload = &piece.payload;
        let cut = match piece.content {
            PieceContent::Json { cut, .. } => cut,
            PieceContent::Nothing | PieceContent::NotSeen => 0,
        };
        html! {
            p.origin {
                @if !piece.place.is_empty() { (self.words.text(&piece.place)) " of " }
                code { (self.words.text(&payload.evidence)) }
                @if let Some(source) = &payload.source { ", from " (self.source(source)) }
                @if let Some(gap) = &payload.gap { " " span.badge.doubt { (self.words.text(gap)) } }
                @if 0 < payload.redacted { " " span.badge.plain { (payload.redacted) " redacted in it" } }
                @if 0 < cut { " " span.badge.doubt { (phrases::count(cut, "value")) " cut" } }
            }
        }
    }
}

fn json(piece: &PayloadPiece) -> Option<&str> {
    match &piece.content {
        PieceContent::Json { text, .. } => Some(text),
        PieceContent::Nothing | PieceContent::NotSeen => None,
    }
}

fn side_class(side: BlockSide) -> &'static str {
    match side {
        BlockSide::Ours => "ours",
        BlockSide::Theirs => "theirs",
    }
}
