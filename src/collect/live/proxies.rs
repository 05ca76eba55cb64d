//! The proxies that the environment or a kubeconfig puts before those asked: which one a host is asked through, if one.
//!
//! What a URL of a proxy signs in with is masked wherever it comes back, and no error shows it.

#![expect(clippy::disallowed_methods, reason = "an edge: other programs take their proxies from the environment, too")]

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use http::uri::{Authority, Scheme};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::collect::redact::held::hold;

/// A proxy that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[diagnostic(code(whysync::collect::proxy), help("name an HTTP proxy, as in http://proxy.example.org:3128, or unset it"))]
pub enum ProxyError {
    /// The variable holds no URL.
    #[error("the proxy that {name} names has no URL that can be read (its text is not shown)")]
    NoUrl {
        /// The variable or the field.
        name: &'static str,
    },
    /// Only HTTP proxies are asked.
    #[error("the proxy that {name} names is asked by {scheme}, and only proxies that are asked by http are supported")]
    Scheme {
        /// The variable or the field.
        name: &'static str,
        /// How the URL begins.
        scheme: String,
    },
}

/// The proxies of the environment.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    /// For hosts that are asked by plain HTTP.
    pub(super) http: Option<String>,
    /// The proxy for hosts that are asked by HTTPS.
    pub(super) https: Option<String>,
    /// Hosts and networks that are asked directly.
    pub(super) direct: String,
}

impl Proxies {
    /// Those of the environment of this process: each of them may be written in capitals or not.
    ///
    /// # Errors
    /// When one cannot be used.
    pub(super) fn of_environment() -> Result<Self, ProxyError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// The one that a kubeconfig puts before its cluster; the environment does not matter then.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(super) fn of_kubeconfig(url: &str) -> Result<Self, ProxyError> {
        let url = usable("`proxy-url` in the kubeconfig", url.to_owned())?;
        Ok(Self { http: Some(url.clone()), https: Some(url), direct: String::new() })
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ProxyError> {
        /// What is asked on this machine needs no proxy, and no proxy leads to it.
        const HERE: &str = "localhost,127.0.0.0/8,::1";
        let first = |names: &[&'static str]| names.iter().find_map(|it| Some((*it, variable(it)?)).filter(|(_, value)| !value.is_empty()));
        let all = ["ALL_PROXY", "all_proxy"];
        let proxy = |own: [&'static str; 2]| first(&own).or_else(|| first(&all)).map(|(name, value)| usable(name, value)).transpose();
        let direct = first(&["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
        Ok(Self {
            http: proxy(["HTTP_PROXY", "http_proxy"])?,
            https: proxy(["HTTPS_PROXY", "https_proxy"])?,
            direct: format!("{direct},{HERE}"),
        })
    }

    /// The proxy before a host, if one is.
    pub(super) fn before(&self, target: &Uri) -> Option<Intercept> {
        let matcher = Matcher::builder().http(self.http.clone().unwrap_or_default()).https(self.https.clone().unwrap_or_default());
        matcher.no(self.direct.clone()).build().intercept(target)
    }
}

/// The URL, if it is that of a proxy that can be asked. What it signs in with is masked by its value from now on, also as it is sent.
fn usable(name: &'static str, url: String) -> Result<String, ProxyError> {
    if let Some((credentials, _)) = url.rsplit_once('@') {
        let credentials = credentials.split_once("://").map_or(credentials, |(_, it)| it);
        hold_credentials(credentials);
    }
    let parsed = Uri::from_str(&url).ok().filter(|it| it.authority().is_some_and(has_a_place));
    match parsed.as_ref().map(Uri::scheme) {
        None => return Err(ProxyError::NoUrl { name }),
        Some(Some(scheme)) if *scheme != Scheme::HTTP => return Err(ProxyError::Scheme { name, scheme: scheme.to_string() }),
        Some(_) => {}
    }
    let sent = Matcher::builder().all(url.clone()).build().intercept(&Uri::from_static("http://host/"));
    let sent = sent.as_ref().and_then(|it| it.basic_auth()?.to_str().ok()?.strip_prefix("Basic "));
    if let Some(sent) = sent {
        hold(sent);
        let decoded = STANDARD.decode(sent).unwrap_or_default();
        hold_credentials(&String::from_utf8_lossy(&decoded));
    }
    Ok(url)
}

/// Whether it ends with a host, or with a host and a port that is a number.
fn has_a_place(authority: &Authority) -> bool {
    let place = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, it)| it);
    let port = place.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'));
    !authority.host().is_empty() && (port.is_none() || authority.port_u16().is_some())
}

fn hold_credentials(credentials: &str) {
    hold(credentials);
    credentials.split_once(':').into_iter().for_each(|(_, password)| hold(password));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::redact::redact;

    fn proxies_from(variables: &[(&str, &str)]) -> Result<Proxies, ProxyError> {
        Proxies::from_variables(|name| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_host_is_asked_through_the_proxy_of_its_scheme_unless_it_is_excepted_or_this_machine() {
        let both = [("HTTPS_PROXY", "http://secure:1"), ("http_proxy", "plain:2")];
        let excepted = [("https_proxy", "http://secure:1"), ("NO_PROXY", "corp.example, 10.0.0.0/8,,")];
        let all = [("ALL_PROXY", "http://all:3"), ("HTTPS_PROXY", ""), ("no_proxy", "*")];
        type Case<'c> = (&'c [(&'c str, &'c str)], &'static str, Option<&'c str>);
        let cases: [Case<'_>; 11] = [
            (&[], "https://cluster.example/", None),
            (&both, "https://cluster.example/", Some("http://secure:1/")),
            (&both, "http://echonet.example/", Some("http://plain:2/")),
            (&both, "https://localhost:6443/", None),
            (&both, "http://127.0.0.1:8080/", None),
            (&both, "http://[::1]:8080/", None),
            (&excepted, "https://a.corp.example/", None),
            (&excepted, "https://10.1.2.3/", None),
            (&excepted, "https://cluster.example/", Some("http://secure:1/")),
            (&all, "https://cluster.example/", None),
            (&all[..2], "https://cluster.example/", Some("http://all:3/")),
        ];
        for (variables, target, expected) in cases {
            let proxies = proxies_from(variables).expect("proxies that can be used");
            let found = proxies.before(&Uri::from_static(target)).map(|it| it.uri().to_string());
            assert_eq!(found.as_deref(), expected, "{variables:?} {target}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_named_and_its_text_is_not_shown() {
        let cases = [
            ("HTTPS_PROXY", "socks5://user:hunter2canary@proxy:1", "asked by socks5"),
            ("https_proxy", "https://user:hunter2canary@proxy:1", "asked by https"),
            ("ALL_PROXY", "http://user:hunter2 canary@proxy:1", "no URL that can be read"),
            ("HTTP_PROXY", "/hunter2canary", "no URL that can be read"),
            ("HTTP_PROXY", "http://user:hunter2canary@proxy:port", "no URL that can be read"),
        ];
        for (name, value, reason) in cases {
            let said = proxies_from(&[(name, value)]).map(|_| ()).expect_err(value).to_string();
            assert!(said.contains(name) && said.contains(reason) && !said.contains("canary"), "{said}");
        }
        assert!(
            proxies_from(&[("ALL_PROXY", "socks5://a"), ("HTTP_PROXY", "http://b"), ("HTTPS_PROXY", "c:1")]).is_ok(),
            "it is asked for nothing"
        );
    }

    #[test]
    fn what_a_proxy_is_signed_in_with_is_masked_in_every_form() {
        proxies_from(&[("HTTPS_PROXY", "http://proxyuser:proxy%20word@proxy:1")]).expect("a proxy");
        for text in ["proxy%20word", "the proxy word", "sent cHJveHl1c2VyOnByb3h5IHdvcmQ= to it"] {
            assert!(redact(text).text.contains("«redacted:"), "{text}");
        }
    }
}
