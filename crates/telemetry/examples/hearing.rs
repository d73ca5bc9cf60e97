//! What a fact costs whoever hears it: nanoseconds for each of the common ones, with the ring full as it always is. Of
//! all batches the median and the best, as other programs run meanwhile.
//! `cargo run --release -p telemetry --example hearing`

use canon::event::{CacheObserved, Departure, Event, Fact, Finished, TokenCounts};
use canon::id::{ProviderName, RequestId};
use canon::money::Usd;
use canon::usage::Usage;
use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant, SystemTime};
use telemetry::redact::Redactor;
use telemetry::seen::Seen;
use telemetry::shown::{metrics_json, overview, prometheus};
use telemetry::standing::Standing;

/// How many requests are told of.
const REQUESTS: u64 = 200_000;

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut seen = Seen::new(SystemTime::now());
    let providers: Vec<ProviderName> =
        ["local", "cloud", "another", "fourth"].iter().map(|name| (*name).into()).collect();
    let mut spent: [Vec<Duration>; 4] = Default::default();
    for batch in 0..REQUESTS / 1_000 {
        // Fact by fact, a thousand requests at once, so that the clock costs next to nothing.
        for (kind, spent) in spent.iter_mut().enumerate() {
            let events: Vec<Event> =
                (0..1_000).map(|place| event(kind, batch * 1_000 + place, &providers)).collect();
            let started = Instant::now();
            for event in events {
                seen.hear(black_box(event));
            }
            spent.push(started.elapsed());
        }
    }
    for (name, mut spent) in ["attempted", "answered", "cache observed", "finished"].iter().zip(spent) {
        spent.sort_unstable();
        let fact = |place: usize| spent.get(place).map_or(0, |batch| batch.as_nanos() / 1_000);
        writeln!(out, "{name:>16} {:>6} ns, at best {} ns", fact(spent.len() / 2), fact(0))?;
    }
    writeln!(out, "{:>16} {:>6} bytes in the ring", "an event", size_of::<Event>())?;
    let (standing, redactor) = (Standing::default(), Redactor::new([]));
    let mut page = |name: &str, length: &dyn Fn() -> usize| {
        let started = Instant::now();
        let bytes = length();
        writeln!(out, "{name:>16} {:>6} us, {bytes} bytes", started.elapsed().as_micros())
    };
    page("metrics", &|| prometheus(&seen, &standing, &redactor).len())?;
    page("metrics.json", &|| metrics_json(&seen, &standing, &redactor).to_string().len())?;
    page("overview", &|| overview(&seen, &standing, &redactor).to_string().len())?;
    page("saved", &|| seen.saved().to_string().len())
}

fn event(kind: usize, number: u64, providers: &[ProviderName]) -> Event {
    let provider = || providers[number as usize % providers.len()].clone();
    let fact = match kind {
        0 => Fact::Attempted { provider: provider(), stream: true, native: true, traced: None },
        1 => Fact::Answered {
            provider: provider(),
            stream: true,
            native: true,
            took: Duration::from_millis(number % 9_000),
            first_token: Some(Duration::from_millis(number % 900)),
        },
        2 => Fact::CacheObserved(Box::new(CacheObserved {
            provider: provider(),
            request_had_cache_control: true,
            streaming: true,
            usage: Usage { input: Some(100), output: Some(50), cache_read: Some(9), ..Usage::default() },
            cost: Usd::from_dollars(0.01),
            savings: Usd::from_dollars(0.001),
            tax: None,
        })),
        _ => Fact::Finished(Box::new(Finished {
            outcome: "answered",
            provider: Some(provider()),
            profile: Some("coding".into()),
            model: Some("qwen3-coder:30b".into()),
            took: Duration::from_millis(number % 9_000),
            first_token: Some(Duration::from_millis(number % 900)),
            stream: true,
            tokens: TokenCounts { output: Some(50), ..TokenCounts::default() },
            departures: departures(number, provider()),
            ..Finished::default()
        })),
    };
    Event {
        at: SystemTime::now(),
        request: Some(RequestId::new(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
        fact,
    }
}

/// One request in eight has left a provider.
fn departures(number: u64, from: ProviderName) -> Vec<Departure> {
    match number % 8 {
        0 => vec![Departure { from, reason: "timeout", attempted: true }],
        _ => Vec::new(),
    }
}
