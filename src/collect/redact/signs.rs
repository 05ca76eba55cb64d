//! What a secret starts with, its name or what stands before it: all signs are looked for in one pass.

use std::num::NonZero;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::edit::TOKEN_START;
use super::forms::{FORMS, SecretForm};
use super::secret_names::{CORES, PARAMETERS, SEPARATED_CORES};
use super::steps::walked;
use super::urls::{KEY_PATHS, PROVIDERS, REQUESTS, WEBHOOK_PATHS, WEBHOOKS};

/// A sign, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignHit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) sign: SecretSign,
}

/// The signs in a text, in order.
pub(super) fn hits(text: &str) -> Vec<SignHit> {
    walked(text.len());
    let most = text.len() / LEAST_PART;
    // To ask how many cores there are takes longer than to search a short text.
    let parts = if most < 2 { 1 } else { std::thread::available_parallelism().map_or(1, NonZero::get).min(most) };
    hits_in_parts(text, parts)
}

/// From so many bytes on, a part of a text is worth a thread. It bounds nothing that is read.
const LEAST_PART: usize = 4096 * 1024;

/// The signs in a text, of which each part is searched by a thread: those that begin in it, wherever they end.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
fn hits_in_parts(text: &str, parts: usize) -> Vec<SignHit> {
    let automaton = SIGNS.automaton(text.len());
    let length = text.len().div_ceil(parts.max(1)).max(1);
    let of_part = |start: usize| {
        let end = text.len().min(start + length);
        let seen = text.as_bytes().get(start..text.len().min(end + SIGNS.longest)).unwrap_or_default();
        let found = automaton.find_overlapping_iter(seen).filter_map(|it| {
            let sign = *SIGNS.signs.get(it.pattern().as_usize())?;
            Some(SignHit { start: start + it.start(), end: start + it.end(), sign })
        });
        // Names are found in any case, forms in their own.
        let is_one = |it: &SignHit| !matches!(it.sign, SecretSign::Form(form) if text.get(it.start..it.end) != Some(form.start));
        let mut hits: Vec<SignHit> = found.filter(|it| it.start < end).filter(is_one).collect();
        hits.sort_unstable_by_key(|it| (it.start, it.end));
        hits
    };
    let starts: Vec<usize> = (0..text.len()).step_by(length).collect();
    let Some((first, others)) = starts.split_first() else { return Vec::new() };
    std::thread::scope(|scope| {
        let others: Vec<_> = others.iter().map(|start| scope.spawn(|| of_part(*start))).collect();
        let mut hits = of_part(*first);
        for part in others {
            match part.join() {
                Ok(more) => hits.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        hits
    })
}
/// What was found to start somewhere.
#[derive(Debug, Clone, Copy)]
pub(super) enum SecretSign {
    Token,
    Armour,
    /// A part of a name.
    Name,
    Parameter,
    Form(&'static SecretForm),
    Jwt,
    Basic,
    Scheme,
    Provider,
    KeyPath,
    Request,
    Webhook(&'static str),
    WebhookPath(&'static str),
    /// What stands before the key of a Telegram bot.
    Bot,
    /// What stands in the secret of an application of Azure.
    Azure,
}

/// All signs, and two searches for them that find the same: the second is quicker, and takes longer to make than a small bundle to be
/// searched.
struct SignSearch {
    texts: Vec<String>,
    signs: Vec<SecretSign>,
    small: AhoCorasick,
    large: LazyLock<AhoCorasick>,
    searched: AtomicUsize,
    /// Length of the longest text, in bytes.
    longest: usize,
}

impl SignSearch {
    /// From so many bytes on, the larger automaton is worth its making.
    const WORTH_IT: usize = 512 * 1024;

    fn automaton(&self, bytes: usize) -> &AhoCorasick {
        let before = self.searched.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) < Self::WORTH_IT { &self.small } else { &self.large }
    }
}

#[expect(clippy::expect_used, reason = "nothing that is read decides whether the texts can be looked for")]
fn automaton(kind: AhoCorasickKind, texts: &[String]) -> AhoCorasick {
    let mut builder = AhoCorasick::builder();
    builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).kind(Some(kind));
    builder.build(texts).expect("fixed texts")
}

static SIGNS: LazyLock<SignSearch> = LazyLock::new(|| {
    let mut all: Vec<(String, SecretSign)> = Vec::new();
    let mut add = |text: &str, sign: SecretSign| all.push((text.to_owned(), sign));
    add(TOKEN_START, SecretSign::Token);
    add("-----BEGIN ", SecretSign::Armour);
    add("eyJ", SecretSign::Jwt);
    add("basic ", SecretSign::Basic);
    add("://", SecretSign::Scheme);
    add(":AA", SecretSign::Bot);
    add("Q~", SecretSign::Azure);
    for core in CORES {
        for separator in ["_", "-", " ", ""] {
            add(&core.replace('_', separator), SecretSign::Name);
            if !core.contains('_') {
                break;
            }
        }
    }
    SEPARATED_CORES.iter().for_each(|it| add(it, SecretSign::Name));
    PARAMETERS.iter().for_each(|it| ["?", "&"].iter().for_each(|before| add(&format!("{before}{it}="), SecretSign::Parameter)));
    FORMS.iter().for_each(|it| add(it.start, SecretSign::Form(it)));
    PROVIDERS.iter().for_each(|it| add(it, SecretSign::Provider));
    KEY_PATHS.iter().for_each(|it| add(it, SecretSign::KeyPath));
    REQUESTS.iter().for_each(|it| add(it, SecretSign::Request));
    WEBHOOKS.iter().for_each(|it| add(it, SecretSign::Webhook(it)));
    WEBHOOK_PATHS.iter().for_each(|it| add(it, SecretSign::WebhookPath(it)));
    let (texts, signs): (Vec<String>, Vec<SecretSign>) = all.into_iter().unzip();
    let small = automaton(AhoCorasickKind::ContiguousNFA, &texts);
    let large: LazyLock<AhoCorasick> = LazyLock::new(|| automaton(AhoCorasickKind::DFA, &SIGNS.texts));
    let longest = texts.iter().map(String::len).max().unwrap_or_default();
    SignSearch { texts, signs, small, large, searched: AtomicUsize::new(0), longest }
});

#[cfg(test)]
mod tests {
    use super::{SIGNS, hits_in_parts};

    #[test]
    fn both_searches_find_the_same_signs_in_any_case_and_across_each_other() {
        let joined = SIGNS.texts.concat();
        let overlapping: Vec<String> = SIGNS.texts.windows(2).map(|it| format!("{}{}", it[0].to_ascii_uppercase(), it[1])).collect();
        let mut found = 0;
        for text in overlapping.iter().chain([&joined, &joined.to_ascii_lowercase()]) {
            let [small, large] = [&SIGNS.small, &*SIGNS.large].map(|search| {
                let mut hits: Vec<_> = search.find_overlapping_iter(text).map(|it| (it.pattern(), it.start(), it.end())).collect();
                hits.sort_unstable();
                hits
            });
            assert_eq!(small, large, "{text}");
            found += small.len();
        }
        assert!(found > 2 * SIGNS.texts.len(), "{found}");
    }

    #[test]
    fn a_text_that_is_searched_in_parts_has_the_signs_that_it_has_as_a_whole() {
        let text = format!("{}é{}", SIGNS.texts.concat(), SIGNS.texts.join("\n"));
        let found = |parts: usize| hits_in_parts(&text, parts).into_iter().map(|it| format!("{it:?}")).collect::<Vec<_>>();
        let whole = found(1);
        assert!(whole.len() > 2 * SIGNS.texts.len(), "{}", whole.len());
        // Parts that are longer and shorter than what is looked for, so that edges fall within signs everywhere.
        for parts in [2, 3, 5, 7, 11, 100, 501, text.len() / 7] {
            assert_eq!(found(parts), whole, "{parts} parts");
        }
    }
}
