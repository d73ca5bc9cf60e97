//! The last hour by minutes, of all requests and of each provider, and how quick providers were lately.

use super::names::Names;
use super::requests::Step;
use super::slots::Slots;
use super::sorted::Sorted;
use super::tally::has_fallen_back;
use canon::event::{CacheObserved, Event, Fact, Finished, FlowFact};
use canon::id::ProviderName;
use canon::money::Usd;
use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

/// How many minutes are kept.
pub(crate) const MINUTES: usize = 60;

/// How many of a provider's latest answers are measured.
const SAMPLES: usize = 256;

/// The last hour.
#[derive(Debug)]
pub(crate) struct History {
    /// Requests by minutes.
    pub(crate) minutes: Slots<Minute>,
    /// Requests that ended, by seconds.
    pub(crate) seconds: Slots<u32>,
    /// Providers, by their names among those that are counted.
    pub(crate) providers: Sorted<ProviderHistory>,
}

/// A minute of requests that ended in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minute {
    /// All of them.
    pub(crate) requests: u32,
    /// Those that nobody answered, or whose answer broke off.
    pub(crate) failed: u32,
    /// Those that left a provider with which something was wrong.
    pub(crate) fell_back: u32,
}

/// The last hour of a provider.
#[derive(Debug)]
pub(crate) struct ProviderHistory {
    /// By minutes.
    pub(crate) minutes: Slots<ProviderMinute>,
    samples: VecDeque<Sample>,
}

/// A minute of a provider.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProviderMinute {
    /// Attempts that began.
    pub(crate) attempts: u32,
    /// Attempts that failed.
    pub(crate) failures: u32,
    /// How long whole answers took.
    pub(crate) took: Mean,
    /// Until their first content.
    pub(crate) first_token: Mean,
    /// Tokens of answers whose speed is known, and the seconds in which they came.
    pub(crate) output: (u64, f64),
    /// What answers cost.
    pub(crate) cost: Usd,
    /// Answers with a cache hit, and all whose backend said what its cache did.
    pub(crate) cache: (u32, u32),
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mean {
    sum: Duration,
    count: u32,
}

/// An answer's times.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: SystemTime,
    took: Duration,
    first_token: Option<Duration>,
}

impl History {
    pub(super) fn new() -> Self {
        Self { minutes: Slots::new(MINUTES, 60), seconds: Slots::new(60, 1), providers: Sorted::default() }
    }

    /// Takes a fact in; `names` are those of the providers that are counted.
    pub(super) fn hear(&mut self, event: &Event, step: &Step, names: &mut Names) {
        let at = event.at;
        match &event.fact {
            Fact::Attempted { .. } if step.is_known_attempt => {}
            Fact::Attempted { provider, .. } => self.of(provider, names).minutes.at(at).attempts += 1,
            Fact::Flow(flow) => {
                if let FlowFact::Hedged { rival, .. } = &**flow {
                    self.of(rival, names).minutes.at(at).attempts += 1;
                }
            }
            Fact::AttemptFailed { provider, .. } => self.of(provider, names).minutes.at(at).failures += 1,
            Fact::Answered { provider, took, first_token, .. } => {
                self.of(provider, names).answered(Sample { at, took: *took, first_token: *first_token });
            }
            Fact::CacheObserved(observed) => self.of(&observed.provider, names).observed(at, observed),
            Fact::Finished(finished) => {
                self.finished(at, finished);
                if let (Some(provider), Some((tokens, seconds))) = (&finished.provider, step.speed) {
                    let output = &mut self.of(provider, names).minutes.at(at).output;
                    *output = (output.0.saturating_add(tokens), output.1 + seconds);
                }
            }
            _ => {}
        }
    }

    fn of(&mut self, provider: &ProviderName, names: &mut Names) -> &mut ProviderHistory {
        self.providers.entry(names.label(provider.as_str()), ProviderHistory::new)
    }

    fn finished(&mut self, at: SystemTime, finished: &Finished) {
        *self.seconds.at(at) += 1;
        let minute = self.minutes.at(at);
        minute.requests += 1;
        minute.failed += u32::from(matches!(finished.outcome, "unanswered" | "broken" | "surfaced"));
        minute.fell_back += u32::from(has_fallen_back(finished));
    }
}

impl ProviderHistory {
    fn new() -> Self {
        Self { minutes: Slots::new(MINUTES, 60), samples: VecDeque::new() }
    }

    fn answered(&mut self, sample: Sample) {
        let minute = self.minutes.at(sample.at);
        minute.took.add(sample.took);
        if let Some(first_token) = sample.first_token {
            minute.first_token.add(first_token);
        }
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    fn observed(&mut self, at: SystemTime, observed: &CacheObserved) {
        let minute = self.minutes.at(at);
        minute.cost += observed.cost;
        let outcome = observed.outcome();
        minute.cache.0 += u32::from(outcome == "cache_hit");
        minute.cache.1 += u32::from(outcome != "unknown");
    }

    /// How long answers of the last hour took and how long until their first content: the median and what 95 of a
    /// hundred were under, each.
    pub(crate) fn quantiles(&self, now: SystemTime) -> [Option<(Duration, Duration)>; 2] {
        let hour = Duration::from_secs(60 * 60);
        let is_new = |sample: &&Sample| now.duration_since(sample.at).map_or(true, |age| age <= hour);
        let new = || self.samples.iter().filter(is_new);
        [quantiles(new().map(|sample| sample.took)), quantiles(new().filter_map(|sample| sample.first_token))]
    }

    /// Tokens a second over the last hour.
    pub(crate) fn tokens_per_second(&self, now: SystemTime) -> Option<f64> {
        let minutes = self.minutes.last(MINUTES, now).flatten();
        rate(minutes.fold((0, 0.0), |sum, minute| (sum.0 + minute.output.0, sum.1 + minute.output.1)))
    }
}

/// Tokens a second, where some came.
pub(crate) fn rate((tokens, seconds): (u64, f64)) -> Option<f64> {
    (seconds > 0.0).then(|| tokens as f64 / seconds)
}

impl Mean {
    fn add(&mut self, time: Duration) {
        self.sum = self.sum.saturating_add(time);
        self.count += 1;
    }

    /// The mean, where there is one.
    pub(crate) fn value(self) -> Option<Duration> {
        self.sum.checked_div(self.count)
    }
}

fn quantiles(times: impl Iterator<Item = Duration>) -> Option<(Duration, Duration)> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    // By the nearest rank.
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).saturating_sub(1)).copied();
    Some((at(50)?, at(95)?))
}
