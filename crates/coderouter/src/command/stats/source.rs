//! What is asked of the router, and in which time.

use super::facts::{Facts, Route, lenient};
use crate::command::plain::plain_document;
use crate::command::running::Running;
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The router that is looked at.
pub struct Source(Running);

impl Source {
    /// Looks at a router.
    pub fn new(router: Running) -> Self {
        Self(router.with_patience(PATIENCE))
    }

    /// `GET /v1/overview` as it is.
    pub async fn overview(&self) -> anyhow::Result<Value> {
        self.0.overview().await
    }

    /// `GET /metrics.json` as it is.
    pub async fn metrics(&self) -> anyhow::Result<Value> {
        self.get("/metrics.json").await
    }

    /// All that the screen shows.
    pub async fn facts(&self) -> anyhow::Result<Facts> {
        let (overview, metrics) = tokio::join!(self.overview(), self.metrics());
        Ok(Facts::read(overview?, metrics?))
    }

    /// What is known of one request.
    pub async fn route(&self, id: &str) -> anyhow::Result<Route> {
        let mut route = self.get(&format!("/v1/route/{id}")).await?;
        // The table's lines stay lines.
        let table = route["table"].take();
        plain_document(&mut route);
        let lines = table.as_str().unwrap_or_default().lines().map(crate::command::plain::plain);
        route["table"] = lines.collect::<Vec<_>>().join("\n").into();
        Ok(lenient(route))
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.0.ask(Method::GET, path, &[], Bytes::new()).await
    }
}
