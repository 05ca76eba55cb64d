//! A collection by the front door of the library: told as it goes, and the same as the command's.

use std::sync::{Arc, Mutex};

use whysync::investigate::progress::{Progress, ProgressEvent};
use whysync::investigate::{self, Purpose, Rules, Stop, Trial, Watching};

use super::incident;
use crate::rig::{Rig, World};

/// What was told, in words.
#[derive(Default)]
struct ToldWords(Mutex<Vec<String>>);

impl Progress for ToldWords {
    fn see(&self, event: ProgressEvent<'_>) {
        let word = match event {
            ProgressEvent::Began { namespace, .. } => format!("began in {namespace}"),
            ProgressEvent::Answered(source) => format!("{} answered", source.name()),
            ProgressEvent::Ended(end) => format!("ended {end:?}"),
            _ => return,
        };
        self.0.lock().expect("whole").push(word);
    }
}

#[test]
fn a_collection_of_the_library_is_that_of_the_command_and_is_told_from_beginning_to_end() {
    let bundle = incident("alchemy-429-l1-handler-drop");
    let namespace = bundle.incident.namespace.clone().expect("a namespace");
    let block = bundle.incident.block.expect("a block").to_string();
    let rig = Rig::start(World::from_bundle(&bundle), None);
    let output = rig.run(&["collect", "--namespace", &namespace, "--block", &block, "-o", "b.json", "--record", "kept"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));

    let rules = Rules::builtin().expect("the rules of this build");
    let told = Arc::new(ToldWords::default());
    let watching = Watching { progress: told.clone(), stop: Stop::default() };
    let purpose = Purpose { rules: &rules, tried: Trial::StableOnly, clone: None };
    let collected = investigate::replay(&rig.folder.path().join("kept"), purpose, &watching).expect("a recording");
    let mut bytes = Vec::new();
    investigate::encode(&collected.bundle, &mut bytes).expect("memory");
    assert!(bytes == std::fs::read(rig.folder.path().join("b.json")).expect("the command's bundle"));
    assert!(collected.unrecorded.is_none() && collected.no_lineage.is_none());

    let told = told.0.lock().expect("whole");
    assert_eq!(told.first(), Some(&format!("began in {namespace}")));
    assert_eq!(told.last(), Some(&"ended Finished".to_owned()));
    for source in progress_sources() {
        assert!(told.contains(&format!("{source} answered")), "nothing of {source} in {told:?}");
    }
}

fn progress_sources() -> impl Iterator<Item = &'static str> {
    investigate::progress::AskedHost::ALL.into_iter().map(|it| it.name())
}
