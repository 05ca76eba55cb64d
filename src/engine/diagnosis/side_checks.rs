//! Puts the consistency of both sides into words.

use crate::facts::Case;
use crate::facts::consistency::{self, CheckResult, WrongValue};
use crate::findings::{AlteredCopy, CheckedSide, Consistency};

pub(super) fn report_side_checks(case: &Case<'_>) -> Vec<CheckedSide> {
    case.document.consistency.iter().map(|it| told(case, it)).collect()
}

fn told(case: &Case<'_>, it: &consistency::SideCheck) -> CheckedSide {
    CheckedSide {
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

/// A copy that a check shows not to be the block.
pub(super) fn altered(case: &Case<'_>, it: &consistency::SideCheck) -> AlteredCopy {
    let (side, block) = (it.side.name(), it.block);
    let why = match it.wrong.iter().find(|it| it.beside.is_some()) {
        // Nothing of it was hashed again: only what others say speaks against it.
        Some(wrong) => format!("{side}'s block {block} cannot be checked: {}", sentence(wrong)),
        None => format!("{side}'s block {block} in the evidence does not match the hashes it states, so it was altered or is incomplete"),
    };
    AlteredCopy { episode: case.episode.number, block, side: it.side, why }
}

fn sentence(wrong: &WrongValue) -> String {
    let recomputed = wrong.recomputed.as_ref().map(|it| format!(", its payload gives {it}")).unwrap_or_default();
    let node = wrong.node.as_ref().map(|it| format!(", the node had {it}")).unwrap_or_default();
    let fault = match wrong.fault {
        None => "",
        Some(consistency::Fault::Calculator) => ": whoever computed the stated one (the block-hash CLI) is wrong",
        Some(consistency::Fault::Transform) => ": Echonet's transformation of the blob is wrong",
        Some(consistency::Fault::Payload) => ": the payload that was kept is incomplete",
    };
    let beside = wrong.beside.as_ref().map(|it| format!(", but {it}")).unwrap_or_default();
    format!("the stated {} is {}{recomputed}{node}{fault}{beside}", wrong.field, wrong.stated)
}
