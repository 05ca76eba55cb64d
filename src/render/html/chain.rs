//! An episode's blocks as a picture: where they diverged and what followed.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::HtmlPage;
use crate::findings::{BlockPair, CaseKind, Divergence, DivergenceRole, EpisodeSummary, named_block};
use crate::render::phrases;

/// Blocks with divergences that the picture shows besides the last one.
const SHOWN: usize = 4;

/// One block of the picture.
struct ChainBlock<'d> {
    number: u64,
    /// The gravest thing that was seen in it.
    role: Option<DivergenceRole>,
    /// Our hash and mainnet's, where they differ.
    hashes: Option<[Option<&'d str>; 2]>,
    /// What differs, by kind in words.
    kinds: Vec<(usize, String)>,
}

impl HtmlPage<'_> {
    pub(super) fn chain(&self, episode: &EpisodeSummary) -> Markup {
        let pairs = &self.outline.diagnosis.exhibits.chain;
        let blocks = blocks(episode, pairs);
        let mut before = None;
        let steps: Vec<(u64, &ChainBlock<'_>)> = blocks
            .iter()
            .map(|it| {
                let skipped = before.map_or(0, |before: u64| it.number.saturating_sub(before).saturating_sub(1));
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
                    (self.cascade(episode))
                }
            }
        }
    }

    /// What follows from what, step by step from the causes.
    fn cascade(&self, episode: &EpisodeSummary) -> Markup {
        let steps = cascade(episode);
        html! {
            @if 1 < steps.len() {
                figcaption { "What follows from what" }
                ol.cascade tabindex="0" aria-label="Cascade" {
                    @for (place, step) in steps.iter().enumerate() {
                        li.(if place == 0 { "bad" } else { "doubt" }) {
                            ul {
                                @for ((kind, block), count) in step.iter().take(6) {
                                    li { @if 1 < *count { (count) " × " } (self.words.text(kind)) " " span.faint { (block) } }
                                }
                                @if 6 < step.len() { li.faint { "… " (step.len() - 6) " more" } }
                            }
                        }
                    }
                }
            }
        }
    }

    fn block(&self, block: &ChainBlock<'_>, episode: &EpisodeSummary) -> Markup {
        let (tone, word) = match block.role {
            Some(DivergenceRole::Cause) => ("bad", "diverges"),
            Some(DivergenceRole::Consequence) => ("doubt", "follows"),
            Some(DivergenceRole::Informational) => ("quiet", "no hashed difference seen"),
            None => ("quiet", "no difference seen"),
        };
        let starts = episode.start_block == Some(block.number);
        let triggers = episode.trigger.as_ref().is_some_and(|it| it.block == Some(block.number));
        html! {
            li.block.(tone) {
                p.number { (block.number) }
                p.state { (word) }
                @if starts || triggers {
                    p.marks {
                        @if starts { span.badge.plain { "replay starts" } " " }
                        @if triggers { span.badge.plain { (if episode.kind == CaseKind::Resync { "trigger" } else { phrases::case(episode.kind) }) } }
                    }
                }
                @if let Some([ours, theirs]) = block.hashes {
                    dl.hashes {
                        dt { "Echonet" } dd { (ours.map_or_else(|| "not seen".to_owned(), |it| self.words.text(it))) }
                        dt { "mainnet" } dd { (theirs.map_or_else(|| "not seen".to_owned(), |it| self.words.text(it))) }
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
fn blocks<'d>(episode: &'d EpisodeSummary, pairs: &'d [BlockPair]) -> Vec<ChainBlock<'d>> {
    let mut by_block: BTreeMap<u64, Vec<&Divergence>> = BTreeMap::new();
    for divergence in &episode.divergences {
        if let Some(block) = named_block(divergence.block) {
            by_block.entry(block).or_default().push(divergence);
        }
    }
    let mut numbers: BTreeSet<u64> = by_block.keys().take(SHOWN).copied().collect();
    numbers.extend(by_block.keys().next_back());
    numbers.extend(episode.first_diverging_block.and_then(|it| it.checked_sub(1)));
    numbers.extend(episode.start_block);
    numbers.extend(episode.trigger.as_ref().and_then(|it| it.block));
    let near = pairs.iter().filter(|it| it.episode == episode.number);
    numbers.extend(near.clone().filter(|it| it.ours.is_some()).map(|it| it.block));
    let block = |number: u64| {
        let divergences = by_block.get(&number).map(Vec::as_slice).unwrap_or_default();
        let hashes = divergences.iter().find(|it| it.kind == "block_hash");
        ChainBlock {
            number,
            role: divergences.iter().map(|it| it.role).min(),
            hashes: match (near.clone().find(|it| it.block == number), hashes) {
                (Some(pair), _) => Some([&pair.ours, &pair.theirs].map(|it| it.as_ref().map(|it| it.hash.as_str()))),
                (None, Some(it)) => Some([it.ours.as_deref(), it.theirs.as_deref()]),
                (None, None) => None,
            },
            kinds: kinds(divergences),
        }
    };
    numbers.into_iter().map(block).collect()
}

/// Steps that the picture shows.
const STEPS: usize = 7;

/// Divergences by how many steps they are away from the causes, each step by kind and height. Those that no cause leads to are left out.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn cascade(episode: &EpisodeSummary) -> Vec<BTreeMap<(String, u64), usize>> {
    let mut followers: BTreeMap<&str, Vec<&Divergence>> = BTreeMap::new();
    for divergence in &episode.divergences {
        for from in &divergence.follows {
            followers.entry(from).or_default().push(divergence);
        }
    }
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut step: Vec<&Divergence> = episode.divergences.iter().filter(|it| it.role == DivergenceRole::Cause).collect();
    let mut steps = Vec::new();
    while !step.is_empty() && steps.len() < STEPS {
        step.retain(|it| seen.insert(&it.id));
        let mut kinds: BTreeMap<(String, u64), usize> = BTreeMap::new();
        for it in &step {
            let name =
                if it.kind == "commitment" { it.subject.trim_start_matches("commitment ").to_owned() } else { it.kind.replace('_', " ") };
            *kinds.entry((name, it.block)).or_default() += 1;
        }
        if !kinds.is_empty() {
            steps.push(kinds);
        }
        step = step.iter().flat_map(|it| followers.get(it.id.as_str()).into_iter().flatten().copied()).collect();
    }
    steps
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn kinds(divergences: &[&Divergence]) -> Vec<(usize, String)> {
    let mut kinds: BTreeMap<(DivergenceRole, &str), usize> = BTreeMap::new();
    for divergence in divergences.iter().filter(|it| it.role != DivergenceRole::Informational) {
        *kinds.entry((divergence.role, divergence.kind.as_str())).or_default() += 1;
    }
    kinds.into_iter().take(6).map(|((_, kind), count)| (count, kind.replace('_', " "))).collect()
}
