//! The order of a chain by how its providers have been doing. A pure reading: what it decides is committed in
//! `ranks`, once somebody is really asked.

use super::ranks::{Ranks, Standing};
use super::samples::{Mode, Recent, Samples};
use canon::id::ProviderName;
use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// A provider is slow where its median is at least this many times the best one of the others.
pub const LATENCY_FACTOR: f64 = 1.5;

/// A provider fails too often where at least this share of its attempts did.
pub const ERROR_RATE: f64 = 0.10;

/// The answers, failures apart, that a median needs before it is compared.
pub const LATENCY_SAMPLES: usize = 3;

/// The attempts that an error rate needs before it counts.
pub const ERROR_SAMPLES: usize = 5;

/// One entry of a chain, in the chain's own order.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The provider.
    pub name: &'a ProviderName,
    /// What is known of it, if anything.
    pub samples: Option<&'a Samples>,
}

/// Why a provider stands further back than its chain says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demotion {
    /// It is slower than the best of the others.
    pub slow: bool,
    /// It fails too often.
    pub failing: bool,
}

impl Demotion {
    /// How far back: 1 for slow, 2 for failing, 3 for both, 0 for neither.
    pub fn steps(self) -> usize {
        usize::from(self.slow) + 2 * usize::from(self.failing)
    }
}

/// The order to try a chain in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// How the answers are asked for that it was decided by.
    pub mode: Mode,
    /// Every entry of the chain once, first to last.
    pub placed: Vec<Placed>,
}

/// One provider of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The provider.
    pub name: ProviderName,
    /// Its place in the chain as it was given, from 0.
    pub place: usize,
    /// What is held against it.
    pub demotion: Demotion,
    /// Whether it stands where its chain says in spite of that, to be tried once.
    pub trial: bool,
    /// The latency that counts as slow for it, where there is another provider to compare it with.
    pub(super) bound: Option<Duration>,
}

impl Order {
    /// Whether the chain's own order is kept.
    pub fn is_unchanged(&self) -> bool {
        self.placed.iter().enumerate().all(|(turn, placed)| placed.place == turn)
    }
}

/// Orders a chain for a request that wants its answer in `mode`: by demotion, then as it was given.
///
/// A demotion needs evidence, and so does its end. Where the samples that led to it have expired, it stays, and
/// from time to time one request tries the provider at its old place ([`Placed::trial`]). So one that is as slow as
/// before costs one request in a while, instead of getting all of them back after a minute of silence.
pub fn order(chain: &[Entry<'_>], mode: Mode, ranks: &Ranks, now: Instant) -> Order {
    let recent: Vec<Recent> = chain.iter().map(|entry| recent(entry, mode, now)).collect();
    let best = Best::of(&recent);
    let judged = chain.iter().zip(&recent).enumerate().map(|(place, (entry, recent))| {
        let evidence = Evidence::of(recent, best.beside(place));
        let standing = ranks.standing(entry.name);
        let (demotion, trial) = standing.map_or((evidence.demotion(), false), |standing| {
            judged_again(entry, &evidence, standing, mode, now)
        });
        Placed { name: entry.name.clone(), place, demotion, trial, bound: evidence.bound }
    });
    let mut placed: Vec<Placed> = judged.collect();
    placed.sort_by_key(Placed::turn);
    Order { mode, placed }
}

fn recent(entry: &Entry<'_>, mode: Mode, now: Instant) -> Recent {
    entry.samples.map(|samples| samples.recent(mode, now)).unwrap_or_default()
}

impl Placed {
    fn turn(&self) -> (usize, usize) {
        (if self.trial { 0 } else { self.demotion.steps() }, self.place)
    }
}

/// What the window alone says about a provider; none where it holds too little to tell.
struct Evidence {
    slow: Option<bool>,
    failing: Option<bool>,
    bound: Option<Duration>,
}

impl Evidence {
    fn of(recent: &Recent, best_other: Option<Duration>) -> Self {
        let bound = best_other.map(|best| best.mul_f64(LATENCY_FACTOR));
        let slow = comparable(recent).zip(bound).map(|(median, bound)| median >= bound);
        let failing = (recent.count >= ERROR_SAMPLES).then(|| recent.error_rate() >= ERROR_RATE);
        Self { slow, failing, bound }
    }

    fn demotion(&self) -> Demotion {
        Demotion { slow: self.slow == Some(true), failing: self.failing == Some(true) }
    }

    /// Whether something that is held against a provider can still be told from the window.
    fn speaks_of(&self, held: Demotion) -> bool {
        (held.slow && self.slow.is_some()) || (held.failing && self.failing.is_some())
    }
}

fn comparable(recent: &Recent) -> Option<Duration> {
    recent.median.filter(|_| recent.answers >= LATENCY_SAMPLES)
}

/// The demotion of a provider that was demoted before or has just come back, and whether it is tried once.
fn judged_again(
    entry: &Entry<'_>,
    evidence: &Evidence,
    standing: &Standing,
    mode: Mode,
    now: Instant,
) -> (Demotion, bool) {
    let held = standing.demotion;
    if standing.is_settling(now) {
        return (held, false);
    }
    let tried = standing.tried.zip(entry.samples);
    let slowest = tried.and_then(|(tried, samples)| samples.slowest_since(tried, mode, now));
    let bound = evidence.bound.or(standing.bound);
    let quick = slowest.is_some_and(|slowest| bound.is_none_or(|bound| slowest < bound));
    let demotion = Demotion {
        slow: evidence.slow.unwrap_or(held.slow && !quick),
        failing: evidence.failing.unwrap_or(held.failing && slowest.is_none()),
    };
    let trial = demotion.steps() > 0 && !evidence.speaks_of(demotion) && standing.is_trial_due(now);
    (demotion, trial)
}

/// The two best medians of a chain: for each provider one of them is the best of the others.
struct Best {
    first: Option<(usize, Duration)>,
    second: Option<Duration>,
}

impl Best {
    fn of(recent: &[Recent]) -> Self {
        let mut best = Self { first: None, second: None };
        for (place, median) in
            recent.iter().enumerate().filter_map(|(place, r)| Some((place, comparable(r)?)))
        {
            match best.first.map(|(_, first)| median.cmp(&first)) {
                None => best.first = Some((place, median)),
                Some(Ordering::Less) => {
                    best.second = best.first.map(|(_, first)| first);
                    best.first = Some((place, median));
                }
                Some(_) => best.second = Some(best.second.map_or(median, |second| second.min(median))),
            }
        }
        best
    }

    fn beside(&self, place: usize) -> Option<Duration> {
        match self.first {
            Some((best, _)) if best == place => self.second,
            first => first.map(|(_, median)| median),
        }
    }
}
