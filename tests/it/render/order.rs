//! What was asked for leads, and what came after it follows: in the header as below it, in every format.

use whysync::engine::language::catalog;
use whysync::engine::{Catalog, Trial, diagnose};
use whysync::findings::{Diagnosis, DivergenceRole, ReportSection, Scope};
use whysync::render::{Colour, Detail, FORMATS, Options, named, write};
use whysync::simulate::{SCENARIOS, simulate};

use super::{fixtures, formats_but};

const SHORT: Options = Options { width: 200, colour: Colour::Plain, detail: Detail::Short };

/// Fixtures, and every scenario.
fn diagnoses() -> Vec<(&'static str, Diagnosis)> {
    let catalog = Catalog::new(&[catalog::builtin()]).unwrap_or_else(|it| panic!("{it:?}"));
    let simulated = SCENARIOS.iter().map(|it| (it.name, diagnose(&simulate(it.scenario, 1).bundle, &catalog, Trial::StableOnly)));
    fixtures::all().into_iter().filter(|(name, _)| *name != "hostile" && *name != "crowded").chain(simulated).collect()
}

/// Where a text stands for the first time.
fn place(text: &str, wanted: &str) -> usize {
    text.find(wanted).unwrap_or_else(|| panic!("{wanted:?} is nowhere in\n{text}"))
}

#[test]
fn findings_of_the_episode_that_was_asked_for_stand_before_those_of_others() {
    let mut crossed = 0;
    for (name, diagnosis) in diagnoses() {
        let leading = diagnosis.leading_episode().map(|it| it.number);
        for pair in diagnosis.findings.windows(2) {
            let rank = |at: usize| (pair[at].scope == Scope::Consequence, Some(pair[at].episode) != leading);
            assert!(rank(0) <= rank(1), "{name}: {} stands before {}", pair[0].rule, pair[1].rule);
            crossed += usize::from(pair[0].episode != pair[1].episode);
        }
        let opens: Vec<bool> = diagnosis.unexplained.iter().map(|it| Some(it.episode) != leading).collect();
        assert!(opens.is_sorted(), "{name}: {opens:?}");
    }
    assert!(0 < crossed, "no diagnosis has findings of two episodes");
}

#[test]
fn the_episode_of_the_block_that_was_asked_for_leads_wherever_it_stands() {
    let diagnoses = diagnoses();
    let is_triggered = |it: &Diagnosis| 1 < it.episodes.len() && it.episodes.iter().all(|it| it.trigger.is_some());
    let (name, diagnosis) = diagnoses.iter().find(|(_, it)| is_triggered(it)).expect("two episodes");
    let mut asked = diagnosis.clone();
    for (place, episode) in asked.episodes.iter_mut().enumerate() {
        let block = 7_000_000 + u64::try_from(place).expect("a place");
        episode.first_diverging_block = Some(block);
        episode.trigger.as_mut().expect("a trigger").block = Some(block);
    }
    for episode in asked.episodes.clone() {
        asked.incident.asked_block = episode.first_diverging_block;
        assert_eq!(asked.leading_episode().map(|it| it.number), Some(episode.number), "{name}");
    }
    asked.incident.asked_block = None;
    assert_eq!(asked.leading_episode().map(|it| it.number), Some(asked.episodes[0].number), "{name}: the first that has a trigger");
}

#[test]
fn every_format_tells_of_findings_and_of_what_nothing_explains_in_one_order() {
    let mut seen = [0; 2];
    // What was found only follows from what nothing explains.
    let following = |(name, mut diagnosis): (&'static str, Diagnosis)| {
        diagnosis.findings.iter_mut().for_each(|it| it.scope = Scope::Consequence);
        (name, diagnosis)
    };
    for (name, diagnosis) in diagnoses().into_iter().chain(diagnoses().into_iter().map(following)) {
        let (Some(finding), false) = (diagnosis.findings.first(), diagnosis.unexplained.is_empty()) else { continue };
        // JSON names its parts, and their order says nothing.
        for format in formats_but(&["json"]) {
            let text = write(format, &diagnosis, &SHORT);
            let (found, open) = match format.name {
                "text" => (format!("1. {}", finding.title), "\nUnexplained: ".to_owned()),
                "markdown" => ("### 1. ".to_owned(), "### Unexplained".to_owned()),
                "html" => ("<section id=\"findings\"".to_owned(), "<section id=\"unexplained\"".to_owned()),
                "slack" => (format!("*{}*", finding.title), "*Unexplained: ".to_owned()),
                "sarif" => (format!("\"ruleId\": \"{}\"", finding.rule_id), "\"ruleId\": \"WS-UNEXPLAINED\"".to_owned()),
                "junit" if 1 < diagnosis.episodes.len() => continue,
                "junit" => (format!("<testcase name=\"{}\"", finding.rule), "type=\"unexplained\"".to_owned()),
                other => panic!("{other} has findings, and its order is held by nothing"),
            };
            let order = if place(&text, &found) < place(&text, &open) { ReportSection::Findings } else { ReportSection::Unexplained };
            assert_eq!(order, diagnosis.sections()[0], "{name}, {}", format.name);
            seen[usize::from(order == ReportSection::Findings)] += 1;
        }
    }
    assert!(seen.iter().all(|it| 0 < *it), "only one of both orders came up: {seen:?}");
    assert_eq!(FORMATS.len(), 7, "a format more: what is its order?");
}

#[test]
fn the_first_difference_in_the_header_is_the_first_one_below_it() {
    let mut seen = 0;
    for (name, diagnosis) in diagnoses() {
        let text = write(named("text").expect("a format"), &diagnosis, &SHORT);
        let Some(differs) = text.lines().find_map(|it| it.strip_prefix("Differs  ")) else { continue };
        let below = match diagnosis.sections() {
            [ReportSection::Unexplained, _] if !diagnosis.shifts.is_empty() => continue,
            [ReportSection::Unexplained, _] => &diagnosis.unexplained[0].subject,
            [ReportSection::Findings, _] => {
                let roots = diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause);
                let mut claims = roots.flat_map(|it| it.claims.iter().map(|id| (it.episode, id)));
                let of_claim = |(episode, id): (u32, &String)| {
                    let mut all = diagnosis.episodes.iter().flat_map(|it| &it.divergences);
                    all.find(|it| it.episode == episode && it.id == *id && it.role == DivergenceRole::Cause)
                };
                &claims.find_map(of_claim).expect("a cause").subject
            }
        };
        assert!(differs.starts_with(below.as_str()), "{name}: {differs} is not {below}");
        seen += 1;
    }
    assert!(15 < seen, "{seen}");
}
