//! Why a clause cannot be decided, whatever the evidence.

use crate::engine::language::script::ScriptError;
use crate::engine::language::value::Unlike;

/// A clause that cannot be decided, which leaves its rule broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("clause `{clause}`: {fault}")]
pub struct BrokenClause {
    /// Name of the clause.
    pub clause: String,
    /// What is wrong with the clause.
    pub fault: Box<ClauseFault>,
}

/// What is wrong with a clause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClauseFault {
    /// It compares what cannot be compared.
    #[error(transparent)]
    Unlike(#[from] Unlike),
    /// The same, with a field of an element that it counts.
    #[error("`{field}`: {unlike}")]
    InField {
        /// The field.
        field: String,
        /// The other operand of the comparison.
        unlike: Unlike,
    },
    /// Its expression gives no answer.
    #[error(transparent)]
    Script(#[from] ScriptError),
    /// Its elements were not looked through ahead of it.
    #[error("its elements were not selected")]
    NotNarrowed,
}

impl ClauseFault {
    /// The fault as that of the clause of this name.
    pub(super) fn in_clause(self, clause: &str) -> BrokenClause {
        BrokenClause { clause: clause.to_owned(), fault: Box::new(self) }
    }
}
