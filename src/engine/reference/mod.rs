//! The generated pages of the book: rules, paths and the rule language.

pub(crate) mod rule_list;
pub mod rule_page;
pub mod path_reference;
pub mod language_reference;
