//! How large a lineage is.

use whysync::engine::Catalog;
use whysync::engine::fixes::anchors::wanted;
use whysync::engine::fixes::fix_table;
use whysync::engine::language::catalog::builtin;
use whysync::evidence::Lineage;
use whysync::evidence::anchor::{AnchorAnswer, AnchorSighting, Sighted, SourcePlace};
use whysync::evidence::commit::ReversalKind;
use whysync::evidence::content::{ContentSign, ContentSigns, LinesFound};
use whysync::evidence::history::{Contained, History, ShortId};
use whysync::evidence::lineage::{
    DeployedCode, Modification, ModifiedFile, Note, NotedReversal, PatchIdExtent, ProbeAnswer, Probed, Resolution, ResolvedCommit,
    SourceChanges,
};
use whysync::evidence::pods::Component;

/// Digits as random as real ones, from a generator with a fixed seed.
struct RandomDigits(u64);

impl RandomDigits {
    fn next(&mut self) -> ShortId {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ShortId::from_digest(&format!("{:010x}", self.0 >> 24)).expect("ten digits")
    }

    fn packed(&mut self, count: usize) -> String {
        ShortId::pack((0..count).map(|_| self.next()))
    }
}

/// What is deployed: four images, and Echonet's source with six edited files.
fn deployed(digits: &mut RandomDigits) -> Vec<DeployedCode> {
    let mut code = |place: usize| DeployedCode {
        component: if place < 4 { Component::Sequencer } else { Component::Echonet },
        reference: format!("ghcr.io/o/sequencer/sequencer:APOLLO-0.14.{place}"),
        pods: (0..8).map(|it| format!("sequencer-node-deployment-{it}-5d9c7b6f4-{}", digits.next())).collect(),
        commit: Resolution::Commit(ResolvedCommit {
            sha: (0..4).map(|_| digits.next().to_string()).collect(),
            committed_at: None,
            by: format!("git tag APOLLO-0.14.{place}"),
            cut: None,
            nearer: None,
        }),
        modified: (0..if place < 4 { 0 } else { 6 })
            .map(|it| ModifiedFile { path: format!("l1_logic/file_{it}.py"), how: Modification::Changed, changed_by: digits.packed(80) })
            .collect(),
    };
    (0..5).map(&mut code).collect()
}

/// The lines of every commit of a fix, of which each of the images holds another part.
fn content(catalog: &Catalog) -> ContentSigns {
    let missing = |it: u32| SourcePlace { path: format!("crates/apollo_mempool/src/file_{it}.rs"), line: Some(it * 7919 % 1_999) };
    let found = |place: usize| LinesFound {
        deployed: vec![place],
        added: 41,
        added_there: u32::try_from(place).expect("a place"),
        removed: 12,
        removed_there: 3,
        missing: (0..8).map(missing).collect(),
        missing_more: 2,
    };
    let sign = |commit: String| ContentSign { commit, found: (0..4).map(found).collect() };
    ContentSigns { signs: fix_table::commits(catalog).into_iter().map(sign).collect(), ..ContentSigns::default() }
}

#[test]
fn the_lineage_of_sixteen_thousand_commits_with_all_its_fields_is_under_200_kilobytes() {
    const COMMITS: usize = 16_000;
    let mut digits = RandomDigits(1);
    // One commit in twenty is a merge and has no patch id.
    let commits: Vec<Contained> = (0..COMMITS)
        .map(|it| Contained {
            id: digits.next(),
            by: if it < 15_000 { 31 } else { 1 << (it % 5) },
            pull_requests: vec![(it + (it * 7919) % 40) as u64],
            patch_id: (it % 20 != 0).then(|| digits.next()),
        })
        .collect();
    // One in eighty takes something back or lands it again, and one in a hundred was picked from elsewhere.
    let turn = |place: usize| NotedReversal {
        kind: if place.is_multiple_of(3) { ReversalKind::Reland } else { ReversalKind::Revert },
        commits: commits.get(place - 7).map(|it| it.id.to_string()).into_iter().collect(),
        pull_requests: vec![place as u64],
    };
    let turns = (1..COMMITS / 80).map(|it| it * 80).map(|it| Note { commit: it, picked_from: Vec::new(), reversal: Some(turn(it)) });
    let picked = (1..COMMITS / 100).map(|it| Note { commit: it * 100 + 1, picked_from: vec![digits.next().to_string()], reversal: None });
    let notes: Vec<Note> = turns.chain(picked).collect();
    let catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let mut line = 1;
    let mut sighting = |place: usize| {
        line = line * 7919 % 1_999;
        AnchorSighting { deployed: vec![place], is: Sighted::Here(vec![line]), differences: Vec::new() }
    };
    let anchors: Vec<AnchorAnswer> = wanted(&catalog)
        .into_iter()
        .map(|anchor| AnchorAnswer { anchor, found: (0..5).map(&mut sighting).collect(), introduced_by: Vec::new() })
        .collect();
    assert!(anchors.len() > 60, "only {} anchors", anchors.len());
    let probes = fix_table::probes(&catalog);
    assert!(!probes.is_empty());
    let probe = |deployed: usize| probes.iter().map(move |it| ProbeAnswer { deployed, probe: it.clone(), found: Probed::Present });
    let lineage = Lineage {
        deployed: deployed(&mut digits),
        history: History::pack(&commits),
        notes,
        patch_ids: PatchIdExtent::All,
        unread: None,
        content: Some(content(&catalog)),
        probes: (0..5).flat_map(probe).collect(),
        anchors,
        source_changes: Some(SourceChanges { commits: digits.packed(900), beside: digits.packed(200) }),
    };
    let lineage = serde_json::to_vec(&lineage).expect("JSON");
    let compressed = zstd::encode_all(lineage.as_slice(), 3).expect("zstd").len();
    assert!(compressed < 200_000, "{compressed} bytes");
    assert!(compressed > 160_000, "digits do not compress: {compressed} bytes are too few to be all of them");
}
