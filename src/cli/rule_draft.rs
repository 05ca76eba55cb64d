//! `whysync rules new`

use std::path::Path;

use miette::Diagnostic;

use super::args::{EvidenceArguments, NewArguments};
use super::exit::Exit;
use super::{Failure, Outcome, base_bundle, import, rule_folder, schema};
use crate::collect::store;
use crate::engine::authoring::draft_rule::draft;
use crate::engine::authoring::draft_test::test_file;
use crate::engine::authoring::minimize::minimize;
use crate::engine::authoring::rule_test;
use crate::engine::{Catalog, Text};

/// A draft that does not pass its own test.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("the rule that was written does not pass its own test: {failures}")]
#[diagnostic(code(whysync::rules::draft), help("nothing was written; start from the tutorial in `book/src/writing-a-rule.md`"))]
struct Unsound {
    failures: String,
}

/// A file that is there already.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{path} is there already")]
#[diagnostic(code(whysync::rules::exists), help("give another --slug or another folder with -o"))]
struct Exists {
    path: String,
}

pub(super) fn run(arguments: &NewArguments) -> Outcome {
    let packs = rule_folder::rule_packs(&arguments.rules)?;
    let catalog = Catalog::new(&packs).map_err(Failure::all)?;
    let bundle = import::evidence(&EvidenceArguments { evidence: arguments.from.clone(), block: None, namespace: None })?;
    let draft = draft(&bundle, &catalog, arguments.slug.as_deref()).map_err(Failure::usage)?;
    let folder = arguments.output.as_path();
    let path = |ending: &str| folder.join(format!("{}.{ending}", draft.slug));
    let (rule_path, test_path, base_path) = (path("yaml"), path("test.yaml"), path("base.json.zst"));
    if let Some(path) = [&rule_path, &test_path, &base_path].into_iter().find(|it| it.exists()) {
        return Err(Failure::unusable(Exists { path: path.display().to_string() }));
    }
    let rule_text = Text::new(rule_path.display().to_string(), &draft.rule);
    let with_draft: Vec<Vec<Text>> = packs.into_iter().chain([vec![rule_text]]).collect();
    let catalog = Catalog::new(&with_draft).map_err(Failure::all)?;
    let Some(rule) = catalog.rules.get(&draft.slug) else { return Err(Failure::usage("the rule is not in its own pack")) };
    let base = minimize(&bundle, rule, &catalog.interpreter).map_err(Failure::usage)?;
    let elsewhere: Vec<_> =
        base_bundle::scenarios().into_iter().filter_map(|it| Some((it, base_bundle::simulated(it, 1).ok()?.0))).collect();
    let base_name = base_path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let test = test_file(rule, &base, &base_name, &elsewhere, &catalog.interpreter);
    let test_text = Text::new(test_path.display().to_string(), &test);
    let base_of = |wanted: &rule_test::Base| match wanted {
        rule_test::Base::Bundle(_) => Ok(base.clone()),
        rule_test::Base::Simulate { .. } => base_bundle::fetch(wanted, &test_text),
    };
    let results = rule_test::run(&test_text, &catalog, &base_of).map_err(Failure::all)?;
    let failures: Vec<String> =
        results.iter().filter(|it| !it.failures.is_empty()).map(|it| format!("{}: {}", it.name, it.failures.join("; "))).collect();
    if !failures.is_empty() {
        return Err(Failure::unusable(Unsound { failures: failures.join("; ") }));
    }
    write_schemas(folder)?;
    store::save(&base, &base_path).map_err(Failure::unusable)?;
    store::write(&rule_path, draft.rule.as_bytes()).map_err(Failure::unusable)?;
    store::write(&test_path, test.as_bytes()).map_err(Failure::unusable)?;
    for path in [rule_path, test_path, base_path] {
        eprintln!("wrote {}", path.display());
    }
    eprintln!("{} cases pass; next: `whysync rules test --rules {} --coverage --mutate`", results.len(), folder.display());
    Ok(Exit::Success)
}

/// The schemas that the first line of each file names, so that an editor completes and checks it.
fn write_schemas(folder: &Path) -> Result<(), Failure> {
    let schemas = folder.join("schemas");
    std::fs::create_dir_all(&schemas).map_err(|err| Failure::usage(format!("{} cannot be made: {err}", schemas.display())))?;
    for (name, body) in schema::schemas().into_iter().filter(|(name, _)| name.starts_with("rule")) {
        let path = schemas.join(format!("{name}.schema.json"));
        store::write(&path, schema::printed(&body).as_bytes()).map_err(Failure::unusable)?;
    }
    Ok(())
}
