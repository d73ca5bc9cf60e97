//! JSON written by hand, so that keys keep the order the real backends use. Nothing is read here.

use std::fmt::{Display, Write};

use serde_json::Value;

/// The text as a JSON string, quotes included.
pub(crate) fn quote(text: &str) -> String {
    Value::from(text).to_string()
}

/// A JSON object under construction; keys come out in the order they were put in.
#[derive(Clone)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self(String::from("{"))
    }

    /// A string value.
    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        self.raw(key, quote(value))
    }

    /// A value that is JSON already.
    pub(crate) fn raw(mut self, key: &str, value: impl Display) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        // Writing to a string has no way to fail.
        let _ = write!(self.0, "{}:{value}", quote(key));
        self
    }

    /// All of another object's keys behind this one's.
    pub(crate) fn join(mut self, other: &Self) -> Self {
        if self.0.len() > 1 && other.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&other.0[1..]);
        self
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// The items as a JSON array.
pub(crate) fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}
