//! Keys and tokens: values that can be used but not printed.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// A key of a provider, ready to be sent.
#[derive(Clone)]
pub struct Key {
    plain: HeaderValue,
    bearer: HeaderValue,
}

impl Key {
    /// A key, trimmed; none if it is empty or can't stand in a header.
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        if key.is_empty() {
            return None;
        }
        Some(Self { plain: sensitive(key)?, bearer: sensitive(&format!("Bearer {key}"))? })
    }

    /// As it is, for `x-api-key`.
    pub fn plain(&self) -> HeaderValue {
        self.plain.clone()
    }

    /// For `Authorization`.
    pub fn bearer(&self) -> HeaderValue {
        self.bearer.clone()
    }
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// The token clients must bring.
pub struct Token(SecretString);

impl Token {
    /// A token, trimmed; none if it is empty.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        (!token.is_empty()).then(|| Self(SecretString::from(token)))
    }

    /// Whether these bytes are the token, in constant time.
    pub fn matches(&self, offered: &[u8]) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(offered).into()
    }
}
