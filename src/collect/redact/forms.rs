//! Secrets that are known by their own look: what they begin with, of which letters they are, and how long they are at least.
//!
//! The facts are those of gitleaks (its `config/gitleaks.toml` at commit b58d3f10 of 2026-07-22, after 8.30.0, MIT), read for formats and
//! written down anew; `rule` names its rule, or says `own` for what comes from the maker's documentation. Lengths here are often shorter,
//! for a log may cut a key. Not taken over are rules that need the maker's name close by and otherwise see any word or number
//! (adobe, datadog, heroku, twitter and others): a value like theirs is found by the name it stands under ([`super::secret_names`]). Nor are
//! those that Starknet's own numbers meet: `clickhouse-cloud-api-secret-key`, `sourcegraph-access-token` without its prefix,
//! `square-access-token` with `EAAA`, `twilio-api-key`, `vault-service-token` with `s.`.

use super::edit::SecretKind;

/// Of which letters the rest of a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// Digits and letters.
    Alnum,
    /// Digits and capitals.
    Upper,
    /// Hexadecimal digits.
    Hex,
    /// Digits, letters and `_`.
    Word,
    /// Digits, letters, `_` and `-`.
    Dashed,
    /// Digits, letters, `_`, `-` and `.`.
    Dotted,
    /// The same and `=`, `+`, `/`, `~`.
    Any,
}

impl Letters {
    /// Whether a byte is one of them.
    pub(super) const fn have(self, byte: u8) -> bool {
        match self {
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::Upper => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Dashed => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'),
            Self::Any => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=' | b'+' | b'/' | b'~'),
        }
    }
}

/// A format that identifies a secret.
#[derive(Debug)]
pub(super) struct SecretForm {
    /// The scanner's rule, or `own`. Read by people and by the tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "it says where the fact is from"))]
    pub(super) rule: &'static str,
    pub(super) start: &'static str,
    pub(super) letters: Letters,
    /// Of what follows the beginning, in bytes.
    pub(super) least: usize,
    /// The same. What is longer is none: compressed data that happens to start like a key.
    pub(super) most: usize,
    pub(super) kind: SecretKind,
}

const fn form(rule: &'static str, start: &'static str, letters: Letters, (least, most): (usize, usize), kind: SecretKind) -> SecretForm {
    SecretForm { rule, start, letters, least, most, kind }
}

const ANY: usize = usize::MAX;

use Letters::{Alnum, Any, Dashed, Dotted, Hex, Upper, Word};
use SecretKind::{CloudKey, PrivateKey, Token, Webhook};

/// All forms. The beginning of none begins another one.
pub(super) const FORMS: &[SecretForm] = &[
    // Git forges and registries.
    form("github-pat", "ghp_", Alnum, (20, ANY), Token),
    form("github-oauth", "gho_", Alnum, (20, ANY), Token),
    form("github-app-token", "ghu_", Alnum, (20, ANY), Token),
    form("github-app-token", "ghs_", Alnum, (20, ANY), Token),
    form("github-refresh-token", "ghr_", Alnum, (20, ANY), Token),
    form("github-fine-grained-pat", "github_pat_", Word, (20, ANY), Token),
    form("gitlab-pat", "glpat-", Dotted, (16, ANY), Token),
    form("gitlab-deploy-token", "gldt-", Dashed, (16, ANY), Token),
    form("gitlab-cicd-job-token", "glcbt-", Dashed, (16, ANY), Token),
    form("gitlab-feature-flag-client-token", "glffct-", Dashed, (16, ANY), Token),
    form("gitlab-feed-token", "glft-", Dashed, (16, ANY), Token),
    form("gitlab-incoming-mail-token", "glimt-", Dashed, (16, ANY), Token),
    form("gitlab-kubernetes-agent-token", "glagent-", Dashed, (16, ANY), Token),
    form("gitlab-oauth-app-secret", "gloas-", Dashed, (16, ANY), Token),
    form("gitlab-ptt", "glptt-", Dashed, (16, ANY), Token),
    form("gitlab-rrt", "GR1348941", Dashed, (16, ANY), Token),
    form("gitlab-runner-authentication-token", "glrt-", Dotted, (16, ANY), Token),
    form("gitlab-scim-token", "glsoat-", Dashed, (16, ANY), Token),
    form("npm-access-token", "npm_", Alnum, (30, ANY), Token),
    form("pypi-upload-token", "pypi-AgE", Dashed, (20, ANY), Token),
    form("rubygems-api-token", "rubygems_", Hex, (40, ANY), Token),
    form("artifactory-api-key", "AKCp", Alnum, (60, 80), Token),
    form("artifactory-reference-token", "cmVmd", Alnum, (50, 70), Token),
    form("own", "dckr_pat_", Dashed, (20, ANY), Token),
    form("own", "dckr_oat_", Dashed, (20, ANY), Token),
    form("own", "crates.io:cio", Alnum, (20, ANY), Token),
    form("sourcegraph-access-token", "sgp_", Word, (40, ANY), Token),
    // Clouds.
    form("aws-access-token", "AKIA", Upper, (16, 16), CloudKey),
    form("aws-access-token", "ASIA", Upper, (16, 16), CloudKey),
    form("aws-access-token", "ABIA", Upper, (16, 16), CloudKey),
    form("aws-access-token", "ACCA", Upper, (16, 16), CloudKey),
    form("aws-amazon-bedrock-api-key-long-lived", "ABSK", Any, (100, 300), CloudKey),
    form("aws-amazon-bedrock-api-key-short-lived", "bedrock-api-key-", Any, (20, ANY), CloudKey),
    form("gcp-api-key", "AIza", Dashed, (35, 60), CloudKey),
    form("own", "ya29.", Dotted, (6, ANY), CloudKey),
    form("own", "GOCSPX-", Dashed, (20, ANY), CloudKey),
    form("own", "1//0", Dashed, (40, ANY), CloudKey),
    form("alibaba-access-key-id", "LTAI", Alnum, (16, 24), CloudKey),
    form("digitalocean-pat", "dop_v1_", Hex, (40, ANY), CloudKey),
    form("digitalocean-access-token", "doo_v1_", Hex, (40, ANY), CloudKey),
    form("digitalocean-refresh-token", "dor_v1_", Hex, (40, ANY), CloudKey),
    form("flyio-access-token", "fo1_", Dashed, (40, ANY), CloudKey),
    form("flyio-access-token", "fm1a_", Any, (60, ANY), CloudKey),
    form("flyio-access-token", "fm1r_", Any, (60, ANY), CloudKey),
    form("flyio-access-token", "fm2_", Any, (60, ANY), CloudKey),
    form("heroku-api-key-v2", "HRKU-AA", Dashed, (40, ANY), CloudKey),
    form("scalingo-api-token", "tk-us-", Dashed, (40, ANY), CloudKey),
    form("databricks-api-token", "dapi", Hex, (32, 36), CloudKey),
    form("planetscale-api-token", "pscale_tkn_", Any, (20, ANY), CloudKey),
    form("planetscale-oauth-token", "pscale_oauth_", Any, (20, ANY), CloudKey),
    form("planetscale-password", "pscale_pw_", Any, (20, ANY), CloudKey),
    form("own", "nfp_", Alnum, (30, ANY), CloudKey),
    form("own", "tskey-", Dashed, (16, ANY), Token),
    form("openshift-user-token", "sha256~", Dashed, (40, 48), Token),
    form("pulumi-api-token", "pul-", Hex, (40, 40), Token),
    form("infracost-api-token", "ico-", Alnum, (32, 32), Token),
    form("prefect-api-token", "pnu_", Alnum, (30, ANY), Token),
    form("octopus-deploy-api-key", "API-", Upper, (26, 26), Token),
    form("own", ".atlasv1.", Dashed, (40, ANY), Token),
    // Vaults and passwords.
    form("vault-service-token", "hvs.", Dashed, (20, ANY), Token),
    form("vault-batch-token", "hvb.", Dashed, (20, ANY), Token),
    form("own", "hvr.", Dashed, (20, ANY), Token),
    form("1password-service-account-token", "ops_eyJ", Any, (60, ANY), Token),
    form("doppler-api-token", "dp.pt.", Alnum, (30, ANY), Token),
    form("age-secret-key", "AGE-SECRET-KEY-1", Upper, (40, ANY), PrivateKey),
    // Chat, mail, telephones.
    form("slack-bot-token", "xoxb-", Dashed, (8, ANY), Token),
    form("slack-user-token", "xoxp-", Dashed, (8, ANY), Token),
    form("slack-legacy-workspace-token", "xoxa-", Dashed, (8, ANY), Token),
    form("slack-legacy-workspace-token", "xoxr-", Dashed, (8, ANY), Token),
    form("slack-legacy-token", "xoxs-", Dashed, (8, ANY), Token),
    form("slack-legacy-token", "xoxo-", Dashed, (8, ANY), Token),
    form("slack-config-refresh-token", "xoxe-", Dashed, (8, ANY), Token),
    form("slack-config-access-token", "xoxe.", Dashed, (8, ANY), Token),
    form("own", "xoxc-", Dashed, (8, ANY), Token),
    form("own", "xoxd-", Any, (8, ANY), Token),
    form("slack-app-token", "xapp-", Dashed, (12, ANY), Token),
    form("sendgrid-api-token", "SG.", Dotted, (50, ANY), Token),
    form("sendinblue-api-token", "xkeysib-", Dashed, (40, ANY), Token),
    form("facebook-page-access-token", "EAAM", Alnum, (90, ANY), Token),
    form("facebook-page-access-token", "EAAC", Alnum, (90, ANY), Token),
    // Work.
    form("atlassian-api-token", "ATATT3", Any, (40, ANY), Token),
    form("linear-api-key", "lin_api_", Alnum, (30, ANY), Token),
    form("notion-api-token", "ntn_", Alnum, (40, ANY), Token),
    form("postman-api-token", "PMAK-", Dashed, (50, ANY), Token),
    form("readme-api-token", "rdme_", Alnum, (60, ANY), Token),
    form("adobe-client-secret", "p8e-", Alnum, (32, 32), Token),
    form("frameio-api-token", "fio-u-", Any, (50, ANY), Token),
    form("own", "figd_", Dashed, (30, ANY), Token),
    form("own", "CFPAT-", Dashed, (30, ANY), Token),
    form("settlemint-application-access-token", "sm_aat_", Alnum, (16, ANY), Token),
    form("settlemint-personal-access-token", "sm_pat_", Alnum, (16, ANY), Token),
    form("settlemint-service-access-token", "sm_sat_", Alnum, (16, ANY), Token),
    form("clojars-api-token", "CLOJARS_", Alnum, (50, ANY), Token),
    form("defined-networking-api-token", "dnkey-", Dashed, (50, ANY), Token),
    form("intra42-client-secret", "s-s4t2ud-", Hex, (60, ANY), Token),
    form("intra42-client-secret", "s-s4t2af-", Hex, (60, ANY), Token),
    // What watches.
    form("grafana-cloud-api-token", "glc_", Any, (30, ANY), Token),
    form("grafana-service-account-token", "glsa_", Word, (36, ANY), Token),
    form("dynatrace-api-token", "dt0c01.", Dotted, (80, ANY), Token),
    form("sentry-user-token", "sntryu_", Hex, (60, ANY), Token),
    form("sentry-org-token", "sntrys_", Any, (30, ANY), Token),
    form("new-relic-user-api-key", "NRAK-", Upper, (27, 27), Token),
    form("new-relic-insert-key", "NRII-", Dashed, (30, 34), Token),
    form("new-relic-browser-api-token", "NRJS-", Hex, (19, 19), Token),
    form("sonar-api-token", "squ_", Dashed, (36, 44), Token),
    form("sonar-api-token", "sqp_", Dashed, (36, 44), Token),
    form("sonar-api-token", "sqa_", Dashed, (36, 44), Token),
    form("own", "phx_", Alnum, (36, ANY), Token),
    // Models.
    form("openai-api-key", "sk-proj-", Dashed, (30, ANY), Token),
    form("openai-api-key", "sk-svcacct-", Dashed, (30, ANY), Token),
    form("openai-api-key", "sk-admin-", Dashed, (30, ANY), Token),
    form("anthropic-api-key", "sk-ant-", Dashed, (20, ANY), Token),
    form("own", "sk-or-v1-", Hex, (40, ANY), Token),
    form("huggingface-access-token", "hf_", Alnum, (30, 40), Token),
    form("huggingface-organization-api-token", "api_org_", Alnum, (30, 40), Token),
    form("perplexity-api-key", "pplx-", Alnum, (40, ANY), Token),
    form("own", "gsk_", Alnum, (40, ANY), Token),
    form("own", "xai-", Alnum, (60, ANY), Token),
    form("own", "nvapi-", Dashed, (50, ANY), Token),
    // Money.
    form("stripe-access-token", "sk_live_", Alnum, (10, ANY), Token),
    form("stripe-access-token", "sk_test_", Alnum, (10, ANY), Token),
    form("stripe-access-token", "sk_prod_", Alnum, (10, ANY), Token),
    form("stripe-access-token", "rk_live_", Alnum, (10, ANY), Token),
    form("stripe-access-token", "rk_test_", Alnum, (10, ANY), Token),
    form("stripe-access-token", "rk_prod_", Alnum, (10, ANY), Token),
    form("own", "whsec_", Any, (16, ANY), Webhook),
    form("square-access-token", "sq0atp-", Dashed, (22, ANY), Token),
    form("own", "sq0csp-", Dashed, (22, ANY), Token),
    form("shopify-access-token", "shpat_", Hex, (32, ANY), Token),
    form("shopify-custom-access-token", "shpca_", Hex, (32, ANY), Token),
    form("shopify-private-app-access-token", "shppa_", Hex, (32, ANY), Token),
    form("shopify-shared-secret", "shpss_", Hex, (32, ANY), Token),
    form("shippo-api-token", "shippo_live_", Hex, (40, ANY), Token),
    form("shippo-api-token", "shippo_test_", Hex, (40, ANY), Token),
    form("easypost-api-token", "EZAK", Alnum, (54, 54), Token),
    form("easypost-test-api-token", "EZTK", Alnum, (54, 54), Token),
    form("duffel-api-token", "duffel_test_", Any, (40, ANY), Token),
    form("duffel-api-token", "duffel_live_", Any, (40, ANY), Token),
    form("flutterwave-secret-key", "FLWSECK_TEST-", Dashed, (12, ANY), Token),
    // Chains.
    form("own", "alcht_", Alnum, (20, ANY), Token),
    form("own", "QN_", Hex, (32, ANY), Token),
];

/// The end of the secret of this form that begins at `start`, if one does. No letter, digit or `_` may stand before it, but before a form
/// that begins with `.`.
#[expect(clippy::arithmetic_side_effects, reason = "places in a text in memory")]
pub(super) fn form_end(text: &str, start: usize, form: &SecretForm) -> Option<usize> {
    let bytes = text.as_bytes();
    let rest = bytes.get(start..)?.strip_prefix(form.start.as_bytes())?;
    let is_inside = start.checked_sub(1).and_then(|it| bytes.get(it)).is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_');
    // What stands before the `.` is a part of the secret, but says nothing.
    if is_inside && !form.start.starts_with('.') {
        return None;
    }
    let limit = form.most.saturating_add(1);
    let length = rest.iter().take(limit).take_while(|it| form.letters.have(**it)).count();
    super::steps::walked(length);
    // A sentence may end right after it.
    let trimmed = rest.get(..length)?.iter().rposition(|it| !matches!(it, b'.' | b'-' | b'/')).map_or(0, |it| it + 1);
    (form.least <= trimmed && length < limit).then_some(start + form.start.len() + trimmed)
}
