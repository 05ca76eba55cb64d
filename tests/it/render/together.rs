//! What several findings prove and dispute together, in every format for people.

use whysync::findings::{Ground, JointProof, Proof, Rival, Rivalry};
use whysync::render::{Colour, Detail, Options, named, write};

use super::{fixtures, formats_but};

pub(crate) fn joint_proof(rules: [&str; 2], proof: Proof) -> JointProof {
    JointProof { episode: 1, rules: rules.map(str::to_owned).to_vec(), proof }
}

/// The first rests on a clause of its own, the other on nothing else.
pub(crate) fn rivalry(rules: [&str; 2], item: &str, because: &str) -> Rivalry {
    let ground = Ground { clause: "only_vm_frames".to_owned(), because: because.to_owned() };
    let [one, other] = rules.map(str::to_owned);
    Rivalry {
        episode: 1,
        items: vec![item.to_owned()],
        rivals: [Rival { rule: one, rests_on: vec![ground] }, Rival { rule: other, rests_on: Vec::new() }],
    }
}

/// The part that follows a title, words with one blank between them; code without its marks.
fn part(format: &str, from: &str, to: &str) -> String {
    let options = Options { width: 200, colour: Colour::Plain, detail: Detail::Short };
    let whole = write(named(format).expect("a format"), &fixtures::together(), &options);
    let whole = whole.replace('`', "").replace("<code>", "").replace("</code>", "");
    let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
    let start = whole.rfind(from).unwrap_or_else(|| panic!("{format} lacks `{from}`"));
    let rest = &whole[start..];
    let end = rest.find(to).unwrap_or_else(|| panic!("{format} lacks `{to}` after `{from}`"));
    rest[..end].to_owned()
}

const PROVED: &str = "Extent proved together";
const RIVALS: &str = "Rivals: only one of two can be the cause";

#[test]
fn a_joint_proof_names_its_rules_and_shows_what_was_hashed_again() {
    for format in formats_but(&["json", "sarif", "junit", "slack"]).map(|it| it.name) {
        let proof = part(format, PROVED, RIVALS);
        for words in [
            "native-casm-revert-trace and alchemy-429-l1-handler-drop",
            "our block, hashed again with only this undone",
            "take mainnet revert reason; insert missing transactions",
            "receipt_commitment",
            "0xc9bdc20964bfac9bdadb47480a08239c637176e3b28d5223d6c7c4d2107f4f",
        ] {
            assert!(proof.to_lowercase().contains(words), "{format} does not tell `{words}`: {proof}");
        }
    }
    let slack = part("slack", PROVED, RIVALS);
    assert!(slack.contains("native-casm-revert-trace and alchemy-429-l1-handler-drop: undoing only these"), "{slack}");
}

#[test]
fn rivals_are_named_with_what_each_alone_rests_on() {
    for format in formats_but(&["json", "sarif", "junit", "slack"]).map(|it| it.name) {
        let rivals = part(format, RIVALS, "Unexplained").to_lowercase();
        for words in [
            "native-casm-revert-trace and stack-trace-worded-otherwise",
            "both claim 9850922/revert_reason/0x",
            "only native-casm-revert-trace rests on: ",
            "only_vm_frames (1 of 1 revert texts differ by vm_frames_only)",
            "only stack-trace-worded-otherwise rests on: nothing else",
        ] {
            assert!(rivals.contains(words), "{format} does not tell `{words}`: {rivals}");
        }
    }
    let slack = part("slack", RIVALS, "Unexplained");
    assert!(slack.contains("native-casm-revert-trace and stack-trace-worded-otherwise"), "{slack}");
}

#[test]
fn machines_are_told_of_joint_proofs_and_rivals() {
    let options = Options { width: 80, colour: Colour::Plain, detail: Detail::Short };
    let sarif: serde_json::Value =
        serde_json::from_str(&write(named("sarif").expect("sarif"), &fixtures::together(), &options)).expect("JSON");
    let [native, lost] = [0, 1].map(|it| &sarif["runs"][0]["results"][it]);
    let message = native["message"]["text"].as_str().expect("a message");
    assert!(message.contains("native-casm-revert-trace and alchemy-429-l1-handler-drop: undoing only these gives"), "{message}");
    assert!(message.contains("only stack-trace-worded-otherwise rests on: nothing else"), "{message}");
    assert_eq!(native["properties"]["rivals"], serde_json::json!(["stack-trace-worded-otherwise"]));
    assert_eq!(lost["properties"]["provedTogetherWith"][0].as_array().map(Vec::len), Some(2));
    assert_eq!(lost["properties"]["rivals"], serde_json::json!([]), "nobody disputes this one");

    let junit = write(named("junit").expect("junit"), &fixtures::together(), &options);
    assert!(
        junit.contains("name=\"native-casm-revert-trace and alchemy-429-l1-handler-drop\" classname=\"Extent proved together\""),
        "{junit}"
    );
    assert!(junit.contains("<skipped message=\"Rivals: only one of two can be the cause\" type=\"rivals\">"), "{junit}");
}

#[test]
fn a_joint_proof_names_its_episode_where_there_are_several() {
    let mut diagnosis = fixtures::together();
    let mut second = diagnosis.episodes[0].clone();
    second.number = 2;
    diagnosis.episodes.push(second);
    let options = Options { width: 200, colour: Colour::Plain, detail: Detail::Short };
    for format in formats_but(&["json", "sarif", "junit"]).map(|it| it.name) {
        let whole =
            write(named(format).expect("a format"), &diagnosis, &options).replace('`', "").replace("<code>", "").replace("</code>", "");
        assert!(whole.contains("native-casm-revert-trace and alchemy-429-l1-handler-drop, episode 1"), "{format}: {whole}");
    }
}

#[test]
fn what_nothing_proves_or_disputes_together_has_no_section() {
    let options = Options { width: 80, colour: Colour::Plain, detail: Detail::Full };
    for format in formats_but(&["json", "sarif", "junit"]).map(|it| it.name) {
        let whole = write(named(format).expect("a format"), &fixtures::explained(), &options);
        assert!(!whole.contains(PROVED) && !whole.contains("Rivals"), "{format}");
    }
}
