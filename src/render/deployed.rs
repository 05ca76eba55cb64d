//! The table of all known changes and whether each is deployed.

use super::fix_line;
use super::phrases;
use crate::evidence::lineage::DeployedCode;
use crate::findings::FixRow;
use crate::visible::visible;

mod json;

pub use json::{
    V2Contained, V2ContentCounts, V2DeployedBringing, V2DeployedCommit, V2DeployedFix, V2DeployedImage, V2DeployedPart, V2DeployedTable,
    V2EchonetSource, V2Edit, V2EditedFile, V2Sighting, schema,
};

/// What is deployed, and all that was held against it.
#[derive(Debug, Clone, Default)]
pub struct Table<'d> {
    /// Images, and Echonet's source.
    pub deployed: &'d [DeployedCode],
    /// Known fixes.
    pub fixes: Vec<FixRow>,
    /// Changes that bring a fault, or that were asked for by their number.
    pub brought: Vec<FixRow>,
}

/// The table for people: rule, change, the answer of all that is deployed in a word, and below it in one line.
#[must_use]
pub fn text(table: &Table<'_>) -> String {
    let mut text = String::new();
    let mut unchecked: usize = 0;
    let mut row = |answer: &str, row: &FixRow, line: String| {
        let fix = &row.status.fix;
        let rule = if row.rule.is_empty() { "no rule names it" } else { &row.rule };
        // What to run is said once, below.
        let (answer, line) = match line.strip_suffix(fix_line::NOT_CHECKED) {
            Some(before) => ("not checked", before.trim_end_matches([':', ' '])),
            None => (answer, line.as_str()),
        };
        unchecked = unchecked.saturating_add(usize::from(answer == "not checked"));
        let head = format!("{answer:13}  {rule}  {} {}", phrases::component(fix.component), fix.name());
        text.extend([visible(&head).as_ref(), "\n"]);
        if !line.is_empty() {
            text.push_str(&format!("               {}\n", visible(line)));
        }
    };
    for it in &table.fixes {
        row(fix_line::word(&it.status), it, fix_line::render_line(&it.status));
    }
    for it in &table.brought {
        let line = if it.rule.is_empty() { fix_line::of_change(&it.status) } else { fix_line::of_brought(&it.status) };
        row(fix_line::word_of_brought(&it.status), it, line);
    }
    if 0 < unchecked {
        text.push_str(&format!(
            "\n{} not checked: only the history of the deployed code tells. Run: whysync deployed FILE --repo SEQUENCER_CLONE\n",
            phrases::count(unchecked, "change")
        ));
    }
    text
}

/// The table for programs.
#[must_use]
pub fn json(table: &Table<'_>) -> String {
    super::json::pretty(&V2DeployedTable::from(table))
}
