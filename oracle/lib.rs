//! Holds whysync's arithmetic of commitments to Starknet's own: see `tests/oracle.rs`.
