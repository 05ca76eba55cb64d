//! What the search rests on: documents, encodings, names, and what is masked by its value.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::base64_text;
use super::document::value_end;
use super::edit::{Edit, KnownBy, SecretKind, applied, merged, token};
use super::encodings::{Decoded, Encoding};
use super::held::{MaskRules, MaskedValues, also_mask, hold};
use super::scan;
use super::secret_names::{CORES, Certainty, INNOCENT_TOKENS, SEPARATED_CORES, samples, secret_name, secret_parameter};
use super::{left_over, redact};

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![any::<Option<bool>>().prop_map(Value::from), any::<i64>().prop_map(Value::from), ".{0,8}".prop_map(Value::from)];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(".{0,4}", inner, 0..4).prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

type TextEncoder<'a> = (Encoding, &'a dyn Fn(&str) -> String);

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_document_ends_where_it_ends_and_a_damaged_one_does_not(value in any_json(), tail in "[ a-z]{0,3}", cut in any::<prop::sample::Index>()) {
        let text = if cut.index(2) == 0 { value.to_string() } else { serde_json::to_string_pretty(&value).expect("JSON") };
        if text.starts_with(['{', '[']) {
            prop_assert_eq!(value_end(format!("{text}{tail}").as_bytes(), 0), Ok(text.len()));
            let cut = cut.index(text.len());
            prop_assert!(value_end(&text.as_bytes()[..cut], 0).is_err(), "{} up to {}", text, cut);
        }
    }

    #[test]
    fn an_edit_of_what_a_text_says_replaces_what_says_it(before in "\\PC{0,6}", secret in "[a-z]{1,6}", after in "\\PC{0,6}") {
        let said = format!("{before}{secret}{after}");
        let escaped = |it: &str| it.encode_utf16().map(|it| format!("\\u{it:04x}")).collect::<String>();
        let percent = |it: &str| it.bytes().map(|it| format!("%{it:02x}")).collect::<String>();
        let entity = |it: &str| it.chars().map(|it| format!("&#{};", u32::from(it))).collect::<String>();
        let ways: [TextEncoder<'_>; 3] = [(Encoding::Backslash, &escaped), (Encoding::Percent, &percent), (Encoding::Entity, &entity)];
        for (encoding, write) in ways {
            let written = write(&said);
            let decoded = Decoded::decode(&written, encoding).expect("it is encoded");
            prop_assert_eq!(&decoded.text, &said);
            let edit = decoded.outward(Edit::new(SecretKind::Token, before.len()..before.len() + secret.len(), &secret));
            let replaced = applied(&written, &[edit]);
            prop_assert_eq!(replaced, format!("{}{}{}", write(&before), token(SecretKind::Token, &secret), write(&after)));
        }
    }

    #[test]
    fn whatever_the_text_the_search_ends_and_once_is_enough(text in "(\\PC|[\\\\\"'{}%&<>=:/]|\n){0,60}") {
        let once = redact(&text).text.into_owned();
        prop_assert_eq!(&redact(&once).text, &once);
        prop_assert_eq!(left_over(&once), None);
    }
}

#[test]
fn edits_that_overlap_become_the_largest() {
    let edit = |range: std::ops::Range<usize>, it: &str| Edit::named(SecretKind::Token, range, it, "");
    let all = merged(vec![edit(8..9, "c"), edit(0..3, "a"), edit(2..7, "b"), edit(4..5, "d")]);
    let expected = [(0..7, token(SecretKind::Token, "b")), (8..9, token(SecretKind::Token, "c"))];
    assert_eq!(all.into_iter().map(|it| (it.range, it.token)).collect::<Vec<_>>(), expected);
}

#[test]
fn one_name_has_many_forms_and_what_only_resembles_it_is_none() {
    for name in ["X-Api-Key", "xApiKey", "X_API_KEY", "x api key", "--x-api-key", "'X-Api-Key'", "app.x-api-key", "x_api_keys", "XApiKey2"]
    {
        assert_eq!(secret_name(name).map(|it| it.certainty), Some(Certainty::Strong), "{name}");
    }
    for name in ["token", "LAB_TOKEN", "app-secret", "credentials", "sessionToken2"] {
        assert!(secret_name(name).is_some(), "{name}");
    }
    for name in [
        "fee_token",
        "nextPageToken",
        "strk_fee_token_address",
        "signature",
        "tx_signature",
        "public_key",
        "storage_key",
        "key",
        "secretName",
        "secretKeyRef",
        "authority",
        "cookies_accepted",
        "password_file",
        "x-api-version",
        "x-request-id",
        "class_hash",
        "tokens_per_second",
    ] {
        assert_eq!(secret_name(name), None, "{name}");
    }
    assert!(secret_parameter("sig").is_some() && secret_parameter("blockNumber").is_none());
}

#[test]
fn tokens_that_are_contracts_and_pages_stay_and_so_does_any_hash_under_a_name_that_may_be_theirs() {
    let hash = "0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7";
    for word in INNOCENT_TOKENS {
        assert_eq!(secret_name(&format!("{word}_token")), None, "{word}");
        let texts = [
            format!("{word}_token: {hash}"),
            format!("{word} token: {hash}"),
            format!("{word}Token={hash}"),
            format!("{{\"{word}_token\": \"{hash}\", \"{word}-token\": \"n0nce\"}}"),
        ];
        texts.iter().for_each(|it| assert_eq!(redact(it).text, *it));
    }
    // Vaults and securities are contracts, too; their headers are not.
    for word in ["vault", "security", "bid", "paid"] {
        assert_eq!(secret_name(&format!("{word}_token")).map(|it| it.certainty), Some(Certainty::Weak), "{word}");
        let text = format!("{word}_token: {hash}, {{\"{word}_token\": \"{hash}\"}}");
        assert_eq!(redact(&text).text, text);
    }
    for name in ["id_token", "X-Vault-Token", "X-Amz-Security-Token"] {
        assert_eq!(secret_name(name).map(|it| it.certainty), Some(Certainty::Strong), "{name}");
    }
}

#[test]
fn every_name_holds_a_core_by_which_it_is_found() {
    let cores: Vec<String> = CORES.iter().chain(SEPARATED_CORES).map(|it| it.trim_matches(['_', '-']).replace('_', "")).collect();
    for name in samples() {
        assert!(cores.iter().any(|it| name.replace('_', "").contains(it)), "{name}");
    }
}

#[test]
fn base64_is_decoded_where_it_says_a_text_and_nowhere_else() {
    let runs = |text: &str| base64_text::runs(text).into_iter().map(|it| it.text).collect::<Vec<_>>();
    assert_eq!(runs("data: aXQgc2F5cyBzb21ldGhpbmc= end"), ["it says something"]);
    assert_eq!(runs("/etc/aXQgc2F5cyBzb21ldGhpbmc"), ["it says something"]);
    for text in [
        "0x49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc7",
        "49d36570d4e46f48e99674bd3fcc84644ddd6b96f7c741b1562b82f9e004dc70",
        "crates/apollo_mempool/src/mempool_of_transactions",
        "H4sIAAAAAAAA/8tIzcnJVyjPL8pJUeQCAJ8XU2MOAAAA",
    ] {
        assert_eq!(runs(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_is_held_is_masked_by_its_value_in_every_encoding() {
    hold("a held\"value 7");
    hold("short");
    also_mask(MaskRules::parse("list", "listed-value-8\n/^begins-[0-9]+$/\n").expect("rules"));
    let text = json!({"a": "a held\"value 7", "b": ["x listed-value-8"], "c": "begins-12", "d": "not begins-12", "e": "short"}).to_string();
    let masked = redact(&text).text.into_owned();
    let said: Value = serde_json::from_str(&masked).expect("JSON");
    assert_eq!(said["a"], token(SecretKind::Held, "a held\"value 7"));
    assert_eq!(said["b"][0], format!("x {}", token(SecretKind::Listed, "listed-value-8")));
    assert_eq!((said["c"].as_str(), said["d"].as_str()), (Some(token(SecretKind::Listed, "begins-12").as_str()), Some("not begins-12")));
    assert_eq!(said["e"], "short");
    assert!(!redact("%61%20held%22value%207").text.contains("%20held"));
}

#[test]
fn a_finished_output_is_searched_for_what_has_a_look_and_not_for_what_has_a_name() {
    let key = "CANARY0123456789";
    assert_eq!(left_over(&format!("a\nb https://eth.g.alchemy.com/v2/{key}")), Some(("url-key", 2)));
    let nested = json!({"m": json!({"u": format!("https://u:{key}@host")}).to_string()}).to_string();
    assert_eq!(left_over(&nested), Some(("basic-auth", 1)));
    for text in ["password: one of the fields", "«redacted:url-key:7f3a»", "token=abc123"] {
        assert_eq!(left_over(text), None, "{text}");
    }
    let by_name = scan::secrets("token=abc123", &MaskedValues::now());
    assert_eq!(by_name.first().map(|it| it.known), Some(KnownBy::ByName));
}
