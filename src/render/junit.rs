//! JUnit XML for CI: one suite an episode, one passing case a finding and a joint proof, one skipped case a pair of rivals, one failing case
//! a divergence that nothing explains.
//!
//! Most CI systems show such a file as test results, so an incident that is not fully explained stands there in red with both values.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::hashes::ShortHashes;
use super::lens::{Lens, LensLimits};
use super::outline::{OpenItem, Outline};
use super::phrases::difference;
use super::{Detail, Options, anchors, fix_line, glance, phrases};
use crate::findings::{Contradiction, Diagnosis, EpisodeSummary, Finding, JointProof, Rivalry, Verdict};

/// Writes a diagnosis as a JUnit report.
#[expect(clippy::expect_used, reason = "what XML forbids is shown as its code already")]
pub(super) fn write(diagnosis: &Diagnosis, options: &Options) -> String {
    let limits = match options.detail {
        Detail::Full => LensLimits::NONE,
        Detail::Short | Detail::Brief => LensLimits { chars: 1_000, lines: 20, items: 200 },
    };
    let lens = Lens { hashes: ShortHashes::whole(), limits };
    let outline = Outline::new(diagnosis);
    let mut report = Report::new("whysync");
    for episode in &diagnosis.episodes {
        report.add_test_suite(suite(episode, &outline, &lens));
    }
    if diagnosis.episodes.is_empty() {
        let mut suite = TestSuite::new(format!("whysync: {}", phrases::verdict(diagnosis.verdict).to_lowercase()));
        answer(&mut suite, &outline, &lens);
        suite.add_test_case(whole("the incident", diagnosis.verdict, &diagnosis.headline, &lens));
        for finding in &diagnosis.findings {
            suite.add_test_case(explained(finding, &outline, &lens));
        }
        let lines: Vec<String> = grounds(diagnosis, &lens).into_iter().chain(ways_on(&outline, &lens)).collect();
        if !lines.is_empty() {
            suite.set_system_out(lines.join("\n"));
        }
        report.add_test_suite(suite);
    }
    // Findings that pass and an asked block that was not seen make no answer that passes.
    let is_answered = matches!(diagnosis.verdict, Verdict::Explained | Verdict::NoDivergence);
    if !is_answered && !report.test_suites.iter().any(is_red) {
        let mut suite = TestSuite::new(format!("whysync: {}", phrases::verdict(diagnosis.verdict).to_lowercase()));
        answer(&mut suite, &outline, &lens);
        suite.add_test_case(whole("the incident", diagnosis.verdict, &diagnosis.headline, &lens));
        let lines = ways_on(&outline, &lens);
        if !lines.is_empty() {
            suite.set_system_out(lines.join("\n"));
        }
        report.add_test_suite(suite);
    }
    let xml = report.to_string().expect("what XML forbids is shown as its code already, and a string takes everything");
    format!("{}\n", xml.trim_end())
}

fn suite(episode: &EpisodeSummary, outline: &Outline<'_>, lens: &Lens) -> TestSuite {
    let diagnosis = outline.diagnosis;
    let verdict = phrases::verdict(episode.verdict).to_lowercase();
    let mut suite = TestSuite::new(format!("whysync episode {}: {}: {verdict}", episode.number, phrases::case(episode.kind)));
    answer(&mut suite, outline, lens);
    for finding in diagnosis.findings.iter().filter(|it| it.episode == episode.number) {
        suite.add_test_case(explained(finding, outline, lens));
    }
    for joint in diagnosis.joint_proofs.iter().filter(|it| it.episode == episode.number) {
        suite.add_test_case(proved_together(joint, lens));
    }
    for rivalry in diagnosis.rivalries.iter().filter(|it| it.episode == episode.number) {
        suite.add_test_case(disputed(rivalry, lens));
    }
    let open: Vec<OpenItem<'_>> = outline.open().into_iter().filter(|it| it.episode() == episode.number).collect();
    let (shown, left) = lens.items(&open);
    for it in shown {
        suite.add_test_case(unexplained(it, outline, lens));
    }
    if 0 < left {
        let name = format!("{left} more divergences that nothing explains");
        suite.add_test_case(TestCase::new(name, TestCaseStatus::non_success(NonSuccessKind::Failure)));
    }
    if suite.test_cases.is_empty() {
        suite.add_test_case(whole(&format!("episode {}", episode.number), episode.verdict, &diagnosis.headline, lens));
    }
    let mut lines = grounds(diagnosis, lens);
    if is_red(&suite) {
        lines.extend(ways_on(outline, lens));
    }
    if !lines.is_empty() {
        suite.set_system_out(lines.join("\n"));
    }
    suite
}

/// The answer at a glance, as properties: they stand before the test cases.
fn answer(suite: &mut TestSuite, outline: &Outline<'_>, lens: &Lens) {
    suite.add_property(("headline".to_owned(), lens.text(&outline.diagnosis.headline)));
    for entry in glance::entries(outline, lens) {
        suite.add_property((entry.label.to_lowercase(), entry.text));
    }
}

fn explained(finding: &Finding, outline: &Outline<'_>, lens: &Lens) -> TestCase {
    let contradicted = finding.fix.iter().find(|it| it.contradiction() == Some(Contradiction::Certain));
    let status = contradicted.map_or_else(TestCaseStatus::success, |fix| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("contradicted");
        status.set_message(lens.text(&fix_line::of_match(fix)));
        status
    });
    let mut case = TestCase::new(lens.text(&finding.rule), status);
    case.set_classname(class(finding.block, finding.episode));
    let mut lines = vec![lens.text(&finding.title), lens.text(&finding.summary)];
    lines.push(format!("{}: {}", phrases::cause(finding), lens.text(&finding.because)));
    lines.push(format!("{}: {}", phrases::extent(finding.extent), lens.text(&finding.extent_because)));
    lines.extend(lens.items(&outline.claims(finding)).0.iter().map(|it| difference(it, outline, lens)));
    for status in &finding.fix {
        let prs: Vec<String> = status.fix.all_prs().iter().map(|it| phrases::pull_request(*it)).collect();
        lines.push(format!("Fix: {} {}", phrases::component(status.fix.component), prs.join(" ")));
        lines.push(lens.text(&fix_line::of_match(status)));
    }
    lines.extend(fix_line::brought(finding).iter().map(|it| format!("Brought by: {}", lens.text(it))));
    for spot in lens.items(&finding.code).0.iter().flat_map(anchors::spots) {
        let note = if spot.note.is_empty() { String::new() } else { format!(" ({})", spot.note) };
        lines.push(lens.text(&format!("Code: {} {}{note}", spot.place(), spot.symbol)));
        lines.extend(spot.link);
    }
    lines.extend(finding.remediation.iter().map(|it| format!("Next: {}", lens.text(&it.action))));
    case.set_system_out(lines.join("\n"));
    case
}

fn proved_together(joint: &JointProof, lens: &Lens) -> TestCase {
    let mut case = TestCase::new(lens.text(&joint.rules.join(" and ")), TestCaseStatus::success());
    case.set_classname(phrases::JOINT_PROOFS);
    let mut lines = vec![lens.text(&phrases::undoing_these(&joint.rules.join(" and "))), lens.text(&joint.proof.undo)];
    let (rows, left) = lens.items(&joint.proof.rows);
    lines.extend(rows.iter().map(|it| {
        let words = format!("block {} {}: Echonet {}, undone {}, mainnet {}", it.block, it.commitment, it.ours, it.undone, it.theirs);
        lens.text(&words)
    }));
    lines.extend((0 < left).then(|| format!("… ({left} more)")));
    case.set_system_out(lines.join("\n"));
    case
}

/// Not a failure, for something explains it; not a success either, for only a person can tell which of the two.
fn disputed(rivalry: &Rivalry, lens: &Lens) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_type("rivals");
    status.set_message(phrases::RIVALRIES);
    let [one, other] = &rivalry.rivals;
    status.set_description(phrases::rivals(rivalry).iter().map(|it| lens.text(it)).collect::<Vec<_>>().join("\n"));
    let mut case = TestCase::new(lens.text(&format!("{} or {}", one.rule, other.rule)), status);
    case.set_classname("rivals");
    case
}

fn unexplained(open: &OpenItem<'_>, outline: &Outline<'_>, lens: &Lens) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type("unexplained");
    let (name, message, block) = match open {
        OpenItem::Divergence(it) => (lens.text(&it.id), lens.text(&it.subject), it.block),
        OpenItem::Shift(it) => (format!("{}/shift/{}", it.ours, it.theirs), it.words(), it.ours),
    };
    status.set_message(message);
    let mut lines = phrases::open_item(open, outline, lens);
    let of_this = |items: &[String]| open.ids().iter().any(|id| items.iter().any(|it| it == id));
    let isolations = outline.diagnosis.isolations.iter().filter(|it| it.episode == open.episode() && of_this(&it.items));
    lines.extend(isolations.map(|it| lens.text(&phrases::isolation(it, outline))));
    status.set_description(lines.join("\n"));
    let mut case = TestCase::new(name, status);
    case.set_classname(class(block, open.episode()));
    case
}

/// Whether a CI system shows the suite as failed.
fn is_red(suite: &TestSuite) -> bool {
    0 < suite.failures || 0 < suite.errors
}

/// What to do next, and what is wrong with the payloads themselves.
fn ways_on(outline: &Outline<'_>, lens: &Lens) -> Vec<String> {
    let doubts = outline.side_checks().1;
    let checks = doubts.iter().map(|it| lens.text(&format!("{}, hashed again: {}", it.name, it.words)));
    phrases::next_lines(outline, lens).into_iter().chain(checks).collect()
}

/// The JUnit class name for a block and an episode.
fn class(block: u64, episode: u32) -> String {
    phrases::block(block).unwrap_or_else(|| format!("episode {episode}"))
}

/// What was left out, what the answer rests on, and what is missing for a better one.
fn grounds(diagnosis: &Diagnosis, lens: &Lens) -> Vec<String> {
    let aside = diagnosis.set_aside.iter().map(phrases::set_aside);
    let seen = diagnosis.grounds.iter().flat_map(phrases::seen);
    let missing = diagnosis.missing_grounds.iter().map(|it| format!("{}: {it}", phrases::MISSING_GROUNDS));
    let files = diagnosis.files.iter().map(phrases::files);
    files.chain(aside).chain(seen).chain(missing).map(|it| lens.text(&it)).collect()
}

/// The case of an episode, or an incident, in which nothing is left to be told one by one.
fn whole(name: &str, verdict: Verdict, headline: &str, lens: &Lens) -> TestCase {
    let status = match verdict {
        Verdict::Explained | Verdict::NoDivergence => TestCaseStatus::success(),
        Verdict::PartlyExplained | Verdict::Novel | Verdict::Inconclusive | Verdict::Contradicted => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type(phrases::verdict(verdict).to_lowercase());
            status.set_message(lens.text(headline));
            status
        }
    };
    TestCase::new(name, status)
}
