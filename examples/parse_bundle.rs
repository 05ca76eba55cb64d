//! Reads a bundle into its types and does nothing else: what `benches/peers.py` measures a diagnosis against.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "an edge of its own, which reads one file and says one line")]

use std::error::Error;

use whysync::evidence::Bundle;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("name a bundle")?;
    let bundle: Bundle = serde_json::from_slice(&std::fs::read(path)?)?;
    println!("{} episodes", bundle.episodes.len());
    Ok(())
}
