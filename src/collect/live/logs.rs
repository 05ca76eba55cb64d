//! Log lines of an incident: from Cloud Logging, else the containers' own output.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::cluster::Flow;
use super::fault::{AskFault, FaultKind};
use super::question::{ContainerRun, Question};
use super::session::Session;
use crate::collect::Body;
use crate::collect::masked_log::MaskedLog;
use crate::collect::split_keys::SplitKeys;
use crate::evidence::collection::LogQuery;
use crate::evidence::logs::LogLine;
use crate::evidence::pods::Component;
use crate::evidence::sources::cloud_log_entries;
use crate::evidence::{Coverage, Extent, Gathered, LogStream, Missing, Observed, Pod, Program, Provenance, Request, SharedText, Timestamp};

/// A time window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeWindow {
    /// Start of the window.
    pub(super) from: Timestamp,
    /// End of the window.
    pub(super) until: Timestamp,
    /// Whether lines of the moment of its end belong to it.
    pub(super) end: End,
}

/// Whether lines of the moment at which a window ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The window includes lines at its end.
    Included,
    /// Lines at its end belong to the next window.
    Excluded,
}

/// The filter in Cloud Logging's language, over a time.
pub(super) fn filter(program: Program, namespace: &str, block: Option<u64>, window: TimeWindow) -> String {
    let TimeWindow { from, until, end } = window;
    let before = match end {
        End::Included => "<=",
        End::Excluded => "<",
    };
    format!("{}\ntimestamp>=\"{from}\"\ntimestamp{before}\"{until}\"", filter_of_any_time(program, namespace, block))
}

/// All lines of Echonet; of the sequencer warnings, errors, and what names the height.
pub(in crate::collect) fn filter_of_any_time(program: Program, namespace: &str, block: Option<u64>) -> String {
    let container = match program {
        Program::Echonet => "resource.labels.container_name=\"echonet\"".to_owned(),
        Program::Sequencer => {
            let mut any = vec![
                "jsonPayload.level=(\"WARN\" OR \"ERROR\")".to_owned(),
                "log_id(\"stderr\")".to_owned(),
                "jsonPayload.message:\"START_UP\"".to_owned(),
            ];
            for height in block.into_iter().flat_map(|it| it.saturating_sub(1)..=it.saturating_add(1)) {
                any.push(format!("jsonPayload.message:\"{height}\""));
                any.push(format!("jsonPayload.spans.height=\"{height}\""));
            }
            format!("resource.labels.container_name=~\"^sequencer-\"\n({})", any.join(" OR "))
        }
    };
    format!("resource.type=\"k8s_container\"\nresource.labels.namespace_name=\"{namespace}\"\n{container}")
}

/// Where a browser shows the entries of a filter.
pub(super) fn link(project: &str, filter: &str, window: TimeWindow) -> String {
    let TimeWindow { from, until, .. } = window;
    format!(
        "https://console.cloud.google.com/logs/query;query={};startTime={from};endTime={until}?project={}",
        encoded(filter),
        encoded(project)
    )
}

fn encoded(text: &str) -> String {
    let keep = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.' | b'~');
    text.bytes().map(|it| if keep(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

/// Lines as they came in, and why they are not all.
#[derive(Default)]
struct ReceivedLines {
    lines: Vec<LogLine>,
    /// Bytes received.
    bytes: u64,
    /// Bytes held in memory.
    held: u64,
    redacted: u64,
    gap: Option<String>,
    at: Option<Timestamp>,
}

impl ReceivedLines {
    fn push(&mut self, line: LogLine) {
        // A line of one character takes a hundred times as much.
        let size = size_of::<LogLine>().saturating_add(line.text.len()).saturating_add(line.pod.len());
        self.held = self.held.saturating_add(size as u64);
        self.lines.push(line);
    }

    fn is_over(&self, limit: u64) -> bool {
        limit <= self.bytes.max(self.held)
    }

    /// Notes why lines are missing or not as they were, once for each reason.
    fn note(&mut self, why: String) {
        self.gap = Some(match self.gap.take() {
            None => why,
            Some(known) if known.contains(&why) => known,
            Some(known) => format!("{known}; {why}"),
        });
    }

    fn cut(&self) -> String {
        format!("only the first {} bytes were taken in", self.bytes)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NextPage {
    #[serde(default)]
    next_page_token: Option<String>,
}

/// What to ask Cloud Logging for the lines of one program, and where: the project, if it is known.
fn query(session: &Session, program: Program, window: TimeWindow) -> (Option<String>, LogQuery) {
    let options = &session.options;
    let filter = filter(program, &options.namespace, options.block, window);
    let project = options.project.clone().or_else(|| project_of(&session.context));
    let link = project.as_ref().map(|it| link(it, &filter, window)).unwrap_or_default();
    (project, LogQuery { program: program.name().to_owned(), filter, link, entries: 0, fallback: None })
}

/// Asks for the lines of one program.
pub(super) async fn collect(session: &Session, pods: &[Pod], program: Program, window: TimeWindow) -> (MaskedLog, LogQuery) {
    let (project, mut query) = query(session, program, window);
    let asked = Request::CloudLogEntries.to_string();
    let from_cloud = match project {
        None => Err(AskFault::new(FaultKind::Permanent, "the context's name holds no Google Cloud project; name one with --project")),
        Some(project) => {
            cloud(session, &project, &query.filter, program, session.options.log_bytes(cloud_log_entries::SOURCE.limits)).await
        }
    };
    let (lines, asked) = match from_cloud {
        Ok(lines) => {
            query.entries = lines.lines.len() as u64;
            (Ok(lines), asked)
        }
        Err(fault) if fault.kind == FaultKind::Interrupted => (Err(fault), asked),
        Err(fault) => {
            query.fallback = Some(fault.reason.clone());
            match output(session, pods, program, window).await {
                Ok(lines) => (Ok(lines), Request::EchonetOutput.to_string().replace("echonet", &query.program)),
                Err(second) => (
                    Err(AskFault::new(FaultKind::Permanent, &format!("{}; the containers' own output: {}", fault.reason, second.reason))),
                    asked,
                ),
            }
        }
    };
    (MaskedLog::new(gathered(lines, asked, &query.program, &session.options.namespace, window)), query)
}

/// Asks for the lines of one program before those that are there, and puts them in front. If not all of them can be had, none are: what
/// is there has no holes.
pub(super) async fn extend(session: &Session, known: &mut MaskedLog, program: Program, window: TimeWindow) -> Option<LogQuery> {
    let (project, mut query) = query(session, program, window);
    let taken = known.get().as_observed().map_or(0, |it| it.source.bytes);
    let limit = session.options.log_bytes(cloud_log_entries::SOURCE.limits).saturating_sub(taken);
    let earlier = cloud(session, &project?, &query.filter, program, limit).await;
    let Gathered::Observed(mut earlier) =
        gathered(earlier, Request::CloudLogEntries.to_string(), &query.program, &session.options.namespace, window)
    else {
        return Some(query);
    };
    if earlier.coverage.extent != known.get().as_observed().map_or(Extent::Complete, |it| it.coverage.extent.clone()) {
        return Some(query);
    }
    query.entries = earlier.value.lines.len() as u64;
    if let Gathered::Observed(mut later) = known.take() {
        earlier.value.lines.append(&mut later.value.lines);
        earlier.coverage.redacted = earlier.coverage.redacted.saturating_add(later.coverage.redacted);
        earlier.source = Provenance { bytes: earlier.source.bytes.saturating_add(later.source.bytes), ..later.source };
    }
    *known = MaskedLog::new(Gathered::Observed(earlier));
    Some(query)
}

fn gathered(lines: Result<ReceivedLines, AskFault>, asked: String, name: &str, namespace: &str, window: TimeWindow) -> Gathered<LogStream> {
    match lines {
        Err(fault) => Gathered::Failed(Missing::new(asked, fault.reason)),
        Ok(lines) if lines.lines.is_empty() && lines.gap.is_none() => {
            Gathered::Absent(Missing::new(asked, format!("there is no line from {name} between {} and {}", window.from, window.until)))
        }
        Ok(lines) => Gathered::Observed(Observed {
            value: LogStream { namespace: Some(namespace.to_owned()), lines: lines.lines },
            coverage: Coverage { extent: lines.gap.map_or(Extent::Complete, Extent::Partial), redacted: lines.redacted },
            source: Provenance { asked, at: lines.at, took_ms: None, bytes: lines.bytes, sha256: String::new() },
        }),
    }
}

/// The Google Cloud project of a context that `gcloud` named: `gke_<project>_<location>_<cluster>`.
fn project_of(context: &str) -> Option<String> {
    let mut parts = context.strip_prefix("gke_")?.split('_');
    let project = parts.next().filter(|it| !it.is_empty())?;
    parts.next().map(|_| project.to_owned())
}

async fn cloud(session: &Session, project: &str, filter: &str, program: Program, limit: u64) -> Result<ReceivedLines, AskFault> {
    let mut lines = pages(session, project, filter, program, limit).await?;
    let narrowed = match program {
        Program::Echonet => None,
        Program::Sequencer => Some("only warnings, errors and lines that name the heights were requested".to_owned()),
    };
    lines.gap = lines.gap.or(narrowed);
    Ok(lines)
}

async fn pages(session: &Session, project: &str, filter: &str, program: Program, limit: u64) -> Result<ReceivedLines, AskFault> {
    let mut all = ReceivedLines::default();
    let mut keys = SplitKeys::default();
    let mut page_token = None;
    loop {
        let question = Question::LogEntries { project: project.to_owned(), filter: filter.to_owned(), page_token: page_token.clone() };
        let page = session.ask_settled(&question, &mut |body| without_split_keys(body, &mut keys)).await.and_then(|body| {
            let unreadable = |err: &dyn std::fmt::Display| AskFault::new(FaultKind::Permanent, &format!("a page of entries: {err}"));
            let entries = cloud_log_entries::PAGE.read(&body.text).map_err(|err| unreadable(&err))?;
            let next: NextPage = serde_json::from_str(&body.text).map_err(|err| unreadable(&err))?;
            Ok((body, entries, next.next_page_token.filter(|it| !it.is_empty())))
        });
        let (body, entries, next) = match page {
            Ok(page) => page,
            Err(fault) if all.lines.is_empty() => return Err(fault),
            Err(fault) => {
                all.gap = Some(format!("further pages could not be read: {}", fault.reason));
                return Ok(all);
            }
        };
        all.bytes = all.bytes.saturating_add(body.bytes);
        all.redacted = all.redacted.saturating_add(body.redacted);
        all.at = body.at;
        // The filter lets one namespace pass.
        let streams = match program {
            Program::Echonet => entries.echonet,
            Program::Sequencer => entries.sequencer,
        };
        streams.into_values().flat_map(|it| it.lines).for_each(|it| all.push(it));
        if next.is_none() {
            return Ok(all);
        }
        if all.is_over(limit) {
            all.gap = Some(all.cut());
            return Ok(all);
        }
        // A page token that stands still would never end.
        if next == page_token {
            all.gap = Some("the same page was named again".to_owned());
            return Ok(all);
        }
        page_token = next;
        // The quota is everybody's in the project.
        if let Err(fault) = session.rest(session.options.log_pause).await {
            all.gap = Some(format!("further pages were not collected: {}", fault.reason));
            return Ok(all);
        }
    }
}

/// A page without the lines of private keys that the platform took apart, also where a key began on an earlier page.
fn without_split_keys(body: Body, keys: &mut SplitKeys) -> Body {
    if !keys.concern(&body.text) {
        return body;
    }
    let Ok(mut page) = serde_json::from_str::<Value>(&body.text) else { return body };
    let entries = page.get_mut("entries").and_then(Value::as_array_mut);
    let masked: u64 = entries.into_iter().flatten().map(|it| keys.mask_entry(it)).sum();
    if masked == 0 { body } else { Body { text: page.to_string().into(), redacted: body.redacted.saturating_add(masked), ..body } }
}

/// The containers' own output. The platform keeps little of it, so it never counts as complete.
async fn output(session: &Session, pods: &[Pod], program: Program, window: TimeWindow) -> Result<ReceivedLines, AskFault> {
    let mut all = ReceivedLines::default();
    let mut first_fault = None;
    let is_wanted = |pod: &&Pod| pod.component == Component::from(program);
    for pod in pods.iter().filter(is_wanted) {
        let is_wanted = |name: &str| match program {
            Program::Echonet => name == "echonet",
            Program::Sequencer => true,
        };
        for container in pod.containers.iter().filter(|it| is_wanted(&it.name)) {
            let runs: &[ContainerRun] =
                if 0 < container.restarts { &[ContainerRun::Previous, ContainerRun::Current] } else { &[ContainerRun::Current] };
            for run in runs {
                let question = Question::Output {
                    namespace: session.options.namespace.clone(),
                    pod: pod.name.clone(),
                    container: container.name.clone(),
                    run: *run,
                    since: Some(window.from),
                };
                if let Err(fault) = stream(session, &question, &pod.name, &mut all).await {
                    first_fault.get_or_insert(fault);
                }
            }
        }
    }
    match (first_fault, all.lines.is_empty()) {
        (Some(fault), true) => Err(fault),
        (None, true) => Err(match all.gap {
            Some(gap) => AskFault::new(FaultKind::Permanent, &gap),
            None => AskFault::new(FaultKind::Absent, "no pod has such output"),
        }),
        (fault, false) => {
            let kept = "the platform keeps only the newest output of a container";
            let gaps = [Some(kept.to_owned()), all.gap.take(), fault.map(|it| it.reason)];
            all.gap = Some(gaps.into_iter().flatten().collect::<Vec<_>>().join("; "));
            Ok(all)
        }
    }
}

/// Asks again if that may help and no line came.
async fn stream(session: &Session, question: &Question, pod: &str, all: &mut ReceivedLines) -> Result<(), AskFault> {
    let limit = session.options.log_bytes(question.limits());
    let pod_name = SharedText::from(pod);
    let before = all.bytes;
    let mut attempt = 1_u32;
    let streamed = loop {
        let started = all.lines.len();
        let streamed = session
            .lines(question, &mut |received, text| {
                let (at, text) = match text.split_once(' ') {
                    Some((at, text)) if at.parse::<Timestamp>().is_ok() => (at.parse().ok(), text),
                    _ => (None, text),
                };
                all.push(LogLine { at, pod: pod_name.clone(), ..LogLine::plain(text) });
                if limit <= all.held.max(before.saturating_add(received)) { Flow::Stop } else { Flow::Continue }
            })
            .await;
        match &streamed.fault {
            // What came is kept and not asked for twice: the same lines would be there twice as well.
            Some(fault) if fault.kind == FaultKind::Transient && all.lines.len() == started && attempt < session.options.attempts => {
                session.pause(attempt, fault, Duration::ZERO).await?;
                attempt = attempt.saturating_add(1);
            }
            _ => break streamed,
        }
    };
    all.bytes = before.saturating_add(streamed.bytes);
    all.redacted = all.redacted.saturating_add(streamed.redacted);
    all.at = streamed.at.or(all.at);
    if 0 < streamed.replaced {
        all.note("bytes that are not UTF-8 were replaced by U+FFFD".to_owned());
    }
    if streamed.is_cut {
        all.note(all.cut());
    }
    streamed.fault.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_shows_the_same_entries_as_the_query() {
        let at = |it: &str| it.parse().expect("a moment");
        let window = TimeWindow { from: at("2026-01-02T03:04:05Z"), until: at("2026-01-02T04:04:05Z"), end: End::Included };
        let filter = filter(Program::Echonet, "echonet-a", None, window);
        assert!(filter.contains("timestamp>=\"2026-01-02T03:04:05Z\"\ntimestamp<=\"2026-01-02T04:04:05Z\""), "{filter}");
        let link = link("p", &filter, window);
        assert!(link.contains("container_name%3D%22echonet%22%0Atimestamp") && link.ends_with("?project=p"), "{link}");
        assert_eq!(project_of("gke_proj_us-central1_sequencer-dev").as_deref(), Some("proj"));
        assert_eq!(project_of("sequencer-dev"), None);
    }
}
