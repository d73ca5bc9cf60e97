//! A base URL that an agent was given: whether it leads to the router.

use super::{Finding, Machine};
use canon::config::Endpoint;

/// What an agent appends to its base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `/v1/messages`: the URL ends before `/v1`.
    Bare,
    /// `/responses` and the like: the URL ends with `/v1`.
    Versioned,
}

impl Form {
    fn path(self) -> &'static str {
        match self {
            Self::Bare => "",
            Self::Versioned => "/v1",
        }
    }

    /// The URL that is right.
    pub(super) fn right(self, port: u16) -> String {
        format!("http://localhost:{port}{}", self.path())
    }
}

/// Judges a URL that `source` sets.
pub(super) fn judge(
    check: &'static str,
    machine: &Machine<'_>,
    source: &str,
    url: &str,
    form: Form,
) -> Finding {
    let right = form.right(machine.port);
    let endpoint = match url.trim().parse::<Endpoint>() {
        Ok(endpoint) => endpoint,
        // The URL itself may hold a password.
        Err(error) => {
            return Finding::warn(check, format!("{source} {error}")).with_fix(format!("set it to {right}"));
        }
    };
    if !is_loopback(&endpoint.host) {
        return Finding::info(check, format!("{source} leads to {}, not to this machine", endpoint.host));
    }
    if endpoint.port != machine.port {
        let detail =
            format!("{source} leads to port {}, and the router's is {}", endpoint.port, machine.port);
        return Finding::warn(check, detail).with_fix(format!("set it to {right}"));
    }
    if endpoint.path != form.path() {
        let ends = if endpoint.path.is_empty() {
            "without a path".to_owned()
        } else {
            format!("in {}", endpoint.path)
        };
        let detail =
            format!("{source} ends {ends}, so the agent would ask for paths that the router does not have");
        return Finding::warn(check, detail).with_fix(format!("set it to {right}"));
    }
    if !(machine.listens)(&endpoint.host, endpoint.port) {
        return Finding::warn(check, format!("{source} leads to the router's port, where nobody listens"))
            .with_fix("coderouter serve");
    }
    Finding::ok(check, format!("{source} leads to the router"))
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
