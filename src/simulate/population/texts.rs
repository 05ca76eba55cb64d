//! What Echonet and what runs in it write when something stops. Each text is of a run of Echonet, shortened in the middle of its traceback,
//! or of the statement that prints it.

/// What Echonet goes on writing.
pub(super) const ALIVE: &str = "[INFO] [echonet.echo_center] eth_blockNumber: None (N/A)";

/// What the sender's thread writes when it ends, however it does.
pub(super) const STOPPED: &str = "[INFO] [echonet.transaction_sender] TransactionSenderRunner stopped";

const THREAD: &str = r#"Exception in thread TransactionSenderRunner:
Traceback (most recent call last):
  File "/usr/local/lib/python3.11/threading.py", line 1045, in _bootstrap_inner
    self.run()
  File "/usr/local/lib/python3.11/threading.py", line 982, in run
    self._target(*self._args, **self._kwargs)
  File "/app/echonet/transaction_sender.py", line 450, in _runner
    asyncio.run(self._service.run(config))
  File "/app/echonet/transaction_sender.py", line 390, in run
    await producer_task"#;

const FETCHING: &str = r#"  File "/app/echonet/transaction_sender.py", line 291, in producer
    block = await fetch_block_transactions(
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/echonet/transaction_sender.py", line 92, in fetch_block_transactions
    raise last_err
  File "/app/echonet/transaction_sender.py", line 76, in fetch_block_transactions
    return feeder.get_block(block_number, with_fee_market_info=True)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#;

const RESYNCING: &str = r#"  File "/app/echonet/transaction_sender.py", line 358, in producer
    block_number = await resync_executor.execute(trigger=resync_trigger)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/echonet/resync.py", line 137, in execute
    await loop.run_in_executor(
  File "/app/echonet/resync.py", line 139, in <lambda>
    lambda: self._get_sequencer_manager().resync(block_number=next_start_block),
            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^"#;

const FEEDER: &str = "http://feeder.alpha-mainnet.starknet.io/feeder_gateway/get_block?blockNumber=";

/// An answer of the feeder that is not a block, in the words of `requests`.
pub(super) fn feeder_says(status: &str, block: u64) -> String {
    let side = if status.starts_with('4') { "Client" } else { "Server" };
    let (code, reason) = status.split_once(' ').unwrap_or((status, ""));
    format!("{code} {side} Error: {reason} for url: {FEEDER}{block}&withFeeMarketInfo=true")
}

/// The feeder cannot be believed, in the words of `requests`.
pub(super) fn certificate(block: u64) -> String {
    format!(
        "HTTPSConnectionPool(host='feeder.alpha-mainnet.starknet.io', port=443): Max retries exceeded with url: /feeder_gateway/get_block?blockNumber={block}&withFeeMarketInfo=true (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1006)')))"
    )
}

/// An attempt to fetch a block that is repeated.
pub(super) fn fetch_failed(attempt: u64, block: u64, why: &str) -> String {
    let wait = if attempt == 1 { "0.50" } else { "1.00" };
    format!("[WARNING] [echonet.transaction_sender] Fetch block {block} failed ({attempt}/3): {why}. Retrying in {wait}s")
}

/// Three attempts to fetch a block, and the end of the sender.
pub(super) fn fetch_in_vain(block: u64, class: &str, why: &str) -> Vec<String> {
    vec![
        fetch_failed(1, block, why),
        fetch_failed(2, block, why),
        STOPPED.to_owned(),
        format!("{THREAD}\n{FETCHING}\nrequests.exceptions.{class}: {why}"),
    ]
}

/// The end of the sender in the middle of a resync.
pub(super) fn resync_raises(last_words: &str) -> Vec<String> {
    vec![STOPPED.to_owned(), format!("{THREAD}\n{RESYNCING}\n{last_words}")]
}

/// The end of the sender while the report before a resync is written.
pub(super) fn no_space() -> Vec<String> {
    let writing = r#"  File "/app/echonet/transaction_sender.py", line 358, in producer
    block_number = await resync_executor.execute(trigger=resync_trigger)
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/echonet/resync.py", line 128, in execute
    reports.write_pre_resync_reports(
  File "/app/echonet/reports.py", line 516, in _write_text
    path.write_text(content + "\n===== End report =====\n", encoding="utf-8")
OSError: [Errno 28] No space left on device"#;
    vec![STOPPED.to_owned(), format!("{THREAD}\n{writing}")]
}

/// What Kubernetes answers when its store is slow.
pub(super) const ETCD: &str = r#"kubernetes.client.exceptions.ApiException: (500)
Reason: Internal Server Error
HTTP response body: {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"etcdserver: request timed out","code":500}"#;

/// What the sequencer's manager raises when replicas do not come.
pub(super) const NO_REPLICAS: &str = "TimeoutError: Timed out waiting for StatefulSet 'sequencer-node-statefulset' to reach 1 replicas.";

/// The end of the sender before its first block: Kubernetes knows nobody.
pub(super) fn unauthorised() -> Vec<String> {
    vec![STOPPED.to_owned(), format!("{THREAD}\nkubernetes.client.exceptions.ApiException: (401)\nReason: Unauthorized")]
}

/// The handler of a posted block fails with these last words; the sequencer posts it again.
pub(super) fn refuses(block: u64, last_words: &str) -> Vec<String> {
    let once = [
        "[INFO] [echonet.flask] WRITE_BLOB len=23370 ct=application/json".to_owned(),
        format!("[INFO] [echonet.flask] last_block={block}"),
        format!(
            r#"[ERROR] [echonet.echo_center] Exception on /cende_recorder/write_blob [POST]
Traceback (most recent call last):
  File "/usr/local/lib/python3.11/site-packages/flask/app.py", line 1511, in wsgi_app
    response = self.full_dispatch_request()
               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/echonet/echo_center.py", line 1468, in write_blob
    return service.handle_write_blob()
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/echonet/echo_center.py", line 1025, in handle_write_blob
    to_store, block_commitments = self._transformer.transform_block(blob)
                                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
{last_words}"#
        ),
        r#"127.0.0.1 - - [27/Nov/2026:22:11:25 +0000] "POST /cende_recorder/write_blob HTTP/1.1" 500 265 "-" "-""#.to_owned(),
    ];
    [once.clone(), once].concat()
}

/// The first transaction of the posted block is not pending.
pub(super) fn key_error(tx: &str) -> String {
    format!(
        r#"  File "/app/echonet/shared_context.py", line 711, in get_sent_block_number
    return self._tx.currently_pending[tx_hash]
           ~~~~~~~~~~~~~~~~~~~~~~~~~~^^^^^^^^^
KeyError: '{tx}'"#
    )
}

/// The calculator of hashes is not where it should be.
pub(super) const NO_CALCULATOR: &str =
    "RuntimeError: Missing block-hash calculator CLI binary at: /data/echonet/bin/starknet_committer_and_os_cli";

/// The sequencer's infos are in another encoding.
pub(super) const UNDECODABLE: &str = "echonet.os_input_builder.OsInputBuildError: failed to decode compressed state_commitment_infos: 'utf-8' codec can't decode byte 0x80 in position 0: invalid start byte";

/// The page that the sequencer asks for before it proposes, and that this Echonet does not serve: once every second, here at most sixty times.
pub(super) fn no_witness_height(times: u64) -> Vec<String> {
    let asks = |second: u64, page: &str, answer: &str| {
        format!(r#"127.0.0.1 - - [27/Nov/2026:22:08:{second:02} +0000] "GET /cende_recorder/{page} HTTP/1.1" {answer} "-" "-""#)
    };
    let once = |second| [asks(second, "get_latest_received_block", "200 25"), asks(second, "get_witness_height_offset", "404 207")];
    (0..times.min(60)).flat_map(once).collect()
}

/// A look-up on Ethereum ends without an answer.
pub(super) const NO_L1_BLOCK: &str = "[ERROR] [echonet.l1_client] get_block_by_number failed after 2 attempts, returning None";

/// Pages that an investigator asked for in vain: a block that is not there yet, and a parameter that is spelt wrongly.
pub(super) fn investigator(block: u64) -> Vec<String> {
    vec![
        format!(
            r#"127.0.0.1 - - [27/Nov/2026:21:59:35 +0000] "GET /echonet/block_dump?blockNumber={block}&kind=block HTTP/1.1" 404 0 "-" "-""#
        ),
        r#"[ERROR] [echonet.echo_center] Exception on /echonet/block_dump [GET]
Traceback (most recent call last):
  File "/app/echonet/echo_center.py", line 1285, in handle_block_dump
    bn = int(args["blockNumber"])
             ~~~~^^^^^^^^^^^^^^^
KeyError: 'blockNumber'"#
            .to_owned(),
        format!(
            r#"127.0.0.1 - - [27/Nov/2026:21:59:35 +0000] "GET /echonet/block_dump?block_number={block}&kind=block HTTP/1.1" 500 265 "-" "-""#
        ),
    ]
}

/// A run of the Starknet OS fails; that is counted and nothing more.
pub(super) fn os_run(block: u64) -> Vec<String> {
    vec![
        format!(
            "[ERROR] [echonet.echo_center] OS runner worker for block {block} exited 1
stderr (last 4KB):
OS CLI run failed (exit 1) for block {block}; input dumped at /data/echonet/os_runs/block_{block}_failed/input.json"
        ),
        format!(
            r#"[ERROR] [echonet.flask] OS run failed for block {block} (wait=0.00s, run=0.47s, queue=0/30)
Traceback (most recent call last):
  File "/app/echonet/echo_center.py", line 917, in _os_run_worker
    self._transformer.run_os_subprocess(input_path, block_number)
subprocess.CalledProcessError: Command '['/usr/local/bin/python3', '-m', 'echonet.os_runner_worker']' returned non-zero exit status 1."#
        ),
    ]
}
