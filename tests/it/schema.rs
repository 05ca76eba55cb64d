//! The schemas in `evidence-schemas/` are those of the code. `UPDATE=1 cargo test schema` writes them again.

use std::path::PathBuf;

use whysync::investigate::schemas::{printed, schemas};

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("evidence-schemas").join(format!("{name}.schema.json"))
}

#[test]
fn the_schemas_on_disk_are_those_of_the_code() {
    for (name, schema) in schemas() {
        let expected = printed(&schema);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(file(name), &expected).expect("the schema can be written");
        }
        let found = std::fs::read_to_string(file(name)).unwrap_or_default();
        assert!(found == expected, "{name}: the schema has drifted; run `UPDATE=1 cargo test schema` and read the difference");
    }
}

#[test]
fn no_schema_lies_about_without_a_document() {
    let known: Vec<PathBuf> = schemas().iter().map(|(name, _)| file(name)).collect();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("evidence-schemas");
    for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
        assert!(known.contains(&entry.path()), "{} has no document", entry.path().display());
    }
}

#[test]
fn everything_in_a_schema_is_described() {
    for (name, schema) in schemas().iter().filter(|(name, _)| *name != "diagnosis") {
        let mut open = vec![(String::from(*name), schema)];
        while let Some((path, node)) = open.pop() {
            if let Some(properties) = node.get("properties").and_then(|it| it.as_object()) {
                for (field, property) in properties {
                    let variant = properties.len() == 1 && node.get("description").is_some();
                    let described = variant || property.get("description").is_some() || property.get("$ref").is_some();
                    assert!(described, "{path}.{field} has no description");
                }
            }
            match node {
                serde_json::Value::Object(fields) => open.extend(fields.iter().map(|(field, it)| (format!("{path}/{field}"), it))),
                serde_json::Value::Array(items) => open.extend(items.iter().map(|it| (format!("{path}/*"), it))),
                _ => {}
            }
        }
    }
}

#[test]
fn every_rule_and_test_file_of_this_build_follows_its_schema() {
    use whysync::engine::language::catalog::{builtin, builtin_tests};

    for (name, files) in [("rule", builtin()), ("rule-test", builtin_tests())] {
        let (_, schema) = schemas().into_iter().find(|(it, _)| *it == name).expect("a schema");
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        assert!(files.len() > 50);
        for file in files {
            let document: serde_json::Value = serde_saphyr::from_str(file.body()).unwrap_or_else(|err| panic!("{}: {err}", file.name()));
            let errors: Vec<String> = validator.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.name());
        }
    }
}

#[test]
fn simulated_bundles_and_their_diagnoses_follow_their_schemas() {
    use whysync::engine::{Trial, diagnose};
    use whysync::render::{Colour, Detail, Options, named, write};
    use whysync::simulate::{SCENARIOS, simulate};

    let schema = |wanted: &str| {
        let (_, schema) = schemas().into_iter().find(|(name, _)| *name == wanted).expect("a schema");
        jsonschema::validator_for(&schema).expect("a valid schema")
    };
    let (bundle_schema, diagnosis_schema) = (schema("bundle"), schema("diagnosis"));
    let catalog = crate::simulated::catalog();
    for described in SCENARIOS {
        let bundle = simulate(described.scenario, 5).bundle;
        let document = serde_json::to_value(&bundle).expect("JSON");
        let errors: Vec<String> = bundle_schema.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", described.name);
        let diagnosis = diagnose(&bundle, &catalog, Trial::StableOnly);
        let options = Options { width: 80, colour: Colour::Plain, detail: Detail::Full };
        let text = write(named("json").expect("a format"), &diagnosis, &options);
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<String> = diagnosis_schema.iter_errors(&document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", described.name);
    }
}
