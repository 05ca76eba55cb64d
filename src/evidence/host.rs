//! The systems that whysync sends requests to. Only Echonet and the sequencer are programs of the deployment ([`Program`](super::Program)):
//! mainnet's feeder gateway and Cloud Logging answer requests, but they have no pods, logs or code that we could look at.

/// Makes of the list: the type, and the list of its values.
macro_rules! hosts {
    ($($(#[doc = $doc:literal])+ $name:ident,)+) => {
        /// Whom a question goes to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Host {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Host {
            /// All of them, in the order of the type.
            pub const ALL: [Self; [$(Host::$name),+].len()] = [$(Self::$name),+];
        }
    };
}

hosts! {
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
    /// Whom a question went to, by its words.
    #[must_use]
    pub(crate) fn from_question(asked: &str) -> Self {
        let says = |it: &Self| match it {
            Self::CloudLogging => asked.starts_with(LOG_ENTRIES),
            Self::Mainnet => asked.ends_with(TO_MAINNET),
            Self::Echonet => asked.ends_with(TO_ECHONET),
            // The words of nobody else's questions tell whom they went to.
            Self::Cluster => false,
        };
        Self::ALL.into_iter().find(says).unwrap_or(Self::Cluster)
    }
}
