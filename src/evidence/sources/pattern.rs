//! A pattern: a text with named places in braces. One pattern is both written and read.
//!
//! `{block}` stands for a part of that name, `{kind=block}` for that part where it has this value.

/// A piece of a pattern.
enum PatternPiece<'p> {
    Text(&'p str),
    Part(&'p str),
    Fixed { part: &'p str, value: &'p str },
}

fn pieces(pattern: &str) -> Vec<PatternPiece<'_>> {
    let mut pieces = Vec::new();
    for (number, after) in pattern.split('{').enumerate() {
        let text = match (number, after.split_once('}')) {
            (0, _) | (_, None) => after,
            (_, Some((part, text))) => {
                pieces.push(match part.split_once('=') {
                    Some((part, value)) => PatternPiece::Fixed { part, value },
                    None => PatternPiece::Part(part),
                });
                text
            }
        };
        if !text.is_empty() {
            pieces.push(PatternPiece::Text(text));
        }
    }
    pieces
}

/// The text that a pattern gives with these parts; none where one is missing or is another than the pattern is for.
#[must_use]
pub fn filled(pattern: &str, part: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut text = String::new();
    for piece in pieces(pattern) {
        match piece {
            PatternPiece::Text(it) => text.push_str(it),
            PatternPiece::Part(it) => text.push_str(&part(it)?),
            PatternPiece::Fixed { part: it, value } => text.push_str(part(it).filter(|it| it == value).map(|_| value)?),
        }
    }
    Some(text)
}

/// Makes something of parts by their names, or refuses them.
pub(super) type Accept<'f, T> = dyn Fn(&[(&str, &str)]) -> Option<T> + 'f;

/// Reads a text back: the first of its readings by the pattern that `accept` makes something of.
pub(super) fn read<T>(pattern: &str, text: &str, accept: &Accept<'_, T>) -> Option<T> {
    from(&pieces(pattern), text, &mut Vec::new(), accept)
}

fn from<'a, T>(pieces: &[PatternPiece<'a>], text: &'a str, parts: &mut Vec<(&'a str, &'a str)>, accept: &Accept<'_, T>) -> Option<T> {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty().then(|| accept(parts)).flatten() };
    match first {
        PatternPiece::Text(it) => from(rest, text.strip_prefix(it)?, parts, accept),
        PatternPiece::Fixed { part, value } => with((*part, value), rest, text.strip_prefix(value)?, parts, accept),
        PatternPiece::Part(part) => {
            // A part can hold what stands behind it in the pattern as well.
            let ends: Vec<usize> = match rest.first() {
                None => vec![text.len()],
                Some(PatternPiece::Text(next)) => text.match_indices(next).map(|(at, _)| at).collect(),
                Some(PatternPiece::Part(_) | PatternPiece::Fixed { .. }) => text.char_indices().map(|(at, _)| at).collect(),
            };
            ends.into_iter().find_map(|at| {
                let (value, after) = text.split_at_checked(at)?;
                with((*part, value), rest, after, parts, accept)
            })
        }
    }
}

fn with<'a, T>(
    part: (&'a str, &'a str),
    rest: &[PatternPiece<'a>],
    text: &'a str,
    parts: &mut Vec<(&'a str, &'a str)>,
    accept: &Accept<'_, T>,
) -> Option<T> {
    parts.push(part);
    let found = from(rest, text, parts, accept);
    parts.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_may_hold_what_stands_behind_it() {
        let pattern = "http/block_dump_{kind}_{block}.json";
        let parts = |text: &str, block: &str| {
            read(pattern, text, &|parts| {
                let found = parts.iter().find(|(name, _)| *name == "block").is_some_and(|(_, it)| *it == block);
                found.then(|| parts.iter().map(|(_, it)| (*it).to_owned()).collect::<Vec<_>>())
            })
        };
        assert_eq!(parts("http/block_dump_state_update_7.json", "7"), Some(vec!["state_update".to_owned(), "7".to_owned()]));
        assert_eq!(parts("http/block_dump_state_update_7.json", "8"), None);
        assert_eq!(parts("http/block_dump_block_7.json.json", "7"), None);
    }

    #[test]
    fn a_part_with_a_value_is_written_and_read_as_that_value_alone() {
        let pattern = "get_{kind=block}_{block}";
        let with = |kind: &'static str| filled(pattern, move |it| Some(if it == "kind" { kind } else { "7" }.to_owned()));
        assert_eq!((with("block").as_deref(), with("blob")), (Some("get_block_7"), None));
        assert_eq!(read(pattern, "get_block_7", &|it| Some(it.len())), Some(2));
        assert_eq!(read(pattern, "get_blob_7", &|it| Some(it.len())), None);
    }
}
