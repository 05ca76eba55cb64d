//! Lines that show a fix: looked for when the lineage is made, and unknown to rules that are written later.

use std::collections::BTreeSet;

use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::evidence::lineage::Probe;
use whysync::evidence::{Gathered, Lineage};
use whysync::findings::{FixAnswer, FixProbe, FixReference, FixSignal};

use super::{AFTER, Repository, answer, fix, forked, pod};

fn made(repository: &Repository, probes: &[&str]) -> Lineage {
    let probes: BTreeSet<Probe> = probes.iter().map(|it| Probe { path: "queue.rs".to_owned(), text: (*it).to_owned() }).collect();
    let clone = Repo::open(repository.path()).expect("a clone");
    gather(&clone, &[pod("p", "APOLLO-1")], &Gathered::NotAsked, &probes, &BTreeSet::new(), PatchIds::All).expect("a lineage")
}

#[test]
fn a_line_that_nobody_looked_for_is_unknown_with_a_way_out_and_never_missing() {
    let (repository, fixed, patch) = forked();
    repository.git(&["tag", "APOLLO-1"]);
    let probe = FixProbe { path: "queue.rs".to_owned(), present: Some("stop();".to_owned()), absent: None };
    let with_line = FixReference { probe: Some(probe), ..fix(&[&fixed], &[&patch], &[22]) };
    let lines_alone = FixReference { commits: Vec::new(), patch_ids: Vec::new(), prs: Vec::new(), ..with_line.clone() };
    for fix in [&with_line, &lines_alone] {
        // The rule is newer than the lineage.
        for probes in [[].as_slice(), &["another line"]] {
            let found = answer(&made(&repository, probes), fix);
            let words = "nobody looked for its line in queue.rs; `whysync bundle lineage BUNDLE --repo DIR` does";
            assert!(matches!(&found, FixAnswer::Unknown(why) if why.contains(words)), "{found:?}");
        }
        let found = answer(&made(&repository, &["stop();"]), fix);
        assert!(matches!(&found, FixAnswer::NotContained(_)), "the lineage was made anew: {found:?}");
    }
    repository.commit("queue.rs", &AFTER.replace("a()", "z()"), "wip");
    repository.git(&["tag", "-f", "APOLLO-1"]);
    let found = answer(&made(&repository, &["stop();"]), &with_line);
    assert!(matches!(&found, FixAnswer::Contained(found) if found.rung == FixSignal::Content), "{found:?}");
    // What history shows needs no line.
    repository.git(&["tag", "-f", "APOLLO-1", "main"]);
    let found = answer(&made(&repository, &[]), &with_line);
    assert!(matches!(&found, FixAnswer::Contained(found) if found.rung == FixSignal::Commit), "{found:?}");
}
