//! Laws that every format keeps, and what the formats say word for word.

mod exhibits;
pub(crate) mod fixtures;
mod laws;
mod order;
pub(crate) mod open;
mod simulated;
mod snapshots;
mod together;

use whysync::render::{FORMATS, Format, named};

/// Every format but these: one that is registered is covered without being named here or there.
pub(crate) fn formats_but(except: &[&str]) -> impl Iterator<Item = &'static Format> {
    let except: Vec<&str> = except.iter().map(|it| named(it).expect("a format").name).collect();
    FORMATS.iter().filter(move |it| !except.contains(&it.name))
}
