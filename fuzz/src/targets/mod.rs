//! The fuzz targets: functions of bytes, each with the laws that hold whatever the bytes are.
//!
//! Compiled twice: by the crate in `fuzz`, where libFuzzer finds the bytes, and by the integration tests, where `tests/it/fuzz` does.

mod damage;
mod evidence;
mod output;
mod readers;
mod rules;
mod secrets;
mod tarball;

#[cfg(test)]
pub(crate) use output::assert_shown;
#[cfg(test)]
pub(crate) use tarball::tarball;

/// What is fuzzed.
pub(crate) struct FuzzTarget {
    /// The name of its folder in `fuzz/corpus` and of its file in `fuzz/fuzz_targets`.
    pub(crate) name: &'static str,
    /// Panics where a law is broken.
    pub(crate) run: fn(&[u8]),
}

/// Every target.
pub(crate) const TARGETS: &[FuzzTarget] = &[
    it("report", readers::report),
    it("report_text", readers::report_text),
    it("snapshot", readers::snapshot),
    it("block", readers::block),
    it("state_update", readers::state_update),
    it("blob", readers::blob),
    it("pods", readers::pods),
    it("log", readers::log),
    it("reverts", evidence::reverts),
    it("revert_trace", evidence::revert_trace),
    it("bundle", evidence::bundle),
    it("import", evidence::import),
    it("folder", evidence::folder),
    it("archive", evidence::archive),
    it("damage", damage::damage),
    it("rule", rules::rule),
    it("rule_test", rules::rule_test),
    it("redaction", secrets::redaction),
];

const fn it(name: &'static str, run: fn(&[u8])) -> FuzzTarget {
    FuzzTarget { name, run }
}
