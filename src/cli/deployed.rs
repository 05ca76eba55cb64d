//! `whysync deployed` and `whysync bundle lineage`

use super::args::{DeployedArguments, EvidenceArguments, LineageArguments, TableFormat};
use super::exit::Exit;
use super::{Failure, Outcome, import, write_output};
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{PatchIdExtent, Resolution};
use crate::evidence::{Bundle, Lineage};
use crate::investigate::{self, FixOptions, LineageExtent, Rules};
use crate::render::{self, visible};

pub(super) fn run(arguments: &DeployedArguments) -> Outcome {
    let rules = Rules::load(&arguments.rules.set())?;
    let clone = arguments.repo.as_deref().map(investigate::open_clone).transpose()?;
    let mut bundle = evidence(arguments)?;
    if let Some(clone) = &clone {
        // Nothing is kept, and no place in the code is shown.
        investigate::add_lineage(&mut bundle, clone, &rules, LineageExtent::Now)?;
    }
    tell(&bundle);
    let table = investigate::fixes(&bundle, &rules, &FixOptions { pull_request: arguments.pr });
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
        (None, Some(namespace)) => super::collect::what_runs(&arguments.options(namespace)),
        (None, _) => Err(Failure::usage("name a bundle: this build cannot ask a live deployment")),
    }
}

/// Adds the lineage to a bundle and writes it.
pub(super) fn lineage(arguments: &LineageArguments) -> Outcome {
    let rules = Rules::load(&arguments.rules.set())?;
    let output = match &arguments.output {
        Some(output) => output,
        None if arguments.evidence.evidence.is_file() => &arguments.evidence.evidence,
        None => return Err(Failure::usage("name the bundle to write with --output: what was read is no bundle file")),
    };
    let clone = investigate::open_clone(&arguments.repo)?;
    let mut bundle = import::evidence(&arguments.evidence)?;
    investigate::add_lineage(&mut bundle, &clone, &rules, LineageExtent::Lasting)?;
    investigate::save(&bundle, output)?;
    tell(&bundle);
    Ok(Exit::Success)
}

/// Says which commit each deployed code was found to be, and what the clone could not tell.
pub(super) fn tell(bundle: &Bundle) {
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
