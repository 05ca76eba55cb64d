//! How many of a mainnet block's transactions the sender forwards: `Block 7: total=4 valid=3`.

use std::collections::BTreeMap;

use super::log_index::LogIndex;
use super::log_window::LogWindow;

/// How many transactions of each block the sender left out, by height: the first line of the epoch counts.
#[must_use]
pub(crate) fn left_out(log: Option<(&LogIndex, &LogWindow)>) -> BTreeMap<u64, u64> {
    let records = log.map(|(index, window)| window.records(index)).unwrap_or_default();
    let mut by_block = BTreeMap::new();
    for (block, total, valid) in records.iter().filter_map(|it| counted(&it.text)) {
        by_block.entry(block).or_insert(total.saturating_sub(valid));
    }
    by_block
}

/// Reads `Block 7: total=4 valid=3`: the block, how many transactions it has, and how many of them the sender forwards.
fn counted(text: &str) -> Option<(u64, u64, u64)> {
    let (block, counts) = text.strip_prefix("Block ")?.split_once(": total=")?;
    let (total, valid) = counts.split_once(" valid=")?;
    Some((block.parse().ok()?, total.parse().ok()?, valid.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_lines_of_a_block_count_nothing() {
        assert_eq!(counted("Block 7: total=4 valid=3"), Some((7, 4, 3)));
        for text in ["Block 7: block hash MATCH with mainnet: 0x1", "Block 7: total=4", "Block x: total=4 valid=3", "total=4 valid=3"] {
            assert_eq!(counted(text), None, "{text}");
        }
    }
}
