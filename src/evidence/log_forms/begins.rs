//! Which program of ours begins to say something in a line.

use crate::evidence::record_start::{RecordKind, Start, TASK_ENDED, THREAD_ENDED, is_panic};
use crate::evidence::{Program, Timestamp};

/// How a line begins a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineStart {
    /// The program that wrote the line.
    pub(super) program: Program,
    /// The time that an event of the sequencer, or a line of Echonet's web server, states.
    stated: Option<Timestamp>,
    /// Whether lines may follow that belong to it.
    pub(super) may_go_on: bool,
}

/// How Python begins to say where an error came from.
const TRACEBACK: &str = "Traceback (most recent call last):";

impl LineStart {
    /// Reads a line; none if no program of ours begins to say something in it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let of = |program| Self { program, stated: None, may_go_on: true };
        if is_panic(text) {
            return Some(of(Program::Sequencer));
        }
        if [THREAD_ENDED, TASK_ENDED, TRACEBACK].iter().any(|it| text.starts_with(it)) {
            return Some(of(Program::Echonet));
        }
        let start = Start::read(text)?;
        match start.kind {
            RecordKind::Echonet => Some(of(Program::Echonet)),
            RecordKind::Gunicorn | RecordKind::AccessLog => Some(Self { stated: start.at, ..of(Program::Echonet) }),
            // A message alone is said to be one by the form that holds it, and by nothing in it.
            RecordKind::SequencerJson if start.level.is_some() => {
                Some(Self { stated: start.at, may_go_on: !text.starts_with('{'), ..of(Program::Sequencer) })
            }
            RecordKind::SequencerJson | RecordKind::Other => None,
        }
    }

    /// The time that an event of the sequencer states.
    pub(super) fn stated_by_event(&self) -> Option<Timestamp> {
        match self.program {
            Program::Echonet => None,
            Program::Sequencer => self.stated,
        }
    }

    /// The time that a line of Echonet's web server states.
    pub(super) fn stated_by_server(&self) -> Option<Timestamp> {
        match self.program {
            Program::Echonet => self.stated,
            Program::Sequencer => None,
        }
    }
}

/// The program whose container this is.
pub(super) fn of_container(name: &str) -> Option<Program> {
    Program::ALL.into_iter().find(|it| match it {
        Program::Echonet => name == "echonet",
        Program::Sequencer => name.starts_with("sequencer") || name.starts_with("apollo"),
    })
}

/// The program whose pod this is.
pub(super) fn of_pod(name: &str) -> Option<Program> {
    Program::ALL.into_iter().find(|it| match it {
        Program::Echonet => name.starts_with("echonet"),
        Program::Sequencer => of_container(name) == Some(Program::Sequencer),
    })
}

/// The program that a file name mentions.
pub(super) fn of_file(name: &str) -> Option<Program> {
    let name = name.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    // Namespaces of Echonet are named for it, and are in the names of both programs' files.
    Program::ALL.into_iter().rev().find(|it| match it {
        Program::Echonet => name.contains("echonet"),
        Program::Sequencer => name.contains("sequencer") || name.contains("apollo"),
    })
}
