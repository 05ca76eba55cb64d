//! Every known fix held against all that is deployed, whatever happened.

use std::collections::BTreeSet;

use super::Catalog;
use super::containment::Containment;
use super::fix::Scenery;
use crate::evidence::lineage::{Probe, SoughtPatch};
use crate::evidence::{Bundle, Lineage};
use crate::facts;
use crate::findings::FixRow;

/// One row a fix of each rule, by slug; `effective_when` is held against the first diverging block.
#[must_use]
pub fn rows(bundle: &Bundle, catalog: &Catalog) -> Vec<FixRow> {
    let scenery = Scenery::new(bundle);
    let version = facts::starknet_version(bundle);
    let fixes = catalog.rules.iter().flat_map(|(slug, rule)| rule.file.fix.iter().map(move |it| (slug, it)));
    fixes.map(|(slug, fix)| FixRow { rule: slug.clone(), status: scenery.status(fix, version.as_deref()) }).collect()
}

/// The changes whose patch ids would tell more of the rules' fixes than a lineage tells; none if its history cannot be read.
#[must_use]
pub fn sought(lineage: &Lineage, catalog: &Catalog) -> Vec<SoughtPatch> {
    let fixes = catalog.rules.values().flat_map(|it| &it.file.fix);
    Containment::new(lineage).map(|it| it.sought(fixes)).unwrap_or_default()
}

/// The commits of the rules' fixes, whose lines are looked up in what is deployed.
#[must_use]
pub fn commits(catalog: &Catalog) -> BTreeSet<String> {
    catalog.rules.values().flat_map(|it| &it.file.fix).flat_map(|it| &it.commits).cloned().collect()
}

/// The lines that the rules' fixes want to be looked for.
#[must_use]
pub fn probes(catalog: &Catalog) -> BTreeSet<Probe> {
    let wanted = catalog.rules.values().flat_map(|it| &it.file.fix).filter_map(|it| it.probe.as_ref());
    let texts = wanted.flat_map(|it| it.present.iter().chain(&it.absent).map(|text| Probe { path: it.path.clone(), text: text.clone() }));
    texts.collect()
}
