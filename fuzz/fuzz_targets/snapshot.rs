#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| whysync_fuzz::run("snapshot", input));
