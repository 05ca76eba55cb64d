//! What became of the files that the user gave: which were read, and as what, and which were not, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::counted::counted;

/// What became of the files that somebody gave. Paths are as they were found, with archives as folders.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Number of files in the input.
    pub given: u64,
    /// Files that were read, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<FileRead>,
    /// What was recognised and is not used, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<FileLeft>,
    /// What is nothing that evidence could be taken from, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_recognised: Vec<FileLeft>,
    /// What was never opened, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<FileLeft>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRead {
    /// Path of the file.
    pub path: String,
    /// As the answer to which question, in the words of [`super::Request`]; several are separated by semicolons.
    pub r#as: String,
    /// What its name says otherwise, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub although: Option<String>,
}

/// A file that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileLeft {
    /// Path of the file.
    pub path: String,
    /// What it looks like, or why it was refused.
    pub why: String,
}

impl Files {
    /// Notes of files that were read that they are not used, and why.
    pub(crate) fn leave(&mut self, is_left: impl Fn(&FileRead) -> bool, why: &str) {
        let (left, read): (Vec<FileRead>, Vec<FileRead>) = std::mem::take(&mut self.read).into_iter().partition(is_left);
        self.read = read;
        self.unused.extend(left.into_iter().map(|it| FileLeft { path: it.path, why: format!("{}: {why}", it.r#as) }));
        self.unused.sort_by(|left, right| left.path.cmp(&right.path));
    }

    /// In one sentence: how many were read, and each that was not, with why.
    #[must_use]
    pub fn words(&self) -> String {
        /// Files of a kind that are named.
        const NAMED: usize = 6;
        let named = |title: &str, all: &[FileLeft]| {
            let mut names: Vec<String> = all.iter().take(NAMED).map(|it| format!("{} ({})", it.path, it.why)).collect();
            if NAMED < all.len() {
                names.push(format!("{} more", all.len().saturating_sub(NAMED)));
            }
            if names.is_empty() { String::new() } else { format!("; {title}: {}", names.join(", ")) }
        };
        let otherwise = self.read.iter().filter_map(|it| Some(FileLeft { path: it.path.clone(), why: it.although.clone()? }));
        let although = named("named otherwise", &otherwise.collect::<Vec<_>>());
        format!(
            "read {} of {}{although}{}{}{}",
            self.read.len(),
            counted(self.given, "file"),
            named("not used", &self.unused),
            named("not recognised", &self.not_recognised),
            named("refused", &self.refused)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_names_what_was_not_read_with_why_and_counts_the_rest() {
        let left = |path: &str, why: &str| FileLeft { path: path.to_owned(), why: why.to_owned() };
        let files = Files {
            given: 12,
            read: vec![FileRead { path: "a".to_owned(), r#as: "GET /echonet/report".to_owned(), although: None }],
            not_recognised: vec![left("pf-18083.log", "a text without a line of Echonet")],
            refused: vec![left("echonet_keys.json", "names that end in `keys.json` are never opened")],
            unused: (0..8).map(|it| left(&format!("f{it}"), "twice")).collect(),
        };
        let words = files.words();
        assert!(words.starts_with("read 1 of 12 files; not used: f0 (twice), "), "{words}");
        assert!(
            words.contains("f5 (twice), 2 more; not recognised: pf-18083.log (a text without a line of Echonet); refused: "),
            "{words}"
        );
    }

    #[test]
    fn names_that_say_otherwise_are_named_as_far_as_others_are() {
        let read = |number: u64| FileRead {
            path: format!("f{number}"),
            r#as: "GET /echonet/report".to_owned(),
            although: (0 < number).then(|| "its name says get_block".to_owned()),
        };
        let words = Files { given: 10, read: (0..10).map(read).collect(), ..Files::default() }.words();
        assert!(words.starts_with("read 10 of 10 files; named otherwise: f1 (its name says get_block), "), "{words}");
        assert!(words.ends_with("f6 (its name says get_block), 3 more"), "{words}");
    }
}
