//! Proxy variables that would carry requests for this machine elsewhere.

use super::Finding;
use crate::config::Env;

/// The variables that name a proxy for plain HTTP.
const PROXIES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Whether requests to the router on this machine would go to a proxy.
pub(super) fn check(env: &Env, host: &str) -> Finding {
    const CHECK: &str = "proxy";
    let Some(proxy) = PROXIES.into_iter().find(|name| env.get_trimmed(name).is_some()) else {
        return Finding::ok(CHECK, "no proxy variable is set");
    };
    if ["NO_PROXY", "no_proxy"]
        .iter()
        .any(|name| env.get_trimmed(name).is_some_and(|list| spares(list, host)))
    {
        return Finding::ok(CHECK, format!("{proxy} is set, and NO_PROXY spares {host}"));
    }
    Finding::warn(CHECK, format!("{proxy} is set, so requests to {host} may go to the proxy"))
        .with_fix("export NO_PROXY=localhost,127.0.0.1,::1")
}

/// Whether a list of exceptions has this host, with or without a port, or a domain it is below.
fn spares(list: &str, host: &str) -> bool {
    list.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
        let name = match entry.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                name
            }
            _ => entry,
        };
        let name = name
            .trim_start_matches("*.")
            .trim_matches(['[', ']'])
            .trim_start_matches('.')
            .to_ascii_lowercase();
        entry == "*" || host == name || host.strip_suffix(&name).is_some_and(|rest| rest.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn loopback_must_be_spared() {
        let check = |variables: &[(&str, &str)], host: &str| {
            check(&variables.iter().copied().collect(), host).verdict
        };
        let proxy = ("http_proxy", "http://proxy:3128");
        assert_eq!(check(&[], "localhost"), Verdict::Ok);
        assert_eq!(check(&[("HTTPS_PROXY", "http://proxy")], "localhost"), Verdict::Ok);
        assert_eq!(check(&[proxy], "localhost"), Verdict::Warn);
        assert_eq!(check(&[proxy, ("NO_PROXY", "127.0.0.1")], "localhost"), Verdict::Warn);
        for list in ["localhost", "x, LOCALHOST:4000", "*", "localhost,127.0.0.1"] {
            assert_eq!(check(&[proxy, ("no_proxy", list)], "localhost"), Verdict::Ok, "{list}");
        }
        assert_eq!(check(&[proxy, ("no_proxy", "[::1]")], "::1"), Verdict::Ok);
    }
}
