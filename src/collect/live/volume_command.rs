//! What may be run in Echonet's container: three commands, below one folder.

use crate::collect::names::check_names;
use crate::evidence::sources::by_hand::ROOT;

/// Why a path may not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPath {
    /// It is none that Echonet gives.
    #[error("it holds characters that no file of Echonet has in its name")]
    Characters,
    /// A name in it can hold keys, or leads elsewhere.
    #[error("{0}")]
    Refused(&'static str),
}

/// A path below [`ROOT`] that may be opened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VolumePath(String);

impl VolumePath {
    /// Checks a path relative to [`ROOT`].
    ///
    /// # Errors
    /// When a name in it can hold keys, leads elsewhere, or is none that Echonet gives.
    pub(crate) fn new(path: &str) -> Result<Self, NoPath> {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
        if !path.chars().all(is_plain) || path.split('/').any(|it| it.starts_with(['-', '.'])) {
            return Err(NoPath::Characters);
        }
        check_names(path).map_err(NoPath::Refused)?;
        Ok(Self(path.to_owned()))
    }

    /// The path relative to [`ROOT`].
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn of_argument(argument: &str) -> Option<Self> {
        Self::new(argument.strip_prefix(ROOT)?.strip_prefix('/')?).ok()
    }

    fn argument(&self) -> String {
        format!("{ROOT}/{}", self.0)
    }
}

/// One command. There are no others: the guard beneath the client reads the arguments back and refuses what this type cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolumeCommand {
    /// Names in the data directory.
    ListRoot,
    /// Names in one folder of it.
    List(VolumePath),
    /// Size and name of one file.
    Stat(VolumePath),
    /// The content of one file.
    Read(VolumePath),
}

const STAT_FORMAT: &str = "--format=%s %n";

impl VolumeCommand {
    /// The program and its arguments.
    #[must_use]
    pub(crate) fn arguments(&self) -> Vec<String> {
        let words = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        match self {
            Self::ListRoot => words(&["ls", ROOT]),
            Self::List(path) => words(&["ls", &path.argument()]),
            Self::Stat(path) => words(&["stat", STAT_FORMAT, &path.argument()]),
            Self::Read(path) => words(&["cat", &path.argument()]),
        }
    }

    /// The command that a program and its arguments are, if they are one that may be run.
    #[must_use]
    pub(crate) fn of_arguments(arguments: &[String]) -> Option<Self> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match arguments.as_slice() {
            ["ls", ROOT] => Some(Self::ListRoot),
            ["ls", path] => VolumePath::of_argument(path).map(Self::List),
            ["stat", STAT_FORMAT, path] => VolumePath::of_argument(path).map(Self::Stat),
            ["cat", path] => VolumePath::of_argument(path).map(Self::Read),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<String> {
        text.split('|').map(str::to_owned).collect()
    }

    #[test]
    fn every_command_is_read_back_as_itself() {
        let path = |it: &str| VolumePath::new(it).expect("a path");
        let file = || path("blocks_20261122T083832Z/block_7.json");
        let commands = [
            VolumeCommand::ListRoot,
            VolumeCommand::List(path("blocks_20261122T083832Z")),
            VolumeCommand::Stat(file()),
            VolumeCommand::Read(file()),
        ];
        for command in commands {
            assert_eq!(VolumeCommand::of_arguments(&command.arguments()), Some(command));
        }
    }

    #[test]
    fn nothing_else_can_be_run() {
        let refused = [
            "",
            "sh|-c|ls /data/echonet",
            "rm|/data/echonet/block_1.json",
            "cat",
            "cat|/data/echonet",
            "cat|/data/echonet/a|/data/echonet/b",
            "cat|/etc/echonet/x.json",
            "cat|/data/echonet/../../etc/passwd",
            "cat|/data/echonet//etc/passwd",
            "cat|/data/echonet/echonet_keys.json",
            "cat|/data/echonet/blocks_1/Echonet_Secrets.json",
            "cat|/data/echonet/.env",
            "cat|/data/echonet/.ssh/id",
            "cat|/data/echonet/a;id",
            "cat|/data/echonet/$(id)",
            "cat|/data/echonet/a\nb",
            "cat|--show-all|/data/echonet/a",
            "cat|/data/echonet/-n",
            "/bin/cat|/data/echonet/a",
            "ls|-R|/data/echonet",
            "ls|/",
            "stat|--format=%s %n",
            "stat|-f|/data/echonet/a",
            "stat|--format=%s %n|/data/echonet/a|/data/echonet/b",
            "tar|cf|-|/data/echonet",
            "tail|/data/echonet/a",
            "tail|-f|/data/echonet/a",
            "tail|-c|+7|/data/echonet/a",
            "head|-c|7|/data/echonet/a",
            "dd|if=/data/echonet/a",
        ];
        for words in refused {
            assert_eq!(VolumeCommand::of_arguments(&arguments(words)), None, "{words}");
        }
    }
}
