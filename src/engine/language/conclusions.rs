//! Whether the conditions of a rule name its clauses, and its claims name what its conditions looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::check::Check;
use super::compile::Checker;
use super::path::{Path, ledger_fields, suggestion};
use super::rule::Condition;
use crate::findings::Explains;

impl Checker<'_> {
    pub(super) fn conditions(&mut self) {
        let file = self.file;
        let known: Vec<String> = file.clauses.keys().cloned().collect();
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let conditions = [Some(&file.when), file.unless.as_ref()].into_iter().flatten();
        let named =
            conditions.flat_map(Condition::clauses).chain(&file.corroborate).chain(file.finding.instead.iter().map(|it| &it.clause));
        for part in named {
            used.insert(&part.value);
            if !file.clauses.contains_key(&part.value) {
                self.complain(part, format!("`match` defines no clause `{}`", part.value), suggestion(&part.value, &known));
            }
        }
        for clause in file.clauses.values() {
            let placed_by = clause.value.as_log().into_iter().flat_map(|it| it.after.iter().chain(&it.before));
            used.extend(placed_by.map(|it| it.value.as_str()));
            let operands = clause.value.operands().into_iter();
            used.extend(operands.filter_map(|it| it.value.split_once('.')).map(|(clause, _)| clause));
        }
        for (name, place) in &file.clauses {
            if !used.contains(name.as_str()) {
                self.complain_as(
                    Check::UnusedClause,
                    place,
                    format!("clause `{name}` is used nowhere"),
                    Some("name it in `when`, `unless`, `corroborate` or `instead`, or take it out".to_owned()),
                );
            }
        }
    }

    pub(super) fn claims(&mut self, lets: &BTreeMap<String, Path>) {
        let file = self.file;
        let ledger = ledger_fields();
        let claims_nothing = file.claims.items.is_empty() && file.for_each.is_none();
        if claims_nothing && file.explains != Explains::Nothing {
            self.problems
                .push(self.text.whole("the rule claims nothing", Some("add `for_each`, or `claims: {items: [<let>]}`".to_owned())));
        }
        let counted: BTreeSet<&str> =
            file.when.clauses().iter().filter_map(|it| Some(file.clauses.get(&it.value)?.value.as_each()?.each.value.as_str())).collect();
        for name in file.claims.items.iter().filter(|it| lets.contains_key(&it.value)) {
            if file.for_each.as_ref().is_none_or(|it| it.value != name.value) && !counted.contains(name.value.as_str()) {
                let message = format!("no clause of `when` binds `{}`: a rule cannot claim what it did not look at", name.value);
                let help = format!("add a clause `each: {}` to `when`, with a `where` that ties it to the item", name.value);
                self.complain(name, message, Some(help));
            }
        }
        for name in file.claims.items.iter().chain(&file.for_each) {
            match lets.get(&name.value) {
                Some(path) if path.element_fields() == ledger => {}
                Some(_)
                    if file.for_each.as_ref() == Some(name) && (!file.claims.items.is_empty() || file.explains == Explains::Nothing) => {}
                Some(path) => self.complain(
                    name,
                    format!("`{}` selects no ledger items", path.text()),
                    Some("claims are items of `$.ledger`".to_owned()),
                ),
                None if file.for_each.as_ref() == Some(name) || file.lets.contains_key(&name.value) => {}
                None => {
                    let known: Vec<String> = file.lets.keys().cloned().collect();
                    self.complain(name, format!("`let` does not define `{}`", name.value), suggestion(&name.value, &known));
                }
            }
        }
    }
}
