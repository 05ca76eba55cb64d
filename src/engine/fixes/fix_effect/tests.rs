use std::collections::BTreeMap;

use super::effective;
use crate::engine::language::fix_condition::read;
use crate::evidence::pods::{Component, Container, Pod};
use crate::evidence::{Bundle, BundleSchema, Deployment, EchonetPages, Extent, Gathered, Incident, Logs, Missing, Origin, Provenance};
use crate::findings::Effectiveness;

fn source() -> Provenance {
    Provenance { asked: String::new(), at: None, took_ms: None, bytes: 0, sha256: String::new() }
}

/// A bundle in which these containers run and these settings hold.
fn bundle(containers: &[&str], settings: Option<&[(&str, &str)]>) -> Bundle {
    let container = |it: &&str| Container {
        name: (*it).to_owned(),
        image: "o/sequencer:x".to_owned(),
        image_id: String::new(),
        restarts: 0,
        last_termination: None,
        waiting: None,
    };
    let pod = Pod {
        name: "p".to_owned(),
        namespace: "n".to_owned(),
        component: Component::Sequencer,
        phase: String::new(),
        started_at: None,
        containers: containers.iter().map(container).collect(),
        source_config_map: None,
    };
    let settings =
        settings.map(|all| all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<BTreeMap<_, _>>());
    Bundle {
        schema: BundleSchema::V1,
        incident: Incident { namespace: None, block: None, observed_until: None, origin: Origin::Imported },
        report: Gathered::NotAsked,
        echonet: EchonetPages::default(),
        episodes: Vec::new(),
        theirs: BTreeMap::new(),
        after_resync: BTreeMap::new(),
        logs: Logs { echonet: Gathered::NotAsked, sequencer: Gathered::NotAsked },
        deployment: Deployment {
            pods: Gathered::observed(vec![pod], source()),
            node_settings: settings.map(|it| Gathered::observed(it, source())).unwrap_or_default(),
            ..Deployment::default()
        },
        lineage: Gathered::NotAsked,
        set_aside: Vec::new(),
        ambiguous: Vec::new(),
        collection: None,
        files: None,
    }
}

/// What is expected: the kind, and words of the reason.
#[derive(Debug, Clone, Copy)]
enum ExpectedEffect {
    Yes,
    No(&'static str),
    Unknown(&'static str),
}

fn check(case: &str, found: &Effectiveness, expected: ExpectedEffect) {
    match (found, expected) {
        (Effectiveness::Yes, ExpectedEffect::Yes) => {}
        (Effectiveness::No(why), ExpectedEffect::No(words)) | (Effectiveness::Unknown(why), ExpectedEffect::Unknown(words))
            if why.contains(words) => {}
        _ => panic!("{case}: {found:?} instead of {expected:?}"),
    }
}

#[test]
fn a_condition_on_the_version_is_held_against_the_diverging_block() {
    let bundle = bundle(&[], None);
    let cases = [
        ("starknet_version >= 0.14.3", Some("0.14.3"), ExpectedEffect::Yes),
        ("starknet_version >= 0.14.3", Some("0.13.10"), ExpectedEffect::No("it acts from protocol 0.14.3 on; this block is 0.13.10")),
        ("starknet_version >= 0.14.3", Some("soon"), ExpectedEffect::Unknown("`soon`")),
        ("starknet_version >= 0.14.3", None, ExpectedEffect::Unknown("was not seen")),
        ("starknet_version < 0.14.3 and starknet_version != 0.14.1", Some("0.14.1"), ExpectedEffect::No("!= 0.14.1")),
    ];
    for (when, version, expected) in cases {
        check(when, &effective(Some(when), &bundle, version), expected);
    }
    check("no condition", &effective(None, &bundle, None), ExpectedEffect::Yes);
}

#[test]
fn a_condition_on_the_layout_is_held_against_the_containers_that_run() {
    let when = "layout == consolidated";
    let cases: [(&[&str], ExpectedEffect); 6] = [
        (&["sequencer-node"], ExpectedEffect::Yes),
        (&["sequencer-core", "sequencer-gateway", "sequencer-mempool"], ExpectedEffect::No("the node's layout is hybrid")),
        (&["sequencer-batcher", "sequencer-gateway"], ExpectedEffect::No("the node's layout is distributed")),
        (&["sequencer-gateway"], ExpectedEffect::Unknown("layout is not known")),
        (&["sequencer-node", "sequencer-core"], ExpectedEffect::Unknown("side by side")),
        (&[], ExpectedEffect::Unknown("no container of the sequencer was seen")),
    ];
    for (containers, expected) in cases {
        check(&format!("{containers:?}"), &effective(Some(when), &bundle(containers, None), None), expected);
    }
    let mut partial = bundle(&["sequencer-node"], None);
    if let Gathered::Observed(pods) = &mut partial.deployment.pods {
        pods.coverage.extent = Extent::Partial("the list broke off".to_owned());
    }
    check("partial", &effective(Some(when), &partial, None), ExpectedEffect::Unknown("the list broke off"));
}

#[test]
fn a_condition_on_a_setting_is_unknown_unless_the_bundle_states_it() {
    let when = "node.behavior_mode == echonet";
    type Settings = &'static [(&'static str, &'static str)];
    let cases: [(Option<Settings>, ExpectedEffect); 6] = [
        (Some(&[("gateway_config.behavior_mode", "Echonet")]), ExpectedEffect::Yes),
        (Some(&[("behavior_mode", "starknet")]), ExpectedEffect::No("behavior_mode is starknet")),
        (Some(&[("a.behavior_mode", "echonet"), ("b.behavior_mode", "starknet")]), ExpectedEffect::Unknown("parts of the node differ")),
        // A name that only ends alike is another setting.
        (Some(&[("not_behavior_mode", "echonet")]), ExpectedEffect::Unknown("does not set it")),
        (Some(&[]), ExpectedEffect::Unknown("does not set it")),
        (None, ExpectedEffect::Unknown("no node settings")),
    ];
    for (settings, expected) in cases {
        check(&format!("{settings:?}"), &effective(Some(when), &bundle(&[], settings), None), expected);
    }
    let mut failed = bundle(&[], Some(&[]));
    failed.deployment.node_settings = Gathered::Failed(Missing::new(String::new(), "forbidden"));
    check("failed", &effective(Some(when), &failed, None), ExpectedEffect::Unknown("forbidden"));
}

#[test]
fn of_several_conditions_one_that_fails_decides_and_one_that_is_unknown_leaves_doubt() {
    let when = "layout == consolidated and node.behavior_mode == echonet";
    let hybrid = ["sequencer-core"];
    check("one fails", &effective(Some(when), &bundle(&hybrid, None), None), ExpectedEffect::No("the node's layout is hybrid"));
    check("one unknown", &effective(Some(when), &bundle(&["sequencer-node"], None), None), ExpectedEffect::Unknown("behavior_mode"));
    let both = bundle(&["sequencer-node"], Some(&[("behavior_mode", "echonet")]));
    check("both hold", &effective(Some(when), &both, None), ExpectedEffect::Yes);
}

#[test]
fn what_is_no_condition_is_refused() {
    for text in
        ["", "x", "layout >= hybrid", "layout == elsewhere", "node.secret_key == 1", "starknet_version ~ 1", "layout == hybrid or x"]
    {
        assert_eq!(read(text), None, "{text}");
    }
    assert_eq!(read("starknet_version >= 0.14.3 and layout == consolidated").map(|it| it.len()), Some(2));
}
