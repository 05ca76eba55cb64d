//! Settings of the node that a diagnosis may need, from the ConfigMap of its layout.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bound::Bound;
use super::mark::Mark;
use super::objects::Placed;
use super::part::NodeConfig;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, Place, Saved, Source, Wire};
use crate::evidence::{ParseError, Request, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::NodeConfigMap,
    saved: Saved::At(&[Place::at("k8s/{config}.json")]),
    recognised: &[Mark::Kind("ConfigMap")],
    reads: &[&ANSWER],
    gives: &[],
    best_for: &[],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once, of the layout that the workloads show",
};

/// Of the ConfigMap, the settings that a diagnosis may need.
pub const ANSWER: Reader<NodeSettings> = Reader::new(settings);

/// What of it is worth asking for.
pub(crate) fn worth(seen: &Situation) -> Vec<Request> {
    let runs = |config: &NodeConfig| {
        let service = config.name().strip_suffix("-config").unwrap_or(config.name());
        ["statefulset", "deployment"].iter().any(|kind| seen.workloads.contains(&format!("{service}-{kind}")))
    };
    NodeConfig::ALL.into_iter().find(runs).map(|config| Request::NodeSettings { config }).into_iter().collect()
}

/// What is kept of the ConfigMap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSettings {
    /// The namespace that it names; empty if it names none.
    pub namespace: String,
    /// The settings by their names.
    pub settings: BTreeMap<String, String>,
}

fn settings(body: &str) -> Result<NodeSettings, ParseError> {
    let map: RawSettingsMap = parse_json(body)?;
    let all: BTreeMap<String, serde_json::Value> = parse_json(&map.data.config)?;
    let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let settings = all.into_iter().filter(|(name, _)| is_node_setting(name)).map(|(name, value)| (name, text(value))).collect();
    Ok(NodeSettings { namespace: map.metadata.namespace, settings })
}

/// Settings of the node that a diagnosis may need, by the ends of their dotted names.
pub(crate) const NODE_SETTINGS: [&str; 8] = [
    "revert_config.should_revert",
    "revert_config.revert_up_to_and_including",
    "starknet_url",
    "validator_id",
    "behavior_mode",
    "recorder_url",
    "cairo_native_mode",
    "native_classes_whitelist",
];

/// Whether a setting of this name is kept.
#[must_use]
pub(crate) fn is_node_setting(name: &str) -> bool {
    NODE_SETTINGS.iter().any(|it| name == *it || name.ends_with(&format!(".{it}")))
}

#[derive(Deserialize)]
struct RawSettingsMap {
    #[serde(default)]
    metadata: Placed,
    #[serde(default)]
    data: RawData,
}

#[derive(Deserialize, Default)]
struct RawData {
    #[serde(default)]
    config: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_settings_that_are_listed_are_kept() {
        let config = r#"{"a.starknet_url":"https://x","validator_id":"0x1","b.secret_key":"hush","c.cairo_native_mode":"Off","my_starknet_url":"no"}"#;
        let body = serde_json::json!({"data": {"config": config, "other": "hush"}}).to_string();
        let settings = ANSWER.read(&body).expect("settings").settings;
        assert_eq!(settings.keys().collect::<Vec<_>>(), ["a.starknet_url", "c.cairo_native_mode", "validator_id"]);
        assert!(!format!("{settings:?}").contains("hush"));
    }
}
