//! What the night itself counts about one provider, to hold the router's limits against.

use crate::allowance::Stock;
use canon::config::Limits;
use canon::fault::{Fault, FaultKind};
use routing::claim::Priority;
use std::collections::VecDeque;
use std::time::Duration;

/// For how long the provider counts a request.
const MINUTE: Duration = Duration::from_secs(60);

/// For how long the router may count one: its windows are kept in seconds.
const COUNTED: Duration = Duration::from_secs(61);

/// The longest pause after a refusal that says nothing about it.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One provider's counts.
#[derive(Debug, Default)]
pub struct Meter {
    limits: Limits,
    /// Of the last minute and a little more, oldest first.
    requests: VecDeque<Sent>,
    all: u64,
    under_way: u32,
    /// Until when it is left alone after a refusal, at most.
    rests: Duration,
    /// The first refusal of those in a row, and the latest.
    refused: Option<(Duration, Duration)>,
    /// What its headers told, less what was sent since.
    pub told: Option<Stock>,
}

#[derive(Clone, Copy, Debug)]
struct Sent {
    number: u64,
    at: Duration,
    /// Tokens as the router counts them: the most it can be, until it is known.
    counted: u64,
    /// Tokens as the provider counts them.
    used: u64,
}

impl Meter {
    /// A provider with these limits.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// A request leaves. Gives its number.
    pub fn sent(&mut self, counted: u64, used: u64, now: Duration) -> u64 {
        while self.requests.front().is_some_and(|sent| sent.at + COUNTED < now) {
            self.requests.pop_front();
        }
        self.all += 1;
        self.under_way += 1;
        self.requests.push_back(Sent { number: self.all, at: now, counted, used });
        if let Some(told) = &mut self.told {
            told.take(now);
        }
        self.all
    }

    /// The limit that the requests sent by now go beyond.
    pub fn overrun(&self, now: Duration) -> Option<&'static str> {
        let recent = || self.requests.iter().filter(|sent| sent.at + MINUTE > now);
        let beyond = |limit: Option<std::num::NonZeroU32>, count: u64| {
            limit.is_some_and(|limit| count > u64::from(limit.get()))
        };
        let tokens = recent().map(|sent| sent.used).sum();
        match () {
            () if beyond(self.limits.rpm, recent().count() as u64) => Some("requests a minute"),
            () if beyond(self.limits.rpd, self.all) => Some("requests a day"),
            // A single one that is larger than the limit is let through alone.
            () if beyond(self.limits.tpm, tokens) && recent().count() > 1 => Some("tokens a minute"),
            () if beyond(self.limits.concurrency, self.under_way.into()) => Some("requests at once"),
            () => None,
        }
    }

    /// A request has ended, with the tokens it took where that is told.
    pub fn ended(&mut self, number: u64, told: Option<u64>) {
        self.under_way -= 1;
        if let Some((sent, told)) = self.requests.iter_mut().find(|sent| sent.number == number).zip(told) {
            sent.counted = told;
        }
    }

    /// A request that began then was answered.
    pub fn answered(&mut self, began: Duration) {
        if self.refused.is_none_or(|(_, latest)| began >= latest) {
            (self.refused, self.rests) = (None, Duration::ZERO);
        }
    }

    /// A request has failed; whether that was a refusal after which it is left alone for a while.
    pub fn failed(&mut self, fault: &Fault, now: Duration) {
        let rests = fault.kind == FaultKind::RateLimit
            || (fault.kind == FaultKind::Overloaded && fault.retry_after.is_some());
        if !rests {
            return;
        }
        let (first, _) = self.refused.unwrap_or((now, now));
        self.refused = Some((first, now));
        // Pauses double, so each is a second longer than all before it.
        let guess = (Duration::from_secs(1) + (now - first)).min(LONGEST_PAUSE);
        let pause = fault.retry_after.filter(|wait| !wait.is_zero()).unwrap_or(guess);
        self.rests = self.rests.max(now + pause);
    }

    /// When there is room for another request of so many tokens, if nothing else happens; never is the longest time.
    pub fn free_at(&self, tokens: u64, priority: Priority, now: Duration) -> Duration {
        let Limits { rpm, rpd, tpm, .. } = self.limits;
        let counted = || self.requests.iter().filter(|sent| sent.at + COUNTED > now);
        let mut free = now.max(self.rests).max(self.told.map_or(now, |told| told.free_at(now)));
        if rpd.is_some_and(|limit| self.all >= u64::from(limit.get())) || self.is_full(priority) {
            return Duration::MAX;
        }
        if let Some(limit) = rpm {
            let excess = (counted().count() + 1).saturating_sub(limit.get() as usize);
            let last = excess.checked_sub(1).and_then(|place| counted().nth(place));
            free = free.max(last.map_or(now, |sent| sent.at + COUNTED));
        }
        if let Some(limit) = tpm.map(|limit| u64::from(limit.get())) {
            let mut total: u64 = counted().map(|sent| sent.counted).sum();
            for sent in counted() {
                if total + tokens.min(limit) > limit {
                    free = free.max(sent.at + COUNTED);
                }
                total -= sent.counted;
            }
        }
        free
    }

    /// Whether all slots are taken that somebody of this priority may have.
    fn is_full(&self, priority: Priority) -> bool {
        self.limits.concurrency.is_some_and(|slots| match priority {
            Priority::Background if slots.get() > 1 => {
                self.under_way >= slots.get() - (slots.get() / 4).max(1)
            }
            Priority::Main | Priority::Background => self.under_way >= slots.get(),
        })
    }
}
