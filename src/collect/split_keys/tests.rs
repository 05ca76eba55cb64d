//! However a key is cut, nothing of it is left, and nothing else is gone.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::collect::redact::redact;

/// Lines as others write them between.
const OTHERS_SAY: [&str; 6] = [
    "[INFO] [echonet.flask] Forwarded tx 0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7 status=200",
    "address=0xAbCdEf0123456789aBcDeF0123456789abCDEF01 block=/tx/0xAbCdEf0123456789aBcDeF0123456789abCDEF01",
    r#"{"level":"INFO","message":"Building proposal for height 7 crates/apollo_mempool/src/mempool.rs","tx":"0x1f"}"#,
    "digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 commit 4013c0712ab34cd56ef78ab90cd12ef34ab56cd7",
    "Traceback (most recent call last):",
    "  File \"/app/echonet/transaction_sender.py\", line 12, in send",
];

/// How a stream writes a text down.
#[derive(Debug, Clone, Copy)]
enum StreamForm {
    Text,
    Prefixed,
    Message,
    Nested,
    Timed,
}

/// A line with this text, as it is after redaction.
fn written(form: StreamForm, text: &str) -> String {
    let line = match form {
        StreamForm::Text => text.to_owned(),
        StreamForm::Prefixed => format!("2026-01-02T03:04:05Z [ERROR] {text}"),
        StreamForm::Message => json!({"level": "ERROR", "message": text, "filename": "a.rs"}).to_string(),
        StreamForm::Nested => json!({"fields": {"message": text, "height": 7}, "target": "apollo_node"}).to_string(),
        StreamForm::Timed => format!("2026-01-02T03:04:05Z {}", json!({"level": "ERROR", "message": text})),
    };
    redact(&line).text.into_owned()
}

fn begins(kind: &str) -> String {
    format!("-----BEGIN {kind}PRIVATE KEY-----")
}

fn masked(lines: &[String]) -> Vec<String> {
    let mut keys = SplitKeys::default();
    let masked = lines.iter().map(|it| {
        let mut line = it.clone();
        keys.mask_line("a", &mut line);
        line
    });
    masked.collect()
}

/// Whether six characters in a row of the key are left anywhere.
fn is_left(body: &str, text: &str) -> bool {
    let text = text.replace(['\n', '\r', ' ', '\t'], "");
    body.as_bytes().windows(6).any(|it| text.contains(std::str::from_utf8(it).expect("ASCII")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_a_key_is_cut_into_entries_nothing_of_it_is_left(
        // Without `x`, no part of it is a number.
        body in "[A-Za-wyz0-9+/]{200,900}={0,2}",
        kind in proptest::sample::select(&["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "][..]),
        (width, line_end) in (prop_oneof![Just(64_usize), Just(76), Just(4000)], proptest::sample::select(&["\n", "\r\n", "\n    ", "\\n"][..])),
        cuts in proptest::collection::btree_set(11_usize..900, 1..80),
        form in proptest::sample::select(&[StreamForm::Text, StreamForm::Prefixed, StreamForm::Message, StreamForm::Nested, StreamForm::Timed][..]),
        others in proptest::collection::vec(0_usize..8, 80),
    ) {
        let rows: Vec<&str> = body.as_bytes().chunks(width).map(|it| std::str::from_utf8(it).expect("ASCII")).collect();
        let key = format!("{}{line_end}{}{line_end}-----END {kind}PRIVATE KEY-----", begins(kind), rows.join(line_end));
        let mut lines = vec![written(form, "before it")];
        let mut expected = vec![None];
        let mut at = 0;
        // In what a key begins with, one cut.
        let first = cuts.iter().next().copied();
        let cuts = cuts.iter().copied().filter(|it| *it < key.len() && (Some(*it) == first || begins(kind).len() < *it)).chain([key.len()]);
        for (cut, others) in cuts.zip(others) {
            lines.push(written(form, &key[at..cut]));
            expected.push(None);
            at = cut;
            if let Some(other) = OTHERS_SAY.get(others) {
                lines.push((*other).to_owned());
                expected.push(Some(*other));
            }
        }
        if at < key.len() {
            lines.push(written(form, &key[at..]));
        }
        let out = masked(&lines);
        for line in &out {
            prop_assert!(!is_left(&body, line), "{line} of {lines:#?}");
        }
        for (out, expected) in out.iter().zip(expected) {
            prop_assert!(expected.is_none_or(|it| it == out), "{out} was {expected:?}");
        }
        prop_assert_eq!(&masked(&out), &out, "what is masked stays as it is");
    }

    #[test]
    fn where_no_key_began_nothing_is_masked(lines in proptest::collection::vec("[ -~]{0,80}", 1..20)) {
        let lines: Vec<String> = lines.iter().map(|it| it.replace("-----", "=====")).collect();
        prop_assert_eq!(masked(&lines), lines);
    }

    #[test]
    fn no_hash_is_masked_within_a_key_that_has_no_end(digits in "[0-9a-fA-F]{1,64}", lower in "[0-9a-f]{40}", form in proptest::sample::select(&[StreamForm::Text, StreamForm::Message][..])) {
        let hashes = [format!("0x{digits}"), format!("tx=0x{digits}"), lower];
        let lines: Vec<String> = std::iter::once(begins("")).chain(hashes.clone()).map(|it| written(form, &it)).collect();
        let out = masked(&lines);
        for (out, hash) in out[1..].iter().zip(hashes) {
            prop_assert!(out.contains(&hash), "{hash} in {out}");
        }
    }
}

const BODY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";

#[test]
fn a_key_without_an_end_is_masked_until_so_many_lines_of_its_stream_are_others() {
    let line = |it: &str| written(StreamForm::Message, it);
    let other = |it: usize| line(&format!("block {it} is done"));
    let within: Vec<String> = (0..OTHERS as usize).map(other).collect();
    let beyond = vec![other(100)];
    let lines = [vec![line(&begins(""))], within.clone(), vec![line(BODY)], within.clone(), beyond, vec![line("Started")]].concat();
    let out = masked(&lines);
    assert!(!out.concat().contains(BODY), "{out:#?}");
    assert_eq!(out.last(), lines.last(), "what comes later is not the key's");
    assert_eq!(out[1..=within.len()], within, "and what others say stays");
}

#[test]
fn the_lines_of_others_between_those_of_a_key_are_told_by_their_stream() {
    let entry = |pod: &str, payload: Value| {
        let mut entry = json!({"logName": "projects/p/logs/stdout", "resource": {"labels": {"container_name": "c", "pod_name": pod}}});
        entry.as_object_mut().expect("an object").extend(payload.as_object().expect("an object").clone());
        entry
    };
    let message = |pod: &str, text: &str| entry(pod, json!({"jsonPayload": {"message": text, "level": "INFO"}}));
    let begun = written(StreamForm::Text, &begins("EC "));
    let mut entries = vec![message("a", &begun)];
    entries.extend((0..500).map(|_| message("b", "Started")));
    entries.push(message("a", "QRzE"));
    entries.push(entry("b", json!({"textPayload": "Started"})));
    entries.push(message("a", BODY));
    entries.push(message("a", "-----END EC PRIVATE KEY-----"));
    entries.push(message("a", "Started"));
    let before = entries.clone();
    let mut keys = SplitKeys::default();
    let count: u64 = entries.iter_mut().map(|it| keys.mask_entry(it)).sum();
    assert_eq!(count, 2);
    let changed: Vec<usize> = (0..entries.len()).filter(|it| entries[*it] != before[*it]).collect();
    assert_eq!(changed, [501, 503], "the two parts and nothing else");
    assert!(!keys.concern("Started"), "nothing is held of what ended");
}

#[test]
fn each_way_to_write_a_key_down_is_known() {
    let (first, second) = BODY.split_at(40);
    let cases: [(&str, Vec<Value>); 6] = [
        ("a list of lines", vec![json!({"key": [begins(""), first, second, "-----END PRIVATE KEY-----"]})]),
        ("quoted lines", vec![begins("RSA ").into(), format!("'{first}',").into(), format!("'{second}'").into()]),
        (
            "headers",
            vec![begins("RSA ").into(), "Proc-Type: 4,ENCRYPTED".into(), "DEK-Info: AES-128-CBC,2AF25325A9".into(), "".into(), BODY.into()],
        ),
        (
            "two keys at once",
            vec![begins("").into(), begins("EC ").into(), first.into(), "-----END EC PRIVATE KEY-----".into(), second.into()],
        ),
        ("spaces for line ends", vec![format!("{} {first} QRzE", begins("")).into(), format!("{second} QRzE").into()]),
        ("another field than it began in", vec![json!({"message": begins("")}), json!({"text": format!("more: {BODY}.")})]),
    ];
    for (what, texts) in cases {
        let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
        let lines: Vec<String> = texts.iter().map(|it| redact(&text(it)).text.into_owned()).collect();
        let out = masked(&lines);
        assert!(!is_left(BODY, &out.concat()) && !out.concat().contains("QRzE"), "{what}: {out:#?}");
    }
}

#[test]
fn a_key_that_is_whole_is_followed_by_nothing_of_it() {
    let whole = format!("{}\n{BODY}\n-----END PRIVATE KEY-----", begins(""));
    let lines = [whole.as_str(), "Started", "private_key=0x1f", "Started"].map(|it| written(StreamForm::Message, it));
    assert_eq!(masked(&lines), lines);
    // An older version wrote the same token for a whole key and for its beginning.
    let old = ["«redacted:private-key:7f3a»", "Started", BODY, "Qr=", "-----END PRIVATE KEY-----", "Started"];
    let out = masked(&old.map(str::to_owned));
    assert_eq!([&out[1], &out[5]], ["Started", "Started"]);
    assert!(out[2].starts_with('«') && out[3].starts_with('«'), "{out:?}");
}
