//! Problems in the formats that other tools read: JSON, SARIF, and GitHub's workflow commands.

use serde_json::{Value, json};

use super::check::Check;
use super::problem::{Problem, Weight};

/// Problems as JSON: a list of objects.
#[must_use]
pub(crate) fn json(problems: &[Problem]) -> String {
    let one = |it: &Problem| {
        json!({
            "check": it.check.id(),
            "severity": word(it.weight),
            "file": it.file,
            "line": it.line,
            "column": it.column,
            "message": it.message,
            "help": it.way_out(),
        })
    };
    printed(&Value::Array(problems.iter().map(one).collect()))
}

/// Problems as SARIF 2.1.0, which code scanning reads.
#[must_use]
pub(crate) fn sarif(problems: &[Problem]) -> String {
    let rules = Check::ALL.map(|it| json!({"id": it.id(), "shortDescription": {"text": it.summary()}}));
    let result = |it: &Problem| {
        json!({
            "ruleId": it.check.id(),
            "level": word(it.weight),
            "message": {"text": words(it)},
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": {"uri": it.file.replace('\\', "/")},
                    "region": {"startLine": it.line, "startColumn": it.column},
                },
            }],
        })
    };
    printed(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "whysync", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "results": problems.iter().map(result).collect::<Vec<Value>>(),
        }],
    }))
}

/// Problems as GitHub's workflow commands: one line each, which GitHub shows beside the line of the file.
#[must_use]
pub(crate) fn github(problems: &[Problem]) -> String {
    let property = |it: &str| data(it).replace(':', "%3A").replace(',', "%2C");
    let one = |it: &Problem| {
        // What is worth knowing is a note everywhere else.
        let command = if it.weight == Weight::Note { "notice" } else { word(it.weight) };
        format!(
            "::{command} file={},line={},col={},title={}::{}\n",
            property(&it.file),
            it.line,
            it.column,
            property(it.check.id()),
            data(&words(it))
        )
    };
    problems.iter().map(one).collect()
}

fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Note => "note",
        Weight::Warning => "warning",
        Weight::Error => "error",
    }
}

/// Text that cannot end a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn words(problem: &Problem) -> String {
    match problem.way_out() {
        Some(help) => format!("{}\n{help}", problem.message),
        None => problem.message.clone(),
    }
}

fn printed(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FileText;

    #[test]
    fn a_problem_cannot_break_out_of_a_workflow_command() {
        let problem = FileText::new("a,b:c\n::error::x", "x").whole("50 %\n::warning::y", Some("help".to_owned()));
        let text = github(&[problem]);
        assert_eq!(text, "::error file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ax,line=1,col=1,title=shape::50 %25%0A::warning::y%0Ahelp\n");
    }

    #[test]
    fn what_is_only_worth_knowing_is_no_error_in_any_format() {
        let problem = |weight| FileText::new("a", "x").whole("m", None).weighing(weight);
        for (weight, command, level) in
            [(Weight::Note, "::notice ", "note"), (Weight::Warning, "::warning ", "warning"), (Weight::Error, "::error ", "error")]
        {
            assert!(github(&[problem(weight)]).starts_with(command));
            let read = |text: String| -> Value { serde_json::from_str(&text).expect("JSON") };
            assert_eq!(read(sarif(&[problem(weight)]))["runs"][0]["results"][0]["level"], level);
            assert_eq!(read(json(&[problem(weight)]))[0]["severity"], level);
        }
    }

    #[test]
    fn every_check_has_an_id_of_its_own() {
        let ids: std::collections::BTreeSet<&str> = Check::ALL.iter().map(|it| it.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
    }
}
