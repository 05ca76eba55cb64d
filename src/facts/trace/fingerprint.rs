//! What stays of a revert text when the same failure happens elsewhere.

/// The text with what differs from one occurrence to the next replaced: addresses, class hashes, selectors, program counters,
/// other hexadecimal numbers and decimal numbers become `<address>`, `<class>`, `<selector>`, `<pc>`, `<hex>` and `<n>`.
///
/// Numbers inside words (`L2Gas`, `u256_sub`) stay. Any text goes; applying it twice changes nothing.
#[must_use]
pub fn normalised(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.bytes().position(|it| !is_word(it)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word);
        let kept = after.bytes().position(is_word).unwrap_or(after.len());
        let (kept, after) = after.split_at(kept);
        let place = placeholder(word, &out);
        out.push_str(place.unwrap_or(word));
        out.push_str(kept);
        rest = after;
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn placeholder(word: &str, before: &str) -> Option<&'static str> {
    let hex = word.strip_prefix("0x").is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_hexdigit()));
    let place = [("contract address: ", "<address>"), ("class hash: ", "<class>"), ("selector: ", "<selector>")]
        .into_iter()
        .find_map(|(label, place)| before.ends_with(label).then_some(place));
    if hex {
        return Some(place.unwrap_or("<hex>"));
    }
    if word.is_empty() || !word.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    Some(if before.ends_with("pc=") || before.ends_with("pc=<pc>:") { "<pc>" } else { "<n>" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::normalised;

    #[test]
    fn what_varies_is_replaced_and_what_tells_stays() {
        let cases = [
            ("Error at pc=0:443:", "Error at pc=<pc>:<pc>:"),
            ("Unknown location (pc=0:12)", "Unknown location (pc=<pc>:<pc>)"),
            (
                "3: Error in a library call (contract address: 0x0a, class hash: 0x0b, selector: UNKNOWN):",
                "<n>: Error in a library call (contract address: <address>, class hash: <class>, selector: UNKNOWN):",
            ),
            ("Insufficient max L2Gas: max amount: 5, actual used: 77.", "Insufficient max L2Gas: max amount: <n>, actual used: <n>."),
            ("(0x1, 0x753235365f737562 ('u256_sub Overflow')).", "(<hex>, <hex> ('u256_sub Overflow'))."),
            ("An ASSERT_EQ instruction failed: 1 != 0.\n", "An ASSERT_EQ instruction failed: <n> != <n>.\n"),
            ("0x", "0x"),
            ("é12é", "é<n>é"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(normalised(text), expected);
        }
    }

    proptest! {
        #[test]
        fn twice_is_once(text in ".*") {
            let once = normalised(&text);
            prop_assert_eq!(normalised(&once), once.clone());
        }
    }
}
