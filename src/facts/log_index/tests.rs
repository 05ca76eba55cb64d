use super::*;

/// Each line begins with `o` or `e` for the stream or `-` for none, then the pod's name up to a bar.
fn index(lines: &[&str]) -> LogIndex {
    let line = |text: &&str| {
        let (source, text) = text.split_once('|').expect("a bar");
        let stream = match source.chars().next() {
            Some('o') => Stream::Stdout,
            Some('e') => Stream::Stderr,
            _ => Stream::Unknown,
        };
        LogLine { stream, pod: source[1..].into(), ..LogLine::plain(text) }
    };
    LogIndex::new(&LogStream { namespace: None, lines: lines.iter().map(line).collect() })
}

#[track_caller]
fn check(lines: &[&str], expected: &[(RecordKind, usize, &str)]) -> LogIndex {
    let index = index(lines);
    let found: Vec<_> = index.records.iter().map(|it| (it.kind, it.first_line, it.text.as_str())).collect();
    assert_eq!(found, expected);
    assert_eq!(index.records.iter().map(|it| it.lines).sum::<usize>(), lines.len(), "no line is lost");
    assert!(index.records.iter().enumerate().all(|(number, it)| it.number == number && it.lines == it.text.split('\n').count().max(1)));
    index
}

use RecordKind::{AccessLog, Echonet, Gunicorn, Other, SequencerJson};

const ACCESS: &str = r#"-|127.0.0.1 - - [22/Nov/2026:08:29:15 +0000] "GET /echonet/report HTTP/1.1" 200 0 "-" "curl""#;

#[test]
fn an_entry_that_was_delivered_twice_counts_once_and_one_without_a_time_does_not_tell() {
    let line =
        |at: Option<i64>, text: &str| LogLine { at: at.and_then(Timestamp::from_unix), stream: Stream::Stdout, ..LogLine::plain(text) };
    let texts = |lines: &[LogLine]| {
        let index = LogIndex::new(&LogStream { namespace: None, lines: lines.to_vec() });
        index.records.into_iter().map(|it| it.text).collect::<Vec<_>>()
    };
    let record = "[INFO] [echonet.flask] m";
    assert_eq!(texts(&[line(Some(1), record), line(Some(1), record), line(Some(1), "more")]), ["m\nmore"]);
    assert_eq!(texts(&[line(Some(1), record), line(Some(2), record)]), ["m", "m"], "two moments are two events");
    assert_eq!(texts(&[line(None, record), line(None, record)]), ["m", "m"], "without a time nothing says that they are one");
}

#[test]
fn prefixes_are_read() {
    let cases = [
        ("[DEBUG] [echonet.l1_client] m", Echonet, Some(Level::Debug), Some("echonet.l1_client"), "m"),
        ("[WARNING] [echonet] a [b] c", Echonet, Some(Level::Warning), Some("echonet"), "a [b] c"),
        ("[CRITICAL] [echonet.echonet.class_fetcher] ", Echonet, Some(Level::Critical), Some("echonet.echonet.class_fetcher"), ""),
        ("[ERROR] [echonet.flask]", Echonet, Some(Level::Error), Some("echonet.flask"), ""),
        ("[2026-11-22 08:29:13 +0000] [16686] [INFO] Starting", Gunicorn, Some(Level::Info), None, "Starting"),
        ("[echonet] starting gunicorn on :80 ...", Gunicorn, None, None, "[echonet] starting gunicorn on :80 ..."),
        ("[ERROR] [werkzeug] m", Other, None, None, "[ERROR] [werkzeug] m"),
        ("[LOUD] [echonet.flask] m", Other, None, None, "[LOUD] [echonet.flask] m"),
        ("[ERROR] [echonetx] m", Other, None, None, "[ERROR] [echonetx] m"),
        ("[2026-11-22 08:29:13 +0000] [x] [INFO] m", Other, None, None, "[2026-11-22 08:29:13 +0000] [x] [INFO] m"),
        ("{'level': 'INFO'}", Other, None, None, "{'level': 'INFO'}"),
        (r#"{"status": 400}"#, Other, None, None, r#"{"status": 400}"#),
        ("", Other, None, None, ""),
        ("é", Other, None, None, "é"),
        (
            r#"{"timestamp":"2026-01-02T03:04:05.678Z","level":"WARN","message":"said \"no\"","filename":"crates/a/src/b.rs","line_number":4}"#,
            SequencerJson,
            Some(Level::Warning),
            Some("crates/a/src/b.rs"),
            "said \"no\"",
        ),
        (r#"{"level":"ERROR","message":"m","error":"e"}"#, SequencerJson, Some(Level::Error), None, "m\nerror: e"),
        (r#"{"level":"ERROR","message":"m","error":5}"#, SequencerJson, Some(Level::Error), None, "m\nerror: 5"),
        (r#"{"level":"ERROR","error":"e"}"#, SequencerJson, Some(Level::Error), None, "e"),
        (r#"{"level":"INFO","n":1}"#, SequencerJson, Some(Level::Info), None, r#"{"level":"INFO","n":1}"#),
    ];
    for (text, kind, level, logger, message) in cases {
        let records = index(&[&format!("-|{text}")]).records;
        let [record] = &records[..] else { panic!("{records:?}") };
        assert_eq!((record.kind, record.level, record.logger.as_deref(), record.text.as_str()), (kind, level, logger, message), "{text}");
    }
}

#[test]
fn a_time_is_taken_from_the_line_only_where_the_platform_gives_none() {
    let cases = [
        (&ACCESS[2..], "2026-11-22T08:29:15Z"),
        ("[2026-11-22 10:29:13 +0200] [1] [INFO] m", "2026-11-22T08:29:13Z"),
        (r#"{"timestamp":"2026-01-02T03:04:05.678Z","level":"INFO","message":"m"}"#, "2026-01-02T03:04:05.678Z"),
    ];
    let platform = "2026-12-01T00:00:00Z".parse().ok();
    for (text, expected) in cases {
        let line = LogLine::plain(text);
        let later = LogLine { at: platform, ..line.clone() };
        let index = LogIndex::new(&LogStream { namespace: None, lines: vec![line, later] });
        assert_eq!(index.records.iter().map(|it| it.at).collect::<Vec<_>>(), [expected.parse().ok(), platform], "{text}");
    }
}

#[test]
fn continuation_lines_join_their_record() {
    let lines =
        ["-|[DEBUG] [echonet.l1_client] failed", "-|Traceback:", "-|  File", "-|", ACCESS, "-|Error: 429", "-|[INFO] [echonet.flask] x"];
    check(&lines, &[(Echonet, 0, "failed\nTraceback:\n  File\n\nError: 429"), (AccessLog, 4, &ACCESS[2..]), (Echonet, 6, "x")]);
}

#[test]
fn streams_and_pods_do_not_mix() {
    let lines = [
        "op|[DEBUG] [echonet.l1_client] failed",
        "ep|[ERROR] [echonet.echo_center] Exception on /l1",
        "op|Traceback:",
        "ep|Traceback of the other:",
        "oq|pip says",
        "ep|[2026-11-22 08:29:13 +0000] [1] [ERROR] Error handling request",
        "op|429",
        "ep|Traceback of gunicorn",
        "oq|more",
    ];
    let index = check(
        &lines,
        &[
            (Echonet, 0, "failed\nTraceback:\n429"),
            (Echonet, 1, "Exception on /l1\nTraceback of the other:"),
            (Other, 4, "pip says\nmore"),
            (Gunicorn, 5, "Error handling request\nTraceback of gunicorn"),
        ],
    );
    assert_eq!(index.levels().into_iter().collect::<Vec<_>>(), [(Level::Debug, 1), (Level::Error, 2)]);
}

#[test]
fn what_comes_before_the_server_stays_apart() {
    let lines = ["-|Collecting flask", "-|Installed", "-|[echonet] starting gunicorn on :80 ...", "-|stray"];
    check(
        &lines,
        &[(Other, 0, "Collecting flask\nInstalled"), (Gunicorn, 2, "[echonet] starting gunicorn on :80 ..."), (Other, 3, "stray")],
    );
}

#[test]
fn panics_of_the_sequencer_are_records() {
    let lines = [
        r#"-|{"level":"INFO","message":"a"}"#,
        "-|",
        "-|thread 'main' (1) panicked at crates/a.rs:1:2:",
        "-|no more",
        r#"-|{"level":"INFO","message":"b"}"#,
        "-|thread 'x' panicked at crates/b.rs:1:2:",
        "-|thread 'y' panicked at crates/b.rs:1:2:",
    ];
    let first = "thread 'main' (1) panicked at crates/a.rs:1:2:\nno more";
    let [second, third] = ["thread 'x' panicked at crates/b.rs:1:2:", "thread 'y' panicked at crates/b.rs:1:2:"];
    let expected =
        [(SequencerJson, 0, "a"), (Other, 1, ""), (Other, 2, first), (SequencerJson, 4, "b"), (Other, 5, second), (Other, 6, third)];
    check(&lines, &expected);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the captured incidents are files")]
fn a_captured_traceback_belongs_to_its_debug_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/incidents/02-alchemy-429/logs");
    let (Ok(entries), Ok(text)) =
        (std::fs::read_to_string(format!("{folder}/gcp_entries.json")), std::fs::read_to_string(format!("{folder}/echonet.log")))
    else {
        return;
    };
    let entries = crate::evidence::log_forms::read("", &entries).expect("entries").entries.echonet.into_values().next().expect("a stream");
    for stream in [entries, crate::evidence::logs::parse_text(&text)] {
        let index = LogIndex::new(&stream);
        let limited: Vec<_> = index.records.iter().filter(|it| it.text.contains("429 Client Error")).collect();
        assert!(!limited.is_empty());
        assert!(limited.iter().all(|it| it.level == Some(Level::Debug) && it.logger.as_deref() == Some("echonet.l1_client")));
        assert!(index.records.iter().all(|it| it.kind != Other), "every line has an owner");
    }
}

#[test]
fn the_height_of_what_the_batcher_builds_stands_in_its_span() {
    let event = |spans: &str| format!(r#"-|{{"level":"INFO","message":"m","spans":{spans}}}"#);
    let height = |spans: &str| index(&[&event(spans)]).records[0].height;
    let input =
        |name: &str| format!(r#"{{"{name}":"Input {{ block_info: BlockInfo {{ block_number: BlockNumber(7), use_kzg_da: true }} }}"}}"#);
    assert_eq!(height(&format!(r#"[{{"request_id":"17"}},{}]"#, input("propose_block_input"))), Some(7));
    assert_eq!(height(&input("validate_block_input")), Some(7));
    assert_eq!(height(&input("decision_reached_input")), None);
    assert_eq!(height(r#"[{"height":"8"},{"propose_block_input":"Input { proposal_id: ProposalId(3) }"}]"#), Some(8));
}
