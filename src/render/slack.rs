//! A Slack message in Block Kit, within Slack's limits.
//!
//! The limits are those of <https://docs.slack.dev/reference/block-kit/blocks>: 50 blocks a message, 150 characters a header, 3,000 a
//! section's text, 2,000 a field and 10 fields a section. What Slack would interpret is escaped, and `verbatim` keeps it from making
//! links and mentions out of plain words.

use serde_json::{Value, json};

use super::hashes::{Digits, ShortHashes};
use super::json::pretty;
use super::lens::{Lens, LensLimits};
use super::outline::{OpenItem, Outline};
use super::{Options, anchors, fix_line, glance, phrases};
use crate::findings::{Contradiction, Diagnosis, Divergence, Finding, RemediationSafety, Verdict};

const BLOCKS: usize = 50;
const HEADER: usize = 150;
const SECTION: usize = 3_000;
const FIELD: usize = 2_000;
/// Findings told one by one; a chat is no place for more.
const FINDINGS: usize = 6;

/// Sentences of one kind that say what the answer rests on.
const SENTENCES: usize = 6;

/// Writes a diagnosis as the body of `chat.postMessage`, without a channel.
pub(super) fn write(diagnosis: &Diagnosis, _: &Options) -> String {
    let hashes = ShortHashes::from_diagnosis(diagnosis, Digits { head: 8, tail: 6 });
    let lens = Lens { hashes, limits: LensLimits { chars: 500, lines: 4, items: 4 } };
    let message = Message { outline: Outline::new(diagnosis), lens };
    let mut blocks = message.head();
    for finding in diagnosis.findings.iter().take(FINDINGS) {
        blocks.extend(message.finding(finding));
    }
    blocks.extend(message.together());
    blocks.extend(message.open());
    // Every part above is bounded: this only holds Slack's promise against a later change.
    blocks.truncate(BLOCKS);
    pretty(
        &json!({"text": escaped(&glance::chat_headline(&message.lens.text(&diagnosis.headline)), SECTION), "blocks": blocks, "unfurl_links": false}),
    )
}

struct Message<'d> {
    outline: Outline<'d>,
    lens: Lens,
}

impl Message<'_> {
    fn head(&self) -> Vec<Value> {
        let diagnosis = self.outline.diagnosis;
        let sign = match diagnosis.verdict {
            Verdict::Explained => "✅",
            Verdict::PartlyExplained => "🟡",
            Verdict::Novel => "🔴",
            Verdict::Inconclusive => "❔",
            Verdict::NoDivergence => "⚪",
            Verdict::Contradicted => "🔴",
        };
        let block = diagnosis.episodes.iter().find_map(|it| it.first_diverging_block).map(|it| format!(", block {it}")).unwrap_or_default();
        let title: String = format!("{sign} {}{block}", phrases::verdict(diagnosis.verdict)).chars().take(HEADER).collect();
        let headline = self.words(&diagnosis.headline);
        let chat_headline = glance::chat_headline(&headline);
        let mut blocks =
            vec![json!({"type": "header", "text": {"type": "plain_text", "text": title, "emoji": true}}), section(&chat_headline)];
        let mut fields = Vec::new();
        if let Some(episode) = glance::episode(diagnosis) {
            fields.push(field(phrases::happened_label(episode), &self.words(&phrases::happened(episode))));
        }
        let (named, left) = glance::differences(&self.outline);
        let mut differs: Vec<String> = named
            .iter()
            .map(|it| match it {
                OpenItem::Divergence(it) => self.difference(it),
                OpenItem::Shift(it) => self.words(&it.words()),
            })
            .collect();
        differs.extend((0 < left).then(|| format!("… ({left} more)")));
        if !differs.is_empty() {
            fields.push(field("Differs", &fitting(differs, FIELD - 100)));
        }
        let lead = self.outline.leading();
        let rule = lead.map(|it| format!("{}{}", phrases::by_rules(diagnosis.verdict), self.code(&it.rule))).unwrap_or_default();
        fields.push(field("Known", &format!("{}{rule}", phrases::known(diagnosis.verdict))));
        let fixed = fix_line::fixed_here(&self.outline);
        let fixed: Vec<String> = fixed.iter().take(4).map(|it| self.words(&it.line.replace('`', ""))).collect();
        fields.push(field("Fixed here", &fitting(fixed, FIELD - 100)));
        if let Some(step) = glance::next(&self.outline) {
            fields.push(field("Next", &self.words(&step.words())));
        }
        blocks.push(json!({"type": "section", "fields": fields}));
        if chat_headline != headline {
            blocks.push(section(&headline));
        }
        let grounds = self.grounds();
        if !grounds.is_empty() {
            blocks.push(section(&fitting(grounds, SECTION)));
        }
        let incident = phrases::incident(&diagnosis.incident).join(" · ");
        if !incident.is_empty() {
            blocks.push(context(&self.words(&incident)));
        }
        blocks
    }

    /// What was left out, what the answer rests on, and what is missing for a better one.
    fn grounds(&self) -> Vec<String> {
        let diagnosis = self.outline.diagnosis;
        let (aside, left) = self.lens.items(&diagnosis.set_aside);
        let mut lines: Vec<String> = aside.iter().map(|it| self.words(&phrases::set_aside(it))).collect();
        lines.extend((0 < left).then(|| format!("… ({left} more left out)")));
        lines.extend(diagnosis.files.iter().map(|it| self.words(&phrases::files(it))));
        let seen = diagnosis.grounds.as_ref().map(phrases::seen).unwrap_or_default();
        for (title, sentences) in [(phrases::seen_title(diagnosis.verdict), &seen), (phrases::MISSING_GROUNDS, &diagnosis.missing_grounds)]
        {
            let (shown, left) = sentences.split_at_checked(SENTENCES).unwrap_or((sentences, &[]));
            let left = left.len();
            lines.extend((!shown.is_empty()).then(|| format!("*{title}*")));
            lines.extend(shown.iter().map(|it| format!("• {}", self.words(it))));
            lines.extend((0 < left).then(|| format!("… ({left} more)")));
        }
        lines
    }

    /// Steps with their commands as blocks of code; one that the message has no room for is left out whole.
    fn next(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for step in phrases::next_steps(&self.outline) {
            lines.push(format!("Next: {}", self.words(&phrases::action(step))));
            match phrases::command(step) {
                // Slack knows no way to write a backtick inside.
                Some(Ok(command)) if !command.contains('`') => lines.push(format!("```{}```", escaped(command, SECTION))),
                Some(Ok(_)) => lines.push("The command cannot be shown here as it is; the JSON form has it.".to_owned()),
                Some(Err(why)) => lines.push(why.to_owned()),
                None => {}
            }
        }
        lines
    }

    /// The last line of a divergence's first witness: exceptions end with their message.
    fn witness(&self, it: &Divergence) -> Option<String> {
        let witness = it.witnesses.first()?;
        let last = witness.text.lines().rev().find(|it| !it.trim().is_empty())?;
        Some(format!("{}: {}", self.words(&phrases::witness(witness)), self.code(last)))
    }

    fn finding(&self, finding: &Finding) -> Vec<Value> {
        let mut lines = vec![format!("*{}*", self.words(&finding.title)), self.words(&finding.summary)];
        let claims = self.outline.claims(finding);
        lines.extend(claims.iter().take(2).map(|it| self.difference(it)));
        if 2 < claims.len() {
            lines.push(format!("… ({} more)", claims.len().saturating_sub(2)));
        }
        lines
            .extend(finding.proof.iter().filter(|it| it.is_closed()).map(|_| "Proof: undoing only this gives mainnet's hashes".to_owned()));
        if let Some((status, surely)) = finding.fix.iter().find_map(|it| Some((it, it.contradiction()?))) {
            let line = self.words(&fix_line::of_match(status));
            lines.push(match surely {
                Contradiction::Certain => format!("*{line}*"),
                Contradiction::Likely => line,
            });
        }
        for spot in finding.code.iter().flat_map(anchors::spots).take(2) {
            let place = match &spot.link {
                Some(link) => format!("<{link}|{}>", self.words(&spot.place())),
                None => self.code(&spot.place()),
            };
            let note = if spot.note.is_empty() { String::new() } else { format!(" ({})", self.words(&spot.note)) };
            lines.push(format!("Code: {place} {}{note}", self.code(spot.symbol)));
        }
        for status in finding.fix.iter().take(2) {
            let prs: Vec<String> =
                status.fix.all_prs().iter().take(4).map(|it| format!("<{}|#{it}>", phrases::pull_request(*it))).collect();
            if !prs.is_empty() {
                lines.push(format!("Fix: {} {}", phrases::component(status.fix.component), prs.join(" ")));
            }
        }
        for step in finding.remediation.iter().take(3) {
            let lead = match step.safety {
                RemediationSafety::ReadOnly => "",
                RemediationSafety::NeedsApproval => "_(needs approval)_ ",
            };
            lines.push(format!("• {lead}{}", self.words(&step.action)));
        }
        let about = format!(
            "{} · {} · {} · {} · {} severity · {}",
            self.code(&finding.rule),
            phrases::cause(finding),
            phrases::extent(finding.extent),
            phrases::kinds(finding).join(" · "),
            phrases::severity(finding.severity),
            phrases::place(finding)
        );
        vec![json!({"type": "divider"}), section(&fitting(lines, SECTION)), context(&about)]
    }

    fn difference(&self, it: &Divergence) -> String {
        format!("{}{}: {}", self.words(&it.subject), self.outline.place(it), phrases::both_sides(it, |line| self.code(line)))
    }

    /// What findings prove, and dispute, together: one block at most.
    fn together(&self) -> Option<Value> {
        let diagnosis = self.outline.diagnosis;
        let proved: Vec<_> = diagnosis.joint_proofs.iter().filter(|it| it.proof.is_closed()).collect();
        let mut lines = Vec::new();
        if !proved.is_empty() {
            lines.push(format!("*{}*", phrases::JOINT_PROOFS));
            let (shown, left) = self.lens.items(&proved);
            lines.extend(shown.iter().map(|it| {
                let rules = format!("{}{}", self.codes(&it.rules, " and "), self.outline.of_episode(it.episode));
                phrases::undoing_these(&rules)
            }));
            lines.extend((0 < left).then(|| format!("… ({left} more)")));
        }
        if !diagnosis.rivalries.is_empty() {
            lines.push(format!("*{}*", phrases::RIVALRIES));
            let (shown, left) = self.lens.items(&diagnosis.rivalries);
            lines.extend(shown.iter().map(|it| {
                let items = format!("{}{}", self.codes(&it.items, ", "), self.outline.of_episode(it.episode));
                phrases::both_claim([&self.code(&it.rivals[0].rule), &self.code(&it.rivals[1].rule)], &items)
            }));
            lines.extend((0 < left).then(|| format!("… ({left} more)")));
        }
        (!lines.is_empty()).then(|| section(&fitting(lines, SECTION)))
    }

    fn open(&self) -> Vec<Value> {
        let diagnosis = self.outline.diagnosis;
        let mut blocks = Vec::new();
        let beyond = diagnosis.findings.len().saturating_sub(FINDINGS);
        if 0 < beyond {
            blocks.push(context(&format!("… ({beyond} more findings)")));
        }
        let open = self.outline.open();
        let mut lines = Vec::new();
        if !open.is_empty() {
            let name = diagnosis.fingerprint.as_ref().map(|it| format!(", fingerprint {}", self.code(it))).unwrap_or_default();
            lines.push(format!("*Unexplained: {}*{name}", phrases::count(open.len(), "divergence")));
            let (shown, left) = self.lens.items(&open);
            for it in shown {
                match it {
                    OpenItem::Divergence(divergence) => {
                        lines.extend([Some(self.difference(divergence)), self.witness(divergence)].into_iter().flatten())
                    }
                    OpenItem::Shift(shift) => lines.push(format!("{}{}", shift.words(), self.outline.of_episode(shift.episode))),
                }
            }
            lines.extend((0 < left).then(|| format!("… ({left} more)")));
            let isolations = self.lens.items(&diagnosis.isolations).0.iter();
            lines.extend(isolations.map(|it| self.words(&phrases::isolation(it, &self.outline))));
        }
        if !lines.is_empty() {
            blocks.extend([json!({"type": "divider"}), section(&fitting(lines, SECTION))]);
        }
        let next = self.next();
        if !next.is_empty() {
            blocks.extend([json!({"type": "divider"}), section(&fitting(next, SECTION))]);
        }
        let (agree, doubts) = self.outline.side_checks();
        let checks = diagnosis.consistency.len();
        let mut lines: Vec<String> = (0 < agree).then(|| phrases::agreeing(agree, checks)).into_iter().collect();
        let (shown, left) = self.lens.items(&doubts);
        lines.extend(
            shown.iter().map(|it| format!("{} {}: {}", phrases::consistency(it.result), self.words(&it.name), self.words(it.words))),
        );
        lines.extend((0 < left).then(|| format!("… ({left} more)")));
        if !lines.is_empty() {
            lines.insert(0, format!("*{}*", phrases::SIDE_CHECKS));
            blocks.push(context(&fitting(lines, FIELD)));
        }
        let gaps = self.outline.deciding_gaps();
        let (shown, left) = self.lens.items(&gaps);
        let mut lines: Vec<String> = shown
            .iter()
            .map(|it| format!("Not seen: {} {}; to get it: {}", self.code(it.evidence), self.words(it.why), self.code(it.how)))
            .collect();
        lines.extend((0 < left).then(|| format!("… ({left} more)")));
        if !lines.is_empty() {
            blocks.push(context(&fitting(lines, FIELD)));
        }
        blocks
    }

    fn words(&self, text: &str) -> String {
        escaped(&self.lens.text(text), 900)
    }

    /// Names, each as code.
    fn codes(&self, names: &[String], between: &str) -> String {
        let (shown, left) = self.lens.items(names);
        let names: Vec<String> = shown.iter().map(|it| self.code(it)).collect();
        let more = if 0 < left { format!(" … ({left} more)") } else { String::new() };
        format!("{}{more}", names.join(between))
    }

    /// Code on one line. Slack knows no way to write a backtick inside.
    fn code(&self, text: &str) -> String {
        let text = escaped(&self.lens.text(text).replace('`', "'"), 400);
        if text.is_empty() { text } else { format!("`{text}`") }
    }
}

fn section(text: &str) -> Value {
    json!({"type": "section", "text": mrkdwn(text)})
}

fn context(text: &str) -> Value {
    json!({"type": "context", "elements": [mrkdwn(text)]})
}

fn field(name: &str, text: &str) -> Value {
    mrkdwn(&format!("*{name}*\n{text}"))
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// As many lines as fit into so many characters; a line is never cut, so that no escape and no code is.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn fitting(lines: Vec<String>, most: usize) -> String {
    let mut text = String::new();
    let mut count = 0;
    for line in lines {
        count += line.chars().count() + 1;
        if most < count {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
    }
    text
}

/// The text with Slack's three characters escaped, cut before it is longer than `most` characters.
#[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
fn escaped(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for it in text.chars() {
        let escape = match it {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => "",
        };
        count += escape.len().max(1);
        if most <= count {
            return shown + "…";
        }
        if escape.is_empty() { shown.push(it) } else { shown.push_str(escape) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cut_inside_an_escape() {
        assert_eq!(escaped("<!channel> & co", 100), "&lt;!channel&gt; &amp; co");
        assert_eq!(escaped("a<b", 5), "a…");
        assert_eq!(fitting(vec!["`abc`".to_owned(), "`def`".to_owned()], 8), "`abc`");
    }
}
