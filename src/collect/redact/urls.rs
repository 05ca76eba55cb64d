//! Secrets in URLs: who signs in, keys in paths, addresses of webhooks. Also where the host and the path of a URL stand apart.

#![expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]

use std::ops::Range;

use super::edit::{Edit, SecretKind};
use super::looks::{is_hex_number, is_key, is_words, looks_random};
use super::steps::walked;

/// Providers that put the key into the path of the URL, by what stands in the names of their hosts.
pub(super) const PROVIDERS: &[&str] = &[
    "alchemy",
    "alchemyapi",
    "infura",
    "quiknode",
    "quicknode",
    "ankr",
    "blastapi",
    "bwarelabs",
    "chainstack",
    "p2pify",
    "drpc",
    "nodereal",
    "getblock.io",
    "tenderly",
    "blockpi",
    "lava.build",
    "onfinality",
    "pokt.network",
    "grove.city",
    "nownodes",
    "chainnodes",
    "zan.top",
    "allthatnode",
    "1rpc.io",
    "llamarpc",
    "dwellir",
    "rivet.cloud",
    "moralis-nodes",
    "validationcloud",
    "thirdweb",
    "unifra",
    "figment",
    "chainbase",
    "omniatech",
    "nodies",
    "stackup",
    "pimlico",
    "biconomy",
    "blockdaemon",
    "nodefleet",
    "syndica",
    "helius",
    "shyft.to",
    "bloxroute",
    "merkle.io",
    "spearnode",
    "rpcfast",
    "nethermind.io",
    "reddio",
    "alphanode",
    "kintsu",
    "flare.network",
];

/// Addresses that are their own protection: what the path follows, by what stands before it.
pub(super) const WEBHOOKS: &[&str] = &[
    "hooks.slack.com/",
    "discord.com/api/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "api.telegram.org/bot",
    "events.pagerduty.com/integration/",
    "hooks.zapier.com/hooks/catch/",
    "maker.ifttt.com/trigger/",
    "hc-ping.com/",
    "hooks.opsgenie.com/",
    "outlook.office.com/webhook/",
    "hook.integromat.com/",
    "hook.make.com/",
    "alert.victorops.com/integrations/",
];

/// What a path alone shows to be a webhook's, as a log has it that names the host elsewhere.
pub(super) const WEBHOOK_PATHS: &[&str] = &["/services/T", "/webhooks/", "/webhookb2/", "/workflows/T", "/triggers/T"];

/// What stands before the path of a request whose host stands elsewhere.
pub(super) const REQUESTS: &[&str] = &["with url: /", "POST /", "GET /", "PUT /", "HEAD /"];

/// Paths that many providers have before the key.
pub(super) const KEY_PATHS: &[&str] = &["/v2/", "/v3/"];

/// Whether a byte can be of a host.
const fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// Whether a byte can be of a path or what follows it.
fn is_of_path(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'(' | b')' | b'\\' | b',' | b';' | b'`' | b'{' | b'}')
        && byte.is_ascii()
}

/// The end of the path that starts at `start`.
fn path_end(text: &str, start: usize) -> usize {
    let length = text.bytes().skip(start).take_while(|it| is_of_path(*it)).count();
    walked(length);
    start + length
}

/// Who signs in: what is between `://` and `@`, where `start` is behind `://`. With what is searched to no effect.
pub(super) fn user(text: &str, start: usize) -> Result<Edit, usize> {
    let bytes = text.as_bytes();
    let is_end = |it: u8| it.is_ascii_whitespace() || matches!(it, b'"' | b'\'' | b'<' | b'>' | b'\\' | b'`') || !it.is_ascii();
    // A URL that another one follows in the run is none of its password.
    let rest = bytes.get(start..).unwrap_or_default();
    let ends = |(at, byte): (usize, &u8)| is_end(*byte) || rest.get(at..).is_some_and(|it| it.starts_with(b"://"));
    let run = rest.iter().enumerate().position(ends).unwrap_or(rest.len());
    walked(run);
    let all = rest.get(..run).unwrap_or_default();
    let authority = all.iter().position(|it| matches!(it, b'/' | b'?' | b'#')).unwrap_or(all.len());
    let last_at = |it: &[u8]| it.iter().rposition(|it| *it == b'@');
    let port = all.get(..authority).and_then(|it| it.iter().position(|it| *it == b':')).and_then(|it| all.get(it + 1..authority));
    let is_password = port.is_some_and(|it| !it.iter().all(u8::is_ascii_digit));
    let end = match last_at(all.get(..authority).unwrap_or_default()) {
        Some(end) => end,
        // A password may hold a slash.
        None if is_password => last_at(all).ok_or(start + authority)?,
        None => return Err(start + authority),
    };
    let user = text.get(start..start + end).unwrap_or_default();
    let is_secret = match user.split_once(':') {
        Some((_, password)) => !password.is_empty(),
        None => looks_random(user) && 8 <= user.len(),
    };
    if is_secret && !user.contains('«') { Ok(Edit::new(SecretKind::BasicAuth, start..start + end, user)) } else { Err(start + end) }
}

/// The key in the path behind a provider's host, of which `name` is a part. Else the end of the host, which needs no second look.
pub(super) fn provider(text: &str, name: Range<usize>, looked_until: usize) -> Result<Edit, usize> {
    const INNOCENT: [&str; 8] = ["docs.", "www.", "dashboard.", "status.", "support.", "blog.", "help.", "auth."];
    let bytes = text.as_bytes();
    let before = bytes.get(looked_until..name.start).unwrap_or_default();
    let start = name.start - before.iter().rev().take_while(|it| is_of_host(**it)).count();
    let end = name.end + bytes.iter().skip(name.end).take_while(|it| is_of_host(**it)).count();
    walked(end - start);
    let host = text.get(start..end).unwrap_or_default();
    if !host.contains('.') || INNOCENT.iter().any(|it| host.starts_with(it)) {
        return Err(end);
    }
    let port =
        bytes.get(end).filter(|it| **it == b':').map_or(0, |_| 1 + bytes.iter().skip(end + 1).take_while(|it| it.is_ascii_digit()).count());
    let path = match bytes.get(end + port) {
        Some(b'/') => end + port + 1,
        _ => path_apart(text, end + port).ok_or(end)?,
    };
    key_in_path(text, path).ok_or(end)
}

/// Where the path of a request starts that the same line names after its host, as urllib3 and requests do.
fn path_apart(text: &str, host_end: usize) -> Option<usize> {
    /// In bytes: `', port=443): Max retries exceeded with url: /` and the like.
    const FAR: usize = 96;
    let rest = text.get(host_end..)?;
    let near = rest.bytes().take(FAR).take_while(|it| *it != b'\n' && it.is_ascii()).count();
    let near = rest.get(..near)?;
    walked(near.len());
    REQUESTS.iter().filter_map(|it| near.find(it).map(|at| host_end + at + it.len())).min()
}

/// The end of the part of a path that starts at `start`.
fn part_end(text: &str, start: usize) -> usize {
    let length = text.bytes().skip(start).take_while(|it| is_of_path(*it) && !matches!(it, b'/' | b'?' | b'#' | b'&')).count();
    walked(length);
    start + length
}

/// What may follow a URL in a sentence or a log, and is none of it.
const BEHIND: [char; 7] = ['.', ':', '?', '!', '/', ']', '|'];

/// What a commit follows in a path.
pub(super) const COMMITS: [&str; 12] =
    ["commit", "commits", "tree", "trees", "blob", "blobs", "raw", "archive", "tarball", "zipball", "compare", "statuses"];

/// The first part of a path that `is_key` holds for, if only plain words stand before it.
fn first_key(text: &str, mut at: usize, is_key: impl Fn(&str) -> bool) -> Option<Range<usize>> {
    /// Maximum number of plain words.
    const MOST: usize = 8;
    let mut before = "";
    for _ in 0..MOST {
        let end = part_end(text, at);
        let part = text.get(at..end)?;
        let bare = part.trim_end_matches(BEHIND);
        if is_key(bare) && !COMMITS.contains(&before) {
            return Some(at..at + bare.len());
        }
        before = bare;
        if !is_path_word(bare) || text.as_bytes().get(end) != Some(&b'/') {
            return None;
        }
        at = end + 1;
    }
    None
}

/// The key in a path of a provider, from its first part that is no plain word to the end.
fn key_in_path(text: &str, start: usize) -> Option<Edit> {
    const SHORTEST: usize = 6;
    let first = first_key(text, start, |it| !is_path_word(it))?;
    let key = text.get(first.start..path_end(text, first.end))?.trim_end_matches(BEHIND);
    (SHORTEST <= key.len() || key.contains('/')).then(|| Edit::new(SecretKind::UrlKey, first.start..first.start + key.len(), longest(key)))
}

/// One key under several paths is one secret.
fn longest(key: &str) -> &str {
    key.split(['/', '?', '&', '=']).max_by_key(|it| it.len()).unwrap_or(key)
}

/// Whether this part of a path is none of a key: a word, a version, a hash.
fn is_path_word(part: &str) -> bool {
    let is_version =
        part.strip_prefix('v').is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit() || matches!(it, b'_' | b'.')));
    const LONGEST_WORD: usize = 24;
    part.is_empty() || is_version || is_hex_number(part) || (is_words(part) && part.len() < LONGEST_WORD)
}

/// A key behind `/v2/` or `/v3/` without a host.
pub(super) fn key_behind(text: &str, start: usize) -> Option<Edit> {
    const SHORTEST: usize = 16;
    let length = text.bytes().skip(start).take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')).count();
    walked(length);
    let key = text.get(start..start + length)?;
    let is_secret = SHORTEST <= length && !is_hex_number(key) && !is_words(key);
    is_secret.then(|| Edit::new(SecretKind::UrlKey, start..start + length, key))
}

/// A key in the path of a request whose host stands elsewhere or nowhere.
pub(super) fn key_of_request(text: &str, start: usize) -> Option<Edit> {
    const SHORTEST: usize = 24;
    let key = first_key(text, start, |it| SHORTEST <= it.len() && is_key(it))?;
    Some(Edit::new(SecretKind::UrlKey, key.clone(), text.get(key)?))
}

/// A key in the path of a URL whose host names a node, where `start` is behind `://`.
pub(super) fn key_of_node(text: &str, start: usize) -> Option<Edit> {
    const NODES: [&str; 8] = ["rpc", "node", "eth-", "ethereum", "mainnet", "sepolia", "starknet-", "l1-"];
    const LONGEST_HOST: usize = 200;
    const SHORTEST: usize = 20;
    let host = text.bytes().skip(start).take(LONGEST_HOST).take_while(|it| is_of_host(*it) || *it == b':').count();
    let names_node = NODES.iter().any(|it| text.get(start..start + host).is_some_and(|host| host.contains(it)));
    if !names_node || text.as_bytes().get(start + host) != Some(&b'/') {
        return None;
    }
    let key = first_key(text, start + host + 1, |it| SHORTEST <= it.len() && is_key(it))?;
    Some(Edit::new(SecretKind::UrlKey, key.clone(), text.get(key)?))
}

/// What follows the beginning of a webhook's address.
pub(super) fn webhook(text: &str, start: usize, begins: &str) -> Option<Edit> {
    let end = path_end(text, start);
    let mut rest = text.get(start..end)?.trim_end_matches(BEHIND);
    let mut at = start;
    if begins == "hooks.slack.com/" {
        let kind = rest.find('/')? + 1;
        (rest, at) = (rest.get(kind..)?, at + kind);
    }
    (4 <= rest.len()).then(|| Edit::new(SecretKind::Webhook, at..at + rest.len(), rest))
}

/// What a path holds that is a webhook's by its look: of Slack `T.../B.../...`, of Discord a number and a key.
pub(super) fn webhook_path(text: &str, start: usize, begins: &str) -> Option<Edit> {
    // Slack's begins with the letter.
    let start = start - usize::from(begins.ends_with('T'));
    // Of these there may be many in one path: whether it is one is seen from its first bytes.
    const LOOKED_AT: usize = 256;
    let near = text.bytes().skip(start).take(LOOKED_AT).take_while(|it| is_of_path(*it)).count();
    walked(near);
    let parts: Vec<&str> = text.get(start..start + near)?.trim_end_matches(BEHIND).splitn(4, '/').collect();
    let is_plain = |it: &&str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    let is_one = match parts.as_slice() {
        [team, hook, key, ..] if begins.ends_with('T') => team.len() >= 2 && is_plain(team) && is_plain(hook) && is_plain(key),
        [number, key, ..] if begins == "/webhooks/" => !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) && is_plain(key),
        [key, ..] if begins == "/webhookb2/" => 32 <= key.len(),
        _ => false,
    };
    if !is_one {
        return None;
    }
    let rest = text.get(start..path_end(text, start))?.trim_end_matches(BEHIND);
    Some(Edit::new(SecretKind::Webhook, start..start + rest.len(), rest))
}
