//! What the book and the README show is what the program does.

use std::path::Path;

use whysync::collect::store::{Input, load};
use whysync::engine::authoring::rule_test::{Base, NoBase, run};
use whysync::engine::language::catalog::builtin;
use whysync::engine::{Catalog, FileText};
use whysync::simulate::{Scenario, simulate};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
}

/// The fenced blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    text.split(&opening).skip(1).filter_map(|it| it.split_once("```")).map(|(block, _)| block.to_owned()).collect()
}

#[test]
fn the_rule_of_the_tutorial_loads_and_its_tests_pass() {
    let examples = blocks(&read("book/src/writing-a-rule.md"), "yaml");
    let [rule, tests] = examples.as_slice() else { panic!("the tutorial shows a rule and its tests, not {} blocks", examples.len()) };
    let name = rule.lines().find_map(|it| it.strip_prefix("slug: ")).expect("a slug");
    let catalog = Catalog::new(&[builtin(), vec![FileText::new(format!("{name}.yaml"), rule)]]).unwrap_or_else(|it| panic!("{it:?}"));
    let base = |base: &Base| match base {
        Base::Simulate { scenario, seed } => Ok(simulate(scenario.parse::<Scenario>().expect("a scenario"), *seed).bundle),
        Base::Bundle(path) => Err(NoBase::new(path.clone())),
    };
    for result in run(&FileText::new(format!("{name}.test.yaml"), tests), &catalog, &base).unwrap_or_else(|it| panic!("{it:?}")) {
        assert_eq!(result.failures, [""; 0], "{}", result.name);
    }
}

#[test]
fn the_commands_of_the_tutorial_run_as_they_stand() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let commands: Vec<String> = blocks(&read("book/src/writing-a-rule.md"), "sh").concat().lines().map(str::to_owned).collect();
    assert!(commands.len() >= 7, "{commands:?}");
    for command in &commands {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("whysync"), "{command}");
        let output = crate::program::program(&[]).args(words).current_dir(folder.path()).output().expect("it runs");
        // A draft names what differs and not why, so the incident stays not fully explained.
        let expected = if command.starts_with("whysync diagnose ") { 1 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_example_bundle_is_what_the_simulator_makes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundles/alchemy-429-l1-handler-drop.json.zst");
    let bundle = load(&Input::File(path)).expect("the example");
    let made = simulate(Scenario::Alchemy429L1HandlerDrop, 1).bundle;
    assert!(
        bundle == made,
        "run `whysync simulate alchemy-429-l1-handler-drop --seed 1 -o tests/bundles/alchemy-429-l1-handler-drop.json.zst`"
    );
}

#[test]
fn the_readme_has_exactly_two_commands_for_a_fresh_machine() {
    let readme = read("README.md");
    let try_it = readme.split("## Try it").nth(1).and_then(|it| it.split("\n## ").next()).expect("a section");
    let commands: Vec<String> = blocks(try_it, "sh").iter().flat_map(|it| it.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    assert!(commands[0].starts_with("cargo run -- diagnose tests/bundles/") && commands[1] == "cargo test", "{commands:?}");
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = read("book/src/SUMMARY.md");
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src")).expect("the book").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(!name.ends_with(".md") || name == "SUMMARY.md" || summary.contains(&format!("({name})")), "{name} is in no summary");
    }
}

#[test]
fn every_command_of_the_ci_page_is_one_that_the_program_takes() {
    let page = read("book/src/rules-in-ci.md");
    let folder = tempfile::TempDir::new().expect("a folder");
    let copied = ["rules", "new", "--copy", "parent-hash-cascade", "-o", "my-rules"];
    let output = crate::program::program(&copied).current_dir(folder.path()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    for arguments in ["init -q -b main sequencer", "-C sequencer -c user.name=A -c user.email=a@b.c commit -q --allow-empty -m begin"] {
        let mut git = std::process::Command::new("git");
        let status = git.args(arguments.split(' ')).current_dir(folder.path()).status().expect("git runs");
        assert!(status.success(), "git {arguments}");
    }
    let commands = page.lines().filter_map(|it| it.find("whysync rules ").and_then(|at| it.get(at..)));
    let commands: std::collections::BTreeSet<&str> =
        commands.flat_map(|it| it.split(" && ")).map(|it| it.split(['>', '`']).next().unwrap_or(it)).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("whysync"));
        let output = crate::program::program(&[]).args(words).current_dir(folder.path()).output().expect("it runs");
        // Mutants of a rule may survive; wrong usage and unusable input may not.
        assert!(matches!(output.status.code(), Some(0 | 1)), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// A page of the book that the code writes. `UPDATE=1 cargo test book` writes it again.
fn is_generated(page: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src").join(page);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "{page} has drifted; run `UPDATE=1 cargo test book` and read the difference");
}

#[test]
fn the_table_of_sources_is_that_of_the_sources() {
    use whysync::evidence::sources::{Bound, SOURCES, Saved, Wire};

    let plain =
        |it: &str| it.replace('{', "<").replace('}', ">").replace("<kind=block>", "block").replace("<kind=state_update>", "state_update");
    let mut page = "# Sources\n\nWritten from the table in `src/evidence/sources`: all that whysync asks, and all that a folder of saved \
        answers can hold, and by what an answer is recognised under any other name. Nothing else is asked, and nothing else leaves. What stands in angle brackets tells the answers of one source apart. What is at most taken in is [a limit](limits.md); of a folder, no file that is larger than LARGEST is read.\n\n\
        | source | asked as | when | in a folder | recognised by | at most | lost with | gives |\n|---|---|---|---|---|---|---|---|\n"
        .replace("LARGEST", &Bound::File.limit().most.to_string());
    for listed in SOURCES {
        let source = listed.source;
        let saved = match source.saved {
            Saved::ByName(_) => {
                "`k8s/echonet-src-<suffix>` with `.json` (its ConfigMap), `.tgz`, `.tar.gz` or `.tgz.b64`, or in `k8s/configmaps.json`"
                    .to_owned()
            }
            Saved::Nowhere => "-".to_owned(),
            Saved::At(_) | Saved::Apart(_) => {
                source.saved.paths().iter().map(|it| format!("`{}`", plain(it))).collect::<Vec<_>>().join(", ")
            }
        };
        let gives: Vec<String> = source.gives.iter().map(|it| format!("`{}`", it.name())).collect();
        let asked = match source.wire {
            Wire::Captured { .. } => "-".to_owned(),
            _ => format!("`{}`", plain(&source.words())),
        };
        let most = source.limits.iter().map(|it| it.says()).collect::<Vec<_>>().join("; ");
        let lost = source.dies_with.words();
        let marks = source.recognised.iter().map(|it| it.says()).collect::<Vec<_>>().join("; or ");
        page += &format!(
            "| {} | {asked} | {} | {saved} | {marks} | {most} | {lost} | {} |\n",
            listed.name.replace('_', " "),
            source.says,
            gives.join(", ")
        );
    }
    is_generated("sources.md", &page);
}

#[test]
fn the_reference_of_rules_is_that_of_the_rules() {
    let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|it| panic!("{it:?}"));
    let mut page = "# Rules of this build\n\nWritten from the rule files; `whysync rules show <slug>` shows one of them.\n".to_owned();
    for rule in catalog.rules.values() {
        page.push_str(&format!("\n{}", whysync::engine::reference::rule_page::page(&rule.file).markdown(2)));
    }
    is_generated("rule-reference.md", &page);
}

#[test]
fn the_page_of_formats_shows_one_of_each() {
    use whysync::engine::{Trial, diagnose};
    use whysync::render::{Colour, Detail, FORMATS, Options, write};

    /// Lines shown of a long form.
    const LINES: usize = 60;

    let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|it| panic!("{it:?}"));
    let diagnosis = diagnose(&simulate(Scenario::NativeCasmRevertTrace, 1).bundle, &catalog, Trial::StableOnly);
    let options = Options { width: 100, colour: Colour::Plain, detail: Detail::Short };
    let mut page = "# One report in each format\n\nAll of them tell the same synthetic incident: `whysync simulate native-casm-revert-trace \
                    --seed 1 -o incident.json.zst`, then `whysync diagnose incident.json.zst --format <format>`. Several at once, with commas \
                    between them, are written to the files of one name: `--format html,markdown -o incident`.\n"
        .to_owned();
    for format in FORMATS {
        let text = write(format, &diagnosis, &options);
        page.push_str(&format!("\n## {}\n\nA form {}; ending `.{}`.\n\n", format.name, format.description, format.extension));
        if format.name == "html" {
            is_generated("example.html", &text);
            page.push_str("[The page](example.html) needs nothing beside itself.\n");
            continue;
        }
        let left = text.lines().count().saturating_sub(LINES);
        let shown: Vec<&str> = text.lines().take(LINES).collect();
        let more = if left == 0 { String::new() } else { format!("\n… ({left} more lines)") };
        page.push_str(&format!("~~~~text\n{}{more}\n~~~~\n", shown.join("\n")));
    }
    page.push_str(
        "\n## Other documents\n\n`whysync deployed --format json` writes `whysync.deployed/v2`: see [Is the fix \
         deployed?](is-the-fix-deployed.md). `whysync compare --format json` writes a comparison. `whysync schema NAME` prints the schema of \
         each.\n",
    );
    is_generated("formats.md", &page);
}

#[test]
fn the_reference_of_the_language_is_that_of_its_types() {
    is_generated("rule-language.md", &whysync::engine::reference::language_reference::markdown());
}

#[test]
fn the_reference_of_paths_is_that_of_the_case_document() {
    use whysync::engine::reference::path_reference::{markdown, paths};

    let lead = "Written from the schema of the case document; `whysync schema paths` prints the same. A path into a list stands with `[*]`; \
                put a filter there to select, such as `$.ledger[?@.kind == 'tx_missing']`.";
    is_generated("path-reference.md", &format!("# Paths for rules\n\n{lead}\n\n{}", markdown(&paths())));
}

#[test]
fn the_page_of_limits_is_their_table() {
    is_generated("limits.md", &whysync::limits::markdown());
}
