//! Reads the statements of the real source: `WHYSYNC_SEQUENCER` names a checkout of the sequencer.

use std::path::{Path, PathBuf};

use whysync::evidence::statement::{StatementKind, WhyUnread, statements};

/// Beginnings of calls that write a log.
const CALLS: [&str; 8] = ["info!(", "warn!(", "error!(", "debug!(", "logger.info(", "logger.warning(", "logger.error(", "logger.debug("];

#[test]
#[ignore = "needs a checkout of starkware-libs/sequencer, named by WHYSYNC_SEQUENCER"]
fn nearly_every_log_statement_of_the_source_is_read() {
    let checkout = PathBuf::from(std::env::var_os("WHYSYNC_SEQUENCER").expect("WHYSYNC_SEQUENCER"));
    let mut files = Vec::new();
    list(&checkout, &mut files);
    assert!(files.len() > 100, "{} is no checkout of the sequencer", checkout.display());
    let (mut begun, mut read, mut unread) = (0, 0, Vec::new());
    for path in &files {
        let source = std::fs::read_to_string(path).expect("source is text");
        let name = path.to_str().expect("its name is text");
        let found = statements(name, &source);
        let code = source.lines().filter(|it| !it.trim_start().starts_with("//") && !it.trim_start().starts_with('#'));
        begun += code.filter(|line| CALLS.iter().any(|it| line.contains(it) && !line.contains(&format!("_{it}")))).count();
        read += found.all.iter().filter(|it| matches!(it.kind, StatementKind::Log { .. })).count();
        let broken = found.unread.iter().filter(|it| !matches!(it.why, WhyUnread::NotStated | WhyUnread::NoText));
        unread.extend(broken.map(|it| format!("{name}: {it:?}")));
    }
    assert!(begun > 300, "only {begun} statements begin in {} files", files.len());
    assert!(read * 100 >= begun * 97, "{read} of {begun} are read");
    assert!(unread.len() * 200 <= files.len(), "{unread:#?}");
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("a folder can be listed");
    for path in entries.map(|it| it.expect("an entry can be read").path()) {
        if path.is_dir() && !path.is_symlink() {
            list(&path, files);
        } else if path.extension().is_some_and(|it| it == "rs" || it == "py") {
            files.push(path);
        }
    }
}
