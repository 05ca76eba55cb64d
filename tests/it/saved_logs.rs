//! Saved logs: whose plain lines are, what is no log, several files of one incident, and files that somebody made to hurt.

use std::time::{Duration, Instant};

use whysync::evidence::log_forms::{LogForm, LogGap, Merged, NotALog, SavedLog, cloud_page, merged, read};
use whysync::evidence::logs::{CloudEntries, LogLine, Stream};
use whysync::evidence::{LogStream, Program};
use whysync::facts::LogIndex;

const ECHONET: &str = "[INFO] [echonet.transaction_sender] Block 7310224: total=4 valid=4";
const MATCH: &str = "[INFO] [echonet.echo_center] Block 7310224: block hash MATCH with mainnet: 0x3c3b";
const TRACEBACK: &str = "[DEBUG] [echonet.l1_client] get_logs attempt 1/2 failed\nTraceback (most recent call last):\n  File \"/app/echonet/l1_logic/l1_client.py\", line 96, in f\nrequests.exceptions.HTTPError: 429 Client Error";
const EVENT: &str = r#"{"timestamp":"2026-11-27T22:08:13.504Z","level":"INFO","message":"START_UP: Starting components!","filename":"crates/apollo_node/src/main.rs","line_number":62,"spans":[]}"#;

fn saved_log(name: &str, body: &str) -> SavedLog {
    read(name, body).unwrap_or_else(|err| panic!("{err}\n{body}"))
}

fn lines(log: &SavedLog, program: Program) -> Vec<&LogLine> {
    let streams = match program {
        Program::Echonet => &log.entries.echonet,
        Program::Sequencer => &log.entries.sequencer,
    };
    streams.values().flat_map(|it| &it.lines).collect()
}

fn texts(log: &SavedLog, program: Program) -> Vec<&str> {
    lines(log, program).iter().map(|it| it.text.as_str()).collect()
}

#[test]
fn plain_lines_of_both_programs_in_one_file_are_told_apart() {
    let panic = "thread 'main' panicked at crates/apollo_node/src/main.rs:22:5:\ncalled `Option::unwrap()` on a `None` value";
    let log = saved_log("all.log", &format!("{TRACEBACK}\n{EVENT}\n  more of the traceback\n{ECHONET}\n{panic}\n{EVENT}\n"));
    let expected: Vec<&str> = TRACEBACK.lines().chain(["  more of the traceback", ECHONET]).collect();
    assert_eq!(texts(&log, Program::Echonet), expected);
    assert_eq!(texts(&log, Program::Sequencer), [EVENT].into_iter().chain(panic.lines()).chain([EVENT]).collect::<Vec<_>>());
    assert_eq!(log.unrecognised, 0);
}

#[test]
fn lines_that_no_program_of_ours_prints_are_counted_and_kept_where_they_are() {
    let log = saved_log("x", &format!("Collecting flask\n{ECHONET}\n"));
    assert_eq!((texts(&log, Program::Echonet), log.unrecognised), (vec!["Collecting flask", ECHONET], 1));
    let log = saved_log("x", &format!("{EVENT}\nKilled\n"));
    assert_eq!((texts(&log, Program::Sequencer), log.unrecognised), (vec![EVENT, "Killed"], 1));
}

#[test]
fn a_text_without_a_line_of_ours_is_no_log_and_its_first_line_is_shown() {
    let foreign = "2026-11-22 08:38:21.806 [main] INFO com.example.App - started\n".repeat(675);
    let Err(NotALog::NoLineRecognised { first, lines }) = read("echonet-rc9.log", &foreign) else { panic!("it is read") };
    assert_eq!((first.to_string().as_str(), lines), ("2026-11-22 08:38:21.806 [main] INFO com.example.App - started", 675));
    let said = |body: &str| read("echonet.log", body).expect_err("it is no log").to_string();
    assert!(said(&foreign).contains("none of its 675 lines"), "{}", said(&foreign));
    // Times before foreign lines make none of them ours, and neither does the file's name.
    assert!(said(&"2026-11-22T08:38:21.806549567Z started\n".repeat(3)).contains("none of its 3 lines"));
    assert!(said(&format!("{}\n", "x".repeat(500))).contains(&format!("`{}…`", "x".repeat(120))));
    for (body, why) in [
        ("", "no line"),
        ("\n \n", "no line"),
        ("<html>502</html>", "HTML"),
        ("{}", "JSON"),
        ("null", "JSON"),
        ("0", "JSON"),
        ("\"x\"", "JSON"),
        (r#"{"detail":"Not Found"}"#, "JSON"),
        (r#"{"kind":"Status","status":"Failure","code":403}"#, "JSON"),
        (r#"{"error":"x"}"#, "JSON"),
        (r#"[{"block_number":1}]"#, "something else than log entries"),
        (r#"{"entries":[{"timestamp":"yesterday","textPayload":"x"}]}"#, "yesterday"),
        ("---\ntextPayload: [\n", "YAML"),
        ("timestamp,textPayload\n", "no row"),
        ("timestamp,textPayload\nyesterday,x\n", "no row"),
        ("Forwarding from 127.0.0.1:18083 -> 80\nHandling connection for 18083\n", "port-forward"),
    ] {
        assert!(said(body).contains(why), "{body}: {}", said(body));
    }
}

#[test]
fn the_name_of_a_file_is_asked_only_where_the_lines_say_nothing() {
    // The tab behind the message is lost, so it could be either program's.
    let body = "2026-11-27T21:59:30.821Z\tBuilding proposal for height 7100106 round 0\n";
    let log = saved_log("logs/sequencer-echonet-dev2.log", body);
    assert_eq!(texts(&log, Program::Sequencer), [r#"{"message":"Building proposal for height 7100106 round 0"}"#]);
    assert!(matches!(read("echonet-dev2.log", body), Err(NotALog::NoLineRecognised { .. })));
    let echonet = saved_log("sequencer-echonet-dev2.log", &format!("2026-11-27T21:59:30.821Z\t{ECHONET}\n"));
    assert_eq!(texts(&echonet, Program::Echonet), [ECHONET]);
}

#[test]
fn a_message_over_several_lines_is_one_event_and_says_what_was_not_saved() {
    let body = "2026-11-27T21:59:31Z\tCENDE_FAILURE: <!doctype html>\n<title>500</title>\n\t\n2026-11-27T21:59:30Z\tBuilding proposal for height 7 round 0\t\n";
    let log = saved_log("x", body);
    assert_eq!(log.form, LogForm::GcloudValue);
    let stream = log.entries.sequencer.values().next().expect("lines");
    let records = LogIndex::new(stream).records;
    let said: Vec<_> = records.iter().map(|it| (it.text.as_str(), it.level, it.at.map(|it| it.to_string()))).collect();
    let at = |it: &str| Some(it.to_owned());
    assert_eq!(
        said,
        [
            ("Building proposal for height 7 round 0", None, at("2026-11-27T21:59:30Z")),
            ("CENDE_FAILURE: <!doctype html>\n<title>500</title>\n", None, at("2026-11-27T21:59:31Z")),
        ]
    );
    assert_eq!(log.gaps.iter().collect::<Vec<_>>(), [&LogGap::MessagesAlone]);
    assert!(LogGap::MessagesAlone.concerns(Program::Sequencer) && !LogGap::MessagesAlone.concerns(Program::Echonet));
}

#[test]
fn continuation_lines_stay_behind_their_first_line() {
    let newest_first = format!("2026-11-27T21:59:33Z\t\t{MATCH}\n2026-11-27T21:59:32Z\t\t{TRACEBACK}\n2026-11-27T21:59:31Z\t\t{ECHONET}\n");
    let log = saved_log("x", &newest_first);
    let expected: Vec<&str> = [ECHONET].into_iter().chain(TRACEBACK.lines()).chain([MATCH]).collect();
    assert_eq!(texts(&log, Program::Echonet), expected);
    // Two downloads in one file, each with the newest first.
    let log = saved_log(
        "x",
        &format!(
            "2026-11-27T21:59:33Z {MATCH}\n2026-11-27T21:59:32Z {ECHONET}\n2026-11-27T21:59:41Z {MATCH}\n2026-11-27T21:59:40Z {ECHONET}\n"
        ),
    );
    assert_eq!(texts(&log, Program::Echonet), [ECHONET, MATCH, ECHONET, MATCH]);
}

/// `crates/apollo_infra/src/trace_util.rs` had `.compact()` until October 2025, with colours.
#[test]
fn the_text_that_older_sequencers_print_is_read_with_colours_and_without() {
    let plain =
        "2025-09-01T08:38:15.123Z  WARN run_height: crates/apollo_batcher/src/batcher.rs:62: Proposal failed error=timeout height=7102109";
    let coloured = "\u{1b}[2m2025-09-01T08:38:15.123Z\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m \u{1b}[1mrun_height\u{1b}[0m\u{1b}[2m:\u{1b}[0m \u{1b}[2mcrates/apollo_batcher/src/batcher.rs\u{1b}[0m\u{1b}[2m:\u{1b}[0m\u{1b}[2m62\u{1b}[0m\u{1b}[2m:\u{1b}[0m Proposal failed \u{1b}[3merror\u{1b}[0m\u{1b}[2m=\u{1b}[0mtimeout \u{1b}[2m\u{1b}[3mheight\u{1b}[0m\u{1b}[2m=\u{1b}[0m7102109\u{1b}[0m";
    for body in [plain.to_owned(), coloured.to_owned(), format!("2025-09-01T08:38:15.200Z {coloured}")] {
        let log = saved_log("x", &format!("{body}\n"));
        assert_eq!(texts(&log, Program::Sequencer), [plain]);
        let records = LogIndex::new(log.entries.sequencer.values().next().expect("lines")).records;
        let record = records.first().expect("a record");
        assert_eq!(record.level, Some(whysync::evidence::level::Level::Warning));
        assert_eq!(record.logger.as_deref(), Some("crates/apollo_batcher/src/batcher.rs"));
        assert_eq!((record.height, record.text.as_str()), (Some(7102109), "Proposal failed error=timeout height=7102109"));
    }
}

#[test]
fn variants_of_the_tools_are_read() {
    for (body, form, pod) in [
        (
            format!("+ echonet-6c9f7d-x2x4z › echonet\nechonet-6c9f7d-x2x4z echonet {ECHONET}\n- echonet-6c9f7d-x2x4z › echonet\n"),
            LogForm::Stern,
            "echonet-6c9f7d-x2x4z",
        ),
        (
            format!("\u{1b}[38;5;9mns-a\u{1b}[0m \u{1b}[38;5;9mechonet-6c9f7d-x2x4z\u{1b}[0m \u{1b}[38;5;10mechonet\u{1b}[0m {ECHONET}\n"),
            LogForm::Stern,
            "echonet-6c9f7d-x2x4z",
        ),
        (format!("echonet-6c9f7d-x2x4z echonet 11-27 21:59:30 {ECHONET}\n"), LogForm::Stern, "echonet-6c9f7d-x2x4z"),
        (
            format!("{{\"pod\": \"echonet-6c9f7d-x2x4z\", \"container\": \"echonet\", \"message\": {}}}\n", serde_json::json!(ECHONET)),
            LogForm::SternJson,
            "echonet-6c9f7d-x2x4z",
        ),
        (
            format!(
                "{{\n  \"pod\": \"echonet-6c9f7d-x2x4z\",\n  \"container\": \"echonet\",\n  \"message\": {}\n}}\n",
                serde_json::json!(ECHONET)
            ),
            LogForm::SternJson,
            "echonet-6c9f7d-x2x4z",
        ),
        (format!("echonet-6c9f7d-x2x4z {ECHONET}\n\n🏁 Stream exited! No more logs...\n"), LogForm::K9s, "echonet-6c9f7d-x2x4z"),
        (format!("2026-11-27T21:59:30.821Z echonet {ECHONET}\n"), LogForm::K9s, ""),
        (format!("Defaulted container \"echonet\" out of: echonet, extract-echonet-src (init)\n{ECHONET}\n"), LogForm::Plain, ""),
        (format!("timestamp\ttext_payload\n2026-11-27T21:59:30.821Z\t{ECHONET}\n"), LogForm::CloudCsv, ""),
        (format!("2026-11-27T21:59:30.821Z\tINFO\t{ECHONET}\n"), LogForm::GcloudValue, ""),
        (format!("---\ntextPayload: |-\n  {ECHONET}\ntimestamp: '2026-11-27T21:59:30.821Z'\n"), LogForm::CloudYaml, ""),
        (
            format!("[{{\"textPayload\":{},\"timestamp\":\"2026-11-27T21:59:30.821Z\"}}]", serde_json::json!(ECHONET)),
            LogForm::CloudPage,
            "",
        ),
    ] {
        let log = saved_log("x", &body);
        let found: Vec<_> = lines(&log, Program::Echonet).into_iter().filter(|it| !it.text.is_empty()).collect();
        assert_eq!(found.iter().map(|it| (it.text.as_str(), it.pod.as_str())).collect::<Vec<_>>(), [(ECHONET, pod)], "{body}");
        assert_eq!((log.form, log.unrecognised), (form, 0), "{body}");
    }
    let event = format!("{{\"pod\": \"sequencer-node-statefulset-0\", \"container\": \"sequencer-node\", \"message\": {EVENT}}}\n");
    let json = |it: &str| serde_json::from_str::<serde_json::Value>(it).expect("an event");
    assert_eq!(texts(&saved_log("x", &event), Program::Sequencer).into_iter().map(json).collect::<Vec<_>>(), [json(EVENT)]);
    // Columns of the Logs Explorer, one for each value in a list.
    let table = "jsonPayload.level,jsonPayload.message,jsonPayload.spans.0.height,resource.labels.container_name,timestamp\nWARN,x,7102109,sequencer-node,2026-11-27T21:59:30Z\n";
    let table = saved_log("x", table);
    let records = LogIndex::new(table.entries.sequencer.values().next().expect("lines")).records;
    assert_eq!(records.first().map(|it| (it.height, it.text.as_str())), Some((Some(7102109), "x")));
}

#[test]
fn damaged_entries_cost_only_themselves_and_are_counted() {
    let entry = |second: u32| format!("{{\"textPayload\":{},\"timestamp\":\"2026-11-27T21:59:{second}Z\"}}\n", serde_json::json!(ECHONET));
    let cut = format!("{}{}\n{}", entry(10), &entry(11)[..20], entry(12));
    let yaml = |second: u32| format!("---\ntextPayload: '{ECHONET}'\ntimestamp: '2026-11-27T21:59:{second}Z'\n");
    let damaged_yaml = format!("{}---\ntextPayload: 'x\ninsertId: [\n{}", yaml(10), yaml(12));
    let table = format!("timestamp,textPayload\n2026-11-27T21:59:10Z,{ECHONET}\nx\n2026-11-27T21:59:12Z,{ECHONET}\n");
    for body in [cut, damaged_yaml, table] {
        let log = saved_log("x", &body);
        assert_eq!(texts(&log, Program::Echonet), [ECHONET, ECHONET], "{body}");
        assert_eq!(log.gaps.iter().collect::<Vec<_>>(), [&LogGap::Damaged { entries: 1 }], "{body}");
    }
}

/// Entries of containers, as `entries:list` answers.
fn listed(second: u32, container: &str, stream: &str, text: &str) -> String {
    format!(
        r#"{{"logName":"projects/p/logs/{stream}","textPayload":"{text}","timestamp":"2026-01-02T03:04:{second:02}Z","severity":"INFO","resource":{{"labels":{{"container_name":"{container}","pod_name":"p"}}}}}}"#
    )
}

#[test]
fn a_list_with_the_newest_first_is_turned_round() {
    let [a, b, c] = [listed(5, "echonet", "stdout", "a"), listed(5, "echonet", "stderr", "b"), listed(9, "echonet", "stdout", "c")];
    let log = saved_log("x", &format!("[{c},{b},{a}]"));
    let found: Vec<_> = lines(&log, Program::Echonet).iter().map(|it| (it.text.as_str(), it.stream)).collect();
    assert_eq!(found, [("a", Stream::Stdout), ("b", Stream::Stderr), ("c", Stream::Stdout)]);
}

#[test]
fn containers_are_told_apart_and_a_further_page_is_noticed() {
    let [e, s, i] =
        [("echonet", "e"), ("sequencer-node", "s"), ("extract-echonet-src", "i")].map(|(it, text)| listed(1, it, "stdout", text));
    let log = saved_log("x", &format!(r#"{{"entries":[{e},{s},{i}],"nextPageToken":"x"}}"#));
    assert_eq!((texts(&log, Program::Echonet), texts(&log, Program::Sequencer)), (vec!["e"], vec!["s"]));
    assert_eq!((log.entries.passed_over, log.entries.more_pages), (1, true));
}

#[test]
fn an_entry_that_is_listed_twice_is_one() {
    let one = listed(1, "echonet", "stdout", "e").replacen('{', r#"{"insertId":"a","#, 1);
    assert_eq!(texts(&saved_log("x", &format!("[{one},{one}]")), Program::Echonet), ["e"]);
}

#[test]
fn an_answer_without_entries_has_none_and_a_file_like_it_is_no_log() {
    assert_eq!(cloud_page("{}"), Ok(CloudEntries::default()));
    assert!(read("x", "{}").is_err());
    for empty in ["[]", r#"{"entries":[]}"#] {
        assert_eq!(saved_log("x", empty).entries, CloudEntries::default());
    }
}

fn together(files: &[&str]) -> (Vec<String>, Merged) {
    let merged = merged(files.iter().map(|it| saved_log("x", it)).collect());
    let lines = merged.entries.echonet.values().flat_map(|it: &LogStream| &it.lines).map(|it| it.text.to_string()).collect();
    (lines, merged)
}

#[test]
fn several_files_are_one_log_in_the_order_of_time_without_copies() {
    let line = |number: u32| format!("[INFO] [echonet.x] line {number}");
    let timed = |numbers: &[u32]| numbers.iter().map(|it| format!("2026-11-27T21:59:{it:02}Z {}\n", line(*it))).collect::<String>();
    let expected: Vec<String> = (10..16).map(line).collect();
    // Downloads that overlap, the later one first.
    let (lines, all) = together(&[&timed(&[13, 14, 15]), &timed(&[10, 11, 12, 13, 14])]);
    assert_eq!((lines, all.gaps.len()), (expected.clone(), 0));
    // The same line twice at one time is twice there in both.
    let (lines, all) = together(&[&timed(&[10, 10]), &timed(&[10, 10, 11])]);
    assert_eq!((lines, all.gaps.len()), (vec![line(10), line(10), line(11)], 0));
    // The container's own output has lines that the download lacks, and no time.
    let plain: String = (10..16).map(|it| line(it) + "\n").collect();
    let (lines, all) = together(&[&plain, &timed(&[10, 11, 13, 15])]);
    assert_eq!((lines, all.gaps.len()), (expected, 0));
    // Nothing says where lines belong of which none is there with a time.
    let (lines, all) = together(&["[INFO] [echonet.x] other\n", &timed(&[10, 11])]);
    assert_eq!(lines, [line(10), line(11), "[INFO] [echonet.x] other".to_owned()]);
    assert_eq!(all.gaps.into_iter().collect::<Vec<_>>(), [LogGap::Unplaced { program: Program::Echonet, lines: 1 }]);
    // Parts of one output, told by what the web server states.
    let access =
        |second: u32| format!("127.0.0.1 - - [27/Nov/2026:21:59:{second:02} +0000] \"GET /echonet/report HTTP/1.1\" 200 0 \"-\" \"-\"");
    let part = |seconds: std::ops::Range<u32>| seconds.map(|it| access(it) + "\n").collect::<String>();
    let (lines, all) = together(&[&part(30..59), &part(0..35)]);
    assert_eq!((lines.len(), all.gaps.len()), (64, 0), "too few lines are there twice to be a copy");
    let (lines, all) = together(&[&part(20..59), &part(0..45)]);
    assert_eq!((lines, all.gaps.len()), ((0..59).map(access).collect::<Vec<_>>(), 0));
}

#[test]
fn hostile_files_take_time_in_proportion_to_their_size() {
    let mib = 1024 * 1024;
    let nested = |open: &str| open.repeat(mib);
    let bomb =
        "---\ntextPayload: &a [x,x,x,x,x,x,x,x]\ninsertId: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nlabels: [*b,*b,*b,*b,*b,*b,*b,*b]\n".repeat(2_000);
    let cases = [
        ("one long line", "x".repeat(50 * mib)),
        ("one long line with a time", format!("2026-11-27T21:59:30Z {}", "x ".repeat(25 * mib))),
        ("one long line of an access log", format!("127.0.0.1 - - [{}", "] \"".repeat(8 * mib))),
        ("empty lines", "\n".repeat(mib)),
        ("empty lines behind a line of ours", format!("{ECHONET}{}", "\n".repeat(mib))),
        ("deep arrays", nested("[")),
        ("deep objects", nested("{\"a\":")),
        ("lines that begin an object", nested("{\"textPayload\":\"a\",\n")),
        ("objects that are never closed, behind an entry", format!("{{\"textPayload\":\"x\"}}\n{}", nested("{\"a\":[1,\n"))),
        ("quotation marks that are never closed", format!("timestamp,textPayload\n{}", nested("\"a,\n"))),
        ("an odd quotation mark in each row", format!("timestamp,textPayload\n{}", nested("x,\"\"\"\n"))),
        ("documents of YAML that refer to themselves", bomb),
        ("one document of YAML", format!("---\ntextPayload: '{}'\n", "x".repeat(50 * mib))),
        ("deep YAML", format!("---\ntextPayload: {}\n", nested("["))),
        ("escapes of a terminal", nested("\u{1b}[")),
        ("messages that never end", nested("2026-11-27T21:59:30Z\tx\n")),
        ("a message that never ends", format!("2026-11-27T21:59:30Z\tx\n{}", nested("y\n"))),
    ];
    for (what, body) in cases {
        let began = Instant::now();
        let read = read("x", &body).map(|it| it.form);
        let took = began.elapsed();
        // Tests are built without optimisation, and machines are busy.
        assert!(took < Duration::from_secs(40), "{what}: {took:?}, {read:?}");
    }
}
