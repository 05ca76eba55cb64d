//! What a lineage says of each deployed code, and what the clone could not tell.

use crate::evidence::history::ShortId;
use crate::evidence::lineage::{PatchIdExtent, Resolution};
use crate::evidence::{Bundle, Lineage};
use crate::render::visible;

/// Says which commit each deployed code was found to be, and what the clone could not tell.
pub(super) fn tell(bundle: &Bundle) {
    bundle.lineage.value().into_iter().for_each(tell_gaps);
    for code in bundle.lineage.value().into_iter().flat_map(|it| &it.deployed) {
        match &code.commit {
            Resolution::Commit(commit) => eprintln!("{}: {} ({})", visible(&code.name()), commit.sha, visible(&commit.by)),
            Resolution::Unknown(why) => eprintln!("{}: commit unknown, {}", visible(&code.name()), visible(why)),
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
        eprintln!("no patch ids: {}", visible(why));
    }
    if let Some(unread) = &lineage.unread {
        let commits: Vec<String> = ShortId::unpack(&unread.commits).unwrap_or_default().iter().map(ToString::to_string).collect();
        eprintln!("{} deployed commits have no patch id, {}: {}", commits.len(), visible(&unread.why), named(&commits));
    }
    if let Some(signs) = &lineage.content {
        if !signs.absent.is_empty() {
            eprintln!("{} commits that rules name are not in the clone: {}", signs.absent.len(), named(&signs.absent));
        }
        for it in &signs.unread {
            eprintln!("the lines of {} were not compared: {}", it.commit.get(..10).unwrap_or(&it.commit), visible(&it.why));
        }
    }
}
