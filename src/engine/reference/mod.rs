//! The generated pages of the book: rules, paths and the rule language.

pub mod rule_page;
pub mod path_reference;
pub mod language_reference;
