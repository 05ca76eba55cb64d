//! Places in the code as people see them: file and line at the deployed commit, with a permanent link.

use super::phrases;
use crate::findings::{AnchorStatus, Located, REPOSITORY, Whereabouts};

/// A place to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot<'d> {
    /// Path in the repository: where it went, if that is known.
    pub(super) path: &'d str,
    /// Line, from 1, where it is known.
    pub(super) line: Option<u32>,
    /// Name of the item in the file; may be empty.
    pub(super) symbol: &'d str,
    /// What to know of it; may be empty.
    pub(super) note: String,
    /// The page of the place at the deployed commit.
    pub(super) link: Option<String>,
}

impl Spot<'_> {
    /// Path and line as compilers write them.
    pub(super) fn place(&self) -> String {
        written(self.path, self.line)
    }
}

fn written(path: &str, line: Option<u32>) -> String {
    line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"))
}

/// Returns one spot for each distinct place of the anchor in the deployed code.
pub(super) fn spots<'d>(status: &'d AnchorStatus) -> Vec<Spot<'d>> {
    let several = status.deployed.len() > 1;
    let spot = |located: &'d Located| {
        let anchor = &status.anchor;
        let here = (anchor.path.as_str(), None);
        let ((path, line), note, is_found) = match &located.whereabouts {
            Whereabouts::Here(lines) => ((anchor.path.as_str(), lines.first().copied()), again(lines, &located.differences), true),
            Whereabouts::Moved(places) => match places.as_slice() {
                [place] => ((place.path.as_str(), place.line), format!("stale anchor: moved from {}", anchor.path), true),
                _ => {
                    let all: Vec<String> = places.iter().map(|it| written(&it.path, it.line)).collect();
                    (here, format!("stale anchor: moved, perhaps to one of {}", all.join(", ")), false)
                }
            },
            Whereabouts::Gone(why) => (here, format!("stale anchor: {why}"), false),
            Whereabouts::AddedByFix(fix) => (here, format!("added by the fix {fix}; not there without it"), false),
            Whereabouts::Unknown(why) if several => (here, format!("line unknown: {why}"), false),
            Whereabouts::Unknown(_) => (here, String::new(), false),
        };
        let image = if several { format!("in {}", phrases::tag(&located.place)) } else { String::new() };
        let notes: Vec<String> = [note, image].into_iter().filter(|it| !it.is_empty()).collect();
        let link = if is_found { permalink(&located.commit, path, line) } else { None };
        Spot { path, line, symbol: &anchor.symbol, note: notes.join(", "), link }
    };
    status.deployed.iter().map(spot).collect()
}

/// The other definitions of a name, with what tells them apart; empty if there is only one.
fn again(lines: &[u32], differences: &[String]) -> String {
    let words = |place: usize| differences.get(place).filter(|it| !it.is_empty());
    let other = |(place, line): (usize, &u32)| words(place).map_or_else(|| line.to_string(), |it| format!("{line} ({it})"));
    let others: Vec<String> = lines.iter().enumerate().skip(1).map(other).collect();
    match (others.is_empty(), words(0)) {
        (true, _) => String::new(),
        (false, None) => format!("defined again in line {}", others.join(", ")),
        (false, Some(own)) => format!("{own}; defined again in line {}", others.join(", ")),
    }
}

/// Why lines are unknown, each reason once, with the anchors that it is about where it is not about all.
pub(super) fn gaps(all: &[AnchorStatus]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for status in all {
        let [Located { whereabouts: Whereabouts::Unknown(why), .. }] = status.deployed.as_slice() else { continue };
        let name = if status.anchor.symbol.is_empty() { &status.anchor.path } else { &status.anchor.symbol };
        match reasons.iter_mut().find(|(it, _)| it == why) {
            Some((_, names)) => names.push(name),
            None => reasons.push((why, vec![name])),
        }
    }
    let words = |(why, names): (&str, Vec<&str>)| {
        if names.len() == all.len() { format!("line unknown: {why}") } else { format!("line of {} unknown: {why}", names.join(", ")) }
    };
    reasons.into_iter().map(words).collect()
}

/// The page of a place at a commit; none unless the commit is a full SHA.
pub(super) fn permalink(commit: &str, path: &str, line: Option<u32>) -> Option<String> {
    if commit.len() != 40 || !commit.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'/' | b'.' | b'_' | b'-');
    let path: String = path.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect();
    let line = line.map(|it| format!("#L{it}")).unwrap_or_default();
    Some(format!("{REPOSITORY}/blob/{commit}/{path}{line}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::{CodeAnchor, CodePlace};

    fn status(deployed: Vec<(&str, Whereabouts)>) -> AnchorStatus {
        let located = |(place, whereabouts): (&str, Whereabouts)| Located {
            place: place.to_owned(),
            commit: "a".repeat(40),
            whereabouts,
            differences: Vec::new(),
        };
        AnchorStatus {
            anchor: CodeAnchor { path: "a/b.rs".to_owned(), symbol: "f".to_owned() },
            deployed: deployed.into_iter().map(located).collect(),
        }
    }

    fn told(deployed: Vec<(&str, Whereabouts)>) -> Vec<(String, String, Option<String>)> {
        let status = status(deployed);
        spots(&status).into_iter().map(|it| (it.place(), it.note.clone(), it.link.clone())).collect()
    }

    #[test]
    fn a_spot_is_the_line_at_the_deployed_commit_with_its_link() {
        let page = |rest: &str| Some(format!("https://github.com/starkware-libs/sequencer/blob/{}/{rest}", "a".repeat(40)));
        assert_eq!(told(vec![("i:1", Whereabouts::Here(vec![7]))]), [("a/b.rs:7".to_owned(), String::new(), page("a/b.rs#L7"))]);
        let moved = Whereabouts::Moved(vec![CodePlace { path: "a/c d.rs".to_owned(), line: Some(3) }]);
        assert_eq!(
            told(vec![("i:1", moved)]),
            [("a/c d.rs:3".to_owned(), "stale anchor: moved from a/b.rs".to_owned(), page("a/c%20d.rs#L3"))]
        );
        let two = told(vec![("o/i:1", Whereabouts::Here(vec![7, 9])), ("o/i:2", Whereabouts::Gone("there is no such file".to_owned()))]);
        assert_eq!(two[0].1, "defined again in line 9, in 1");
        assert_eq!((two[1].1.as_str(), &two[1].2), ("stale anchor: there is no such file, in 2", &None));
    }

    #[test]
    fn several_definitions_are_named_with_what_tells_them_apart() {
        let mut status = status(vec![("i:1", Whereabouts::Here(vec![7, 9, 11]))]);
        status.deployed[0].differences = ["in `impl A`", "in `impl B`", ""].map(str::to_owned).to_vec();
        assert_eq!(spots(&status)[0].note, "in `impl A`; defined again in line 9 (in `impl B`), 11");
    }

    #[test]
    fn what_a_missing_fix_brings_is_not_stale() {
        let added = told(vec![("i:1", Whereabouts::AddedByFix("#1".to_owned()))]);
        assert_eq!(added, [("a/b.rs".to_owned(), "added by the fix #1; not there without it".to_owned(), None)]);
    }

    #[test]
    fn what_is_unknown_is_never_called_stale_and_its_reason_is_told_once() {
        let unknown = |why: &str| status(vec![("", Whereabouts::Unknown(why.to_owned()))]);
        let all = [unknown("no lineage"), unknown("no lineage")];
        assert_eq!(gaps(&all), ["line unknown: no lineage"]);
        assert!(all.iter().flat_map(spots).all(|it| it.note.is_empty() && it.link.is_none()));
        let some = [unknown("a later rule"), status(vec![("i:1", Whereabouts::Here(vec![7]))])];
        assert_eq!(gaps(&some), ["line of f unknown: a later rule"]);
    }

    #[test]
    fn a_place_at_no_whole_commit_has_no_link() {
        let path = "a\"><script>.rs";
        assert_eq!(permalink("abc", path, None), None);
        let link = permalink(&"0".repeat(40), path, None).expect("a link");
        assert!(link.ends_with("/a%22%3E%3Cscript%3E.rs"), "{link}");
    }
}
