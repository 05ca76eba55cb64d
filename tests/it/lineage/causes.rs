//! The fix lines of the seven causes: with every sign by which real history shows a fix, and with everything that leaves it unknown.

use std::collections::BTreeSet;
use std::path::Path;

use whysync::collect::git::{GitError, Repo};
use whysync::collect::lineage::{PatchIds, gather};
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::evidence::history::History;
use whysync::evidence::lineage::{Lineage, Probe};
use whysync::evidence::pods::Pod;
use whysync::evidence::source::EchonetSource;
use whysync::evidence::{Gathered, Missing, Provenance};
use whysync::findings::{Effectiveness, FixAnswer, FixComponent, FixProbe, FixReference, FixSignal};
use whysync::render::{self, Colour, Detail, Options};
use whysync::simulate::{Scenario, simulate};

use super::source::packed;
use super::{Repository, pod};

const CAUSES: [Scenario; 7] = [
    Scenario::NativeCasmRevertTrace,
    Scenario::Alchemy429L1HandlerDrop,
    Scenario::FifoDrainAcrossSameTimestamp,
    Scenario::ParentHashCascade,
    Scenario::GatewayErrorByCode,
    Scenario::HeaderOnlyMismatch,
    Scenario::EventOrder,
];

/// What is expected of a fix.
#[derive(Debug, Clone, Copy)]
enum ExpectedLine {
    Contained(FixSignal),
    NotContained(&'static str),
    Unknown(&'static str),
}

impl ExpectedLine {
    /// Words of the line.
    fn words(self) -> &'static str {
        match self {
            Self::Contained(FixSignal::Commit) => "is an ancestor",
            Self::Contained(FixSignal::SamePatch) => "is the same patch",
            Self::Contained(FixSignal::CherryPick) => "says that it was cherry-picked from it",
            Self::Contained(FixSignal::PullRequest) => "carries its pull request",
            Self::Contained(FixSignal::LandedAgain) => "relands it after a revert",
            Self::Contained(FixSignal::Content) => "shows it",
            Self::Contained(FixSignal::Lines) => "the code is as",
            Self::NotContained(words) | Self::Unknown(words) => words,
        }
    }

    fn fits(self, answer: &FixAnswer) -> bool {
        match (self, answer) {
            (Self::Contained(rung), FixAnswer::Contained(found)) => found.rung == rung,
            (Self::NotContained(words), FixAnswer::NotContained(why)) | (Self::Unknown(words), FixAnswer::Unknown(why)) => {
                why.contains(words)
            }
            _ => false,
        }
    }
}

/// A lineage, and what it says of a fix of each program.
struct LineageCase {
    name: &'static str,
    lineage: Gathered<Lineage>,
    fixed: String,
    patch: String,
    sequencer: ExpectedLine,
    echonet: ExpectedLine,
}

const FILE: &str = "echonet/sender.py";
const BEFORE: &str = "def send():\n    a()\n    b()\n    c()\n";
const AFTER: &str = "def send():\n    a()\n    stop()\n    b()\n    c()\n";

/// A repository with a fix on `main`, and on a release branch that began before it; the release is checked out.
struct Forked {
    repository: Repository,
    fixed: String,
    patch: String,
}

impl Forked {
    fn new() -> Self {
        let repository = Repository::new();
        for other in 0..3 {
            repository.commit(&format!("echonet/other_{other}.py"), "x\n", "echonet: begin (#1)");
        }
        repository.commit(FILE, BEFORE, "echonet: begin (#1)");
        repository.git(&["branch", "release"]);
        let fixed = repository.commit(FILE, AFTER, "echonet: stop at the boundary (#22)");
        let patch = repository.patch_id(&fixed);
        repository.git(&["checkout", "-q", "release"]);
        // Else a release with a copy would be as the main branch is.
        repository.commit("echonet/other.py", "release\n", "echonet: a release (#2)");
        Self { repository, fixed, patch }
    }

    fn lineage(&self, pods: &[Pod], source: &Gathered<EchonetSource>) -> Gathered<Lineage> {
        gathered(self.repository.path(), pods, source)
    }

    fn way(self, name: &'static str, lineage: Gathered<Lineage>, sequencer: ExpectedLine, echonet: ExpectedLine) -> LineageCase {
        LineageCase { name, lineage, fixed: self.fixed, patch: self.patch, sequencer, echonet }
    }

    /// The way in which this image runs, and the source as it is packed at the release.
    fn image(self, name: &'static str, pods: &[Pod], sequencer: ExpectedLine) -> LineageCase {
        let lineage = self.lineage(pods, &packed(&self.repository, "release", &[]));
        self.way(name, lineage, sequencer, ExpectedLine::NotContained("no form of it"))
    }

    /// The way in which this source runs, and the image of the release.
    fn source(self, name: &'static str, source: &Gathered<EchonetSource>, echonet: ExpectedLine) -> LineageCase {
        self.repository.git(&["tag", "APOLLO-1", "release"]);
        let lineage = self.lineage(&[pod("p", "APOLLO-1")], source);
        self.way(name, lineage, ExpectedLine::NotContained("no form of it"), echonet)
    }
}

fn source() -> Provenance {
    Provenance { asked: "git".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() }
}

fn gathered(clone: &Path, pods: &[Pod], echonet: &Gathered<EchonetSource>) -> Gathered<Lineage> {
    let probes = BTreeSet::from([Probe { path: FILE.to_owned(), text: "stop(".to_owned() }]);
    let gathered: Result<Lineage, GitError> =
        gather(&Repo::open(clone).expect("a clone"), pods, echonet, &probes, &BTreeSet::new(), PatchIds::All);
    match gathered {
        Ok(lineage) => Gathered::observed(lineage, source()),
        Err(err) => Gathered::Failed(Missing::new("git", err.to_string())),
    }
}

/// One way for each sign, and for each way in which a fix is not there.
fn signs() -> Vec<LineageCase> {
    type Case = (&'static str, fn(&Forked), ExpectedLine);
    let cases: [Case; 8] = [
        ("nowhere", |_| (), ExpectedLine::NotContained("its history has no form of it")),
        (
            "ancestor",
            |it| drop(it.repository.git(&["merge", "-q", "--no-ff", "-m", "Merge main", "main"])),
            ExpectedLine::Contained(FixSignal::Commit),
        ),
        ("same patch", |it| drop(it.repository.git(&["cherry-pick", &it.fixed])), ExpectedLine::Contained(FixSignal::SamePatch)),
        (
            "cherry-picked with edits",
            |it| {
                let message = format!("echonet: stop\n\n(cherry picked from commit {})", it.fixed);
                it.repository.commit(FILE, &AFTER.replace("stop()", "stop(1)"), &message);
            },
            ExpectedLine::Contained(FixSignal::CherryPick),
        ),
        (
            "squashed with others",
            |it| drop(it.repository.commit(FILE, &AFTER.replace("c()", "d()"), "echonet: many things (#22)")),
            ExpectedLine::Contained(FixSignal::PullRequest),
        ),
        (
            "reverted",
            |it| {
                it.repository.git(&["cherry-pick", &it.fixed]);
                it.repository.git(&["revert", "--no-edit", "HEAD"]);
            },
            ExpectedLine::NotContained("it was reverted by"),
        ),
        (
            "landed again",
            |it| {
                it.repository.git(&["cherry-pick", &it.fixed]);
                it.repository.git(&["revert", "--no-edit", "HEAD"]);
                it.repository.git(&["revert", "--no-edit", "HEAD"]);
            },
            ExpectedLine::Contained(FixSignal::LandedAgain),
        ),
        (
            "rebased with edits",
            |it| drop(it.repository.commit(FILE, &AFTER.replace("a()", "z()"), "wip")),
            ExpectedLine::Contained(FixSignal::Content),
        ),
    ];
    let way = |(name, travel, line): Case| {
        let forked = Forked::new();
        travel(&forked);
        forked.repository.git(&["tag", "APOLLO-1"]);
        let source = packed(&forked.repository, "HEAD", &[]);
        let lineage = forked.lineage(&[pod("p", "APOLLO-1")], &source);
        forked.way(name, lineage, line, line)
    };
    cases.into_iter().map(way).collect()
}

/// One way for each reason why the commit of an image cannot be told.
fn untold_images() -> Vec<LineageCase> {
    let digest = format!("sha256:{}", "c".repeat(64));
    let by = |image: &str, digest: &str| {
        let mut pod = pod("p", "x");
        pod.containers.iter_mut().for_each(|it| (it.image, it.image_id) = (image.to_owned(), format!("sequencer@{digest}")));
        pod
    };
    let another = digest.replace('c', "d");
    let cases: [(&'static str, Vec<Pod>, &'static str); 8] = [
        ("moving with releases", vec![pod("p", "0.14")], "moves from one patch release to the next"),
        ("moving with builds", vec![pod("p", "latest")], "moves with the newest build"),
        ("unknown tag", vec![pod("p", "APOLLO-9")], "no git tag APOLLO-9 is in the clone"),
        ("unknown short SHA", vec![pod("p", "main-0000000")], "no commit that begins with 0000000"),
        ("digest alone", vec![by(&format!("o/sequencer@{digest}"), &digest)], "the image has no tag"),
        ("moved tag", vec![by("o/sequencer:APOLLO-1", &digest), by("o/sequencer:APOLLO-1", &another)], "the tag APOLLO-1 was moved"),
        ("another image", vec![by("o/sidecar:1", &digest)], "not a sequencer image"),
        ("no image", Vec::new(), "no sequencer image was seen running"),
    ];
    let mut all: Vec<LineageCase> = cases
        .into_iter()
        .map(|(name, pods, words)| {
            let forked = Forked::new();
            forked.repository.git(&["tag", "APOLLO-1", "release"]);
            forked.image(name, &pods, ExpectedLine::Unknown(words))
        })
        .collect();
    let forked = Forked::new();
    let tag = format!("APOLLO-main-{}", &forked.fixed[..7]);
    forked.repository.git(&["tag", &tag, "release"]);
    all.push(forked.image(
        "a git tag that looks like a short SHA",
        &[pod("p", &tag)],
        ExpectedLine::Unknown("is ambiguous: as a git tag it is"),
    ));
    let forked = Forked::new();
    let short = two_alike(&forked.repository);
    all.push(forked.image("ambiguous short SHA", &[pod("p", &short)], ExpectedLine::Unknown("is ambiguous: 2 commits begin with it")));
    all
}

/// Makes two commits whose SHAs begin with the same seven digits, which were found by trying numbers.
fn two_alike(repository: &Repository) -> String {
    let tree = repository.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]);
    let commit = |number: u32| {
        let who = "A <a@example.org> 1 +0000";
        std::fs::write(repository.file("object"), format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nn {number}\n")).expect("a file");
        repository.git(&["hash-object", "-t", "commit", "-w", "object"])
    };
    let (left, right) = (commit(9_893), commit(11_416));
    assert!(left != right && left[..7] == right[..7], "{left} {right}");
    left[..7].to_owned()
}

/// One way for each reason why Echonet's source cannot be told, or does not tell of a fix.
fn untold_sources() -> Vec<LineageCase> {
    let failed = Gathered::Failed(Missing::new("x", "the cluster answered 403"));
    let forked = Forked::new();
    let edited = packed(&forked.repository, "release", &[("sender.py", Some("e"))]);
    let files = ["sender.py", "other.py", "other_0.py", "other_1.py", "other_2.py"];
    let strange = packed(&forked.repository, "release", &files.map(|it| (it, Some("e"))));
    let mut all = vec![forked.source("the fix's file is edited", &edited, ExpectedLine::Unknown("it changes sender.py, locally modified"))];
    let cases = [
        ("source like no commit", strange, ExpectedLine::Unknown("resembles no commit")),
        ("source not read", failed, ExpectedLine::Unknown("403")),
        ("source not asked for", Gathered::NotAsked, ExpectedLine::Unknown("its source")),
    ];
    all.extend(cases.into_iter().map(|(name, source, line)| Forked::new().source(name, &source, line)));
    all
}

/// One way for each reason why a history does not tell, and for each lineage that is none.
fn untold_histories() -> Vec<LineageCase> {
    let shallow = Forked::new();
    shallow.repository.git(&["tag", "APOLLO-1", "release"]);
    let clone = Repository::new();
    let address = format!("file://{}", shallow.repository.path().display());
    clone.git(&["fetch", "-q", "--depth=1", &address, "refs/tags/APOLLO-1:refs/tags/APOLLO-1"]);
    let lineage = gathered(clone.path(), &[pod("p", "APOLLO-1")], &packed(&shallow.repository, "release", &[]));
    let line = ExpectedLine::Unknown("the clone is shallow");
    let mut all = vec![shallow.way("shallow", lineage, line, line)];

    let forked = Forked::new();
    forked.repository.git(&["tag", "APOLLO-1", "release"]);
    let source = packed(&forked.repository, "release", &[]);
    let begin = forked.repository.git(&["rev-parse", "release~2"]);
    std::fs::remove_file(forked.repository.file(&format!(".git/objects/{}/{}", &begin[..2], &begin[2..]))).expect("a loose object");
    let lineage = forked.lineage(&[pod("p", "APOLLO-1")], &source);
    all.push(forked.way("missing objects", lineage, ExpectedLine::Unknown(""), ExpectedLine::Unknown("")));

    let whole = || {
        let forked = Forked::new();
        forked.repository.git(&["tag", "APOLLO-1", "release"]);
        let lineage = forked.lineage(&[pod("p", "APOLLO-1")], &packed(&forked.repository, "release", &[]));
        (forked, lineage)
    };
    let changed = |change: fn(&mut Lineage)| {
        let (forked, mut lineage) = whole();
        let Gathered::Observed(it) = &mut lineage else { panic!("{lineage:?}") };
        change(&mut it.value);
        (forked, lineage)
    };
    use whysync::evidence::lineage::PatchIdExtent::{Nothing, Sought};
    let failed = || Gathered::Failed(Missing::new("git", "git cannot be run"));
    type Case = (&'static str, (Forked, Gathered<Lineage>), &'static str);
    let cases: [Case; 6] = [
        ("no clone", (whole().0, Gathered::NotAsked), "the bundle holds no history of the deployed code"),
        ("a clone that failed", (whole().0, failed()), "git cannot be run"),
        ("a broken lineage", changed(|it| it.history = History { commits: "zz".to_owned(), ..History::default() }), "cannot be read"),
        ("no patch ids", changed(|it| (it.patch_ids, it.probes) = (Nothing("too slow".to_owned()), Vec::new())), "not compared: too slow"),
        ("patch ids of other fixes", changed(|it| (it.patch_ids, it.probes) = (Sought(String::new()), Vec::new())), "not compared: only"),
        ("a line that nobody looked for", changed(|it| it.probes.clear()), "nobody looked for its line"),
    ];
    all.extend(cases.into_iter().map(|(name, (forked, lineage), words)| {
        let line = ExpectedLine::Unknown(words);
        forked.way(name, lineage, line, line)
    }));
    all
}

const OPTIONS: Options = Options { width: 100, colour: Colour::Plain, detail: Detail::Full };

#[test]
fn each_cause_ends_with_the_fix_line_that_its_lineage_gives() {
    let mut catalog = Catalog::new(&[builtin()]).expect("the rules of this build");
    let ways: Vec<LineageCase> = [signs(), untold_images(), untold_sources(), untold_histories()].into_iter().flatten().collect();
    let json = render::named("json").expect("a format");
    let mut components = BTreeSet::new();
    for scenario in CAUSES {
        let mut bundle = simulate(scenario, 1).bundle;
        let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
        let rules: BTreeSet<String> = diagnosis.findings.iter().map(|it| it.rule.clone()).collect();
        if diagnosis.findings.iter().all(|it| it.fix.is_empty()) {
            let text = render::write(render::named("text").expect("a format"), &diagnosis, &OPTIONS);
            assert!(text.contains("no fix is known"), "{scenario}: {text}");
        }
        // Where no fix is known yet, the rule gets one for each program.
        for rule in catalog.rules.iter_mut().filter(|(slug, _)| rules.contains(*slug)).map(|(_, it)| it).filter(|it| it.file.fix.is_empty())
        {
            let of = |component| FixReference { component, ..super::fix(&[], &[], &[]) };
            rule.file.fix = vec![of(FixComponent::Sequencer), of(FixComponent::Echonet)];
        }
        let mut lines = 0;
        for way in &ways {
            let rules = catalog.rules.iter_mut().filter(|(slug, _)| rules.contains(*slug));
            for fix in rules.flat_map(|(_, it)| &mut it.file.fix) {
                (fix.commits, fix.patch_ids, fix.prs) = (vec![way.fixed.clone()], vec![way.patch.clone()], vec![22]);
                fix.probe = Some(FixProbe { path: FILE.to_owned(), present: Some("stop(".to_owned()), absent: None });
            }
            bundle.lineage = way.lineage.clone();
            let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
            let report = render::write(json, &diagnosis, &OPTIONS);
            let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
            for (number, finding) in diagnosis.findings.iter().enumerate() {
                for (place, status) in finding.fix.iter().enumerate() {
                    let line = match status.fix.component {
                        FixComponent::Sequencer => way.sequencer,
                        FixComponent::Echonet => way.echonet,
                    };
                    let case = format!("{scenario}, {}, {:?}: {:?}", way.name, status.fix.component, status.deployed);
                    assert!(status.deployed.iter().all(|it| line.fits(&it.answer)), "{case}");
                    let written = report["findings"][number]["fix"][place]["line"].as_str().expect("a line");
                    let begins = match line {
                        ExpectedLine::Contained(_) => "contained",
                        ExpectedLine::NotContained(_) => "not contained",
                        ExpectedLine::Unknown(_) if status.is_unchecked() => "not checked. Run: ",
                        ExpectedLine::Unknown(_) => "not known",
                    };
                    // What would act on no such block needs no reason why it is not known to be there.
                    let is_idle = matches!((line, &status.effective), (ExpectedLine::Unknown(_), Effectiveness::No(_)));
                    let begins = if is_idle { "no effect for this block even if deployed: " } else { begins };
                    assert!(written.contains(begins), "{case}: {written}");
                    assert!(is_idle || begins.starts_with("not checked") || written.contains(line.words()), "{case}: {written}");
                    components.insert(status.fix.component);
                    lines += 1;
                }
            }
        }
        assert!(lines >= ways.len(), "{scenario}: only {lines} fix lines");
    }
    assert_eq!(components.len(), 2, "both programs have fixes among these causes");
}
