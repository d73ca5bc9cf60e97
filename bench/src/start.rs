//! Time from starting a proxy to its first answer.

use crate::backend::{Answer, Stage};
use crate::load;
use crate::proxy::{self, KINDS, Kind, Place};
use crate::statistic::median;
use anyhow::{Result, bail};
use std::time::{Duration, Instant};

/// How long a proxy takes to start, in milliseconds.
pub struct Start {
    /// The proxy.
    pub kind: Kind,
    /// Half of the starts take at most this long.
    pub median: f64,
    /// The longest.
    pub worst: f64,
}

const STARTS: usize = 15;

/// Starts each proxy several times in turn.
pub async fn measure(stage: &Stage, place: &Place) -> Result<Vec<Start>> {
    stage.answer(Answer::Short);
    let mut times: Vec<_> = KINDS.iter().map(|kind| (*kind, Vec::new())).collect();
    for _ in 0..STARTS {
        for (kind, times) in &mut times {
            times.push(once(*kind, stage, place).await?);
        }
    }
    let start = |(kind, times): (Kind, Vec<f64>)| Start {
        kind,
        median: median(&times),
        worst: times.iter().copied().fold(0.0, f64::max),
    };
    Ok(times.into_iter().map(start).collect())
}

async fn once(kind: Kind, stage: &Stage, place: &Place) -> Result<f64> {
    let begun = Instant::now();
    let proxy = proxy::spawn(kind, place, stage.port())?;
    while !load::answers(proxy.port).await {
        if begun.elapsed() > Duration::from_secs(10) {
            bail!("{kind} did not answer within 10 s");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}
