//! Image references, and what a tag says about the commit that an image was built from.
//!
//! The forms come from the repository's publishing workflow: a git tag as it is, a version derived from a git tag, the first digits of a
//! commit, and `{branch}-{commit}` for builds that somebody started by hand.

use super::ParseError;

/// An image reference, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ImageReference {
    /// Host of the registry with its port; absent for the default registry.
    pub registry: Option<String>,
    /// Repository without registry, such as `starkware-libs/sequencer/sequencer`.
    pub repository: String,
    /// Tag.
    pub tag: Option<String>,
    /// Digest, such as `sha256:…`.
    pub digest: Option<String>,
}

impl ImageReference {
    /// Reads a reference as a pod states it.
    ///
    /// # Errors
    /// When it has no repository, or a part holds what no reference may hold.
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.to_owned())),
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            // A colon before the last slash belongs to the registry's port.
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (rest, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (Some(host.to_owned()), path.to_owned()),
            _ => (None, name.to_owned()),
        };
        let is_name = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-/".contains(&it));
        let is_tag = |it: &str| {
            it.len() <= 128
                && !it.starts_with(['.', '-'])
                && !it.is_empty()
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it))
        };
        let is_digest = |it: &str| it.split_once(':').is_some_and(|(kind, hex)| !kind.is_empty() && hex.len() >= 32 && is_hex(hex));
        if !is_name(&repository) {
            return Err(ParseError::new("it names no repository"));
        }
        if !tag.as_deref().is_none_or(is_tag) {
            return Err(ParseError::new("its tag is not a valid tag"));
        }
        if !digest.as_deref().is_none_or(is_digest) {
            return Err(ParseError::new("its digest is not a valid digest"));
        }
        Ok(Self { registry, repository, tag, digest })
    }

    /// Whether the image is one of the sequencer, by the last part of its repository.
    #[must_use]
    pub(crate) fn is_of_sequencer(&self) -> bool {
        self.repository.rsplit('/').next() == Some("sequencer")
    }
}

/// The digest in the image id of a running container, such as `ghcr.io/o/sequencer@sha256:…`; a runtime may put its own scheme before it.
#[must_use]
pub(crate) fn digest_of(image_id: &str) -> Option<&str> {
    let digest = image_id.rsplit('@').next()?;
    digest.split_once(':').filter(|(kind, hex)| *kind == "sha256" && hex.len() == 64 && is_hex(hex)).map(|_| digest)
}

/// What a tag may say of the commit. More than one reading can be right: which ones are is for a clone to tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TagReadings {
    /// Why the tag names no commit for good, if so: it is given to one image after another.
    pub moves: Option<Moves>,
    /// Git tags that it may be, the likeliest first.
    pub git_tags: Vec<String>,
    /// First digits of the commit that it may end in.
    pub commit: Option<String>,
}

/// Why a tag names no commit for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moves {
    /// A version without patch level.
    MinorVersion,
    /// A name that follows the newest build.
    Newest,
}

/// Reads a tag.
#[must_use]
pub(crate) fn readings(tag: &str) -> TagReadings {
    const NEWEST: [&str; 7] = ["dev", "latest", "main", "master", "nightly", "edge", "stable"];
    if NEWEST.contains(&tag) {
        return TagReadings { moves: Some(Moves::Newest), ..TagReadings::default() };
    }
    let number = tag.strip_prefix('v').unwrap_or(tag);
    let (core, pre) = number.split_once('-').map_or((number, None), |(core, pre)| (core, Some(pre)));
    let parts: Vec<&str> = core.split('.').collect();
    let is_version = parts.len() > 1 && parts.iter().all(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
    if is_version && parts.len() == 2 && pre.is_none() {
        return TagReadings { moves: Some(Moves::MinorVersion), ..TagReadings::default() };
    }
    let mut git_tags = vec![tag.to_owned()];
    if is_version {
        git_tags.push(if tag.starts_with('v') { number.to_owned() } else { format!("v{tag}") });
    }
    let last = tag.rsplit_once('-').map_or(tag, |(_, last)| last);
    let commit = ((7..=40).contains(&last.len()) && is_hex(last)).then(|| last.to_owned());
    TagReadings { moves: None, git_tags, commit }
}

/// Whether a text is lower-case hexadecimal, as commits are written.
#[must_use]
pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_apart_whatever_it_leaves_out() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cases = [
            (
                "ghcr.io/o/sequencer/sequencer:APOLLO-0.14.3-RC.5",
                Some("ghcr.io"),
                "o/sequencer/sequencer",
                Some("APOLLO-0.14.3-RC.5"),
                None,
            ),
            ("localhost:5000/sequencer:dev", Some("localhost:5000"), "sequencer", Some("dev"), None),
            ("localhost:5000/sequencer", Some("localhost:5000"), "sequencer", None, None),
            ("python:3.11-slim", None, "python", Some("3.11-slim"), None),
            ("sequencer", None, "sequencer", None, None),
        ];
        for (text, registry, repository, tag, found) in cases {
            let expected = ImageReference {
                registry: registry.map(str::to_owned),
                repository: repository.to_owned(),
                tag: tag.map(str::to_owned),
                digest: found,
            };
            assert_eq!(ImageReference::parse(text), Ok(expected.clone()), "{text}");
            let pinned = ImageReference { digest: Some(digest.clone()), ..expected };
            assert_eq!(ImageReference::parse(&format!("{text}@{digest}")), Ok(pinned), "{text} with a digest");
        }
        assert!(ImageReference::parse("ghcr.io/o/sequencer/sequencer:x").is_ok_and(|it| it.is_of_sequencer()));
        assert!(ImageReference::parse("python:3.11-slim").is_ok_and(|it| !it.is_of_sequencer()));
    }

    #[test]
    fn the_digest_that_runs_is_read_whatever_the_runtime_writes_before_it() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for before in ["ghcr.io/o/sequencer/sequencer@", "docker-pullable://localhost:5000/sequencer@", ""] {
            assert_eq!(digest_of(&format!("{before}{digest}")), Some(digest.as_str()), "{before}");
        }
        for none in ["", "ghcr.io/o/sequencer/sequencer:1.2.3", "sequencer@sha256:zz", "sequencer@md5:aaaa"] {
            assert_eq!(digest_of(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in ["", ":tag", "a b", "sequencer:-x", "sequencer:a b", "sequencer@sha256:zz", "sequencer:\n", "seq\u{202e}uencer:x"] {
            assert!(ImageReference::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn each_form_of_a_tag_is_read_as_what_it_may_be() {
        // Tag, whether it moves, git tags to look for, commit to look for.
        type Case = (&'static str, Option<Moves>, &'static [&'static str], Option<&'static str>);
        let cases: [Case; 15] = [
            ("APOLLO-0.14.3-RC.5", None, &["APOLLO-0.14.3-RC.5"], None),
            ("APOLLO-main-4911a2e", None, &["APOLLO-main-4911a2e"], Some("4911a2e")),
            ("v0.14.3", None, &["v0.14.3", "0.14.3"], None),
            ("0.14.3", None, &["0.14.3", "v0.14.3"], None),
            ("0.14.3-rc.1", None, &["0.14.3-rc.1", "v0.14.3-rc.1"], None),
            ("0.14", Some(Moves::MinorVersion), &[], None),
            ("v0.14", Some(Moves::MinorVersion), &[], None),
            ("latest", Some(Moves::Newest), &[], None),
            ("dev", Some(Moves::Newest), &[], None),
            ("8fec81e", None, &["8fec81e"], Some("8fec81e")),
            ("1234567", None, &["1234567"], Some("1234567")),
            ("main-60161ba", None, &["main-60161ba"], Some("60161ba")),
            ("main-v0.14.3-9f78ee7", None, &["main-v0.14.3-9f78ee7"], Some("9f78ee7")),
            // Too short for a commit, and no hexadecimal.
            ("main-60161b", None, &["main-60161b"], None),
            ("main-release", None, &["main-release"], None),
        ];
        for (tag, moves, git_tags, commit) in cases {
            let found = readings(tag);
            assert_eq!((found.moves, found.commit.as_deref()), (moves, commit), "{tag}");
            assert_eq!(found.git_tags, git_tags, "{tag}");
        }
    }
}
