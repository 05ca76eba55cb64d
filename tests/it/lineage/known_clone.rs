//! Every known fix against images of all forms of tags, in the real repository: what history says, what the lines say, and where they
//! disagree.
//!
//! `WHYSYNC_CLONE=DIR cargo test --test it lineage::known_clone -- --ignored --nocapture`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use whysync::collect::git::Clone;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::catalog::builtin;
use whysync::engine::containment::Containment;
use whysync::engine::{Catalog, fix_shape, fix_table};
use whysync::evidence::content::LinesSay;
use whysync::evidence::lineage::Resolution;
use whysync::evidence::{Gathered, Lineage};
use whysync::findings::{Answer, Deployed, Effectiveness, FixComponent, FixReference, FixRole, FixRow, FixStatus, Rung};

use whysync::render::deployed::{self, Table};

use super::pod;

/// Tags of releases, candidates, tests and branches, short SHAs, and tags that move.
const IMAGES: [&str; 25] = [
    "APOLLO-0.14.0-STRESS-TEST",
    "APOLLO-0.14.2-RC.0",
    "APOLLO-0.14.2-RC.6-STRESS-TEST-IGHNORE-BH-V1.0",
    "APOLLO-0.14.2-RC.7-fix-1.3-secp256r1",
    "APOLLO-0.14.2-RC.8",
    "0.14.2-RC.8",
    "APOLLO-0.14.3-RC.0",
    "APOLLO-0.14.3-RC.5-fix1",
    "APOLLO-0.14.3-RC.12",
    "APOLLO-0.14.3-RC.12-FIX02_EPOCH_WINDOW",
    "APOLLO-0.14.3-RC.12.2",
    "APOLLO-0.14.3-RC.15",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V2.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V3.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V4.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V5.0",
    "APOLLO-0.14.4-stress-test-use-DEC-BH",
    "APOLLO-main-4911a2e",
    "APOLLO-main-9b4258e",
    "main-9b4258e",
    // The branches ron/echonet-sequencer-changes and the squash that others are built on.
    "8be9be9",
    "main-8be9be9",
    "afbd5c56e0712c8aca033c137b1731da3393cd7c",
    "0.14.3",
    "latest",
];

fn word(answer: &Answer) -> String {
    match answer {
        Answer::Contained(found) => format!("contained by {:?}{}", found.rung, if found.doubt.is_some() { ", in doubt" } else { "" }),
        Answer::NotContained(_) => "not contained".to_owned(),
        Answer::Unknown(_) => "unknown".to_owned(),
    }
}

fn name(fix: &FixReference) -> String {
    match fix.prs.as_slice() {
        [] => fix.commits.first().map(|it| it[..10].to_owned()).unwrap_or_default(),
        prs => prs.iter().map(|it| format!("#{it}")).collect::<Vec<_>>().join(" "),
    }
}

/// The law: the lines decide where they speak, and *not contained* is never said against them.
fn check(history: &Answer, both: &Deployed, of: &str) {
    let say = both.lines.as_ref().map(|it| it.say());
    let is_lawful = match (&both.answer, say) {
        (Answer::NotContained(_), say) => say.is_none_or(|it| it == LinesSay::Nothing),
        (Answer::Contained(found), Some(LinesSay::Nothing)) => found.doubt.is_some(),
        (Answer::Contained(found), None) => found.rung != Rung::Lines,
        (Answer::Contained(found), Some(LinesSay::Part)) => found.rung != Rung::Lines,
        (Answer::Contained(_), _) => true,
        (Answer::Unknown(_), say) => !matches!((history, say), (Answer::Contained(_), _) | (_, Some(LinesSay::All))),
    };
    assert!(is_lawful, "{of}: history {history:?}, together {both:?}");
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
#[expect(clippy::print_stdout, reason = "it is run by hand, for what it prints")]
fn every_known_fix_against_images_of_all_forms_of_tags() {
    let clone = Clone::open(&PathBuf::from(std::env::var_os("WHYSYNC_CLONE").expect("WHYSYNC_CLONE"))).expect("a clone");
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let pods: Vec<_> = IMAGES.iter().map(|it| pod(it, it)).collect();
    let (probes, commits) = (fix_table::probes(&catalog), fix_table::commits(&catalog));
    let both = gather(&clone, &pods, &Gathered::NotAsked, &probes, &commits, PatchIds::All).expect("a lineage");
    for code in &both.deployed {
        match &code.commit {
            Resolution::Commit(commit) => println!("{}: {} ({})", code.reference, commit.sha, commit.by),
            Resolution::Unknown(why) => println!("{}: unknown, {why}", code.reference),
        }
    }
    let content = both.content.clone().expect("lines");
    println!("{} commits compared, {} absent, unread: {:#?}", content.signs.len(), content.absent.len(), content.unread);
    println!("without a patch id: {:?}", both.unread);
    let alone = Lineage { content: None, ..both.clone() };
    let (of_both, of_history) = (Containment::new(&both).expect("a history"), Containment::new(&alone).expect("a history"));
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (slug, rule) in &catalog.rules {
        let all = rule.file.fix.iter().filter(|it| it.component == FixComponent::Sequencer);
        for fix in all.flat_map(fix_shape::single) {
            for (history, both) in of_history.of(&fix).into_iter().zip(of_both.of(&fix)) {
                let of = format!("{slug} {} in {}", name(&fix), both.place.rsplit(':').next().unwrap_or_default());
                check(&history.answer, &both, &of);
                let (alone, together) = (word(&history.answer), word(&both.answer));
                *counts.entry((alone.clone(), together.clone())).or_default() += 1;
                if alone != together {
                    let status = FixStatus {
                        fix: FixReference { role: FixRole::Cure, ..fix.clone() },
                        deployed: vec![both],
                        parts: Vec::new(),
                        effective: Effectiveness::Yes,
                    };
                    let row = FixRow { rule: slug.clone(), status };
                    println!(
                        "{of}: {alone} -> {together}\n{}",
                        deployed::text(&Table { deployed: &[], fixes: vec![row], brought: Vec::new() })
                    );
                }
            }
        }
    }
    for ((alone, together), count) in &counts {
        println!("{count:5}  {alone} -> {together}");
    }
    let by = |of: &str| counts.iter().filter(|((_, together), _)| together.starts_with(of)).map(|(_, count)| count).sum::<usize>();
    assert!(by("contained by Lines") > 0 && by("not contained") > 0 && by("contained by Commit") > 0, "{counts:?}");
}

/// Four images for an answer that is not kept, as `deployed --repo` asks. For measuring: `time` it.
fn four_images(commits: &BTreeSet<String>) {
    let clone = Clone::open(&PathBuf::from(std::env::var_os("WHYSYNC_CLONE").expect("WHYSYNC_CLONE"))).expect("a clone");
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let pods: Vec<_> = IMAGES.iter().skip(10).step_by(3).take(4).map(|it| pod(it, it)).collect();
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
    let probes = fix_table::probes(&catalog);
    let lineage = gather(&clone, &pods, &Gathered::NotAsked, &probes, commits, PatchIds::Needed(&needed)).expect("a lineage");
    assert!(lineage.deployed.iter().all(|it| matches!(it.commit, Resolution::Commit(_))), "{:?}", lineage.deployed);
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_with_lines() {
    four_images(&fix_table::commits(&Catalog::new(&[builtin()]).expect("the rules of this build")));
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_without_lines() {
    four_images(&BTreeSet::new());
}
