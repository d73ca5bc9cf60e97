//! What the program that started a router hears of it on standard output: one line of JSON once it listens, and one
//! with its figures when it ends.

use crate::command::talk;
use crate::router::Router;
use crate::watching;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

/// Says where the router listens.
pub fn tell(address: SocketAddr) {
    talk::print(json!({ "port": address.port() }).to_string());
}

/// The port in such a line.
pub fn port(line: &str) -> Option<u16> {
    let said: Value = serde_json::from_str(line).ok()?;
    said["port"].as_u64().and_then(|port| port.try_into().ok())
}

/// Says what the router has seen, once nothing more comes.
pub async fn account(router: &Arc<Router>) {
    let page = |text: String| serde_json::from_str(&text).unwrap_or_default();
    let overview = page(watching::overview(router).await);
    talk::print(figures(overview, page(watching::metrics(router).await)).to_string());
}

/// A router's overview, and in it how often each fact has happened.
pub fn figures(mut overview: Value, mut metrics: Value) -> Value {
    overview["events"] = metrics["counters"]["events_total"].take();
    overview
}
