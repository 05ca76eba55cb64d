//! The front door of the library: what a program of one's own calls.

use std::path::{Path, PathBuf};

use whysync::investigate::{self, DiagnosisOptions, Error, FileText, Focus, Input, RuleFolderError, RuleSet, Rules};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bundles/alchemy-429-l1-handler-drop.json.zst")
}

#[test]
fn evidence_from_memory_is_that_of_the_file_and_a_focus_narrows_both() {
    let focus = Focus { incident: None, block: Some(7), namespace: Some("echonet-elsewhere".to_owned()) };
    let bytes = std::fs::read(example()).expect("the example");
    for focus in [Focus::default(), focus] {
        let of_file = investigate::read(&Input::named(&example()), &focus).expect("a bundle").bundle;
        let of_memory = investigate::read_from(bytes.as_slice(), "memory", &focus).expect("a bundle").bundle;
        assert!(of_file == of_memory);
        assert!(focus.block.is_none() || of_file.incident.block == focus.block);
        assert!(focus.namespace.is_none() || of_file.incident.namespace == focus.namespace);
    }
}

#[test]
fn what_was_saved_is_read_again_and_explained_rule_by_rule() {
    let rules = Rules::builtin().expect("the rules of this build");
    let bundle = investigate::load(&Input::named(&example())).expect("a bundle");
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("again.json");
    investigate::save(&bundle, &path).expect("it is written");
    assert!(investigate::load(&Input::named(&path)).expect("a bundle") == bundle);

    let diagnosis = investigate::diagnose(&bundle, &rules, &DiagnosisOptions::default());
    let cause = &diagnosis.findings.first().expect("a finding").rule;
    let explanation = investigate::explain(&bundle, &rules, cause).expect("a rule");
    assert_eq!(explanation.truth(), whysync::findings::Ternary::True, "{cause}");
    let closest = investigate::why_not(&bundle, &rules);
    assert_eq!(closest.approaches.len(), rules.catalog().rules.len() * explanation.episodes.len());
    let same = investigate::compare(&diagnosis, &diagnosis);
    assert_eq!(same.likeness, whysync::findings::Likeness::Same, "{}", same.because);
}

#[test]
fn what_cannot_be_done_is_an_error_that_names_it() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let nowhere = folder.path().join("nowhere");
    let rules = Rules::builtin().expect("the rules of this build");
    let bundle = investigate::load(&Input::named(&example())).expect("a bundle");
    let diagnosis = investigate::diagnose(&bundle, &rules, &DiagnosisOptions::default());

    let no_folder = Rules::load(&RuleSet { folders: vec![nowhere.clone()] }).err().expect("no folder");
    assert!(matches!(&no_folder, Error::RuleFolder(RuleFolderError::Unreadable { path, .. }) if Path::new(path) == nowhere), "{no_folder}");
    let wrong = Rules::from_packs(vec![vec![FileText::new("mine.yaml", "schema: nothing\n")]]).err().expect("no rule");
    assert!(matches!(&wrong, Error::Wrong(problems) if problems.iter().any(|it| it.file == "mine.yaml")), "{wrong}");
    let misspelt = rules.rule("alchemy-429-l1-handler-dorp").expect_err("no such rule");
    assert!(misspelt.to_string().contains("`alchemy-429-l1-handler-drop`"), "{misspelt}");
    let no_bundle = investigate::read_from(b"{\"schema\":".as_slice(), "what I have", &Focus::default()).expect_err("no bundle");
    assert!(matches!(no_bundle, Error::Bundle(_)) && no_bundle.to_string().contains("what I have"), "{no_bundle}");
    let nothing = investigate::read_from(b"{}".as_slice(), "what I have", &Focus::default()).expect_err("no evidence");
    assert!(nothing.to_string().contains("what I have is evidence: what I have is an empty JSON object"), "{nothing}");
    let no_answers = investigate::import(&[Input::named(folder.path())], &Focus::default()).expect_err("an empty folder");
    assert!(matches!(no_answers, Error::Folder(_)), "{no_answers}");
    let no_episode = investigate::compare_episodes(&diagnosis, [1, 99]).expect_err("no such episode");
    assert!(matches!(&no_episode, Error::NoEpisode { name, known } if name == "99" && !known.is_empty()), "{no_episode}");
    let no_clone = investigate::open_clone(&nowhere).expect_err("no clone");
    assert!(matches!(no_clone, Error::Clone(_)) && no_clone.to_string().contains("nowhere"), "{no_clone}");
}

#[test]
fn what_can_hold_keys_is_named_and_not_opened() {
    let folder = tempfile::TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("feeder_keys.json"), "{}").expect("a file");
    let given = [Input::named(folder.path())];
    let nothing = investigate::import(&given, &Focus::default()).expect_err("nothing else").to_string();
    assert!(nothing.contains("feeder_keys.json was refused (names that end in `keys.json` are never opened)"), "{nothing}");
    std::fs::write(folder.path().join("version.txt"), "0.14.3\n").expect("a file");
    let evidence = investigate::import(&given, &Focus::default()).expect("a folder");
    let files = evidence.files.expect("an account");
    assert_eq!(evidence.bundle.files.as_ref(), Some(&files));
    let names: Vec<&str> = files.refused.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(names, ["feeder_keys.json"]);
    assert_eq!(files.words(), "read 1 of 2 files; refused: feeder_keys.json (names that end in `keys.json` are never opened)");
}
