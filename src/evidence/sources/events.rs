//! What the cluster noted about the namespace's objects.

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::{List, Placed};
use super::reader::Reader;
use super::situation::Situation;
use super::source::{ApiGroup, DiesWith, ListSelection, Place, Saved, Source, Wire};
use crate::evidence::{ClusterEvent, EvidenceName, ParseError, Request, Timestamp, parse_json};

/// Fields that are read of it: a recording keeps no others.
const READ: &[&str] =
    &["count", "eventTime", "involvedObject", "items", "kind", "lastTimestamp", "message", "metadata", "name", "namespace", "reason"];

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Objects { group: ApiGroup::Core, plural: "events", taken: ListSelection::Objects, read: READ },
    saved: Saved::At(&[Place::at("k8s/events.json")]),
    recognised: &[Mark::Kind("Event")],
    reads: &[&ANSWER],
    gives: &[EvidenceName::Events],
    best_for: &[EvidenceName::Events],
    dies_with: DiesWith::Retention,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// A list of events as the Kubernetes API gives it, put in the order of time.
pub const ANSWER: Reader<Vec<ClusterEvent>> = Reader::new(events);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Events]
}

fn events(body: &str) -> Result<Vec<ClusterEvent>, ParseError> {
    let list: List<RawEvent> = parse_json(body)?;
    let event = |it: RawEvent| ClusterEvent {
        at: it.last_timestamp.or(it.event_time),
        object: format!("{}/{}", it.involved_object.kind, it.involved_object.name),
        namespace: if it.metadata.namespace.is_empty() { it.involved_object.namespace } else { it.metadata.namespace },
        reason: it.reason,
        message: it.message,
        count: it.count.unwrap_or(1),
    };
    let mut events: Vec<ClusterEvent> = list.items.into_iter().map(event).collect();
    events.sort_by_key(|it| it.at);
    Ok(events)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEvent {
    #[serde(default)]
    metadata: Placed,
    #[serde(default)]
    involved_object: RawObject,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    count: Option<u64>,
    #[serde(default)]
    last_timestamp: Option<Timestamp>,
    #[serde(default)]
    event_time: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawObject {
    kind: String,
    name: String,
    namespace: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_put_in_order_and_old_ones_have_no_count() {
        let body = r#"{"items":[
            {"involvedObject":{"kind":"Pod","name":"b"},"reason":"Killing","message":"m","count":3,"lastTimestamp":"2026-01-02T03:04:06Z"},
            {"involvedObject":{"kind":"Pod","name":"a"},"reason":"Scheduled","message":"","lastTimestamp":null,"eventTime":"2026-01-02T03:04:05Z"}]}"#;
        let seen: Vec<_> = ANSWER.read(body).expect("events").into_iter().map(|it| (it.object, it.count)).collect();
        assert_eq!(seen, [("Pod/a".to_owned(), 1), ("Pod/b".to_owned(), 3)]);
    }
}
