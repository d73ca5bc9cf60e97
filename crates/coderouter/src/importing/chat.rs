//! Places and keys as other programs write them.

use super::account::Account;
use super::makers;
use super::names::variable;
use super::source::At;
use crate::config::draft::{Item, Outline};
use crate::config::{is_variable_name, mask_text};
use canon::config::Endpoint;

/// A place, and the dialect it speaks.
#[derive(Clone, Debug)]
pub struct Address {
    /// The place.
    pub endpoint: Endpoint,
    /// Whether it speaks Messages.
    pub is_anthropic: bool,
}

impl Address {
    /// Reads a URL, which may be that of an endpoint. A mistake where it is none.
    pub fn read(at: &At<'_>, account: &mut Account) -> Option<Self> {
        let url = at.text(account)?;
        if mask_text(url) != url {
            account
                .mistake(at.mistake("the URL holds what looks like a secret").hint("take it out of the URL"));
            return None;
        }
        let place = url.trim_end_matches('/');
        let is_messages = place.ends_with("/messages");
        let place = ENDPOINTS.iter().find_map(|end| place.strip_suffix(end)).unwrap_or(place);
        match place.parse::<Endpoint>() {
            Ok(endpoint) => {
                let is_anthropic = is_messages || endpoint.is_anthropic();
                Some(Self { endpoint, is_anthropic })
            }
            Err(error) => {
                account.mistake(at.mistake(format!("the URL {error}")));
                None
            }
        }
    }
}

/// What stands behind a base URL where a program wants the whole one.
const ENDPOINTS: &[&str] = &["/chat/completions", "/v1/messages", "/messages", "/completions"];

/// The variable a value names: `$NAME`, `${NAME}`, `${env.NAME}` or `os.environ/NAME`.
pub fn referred(value: &str) -> Option<&str> {
    let value = value.trim();
    let name = value
        .strip_prefix("os.environ/")
        .or_else(|| value.strip_prefix("${env.")?.strip_suffix('}'))
        .or_else(|| value.strip_prefix("${")?.strip_suffix('}'))
        .or_else(|| value.strip_prefix('$'))?;
    is_variable_name(name).then_some(name)
}

/// The key that clients must bring: from the variable that is named, else from ours, which the user is to fill.
pub fn client_key(value: &str, at: &At<'_>, outline: &mut Outline, account: &mut Account) {
    match referred(value) {
        Some(name) => {
            outline.server.put("token_env", Item::name(name));
            account.need(name, None);
            account.exactly(at, format!("server.token_env: {name}"));
        }
        None => {
            account.need("CODEROUTER_TOKEN", Some(at));
            account.roughly(at, "clients bring what is in CODEROUTER_TOKEN; the key itself is not copied");
        }
    }
}

/// The variable of a key: the one that is named, else one to put the key into. A server on this machine gets none
/// unless a variable is named, since most take any key or none.
pub fn key(at: &At<'_>, place: &Endpoint, whose: &str, account: &mut Account) -> Option<String> {
    let value = at.word().map(str::trim).filter(|value| !value.is_empty())?;
    if let Some(name) = referred(value) {
        account.need(name, None);
        account.exactly(at, format!("api_key_env: {name}"));
        return Some(name.to_owned());
    }
    if place.is_local() {
        account.roughly(at, "left out: a server of your own rarely wants a key; if it does, set api_key_env");
        return None;
    }
    let known = makers::by_place(place).map(|maker| maker.key).filter(|key| !key.is_empty());
    let like = known.map_or_else(|| format!("{}_API_KEY", variable(whose)), str::to_owned);
    let name = account.variable_for(&like, value);
    account.need(&name, Some(at));
    account
        .roughly(at, format!("api_key_env: {name}; the key itself is not copied, put it into that variable"));
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_in_every_spelling() {
        for (value, expect) in [
            ("$A_KEY", Some("A_KEY")),
            ("${A_KEY}", Some("A_KEY")),
            ("${env.A_KEY}", Some("A_KEY")),
            ("os.environ/A_KEY", Some("A_KEY")),
            ("sk-0123456789", None),
            ("$9", None),
            ("${A", None),
            ("", None),
        ] {
            assert_eq!(referred(value), expect, "{value}");
        }
    }
}
