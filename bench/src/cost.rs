//! Processor time per request and per chunk: every proxy in every round, medians over the rounds.

use crate::backend::{Answer, CHUNKS, LAST, Stage};
use crate::load::{self, Connection, Load};
use crate::process::Spent;
use crate::proxy::{Kind, Proxy};
use crate::request::{Dialect, Form};
use crate::scenario::Scenario;
use crate::statistic::median;
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::time::Duration;

/// What a scenario costs with each proxy.
pub struct Cost {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// Microseconds per unit, the median of the rounds, in the order of the proxies.
    pub medians: Vec<(Kind, f64)>,
}

impl Cost {
    /// The median of one proxy.
    pub fn of(&self, kind: Kind) -> f64 {
        self.medians.iter().find(|(known, _)| *known == kind).map_or(f64::NAN, |(_, median)| *median)
    }

    /// The router's cost by that of nginx with so many workers.
    pub fn ratio(&self, workers: usize) -> f64 {
        self.of(Kind::Router) / self.of(Kind::Nginx(workers))
    }

    /// Whether the target is missed against nginx with one worker.
    pub fn is_missed(&self) -> bool {
        self.scenario.target.is_some_and(|target| self.ratio(1) > target)
    }
}

/// Measures one scenario with all proxies, `rounds` times in turn.
pub async fn measure(
    scenario: &'static Scenario,
    stage: &Stage,
    proxies: &[Proxy],
    rounds: usize,
) -> Result<Cost> {
    let request = scenario.request();
    let wanted = |proxy: &&Proxy| !scenario.is_slow() || proxy.kind != Kind::Nginx(2);
    let proxies: Vec<&Proxy> = proxies.iter().filter(wanted).collect();
    stage.answer(scenario.answer);
    for proxy in &proxies {
        check(scenario, proxy, &request)
            .await
            .with_context(|| format!("{}: {}", proxy.kind, scenario.name))?;
    }
    let mut samples = vec![Vec::new(); proxies.len()];
    let rounds = if scenario.is_slow() { rounds.div_ceil(2) } else { rounds };
    for _ in 0..rounds {
        for (proxy, samples) in proxies.iter().zip(&mut samples) {
            samples.push(once(scenario, stage, proxy, &request).await?);
        }
    }
    let medians =
        proxies.iter().zip(&samples).map(|(proxy, samples)| (proxy.kind, median(samples))).collect();
    Ok(Cost { scenario, medians })
}

/// One round with one proxy, in microseconds per unit.
async fn once(scenario: &Scenario, stage: &Stage, proxy: &Proxy, request: &Arc<[u8]>) -> Result<f64> {
    // The connections are warmed with answers that take no time.
    stage.answer(Answer::Short);
    let mut load = Load::open(proxy.port, scenario.connections, request).await?;
    stage.answer(scenario.answer);
    tokio::time::sleep(Duration::from_millis(10)).await;
    let before = Spent::by(proxy.pid())?;
    load.run(scenario.requests, scenario.stagger()).await?;
    tokio::time::sleep(BEHIND).await;
    Ok(Spent::by(proxy.pid())?.since(&before) / scenario.units() as f64)
}

/// What a proxy does this long behind its answers, such as writing its log, counts too.
const BEHIND: Duration = Duration::from_millis(40);

/// The answer must be whole and in the client's dialect, or else something else is measured.
async fn check(scenario: &Scenario, proxy: &Proxy, request: &[u8]) -> Result<()> {
    let mut connection = Connection::open(proxy.port).await?;
    let answer = load::body(connection.ask(request).await?);
    let answer = String::from_utf8_lossy(&answer);
    let (chunk, end) = match scenario.client {
        Dialect::Anthropic => ("text_delta", "message_stop"),
        Dialect::OpenAi => ("\"content\":\"", "[DONE]"),
    };
    ensure!(answer.contains(LAST), "the answer is not whole: {}", start(&answer));
    if scenario.form() == Form::Stream {
        let chunks = answer.matches(chunk).count();
        ensure!(chunks >= CHUNKS, "{chunks} chunks came through: {}", start(&answer));
        ensure!(answer.contains(end), "the stream has no end: {}", start(&answer));
    }
    Ok(())
}

fn start(answer: &str) -> String {
    answer.chars().take(2_000).collect()
}
