//! Patterns against statements of every form.

use super::catalogue::Catalogue;
use super::compare::{Alphabet, Budget, PreparedPattern, holds};
use super::line_of::LineOf;
use super::shape::{Shape, Values};
use super::*;
use crate::evidence::statement::{Attached, Hole, HoleForm, Statement, StatementKind, TextPiece};
use crate::facts::log_index::Level;

/// A template as `a {name} b {other:?}`; `:d` and `:x` are numbers.
fn template(text: &str) -> Vec<TextPiece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (hole, after) = after.split_once('}').expect("a closing brace");
        let (name, form) = hole.split_once(':').unwrap_or((hole, ""));
        let form = match form {
            "" => HoleForm::Display,
            "?" => HoleForm::Debug,
            "#?" => HoleForm::DebugLines,
            "d" => HoleForm::Decimal,
            "x" => HoleForm::Hex,
            ".1f" => HoleForm::Fraction,
            other => panic!("{other}"),
        };
        pieces.extend([TextPiece::Literal(before.to_owned()), TextPiece::Hole(Hole { name: name.to_owned(), form })]);
        rest = after;
    }
    pieces.push(TextPiece::Literal(rest.to_owned()));
    pieces
}

fn text(path: &str, kind: StatementKind, words: &str) -> PrintedText {
    let statement = Statement { within: vec!["Sender".to_owned()], line: 7, kind, template: template(words), attached: Vec::new() };
    PrintedText { path: path.to_owned(), statement }
}

fn log(path: &str, level: Level, words: &str) -> PrintedText {
    text(path, StatementKind::Log { level, logger: path.ends_with(".py").then(|| "echonet.sender".to_owned()) }, words)
}

fn asked(pattern: &str) -> RecordQuery<'_> {
    RecordQuery { pattern, logger: None, level: None }
}

fn said(pattern: &str, texts: &[PrintedText]) -> PlaceAnswer {
    let mut all = answers(asked(pattern), &[Ok(texts.iter().collect())], 0);
    all.places.pop().expect("one place")
}

#[test]
fn a_pattern_matches_what_its_holes_can_hold() {
    let python = |words| log("echonet/a.py", Level::Info, words);
    let rust = |words| log("crates/a/src/b.rs", Level::Info, words);
    for (pattern, text) in [
        (r"^Observed tx=(?P<tx>0x[0-9a-fA-F]+) src_bn=(?P<n>\d+) ", python("Observed tx={tx} src_bn={bn} src_ts={ts}")),
        (
            r"^Forward failed: tx=0x[0-9a-f]+ type=DECLARE .* status=413 response=",
            python("Forward failed: tx={tx} type={kind} bn={n} status={s} response={r}"),
        ),
        (r"^last_block=(?P<posted>\d+)$", python("last_block={number}")),
        (r"^Starting round [1-9]\d* as Proposer", rust("Starting round {round} as Proposer")),
        (r"^Deploy took \d+\.\d s$", python("Deploy took {time:.1f} s")),
        (r"^Class Foo \{ a: ClassHash\(0x[0-9a-f]+\)", rust("Class {class:?} is missing")),
        (r"^Built on .*block_number: Some\(BlockNumber\((?P<n>\d+)\)\), hash", rust("Built on {metadata:?}, hash {h}")),
        (r"(?s)^Left over: .*\n.*second", rust("Left over: {all:#?}")),
        (r"at 0x[0-9a-f]{3}$", rust("at {place:x}")),
        (r"^(Cannot|Will not) send", python("Will not send {x}")),
    ] {
        assert_eq!(said(pattern, std::slice::from_ref(&text)), PlaceAnswer::Matches(None), "{pattern} on {}", text.shown());
    }
}

#[test]
fn a_changed_literal_cannot_match_and_it_is_said_where_they_part() {
    let now = [log("echonet/a.py", Level::Info, "Other {x}"), log("echonet/a.py", Level::Info, "Observed handler tx={tx} src={n}")];
    let PlaceAnswer::CannotMatch(parting) = said(r"^Observed L1_HANDLER tx=(?P<tx>0x[0-9a-f]+) ", &now) else { panic!("it can") };
    assert_eq!((parting.reached.as_str(), parting.rest.as_str()), ("^Observed ", r"L1_HANDLER tx=(?P<tx>0x[0-9a-f]+) "));
    assert_eq!((parting.template.as_str(), parting.line), ("Observed handler tx={tx} src={n}", 7));
    // A hole that can hold any text does not hide what changed behind it.
    for pattern in [r"^Observed handler tx=0x1 source=\d+", r"src=\d+ of the chain", r"^Observed handler tx=\S+ bn=", "ssrc="] {
        let found = answers(asked(pattern), &[Ok(now.iter().collect())], 0);
        assert!(matches!(found.places.as_slice(), [PlaceAnswer::CannotMatch(_)]), "{pattern}: {found:?}");
    }
    // A nested value holds names, and no words in a row.
    let nested = [log("crates/a.rs", Level::Info, "Built on {metadata:?}")];
    assert!(matches!(said(r"^Built on .*without metadata of", &nested), PlaceAnswer::CannotMatch(_)));
    // A number holds no words.
    let number = [log("a.py", Level::Info, "n={n:d}")];
    assert!(matches!(said("^n=[a-z]", &number), PlaceAnswer::CannotMatch(_)));
}

#[test]
fn what_a_value_holds_is_open_where_its_source_is_named_too() {
    let here = log("echonet/a.py", Level::Error, "Lookup failed: {err}");
    let pattern = "^Lookup failed: Too many requests for";
    assert!(matches!(said(pattern, std::slice::from_ref(&here)), PlaceAnswer::CannotMatch(_)));
    let external = answers(asked(pattern), &[Ok(vec![&here])], 1);
    assert!(
        matches!(external.places.as_slice(), [PlaceAnswer::CannotTell(MatchDoubt::InAValue(it))] if it.reached.starts_with("^Lookup failed: ")),
        "{external:?}"
    );
    assert!(external.drift.is_empty());
    let error = text("crates/e.rs", StatementKind::Message("Limit".to_owned()), "Too many requests for {url}");
    let both = answers(asked(pattern), &[Ok(vec![&here]), Ok(vec![&error])], 0);
    assert_eq!(both.places, [PlaceAnswer::Matches(None), PlaceAnswer::Matches(None)]);
    // The one that logs it and the one that raises it, as one record.
    let mut caught = log("echonet/a.py", Level::Error, "Run {n} failed");
    caught.statement.attached = vec![Attached::Traceback];
    let raised = text("echonet/b.py", StatementKind::Raise(Some("RuntimeError".to_owned())), "Block {n} is gone");
    for (pattern, expected) in [
        (r"^Run \d+ failed\n(?s:.*)RuntimeError: Block \d+ is gone", true),
        (r"^Run \d+ failed\n(?s:.*)RuntimeError: Block \d+ is missing", false),
    ] {
        let both = answers(asked(pattern), &[Ok(vec![&caught]), Ok(vec![&raised])], 0);
        assert!(both.places.iter().all(|it| matches!(it, PlaceAnswer::Matches(None)) == expected), "{pattern}: {both:?}");
    }
}

#[test]
fn the_logger_and_the_level_are_those_of_the_statement() {
    let quiet = log("crates/m/src/fifo.rs", Level::Debug, "Rewind tx={tx}");
    let ask = |logger, level| {
        let asked = RecordQuery { pattern: "^Rewind tx=", logger, level };
        answers(asked, &[Ok(vec![&quiet])], 0).places.pop().expect("one")
    };
    assert_eq!(ask(Some("fifo.rs"), Some(Level::Debug)), PlaceAnswer::Matches(Some(QuietLevel { level: Level::Debug, is_all: true })));
    assert_eq!(ask(Some("m.rs"), None), PlaceAnswer::Elsewhere(vec![Otherwise::Logger("crates/m/src/fifo.rs".to_owned())]));
    assert_eq!(ask(None, Some(Level::Info)), PlaceAnswer::Elsewhere(vec![Otherwise::Level(Level::Debug)]));
    // Echonet writes every level; and one fitting statement is enough, but what is off beside it is told.
    let loud = [log("echonet/a.py", Level::Debug, "Rewind tx={tx}"), quiet];
    assert_eq!(said("^Rewind tx=", &loud[..1]), PlaceAnswer::Matches(None));
    assert_eq!(said("^Rewind tx=", &loud), PlaceAnswer::Matches(Some(QuietLevel { level: Level::Debug, is_all: false })));
}

#[test]
fn an_exception_is_found_behind_its_traceback_and_a_panic_behind_its_place() {
    let raised = [text("echonet/a.py", StatementKind::Raise(Some("RuntimeError".to_owned())), "Block {n} is gone")];
    for pattern in [
        r"Exception in thread SenderRunner(?s:.*)\n(?P<error>[A-Za-z_][\w.]*(Error|Exception))\b(: )?(?P<what>[^\n]*)",
        r"^Exception on /recorder/write_blob \[POST\](?s:.*)\n(?P<error>\w+Error): Block \d+ is gone",
        r"RuntimeError: Block \d+ is gone$",
    ] {
        assert_eq!(said(pattern, &raised), PlaceAnswer::Matches(None), "{pattern}");
    }
    for pattern in [r"\nRuntimeError: Block \d+ is missing", r"ValueError: Block \d+ is gone"] {
        assert!(matches!(said(pattern, &raised), PlaceAnswer::CannotMatch(_)), "{pattern}");
    }
    let panic = [text("crates/a.rs", StatementKind::Raise(None), "Must appear in pool.")];
    assert_eq!(said(r"^thread '.*' panicked at (?s:.*)Must appear in pool\.", &panic), PlaceAnswer::Matches(None));
    let mut caught = log("echonet/a.py", Level::Debug, "Attempt {n} failed");
    caught.statement.attached = vec![Attached::Traceback];
    assert_eq!(said(r"^Attempt \d failed\nTraceback(?s:.*)\n\w+Error\b", &[caught]), PlaceAnswer::Matches(None));
    let mut field = log("crates/a.rs", Level::Warning, "Fetch failed");
    field.statement.attached =
        vec![Attached::Field { name: "error".to_owned(), value: Hole { name: "error".to_owned(), form: HoleForm::Debug } }];
    assert_eq!(said(r"^Fetch failed\nerror: \w", &[field]), PlaceAnswer::Matches(None));
}

#[test]
fn a_dead_alternative_is_drift_and_each_place_answers_for_itself() {
    let (run, drop) = (log("a.py", Level::Info, "Run failed for {n}"), log("a.py", Level::Info, "Run dropped for {n}"));
    let found = answers(asked(r"^Run (failed|abandoned|dropped) for \d"), &[Ok(vec![&run]), Ok(vec![&drop]), Ok(vec![])], 0);
    assert_eq!(found.places, [PlaceAnswer::Matches(None), PlaceAnswer::Matches(None), PlaceAnswer::CannotTell(MatchDoubt::NoStatement)]);
    assert!(found.drift.is_empty(), "a place that says nothing may print it");
    let found = answers(asked(r"^Run (failed|abandoned|dropped) for \d"), &[Ok(vec![&run]), Ok(vec![&drop])], 0);
    assert_eq!(found.drift, ["abandoned"]);
    assert!(matches!(said("(", &[run]), PlaceAnswer::CannotTell(MatchDoubt::TooLarge)));
}

#[test]
fn an_alternative_without_a_word_is_drift_too() {
    let pattern = r"^Sent tx(: | twice \(same\): tx=)";
    let twice = log("a.py", Level::Info, "Sent tx twice (same): tx={tx}");
    for (words, drift) in [("Sent tx: {tx}", &[][..]), ("Sent transaction: {tx}", &[": "]), ("Left {tx}", &[": "])] {
        let found = answers(asked(pattern), &[Ok(vec![&log("a.py", Level::Info, words), &twice])], 0);
        assert_eq!(
            (found.places.as_slice(), found.drift.as_slice()),
            ([PlaceAnswer::Matches(None)].as_slice(), &drift.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>()[..]),
            "{words}"
        );
    }
}

#[test]
fn a_value_takes_no_mark_that_the_pattern_spells_out_beside_it() {
    for (pattern, words) in [
        (r"^Block (?P<n>\d+): total=", "Block {block_number} total={len(all)}"),
        (r"^Block (?P<n>\S+): total=", "Block {name} total={len(all)}"),
        (r"^No metadata of block (?P<n>\d+): ", "No metadata of block {block_number} {error}"),
        (r"^No metadata of block (?P<n>\d+): ", "No metadata of block {block_number}{error}"),
        (r"^Took -(?P<n>\d+) of", "Took {n} of"),
        (r"^Peer \[(?P<n>\w+)\] left", "Peer {peer} left"),
        (r"^Peer '(?P<n>\w+)' left", "Peer {peer} left"),
        (r"^Peer /(?P<n>\w+) left", "Peer {peer} left"),
        (r"^Attempt (?P<n>[a-z]+) failed", "Attempt {self.attempt} failed"),
        (r"^Status (?P<n>[a-z]+)$", "Status {resp.status}"),
    ] {
        let text = log("echonet/a.py", Level::Info, words);
        let answer = said(pattern, std::slice::from_ref(&text));
        assert!(matches!(answer, PlaceAnswer::CannotMatch(_) | PlaceAnswer::CannotTell(_)), "{pattern} on {words}: {answer:?}");
        // A number holds no mark, whatever else is open.
        let external = answers(asked(pattern), &[Ok(vec![&text])], 1);
        let is_open = !words.contains("block_number} ");
        assert!(matches!(external.places.as_slice(), [PlaceAnswer::CannotTell(_)]) == is_open, "{pattern} on {words}: {external:?}");
    }
    for (pattern, words) in [
        (r"^Peer (?P<n>[\w.:/]+) left", "Peer {peer} left"),
        (r"^At \d+:\d+:\d+ of \d+\.\d+", "At {moment} of {version}"),
        (r"^Got Some\(BlockNumber\((?P<n>\d+)\)\)$", "Got {block_number:?}"),
        (r"^Got \['a', 1\]|^Got \('a', 1\)$", "Got {it:?}"),
    ] {
        assert_eq!(said(pattern, &[log("crates/a.rs", Level::Info, words)]), PlaceAnswer::Matches(None), "{pattern} on {words}");
    }
}

#[test]
fn one_of_several_statements_with_another_level_or_logger_is_seen() {
    let (first, second) = (log("a.py", Level::Debug, "Sent tx: {tx}"), log("a.py", Level::Info, "Sent tx twice: tx={tx}"));
    let asked = RecordQuery { pattern: "^Sent tx(: | twice: tx=)", logger: Some("sender"), level: Some(Level::Info) };
    let found = answers(asked, &[Ok(vec![&first, &second])], 0);
    let others = vec![Otherwise::Level(Level::Debug)];
    assert_eq!(found.places, [PlaceAnswer::MatchesInPart(others.clone())]);
    assert_eq!(found.elsewhere, [(": ".to_owned(), others)]);
    let mut third = log("a.py", Level::Info, "Sent tx: {tx}");
    third.statement.kind = StatementKind::Log { level: Level::Info, logger: Some("zzz".to_owned()) };
    let found = answers(asked, &[Ok(vec![&third, &second])], 0);
    assert_eq!(found.elsewhere, [(": ".to_owned(), vec![Otherwise::Logger("zzz".to_owned())])]);
    // The sequencer writes from INFO on.
    let quiet = [log("crates/a.rs", Level::Debug, "Sent tx: {tx}"), log("crates/a.rs", Level::Info, "Sent tx twice: tx={tx}")];
    assert_eq!(said("^Sent tx(: | twice: tx=)", &quiet), PlaceAnswer::Matches(Some(QuietLevel { level: Level::Debug, is_all: false })));
}

#[test]
fn letters_beyond_ascii_and_written_numbers_are_what_they_are() {
    let python = |words| log("echonet/a.py", Level::Info, words);
    for (pattern, text) in [
        (r"^. x$", python("• x")),
        (r"^é \d+ → .$", python("é {n:d} → ü")),
        (r"^[àé]+ \w ", python("éé ü {n}")),
        (r"(?i)^É x", python("é x")),
        (r"^[^a] x", python("ü x")),
        (r"^. x$", python("{\\N} x")),
    ] {
        assert_eq!(said(pattern, std::slice::from_ref(&text)), PlaceAnswer::Matches(None), "{pattern} on {}", text.shown());
    }
    for (pattern, words) in [(r"^• x$", "→ x"), (r"^[^é] x", "é x"), (r"^.. x", "é x"), (r"^é x", "e x")] {
        assert!(matches!(said(pattern, &[python(words)]), PlaceAnswer::CannotMatch(_)), "{pattern} on {words}");
    }
    let form = |form| {
        let mut text = python("v ");
        text.statement.template.push(TextPiece::Hole(Hole { name: "x".to_owned(), form }));
        text
    };
    for (pattern, of) in [
        (r"^v AB$", HoleForm::UpperHex),
        (r"^v 0xab$", HoleForm::Hex),
        (r"^v 1,000$", HoleForm::Grouped),
        (r"^v  +5$", HoleForm::Padded),
        (r"^v abc  $", HoleForm::Padded),
        (r"^v \+5$", HoleForm::Padded),
    ] {
        assert_eq!(said(pattern, &[form(of)]), PlaceAnswer::Matches(None), "{pattern}");
    }
    for (pattern, of) in [(r"^v AB$", HoleForm::Hex), (r"^v ab$", HoleForm::UpperHex), (r"^v 1,000$", HoleForm::Decimal)] {
        assert!(matches!(said(pattern, &[form(of)]), PlaceAnswer::CannotMatch(_)), "{pattern}");
    }
}

#[test]
fn a_pattern_that_would_take_too_much_is_not_tried_for_ever() {
    let long = log("a.py", Level::Info, &"{a} x ".repeat(300));
    let answer = said(r"(?:x[^y]{200}){8}y", &[long]);
    assert!(matches!(answer, PlaceAnswer::CannotTell(MatchDoubt::TooLarge) | PlaceAnswer::CannotMatch(_)), "{answer:?}");
}

#[test]
fn what_is_too_large_is_said_and_hides_no_other_statement() {
    let short = log("a.py", Level::Info, "Sent tx: {tx}");
    let many = log("a.py", Level::Info, &("{a}".repeat(3000) + "Left: {tx}"));
    let found = answers(asked("^Sent tx: 0x"), &[Ok(vec![&many, &short])], 0);
    assert_eq!(found.places, [PlaceAnswer::Matches(None)]);
    let found = answers(asked("^(Sent tx: |Kept )"), &[Ok(vec![&many, &short])], 0);
    assert!(found.is_cut && found.drift.is_empty(), "the long one may print the other: {found:?}");
    assert_eq!(said("Left: 0x", &[many]), PlaceAnswer::CannotTell(MatchDoubt::TooLarge));
    let lines = vec![log("crates/a.rs", Level::Info, "Queue {a:?} pending {b:?}"); 20_000];
    assert_eq!(said(r"^(.* )?Queue \d+ pending (\w+ )*[^ ]+ gone$", &lines), PlaceAnswer::CannotTell(MatchDoubt::TooLarge));
}

#[test]
fn what_the_product_says_the_regex_says_of_what_is_printed() {
    let all = ["Observed tx={tx} at {n:d}", "{a:?} then {b}", "x={x:x}", "{all}"];
    let filled = ["Observed tx=0x1f at 12", "'a' then b", "x=0xabc", "several words of text"];
    for (words, printed) in all.iter().zip(filled) {
        let text = log("a.py", Level::Info, words);
        assert!(holds(&Shape::from_text(&text, Values::OfKind), printed), "{printed}");
        let pattern = format!("^{}$", regex_syntax::escape(printed));
        let (alphabet, budget) = (Alphabet::default(), Budget::new(1 << 20));
        let sought = PreparedPattern::new(&pattern, &alphabet, &budget).expect("a pattern");
        assert_eq!(sought.can_match(&Shape::from_text(&text, Values::OfKind)), Ok(true), "{pattern}");
    }
    assert!(!holds(&Shape::from_text(&log("a.py", Level::Info, all[0]), Values::AnyText), "Observed tx=0x1f at twelve"));
    assert!(holds(&Shape::from_text(&log("a.py", Level::Info, all[3]), Values::AnyText), "ünïcode — any"));
}

#[test]
fn a_catalogue_is_read_as_it_was_written_and_gives_lines() {
    let mut caught = log("echonet/a.py", Level::Error, "Lookup of {tx} failed after {n:d} attempts");
    caught.statement.attached =
        vec![Attached::Traceback, Attached::Field { name: "e".to_owned(), value: Hole { name: "e".to_owned(), form: HoleForm::Debug } }];
    let rust = log("crates/a/src/b.rs", Level::Warning, "Height {height}: gone");
    let texts = vec![caught, rust, text("crates/a/src/b.rs", StatementKind::Message("Gone".to_owned()), "no {0}")];
    let catalogue = Catalogue { commit: "abc".to_owned(), texts };
    let read = Catalogue::read(&catalogue.printed().expect("it is written")).expect("a catalogue");
    assert_eq!(read, catalogue);
    let line = |path: &str, values: &[(&str, &str)]| {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        LineOf { path: path.to_owned(), symbol: "Sender".to_owned(), values, holding: None, height: None }.lines(&read)
    };
    assert_eq!(
        line("echonet/a.py", &[("tx", "{culprit}"), ("n", "2")]).expect("a line"),
        ["[ERROR] [echonet.sender] Lookup of {culprit} failed after 2 attempts"]
    );
    assert_eq!(line("crates/a/src/b.rs", &[("height", "{subject}")]).expect("a line"), ["WARN crates/a/src/b.rs: Height {subject}: gone"]);
    for (path, values, words) in [
        ("echonet/a.py", vec![("tx", "0x1"), ("n", "two")], "whole number"),
        ("echonet/a.py", vec![("tx", "0x1")], "it prints `Lookup of {tx} failed"),
        ("crates/a/src/b.rs", vec![("0", "x")], "not a log line of its own"),
        ("other.py", vec![], "has no text of"),
    ] {
        let err = line(path, &values).expect_err(words);
        assert!(err.to_string().contains(words), "{err}");
    }
}
