//! From bytes to a report, by the front door.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use whysync::evidence::block::ExecutionStatus;
use whysync::evidence::{Bundle, Files, Gathered};
use whysync::investigate::{self, Evidence, Focus};
use whysync::simulate::{Scenario, simulate};

use super::output::{RULES, assert_shows, diagnosed};
use super::readers::text;
use super::tarball::tarball;

/// A bundle is refused, or it is diagnosed, and written and read again it is the same.
pub(super) fn bundle(input: &[u8]) {
    let Ok(Evidence { bundle, .. }) = investigate::read_from(input, "given", &Focus::default()) else { return };
    let mut written = Vec::new();
    investigate::encode(&bundle, &mut written).expect("a bundle is written to memory");
    let again = investigate::read_from(written.as_slice(), "again", &Focus::default());
    let again = again.unwrap_or_else(|err| panic!("what was written is not read: {err}"));
    assert!(again.bundle == bundle, "a bundle that was written is read as another");
    diagnosed(&bundle);
    assert_shows("why-not", &investigate::why_not(&bundle, &RULES).text);
    assert_shows("sections", &investigate::inspect::sections(&bundle));
}

/// Any bytes: what they are is told by their content, and a report in every format follows, or an error that a terminal may show.
pub(super) fn import(input: &[u8]) {
    match investigate::read_from(input, "given", &Focus::default()) {
        Ok(Evidence { bundle, files }) => {
            files.as_ref().into_iter().for_each(assert_whole);
            diagnosed(&bundle);
        }
        Err(err) => assert!(!err.to_string().is_empty()),
    }
}

/// A folder as a text: `-- NAME` begins a file. Names and contents are the fuzzer's, and no sum of an archive stands in its way.
pub(super) fn folder(input: &[u8]) {
    import(&tarball(&files(input)));
}

/// Bytes that may be an archive of any kind: every member is in the account once.
pub(super) fn archive(input: &[u8]) {
    if let Ok(Evidence { files: Some(files), .. }) = investigate::read_from(input, "given", &Focus::default()) {
        assert_whole(&files);
    }
}

/// Echonet's comparison of reverts, where a deployment keeps it.
pub(super) fn reverts(input: &[u8]) {
    let files = [("pvc/report_reverts_20260102T030405Z.log", input), ("http/get_starknet_version.txt", b"0.14.3")];
    import(&tarball(&files.map(|(name, body)| (name.as_bytes(), body))));
}

/// The texts of a revert on both sides, with a byte 0 between them, in an incident that they alone make.
pub(super) fn revert_trace(input: &[u8]) {
    static INCIDENT: LazyLock<Bundle> = LazyLock::new(|| simulate(Scenario::NativeCasmRevertTrace, 1).bundle);
    let mut parts = input.splitn(2, |it| *it == 0);
    let [ours, theirs] = [parts.next(), parts.next()].map(|it| text(it.unwrap_or_default()).into_owned());
    let mut bundle = INCIDENT.clone();
    let told = |block: &mut Gathered<whysync::evidence::Block>, error: &str| {
        let Gathered::Observed(observed) = block else { return };
        let reverted = observed.value.transaction_receipts.iter_mut().filter(|it| it.execution_status == ExecutionStatus::Reverted);
        reverted.for_each(|it| it.revert_error = Some(error.to_owned()));
    };
    bundle.episodes.iter_mut().flat_map(|it| it.ours.values_mut()).for_each(|it| told(&mut it.block, &ours));
    bundle.theirs.values_mut().for_each(|it| told(&mut it.block, &theirs));
    diagnosed(&bundle);
}

/// Whether each file that was given is in the account, and once.
fn assert_whole(files: &Files) {
    let of_left = [&files.unused, &files.not_recognised, &files.refused].into_iter().flatten().map(|it| &it.path);
    let named: Vec<&String> = files.read.iter().map(|it| &it.path).chain(of_left).collect();
    let unlike: BTreeSet<&&String> = named.iter().collect();
    assert!(named.len() as u64 == files.given && unlike.len() == named.len(), "{files:?}");
}

/// The files of a folder that is written as a text.
fn files(input: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut files = Vec::new();
    let mut rest = input;
    while let Some(begun) = rest.strip_prefix(b"-- ") {
        let end = begun.iter().position(|it| *it == b'\n').unwrap_or(begun.len());
        let (name, body) = (&begun[..end], begun.get(end + 1..).unwrap_or_default());
        let next = body.windows(4).position(|it| it == b"\n-- ").map_or(body.len(), |it| it + 1);
        files.push((name, &body[..next]));
        rest = &body[next..];
    }
    files
}
