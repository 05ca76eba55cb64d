//! All rules in short, for programs.

use serde_json::{Value, json};

use crate::engine::language::catalog::Catalog;
use crate::engine::language::value::word;

/// The rules by slug: a JSON list of objects.
#[must_use]
pub(crate) fn json(catalog: &Catalog) -> String {
    let one = |rule: &crate::engine::language::compiled::Rule| {
        let file = &rule.file;
        json!({
            "slug": file.slug.value,
            "id": file.id.value,
            "replaces": file.replaces.as_ref().map(|it| &it.value),
            "title": file.title,
            "status": word(&file.status),
            "severity": word(&file.severity),
            "category": word(&file.category),
            "explains": word(&file.explains),
            "owner": file.owner,
        })
    };
    let mut text = serde_json::to_string_pretty(&Value::Array(catalog.rules.values().map(one).collect())).unwrap_or_default();
    text.push('\n');
    text
}
