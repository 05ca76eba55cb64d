//! What a bundle holds: each section with its size, how much of it was seen, and where it came from.

use crate::evidence::pieces::{BundlePart, EvidencePiece};
use crate::evidence::{Bundle, Origin};
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
    let mut last = BundlePart::Report;
    for piece in bundle.pieces() {
        if piece.part != last {
            text.push_str(&format!("\n{}\n", title(piece.part)));
            last = piece.part;
        }
        text.push_str(&line(&piece));
    }
    text
}

fn title(part: BundlePart) -> String {
    match part {
        BundlePart::Report => "report".to_owned(),
        BundlePart::Pages => "Echonet's pages".to_owned(),
        BundlePart::Episode(number) => format!("episode {number}"),
        BundlePart::Mainnet => "mainnet".to_owned(),
        BundlePart::AfterResync => "after the last resync".to_owned(),
        BundlePart::Logs => "logs".to_owned(),
        BundlePart::Deployment => "deployment".to_owned(),
    }
}

fn line(piece: &EvidencePiece<'_>) -> String {
    let mut parts = Vec::new();
    let gap = piece.answer.gap().map(|it| visible(&it).into_owned());
    match piece.answer.seen() {
        Some((coverage, source)) => {
            parts.push(gap.unwrap_or_else(|| "seen".to_owned()));
            parts.push(size(source.bytes));
            parts.extend((0 < coverage.redacted).then(|| format!("{} redacted", coverage.redacted)));
            parts.extend(Some(piece.answer.shown()).filter(|it| !it.is_empty()).map(|it| visible(&it).into_owned()));
            let at = source.at.map(|it| format!(" at {it}")).unwrap_or_default();
            parts.push(format!("from {}{at}", visible(&source.asked)));
        }
        None => parts.extend(gap),
    }
    let indent = if piece.part == BundlePart::Report { "" } else { "  " };
    let name = format!("{indent}{}", visible(&piece.name));
    format!("{name:26}  {}\n", parts.join(" · "))
}

fn size(bytes: u64) -> String {
    match bytes {
        ..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
