//! What `--version` says of the commit, for each way in which a source tree can name it. The build script's own code is run here.

#[path = "../../build/commit.rs"]
mod commit;

use std::path::Path;
use std::process::Command;

use commit::built_from;

use crate::program::text;

/// What git answers, in a repository with nothing of the user's configuration.
fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).trim().to_owned()
}

/// A repository with one commit, and the commit.
fn repository() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "first"]);
    let commit = git(folder.path(), &["rev-parse", "HEAD"]);
    (folder, commit)
}

fn release(root: &Path) -> String {
    built_from(None, Some("release"), root).words
}

fn named(commit: &str) -> String {
    format!("commit {}", &commit[..10])
}

#[test]
fn a_release_names_the_commit_that_is_checked_out_however_git_keeps_it() {
    let (folder, commit) = repository();
    assert_eq!(release(folder.path()), named(&commit), "a branch in a file of its own");
    let linked = folder.path().join("linked");
    git(folder.path(), &["worktree", "add", "--quiet", "linked"]);
    assert_eq!(release(&linked), named(&commit), "a linked worktree");
    git(folder.path(), &["pack-refs", "--all"]);
    assert_eq!(release(folder.path()), named(&commit), "a branch in the list of packed references");
    assert_eq!(release(&linked), named(&commit), "a linked worktree whose branch is packed");
    git(folder.path(), &["checkout", "--quiet", "--detach"]);
    assert_eq!(release(folder.path()), named(&commit), "no branch");
}

#[test]
fn a_release_of_a_new_commit_is_built_again_however_git_keeps_the_branch() {
    for is_packed in [false, true] {
        let (folder, commit) = repository();
        if is_packed {
            git(folder.path(), &["pack-refs", "--all"]);
        }
        let built = built_from(None, Some("release"), folder.path());
        assert_eq!(built.words, named(&commit));
        let contents = || -> Vec<Vec<u8>> { built.watched.iter().map(|it| std::fs::read(it).expect("it is there")).collect() };
        let before = contents();
        git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "second"]);
        assert_ne!(before, contents(), "cargo watches a file that a commit changes: {:?}", built.watched);
        assert_ne!(release(folder.path()), named(&commit));
    }
}

#[test]
fn without_a_repository_a_release_names_the_commit_that_it_was_given_or_says_that_it_knows_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(release(folder.path()), "unknown commit");
    assert_eq!(built_from(Some(commit), Some("release"), folder.path()).words, "commit 0123456789");
    assert_eq!(built_from(Some(""), Some("release"), folder.path()).words, "unknown commit", "an argument of an image that was left empty");
    assert_eq!(built_from(Some("main"), Some("release"), folder.path()).words, "unknown commit", "a branch names no commit");
    let note = format!("{{\n  \"git\": {{\n    \"sha1\": \"{commit}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}");
    std::fs::write(folder.path().join(".cargo_vcs_info.json"), note).expect("a file");
    assert_eq!(release(folder.path()), "commit 0123456789", "what cargo notes in a package");
}

#[test]
fn a_debug_build_looks_for_no_commit_and_watches_no_file() {
    let (folder, _) = repository();
    let built = built_from(None, Some("debug"), folder.path());
    assert_eq!((built.words.as_str(), built.watched.len()), ("debug build", 0));
}
