//! Which known fixes the deployed code contains.

use super::Rules;
use crate::engine::fixes::fix::FixContext;
use crate::engine::fixes::fix_table;
use crate::evidence::Bundle;
use crate::findings::FixRow;
use crate::render::deployed::Table;

/// Which fixes are meant: all of them, unless one is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FixOptions {
    /// Only the fixes, their parts and the changes bringing a fault that have this pull request, or itself if no rule names it.
    pub pull_request: Option<u64>,
}

/// Every known fix, and every change that brings a fault, against all that is deployed. It rests on the lineage that the bundle holds.
#[must_use]
pub fn fixes<'b>(bundle: &'b Bundle, rules: &Rules, options: &FixOptions) -> Table<'b> {
    let scenery = FixContext::new(bundle);
    let (mut fixes, mut brought) = (fix_table::rows(&scenery, &rules.catalog), fix_table::brought(&scenery, &rules.catalog));
    if let Some(number) = options.pull_request {
        let is_it = |row: &FixRow| row.status.fix.all_prs().contains(&number);
        fixes.retain(is_it);
        brought.retain(is_it);
        if fixes.is_empty() && brought.is_empty() {
            brought = fix_table::of_pull_request(&scenery, number);
        }
    }
    Table { deployed: bundle.lineage.value().map_or(&[], |it| &it.deployed), fixes, brought }
}
