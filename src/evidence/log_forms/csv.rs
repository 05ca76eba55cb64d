//! Comma-separated values (RFC 4180).

use crate::limits::CSV_UNCLOSED;

/// Reads rows one after another. A quotation mark that opens a field and is never closed counts as a character of the field, which then
/// ends with its line.
pub(super) struct CsvRows<'a> {
    rest: &'a str,
    separator: u8,
    /// How many fields were opened and never closed.
    pub(super) unclosed: u64,
}

impl<'a> CsvRows<'a> {
    /// The rows of a text.
    pub(super) fn new(text: &'a str, separator: u8) -> Self {
        Self { rest: text, separator, unclosed: 0 }
    }

    /// The next field, and whether it is the last of its row.
    fn field(&mut self) -> (String, bool) {
        if let Some(quoted) = self.rest.strip_prefix('"')
            && self.unclosed < CSV_UNCLOSED
        {
            match closed(quoted) {
                Some((field, rest)) => {
                    self.rest = rest;
                    // What stands between the closing mark and the separator belongs to the field as well, as most programs read it.
                    let (more, is_last) = self.bare();
                    return (field + more, is_last);
                }
                None => self.unclosed = self.unclosed.saturating_add(1),
            }
        }
        let (field, is_last) = self.bare();
        (field.to_owned(), is_last)
    }

    /// What stands before the next separator or the end of the line.
    fn bare(&mut self) -> (&'a str, bool) {
        let end = self.rest.bytes().position(|it| it == self.separator || it == b'\n').unwrap_or(self.rest.len());
        let (field, rest) = self.rest.split_at(end);
        let is_last = !rest.starts_with(char::from(self.separator));
        self.rest = rest.get(1..).unwrap_or_default();
        (if is_last { field.strip_suffix('\r').unwrap_or(field) } else { field }, is_last)
    }
}

/// A quoted field and what follows the mark that closes it.
fn closed(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, after)),
        }
    }
}

impl Iterator for CsvRows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut row = Vec::new();
        loop {
            let (field, is_last) = self.field();
            row.push(field);
            if is_last {
                return Some(row);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_the_standard_says_and_damage_stays_in_its_line() {
        let rows = |text: &str| CsvRows::new(text, b',').collect::<Vec<_>>();
        assert_eq!(rows("a,b\r\n\"1,\"\"x\"\"\n2\",3\r\n,\n"), [vec!["a", "b"], vec!["1,\"x\"\n2", "3"], vec!["", ""]]);
        assert_eq!(rows("a\n\"never,closed\nb,c"), [vec!["a"], vec!["\"never", "closed"], vec!["b", "c"]]);
        assert_eq!(rows("\"a\"b,c"), [vec!["ab", "c"]]);
        assert_eq!(rows("a,"), [vec!["a", ""]]);
        assert_eq!(CsvRows::new("a\t\"b\tc\"\n", b'\t').collect::<Vec<_>>(), [vec!["a", "b\tc"]]);
    }
}
