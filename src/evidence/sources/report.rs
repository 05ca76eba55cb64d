//! Echonet's report.

use super::bound::Bound;
use super::mark::Mark;
use super::reader::Reader;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::{EvidenceName, Report, Request, parse_json};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/report", turn: PageQueue::Large, refusal: RefusalMeaning::AsStated },
    saved: Saved::At(&[Place::at("report.json")]),
    recognised: &[Mark::REPORT],
    reads: &[&ANSWER],
    gives: &[EvidenceName::Report],
    best_for: &[],
    dies_with: DiesWith::PodEnd,
    limits: &[Bound::Answer, Bound::Together],
    says: "once",
};

/// The report as JSON.
pub const ANSWER: Reader<Report> = Reader::new(parse_json);

/// What of it is worth asking for.
pub(crate) fn worth(_: &Situation) -> Vec<Request> {
    vec![Request::Report]
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What every version of Echonet sends; `report_models.py` of the first one lists it.
    pub(crate) fn oldest() -> Value {
        json!({
            "sent_tx_hashes": {}, "revert_errors_mainnet": {}, "revert_errors_echonet": {}, "gateway_errors": {}, "resync_causes": {},
            "certain_failures": {}, "start_block": 1, "initial_start_block": 1, "current_start_block": null, "current_block": null,
        })
    }

    #[test]
    fn what_an_older_version_does_not_send_is_unseen_and_not_empty() {
        let report = ANSWER.read(&oldest().to_string()).expect("a report");
        assert_eq!((report.block_hash_mismatches, report.transaction_commitment_mismatches, report.l2_gas_mismatches), (None, None, None));
        let mut newer = oldest();
        newer["block_hash_mismatches"] = json!([]);
        assert_eq!(ANSWER.read(&newer.to_string()).expect("a report").block_hash_mismatches, Some(Vec::new()));
    }

    #[test]
    fn a_document_that_lacks_a_field_of_every_version_is_no_report() {
        for field in oldest().as_object().expect("an object").keys() {
            let mut document = oldest();
            document.as_object_mut().expect("an object").remove(field);
            let err = ANSWER.read(&document.to_string()).expect_err(field);
            assert!(err.to_string().contains(field), "{err}");
            assert!(serde_json::from_value::<Report>(document).is_err(), "a bundle without {field}");
        }
    }
}
