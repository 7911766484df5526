//! Who may talk to the server: pure checks of `Host`, `Origin` and token; knows no socket.
//!
//! `Host` is checked against DNS rebinding, `Origin` against pages of other sites, the token against the network.

use super::refused::Cause;
use super::secret::Secret;
use hyper::header::{AUTHORIZATION, COOKIE, HOST, HeaderMap, HeaderName, ORIGIN, SEC_WEBSOCKET_PROTOCOL};
use std::net::IpAddr;
use thiserror::Error;

/// Who is let in.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    /// Names allowed in `Host`, besides addresses, `localhost` and the machine's own name.
    pub(super) allow_hosts: Vec<String>,
    /// Origins allowed besides the server's own, as browsers write them: `https://example.org`.
    pub(super) allow_origins: Vec<String>,
    /// What a client must know; none on loopback.
    pub(super) secret: Option<Secret>,
    /// The machine's own name.
    pub(super) machine: Option<String>,
    /// Origins whose pages may show the server's page in a frame, besides its own.
    pub(super) frame_ancestors: Vec<String>,
}

/// What a request shows to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// Nothing is needed, or the cookie is the right one.
    Enough,
    /// A token, which somebody may have guessed.
    Token {
        /// Whether it is the right one.
        is_right: bool,
    },
    /// No token. A cookie of another server is none.
    Nothing,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum Refusal {
    /// `Host` is missing, or names another machine.
    #[error("host {0:?} is not this server; start it with --allow-host NAME to allow it")]
    Host(String),
    /// The request comes from a page of another origin.
    #[error("a page of {0:?} may not use this server; start it with --allow-origin ORIGIN to allow it")]
    Origin(String),
    /// The token is missing or wrong.
    #[error("the access token is missing or wrong; open the address that `capture` printed when it started")]
    Token,
    /// Too many wrong tokens came from the same address.
    #[error("too many wrong access tokens came from this address; try again in {seconds} s")]
    Rate {
        /// When a token is looked at again.
        seconds: u64,
    },
}

impl Refusal {
    /// The HTTP status: 401 for the token, 429 for too many, 403 for the rest.
    #[must_use]
    pub(super) fn status(&self) -> hyper::StatusCode {
        match self {
            Self::Token => hyper::StatusCode::UNAUTHORIZED,
            Self::Rate { .. } => hyper::StatusCode::TOO_MANY_REQUESTS,
            Self::Host(_) | Self::Origin(_) => hyper::StatusCode::FORBIDDEN,
        }
    }

    /// What it is counted as.
    #[must_use]
    pub(super) fn cause(&self) -> Cause {
        match self {
            Self::Host(_) => Cause::Host,
            Self::Origin(_) => Cause::Origin,
            Self::Token => Cause::Token,
            Self::Rate { .. } => Cause::Rate,
        }
    }
}

impl Access {
    /// Checks what every route asks for: the host and the origin.
    ///
    /// A request without `Origin` is no page's and may pass; `null` and repeated headers may not.
    pub(super) fn check_site(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = single(headers, &HOST).map_err(Refusal::Host)?.unwrap_or_default();
        if !self.is_own_host(host) {
            return Err(Refusal::Host(host.to_owned()));
        }
        match single(headers, &ORIGIN).map_err(Refusal::Origin)? {
            Some(origin) if !self.is_allowed_origin(origin, host) => Err(Refusal::Origin(origin.to_owned())),
            _ => Ok(()),
        }
    }

    /// What the request shows: a cookie of this port, a bearer, or a subprotocol that was offered for the purpose.
    #[must_use]
    pub(super) fn credential(&self, headers: &HeaderMap) -> Credential {
        let Some(secret) = &self.secret else { return Credential::Enough };
        let cookie_name = cookie_name(headers);
        let mut cookies = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .filter_map(|(name, value)| (name == cookie_name).then_some(value))
            .peekable();
        // Of two that differ, nobody knows which one is meant.
        if cookies.peek().is_some() && cookies.all(|given| secret.is_cookie(given)) {
            return Credential::Enough;
        }
        let bearer = text(headers, &AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let offered = headers
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().strip_prefix(TOKEN_PROTOCOL));
        let mut tokens = bearer.into_iter().chain(offered).peekable();
        if tokens.peek().is_none() {
            return Credential::Nothing;
        }
        Credential::Token { is_right: tokens.all(|given| secret.is_token(given)) }
    }

    /// Whether a token given in the URL is the right one; none where no token is needed.
    #[must_use]
    pub(super) fn credential_in_url(&self, given: &str) -> Option<Credential> {
        let secret = self.secret.as_ref()?;
        Some(Credential::Token { is_right: secret.is_token(given) })
    }

    /// The `Set-Cookie` value for who showed the right token; `is_secure` where the browser's connection is encrypted.
    ///
    /// In a frame of another site a browser sends back a cookie of this kind alone, and takes it over TLS alone.
    #[must_use]
    pub(super) fn cookie(&self, headers: &HeaderMap, is_secure: bool) -> Option<String> {
        let kind = match (is_secure, self.frame_ancestors.is_empty()) {
            (true, false) => "SameSite=None; Secure; Partitioned",
            (true, true) => "SameSite=Strict; Secure",
            (false, _) => "SameSite=Strict",
        };
        let cookie = self.secret.as_ref()?.cookie();
        Some(format!("{}={cookie}; Path=/; HttpOnly; {kind}", cookie_name(headers)))
    }

    /// The origin of a request, if it is another one that is allowed: it gets CORS headers.
    #[must_use]
    pub(super) fn cross_origin<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let origin = text(headers, &ORIGIN)?;
        self.allow_origins.iter().any(|allowed| allowed == origin).then_some(origin)
    }

    fn is_own_host(&self, authority: &str) -> bool {
        let name = host_name(authority);
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        let is_machine = |machine: &String| is(machine) || is(&format!("{machine}.local"));
        bare.parse::<IpAddr>().is_ok()
            || is("localhost")
            || name.to_ascii_lowercase().ends_with(".localhost")
            || self.machine.as_ref().is_some_and(is_machine)
            || self.allow_hosts.iter().any(|allowed| is(allowed) || authority.eq_ignore_ascii_case(allowed))
    }

    fn is_allowed_origin(&self, origin: &str, host: &str) -> bool {
        // Compared with `Host`, not with our own port: ssh -L and reverse proxies change it.
        let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
            || self.allow_origins.iter().any(|allowed| allowed == origin)
    }
}

/// What a token begins with when it travels as an offered subprotocol, for pages of another origin.
pub const TOKEN_PROTOCOL: &str = "sinkview.token.";

/// Named after the port in `Host`, since cookies do not tell ports apart and ssh -L brings several servers together.
fn cookie_name(headers: &HeaderMap) -> String {
    let authority = text(headers, &HOST).unwrap_or_default();
    let port = authority[host_name(authority).len()..].trim_start_matches(':');
    format!("sinkview-{port}")
}

/// The authority without its port; an IPv6 address keeps its brackets.
fn host_name(authority: &str) -> &str {
    let end = match authority.find(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    &authority[..end]
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The header's only value; what was sent instead if there are several or it is no text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, String> {
    let mut values = headers.get_all(name).iter();
    let Some(first) = values.next() else { return Ok(None) };
    let lossy = || String::from_utf8_lossy(first.as_bytes()).into_owned();
    if values.next().is_some() {
        return Err(lossy());
    }
    first.to_str().map(Some).map_err(|_| lossy())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_host_is_an_address_or_our_own_name() {
        let access = Access {
            allow_hosts: vec!["cam.example".into()],
            machine: Some("robot".into()),
            ..Access::default()
        };
        let good = [
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "192.168.1.7",
            "localhost:1",
            "left.localhost",
            "robot:80",
            "Robot.local",
            "CAM.example:9",
        ];
        for host in good {
            assert_eq!(access.check_site(&headers(&[("host", host)])), Ok(()), "{host}");
        }
        for host in
            ["evil.test", "localhost.evil.test", "xlocalhost", "", "robot.evil", "[evil]", "127.0.0.1.evil"]
        {
            assert_eq!(
                access.check_site(&headers(&[("host", host)])),
                Err(Refusal::Host(host.into())),
                "{host}"
            );
        }
        assert!(access.check_site(&HeaderMap::new()).is_err());
    }

    #[test]
    fn an_origin_is_our_own_or_listed() {
        let access = Access { allow_origins: vec!["https://lab.example".into()], ..Access::default() };
        let check =
            |origin: &str| access.check_site(&headers(&[("host", "127.0.0.1:8080"), ("origin", origin)]));
        for origin in ["http://127.0.0.1:8080", "https://127.0.0.1:8080", "https://lab.example"] {
            assert_eq!(check(origin), Ok(()), "{origin}");
        }
        for origin in
            ["http://127.0.0.1:8081", "http://evil.test", "null", "http://lab.example", "", "127.0.0.1:8080"]
        {
            assert_eq!(check(origin), Err(Refusal::Origin(origin.into())), "{origin}");
        }
    }

    #[test]
    fn two_hosts_are_none() {
        let mut twice = headers(&[("host", "127.0.0.1")]);
        twice.append(HOST, "127.0.0.1".parse().unwrap());
        assert!(Access::default().check_site(&twice).is_err());
    }

    fn with_token() -> Access {
        Access { secret: Some(Secret::new("secret")), ..Access::default() }
    }

    #[test]
    fn a_token_comes_by_bearer_cookie_or_subprotocol() {
        let access = with_token();
        let host = ("host", "10.0.0.1:8080");
        let cookie = with_token().secret.unwrap().cookie().to_owned();
        let right = Credential::Token { is_right: true };
        let wrong = Credential::Token { is_right: false };
        for (name, value, shown) in [
            ("authorization", "Bearer secret", right),
            ("sec-websocket-protocol", "sinkview.v1, sinkview.token.secret", right),
            ("cookie", &format!("a=b; sinkview-8080={cookie}"), Credential::Enough),
            ("cookie", &format!("sinkview-8080={cookie}; sinkview-8080={cookie}"), Credential::Enough),
            ("authorization", "Bearer secreT", wrong),
            ("sec-websocket-protocol", "sinkview.token.secret, sinkview.token.other", wrong),
            ("authorization", "secret", Credential::Nothing),
            ("sec-websocket-protocol", "secret", Credential::Nothing),
            ("cookie", &format!("sinkview-8081={cookie}"), Credential::Nothing),
            ("cookie", "sinkview-8080=secret", Credential::Nothing),
            ("cookie", &format!("sinkview-8080={cookie}; sinkview-8080=other"), Credential::Nothing),
        ] {
            assert_eq!(access.credential(&headers(&[host, (name, value)])), shown, "{name}: {value}");
        }
        assert_eq!(access.credential_in_url("secret"), Some(right));
        assert_eq!(access.credential_in_url("other"), Some(wrong));
        assert_eq!(Access::default().credential(&HeaderMap::new()), Credential::Enough);
        assert_eq!(Access::default().credential_in_url("secret"), None);
    }

    #[test]
    fn the_cookie_is_of_the_port_and_no_laxer_than_it_must_be() {
        let host = headers(&[("host", "localhost:9000")]);
        let mut access = with_token();
        let cookie = access.secret.as_ref().unwrap().cookie().to_owned();
        let start = format!("sinkview-9000={cookie}; Path=/; HttpOnly; ");
        let kind = |access: &Access, is_secure| {
            access.cookie(&host, is_secure).unwrap().strip_prefix(&start).unwrap().to_owned()
        };
        assert_eq!(kind(&access, false), "SameSite=Strict");
        assert_eq!(kind(&access, true), "SameSite=Strict; Secure");
        access.frame_ancestors = vec!["https://lab.example".into()];
        assert_eq!(kind(&access, false), "SameSite=Strict");
        assert_eq!(kind(&access, true), "SameSite=None; Secure; Partitioned");
        assert_eq!(Access::default().cookie(&host, true), None);
    }
}
