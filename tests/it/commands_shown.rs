//! Every command that README, CONTRIBUTING and the book show is run as it stands, in the order of its page, against a deployment and a
//! folder as the pages assume them.

use std::path::{Path, PathBuf};
use std::process::Command;

use whysync::collect::store::save;
use whysync::evidence::Bundle;
use whysync::simulate::{Scenario, simulate};

use crate::live::incident;
use crate::program::text;
use crate::rig::{Rig, World};

const NAMESPACE: &str = "echonet-a";

/// Commands of the machine and of the project itself. Others run them: `.ci/run`, and the tests of what they lead to.
const OF_OTHERS: [&str; 6] = ["cargo ", ".ci/run", "UPDATE=1 cargo ", "docker ", "bash by-hand.sh ", "python3 benches/"];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages with commands that people copy. Those of `rules-in-ci.md` and `writing-a-rule.md` have tests of their own in `book.rs`.
fn pages() -> Vec<PathBuf> {
    let book = std::fs::read_dir(project().join("book/src")).expect("the book").flatten().map(|it| it.path());
    let own = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|it| project().join(it));
    let mut pages: Vec<PathBuf> = book.filter(|it| it.extension().is_some_and(|it| it == "md")).chain(own).collect();
    pages.retain(|it| !it.ends_with("formats.md") && !it.ends_with("rules-in-ci.md") && !it.ends_with("writing-a-rule.md"));
    pages.sort();
    pages
}

fn commands(page: &str) -> Vec<String> {
    let blocks = page.split("```sh\n").skip(1).filter_map(|it| it.split_once("```"));
    let lines = blocks.flat_map(|(block, _)| block.lines());
    let written = lines.map(|it| it.split("  # ").next().unwrap_or(it).trim_end().to_owned());
    written.filter(|it| !it.is_empty() && !OF_OTHERS.iter().any(|other| it.starts_with(other))).collect()
}

/// The incident in the namespace of the pages, with everything that names it.
fn named(bundle: Bundle) -> Bundle {
    let own = bundle.incident.namespace.clone().expect("a namespace");
    let text = serde_json::to_string(&bundle).expect("JSON").replace(&own, NAMESPACE);
    serde_json::from_str(&text).expect("a bundle")
}

fn keep(bundle: &Bundle, folder: &Path, name: &str) {
    save(bundle, &folder.join(name)).expect("a bundle");
}

/// A folder with what the pages name, beside a deployment that runs.
fn deployment() -> Rig {
    let bundle = named(incident("alchemy-429-l1-handler-drop"));
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let folder = rig.folder.path();
    keep(&bundle, folder, "incident.json.zst");
    keep(&bundle, folder, "OLD");
    keep(&named(simulate(Scenario::Alchemy429L1HandlerDrop, 2).bundle), folder, "yesterday.json.zst");
    keep(&bundle, folder, "today.json.zst");
    for saved in ["saved", "saved-by-hand"] {
        std::fs::create_dir(folder.join(saved)).expect("a folder");
        keep(&bundle, &folder.join(saved), "incident.json.zst");
    }
    std::fs::create_dir(folder.join("my-rules")).expect("a folder");
    let rule = project().join("rules/cascade/parent-hash-cascade.yaml");
    let own = crate::command::replacing(&std::fs::read_to_string(&rule).expect("a rule"));
    std::fs::write(folder.join("my-rules/parent-hash-cascade.yaml"), own).expect("a rule");
    std::fs::copy(rule.with_extension("test.yaml"), folder.join("my-rules/parent-hash-cascade.test.yaml")).expect("its tests");
    for arguments in ["init -q -b main sequencer", "-C sequencer -c user.name=A -c user.email=a@b.c commit -q --allow-empty -m begin"] {
        let status = Command::new("git").args(arguments.split(' ')).current_dir(folder).status().expect("git runs");
        assert!(status.success(), "git {arguments}");
    }
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_whysync"), folder.join("whysync")).expect("a link");
    rig
}

#[test]
fn every_command_that_is_shown_runs_as_it_stands() {
    let mut all = 0;
    for page in pages() {
        let shown = commands(&std::fs::read_to_string(&page).expect("a page"));
        if shown.is_empty() {
            continue;
        }
        let rig = deployment();
        for command in shown {
            all += 1;
            let output = rig.program("bash").args(["-c", &command]).output().expect("it runs");
            let place = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // The verdict is the incident's; that the command is right is the page's.
            let code = output.status.code();
            assert!(matches!(code, Some(0 | 1 | 3)), "{place}: {command}: {code:?}\n{}{}", text(&output.stderr), text(&output.stdout));
        }
    }
    assert!(all > 40, "{all} commands are shown");
}

/// `UPDATE=1 cargo test --test it commands_shown` writes it again.
#[test]
fn the_output_at_the_head_of_the_readme_is_what_the_example_prints() {
    let arguments = ["diagnose", "tests/bundles/alchemy-429-l1-handler-drop.json.zst", "--brief"];
    let output = crate::program::program(&arguments).current_dir(project()).output().expect("it runs");
    let printed = format!("$ whysync {}\n{}", arguments.join(" "), text(&output.stdout));
    let path = project().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README");
    let (before, rest) = readme.split_once("<!-- example output -->\n```text\n").expect("an example");
    let (shown, after) = rest.split_once("```").expect("its end");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}<!-- example output -->\n```text\n{printed}```{after}")).expect("written");
    } else {
        assert_eq!(shown, printed, "run `UPDATE=1 cargo test --test it commands_shown`");
    }
}

#[test]
fn a_page_of_the_project_links_only_to_what_is_there() {
    let pages =
        ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md", "STYLE.md", "fuzz/README.md"].map(|it| project().join(it));
    let book = std::fs::read_dir(project().join("book/src")).expect("the book").flatten().map(|it| it.path());
    for page in pages.into_iter().chain(book.filter(|it| it.extension().is_some_and(|it| it == "md"))) {
        let text = std::fs::read_to_string(&page).expect("a page");
        let targets = text.split("](").skip(1).filter_map(|it| it.split([')', '#']).next());
        for target in targets.filter(|it| it.ends_with(".md") || it.ends_with(".rs") || it.ends_with(".html")) {
            let there = page.parent().expect("a folder").join(target);
            assert!(target.starts_with("https://") || there.exists(), "{}: {target} is not there", page.display());
        }
    }
}
