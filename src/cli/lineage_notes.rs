//! What a lineage says about each piece of deployed code, and what the clone could not tell.

use super::output::say;
use crate::evidence::history::ShortId;
use crate::evidence::lineage::{PatchIdExtent, Resolution};
use crate::evidence::{Bundle, Lineage};

/// Says which commit each deployed code was found to be, and what the clone could not tell.
pub(super) fn tell(bundle: &Bundle) {
    bundle.lineage.value().into_iter().for_each(tell_gaps);
    for code in bundle.lineage.value().into_iter().flat_map(|it| &it.deployed) {
        match &code.commit {
            Resolution::Commit(commit) => say(&format!("{}: {} ({})", code.name(), commit.sha, commit.by)),
            Resolution::Unknown(why) => say(&format!("{}: commit unknown, {}", code.name(), why)),
        }
    }
}

/// What the clone lacks has cost an answer: that is never silent.
fn tell_gaps(lineage: &Lineage) {
    const SHOWN: usize = 5;
    let named = |all: &[String]| {
        let more = all.len().saturating_sub(SHOWN);
        let shown: Vec<&str> = all.iter().take(SHOWN).map(|it| it.get(..10).unwrap_or(it)).collect();
        if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
    };
    if let PatchIdExtent::Nothing(why) = &lineage.patch_ids {
        say(&format!("no patch ids: {}", why));
    }
    if let Some(unread) = &lineage.unread {
        let commits: Vec<String> = ShortId::unpack(&unread.commits).unwrap_or_default().iter().map(ToString::to_string).collect();
        say(&format!("{} deployed commits have no patch id, {}: {}", commits.len(), unread.why, named(&commits)));
    }
    if let Some(signs) = &lineage.content {
        if !signs.absent.is_empty() {
            say(&format!("{} commits that rules name are not in the clone: {}", signs.absent.len(), named(&signs.absent)));
        }
        for it in &signs.unread {
            say(&format!("the lines of {} were not compared: {}", it.commit.get(..10).unwrap_or(&it.commit), it.why));
        }
    }
}
