//! Findings that explain the same difference in two ways.

/// Two findings that claim the same divergences. At most one of them can be the cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivalry {
    /// Episode.
    pub episode: u32,
    /// Ids of the divergences that both claim.
    pub items: Vec<String>,
    /// The two, by slug.
    pub rivals: [Rival; 2],
}

/// One of two competing findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// Slug of its rule.
    pub rule: String,
    /// What it rests on and the other does not: what to look at to tell them apart. Empty if it rests on nothing else.
    pub rests_on: Vec<Ground>,
}

/// A clause that holds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Name of the clause.
    pub clause: String,
    /// The values or the log line that decided it.
    pub because: String,
}
