//! Which files commits change, as git lists them with their objects.

/// A file that a commit changes. Submodules and links are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileChange<'a> {
    /// Its content before; nothing if it is new.
    pub(super) before: Option<&'a str>,
    /// Its content after; nothing if it was removed.
    pub(super) after: Option<&'a str>,
    /// Its path at the commit, and then the one that it had before, if that was another.
    pub(super) paths: Vec<&'a str>,
}

impl<'a> FileChange<'a> {
    pub(super) fn path(&self) -> &'a str {
        self.paths.first().copied().unwrap_or_default()
    }

    pub(super) fn objects(&self) -> impl Iterator<Item = &'a str> {
        self.before.into_iter().chain(self.after)
    }
}

/// Reads `git diff-tree --stdin -z --raw -M`: for each commit its SHA, then `:<mode> <mode> <object> <object> <status>` and a path for each
/// file, two paths if it was renamed or copied; all ended by zero bytes. A path that is no UTF-8, or that no question can name, is left out.
pub(super) fn file_changes(answer: &[u8]) -> Vec<(&str, Vec<FileChange<'_>>)> {
    let mut all: Vec<(&str, Vec<FileChange<'_>>)> = Vec::new();
    let mut parts = answer.split(|it| *it == 0).map(|it| std::str::from_utf8(it).ok());
    while let Some(part) = parts.next() {
        let Some(part) = part.filter(|it| !it.is_empty()) else { continue };
        let Some(record) = part.strip_prefix(':') else {
            all.push((part, Vec::new()));
            continue;
        };
        let words: Vec<&str> = record.split(' ').collect();
        let [old_mode, new_mode, before, after, status] = words.as_slice() else { continue };
        let first = parts.next().flatten();
        let second = if status.starts_with(['R', 'C']) { Some(parts.next().flatten()) } else { None };
        let paths: Option<Vec<&str>> = match second {
            Some(second) => second.zip(first).map(|(at, was)| vec![at, was]),
            None => first.map(|it| vec![it]),
        };
        let side = |mode: &str, object| mode.starts_with("100").then_some(object);
        let change = |paths| FileChange { before: side(old_mode, *before), after: side(new_mode, *after), paths };
        let can_be_named = |it: &Vec<&str>| it.iter().all(|it| !it.contains(['\n', '\r']));
        let change = paths.filter(can_be_named).map(change).filter(|it| it.objects().next().is_some());
        if let Some((_, changes)) = all.last_mut() {
            changes.extend(change);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renamed_new_and_removed_files_are_read_and_what_is_no_file_is_not() {
        let sha = "a".repeat(40);
        let answer = format!(
            "{sha}\0:100644 100644 1 2 R090\0old.rs\0new.rs\0:000000 100644 0 3 A\0:x\0:100755 000000 4 0 D\0gone.rs\0\
             :160000 160000 5 6 M\0module\0:100644 100644 7 8 M\0a\nb\0"
        );
        let change = |before, after, paths: &[&'static str]| FileChange { before, after, paths: paths.to_vec() };
        let expected = vec![
            change(Some("1"), Some("2"), &["new.rs", "old.rs"]),
            change(None, Some("3"), &[":x"]),
            change(Some("4"), None, &["gone.rs"]),
        ];
        assert_eq!(file_changes(answer.as_bytes()), [(sha.as_str(), expected)]);
    }
}
