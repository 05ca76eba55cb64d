//! Made-up diagnoses: one a verdict, one that is hostile, one that is huge.

use super::exhibits::exhibits;
use super::open;
use super::together::{joint_proof, rivalry};
use whysync::findings::{
    AnchorStatus, AskedBlock, CaseKind, Category, CauseCertainty, CheckedSide, ClaimExtent, ClauseOutcome, CodeAnchor, CodePlace,
    Consistency, Deployed, Diagnosis, Divergence, DivergenceRole, Effectiveness, EpisodeSummary, Exhibits, Explains, Finding, FixAnswer,
    FixComponent, FixReference, FixRole, FixStatus, Image, IncidentSummary, Located, Proof, ProofRow, Relevance, Remediation,
    RemediationKind, RemediationSafety, Scope, Severity, Ternary, TriggerSummary, Undecided, Unseen, Verdict, Whereabouts,
};

/// Every fixture with its name.
pub(crate) fn all() -> Vec<(&'static str, Diagnosis)> {
    vec![
        ("explained", explained()),
        ("partly-explained", partly_explained()),
        ("novel", novel()),
        ("together", together()),
        ("inconclusive", inconclusive()),
        ("no-divergence", no_divergence()),
        ("nothing-known", nothing_known()),
        ("quiet", open::quiet()),
        ("open", open::open()),
        ("without-a-resync", open::without_a_resync()),
        ("contradicted", open::contradicted()),
        ("hostile", hostile()),
        ("crowded", crowded(1_500)),
    ]
}

const TX: &str = "0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee2";
const OUR_HASH: &str = "0x5a0e8fff41c8dfb03c34cb089cb661bbe8446d3aef89a9f5833f8146552f94b";
const THEIR_HASH: &str = "0x11d922cf23339ad1caae7f555c1d6b29788d2ed65629dc9f13f699f1d38202d";
const OUR_RECEIPTS: &str = "0xc9bdc20964bfac9bdadb47480a08239c637176e3b28d5223d6c7c4d2107f4f";
const THEIR_RECEIPTS: &str = "0x5c9d546722fa7e2a3ea42dd4e833610b3f209ada9e2eb15cb79d63e76531ea3";
const LOST: &str = "0x37e3d1215d5dafc48c2874e9e79b201798ee59de00ada93972cf83e165dd7fc";

fn frames(our_vm_frames: &str, second: &str) -> String {
    let frame = "(contract address: 0x028d6f2d7453424e1b38994205234c6d8086d193a6f2b56821c6e26639ac2c65, class hash: \
                 0x02789e6aa1b965f406c45d188009454ff88bb8a8724c81ec1b39896a51a8749b, selector: \
                 0x015d40a3d6ca2ac30f4031e42be28da9b056fef9bb7357ac5e85627ee876e5ad)";
    format!(
        "Transaction execution has failed:\n0: Error in the called contract {frame}:\n{our_vm_frames}1: Error in the called contract \
         {frame}:\n{second}Execution failed. Failure reason:\nError in contract {frame}:\n0x496e73756666696369656e742062616c616e6365 \
         ('Insufficient balance').\n"
    )
}

fn divergence(block: u64, kind: &str, what: &str, role: DivergenceRole) -> Divergence {
    let what = if what.is_empty() { String::new() } else { format!("/{what}") };
    Divergence {
        episode: 1,
        id: format!("{block}/{kind}{what}"),
        kind: kind.to_owned(),
        role,
        block,
        subject: format!("{} {}", kind.replace('_', " "), what.trim_start_matches('/')).trim().to_owned(),
        ours: None,
        theirs: None,
        follows: Vec::new(),
        claimed_by: Vec::new(),
        evidence: vec![format!("episodes.1.ours.{block}.block"), format!("theirs.{block}")],
        witnesses: Vec::new(),
    }
}

fn with(mut divergence: Divergence, ours: Option<&str>, theirs: Option<&str>) -> Divergence {
    divergence.ours = ours.map(str::to_owned);
    divergence.theirs = theirs.map(str::to_owned);
    divergence
}

fn vm_frames() -> Divergence {
    let texts = (frames("", ""), frames("Error at pc=0:1532:\n", "Error at pc=0:3828:\n"));
    let mut it = with(divergence(9_850_922, "revert_reason", TX, DivergenceRole::Cause), Some(&texts.0), Some(&texts.1));
    it.subject = format!("revert reason INVOKE_FUNCTION {TX} (vm frames only)");
    it
}

fn lost_message() -> Divergence {
    let mut it = with(divergence(9_850_930, "tx_missing", LOST, DivergenceRole::Cause), None, Some("block 9850930, position 0"));
    it.subject = format!("tx missing L1_HANDLER {LOST}");
    it
}

fn consequences() -> Vec<Divergence> {
    use DivergenceRole::{Consequence, Informational};
    let hashes = |it: Divergence| with(it, Some(OUR_HASH), Some(THEIR_HASH));
    vec![
        hashes(divergence(9_850_922, "hash_mismatch", "", Consequence)),
        with(divergence(9_850_922, "commitment", "receipt_commitment", Consequence), Some(OUR_RECEIPTS), Some(THEIR_RECEIPTS)),
        hashes(divergence(9_850_922, "block_hash", "block_hash", Consequence)),
        hashes(divergence(9_850_923, "parent_hash", "parent_block_hash", Consequence)),
        with(divergence(9_850_923, "block_hash", "block_hash", Consequence), Some(OUR_RECEIPTS), Some(LOST)),
        with(divergence(9_850_922, "unhashed_header", "l2_gas_consumed", Informational), Some("8297546"), Some("9458458")),
    ]
}

fn episode(verdict: Verdict, causes: Vec<Divergence>) -> EpisodeSummary {
    EpisodeSummary {
        number: 1,
        kind: CaseKind::Resync,
        verdict,
        trigger: Some(TriggerSummary {
            kind: "block_hash_mismatch".to_owned(),
            key: "block_hash_mismatch:9850922".to_owned(),
            block: Some(9_850_922),
            reason: "Block hash mismatch at block 9850922".to_owned(),
            count: 1,
        }),
        start_block: Some(9_850_919),
        first_diverging_block: Some(9_850_922),
        fingerprint: None,
        divergences: causes.into_iter().chain(consequences()).collect(),
    }
}

fn incident() -> IncidentSummary {
    IncidentSummary {
        namespace: Some("echonet-sim-5".to_owned()),
        asked_block: Some(9_850_922),
        asked: AskedBlock::NotAsked,
        observed_until: Some("2026-05-22T19:10:10.324Z".parse().expect("a time")),
        simulated: None,
    }
}

fn images() -> Vec<Image> {
    vec![
        Image {
            component: "echonet".to_owned(),
            image: "python:3.11-slim".to_owned(),
            image_id: "python@sha256:315b2c0c1840ec7891a7e93d7a017612094c5cb127c0018aaf597c7766f2ba0a".to_owned(),
        },
        Image {
            component: "sequencer".to_owned(),
            image: "ghcr.io/starkware-libs/sequencer/sequencer:APOLLO-0.14.3-RC.5".to_owned(),
            image_id: String::new(),
        },
    ]
}

fn unseen(evidence: &str, why: &str, how: &str, rules: &[&str]) -> Unseen {
    Unseen {
        episode: 1,
        evidence: evidence.to_owned(),
        why: why.to_owned(),
        how: how.to_owned(),
        would_decide: rules.iter().map(|it| (*it).to_owned()).collect(),
    }
}

fn side(name: &str, result: Consistency) -> CheckedSide {
    let wrong =
        format!("event_commitment is stated as {OUR_HASH}, its payload gives {THEIR_HASH}: the payload that was kept is incomplete");
    CheckedSide {
        episode: 1,
        block: 9_850_922,
        side: name.to_owned(),
        result,
        wrong: if result == Consistency::Inconsistent { vec![wrong] } else { Vec::new() },
        gap: (result == Consistency::Unknown).then(|| "the state update was not seen".to_owned()),
    }
}

fn sequencer_log() -> Unseen {
    unseen("logs.sequencer", "was not collected", "entries:list (Cloud Logging)", &[])
}

pub(crate) fn native_finding() -> Finding {
    let clause = |name: &str, because: &str| ClauseOutcome { clause: name.to_owned(), truth: Ternary::True, because: because.to_owned() };
    let row = |commitment: &str, ours: &str, theirs: &str| ProofRow {
        block: 9_850_922,
        commitment: commitment.to_owned(),
        ours: ours.to_owned(),
        undone: theirs.to_owned(),
        theirs: theirs.to_owned(),
    };
    Finding {
        rule: "native-casm-revert-trace".to_owned(),
        rule_id: "WS-EXEC-001".to_owned(),
        title: "Native code words a revert without the frames of the virtual machine".to_owned(),
        category: Category::SequencerBug,
        severity: Severity::Low,
        cause: CauseCertainty::Established,
        because: "every clause is true, on complete evidence".to_owned(),
        extent: ClaimExtent::Proved,
        extent_because: "undoing only the claims reproduces mainnet's block_hash, receipt_commitment".to_owned(),
        scope: Scope::RootCause,
        explains: Explains::Cause,
        episode: 1,
        block: 9_850_922,
        summary: format!(
            "Both sides reverted {TX} in block 9850922 for the same reason; mainnet's text has `Error at pc` lines that Echonet's lacks, \
             and the text is part of the receipt commitment."
        ),
        claims: vec![format!("9850922/revert_reason/{TX}")],
        captures: vec![("tx_hash".to_owned(), TX.to_owned())],
        clauses: vec![
            clause("only_vm_frames", "1 of 1 revert texts differ by `vm_frames_only`"),
            clause("receipts_differ", "receipt_commitment is in the ledger"),
        ],
        proof: Some(Proof {
            undo: "take mainnet revert reason".to_owned(),
            rows: vec![row("receipt_commitment", OUR_RECEIPTS, THEIR_RECEIPTS), row("block_hash", OUR_HASH, THEIR_HASH)],
            obstacle: None,
        }),
        fix: vec![FixStatus {
            fix: FixReference {
                component: FixComponent::Sequencer,
                prs: vec![14251],
                commits: vec!["133f7cfbf760d155d0fb50e23a52854bc6b2b2b6".to_owned(), "499cb5a7604b28a46cec5da6eafd9776195aa4ab".to_owned()],
                patch_ids: vec!["2a971af2f73b82b59f34bacd5e67f68c49df2698".to_owned()],
                any_of: Vec::new(),
                all_of: Vec::new(),
                effective_when: Some("starknet_version >= 0.14.3".to_owned()),
                probe: None,
                role: FixRole::Cure,
                note: "Strips the frames on both sides once the protocol version asks for it.".to_owned(),
            },
            deployed: vec![unknown("the bundle holds no history of the deployed code")],
            parts: Vec::new(),
            effective: Effectiveness::No("it acts from protocol 0.14.3 on; this block is 0.14.2".to_owned()),
        }],
        brought_by: Vec::new(),
        code: vec![
            anchor(
                "crates/blockifier/src/execution/stack_trace.rs",
                "extract_entry_point_execution_error_into_stack_trace",
                Whereabouts::Here(vec![735]),
            ),
            anchor(
                "crates/starknet_api/src/block_hash/receipt_commitment.rs",
                "get_revert_reason_hash",
                Whereabouts::Moved(vec![CodePlace { path: "crates/starknet_api/src/receipts.rs".to_owned(), line: Some(88) }]),
            ),
        ],
        remediation: vec![
            Remediation {
                safety: RemediationSafety::ReadOnly,
                kind: RemediationKind::Other,
                action: "Check whether the replay after the resync matched: then native code was not compiled yet.".to_owned(),
            },
            Remediation {
                safety: RemediationSafety::NeedsApproval,
                kind: RemediationKind::Other,
                action: "Run Echonet with native code off until mainnet's version reaches 0.14.3.".to_owned(),
            },
        ],
        references: vec!["https://github.com/starkware-libs/sequencer/pull/14251".to_owned()],
    }
}

fn lost_finding() -> Finding {
    Finding {
        rule: "alchemy-429-l1-handler-drop".to_owned(),
        rule_id: "WS-L1-001".to_owned(),
        title: "A rate-limited look-up at Alchemy loses a message from L1".to_owned(),
        category: Category::ExternalService,
        severity: Severity::Medium,
        cause: CauseCertainty::Suspected,
        because: "not wholly seen: logs.echonet.debug".to_owned(),
        extent: ClaimExtent::Partial,
        extent_because: "not everything could be recomputed: mainnet's state update of block 9850930 was not seen".to_owned(),
        scope: Scope::RootCause,
        explains: Explains::Cause,
        episode: 1,
        block: 9_850_930,
        summary: format!(
            "Mainnet has the L1_HANDLER {LOST} in block 9850930; Echonet observed it and asked Alchemy with the key \
             «redacted:url-key:7f3a», which answered 429."
        ),
        claims: vec![format!("9850930/tx_missing/{LOST}")],
        captures: vec![("tx".to_owned(), LOST.to_owned())],
        clauses: vec![ClauseOutcome {
            clause: "rate_limited".to_owned(),
            truth: Ternary::Unknown,
            because: "the window has no DEBUG lines".to_owned(),
        }],
        proof: Some(Proof {
            undo: "insert missing transactions".to_owned(),
            rows: vec![ProofRow {
                block: 9_850_930,
                commitment: "transaction_commitment".to_owned(),
                ours: OUR_HASH.to_owned(),
                undone: OUR_RECEIPTS.to_owned(),
                theirs: THEIR_RECEIPTS.to_owned(),
            }],
            obstacle: Some("mainnet's state update of block 9850930 was not seen".to_owned()),
        }),
        fix: vec![FixStatus {
            fix: FixReference {
                component: FixComponent::Echonet,
                prs: vec![13713],
                commits: vec!["79b058ca2a5fcc9eb48f7174a445ed409d65b4b0".to_owned()],
                patch_ids: Vec::new(),
                any_of: Vec::new(),
                all_of: Vec::new(),
                effective_when: None,
                probe: None,
                role: FixRole::Cure,
                note: String::new(),
            },
            deployed: vec![unknown("the bundle holds no history of the deployed code")],
            parts: Vec::new(),
            effective: Effectiveness::Yes,
        }],
        brought_by: Vec::new(),
        code: vec![unplaced("echonet/l1_logic/l1_manager.py", "L1Manager.set_new_tx")],
        remediation: vec![Remediation {
            safety: RemediationSafety::ReadOnly,
            kind: RemediationKind::Other,
            action: "Look for `429 Client Error` with: kubectl -n echonet-sim-5 logs deploy/echonet --since-time=2026-05-22T18:40:10Z"
                .to_owned(),
        }],
        references: Vec::new(),
    }
}

fn claimed(mut divergence: Divergence, rule: &str) -> Divergence {
    divergence.claimed_by = vec![rule.to_owned()];
    divergence
}

pub(crate) fn explained() -> Diagnosis {
    let finding = native_finding();
    Diagnosis {
        verdict: Verdict::Explained,
        headline: format!("Explained: {} (block 9850922).", finding.title),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: Vec::new(),
        incident: IncidentSummary { simulated: Some("native-casm-revert-trace, seed 0".to_owned()), ..incident() },
        episodes: vec![episode(Verdict::Explained, vec![claimed(vm_frames(), &finding.rule)])],
        findings: vec![finding],
        joint_proofs: Vec::new(),
        rivalries: Vec::new(),
        unexplained: Vec::new(),
        isolations: Vec::new(),
        shifts: Vec::new(),
        fingerprint: None,
        consistency: vec![side("Echonet", Consistency::Consistent), side("mainnet", Consistency::Consistent)],
        altered: Vec::new(),
        unseen: vec![sequencer_log()],
        undecided: Vec::new(),
        images: images(),
        exhibits: exhibits("a word of evidence", "native-casm-revert-trace", &vm_frames().id),
        made_by: None,
    }
}

fn slot() -> Divergence {
    let address = "0x25ee573d81e594359aa00fbf742c20966dd5c801ca541f4feb514a797e229e5";
    let mut it = with(divergence(9_850_931, "storage", address, DivergenceRole::Cause), Some("0x1f4"), None);
    it.subject = format!("storage of {address} slot 0x349654cdbc07a84919910441c1860a35f5d631d4ddc684358c1f320013b3172");
    it
}

fn partly_explained() -> Diagnosis {
    let (native, lost) = (native_finding(), lost_finding());
    let causes = vec![claimed(vm_frames(), &native.rule), claimed(lost_message(), &lost.rule), slot()];
    Diagnosis {
        verdict: Verdict::PartlyExplained,
        headline: format!(
            "Partly explained: {} (block 9850922); {} (block 9850930, suspected); not explained: {} at block 9850931.",
            native.title,
            lost.title,
            slot().subject
        ),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: open::steps(&[open::GET_LOGS, open::WRITE_RULE]),
        incident: incident(),
        episodes: vec![episode(Verdict::PartlyExplained, causes)],
        findings: vec![native, lost],
        joint_proofs: Vec::new(),
        rivalries: Vec::new(),
        unexplained: vec![slot()],
        isolations: Vec::new(),
        shifts: Vec::new(),
        fingerprint: Some("ws-5d0a4c0f8e21".to_owned()),
        consistency: vec![side("Echonet", Consistency::Inconsistent), side("mainnet", Consistency::Unknown)],
        altered: Vec::new(),
        unseen: vec![
            unseen(
                "logs.echonet.debug",
                "was collected without DEBUG lines",
                "kubectl logs echonet-0, all levels",
                &["alchemy-429-l1-handler-drop"],
            ),
            sequencer_log(),
        ],
        undecided: Vec::new(),
        images: images(),
        exhibits: Exhibits::default(),
        made_by: None,
    }
}

/// Two findings that prove something together, one of them with a rival.
pub(crate) fn together() -> Diagnosis {
    let [native, lost] = [native_finding(), lost_finding()];
    let text = format!("9850922/revert_reason/{TX}");
    let rival = "stack-trace-worded-otherwise";
    let undo = "take mainnet revert reason; insert missing transactions".to_owned();
    let proofs = native.proof.iter().map(|it| Proof { undo: undo.clone(), ..it.clone() });
    Diagnosis {
        joint_proofs: proofs.map(|it| joint_proof([&native.rule, &lost.rule], it)).collect(),
        rivalries: vec![rivalry([&native.rule, rival], &text, "1 of 1 revert texts differ by `vm_frames_only`")],
        findings: vec![native, lost],
        ..partly_explained()
    }
}

pub(crate) fn novel() -> Diagnosis {
    Diagnosis {
        verdict: Verdict::Novel,
        headline: format!("Novel: no known pattern explains {} at block 9850931.", slot().subject),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: open::steps(&[open::WRITE_RULE]),
        incident: incident(),
        episodes: vec![episode(Verdict::Novel, vec![slot()])],
        findings: Vec::new(),
        joint_proofs: Vec::new(),
        rivalries: Vec::new(),
        unexplained: vec![slot()],
        isolations: Vec::new(),
        shifts: Vec::new(),
        fingerprint: Some("ws-5d0a4c0f8e21".to_owned()),
        consistency: Vec::new(),
        altered: Vec::new(),
        unseen: vec![sequencer_log()],
        undecided: Vec::new(),
        images: images(),
        exhibits: Exhibits::default(),
        made_by: None,
    }
}

pub(crate) fn inconclusive() -> Diagnosis {
    let reason = "Echonet-only revert: Transaction execution has failed:\n0: Error in the called contract\nExecution failed.\n";
    let mut revert = with(divergence(9_850_922, "echonet_only_revert", TX, DivergenceRole::Cause), Some(reason), None);
    revert.subject = format!("echonet only revert {TX}");
    let gone = "does not exist: HTTP 404: no such file in the archive of this epoch";
    let block = "cat /data/echonet/blocks_20260522T190832Z/block_9850922.json";
    let mut second = episode(Verdict::NoDivergence, Vec::new());
    (second.number, second.trigger, second.start_block, second.first_diverging_block) = (2, None, None, None);
    second.divergences = Vec::new();
    let mut first = episode(Verdict::Inconclusive, vec![revert.clone()]);
    first.trigger = Some(TriggerSummary {
        kind: "echonet_only_revert".to_owned(),
        key: TX.to_owned(),
        block: Some(9_850_922),
        reason: reason.to_owned(),
        count: 3,
    });
    Diagnosis {
        verdict: Verdict::Inconclusive,
        headline: format!(
            "Inconclusive: too little was seen to explain {} at block 9850922. You asked for block 9850925. The first diverging \
             block is 9850922.",
            revert.subject
        ),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: open::steps(&[open::GET_BLOCK, open::GET_PODS]),
        incident: IncidentSummary { asked_block: Some(9_850_925), asked: AskedBlock::Diverges, ..incident() },
        episodes: vec![first, second],
        findings: Vec::new(),
        joint_proofs: Vec::new(),
        rivalries: Vec::new(),
        unexplained: vec![revert],
        isolations: Vec::new(),
        shifts: Vec::new(),
        fingerprint: Some("ws-77aa01be93c4".to_owned()),
        consistency: Vec::new(),
        altered: Vec::new(),
        unseen: vec![
            unseen("ours.block", gone, block, &["native-casm-revert-trace", "fifo-drain-across-same-timestamp"]),
            unseen("ours.state_update", gone, &block.replace("block_9", "state_update_9"), &["native-casm-revert-trace"]),
            unseen("ours.next_block", gone, &block.replace("22.json", "23.json"), &[]),
            unseen("pods", "was not collected", "kubectl get pods -o json", &[]),
            sequencer_log(),
        ],
        undecided: vec![
            Undecided {
                episode: 1,
                rule: "native-casm-revert-trace".to_owned(),
                missing: vec!["ours.block".to_owned(), "ours.state_update".to_owned()],
                broken: None,
                matters: Relevance::CouldExplain,
            },
            Undecided {
                episode: 1,
                rule: "of-my-own".to_owned(),
                missing: Vec::new(),
                broken: Some("compares the number 3 with the text `three`".to_owned()),
                matters: Relevance::Other,
            },
        ],
        images: Vec::new(),
        exhibits: Exhibits::default(),
        made_by: None,
    }
}

pub(crate) fn no_divergence() -> Diagnosis {
    Diagnosis {
        verdict: Verdict::NoDivergence,
        headline: "No divergence was seen.".to_owned(),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: Some(open::grounds()),
        missing_grounds: Vec::new(),
        next: Vec::new(),
        incident: incident(),
        episodes: Vec::new(),
        findings: Vec::new(),
        joint_proofs: Vec::new(),
        rivalries: Vec::new(),
        unexplained: Vec::new(),
        isolations: Vec::new(),
        shifts: Vec::new(),
        fingerprint: None,
        consistency: Vec::new(),
        altered: Vec::new(),
        unseen: Vec::new(),
        undecided: Vec::new(),
        images: images(),
        exhibits: Exhibits::default(),
        made_by: None,
    }
}

fn nothing_known() -> Diagnosis {
    Diagnosis {
        verdict: Verdict::Inconclusive,
        headline: "Inconclusive: no resync was found, but too little was seen to say that there was none.".to_owned(),
        set_aside: Vec::new(),
        files: None,
        ambiguous: Vec::new(),
        grounds: None,
        missing_grounds: Vec::new(),
        next: open::steps(&[open::COLLECT]),
        incident: IncidentSummary {
            namespace: None,
            asked_block: None,
            asked: AskedBlock::NotAsked,
            observed_until: None,
            simulated: None,
        },
        images: Vec::new(),
        ..no_divergence()
    }
}

/// Text that tries everything that a report could do by mistake.
pub(crate) fn attack() -> String {
    format!(
        "</td></script><script>alert(1)</script><img src=x onerror=alert(2)>\" onload=\"alert(3) \u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m \
         \u{202e}evil\u{2066} zero\u{200b}width @everyone <!channel> #1 [click](javascript:alert(4)) | `` ``` ~~~ \r\n# heading\n\n* \
         bullet\t&amp; {} https://evil.example/",
        "\u{0}\u{7f}"
    )
}

/// Every text of a diagnosis is an attack, and the long ones are very long.
pub(crate) fn hostile() -> Diagnosis {
    let attack = attack();
    let endless = format!("{attack}{}\n{}", "x".repeat(1_000_000), "line\n".repeat(10_000));
    let long = format!("{attack}{}\n{}", "x".repeat(2_000), "line\n".repeat(100));
    let mut it = partly_explained();
    it.headline.clone_from(&attack);
    it.incident.namespace = Some(attack.clone());
    it.incident.simulated = Some(attack.clone());
    it.fingerprint = Some(attack.clone());
    for finding in &mut it.findings {
        let texts = [&mut finding.rule, &mut finding.rule_id, &mut finding.title, &mut finding.because, &mut finding.extent_because];
        for text in texts {
            text.clone_from(&attack);
        }
        finding.summary.clone_from(&long);
        finding.captures = vec![(attack.clone(), long.clone())];
        finding.clauses = vec![ClauseOutcome { clause: attack.clone(), truth: Ternary::False, because: long.clone() }];
        for proof in finding.proof.iter_mut() {
            proof.undo.clone_from(&attack);
            proof.obstacle = Some(long.clone());
            for row in &mut proof.rows {
                row.commitment.clone_from(&attack);
                row.ours.clone_from(&long);
                row.undone.clone_from(&attack);
            }
        }
        for status in &mut finding.fix {
            status.fix.commits = vec![attack.clone()];
            status.fix.note.clone_from(&long);
            status.deployed = vec![unknown(&long)];
            status.effective = Effectiveness::Unknown(attack.clone());
        }
        finding.code = vec![
            anchor(&attack, &attack, Whereabouts::Here(vec![1, 2])),
            anchor(&attack, &attack, Whereabouts::Moved(vec![CodePlace { path: attack.clone(), line: Some(1) }])),
            anchor(&attack, &attack, Whereabouts::Gone(attack.clone())),
            anchor(&attack, &attack, Whereabouts::Unknown(attack.clone())),
        ];
        finding.remediation =
            vec![Remediation { safety: RemediationSafety::NeedsApproval, kind: RemediationKind::Other, action: long.clone() }];
        finding.references = vec!["javascript:alert(5)".to_owned(), attack.clone()];
    }
    it.joint_proofs = it.findings.iter().filter_map(|it| it.proof.clone()).map(|it| joint_proof([&attack, &long], it)).collect();
    it.rivalries = vec![rivalry([&attack, &long], &attack, &long)];
    for ground in it.rivalries.iter_mut().flat_map(|it| &mut it.rivals).flat_map(|it| &mut it.rests_on) {
        ground.clause.clone_from(&attack);
    }
    let spoil = |divergence: &mut Divergence| {
        divergence.kind.clone_from(&attack);
        divergence.subject.clone_from(&attack);
        divergence.ours = Some(long.clone());
        divergence.theirs = Some(attack.clone());
        divergence.claimed_by = vec![attack.clone()];
        divergence.evidence = vec![attack.clone()];
        divergence.follows = vec![attack.clone()];
    };
    it.unexplained.iter_mut().for_each(spoil);
    for divergence in &mut it.unexplained {
        divergence.ours = Some(endless.clone());
    }
    for episode in &mut it.episodes {
        episode.divergences.iter_mut().for_each(spoil);
        for trigger in episode.trigger.iter_mut() {
            trigger.kind.clone_from(&attack);
            trigger.key.clone_from(&attack);
            trigger.reason.clone_from(&endless);
        }
    }
    it.unseen = vec![unseen(&attack, &long, &attack, &[&attack]), unseen(&attack, &long, &attack, &[])];
    for check in &mut it.consistency {
        check.side.clone_from(&attack);
        check.wrong = vec![long.clone()];
    }
    it.undecided = vec![Undecided {
        episode: 1,
        rule: attack.clone(),
        missing: vec![attack.clone()],
        broken: Some(long.clone()),
        matters: Relevance::CouldExplain,
    }];
    open::spoil(&mut it, &attack, &long);
    it.exhibits = exhibits(&long, &attack, &it.episodes[0].divergences[0].id);
    it.images = vec![Image { component: attack.clone(), image: attack.clone(), image_id: attack }];
    it
}

/// So many divergences in a cascade.
pub(crate) fn crowded(number: u64) -> Diagnosis {
    let mut it = partly_explained();
    let many = |it: u64| {
        let kind = if it.is_multiple_of(3) { "parent_hash" } else { "block_hash" };
        let mut divergence = divergence(9_850_932 + it, kind, kind, DivergenceRole::Consequence);
        divergence.ours = Some(format!("0x{:063x}", u128::from(it) * 0x9e37_79b9_7f4a_7c15_f39c_u128));
        divergence.theirs = Some(format!("0x{:063x}", u128::from(it) * 0xd1b5_4a32_d192_ed03_8a11_u128 + 1));
        divergence
    };
    for episode in &mut it.episodes {
        episode.divergences.extend((0..number).map(many));
    }
    it
}

/// A place in the code, and where it is in an image.
fn anchor(path: &str, symbol: &str, whereabouts: Whereabouts) -> AnchorStatus {
    let commit = "9f78ee7c0de1f2a3b4c5d6e7f8091a2b3c4d5e6f".to_owned();
    let place = "ghcr.io/starkware-libs/sequencer/sequencer:main-v0.14.3-9f78ee7".to_owned();
    AnchorStatus {
        anchor: CodeAnchor { path: path.to_owned(), symbol: symbol.to_owned() },
        deployed: vec![Located { place, commit, whereabouts, differences: Vec::new() }],
    }
}

/// A place in the code of which nothing is known.
fn unplaced(path: &str, symbol: &str) -> AnchorStatus {
    let why = "the bundle holds no history of the deployed code".to_owned();
    let located = Located { place: String::new(), commit: String::new(), whereabouts: Whereabouts::Unknown(why), differences: Vec::new() };
    AnchorStatus { anchor: CodeAnchor { path: path.to_owned(), symbol: symbol.to_owned() }, deployed: vec![located] }
}

fn unknown(why: &str) -> Deployed {
    Deployed { place: String::new(), answer: FixAnswer::Unknown(why.to_owned()), lines: None }
}
