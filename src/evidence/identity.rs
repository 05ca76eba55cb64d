//! Whether documents belong to the block and the side that their names claim.
//!
//! A state update does not state its height, only the hash of its block. The same goes for everything else that names a block: the next
//! block, and the rows in which Echonet records hash mismatches. Echonet's own state updates carry the hash of its own block; only their
//! roots are made up.

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, BlockSide, Bundle, Extent, Felt, Gathered, Missing, OurBlock, StateUpdate, TheirBlock};

/// Hashes that evidence states of a side's blocks, by height.
type StatedHashes = BTreeMap<u64, BTreeSet<Felt>>;

/// Takes out of a bundle the documents that are not those of their block or of their side.
pub(super) fn hold(bundle: &mut Bundle) {
    misplaced(bundle);
    let theirs: BTreeMap<u64, Felt> =
        bundle.theirs.iter().filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash))).collect();
    let differing = differing(bundle);
    let all_ours = bundle.episodes.iter().flat_map(|it| &it.ours).chain(&bundle.after_resync);
    let mut ours = StatedHashes::new();
    for (height, hash) in all_ours.filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash))) {
        ours.entry(height).or_default().insert(hash);
    }
    let one = |height: &u64| theirs.get(height).copied().into_iter().collect::<BTreeSet<Felt>>();
    for blocks in bundle.episodes.iter_mut().map(|it| &mut it.ours).chain([&mut bundle.after_resync]) {
        let mut stated = of_children(blocks.iter().map(|(height, it)| (*height, &it.block)));
        for (height, hashes) in &differing {
            stated.entry(*height).or_default().extend(hashes);
        }
        for (height, OurBlock { block, state_update, .. }) in blocks.iter_mut() {
            pair(BlockSide::Ours, *height, block, state_update, &one(height), stated.get(height));
        }
    }
    for blocks in bundle.episodes.iter_mut().map(|it| &mut it.ours) {
        not_after_own(blocks, &theirs);
    }
    let stated = of_children(bundle.theirs.iter().map(|(height, it)| (*height, &it.block)));
    let none = BTreeSet::new();
    for (height, it) in &mut bundle.theirs {
        // Echonet notes the hash of its own block only where it differs from mainnet's.
        if let (Some(block), Some(noted)) = (it.block.value(), differing.get(height))
            && noted.contains(&block.block_hash)
        {
            let hash = block.block_hash;
            let reason = format!("it is Echonet's block {height} and not mainnet's: Echonet notes {hash} as its own hash, which differed");
            if it.state_update.value().is_some_and(|it| it.block_hash == Some(hash)) {
                fail(
                    &mut it.state_update,
                    format!("it is the state update of Echonet's block {height} and not of mainnet's: it states {hash}"),
                );
            }
            fail(&mut it.block, reason);
        }
        pair(BlockSide::Theirs, *height, &mut it.block, &mut it.state_update, ours.get(height).unwrap_or(&none), stated.get(height));
    }
    unlinked(&mut bundle.theirs);
}

/// Takes out the blocks that stand under another height than their own.
fn misplaced(bundle: &mut Bundle) {
    fn hold<T>(document: &mut Gathered<T>, height: u64, stated: impl Fn(&T) -> u64) {
        if let Some(stated) = document.value().map(stated).filter(|it| *it != height) {
            fail(document, format!("it states that it is of block {stated}, and stands under block {height}"));
        }
    }
    let ours = bundle.episodes.iter_mut().flat_map(|it| &mut it.ours).chain(&mut bundle.after_resync);
    for (height, OurBlock { block, blob, .. }) in ours {
        hold(block, *height, |it| it.block_number);
        hold(blob, *height, |it| it.block_number);
    }
    for (height, it) in &mut bundle.theirs {
        hold(&mut it.block, *height, |it| it.block_number);
    }
}

/// Takes out of an epoch the blocks that are mainnet's: what follows a block of one's own that is not mainnet's is not mainnet's either.
fn not_after_own(blocks: &mut BTreeMap<u64, OurBlock>, theirs: &BTreeMap<u64, Felt>) {
    let hashes: BTreeMap<u64, Felt> = blocks.iter().filter_map(|(height, it)| Some((*height, it.block.value()?.block_hash))).collect();
    for (height, OurBlock { block, state_update, .. }) in blocks {
        let Some((before, own)) = height.checked_sub(1).and_then(|it| Some((it, hashes.get(&it)?))) else { continue };
        let Some(found) = block.value().filter(|it| theirs.get(height) == Some(&it.block_hash) && it.parent_block_hash != *own) else {
            continue;
        };
        let (hash, parent) = (found.block_hash, found.parent_block_hash);
        if state_update.value().is_some_and(|it| it.block_hash == Some(hash)) {
            fail(state_update, format!("it is the state update of mainnet's block {height} and not of Echonet's: it states {hash}"));
        }
        fail(
            block,
            format!(
                "it is mainnet's block {height} and not Echonet's: the block before it is {parent}, and Echonet's block {before} is {own}"
            ),
        );
    }
}

/// The hashes of Echonet's blocks that it noted as differing from mainnet's.
fn differing(bundle: &Bundle) -> StatedHashes {
    let mut all = StatedHashes::new();
    let reports = bundle.episodes.iter().map(|it| &it.report).chain([&bundle.report]).filter_map(Gathered::value);
    let of_reports = reports.flat_map(|it| it.block_hash_mismatches.iter().flatten());
    let of_text = bundle.echonet.report_text.value().into_iter().flat_map(|it| &it.block_hash_mismatches);
    let of_snapshots = bundle.episodes.iter().filter_map(|it| it.snapshot.value()).flat_map(|it| &it.block_hash_mismatches);
    for row in of_reports.chain(of_text).chain(of_snapshots) {
        all.entry(row.block_number).or_default().insert(row.echonet);
    }
    all
}

/// What blocks state of the ones before them.
fn of_children<'b>(blocks: impl Iterator<Item = (u64, &'b Gathered<Block>)>) -> StatedHashes {
    let mut all = StatedHashes::new();
    for (height, block) in blocks {
        if let (Some(parent), Some(block)) = (height.checked_sub(1), block.value()) {
            all.entry(parent).or_default().insert(block.parent_block_hash);
        }
    }
    all
}

/// Holds a state update against the block that was saved for the same height and side.
fn pair(
    side: BlockSide,
    height: u64,
    block: &mut Gathered<Block>,
    state_update: &mut Gathered<StateUpdate>,
    others: &BTreeSet<Felt>,
    stated: Option<&BTreeSet<Felt>>,
) {
    let (Some(of_block), Some(of_update)) = (block.value().map(|it| it.block_hash), state_update.value().and_then(|it| it.block_hash))
    else {
        return;
    };
    if of_block == of_update {
        return;
    }
    let (own, other) = (side.whose(), side.other().whose());
    let is_stated = |hash: &Felt| stated.is_some_and(|it| it.contains(hash));
    match (others.contains(&of_block), others.contains(&of_update)) {
        (false, true) => {
            fail(
                state_update,
                format!(
                    "it is the state update of {other} block {height} and not of {own}: it states the block {of_update}, and {own} is {of_block}"
                ),
            );
        }
        (true, false) => {
            fail(
                block,
                format!(
                    "it is {other} block {height} and not {own}: it is {of_block}, and the state update saved for it is of {of_update}"
                ),
            );
        }
        _ if is_stated(&of_update) && !is_stated(&of_block) => {
            fail(
                block,
                format!("it states the hash {of_block}, and its state update and what else names block {height} state {of_update}"),
            );
        }
        _ => fail(state_update, format!("it is of the block {of_update}, and {own} block {height} is {of_block}")),
    }
}

/// Takes out mainnet's blocks that do not follow the one before them, for mainnet's do; and that one too, unless its state update states the
/// same hash.
fn unlinked(theirs: &mut BTreeMap<u64, TheirBlock>) {
    let hash = |it: &TheirBlock| it.block.value().map(|it| it.block_hash);
    let is_confirmed = |it: &TheirBlock| it.state_update.value().is_some_and(|update| update.block_hash == hash(it));
    let broken: Vec<(u64, u64, Felt, Felt, bool)> = theirs
        .iter()
        .filter_map(|(height, it)| {
            let before = height.checked_sub(1)?;
            let (parent, found) = (it.block.value()?.parent_block_hash, hash(theirs.get(&before)?)?);
            (parent != found).then(|| (before, *height, parent, found, is_confirmed(theirs.get(&before).unwrap_or(it))))
        })
        .collect();
    for (before, height, parent, found, is_confirmed) in broken {
        let reason =
            format!("mainnet's block {height} states that the block before it is {parent}, and block {before} states that it is {found}");
        let failed = [Some(height), (!is_confirmed).then_some(before)].into_iter().flatten();
        for height in failed {
            if let Some(it) = theirs.get_mut(&height) {
                fail(&mut it.block, reason.clone());
            }
        }
    }
}

/// Two documents of one block that cannot both be right.
pub(crate) fn contradict(kept: &mut Gathered<Block>, other: &Gathered<Block>, who: &str) {
    if let (Some(one), Some(two)) = (kept.value().map(|it| it.block_hash), other.value().map(|it| it.block_hash))
        && one != two
    {
        fail(kept, format!("it states the hash {one}, and {who} {two}"));
    }
}

/// Marks observed evidence as failed because it is not credible.
pub(crate) fn fail<T>(seen: &mut Gathered<T>, reason: String) {
    if let Gathered::Observed(observed) = seen {
        *seen = Gathered::Failed(Missing::new(std::mem::take(&mut observed.source.asked), reason));
    }
}

/// Notes why not all was seen.
pub(crate) fn doubt<T>(seen: &mut Gathered<T>, reason: &str) {
    if let Gathered::Observed(observed) = seen {
        observed.coverage.extent = match std::mem::replace(&mut observed.coverage.extent, Extent::Complete) {
            Extent::Complete => Extent::Partial(reason.to_owned()),
            Extent::Partial(known) => Extent::Partial(format!("{known}; {reason}")),
        };
    }
}
