//! What is masked and what stays, text by text.

use proptest::prelude::*;
use regex::Regex;

use super::*;

/// What is left of `text`, with each token written as `<kind>`.
fn left(text: &str) -> String {
    let tokens = Regex::new("«redacted:([a-z-]+):[0-9a-f]{4}»").expect("a fixed pattern");
    tokens.replace_all(&redact(text).text, "<$1>").into_owned()
}

fn check(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(left(text), *expected, "{text}");
        let once = redact(text).text.into_owned();
        assert_eq!(redact(&once).text, once, "redacting `{text}` again");
    }
}

#[test]
fn secrets_in_prose_and_urls_become_typed_tokens_and_the_rest_stays_readable() {
    check(&[
        (
            "429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/CANARY0123456789CANARY",
            "429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/<url-key>",
        ),
        (
            "error sending request for url (https://mainnet.infura.io/v3/CANARY0)",
            "error sending request for url (https://mainnet.infura.io/v3/<url-key>)",
        ),
        ("wss://mainnet.infura.io/ws/v3/CANARY0, next", "wss://mainnet.infura.io/ws/v3/<url-key>, next"),
        ("https://x.quiknode.pro/CANARY0/ failed", "https://x.quiknode.pro/<url-key>/ failed"),
        (
            "ankr-ankrankr and infura, see https://rpc.ankr.com/eth/CANARY0",
            "ankr-ankrankr and infura, see https://rpc.ankr.com/eth/<url-key>",
        ),
        ("https://rpc.ankr.com/eth/CANARY0?a=b.", "https://rpc.ankr.com/eth/<url-key>."),
        ("https://eth.blastapi.io/CANARY0", "https://eth.blastapi.io/<url-key>"),
        ("https://nd-1.core.chainstack.com/CANARY0", "https://nd-1.core.chainstack.com/<url-key>"),
        (
            "HTTPSConnectionPool(host='x.quiknode.pro', port=443): Max retries exceeded with url: /CANARY0 (Caused by x)",
            "HTTPSConnectionPool(host='x.quiknode.pro', port=443): Max retries exceeded with url: /<url-key> (Caused by x)",
        ),
        ("Max retries exceeded with url: /v2/CANARY0123456789 (", "Max retries exceeded with url: /v2/<url-key> ("),
        ("url=https%3A%2F%2Fx.g.alchemy.com%2Fv2%2FCANARY0", "url=https%3A%2F%2Fx.g.alchemy.com%2Fv2%2F<url-key>"),
        ("https://hooks.slack.com/services/T0FAKE000/B0FAKE000/CANARY0", "https://hooks.slack.com/services/<webhook>"),
        ("with url: /services/T0FAKE000/B0FAKE000/CANARY0 (Caused", "with url: /services/<webhook> (Caused"),
        ("X-Throttling-Bypass: CANARY0", "X-Throttling-Bypass: <header>"),
        ("http_headers=X-Throttling-Bypass$^$CANARY0", "http_headers=<header>"),
        ("X-Throttling-Bypass$^$CANARY0", "X-Throttling-Bypass$^$<header>"),
        ("Authorization: Bearer CANARY0, Accept: x", "Authorization: Bearer <bearer>, Accept: x"),
        ("authorization: Basic Q0FOQVJZ", "authorization: Basic <header>"),
        ("curl -H 'x-api-key: CANARY0' x", "curl -H 'x-api-key: <secret-field>' x"),
        ("sent bearer CANARY0 to it", "sent bearer <bearer> to it"),
        ("jwt eyJhbGciOiJI.eyJzdWIi.c2ln end", "jwt <jwt> end"),
        ("key ya29.CANARY-0 end", "key <cloud-key> end"),
        ("AIzaSyA0123456789012345678901234567890123 x", "<cloud-key> x"),
        ("push with ghp_CANARY0123456789012345678 x", "push with <token> x"),
        ("xoxb-123-CANARY x", "<token> x"),
        ("postgres://user:CANARY@db/x", "postgres://<basic-auth>@db/x"),
        ("https://u:CANARY@x.quiknode.pro/CANARY0", "https://<basic-auth>@x.quiknode.pro/<url-key>"),
        ("password=CANARY(0)[1] x", "password=<secret-field> x"),
        ("connect(password=CANARY, db=1)", "connect(password=<secret-field>, db=1)"),
        ("ALCHEMY_API_KEY=CANARY", "ALCHEMY_API_KEY=<secret-field>"),
        ("x-token: CANARY0 x", "x-token: <token> x"),
        ("https://api.quiknode-eu.pro/CANARY0", "https://api.quiknode-eu.pro/<url-key>"),
        ("LAB_TOKEN=CANARY0 app_secret=CANARY", "LAB_TOKEN=<token> app_secret=<secret-field>"),
        ("GITHUB_TOKEN=CANARY", "GITHUB_TOKEN=<token>"),
        ("slack_webhook_url: CANARY", "slack_webhook_url: <webhook>"),
        ("private_key=0xabc", "private_key=<private-key>"),
        ("password=REDACTEDhunter2", "password=<secret-field>"),
        ("password=REDACTED, token: «a1b2c3»", "password=REDACTED, token: «a1b2c3»"),
        ("-----BEGIN RSA PRIVATE KEY-----\nCANA+/Y=\nRY\n-----END RSA PRIVATE KEY-----\nafter", "<private-key>\nafter"),
        (r"k: -----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\nafter", r"k: <private-key>\nafter"),
        ("-----BEGIN PRIVATE KEY-----\nCANARY\n[INFO] cut", "<private-key-begin>[INFO] cut"),
        ("private_key: \"-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\" x", "private_key: \"<private-key>\" x"),
    ]);
}

#[test]
fn secrets_under_names_are_masked_whole_at_every_depth_of_escaping() {
    check(&[
        (r#"{"password":"CAN\"ARY\\","x":1}"#, r#"{"password":"<secret-field>","x":1}"#),
        (r#"{"password": 12345, "x": null}"#, r#"{"password": "<secret-field>", "x": null}"#),
        (r#"{"a":{"api_key":12}}"#, r#"{"a":{"api_key":"<secret-field>"}}"#),
        (r#"{"m":"{\"password\":\"CAN\\\"ARY\",\"x\":1}"}"#, r#"{"m":"{\"password\":\"<secret-field>\",\"x\":1}"}"#),
        (r#"{"m":"{\"m\":\"{\\\"token\\\":\\\"CANARY\\\"}\"}"}"#, r#"{"m":"{\"m\":\"{\\\"token\\\":\\\"<token>\\\"}\"}"}"#),
        (r"{'password': 'CAN\'ARY', 'x': 1}", r"{'password': '<secret-field>', 'x': 1}"),
        (r#"{"m":"{'secret_key': 'CANARY', 'x': 1}"}"#, r#"{"m":"{'secret_key': '<secret-field>', 'x': 1}"}"#),
        (
            r#"{"ordered_l1_endpoint_urls": ["https://a/]CANARY", "CANARY"], "x": 1}"#,
            r#"{"ordered_l1_endpoint_urls": "<secret-field>", "x": 1}"#,
        ),
        (r#"{"http_headers":{"X":"CAN}ARY","Y":["CANARY"]},"x":1}"#, r#"{"http_headers":"<header>","x":1}"#),
        (r#"{"m":"\"url_header_list\":[{\"u\":\"CANARY\"}],\"x\":1"}"#, r#"{"m":"\"url_header_list\":\"<header>\",\"x\":1"}"#),
        ("{'http_headers': {'X': 'CANARY'}, 'x': 1}", "{'http_headers': '<header>', 'x': 1}"),
        (r#"http_headers: Some({"X": "CANARY"}), x: 1"#, "http_headers: Some(<header>), x: 1"),
        (r#"{"l1_events_provider_api_key":"CANARY"}"#, r#"{"l1_events_provider_api_key":"<secret-field>"}"#),
        (r#"{"feeder_x_throttling_bypass":"CANARY"}"#, r#"{"feeder_x_throttling_bypass":"<header>"}"#),
        (r#"{"slack_webhook_url":"CANARY"}"#, r#"{"slack_webhook_url":"<webhook>"}"#),
        (r#"{"name":"ALCHEMY_API_KEY","value":"CANARY"}"#, r#"{"name":"ALCHEMY_API_KEY","value":"<secret-field>"}"#),
        (r#"{"authorization":"Bearer CANARY"}"#, r#"{"authorization":"Bearer <bearer>"}"#),
        (r#"{"private_key":"0x1f"}"#, r#"{"private_key":"<private-key>"}"#),
        (r#"{"u":"https:\/\/x.alchemy.com\/v2\/CANARY0\/x"}"#, r#"{"u":"https:\/\/x.alchemy.com\/v2\/<url-key>"}"#),
        (r#"{"k":"-----BEGIN PRIVATE KEY-----\nCANARY","x":1}"#, r#"{"k":"<private-key-begin>","x":1}"#),
        (
            r#"{"k":"-----BEGIN PRIVATE KEY-----\nCAN\/ARY\u002bCANARY\u003d\n-----END PRIVATE KEY-----\n","x":1}"#,
            r#"{"k":"<private-key>\n","x":1}"#,
        ),
        (
            r#"{"k":"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: G v2.0 (x)\n\nCANARY\n=aB1+\n-----END PGP PRIVATE KEY BLOCK-----","x":1}"#,
            r#"{"k":"<private-key>","x":1}"#,
        ),
    ]);
}

#[test]
fn a_secret_that_was_cut_behind_a_backslash_takes_no_other_line_with_it() {
    check(&[
        ("{\"token\": \"CANARY\\\n[INFO] one\n[INFO] \"two\"", "{\"token\": \"<token>\n[INFO] one\n[INFO] \"two\""),
        (
            "{\"a\": \"{\\\"token\\\": \\\"CANARY\\\\\n[INFO] one\n[INFO] two",
            "{\"a\": \"{\\\"token\\\": \\\"<token>\n[INFO] one\n[INFO] two",
        ),
        ("TOKEN=\"CAN\\\nARY\"\n[INFO] one", "TOKEN=\"<token>\"\n[INFO] one"),
        ("http_headers: [\"CANARY\\\n[INFO] one", "http_headers: <header>\n[INFO] one"),
    ]);
    for record in RECORDS {
        for announced in ["{\"token\": \"", "http_headers: [\"", "TOKEN='"] {
            let masked = redact(&format!("{announced}CANARY\\\n{record}\n")).text.into_owned();
            assert!(masked.ends_with(&format!("\n{record}\n")) && !masked.contains("CANARY"), "{announced}: {masked}");
        }
    }
}

/// How programs of ours begin to say something, in the forms in which their logs are saved.
const RECORDS: [&str; 10] = [
    "[INFO] [echonet.transaction_sender] Forwarded tx: 0x1",
    "[2026-11-22 08:29:13 +0000] [16686] [INFO] Starting gunicorn 27.0.1",
    "127.0.0.1 - - [22/Nov/2026:08:29:15 +0000] \"GET /echonet/report HTTP/1.1\" 200 0 \"-\" \"-\"",
    "2025-09-01T08:38:15.123Z  INFO run_height: crates/apollo_batcher/src/batcher.rs:62: Some text height=7",
    "{\"timestamp\":\"2026-11-22T08:29:13.123Z\",\"level\":\"INFO\",\"message\":\"a message\",\"filename\":\"crates/a/src/b.rs\"}",
    "Exception in thread Thread-1 (run):",
    "Traceback (most recent call last):",
    "2026-11-22T08:29:13.123456789Z [INFO] [echonet.transaction_sender] Forwarded tx: 0x1",
    "[pod/echonet-6c9f7d-x2x4z/echonet] [INFO] [echonet.transaction_sender] Forwarded tx: 0x1",
    "\u{1b}[2m2025-09-01T08:38:15.123Z\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m \u{1b}[2mcrates/a.rs\u{1b}[0m\u{1b}[2m:\u{1b}[0m\u{1b}[2m62\u{1b}[0m: ok",
];

/// What a line can end in that announces the value of a secret, and what ends it where that stands on the next line.
const ANNOUNCED: [(&str, &str); 22] = [
    ("{'Authorization':", ",\n}"),
    ("{'Authorization': ", ",\n}"),
    ("{\"token\":", "\n}"),
    ("{\"token\": [", "\n]}"),
    ("{'token': (", ",)}"),
    ("{\"password\"", "}"),
    ("{\"password\" =", "}"),
    ("('X-Throttling-Bypass',", ")"),
    ("{\"name\": \"API_KEY\",", "}"),
    ("{\"name\": \"API_KEY\", \"value\":", "}"),
    ("environ['TOKEN'] =", ""),
    ("token: Some(", ",\n)"),
    ("password: Some(Secret(", ",\n))"),
    ("Config { api_key: Some(", ",\n) }"),
    ("'http_headers': {", "\n}"),
    ("\"ordered_l1_endpoint_urls\": [", "\n]"),
    ("Authorization:", ""),
    ("--password", ""),
    ("--token ", ""),
    ("<password>", "</password>"),
    ("password: |", ""),
    ("{'token': b'", "'"),
];

#[test]
fn where_a_record_begins_the_line_before_it_announces_nothing() {
    for (announced, _) in ANNOUNCED {
        for record in RECORDS {
            for between in ["\n", "\r\n", "\n\n", " \n"] {
                let text = format!("[INFO] [echonet.flask] it is {announced}{between}{record}\nand more\n");
                let masked = redact(&text).text.into_owned();
                assert!(masked.ends_with(&format!("\n{record}\nand more\n")), "{text}\nbecame\n{masked}");
            }
        }
    }
}

#[test]
fn a_value_on_the_line_behind_its_name_is_masked() {
    const UNQUOTED: [&str; 7] =
        ["Authorization:", "--password", "--token ", "<password>", "password: |", "{'token': b'", "{\"password\" ="];
    for (announced, end) in ANNOUNCED.into_iter().filter(|(it, _)| !UNQUOTED.contains(it)) {
        let value = if announced.ends_with("\"API_KEY\",") { "\"value\": 'CANARY0123'" } else { "'CANARY0123'" };
        let value = if announced == "{\"password\"" { format!(": {value}") } else { value.to_owned() };
        for before in ["", "2026-11-22T08:29:13.123456789Z ", "[pod/echonet-6c9f7d-x2x4z/echonet] "] {
            let is_of_lines = announced.ends_with(['{', '[']) && !announced.contains("token");
            if !before.is_empty() && (is_of_lines || announced.contains("API_KEY") || announced == "{\"password\"") {
                continue;
            }
            let text = format!("{before}{announced}\n{before}    {value}{end}\n{before}and more\n");
            let masked = redact(&text).text.into_owned();
            assert!(!masked.contains("CANARY"), "{text}\nbecame\n{masked}");
            assert!(masked.ends_with(&format!("\n{before}and more\n")), "{text}\nbecame\n{masked}");
        }
    }
}

#[test]
fn brackets_that_go_on_over_lines_are_masked_as_far_as_they_go() {
    check(&[
        // Cut, so no JSON.
        ("{\n  \"http_headers\": {\n    \"X\": \"CANARY\",\n    \"Y\": [\n      \"CANARY\"", "{\n  \"http_headers\": \"<header>\""),
        ("{'a': {'http_headers': {\n    'X': 'CANARY',\n}},\n 'b': 1}", "{'a': {'http_headers': '<header>'},\n 'b': 1}"),
        ("Config {\n    api_keys: [\n        \"CANARY\",\n    ],\n    x: 1,\n}", "Config {\n    api_keys: <secret-field>,\n    x: 1,\n}"),
        ("x: http_headers: {\nnext line\n", "x: http_headers: {\nnext line\n"),
        ("password:\n  CANARY\nuser: x\n", "password:\n  <secret-field>\nuser: x\n"),
        ("- password:\n  user: x\n", "- password:\n  user: x\n"),
        ("http_headers:\n  X: CANARY\n  Y: CANARY\nuser: x\n", "http_headers:\n  <header>\nuser: x\n"),
        ("an empty password:\n  File \"x.py\", line 1\n", "an empty password:\n  File \"x.py\", line 1\n"),
    ]);
}

#[test]
fn a_cut_key_ends_where_a_record_begins() {
    for record in RECORDS {
        let text = format!("-----BEGIN PRIVATE KEY-----\nCANARY\n{record}\n");
        assert_eq!(left(&text), format!("<private-key-begin>\n{record}\n"));
    }
}

#[test]
fn a_hash_among_the_lines_of_a_cut_key_is_none_of_them() {
    let part = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for other in [hash, &hash[..40], &format!("0x{}", &hash[1..]), "Started"] {
        // Any number of them, as long as the key goes on between.
        let between = [vec![other; 40], vec![part]].concat();
        let lines = [vec!["-----BEGIN PRIVATE KEY-----"], between.clone(), between].concat();
        let text = serde_json::json!({ "lines": lines }).to_string();
        let masked = redact(&text).text.into_owned();
        assert!(!masked.contains(part), "{masked}");
        assert_eq!(masked.matches(&format!("\"{other}\"")).count(), 80, "{masked}");
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in [
        "Insufficient fee token balance. Fee: 123",
        "fee_token: STRK, nextPageToken=abc1",
        r#"Resources bounds exceed balance. token: 0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7"#,
        r#"{"token":"0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7","secret":null}"#,
        r#"{"msg":"the password: ","x":"y","m":"token=","n":"{\"m\":\"token=\",\"x\":1}"}"#,
        r#"{"nextPageToken":"abc","api_key":null,"secret":{"secretName":"echonet-secrets"}}"#,
        "https://voyager.online/v2/0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
        "the bearer authentication failed; no token: retry",
        "crates/alchemy/src/v2/update-the-something",
        "https://feeder.alpha-mainnet.starknet.io:8080/feeder_gateway/get_block?blockNumber=1",
        "PWD=/app/echonet and token=/var/run/secrets/token",
        "starknet_api::token::TokenKind at password::Hasher",
        "https://github.com/starkware-libs/sequencer/commit/60161ba754d96601c4ec18d70125e2e2a1a036a7",
        "GET /repos/starkware-libs/sequencer/commits/60161ba754d96601c4ec18d70125e2e2a1a036a7 HTTP/1.1",
        "GET /api/v1/namespaces/echonet/pods/echonetproxy-7d9c6b5f8d-x2x4z HTTP/1.1",
        "https://dashboard.tenderly.co/tx/0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
        "https://docs.alchemy.com/reference/node-api-overview and https://rpc.starknet.lava.build:443/rpc/v0_8",
        r#"{"signature":["0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7"],"public_key":"0x1f","storage_key":"0x1f"}"#,
        r#"{"key":"0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7","value":"0x1"}"#,
        r#"[{"name":"token","type":"core::starknet::contract_address::ContractAddress"},{"name":"fee_token","value":"STRK"}]"#,
        r#"["authorization","cookie","x-api-key","accept"]"#,
        "ssh://git@github.com/starkware-libs/sequencer and http://user@host/",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "H4sIAAAAAAAA/8tIzcnJVyjPL8pJUeQCAJ8XU2MOAAAAH4sIAAAAAAAA",
        "«redacted:url-key:7f3a» password=«redacted:secret-field:0000»",
    ] {
        assert_eq!(redact(text).text, text);
    }
}

#[test]
fn no_commit_in_a_path_is_taken_for_a_key() {
    let commit = "60161ba754d96601c4ec18d70125e2e2a1a036a7";
    for before in super::urls::COMMITS {
        for text in [
            format!("https://github.com/starkware-libs/sequencer/{before}/{commit}"),
            format!("GET /repos/starkware-libs/sequencer/{before}/{commit} HTTP/1.1"),
            format!("GET /repos/starkware-libs/sequencer/git/{before}/{commit}?recursive=1 HTTP/1.1"),
        ] {
            assert_eq!(redact(&text).text, text);
        }
    }
}

#[test]
fn hostile_repetition_costs_no_more_than_its_length() {
    // Each of these took quadratic time in some form of the search; now a test that hangs says so.
    for piece in [
        "eyJ",
        "eyJaaaa-",
        "token:\"",
        "token: '",
        "password:[",
        "password={{[",
        "password=)",
        "://u:p",
        "/v2/aaaaaaaaaaaaaaaaaaaa",
        "-----BEGIN ",
    ] {
        let text = format!("{}{}", piece.repeat(200_000 / piece.len()), ")".repeat(100_000));
        let once = redact(&text).text.into_owned();
        assert_eq!(redact(&once).text, once, "{piece}");
    }
}

#[test]
fn equal_secrets_give_equal_tokens_and_each_is_counted() {
    let text = "https://x.g.alchemy.com/v2/CANARY0123456789CANARY with url: /v2/CANARY0123456789CANARY";
    let redacted = redact(text);
    let tokens: Vec<_> = redacted.text.split_whitespace().filter_map(|it| it.split_once("/v2/")).map(|(_, token)| token).collect();
    assert!(matches!(tokens.as_slice(), [first, second] if first == second), "{}", redacted.text);
    assert_eq!(redacted.count, 2);
}

const PIECES: [&str; 34] = [
    "password",
    "token",
    "secret",
    "http_headers",
    "api_key",
    "=",
    ":",
    ": ",
    "\"",
    "'",
    "\\",
    "\\\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    " ",
    "\n",
    "/v2/",
    "CANARY0123456789CANARY",
    "https://x.alchemy.com/",
    "Bearer ",
    "«redacted:token:0000»",
    "«",
    "»",
    "u:p@",
    "://",
    "/services/T1/B1/x",
    "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----",
    "eyJabcde.abcde.x",
    "authorization",
    "value",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => proptest::sample::select(PIECES.as_slice()).prop_map(str::to_owned), 1 => "[ -~é\u{130}]{0,6}"];
    proptest::collection::vec(piece, 0..24).prop_map(|it| it.concat())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![hostile().prop_map(serde_json::Value::from), any::<i64>().prop_map(serde_json::Value::from)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let text = inner.clone().prop_map(|it| serde_json::Value::from(it.to_string()));
        let object = proptest::collection::btree_map(hostile(), inner.clone(), 0..4);
        prop_oneof![
            text,
            proptest::collection::vec(inner, 0..4).prop_map(serde_json::Value::from),
            object.prop_map(|it| serde_json::Value::Object(it.into_iter().collect()))
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn redacting_twice_changes_nothing_more(text in hostile()) {
        let once = redact(&text).text.into_owned();
        prop_assert_eq!(&redact(&once).text, &once);
    }

    #[test]
    fn valid_json_stays_valid_and_settles(value in json()) {
        let text = value.to_string();
        let once = redact(&text).text.into_owned();
        prop_assert!(serde_json::from_str::<serde_json::Value>(&once).is_ok(), "{} became {}", text, once);
        prop_assert_eq!(&redact(&once).text, &once);
    }

    #[test]
    fn hashes_survive(digits in "[0-9a-fA-F]{1,64}", before in proptest::sample::select(&[
        "", "tx=", "Fee token: ", "token=", "secret: ", "\"token\":\"", "'secret': '", "url: /v2/", "bearer ", "https://starkscan.co/v3/",
    ][..])) {
        let text = format!("{before}0x{digits}");
        prop_assert_eq!(&redact(&text).text, &text);
    }
}
