//! Whose turn it is: the plan's providers one after another, each claimed before it is asked.

use super::Ask;
use super::trail::Trail;
use crate::upstream::Backend;
use canon::config::Provider;
use canon::event::SkipReason;
use canon::fault::{Fault, FaultKind, Phase};
use routing::claim::{Claim, Turn};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a provider that refuses for its rate is left alone where it does not say.
const UNTOLD_WAIT: Duration = Duration::from_secs(1);

/// However soon a provider says to come back, it is not asked in a tight loop.
const LEAST_WAIT: Duration = Duration::from_millis(250);

/// A provider whose turn it is.
pub struct Next {
    /// The provider.
    pub backend: Arc<Backend>,
    /// Whether nobody is left behind it.
    pub is_last: bool,
    /// What it was taken by.
    pub claim: Claim,
}

/// A provider that could not be had.
struct Refused {
    backend: Arc<Backend>,
    reason: SkipReason,
    /// When it is free again, where it is at its limits.
    free: Option<Instant>,
}

impl Refused {
    fn new(backend: Arc<Backend>, reason: SkipReason) -> Self {
        let free = match reason {
            SkipReason::RateLimited { wait } => Some(Instant::now() + wait),
            _ => None,
        };
        Self { backend, reason, free }
    }
}

/// What comes next.
pub enum Step {
    /// An attempt.
    Try(Box<Next>),
    /// A wait, as everybody who could answer is at a limit.
    Wait(Duration),
    /// Nothing: all have failed.
    Over,
}

/// The providers still to be tried.
pub struct Attempts<'a> {
    ask: &'a Ask,
    ahead: VecDeque<(Arc<Backend>, Turn)>,
    /// Those that could not be had in their turn, and why.
    refused: Vec<Refused>,
    /// A local server that was still reading the prompt when its time was over.
    reading: Option<Arc<Backend>>,
    /// Whether it has its second time now.
    reads_on: bool,
    waiting_since: Option<Instant>,
}

impl<'a> Attempts<'a> {
    /// All of the plan's.
    pub fn new(ask: &'a Ask) -> Self {
        let turn = if ask.plan.is_last_resort { Turn::LastResort } else { Turn::Planned };
        Self {
            ask,
            ahead: ask.backends.iter().map(|backend| (Arc::clone(backend), turn)).collect(),
            refused: Vec::new(),
            reading: None,
            reads_on: false,
            waiting_since: None,
        }
    }

    /// What comes next.
    pub fn step(&mut self, trail: &mut Trail) -> Step {
        loop {
            while let Some((backend, turn)) = self.ahead.pop_front() {
                match self.ask.claim(&backend, turn) {
                    Ok(claim) => {
                        // Who reads on has the same time again, as if somebody stood behind it.
                        let comes_again = |refused: &Refused| self.may_come_again(refused.reason);
                        let is_last =
                            self.ahead.is_empty() && !self.refused.iter().any(comes_again) && !self.reads_on;
                        return Step::Try(Box::new(Next { backend, is_last, claim }));
                    }
                    Err(reason) => {
                        trail.turned_away(&backend, reason);
                        self.refused.push(Refused::new(backend, reason));
                    }
                }
            }
            if let Some(step) = self.second_chance(trail) {
                return step;
            }
        }
    }

    /// Whether somebody who could not be had for this reason may still have a turn.
    fn may_come_again(&self, reason: SkipReason) -> bool {
        let patience = self.ask.plan.profile.queue_timeout;
        match reason {
            SkipReason::RateLimited { wait } => !patience.is_zero() && wait <= patience,
            reason => reason.is_doubt(),
        }
    }

    /// Everybody has had a turn. Those that were doubted come once more, then those at their limits once they are
    /// free, last of all the one that was still reading; none where another provider is ahead now.
    fn second_chance(&mut self, trail: &mut Trail) -> Option<Step> {
        let doubted = self.refused.extract_if(.., |it| it.reason.is_doubt() && it.free.is_none());
        self.ahead.extend(doubted.map(|it| (it.backend, Turn::LastResort)));
        if self.ahead.is_empty()
            && let Some(step) = self.queue(trail)
        {
            return Some(step);
        }
        if self.ahead.is_empty() {
            // What it has read it keeps: the same request gets further there than anywhere else.
            self.reads_on = self.reading.is_some();
            self.ahead.extend(self.reading.take().map(|backend| (backend, Turn::LastResort)));
        }
        self.ahead.is_empty().then_some(Step::Over)
    }

    /// A wait for the first of those at their limits to be free, as far as the profile allows it; none where one is
    /// free already. Their turn comes again behind it.
    fn queue(&mut self, trail: &mut Trail) -> Option<Step> {
        let (backend, free) = {
            let limited = self.refused.iter().filter_map(|it| Some((it, it.free?)));
            let (first, free) = limited.min_by_key(|(_, free)| *free)?;
            (Arc::clone(&first.backend), free)
        };
        let now = Instant::now();
        let wait = free.saturating_duration_since(now);
        let is_first = self.waiting_since.is_none();
        let since = *self.waiting_since.get_or_insert(now);
        let left = self.ask.plan.profile.queue_timeout.saturating_sub(now - since);
        // Whoever has become free while others were asked is looked at once, whether anybody waits or not.
        let is_free = wait.is_zero() && is_first;
        if !is_free && (left.is_zero() || wait > left) {
            return None;
        }
        let limited = self.refused.extract_if(.., |it| it.free.is_some());
        self.ahead.extend(limited.map(|it| (it.backend, Turn::LastResort)));
        if wait.is_zero() {
            return None;
        }
        trail.queued(&backend);
        Some(Step::Wait(wait))
    }

    /// Takes note of how an attempt failed.
    pub fn failed(&mut self, backend: &Arc<Backend>, fault: &Fault) {
        if fault.kind == FaultKind::RateLimit && !self.ask.plan.profile.queue_timeout.is_zero() {
            // It has said no, and when to come back: where nobody else answers, that is waited for.
            let wait = fault.retry_after.unwrap_or(UNTOLD_WAIT).max(LEAST_WAIT);
            self.refused.push(Refused::new(Arc::clone(backend), SkipReason::RateLimited { wait }));
        }
        let is_reading = matches!(fault.kind, FaultKind::Timeout(Phase::FirstByte | Phase::FirstToken));
        if is_reading && backend.provider.local && !self.reads_on && self.ask.backends.len() > 1 {
            self.reading = Some(Arc::clone(backend));
        }
    }

    /// A provider to ask beside one that is slow: the next one at another host that is free to be asked, and that
    /// costs nothing unless the profile pays for it.
    pub fn rival(&mut self, slow: &Backend, trail: &mut Trail) -> Option<Next> {
        let pays = self.ask.plan.profile.hedge.paid;
        let suits = |(backend, turn): &(Arc<Backend>, Turn)| {
            let provider = &backend.provider;
            *turn == Turn::Planned
                && (pays || !provider.paid)
                && !is_same_machine(provider, &slow.provider)
                && !self.ask.router.view.is_trial(&provider.name, &self.ask.plan.profile, Instant::now())
        };
        let place = self.ahead.iter().position(suits)?;
        let (backend, turn) = self.ahead.remove(place)?;
        match self.ask.claim(&backend, turn) {
            Ok(claim) => Some(Next { backend, is_last: self.ahead.is_empty(), claim }),
            Err(reason) => {
                trail.turned_away(&backend, reason);
                self.refused.push(Refused::new(backend, reason));
                None
            }
        }
    }

    /// The next provider that can go on with an answer that was begun, claimed.
    pub fn successor(&mut self, trail: &mut Trail) -> Option<Next> {
        while let Some((backend, turn)) = self.ahead.pop_front() {
            if backend.provider.facts.prefill == canon::config::Prefill::None {
                continue;
            }
            match self.ask.claim(&backend, turn) {
                Ok(claim) => return Some(Next { backend, is_last: self.ahead.is_empty(), claim }),
                Err(reason) => trail.turned_away(&backend, reason),
            }
        }
        None
    }
}

/// Whether two providers would share what makes one of them slow. A tunnel to another machine ends here, but is
/// marked as not local.
fn is_same_machine(one: &Provider, other: &Provider) -> bool {
    let (one_host, other_host) = (&one.endpoint.host, &other.endpoint.host);
    let same_host = one_host.eq_ignore_ascii_case(other_host) || (is_here(one_host) && is_here(other_host));
    same_host && (one.endpoint.port == other.endpoint.port || (one.local && other.local))
}

/// Whether a host is this machine by one of its names.
fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>().map(|address| address.to_canonical());
    let is_named = host.eq_ignore_ascii_case("localhost") || host.ends_with(".localhost");
    is_named || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::is_here;

    #[test]
    fn this_machine_has_many_names() {
        for host in
            ["localhost", "api.localhost", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "0.0.0.0"]
        {
            assert!(is_here(host), "{host}");
        }
        for host in ["192.168.1.5", "10.0.0.1", "localhost.example.com", "example.com", "fe80::1"] {
            assert!(!is_here(host), "{host}");
        }
    }
}
