//! How whysync is packed and installed: archives, the krew manifest, the plugin of kubectl, the GitHub action, hooks, workflows, the image.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::text;

const PROGRAM: &str = env!("CARGO_BIN_EXE_whysync");

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(project().join(path)).expect(path)
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("YAML")
}

fn run(command: &mut Command) -> Output {
    command.output().expect("it runs")
}

fn succeeds(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// The targets of the release workflow.
fn targets() -> Vec<String> {
    let workflow = yaml(&read(".github/workflows/release.yml"));
    let include = &workflow["jobs"]["binary"]["strategy"]["matrix"]["include"];
    let targets: Vec<String> =
        include.as_array().expect("a list").iter().map(|it| it["target"].as_str().expect("a target").to_owned()).collect();
    assert!(targets.len() >= 4, "{targets:?}");
    targets
}

fn krew(sums: &Path) -> Output {
    run(Command::new(project().join("packaging/krew.sh")).args(["0.1.0", "https://github.com/example/whysync/"]).arg(sums))
}

/// Packs a small file in the place of a target's program, as a machine that cannot run it does; what is printed is its checksum.
fn packed(target: &str, folder: &Path) -> String {
    let binary = folder.join("built");
    std::fs::write(&binary, target).expect("written");
    let mut archive = Command::new(project().join("packaging/archive.sh"));
    succeeds(archive.arg(&binary).arg(target).arg(folder).env("WHYSYNC_HOST", PROGRAM))
}

/// The members of an archive.
fn members(archive: &Path) -> Vec<String> {
    succeeds(Command::new("tar").arg("-tzf").arg(archive)).lines().map(str::to_owned).collect()
}

#[test]
fn the_krew_manifest_names_the_archives_that_are_made_with_their_checksums() {
    let folder = TempDir::new().expect("a folder");
    let mut sums = String::new();
    for target in targets() {
        sums.push_str(&packed(&target, folder.path()));
    }
    let file = folder.path().join("SHA256SUMS");
    std::fs::write(&file, &sums).expect("written");
    succeeds(Command::new("sha256sum").args(["--check", "SHA256SUMS"]).current_dir(folder.path()));

    let output = krew(&file);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let manifest = yaml(&text(&output.stdout));
    let schema: Value = serde_json::from_str(&read("packaging/krew.schema.json")).expect("a schema");
    let problems: Vec<String> =
        jsonschema::validator_for(&schema).expect("a schema").iter_errors(&manifest).map(|it| it.to_string()).collect();
    assert_eq!(problems, [""; 0]);

    let recorded: BTreeMap<&str, &str> = sums.lines().filter_map(|it| it.split_once("  ")).map(|(sum, name)| (name, sum)).collect();
    let platforms = manifest["spec"]["platforms"].as_array().expect("a list");
    assert_eq!(platforms.len(), recorded.len());
    for platform in platforms {
        let name = platform["uri"].as_str().and_then(|it| it.rsplit('/').next()).expect("an address");
        assert_eq!(Some(platform["sha256"].as_str().expect("a sum")), recorded.get(name).copied(), "{name}");
        let members = members(&folder.path().join(name));
        for file in platform["files"].as_array().expect("a list") {
            let from = file["from"].as_str().expect("a path");
            assert!(members.iter().any(|it| it == from), "{name} holds no {from}: {members:?}");
        }
    }
}

#[test]
fn a_manifest_without_a_checksum_is_not_written() {
    let folder = TempDir::new().expect("a folder");
    let sums = folder.path().join("SHA256SUMS");
    std::fs::write(&sums, format!("{}  whysync-x86_64-unknown-linux-musl.tar.gz\n", "0".repeat(64))).expect("written");
    let output = krew(&sums);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("has no checksum of whysync-aarch64-unknown-linux-musl.tar.gz"), "{}", text(&output.stderr));
}

#[test]
fn an_archive_holds_the_program_its_licence_manual_and_completions() {
    let folder = TempDir::new().expect("a folder");
    succeeds(Command::new(project().join("packaging/archive.sh")).args([PROGRAM, "here"]).arg(folder.path()));
    succeeds(Command::new("tar").args(["-xzf", "whysync-here.tar.gz"]).current_dir(folder.path()));
    let root = folder.path().join("whysync-here");
    for name in ["LICENSE", "README.md", "SECURITY.md", "man/whysync.1", "completions/whysync.bash", "completions/whysync.zsh"] {
        assert!(root.join(name).metadata().is_ok_and(|it| it.len() > 0), "{name} is missing or empty");
    }
    assert!(succeeds(Command::new(root.join("whysync")).arg("--version")).starts_with("whysync "));
}

#[test]
fn cargo_binstall_looks_for_the_archive_that_is_made() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("[package.metadata.binstall]").nth(1).and_then(|it| it.split("\n[").next()).expect("a section");
    let value = |key: &str| {
        let line = section.lines().find_map(|it| it.strip_prefix(key)).unwrap_or_else(|| panic!("no {key}"));
        line.trim_start_matches([' ', '=']).trim_matches('"').replace("{ name }", "whysync").replace("{ bin }{ binary-ext }", "whysync")
    };
    let of_here = |it: &str| it.replace("{ target }", "here").replace("{ archive-suffix }", ".tar.gz");
    let folder = TempDir::new().expect("a folder");
    packed("here", folder.path());
    let archive = of_here(value("pkg-url").rsplit('/').next().expect("a name"));
    let binary = of_here(&value("bin-dir"));
    assert!(members(&folder.path().join(&archive)).contains(&binary), "{archive} holds no {binary}");
}

#[cfg(unix)]
#[test]
fn as_a_plugin_of_kubectl_help_shows_commands_as_kubectl_runs_them() {
    let folder = TempDir::new().expect("a folder");
    let plugin = folder.path().join("kubectl-whysync");
    std::os::unix::fs::symlink(PROGRAM, &plugin).expect("a link");
    let help = succeeds(Command::new(&plugin).arg("--help"));
    assert!(help.contains("Usage: kubectl whysync ") && help.contains("Called as a plugin of kubectl."), "{help}");
    let nested = succeeds(Command::new(&plugin).args(["bundle", "show", "--help"]));
    assert!(nested.contains("Usage: kubectl whysync bundle show "), "{nested}");
    let wrong = run(Command::new(&plugin).args(["diagnose"]));
    assert!(wrong.status.code() == Some(2) && text(&wrong.stderr).contains("Usage: kubectl whysync diagnose"), "{}", text(&wrong.stderr));
    let own = succeeds(Command::new(PROGRAM).arg("--help"));
    assert!(own.contains("Usage: whysync ") && !own.contains("kubectl whysync"), "{own}");
}

/// A repository of rules as a team has one: a folder with a rule and its tests.
fn rules() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let bundle = project().join("tests/bundles/alchemy-429-l1-handler-drop.json.zst");
    let rules = folder.path().join("my rules");
    let drafted = ["rules", "new", "--slug", "our-pattern", "--from"];
    succeeds(Command::new(PROGRAM).args(drafted).arg(bundle).arg("-o").arg(&rules));
    folder
}

fn spoil(repository: &TempDir) {
    let path = repository.path().join("my rules/our-pattern.yaml");
    let rule = std::fs::read_to_string(&path).expect("a rule");
    std::fs::write(&path, rule.replace("severity:", "severty:")).expect("written");
}

/// Runs the steps of the composite action as a runner does: each in bash, with its inputs in the environment, until one fails.
fn act(repository: &Path) -> Output {
    let action = yaml(&read("action.yml"));
    let mut inputs: BTreeMap<String, String> = BTreeMap::from([("rules".into(), "my rules".into()), ("whysync".into(), PROGRAM.into())]);
    for (name, input) in action["inputs"].as_object().expect("inputs") {
        let default = input["default"].as_str().unwrap_or_default().to_owned();
        inputs.entry(name.clone()).or_insert(default);
    }
    let mut last = None;
    for step in action["runs"]["steps"].as_array().expect("steps") {
        assert_eq!(step["shell"], "bash");
        let script = step["run"].as_str().expect("a script");
        assert!(!script.contains("${{"), "an input in the text of a script is run as code: {script}");
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]).current_dir(repository);
        for (name, value) in step["env"].as_object().expect("an environment") {
            let input = value.as_str().and_then(|it| it.strip_prefix("${{ inputs.")?.strip_suffix(" }}")).expect("an input");
            bash.env(name, &inputs[input]);
        }
        let output = run(&mut bash);
        let ended = output.status.success();
        last = Some(output);
        if !ended {
            break;
        }
    }
    last.expect("a step")
}

#[test]
fn the_action_passes_good_rules_and_shows_bad_ones_beside_their_line() {
    let repository = rules();
    let good = act(repository.path());
    assert!(good.status.success(), "{}{}", text(&good.stdout), text(&good.stderr));
    let junit = std::fs::read_to_string(repository.path().join("whysync-rules.xml")).expect("the results");
    assert!(junit.contains("<testcase"), "{junit}");
    spoil(&repository);
    let bad = act(repository.path());
    let shown = text(&bad.stdout);
    assert!(bad.status.code() == Some(1) && shown.starts_with("::error file=my rules/our-pattern.yaml,line="), "{shown}");
}

/// The hooks run as they are written, by pre-commit itself where it is installed.
#[test]
fn the_hooks_pass_good_rules_and_fail_for_bad_ones() {
    let repository = rules();
    let git = |arguments: &[&str], folder: &Path| {
        let identity = ["-c", "user.name=whysync", "-c", "user.email=whysync@example.com"];
        succeeds(Command::new("git").args(identity).args(arguments).current_dir(folder));
    };
    let installed = Command::new("pre-commit").arg("--version").output().is_ok();
    if !installed {
        crate::program::skipped("pre-commit is not installed, so the hooks are run without it");
    }
    let bin = TempDir::new().expect("a folder");
    std::os::unix::fs::symlink(PROGRAM, bin.path().join("whysync")).expect("a link");
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").expect("a path"));
    let home = TempDir::new().expect("a folder");

    // The hooks' own repository: pre-commit clones it.
    let hooks = TempDir::new().expect("a folder");
    std::fs::write(hooks.path().join(".pre-commit-hooks.yaml"), read(".pre-commit-hooks.yaml")).expect("written");
    for folder in [hooks.path(), repository.path()] {
        git(&["init", "--quiet"], folder);
        git(&["add", "--all"], folder);
        git(&["commit", "--quiet", "--message", "rules"], folder);
    }
    let try_hook = |id: &str| {
        if installed {
            let config = repository.path().join("hooks.yaml");
            let revision = succeeds(Command::new("git").args(["rev-parse", "HEAD"]).current_dir(hooks.path()));
            let wanted = format!(
                "repos:\n- repo: {}\n  rev: {}\n  hooks: [{{id: {id}, args: [my rules]}}]\n",
                hooks.path().display(),
                revision.trim()
            );
            std::fs::write(&config, wanted).expect("written");
            let mut hook = Command::new("pre-commit");
            hook.args(["run", "--all-files", "--config"]).arg(config);
            run(hook.current_dir(repository.path()).env("PATH", &path).env("PRE_COMMIT_HOME", home.path()))
        } else {
            let all = yaml(&read(".pre-commit-hooks.yaml"));
            let hook = all.as_array().expect("a list").iter().find(|it| it["id"] == id).expect("the hook");
            assert_eq!((hook["language"].as_str(), hook["pass_filenames"].as_bool()), (Some("system"), Some(false)));
            let entry: Vec<&str> = hook["entry"].as_str().expect("a command").split(' ').collect();
            run(Command::new(PROGRAM).args(&entry[1..]).arg("my rules").current_dir(repository.path()))
        }
    };
    for id in ["whysync-rules-check", "whysync-rules-test"] {
        let output = try_hook(id);
        assert!(output.status.success(), "{id}: {}{}", text(&output.stdout), text(&output.stderr));
    }
    spoil(&repository);
    let output = try_hook("whysync-rules-check");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!output.status.success() && said.contains("did you mean `severity`?"), "{said}");
}

#[test]
fn workflows_pin_what_they_use_and_grant_nothing_by_default() {
    let folder = project().join(".github/workflows");
    let files: Vec<PathBuf> = std::fs::read_dir(folder).expect("workflows").flatten().map(|it| it.path()).collect();
    assert!(files.len() >= 2);
    for file in files {
        let body = std::fs::read_to_string(&file).expect("a workflow");
        let workflow = yaml(&body);
        assert_eq!(workflow["permissions"], serde_json::json!({}), "{}", file.display());
        for line in body.lines().filter_map(|it| it.trim_start().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (_, commit) = line.split_once('@').expect("a revision");
            let commit = commit.split(' ').next().expect("a commit");
            assert!(commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit()), "{}: {line}", file.display());
        }
    }
}

#[test]
fn the_image_is_built_from_all_that_the_code_reads_and_runs_as_nobody() {
    let image = read("Containerfile");
    let (_, last) = image.rsplit_once("\nFROM ").expect("stages");
    assert!(last.starts_with("scratch\n") && last.contains("\nUSER 65532:65532\n") && !last.contains("\nRUN "), "{last}");
    // What the build stages copy from the project, and what the compiler needs of it.
    let copied: Vec<&str> = image
        .lines()
        .filter_map(|it| it.strip_prefix("COPY "))
        .filter(|it| !it.starts_with("--from"))
        .flat_map(|it| it.split(' ').filter(|it| *it != "./"))
        .collect();
    for needed in ["Cargo.toml", "Cargo.lock", "build.rs", "build", "src", "rules", "examples"] {
        assert!(copied.contains(&needed), "{needed} is not copied: {copied:?}");
        assert!(read(".dockerignore").lines().any(|it| it == format!("!{needed}")), "{needed} is ignored");
    }
    // `include_str!` reaches no other folder.
    for line in succeeds(Command::new("grep").args(["-rhoE", r#"include_(str|bytes)!\(.*"#, "src"]).current_dir(project())).lines() {
        if let Some(outside) = line.split("../").nth(1).or_else(|| line.split("\"/").nth(1)) {
            assert!(copied.iter().any(|it| outside.starts_with(it)), "{line}");
        }
    }
}

#[test]
fn the_workflows_build_with_the_version_of_rust_that_the_manifest_promises() {
    let promised =
        read("Cargo.toml").lines().find_map(|it| it.strip_prefix("rust-version = ")).expect("a version").trim_matches('"').to_owned();
    assert!(read("Containerfile").contains(&format!("FROM rust:{promised}-")));
    assert!(read("README.md").contains(&format!("Rust {promised} ")));
    for workflow in ["release", "ci"] {
        let script = read(&format!(".github/workflows/{workflow}.yml"));
        let line = script.lines().map(str::trim).find(|it| it.starts_with("rust=$(")).expect("it reads the version");
        let said = succeeds(Command::new("bash").args(["-c", &format!("{line}; echo \"$rust\"")]).current_dir(project()));
        assert_eq!(said.trim(), promised, "{workflow}");
    }
}
