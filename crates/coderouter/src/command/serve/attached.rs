//! What the program that started a router hears of it: one line of JSON on standard output, once it listens.

use crate::command::talk;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Says where the router listens.
pub fn tell(address: SocketAddr) {
    talk::print(json!({ "port": address.port() }).to_string());
}

/// The port in such a line.
pub fn port(line: &str) -> Option<u16> {
    let said: Value = serde_json::from_str(line).ok()?;
    said["port"].as_u64().and_then(|port| port.try_into().ok())
}
