//! stern's JSON forms (`-o json`, `-o extjson`, `-o ppextjson`): an object a line, with the pod and the container.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::form::{Form, LineOrigin, LogDocument, ReadingMethod, SavedLine, Sight, TextKind, time_of_tool};
use super::json_stream;
use super::not_a_log::{FirstLine, NotALog};
use super::stern::is_noise;

/// How this form is named, recognised and read.
pub(super) const FORM: Form = Form { words: "stern's JSON", reads: ReadingMethod::Document { is_it, read } };

#[derive(Deserialize)]
struct Object {
    /// A text, or the object that the program wrote.
    message: Value,
    #[serde(alias = "podName")]
    pod: String,
    #[serde(alias = "containerName", default)]
    container: String,
    #[serde(default)]
    namespace: String,
}

fn is_it(sight: &Sight<'_>) -> bool {
    sight.has_any(&["message"]) && sight.has_any(&["pod", "podName"])
}

fn read(body: &str) -> Result<LogDocument<'_>, NotALog> {
    let mut document = LogDocument::default();
    document.damaged = json_stream::each(body, is_noise, |it: Object| put(&mut document.lines, it));
    if document.lines.is_empty() {
        return Err(NotALog::Unreadable {
            form: FORM.words,
            what: "no line of it can be read".to_owned(),
            first: FirstLine::from_text(body),
        });
    }
    Ok(document)
}

fn put(lines: &mut Vec<SavedLine<'_>>, object: Object) {
    let text = match object.message {
        Value::String(text) => text,
        event => event.to_string(),
    };
    let (at, text) = match time_of_tool(&text) {
        Some((at, rest)) => (Some(at), rest.to_owned()),
        None => (None, text),
    };
    let origin = LineOrigin { namespace: object.namespace.into(), pod: object.pod.into(), container: object.container.into() };
    lines.push(SavedLine {
        at,
        origin: Some(Box::new(origin)),
        text: Cow::Owned(text.trim_end_matches(['\r', '\n']).replace('\n', " ")),
        kind: TextKind::Printed,
        ..SavedLine::default()
    });
}
