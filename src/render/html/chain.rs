//! The chain of blocks of an episode as a picture: where it diverged and what followed.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::Page;
use crate::findings::{Divergence, DivergenceRole, EpisodeSummary};

/// Blocks with divergences that the picture shows besides the last one.
const SHOWN: usize = 4;

/// One block of the picture.
struct Block<'d> {
    number: u64,
    /// The gravest thing that was seen in it.
    role: Option<DivergenceRole>,
    /// Our hash and mainnet's, where they differ.
    hashes: Option<(&'d str, &'d str)>,
    /// What differs, by kind in words.
    kinds: Vec<(usize, String)>,
}

impl Page<'_> {
    pub(super) fn chain(&self, episode: &EpisodeSummary) -> Markup {
        let blocks = blocks(episode);
        let mut before = None;
        let steps: Vec<(u64, &Block<'_>)> = blocks
            .iter()
            .map(|it| {
                let skipped = before.map_or(0, |before: u64| it.number - before - 1);
                before = Some(it.number);
                (skipped, it)
            })
            .collect();
        html! {
            @if !blocks.is_empty() {
                figure.chain {
                    figcaption { "The blocks on both sides, in order" }
                    ol tabindex="0" aria-label="Blocks" {
                        @for (skipped, block) in steps {
                            @if 0 < skipped { li.skipped { "… " (skipped) " more" } }
                            (self.block(block, episode))
                        }
                    }
                }
            }
        }
    }

    fn block(&self, block: &Block<'_>, episode: &EpisodeSummary) -> Markup {
        let (tone, word) = match block.role {
            Some(DivergenceRole::Cause) => ("bad", "diverges"),
            Some(DivergenceRole::Consequence) => ("doubt", "follows"),
            Some(DivergenceRole::Informational) => ("quiet", "no hashed difference seen"),
            None => ("quiet", "no difference seen"),
        };
        let starts = episode.start_block == Some(block.number);
        let triggers = episode.trigger.as_ref().is_some_and(|it| it.block == block.number);
        html! {
            li.block.(tone) {
                p.number { (block.number) }
                p.state { (word) }
                @if starts || triggers {
                    p.marks {
                        @if starts { span.badge.plain { "replay starts" } " " }
                        @if triggers { span.badge.plain { "trigger" } }
                    }
                }
                @if let Some((ours, theirs)) = block.hashes {
                    dl.hashes {
                        dt { "mainnet" } dd { (self.words.text(theirs)) }
                        dt { "Echonet" } dd { (self.words.text(ours)) }
                    }
                }
                @if !block.kinds.is_empty() {
                    ul { @for (count, kind) in &block.kinds { li { @if 1 < *count { (count) " × " } (self.words.text(kind)) } } }
                }
            }
        }
    }
}

/// The blocks worth showing, lowest first: the start, the block before the first divergence, the first few that diverge, the last one,
/// and the trigger's.
fn blocks(episode: &EpisodeSummary) -> Vec<Block<'_>> {
    let mut by_block: BTreeMap<u64, Vec<&Divergence>> = BTreeMap::new();
    for divergence in &episode.divergences {
        by_block.entry(divergence.block).or_default().push(divergence);
    }
    let mut numbers: BTreeSet<u64> = by_block.keys().take(SHOWN).copied().collect();
    numbers.extend(by_block.keys().next_back());
    numbers.extend(episode.first_diverging_block.and_then(|it| it.checked_sub(1)));
    numbers.extend(episode.start_block);
    numbers.extend(episode.trigger.as_ref().map(|it| it.block));
    let block = |number: u64| {
        let divergences = by_block.get(&number).map(Vec::as_slice).unwrap_or_default();
        let hashes = divergences.iter().find(|it| it.kind == "block_hash");
        Block {
            number,
            role: divergences.iter().map(|it| it.role).min(),
            hashes: hashes.and_then(|it| Some((it.ours.as_deref()?, it.theirs.as_deref()?))),
            kinds: kinds(divergences),
        }
    };
    numbers.into_iter().map(block).collect()
}

fn kinds(divergences: &[&Divergence]) -> Vec<(usize, String)> {
    let mut kinds: BTreeMap<(DivergenceRole, &str), usize> = BTreeMap::new();
    for divergence in divergences.iter().filter(|it| it.role != DivergenceRole::Informational) {
        *kinds.entry((divergence.role, divergence.kind.as_str())).or_default() += 1;
    }
    kinds.into_iter().take(6).map(|((_, kind), count)| (count, kind.replace('_', " "))).collect()
}
