//! Parts of a file that answer a question each: the pods among all objects of a namespace, the block beside its state update.

use std::collections::BTreeSet;

use serde_json::Value;

use super::unread::UnreadPiece;

/// What of a file is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FilePart {
    /// All of it.
    Whole,
    /// The objects of the cluster of this kind, as a list.
    Kind(&'static str),
    /// The value of this field.
    Field(&'static str),
}

/// The answer in some files, one after another. Objects of the cluster are put together, and each is there once.
pub(super) fn answer(part: FilePart, files: &[Vec<u8>]) -> Result<Vec<u8>, UnreadPiece> {
    let read = |bytes: &Vec<u8>| {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        serde_json::from_slice::<Value>(text).map_err(UnreadPiece::NotJson)
    };
    match (part, files) {
        (FilePart::Whole, [only]) => Ok(only.clone()),
        (FilePart::Whole, _) => Err(UnreadPiece::Several),
        (FilePart::Field(name), files) => {
            let value = files.first().ok_or(UnreadPiece::NoAnswer).and_then(read)?;
            value.get(name).map(|it| it.to_string().into_bytes()).ok_or(UnreadPiece::NoField(name))
        }
        // A list of nothing else is the answer as it came.
        (FilePart::Kind(kind), [only]) if is_list_of(&read(only)?, kind) => Ok(only.clone()),
        (FilePart::Kind(kind), files) => {
            let mut items: Vec<Value> = Vec::new();
            let mut known = BTreeSet::new();
            for file in files {
                let unknown = objects(read(file)?, kind).into_iter().filter(|it| name(it).is_none_or(|it| known.insert(it)));
                items.extend(unknown);
            }
            Ok(serde_json::json!({"kind": "List", "items": items}).to_string().into_bytes())
        }
    }
}

/// What tells an object from others of its kind.
fn name(object: &Value) -> Option<(String, String)> {
    let metadata = object.get("metadata")?;
    let text = |it: &str| metadata.get(it).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some((text("namespace"), text("name"))).filter(|it| !it.1.is_empty())
}

/// Whether a document is a list of objects of one kind.
fn is_list_of(document: &Value, kind: &str) -> bool {
    let count = document.get("items").and_then(Value::as_array).map(Vec::len);
    count.is_some_and(|it| it == objects(document.clone(), kind).len())
}

/// The objects of a kind in a document: itself, or those in its list.
fn objects(document: Value, kind: &str) -> Vec<Value> {
    let stated = document.get("kind").and_then(Value::as_str).map(str::to_owned);
    let Value::Object(mut fields) = document else { return Vec::new() };
    let Some(Value::Array(items)) = fields.remove("items") else {
        return if stated.as_deref() == Some(kind) { vec![Value::Object(fields)] } else { Vec::new() };
    };
    let of_list = stated.as_deref().and_then(|it| it.strip_suffix("List")).is_some_and(|it| it == kind);
    let is_one = |it: &Value| it.get("kind").and_then(Value::as_str).map_or(of_list, |it| it == kind);
    items.into_iter().filter(is_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_several_files_are_one_list_without_copies() {
        let all =
            br#"{"kind":"List","items":[{"kind":"Pod","metadata":{"name":"a"}},{"kind":"Service","metadata":{"name":"a"}}]}"#.to_vec();
        let one = br#"{"kind":"Pod","metadata":{"name":"b"}}"#.to_vec();
        let list = b"\xef\xbb\xbf{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"a\"}}]}".to_vec();
        let answer = answer(FilePart::Kind("Pod"), &[all, one, list]).expect("an answer");
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        let names: Vec<&str> = answer["items"].as_array().expect("items").iter().filter_map(|it| it["metadata"]["name"].as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
