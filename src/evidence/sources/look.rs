//! The look at bytes, whatever they are.

use super::glimpse::{Glimpse, Look};
use super::{glimpse_json, glimpse_text};

impl Glimpse {
    /// Looks at bytes: all of a file, or how it begins.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if glimpse_text::is_utf16(bytes) {
            return Self { look: Look::Utf16, ..Self::default() };
        }
        let text = bytes.trim_ascii_start();
        match text.first() {
            None => Self::default(),
            Some(b'{' | b'[') if !glimpse_text::is_bracketed_line(text) => glimpse_json::glimpse_json(text),
            Some(b'<') => glimpse_text::page(text),
            Some(_) => glimpse_text::text(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::BlockSide;

    fn candidates(bytes: &[u8]) -> Vec<&'static str> {
        Glimpse::from_bytes(bytes).candidates().into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn a_document_is_known_by_what_it_is() {
        let cases: [(&[u8], &[&str]); 9] = [
            (br#"{"sent_tx_hashes": {}, "resync_causes": {}, "certain_failures": {}}"#, &["report", "report_during_resync"]),
            (b"===== Echonet reports before resync =====\r\ntimestamp: 2026-11-22T08:38:16.473895Z\r\n", &["volume_file"]),
            (b"0.14.3\n", &["starknet_version"]),
            (b"2026-11-22T08:38:12.05Z\t\t[INFO] [echonet.flask] x", &["echonet_output"]),
            (b"\xef\xbb\xbf{\"kind\": \"PodList\", \"items\": [{}]}", &["pods"]),
            (br#"{"timestamp": 1, "block_number": 2}"#, &["transactions"]),
            (br#"[{"logName": "l", "timestamp": "t"}, "#, &["cloud_log_entries"]),
            (b"Forwarding from 127.0.0.1:18083 -> 80\n", &[]),
            (b"", &[]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(candidates(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn whose_a_block_is_shows_in_what_only_one_side_writes() {
        let side = |text: &str| Glimpse::from_bytes(text.as_bytes()).side;
        assert_eq!(
            side(r#"{"block_number": 7, "transactions": [], "parent_block_hash": "0x1", "block_hash": "0x2"}"#),
            Some(BlockSide::Ours)
        );
        assert_eq!(
            side(r#"{"block_hash": "0x2", "parent_block_hash": "0x1", "block_number": 7, "transactions": []}"#),
            Some(BlockSide::Theirs)
        );
        assert_eq!(side(r#"{"block_hash": "0x2", "block_number": 7, "parent_block_hash": "0x1", "transactions": []}"#), None, "sorted");
        let proof = r#"{"block_hash": "0x2", "block_number": 7, "parent_block_hash": "0x1", "transactions": [{"proof_facts": []}]}"#;
        assert_eq!(side(proof), Some(BlockSide::Theirs));
        assert_eq!(side(r#"{"block_hash": "0x2", "new_root": "0x0a", "old_root": "0x9", "state_diff": {}}"#), Some(BlockSide::Ours));
        assert_eq!(side(r#"{"block_hash": "0x2", "new_root": "0x1a", "old_root": "0x9", "state_diff": {}}"#), Some(BlockSide::Theirs));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let name = prop_oneof![
            Just("kind"),
            Just("metadata"),
            Just("items"),
            Just("name"),
            Just("status"),
            Just("block"),
            Just("state_update"),
            Just("block_number"),
            Just("block_hash"),
            Just("transactions"),
            Just("entries"),
            Just("x"),
        ];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            "[a-zA-Z\\[{\"]{0,6}".prop_map(Into::into),
            Just("PodList".into()),
        ];
        leaf.prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec((name.clone(), inner), 0..5)
                    .prop_map(|it| { serde_json::Value::Object(it.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()) }),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_json_is_json_whatever_its_fields_hold(value in json(), is_pretty in any::<bool>()) {
            let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.expect("JSON");
            let expected = match value {
                serde_json::Value::Object(_) => Look::Object,
                serde_json::Value::Array(_) => Look::List,
                _ => Look::Text,
            };
            prop_assert_eq!(Glimpse::from_bytes(text.as_bytes()).look, expected, "{}", text);
        }
    }

    #[test]
    fn odd_json_is_json_and_still_shows_what_it_is() {
        let pods = Glimpse::from_bytes(br#"{"metadata": "x", "kind": "PodList", "items": [7, {"kind": 8}, null]}"#);
        assert_eq!((pods.look, pods.candidates().iter().map(|it| it.name).collect::<Vec<_>>()), (Look::Object, vec!["pods"]));
        // A number of no machine, half of a pair of surrogates, and lists in lists beyond what is followed.
        let deep = format!("{{\"block\": {}{}}}", "[".repeat(4000), "]".repeat(4000));
        for odd in [r#"{"block_number": 1e999}"#, r#"{"kind": "\ud800"}"#, r#"{"\ud800": 1}"#, &deep] {
            assert_eq!(Glimpse::from_bytes(odd.as_bytes()).look, Look::Object, "{}", odd.get(..24).unwrap_or(odd));
        }
    }

    #[test]
    fn what_is_no_evidence_is_told_by_its_form() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let marked = [b"\xff\xfe".as_slice(), &utf16("[INFO] [echonet.x] a\r\n")].concat();
        let unmarked = utf16("{\"kind\": \"PodList\"}");
        let cases: [(&[u8], Look); 15] = [
            (&marked, Look::Utf16),
            (&unmarked, Look::Utf16),
            (b"\xfe\xff\0[\0I", Look::Utf16),
            (b"a\0\0\0b\0\0\0", Look::Binary),
            (b"ghcr.io/starkware-libs/sequencer/sequencer:main-195f6bb\npython:3.11-slim\n", Look::Images),
            (b"https://github.com/starkware-libs/sequencer\n", Look::Text),
            (br#"[{"textPayload": "10.0.0.1 - - [22/Nov/2026] \"GET /echonet/report HTTP/1.1\" 200 -", "timestamp": "t"}]"#, Look::List),
            (b"[2026-11-22 08:38:12 +0000] [9132] [INFO] Starting gunicorn 27.0.1", Look::Text),
            (b" \n", Look::Empty),
            (b"<!doctype html>\n<title>500 Internal Server Error</title>", Look::ErrorPage),
            (b"<html><title>Echonet</title>", Look::WebPage),
            (b"\x89PNG\r\n\x1a\n\0\0", Look::Picture),
            (b"\x7fELF\x02\x01\x01\0", Look::Program),
            (b"a\0b", Look::Binary),
            (br#"{"a": ["#, Look::TornJson),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Glimpse::from_bytes(bytes).look, expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
