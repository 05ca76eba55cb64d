//! For every scenario, an investigation of the simulated deployment tells what the diagnosis of the simulator's bundle tells.

use std::sync::Mutex;

use whysync::engine::{Trial, diagnose};
use whysync::simulate::{SCENARIOS, simulate};

use super::{afterwards, assert_read_only, collected, told};
use crate::rig::{Rig, World};
use crate::simulated::catalog;

#[test]
fn an_investigation_tells_of_every_scenario_what_the_diagnosis_of_the_same_incident_tells() {
    let left = Mutex::new(SCENARIOS.iter().collect::<Vec<_>>());
    let catalog = catalog();
    let work = || {
        while let Some(described) = { left.lock().expect("no panic").pop() } {
            let bundle = simulate(described.scenario, 1).bundle;
            let rig = Rig::start(World::from_bundle(&bundle), None);
            let namespace = bundle.incident.namespace.clone().expect("a namespace");
            let block = bundle.incident.block.map(|it| it.to_string());
            let mut arguments = vec!["investigate", "--namespace", &namespace, "--bundle", "b.json", "--format", "json"];
            arguments.extend(block.as_ref().into_iter().flat_map(|it| ["--block", it]));
            let output = rig.run(&arguments);
            let words = format!("{}: {}", described.name, String::from_utf8_lossy(&output.stderr));
            let mut simulated = afterwards(bundle);
            if simulated.logs.sequencer.is_not_asked() {
                // The rig has no such lines, and says so.
                simulated.logs.sequencer = collected(&rig).logs.sequencer;
            }
            let expected = diagnose(&simulated, &catalog, Trial::StableOnly);
            assert_eq!(told(&diagnose(&collected(&rig), &catalog, Trial::StableOnly)), told(&expected), "{words}");
            // What the command itself printed.
            let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|err| panic!("{words}: {err}"));
            let rules: Vec<&str> = printed["findings"].as_array().expect("a list").iter().filter_map(|it| it["rule"].as_str()).collect();
            assert_eq!(rules, expected.findings.iter().map(|it| it.rule.as_str()).collect::<Vec<_>>(), "{words}");
            assert_eq!(printed["verdict"], serde_json::to_value(expected.verdict).expect("JSON"), "{words}");
            assert_read_only(&rig.asked());
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}
