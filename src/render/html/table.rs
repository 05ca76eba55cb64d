//! The head of a table. On a narrow screen a row becomes a card, which takes a table's meaning from it: the roles keep it.

use maud::{Markup, html};

/// A caption for those who do not see the heading above, and the names of the columns.
pub(super) fn head(caption: &str, names: &[&str]) -> Markup {
    html! {
        caption.hidden { (caption) }
        thead role="rowgroup" { tr role="row" { @for name in names { th scope="col" role="columnheader" { (name) } } } }
    }
}
