//! Puts the consistency of both sides into words.

use crate::facts::Case;
use crate::facts::consistency::{self, CheckResult, WrongValue};
use crate::findings::{Consistency, SideCheck};

pub(super) fn of(case: &Case<'_>) -> Vec<SideCheck> {
    case.document.consistency.iter().map(|it| told(case, it)).collect()
}

pub(super) fn told(case: &Case<'_>, it: &consistency::SideCheck) -> SideCheck {
    SideCheck {
        episode: case.episode.number,
        block: it.block,
        side: it.side.name().to_owned(),
        result: match it.result {
            CheckResult::Consistent => Consistency::Consistent,
            CheckResult::Inconsistent => Consistency::Inconsistent,
            CheckResult::Unknown => Consistency::Unknown,
        },
        wrong: it.wrong.iter().map(sentence).collect(),
        gap: it.gap.clone(),
    }
}

fn sentence(wrong: &WrongValue) -> String {
    let recomputed = wrong.recomputed.as_ref().map(|it| format!(", its payload gives {it}")).unwrap_or_default();
    let node = wrong.node.as_ref().map(|it| format!(", the node had {it}")).unwrap_or_default();
    let fault = match wrong.fault {
        None => "",
        Some(consistency::Fault::Calculator) => ": whoever computed the stated one (the block-hash CLI) is wrong",
        Some(consistency::Fault::Transform) => ": Echonet's transformation of the blob is wrong",
        Some(consistency::Fault::Payload) => ": the payload that was kept is not all of it",
    };
    format!("{} is stated as {}{recomputed}{node}{fault}", wrong.field, wrong.stated)
}
