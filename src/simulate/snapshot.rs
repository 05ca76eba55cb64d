//! The texts that Echonet writes before it clears its state.

use crate::evidence::report::{MismatchRow, ReportTrigger};
use crate::evidence::{Report, Timestamp};
use crate::facts::reverts::{self, RevertFacts};

/// `report_snapshot_<time>.log`.
#[expect(clippy::arithmetic_side_effects, reason = "heights and numbers that the simulator draws are far from any limit")]
pub(super) fn text(report: &Report, trigger: &ReportTrigger, at: Timestamp) -> String {
    let number = |name: &str| report.other.get(name).and_then(serde_json::Value::as_u64).unwrap_or_default();
    let block = |it: Option<u64>| it.map_or("(unknown)".to_owned(), |it| it.to_string());
    let moment = |name: &str| {
        let seconds = i64::try_from(number(name)).unwrap_or_default();
        Timestamp::from_unix(seconds).map_or("(unknown)".to_owned(), |it| it.to_string())
    };
    let (sent, committed) = (number("pending_total_count"), number("committed_count"));
    let pending = number("pending_commission_count");
    let (total, span) = (number("total_sent_tx_count"), number("timestamp_diff_seconds"));
    let share = |part: u64, whole: u64| {
        let hundredths = (part * 10_000).checked_div(whole).unwrap_or(0);
        format!("{part} ({}.{:02}%)", hundredths / 100, hundredths % 100)
    };
    let rate = total * 100 / report.uptime_seconds.unwrap_or(1).max(1);
    let mainnet_only = reverts::of_report(report).only_on_mainnet.len() as u64;
    let rows: [(&str, String); 8] = [
        ("Initial start block", block(report.initial_start_block)),
        ("Current start block", block(report.current_start_block)),
        ("Current block", block(report.current_block)),
        ("First block timestamp", moment("first_block_timestamp")),
        ("Latest block timestamp", moment("latest_block_timestamp")),
        ("Time span (first->latest)", format!("{span}s ({span}s)")),
        ("Blocks processed", number("blocks_sent_count").to_string()),
        ("Forward rate", format!("{}.{:02} TPS", rate / 100, rate % 100)),
    ];
    let status: [(&str, String); 10] = [
        ("Committed transactions", share(committed, sent)),
        ("Pending transactions", share(pending, sent)),
        ("Gateway errors", share(report.gateway_errors.len() as u64, total)),
        ("Reverted only on Mainnet", share(mainnet_only, total)),
        ("Reverted only on Echonet", share(report.revert_errors_echonet.len() as u64, total)),
        ("L2 gas mismatches", share(report.l2_gas_mismatches.iter().flatten().count() as u64, total)),
        ("Block hash mismatches", report.block_hash_mismatches.iter().flatten().count().to_string()),
        ("Transaction mismatches", report.transaction_commitment_mismatches.iter().flatten().count().to_string()),
        ("Resync triggers (first failures)", report.resync_causes.len().to_string()),
        ("Certain failures (repeated triggers)", report.certain_failures.len().to_string()),
    ];
    let counters = |rows: &[(&str, String)]| rows.iter().map(|(name, value)| format!("{name:<26} {value}")).collect::<Vec<_>>();
    let gateway = report.gateway_errors.iter().map(|(hash, it)| {
        let quote = if it.response.contains('\'') { '"' } else { '\'' };
        format!("{hash}: {{'status': {}, 'response': {quote}{}{quote}, 'block_number': {}}}", it.status, it.response, it.block_number)
    });
    let l2_gas = report.l2_gas_mismatches.iter().flatten().map(|it| {
        let feeder = it.fgw_total_gas_consumed_l2.map_or("None".to_owned(), |it| it.to_string());
        let (echo, source, blob) = (it.echo_block, it.source_block, it.blob_total_gas_l2);
        format!("{}: echo_bn={echo} src_bn={source} blob_total_gas_l2={blob} fgw_total_gas_consumed_l2={feeder}", it.tx_hash)
    });
    let sections = [
        ("Echonet snapshot", counters(&rows)),
        ("Transaction status summary", counters(&status)),
        ("Gateway errors (hash -> response)", gateway.collect()),
        ("Non-committed tx hashes", non_committed(report)),
        ("Resync triggers (first failures)", report.resync_causes.values().map(trigger_row).collect()),
        ("Certain failures (repeated triggers)", report.certain_failures.values().map(trigger_row).collect()),
        ("L2 gas mismatches", l2_gas.collect()),
        ("Block hash mismatches", report.block_hash_mismatches.iter().flatten().map(mismatch_row).collect()),
        ("Transaction commitment mismatches", report.transaction_commitment_mismatches.iter().flatten().map(mismatch_row).collect()),
    ];
    let mut text = header(trigger, at);
    for (name, rows) in sections {
        let body = if rows.is_empty() { "(none)".to_owned() } else { rows.join("\n") };
        text += &format!("\n=== {name} ===\n{body}\n");
    }
    text + "\n===== End report =====\n"
}

/// `report_reverts_<time>.log`.
pub(super) fn reverts(report: &Report, trigger: &ReportTrigger, at: Timestamp) -> String {
    let RevertFacts { only_on_echonet, only_on_mainnet } = reverts::of_report(report);
    let mut text = header(trigger, at);
    text += &format!("\n=== Revert counts ===\nOnly on Mainnet: {}\nOnly on Echonet: {}\n", only_on_mainnet.len(), only_on_echonet.len());
    for (side, all) in [("Mainnet", only_on_mainnet), ("Echonet", only_on_echonet)] {
        text += &format!("\n=== Reverted only on {side} ({} txs) ===\n", all.len());
        if all.is_empty() {
            text += "(none)\n";
            continue;
        }
        text += &format!("\n-- Other ({} txs, 100.00%) --\n", all.len());
        for it in all {
            text += &format!("bn={} {}: {}\n", it.block.unwrap_or_default(), it.tx_hash, it.reason);
        }
    }
    text + "\n===== End report =====\n"
}

fn header(trigger: &ReportTrigger, at: Timestamp) -> String {
    // Python writes microseconds, always six digits of them.
    let whole = Timestamp::from_file_name(&at.to_file_name()).unwrap_or(at);
    let at = format!("{}.{:03}000Z", whole.to_string().trim_end_matches('Z'), at.millis_since(whole));
    format!(
        "===== Echonet reports before resync =====\ntimestamp: {at}\ntrigger_tx_hash: {}\ntrigger_block: {}\ntrigger_reason: {}\n",
        trigger.tx_hash, trigger.failure_block_number, trigger.reason
    )
}

fn non_committed(report: &Report) -> Vec<String> {
    let mut sent: Vec<_> = report.sent_tx_hashes.iter().collect();
    sent.sort_by_key(|(_, block)| **block);
    let mut rows: Vec<String> = sent.iter().take(10).map(|(hash, block)| format!("{hash} @ {block}")).collect();
    if sent.len() > 10 {
        rows.push(format!("... ({} total)", sent.len()));
    }
    rows
}

fn trigger_row(it: &ReportTrigger) -> String {
    format!(
        "{}: failure_block_number={} revert_target_block_number={} reason={} count={}",
        it.tx_hash, it.failure_block_number, it.revert_target_block_number, it.reason, it.count
    )
}

fn mismatch_row(it: &MismatchRow) -> String {
    format!("block={} echonet={} mainnet={}", it.block_number, it.echonet, it.mainnet)
}
