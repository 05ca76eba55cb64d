//! Small changes of a bundle, for the tests of rules.

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::engine::printed::catalogue::Catalogue;
use crate::engine::printed::line_of::{LineOf, NoLine};
use crate::evidence::{Block, Bundle, Felt, StateUpdate, Timestamp};
use crate::facts;
use crate::facts::commitments::CannotRecompute;
use crate::limits::TEST_BYTES;

/// A change of a bundle. In every text `{subject}`, `{next}` and `{previous}` are the heights of the base's first diverging block (of its
/// trigger where none diverges) and of the blocks beside it; `{culprit}` is the transaction of the first divergence that has one, and
/// `{tx0}` to `{tx9}` are mainnet's first transactions of that block.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Patch {
    /// Marks evidence as not collected; a JSON pointer such as `/logs/echonet`.
    Forget(String),
    /// Evidence that was seen in part only.
    Truncate {
        /// A JSON pointer to the evidence.
        at: String,
        /// Why the log is truncated.
        because: String,
    },
    /// Adds lines to the sequencer's log, which is complete then. A line is written as `LEVEL file: message`, as
    /// `LEVEL file height=7: message` where the event carries a height, or as `raw: text`. Each is stamped with the time of the first line
    /// of Echonet's log that `at` matches, moved by `seconds_later`.
    SequencerLog {
        /// Regular expression for the line that is replaced.
        at: String,
        /// How much later; negative for earlier. 0 if not given.
        #[serde(default)]
        seconds_later: i64,
        /// The lines.
        lines: Vec<TestLine>,
    },
    /// Takes away the lines of Echonet's log that match.
    DropLogLines(String),
    /// Keeps only the lines of Echonet's log that match.
    KeepLogLines(String),
    /// Replaces what matches in the lines of Echonet's log.
    ReplaceInLog {
        /// Regular expression for the text that is replaced.
        find: String,
        /// What to put there; `$1` is a group.
        with: String,
    },
    /// Puts lines behind the first line of Echonet's log that matches.
    InsertLogLines {
        /// Regular expression for the line behind which the new lines stand.
        after: String,
        /// The lines.
        lines: Vec<TestLine>,
    },
    /// Puts lines at the end of Echonet's log, so many minutes after its last line.
    AppendLogLines {
        /// Minutes after the last line.
        minutes_later: i64,
        /// The lines.
        lines: Vec<TestLine>,
    },
    /// RFC 7386 merge patch on the bundle.
    Merge(Value),
    /// RFC 6902 patch on the bundle.
    #[serde(rename = "json_patch")]
    Json(Value),
    /// Makes a side of a height state what it holds by now, a JSON pointer such as `/theirs/{subject}`: commitments, counts and hash are
    /// computed again. A block that does not state what it holds is no evidence.
    Seal(String),
    /// Gives a side of a height the hash over what it states, a JSON pointer as for `seal`: a block whose commitments somebody computed
    /// wrongly before it was hashed.
    SealHash(String),
}

/// A line of a log.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TestLine {
    /// A line that is used unchanged.
    Text(String),
    /// What a statement of the catalogue prints with these values, as many lines as that are.
    Printed {
        /// The statement and the values.
        line_of: LineOf,
    },
}

/// Why a patch cannot be applied.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// The bundle has nothing where the patch points to.
    #[error("the bundle has nothing at `{0}`")]
    NothingAt(String),
    /// Echonet's log was not seen, or is empty.
    #[error("the log has no lines")]
    NoLines,
    /// No line is where others are to be put.
    #[error("no log line matches `{0}`")]
    NoLineMatches(String),
    /// A patch that changes nothing tests nothing.
    #[error("no log line matches `{0}`: the patch changes nothing")]
    ChangesNothing(String),
    /// It is no regular expression.
    #[error(transparent)]
    Pattern(#[from] regex::Error),
    /// A line of the sequencer's log is not written as one.
    #[error("`{0}` is not written as `LEVEL file: message`")]
    Malformed(String),
    /// The catalogue gives no such line.
    #[error(transparent)]
    Line(#[from] NoLine),
    /// The line that others are placed by says no time.
    #[error("the log line that others are placed by has no time: {0}")]
    NoTime(serde_json::Error),
    /// What `merge` holds is no document once names are filled in.
    #[error("`merge` is not a document: {0}")]
    Merge(serde_json::Error),
    /// What `json_patch` holds is no patch.
    #[error("`json_patch` is not an RFC 6902 patch: {0}")]
    JsonPatch(serde_json::Error),
    /// It makes too much out of little.
    #[error("the change adds more than {} MiB to the evidence", TEST_BYTES / 1024 / 1024)]
    TooLarge,
    /// It does not fit the bundle.
    #[error("`json_patch` does not apply: {0}")]
    Unapplied(#[from] json_patch::PatchError),
    /// What is to be sealed is no block, or has no state update beside it.
    #[error("what is to be sealed is not a side of a height: {0}")]
    NoSide(serde_json::Error),
    /// The block cannot be made to state what it holds.
    #[error(transparent)]
    Seal(#[from] CannotRecompute),
    /// What the patches leave is no bundle.
    #[error("after the patch it is not a bundle: {0}")]
    NoBundle(serde_json::Error),
}

/// Applies patches to a bundle; `episode` is the one that places are named by.
///
/// # Errors
/// When a patch does not apply, changes nothing, or leaves no bundle.
pub(super) fn patched(mut document: Value, patches: &[Patch], episode: u32) -> Result<Bundle, PatchError> {
    if !patches.is_empty() {
        let base: Bundle = serde_json::from_value(document.clone()).map_err(PatchError::NoBundle)?;
        let places = Places::from_episode(&base, episode);
        for patch in patches {
            apply(&mut document, patch, &places)?;
        }
    }
    serde_json::from_value(document).map_err(PatchError::NoBundle)
}

/// What the names in patches stand for.
struct Places {
    subject: u64,
    culprit: Option<Felt>,
    transactions: Vec<Felt>,
}

impl Places {
    fn from_episode(base: &Bundle, episode: u32) -> Self {
        let facts = facts::derive(base);
        let case = facts.cases.iter().find(|it| it.episode.number == episode);
        let subject = case.and_then(|it| it.document.subject.block).unwrap_or_default();
        let theirs = base.theirs.get(&subject).and_then(|it| it.block.value());
        Self {
            subject,
            culprit: case.and_then(|it| it.document.ledger.iter().find_map(|it| it.tx_hash)),
            transactions: theirs.into_iter().flat_map(|it| &it.transactions).map(|it| it.transaction_hash).take(10).collect(),
        }
    }

    fn fill(&self, text: &str) -> String {
        let mut text = text
            .replace("{subject}", &self.subject.to_string())
            .replace("{next}", &self.subject.saturating_add(1).to_string())
            .replace("{previous}", &self.subject.saturating_sub(1).to_string());
        if let Some(culprit) = self.culprit {
            text = text.replace("{culprit}", &culprit.to_string());
        }
        for (position, hash) in self.transactions.iter().enumerate() {
            text = text.replace(&format!("{{tx{position}}}"), &hash.to_string());
        }
        text
    }

    fn lines(&self, written: &[TestLine]) -> Result<Vec<String>, PatchError> {
        let mut all = Vec::new();
        for line in written {
            match line {
                TestLine::Text(text) => all.push(self.fill(text)),
                TestLine::Printed { line_of } => {
                    all.extend(line_of.lines(Catalogue::builtin())?.iter().map(|it| self.fill(it)));
                }
            }
        }
        Ok(all)
    }
}

const ECHONET_LINES: &str = "/logs/echonet/observed/value/lines";

fn apply(document: &mut Value, patch: &Patch, places: &Places) -> Result<(), PatchError> {
    let regex = |pattern: &str| Regex::new(&places.fill(pattern));
    match patch {
        Patch::Forget(at) => *at_pointer(document, &places.fill(at))? = Value::String("not_asked".to_owned()),
        Patch::Truncate { at, because } => {
            let extent = at_pointer(document, &places.fill(&format!("{at}/observed/coverage/extent")))?;
            *extent = serde_json::json!({"partial": because});
        }
        Patch::SequencerLog { at, seconds_later, lines: written } => {
            let regex = regex(at)?;
            let model = lines(document)?.iter().find(|it| regex.is_match(line_text(it)));
            let mut time = model.ok_or_else(|| PatchError::NoLineMatches(at.clone()))?.get("at").cloned().unwrap_or_default();
            if *seconds_later != 0 {
                let at: Timestamp = serde_json::from_value(time).map_err(PatchError::NoTime)?;
                time = serde_json::json!(at.plus_millis(seconds_later.saturating_mul(1_000)));
            }
            let written: Result<Vec<Value>, PatchError> = places.lines(written)?.iter().map(|it| sequencer_line(it, &time)).collect();
            add_to_sequencer_log(document, written?)?;
        }
        Patch::AppendLogLines { minutes_later, lines: written } => {
            let all = lines(document)?;
            let mut line = all.last().cloned().ok_or(PatchError::NoLines)?;
            let at: Timestamp = serde_json::from_value(line.get("at").cloned().unwrap_or_default()).map_err(PatchError::NoTime)?;
            put(&mut line, "at", serde_json::json!(at.plus_millis(minutes_later.saturating_mul(60_000))));
            for text in places.lines(written)? {
                put(&mut line, "text", Value::String(text));
                all.push(line.clone());
            }
        }
        Patch::DropLogLines(pattern) => {
            let regex = regex(pattern)?;
            let before = lines(document)?.len();
            lines(document)?.retain(|it| !regex.is_match(line_text(it)));
            changed(before.saturating_sub(lines(document)?.len()), pattern)?;
        }
        Patch::KeepLogLines(pattern) => {
            let regex = regex(pattern)?;
            lines(document)?.retain(|it| regex.is_match(line_text(it)));
            changed(lines(document)?.len(), pattern)?;
        }
        Patch::ReplaceInLog { find, with } => {
            let regex = regex(find)?;
            let with = places.fill(with);
            let (mut hits, mut left) = (0_usize, TEST_BYTES);
            for line in lines(document)? {
                let text = line_text(line);
                if regex.is_match(text) {
                    hits = hits.saturating_add(1);
                    let text = replaced(text, &regex, &with, left).ok_or(PatchError::TooLarge)?;
                    left = left.saturating_sub(text.len());
                    put(line, "text", Value::String(text));
                }
            }
            changed(hits, find)?;
        }
        Patch::InsertLogLines { after, lines: inserted } => {
            let regex = regex(after)?;
            let all = lines(document)?;
            let place = all.iter().position(|it| regex.is_match(line_text(it)));
            let place = place.ok_or_else(|| PatchError::NoLineMatches(after.clone()))?;
            let model = all.get(place).cloned().unwrap_or_default();
            for (place, text) in (place..).skip(1).zip(places.lines(inserted)?) {
                let mut line = model.clone();
                put(&mut line, "text", Value::String(text));
                all.insert(place, line);
            }
        }
        Patch::Merge(patch) => {
            let patch: Value = serde_json::from_str(&places.fill(&patch.to_string())).map_err(PatchError::Merge)?;
            json_patch::merge(document, &patch);
        }
        Patch::Json(patch) => {
            let text = places.fill(&patch.to_string());
            let patch: json_patch::Patch = serde_json::from_str(&text).map_err(PatchError::JsonPatch)?;
            for operation in patch.0 {
                // Copies of copies grow as no file of tests does.
                if let json_patch::PatchOperation::Copy(copy) = &operation
                    && document.pointer(copy.from.as_str()).is_some_and(|it| TEST_BYTES < it.to_string().len())
                {
                    return Err(PatchError::TooLarge);
                }
                json_patch::patch(document, &[operation])?;
            }
        }
        Patch::Seal(at) => seal(document, &places.fill(at), facts::sealed)?,
        Patch::SealHash(at) => seal(document, &places.fill(at), facts::hashed_as_stated)?,
    }
    Ok(())
}

/// Puts into the block of a side, and the state update beside it, what follows from what they hold.
fn seal(
    document: &mut Value,
    side: &str,
    computed: impl Fn(Block, Option<&StateUpdate>) -> Result<Block, CannotRecompute>,
) -> Result<(), PatchError> {
    let (at_block, at_state) = (format!("{side}/block/observed/value"), format!("{side}/state_update/observed/value"));
    let block: Block = serde_json::from_value(at_pointer(document, &at_block)?.clone()).map_err(PatchError::NoSide)?;
    let state = document.pointer(&at_state).map(|it| serde_json::from_value(it.clone()));
    let state: Option<StateUpdate> = state.transpose().map_err(PatchError::NoSide)?;
    let sealed = computed(block, state.as_ref())?;
    if let Some(state) = document.pointer_mut(&at_state) {
        put(state, "block_hash", serde_json::json!(sealed.block_hash));
    }
    *at_pointer(document, &at_block)? = serde_json::to_value(sealed).map_err(PatchError::NoSide)?;
    Ok(())
}

fn changed(lines: usize, pattern: &str) -> Result<(), PatchError> {
    if lines > 0 { Ok(()) } else { Err(PatchError::ChangesNothing(pattern.to_owned())) }
}

/// A text in which every match is replaced; none if it would be longer than `most` bytes.
fn replaced(text: &str, regex: &Regex, with: &str, most: usize) -> Option<String> {
    let groups = with.matches('$').count();
    let (mut out, mut end) = (String::new(), 0);
    for found in regex.captures_iter(text) {
        let whole = found.get(0)?;
        out.push_str(text.get(end..whole.start())?);
        // Told before it is made: a replacement can name a group a thousand times.
        let longest = with.len().saturating_add(groups.saturating_mul(whole.len()));
        if most < out.len().saturating_add(longest) {
            return None;
        }
        found.expand(with, &mut out);
        end = whole.end();
    }
    out.push_str(text.get(end..)?);
    (out.len() <= most).then_some(out)
}

fn at_pointer<'d>(document: &'d mut Value, pointer: &str) -> Result<&'d mut Value, PatchError> {
    document.pointer_mut(pointer).ok_or_else(|| PatchError::NothingAt(pointer.to_owned()))
}

fn lines(document: &mut Value) -> Result<&mut Vec<Value>, PatchError> {
    at_pointer(document, ECHONET_LINES)?.as_array_mut().ok_or(PatchError::NoLines)
}

fn line_text(line: &Value) -> &str {
    line.get("text").and_then(Value::as_str).unwrap_or_default()
}

fn put(object: &mut Value, field: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(field.to_owned(), value);
    }
}

/// A line of the sequencer's log from its short form.
pub(super) fn sequencer_line(short: &str, time: &Value) -> Result<Value, PatchError> {
    let text = if let Some(raw) = short.strip_prefix("raw: ") {
        raw.to_owned()
    } else {
        let malformed = || PatchError::Malformed(short.to_owned());
        let (head, message) = short.split_once(": ").ok_or_else(malformed)?;
        let mut words = head.split_whitespace();
        let (level, file) = words.next().zip(words.next()).ok_or_else(malformed)?;
        let mut event = serde_json::json!({"timestamp": time, "level": level, "message": message, "filename": file, "line_number": 1});
        if let Some(height) = words.next() {
            let height: u64 = height.strip_prefix("height=").and_then(|it| it.parse().ok()).ok_or_else(malformed)?;
            put(&mut event, "spans", serde_json::json!([{"name": "proposal", "height": height}]));
        }
        event.to_string()
    };
    Ok(serde_json::json!({"at": time, "pod": "sequencer-node-statefulset-0", "text": text}))
}

/// Adds lines to the sequencer's log, in the order of time.
fn add_to_sequencer_log(document: &mut Value, added: Vec<Value>) -> Result<(), PatchError> {
    let mut log = at_pointer(document, "/logs/echonet")?.clone();
    let before = document.pointer("/logs/sequencer/observed/value/lines").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut all: Vec<Value> = before.into_iter().chain(added).collect();
    let time = |line: &Value| line.get("at").and_then(|it| serde_json::from_value::<Timestamp>(it.clone()).ok());
    all.sort_by_key(time);
    *at_pointer(&mut log, "/observed/value/lines")? = Value::Array(all);
    *at_pointer(&mut log, "/observed/coverage/extent")? = Value::String("complete".to_owned());
    *at_pointer(document, "/logs/sequencer")? = log;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_would_be_later_than_the_calendar_keep_the_time_of_the_last_one() {
        let line = serde_json::json!({"at": "2026-11-22T08:38:32Z", "text": "[INFO] [echonet.flask] last_block=7"});
        let mut document = serde_json::json!({"logs": {"echonet": {"observed": {"value": {"lines": [line]}}}}});
        let places = Places { subject: 7, culprit: None, transactions: Vec::new() };
        for minutes_later in [i64::MAX, i64::MIN, 2] {
            let patch = Patch::AppendLogLines { minutes_later, lines: vec![TestLine::Text("more".to_owned())] };
            apply(&mut document, &patch, &places).expect("a patch");
        }
        let times: Vec<_> = lines(&mut document).expect("lines").iter().filter_map(|it| it.get("at")?.as_str()).collect();
        let last = "2026-11-22T08:38:32Z";
        assert_eq!(times, [last, last, last, "2026-11-22T08:40:32Z"], "the first two panicked");
    }

    #[test]
    fn a_replacement_that_would_be_too_long_is_told_before_it_is_made() {
        let regex = |it: &str| Regex::new(it).expect("a pattern");
        let of = |text: &str, find: &str, with: &str, most| replaced(text, &regex(find), with, most);
        assert_eq!(of("ab ab c", "a(b)", "[$1$0]", 100).as_deref(), Some("[bab] [bab] c"));
        assert_eq!(of("ab", "x*", "-", 100).as_deref(), regex("x*").replace_all("ab", "-").to_string().as_str().into());
        let long = "a".repeat(1000);
        assert_eq!(of(&long, "a+", &"$0".repeat(1000), 500_000), None);
        assert_eq!(of(&long, "a", "bb", 1999), None);
        assert_eq!(of(&long, "a", "bb", 2000).map(|it| it.len()), Some(2000));
    }
}
