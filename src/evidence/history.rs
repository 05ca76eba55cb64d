//! What deployed commits contain, packed: every commit by its first digits, its pull requests and its patch id.
//!
//! Digests do not compress, so only their first five bytes are kept: among 16,000 commits, one look-up in a hundred million finds the wrong
//! one. All columns are hexadecimal, which no pattern for secrets matches.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ParseError;
use crate::limits::COMMITS;

/// The first five bytes of a commit's SHA or of a patch id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortId([u8; 5]);

impl ShortId {
    /// The short form of a digest of at least ten hexadecimal digits.
    #[must_use]
    pub fn from_digest(digest: &str) -> Option<Self> {
        let bytes = from_hex(digest.get(..10)?)?;
        bytes.try_into().ok().map(Self)
    }
}

impl ShortId {
    /// Several in a row, as hexadecimal.
    #[must_use]
    pub fn pack(all: impl IntoIterator<Item = Self>) -> String {
        hex(&all.into_iter().flat_map(|it| it.0).collect::<Vec<u8>>())
    }

    /// What was packed again.
    ///
    /// # Errors
    /// When it is no hexadecimal, or does not end with an id.
    pub(crate) fn unpack(text: &str) -> Result<Vec<Self>, ParseError> {
        Self::all(text).ok_or_else(|| ParseError::new("a list of commits or patch ids in the lineage cannot be read"))
    }

    fn all(text: &str) -> Option<Vec<Self>> {
        let bytes = from_hex(text).filter(|it| it.len().is_multiple_of(5) && it.len() / 5 <= COMMITS)?;
        Some(bytes.chunks_exact(5).filter_map(|it| it.try_into().ok().map(Self)).collect())
    }
}

impl std::fmt::Display for ShortId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// A commit that at least one deployed commit contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contained {
    /// The commit.
    pub id: ShortId,
    /// The deployed commits that contain it, as a bit set: bit `n` is the `n`th.
    pub by: u64,
    /// Pull requests whose change it carries.
    pub pull_requests: Vec<u64>,
    /// Its patch id, if it was computed.
    pub patch_id: Option<ShortId>,
}

/// The commits that the deployed commits contain, ancestors before descendants. Each column is hexadecimal; numbers in it are LEB128.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// First five bytes of each commit.
    pub commits: String,
    /// Runs of commits that the same deployed commits contain: length of the run, then a bit for each deployed commit.
    pub contained_by: String,
    /// For each commit how many pull requests its subject names, then each number as a zigzag difference from the one before it.
    pub pull_requests: String,
    /// Runs of commits without and with a patch id, in turn: their lengths.
    pub patch_runs: String,
    /// First five bytes of each patch id.
    pub patch_ids: String,
}

impl History {
    /// Packs commits, ancestors before descendants.
    #[must_use]
    pub fn pack(commits: &[Contained]) -> Self {
        let mut packed = [const { Vec::new() }; 5];
        let [ids, by, prs, runs, patches] = &mut packed;
        for run in commits.chunk_by(|left, right| left.by == right.by) {
            write(by, run.len() as u64);
            write(by, run.first().map_or(0, |it| it.by));
        }
        let mut last = 0_u64;
        for commit in commits {
            ids.extend(commit.id.0);
            write(prs, commit.pull_requests.len() as u64);
            for number in &commit.pull_requests {
                let difference = number.wrapping_sub(last).cast_signed();
                write(prs, ((difference << 1) ^ (difference >> 63)).cast_unsigned());
                last = *number;
            }
            patches.extend(commit.patch_id.into_iter().flat_map(|it| it.0));
        }
        if commits.first().is_some_and(|it| it.patch_id.is_some()) {
            write(runs, 0);
        }
        for run in commits.chunk_by(|left, right| left.patch_id.is_some() == right.patch_id.is_some()) {
            write(runs, run.len() as u64);
        }
        let [commits, contained_by, pull_requests, patch_runs, patch_ids] = packed.map(|it| hex(&it));
        Self { commits, contained_by, pull_requests, patch_runs, patch_ids }
    }

    /// The commits again.
    ///
    /// # Errors
    /// When a column is no hexadecimal, ends too early or holds too much.
    pub fn unpack(&self) -> Result<Vec<Contained>, ParseError> {
        let broken = |what: &str| ParseError::new(format!("the {what} of the lineage cannot be read"));
        let column = |text: &str, what: &str| from_hex(text).ok_or_else(|| broken(what));
        let ids = ShortId::all(&self.commits).ok_or_else(|| broken("commits"))?;
        let mut all: Vec<Contained> =
            ids.into_iter().map(|id| Contained { id, by: 0, pull_requests: Vec::new(), patch_id: None }).collect();
        let by = column(&self.contained_by, "membership")?;
        let mut by = by.as_slice();
        let mut rest = all.as_mut_slice();
        while !rest.is_empty() {
            let run = read(&mut by).and_then(|it| usize::try_from(it).ok()).filter(|it| (1..=rest.len()).contains(it));
            let (run, mask) = run.zip(read(&mut by)).ok_or_else(|| broken("membership"))?;
            let (these, others) = rest.split_at_mut(run);
            these.iter_mut().for_each(|it| it.by = mask);
            rest = others;
        }
        let prs = column(&self.pull_requests, "pull requests")?;
        let mut prs = prs.as_slice();
        let mut last = 0_u64;
        for commit in &mut all {
            for _ in 0..read(&mut prs).ok_or_else(|| broken("pull requests"))? {
                let zigzag = read(&mut prs).ok_or_else(|| broken("pull requests"))?;
                last = last.wrapping_add((zigzag >> 1) ^ (zigzag & 1).wrapping_neg());
                commit.pull_requests.push(last);
            }
        }
        let runs = column(&self.patch_runs, "patch ids")?;
        let mut runs = runs.as_slice();
        let mut patches = ShortId::all(&self.patch_ids).ok_or_else(|| broken("patch ids"))?.into_iter();
        let (mut rest, mut has_patch) = (all.as_mut_slice(), false);
        while !rest.is_empty() {
            let run = read(&mut runs).and_then(|it| usize::try_from(it).ok()).filter(|it| *it <= rest.len() && (*it > 0 || !has_patch));
            let (these, others) = rest.split_at_mut(run.ok_or_else(|| broken("patch ids"))?);
            for commit in these.iter_mut().filter(|_| has_patch) {
                commit.patch_id = Some(patches.next().ok_or_else(|| broken("patch ids"))?);
            }
            (rest, has_patch) = (others, !has_patch);
        }
        if [by.len(), prs.len(), runs.len(), patches.len()] != [0; 4] {
            return Err(broken("columns"));
        }
        Ok(all)
    }
}

fn write(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |it: u8| char::from_digit(u32::from(it & 0xf), 16).unwrap_or_default();
    bytes.iter().flat_map(|it| [digit(it >> 4), digit(*it)]).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |it: u8| char::from(it).to_digit(16).and_then(|it| u8::try_from(it).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|it| Some(digit(*it.first()?)? << 4 | digit(*it.last()?)?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(rows in prop::collection::vec((any::<[u8; 5]>(), 0_u64..4, prop::collection::vec(any::<u64>(), 0..3), any::<Option<[u8; 5]>>()), 0..60)) {
            let commits: Vec<Contained> = rows
                .into_iter()
                .map(|(id, by, pull_requests, patch)| Contained { id: ShortId(id), by, pull_requests, patch_id: patch.map(ShortId) })
                .collect();
            prop_assert_eq!(History::pack(&commits).unpack(), Ok(commits));
        }

        #[test]
        fn hostile_columns_are_refused_or_read_and_never_panic(columns in prop::collection::vec("[0-9a-f]{0,40}", 5)) {
            let [commits, contained_by, pull_requests, patch_runs, patch_ids] = columns.try_into().expect("five");
            let history = History { commits, contained_by, pull_requests, patch_runs, patch_ids };
            if let Ok(commits) = history.unpack() {
                prop_assert_eq!(History::pack(&commits).unpack(), Ok(commits));
            }
        }
    }
}
