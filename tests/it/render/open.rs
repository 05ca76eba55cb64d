//! What an answer rests on, what is open, what contradicts it and what to do: made-up diagnoses, and what every format says of them.

use serde_json::json;
use whysync::findings::{
    Account, AccountedFile, Beginning, CaseKind, CauseCertainty, Compared, Diagnosis, Effectiveness, Fate, FixAnswer, FixSignal,
    ForeignEvidence, Found, Grounds, Isolation, LogSpan, NextStep, Proof, Relevance, Remediation, RemediationKind, RemediationSafety,
    ReplayProgress, Shift, Undecided, Verdict, Witness,
};
use whysync::render::{Colour, Detail, FORMATS, Options, named, write};

use super::{fixtures, formats_but};

const SHORT: Options = Options { width: 80, colour: Colour::Plain, detail: Detail::Short };

/// From a captured log of Echonet.
const GATEWAY: &str = "HTTP 400 {\"code\":\"StarknetErrorCode.VALIDATE_FAILURE\",\"message\":\"Resource bounds were not satisfied: Max L2Gas \
                       price (8000000000) is lower than the actual gas price: 9102341231.\"}";

/// Long, with a hash and quotes: what a form must not shorten, wrap or change.
pub(crate) const COMMAND: &str = "curl -sS 'http://127.0.0.1:8000/echonet/get_tx_block_metadata?tx_hash=0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee2' -o 'get_tx_block_metadata_0x30d5067049e029214aaacb3fb59278b1959ac08f19bfa18d8aa2b6f22eccee2.json'";

pub(crate) fn grounds() -> Grounds {
    let at = |text: &str| Some(text.parse().expect("a time"));
    let compared = |source: &str, first, last, count| Compared { source: source.to_owned(), first, last, count };
    Grounds {
        compared: vec![
            compared("the block hashes in the payloads", 9_850_919, 9_850_922, 4),
            compared("Echonet's log", 9_850_919, 9_850_960, 40),
        ],
        log: Some(LogSpan { from: at("2026-05-22T18:40:10Z"), until: at("2026-05-22T19:10:10Z"), begins_with_epoch: Beginning::Held }),
        progress: Some(ReplayProgress { block: 9_850_960, at: at("2026-05-22T19:10:02Z") }),
        report: Some("Echonet's report names no resync and no failed transaction.".to_owned()),
    }
}

fn step(action: &str, command: Option<&str>, saved_as: Option<&str>) -> NextStep {
    NextStep { action: action.to_owned(), command: command.map(str::to_owned), saved_as: saved_as.map(str::to_owned) }
}

/// A step: what to do, the command, where its answer is saved.
pub(crate) type ExpectedStep = (&'static str, &'static str, Option<&'static str>);

pub(crate) fn steps(all: &[ExpectedStep]) -> Vec<NextStep> {
    all.iter().map(|(action, command, saved_as)| step(action, Some(command), *saved_as)).collect()
}

pub(crate) const GET_LOGS: ExpectedStep = (
    "Get Echonet's log of the whole epoch, all levels: it would decide the rule alchemy-429-l1-handler-drop.",
    "mkdir -p logs && gcloud logging read 'resource.type=\"k8s_container\" AND resource.labels.namespace_name=\"echonet-sim-5\" AND \
     resource.labels.container_name=\"echonet\" AND timestamp>=\"2026-05-22T18:39:10Z\" AND timestamp<=\"2026-05-22T20:08:32Z\"' \
     --format=json > logs/gcp_entries.json.new && mv logs/gcp_entries.json logs/gcp_entries.json.before && \
     mv logs/gcp_entries.json.new logs/gcp_entries.json",
    Some("logs/gcp_entries.json"),
);
pub(crate) const GET_BLOCK: ExpectedStep = (
    "Get mainnet's block 9850922: it would decide 2 rules.",
    "mkdir -p mainnet && curl -sSf \
     'https://feeder.alpha-mainnet.starknet.io/feeder_gateway/get_block?blockNumber=9850922&withFeeMarketInfo=true' > \
     mainnet/get_block_9850922.json.new && mv mainnet/get_block_9850922.json.new mainnet/get_block_9850922.json",
    Some("mainnet/get_block_9850922.json"),
);
pub(crate) const GET_PODS: ExpectedStep = (
    "Get the pods, with their images and restarts.",
    "mkdir -p k8s && kubectl -n echonet-sim-5 get pods -o json > k8s/pods.json.new && mv k8s/pods.json.new k8s/pods.json",
    Some("k8s/pods.json"),
);
pub(crate) const WRITE_RULE: ExpectedStep = (
    "Report what is unexplained under ws-5d0a4c0f8e21 with both values, and write a rule once its cause is found (BUNDLE: the evidence \
     diagnosed here).",
    "whysync rules new --from BUNDLE -o rules",
    None,
);
pub(crate) const COLLECT: ExpectedStep = (
    "Collect from the deployment itself: what is missing cannot be fetched for saved files (NAMESPACE stands for the deployment's \
     namespace).",
    "whysync collect --namespace NAMESPACE -o whysync-again.json.zst",
    None,
);

fn foreign() -> ForeignEvidence {
    ForeignEvidence { what: "logs.echonet".to_owned(), whose: "echonet-sim-4".to_owned(), why: "its lines carry that namespace".to_owned() }
}

/// Twelve files, of which three were not read, in the words of the intake.
fn account() -> Account {
    let file = |path: &str, fate, why: &str| AccountedFile { path: path.to_owned(), fate, why: why.to_owned() };
    let read = (0..9).map(|it| file(&format!("mainnet/get_block_{it}.json"), Fate::Read, "GET /feeder_gateway/get_block (mainnet)"));
    let left = [
        file("copy/report.json", Fate::Unused, "another file answers the same"),
        file("pf-18083.log", Fate::NotRecognised, "a text without a line of Echonet"),
        file("pvc/echonet_keys.json", Fate::Refused, "names that end in `keys.json` are never opened"),
    ];
    let words = "read 9 of 12 files; not used: copy/report.json (another file answers the same); not recognised: pf-18083.log (a text \
                 without a line of Echonet); refused: pvc/echonet_keys.json (names that end in `keys.json` are never opened)";
    Account { words: words.to_owned(), given: 12, files: read.chain(left).collect() }
}

/// Nothing was seen to differ, and that is not enough.
pub(crate) fn quiet() -> Diagnosis {
    let mut grounds = grounds();
    grounds.compared.clear();
    grounds.log = grounds.log.map(|it| LogSpan { begins_with_epoch: Beginning::Missing, ..it });
    grounds.progress = None;
    grounds.report = None;
    Diagnosis {
        verdict: Verdict::Inconclusive,
        headline: "Inconclusive: no resync was found, but too little was seen to say that there was none.".to_owned(),
        set_aside: vec![foreign()],
        files: Some(account()),
        grounds: Some(grounds),
        missing_grounds: vec!["Echonet's log begins in the middle of the epoch.".to_owned(), "No block was seen on both sides.".to_owned()],
        next: vec![step("Save Echonet's report.", Some("curl -sS http://127.0.0.1:8000/echonet/report"), Some("report.json"))],
        undecided: (0..27).map(|it| undecided(&format!("rule-{it:02}"), Relevance::Other)).collect(),
        ..fixtures::no_divergence()
    }
}

fn undecided(rule: &str, matters: Relevance) -> Undecided {
    Undecided { episode: 1, rule: rule.to_owned(), missing: vec!["logs.sequencer".to_owned()], broken: None, matters }
}

/// Much is open, and much is known of it.
pub(crate) fn open() -> Diagnosis {
    let mut it = fixtures::novel();
    let slot = it.unexplained[0].clone();
    let shifted = |number: u64| {
        let mut moved = slot.clone();
        moved.kind = "tx_moved".to_owned();
        moved.id = format!("9850940/tx_moved/0x{number:063x}");
        moved.subject = format!("tx moved INVOKE_FUNCTION 0x{number:063x}");
        (moved.block, moved.ours, moved.theirs) = (9_850_940, Some("block 9850940".to_owned()), Some("block 9850941".to_owned()));
        moved
    };
    let moved: Vec<_> = (1..=3).map(|it| shifted(0x1234_5678_9abc << it)).collect();
    let mut refused = slot.clone();
    refused.id = "9850931/gateway_refused/0x1".to_owned();
    refused.kind = "gateway_refused".to_owned();
    refused.subject = "gateway refused INVOKE_FUNCTION 0x2d279fb64f16cc5d9851adb6e703e583a979a3b4c40e75af99a0ecffd9f2f25".to_owned();
    (refused.ours, refused.theirs) = (Some("refused".to_owned()), Some("block 9850931".to_owned()));
    refused.witnesses = vec![
        Witness { source: "report".to_owned(), line: None, text: GATEWAY.to_owned() },
        Witness {
            source: "logs.echonet".to_owned(),
            line: Some(95),
            text: "Exception in thread TransactionSenderRunner:\nTraceback (most recent call last):".to_owned(),
        },
    ];
    let row = fixtures::native_finding().proof.expect("a proof").rows.remove(1);
    let proof = |undo: &str| Proof { undo: undo.to_owned(), rows: vec![row.clone()], obstacle: None };
    it.isolations = vec![Isolation { episode: 1, block: 9_850_931, items: vec![slot.id.clone()], proof: proof("restore state") }];
    it.shifts = vec![Shift {
        episode: 1,
        ours: 9_850_940,
        theirs: 9_850_941,
        transactions: 3,
        items: moved.iter().map(|it| it.id.clone()).collect(),
    }];
    it.headline = format!("Novel: no known pattern explains 3 divergences, first {} at block 9850931.", slot.subject);
    it.unexplained = [slot, refused].into_iter().chain(moved).collect();
    it.episodes[0].divergences.splice(0..1, it.unexplained.clone());
    it.next = vec![
        step("Ask Echonet what it knows of the transaction.", Some(COMMAND), Some("http/get_tx_block_metadata.json")),
        step("Read the sequencer's log around 2026-05-22T19:08:32Z.", None, None),
    ];
    it.undecided = (0..7).map(|it| undecided(&format!("could-explain-{it}"), Relevance::CouldExplain)).collect();
    it.undecided.extend((0..20).map(|it| undecided(&format!("rule-{it:02}"), Relevance::Other)));
    it
}

/// An epoch that stopped, at a block that nothing names, beside one that differs without a resync.
pub(crate) fn without_a_resync() -> Diagnosis {
    let mut it = fixtures::novel();
    let mut stalled = it.episodes[0].clone();
    let mut stall = it.unexplained[0].clone();
    (stall.episode, stall.block, stall.id, stall.kind) = (2, 0, "0/stall".to_owned(), "stall".to_owned());
    (stall.subject, stall.ours) = ("stall".to_owned(), Some("nothing was fetched, sent or received any more".to_owned()));
    (stalled.number, stalled.kind, stalled.start_block, stalled.first_diverging_block) = (2, CaseKind::Stall, None, None);
    stalled.divergences = vec![stall.clone()];
    if let Some(trigger) = &mut stalled.trigger {
        (trigger.kind, trigger.block, trigger.reason) = ("stall".to_owned(), None, "no resync: nothing was fetched any more".to_owned());
        trigger.key.clear();
    }
    (it.episodes[0].kind, it.episodes[0].trigger) = (CaseKind::Divergence, None);
    it.episodes.push(stalled);
    it.unexplained.push(stall);
    it
}

/// A pattern that matches although its fix is deployed.
pub(crate) fn contradicted() -> Diagnosis {
    let mut it = fixtures::explained();
    it.verdict = Verdict::Contradicted;
    it.episodes[0].verdict = Verdict::Contradicted;
    it.headline =
        "Contradicted: Native code words a revert without the frames of the virtual machine (block 9850922, suspected). The deployed code \
                   contains an effective fix of native-casm-revert-trace, so the rule or the fix is wrong."
            .to_owned();
    for finding in &mut it.findings {
        finding.cause = CauseCertainty::Suspected;
        finding.because = "every clause is true, but an effective fix of it is deployed".to_owned();
        for status in &mut finding.fix {
            let found = Found { rung: FixSignal::Commit, commit: "133f7cfbf760d155d0fb50e23a52854bc6b2b2b6".to_owned(), doubt: None };
            status.deployed[0].place = "ghcr.io/starkware-libs/sequencer/sequencer:main-v0.14.3-9f78ee7".to_owned();
            status.deployed[0].answer = FixAnswer::Contained(found);
            status.effective = Effectiveness::Yes;
        }
        finding.remediation = vec![Remediation {
            safety: RemediationSafety::ReadOnly,
            kind: RemediationKind::Other,
            action: "An effective fix is deployed already: find out whether the fix misses this case or the rule matches wrongly."
                .to_owned(),
        }];
    }
    it
}

/// Every text of the parts that this file is about is an attack.
pub(crate) fn spoil(it: &mut Diagnosis, attack: &str, long: &str) {
    let text = || attack.to_owned();
    it.set_aside = vec![ForeignEvidence { what: text(), whose: text(), why: long.to_owned() }];
    let file = |fate| AccountedFile { path: text(), fate, why: long.to_owned() };
    let files = [Fate::Read, Fate::Unused, Fate::NotRecognised, Fate::Refused].map(file);
    it.files = Some(Account { words: text(), given: u64::MAX, files: files.to_vec() });
    let compared = Compared { source: text(), first: 0, last: u64::MAX, count: 1 };
    it.grounds = Some(Grounds { compared: vec![compared], report: Some(long.to_owned()), ..grounds() });
    it.missing_grounds = vec![long.to_owned()];
    let steps = [text(), long.to_owned(), "x ".repeat(1_000_000), format!("echo '{}'", "0123456789abcdef".repeat(8))];
    it.next = steps.into_iter().map(|it| NextStep { action: text(), command: Some(it), saved_as: Some(text()) }).collect();
    for divergence in &mut it.unexplained {
        divergence.witnesses = vec![Witness { source: text(), line: Some(7), text: long.to_owned() }; 3];
    }
    let proofs = it.findings.iter().filter_map(|it| it.proof.clone());
    let items: Vec<String> = it.unexplained.iter().map(|it| it.id.clone()).collect();
    it.isolations = proofs.map(|proof| Isolation { episode: 1, block: 7, items: items.clone(), proof }).collect();
    it.shifts = vec![Shift { episode: 1, ours: 7, theirs: 8, transactions: 1, items: vec![text()] }];
}

/// What a format says, words with one blank between them and without the marks of the format.
fn said(format: &str, diagnosis: &Diagnosis) -> String {
    let text = write(named(format).expect("a format"), diagnosis, &SHORT);
    let text = text.replace("\\_", "_").replace("&quot;", "\"").replace("&amp;", "&").replace("&#39;", "'").replace("&apos;", "'");
    text.replace(['`', '\\'], "").replace("<code>", "").replace("</code>", "").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tells(format: &str, words: &str, diagnosis: &Diagnosis) {
    let text = said(format, diagnosis);
    assert!(text.contains(words), "{format} does not tell `{words}`: {text}");
}

#[test]
fn the_short_text_counts_the_files_that_were_given_and_the_full_one_names_them() {
    let diagnosis = quiet();
    let text = |detail| write(named("text").expect("a format"), &diagnosis, &Options { detail, ..SHORT });
    let counts = "Read 9 of 12 files; 1 not used, 1 not recognised, 1 refused (--full names";
    let (short, full) = (text(Detail::Short), text(Detail::Full));
    assert!(short.contains(counts) && !short.contains("pf-18083.log") && !short.contains("copy/report.json"), "{short}");
    for words in
        ["not used: copy/report.json: ", "not recognised: pf-18083.log: ", "refused: pvc/echonet_keys.json: ", "get_block_8.json: "]
    {
        assert!(full.contains(words), "`{words}` is not in {full}");
    }
    let all = Account { files: account().files.into_iter().take(9).collect(), given: 9, ..account() };
    let whole = write(named("text").expect("a format"), &Diagnosis { files: Some(all), ..quiet() }, &SHORT);
    assert!(whole.contains("Read 9 of 9 files.\n"), "{whole}");
}

#[test]
fn no_divergence_says_in_every_format_what_it_rests_on() {
    for format in formats_but(&["json"]) {
        for words in [
            "All 4 blocks from 9850919 to 9850922 match mainnet's, according to the block hashes in the payloads.",
            "40 of the 42 blocks from 9850919 to 9850960 match mainnet's, according to Echonet's log.",
            "Echonet's log covers 2026-05-22T18:40:10Z to 2026-05-22T19:10:10Z; it has the beginning of the epoch.",
            "Echonet had stored block 9850960 at 2026-05-22T19:10:02Z.",
            "Echonet's report names no resync and no failed transaction.",
        ] {
            tells(format.name, words, &fixtures::no_divergence());
        }
    }
}

#[test]
fn what_is_not_enough_says_what_is_missing_and_what_was_left_out() {
    for format in formats_but(&["json"]) {
        for words in [
            "No block was compared on both sides.",
            "it begins in the middle of the epoch",
            "No block was seen on both sides.",
            "Left out as evidence of echonet-sim-4: logs.echonet (its lines carry that namespace).",
        ] {
            tells(format.name, words, &quiet());
        }
    }
    for format in formats_but(&["json", "sarif"]) {
        tells(format.name, "curl -sS http://127.0.0.1:8000/echonet/report", &quiet());
        tells(format.name, "Save the output as report.json.", &quiet());
    }
}

#[test]
fn what_speaks_of_an_open_item_stands_beside_it_in_every_format() {
    for format in FORMATS {
        let last = "Resource bounds were not satisfied";
        tells(format.name, last, &open());
        let words = if format.name == "json" { "\"block_hash\"" } else { "gives mainnet's block hash in block 9850931" };
        tells(format.name, words, &open());
    }
}

#[test]
fn the_items_of_a_shift_are_one_line() {
    for format in formats_but(&["json"]) {
        let text = said(format.name, &open());
        assert!(text.contains("Echonet's block 9850940 holds mainnet's block 9850941 (3 transactions)"), "{}: {text}", format.name);
        // A page names its sections in the contents first.
        let part = match format.name {
            "html" => text.split_once("id=\"unexplained\"").expect("the section").1.split("<section").next(),
            _ => text.split("Ledger").next(),
        };
        let part = part.unwrap_or_default();
        assert!(!part.contains("tx moved INVOKE_FUNCTION"), "{}: {part}", format.name);
    }
    for format in formats_but(&["json", "html", "sarif", "junit"]) {
        tells(format.name, "Unexplained: 3 divergences", &open());
    }
}

#[test]
fn a_command_is_shown_whole_and_on_one_line_or_not_at_all() {
    for format in formats_but(&["json"]) {
        let text = write(format, &open(), &SHORT);
        let text = text.replace("&amp;", "&").replace("&apos;", "'").replace("&#39;", "'");
        assert!(text.lines().any(|it| it.contains(COMMAND)), "{}: {text}", format.name);
        let mut endless = open();
        endless.next[0].command = Some("x ".repeat(10_000));
        let text = write(format, &endless, &SHORT);
        assert!(!text.contains("x x x x") && text.contains("the JSON form has it"), "{}", format.name);
    }
    let json = write(named("json").expect("json"), &open(), &SHORT);
    assert!(json.contains(COMMAND), "{json}");
}

#[test]
fn at_most_five_rules_that_could_explain_something_are_named_and_the_others_counted() {
    for format in formats_but(&["json", "slack", "junit"]).map(|it| it.name) {
        let text = said(format, &open());
        let named = (0..7).filter(|it| text.contains(&format!("could-explain-{it}"))).count();
        assert_eq!(named, 5, "{format}: {text}");
        assert!(!text.contains("rule-0"), "{format}: {text}");
        assert!(text.contains("more rules could not be decided"), "{format}: {text}");
        let text = said(format, &quiet());
        assert!(!text.contains("rule-0") && text.contains("27 rules could not be decided"), "{format}: {text}");
    }
}

#[test]
fn a_block_that_nobody_named_is_not_printed() {
    for format in formats_but(&["json", "html"]) {
        let text = said(format.name, &without_a_resync());
        assert!(!text.contains("block 0") && !text.contains("block/0"), "{}: {text}", format.name);
        for words in ["divergence without a resync", "stall"] {
            assert!(format.name == "sarif" || format.name == "slack" || text.contains(words), "{}: {words}", format.name);
        }
    }
    let page = said("html", &without_a_resync());
    assert!(!page.contains("block 0") && !page.contains("data-label=\"Block\">0<"), "{page}");
    let json: serde_json::Value = serde_json::from_str(&write(named("json").expect("json"), &without_a_resync(), &SHORT)).expect("JSON");
    assert_eq!((&json["unexplained"][1]["kind"], &json["unexplained"][1]["block"]), (&json!("stall"), &json!(null)));
    assert_eq!(json["unexplained"][0]["block"], json!(9_850_931));
}

#[test]
fn a_contradiction_is_never_green_and_nobody_is_told_to_deploy_the_fix() {
    let diagnosis = contradicted();
    for format in FORMATS {
        let text = said(format.name, &diagnosis);
        assert!(text.to_lowercase().contains("contradict"), "{}: {text}", format.name);
        assert!(!text.to_lowercase().contains("deploy an image"), "{}: {text}", format.name);
    }
    let colours = write(named("text").expect("text"), &diagnosis, &Options { colour: Colour::Ansi, ..SHORT });
    assert!(colours.starts_with("\u{1b}[1;31mContradicted"), "{colours}");
    let page = write(named("html").expect("html"), &diagnosis, &SHORT);
    assert!(page.contains("<body class=\"bad\">") && page.contains("<header class=\"bad\">"), "the page is red");
    let junit = write(named("junit").expect("junit"), &diagnosis, &SHORT);
    assert!(junit.contains("type=\"contradicted\"") && junit.contains("failures=\"1\""), "{junit}");
}

#[test]
fn cause_and_extent_are_told_apart_in_every_format() {
    for (name, diagnosis) in fixtures::all() {
        for format in formats_but(&["json"]) {
            let text = said(format.name, &diagnosis);
            for finding in diagnosis.findings.iter().filter(|_| name == "explained" || name == "partly-explained") {
                let cause = if finding.rule.starts_with("native") { "cause established" } else { "cause suspected" };
                let extent = if finding.rule.starts_with("native") { "extent proved" } else { "extent partial" };
                assert!(text.contains(cause) && text.contains(extent), "{} of {name}: {text}", format.name);
            }
        }
    }
}
