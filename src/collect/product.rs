//! Which files of a repository make the program that runs, told by their paths.

use crate::evidence::test_code::is_test_file;

/// What a file is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FileKind {
    /// Part of the product that a path belongs to.
    Product,
    /// A lock file with the versions of dependencies: it identifies changes that touch nothing else.
    Lock,
    /// Tests and their data, documents, generated files and build files.
    Beside,
}

/// Classifies a file by its path.
pub(super) fn kind(path: &str) -> FileKind {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_lock = name.ends_with(".lock") || name.ends_with("-lock.json");
    let is_beside_folder = |it: &str| matches!(it, "testing" | "doc" | "docs" | ".github");
    let is_document = [".md", ".rst", ".txt", ".snap"].iter().any(|it| name.ends_with(it));
    let is_generated = name == "config_schema.json" || name.contains("grafana") && name.ends_with(".json");
    if is_test_file(path) || folder.split('/').any(is_beside_folder) || is_document && name != "requirements.txt" || is_generated {
        FileKind::Beside
    } else if is_lock {
        FileKind::Lock
    } else {
        FileKind::Product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_what_is_part_of_the_program() {
        let cases = [
            ("crates/apollo_mempool/src/fifo_transaction_queue.rs", FileKind::Product),
            ("crates/apollo_mempool/src/fifo_mempool_test.rs", FileKind::Beside),
            ("crates/apollo_mempool/src/test_utils.rs", FileKind::Beside),
            ("crates/mempool_test_utils/src/starknet_api_test_utils.rs", FileKind::Beside),
            ("echonet/tests/conftest.py", FileKind::Beside),
            ("crates/central_systest_blobs/src/cende_blob_regression_test.rs", FileKind::Beside),
            ("crates/blockifier/src/execution/syscalls/syscall_tests/emit_event.rs", FileKind::Beside),
            ("crates/blockifier/resources/versioned_constants_diff_regression/0.14.2_0.14.3.txt", FileKind::Beside),
            ("crates/blockifier/resources/blockifier_versioned_constants_0_14_3.json", FileKind::Product),
            ("crates/apollo_dashboard/resources/dev_grafana.json", FileKind::Beside),
            ("crates/apollo_node/resources/config_schema.json", FileKind::Beside),
            ("crates/apollo_gateway/Cargo.toml", FileKind::Product),
            ("Cargo.lock", FileKind::Lock),
            (".github/workflows/blockifier_ci.yml", FileKind::Beside),
            ("echonet/l1_logic/tests/test_l1_manager.py", FileKind::Beside),
            ("echonet/echo_center.py", FileKind::Product),
            ("echonet/requirements.txt", FileKind::Product),
            ("README.md", FileKind::Beside),
        ];
        for (path, expected) in cases {
            assert_eq!(kind(path), expected, "{path}");
        }
    }
}
