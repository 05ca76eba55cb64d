//! The lines of Echonet's container, in the formats that Echonet, gunicorn and `requests` really write.

use super::random::Random;
use crate::evidence::level::Level;
use crate::evidence::logs::{LogLine, Stream};
use crate::evidence::{LogStream, SharedText, Timestamp};

/// Writes lines and moves the clock.
pub(super) struct Log {
    lines: Vec<LogLine>,
    now: Timestamp,
    pub(super) pod: String,
    pub(super) namespace: String,
    /// Places where redaction would have replaced a secret.
    pub(super) redacted: u64,
}

impl Log {
    pub(super) fn new(start: Timestamp, pod: String, namespace: String) -> Self {
        Self { lines: Vec::new(), now: start, pod, namespace, redacted: 0 }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn into_stream(self) -> LogStream {
        LogStream { namespace: Some(self.namespace), lines: self.lines }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, millis: u64) {
        self.now = self.now.plus_millis(i64::try_from(millis).unwrap_or(0));
    }

    /// A record of the logger `echonet.<logger>`; Python writes its further lines without a prefix.
    pub(super) fn record(&mut self, random: &mut Random, level: Level, logger: &str, text: &str) {
        let stream = if level < Level::Error { Stream::Stdout } else { Stream::Stderr };
        self.wait(random.between(1, 25));
        self.raw(stream, &format!("[{}] [echonet.{logger}] {text}", level.name()));
    }

    /// A line of the access log.
    pub(super) fn access(&mut self, random: &mut Random, request: &str, status: u16, bytes: usize) {
        self.wait(random.between(1, 9));
        let line = format!(r#"10.8.0.7 - - [{}] "{request} HTTP/1.1" {status} {bytes} "-" "-""#, access_time(self.now));
        self.raw(Stream::Stdout, &line);
    }

    /// What gunicorn says when it starts.
    pub(super) fn gunicorn(&mut self, random: &mut Random) {
        let (master, worker) = (random.between(7, 40), random.between(41, 90));
        let lines = [
            (master, "Starting gunicorn 27.0.1".to_owned()),
            (master, format!("Listening at: http://0.0.0.0:80 ({master})")),
            (master, "Using worker: gthread".to_owned()),
            (worker, format!("Booting worker with pid: {worker}")),
            (master, "Control socket listening at /app/.gunicorn/gunicorn.ctl".to_owned()),
        ];
        for (pid, text) in lines {
            self.wait(random.between(1, 200));
            let line = format!("[{}] [{pid}] [INFO] {text}", error_log_time(self.now));
            self.raw(Stream::Stderr, &line);
        }
    }

    /// An attempt to reach the Ethereum provider that was answered with status 429, with its traceback.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    pub(super) fn rate_limited(&mut self, random: &mut Random, call: &str, attempt: u64) {
        self.redacted += 1;
        let text = format!(
            "{call} attempt {attempt}/2 failed
Traceback (most recent call last):
  File \"/app/echonet/l1_logic/l1_client.py\", line 89, in _run_request_with_retry
    response.raise_for_status()
  File \"/usr/local/lib/python3.11/site-packages/requests/models.py\", line 1167, in raise_for_status
    raise HTTPError(http_error_msg, response=self)
requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://eth-mainnet.g.alchemy.com/v2/\u{ab}redacted:url-key:ab12\u{bb}"
        );
        self.wait(random.between(80, 200));
        self.record(random, Level::Debug, "l1_client", &text);
    }

    /// The platform stores one entry for each line.
    fn raw(&mut self, stream: Stream, text: &str) {
        let pod = SharedText::from(self.pod.as_str());
        let at = self.now;
        self.lines.extend(text.lines().map(|text| LogLine { at: Some(at), stream, pod: pod.clone(), ..LogLine::plain(text) }));
    }

    /// Starts the sequencer anew; with `target`, waits until it has reverted to that height.
    pub(super) fn restart(&mut self, random: &mut Random, target: Option<u64>) {
        self.manager(random, "Fetching ConfigMap 'sequencer-node-config' in namespace '{ns}'...");
        self.manager(random, "ConfigMap updated successfully.");
        self.scale(random, 0);
        self.scaled(random, 0);
        self.scale(random, 1);
        self.scaled(random, 1);
        if let Some(height) = target {
            let place = "in pod 'sequencer-node-statefulset-0'";
            self.manager(
                random,
                &format!("Waiting for State Sync and Batcher revert completion to height {height} {place} (ns={{ns}})..."),
            );
            self.wait(random.between(40_000, 90_000));
            self.manager(random, &format!("Found State Sync and Batcher revert completion logs for target height {height} {place}."));
        }
    }

    /// Waits until the restarted sequencer has synced from mainnet up to `height`.
    #[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
    pub(super) fn synced(&mut self, random: &mut Random, height: u64) {
        let place = "in pod 'sequencer-node-statefulset-0'";
        self.manager(random, &format!("Waiting for synced block to be >= {height} {place} (ns={{ns}})..."));
        self.wait(random.between(30_000, 60_000));
        let found = height + random.between(0, 40);
        self.manager(random, &format!("Found new block synced {found} (>= {height}) {place}."));
    }

    pub(super) fn scale(&mut self, random: &mut Random, replicas: u8) {
        self.manager(random, &format!("Scaling StatefulSet 'sequencer-node-statefulset' in namespace '{{ns}}' to {replicas} replicas..."));
    }

    pub(super) fn scaled(&mut self, random: &mut Random, replicas: u8) {
        self.manager(random, &format!("Waiting for StatefulSet 'sequencer-node-statefulset' to reach {replicas} replicas..."));
        self.wait(random.between(4_000, 20_000));
        self.manager(random, &format!("Current replicas: {replicas}, ready: {replicas}"));
        self.manager(random, &format!("StatefulSet reached {replicas} replicas."));
        self.manager(random, &format!("Scaling to {replicas} replicas done."));
    }

    pub(super) fn manager(&mut self, random: &mut Random, text: &str) {
        let text = text.replace("{ns}", &self.namespace);
        self.record(random, Level::Info, "sequencer_manager", &text);
    }
}

/// The compact form `20261122T083832Z`, cut into its six parts.
fn parts(at: Timestamp) -> [String; 6] {
    let compact = at.to_file_name();
    let cut = |from: usize, to: usize| compact.get(from..to).unwrap_or_default().to_owned();
    [cut(0, 4), cut(4, 6), cut(6, 8), cut(9, 11), cut(11, 13), cut(13, 15)]
}

fn access_time(at: Timestamp) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let [year, month, day, hour, minute, second] = parts(at);
    let month = month.parse::<usize>().ok().and_then(|it| MONTHS.get(it.checked_sub(1)?)).unwrap_or(&"Jan");
    format!("{day}/{month}/{year}:{hour}:{minute}:{second} +0000")
}

fn error_log_time(at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = parts(at);
    format!("{year}-{month}-{day} {hour}:{minute}:{second} +0000")
}
