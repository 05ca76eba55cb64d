//! Raw excerpts: where each side's payload came from, and the lines of it that differ.

use std::collections::BTreeSet;

use super::MarkdownWriter;
use super::escape::fence;
use crate::findings::{PayloadExcerpt, PayloadPiece, PieceContent};
use crate::render::outline::Outline;
use crate::render::phrases;
use crate::render::side_by_side::{LineRun, side_by_side};

impl MarkdownWriter {
    /// Payloads of what is claimed or unexplained; the lines of those that nobody explains, for they are what is to be reported.
    pub(super) fn raw(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        let open: BTreeSet<&str> = diagnosis.unexplained.iter().map(|it| it.id.as_str()).collect();
        let excerpts: Vec<&PayloadExcerpt> = diagnosis.exhibits.payloads.iter().filter(|it| !it.divergences.is_empty()).collect();
        if excerpts.is_empty() {
            return;
        }
        self.heading(phrases::RAW);
        let (shown, left) = self.values.items(&excerpts);
        for excerpt in shown {
            let subject = format!("{}{}", excerpt.subject, outline.of_episode(excerpt.episode));
            let origins: Vec<String> = excerpt.pieces.iter().map(|it| self.origin(it)).collect();
            self.line(&format!("- {}: {}", self.prose(&subject), origins.join("; ")));
            let is_open = excerpt.divergences.iter().any(|it| open.contains(it.as_str()));
            let lines = if is_open { self.differing(excerpt) } else { Vec::new() };
            if !lines.is_empty() {
                self.line("");
                self.line(&fence("diff", &lines));
                self.line("");
            }
        }
        self.left_out(left.saturating_add(diagnosis.exhibits.payloads_left_out), "payloads");
    }

    /// Where a piece came from, and what of it is missing.
    fn origin(&self, piece: &PayloadPiece) -> String {
        let side = piece.side.name();
        let what = match (&piece.content, piece.place.is_empty()) {
            (PieceContent::Json { .. }, false) => format!("{side} {}", self.code(&piece.place)),
            (PieceContent::Json { .. }, true) => side.to_owned(),
            (PieceContent::Nothing, _) => format!("{side} has nothing of it"),
            (PieceContent::NotSeen, _) => format!("{side} not seen"),
        };
        let payload = &piece.payload;
        let mut parts = vec![what];
        parts.extend(payload.source.as_ref().map(|it| {
            let at = it.at.map(|it| format!(" at {it}")).unwrap_or_default();
            format!("from {}{at}", self.code(&it.asked))
        }));
        parts.extend(payload.gap.as_ref().map(|it| self.prose(it)));
        parts.extend((0 < payload.redacted).then(|| format!("{} redacted in it", payload.redacted)));
        parts.join(", ")
    }

    /// The lines of both pieces that differ; equal ones are only marked.
    fn differing(&self, excerpt: &PayloadExcerpt) -> Vec<String> {
        let [ours, theirs] = excerpt.pieces.as_slice() else { return Vec::new() };
        let text = |it: &PayloadPiece| match &it.content {
            PieceContent::Json { text, .. } => text.clone(),
            PieceContent::Nothing | PieceContent::NotSeen => String::new(),
        };
        let mut lines = Vec::new();
        for run in side_by_side(&text(ours), &text(theirs)) {
            match run {
                LineRun::Both(_) => lines.push("  …".to_owned()),
                LineRun::Differ { ours, theirs } => {
                    lines.extend(ours.iter().map(|it| format!("- {}", self.values.text(it))));
                    lines.extend(theirs.iter().map(|it| format!("+ {}", self.values.text(it))));
                }
            }
        }
        let left = lines.len().saturating_sub(self.values.limits.lines.saturating_mul(2));
        if 0 < left {
            lines.truncate(lines.len().saturating_sub(left));
            lines.push(format!("  … ({left} more lines)"));
        }
        lines
    }
}
