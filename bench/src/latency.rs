//! Time that a proxy adds to a small answer, at one connection. Wall time: on a busy machine only the medians
//! say something.

use crate::backend::{Answer, Stage};
use crate::load::Load;
use crate::proxy::{Kind, Proxy};
use crate::request::{self, Body, Dialect, Form};
use crate::statistic::percentile;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

/// Times of one way to the backend, in microseconds.
pub struct Latency {
    /// The proxy on the way; none where there is none.
    pub kind: Option<Kind>,
    /// Half of the requests take at most this long.
    pub p50: f64,
    /// All but one in a hundred take at most this long.
    pub p99: f64,
}

const ROUNDS: usize = 8;
const REQUESTS: usize = 500;

/// The way without a proxy first, then each proxy's, in rounds.
pub async fn measure(stage: &Stage, proxies: &[Proxy]) -> Result<Vec<Latency>> {
    stage.answer(Answer::Short);
    let request: Arc<[u8]> = request::bytes(Body::Chat, Form::Plain, Dialect::OpenAi, Dialect::OpenAi).into();
    let mut ways = vec![(None, stage.port(), Vec::new())];
    ways.extend(proxies.iter().map(|proxy| (Some(proxy.kind), proxy.port, Vec::new())));
    for _ in 0..ROUNDS {
        for (_, port, times) in &mut ways {
            let mut load = Load::open(*port, 1, &request).await?;
            times.extend(load.run(REQUESTS, Duration::ZERO).await?);
        }
    }
    let latency = |(kind, _, times): (Option<Kind>, u16, Vec<f64>)| Latency {
        kind,
        p50: percentile(&times, 50.0),
        p99: percentile(&times, 99.0),
    };
    Ok(ways.into_iter().map(latency).collect())
}
