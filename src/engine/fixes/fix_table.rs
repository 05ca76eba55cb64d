//! Every known fix held against all that is deployed, whatever happened.

use std::collections::BTreeSet;

use super::containment::{Containment, NO_FORM};
use super::fix::FixContext;
use super::fix_shape;
use crate::engine::Catalog;
use crate::engine::language::rule::RuleFile;
use crate::evidence::Lineage;
use crate::evidence::lineage::{Probe, SoughtPatch};
use crate::findings::{BringingChange, Deployed, FixAnswer, FixComponent, FixReference, FixRow};

/// One row a fix of each rule, by slug; `effective_when` is held against the first diverging block.
#[must_use]
pub fn rows(scenery: &FixContext<'_>, catalog: &Catalog) -> Vec<FixRow> {
    let version = scenery.starknet_version();
    let fixes = catalog.rules.iter().flat_map(|(slug, rule)| rule.file.fix.iter().map(move |it| (slug, it)));
    fixes.map(|(slug, fix)| FixRow { rule: slug.clone(), status: scenery.status(fix, version.as_deref()) }).collect()
}

/// One row a change of each rule that brings its fault, by slug.
#[must_use]
pub(crate) fn brought(scenery: &FixContext<'_>, catalog: &Catalog) -> Vec<FixRow> {
    let changes = catalog.rules.iter().flat_map(|(slug, rule)| rule.file.brought_by.iter().map(move |it| (slug, it)));
    changes.map(|(slug, it)| FixRow { rule: slug.clone(), status: scenery.brought(it) }).collect()
}

/// What is deployed of a pull request that no rule names: one row for each program, since any of them may carry it.
#[must_use]
pub(crate) fn of_pull_request(scenery: &FixContext<'_>, number: u64) -> Vec<FixRow> {
    let change = |component| BringingChange {
        component,
        prs: vec![number],
        commits: Vec::new(),
        patch_ids: Vec::new(),
        any_of: Vec::new(),
        all_of: Vec::new(),
        note: String::new(),
    };
    // Only its number can be looked for: that nothing carries it does not show that no squash or other form of it is there.
    let open = |deployed: &mut Deployed| {
        if matches!(&deployed.answer, FixAnswer::NotContained(why) if why == NO_FORM) {
            let why = format!("no commit in its history carries #{number}, and no rule names its commits");
            deployed.answer = FixAnswer::Unknown(why);
        }
    };
    let row = |component| {
        let mut status = scenery.brought(&change(component));
        status.deployed.iter_mut().for_each(open);
        FixRow { rule: String::new(), status }
    };
    // The node's first: most changes are of it.
    FixComponent::ALL.into_iter().rev().map(row).collect()
}

/// Every change that rules name, each to be looked for alone: forms of fixes, their parts, and what brings faults.
fn changes(catalog: &Catalog) -> Vec<FixReference> {
    let of_rule = |it: &RuleFile| {
        let fixes = it.fix.iter().flat_map(fix_shape::single);
        fixes.chain(it.brought_by.iter().flat_map(|it| fix_shape::single(&it.sought()))).collect::<Vec<_>>()
    };
    catalog.rules.values().flat_map(|it| of_rule(&it.file)).collect()
}

/// The changes whose patch ids would tell more of what rules name than a lineage tells; none if its history cannot be read.
#[must_use]
pub fn sought(lineage: &Lineage, catalog: &Catalog) -> Vec<SoughtPatch> {
    Containment::new(lineage).map(|it| it.sought(&changes(catalog))).unwrap_or_default()
}

/// The commits of the rules' fixes, whose lines are looked up in what is deployed.
#[must_use]
pub fn commits(catalog: &Catalog) -> BTreeSet<String> {
    changes(catalog).iter().flat_map(FixReference::all_commits).collect()
}

/// The lines that the rules' fixes want to be looked for.
#[must_use]
pub fn probes(catalog: &Catalog) -> BTreeSet<Probe> {
    let wanted = catalog.rules.values().flat_map(|it| &it.file.fix).filter_map(|it| it.probe.as_ref());
    let texts = wanted.flat_map(|it| it.present.iter().chain(&it.absent).map(|text| Probe { path: it.path.clone(), text: text.clone() }));
    texts.collect()
}
