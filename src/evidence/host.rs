//! Whom a question goes to. Only of Echonet and the sequencer is anything that runs here ([`Program`](super::Program)): mainnet's feeder
//! gateway and Cloud Logging answer, and are nobody whose pods, log or code could be looked at.

/// Whom a question goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// The cluster, be it for what is behind it.
    Cluster,
    /// Cloud Logging.
    CloudLogging,
    /// Mainnet's feeder gateway.
    Mainnet,
    /// Echonet itself: at a URL of the user's, or at the end of a port-forward.
    Echonet,
}

/// With what the words of a question to Cloud Logging begin.
pub(crate) const LOG_ENTRIES: &str = "entries:list";
/// With what the words of a question to mainnet's feeder gateway end.
pub(crate) const TO_MAINNET: &str = "(mainnet)";
/// With what the words of a question to Echonet itself end.
pub(crate) const TO_ECHONET: &str = "(Echonet)";

impl Host {
    /// Every host that can be asked.
    pub const ALL: [Self; 4] = [Self::Cluster, Self::CloudLogging, Self::Mainnet, Self::Echonet];

    /// Whom a question went to, by its words.
    #[must_use]
    pub(crate) fn from_question(asked: &str) -> Self {
        if asked.starts_with(LOG_ENTRIES) {
            Self::CloudLogging
        } else if asked.ends_with(TO_MAINNET) {
            Self::Mainnet
        } else if asked.ends_with(TO_ECHONET) {
            Self::Echonet
        } else {
            Self::Cluster
        }
    }
}
