//! Text for a terminal: the verdict first, then why, then what to do, then what is still open.

mod brief;
mod grounds;
mod open;
mod page;
mod side_checks;
mod together;

use super::hashes::{Digits, ShortHashes};
use super::lens::{Lens, LensLimits};
use super::outline::Outline;
use super::side_by_side::{LineRun, side_by_side};
use super::{Detail, Options, anchors, fix_line, glance, phrases};
use crate::findings::{
    CauseCertainty, ClaimExtent, ClauseOutcome, Contradiction, Diagnosis, Divergence, DivergenceRole, EpisodeSummary, Explains, Finding,
    FixStatus, Proof, Remediation, RemediationSafety, ReportSection, Scope, Verdict,
};
use page::{Ink, LongWords, TextPage};

/// Lines that the answer at a glance may take beyond one an entry: what it cuts is below.
const SPARE: usize = 8;

/// Writes a diagnosis as text.
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    if options.detail == Detail::Brief {
        return brief::write(diagnosis, options);
    }
    let mut writer = TextWriter { page: TextPage::new(options), lens: lens(diagnosis, options), detail: options.detail };
    let outline = Outline::new(diagnosis);
    writer.head(&outline);
    writer.grounds(diagnosis);
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
    writer.side_checks(&outline);
    writer.unseen(&outline);
    writer.undecided(&outline);
    writer.episodes(&outline);
    writer.images(diagnosis);
    writer.named_files(diagnosis);
    writer.page.finish()
}

fn lens(diagnosis: &Diagnosis, options: &Options) -> Lens {
    match options.detail {
        Detail::Full => Lens { hashes: ShortHashes::whole(), limits: LensLimits::NONE },
        Detail::Short | Detail::Brief => {
            let hashes = match options.width {
                160.. => ShortHashes::whole(),
                100..160 => ShortHashes::from_diagnosis(diagnosis, Digits { head: 12, tail: 6 }),
                ..100 => ShortHashes::from_diagnosis(diagnosis, Digits { head: 6, tail: 4 }),
            };
            Lens { hashes, limits: LensLimits { chars: 400, lines: 6, items: 12 } }
        }
    }
}

struct TextWriter {
    page: TextPage,
    lens: Lens,
    detail: Detail,
}

impl TextWriter {
    fn head(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        let headline = self.lens.text(&diagnosis.headline);
        self.page.paragraph(0, verdict_ink(diagnosis.verdict), &headline);
        self.page.entries(&glance::entries(outline, &self.lens), SPARE);
        let incident = phrases::incident(&diagnosis.incident).join(" · ");
        if !incident.is_empty() {
            let incident = self.lens.text(&incident);
            self.page.paragraph(0, Ink::Faint, &incident);
        }
        self.files(diagnosis);
        self.set_aside(diagnosis);
    }

    fn findings(&mut self, outline: &Outline<'_>) {
        let (shown, left) = self.lens.items(&outline.diagnosis.findings);
        for (number, finding) in (1..).zip(shown) {
            self.finding(number, finding, outline);
        }
        self.left_out(0, left, "findings");
    }

    fn finding(&mut self, number: usize, finding: &Finding, outline: &Outline<'_>) {
        self.page.gap();
        let title = self.lens.text(&finding.title);
        self.page.paragraph(0, Ink::Strong, &format!("{number}. {title}"));
        let kind = format!(
            "{} {} · {} · {} severity · {}",
            finding.rule_id,
            finding.rule,
            phrases::kinds(finding).join(" · "),
            phrases::severity(finding.severity),
            phrases::place(finding)
        );
        let kind = self.lens.text(&kind);
        self.page.paragraph(3, Ink::Faint, &kind);
        let cause = match finding.cause {
            CauseCertainty::Established => Ink::Good,
            CauseCertainty::Suspected => Ink::Doubt,
        };
        let extent = match finding.extent {
            ClaimExtent::Proved => Ink::Good,
            ClaimExtent::Partial => Ink::Doubt,
            ClaimExtent::NotRecomputed => Ink::Label,
        };
        let lines =
            [(phrases::cause(finding), cause, &finding.because), (phrases::extent(finding.extent), extent, &finding.extent_because)];
        for (words, ink, because) in lines {
            let because = self.lens.text(because);
            self.page.labelled(3, (&format!("{words}: "), ink), &because, LongWords::Broken);
        }
        self.page.gap();
        let summary = self.lens.text(&finding.summary);
        self.page.labelled(3, ("", Ink::Plain), &summary, LongWords::Broken);
        self.page.gap();

        let claims = outline.claims(finding);
        let (shown, left) = self.lens.items(&claims);
        for claim in shown {
            self.divergence("Differs  ", claim, outline);
        }
        self.left_out(5, left, "claimed divergences");
        if let Some(proof) = &finding.proof {
            self.proof(proof);
        }
        for fix in &finding.fix {
            self.fix(fix);
        }
        if finding.fix.is_empty() && finding.scope == Scope::RootCause && finding.explains == Explains::Cause {
            self.entry("Fix      ", fix_line::NO_FIX);
        }
        self.entries("Brought  ", fix_line::brought(finding));
        self.code(finding);
        let step = |it: &Remediation| match it.safety {
            RemediationSafety::ReadOnly => it.action.clone(),
            RemediationSafety::NeedsApproval => format!("({}) {}", phrases::safety(it.safety), it.action),
        };
        self.entries("Next     ", finding.remediation.iter().map(step).collect());
        self.entries("See      ", finding.references.clone());
        if self.detail == Detail::Full {
            self.clauses(finding);
        }
    }

    /// A labelled line of a finding, of text that a rule's author wrote: never broken inside a word, so that commands can be copied.
    fn entry(&mut self, label: &str, text: &str) {
        let text = self.lens.text(text);
        self.page.labelled(3, (label, Ink::Label), &text, LongWords::Whole);
    }

    /// Lines with the label at the first of them.
    fn entries(&mut self, label: &str, texts: Vec<String>) {
        let (shown, left) = self.lens.items(&texts);
        for (place, text) in shown.iter().enumerate() {
            self.entry(if place == 0 { label } else { "         " }, text);
        }
        self.left_out(12, left, "items");
    }

    fn clauses(&mut self, finding: &Finding) {
        let clause = |it: &ClauseOutcome| format!("{} is {}: {}", it.clause, phrases::truth(it.truth), it.because);
        self.entries("Clauses  ", finding.clauses.iter().map(clause).collect());
        self.entries("Captures ", finding.captures.iter().map(|(name, value)| format!("{name} = {value}")).collect());
    }

    fn proof(&mut self, proof: &Proof) {
        self.entry("Proof    ", &format!("our block, hashed again with only this undone: {}", proof.undo));
        let width = proof.rows.iter().map(|it| it.commitment.chars().count()).max().unwrap_or_default().min(30);
        let (rows, left) = self.lens.items(&proof.rows);
        let several = rows.iter().zip(rows.iter().skip(1)).any(|(row, next)| row.block != next.block);
        for row in rows {
            let [ours, undone, theirs] = [&row.ours, &row.undone, &row.theirs].map(|it| self.lens.text(it));
            let name = self.lens.text(&row.commitment);
            let name = if several { format!("{} {name}", row.block) } else { name };
            if self.detail == Detail::Full {
                self.page.labelled(5, (&name, Ink::Plain), "", LongWords::Whole);
                for (label, value) in [("Echonet  ", ours), ("undone   ", undone), ("mainnet  ", theirs)] {
                    self.page.labelled(5, (label, Ink::Label), &value, LongWords::Whole);
                }
                continue;
            }
            let (sign, ink) = if row.undone == row.theirs {
                ("= mainnet's".to_owned(), Ink::Good)
            } else {
                (format!("≠ mainnet's {theirs}"), Ink::Bad)
            };
            let arithmetic = format!("{ours} -> {undone} {sign}");
            self.page.labelled(5, (&format!("{name:width$}  "), ink), &arithmetic, LongWords::Broken);
        }
        self.left_out(5, left, "commitments");
        if let Some(obstacle) = &proof.obstacle {
            let obstacle = self.lens.text(obstacle);
            self.page.labelled(5, ("not closed: ", Ink::Doubt), &obstacle, LongWords::Broken);
        }
    }

    fn fix(&mut self, status: &FixStatus) {
        let fix = &status.fix;
        let mut parts = vec![phrases::component(fix.component).to_owned()];
        parts.extend(fix.all_prs().iter().map(|it| format!("PR #{it}")));
        let all = fix.all_commits();
        let (commits, left) = self.lens.items(&all);
        let whole = self.detail == Detail::Full;
        parts.extend(commits.iter().map(|it| if whole { it.clone() } else { phrases::short_commit(it).to_owned() }));
        if left > 0 {
            parts.push(format!("… ({left} more commits)"));
        }
        self.entry("Fix      ", &parts.join(", "));
        let ink = match status.contradiction() {
            Some(Contradiction::Certain) => Ink::Bad,
            Some(Contradiction::Likely) => Ink::Doubt,
            None => Ink::Plain,
        };
        for (ink, line) in [(ink, fix_line::of_match(status)), (Ink::Plain, fix.note.clone())] {
            if !line.is_empty() {
                let line = self.lens.text(&line);
                self.page.paragraph(12, ink, &line);
            }
        }
    }

    /// Where the fault lives, each place with its page.
    fn code(&mut self, finding: &Finding) {
        let (shown, left) = self.lens.items(&finding.code);
        let mut label = "Code     ";
        for spot in shown.iter().flat_map(anchors::spots) {
            let mut text = spot.place();
            if !spot.symbol.is_empty() {
                text.push_str(&format!("  {}", spot.symbol));
            }
            if !spot.note.is_empty() {
                text.push_str(&format!("  ({})", spot.note));
            }
            self.entry(label, &text);
            label = "         ";
            // An address is copied, so its commit is never shortened; it holds no character that acts.
            if let Some(link) = &spot.link {
                self.page.labelled(3, (label, Ink::Label), link, LongWords::Whole);
            }
        }
        self.left_out(12, left, "items");
        for gap in anchors::gaps(&finding.code) {
            let gap = self.lens.text(&gap);
            self.page.paragraph(12, Ink::Faint, &gap);
        }
    }

    /// What differs, with both values.
    fn divergence(&mut self, label: &str, divergence: &Divergence, outline: &Outline<'_>) {
        let subject = self.lens.text(&format!("{}{}", divergence.subject, outline.place(divergence)));
        self.page.labelled(3, (label, Ink::Label), &subject, LongWords::Broken);
        match (&divergence.ours, &divergence.theirs) {
            (Some(ours), Some(theirs)) if is_long(ours) || is_long(theirs) => self.runs(ours, theirs),
            // What is known is that they differ, and not how.
            (None, None) => self.value("values   ", Some("not seen")),
            (ours, _) if divergence.is_of_us_alone() => self.value("Echonet  ", ours.as_deref()),
            (ours, theirs) => {
                self.value("Echonet  ", ours.as_deref());
                self.value("mainnet  ", theirs.as_deref());
            }
        }
        self.witnesses(&divergence.witnesses);
        if self.detail == Detail::Full {
            if !divergence.claimed_by.is_empty() {
                self.value("claimed  ", Some(&divergence.claimed_by.join(", ")));
            }
            self.value("seen in  ", Some(&divergence.evidence.join(", ")));
        }
    }

    fn value(&mut self, label: &str, value: Option<&str>) {
        let (lines, left) = self.lens.lines(value.unwrap_or("nothing"));
        let lines = if lines.is_empty() { vec!["(an empty text)".to_owned()] } else { lines };
        for (place, line) in lines.iter().enumerate() {
            let (label, ink) = if place == 0 { (label, Ink::Label) } else { ("         ", Ink::Plain) };
            self.page.labelled(5, (label, ink), line, self.long_words());
        }
        self.left_out(14, left, "lines");
    }

    /// Two texts of many lines: what differs with a line before it.
    #[expect(clippy::arithmetic_side_effects, reason = "counts of lines in memory")]
    fn runs(&mut self, ours: &str, theirs: &str) {
        let limits = self.lens.limits;
        let mut room = limits.lines.saturating_mul(2);
        let mut left = 0;
        for run in side_by_side(ours, theirs) {
            let mut lines: Vec<(&str, &str)> = Vec::new();
            match run {
                LineRun::Both(both) if self.detail == Detail::Full => lines.extend(both.iter().map(|it| ("both     ", *it))),
                LineRun::Both(both) => {
                    if both.len() > 1 {
                        self.left_out(5, both.len().saturating_sub(1), "lines alike");
                    }
                    lines.extend(both.last().map(|it| ("both     ", *it)));
                }
                LineRun::Differ { ours, theirs } => {
                    lines.extend(ours.iter().map(|it| ("Echonet  ", *it)));
                    lines.extend(theirs.iter().map(|it| ("mainnet  ", *it)));
                }
            }
            for (label, line) in lines {
                if room == 0 {
                    left += 1;
                    continue;
                }
                room -= 1;
                let ink = if label.starts_with("both") { Ink::Faint } else { Ink::Label };
                let line = self.lens.text(line);
                self.page.labelled(5, (label, ink), &line, self.long_words());
            }
        }
        self.left_out(5, left, "lines");
    }

    fn long_words(&self) -> LongWords {
        match self.detail {
            Detail::Short | Detail::Brief => LongWords::Broken,
            Detail::Full => LongWords::Whole,
        }
    }

    fn episodes(&mut self, outline: &Outline<'_>) {
        let diagnosis = outline.diagnosis;
        if diagnosis.episodes.is_empty() {
            return;
        }
        self.title("Episodes");
        let (shown, left) = self.lens.items(&diagnosis.episodes);
        for episode in shown {
            self.episode(episode, outline);
        }
        self.left_out(3, left, "episodes");
    }

    fn episode(&mut self, episode: &EpisodeSummary, outline: &Outline<'_>) {
        let label = format!("{}. ", episode.number);
        let verdict = phrases::verdict(episode.verdict).to_lowercase();
        let text = self.lens.text(&format!("{}: {verdict}", phrases::case_and_trigger(episode)));
        self.page.labelled(3, (&label, Ink::Strong), &text, LongWords::Broken);
        if let Some(trigger) = &episode.trigger {
            if !trigger.key.is_empty() {
                self.value("key      ", Some(&trigger.key));
            }
            self.reason(&trigger.reason);
        }
        self.page.labelled(5, ("blocks   ", Ink::Label), &phrases::span(episode), LongWords::Broken);
        match self.detail {
            Detail::Full => {
                for (role, label) in [(DivergenceRole::Consequence, "follows  "), (DivergenceRole::Informational, "unhashed ")] {
                    for divergence in episode.divergences.iter().filter(|it| it.role == role) {
                        self.divergence(label, divergence, outline);
                    }
                }
            }
            Detail::Short | Detail::Brief => self.consequences(episode),
        }
    }

    fn consequences(&mut self, episode: &EpisodeSummary) {
        let commitments = Outline::commitments(episode);
        let (shown, left) = self.lens.items(&commitments);
        for it in shown {
            let [ours, theirs] = [&it.ours, &it.theirs].map(|it| it.as_deref().unwrap_or("nothing"));
            let name = it.subject.strip_prefix("commitment ").unwrap_or(&it.subject);
            let text = self.lens.text(&format!("{name} Echonet {ours}, mainnet {theirs}"));
            self.page.labelled(5, ("differs  ", Ink::Label), &text, LongWords::Broken);
        }
        self.left_out(14, left, "commitments");
        let kinds: Vec<String> = Outline::consequences(episode).into_iter().map(|(count, kind)| format!("{count} × {kind}")).collect();
        if !kinds.is_empty() {
            let kinds = self.lens.text(&kinds.join(", "));
            self.page.labelled(5, ("follows  ", Ink::Label), &kinds, LongWords::Broken);
        }
    }

    /// A reason of many lines is mostly a trace that stands above with both values: its first line will do.
    fn reason(&mut self, reason: &str) {
        if self.detail == Detail::Full {
            return self.value("reason   ", Some(reason));
        }
        let first = reason.lines().next().unwrap_or_default();
        self.value("reason   ", Some(first));
        self.left_out(14, reason.lines().count().saturating_sub(1), "lines");
    }

    fn images(&mut self, diagnosis: &Diagnosis) {
        if diagnosis.images.is_empty() {
            return;
        }
        self.title("Deployed images");
        let (shown, left) = self.lens.items(&diagnosis.images);
        for image in shown {
            let text = self.lens.text(&image.image);
            self.page.labelled(3, (&format!("{}: ", self.lens.text(&image.component)), Ink::Plain), &text, LongWords::Whole);
            if self.detail == Detail::Full && !image.image_id.is_empty() {
                self.page.labelled(5, ("", Ink::Plain), &self.lens.text(&image.image_id), LongWords::Whole);
            }
        }
        self.left_out(3, left, "images");
    }

    fn title(&mut self, title: &str) {
        self.page.gap();
        let title = self.lens.text(title);
        self.page.paragraph(0, Ink::Strong, &title);
    }

    fn left_out(&mut self, indent: usize, count: usize, what: &str) {
        if count > 0 {
            let what = if count == 1 { what.replacen('s', "", usize::from(what.starts_with("lines"))) } else { what.to_owned() };
            self.page.paragraph(indent, Ink::Faint, &format!("… ({count} more {what})"));
        }
    }
}

fn verdict_ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Explained | Verdict::NoDivergence => Ink::Good,
        Verdict::Novel | Verdict::Contradicted => Ink::Bad,
        Verdict::PartlyExplained | Verdict::Inconclusive => Ink::Doubt,
    }
}

/// Whether a value is better compared line by line.
fn is_long(value: &str) -> bool {
    value.lines().nth(1).is_some()
}
