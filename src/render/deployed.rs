//! The table of all known fixes against all that is deployed.

use schemars::JsonSchema;
use serde::Serialize;

use super::json::v2::V2Fix;
use super::visible::visible;
use super::{fix_line, phrases};
use crate::findings::FixRow;

/// The JSON form of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1DeployedTable {
    /// Name and version of this form.
    pub schema: &'static str,
    /// One row a fix.
    pub fixes: Vec<V1DeployedRow>,
}

/// A fix of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct V1DeployedRow {
    /// Slug of the rule.
    pub rule: String,
    /// The fix, and what can be said of it.
    pub fix: V2Fix,
}

/// The table for people: rule, fix, the answer of all that is deployed in a word, and below it in one line.
#[must_use]
pub fn text(rows: &[FixRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let status = &row.status;
        let answer = fix_line::word(status);
        let prs: Vec<String> = status.fix.prs.iter().map(|it| format!("#{it}")).collect();
        let name =
            if prs.is_empty() { status.fix.commits.iter().map(|it| phrases::short_commit(it).to_owned()).take(1).collect() } else { prs };
        let line = format!("{answer:13}  {}  {} {}", row.rule, phrases::component(status.fix.component), name.join(" "));
        text.push_str(&visible(&line));
        text.push('\n');
        text.push_str(&format!("               {}\n", visible(&fix_line::of(status))));
    }
    text
}

/// The table for programs.
#[must_use]
pub fn json(rows: &[FixRow]) -> String {
    let fixes = rows.iter().map(|it| V1DeployedRow { rule: it.rule.clone(), fix: V2Fix::of_row(&it.status) }).collect();
    super::json::pretty(&V1DeployedTable { schema: "whysync.deployed/v1", fixes })
}
