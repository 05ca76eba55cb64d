//! Markdown for an issue or a chat message: first what the on-call engineer has to report, then the reasons.

mod escape;
mod open;
mod raw;
mod together;

use super::anchors::Spot;
use super::hashes::{Digits, ShortHashes};
use super::lens::{Lens, LensLimits};
use super::outline::Outline;
use super::side_by_side::{LineRun, side_by_side};
use super::{Detail, Options, anchors, fix_line, glance, phrases};
use crate::findings::{Contradiction, Diagnosis, Divergence, Finding, FixStatus, Proof, RemediationSafety, ReportSection};
use escape::{cell, code, fence, link, prose};

/// Writes a diagnosis as Markdown (GitHub's).
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let (words, values) = match options.detail {
        Detail::Full => (
            Lens { hashes: ShortHashes::whole(), limits: LensLimits::NONE },
            Lens { hashes: ShortHashes::whole(), limits: LensLimits::NONE },
        ),
        Detail::Short | Detail::Brief => {
            let hashes = ShortHashes::from_diagnosis(diagnosis, Digits { head: 6, tail: 4 });
            let limits = LensLimits { chars: 400, lines: 8, items: 8 };
            (Lens { hashes, limits }, Lens { hashes: ShortHashes::whole(), limits })
        }
    };
    let outline = Outline::new(diagnosis);
    let mut writer = MarkdownWriter { text: String::new(), words, values };
    writer.report(&outline);
    for section in outline.diagnosis.sections() {
        match section {
            ReportSection::Findings => {
                writer.findings(&outline);
                writer.joint_proofs(&outline);
                writer.rivalries(&outline);
            }
            ReportSection::Unexplained => writer.unexplained(&outline),
        }
    }
    writer.raw(&outline);
    writer.side_checks(&outline);
    writer.unseen(&outline);
    writer.episodes(&outline);
    writer.text.truncate(writer.text.trim_end().len());
    writer.text + "\n"
}

struct MarkdownWriter {
    text: String,
    /// For sentences: hashes are short.
    words: Lens,
    /// For values: hashes are whole, because people copy them from here.
    values: Lens,
}

impl MarkdownWriter {
    /// What the written procedure asks to be reported, one point each.
    fn report(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        let short = glance::chat_headline(&self.words.hashes.shorten(&diagnosis.headline));
        let headline = self.prose(&short);
        self.line(&format!("## {headline}"));
        self.line("");
        if let Some(episode) = diagnosis.leading_episode() {
            let mut parts = vec![self.prose(&phrases::happened(episode))];
            if let Some(trigger) = &episode.trigger {
                parts.extend((!trigger.key.is_empty()).then(|| format!("key {}", self.code(&trigger.key))));
                parts.extend(trigger.reason.lines().next().map(|it| format!("reason {}", self.code(it))));
            }
            self.line(&format!("- **{}:** {}", phrases::happened_label(episode), parts.join(", ")));
        }
        let (named, left) = glance::differences(outline);
        let mut places: Vec<String> = named.iter().map(|it| self.open_item(it, outline)).collect();
        places.extend((0 < left).then(|| format!("… ({left} more)")));
        self.point("Differs", places);
        self.line(&format!("- **Known:** {}", self.known(outline)));
        self.point("Fixed here", fix_line::fixed_here_by_name(outline).iter().map(|it| self.fixed_line(it)).collect());
        let steps = outline.leading().map(|it| self.steps(it)).unwrap_or_default();
        self.next(steps, outline);
        if let Some(finding) = outline.leading() {
            self.cure(finding);
        }
        if short != self.words.hashes.shorten(&diagnosis.headline) {
            let headline = self.prose(&diagnosis.headline);
            self.point("In full", vec![headline]);
        }
        self.basis(diagnosis);
        let incident: Vec<String> = phrases::incident(&diagnosis.incident).iter().map(|it| self.prose(it)).collect();
        self.point("Incident", if incident.is_empty() { Vec::new() } else { vec![incident.join(" · ")] });
        let (images, left) = self.values.items(&diagnosis.images);
        let mut images: Vec<String> = images.iter().map(|it| format!("{} {}", self.prose(&it.component), self.code(&it.image))).collect();
        images.extend((0 < left).then(|| format!("… ({left} more)")));
        self.point("Runs", images);
    }

    /// One thing that differs, on one line.
    fn difference(&self, it: &Divergence, outline: &Outline<'_>) -> String {
        let values = phrases::both_sides(it, |line| code(&self.values.text(line)));
        format!("{}{}: {values}", self.prose(&it.subject), outline.place(it))
    }

    fn known(&self, outline: &Outline<'_>) -> String {
        let verdict = phrases::known(outline.diagnosis.verdict);
        let (shown, left) = self.words.items(&outline.diagnosis.findings);
        let mut rules: Vec<String> = shown
            .iter()
            .map(|it| {
                let (id, cause, extent) = (self.prose(&it.rule_id), phrases::cause(it), phrases::extent(it.extent));
                format!("{} ({id}, {cause}, {extent})", self.code(&it.rule))
            })
            .collect();
        rules.extend((0 < left).then(|| format!("… ({left} more)")));
        let rules =
            if rules.is_empty() { String::new() } else { format!("{}{}", phrases::by_rules(outline.diagnosis.verdict), rules.join(", ")) };
        let fingerprint = outline.diagnosis.fingerprint.as_ref().map(|it| format!("; fingerprint {}", self.code(it))).unwrap_or_default();
        format!("{verdict}{rules}{fingerprint}")
    }

    /// Where the fault lives, and what fixes it.
    fn cure(&mut self, finding: &Finding) {
        let mut places: Vec<String> = finding.code.iter().flat_map(anchors::spots).map(|it| self.spot(&it)).collect();
        places.extend(anchors::gaps(&finding.code).iter().map(|it| self.prose(it)));
        self.point("Where the fault lives", places);
        let fixes = finding.fix.iter().map(|it| format!("{}: {}", self.fix(it), self.fixed_line(&fix_line::answer_of(it)))).collect();
        self.point("Fix", fixes);
        self.point("Brought by", fix_line::brought(finding).iter().map(|it| self.prose(it)).collect());
    }

    fn findings(&mut self, outline: &Outline<'_>) {
        let (shown, left) = self.words.items(&outline.diagnosis.findings);
        let shown = shown.len();
        for (number, finding) in (1..).zip(outline.diagnosis.findings.iter().take(shown)) {
            self.finding(number, finding, outline);
        }
        self.left_out(left, "findings");
    }

    fn finding(&mut self, number: usize, finding: &Finding, outline: &Outline<'_>) {
        let title = self.prose(&finding.title);
        self.heading(&format!("{number}. {title}"));
        self.line(&format!(
            "{} · {} · {} severity · {}",
            self.code(&finding.rule),
            phrases::kinds(finding).join(" · "),
            phrases::severity(finding.severity),
            phrases::place(finding)
        ));
        self.line("");
        let summary = self.prose(&finding.summary);
        self.line(&summary);
        self.line("");
        self.line(&format!("- **{}**: {}", phrases::cause(finding), self.prose(&finding.because)));
        self.line(&format!("- **{}**: {}", phrases::extent(finding.extent), self.prose(&finding.extent_because)));
        self.line("");
        let claims = outline.claims(finding);
        let (shown, left) = self.values.items(&claims);
        let shown = shown.to_vec();
        for claim in shown {
            self.divergence(claim, outline);
        }
        self.left_out(left, "claimed divergences");
        if let Some(proof) = &finding.proof {
            self.proof(proof);
        }
        let is_leading = outline.leading().is_some_and(|it| std::ptr::eq(it, finding));
        if !is_leading {
            self.cure(finding);
            let steps = self.steps(finding);
            self.point("Next", steps);
        }
        let references: Vec<String> = finding.references.iter().map(|it| link(&self.values.text(it))).collect();
        self.point("See", references);
    }

    fn divergence(&mut self, it: &Divergence, outline: &Outline<'_>) {
        if is_long(&it.ours) || is_long(&it.theirs) {
            let subject = self.prose(&it.subject);
            self.line(&format!("- {subject}{} (`-` Echonet, `+` mainnet):", outline.place(it)));
            self.line("");
            let lines = self.runs(it.ours.as_deref().unwrap_or_default(), it.theirs.as_deref().unwrap_or_default());
            self.line(&fence("diff", &lines));
        } else {
            let difference = self.difference(it, outline);
            self.line(&format!("- {difference}"));
        }
        self.line("");
        self.witnesses(&it.witnesses);
    }

    /// Two texts of many lines as a diff.
    #[expect(clippy::arithmetic_side_effects, reason = "a count of what is in memory")]
    fn runs(&self, ours: &str, theirs: &str) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut left = 0;
        let room = self.values.limits.lines.saturating_mul(2);
        let mut push = |sign: &str, line: &str| {
            if lines.len() < room {
                lines.push(format!("{sign} {}", self.words.text(line)));
            } else {
                left += 1;
            }
        };
        for run in side_by_side(ours, theirs) {
            match run {
                LineRun::Both(both) => both.iter().for_each(|it| push(" ", it)),
                LineRun::Differ { ours, theirs } => {
                    ours.iter().for_each(|it| push("-", it));
                    theirs.iter().for_each(|it| push("+", it));
                }
            }
        }
        if 0 < left {
            lines.push(format!("  … ({left} more lines)"));
        }
        lines
    }

    fn proof(&mut self, proof: &Proof) {
        let undo = self.prose(&proof.undo);
        self.line(&format!("Our block, hashed again with only this undone: {undo}."));
        self.line("");
        let (rows, left) = self.values.items(&proof.rows);
        if !rows.is_empty() {
            let mut table =
                vec!["| Block | Commitment | Echonet | undone | mainnet | |".to_owned(), "|---|---|---|---|---|---|".to_owned()];
            for row in rows {
                let [ours, undone, theirs] = [&row.ours, &row.undone, &row.theirs].map(|it| cell(&self.code(it)));
                let answer = if row.undone == row.theirs { "equal" } else { "**differs**" };
                table.push(format!("| {} | {} | {ours} | {undone} | {theirs} | {answer} |", row.block, cell(&self.code(&row.commitment))));
            }
            self.line(&table.join("\n"));
            self.line("");
            self.left_out(left, "commitments");
        }
        if let Some(obstacle) = &proof.obstacle {
            let obstacle = self.prose(obstacle);
            self.line(&format!("Not closed: {obstacle}."));
            self.line("");
        }
    }

    fn fix(&self, status: &FixStatus) -> String {
        let mut parts = vec![phrases::component(status.fix.component).to_owned()];
        parts.extend(status.fix.all_prs().iter().map(|it| format!("[#{it}]({})", phrases::pull_request(*it))));
        let all = status.fix.all_commits();
        let (commits, left) = self.values.items(&all);
        parts.extend(commits.iter().map(|it| match phrases::commit(it) {
            Some(page) => format!("[`{}`]({page})", phrases::short_commit(it)),
            None => self.code(it),
        }));
        parts.extend((0 < left).then(|| format!("… ({left} more commits)")));
        let note = if status.fix.note.is_empty() { String::new() } else { format!(" ({})", self.prose(&status.fix.note)) };
        format!("{}{note}", parts.join(", "))
    }

    /// Containment and effect of a fix; bold where a contradiction is certain.
    fn fixed_line(&self, fixed: &fix_line::ToldFix) -> String {
        let line = self.prose(&fixed.line);
        if fixed.contradiction == Some(Contradiction::Certain) { format!("**{line}**") } else { line }
    }

    fn steps(&self, finding: &Finding) -> Vec<String> {
        let step = |it: &crate::findings::Remediation| match it.safety {
            RemediationSafety::ReadOnly => self.prose(&it.action),
            RemediationSafety::NeedsApproval => format!("({}) {}", phrases::safety(it.safety), self.prose(&it.action)),
        };
        finding.remediation.iter().map(step).collect()
    }

    fn spot(&self, spot: &Spot<'_>) -> String {
        let place = self.code(&spot.place());
        let place = match &spot.link {
            Some(link) => format!("[{place}]({link})"),
            None => place,
        };
        let symbol = if spot.symbol.is_empty() { String::new() } else { format!("{} in ", self.code(spot.symbol)) };
        let note = if spot.note.is_empty() { String::new() } else { format!(" ({})", self.prose(&spot.note)) };
        format!("{symbol}{place}{note}")
    }

    fn side_checks(&mut self, outline: &Outline<'_>) {
        let checks = &outline.diagnosis.consistency;
        let (agree, doubts) = outline.side_checks();
        if checks.is_empty() {
            return;
        }
        self.heading(phrases::SIDE_CHECKS);
        if 0 < agree {
            self.line(&format!("- {}", phrases::agreeing(agree, checks.len())));
        }
        if let Some(made_by) = &outline.diagnosis.made_by {
            self.line(&format!("- {}", self.prose(&phrases::hashed_with(&made_by.oracle))));
        }
        let (shown, left) = self.words.items(&doubts);
        for doubt in shown {
            let (name, words) = (self.prose(&doubt.name), self.prose(doubt.words));
            self.line(&format!("- **{}**: {name}: {words}", phrases::consistency(doubt.result)));
        }
        self.left_out(left, "doubts");
    }

    fn episodes(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.episodes.is_empty() {
            return;
        }
        self.heading("Episodes");
        let (episodes, left) = self.words.items(&diagnosis.episodes);
        for episode in episodes {
            let verdict = phrases::verdict(episode.verdict).to_lowercase();
            let mut trigger = self.prose(&phrases::case_and_trigger(episode));
            if let Some(it) = episode.trigger.as_ref().filter(|it| !it.key.is_empty()) {
                trigger.push_str(&format!(", key {}", self.code(&it.key)));
            }
            self.line(&format!("{}. {trigger}: **{verdict}**; {}", episode.number, phrases::span(episode)));
            let commitments = Outline::commitments(episode);
            for it in commitments.iter().take(self.words.limits.items) {
                self.line(&format!("   - {}", self.difference(it, outline)));
            }
            let kinds: Vec<String> = Outline::consequences(episode)
                .into_iter()
                .take(self.words.limits.items)
                .map(|(count, kind)| format!("{count} × {}", self.prose(&kind)))
                .collect();
            if !kinds.is_empty() {
                self.line(&format!("   - what follows: {}", kinds.join(", ")));
            }
        }
        self.left_out(left, "episodes");
    }

    fn point(&mut self, name: &str, values: Vec<String>) {
        let (shown, left) = self.words.items(&values);
        match shown {
            [] => {}
            [only] => self.text.extend(["- **", name, ":** ", only, "\n"]),
            several => {
                self.text.extend(["- **", name, ":**\n"]);
                for value in several {
                    self.text.extend(["  - ", value, "\n"]);
                }
            }
        }
        if 0 < left {
            self.text.push_str(&format!("  - … ({left} more)\n"));
        }
    }

    fn heading(&mut self, text: &str) {
        self.text.truncate(self.text.trim_end().len());
        self.text.extend(["\n\n### ", text, "\n\n"]);
    }

    fn line(&mut self, line: &str) {
        self.text.extend([line, "\n"]);
    }

    fn left_out(&mut self, count: usize, what: &str) {
        if 0 < count {
            self.text.push_str(&format!("- … ({count} more {what})\n"));
        }
    }

    fn prose(&self, text: &str) -> String {
        prose(&self.words.text(text))
    }

    fn code(&self, text: &str) -> String {
        code(&self.values.text(text))
    }
}

/// Whether a value is better compared line by line.
fn is_long(value: &Option<String>) -> bool {
    value.as_ref().is_some_and(|it| it.lines().nth(1).is_some())
}
