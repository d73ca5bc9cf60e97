//! A base URL, taken apart once, and what its host says about the backend.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Where a backend is: `scheme://host:port/prefix`, without user info, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whether the connection is encrypted.
    pub scheme: Scheme,
    /// The name or address in lower case; an IPv6 address without its brackets.
    pub host: String,
    /// The port, the scheme's own where the URL names none.
    pub port: u16,
    /// The path without a slash at its end: empty, or starting with one.
    pub path: String,
}

/// The two schemes a backend is reached by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    /// Its name in a URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port where a URL names none.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why a text is no base URL. No variant carries the text: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Neither `http://` nor `https://`.
    #[error("must start with http:// or https://")]
    Scheme,
    /// Nothing between the scheme and the path.
    #[error("names no host")]
    NoHost,
    /// A character that no host name or address has.
    #[error("names a host that is neither a name nor an address")]
    Host,
    /// A port that is no number from 1 to 65535.
    #[error("has a port that is not a number from 1 to 65535")]
    Port,
    /// User name or password before the host.
    #[error("carries a user name or password")]
    UserInfo,
    /// A query or a fragment.
    #[error("must not carry a query or a fragment")]
    Query,
    /// A blank, control or non-ASCII character in the path.
    #[error("has a path with a character that a URL does not allow")]
    Path,
}

impl Endpoint {
    /// The host as a URL and the `Host` header write it: with the port unless it is the scheme's own.
    pub fn authority(&self) -> String {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        if self.port == self.scheme.default_port() {
            format!("{open}{}{close}", self.host)
        } else {
            format!("{open}{}{close}:{}", self.host, self.port)
        }
    }

    /// The path of an API below the prefix. A prefix that already ends in `/v1` does not get a second one:
    /// `/v1` and `/v1/messages` give `/v1/messages`.
    pub fn join(&self, path: &str) -> String {
        let tail = path.strip_prefix("/v1").filter(|_| self.path.ends_with("/v1"));
        format!("{}{}", self.path, tail.unwrap_or(path))
    }

    /// Whether the host is this machine or its network: loopback, private, link-local or a `.local` name.
    pub fn is_local(&self) -> bool {
        match self.host.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(ip)) => {
                ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
            }
            Ok(IpAddr::V6(ip)) => {
                ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
            }
            Err(_) => self.is_below("localhost") || self.is_below("local"),
        }
    }

    /// Whether the host is the model maker's own API, whose answers need no mending.
    pub fn is_maker_host(&self) -> bool {
        MAKER_HOSTS.iter().any(|maker| self.is_below(maker))
    }

    /// Whether the host is Anthropic's own.
    pub fn is_anthropic(&self) -> bool {
        self.is_below("anthropic.com")
    }

    fn is_below(&self, domain: &str) -> bool {
        let host = self.host.strip_suffix('.').unwrap_or(&self.host);
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }
}

/// Hosts whose owner made the models they serve.
const MAKER_HOSTS: &[&str] = &[
    "anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "api.mistral.ai",
    "codestral.mistral.ai",
    "api.deepseek.com",
    "api.x.ai",
    "api.moonshot.ai",
    "api.moonshot.cn",
    "api.kimi.com",
    "api.z.ai",
    "open.bigmodel.cn",
    "api.minimax.io",
    "api.minimaxi.com",
    "dashscope.aliyuncs.com",
    "dashscope-intl.aliyuncs.com",
    "api.cohere.com",
];

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(url: &str) -> Result<Self, EndpointError> {
        let (scheme, rest) = split_scheme(url).ok_or(EndpointError::Scheme)?;
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if path.contains(['?', '#']) {
            return Err(EndpointError::Query);
        }
        if !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EndpointError::Path);
        }
        let (host, port) = split_authority(authority)?;
        let port = match port {
            Some(digits) => parse_port(digits).ok_or(EndpointError::Port)?,
            None => scheme.default_port(),
        };
        Ok(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
            path: path.trim_end_matches('/').to_owned(),
        })
    }
}

fn split_scheme(url: &str) -> Option<(Scheme, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    if scheme.eq_ignore_ascii_case("http") {
        Some((Scheme::Http, rest))
    } else if scheme.eq_ignore_ascii_case("https") {
        Some((Scheme::Https, rest))
    } else {
        None
    }
}

fn split_authority(authority: &str) -> Result<(&str, Option<&str>), EndpointError> {
    let (host, tail) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, tail) = rest.split_once(']').ok_or(EndpointError::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| EndpointError::Host)?;
            (host, tail)
        }
        None => {
            let (host, tail) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            if !host.bytes().all(plain) {
                return Err(EndpointError::Host);
            }
            (host, tail)
        }
    };
    if host.is_empty() {
        return Err(EndpointError::NoHost);
    }
    match tail.strip_prefix(':') {
        Some(digits) => Ok((host, Some(digits))),
        None if tail.is_empty() => Ok((host, None)),
        None => Err(EndpointError::Host),
    }
}

fn parse_port(digits: &str) -> Option<u16> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port != 0)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.as_str(), self.authority(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expect: Result<&str, EndpointError>) {
        let parsed = url.parse::<Endpoint>().map(|endpoint| endpoint.to_string());
        assert_eq!(parsed, expect.map(str::to_owned), "{url}");
    }

    #[test]
    fn urls_are_taken_apart() {
        check("http://localhost:11434/v1", Ok("http://localhost:11434/v1"));
        check("HTTPS://API.Example.com", Ok("https://api.example.com"));
        check("https://host:443/v1///", Ok("https://host/v1"));
        check("http://[::1]:8080", Ok("http://[::1]:8080"));
        check("localhost:11434/v1", Err(EndpointError::Scheme));
        check("ftp://host", Err(EndpointError::Scheme));
        check("http://", Err(EndpointError::NoHost));
        check("http:///v1", Err(EndpointError::NoHost));
        check("http://[::1", Err(EndpointError::Host));
        check("http://[::1]x", Err(EndpointError::Host));
        check("http://a b/", Err(EndpointError::Host));
        check("http://host:/", Err(EndpointError::Port));
        check("http://host:0", Err(EndpointError::Port));
        check("http://host:+80", Err(EndpointError::Port));
        check("http://host:65536", Err(EndpointError::Port));
        check("http://user:secret@host/", Err(EndpointError::UserInfo));
        check("http://host/v1?key=secret", Err(EndpointError::Query));
        check("http://host/a b", Err(EndpointError::Path));
        check("http://host/\r\nx", Err(EndpointError::Path));
    }

    #[test]
    fn hosts_are_known() {
        let endpoint = |host: &str| format!("http://{host}/").parse::<Endpoint>().unwrap();
        for host in ["localhost", "box.local", "127.8.8.8", "10.0.0.1", "192.168.1.9", "169.254.1.1", "[::1]"]
        {
            assert!(endpoint(host).is_local(), "{host}");
        }
        for host in ["[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "a.localhost", "box.local."] {
            assert!(endpoint(host).is_local(), "{host}");
        }
        for host in ["example.com", "8.8.8.8", "notlocal", "local.example.com", "[2606::1]", "172.32.0.1"] {
            assert!(!endpoint(host).is_local(), "{host}");
        }
        assert!(endpoint("api.anthropic.com").is_anthropic());
        assert!(!endpoint("api.anthropic.com.evil.net").is_anthropic());
        assert!(!endpoint("notanthropic.com").is_maker_host());
        assert!(endpoint("api.deepseek.com").is_maker_host());
        assert!(!endpoint("openrouter.ai").is_maker_host());
    }

    #[test]
    fn a_version_is_not_doubled() {
        let join = |base: &str, path: &str| base.parse::<Endpoint>().unwrap().join(path);
        assert_eq!(join("http://h/v1/", "/v1/messages"), "/v1/messages");
        assert_eq!(join("http://h", "/v1/messages"), "/v1/messages");
        assert_eq!(join("http://h/api/v1", "/chat/completions"), "/api/v1/chat/completions");
    }
}
