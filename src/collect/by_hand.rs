//! A collection by hand: a script of kubectl, gcloud and curl for people who may not run another program against a cluster.
//!
//! Its lines follow from the table of sources, as those of a live collection do; `by_hand/functions.sh` is how one question is asked. Nobody
//! is asked here. Whatever comes into a line is a number, a name of a checked form, or a text of this program.

use super::live::log_time::{AFTER, MARGIN, USUAL};
use super::live::logs::filter_of_any_time;
use super::plan::worth_asking;
use crate::evidence::sources::by_hand::{ECHONET, ROOT, is_context, is_label, is_project};
use crate::evidence::sources::node_settings::NODE_SETTINGS;
use crate::evidence::sources::{
    DiesWith, FEEDER_URL, Listed, NodeConfig, PageQueue, SOURCES, Saved, Wire, config_map_names, echonet_source, filled, volume_file,
};
use crate::evidence::{DumpKind, Program, Request};
use crate::limits::SNAPSHOTS_AT_ONCE;

/// How one question is asked, and what becomes of its answer.
const FUNCTIONS: &str = include_str!("by_hand/functions.sh");
/// How many log entries one question takes: gcloud asks for a thousand at a time, and sixty times a minute is everybody's quota in a project.
const ENTRIES: u32 = 50_000;

/// The evidence that the script collects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManualCollection {
    namespace: String,
    context: Option<String>,
    project: Option<String>,
    block: u64,
}

/// Why no script can be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum NoScript {
    /// A name that could be read as something else.
    #[error("`{}` is not a valid {what} name", name.escape_debug())]
    #[diagnostic(
        code(whysync::by_hand::name),
        help("nothing was written: names go into the script unquoted, so only plain names are accepted")
    )]
    Name {
        /// What the name is for, such as the namespace.
        what: &'static str,
        /// The name that was given.
        name: String,
    },
    /// A script cannot find out which block is meant before it runs.
    #[error("no block is named")]
    #[diagnostic(code(whysync::by_hand::block), help("name the block with --block"))]
    NoBlock,
}

/// What the script has of a source.
enum ScriptPart {
    /// Lines.
    Lines(Vec<String>),
    /// The script cannot collect this source, for this reason.
    Nothing(&'static str),
}

impl ManualCollection {
    /// The evidence of the resyncs that a block belongs to.
    ///
    /// # Errors
    /// When no block is named, or a name could be read as more than a name.
    pub(crate) fn new(namespace: String, context: Option<String>, project: Option<String>, block: Option<u64>) -> Result<Self, NoScript> {
        let block = block.ok_or(NoScript::NoBlock)?;
        let refused = |what, name: &str| Err(NoScript::Name { what, name: name.to_owned() });
        match (&context, &project) {
            _ if !is_label(&namespace) => refused("namespace", &namespace),
            (Some(name), _) if !is_context(name) => refused("Kubernetes context", name),
            (_, Some(name)) if !is_project(name) => refused("Google Cloud project", name),
            _ => Ok(Self { namespace, context, project, block }),
        }
    }

    /// The script, for bash.
    #[must_use]
    pub(crate) fn script(&self) -> String {
        let mut text = self.head();
        text += FUNCTIONS;
        text += "\ntrap finish EXIT\ntrap 'exit 129' HUP\ntrap 'exit 130' INT\ntrap 'exit 143' TERM\nforward\n";
        let mut sources: Vec<&Listed> = SOURCES.iter().collect();
        // What is lost first comes first; the time of the logs is known from the snapshots.
        sources.sort_by_key(|it| (it.source.wire == Wire::LogEntries, it.source.dies_with));
        let mut dies_with: Option<DiesWith> = None;
        for listed in sources {
            if dies_with != Some(listed.source.dies_with) {
                dies_with = Some(listed.source.dies_with);
                text += &match listed.source.dies_with {
                    DiesWith::Never => "\n# Never lost.\n".to_owned(),
                    other => format!("\n# Lost with {}.\n", other.words()),
                };
            }
            match self.part(listed) {
                ScriptPart::Lines(lines) => text.extend(lines.iter().map(|it| format!("{it}\n"))),
                ScriptPart::Nothing(why) => text += &format!("# Not collected: {}: {why}.\n", listed.name),
            }
        }
        text
    }

    fn head(&self) -> String {
        let Self { namespace, block, .. } = self;
        let context = self.context.as_ref().map_or_else(|| "$(kubectl config current-context)".to_owned(), Clone::clone);
        let project = match &self.project {
            Some(project) => format!("project='{project}'"),
            // The context of a cluster at Google is gke_<project>_<location>_<name>.
            None => "project=''\ncase $context in\n  gke_*_*_*)\n    project=${context#gke_}\n    project=${project%%_*}\n    ;;\nesac"
                .to_owned(),
        };
        let path = |pattern: &str| filled(pattern, |_| None).unwrap_or_default();
        let (report, names) = (first_path(&Request::Report), path(config_map_names::FILE));
        let settings = NODE_SETTINGS.map(|it| it.replace('.', "\\.")).join("|");
        let [snapshots, archived] = [0, 2].map(|it| volume_file::FILES.get(it).copied().unwrap_or_default());
        let time = "[0-9]{8}T[0-9]{6}Z".to_owned();
        let heights = self.heights().map(|it| it.to_string()).collect::<Vec<_>>().join("|");
        let archive = format!("({})_({heights})", DumpKind::ALL.map(DumpKind::name).join("|"));
        let pattern = |of: &str| {
            let part = |it: &str| Some(if it == "at" { time.clone() } else { archive.clone() });
            filled(&of.replace('.', "\\."), part).unwrap_or_default()
        };
        let volume_file = Request::all(&|_| vec![pattern_of_a_file()]).into_iter().find(|it| matches!(it, Request::VolumeFile { .. }));
        let (command, saved) = volume_file
            .map(|it| (it.kubectl("\"$pod\"").unwrap_or_default(), first_path(&it)))
            .map(|(command, saved)| (command.replace(&format!("{ROOT}/{}", pattern_of_a_file()), "\"$root/$1\""), saved))
            .map(|(command, saved)| (command, saved.replace(&pattern_of_a_file(), "$1")))
            .unwrap_or_default();
        format!(
            "#!/usr/bin/env bash\n\
             # Evidence of block {block} of the Echonet in {namespace}, collected by hand.\n\
             # Written by whysync {version} without contacting anything. Use: bash THIS-FILE [NEW-FOLDER], then whysync diagnose NEW-FOLDER.\n\
             #\n\
             # It reads and changes nothing: kubectl get, logs, port-forward, and exec of cat and ls below {ROOT}; gcloud logging read;\n\
             # GET by curl. No Secret and no file with keys is read. What it saves is not redacted: the list of pods\n\
             # holds the values of environment variables, and logs hold URLs. Keep the folder, or turn it into a bundle, which is redacted:\n\
             # whysync import NEW-FOLDER -o incident.json.zst\n\
             set -euo pipefail\n\
             set -o noclobber\n\
             umask 077\n\
             \n\
             namespace='{namespace}'\n\
             block={block}\n\
             folder=${{1:-whysync-by-hand-{namespace}-{block}}}\n\
             # Log entries per request at most, the newest first. The whole project shares a quota of sixty thousand a minute.\n\
             limit={ENTRIES}\n\
             # Snapshots that are read at least, the newest first, where there are so many.\n\
             newest={SNAPSHOTS_AT_ONCE}\n\
             # The time of the logs, in seconds: before the last resync at most, after it, and before the resync that came before.\n\
             usual={usual} after={after} margin={margin}\n\
             \n\
             if [ -e \"$folder\" ] || [ -L \"$folder\" ]; then\n\
             \x20 printf '%s already exists: name a new folder\\n' \"$folder\" >&2\n\
             \x20 exit 2\n\
             fi\n\
             context={quote}{context}{quote}\n\
             {project}\n\
             \n\
             mkdir -- \"$folder\"\n\
             cd -- \"$folder\"\n\
             work=$(mktemp -d)\n\
             : >\"$work/rows\"\n\
             : >\"$work/paths\"\n\
             printf 'asking %s in %s\\n' \"$namespace\" \"$context\" >&2\n\
             \n\
             pod='{ECHONET}'\n\
             root='{ROOT}'\n\
             feeder='{FEEDER_URL}'\n\
             report='{report}'\n\
             config_maps='{names}'\n\
             index='http_index.json'\n\
             kept_settings='{settings}'\n\
             snapshot_names='{snapshot_names}'\n\
             archived_names='{archived_names}'\n\
             forwarding='' port='' partial='' open='' question='' first='' last='' from='' until=''\n\
             saved=0 failures=0\n\
             \n\
             # volume_file PATH: a file below the data directory.\n\
             volume_file() {{\n\
             \x20 save \"{saved}\" k {command}\n\
             }}\n\
             \n",
            version = env!("CARGO_PKG_VERSION"),
            usual = USUAL / 1_000,
            after = AFTER / 1_000,
            margin = MARGIN / 1_000,
            quote = if self.context.is_some() { "'" } else { "" },
            snapshot_names = pattern(snapshots),
            archived_names = pattern(archived),
        )
    }

    /// The block and its neighbours.
    fn heights(&self) -> std::ops::RangeInclusive<u64> {
        self.block.saturating_sub(1)..=self.block.saturating_add(1)
    }

    fn part(&self, listed: &Listed) -> ScriptPart {
        let lines = |of: &dyn Fn(&Request) -> String| ScriptPart::Lines(self.requests(listed).iter().map(of).collect());
        match listed.source.wire {
            Wire::Echonet { .. } if matches!(listed.source.saved, Saved::Nowhere) => {
                ScriptPart::Nothing("it only tells whose Echonet a URL leads to, and here the port-forward leads to the namespace's own")
            }
            Wire::Echonet { page, .. } => lines(&|it| {
                let (file, asked) = (first_path(it), it.echonet_path().unwrap_or_default());
                match it {
                    Request::TxBlockMetadata { .. } => {
                        let hash = |of: &str| of.replace("0x0", "$hash");
                        format!("for hash in $(triggers); do\n  page \"{}\" \"{}\"\ndone", hash(&file), hash(&asked))
                    }
                    // Mainnet has a page of the same name.
                    _ if page.starts_with("/feeder_gateway/") => {
                        format!("own {} '{file}' '{asked}'", it.part("block").unwrap_or_default())
                    }
                    _ => format!("page '{file}' '{asked}'"),
                }
            }),
            Wire::Mainnet { .. } => lines(&|it| format!("mainnet '{}' '{}'", first_path(it), it.mainnet_path().unwrap_or_default())),
            Wire::Objects { .. } => lines(&|it| format!("save '{}' k {}", first_path(it), it.kubectl("\"$pod\"").unwrap_or_default())),
            Wire::NodeConfigMap => lines(&|it| format!("settings '{}' '{}'", first_path(it), it.part("config").unwrap_or_default())),
            Wire::SourceConfigMap => {
                let file = echonet_source::file("$source");
                let save = format!("save \"{file}\" k get configmap \"$source\" -o json");
                let unknown = format!("failed '{}' 'the ConfigMap with the source' \"$(said)\"", echonet_source::file("echonet-src"));
                ScriptPart::Lines(vec![
                    ": >|\"$work/said\"".to_owned(),
                    "source=$(source_name)".to_owned(),
                    format!("if [ -n \"$source\" ]; then\n  {save}\nelse\n  {unknown}\nfi"),
                ])
            }
            Wire::VolumeNames => {
                ScriptPart::Lines(listed.source.saved.paths().iter().map(|it| format!("save '{it}' volume_names")).collect())
            }
            Wire::VolumeFile => ScriptPart::Lines(vec!["snapshots".to_owned(), "archives".to_owned()]),
            Wire::LogEntries => {
                let filters = Program::ALL.map(|it| format!("'{}'", filter_of_any_time(it, &self.namespace, Some(self.block))));
                let save = format!("save '{}' cloud_logs \\\n  {}", first_path(&Request::CloudLogEntries), filters.join(" \\\n  "));
                ScriptPart::Lines(vec!["window".to_owned(), save])
            }
            Wire::Output => lines(&|it| format!("save '{}' output", first_path(it))),
            Wire::Captured { .. } => ScriptPart::Nothing("it can only be saved while the resync is running"),
        }
    }

    /// The questions to a source.
    fn requests(&self, listed: &Listed) -> Vec<Request> {
        let all: Vec<Request> = match listed.source.wire {
            Wire::Echonet { turn: PageQueue::Small, .. } => worth_asking(self.block),
            _ => Request::all(&|part| match part {
                "block" => self.heights().map(|it| it.to_string()).collect(),
                "kind" => DumpKind::ALL.map(|it| it.name().to_owned()).to_vec(),
                "config" => NodeConfig::ALL.map(|it| it.name().to_owned()).to_vec(),
                _ => Vec::new(),
            }),
        };
        all.into_iter().filter(|it| it.source_name() == listed.name).collect()
    }
}

/// The path where the answer is saved.
fn first_path(request: &Request) -> String {
    request.saved().next().map(|(path, _)| path).unwrap_or_default()
}

/// A placeholder path for a function's argument.
fn pattern_of_a_file() -> String {
    filled(volume_file::FILES.first().copied().unwrap_or_default(), |_| Some("PATH".to_owned())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_has_its_lines_in_the_script_or_a_reason_why_not() {
        let collection = ManualCollection::new("echonet-a".to_owned(), None, None, Some(7)).expect("plain names");
        let script = collection.script();
        for listed in SOURCES {
            let is_asked_and_saved = !matches!(listed.source.saved, Saved::Nowhere) && !matches!(listed.source.wire, Wire::Captured { .. });
            match collection.part(listed) {
                ScriptPart::Lines(lines) => {
                    assert!(is_asked_and_saved && !lines.is_empty(), "{}", listed.name);
                    assert!(lines.iter().all(|it| script.contains(it)), "{}: {lines:?}", listed.name);
                }
                ScriptPart::Nothing(why) => {
                    assert!(!is_asked_and_saved && script.contains(why), "{}", listed.name);
                }
            }
        }
        // What depends on an answer is a path of a file, a hash or a name; the rest is written out.
        for saved in ["pvc/$1", "k8s/$source.json", "http/get_tx_block_metadata_$hash.json", "tx_hash=$hash"] {
            assert!(script.contains(saved), "{saved}");
        }
    }

    #[test]
    fn the_names_that_are_read_on_the_volume_are_those_of_the_source() {
        let script = ManualCollection::new("a".to_owned(), None, None, Some(7)).expect("plain names").script();
        let expected = [
            "snapshot_names='report_snapshot_[0-9]{8}T[0-9]{6}Z\\.log'",
            "archived_names='blocks_[0-9]{8}T[0-9]{6}Z/(blob|block|state_update)_(6|7|8)\\.json'",
            "save \"pvc/$1\" k exec \"$pod\" -c echonet -- cat \"$root/$1\"",
            "context=$(kubectl config current-context)",
        ];
        for words in expected {
            assert!(script.contains(words), "{words} is not in\n{script}");
        }
    }

    #[test]
    fn a_context_and_a_project_that_are_named_are_used() {
        let named = ManualCollection::new("a".to_owned(), Some("gke_p_l_c".to_owned()), Some("other".to_owned()), Some(7));
        let script = named.expect("plain names").script();
        assert!(script.contains("\ncontext='gke_p_l_c'\n") && script.contains("\nproject='other'\n"), "{script}");
        let without = ManualCollection::new("a".to_owned(), None, None, None);
        assert_eq!(without.map(|it| it.script()), Err(NoScript::NoBlock));
    }
}
