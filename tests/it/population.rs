//! The diagnosis measured on a small population; `whysync evaluate` does it on a large one.

use whysync::evaluation::{Answer, evaluate};

use crate::simulated::catalog;

#[test]
fn causes_are_named_nothing_is_established_wrongly_and_nothing_is_missed_in_silence() {
    let evaluation = evaluate(&catalog(), 80, 11, 2);
    assert_eq!(evaluation.members, 80);
    assert!(evaluation.decidable >= 20 && evaluation.unknown >= 20, "the population is too tame: {evaluation:?}");
    assert!(evaluation.rate() >= 0.99, "{:?}", evaluation.remarks);
    let wrong = [evaluation.wrong_established, evaluation.wrong_findings, evaluation.silent_misses, evaluation.invented];
    assert_eq!(wrong, [0; 4], "{:?}", evaluation.remarks);
    assert_eq!(evaluation.undecidable_right, evaluation.undecidable, "{:?}", evaluation.remarks);
    let unseen = evaluation.confusion.values().filter_map(|it| it.get(&Answer::Unseen)).sum::<u64>();
    assert_eq!(unseen, 0, "{:?}", evaluation.remarks);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    assert_eq!(evaluate(&catalog(), 12, 3, 1), evaluate(&catalog(), 12, 3, 2));
}
