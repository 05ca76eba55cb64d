//! The forms in which people save logs: whichever it is, the same lines come out.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use whysync::engine::Catalog;
use whysync::engine::language::catalog::builtin;
use whysync::evidence::log_forms::{LogForm, LogGap, NotALog, SavedLog, read};
use whysync::evidence::{LogStream, Program, Timestamp};

use crate::captures;

/// A line that a program printed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PrintedLine {
    at: Timestamp,
    program: Program,
    pod: String,
    text: String,
}

const NAMESPACE: &str = "echonet-rc9";

fn container(program: Program) -> &'static str {
    match program {
        Program::Echonet => "echonet",
        Program::Sequencer => "sequencer-node",
    }
}

/// Which of two ends of a log comes first in a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum First {
    Oldest,
    Newest,
}

/// What somebody has who saved these lines in a form.
pub(crate) fn saved(form: LogForm, said: &[PrintedLine], first: First) -> String {
    let mut said = said.to_vec();
    if first == First::Newest {
        said.reverse();
    }
    let lines = |one: &dyn Fn(&PrintedLine) -> String| said.iter().map(|it| one(it) + "\n").collect::<String>();
    match form {
        LogForm::CloudPage => Value::from(said.iter().map(entry).collect::<Vec<_>>()).to_string(),
        LogForm::CloudJsonLines => lines(&|it| entry(it).to_string()),
        LogForm::CloudYaml => lines(&yaml),
        LogForm::CloudCsv => {
            let columns = "insertId,jsonPayload.filename,jsonPayload.level,jsonPayload.line_number,jsonPayload.message,jsonPayload.spans,\
                jsonPayload.timestamp,logName,resource.labels.container_name,resource.labels.namespace_name,resource.labels.pod_name,\
                severity,textPayload,timestamp\n";
            format!("{columns}{}", lines(&csv))
        }
        LogForm::SternJson => lines(&|it| {
            let message = format!("{} {}", it.at, it.text);
            json!({"message": message, "nodeName": "n", "namespace": NAMESPACE, "podName": it.pod, "containerName": container(it.program)})
                .to_string()
        }),
        LogForm::KubectlPrefix => lines(&|it| format!("[pod/{}/{}] {} {}", it.pod, container(it.program), it.at, it.text)),
        LogForm::Stern => lines(&|it| format!("{} {} {} {}", it.pod, container(it.program), it.at, it.text)),
        LogForm::K9s => lines(&|it| format!("{} {} {} {}", it.at, it.pod, container(it.program), it.text)),
        LogForm::GcloudValue => lines(&|it| match message(&it.text) {
            Some(message) => format!("{}\t{message}\t", it.at),
            None => format!("{}\t\t{}", it.at, it.text),
        }),
        LogForm::KubectlTimestamps => lines(&|it| format!("{} {}", it.at, it.text)),
        LogForm::Plain => lines(&|it| it.text.clone()),
    }
}

/// These texts as lines of both programs, with one of each program's own before them, in every form and under its name.
pub(crate) fn in_every_form(texts: &[String]) -> Vec<(String, String)> {
    let mut lines = said(&[(0, 1), (4, 1)]);
    let owners = lines.clone();
    lines.extend(texts.iter().flat_map(|text| owners.iter().map(|it| PrintedLine { text: text.clone(), ..it.clone() })));
    LogForm::ALL.iter().map(|it| (format!("{it:?}"), saved(*it, &lines, First::Oldest))).collect()
}

/// The message of an event of the sequencer.
fn message(text: &str) -> Option<String> {
    let event: Value = serde_json::from_str(text).ok()?;
    event.get("message")?.as_str().map(str::to_owned)
}

fn entry(said: &PrintedLine) -> Value {
    let labels = json!({"container_name": container(said.program), "namespace_name": NAMESPACE, "pod_name": said.pod});
    let mut entry = json!({
        "insertId": format!("{}{}", said.at, said.text.len()),
        "logName": "projects/p/logs/stdout",
        "resource": {"labels": labels, "type": "k8s_container"},
        "timestamp": said.at.to_string(),
    });
    match serde_json::from_str::<Value>(&said.text) {
        Ok(event) if event.is_object() => entry["jsonPayload"] = event,
        _ => entry["textPayload"] = said.text.clone().into(),
    }
    entry["insertId"] = format!("{:x}", fingerprint(&entry.to_string())).into();
    entry
}

/// FNV-1a: what tells entries apart.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, it| (hash ^ u64::from(it)).wrapping_mul(0x0100_0000_01b3))
}

/// A document of YAML, as gcloud prints an entry: names in order, texts in single quotes where they need any.
fn yaml(said: &PrintedLine) -> String {
    fn put(value: &Value, depth: usize, text: &mut String) {
        let indent = "  ".repeat(depth);
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    text.push_str(&format!("\n{indent}{name}:"));
                    put(value, depth + 1, text);
                }
            }
            Value::Array(items) if !items.is_empty() => {
                for item in items {
                    text.push_str(&format!("\n{indent}- {item}"));
                }
            }
            Value::String(it) if it.contains('\n') => text.push_str(&format!(" {value}")),
            Value::String(it) => text.push_str(&format!(" '{}'", it.replace('\'', "''"))),
            other => text.push_str(&format!(" {other}")),
        }
    }
    let mut text = "---".to_owned();
    put(&entry(said), 0, &mut text);
    text
}

fn csv(said: &PrintedLine) -> String {
    let entry = entry(said);
    let quoted = |it: &str| if it.contains([',', '"', '\n']) { format!("\"{}\"", it.replace('"', "\"\"")) } else { it.to_owned() };
    let cell = |place: &str| match entry.pointer(place) {
        None => String::new(),
        Some(Value::String(it)) => quoted(it),
        Some(other) => quoted(&other.to_string()),
    };
    let event = ["filename", "level", "line_number", "message", "spans", "timestamp"].map(|it| cell(&format!("/jsonPayload/{it}")));
    let labels = ["container_name", "namespace_name", "pod_name"].map(|it| cell(&format!("/resource/labels/{it}")));
    let rest = [cell("/logName"), labels.join(","), "INFO".to_owned(), cell("/textPayload"), cell("/timestamp")];
    format!("{},{},{}", cell("/insertId"), event.join(","), rest.join(","))
}

/// A line as it can be compared: of an event what the form can carry.
fn comparable(form: LogForm, text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(mut event)) => {
            match form {
                // A table has no types.
                LogForm::CloudCsv => drop(event.remove("line_number")),
                LogForm::GcloudValue => event.retain(|name, _| name == "message"),
                _ => {}
            }
            Value::Object(event)
        }
        _ => text.into(),
    }
}

fn streams(log: &SavedLog, program: Program) -> &BTreeMap<String, LogStream> {
    match program {
        Program::Echonet => &log.entries.echonet,
        Program::Sequencer => &log.entries.sequencer,
    }
}

/// Reads a text, and holds what comes out against what was said.
fn assert_reads_back(form: LogForm, text: &str, said: &[PrintedLine]) {
    let log = read("saved.txt", text).unwrap_or_else(|err| panic!("{form:?}: {err}"));
    assert_eq!(log.form, form);
    let (has_time, has_pod, has_namespace) = match form {
        LogForm::CloudPage | LogForm::CloudJsonLines | LogForm::CloudYaml | LogForm::CloudCsv | LogForm::SternJson => (true, true, true),
        LogForm::KubectlPrefix | LogForm::Stern | LogForm::K9s => (true, true, false),
        LogForm::GcloudValue | LogForm::KubectlTimestamps => (true, false, false),
        LogForm::Plain => (false, false, false),
    };
    for program in Program::ALL {
        let expected: Vec<_> = said.iter().filter(|it| it.program == program).collect();
        let found: Vec<_> = streams(&log, program).values().flat_map(|it| &it.lines).collect();
        let texts = |texts: &mut dyn Iterator<Item = &str>| texts.map(|it| comparable(form, it)).collect::<Vec<_>>();
        assert_eq!(
            texts(&mut found.iter().map(|it| it.text.as_str())),
            texts(&mut expected.iter().map(|it| it.text.as_str())),
            "{form:?}, {program:?}"
        );
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.at, Some(expected.at).filter(|_| has_time), "{form:?}");
            assert_eq!(found.pod, if has_pod { expected.pod.as_str() } else { "" }, "{form:?}");
        }
        for (name, stream) in streams(&log, program) {
            assert_eq!(name, if has_namespace { NAMESPACE } else { "" }, "{form:?}");
            assert_eq!(stream.namespace.as_deref(), has_namespace.then_some(NAMESPACE));
        }
    }
    let loses = form == LogForm::GcloudValue && said.iter().any(|it| it.program == Program::Sequencer);
    assert_eq!(log.gaps.contains(&LogGap::MessagesAlone), loses, "{form:?}");
    assert_eq!(log.unrecognised, 0, "{form:?}");
}

/// A text with the ends of lines of another system, or with a mark before it.
fn disguises(text: &str) -> [String; 3] {
    [text.to_owned(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")]
}

fn assert_every_form_reads_back(said: &[PrintedLine]) {
    for form in LogForm::ALL {
        for first in [First::Oldest, First::Newest] {
            // Nothing tells how lines without a time run.
            if (*form, first) == (LogForm::Plain, First::Newest) {
                continue;
            }
            for text in disguises(&saved(*form, said, first)) {
                assert_reads_back(*form, &text, said);
            }
        }
    }
}

/// Records as both programs print them, a line each or several.
pub(crate) const RECORDS: &[(Program, &[&str])] = &[
    (Program::Echonet, &["[INFO] [echonet.transaction_sender] Block 7310224: total=4 valid=4"]),
    (Program::Echonet, &["[echonet] starting gunicorn on :80 (1 worker, 8 threads, 300s timeout)"]),
    (Program::Echonet, &["[2026-11-27 21:59:23 +0000] [18768] [INFO] Listening at: http://0.0.0.0:80 (18768)"]),
    (Program::Echonet, &[r#"127.0.0.1 - - [27/Nov/2026:21:59:23 +0000] "POST /cende_recorder/write_blob HTTP/1.1" 200 0 "-" "-""#]),
    (
        Program::Echonet,
        &[
            "[DEBUG] [echonet.l1_client] get_block_number attempt 1/2 failed",
            "Traceback (most recent call last):",
            "  File \"/app/echonet/l1_logic/l1_client.py\", line 96, in _run_request_with_retry",
            "    response.raise_for_status()",
            "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/x",
        ],
    ),
    (
        Program::Sequencer,
        &[
            r#"{"timestamp":"2026-11-27T21:59:25.708Z","level":"INFO","message":"START_UP: Starting components!","filename":"crates/apollo_node/src/main.rs","line_number":62,"spans":[]}"#,
        ],
    ),
    (
        Program::Sequencer,
        &[
            r#"{"timestamp":"2026-11-27T22:11:26.893Z","level":"WARN","message":"PROPOSAL_FAILED: Proposal failed as proposer. Error: CendeWriteError(\"Writing blob to Aerospike failed.\")","filename":"crates/apollo_consensus_orchestrator/src/sequencer_consensus_context.rs","line_number":901,"spans":[{"name":"run_height","height":"7102109"}]}"#,
        ],
    ),
];

pub(crate) fn said(records: &[(usize, u16)]) -> Vec<PrintedLine> {
    let mut at: Timestamp = "2026-11-27T21:59:21.796703249Z".parse().expect("a time");
    let mut said = Vec::new();
    for (record, later) in records {
        let (program, lines) = RECORDS[*record];
        at = at.plus_millis(i64::from(*later));
        let pod = match program {
            Program::Echonet => "echonet-ws6k4lxc7-6cppc",
            Program::Sequencer => "sequencer-node-statefulset-0",
        };
        let text = |line: &str| match serde_json::from_str::<Value>(line) {
            Ok(mut event) => {
                event["timestamp"] = at.to_string().into();
                event.to_string()
            }
            Err(_) => line.to_owned(),
        };
        said.extend(lines.iter().map(|it| PrintedLine { at, program, pod: pod.to_owned(), text: text(it) }));
    }
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    // Of one moment alone nothing tells whether its lines came newest first.
    #[test]
    fn what_was_saved_in_any_form_reads_back(records in prop::collection::vec((0..RECORDS.len(), 1..2000u16), 2..12)) {
        assert_every_form_reads_back(&said(&records));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        form in 0..LogForm::ALL.len(),
        place in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let noise = String::from_utf8_lossy(&bytes);
        let _ = read("x", &noise);
        let text = saved(LogForm::ALL[form], &said(&[(0, 1), (4, 1), (6, 1)]), First::Oldest);
        let boundary = |it: prop::sample::Index| (0..=it.index(text.len())).rev().find(|it| text.is_char_boundary(*it)).unwrap_or(0);
        let (place, cut) = (boundary(place), boundary(cut));
        let _ = read("x", &format!("{}{noise}{}", &text[..place], &text[place..]));
        let _ = read("x", &text[..cut]);
        let _ = read("x", &text[cut..]);
    }
}

#[test]
fn the_time_that_a_program_printed_is_no_time_of_a_tool() {
    // As images of before October 2025 print it (crates/apollo_infra/src/trace_util.rs).
    let printed = "2025-09-01T08:38:15.123Z  INFO run_height: crates/apollo_batcher/src/batcher.rs:62: Some text height=7";
    let framed = [
        (LogForm::KubectlPrefix, format!("[pod/sequencer-node-statefulset-0/sequencer-node] {printed}\n")),
        (LogForm::Stern, format!("sequencer-node-statefulset-0 sequencer-node {printed}\n")),
        (LogForm::K9s, format!("sequencer-node-statefulset-0 {printed}\n")),
        (
            LogForm::SternJson,
            json!({"message": printed, "podName": "sequencer-node-statefulset-0", "containerName": "sequencer-node"}).to_string() + "\n",
        ),
        (LogForm::Plain, format!("{printed}\n")),
    ];
    for (form, text) in framed {
        let log = read("x.txt", &text).unwrap_or_else(|err| panic!("{form:?}: {err}"));
        let lines: Vec<_> = log.entries.sequencer.values().flat_map(|it| &it.lines).collect();
        let [line] = lines.as_slice() else { panic!("{form:?}: {lines:?}") };
        assert_eq!((log.form, line.text.as_str(), line.at), (form, printed, None), "the line as it was printed, without a time of a tool");
    }
    // With a time of a tool before it, that is taken off and the program's own stays.
    let tool: Timestamp = "2025-09-01T08:38:15.200Z".parse().expect("a time");
    for before in ["[pod/sequencer-node-statefulset-0/sequencer-node] ", "sequencer-node-statefulset-0 sequencer-node ", ""] {
        let log = read("x.txt", &format!("{before}{tool} {printed}\n")).unwrap_or_else(|err| panic!("{before}: {err}"));
        let lines: Vec<_> = log.entries.sequencer.values().flat_map(|it| &it.lines).collect();
        assert!(matches!(lines.as_slice(), [line] if line.text == printed && line.at == Some(tool)), "{before}: {lines:?}");
    }
}

#[test]
fn a_log_that_was_cut_or_saved_twice_says_so() {
    let of_lines = [LogForm::KubectlPrefix, LogForm::Stern, LogForm::K9s, LogForm::GcloudValue, LogForm::KubectlTimestamps, LogForm::Plain];
    // Lines of the web server state times, so they repeat themselves only in a copy.
    let records: Vec<(usize, u16)> = (0..24).map(|it| (if it % 2 == 0 { 3 } else { 0 }, 1000)).collect();
    let said = said(&records);
    for form in of_lines {
        let whole = saved(form, &said, First::Oldest);
        let gaps = |text: &str| read("x.txt", text).unwrap_or_else(|err| panic!("{form:?}: {err}")).gaps.into_iter().collect::<Vec<_>>();
        assert_eq!(gaps(&whole), [], "{form:?}");
        assert_eq!(gaps(whole.trim_end()), [LogGap::Cut], "{form:?}");
    }
    let twice = LogGap::Copies { program: Program::Echonet, lines: 24 };
    let log = read("x.txt", &saved(LogForm::Plain, &said, First::Oldest).repeat(2)).unwrap_or_else(|err| panic!("{err}"));
    assert!(log.gaps.iter().eq([&twice]), "{:?}", log.gaps);
    assert_eq!(log.entries.echonet.values().map(|it| it.lines.len()).sum::<usize>(), 24, "each line is there once");
    assert!(twice.concerns(Program::Echonet) && !twice.concerns(Program::Sequencer), "copies of one program's lines");
}

#[test]
fn the_words_of_forms_differ() {
    let words: std::collections::BTreeSet<&str> = LogForm::ALL.iter().map(|it| it.words()).collect();
    assert_eq!(words.len(), LogForm::ALL.len(), "{words:?}");
}

/// The lines of captured entries, oldest first, each moment once.
fn captured(set: &str, name: &str) -> Option<Vec<PrintedLine>> {
    let path = captures::folder(set)?.join(name).join("logs/gcp_entries.json");
    let log = read("", &std::fs::read_to_string(path).expect("a capture")).expect("entries");
    let mut said: Vec<PrintedLine> = Vec::new();
    for program in Program::ALL {
        for line in streams(&log, program).values().flat_map(|it| &it.lines) {
            said.push(PrintedLine { at: line.at.expect("a time"), program, pod: line.pod.to_string(), text: line.text.to_string() });
        }
    }
    said.sort_by_key(|it| it.at);
    Some(said)
}

#[test]
fn captured_entries_read_back_from_every_form() {
    for (set, name) in [("cases", "x03-write-blob-500-keyerror"), ("cases", "x18-sequencer-oom-stall"), ("incidents", "02-alchemy-429")] {
        let Some(said) = captured(set, name) else { return };
        assert!(100 < said.len(), "{name}");
        for form in LogForm::ALL {
            for first in [First::Oldest, First::Newest] {
                let text = saved(*form, &said, first);
                assert_reads_back(*form, &text, &said);
            }
        }
    }
}

/// What must come out of a file: its form, and how many lines of each program.
const FILES: &[(&str, LogForm, [usize; 2])] = &[
    ("forms/nat-A-seed-literal/echonet-echonet-rc9.log", LogForm::GcloudValue, [486, 0]),
    ("forms/nat-F2-gcloud-json-othername/logs/echonet-echonet-rc9.json", LogForm::CloudPage, [476, 0]),
    ("forms/nat-G-explorer-ndjson/logs/gcp_entries.json", LogForm::CloudJsonLines, [476, 0]),
    ("forms/nat-G2-explorer-downloaded/downloaded-logs-20261122-103000.json", LogForm::CloudPage, [476, 0]),
    ("forms/nat-H-explorer-csv/logs/gcp_entries.csv", LogForm::CloudCsv, [476, 0]),
    ("forms/nat-I2-kubectl-logs-timestamps/logs/echonet.log", LogForm::KubectlTimestamps, [486, 0]),
    ("forms/nat-I3-gcloud-value-as-echonet.log/logs/echonet.log", LogForm::GcloudValue, [486, 0]),
    ("forms/nat-I4-gcloud-value-asc/logs/echonet.log", LogForm::GcloudValue, [486, 0]),
    ("forms/seqtxt/logs/echonet.log", LogForm::Plain, [486, 0]),
    ("forms/seqtxt/logs/sequencer.log", LogForm::GcloudValue, [0, 1]),
    ("forms/stall-gcloud-value-desc/logs/echonet.log", LogForm::GcloudValue, [244, 0]),
    ("forms/stall-kubectl-timestamps/logs/echonet.log", LogForm::KubectlTimestamps, [244, 0]),
    ("forms/stall-plain-desc/logs/echonet.log", LogForm::Plain, [244, 0]),
    ("x01s-feeder-429-seeduser/sequencer-echonet-dev2.log", LogForm::GcloudValue, [0, 16]),
    ("x03s-write-blob-500-seeduser/echonet-echonet-dev3.log", LogForm::CloudPage, [418, 0]),
    ("x03s-write-blob-500-seeduser/sequencer-echonet-dev3.log", LogForm::CloudPage, [0, 35]),
    ("x10s-healthy-seeduser/sequencer-echonet-green.log", LogForm::GcloudValue, [0, 29]),
];

#[test]
fn one_incident_has_the_same_lines_in_whatever_form_it_was_saved() {
    let Some(cases) = captures::folder("cases") else { return };
    let mut texts: BTreeMap<&str, (&str, Vec<String>)> = BTreeMap::new();
    for (file, form, counts) in FILES {
        let body = std::fs::read_to_string(cases.join(file)).expect("a file");
        let log = read(file, &body).unwrap_or_else(|err| panic!("{file}: {err}"));
        let lines = |program| streams(&log, program).values().flat_map(|it| &it.lines).collect::<Vec<_>>();
        assert_eq!((log.form, [lines(Program::Echonet).len(), lines(Program::Sequencer).len()]), (*form, *counts), "{file}");
        assert_eq!(log.unrecognised, 0, "{file}");
        let incident = file.trim_start_matches("forms/").split(['-', '/']).next().expect("a name");
        let incident = if incident == "seqtxt" { "nat" } else { incident };
        // An entry of Cloud Logging without text is no line.
        let here: Vec<String> = lines(Program::Echonet).iter().map(|it| it.text.to_string()).filter(|it| !it.is_empty()).collect();
        if file.starts_with("forms/") && !here.is_empty() {
            let (other, before) = texts.entry(incident).or_insert_with(|| (file, here.clone()));
            assert!(*before == here, "{file} and {other} differ");
        }
    }
    let forward = std::fs::read_to_string(cases.join("x01s-feeder-429-seeduser/pf-18083.log")).expect("a file");
    assert_eq!(read("pf-18083.log", &forward), Err(NotALog::PortForward));
    assert_eq!(read("sequencer-echonet-rc9.log", ""), Err(NotALog::Empty));
}

#[test]
fn a_log_with_times_before_its_lines_is_diagnosed_as_one_without() {
    let Some(cases) = captures::folder("cases") else { return };
    let catalog = Catalog::new(&[builtin()]).unwrap_or_else(|problems| panic!("{problems:?}"));
    let of = |name: &str| {
        let diagnosis = captures::diagnosis(&cases.join("f-value-format").join(name), &catalog);
        let rules: Vec<String> = diagnosis.findings.iter().map(|it| it.rule.clone()).collect();
        (diagnosis.verdict, diagnosis.headline.clone(), rules)
    };
    let plain = of("a");
    assert!(plain.1.contains("feeder failed"), "{}", plain.1);
    assert_eq!((of("b"), of("c")), (plain.clone(), plain));
}
