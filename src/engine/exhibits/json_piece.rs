//! A JSON value as an indented text of bounded size.

use serde_json::Value;

/// Characters of one text in the value. A hash is shorter by far, a revert text longer.
const CHARACTERS: usize = 400;
/// Elements of one list.
const ELEMENTS: usize = 12;
/// Fields of one object.
const FIELDS: usize = 60;
/// Lines of the whole: lists in lists may still be long.
const LINES: usize = 160;

/// The value as indented JSON, and how many values in it were cut. What is cut ends with a word on how much is missing.
pub(super) fn text(value: Value) -> (String, usize) {
    let mut cuts = 0;
    let value = cut(value, &mut cuts);
    // A value has text keys only, so it can always be written.
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let beyond = text.lines().count().saturating_sub(LINES);
    if beyond == 0 {
        return (text, cuts);
    }
    let shown: Vec<&str> = text.lines().take(LINES).collect();
    (format!("{}\n… ({beyond} more lines)", shown.join("\n")), cuts.saturating_add(1))
}

#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn cut(value: Value, cuts: &mut usize) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(CHARACTERS) {
            Some((end, _)) => {
                *cuts += 1;
                let left = text.get(end..).unwrap_or_default().chars().count();
                Value::String(format!("{}… ({left} more characters)", text.get(..end).unwrap_or_default()))
            }
            None => Value::String(text),
        },
        Value::Array(mut elements) => {
            let left = elements.len().saturating_sub(ELEMENTS);
            elements.truncate(ELEMENTS);
            let mut elements: Vec<Value> = elements.into_iter().map(|it| cut(it, cuts)).collect();
            if 0 < left {
                *cuts += 1;
                elements.push(format!("… ({left} more)").into());
            }
            Value::Array(elements)
        }
        Value::Object(fields) => {
            let left = fields.len().saturating_sub(FIELDS);
            let mut shown: serde_json::Map<String, Value> =
                fields.into_iter().take(FIELDS).map(|(name, it)| (name.chars().take(CHARACTERS).collect(), cut(it, cuts))).collect();
            if 0 < left {
                *cuts += 1;
                shown.insert("…".to_owned(), format!("({left} more)").into());
            }
            Value::Object(shown)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_endless_is_cut_and_says_how_much_is_missing() {
        assert_eq!(text(json!({"a": ["0x1"], "b": 7})), ("{\n  \"a\": [\n    \"0x1\"\n  ],\n  \"b\": 7\n}".to_owned(), 0));
        let (long, cuts) = text(json!({"reason": "x".repeat(CHARACTERS + 5), "events": vec![1; ELEMENTS + 3]}));
        assert_eq!(cuts, 2);
        assert!(long.contains("… (5 more characters)") && long.contains("… (3 more)"), "{long}");
        let (deep, cuts) = text(json!(vec![vec![vec![1; 12]; 12]; 12]));
        assert_eq!((deep.lines().count(), cuts), (LINES + 1, 1));
    }
}
