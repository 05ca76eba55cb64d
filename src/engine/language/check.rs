//! What `rules check` looks for. Ids are stable: they stand in reports of other tools and are never used again for something else.

/// A check of rule files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// The file is not YAML of the expected shape: a field or word is unknown, missing, or of another type.
    Shape,
    /// The slug is no kebab case or not the file's name, or a text is wrong.
    Head,
    /// `owner`, `title` or `description` is empty.
    Empty,
    /// An id or slug stands in two files, or a rule takes the place of another without saying so.
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
    /// `when`, `unless`, `corroborate` or `instead` names no clause.
    Condition,
    /// The rule claims nothing, or claims what is not a ledger item.
    Claims,
    /// The rule has no test file.
    TestMissing,
    /// A test file lacks a firing case or a near miss, or names no rule.
    TestFile,
    /// A place in the code that a rule names moved or is gone. Only looked for where a clone is named.
    StaleAnchor,
    /// No text that a place prints can match the pattern that names the place. Like all that follow, only looked for where a clone is named.
    PrintedOtherwise,
    /// A literal piece of a pattern stands in no text that the places of its clause print.
    PrintedDrift,
    /// A pattern matches what a place prints, in records of another logger or level than its clause asks for.
    PrintedElsewhere,
    /// A pattern matches only what the program does not write by default.
    PrintedQuietly,
    /// It cannot be told whether a pattern matches what a place prints.
    PrintedUnknown,
    /// A clause names no place that prints what it looks for.
    PrintedByMissing,
    /// A line of a test is none that the statement behind it can print.
    LineNotPrinted,
    /// A clause names a place that cannot print what it looks for, whatever the code says, or a library without a version.
    PrintedByWrong,
}

impl Check {
    /// Every check, in the order of the type.
    pub(crate) const ALL: [Self; 25] = [
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
        Self::PrintedOtherwise,
        Self::PrintedDrift,
        Self::PrintedElsewhere,
        Self::PrintedQuietly,
        Self::PrintedUnknown,
        Self::PrintedByMissing,
        Self::LineNotPrinted,
        Self::PrintedByWrong,
    ];

    /// The stable id.
    #[must_use]
    pub(crate) fn id(self) -> &'static str {
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
            Self::PrintedOtherwise => "pattern-cannot-match",
            Self::PrintedDrift => "pattern-drift",
            Self::PrintedElsewhere => "pattern-wrong-record",
            Self::PrintedQuietly => "pattern-below-default-level",
            Self::PrintedUnknown => "pattern-not-proved",
            Self::PrintedByMissing => "printed-by-missing",
            Self::LineNotPrinted => "line-not-printed",
            Self::PrintedByWrong => "printed-by-wrong",
        }
    }

    /// What it finds, in one sentence.
    #[must_use]
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::Shape => "The file is not YAML of the expected shape.",
            Self::Head => "The slug, the summary or a fix of the rule is not well formed.",
            Self::Empty => "The owner, the title or the description is empty.",
            Self::Duplicate => "Two files have the same id or slug, or a rule replaces another without saying so.",
            Self::Path => "The path can exist in no case document, or the evaluator would get it wrong.",
            Self::Clause => "The clause mixes forms, names something undefined, or refers to itself.",
            Self::RegexUnreadable => "The regular expression cannot be read.",
            Self::RegexMatchesNothing => "The regular expression matches nothing, whatever the text.",
            Self::RegexMatchesEverything => "The regular expression matches everything.",
            Self::BareStatus => "A status number in the regular expression also matches within hashes and block numbers.",
            Self::UnusedClause => "The clause is used nowhere.",
            Self::AbsenceNotRequired => "The clause counts on absence in evidence that `requires` does not list.",
            Self::Condition => "A condition names no clause.",
            Self::Claims => "The rule claims nothing, or claims what is not a ledger item.",
            Self::TestMissing => "The rule has no test file beside it.",
            Self::TestFile => "The test file lacks a firing case or a near miss, or names no rule.",
            Self::StaleAnchor => "A place in the code that the rule names moved or is gone.",
            Self::PrintedOtherwise => "No text that the named place prints can match the pattern.",
            Self::PrintedDrift => "A literal piece of the pattern stands in no text that the named places print.",
            Self::PrintedElsewhere => "The pattern matches a text of another logger or level than the clause asks for.",
            Self::PrintedQuietly => "The pattern matches only what the program does not write by default.",
            Self::PrintedUnknown => "It cannot be told whether the pattern matches what the named place prints.",
            Self::PrintedByMissing => "The log clause names no place that prints what it looks for.",
            Self::PrintedByWrong => "The log clause names a place of the other program or of tests, or a library without a version.",
            Self::LineNotPrinted => "The line of the test is none that the statement behind it can print.",
        }
    }
}
