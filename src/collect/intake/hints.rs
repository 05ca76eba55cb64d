//! What the name of a file and its folders say of it.

use std::borrow::Cow;

use crate::evidence::sources::volume_file::{self, VolumeDocument};
use crate::evidence::sources::{DumpKind, is_saved_folder};
use crate::evidence::{BlockSide, Felt, Request};

/// File name of a saved volume listing.
pub(in crate::collect) const LISTING: &str = "pvc_listing.json";
/// Name of a list of what was asked, with status and time of each answer.
pub(in crate::collect) const INDEX: &str = "http_index.json";

/// Hints that a path gives about its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hints {
    /// It is laid out as whysync saves an answer: the canonical path, and what stands before it.
    pub(super) exact: Option<Exact>,
    /// Whose it is, if the file's name or, failing that, the nearest folder that says so tells.
    pub(super) side: Option<BlockSide>,
    /// Whether that side stands in the file's own name.
    pub(super) side_in_name: bool,
    /// The last number in the file's name that can be a height.
    pub(super) number: Option<u64>,
    /// A hash in the file's name.
    pub(super) hash: Option<Felt>,
    /// The archive of the volume that it is in.
    pub(super) archive: Option<String>,
    /// The number of the resync during which it was captured.
    pub(super) capture: Option<u32>,
    /// Whether the name says that Echonet dumped it, and did not serve it.
    pub(super) is_dump: bool,
    /// Whether the name says that it is the sequencer's.
    pub(super) is_sequencers: bool,
    /// The words of the file's name.
    pub(super) words: Vec<String>,
    /// Whether it is called a log.
    pub(super) is_log: bool,
}

/// A path as whysync saves answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exact {
    /// The part of the path before it.
    pub(super) before: String,
    /// The path from there on.
    pub(super) path: String,
    /// What it answers; none for an index and for a listing.
    pub(super) request: Option<Request>,
}

impl Hints {
    /// How many words of a name the file's name has.
    pub(super) fn words_of(&self, name: &str) -> usize {
        name.split('_').filter(|word| self.words.iter().any(|it| it == word)).count()
    }

    /// What the path says of a part of a question.
    pub(super) fn part(&self, name: &str) -> Option<String> {
        match name {
            "block" => self.number.map(|it| it.to_string()),
            "tx_hash" => self.hash.map(|it| it.to_string()),
            "episode" => self.capture.map(|it| it.to_string()),
            _ => None,
        }
    }
}

/// Reads a path: `path` as it is shown, and `from`, the same below the name of the folder that was given.
pub(super) fn read_hints(path: &str, from: &str) -> Hints {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let words = words(file);
    let has = |it: &str| words.iter().any(|word| word == it);
    let of_name = side(&words);
    let folder_side = || folders.rsplit('/').find_map(|it| side(&self::words(it)));
    let segments = || from.rsplit('/').skip(1);
    Hints {
        exact: exact(path).or_else(|| exact(from).filter(|it| it.before.is_empty())),
        side: of_name.or_else(folder_side),
        side_in_name: of_name.is_some(),
        number: words.iter().rev().filter(|it| it.bytes().all(|it| it.is_ascii_digit())).find_map(|it| it.parse().ok()),
        hash: words.iter().find_map(|it| it.starts_with("0x").then(|| it.parse().ok()).flatten()),
        archive: archive_in(file).or_else(|| segments().find(|it| is_archive(it))).map(str::to_owned),
        capture: capture_in(file).or_else(|| segments().find_map(|it| it.strip_prefix(CAPTURE)?.parse().ok())),
        is_dump: has("dump"),
        is_sequencers: has("sequencer"),
        is_log: file.ends_with(".log") || has("log") || has("logs"),
        words,
    }
}

/// How the name of an archive of the volume begins; the time of its epoch follows.
const ARCHIVE: &str = "blocks_";
/// How the name of a folder begins in which answers of during a resync are; its number follows.
const CAPTURE: &str = "during_resync_";

fn is_archive(folder: &str) -> bool {
    volume_file::is_one(&format!("{folder}/x.json"))
}

/// The archive that a file's own name repeats, as in `blocks_20261122T083817Z_block_7.json`: folders are lost where files are sent one by one.
fn archive_in(file: &str) -> Option<&str> {
    const LENGTH: usize = ARCHIVE.len() + "20261122T083817Z".len();
    file.match_indices(ARCHIVE).find_map(|(at, _)| file.get(at..)?.get(..LENGTH).filter(|it| is_archive(it)))
}

/// The number of the resync that a file's own name repeats, as in `during_resync_1_report.json`.
fn capture_in(file: &str) -> Option<u32> {
    let (_, after) = file.split_once(CAPTURE)?;
    after.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

/// Whether a name tells what the file holds. Any name may stand in an archive of the volume, and then the content says of which block it is.
fn is_telling(request: &Request) -> bool {
    !matches!(request, Request::VolumeFile { path } if VolumeDocument::from_path(path).is_none())
}

/// The longest end of a path that is laid out as a saved answer.
fn exact(path: &str) -> Option<Exact> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at.saturating_add(1)));
    starts.into_iter().find_map(|at| {
        let (before, end) = path.split_at(at);
        let of = |path: String, request| Some(Exact { before: before.to_owned(), path, request });
        if let Some(request) = Request::of_saved(end).filter(is_telling) {
            return of(end.to_owned(), Some(request));
        }
        if VolumeDocument::from_path(end).is_some() {
            let request = Request::VolumeFile { path: end.to_owned() };
            let path = request.saved().next().map(|it| it.0)?;
            return of(path, Some(request));
        }
        let name = end.rsplit('/').next().unwrap_or(end);
        let folder = end.strip_suffix(name).unwrap_or_default().trim_end_matches('/');
        let is_index = name == INDEX && (folder.is_empty() || is_saved_folder(folder));
        (is_index || end == LISTING).then(|| of(end.to_owned(), None)).flatten()
    })
}

/// The words of a name, in lower case, without its ending.
fn words(name: &str) -> Vec<String> {
    let lower = without_number_of_copy(name).to_ascii_lowercase();
    lower.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

/// A name without the number by which browsers and whysync tell copies of one name apart: `block_7 (2).json`.
fn without_number_of_copy(name: &str) -> Cow<'_, str> {
    let numbered = || {
        let (before, rest) = name.rsplit_once(" (")?;
        let (number, after) = rest.split_once(')')?;
        let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit());
        is_number.then(|| format!("{before}{after}"))
    };
    numbered().map_or(Cow::Borrowed(name), Cow::Owned)
}

/// The side that the words of a name point to; none if both sides are named.
fn side(words: &[String]) -> Option<BlockSide> {
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    match (has(&["mainnet", "feeder"]), has(&["echonet", "echo"])) {
        (true, false) => Some(BlockSide::Theirs),
        (false, true) => Some(BlockSide::Ours),
        _ => None,
    }
}

/// The question that a document of a block answers in an archive of the volume.
pub(super) fn file_of(archive: &str, kind: DumpKind, block: u64) -> Request {
    Request::VolumeFile { path: format!("{archive}/{}_{block}.json", kind.name()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_whose_a_file_is_and_of_what() {
        let exact = |path: &str| read_hints(path, path).exact.map(|it| (it.before, it.path));
        let path = |before: &str, path: &str| Some((before.to_owned(), path.to_owned()));
        assert_eq!(exact("report.json"), path("", "report.json"));
        assert_eq!(exact("a/b.tar.gz/during_resync_2/report.json"), path("a/b.tar.gz/", "during_resync_2/report.json"));
        assert_eq!(exact("echonet/blocks_20261122T083817Z/block_7.json"), path("echonet/", "pvc/blocks_20261122T083817Z/block_7.json"));
        assert_eq!(exact("report_snapshot_20261122T083817Z.log"), path("", "pvc/report_snapshot_20261122T083817Z.log"));
        assert_eq!(exact("x/http_index.json"), path("x/", "http_index.json"));
        assert_eq!(exact("mainnet_block_7.json"), None);
        assert_eq!(exact("pvc/blocks_20261122T083817Z/notes.json"), None, "the name does not say of which block it is");
        let hints = |path: &str| read_hints(path, path);
        assert_eq!((hints("mainnet_block_7.json").side, hints("mainnet_block_7.json").number), (Some(BlockSide::Theirs), Some(7)));
        assert_eq!(hints("mainnet/echo_su_7.json").side, Some(BlockSide::Ours), "the file's own name comes first");
        assert_eq!(hints("mainnet/x/7.json").side, Some(BlockSide::Theirs));
        assert_eq!(hints("7.json").side, None);
        assert_eq!(hints("block_7 (2).json").number, Some(7), "a copy that a browser numbers");
        assert!(hints("echo_dump_block_7.json").is_dump && !hints("echo_block_7.json").is_dump);
        assert_eq!(read_hints("b_7.json", "blocks_20261122T083817Z/b_7.json").archive.as_deref(), Some("blocks_20261122T083817Z"));
        let flat = hints("pvc_blocks_20261122T083817Z_block_7.json");
        assert_eq!((flat.archive.as_deref(), flat.number), (Some("blocks_20261122T083817Z"), Some(7)), "a folder in the file's own name");
        assert_eq!(hints("blocks_2_block_7.json").archive, None, "no time");
        assert_eq!(hints("during_resync_2_report.json").capture, Some(2));
        assert_eq!(hints("get_tx_block_metadata_0x1f.json").hash, Some(Felt::from(31_u64)));
    }
}
