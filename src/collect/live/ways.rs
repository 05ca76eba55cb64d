//! Ways through the cluster that turned out to be closed: what would go there is not sent once more.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::fault::{AskFault, FaultKind};
use super::question::{EchonetRoute, Question};

/// The ways that somebody was refused on, by the pod that they lead to.
#[derive(Debug, Default)]
pub(super) struct Ways(Mutex<BTreeMap<String, Refused>>);

#[derive(Debug)]
struct Refused {
    times: u32,
    last: AskFault,
}

impl Ways {
    /// Notes that a question did not get through. A refusal of the cluster itself closes its way at once; where nobody listens at the end
    /// of it, it is closed when it was tried as often as anything is.
    pub(super) fn note(&self, question: &Question, fault: &AskFault, attempts: u32) {
        let Some(pod) = pod_of(question).filter(|_| fault.kind == FaultKind::Shut) else { return };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = all.entry(pod.to_owned()).or_insert_with(|| Refused { times: 0, last: fault.clone() });
        refused.times = if fault.status.is_some() { attempts } else { refused.times.saturating_add(1) };
        refused.last = fault.clone();
    }

    /// Why a question need not be sent: its way is closed.
    pub(super) fn closed(&self, question: &Question, attempts: u32) -> Option<AskFault> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(pod_of(question)?).filter(|it| attempts <= it.times).map(|it| it.last.clone())
    }
}

fn pod_of(question: &Question) -> Option<&str> {
    match question {
        Question::Echonet { way: EchonetRoute::PortForward { pod, .. }, .. } => Some(pod),
        _ => None,
    }
}
