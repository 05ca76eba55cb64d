//! Echonet itself: what each of its paths answers.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use whysync::evidence::report::{MismatchRow, ReportTrigger};
use whysync::evidence::reverts::{RevertGroup, RevertRow, RevertedOnly};
use whysync::evidence::{Block, Bundle, DumpKind, Report, RevertComparison, Snapshot};
use whysync::facts::reverts::{RevertedTransaction, of_report};

use super::World;
use super::server::{ServerResponse, ServerState, TroubleTarget, answer};

/// What Echonet holds.
pub(crate) struct Echonet {
    pub(crate) report: String,
    pub(crate) report_text: String,
    /// First block of the epoch: below it, Echonet asks mainnet.
    pub(crate) start: u64,
    /// Documents on the volume and in memory, by height and kind.
    pub(crate) dumps: BTreeMap<(u64, &'static str), String>,
    /// Documents in memory.
    pub(crate) memory: BTreeMap<(u64, &'static str), String>,
    /// Transactions that were sent and not yet committed, with their mainnet blocks.
    pub(crate) sent: BTreeMap<String, u64>,
    pub(crate) latest_received: u64,
    pub(crate) last_commitment: Option<u64>,
    pub(crate) version: String,
    /// Statuses with which pages are refused, by their paths.
    pub(crate) refused: BTreeMap<String, u16>,
}

impl Echonet {
    pub(crate) fn from_bundle(bundle: &Bundle, dumps: BTreeMap<(u64, &'static str), String>) -> Self {
        let report = bundle.report.value().expect("a report");
        let start = report.current_start_block.unwrap_or_default();
        let pages = &bundle.echonet;
        Self {
            report: serde_json::to_string(report).expect("JSON"),
            report_text: report_text(report),
            start,
            memory: dumps.iter().filter(|((height, _), _)| start <= *height).map(|(key, it)| (*key, it.clone())).collect(),
            dumps,
            sent: report.sent_tx_hashes.iter().map(|(hash, block)| (hash.to_string(), *block)).collect(),
            latest_received: pages.latest_received_block.value().copied().expect("a block"),
            last_commitment: pages.last_stored_commitment.value().copied().expect("an answer"),
            version: pages.starknet_version.value().cloned().expect("a version"),
            refused: BTreeMap::new(),
        }
    }
}

/// Flask's page for an exception that nobody caught.
const UNCAUGHT: &str = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n";

/// Answers as Echonet, at its own port or at the end of a port-forward.
pub(super) async fn serve(state: Arc<ServerState>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(move |request| respond(Arc::clone(&state), request));
    let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(state: Arc<ServerState>, request: Request<Incoming>) -> Result<ServerResponse, io::Error> {
    state.note_as(&request, " (Echonet)");
    let path = request.uri().path_and_query().map(|it| it.as_str().to_owned()).unwrap_or_default();
    let right = page(&state.world, request.method(), &path);
    state.troubled(TroubleTarget::Echonet, &path, right).await
}

fn page(world: &World, method: &Method, path: &str) -> ServerResponse {
    let echonet = &world.echonet;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let of = |name: &str| query.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
    let number = |name: &str| of(name).and_then(|it| it.parse::<u64>().ok());
    let found = |it: Option<&String>| it.map_or_else(|| answer(404, ""), |it| answer(200, it.clone()));
    let in_memory = |block: u64, kind: DumpKind| found(echonet.memory.get(&(block, kind.name())));
    let of_mainnet = |block: u64| world.mainnet.get(&format!("/feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true"));
    let uncaught = || answer(500, UNCAUGHT);
    if method == Method::POST && (path == "/l1" || path.starts_with("/cende_recorder/write_")) {
        return answer(200, "");
    }
    if method != Method::GET {
        return answer(405, "");
    }
    if let Some(status) = echonet.refused.get(path) {
        return answer(*status, UNCAUGHT);
    }
    match path {
        "/echonet/report" => answer(200, echonet.report.clone()),
        "/echonet/report/text" => answer(200, echonet.report_text.clone()),
        "/echonet/report/ui" | "/echonet/report/ui/download" => {
            answer(200, format!("<html><script>const namespace = \"{}\"</script></html>", world.namespace))
        }
        "/echonet/block_dump" => match (number("blockNumber"), of("kind").unwrap_or("blob")) {
            (None, _) => uncaught(),
            (Some(block), kind) => match DumpKind::ALL.into_iter().find(|it| it.name() == kind) {
                Some(kind) => found(echonet.dumps.get(&(block, kind.name()))),
                None => answer(400, json!({"error": format!("Invalid kind: {kind}")}).to_string()),
            },
        },
        "/echonet/get_block_metadata" => match number("block_number").and_then(of_mainnet) {
            Some(block) => answer(200, metadata(block).to_string()),
            None => uncaught(),
        },
        "/echonet/get_tx_block_metadata" => match of("tx_hash") {
            None => answer(400, json!({"error": "Missing required query param: tx_hash"}).to_string()),
            Some(hash) => match echonet.sent.get(hash) {
                Some(block) => answer(200, json!({"timestamp": timestamp(of_mainnet(*block)), "block_number": block}).to_string()),
                None => uncaught(),
            },
        },
        "/echonet/get_starknet_version" => answer(200, echonet.version.clone()),
        "/feeder_gateway/get_block" => match number("blockNumber") {
            None => uncaught(),
            // What lies before the epoch is fetched from mainnet.
            Some(block) if block < echonet.start => found(of_mainnet(block)),
            Some(block) => in_memory(block, DumpKind::Block),
        },
        "/feeder_gateway/get_state_update" => number("blockNumber").map_or_else(uncaught, |it| in_memory(it, DumpKind::StateUpdate)),
        "/feeder_gateway/get_signature" => match number("blockNumber") {
            None => uncaught(),
            Some(block) if echonet.memory.contains_key(&(block, DumpKind::Block.name())) => {
                answer(200, json!({"block_hash": "0x5", "signature": ["0x1", "0x2"]}).to_string())
            }
            Some(_) => answer(404, ""),
        },
        "/cende_recorder/get_latest_received_block" => answer(200, json!({"block_number": echonet.latest_received}).to_string()),
        "/cende_recorder/get_last_stored_commitment_height" => answer(200, json!({"block_number": echonet.last_commitment}).to_string()),
        // Both pass every question on to mainnet.
        "/feeder_gateway/get_class_by_hash" | "/feeder_gateway/get_compiled_class_by_class_hash" => answer(200, "{}"),
        _ => answer(404, ""),
    }
}

fn timestamp(block: Option<&String>) -> u64 {
    let block: Option<Block> = block.map(|it| serde_json::from_str(it).expect("a block"));
    block.map_or(1_700_000_000, |it| it.timestamp)
}

/// What Echonet says of a mainnet block.
fn metadata(block: &str) -> Value {
    let block: Value = serde_json::from_str(block).expect("a block");
    json!({
        "timestamp": block["timestamp"],
        "l1_gas_price_wei": block["l1_gas_price"]["price_in_wei"], "l1_gas_price_fri": block["l1_gas_price"]["price_in_fri"],
        "l1_data_gas_price_wei": block["l1_data_gas_price"]["price_in_wei"], "l1_data_gas_price_fri": block["l1_data_gas_price"]["price_in_fri"],
        "l2_gas_price_fri": block["l2_gas_price"]["price_in_fri"],
    })
}

fn header(it: &Snapshot) -> String {
    format!(
        "===== Echonet reports before resync =====\ntimestamp: {}\ntrigger_tx_hash: {}\ntrigger_block: {}\ntrigger_reason: {}\n",
        it.taken_at, it.trigger_key, it.trigger_block, it.trigger_reason
    )
}

/// The snapshot as Echonet writes it.
pub(super) fn snapshot_text(it: &Snapshot) -> String {
    let sections = sections(&ReportSections {
        counters: [it.initial_start_block, it.current_start_block, it.current_block],
        gateway_errors: it.gateway_errors.clone(),
        resync_causes: it.resync_causes.iter().collect(),
        certain_failures: it.certain_failures.iter().collect(),
        block_hash_mismatches: &it.block_hash_mismatches,
        transaction_commitment_mismatches: &it.transaction_commitment_mismatches,
    });
    format!("{}{sections}\n===== End report =====\n", header(it))
}

/// The comparison of reverts as Echonet writes it beside a snapshot.
pub(super) fn reverts_text(snapshot: &Snapshot, it: &RevertComparison) -> String {
    format!("{}\n{}\n===== End report =====\n", header(snapshot), comparison(it))
}

fn comparison(it: &RevertComparison) -> String {
    let group = |it: &RevertedOnly| {
        let rows = |group: &RevertGroup| {
            let rows = group.rows.iter().map(|it| format!("bn={} {}: {}\n", it.block.unwrap_or_default(), it.tx_hash, it.reason));
            format!("\n-- {} ({} txs, 100.00%) --\n{}", group.class, group.count, rows.collect::<String>())
        };
        if it.groups.is_empty() { "(none)\n".to_owned() } else { it.groups.iter().map(rows).collect() }
    };
    let (mainnet, echonet) = (&it.only_on_mainnet, &it.only_on_echonet);
    format!(
        "=== Revert counts ===\nOnly on Mainnet: {}\nOnly on Echonet: {}\n\n=== Reverted only on Mainnet ({} txs) ===\n{}\n\
         === Reverted only on Echonet ({} txs) ===\n{}",
        mainnet.count,
        echonet.count,
        mainnet.count,
        group(mainnet),
        echonet.count,
        group(echonet)
    )
}

/// The report as `/echonet/report/text` prints it.
fn report_text(report: &Report) -> String {
    let gateway_errors = report.gateway_errors.iter().map(|(hash, it)| {
        format!("{hash}: {{'status': {}, 'response': '{}', 'block_number': {}}}", it.status, it.response, it.block_number)
    });
    let sections = sections(&ReportSections {
        counters: [report.initial_start_block, report.current_start_block, report.current_block],
        gateway_errors: gateway_errors.collect(),
        resync_causes: report.resync_causes.values().collect(),
        certain_failures: report.certain_failures.values().collect(),
        block_hash_mismatches: report.block_hash_mismatches.as_deref().unwrap_or_default(),
        transaction_commitment_mismatches: report.transaction_commitment_mismatches.as_deref().unwrap_or_default(),
    });
    let reverts = of_report(report);
    let only = |all: Vec<RevertedTransaction>| {
        let count = all.len() as u64;
        let row = |it: RevertedTransaction| RevertRow { block: it.block, tx_hash: it.tx_hash, reason: it.reason };
        let rows: Vec<_> = all.into_iter().map(row).collect();
        let group = (0 < count).then(|| RevertGroup { class: "Other".to_owned(), count, rows });
        RevertedOnly { count, groups: group.into_iter().collect() }
    };
    let reverts = RevertComparison {
        only_on_mainnet: only(reverts.only_on_mainnet),
        only_on_echonet: only(reverts.only_on_echonet),
        unreadable_rows: 0,
    };
    format!("{}\n\n{}", sections.trim(), comparison(&reverts).trim_end())
}

/// What both the snapshot and the report as text say.
struct ReportSections<'s> {
    counters: [Option<u64>; 3],
    gateway_errors: Vec<String>,
    resync_causes: Vec<&'s ReportTrigger>,
    certain_failures: Vec<&'s ReportTrigger>,
    block_hash_mismatches: &'s [MismatchRow],
    transaction_commitment_mismatches: &'s [MismatchRow],
}

fn sections(it: &ReportSections<'_>) -> String {
    let number = |name: &str, value: Option<u64>| format!("{name:<26} {}", value.map_or("(unknown)".to_owned(), |it| it.to_string()));
    let triggers = |all: &[&ReportTrigger]| {
        let row = |it: &&ReportTrigger| {
            format!(
                "{}: failure_block_number={} revert_target_block_number={} reason={} count={}",
                it.tx_hash, it.failure_block_number, it.revert_target_block_number, it.reason, it.count
            )
        };
        all.iter().map(row).collect::<Vec<_>>()
    };
    let mismatches = |all: &[MismatchRow]| {
        all.iter().map(|it| format!("block={} echonet={} mainnet={}", it.block_number, it.echonet, it.mainnet)).collect::<Vec<_>>()
    };
    let names = ["Initial start block", "Current start block", "Current block"];
    let sections = [
        ("Echonet snapshot", names.iter().zip(it.counters).map(|(name, value)| number(name, value)).collect()),
        ("Gateway errors (hash -> response)", it.gateway_errors.clone()),
        ("Resync triggers (first failures)", triggers(&it.resync_causes)),
        ("Certain failures (repeated triggers)", triggers(&it.certain_failures)),
        ("Block hash mismatches", mismatches(it.block_hash_mismatches)),
        ("Transaction commitment mismatches", mismatches(it.transaction_commitment_mismatches)),
    ];
    let section = |(name, rows): (&str, Vec<String>)| {
        let body = if rows.is_empty() { "(none)".to_owned() } else { rows.join("\n") };
        format!("\n=== {name} ===\n{body}\n")
    };
    sections.into_iter().map(section).collect()
}
