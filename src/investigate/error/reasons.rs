//! Why one operation could not be done.

#[cfg(feature = "live")]
use std::io;
#[cfg(feature = "live")]
use std::path::PathBuf;

use miette::Diagnostic;

use crate::engine::authoring::draft_rule;
use crate::limits::RULE_FILE_BYTES;
use crate::simulate::UnknownScenario;

/// Why a folder of rules cannot be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RuleFolderError {
    /// A folder, a rule file or a test file cannot be read.
    #[error("cannot read {path}")]
    #[diagnostic(code(whysync::rules::unreadable), help("`--rules` names a folder that holds rule files (<slug>.yaml) at any depth"))]
    Unreadable {
        /// The file or folder.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// Something that could hold rules is no file of them and no folder.
    #[error("{path} is not read: {what}")]
    #[diagnostic(
        code(whysync::rules::no_file),
        help("a folder of rules holds plain files and folders: put the rule there by its own name, <slug>.yaml, or move this elsewhere")
    )]
    NoFile {
        /// Where it is.
        path: String,
        /// What it is.
        what: SkippedRuleEntry,
    },
    /// There is no file of rules in it.
    #[error("{path} holds no rule file and no test file (*.yaml, *.yml)")]
    #[diagnostic(code(whysync::rules::empty), help("`--rules` names a folder that holds rule files (<slug>.yaml) at any depth"))]
    Empty {
        /// The folder.
        path: String,
    },
    /// There are rules in the folders, and no tests of them.
    #[error("there is no test file {of}")]
    #[diagnostic(
        code(whysync::rules::no_tests),
        help("the tests of a rule stand beside it, in <slug>.test.yaml; `whysync rules new` writes a first one")
    )]
    NoTests {
        /// The folder or file without tests, in words.
        of: String,
    },
    /// A folder stands where a rule is named.
    #[error("{path} is a folder, and a rule is named here by its slug or id")]
    #[diagnostic(code(whysync::rules::not_a_rule), help("to test the rules in it: whysync rules test --rules {path}"))]
    NotARule {
        /// The folder.
        path: String,
    },
    /// A file is larger than any rule.
    #[error("{path} is larger than {RULE_FILE_BYTES} bytes")]
    #[diagnostic(code(whysync::rules::too_large), help("a rule file is a page of text; move other files out of the folder"))]
    TooLarge {
        /// The file.
        path: String,
    },
}

/// What in a folder of rules is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SkippedRuleEntry {
    /// It leads elsewhere, or nowhere.
    #[error("it is a symbolic link, and links are not followed")]
    Link,
    /// Whoever opens it may wait for ever.
    #[error("it is a device, a pipe or a socket")]
    Special,
}

/// Why no rule was drafted.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum DraftError {
    /// The bundle gives none, or the slug cannot be used.
    #[error(transparent)]
    Obstacle(#[from] draft_rule::NoDraft),
    /// A file is there already.
    #[error("{path} already exists")]
    #[diagnostic(code(whysync::rules::exists), help("give another --slug or another folder with -o"))]
    Exists {
        /// The file.
        path: String,
    },
    /// What was written is no rule: a defect of this program.
    #[error("the rule is not in its own pack")]
    Lost,
    /// The draft does not pass its own test.
    #[error("the rule that was written does not pass its own test: {failures}")]
    #[diagnostic(code(whysync::rules::draft), help("nothing was written; start from the tutorial in `book/src/writing-a-rule.md`"))]
    Unsound {
        /// The differences from the expected result.
        failures: String,
    },
    /// The folder, or that of the schemas in it, cannot be made.
    #[error("the folder {path} cannot be made")]
    #[diagnostic(code(whysync::rules::folder), help("give a folder that you may write to with -o"))]
    Folder {
        /// The folder.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
}

/// Why no synthetic incident was made or kept.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum SyntheticError {
    /// There is no scenario with this name.
    #[error(transparent)]
    Scenario(#[from] UnknownScenario),
    /// Something else is in the folder.
    #[error("the folder {path} is not empty")]
    #[diagnostic(code(whysync::simulate::not_empty), help("nothing was written; give a new or an empty folder with -o"))]
    NotEmpty {
        /// The folder.
        path: String,
    },
    /// The folder cannot be used.
    #[error("{path} cannot be used as a folder")]
    #[diagnostic(code(whysync::simulate::folder), help("give a folder that you may write to with -o"))]
    Unusable {
        /// The folder.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The truth has no form as JSON.
    #[error(transparent)]
    Truth(serde_json::Error),
}

/// Why no role can be written.
#[cfg(feature = "live")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleError {
    /// The namespace cannot exist.
    #[error("`{0}` is not a valid namespace name")]
    Namespace(String),
    /// The ConfigMap holds something else.
    #[error("`{0}` is not a ConfigMap of Echonet's source: their names begin with `echonet-src-`")]
    ConfigMap(String),
}

/// An audit log that could not be written.
#[cfg(feature = "live")]
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot write the audit log to {}", path.display())]
#[diagnostic(code(whysync::audit), help("name a file that you may write to with --audit; a bundle holds the same rows"))]
pub struct AuditError {
    /// The file.
    pub path: PathBuf,
    /// The operating system's error.
    pub source: io::Error,
}

/// Why no folder of pages was made.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("the folder {path} cannot be made")]
#[diagnostic(code(whysync::pages::folder), help("give a folder that you may write to"))]
pub struct PagesError {
    /// The folder.
    pub path: String,
    /// What the system said.
    pub source: std::io::Error,
}
