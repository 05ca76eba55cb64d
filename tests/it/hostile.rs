//! Input from other people: whatever it holds, the answer is a diagnosis or an error, in bounded time, and never a panic.

use proptest::prelude::*;
use whysync::engine::{Catalog, FileText};
use whysync::evidence::logs;
use whysync::evidence::sources::SOURCES;
use whysync::facts::LogIndex;

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_takes_any_text(text in "(\\PC|\n){0,400}") {
        for reader in SOURCES.iter().flat_map(|it| it.source.reads) {
            let _ = reader.refusal(&text);
        }
        let records = LogIndex::new(&logs::parse_text(&text)).records;
        prop_assert!(records.len() <= text.lines().count());
    }

    #[test]
    fn any_rule_text_is_a_rule_or_a_list_of_problems(text in "(\\PC|\n|: |- ){0,300}") {
        if let Err(problems) = Catalog::new(&[vec![FileText::new("x.yaml", text)]]) {
            prop_assert!(!problems.is_empty());
        }
    }
}

/// Bundles of the simulator, damaged.
mod damaged {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use whysync::collect::store::load_from;
    use whysync::engine::{Catalog, Trial, diagnose};
    use whysync::render::{Colour, Detail, FORMATS, Options, write};

    static CATALOG: LazyLock<Catalog> =
        LazyLock::new(|| Catalog::new(&[whysync::engine::language::catalog::builtin()]).expect("the rules of this build"));

    /// Diagnoses whatever loads, and writes it in every format.
    fn survive(bytes: &[u8]) {
        let Ok(bundle) = load_from(bytes, "hostile") else { return };
        let diagnosis = diagnose(&bundle, &CATALOG, Trial::WithExperimental);
        for format in FORMATS {
            let text = write(format, &diagnosis, &Options { width: 80, colour: Colour::Plain, detail: Detail::Full });
            assert!(!text.contains('\u{1b}'), "{}: a raw escape came out", format.name);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_bundle_with_any_damage_is_refused_or_diagnosed(
            scenario in 0..whysync::simulate::SCENARIOS.len(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let described = whysync::simulate::SCENARIOS.get(scenario).expect("a scenario");
            let mut bytes = serde_json::to_vec(&whysync::simulate::simulate(described.scenario, 2).bundle).expect("JSON");
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            if let Some(cut) = cut {
                let length = cut.index(bytes.len());
                bytes.truncate(length);
            }
            survive(&bytes);
        }

        #[test]
        fn any_text_in_any_place_is_shown_and_never_executed(text in "[\\x00-\\x1f\u{202e}\u{2066}<>&\"'`a-z0-9 =:]{1,80}", scenario in 0..whysync::simulate::SCENARIOS.len()) {
            let described = whysync::simulate::SCENARIOS.get(scenario).expect("a scenario");
            let mut document = serde_json::to_value(whysync::simulate::simulate(described.scenario, 2).bundle).expect("JSON");
            let mut open = vec![&mut document];
            while let Some(value) = open.pop() {
                match value {
                    serde_json::Value::Object(fields) => {
                        for (name, field) in fields {
                            if ["text", "trigger_reason", "reason", "revert_error", "response", "namespace", "image"].contains(&name.as_str()) && field.is_string() {
                                *field = format!("{}{text}", field.as_str().unwrap_or_default()).into();
                            } else {
                                open.push(field);
                            }
                        }
                    }
                    serde_json::Value::Array(items) => open.extend(items),
                    _ => {}
                }
            }
            survive(document.to_string().as_bytes());
        }
    }
}
