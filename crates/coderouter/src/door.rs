//! Who may come in: Host, Origin and token, checked on every route before anything else is looked at.

use crate::secret::Token;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;
use http::{StatusCode, Uri, Version};

/// The names a loopback server is reached by.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The variable with the token of those who only look, beside that of clients.
pub const METRICS_TOKEN: &str = "CODEROUTER_METRICS_TOKEN";

const TOKEN_HEADER: HeaderName = HeaderName::from_static("x-coderouter-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The rules of the door.
pub struct Door {
    /// Names accepted in `Host`, in lower case; IPv6 addresses in brackets.
    hosts: Vec<String>,
    token: Option<Token>,
    /// Opens the routes of those who only look; the other one does as well.
    metrics_token: Option<Token>,
}

/// What a route asks of its visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing: it says no more than that the program is there.
    Open,
    /// The token of clients, or that of those who look, where there is either.
    Look,
    /// The token of clients, where there is one.
    Ask,
}

/// Why somebody was not let in.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// What the caller may read.
    pub message: String,
}

impl Door {
    /// A door that knows loopback names, these names, and this token.
    pub fn new(hosts: &[String], token: Option<Token>) -> Self {
        let mut known: Vec<String> = LOOPBACK.iter().map(|&name| name.to_owned()).collect();
        known.extend(hosts.iter().map(|name| name.to_ascii_lowercase()));
        Self { hosts: known, token, metrics_token: None }
    }

    /// The same door where those who only look may bring a token of their own.
    pub fn with_metrics_token(self, metrics_token: Option<Token>) -> Self {
        Self { metrics_token, ..self }
    }

    /// Whether clients must bring a token.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Judges the head of a request for a route behind a gate.
    ///
    /// # Errors
    /// Says why, without repeating more of the request than its host's name.
    pub fn check(&self, head: &Parts, gate: Gate) -> Result<(), Refusal> {
        self.check_framing(&head.headers)?;
        self.check_host(head)?;
        self.check_origin(&head.headers)?;
        let (client, metrics) = (self.token.as_ref(), self.metrics_token.as_ref());
        match gate {
            Gate::Open => Ok(()),
            Gate::Look => check_token(&head.headers, &[client, metrics]),
            Gate::Ask => check_token(&head.headers, &[client]),
        }
    }

    /// Two lengths are how one request is smuggled into another.
    fn check_framing(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let lengths = headers.get_all(header::CONTENT_LENGTH).iter().count();
        if lengths > 1 || (lengths == 1 && headers.contains_key(header::TRANSFER_ENCODING)) {
            return Err(refusal(StatusCode::BAD_REQUEST, "a request has one length"));
        }
        Ok(())
    }

    fn check_host(&self, head: &Parts) -> Result<(), Refusal> {
        let mut hosts = head.headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host.to_str().unwrap_or(""),
            (None, _) if head.version < Version::HTTP_11 => return Ok(()),
            (None, _) => return Err(refusal(StatusCode::BAD_REQUEST, "the Host header is missing")),
            (Some(_), Some(_)) => {
                return Err(refusal(StatusCode::BAD_REQUEST, "there is more than one Host header"));
            }
        };
        if !self.knows(host) || !self.knows_target(&head.uri) {
            let shown: String = host.chars().filter(char::is_ascii_graphic).take(80).collect();
            let text = format!(
                "Host '{shown}' is not allowed; add the name to CODEROUTER_ALLOWED_HOSTS or server.allowed_hosts"
            );
            return Err(refusal(StatusCode::FORBIDDEN, &text));
        }
        Ok(())
    }

    fn knows_target(&self, target: &Uri) -> bool {
        target.authority().is_none_or(|authority| self.knows(authority.as_str()))
    }

    /// Whether `host[:port]` is one of the known names, read as a whole: no prefix, suffix or user info matches.
    fn knows(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((address, "")) => &host[..address.len() + 2],
                Some((address, port)) if is_port(port) => &host[..address.len() + 2],
                _ => return false,
            },
            None => match host.split_once(':') {
                Some((name, port)) if is_port(&host[name.len()..]) && !port.contains(':') => name,
                Some(_) => return false,
                None => host,
            },
        };
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let foreign = || refusal(StatusCode::FORBIDDEN, "requests from other web pages are refused");
        if headers.get(SEC_FETCH_SITE).is_some_and(|site| site == "cross-site") {
            return Err(foreign());
        }
        for origin in headers.get_all(header::ORIGIN) {
            let origin = origin.to_str().unwrap_or("");
            let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            if !host.is_some_and(|host| self.knows(host)) {
                return Err(foreign());
            }
        }
        Ok(())
    }

    /// Takes the router's own token out of a request that was let in, so that it goes to no backend.
    pub fn strip(&self, headers: &mut HeaderMap) {
        let Some(token) = &self.token else { return };
        headers.remove(TOKEN_HEADER);
        if bearer(headers).is_some_and(|offered| token.matches(offered)) {
            headers.remove(header::AUTHORIZATION);
        }
        if headers.get("x-api-key").is_some_and(|offered| token.matches(offered.as_bytes())) {
            headers.remove("x-api-key");
        }
    }
}

/// Whether one of the tokens is offered. Where there is none, nothing has to be.
fn check_token(headers: &HeaderMap, tokens: &[Option<&Token>]) -> Result<(), Refusal> {
    let mut tokens = tokens.iter().flatten().peekable();
    if tokens.peek().is_none() {
        return Ok(());
    }
    let offered = headers.get(TOKEN_HEADER).map(|value| value.as_bytes()).or_else(|| bearer(headers));
    let offered = offered.or_else(|| headers.get("x-api-key").map(|value| value.as_bytes()));
    if offered.is_some_and(|offered| tokens.any(|token| token.matches(offered))) {
        return Ok(());
    }
    let text = "the router's token is missing or wrong; send it as a Bearer token or in X-CodeRouter-Token";
    Err(refusal(StatusCode::UNAUTHORIZED, text))
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| token.trim_ascii())
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<u16>().is_ok()
    })
}

fn refusal(status: StatusCode, message: &str) -> Refusal {
    Refusal { status, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn door() -> Door {
        Door::new(&["router.lan".to_owned()], Token::new("s3cret-token"))
    }

    fn check(headers: &[(&str, &str)], expect: u16) {
        let mut request = Request::builder().uri("/v1/messages");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        let status = door().check(&head, Gate::Ask).err().map_or(200, |refusal| refusal.status.as_u16());
        assert_eq!(status, expect, "{headers:?}");
    }

    const TOKEN: (&str, &str) = ("authorization", "Bearer s3cret-token");

    #[test]
    fn hosts_are_read_whole() {
        for host in ["localhost", "localhost:4000", "127.0.0.1:1", "[::1]", "[::1]:4000", "ROUTER.lan:80"] {
            check(&[("host", host), TOKEN], 200);
        }
        for host in [
            "[::1].evil",
            "127.0.0.1.evil",
            "localhost@evil",
            "evil",
            "localhost:",
            "localhost:99999",
            "localhost:80:80",
            "localhost:+1",
            "::1",
            "[::1]x:80",
            "",
            "localhost.",
            "evil:4000",
        ] {
            check(&[("host", host), TOKEN], 403);
        }
        check(&[TOKEN], 400);
        check(&[("host", "localhost"), ("host", "localhost"), TOKEN], 400);
    }

    #[test]
    fn foreign_pages_are_refused() {
        check(&[("host", "localhost"), ("origin", "http://localhost:4000"), TOKEN], 200);
        for origin in ["null", "https://evil.example", "http://localhost.evil", "file://", ""] {
            check(&[("host", "localhost"), ("origin", origin), TOKEN], 403);
        }
        check(&[("host", "localhost"), ("sec-fetch-site", "cross-site"), TOKEN], 403);
        check(&[("host", "localhost"), ("sec-fetch-site", "same-origin"), TOKEN], 200);
    }

    #[test]
    fn the_token_is_taken_from_three_headers() {
        let host = ("host", "localhost");
        check(&[host, ("x-coderouter-token", "s3cret-token")], 200);
        check(&[host, ("x-api-key", "s3cret-token")], 200);
        check(&[host, ("authorization", "bearer s3cret-token")], 200);
        check(&[host, ("x-coderouter-token", "wrong"), ("x-api-key", "s3cret-token")], 401);
        check(&[host, ("authorization", "Basic s3cret-token")], 401);
        check(&[host, ("x-api-key", "s3cret-tokené")], 401);
        check(&[host], 401);
    }

    #[test]
    fn those_who_look_may_have_a_token_of_their_own() {
        let check = |client: Option<&str>, gate, offered: &str, expect: bool| {
            let door = Door::new(&[], client.and_then(Token::new)).with_metrics_token(Token::new("look"));
            let request = Request::builder().header("host", "localhost").header(TOKEN_HEADER, offered);
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(door.check(&head, gate).is_ok(), expect, "{client:?} {gate:?} {offered}");
        };
        for (offered, looks, asks) in [("look", true, false), ("client", true, true), ("", false, false)] {
            check(Some("client"), Gate::Look, offered, looks);
            check(Some("client"), Gate::Ask, offered, asks);
        }
        check(None, Gate::Look, "", false);
        check(None, Gate::Look, "look", true);
        check(None, Gate::Ask, "", true);
    }

    #[test]
    fn a_request_has_one_length() {
        let host = ("host", "localhost");
        check(&[host, TOKEN, ("content-length", "3"), ("transfer-encoding", "chunked")], 400);
        check(&[host, TOKEN, ("content-length", "3"), ("content-length", "4")], 400);
    }

    #[test]
    fn absolute_targets_name_a_known_host() {
        let request = Request::builder().uri("http://evil.example/v1/messages").header("host", "localhost");
        let (head, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(door().check(&head, Gate::Open).unwrap_err().status.as_u16(), 403);
    }
}
