//! Inputs on which a diagnosis came out wrong, misleading or silent once, where they are present beside the project.

use whysync::findings::{CauseCertainty, ClaimExtent, Scope, Verdict};

use crate::captures::{diagnosis, folder};
use crate::simulated::catalog;

use CauseCertainty::{Established, Suspected};
use ClaimExtent::{NotRecomputed, Proved};
use Verdict::{Explained, Inconclusive, NoDivergence, Novel, PartlyExplained};

/// A rule that explains causes or names their class: how sure its cause is, and how far its claims reach.
type NamedRule = (&'static str, CauseCertainty, ClaimExtent);

/// What must come out of a case: its folder, the verdict, the rules, and what the first sentence says.
struct ExpectedCase {
    name: &'static str,
    verdict: Verdict,
    named: &'static [NamedRule],
    says: &'static str,
}

const CASES: &[ExpectedCase] = &[
    ExpectedCase {
        name: "02b-alchemy-429-still-pending",
        verdict: PartlyExplained,
        named: &[("alchemy-429-l1-handler-drop-holds-block", Suspected, NotRecomputed), ("still-pending", Established, NotRecomputed)],
        says: "L1 provider refused a lookup, and the block of the lost L1_HANDLER was never finished (block 9312776, suspected)",
    },
    ExpectedCase {
        name: "f-log-only-resync",
        verdict: Inconclusive,
        named: &[],
        says: "block 7121107 has a different hash than on mainnet",
    },
    ExpectedCase {
        name: "f-mismatch-after-sender-death",
        verdict: PartlyExplained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "Partly explained: block 7124102 differs in state_diff_commitment, not explained; explained: Mainnet's feeder failed",
    },
    ExpectedCase {
        name: "r-event-order-within-execute",
        verdict: Novel,
        named: &[("event-order-within-phase", Established, Proved)],
        says: "",
    },
    ExpectedCase {
        name: "r-gateway-413-too-large",
        verdict: Explained,
        named: &[("gateway-transaction-too-large", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase { name: "r-gateway-500-empty", verdict: Novel, named: &[("gateway-http-status", Established, NotRecomputed)], says: "" },
    ExpectedCase {
        name: "r-gateway-class-version",
        verdict: Explained,
        named: &[("gateway-declare-rejected", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "r-gateway-invalid-proof-version",
        verdict: Explained,
        named: &[("gateway-error-by-code", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "r-gateway-proof-without-facts",
        verdict: Explained,
        named: &[("gateway-error-by-code", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "r-gateway-validate-price-too-low",
        verdict: Explained,
        named: &[("gateway-gas-price-too-low", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase { name: "r-hash-unlinked-without-commitment", verdict: Novel, named: &[], says: "block 63881 differs in one fee" },
    ExpectedCase {
        name: "r-old-protocol-blamed",
        verdict: Inconclusive,
        named: &[("header-only-mismatch", Established, NotRecomputed)],
        says: "1 known pattern could not be ruled out: block-metadata-fetch-fallback",
    },
    ExpectedCase { name: "r-reverted-gas-counted-twice", verdict: Novel, named: &[("l2-gas-mismatch", Established, Proved)], says: "" },
    ExpectedCase {
        name: "r-stall-end-of-chain",
        verdict: Explained,
        named: &[("replay-at-end-of-chain", Suspected, NotRecomputed)],
        says: "Replay has reached the end of the chain",
    },
    ExpectedCase {
        name: "r-stall-feeder-certificate-expired",
        verdict: Explained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase { name: "r-wish-include-block", verdict: Novel, named: &[("state-diff-only", Established, Proved)], says: "" },
    ExpectedCase { name: "w03-actual-fee-only", verdict: Novel, named: &[], says: "Undoing it gives mainnet's block hash." },
    ExpectedCase {
        name: "w13-height-drift",
        verdict: PartlyExplained,
        named: &[
            ("fifo-empty-queue-height-drift-by-content", Suspected, NotRecomputed),
            ("fifo-empty-queue-height-drift-by-content", Established, NotRecomputed),
        ],
        says: "",
    },
    ExpectedCase {
        name: "w17a-truncated-hidden",
        verdict: Explained,
        named: &[("native-casm-revert-trace", Suspected, Proved)],
        says: "suspected",
    },
    ExpectedCase {
        name: "x01-feeder-429-producer-dead",
        verdict: Explained,
        named: &[("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x03-write-blob-500-keyerror",
        verdict: Explained,
        named: &[("write-blob-500-keyerror", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x05b-witness-404-short-log",
        verdict: Explained,
        named: &[("witness-height-offset-404", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x08-echonet-restart",
        verdict: Explained,
        named: &[("echonet-pod-restart-alone", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase { name: "x10-healthy", verdict: NoDivergence, named: &[], says: "Block 7310209 matches mainnet." },
    ExpectedCase {
        name: "x13-resync-dies-half-way",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("resync-workflow-failure", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x16-pvc-full-resync-dies",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("full-volume-ended-sender", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x18-sequencer-oom-stall",
        verdict: Explained,
        named: &[("sequencer-restart-mempool-loss", Established, NotRecomputed)],
        says: "",
    },
    ExpectedCase {
        name: "x22-blocked-senders-many",
        verdict: Explained,
        named: &[("blocked-sender-filter", Established, Proved)],
        says: "",
    },
    ExpectedCase {
        name: "x24-os-runner-failure-only",
        verdict: Explained,
        named: &[("os-runner-failure-alone", Established, NotRecomputed)],
        says: "Block 7120103 matches mainnet.",
    },
    ExpectedCase {
        name: "x25l-only-container-log",
        verdict: Inconclusive,
        named: &[("header-only-mismatch", Suspected, NotRecomputed)],
        says: "block 7121107 differs in an unknown header field (its header was not seen)",
    },
    ExpectedCase { name: "x26c-foreign-log-decoy", verdict: Inconclusive, named: &[], says: "Set aside: " },
    ExpectedCase {
        name: "x28-mismatch-after-sender-death",
        verdict: PartlyExplained,
        named: &[("state-diff-only", Established, Proved), ("feeder-429-5xx-sender-death", Established, NotRecomputed)],
        says: "block 7124102 differs in storage",
    },
];

#[test]
fn each_case_comes_out_as_sure_as_its_evidence_and_no_surer() {
    let Some(folder) = folder("cases") else { return };
    let catalog = catalog();
    let mut wrong = Vec::new();
    for case in CASES {
        let diagnosis = diagnosis(&folder.join(case.name), &catalog);
        let roots = diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause);
        let mut named: Vec<NamedRule> = Vec::new();
        for it in roots {
            let known = case.named.iter().find(|(rule, ..)| it.rule == *rule).map_or("(another rule)", |it| it.0);
            named.push((known, it.cause, it.extent));
        }
        named.dedup();
        if diagnosis.verdict != case.verdict || named != case.named || !diagnosis.headline.contains(case.says) {
            let rules: Vec<_> = diagnosis.findings.iter().map(|it| (&it.rule, it.scope, it.cause, it.extent, &it.because)).collect();
            wrong.push(format!("{}: {:?} {}\n  {rules:?}", case.name, diagnosis.verdict, diagnosis.headline));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_case_is_held_or_said_not_to_be() {
    const NOT_HELD: [&str; 4] = ["forms", "f-value-format", "hostile", "rule-tests-with-real-texts"];
    let Some(folder) = folder("cases") else { return };
    for entry in std::fs::read_dir(&folder).expect("the cases").map(|it| it.expect("an entry")) {
        let name = entry.file_name().into_string().expect("a name");
        // Folders of files under other people's names: `intake::forms` holds them.
        let is_hand_saved = name.starts_with('x') && name.split('-').next().is_some_and(|it| it.ends_with('s'));
        let is_held = CASES.iter().any(|it| it.name == name) || NOT_HELD.contains(&name.as_str()) || is_hand_saved;
        assert!(is_held || !entry.path().is_dir(), "{name} is held by no test");
    }
}
