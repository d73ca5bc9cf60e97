//! The environment as a value, and the variables that change the configuration.
//!
//! Nothing below reads the process's environment itself: env files are laid over this map, and tests bring their
//! own.

use std::collections::BTreeMap;
use std::fmt;

use canon::config::Server;

use super::notice::Notice;

/// Environment variables. `Debug` shows names only, since values may be keys.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The variables of this process; those that are not UTF-8 are left out.
    pub fn of_process() -> Self {
        let text = |os: std::ffi::OsString| os.into_string().ok();
        Self(std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect())
    }

    /// The value of a variable, as it is set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a variable without blanks around it; none where nothing is left.
    pub fn get_trimmed(&self, name: &str) -> Option<&str> {
        self.get(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// Sets a variable, as a command line option or an env file does.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Whether a text may be the name of an environment variable: `[A-Za-z_][A-Za-z0-9_]*`.
pub(crate) fn is_variable_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a value of a yes-or-no variable means yes; none where it means neither.
pub(crate) fn truth(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `ALLOW_PAID`, which wins over the file; a value that means neither is told and changes nothing.
pub(super) fn allow_paid(file: bool, env: &Env, notices: &mut Vec<Notice>) -> bool {
    let Some(value) = env.get_trimmed("ALLOW_PAID") else { return file };
    let truth = truth(value);
    if truth.is_none() {
        notices.push(Notice::AllowPaidUnclear);
    }
    truth.unwrap_or(file)
}

/// `CODEROUTER_ALLOWED_HOSTS` and `CODEROUTER_MAX_BODY_BYTES`, which come on top of the `server:` block.
pub(super) fn server(mut server: Server, env: &Env, notices: &mut Vec<Notice>) -> Server {
    let hosts = env.get("CODEROUTER_ALLOWED_HOSTS").unwrap_or_default();
    let hosts = hosts.split(',').map(|host| host.trim().to_ascii_lowercase());
    server.allowed_hosts.extend(hosts.filter(|host| !host.is_empty()));
    if let Some(value) = env.get_trimmed("CODEROUTER_MAX_BODY_BYTES") {
        match value.parse() {
            Ok(bytes) if bytes > 0 => server.limits.body_bytes = bytes,
            _ => notices.push(Notice::BodyLimitUnclear { limit: server.limits.body_bytes }),
        }
    }
    server
}
