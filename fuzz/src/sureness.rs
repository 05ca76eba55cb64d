//! How sure an answer is: whatever is lost or damaged, it may become less sure, and never surer.

use std::collections::BTreeSet;

use whysync::findings::{CauseCertainty, ClaimExtent, Diagnosis, Explains, Scope, Verdict};

/// How sure an answer is, as far as damage must not raise it.
#[derive(Debug, Clone)]
pub(crate) struct Sureness {
    verdict: Verdict,
    /// Rules that explain causes.
    causes: BTreeSet<String>,
    /// Those of them whose cause is established.
    established: BTreeSet<String>,
    /// Rules whose claims are proved to be the whole difference.
    proved: BTreeSet<String>,
}

impl Sureness {
    pub(crate) fn from_diagnosis(diagnosis: &Diagnosis) -> Self {
        let causes = || diagnosis.findings.iter().filter(|it| it.scope == Scope::RootCause && it.explains == Explains::Cause);
        let proved = diagnosis.findings.iter().filter(|it| it.extent == ClaimExtent::Proved);
        Self {
            verdict: diagnosis.verdict,
            causes: causes().map(|it| it.rule.clone()).collect(),
            established: causes().filter(|it| it.cause == CauseCertainty::Established).map(|it| it.rule.clone()).collect(),
            proved: proved.map(|it| it.rule.clone()).collect(),
        }
    }

    /// What is surer than `before`; none if nothing is.
    pub(crate) fn rise(&self, before: &Self) -> Option<String> {
        let is_calm = |verdict: Verdict| matches!(verdict, Verdict::Explained | Verdict::NoDivergence);
        let new = |now: &BTreeSet<String>, then: &BTreeSet<String>| now.difference(then).cloned().collect::<Vec<_>>().join(", ");
        let established = new(&self.established, &before.established);
        let proved = new(&self.proved, &before.proved);
        let causes = new(&self.causes, &before.causes);
        if self.verdict == Verdict::NoDivergence && before.verdict != Verdict::NoDivergence {
            Some("nothing diverged".to_owned())
        } else if !established.is_empty() {
            Some(format!("established: {established}"))
        } else if !proved.is_empty() {
            Some(format!("proved: {proved}"))
        } else if self.verdict == Verdict::Explained && !causes.is_empty() {
            Some(format!("explained by {causes}"))
        } else if is_calm(self.verdict) && !is_calm(before.verdict) {
            Some(format!("{} became {}", before.verdict, self.verdict))
        } else {
            None
        }
    }
}
