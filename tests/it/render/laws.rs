//! Laws over the whole table of formats.

use std::collections::BTreeSet;

use whysync::findings::Diagnosis;
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
    for (format, most) in [("text", 100_000), ("markdown", 60_000)] {
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
        for part in ["xplained", "native-casm-revert-trace", "14251", "no lineage of the deployed code", "native code off"] {
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
        assert_eq!(value["schema"], "whysync.diagnosis/v1");
        assert_eq!(value["headline"].as_str(), Some(diagnosis.headline.as_str()));
        let top: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(top.len(), 11, "{top:?}");
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
            let fits = |line: &str| line.chars().count() <= width || line.split_whitespace().any(|it| it.chars().count() + 20 > width);
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
    let headings = ["1.", "2.", "Unexplained", "Not seen", "Episodes"];
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
