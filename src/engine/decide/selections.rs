//! What paths select in a case document, looked up once for all rules and elements: a ledger may hold ten thousand items, and a rule is
//! decided for each of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Value;

use crate::engine::language::path::Path;

/// The values that each path selected so far.
#[derive(Debug, Default)]
pub(crate) struct Selections<'d> {
    known: RefCell<BTreeMap<String, Rc<[&'d Value]>>>,
}

impl<'d> Selections<'d> {
    /// The values that a path selects in `document`, in its order. It is the same document at every call.
    pub(super) fn select(&self, path: &Path, document: &'d Value) -> Rc<[&'d Value]> {
        if let Some(known) = self.known.borrow().get(path.text()) {
            return Rc::clone(known);
        }
        let selected: Rc<[&'d Value]> = path.select(document).into();
        self.known.borrow_mut().insert(path.text().to_owned(), Rc::clone(&selected));
        selected
    }
}
