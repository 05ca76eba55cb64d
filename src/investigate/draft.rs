//! Drafts a first rule and its tests from a bundle.

use std::path::{Path, PathBuf};

use super::error::{DraftError, Error};
use super::{Rules, base_bundle, save, schemas, write};
use crate::engine::FileText;
use crate::engine::authoring::draft_rule::draft;
use crate::engine::authoring::draft_test::test_file;
use crate::engine::authoring::minimize::minimize;
use crate::engine::authoring::rule_test;
use crate::evidence::Bundle;

/// What to call a draft, and where to write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOptions {
    /// Slug of the rule [default: made from what diverged].
    pub slug: Option<String>,
    /// The folder to write to: the present one by default.
    pub folder: PathBuf,
}

impl DraftOptions {
    /// The usual folder: the present one.
    pub const FOLDER: &str = ".";
}

impl Default for DraftOptions {
    fn default() -> Self {
        Self { slug: None, folder: Self::FOLDER.into() }
    }
}

/// A draft that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// The rule, its tests, and the bundle that they start from.
    pub files: [PathBuf; 3],
    /// How many cases the tests have; all of them pass.
    pub cases: usize,
    /// Rules that explain already what the draft claims; none where something is unexplained.
    pub explained_by: Vec<String>,
}

/// Writes a rule for the first divergence that no known rule explains, with its tests. It loads and passes before any edit.
///
/// # Errors
/// When nothing diverged, the slug cannot be used, or a file is there already: nothing is written then. Also when the folder cannot be
/// written to; what was written before that is named by no error and can stay, but for the rule, which is written after all that it needs.
pub fn draft_rule(bundle: &Bundle, rules: &Rules, options: &DraftOptions) -> Result<Drafted, Error> {
    let draft = draft(bundle, &rules.catalog, options.slug.as_deref()).map_err(DraftError::from)?;
    let folder = options.folder.as_path();
    let path = |ending: &str| folder.join(format!("{}.{ending}", draft.slug));
    let (rule_path, test_path, base_path) = (path("yaml"), path("test.yaml"), path("base.json.zst"));
    if let Some(path) = [&rule_path, &test_path, &base_path].into_iter().find(|it| it.exists()) {
        return Err(DraftError::Exists { path: path.display().to_string() }.into());
    }
    let rule_text = FileText::new(rule_path.display().to_string(), &draft.rule);
    let with_draft = Rules::from_packs(rules.packs.iter().cloned().chain([vec![rule_text]]).collect())?;
    let catalog = &with_draft.catalog;
    let rule = catalog.rules.get(&draft.slug).ok_or(DraftError::Lost)?;
    let base = minimize(bundle, rule, &catalog.interpreter)?;
    let elsewhere: Vec<_> =
        base_bundle::scenarios().into_iter().filter_map(|it| Some((it, base_bundle::simulated(it, 1).ok()?.0))).collect();
    let base_name = base_path.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let test = test_file(rule, &base, &base_name, &elsewhere, &catalog.interpreter);
    let test_text = FileText::new(test_path.display().to_string(), &test);
    let simulated = base_bundle::base_fetcher(&test_text);
    let base_of = |wanted: &rule_test::Base| match wanted {
        rule_test::Base::Bundle(_) => Ok(base.clone()),
        rule_test::Base::Simulate { .. } => simulated(wanted),
    };
    let results = rule_test::run(&test_text, catalog, &base_of).map_err(Error::Wrong)?;
    let failures: Vec<String> =
        results.iter().filter(|it| !it.failures.is_empty()).map(|it| format!("{}: {}", it.name, it.failures.join("; "))).collect();
    if !failures.is_empty() {
        return Err(DraftError::Unsound { failures: failures.join("; ") }.into());
    }
    write_schemas(folder)?;
    save(&base, &base_path)?;
    write(&rule_path, draft.rule.as_bytes())?;
    write(&test_path, test.as_bytes())?;
    Ok(Drafted { files: [rule_path, test_path, base_path], cases: results.len(), explained_by: draft.explained_by })
}

/// The schemas that the first line of each file names, so that an editor completes and checks it.
fn write_schemas(folder: &Path) -> Result<(), Error> {
    let folder = folder.join("schemas");
    std::fs::create_dir_all(&folder).map_err(|source| DraftError::Folder { path: folder.display().to_string(), source })?;
    for (name, body) in schemas::schemas().into_iter().filter(|(name, _)| name.starts_with("rule")) {
        let path = folder.join(format!("{name}.schema.json"));
        write(&path, schemas::printed(&body).as_bytes())?;
    }
    Ok(())
}
