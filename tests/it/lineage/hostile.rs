//! A hostile repository runs nothing.

use std::os::unix::fs::PermissionsExt;

use whysync::evidence::anchor::{Anchor, Sighted};
use whysync::evidence::lineage::Resolution;

use super::{Repository, lineage};

#[test]
fn nothing_that_a_repository_configures_is_run() {
    let repository = Repository::new();
    repository.commit("queue.rs", "a\n", "begin (#1)");
    repository.commit(".gitattributes", "*.rs diff=evil filter=evil\n", "attributes");
    repository.commit("queue.rs", "b\n", "change (#2)");
    repository.commit("echonet/a.py", "a\n", "echonet: begin (#3)");
    repository.git(&["tag", "APOLLO-1"]);
    let source = super::source::packed(&repository, "HEAD", &[]);
    let canary = repository.file("canary");
    let script = repository.file("evil.sh");
    std::fs::write(&script, format!("#!/bin/sh\ntouch {}\ncat\n", canary.display())).expect("a script");
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let evil = script.to_string_lossy().into_owned();
    for hook in ["post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"] {
        let hook = repository.file(&format!(".git/hooks/{hook}"));
        std::fs::copy(&script, &hook).expect("a hook");
    }
    let included = repository.file("included");
    std::fs::write(&included, format!("[diff]\n\texternal = {evil}\n[core]\n\tpager = {evil}\n")).expect("a file");
    let config = format!(
        "[core]\n\trepositoryformatversion = 1\n\tfsmonitor = {evil}\n\tsshCommand = {evil}\n\tpager = {evil}\n\teditor = {evil}\n\tgitProxy = {evil}\n\
         \thooksPath = {hooks}\n\talternateRefsCommand = {evil}\n[diff]\n\texternal = {evil}\n[diff \"evil\"]\n\tcommand = {evil}\n\ttextconv = {evil}\n\
         [filter \"evil\"]\n\tclean = {evil}\n\tsmudge = {evil}\n\tprocess = {evil}\n[credential]\n\thelper = !{evil}\n[gpg]\n\tprogram = {evil}\n\
         [log]\n\tshowSignature = true\n[pager]\n\trev-list = {evil}\n\tcat-file = {evil}\n[alias]\n\trev-list = !{evil}\n\tcat-file = !{evil}\n\
         [uploadpack]\n\tpackObjectsHook = {evil}\n[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = file://{here}\n\tuploadpack = {evil}\n\
         \tpromisor = true\n\tpartialclonefilter = blob:none\n[include]\n\tpath = {included}\n",
        hooks = repository.file(".git/hooks").display(),
        here = repository.path().display(),
        included = included.display(),
    );
    let path = repository.file(".git/config");
    let own = std::fs::read_to_string(&path).expect("its configuration");
    std::fs::write(&path, format!("{own}{config}")).expect("a configuration");
    // What an ordinary command would run is real: the trap works.
    let shown =
        std::process::Command::new("git").current_dir(repository.path()).args(["--no-pager", "diff", "HEAD~"]).output().expect("git");
    assert!(canary.exists(), "the trap does not work: {}", String::from_utf8_lossy(&shown.stderr));
    std::fs::remove_file(&canary).expect("the canary");

    let before = listing(&repository);
    let found = lineage(repository.path(), &["APOLLO-1", "main-0000000"]);
    let anchors = [("queue.rs", "b"), ("queue.rs", "gone"), ("gone.rs", "b")]
        .map(|(path, symbol)| Anchor { path: path.to_owned(), symbol: symbol.to_owned() })
        .into();
    let clone = whysync::collect::git::Repo::open(repository.path()).expect("a clone");
    let located = |found: &whysync::evidence::Lineage| whysync::collect::anchors::locate(&clone, &found.deployed, &anchors);
    assert_eq!(located(&found).len(), 3);
    let compared = super::source::compared(&repository, &source);
    assert!(matches!(compared.deployed[0].commit, Resolution::Commit(_)), "{:?}", compared.deployed);
    assert!(!canary.exists(), "something was run");
    assert_eq!(listing(&repository), before, "something was written");
    assert_eq!(found.history.unpack().expect("a history").len(), 4);

    // A missing object is not fetched.
    let blob = repository.git(&["-c", "core.fsmonitor=false", "rev-parse", "HEAD:queue.rs"]);
    let object = repository.file(&format!(".git/objects/{}/{}", &blob[..2], &blob[2..]));
    std::fs::remove_file(object).expect("a loose object");
    let _ = std::fs::remove_file(&canary);
    let probes = [whysync::evidence::lineage::Probe { path: "queue.rs".to_owned(), text: "b".to_owned() }].into();
    // It may fail or answer that the file is not there; what it may not do is fetch.
    let _ = whysync::collect::lineage::gather(
        &clone,
        &[super::pod("p", "APOLLO-1")],
        &whysync::evidence::Gathered::NotAsked,
        &probes,
        &std::collections::BTreeSet::new(),
        whysync::collect::lineage::PatchIds::All,
    );
    let answers = located(&found);
    assert!(!canary.exists(), "a fetch was started");
    let is_stale = |it: &Sighted| matches!(it, Sighted::NoSymbol | Sighted::Moved(_));
    assert!(!answers.iter().flat_map(|it| &it.found).any(|it| is_stale(&it.is)), "{answers:?}");
}

/// Every file with its length.
fn listing(repository: &Repository) -> Vec<(std::path::PathBuf, u64)> {
    let mut folders = vec![repository.path().to_owned()];
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let metadata = entry.metadata().expect("metadata");
            if metadata.is_dir() { folders.push(entry.path()) } else { all.push((entry.path(), metadata.len())) }
        }
    }
    all.sort();
    all
}
