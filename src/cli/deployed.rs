//! `whysync deployed` and `whysync bundle lineage`

use std::path::Path;

use super::args::{DeployedArguments, LineageArguments, TableFormat};
use super::exit::Exit;
use super::{Failure, Outcome, import, rule_folder, write_output};
use crate::collect::git::Clone;
use crate::collect::lineage::{self, PatchIds};
use crate::collect::store;
use crate::engine::{Catalog, fix_table};
use crate::evidence::lineage::Resolution;
use crate::evidence::{Bundle, Gathered, Provenance};
use crate::render::{self, visible};

pub(super) fn run(arguments: &DeployedArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let mut bundle = import::evidence(&arguments.evidence)?;
    if let Some(repo) = &arguments.repo {
        add(&mut bundle, repo, &catalog)?;
    }
    let rows = fix_table::rows(&bundle, &catalog);
    let text = match arguments.format {
        TableFormat::Text => render::deployed::text(&rows),
        TableFormat::Json => render::deployed::json(&rows),
    };
    write_output(&text, None)?;
    Ok(Exit::Success)
}

/// Adds the lineage to a bundle and writes it.
pub(super) fn lineage(arguments: &LineageArguments) -> Outcome {
    let catalog = rule_folder::catalog(&arguments.rules)?;
    let output = match &arguments.output {
        Some(output) => output,
        None if arguments.evidence.evidence.is_file() => &arguments.evidence.evidence,
        None => return Err(Failure::usage("name the bundle to write with --output: what was read is no bundle file")),
    };
    let mut bundle = import::evidence(&arguments.evidence)?;
    add(&mut bundle, &arguments.repo, &catalog)?;
    store::save(&bundle, output).map_err(Failure::unusable)?;
    for code in bundle.lineage.value().into_iter().flat_map(|it| &it.deployed) {
        match &code.commit {
            Resolution::Commit(commit) => eprintln!("{}: {} ({})", visible(&code.name()), commit.sha, visible(&commit.by)),
            Resolution::Unknown(why) => eprintln!("{}: commit unknown, {}", visible(&code.name()), visible(why)),
        }
    }
    Ok(Exit::Success)
}

fn add(bundle: &mut Bundle, repo: &Path, catalog: &Catalog) -> Result<(), Failure> {
    let clone = Clone::open(repo).map_err(Failure::unusable)?;
    let pods = match &bundle.deployment.pods {
        Gathered::Observed(pods) => pods.value.as_slice(),
        other => {
            return Err(Failure::usage(format!("the bundle does not say what runs: the list of pods {}", other.gap().unwrap_or_default())));
        }
    };
    let lineage =
        lineage::gather(&clone, pods, &bundle.deployment.source, &fix_table::probes(catalog), PatchIds::All).map_err(Failure::unusable)?;
    let source = Provenance { asked: "git (what the images contain)".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.lineage = Gathered::observed(lineage, source);
    Ok(())
}
