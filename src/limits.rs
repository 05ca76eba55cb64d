//! How much is read of what comes from elsewhere, how deep it may nest and how long it may take: every bound stands here alone, with its
//! value and what becomes of that which is beyond it.
//!
//! Invariant: knows nothing else. `tests/it/limits.rs` holds that no other file states such a bound.

use std::fmt;

/// Bytes in a kibibyte.
pub const KIB: u64 = 1024;
/// Bytes in a mebibyte.
pub const MIB: u64 = 1024 * KIB;
/// Bytes in a gibibyte.
pub const GIB: u64 = 1024 * MIB;

/// A bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The constant.
    pub name: &'static str,
    /// What the limit applies to.
    pub of: &'static str,
    /// The maximum.
    pub most: Amount,
    /// What happens to anything over the limit.
    pub beyond: &'static str,
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Bytes.
    Bytes(u64),
    /// A number of things, levels or times.
    Count(u64),
    /// A time in milliseconds.
    Millis(u64),
}

impl Amount {
    /// The number without its unit.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Bytes(number) | Self::Count(number) | Self::Millis(number) => number,
        }
    }
}

impl fmt::Display for Amount {
    #[expect(clippy::arithmetic_side_effects, reason = "no unit is zero bytes")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bytes(bytes) => {
                let (unit, name) = [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"), (1, "bytes")]
                    .into_iter()
                    .find(|(unit, _)| *unit <= bytes && bytes % unit == 0)
                    .unwrap_or((1, "bytes"));
                write!(f, "{} {name}", bytes / unit)
            }
            Self::Count(count) => write!(f, "{count}"),
            Self::Millis(millis) if millis % 1000 == 0 => write!(f, "{} s", millis / 1000),
            Self::Millis(millis) => write!(f, "{millis} ms"),
        }
    }
}

/// Makes a constant and a line of the table of each bound.
macro_rules! limits {
    ($($about:literal { $($name:ident: $type:ty = $value:expr, $unit:ident, $of:literal, $beyond:literal;)* })*) => {
        $($(
            #[doc = concat!("Most of: ", $of, ". Beyond it, ", $beyond, ".")]
            pub const $name: $type = $value;
        )*)*

        /// The lines of the table, for whoever refers to one and not to its value alone.
        pub mod lines {
            use super::{Amount, Limit};

            $($(
                #[doc = concat!("The line of [`", stringify!($name), "`](super::", stringify!($name), ").")]
                pub const $name: Limit =
                    Limit { name: stringify!($name), of: $of, most: Amount::$unit(super::$name as u64), beyond: $beyond };
            )*)*
        }

        /// All bounds, by what they are of.
        pub const LIMITS: &[(&str, &[Limit])] = &[$(($about, &[$(lines::$name),*])),*];
    };
}

limits! {
    "Documents" {
        BUNDLE_BYTES: u64 = GIB, Bytes, "size of a bundle after decompression", "the bundle is refused";
        FILE_BYTES: u64 = 512 * MIB, Bytes, "size of a file, or of standard input", "the file is not read, and the account says so";
        MEMORY: u64 = 512 * MIB, Bytes, "memory for the structure of documents, beyond four times their size (`--memory`)",
            "a bundle is refused, and another document counts as unreadable";
        JSON_DEPTH: usize = 128, Count, "levels of nesting in JSON", "the document is unreadable";
        BEGINNING: usize = MIB as usize, Bytes, "beginning in which a document that is not JSON must say what it is",
            "the file counts as not recognised";
    }
    "Folders and archives" {
        NAMES: usize = 100_000, Count, "names in folders and archives together", "the archive, or the rest of the folder, is refused";
        FOLDERS: usize = 32, Count, "levels of folders", "what lies deeper is refused";
        NESTED_ARCHIVES: usize = 4, Count, "levels of archives in archives", "what lies deeper is refused";
        UNPACKED_BYTES: u64 = GIB, Bytes, "size of everything that archives unpack to", "the archive is refused";
        RATIO: u64 = 500, Count, "times its size that something packed may unpack to", "it is refused";
        RATIO_FROM: u64 = 64 * MIB, Bytes, "size up to which any ratio of packing is taken", "the ratio above holds";
        PATH_BYTES: usize = KIB as usize, Bytes, "length of a path in an archive", "the file is refused";
    }
    "Echonet's source" {
        SOURCE_ANSWER_BYTES: usize = (16 * MIB) as usize, Bytes, "size of an answer with the source", "the source is refused";
        SOURCE_LIST_BYTES: usize = (64 * MIB) as usize, Bytes, "size of a list of ConfigMaps", "the source is refused";
        SOURCE_UNPACKED_BYTES: u64 = 128 * MIB, Bytes, "size of all its files together", "the source is refused";
        SOURCE_FILES: usize = 10_000, Count, "files and folders in it", "the source is refused";
        SOURCE_NAME_BYTES: usize = 400, Bytes, "length of a name in it", "the file counts as unread";
    }
    "Logs" {
        LINE_BYTES: usize = MIB as usize, Bytes, "length of a line of a live log", "the log ends there, and counts as cut";
        TRACE_COMPARISONS: usize = 1 << 20, Count, "pairs of lines that are compared to align two traces of a revert", "only their beginnings and ends are aligned";
        LINES_IN_VAIN: usize = 100_000, Count, "unreadable lines of a JSON log before it is given up", "the rest is read line by line";
        CSV_UNCLOSED: u64 = 8, Count, "fields of a table that are opened and never closed", "the rest is read as if none were";
        CSV_HEADER_BYTES: usize = (64 * KIB) as usize, Bytes, "length of the first line of a table", "the text is not a table";
        YAML_ENTRY_BYTES: usize = (4 * MIB) as usize, Bytes, "size of a log entry in YAML", "the entry is not read";
        YAML_ENTRY_NODES: usize = 50_000, Count, "elements of a log entry in YAML", "the entry is not read";
        YAML_ENTRY_DEPTH: usize = 64, Count, "levels of nesting of a log entry in YAML", "the entry is not read";
    }
    "What is masked besides" {
        MASKED_FILE_BYTES: u64 = MIB, Bytes, "size of a file of `--redact`", "the run ends";
        MASKED_RULES: usize = 1000, Count, "lines of a file of `--redact`", "the run ends";
        MASKED_PATTERN_BYTES: usize = MIB as usize, Bytes, "memory for one of its patterns", "the run ends";
        ENCODINGS_DEPTH: usize = 8, Count, "encodings within each other that are followed", "what lies deeper is looked at once more as it stands";
    }
    "Rules" {
        RULE_FILE_BYTES: u64 = MIB, Bytes, "size of a file of rules or their tests", "the folder is refused";
        PROBLEMS: usize = 200, Count, "problems that are reported for a rule", "the rest is reported once these are fixed";
        PATTERN_BYTES: usize = MIB as usize, Bytes, "memory for one pattern", "the rule is rejected";
        PATTERNS_BYTES: usize = (256 * MIB) as usize, Bytes, "memory for all log patterns together", "the rules are refused";
        PATTERNS_CACHE_BYTES: usize = (64 * MIB) as usize, Bytes, "memory to look for all log patterns at once", "the search is slower";
        AUTOMATON_BYTES: usize = (4 * MIB) as usize, Bytes, "memory for one automaton when patterns are checked against code",
            "the pattern is not checked";
        SCRIPT_OPERATIONS: u64 = 10_000, Count, "steps of an expression", "the clause is unknown";
        SCRIPT_TEXT_BYTES: usize = (64 * KIB) as usize, Bytes, "size of a text in an expression", "the clause is unknown";
        SCRIPT_ELEMENTS: usize = 256, Count, "elements of a list and variables in an expression", "the clause is unknown";
        SCRIPT_DEPTH: usize = 32, Count, "levels of nesting in an expression", "the rule is rejected";
        TEST_BYTES: usize = (64 * MIB) as usize, Bytes, "size that a change of a test may add to its evidence", "the test fails";
    }
    "A clone" {
        GIT_MILLIS: u64 = 900_000, Millis, "time for all calls of git", "git is stopped, and the history counts as unread";
        GIT_ANSWER_BYTES: u64 = 2 * GIB, Bytes, "size of an answer of git", "the history counts as unread";
        COMMITS: usize = 1_000_000, Count, "commits of a history", "the history counts as unread";
        MERGED_COMMITS: usize = 10_000, Count, "commits of a reverted merge", "the rest is not looked at";
        IMAGES: usize = 63, Count, "images that are distinguished", "the rest has no history";
        SOURCE_CANDIDATES: usize = 20_000, Count, "commits that Echonet's source is compared with", "its commit is not known";
        SOURCE_FOLDERS: usize = 100_000, Count, "folders that are read for that", "its commit is not known";
        COMMIT_FILES: usize = 10_000, Count, "files in Echonet's folder of one commit", "the commit is passed over";
        COMMIT_DEPTH: usize = 32, Count, "levels of folders of one commit", "the commit is passed over";
        CODE_FILE_BYTES: u64 = 2 * MIB, Bytes, "size of a file of code", "the file is not read";
        CODE_SEARCHED_BYTES: u64 = 256 * MIB, Bytes, "size of all files that are searched for what moved", "the rest is not searched";
        PARSED_CODE_BYTES: usize = (512 * KIB) as usize, Bytes, "size of a file of code that is parsed", "the file is not parsed";
        CODE_DEPTH: usize = 400, Count, "levels of nesting in code", "what lies deeper is left out";
        TEXT_DEPTH: usize = 24, Count, "levels of nesting of an expression that is printed", "its text is not known";
        MACRO_TEXT_DEPTH: usize = 8, Count, "levels of macros in a text that is printed", "its text is not known";
        MACRO_DEPTH: usize = 3, Count, "levels of macros with definitions", "what lies deeper is left out";
        GIT_RETRIES: usize = 300, Count, "programs that are started again because one could not read something",
            "the rest counts as unread";
    }
    "A live collection" {
        KUBECONFIG_BYTES: u64 = 16 * MIB, Bytes, "size of a kubeconfig", "no request is sent";
        IDLE_MILLIS: u64 = 30_000, Millis, "time without any data from a source (`--idle-timeout`)", "the request is repeated";
        REQUEST_MILLIS: u64 = 300_000, Millis, "time for one answer (`--request-timeout`)", "the answer is missing";
        COLLECTION_MILLIS: u64 = 1_800_000, Millis, "time for all answers (`--deadline`)",
            "the collection ends, and what was gathered is written";
        TIMESPAN_MILLIS: u64 = 86_400_000, Millis, "time that an option may give", "the option is refused";
        GRACE_MILLIS: u64 = 500, Millis, "time for requests under way when a collection must end", "they are abandoned, and their answers are missing";
        PAUSE_MILLIS: u64 = 60_000, Millis, "pause that a server may impose", "the request is repeated after this time";
        ATTEMPTS: u32 = 4, Count, "attempts of the same request", "the answer is missing";
        ROUNDS: usize = 4, Count, "rounds of requests", "no further request is made";
        ANSWER_BYTES: u64 = 256 * MIB, Bytes, "size of one answer (`--max-answer`)", "the answer is missing";
        ANSWERS_IN_ALL: u64 = 4, Count, "times that size for all answers together, without the logs", "the answers that follow are missing";
        LOG_BYTES: u64 = 256 * MIB, Bytes, "size of the log lines of one program (`--max-log`)", "the log counts as cut";
        ERROR_PAGE_BYTES: usize = (16 * KIB) as usize, Bytes, "size of what is read of an error page", "the rest is not read";
        SNAPSHOTS: usize = 100, Count, "snapshots in a list of resyncs (`--limit`)", "older ones are not listed";
        SNAPSHOTS_AT_ONCE: usize = 24, Count, "snapshots that are read in one round, the newest first", "the rest is read in the next round";
        PODS_FOLLOWED: usize = 4, Count, "times that a pod may be replaced", "the next one is not asked";
    }
}

/// The table as Markdown, and what was measured.
#[must_use]
pub fn markdown() -> String {
    let mut page =
        "# Limits\n\nWritten from the table in `src/limits.rs`; `whysync limits` prints the same bounds. Nothing that is read has no \
                    bound, and what is beyond one is said.\n"
            .to_owned();
    for (about, limits) in LIMITS {
        page.push_str(&format!("\n## {about}\n\n| most | of | beyond it |\n|---|---|---|\n"));
        for Limit { of, most, beyond, .. } in *limits {
            page.push_str(&format!("| {most} | {of} | {beyond} |\n"));
        }
    }
    page.push_str(include_str!("limits_measured.md"));
    page
}

/// The table for a terminal.
#[must_use]
pub fn text() -> String {
    let all = || LIMITS.iter().flat_map(|(_, limits)| *limits);
    let widest = all().map(|it| it.most.to_string().len()).max().unwrap_or_default();
    let mut page = String::new();
    for (about, limits) in LIMITS {
        let gap = if page.is_empty() { "" } else { "\n" };
        page.push_str(&format!("{gap}{about}\n"));
        for Limit { of, most, beyond, .. } in *limits {
            let most = most.to_string();
            page.push_str(&format!("  {most:>widest$}  {of}\n  {:widest$}    beyond it, {beyond}\n", ""));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_in_the_largest_unit_that_fits() {
        let written = [Amount::Bytes(GIB), Amount::Bytes(1536 * KIB), Amount::Bytes(400), Amount::Count(7), Amount::Millis(1500)];
        assert_eq!(written.map(|it| it.to_string()), ["1 GiB", "1536 KiB", "400 bytes", "7", "1500 ms"]);
    }
}
