//! What `rules check` looks for. Ids are stable: they stand in reports of other tools and are never used again for something else.

/// One check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file is no YAML of the expected shape: a field or word is unknown, missing, or of another type.
    Shape,
    /// The slug is no kebab case or not the file's name, or a text is wrong.
    Head,
    /// `owner`, `title` or `description` is empty.
    Empty,
    /// An id or slug stands in two files.
    Duplicate,
    /// A path can exist in no case document, or has a shape that the evaluator gets wrong.
    Path,
    /// A clause mixes forms, names something undefined, or refers to itself.
    Clause,
    /// A regular expression cannot be read.
    RegexUnreadable,
    /// A regular expression matches nothing, whatever the text.
    RegexMatchesNothing,
    /// A regular expression matches everything.
    RegexMatchesEverything,
    /// A status number in a regular expression has no border.
    BareStatus,
    /// A clause is used nowhere.
    UnusedClause,
    /// A clause counts on absence in evidence that `requires` does not list.
    AbsenceNotRequired,
    /// `when`, `unless` or `corroborate` names no clause.
    Condition,
    /// The rule claims nothing, or what is no ledger item.
    Claims,
    /// The rule has no test file.
    TestMissing,
    /// A test file lacks a firing case or a near miss, or names no rule.
    TestFile,
    /// A place in the code that a rule names moved or is gone. Only looked for where a clone is named.
    StaleAnchor,
}

impl Check {
    /// Every check, in the order of the type.
    pub const ALL: [Self; 17] = [
        Self::Shape,
        Self::Head,
        Self::Empty,
        Self::Duplicate,
        Self::Path,
        Self::Clause,
        Self::RegexUnreadable,
        Self::RegexMatchesNothing,
        Self::RegexMatchesEverything,
        Self::BareStatus,
        Self::UnusedClause,
        Self::AbsenceNotRequired,
        Self::Condition,
        Self::Claims,
        Self::TestMissing,
        Self::TestFile,
        Self::StaleAnchor,
    ];

    /// The stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Head => "head",
            Self::Empty => "empty-text",
            Self::Duplicate => "duplicate-id",
            Self::Path => "impossible-path",
            Self::Clause => "clause",
            Self::RegexUnreadable => "regex-unreadable",
            Self::RegexMatchesNothing => "regex-matches-nothing",
            Self::RegexMatchesEverything => "regex-matches-everything",
            Self::BareStatus => "bare-status",
            Self::UnusedClause => "unused-clause",
            Self::AbsenceNotRequired => "absence-not-required",
            Self::Condition => "condition",
            Self::Claims => "claims",
            Self::TestMissing => "test-missing",
            Self::TestFile => "test-file",
            Self::StaleAnchor => "stale-anchor",
        }
    }

    /// What it finds, in one sentence.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Shape => "The file is no YAML of the expected shape.",
            Self::Head => "The slug, the summary or a fix of the rule is not well formed.",
            Self::Empty => "The owner, the title or the description is empty.",
            Self::Duplicate => "Two files have the same id or slug.",
            Self::Path => "The path can exist in no case document, or the evaluator would get it wrong.",
            Self::Clause => "The clause mixes forms, names something undefined, or refers to itself.",
            Self::RegexUnreadable => "The regular expression cannot be read.",
            Self::RegexMatchesNothing => "The regular expression matches nothing, whatever the text.",
            Self::RegexMatchesEverything => "The regular expression matches everything.",
            Self::BareStatus => "A status number in the regular expression also matches within hashes and block numbers.",
            Self::UnusedClause => "The clause is used nowhere.",
            Self::AbsenceNotRequired => "The clause counts on absence in evidence that `requires` does not list.",
            Self::Condition => "A condition names no clause.",
            Self::Claims => "The rule claims nothing, or what is no ledger item.",
            Self::TestMissing => "The rule has no test file beside it.",
            Self::TestFile => "The test file lacks a firing case or a near miss, or names no rule.",
            Self::StaleAnchor => "A place in the code that the rule names moved or is gone.",
        }
    }
}
