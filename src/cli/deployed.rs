//! `whysync deployed` and `whysync bundle lineage`

use std::path::Path;

use super::args::{DeployedArguments, EvidenceArguments, LineageArguments, TableFormat};
use super::exit::Exit;
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::collect::lineage::{self, PatchIds};
use crate::collect::store;
use crate::collect::{self, git::Clone};
use crate::engine::Catalog;
use crate::engine::fixes::fix::Scenery;
use crate::engine::fixes::{anchors, fix_table};
#[cfg(feature = "live")]
use crate::evidence::Missing;
use crate::evidence::anchor::{AnchorSighting, Sighted};
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{PatchIdExtent, Resolution};
use crate::evidence::{Bundle, Gathered, Lineage, Provenance};
use crate::findings::FixRow;
use crate::render::{self, visible};

pub(super) fn run(arguments: &DeployedArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let clone = arguments.repo.as_deref().map(open).transpose()?;
    let mut bundle = evidence(arguments)?;
    if let Some(clone) = &clone {
        // Nothing is kept, and no place in the code is shown: only what the fixes of these rules need is asked.
        let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
        let lineage = gathered(&bundle, clone, &catalog, PatchIds::Needed(&needed))?;
        put(&mut bundle, lineage);
    }
    tell(&bundle);
    let scenery = Scenery::new(&bundle);
    let (mut fixes, mut brought) = (fix_table::rows(&scenery, &catalog), fix_table::brought(&scenery, &catalog));
    if let Some(number) = arguments.pr {
        let is_it = |row: &FixRow| row.status.fix.all_prs().contains(&number);
        fixes.retain(is_it);
        brought.retain(is_it);
        if fixes.is_empty() && brought.is_empty() {
            brought = fix_table::of_pull_request(&scenery, number);
        }
    }
    let table = render::deployed::Table { deployed: bundle.lineage.value().map_or(&[], |it| &it.deployed), fixes, brought };
    let text = match arguments.format {
        TableFormat::Text => render::deployed::text(&table),
        TableFormat::Json => render::deployed::json(&table),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

/// A bundle, or what a live deployment says that it runs.
fn evidence(arguments: &DeployedArguments) -> Result<Bundle, Failure> {
    let namespace = arguments.namespace.clone();
    match (&arguments.evidence, namespace) {
        (Some(evidence), namespace) => {
            import::evidence(&EvidenceArguments { evidence: evidence.clone(), block: arguments.block, namespace })
        }
        #[cfg(feature = "live")]
        (None, Some(namespace)) => super::collect::what_runs(namespace, arguments.context.clone(), arguments.timeout_ms),
        (None, _) => Err(Failure::usage("name a bundle: this build cannot ask a live deployment")),
    }
}

/// Adds the lineage to a bundle and writes it.
pub(super) fn lineage(arguments: &LineageArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let output = match &arguments.output {
        Some(output) => output,
        None if arguments.evidence.evidence.is_file() => &arguments.evidence.evidence,
        None => return Err(Failure::usage("name the bundle to write with --output: what was read is no bundle file")),
    };
    let clone = open(&arguments.repo)?;
    let mut bundle = import::evidence(&arguments.evidence)?;
    add(&mut bundle, &clone, &catalog)?;
    store::save(&bundle, output).map_err(Failure::unusable)?;
    tell(&bundle);
    Ok(Exit::Success)
}

/// Says which commit each deployed code was found to be, and what the clone could not tell.
fn tell(bundle: &Bundle) {
    bundle.lineage.value().into_iter().for_each(tell_gaps);
    for code in bundle.lineage.value().into_iter().flat_map(|it| &it.deployed) {
        match &code.commit {
            Resolution::Commit(commit) => eprintln!("{}: {} ({})", visible(&code.name()), commit.sha, visible(&commit.by)),
            Resolution::Unknown(why) => eprintln!("{}: commit unknown, {}", visible(&code.name()), visible(why)),
        }
    }
}

/// What the clone lacks has cost an answer: that is never silent.
fn tell_gaps(lineage: &Lineage) {
    const SHOWN: usize = 5;
    let named = |all: &[String]| {
        let more = all.len().saturating_sub(SHOWN);
        let shown: Vec<&str> = all.iter().take(SHOWN).map(|it| it.get(..10).unwrap_or(it)).collect();
        if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
    };
    if let PatchIdExtent::Nothing(why) = &lineage.patch_ids {
        eprintln!("no patch ids: {}", visible(why));
    }
    if let Some(unread) = &lineage.unread {
        let commits: Vec<String> = ShortId::unpack(&unread.commits).unwrap_or_default().iter().map(ToString::to_string).collect();
        eprintln!("{} deployed commits have no patch id, {}: {}", commits.len(), visible(&unread.why), named(&commits));
    }
    if let Some(signs) = &lineage.content {
        if !signs.absent.is_empty() {
            eprintln!("{} commits that rules name are not in the clone: {}", signs.absent.len(), named(&signs.absent));
        }
        for it in &signs.unread {
            eprintln!("the lines of {} were not compared: {}", it.commit.get(..10).unwrap_or(&it.commit), visible(&it.why));
        }
    }
}

pub(super) fn open(repo: &Path) -> Result<Clone, Failure> {
    Clone::open(repo).map_err(Failure::unusable)
}

/// Adds the lineage to what was collected. What was collected is never lost: why there is no lineage becomes part of the bundle.
#[cfg(feature = "live")]
pub(super) fn add_to_collected(bundle: &mut Bundle, clone: &Clone, catalog: &Catalog) {
    if let Err(failure) = add(bundle, clone, catalog) {
        let reason = failure.reports.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        eprintln!("  no lineage: {}", visible(&reason));
        bundle.lineage = Gathered::Failed(Missing::new(ASKED.to_owned(), reason));
    }
    tell(bundle);
}

/// What is asked of a clone, for the bundle.
const ASKED: &str = "git (what the deployed code contains)";

/// All that any rule may want later.
fn add(bundle: &mut Bundle, clone: &Clone, catalog: &Catalog) -> Result<(), Failure> {
    let needed = |lineage: &Lineage| fix_table::sought(lineage, catalog);
    let mut lineage = gathered(bundle, clone, catalog, PatchIds::Lasting(&needed))?;
    lineage.anchors = collect::anchors::locate(clone, &lineage.deployed, &anchors::wanted(catalog));
    let is_here = |it: &AnchorSighting| matches!(it.is, Sighted::Here(_) | Sighted::Unknown(_));
    let mut commits = anchors::fix_commits(catalog);
    commits.retain(|anchor, _| lineage.anchors.iter().any(|it| it.anchor == *anchor && !it.found.iter().all(is_here)));
    let mut introduced = collect::introduced::by(clone, &commits).map_err(Failure::unusable)?;
    for answer in &mut lineage.anchors {
        answer.introduced_by = introduced.remove(&answer.anchor).unwrap_or_default();
    }
    put(bundle, lineage);
    Ok(())
}

fn gathered(bundle: &Bundle, clone: &Clone, catalog: &Catalog, patch_ids: PatchIds<'_>) -> Result<Lineage, Failure> {
    let pods = match &bundle.deployment.pods {
        Gathered::Observed(pods) => pods.value.as_slice(),
        other => {
            return Err(Failure::usage(format!("the bundle does not say what runs: the list of pods {}", other.gap().unwrap_or_default())));
        }
    };
    let (probes, commits) = (fix_table::probes(catalog), fix_table::commits(catalog));
    lineage::gather(clone, pods, &bundle.deployment.source, &probes, &commits, patch_ids).map_err(Failure::unusable)
}

fn put(bundle: &mut Bundle, lineage: Lineage) {
    let source = Provenance { asked: ASKED.to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.lineage = Gathered::observed(lineage, source);
}
