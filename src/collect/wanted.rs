//! What is asked for: what its source says to be worth it by what is known, and what was saved.

use std::collections::BTreeSet;

use crate::evidence::Request;
use crate::evidence::sources::Situation;
use crate::evidence::sources::volume_file;

/// What is known, and what was saved.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'w> {
    pub(super) seen: &'w Situation,
    pub(super) held: &'w BTreeSet<Request>,
}

impl Wanted<'_> {
    /// What is asked of sources that say by `worth` what of them is worth asking: those questions of which `part` makes something.
    pub(super) fn requested_parts<T: Ord>(
        &self,
        worth: &[fn(&Situation) -> Vec<Request>],
        part: impl Fn(&Request) -> Option<T>,
    ) -> BTreeSet<T> {
        let worth: Vec<Request> = worth.iter().flat_map(|it| it(self.seen)).collect();
        worth.iter().chain(self.held).filter_map(part).collect()
    }

    /// The files of Echonet's volume that are read.
    pub(super) fn files(&self) -> BTreeSet<String> {
        self.requested_parts(&[volume_file::worth], |it| match it {
            Request::VolumeFile { path } => Some(path.clone()),
            _ => None,
        })
    }
}
