//! Echonet's deployed source: its files, each with its git blob id. The contents are never kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The folder of the repository that Echonet's source is made from.
pub(crate) const SOURCE_FOLDER: &str = "echonet";

/// The path below [`SOURCE_FOLDER`] of a path in the repository, if it is one.
#[must_use]
pub(crate) fn below_source(path: &str) -> Option<&str> {
    path.strip_prefix(SOURCE_FOLDER)?.strip_prefix('/')
}

/// Echonet's source as its ConfigMap holds it: a packed folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EchonetSource {
    /// Name of the ConfigMap; it ends in a hash that also depends on when it was packed, and so identifies nothing.
    pub config_map: String,
    /// Everything in it but folders, by path.
    pub members: Vec<SourceMember>,
}

/// A file of the source archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceMember {
    /// Path below `echonet/`; as it stands in the archive if it leads elsewhere.
    pub path: String,
    /// What is known of its content.
    pub content: MemberContent,
}

/// What is known of a file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MemberContent {
    /// The file was hashed.
    Hashed(Blob),
    /// It was not opened, with the reason.
    Refused(String),
}

/// A content, as git names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// Git's id of the content: SHA-1 of `blob`, its size and the content, in lower-case hexadecimal.
    pub id: String,
    /// Its size in bytes.
    pub size: u64,
}

/// Whether a ConfigMap of this name holds Echonet's source: no other ConfigMap of Echonet may be read.
#[must_use]
pub(crate) fn is_source_config_map(name: &str) -> bool {
    let is_plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, b'-' | b'.');
    let suffix = name.strip_prefix("echonet-src-");
    name.len() <= 253
        && suffix.is_some_and(|it| !it.is_empty() && it.bytes().all(is_plain) && !it.contains("secret") && !it.contains("keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_config_map_of_the_source_is_taken_for_it() {
        assert!(is_source_config_map("echonet-src-t5bl77bj28"));
        for name in
            ["echonet-src-", "echonet-src", "echonet-keys-t5bl77bj28", "echonet-src-secret", "echonet-src-keys", "echonet-src-a/../b", "a"]
        {
            assert!(!is_source_config_map(name), "{name}");
        }
    }
}
