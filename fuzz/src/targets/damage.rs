//! The law of lost evidence.

use std::sync::LazyLock;

use serde_json::{Value, json};
use whysync::evidence::Bundle;
use whysync::investigate::{self, DiagnosisOptions};
use whysync::simulate::{SCENARIOS, simulate};

use super::output::RULES;
use crate::pieces::observed;
use crate::sureness::Sureness;

/// A simulated incident, where its evidence stands, and how sure the answer is while nothing is lost.
struct SimulatedIncident {
    document: Value,
    places: Vec<String>,
    before: Sureness,
}

static INCIDENTS: LazyLock<Vec<SimulatedIncident>> = LazyLock::new(|| {
    let incident = |bundle: Bundle| {
        let document = serde_json::to_value(&bundle).expect("JSON");
        let mut places = Vec::new();
        observed(&document, String::new(), &mut places);
        SimulatedIncident { places, before: sureness(&bundle), document }
    };
    SCENARIOS.iter().map(|it| incident(simulate(it.scenario, 2).bundle)).collect()
});

/// The bytes say what is lost of a simulated incident: the first which incident, and then three each which piece and how. The answer is no
/// surer than that to the whole.
pub(super) fn damage(input: &[u8]) {
    let Some((scenario, losses)) = input.split_first() else { return };
    let Some(incident) = INCIDENTS.get(usize::from(*scenario) % INCIDENTS.len()) else { return };
    let mut document = incident.document.clone();
    let mut lost = Vec::new();
    for loss in losses.chunks_exact(3).take(32) {
        let [high, low, how] = [loss[0], loss[1], loss[2]];
        let place = &incident.places[usize::from(u16::from_be_bytes([high, low])) % incident.places.len()];
        let Some(piece) = document.pointer_mut(place) else { continue };
        let missing = |kind: &str| json!({kind: {"asked": "it", "reason": "it was damaged"}});
        match how % 5 {
            0 => *piece = "not_asked".into(),
            1 => *piece = missing("failed"),
            2 => *piece = missing("absent"),
            3 => shortened(piece, how / 5, KeptEnd::Start),
            _ => shortened(piece, how / 5, KeptEnd::End),
        }
        lost.push(format!("{place} {}", how % 5));
    }
    let Ok(damaged) = serde_json::from_value::<Bundle>(document) else { return };
    let rise = sureness(&damaged).rise(&incident.before);
    assert!(rise.is_none(), "{} without {lost:?}: {}", SCENARIOS[usize::from(*scenario) % SCENARIOS.len()].name, rise.unwrap_or_default());
}

/// Which end of a log is left.
#[derive(Clone, Copy, PartialEq)]
enum KeptEnd {
    Start,
    End,
}

/// Takes the end or the beginning of a log away, and says so, as whoever reads a part of it does.
fn shortened(piece: &mut Value, share: u8, kept: KeptEnd) {
    const WHOLE: usize = u8::MAX as usize / 5;
    let Some(observed) = piece.get_mut("observed") else { return };
    if let Some(lines) = observed.pointer_mut("/value/lines").and_then(Value::as_array_mut) {
        let left = lines.len() * usize::from(share) / WHOLE;
        match kept {
            KeptEnd::Start => lines.truncate(left),
            KeptEnd::End => drop(lines.drain(..lines.len().saturating_sub(left))),
        }
    }
    observed["coverage"]["extent"] = json!({"partial": "it was damaged"});
}

fn sureness(bundle: &Bundle) -> Sureness {
    Sureness::from_diagnosis(&investigate::diagnose(bundle, &RULES, &DiagnosisOptions::default()))
}
