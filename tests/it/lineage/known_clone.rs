//! Every known fix against images of all forms of tags, in the real repository: what history says, what the lines say, and where they
//! disagree.
//!
//! `WHYSYNC_CLONE=DIR cargo test --test it lineage::known_clone -- --ignored --nocapture`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::Catalog;
use whysync::engine::fixes::containment::Containment;
use whysync::engine::fixes::fix::FixContext;
use whysync::engine::fixes::{fix_shape, fix_table};
use whysync::engine::language::catalog::builtin;
use whysync::evidence::content::LinesSay;
use whysync::evidence::history::History;
use whysync::evidence::lineage::Resolution;
use whysync::evidence::{Gathered, Lineage, Provenance};
use whysync::findings::{Deployed, Effectiveness, FixAnswer, FixComponent, FixReference, FixRole, FixRow, FixSignal, FixStatus};
use whysync::render::deployed::{self, Table};
use whysync::simulate::{Scenario, simulate};

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

fn word(answer: &FixAnswer) -> String {
    match answer {
        FixAnswer::Contained(found) => format!("contained by {:?}{}", found.rung, if found.doubt.is_some() { ", in doubt" } else { "" }),
        FixAnswer::NotContained(_) => "not contained".to_owned(),
        FixAnswer::Unknown(_) => "unknown".to_owned(),
    }
}

fn name(fix: &FixReference) -> String {
    match fix.prs.as_slice() {
        [] => fix.commits.first().map(|it| it[..10].to_owned()).unwrap_or_default(),
        prs => prs.iter().map(|it| format!("#{it}")).collect::<Vec<_>>().join(" "),
    }
}

/// The law: the lines decide where they speak, and *not contained* is never said against them.
fn check(history: &FixAnswer, both: &Deployed, of: &str) {
    let say = both.lines.as_ref().map(|it| it.say());
    let is_lawful = match (&both.answer, say) {
        (FixAnswer::NotContained(_), say) => say.is_none_or(|it| it == LinesSay::Nothing),
        (FixAnswer::Contained(found), Some(LinesSay::Nothing)) => found.doubt.is_some(),
        (FixAnswer::Contained(found), None) => found.rung != FixSignal::Lines,
        (FixAnswer::Contained(found), Some(LinesSay::Part)) => found.rung != FixSignal::Lines,
        (FixAnswer::Contained(_), _) => true,
        (FixAnswer::Unknown(_), say) => !matches!((history, say), (FixAnswer::Contained(_), _) | (_, Some(LinesSay::All))),
    };
    assert!(is_lawful, "{of}: history {history:?}, together {both:?}");
}

/// The tags that name no commit, with why.
const UNRESOLVED: [(&str, &str); 3] = [
    // Only builds with the prefix `APOLLO-` have a git tag.
    ("0.14.2-RC.8", "no git tag 0.14.2-RC.8 is in the clone"),
    ("0.14.3", "no git tag 0.14.3 is in the clone"),
    ("latest", "the tag latest moves with the newest build"),
];

/// Tags that are built on the squash of a development branch, which carries these pull requests in an earlier wording.
const ON_THE_SQUASH: [&str; 5] = [
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V2.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V3.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V4.0",
    "APOLLO-0.14.4-STRESS-TEST-COMMITMENT-DELTA-V5.0",
    "APOLLO-0.14.4-stress-test-use-DEC-BH",
];
const IN_THE_SQUASH: [u64; 5] = [14724, 14725, 14726, 14727, 14729];

fn clone() -> Repo {
    Repo::open(&PathBuf::from(std::env::var_os("WHYSYNC_CLONE").expect("WHYSYNC_CLONE"))).expect("a clone")
}

fn tag(place: &str) -> &str {
    place.rsplit(':').next().unwrap_or_default()
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
#[expect(clippy::print_stdout, reason = "it is run by hand, for what it prints")]
fn every_known_fix_against_images_of_all_forms_of_tags() {
    let clone = clone();
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let pods: Vec<_> = IMAGES.iter().map(|it| pod(it, it)).collect();
    let (probes, commits) = (fix_table::probes(&catalog), fix_table::commits(&catalog));
    let both = gather(&clone, &pods, &Gathered::NotAsked, &probes, &commits, PatchIds::All).expect("a lineage");
    let mut unresolved = Vec::new();
    for code in &both.deployed {
        match &code.commit {
            Resolution::Commit(commit) => println!("{}: {} ({})", code.reference, commit.sha, commit.by),
            Resolution::Unknown(why) => unresolved.push((tag(&code.reference), why.as_str())),
        }
    }
    let is_known = unresolved.iter().zip(UNRESOLVED).all(|((tag, why), known)| *tag == known.0 && why.starts_with(known.1));
    assert!(is_known && unresolved.len() == UNRESOLVED.len(), "{unresolved:?}");
    let content = both.content.clone().expect("lines");
    println!("{} commits compared, {} absent, unread: {:#?}", content.signs.len(), content.absent.len(), content.unread);
    println!("without a patch id: {:?}", both.unread);
    // With few patch ids, with the history alone, and with the lines alone.
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
    let lasting = gather(&clone, &pods, &Gathered::NotAsked, &probes, &commits, PatchIds::Lasting(&needed)).expect("a lineage");
    let (alone, bare) = (Lineage { content: None, ..both.clone() }, without_history(&both));
    let [of_both, of_lasting, of_history, of_lines] = [&both, &lasting, &alone, &bare].map(|it| Containment::new(it).expect("a history"));
    let mut counts: BTreeMap<[String; 2], usize> = BTreeMap::new();
    let mut by_lines: BTreeMap<[String; 2], usize> = BTreeMap::new();
    for (slug, rule) in &catalog.rules {
        let all = rule.file.fix.iter().filter(|it| it.component == FixComponent::Sequencer);
        for fix in all.flat_map(fix_shape::single) {
            for (all, few) in of_both.check_fix(&fix).iter().zip(of_lasting.check_fix(&fix)) {
                // Of a commit that cannot be a copy it does not matter that the clone lacks its files.
                let is_lacking = matches!(&all.answer, FixAnswer::Unknown(why) if why.contains("the clone lacks files of commits"));
                assert!(all.answer == few.answer || is_lacking, "few patch ids give the answers of all: {all:?} {few:?}");
            }
            let answers = of_history.check_fix(&fix).into_iter().zip(of_both.check_fix(&fix)).zip(of_lines.check_fix(&fix));
            for ((history, both), lines) in answers {
                let of = format!("{slug} {} in {}", name(&fix), tag(&both.place));
                check(&history.answer, &both, &of);
                let [alone, together, bare] = [&history.answer, &both.answer, &lines.answer].map(word);
                if lines.lines.is_some() {
                    *by_lines.entry([alone.clone(), bare]).or_default() += 1;
                }
                *counts.entry([alone.clone(), together.clone()]).or_default() += 1;
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
    println!("of history alone -> with the lines");
    counts.iter().for_each(|([alone, together], count)| println!("{count:5}  {alone} -> {together}"));
    println!("of history alone -> of the lines alone");
    by_lines.iter().for_each(|([alone, bare], count)| println!("{count:5}  {alone} -> {bare}"));
    let by = |of: &str| counts.iter().filter(|([_, together], _)| together.starts_with(of)).map(|(_, count)| count).sum::<usize>();
    assert!(by("not contained") > 0 && by("contained by Commit") > 0, "{counts:?}");
    let alone = |of: &str, bare: &str| by_lines.get(&[of.to_owned(), bare.to_owned()]).copied().unwrap_or_default();
    assert!(alone("contained by Commit", "contained by Lines, in doubt") > 0, "what the history names, lines find: {by_lines:?}");
    the_squash_carries_its_fixes(both, &catalog);
}

fn the_squash_carries_its_fixes(lineage: Lineage, catalog: &Catalog) {
    let mut bundle = simulate(Scenario::FifoDrainAcrossSameTimestamp, 1).bundle;
    let source = Provenance { asked: "git".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() };
    bundle.lineage = Gathered::observed(lineage, source);
    let rows = fix_table::rows(&FixContext::new(&bundle), catalog);
    for number in IN_THE_SQUASH {
        let named: Vec<&FixRow> = rows.iter().filter(|it| it.status.fix.all_prs().contains(&number)).collect();
        assert!(!named.is_empty(), "a rule names #{number}");
        for row in named {
            let on_it: Vec<&Deployed> = row.status.deployed.iter().filter(|it| ON_THE_SQUASH.contains(&tag(&it.place))).collect();
            let is_sure = |it: &&Deployed| matches!(&it.answer, FixAnswer::Contained(found) if found.doubt.is_none());
            assert!(on_it.len() == ON_THE_SQUASH.len() && on_it.iter().all(is_sure), "{} #{number}: {on_it:#?}", row.rule);
        }
    }
}

/// The lines alone: nothing of the history is known.
fn without_history(lineage: &Lineage) -> Lineage {
    Lineage { history: History::default(), notes: Vec::new(), probes: Vec::new(), unread: None, ..lineage.clone() }
}

/// Four images, for measuring: `time` it.
fn four_images(commits: &BTreeSet<String>, patch_ids: PatchIds<'_>) {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let pods: Vec<_> = IMAGES.iter().skip(10).step_by(3).take(4).map(|it| pod(it, it)).collect();
    let lineage = gather(&clone(), &pods, &Gathered::NotAsked, &fix_table::probes(&catalog), commits, patch_ids).expect("a lineage");
    assert!(lineage.deployed.iter().all(|it| matches!(it.commit, Resolution::Commit(_))), "{:?}", lineage.deployed);
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_with_all_that_a_later_rule_needs() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
    four_images(&fix_table::commits(&catalog), PatchIds::Lasting(&needed));
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_with_the_patch_ids_of_all_commits() {
    four_images(&fix_table::commits(&Catalog::new(&[builtin()]).expect("the rules of this build")), PatchIds::All);
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_for_an_answer_that_is_not_kept() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
    four_images(&fix_table::commits(&catalog), PatchIds::Needed(&needed));
}

#[test]
#[ignore = "needs a clone of starkware-libs/sequencer, named by WHYSYNC_CLONE"]
fn four_images_for_an_answer_that_is_not_kept_without_lines() {
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &catalog);
    four_images(&BTreeSet::new(), PatchIds::Needed(&needed));
}
