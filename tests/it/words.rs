//! What people read, read aloud: phrases that nobody would say to a colleague, and the answer at the head of every format.

use std::path::Path;

use serde_json::Value;
use whysync::engine::reference::rule_page::page as rule_page;
use whysync::engine::{Trial, diagnose};
use whysync::findings::{Diagnosis, Verdict};
use whysync::render::{Colour, Detail, FORMATS, Options, named, write};
use whysync::simulate::{SCENARIOS, simulate};

use crate::captures::all_diagnoses;
use crate::program::{text, whysync};
use crate::render::fixtures;
use crate::simulated::catalog;

/// Phrases that were in outputs, and that no engineer of this field would write.
const BANNED: &[&str] = &[
    "is no ",
    "for want of",
    "laid to",
    "are others",
    "is others",
    "was not asked",
    "were not asked",
    "times by then",
    "(s)",
    "unknown because",
    "only a mitigation",
    "only a prerequisite",
    "no lineage of",
    "for the cause is not",
    "are what they state",
    "is what it states",
    "nothing wrong",
    "sign of life",
    "None says nothing",
    " 1 entries",
    " 1 lines",
    " 1 blocks",
    " 1 rules",
    " 1 files",
];

/// The banned phrases of a text, each with what stands around it.
fn odd(text: &str) -> Vec<String> {
    // A sentence is wrapped anywhere.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("here is no ", "here's no ");
    // The argument parser's own words.
    let text = text.replace("subcommand(s)", "subcommands");
    let around = |phrase: &&str| {
        let (before, after) = text.split_once(*phrase)?;
        let before: Vec<char> = before.chars().rev().take(60).collect();
        let before: String = before.into_iter().rev().collect();
        Some(format!("`{phrase}` in: {before}{phrase}{}", after.chars().take(60).collect::<String>()))
    };
    BANNED.iter().filter_map(around).collect()
}

/// Every diagnosis that the tests know of, but for the one that only attacks.
fn diagnoses() -> Vec<(String, Diagnosis)> {
    let catalog = catalog();
    let mut all: Vec<(String, Diagnosis)> =
        fixtures::all().into_iter().filter(|(name, _)| *name != "hostile").map(|(name, it)| (name.to_owned(), it)).collect();
    for described in SCENARIOS {
        all.push((described.name.to_owned(), diagnose(&simulate(described.scenario, 1).bundle, &catalog, Trial::StableOnly)));
    }
    all.extend(all_diagnoses(&catalog));
    all
}

#[test]
fn no_output_has_a_phrase_that_nobody_would_say() {
    let mut found = Vec::new();
    for (name, diagnosis) in diagnoses() {
        // What a page or a document quotes of the evidence is the evidence's own.
        for format in FORMATS.iter().filter(|it| !["html", "json"].contains(&it.name)) {
            for detail in [Detail::Short, Detail::Brief] {
                let written = write(format, &diagnosis, &Options { width: 100, colour: Colour::Plain, detail });
                found.extend(odd(&written).into_iter().map(|it| format!("{name}, {}: {it}", format.name)));
            }
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{} odd phrases:\n{}", found.len(), found.join("\n"));
}

/// Every command, by its arguments.
fn commands(of: &[String]) -> Vec<Vec<String>> {
    let arguments: Vec<&str> = of.iter().map(String::as_str).chain(["--help"]).collect();
    let help = text(&whysync(&arguments).stdout);
    let mut all = vec![of.to_vec()];
    let rows = help.lines().skip_while(|it| *it != "Commands:").skip(1).take_while(|it| !it.is_empty());
    for name in rows.filter(|it| it.starts_with("  ") && !it.starts_with("   ")).filter_map(|it| it.split_whitespace().next()) {
        if name != "help" {
            all.extend(commands(&of.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>()));
        }
    }
    all
}

#[test]
fn no_help_and_no_page_has_a_phrase_that_nobody_would_say() {
    let mut found = Vec::new();
    let commands = commands(&[]);
    assert!(15 < commands.len() && commands.iter().any(|it| it.len() == 2), "{commands:?}");
    for command in commands {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        found.extend(odd(&text(&whysync(&arguments).stdout)).into_iter().map(|it| format!("{command:?} --help: {it}")));
    }
    for arguments in [&["limits"][..], &["rules", "list"], &["schema", "paths"], &["schema", "rule"]] {
        found.extend(odd(&text(&whysync(arguments).stdout)).into_iter().map(|it| format!("{arguments:?}: {it}")));
    }
    for (slug, rule) in &catalog().rules {
        found.extend(odd(&rule_page(&rule.file).markdown(1)).into_iter().map(|it| format!("rules show {slug}: {it}")));
    }
    assert!(found.is_empty(), "{} odd phrases:\n{}", found.len(), found.join("\n"));
}

#[test]
fn every_format_begins_with_the_answer() {
    for (name, diagnosis) in diagnoses() {
        let written = |format: &str, detail| {
            write(named(format).expect("a format"), &diagnosis, &Options { width: 100, colour: Colour::Plain, detail })
        };
        let wanted: Vec<&str> = [(!diagnosis.episodes.is_empty()).then_some("trigger"), Some("known"), Some("fixed")]
            .into_iter()
            .flatten()
            .chain((diagnosis.verdict == Verdict::Novel).then_some("differs"))
            .collect();
        let has = |about: &str, label: &str| {
            let label = label.to_lowercase();
            label == about || (about == "trigger" && label == "case") || (about == "fixed" && label == "fixed here")
        };
        for detail in [Detail::Short, Detail::Brief] {
            let text = written("text", detail);
            let head: Vec<&str> = text.lines().take_while(|it| !it.is_empty()).collect();
            for about in &wanted {
                let is_there = head.iter().any(|it| it.split_whitespace().next().is_some_and(|label| has(about, label)));
                assert!(is_there, "{name}: {about} is not in the head of the text\n{text}");
            }
        }
        let markdown = written("markdown", Detail::Short);
        let points: Vec<&str> =
            markdown.lines().skip(2).filter_map(|it| it.strip_prefix("- **")?.split_once(":**")).map(|it| it.0).collect();
        let json: Value = serde_json::from_str(&written("json", Detail::Short)).expect("JSON");
        let sarif: Value = serde_json::from_str(&written("sarif", Detail::Short)).expect("JSON");
        let slack: Value = serde_json::from_str(&written("slack", Detail::Short)).expect("JSON");
        let junit = written("junit", Detail::Short);
        let html = written("html", Detail::Short);
        for about in &wanted {
            assert!(points.iter().take(6).any(|it| has(about, it)), "{name}: {about} is not among the first points: {points:?}");
            let entries = json["glance"].as_array().expect("entries");
            assert!(entries.iter().any(|it| has(about, it["about"].as_str().unwrap_or_default())), "{name}: {entries:?}");
            let properties = sarif["runs"][0]["properties"].as_object().expect("properties");
            assert!(properties.keys().any(|it| has(about, it)), "{name}: {properties:?}");
            let fields = slack["blocks"].as_array().expect("blocks").iter().find_map(|it| it["fields"].as_array()).expect("fields");
            let titles: Vec<&str> =
                fields.iter().filter_map(|it| it["text"].as_str()?.strip_prefix('*')?.split_once('*')).map(|it| it.0).collect();
            assert!(titles.iter().any(|it| has(about, it)), "{name}: {titles:?}");
            let properties = junit.split("<property name=\"").skip(1).filter_map(|it| it.split_once('"')).map(|it| it.0);
            assert!(properties.into_iter().any(|it| has(about, it)), "{name}: {about} is not a property of {junit}");
            let terms = html.split("<dt>").skip(1).filter_map(|it| it.split_once("</dt>")).map(|it| it.0);
            assert!(terms.take(5).any(|it| has(about, it)), "{name}: {about} is not in the head of the page");
        }
    }
}

#[test]
fn a_headline_fits_into_a_chat_and_nothing_of_a_longer_one_is_lost() {
    for (name, diagnosis) in diagnoses() {
        let options = Options { width: 100, colour: Colour::Plain, detail: Detail::Short };
        let slack: Value = serde_json::from_str(&write(named("slack").expect("a format"), &diagnosis, &options)).expect("JSON");
        let headline = slack["text"].as_str().expect("a text");
        assert!(headline.chars().count() <= 200, "{name}: {headline}");
        let sections: Vec<&str> = slack["blocks"].as_array().expect("blocks").iter().filter_map(|it| it["text"]["text"].as_str()).collect();
        let is_whole = |it: &&&str| it.starts_with(headline.trim_end_matches(" …")) && headline.len() < it.len();
        assert!(!headline.ends_with('…') || sections.iter().any(|it| is_whole(&it)), "{name}: the whole headline is nowhere: {sections:?}");
        let markdown = write(named("markdown").expect("a format"), &diagnosis, &options);
        let title = markdown.lines().next().unwrap_or_default();
        assert!(title.chars().count() <= 220, "{name}: {title}");
    }
}

#[test]
fn a_page_links_to_each_finding_and_calls_green_only_what_is_good() {
    for (name, diagnosis) in diagnoses() {
        let options = Options { width: 100, colour: Colour::Plain, detail: Detail::Short };
        let page = write(named("html").expect("a format"), &diagnosis, &options);
        for number in 1..=diagnosis.findings.len() {
            let is_there = page.contains(&format!(" id=\"finding-{number}\"")) && page.contains(&format!("href=\"#finding-{number}\""));
            assert!(is_there, "{name}: finding {number} has no link");
        }
        let green = page.split("class=\"badge good\">").skip(1).filter_map(|it| it.split_once('<')).map(|it| it.0);
        for it in green {
            // A clause that must not hold is met where it is false.
            let is_good = ["explained", "no divergence", "✓", "✗ false"].iter().any(|good| it.contains(good));
            assert!(is_good, "{name}: `{it}` is green");
        }
        assert_eq!(page.contains("columnheader\">Episode<"), 1 < diagnosis.episodes.len() && page.contains("id=\"ledger\""), "{name}");
    }
}

#[test]
fn sarif_orders_its_levels_and_names_no_line_that_nobody_knows() {
    for (name, diagnosis) in diagnoses() {
        let options = Options { width: 100, colour: Colour::Plain, detail: Detail::Short };
        let sarif: Value = serde_json::from_str(&write(named("sarif").expect("a format"), &diagnosis, &options)).expect("JSON");
        let results = sarif["runs"][0]["results"].as_array().expect("results");
        let severity = |it: &Value| ["note", "warning", "error"].iter().position(|level| it["level"] == *level).expect("a level");
        let is_consequence = |it: &&Value| it["properties"]["scope"] == "consequence";
        let gravest_consequence = results.iter().filter(is_consequence).map(severity).max();
        let mildest_unknown = results.iter().filter(|it| it["properties"]["scope"].is_null()).map(severity).min();
        assert!(gravest_consequence.is_none_or(|it| it == 0), "{name}: what follows is a note");
        assert!(mildest_unknown.is_none_or(|it| it == 2), "{name}: what nothing explains is an error");
        for location in results.iter().flat_map(|it| it["locations"].as_array().into_iter().flatten()) {
            let line = &location["physicalLocation"]["region"]["startLine"];
            let is_linked = location["properties"]["permalink"].is_string();
            assert!(line.is_null() || is_linked, "{name}: a line without a commit that it is of: {location}");
        }
    }
}

#[test]
fn the_side_that_ran_natively_is_named() {
    let catalog = catalog();
    let diagnosis = diagnose(&simulate(whysync::simulate::Scenario::NativeCasmRevertTrace, 1).bundle, &catalog, Trial::StableOnly);
    let summary = &diagnosis.findings.first().expect("a finding").summary;
    assert!(summary.contains("Echonet ran natively") || summary.contains("Mainnet ran natively"), "{summary}");
}

#[test]
fn the_glossary_of_the_readme_and_the_book_is_the_outputs_own() {
    for page in
        ["README.md", "book/src/first-diagnosis.md", "book/src/is-the-fix-deployed.md", "book/src/limits.md", "book/src/rule-reference.md"]
    {
        let found = odd(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page"));
        assert!(found.is_empty(), "{page}: {found:?}");
    }
}
