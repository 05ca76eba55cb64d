//! What Echonet's smaller pages say, beside its report and its blocks: the state at the moment of collecting, after the last resync.
//!
//! Echonet is asked for it and not the cluster, so it is a part of the bundle of its own and none of the deployment.

use super::EchonetPages;
use super::page::{Doubt, Page, See, Slot};

/// A struct with a field for each page, and what goes through all of them.
macro_rules! echonet_pages {
    ($($page:ident)+) => {
        /// The answers of Echonet's small pages.
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct EchonetPages {
            /// The report as text; asked for only where the report itself could not be had or read.
            #[serde(skip_serializing_if = "Gathered::is_not_asked")]
            pub report_text: Gathered<ReportText>,
            $(
                #[doc = concat!("What the page [`", stringify!($page), "`] says.")]
                #[serde(skip_serializing_if = "Slot::is_unasked")]
                #[schemars(description = <$page::Here as Page>::SAYS)]
                pub $page: <$page::Here as Page>::Slot,
            )+
        }

        impl EchonetPages {
            /// Shows every page but the report as text, in the order of the table.
            pub fn each<'b>(&'b self, seer: &mut impl See<'b>) {
                $(seer.see::<$page::Here>(&self.$page);)+
            }

            /// Asks for every page but the report as text.
            pub fn filled(report_text: Gathered<ReportText>, asking: &mut impl Fill) -> Self {
                Self { report_text, $($page: asking.fill::<$page::Here>(),)+ }
            }
        }
    };
}

pub(super) use echonet_pages;

impl EchonetPages {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why not everything is known that was asked for; none if it is. That a transaction is not known is an answer, and signatures say nothing.
    #[must_use]
    pub fn gap(&self) -> Option<String> {
        if self.is_empty() {
            return Some("was not collected".to_owned());
        }
        let mut first = FirstGap(None);
        self.each(&mut first);
        first.0
    }
}

/// The first gap among the pages.
struct FirstGap(Option<String>);

impl See<'_> for FirstGap {
    fn see<P: Page>(&mut self, slot: &P::Slot) {
        let answers = slot.answers();
        let mut gaps = answers.iter().filter(|(_, it)| match P::DOUBT {
            Doubt::Always => true,
            Doubt::UnlessAbsent => !it.is_absent(),
            Doubt::Never => false,
        });
        self.0 = self.0.take().or_else(|| gaps.find_map(|(key, it)| Some(format!("{} {}", P::called(key), it.gap()?))));
    }
}
