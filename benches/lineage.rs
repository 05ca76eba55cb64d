//! Whether every known fix is in four images and in Echonet's source, in a clone of 66,000 commits and 70,000 refs: from the clone, from the
//! bundle, and as the obvious loop of git commands answers it.
//!
//! `cargo bench --bench lineage`

#![expect(clippy::disallowed_methods, reason = "a measurement makes a repository and runs git beside the program")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use divan::Bencher;
use whysync::collect::git::Repo;
use whysync::collect::lineage::{PatchIds, gather};
use whysync::collect::store;
use whysync::engine::fixes::fix::FixContext;
use whysync::engine::fixes::fix_table;
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText};
use whysync::evidence::lineage::Probe;
use whysync::evidence::pods::{Component, Container, Pod};
use whysync::evidence::source::{Blob, EchonetSource, MemberContent, SourceMember};
use whysync::evidence::{Bundle, Gathered, Lineage, Provenance};
use whysync::findings::{FixAnswer, FixRow, FixSignal};
use whysync::simulate::{Scenario, simulate};

fn main() {
    divan::main();
}

const COMMITS: usize = 66_000;
const REFS: usize = 70_000;
/// Commits on branches of pull requests that were never merged as they are: four of each five hundred.
const MAIN: usize = 52_000;
const IMAGES: [(&str, usize); 4] = [("APOLLO-1", MAIN), ("APOLLO-2", MAIN - 500), ("APOLLO-3", MAIN - 4_000), ("APOLLO-4", MAIN / 2)];
/// Every so many commits one changes Echonet's folder.
const ECHONET_EVERY: usize = 150;
/// Seconds between two commits of the main branch: six years for all.
const APART: usize = 6 * 365 * 24 * 60 * 60 / MAIN;
/// Commits of the main branch between the first commits of two branches.
const BRANCH_EVERY: usize = MAIN / 3_600;
/// Of so many branches, the first commit of one is on the main branch too, as the same patch and nothing that says so.
const COPIED_EVERY: usize = 10;
/// Where fixes begin to land: known ones are of the last part of a history.
const FIXED_FROM: usize = MAIN / 4 * 3;

struct BenchWorld {
    folder: tempfile::TempDir,
    clone: Repo,
    pods: Vec<Pod>,
    source: Gathered<EchonetSource>,
    catalog: Catalog,
    probes: BTreeSet<Probe>,
    /// Commits and pull requests of each fix, as the loop of git commands looks for them.
    fixes: Vec<SoughtFixes>,
}

type SoughtFixes = (Vec<String>, Vec<u64>);

static WORLD: LazyLock<BenchWorld> = LazyLock::new(world);

fn git(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").args(arguments);
    let output = command.output().expect("git runs");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The place on the main branch where a branch begins.
fn base(branch: usize) -> usize {
    1 + branch * BRANCH_EVERY
}

/// The first commit of a branch.
fn first(branch: usize) -> usize {
    MAIN + 1 + 4 * branch
}

/// The commit of a branch that a place of the main branch copies.
fn copied(place: usize) -> Option<usize> {
    let branch = place.checked_sub(base(0) + BRANCH_EVERY / 2).filter(|it| it.is_multiple_of(BRANCH_EVERY))? / BRANCH_EVERY;
    Some(first(branch)).filter(|it| branch.is_multiple_of(COPIED_EVERY) && *it < COMMITS)
}

/// A commit for `git fast-import`: its place is its mark.
fn commit(stream: &mut String, branch: &str, place: usize, from: Option<usize>) {
    let change = copied(place).unwrap_or(place);
    let name = match change % ECHONET_EVERY {
        0 => format!("echonet/l1_logic/f{}.py", change % 7),
        _ => format!("crates/crate_{}/src/file_{}.rs", change % 90, change % 1_013),
    };
    let at = if place <= MAIN { place } else { base((place - MAIN - 1) / 4) };
    let message = format!("crate_{}: change something that takes a line to tell (#{})\n\nAnd a body.\n", place % 90, 500 + place / 4);
    let content = format!("line one\nline two of {change}\nline three\n");
    let _ = write!(
        stream,
        "commit refs/heads/{branch}\nmark :{place}\ncommitter A <a@example.org> {} +0000\ndata {}\n{message}\n",
        1_600_000_000 + at * APART,
        message.len()
    );
    if let Some(from) = from {
        let _ = writeln!(stream, "from :{from}");
    }
    if place == 1 {
        for number in 0..60 {
            let _ = write!(stream, "M 100644 inline top_{number}.toml\ndata 2\nx\n");
            let _ = write!(stream, "M 100644 inline echonet/file_{number}.py\ndata 2\nx\n");
        }
        for number in 0..900 {
            let _ = write!(stream, "M 100644 inline crates/crate_{}/src/first_{number}.rs\ndata 2\nx\n", number % 90);
        }
    }
    let _ = write!(stream, "M 100644 inline {name}\ndata {}\n{content}\n", content.len());
}

fn world() -> BenchWorld {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(git(folder.path(), &["init", "-q", "--bare", "."]).0);
    let mut stream = String::new();
    for place in 1..=MAIN {
        commit(&mut stream, "main", place, None);
    }
    for place in MAIN + 1..=COMMITS {
        let branch = (place - MAIN - 1) / 4;
        commit(&mut stream, &format!("pr{branch}"), place, (place == first(branch)).then_some(base(branch)));
    }
    let marks = folder.path().join("marks");
    let mut import = Command::new("git")
        .current_dir(folder.path())
        .args(["fast-import", "--quiet", "--export-marks=marks"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("git runs");
    import.stdin.take().expect("a pipe").write_all(stream.as_bytes()).expect("it reads");
    assert!(import.wait().expect("it ends").success());
    let marks = std::fs::read_to_string(marks).expect("marks");
    let shas: BTreeMap<usize, String> = marks
        .lines()
        .filter_map(|it| it.strip_prefix(':')?.split_once(' '))
        .filter_map(|(mark, sha)| Some((mark.parse().ok()?, sha.to_owned())))
        .collect();
    assert_eq!(shas.len(), COMMITS);
    let mut refs: BTreeMap<String, &str> = IMAGES.iter().map(|(tag, place)| (format!("refs/tags/{tag}"), shas[place].as_str())).collect();
    refs.insert("refs/heads/main".to_owned(), &shas[&MAIN]);
    for number in 0..REFS - refs.len() {
        let sha = &shas[&(COMMITS - number % (COMMITS - 1))];
        refs.insert(format!("refs/reviewable/pr{}/r{}", number / 5, number % 5), sha);
    }
    assert_eq!(refs.len(), REFS);
    let packed: String = refs.iter().map(|(name, sha)| format!("{sha} {name}\n")).collect();
    std::fs::remove_dir_all(folder.path().join("refs/heads")).expect("loose branches");
    std::fs::create_dir(folder.path().join("refs/heads")).expect("a folder");
    std::fs::write(folder.path().join("packed-refs"), format!("# pack-refs with: sorted \n{packed}")).expect("refs");
    let (catalog, fixes) = rules(folder.path(), &shas);
    BenchWorld {
        clone: Repo::open(folder.path()).expect("a clone"),
        pods: IMAGES.iter().map(|(tag, _)| pod(tag)).collect(),
        source: source(folder.path()),
        probes: fix_table::probes(&catalog),
        catalog,
        fixes,
        folder,
    }
}

fn pod(tag: &str) -> Pod {
    let container = Container {
        name: "sequencer-node".to_owned(),
        image: format!("ghcr.io/o/sequencer/sequencer:{tag}"),
        image_id: String::new(),
        restarts: 0,
        last_termination: None,
        waiting: None,
    };
    Pod {
        name: tag.to_owned(),
        namespace: "n".to_owned(),
        component: Component::Sequencer,
        phase: "Running".to_owned(),
        started_at: None,
        containers: vec![container],
        source_config_map: None,
    }
}

fn observed<T>(value: T) -> Gathered<T> {
    Gathered::observed(value, Provenance { asked: "x".to_owned(), at: None, took_ms: None, bytes: 0, sha256: String::new() })
}

/// Echonet's source of a commit that no image contains, with one file edited.
fn source(folder: &Path) -> Gathered<EchonetSource> {
    let commit = COMMITS - COMMITS % ECHONET_EVERY - ECHONET_EVERY;
    let number = COMMITS - commit;
    let (_, listed) = git(folder, &["ls-tree", "-r", &format!("refs/reviewable/pr{}/r{}", number / 5, number % 5), "echonet/"]);
    let member = |(number, line): (usize, &str)| {
        let (head, path) = line.split_once("\techonet/")?;
        let id = if number == 0 { "e".repeat(40) } else { head.split(' ').nth(2)?.to_owned() };
        Some(SourceMember { path: path.to_owned(), content: MemberContent::Hashed(Blob { id, size: 1 }) })
    };
    let members = listed.lines().enumerate().filter_map(member).collect();
    observed(EchonetSource { config_map: "echonet-src-1".to_owned(), members })
}

/// The rules, with commits and patch ids of this history in the place of the real ones.
fn rules(folder: &Path, shas: &BTreeMap<usize, String>) -> (Catalog, Vec<SoughtFixes>) {
    let real = Catalog::new(&[builtin()]).expect("the rules of this build");
    let commits: BTreeSet<String> = real.rules.values().flat_map(|it| &it.file.fix).flat_map(|it| &it.commits).cloned().collect();
    // Half of them on the main branch, a quarter on branches and copied from there, and a quarter on branches alone.
    let branch = |number: usize| FIXED_FROM / BRANCH_EVERY / COPIED_EVERY * COPIED_EVERY + number / 4 % 60 * COPIED_EVERY;
    let place = |number: usize| match number % 4 {
        0 => first(branch(number)),
        1 => first(branch(number) + 1),
        _ => FIXED_FROM + number * (MAIN - FIXED_FROM) / commits.len(),
    };
    let made: BTreeMap<&String, &String> = commits.iter().enumerate().map(|(number, real)| (real, &shas[&place(number)])).collect();
    let texts = builtin().into_iter().map(|it| {
        let body = made.iter().fold(it.body().to_owned(), |body, (real, made)| body.replace(real.as_str(), made));
        FileText::new(it.name(), body)
    });
    let mut catalog = Catalog::new(&[texts.collect()]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let asked: String = made.values().flat_map(|it| [it.as_str(), "\n"]).collect();
    std::fs::write(folder.join("asked"), asked).expect("a file");
    let script = "git diff-tree --stdin -r -p -M --root < asked | git patch-id --stable";
    let computed = Command::new("sh").current_dir(folder).args(["-c", script]).output().expect("a shell");
    let patches = String::from_utf8_lossy(&computed.stdout).into_owned();
    let patches: BTreeMap<&str, &str> = patches.lines().filter_map(|it| it.split_once(' ')).map(|(patch, sha)| (sha, patch)).collect();
    for fix in catalog.rules.values_mut().flat_map(|it| &mut it.file.fix) {
        fix.patch_ids = fix.commits.iter().map(|it| patches[it.as_str()].to_owned()).collect();
    }
    let fixes = catalog.rules.values().flat_map(|it| &it.file.fix).map(|it| (it.commits.clone(), it.prs.clone())).collect();
    (catalog, fixes)
}

/// For which commits patch ids are computed.
#[derive(Clone, Copy)]
enum PatchIdScope {
    Needed,
    Lasting,
    All,
}

fn asked(source: &Gathered<EchonetSource>, extent: PatchIdScope) -> Bundle {
    let world = &*WORLD;
    let mut bundle = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    let needed = |lineage: &Lineage| fix_table::sought(lineage, &world.catalog);
    let patch_ids = match extent {
        PatchIdScope::Needed => PatchIds::Needed(&needed),
        PatchIdScope::Lasting => PatchIds::Lasting(&needed),
        PatchIdScope::All => PatchIds::All,
    };
    let commits = fix_table::commits(&world.catalog);
    let made = gather(&world.clone, &world.pods, source, &world.probes, &commits, patch_ids);
    bundle.lineage = observed(made.expect("a lineage"));
    bundle
}

fn rows(source: &Gathered<EchonetSource>, extent: PatchIdScope) -> Vec<FixRow> {
    fix_table::rows(&FixContext::new(&asked(source, extent)), &WORLD.catalog)
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn cold_all_fixes_against_four_images(bencher: Bencher<'_, '_>) {
    let found = rows(&Gathered::NotAsked, PatchIdScope::Needed);
    let answers = || found.iter().flat_map(|it| &it.status.deployed).map(|it| &it.answer);
    let by = |rung: FixSignal| answers().filter(|it| matches!(it, FixAnswer::Contained(found) if found.rung == rung)).count();
    let nowhere = answers().filter(|it| matches!(it, FixAnswer::NotContained(_))).count();
    let counts = [by(FixSignal::Commit), by(FixSignal::SamePatch), nowhere];
    assert!(counts.iter().all(|it| *it > 0), "by commit, by patch, nowhere: {counts:?}");
    let of_all = rows(&Gathered::NotAsked, PatchIdScope::All);
    assert_eq!(found, of_all, "few patch ids give the answers of all");
    assert_eq!(rows(&Gathered::NotAsked, PatchIdScope::Lasting), of_all, "and so do those of all that can be a copy");
    bencher.bench(|| rows(&Gathered::NotAsked, PatchIdScope::Needed).len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn cold_all_fixes_against_four_images_and_the_source(bencher: Bencher<'_, '_>) {
    LazyLock::force(&WORLD);
    bencher.bench(|| rows(&WORLD.source, PatchIdScope::Needed).len());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn cold_with_all_that_a_later_rule_needs(bencher: Bencher<'_, '_>) {
    LazyLock::force(&WORLD);
    bencher.bench(|| rows(&WORLD.source, PatchIdScope::Lasting).len());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn cold_with_the_patch_ids_of_all_commits(bencher: Bencher<'_, '_>) {
    LazyLock::force(&WORLD);
    bencher.bench(|| rows(&WORLD.source, PatchIdScope::All).len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn warm_from_the_lineage_in_a_bundle(bencher: Bencher<'_, '_>) {
    let bundle = asked(&WORLD.source, PatchIdScope::Lasting);
    bencher.bench(|| fix_table::rows(&FixContext::new(black_box(&bundle)), &WORLD.catalog).len());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn warm_with_the_bundle_read_from_json(bencher: Bencher<'_, '_>) {
    let mut bytes = Vec::new();
    store::encode(&asked(&WORLD.source, PatchIdScope::Lasting), &mut bytes).expect("a bundle");
    bencher.counter(divan::counter::BytesCount::new(bytes.len())).bench(|| {
        let bundle = store::load_from(black_box(bytes.as_slice()), "bundle").expect("a bundle");
        fix_table::rows(&FixContext::new(&bundle), &WORLD.catalog).len()
    });
}

/// For every tenth fix only: all of them take minutes.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn peer_loop_of_git_commands_for_every_tenth_fix(bencher: Bencher<'_, '_>) {
    let world = &*WORLD;
    bencher.bench(|| {
        let mut found = 0;
        for (commits, prs) in world.fixes.iter().step_by(10) {
            for (tag, _) in IMAGES {
                let is_ancestor = |it: &String| git(world.folder.path(), &["merge-base", "--is-ancestor", it, tag]).0;
                let is_landed = |it: &u64| {
                    !git(world.folder.path(), &["log", "--oneline", "--fixed-strings", "--grep", &format!("(#{it})"), tag]).1.is_empty()
                };
                found += usize::from(commits.iter().any(is_ancestor) || prs.iter().any(is_landed));
            }
        }
        found
    });
}
