//! Table heads. On a narrow screen each row becomes a card, and the ARIA roles keep it a table for screen readers.

use maud::{Markup, html};

/// A caption for those who do not see the heading above, and the names of the columns.
pub(super) fn head(caption: &str, names: &[&str]) -> Markup {
    html! {
        caption.hidden { (caption) }
        thead role="rowgroup" { tr role="row" { @for name in names { th scope="col" role="columnheader" { (name) } } } }
    }
}
