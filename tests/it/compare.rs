//! Whether two diagnoses are told alike, and that both forms say it.

use serde_json::Value;
use whysync::findings::{Diagnosis, Likeness, compare};
use whysync::render::comparison::{json, schema, text};

use super::render::fixtures;

fn fixture(name: &str) -> Diagnosis {
    fixtures::all().into_iter().find(|(it, _)| *it == name).expect("a fixture").1
}

#[test]
fn likeness_follows_from_rules_and_the_name_of_what_is_unexplained() {
    let cases = [
        ("explained", "explained", Likeness::Same, "the same rules"),
        ("novel", "novel", Likeness::Same, "what is left unexplained is the same"),
        ("explained", "partly-explained", Likeness::Related, "both are explained by native-casm-revert-trace"),
        ("partly-explained", "novel", Likeness::Related, "what is unexplained has the same fingerprint"),
        (
            "explained",
            "inconclusive",
            Likeness::Related,
            "in both 0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee2 is a cause",
        ),
        ("explained", "novel", Likeness::Different, "share no rule"),
        ("explained", "no-divergence", Likeness::Unknown, "no cause"),
        ("nothing-known", "nothing-known", Likeness::Unknown, "no cause"),
    ];
    for (first, second, likeness, because) in cases {
        let compared = compare(&fixture(first), &fixture(second));
        assert_eq!(compared.likeness, likeness, "{first} and {second}: {}", compared.because);
        assert!(compared.because.contains(because), "{first} and {second}: {}", compared.because);
    }
}

#[test]
fn heights_and_hashes_do_not_make_kinds_differ() {
    let mut other = fixture("novel");
    for divergence in &mut other.episodes[0].divergences {
        divergence.block += 7;
        divergence.subject = divergence.subject.replace("0x25ee", "0x99ee");
    }
    assert_eq!(compare(&fixture("novel"), &other).likeness, Likeness::Same);
}

#[test]
fn an_episode_is_compared_alone() {
    let whole = fixture("inconclusive");
    let (first, second) = (whole.of_episode(1).expect("one"), whole.of_episode(2).expect("two"));
    assert_eq!((first.unexplained.len(), second.unexplained.len()), (1, 0));
    assert_eq!(whole.of_episode(3), None);
}

#[test]
fn both_forms_are_bounded_or_whole_and_never_act() {
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for (name, diagnosis) in fixtures::all() {
        let compared = compare(&diagnosis, &fixture("novel"));
        let words = text(&compared, [name, "\u{1b}[2J"]);
        assert!(words.chars().count() < 40_000 && !words.contains('\u{1b}') && !words.contains('\u{202e}'), "{name}");
        let value: Value = serde_json::from_str(&json(&compared)).expect("JSON");
        assert!(validator.is_valid(&value), "{name}: {value}");
        assert_eq!(value["aspects"].as_array().map(Vec::len), Some(compared.aspects.len()));
    }
}
