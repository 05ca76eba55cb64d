//! The protocol version of the first block of Echonet's configured run. Costs Echonet one call to mainnet.

use super::bound::Bound;
use super::mark::Mark;
use super::page::Page;
use super::situation::Situation;
use super::source::{DiesWith, PageQueue, Place, RefusalMeaning, Saved, Source, Wire};
use crate::evidence::block::is_protocol_version;
use crate::evidence::{EvidenceName, Gathered, ParseError};

/// The source.
pub const SOURCE: Source = Source {
    wire: Wire::Echonet { page: "/echonet/get_starknet_version", turn: PageQueue::Small, refusal: RefusalMeaning::CostsMainnet },
    saved: Saved::At(&[Place::at("http/get_starknet_version.txt")]),
    recognised: &[Mark::Version],
    reads: &[&Here::ANSWER],
    gives: &[EvidenceName::Echonet],
    best_for: &[EvidenceName::Echonet],
    dies_with: DiesWith::Never,
    limits: &[Bound::Answer, Bound::Together],
    says: "once, and not again when it fails: it costs a call to mainnet",
};

/// The page.
#[derive(Debug)]
pub struct Here;

impl Page for Here {
    type Slot = Gathered<String>;
    const SAYS: &'static str = "Mainnet's protocol version at the first block of the configured run.";

    /// A version such as `0.14.3`.
    fn parse(body: &str) -> Result<String, ParseError> {
        let version = body.trim();
        if is_protocol_version(version) { Ok(version.to_owned()) } else { Err(ParseError::new("the body is not a version")) }
    }

    fn worth(_: &Situation) -> Vec<()> {
        vec![()]
    }

    fn called((): &()) -> String {
        "the version".to_owned()
    }

    fn shown(version: &String) -> String {
        version.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_is_one() {
        assert_eq!(Here::parse("0.14.3\n").as_deref(), Ok("0.14.3"));
        assert_eq!(Here::parse("0.13.1.1").as_deref(), Ok("0.13.1.1"));
        for body in ["", "7", "0.14.", "0.14.x", "<!doctype html>", "0.14.3 and more"] {
            assert!(Here::parse(body).is_err(), "{body}");
        }
    }
}
