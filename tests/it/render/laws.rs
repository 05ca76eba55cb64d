//! Laws over the whole table of formats.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use whysync::findings::{Diagnosis, Scope, Verdict};
use whysync::render::{Colour, Detail, FORMATS, Format, Options, named, write};

use super::fixtures;

const SHORT: Options = Options { width: 80, colour: Colour::Plain, detail: Detail::Short };
const FULL: Options = Options { width: 80, colour: Colour::Plain, detail: Detail::Full };

fn each(mut law: impl FnMut(&Format, &str, &Diagnosis)) {
    for (name, diagnosis) in fixtures::all() {
        for format in FORMATS {
            law(format, name, &diagnosis);
        }
    }
}

#[test]
fn names_are_unique_and_everything_is_described() {
    let names: BTreeSet<&str> = FORMATS.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    let endings: BTreeSet<&str> = FORMATS.iter().map(|it| it.extension).collect();
    assert_eq!(endings.len(), FORMATS.len(), "several formats at once need several files");
    assert_eq!(FORMATS.first().map(|it| it.name), Some("text"), "the default");
    for format in FORMATS {
        assert!(format.name.bytes().all(|it| it.is_ascii_lowercase()), "{}", format.name);
        assert!(!format.description.is_empty() && !format.description.ends_with('.') && !format.description.contains('\n'));
        assert!(!format.extension.starts_with('.') && format.media.contains('/'));
        assert!(named(format.name).is_some_and(|it| it.media == format.media));
    }
    assert!(named("no-such-format").is_none());
}

#[test]
fn the_same_diagnosis_gives_the_same_bytes_with_one_line_feed_at_the_end() {
    each(|format, name, diagnosis| {
        for options in [SHORT, FULL] {
            let text = write(format, diagnosis, &options);
            assert!(text.ends_with('\n') && !text.ends_with("\n\n") && text.trim() != "", "{} of {name}", format.name);
            assert!(text == write(format, &diagnosis.clone(), &options), "{} of {name}", format.name);
        }
    });
}

#[test]
fn the_brief_text_has_a_few_lines_of_eighty_columns_and_whole_commands() {
    for (name, diagnosis) in fixtures::all() {
        for width in [40, 80, 200] {
            let options = Options { width, colour: Colour::Plain, detail: Detail::Brief };
            let text = write(named("text").expect("a format"), &diagnosis, &options);
            // On a narrow terminal, and of hostile texts, whole steps take more.
            let most = match (name, width) {
                ("hostile", _) => 100,
                (_, 40) => 40,
                _ => 12,
            };
            assert!((3..=most).contains(&text.lines().count()) && text.ends_with('\n'), "{name}: {text}");
            assert!(
                text.lines().any(|it| it.starts_with("Known    ")) && text.lines().any(|it| it.starts_with("Fixed    ")),
                "{name}: {text}"
            );
            let commands: Vec<&str> = diagnosis.next.iter().filter_map(|it| it.command.as_deref()).collect();
            for line in text.lines().filter(|it| width.min(80) < it.chars().count()) {
                assert!(commands.contains(&line.trim_start()) || line.contains("cannot be shown"), "{name}: {line}");
            }
            assert!(!text.chars().any(acts), "{name}: {text:?}");
            assert!(text == write(named("text").expect("a format"), &diagnosis.clone(), &options), "{name}");
        }
    }
}

#[test]
fn the_brief_text_is_cut_between_words_and_never_in_a_number() {
    for (name, diagnosis) in fixtures::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let whole = write(named("text").expect("a format"), &diagnosis, &FULL);
        let words: Vec<&str> = whole.split_whitespace().collect();
        let options = Options { width: 80, colour: Colour::Plain, detail: Detail::Brief };
        let text = write(named("text").expect("a format"), &diagnosis, &options);
        for cut in text.lines().filter_map(|it| it.strip_suffix('…')).filter(|it| !it.ends_with(' ')) {
            let last = cut.rsplit(' ').next().unwrap_or_default();
            assert!(!last.ends_with(|it: char| it.is_ascii_digit()) || words.contains(&last), "{name}: {text}");
        }
    }
}

#[test]
fn the_brief_text_cuts_no_verdict_and_no_step_and_says_whether_it_is_known_before_it_names_a_rule() {
    for (name, diagnosis) in fixtures::all().into_iter().filter(|(name, _)| *name != "hostile" && *name != "crowded") {
        let options = Options { width: 80, colour: Colour::Plain, detail: Detail::Brief };
        let text = write(named("text").expect("a format"), &diagnosis, &options);
        let entry = |label: &str| {
            let mut lines = text.lines().skip_while(|it| !it.starts_with(label));
            let first = lines.next().unwrap_or_default().get(9..).unwrap_or_default();
            let rest = lines.take_while(|it| it.starts_with("         ")).map(str::trim);
            [first].into_iter().chain(rest).collect::<Vec<_>>().join(" ")
        };
        let is_cut = |text: &str| text.ends_with('…');
        let headline: Vec<&str> =
            text.lines().take_while(|it| !["Trigger ", "Case ", "Known "].iter().any(|label| it.starts_with(label))).collect();
        assert!(!is_cut(&headline.join(" ")) && !is_cut(&entry("Next")), "{name}: a verdict or a step is cut\n{text}");
        for label in ["Fixed", "Differs", "Trigger"] {
            assert!(!is_cut(&entry(label)) || text.lines().count() == 12, "{name}: {label} is cut while lines are left\n{text}");
        }
        let known = entry("Known");
        assert!(!known.contains('…') && !known.starts_with("WS-"), "{name}: {known}");
        let is_undecided = diagnosis.verdict == Verdict::Inconclusive;
        assert_eq!(known.starts_with("undecided: evidence is missing"), is_undecided, "{name}: {known}");
        if let Some(finding) = diagnosis.findings.iter().find(|it| it.scope == Scope::RootCause) {
            assert!(known.contains(&format!(": {}", finding.rule)), "{name}: {known}");
            let prs = finding.fix.first().map(|it| it.fix.prs.clone()).unwrap_or_default();
            assert!(prs.iter().all(|it| entry("Fixed").contains(&format!("#{it}"))), "{name}: {text}");
        }
    }
}

/// Characters that act instead of showing: an independent, shorter list than the one that the renderers escape.
fn acts(it: char) -> bool {
    (it.is_control() && it != '\n')
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[test]
fn no_output_holds_a_character_that_acts() {
    each(|format, name, diagnosis| {
        for options in [SHORT, FULL] {
            let text = write(format, diagnosis, &options);
            assert_eq!(text.find(acts).map(|it| text[it..].chars().next()), None, "{} of {name}", format.name);
        }
    });
}

#[test]
fn what_is_short_is_short_whatever_the_evidence_holds() {
    // A person reads or pastes these: GitHub takes 65,536 characters.
    for (format, most) in [("text", 100_000), ("markdown", 64_000)] {
        let Some(format) = named(format) else { continue };
        for (name, diagnosis) in fixtures::all() {
            let chars = write(format, &diagnosis, &SHORT).chars().count();
            assert!(chars <= most, "{} of {name}: {chars} characters", format.name);
        }
    }
}

#[test]
fn redaction_tokens_stay_readable() {
    let Some((_, diagnosis)) = fixtures::all().into_iter().find(|(name, _)| *name == "partly-explained") else { panic!("a fixture") };
    for format in FORMATS {
        let text = write(format, &diagnosis, &FULL);
        assert!(text.contains("«redacted:url-key:7f3a»"), "{}", format.name);
    }
}

#[test]
fn every_format_tells_what_happened_whether_it_is_known_whether_it_is_fixed_and_what_to_do() {
    let diagnosis = fixtures::explained();
    for format in FORMATS {
        let text = write(format, &diagnosis, &SHORT).split_whitespace().collect::<Vec<_>>().join(" ");
        for part in ["xplained", "native-casm-revert-trace", "14251", "no effect for this block even if deployed", "native code off"] {
            assert!(text.contains(part), "{} does not tell `{part}`", format.name);
        }
    }
}

#[test]
fn every_format_shows_the_line_at_the_deployed_commit_and_says_what_is_stale() {
    const COMMIT: &str = "https://github.com/starkware-libs/sequencer/blob/9f78ee7c0de1f2a3b4c5d6e7f8091a2b3c4d5e6f";
    let diagnosis = fixtures::explained();
    for format in FORMATS {
        let text = write(format, &diagnosis, &SHORT).split_whitespace().collect::<Vec<_>>().join(" ");
        let stale = if format.name == "json" { "\"status\": \"moved\"" } else { "stale anchor: moved from" };
        for part in ["crates/blockifier/src/execution/stack_trace.rs#L735", "crates/starknet_api/src/receipts.rs#L88"] {
            assert!(text.contains(&format!("{COMMIT}/{part}")), "{} does not link {part}", format.name);
        }
        assert!(text.contains(stale), "{} does not say what is stale", format.name);
    }
}

#[test]
fn a_side_that_is_not_what_it_states_is_told_in_every_format() {
    let (_, diagnosis) = fixtures::all().into_iter().find(|(name, _)| *name == "partly-explained").expect("a fixture");
    for format in FORMATS {
        let text = write(format, &diagnosis, &SHORT).split_whitespace().collect::<Vec<_>>().join(" ").replace("\\_", "_");
        for part in ["event_commitment", "the payload that was kept is incomplete", "the state update was not seen"] {
            assert!(text.contains(part), "{} does not tell `{part}`", format.name);
        }
    }
}

#[test]
fn colour_supports_and_never_replaces() {
    for (name, diagnosis) in fixtures::all() {
        for detail in [Detail::Short, Detail::Full] {
            for format in FORMATS {
                let plain = write(format, &diagnosis, &Options { detail, ..SHORT });
                let colour = write(format, &diagnosis, &Options { colour: Colour::Ansi, detail, ..SHORT });
                let mut stripped = String::new();
                for (place, part) in colour.split("\x1b[").enumerate() {
                    stripped.push_str(if place == 0 { part } else { part.split_once('m').expect("a colour").1 });
                }
                assert!(plain == stripped, "{} of {name}", format.name);
            }
        }
    }
}

#[test]
fn json_is_valid_by_its_schema_and_loses_nothing() {
    let schema = whysync::render::json::schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for (name, diagnosis) in fixtures::all() {
        let text = write(named("json").expect("json"), &diagnosis, &SHORT);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&value).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert_eq!(value["schema"], "whysync.diagnosis/v2");
        assert_eq!(value["headline"].as_str(), Some(diagnosis.headline.as_str()));
        let top: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(top.len(), 25, "{top:?}");
        for (wire, finding) in value["findings"].as_array().expect("findings").iter().zip(&diagnosis.findings) {
            assert_eq!(wire["summary"].as_str(), Some(finding.summary.as_str()));
            assert_eq!(wire["claims"].as_array().map(Vec::len), Some(finding.claims.len()));
        }
    }
}

#[test]
fn text_keeps_to_its_width() {
    for (name, diagnosis) in fixtures::all() {
        for width in [40, 80, 120, 200] {
            let text = write(named("text").expect("text"), &diagnosis, &Options { width, ..SHORT });
            // A command, a path or a link stays whole, so that it can be copied.
            let is_command = |line: &str| diagnosis.next.iter().any(|it| it.command.as_deref() == Some(line.trim()));
            let fits = |line: &str| {
                line.chars().count() <= width || is_command(line) || line.split_whitespace().any(|it| it.chars().count() + 20 > width)
            };
            let wide = text.lines().find(|it| !fits(it));
            assert_eq!(wide, None, "{name} at {width} columns");
        }
    }
}

#[test]
fn shortened_hashes_stay_apart_and_full_ones_are_whole() {
    let diagnosis = fixtures::crowded(2_000);
    let text = named("text").expect("text");
    let hash = diagnosis.episodes[0].divergences.last().and_then(|it| it.ours.clone()).expect("a hash");
    assert!(write(text, &diagnosis, &FULL).contains(&hash));
    let twin = |it: &str| {
        let mut twin = fixtures::novel();
        for divergence in &mut twin.unexplained {
            divergence.ours = Some(format!("0x123456{it}{}abcd", "0".repeat(50)));
            divergence.theirs = Some(format!("0x123456{}abcd", "7".repeat(51)));
        }
        write(text, &twin, &SHORT)
    };
    assert!(twin("1").contains("0x1234561000…abcd") && twin("1").contains("0x1234567777…abcd"), "{}", twin("1"));
}

#[test]
fn markdown_of_hostile_evidence_holds_no_tag_no_foreign_link_and_no_foreign_heading() {
    use pulldown_cmark::{Event, Options as Extensions, Parser, Tag, TagEnd};
    let headings =
        ["1.", "2.", "Extent proved together", "Rivals", "Unexplained", "Raw payloads", "Self-check of the blocks", "Not seen", "Episodes"];
    for options in [SHORT, FULL] {
        let text = write(named("markdown").expect("markdown"), &fixtures::hostile(), &options);
        let (mut heading, mut inside_code) = (None, false);
        for (place, event) in Parser::new_ext(&text, Extensions::all()).enumerate() {
            match event {
                Event::Html(tag) | Event::InlineHtml(tag) => panic!("a tag: {}", tag.chars().take(200).collect::<String>()),
                Event::Start(Tag::Image { .. }) => panic!("an image"),
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("https://github.com/starkware-libs/sequencer/"), "{dest_url}");
                }
                Event::Start(Tag::CodeBlock(_)) => inside_code = true,
                Event::End(TagEnd::CodeBlock) => inside_code = false,
                Event::Start(Tag::Heading { .. }) => heading = Some(place),
                Event::Text(words) if !inside_code => {
                    let known = headings.iter().any(|it| words.starts_with(it));
                    assert!(known || place < 2 || heading.is_none_or(|it| it + 1 != place), "a heading: {words}");
                    let acting = ["@", "#", "www.", "://"].into_iter().find(|it| words.contains(it) && !words.starts_with('#'));
                    assert_eq!(acting, None, "{words}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn a_page_runs_and_loads_nothing_but_what_it_brings_along() {
    for (name, diagnosis) in fixtures::all() {
        for options in [SHORT, FULL] {
            let page = write(named("html").expect("html"), &diagnosis, &options);
            for (tag, closing) in [("<script>", "</script>"), ("<style>", "</style>")] {
                assert_eq!(page.matches(&tag[..tag.len() - 1]).count(), 1, "{name}: {tag}");
                let body = page.split_once(tag).and_then(|(_, rest)| rest.split_once(closing)).expect(tag).0;
                let hash = BASE64_STANDARD.encode(Sha256::digest(body));
                assert!(page.contains(&format!("-src 'sha256-{hash}'")), "{name}: the policy names {tag} by its hash");
            }
            assert!(page.contains("content=\"default-src 'none';"), "{name}: the policy forbids the rest");
            for forbidden in ["<img", "<iframe", "<link", "<object", "<base", " style=\"", " onload=\"", " src=\"", "onerror=\""] {
                assert!(!page.contains(forbidden), "{name}: {forbidden}");
            }
            for target in page.split("href=\"").skip(1).filter_map(|it| it.split('"').next()) {
                assert!(target.starts_with('#') || target.starts_with("https://github.com/"), "{name}: {target}");
            }
        }
    }
}

#[test]
fn a_page_has_one_row_for_each_divergence() {
    let diagnosis = fixtures::crowded(1_000);
    let page = write(named("html").expect("html"), &diagnosis, &SHORT);
    assert_eq!(page.matches("data-role=").count(), diagnosis.episodes[0].divergences.len());
    assert_eq!(page.matches("data-claimed=\"yes\"").count(), 2);
}

#[test]
fn a_page_shows_what_stands_behind_the_answer() {
    let mut diagnosis = fixtures::explained();
    let cause = diagnosis.episodes[0].divergences[0].id.clone();
    diagnosis.episodes[0].divergences[2].follows = vec![cause];
    let page = write(named("html").expect("html"), &diagnosis, &SHORT);
    let parts = [
        "Rules that came close",
        "does not hold",
        "cannot be decided",
        "1 of 3 requirements met",
        "corroborated by",
        "Raw log lines that decided it",
        "1 of 3 pieces of evidence were wholly seen",
        "◐ in part",
        "2 redacted",
        "<rect class=\"bad\"",
        "What follows from what",
        "7 more frames",
        "The sequencer's log",
        "Raw log lines around the trigger",
        "Raw payloads: 1 excerpt",
        "3 values cut",
        "The payload has no such entry.",
        "Not seen.",
        "5 more payloads of this incident",
        "Deployed fixes",
    ];
    for part in parts {
        assert!(page.contains(part), "the page lacks `{part}`");
    }
    assert_eq!(page.matches("<rect").count(), 2 * whysync::findings::Timeline::BINS);
}

#[test]
fn sarif_results_have_their_rule_a_stable_fingerprint_and_a_relative_place() {
    for (name, diagnosis) in fixtures::all() {
        let log: Value = serde_json::from_str(&write(named("sarif").expect("sarif"), &diagnosis, &SHORT)).expect("JSON");
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("results");
        let unexplained = usize::from(!diagnosis.unexplained.is_empty());
        assert_eq!(results.len(), diagnosis.findings.len() + unexplained, "{name}");
        for result in results {
            let place = result["ruleIndex"].as_u64().and_then(|it| usize::try_from(it).ok()).expect("an index");
            assert_eq!(run["tool"]["driver"]["rules"][place]["id"], result["ruleId"], "{name}");
            assert!(result["partialFingerprints"].as_object().is_some_and(|it| it.len() == 1), "{name}");
            assert!(result["message"]["text"].as_str().is_some_and(|it| !it.is_empty()), "{name}");
            for location in result["locations"].as_array().expect("locations") {
                let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap_or_default();
                assert!(uri.bytes().all(|it| it.is_ascii_alphanumeric() || b"-._~/%".contains(&it)) && !uri.starts_with('/'), "{uri}");
            }
        }
    }
    let prints = |diagnosis: &Diagnosis| {
        let log: Value = serde_json::from_str(&write(named("sarif").expect("sarif"), diagnosis, &SHORT)).expect("JSON");
        log["runs"][0]["results"][0]["partialFingerprints"].clone()
    };
    let mut reworded = fixtures::explained();
    reworded.findings[0].summary = "other words".to_owned();
    assert_eq!(prints(&fixtures::explained()), prints(&reworded));
    reworded.findings[0].claims = vec!["9850922/revert_reason/0x1".to_owned()];
    assert_ne!(prints(&fixtures::explained()), prints(&reworded));
}

#[test]
fn slack_messages_keep_within_the_limits_of_slack() {
    let mut many = fixtures::hostile();
    for divergence in many.unexplained.iter_mut() {
        divergence.ours = Some(fixtures::attack());
    }
    many.findings = many.findings.iter().cycle().take(200).cloned().collect();
    many.unexplained = many.unexplained.iter().cycle().take(200).cloned().collect();
    many.next = many.next.iter().cycle().take(200).cloned().collect();
    many.set_aside = many.set_aside.iter().cycle().take(200).cloned().collect();
    many.missing_grounds = many.missing_grounds.iter().cycle().take(200).cloned().collect();
    many.isolations = many.isolations.iter().cycle().take(200).cloned().collect();
    many.unseen = many.unseen.iter().cycle().take(200).cloned().collect();
    many.joint_proofs = many.joint_proofs.iter().cycle().take(200).cloned().collect();
    many.rivalries = many.rivalries.iter().cycle().take(200).cloned().collect();
    for (name, diagnosis) in fixtures::all().into_iter().chain([("many", many)]) {
        let message: Value = serde_json::from_str(&write(named("slack").expect("slack"), &diagnosis, &SHORT)).expect("JSON");
        let blocks = message["blocks"].as_array().expect("blocks");
        assert!((1..=50).contains(&blocks.len()), "{name}");
        for block in blocks {
            let (texts, most): (Vec<&Value>, usize) = match block["type"].as_str() {
                Some("header") => (vec![&block["text"]], 150),
                Some("section") if block["fields"].is_array() => (block["fields"].as_array().expect("fields").iter().collect(), 2_000),
                Some("section") => (vec![&block["text"]], 3_000),
                Some("context") => (block["elements"].as_array().expect("elements").iter().collect(), 2_000),
                Some("divider") => continue,
                other => panic!("{name}: a block of type {other:?}"),
            };
            assert!((1..=10).contains(&texts.len()), "{name}");
            for text in texts {
                let words = text["text"].as_str().expect("a text");
                assert!((1..=most).contains(&words.chars().count()), "{name}: {} of {most} characters", words.chars().count());
                assert!(words.split('<').skip(1).all(|it| it.starts_with("https://github.com/starkware-libs/sequencer/")), "{words}");
            }
        }
    }
}
