//! What takes the place of a secret, and where.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::steps::walked;

/// What a secret is, as its token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::collect) enum SecretKind {
    /// A key in the path of a URL.
    UrlKey,
    /// The address of a webhook, which is its only protection.
    Webhook,
    /// The value of a header.
    Header,
    /// A bearer token.
    Bearer,
    /// A JSON Web Token.
    Jwt,
    /// A key of a cloud.
    CloudKey,
    /// A token of another service.
    Token,
    /// A private key.
    PrivateKey,
    /// One that the text ends or breaks off in.
    PrivateKeyBegin,
    /// User name and password in a URL.
    BasicAuth,
    /// What stands under a name that is a secret's.
    SecretField,
    /// What the user asked to mask.
    Listed,
    /// What the program itself signs in with.
    Held,
}

impl SecretKind {
    /// The name used in tokens.
    pub(in crate::collect) const fn name(self) -> &'static str {
        match self {
            Self::UrlKey => "url-key",
            Self::Webhook => "webhook",
            Self::Header => "header",
            Self::Bearer => "bearer",
            Self::Jwt => "jwt",
            Self::CloudKey => "cloud-key",
            Self::Token => "token",
            Self::PrivateKey => "private-key",
            Self::PrivateKeyBegin => "private-key-begin",
            Self::BasicAuth => "basic-auth",
            Self::SecretField => "secret-field",
            Self::Listed => "listed",
            Self::Held => "held",
        }
    }
}

/// The prefix of every token.
pub(in crate::collect) const TOKEN_START: &str = "«redacted:";

/// What takes the place of a secret.
pub(in crate::collect) fn token(kind: SecretKind, secret: &str) -> String {
    walked(secret.len());
    let digest = Sha256::digest(secret.as_bytes());
    let (first, second) = (digest.first().copied().unwrap_or_default(), digest.get(1).copied().unwrap_or_default());
    format!("{TOKEN_START}{}:{first:02x}{second:02x}»", kind.name())
}

/// The end of the token that starts at `at`, if one does.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn token_end(text: &str, at: usize) -> Option<usize> {
    const LONGEST_KIND: usize = 24;
    let rest = text.get(at..)?.strip_prefix(TOKEN_START)?;
    let kind = rest.bytes().take(LONGEST_KIND).take_while(|it| it.is_ascii_lowercase() || *it == b'-').count();
    let digest = rest.get(kind..)?.strip_prefix(':')?;
    let is_digest = 0 < kind && digest.get(..4)?.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    let end = digest.get(4..)?.strip_prefix('»')?;
    is_digest.then_some(text.len() - end.len())
}

/// Whether this is a token, and nothing else.
pub(super) fn is_token(text: &str) -> bool {
    token_end(text, 0) == Some(text.len())
}

/// Replaces one secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// Byte range in the text.
    pub(super) range: Range<usize>,
    /// The kind of secret.
    pub(super) kind: SecretKind,
    /// The token that replaces it.
    pub(super) token: String,
    pub(super) known: KnownBy,
}

/// How a secret was identified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// By the name that it stands under.
    ByName,
    /// By its own look, or its value.
    ByLook,
}

impl Edit {
    /// Puts a token in the place of a secret that is known by its look.
    pub(super) fn new(kind: SecretKind, range: Range<usize>, secret: &str) -> Self {
        Self { range, kind, token: token(kind, secret), known: KnownBy::ByLook }
    }

    /// Puts a token in the place of a secret that is known by the name it stands under. `quote` is what makes it a string.
    pub(super) fn named(kind: SecretKind, range: Range<usize>, secret: &str, quote: &str) -> Self {
        Self { range, kind, token: format!("{quote}{}{quote}", token(kind, secret)), known: KnownBy::ByName }
    }

    /// Returns the edit shifted by `by` bytes.
    #[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
    pub(super) fn moved(self, by: usize) -> Self {
        Self { range: self.range.start + by..self.range.end + by, ..self }
    }
}

/// The edits in order and apart from each other. Of those that overlap, the largest says what takes the place of all.
pub(super) fn merged(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|it| (it.range.start, std::cmp::Reverse(it.range.end)));
    let mut apart: Vec<(Edit, usize)> = Vec::with_capacity(edits.len());
    for edit in edits {
        let size = edit.range.len();
        match apart.last_mut() {
            Some((last, largest)) if edit.range.start < last.range.end => {
                last.range.end = last.range.end.max(edit.range.end);
                if edit.known == KnownBy::ByLook {
                    last.known = KnownBy::ByLook;
                }
                if *largest < size {
                    (last.kind, last.token, *largest) = (edit.kind, edit.token, size);
                }
            }
            _ => apart.push((edit, size)),
        }
    }
    apart.into_iter().map(|(edit, _)| edit).collect()
}

/// The text after edits that are in order and apart.
pub(super) fn applied(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for Edit { range, token, .. } in edits {
        out.push_str(text.get(copied..range.start).unwrap_or_default());
        out.push_str(token);
        copied = range.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    out
}
