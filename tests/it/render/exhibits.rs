//! Made-up exhibits, each with the same text in every place that evidence can fill.

use whysync::evidence::BlockSide;
use whysync::findings::{
    BlockHead, BlockPair, ClauseOutcome, ConditionOutcome, ConditionPart, Equality, EvidenceSeen, EvidenceSource, ExcerptLine, Exhibits,
    Joined, Lane, LinePlace, LogExcerpt, PayloadExcerpt, PayloadPiece, PieceContent, RuleOutcome, RuleTree, SeenExtent, Ternary, Timeline,
    TimelineMark, Tone, TraceFrame, TraceRow, TraceSides, TriggerLines,
};

/// One of everything.
pub(crate) fn exhibits(text: &str, rule: &str, divergence: &str) -> Exhibits {
    let text = || text.to_owned();
    let at = || Some("2026-05-22T19:08:32Z".parse().expect("a time"));
    let clause = |truth| ClauseOutcome { clause: text(), truth, because: text() };
    let condition = |part, joined, truth| ConditionOutcome { part, joined, truth, clauses: vec![clause(truth), clause(Ternary::Unknown)] };
    let tree = |rule: &str, outcome| RuleTree {
        episode: 1,
        rule: rule.to_owned(),
        title: text(),
        item: Some(divergence.to_owned()),
        outcome,
        met: [1, 3],
        conditions: vec![
            condition(ConditionPart::When, Joined::All, Ternary::True),
            condition(ConditionPart::Unless, Joined::Any, Ternary::False),
            condition(ConditionPart::Corroborate, Joined::All, Ternary::Unknown),
        ],
    };
    let seen = |extent, gap: Option<String>| EvidenceSeen {
        episode: 1,
        evidence: text(),
        extent,
        gap,
        redacted: 2,
        source: (extent != SeenExtent::Nothing).then(|| EvidenceSource { asked: text(), at: at(), bytes: 1234, sha256: text() }),
    };
    let mark = |place, tone| TimelineMark { place, at: at(), tone, words: text() };
    let lane = |log: &str| Lane { log: log.to_owned(), kind: text(), tone: Tone::Bad, total: 96, counts: vec![1; Timeline::BINS] };
    let piece = |side, extent, content| PayloadPiece {
        side,
        payload: seen(extent, (extent != SeenExtent::Whole).then(text)),
        place: text(),
        content,
    };
    let payload = |divergences: Vec<String>| PayloadExcerpt {
        episode: 1,
        subject: text(),
        divergences,
        pieces: vec![
            piece(BlockSide::Ours, SeenExtent::Part, PieceContent::Json { text: text(), cut: 3 }),
            piece(BlockSide::Theirs, SeenExtent::Whole, PieceContent::Json { text: text(), cut: 0 }),
            piece(BlockSide::Theirs, SeenExtent::Whole, PieceContent::Nothing),
            piece(BlockSide::Theirs, SeenExtent::Nothing, PieceContent::NotSeen),
        ],
    };
    let frame = || Some(TraceFrame { text: text(), vm: vec![text()] });
    let line = |number, place| ExcerptLine { number, at: at(), stream: "stdout".to_owned(), place, text: text() };
    Exhibits {
        coverage: vec![seen(SeenExtent::Whole, None), seen(SeenExtent::Part, Some(text())), seen(SeenExtent::Nothing, Some(text()))],
        timelines: vec![Timeline {
            episode: 1,
            span: at().zip(at()).map(|(from, to)| [from, to]),
            lanes: ["logs.echonet", "logs.sequencer"].map(lane).to_vec(),
            marks: vec![mark(0, Tone::Plain), mark(1, Tone::Good), mark(500, Tone::Bad), mark(1000, Tone::Doubt)],
        }],
        chain: vec![BlockPair {
            episode: 1,
            block: 9_850_921,
            ours: Some(BlockHead { hash: text(), parent: text(), transactions: 3, timestamp: 7 }),
            theirs: None,
        }],
        traces: vec![TraceSides {
            episode: 1,
            divergence: divergence.to_owned(),
            class: text(),
            rows: vec![
                TraceRow { equality: Equality::Equal, ours: frame(), theirs: frame() },
                TraceRow { equality: Equality::Different, ours: frame(), theirs: None },
            ],
            left_out: 7,
        }],
        rules: vec![tree(rule, RuleOutcome::Holds), tree("nearly", RuleOutcome::Missed), tree("perhaps", RuleOutcome::Open)],
        excerpts: vec![LogExcerpt {
            episode: 1,
            rule: rule.to_owned(),
            clause: text(),
            log: text(),
            lines: vec![line(7, LinePlace::Around), line(8, LinePlace::Hit)],
        }],
        trigger_lines: vec![TriggerLines { episode: 1, log: text(), lines: vec![line(9, LinePlace::Hit)] }],
        payloads: vec![payload(Vec::new()), payload(vec![divergence.to_owned()])],
        payloads_left_out: 5,
    }
}
