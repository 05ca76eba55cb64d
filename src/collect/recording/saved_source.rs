//! Echonet's source in a folder of saved answers: in a file of its own, or in the list of all ConfigMaps.

use super::{CONFIG_MAPS, Recording};
use crate::collect::{Access, Answer, Body, source_archive};
use crate::evidence::Request;
use crate::evidence::sources::{echonet_source, pods};

impl Recording {
    /// Echonet's source: that which the saved pods mount, or the only one. It is in a file of its own, or in the list of all ConfigMaps.
    pub(super) fn source(&self) -> Answer {
        let named = |path: &str| path.strip_prefix("k8s/").and_then(echonet_source::name).map(str::to_owned);
        let mut saved: Vec<(&str, String, Option<Vec<u8>>)> =
            self.files.keys().filter_map(|it| Some((it.as_str(), named(it)?, None))).collect();
        let listed = if self.files.contains_key(CONFIG_MAPS) { self.read(CONFIG_MAPS).unwrap_or_default() } else { Vec::new() };
        for (name, archive) in source_archive::listed(&listed) {
            if !saved.iter().any(|(_, it, own)| own.is_none() && *it == name) {
                saved.push((CONFIG_MAPS, name, Some(archive)));
            }
        }
        if let (true, Answer::Body(body)) = (saved.len() > 1, self.ask(&Request::Pods)) {
            let mounted: Vec<String> = pods::ANSWER.read(&body.text).into_iter().flatten().filter_map(|it| it.source_config_map).collect();
            saved.retain(|(_, name, _)| mounted.contains(name));
            if saved.is_empty() {
                return Answer::Failed { reason: "several sources were saved, and none of them is the one that runs".to_owned() };
            }
        }
        let refused = self.refused.iter().find(|(path, _)| named(path).is_some());
        match saved.as_slice() {
            [(path, name, archive)] => {
                let bytes = archive.clone().map_or_else(|| self.read(path), Ok);
                let body =
                    |bytes: Vec<u8>| Body::of_source(Request::EchonetSource.to_string(), name, &bytes).map_err(|err| err.to_string());
                match bytes.map_err(|err| err.to_string()).and_then(body) {
                    Ok(body) => Answer::Body(body),
                    Err(reason) => Answer::Failed { reason: format!("{path} cannot be used: {reason}") },
                }
            }
            [] => match refused {
                Some((path, reason)) => Answer::Failed { reason: format!("{path} was refused: {reason}") },
                None => self.index.keys().find(|it| named(it).is_some()).map_or(Answer::NotAsked, |it| self.noted(it)),
            },
            _ => Answer::Failed { reason: "several sources were saved, and pods.json does not tell which one runs".to_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use serde_json::Value;

    use crate::collect::tests::{folder, import};
    use crate::evidence::source::MemberContent;
    use crate::evidence::{EchonetSource, Gathered};

    #[test]
    fn the_source_that_runs_is_read_from_a_list_of_all_config_maps() {
        let archive = |content: &str| {
            let mut folder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default()));
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            folder.append_data(&mut header, "echonet/a.py", content.as_bytes()).expect("a member");
            let packed = folder.into_inner().and_then(flate2::write::GzEncoder::finish).expect("an archive");
            base64::engine::general_purpose::STANDARD.encode(packed)
        };
        let map = |name: &str, key: &str, data: &str| {
            let data: Value = serde_json::from_str(&format!("{{\"{key}\": \"{data}\"}}")).expect("JSON");
            serde_json::json!({"metadata": {"name": name, "namespace": "n"}, "data": data})
        };
        let source = |name: &str, content: &str| map(name, "echonet-src.tgz.b64", &archive(content));
        let keys = map("echonet-keys-1", "echonet_keys.json", "CANARY");
        let hidden = map("echonet-src-secret", "echonet-src.tgz.b64", &archive("hidden"));
        let pods = r#"{"items":[{"metadata":{"name":"e","labels":{"app":"echonet"}},
            "spec":{"volumes":[{"name":"echonet-src-bundle","configMap":{"name":"echonet-src-new"}}]}}]}"#;
        // What is in the list, a source in a file of its own, and the source that is found with the size of its file, or why there is none.
        type Case<'c> = (Vec<Value>, Option<&'c str>, Result<(&'c str, u64), &'c str>);
        let cases: [Case<'_>; 6] = [
            (vec![keys.clone(), source("echonet-src-new", "hello")], None, Ok(("echonet-src-new", 5))),
            (vec![source("echonet-src-old", "old"), source("echonet-src-new", "hello"), keys.clone()], None, Ok(("echonet-src-new", 5))),
            (vec![source("echonet-src-old", "old")], None, Err("but echonet-src-new is what runs")),
            // A file of its own is taken before the list, and the list where the file is of another.
            (vec![source("echonet-src-new", "hello")], Some("echonet-src-new.tgz.b64"), Ok(("echonet-src-new", 3))),
            (vec![source("echonet-src-new", "hello")], Some("echonet-src-old.tgz.b64"), Ok(("echonet-src-new", 5))),
            (vec![keys, hidden], None, Err("")),
        ];
        for (items, own, expected) in cases {
            let list = serde_json::json!({"kind": "List", "items": items}).to_string();
            let path = format!("k8s/{}", own.unwrap_or("none"));
            let file = archive("own");
            let saved = [("k8s/pods.json", pods), ("k8s/configmaps.json", &list), (path.as_str(), file.as_str())];
            let folder = folder(saved.get(..if own.is_some() { 3 } else { 2 }).expect("files"));
            let bundle = import(folder.path());
            assert!(!serde_json::to_string(&bundle).expect("JSON").contains("CANARY"));
            let size = |it: &EchonetSource| match it.members.first().map(|it| &it.content) {
                Some(MemberContent::Hashed(blob)) => blob.size,
                _ => 0,
            };
            match (expected, &bundle.deployment.source) {
                (Ok((name, bytes)), Gathered::Observed(found)) => {
                    assert_eq!((found.value.config_map.as_str(), size(&found.value)), (name, bytes), "{list}");
                }
                (Err(""), Gathered::NotAsked) => {}
                (Err(why), Gathered::Failed(missing)) => assert!(missing.reason.contains(why), "{}", missing.reason),
                (_, found) => panic!("{found:?} for {list}"),
            }
            assert!(bundle.deployment.config_maps.as_observed().is_some());
        }
    }
}
