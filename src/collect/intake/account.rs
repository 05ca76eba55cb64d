//! What becomes of each file: none is forgotten.

use std::collections::BTreeMap;

use crate::collect::redact::redact;
use crate::evidence::files::{FileLeft, FileRead, Files};

/// What becomes of each piece, by its path.
#[derive(Debug, Default)]
pub(in crate::collect) struct IntakeAccount {
    fates: BTreeMap<String, PieceFate>,
}

/// How a piece is used.
#[derive(Debug)]
enum PieceFate {
    /// Not decided yet.
    Open,
    /// It answers these questions.
    Read { answers: Vec<String>, although: Option<String> },
    /// Something else was used.
    Unused(String),
    /// Nothing in it could be recognised.
    NotRecognised(String),
    /// It was never opened.
    Refused(String),
}

impl IntakeAccount {
    /// Of all that was found, with nothing decided but what was refused.
    pub(in crate::collect) fn from_pieces<'p>(pieces: impl Iterator<Item = &'p str>, refused: &BTreeMap<String, String>) -> Self {
        let open = pieces.map(|it| (it.to_owned(), PieceFate::Open));
        let refused = refused.iter().map(|(path, why)| (path.clone(), PieceFate::Refused(why.clone())));
        Self { fates: open.chain(refused).collect() }
    }

    /// It is read, as this. What is read as something is not unused, whatever else is in it.
    pub(in crate::collect) fn read(&mut self, path: &str, answer: String, although: Option<String>) {
        match self.fates.get_mut(path) {
            Some(PieceFate::Read { answers, although: before }) => {
                if !answers.contains(&answer) {
                    answers.push(answer);
                }
                *before = before.take().or(although);
            }
            _ => {
                self.fates.insert(path.to_owned(), PieceFate::Read { answers: vec![answer], although });
            }
        }
    }

    /// It is not used, because of this.
    pub(super) fn unused(&mut self, path: &str, why: String) {
        if !matches!(self.fates.get(path), Some(PieceFate::Read { .. })) {
            self.fates.insert(path.to_owned(), PieceFate::Unused(why));
        }
    }

    /// Nothing can be taken from it: it looks like this.
    pub(in crate::collect) fn not_recognised(&mut self, path: &str, why: String) {
        self.fates.insert(path.to_owned(), PieceFate::NotRecognised(why));
    }

    /// Converts it into the form that a bundle stores.
    pub(in crate::collect) fn into_files(self) -> Files {
        let mut files = Files { given: self.fates.len() as u64, ..Files::default() };
        for (path, fate) in self.fates {
            // A path can hold what nobody may see.
            let path = redact(&path).text.into_owned();
            match fate {
                PieceFate::Read { answers, although } => files.read.push(FileRead { path, r#as: answers.join("; "), although }),
                PieceFate::Unused(why) => files.unused.push(FileLeft { path, why }),
                PieceFate::NotRecognised(why) => files.not_recognised.push(FileLeft { path, why }),
                PieceFate::Refused(why) => files.refused.push(FileLeft { path, why }),
                PieceFate::Open => files.unused.push(FileLeft { path, why: "whysync has no use for it".to_owned() }),
            }
        }
        files
    }
}
