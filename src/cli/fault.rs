//! A bug in whysync itself: what it prints then, and what is left behind.

use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::process;

use super::exit::Exit;
use crate::investigate;
use crate::render::visible;

/// From now on a panic, on whichever thread, ends the program: with one sentence, no path of this machine, and no file that is not whole.
/// One in a question to a deployment does not: it becomes the reason why there is no answer.
pub(super) fn end_on_panic() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        // Who develops whysync asks for more.
        if std::env::var_os("RUST_BACKTRACE").is_some_and(|it| it != "0") {
            usual(info);
        }
        if investigate::is_asking() {
            return;
        }
        let words = words(&place(info), &investigate::abandon());
        // Nobody is left who could be told that it was not said.
        let _ = std::io::stderr().lock().write_all(words.as_bytes());
        process::exit(Exit::Fault.code().into());
    }));
}

/// Where it happened, in our own source. The message may quote evidence, and says little without the source.
fn place(info: &PanicHookInfo<'_>) -> String {
    let own = info.location().filter(|it| it.file().starts_with("src/"));
    own.map(|it| format!(" ({}:{})", it.file(), it.line())).unwrap_or_default()
}

fn words(place: &str, written: &[std::path::PathBuf]) -> String {
    let outcome = match written {
        [] => "nothing was written".to_owned(),
        files => {
            let files: Vec<String> = files.iter().map(|it| visible(&it.to_string_lossy()).into_owned()).collect();
            format!("nothing was written after {}", files.join(", "))
        }
    };
    format!(
        "this is a fault of whysync{place}, {outcome}\nplease report it, with the command and the version ({})\n",
        env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Names the file that the process that panics writes before, if its name says so.
    const FOLDER: &str = "WHYSYNC_TEST_FOLDER";

    #[test]
    fn a_panic_says_whose_fault_it_is_and_leaves_nothing_half_written() {
        if let Some(folder) = std::env::var_os(FOLDER) {
            return panicking(Path::new(&folder));
        }
        for (name, outcome) in [("new", "nothing was written\n"), ("after", "nothing was written after ")] {
            let folder = tempfile::tempdir().expect("a folder");
            let target = folder.path().join(name);
            let mut command = process::Command::new(std::env::current_exe().expect("this program"));
            command.args(["--exact", "cli::fault::tests::a_panic_says_whose_fault_it_is_and_leaves_nothing_half_written", "--nocapture"]);
            let output = command.env(FOLDER, &target).env_remove("RUST_BACKTRACE").output().expect("it runs");
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(70), "{said}");
            assert!(said.starts_with("this is a fault of whysync (src/cli/fault.rs:") && said.contains(outcome), "{said}");
            assert!(!said.contains("CANARY") && !said.contains("backtrace") && !said.contains(".cargo"), "{said}");
            let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|it| it.file_name()).collect();
            assert_eq!(left, if name == "new" { Vec::new() } else { vec!["after"] }, "{said}");
        }
    }

    /// Panics on a thread of its own.
    fn panicking(target: &Path) {
        end_on_panic();
        if target.ends_with("after") {
            investigate::write(target, b"whole").expect("written");
        }
        std::thread::scope(|scope| {
            scope.spawn(|| panic!("CANARY"));
        });
    }
}
