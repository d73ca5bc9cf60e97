//! Resident memory of a fresh proxy: idle, and with a thousand slow streams.

use crate::backend::{Answer, Stage};
use crate::load::Connection;
use crate::process::resident;
use crate::proxy::{self, Kind, Place};
use crate::request::{self, Body, Dialect, Form};
use anyhow::Result;
use std::time::Duration;

/// Streams that are open at the same time.
pub const STREAMS: usize = 1_000;

/// Memory of one proxy under one kind of stream, in bytes.
pub struct Memory {
    /// The proxy.
    pub kind: Kind,
    /// What streams.
    pub streams: &'static str,
    /// Resident once it has answered one request.
    pub idle: u64,
    /// What each stream adds.
    pub per_stream: u64,
}

const CASES: &[(&str, Body, Dialect, Dialect)] = &[
    ("small request, verbatim", Body::Chat, Dialect::Anthropic, Dialect::Anthropic),
    ("small request, translated", Body::Chat, Dialect::Anthropic, Dialect::OpenAi),
    ("62 KB request, verbatim", Body::Agent(62_000), Dialect::Anthropic, Dialect::Anthropic),
    ("62 KB request, translated", Body::Agent(62_000), Dialect::Anthropic, Dialect::OpenAi),
];

/// Every case with nginx (one worker, as of two most streams would be one's) and with the router.
pub async fn measure(stage: &Stage, place: &Place) -> Result<Vec<Memory>> {
    let mut found = Vec::new();
    for (streams, body, client, provider) in CASES {
        for kind in [Kind::Nginx(1), Kind::Router] {
            stage.answer(Answer::Slow);
            let request = request::bytes(*body, Form::Stream, *client, *provider);
            let proxy = proxy::start(kind, place, stage.port()).await?;
            let idle = resident(proxy.pid())?;
            let open = open(proxy.port, &request).await?;
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            let per_stream = resident(proxy.pid())?.saturating_sub(idle) / open.len() as u64;
            found.push(Memory { kind, streams, idle, per_stream });
        }
    }
    Ok(found)
}

/// Streams that have begun.
async fn open(port: u16, request: &[u8]) -> Result<Vec<Connection>> {
    let mut open = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        let mut connection = Connection::open(port).await?;
        connection.send(request).await?;
        open.push(connection);
    }
    // A proxy may keep a head back until there is content behind it.
    for connection in &mut open {
        connection.started().await?;
    }
    Ok(open)
}
