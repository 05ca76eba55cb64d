//! Every field, operator and function of rule and test files, written from where they are defined.

use schemars::schema_for;
use serde_json::Value;

use crate::engine::authoring::rule_test::TestFile;
use crate::engine::language::check::Check;
use crate::engine::language::rule::RuleFile;
use crate::engine::language::{path, script};

/// The page of the book.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# The language of rules\n\nWritten from the types that read the files; `whysync schema rule` and `whysync schema rule-test` print the \
         same as JSON Schema. A field with a star must be there.\n",
    );
    let mut described: Vec<String> = Vec::new();
    for (title, schema) in [("Rule files", schema_for!(RuleFile).to_value()), ("Test files", schema_for!(TestFile).to_value())] {
        page.push_str(&format!("\n## {title}\n\n{}\n", text(&schema)));
        page.push_str(&body(&schema));
        let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
        for (name, definition) in definitions.filter(|(name, _)| !described.contains(name)).collect::<Vec<_>>() {
            page.push_str(&format!("\n### {name}\n\n{}\n{}", text(definition), body(definition)));
            described.push(name.clone());
        }
    }
    page.push_str("\n## Functions\n\nIn a path:\n\n| function | gives |\n|---|---|\n");
    page.extend(path::FUNCTIONS.iter().map(|(call, gives)| format!("| `{call}` | {} |\n", cell(gives))));
    page.push_str("\nIn a `rhai` expression, beside `+ - * / %`, comparisons, `&&`, `||` and `!`:\n\n| function | gives |\n|---|---|\n");
    page.extend(script::FUNCTIONS.iter().map(|(call, gives)| format!("| `{call}` | {} |\n", cell(gives))));
    page.push_str(
        "\n## Checks\n\n`whysync rules check` tries all of these. An id never changes its meaning.\n\n| id | finds |\n|---|---|\n",
    );
    page.extend(Check::ALL.iter().map(|it| format!("| `{}` | {} |\n", it.id(), cell(it.summary()))));
    page
}

fn text(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().replace('<', "&lt;")
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|").replace('<', "&lt;")
}

/// The fields of an object, or the words of a closed list.
fn body(schema: &Value) -> String {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|it| it.iter().any(|it| it == name));
        let row = |(name, it): (&String, &Value)| {
            format!("| `{name}`{} | {} | {} |\n", if is_required(name) { " \\*" } else { "" }, cell(&kind(it)), cell(&text(it)))
        };
        return format!("\n| field | holds | meaning |\n|---|---|---|\n{}", properties.iter().map(row).collect::<String>());
    }
    let variants = ["oneOf", "anyOf"].iter().find_map(|it| schema.get(*it)).and_then(Value::as_array);
    let Some(variants) = variants else { return words(schema) };
    let row = |it: &Value| {
        let field = it.get("properties").and_then(Value::as_object).and_then(|it| it.iter().next());
        let name = match (it.get("const").and_then(Value::as_str), field) {
            (Some(word), _) => format!("`{word}`"),
            (None, Some((name, holds))) => format!("`{name}:` {}", kind(holds)),
            (None, None) => kind(it),
        };
        format!("| {} | {} |\n", cell(&name), cell(&text(it)))
    };
    format!("\n| one of | meaning |\n|---|---|\n{}", variants.iter().map(row).collect::<String>())
}

/// A closed list of words without meanings of their own.
fn words(schema: &Value) -> String {
    let list = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let list: Vec<String> = list.map(|it| format!("`{it}`")).collect();
    if list.is_empty() { String::new() } else { format!("\nOne of {}.\n", list.join(", ")) }
}

/// What a field holds, in words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|it| it.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(variants) = schema.get("anyOf").and_then(Value::as_array) {
        let kinds: Vec<String> = variants.iter().filter(|it| it.get("type").and_then(Value::as_str) != Some("null")).map(kind).collect();
        return kinds.join(" or ");
    }
    if let Some(word) = schema.get("const").and_then(Value::as_str) {
        return word.to_owned();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
    }
    if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
        return variants.iter().map(kind).collect::<Vec<_>>().join(", or ");
    }
    if let Some(one) = schema.get("allOf").and_then(Value::as_array).and_then(|it| it.first()) {
        return kind(one);
    }
    let word = match schema.get("type") {
        Some(Value::String(it)) => it.as_str(),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).find(|it| *it != "null").unwrap_or_default(),
        _ => "",
    };
    match word {
        "array" => format!("list: {}", schema.get("items").map(kind).unwrap_or_default()),
        "object" => match schema.get("additionalProperties").filter(|it| it.is_object()) {
            Some(values) => format!("by name: {}", kind(values)),
            None => "object".to_owned(),
        },
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        _ => "anything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_clause_has_its_row() {
        let page = markdown();
        for field in ["each", "where", "within", "per", "before_next", "at_most", "cascade", "seconds_later", "captures", "`seconds:`"] {
            assert!(page.lines().any(|it| it.starts_with('|') && it.contains(field)), "{field}");
        }
        assert!(!page.contains("| anything |  |") && !page.contains("|  |\n"), "something has no meaning");
    }
}
