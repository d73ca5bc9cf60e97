//! The way of one request along its chain: whom it left, why, and where it went. It is told in response headers
//! and in facts.

use crate::plan::Plan;
use canon::event::{Fact, SkipReason};
use canon::fault::{Fault, FaultKind, Phase};
use canon::id::{ProfileName, ProviderName};

/// One departure from a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Left behind.
    pub from: ProviderName,
    /// The next provider that was really tried; absent while there is none, and for good once the chain is
    /// exhausted.
    pub to: Option<ProviderName>,
    /// Why, in the words of headers.
    pub reason: &'static str,
    /// A little more, never a backend's text: `status=N`, `transport=R`, `no-terminator` or `no-first-token`; of a
    /// budget `cap=N` in dollars.
    pub detail: Option<String>,
    /// Whether it was passed over without an attempt.
    pub pre_attempt: bool,
}

impl Hop {
    /// A departure from a provider that was not tried.
    fn past(provider: &ProviderName, reason: SkipReason) -> Self {
        let detail = match reason {
            SkipReason::BudgetExceeded { cap, .. } => Some(format!("cap={}", cap.dollars())),
            _ => None,
        };
        Self { from: provider.clone(), to: None, reason: reason.word(), detail, pre_attempt: true }
    }
}

/// The departures of one request, in order.
#[derive(Clone, Debug, Default)]
pub struct Hops {
    /// The chain in the profile's order, each with the reason it was passed over for.
    chain: Vec<(ProviderName, Option<SkipReason>)>,
    /// How much of `chain` lies behind the request: `walked <= chain.len()`.
    walked: usize,
    hops: Vec<Hop>,
}

impl Hops {
    /// No departure yet. A provider that the plan passed over becomes one when the request gets past its place;
    /// what stands behind the provider that answers was never left.
    pub fn along(plan: &Plan) -> Self {
        let link = |(name, verdict): &(ProviderName, _)| (name.clone(), plan.passed_over(*verdict));
        Self { chain: plan.verdicts.iter().map(link).collect(), ..Self::default() }
    }

    /// The request goes to a provider.
    pub fn attempting(&mut self, provider: &ProviderName) {
        let place = self.chain.iter().position(|(name, _)| name == provider).unwrap_or(0);
        self.walk(place);
        // Who was only waited for was not left.
        self.hops.retain(|hop| hop.to.is_some() || !hop.pre_attempt || hop.from != *provider);
        for hop in self.hops.iter_mut().rev().take_while(|hop| hop.to.is_none()) {
            hop.to = Some(provider.clone());
        }
    }

    /// The attempt at a provider failed.
    pub fn failed(&mut self, provider: &ProviderName, fault: &Fault) {
        self.hops.push(Hop {
            from: provider.clone(),
            to: None,
            reason: fault.reason(),
            detail: detail(fault),
            pre_attempt: false,
        });
    }

    /// A provider could not be had in its turn. Where that is only because another one suits better (somebody else
    /// makes its trial), it was not left. Whether that is news: it is none where the request has gone nowhere since it
    /// last left that provider.
    pub fn turned_away(&mut self, provider: &ProviderName, reason: SkipReason) -> bool {
        let mut pending = self.hops.iter().rev().take_while(|hop| hop.to.is_none());
        let is_news = !pending.any(|hop| hop.from == *provider);
        if is_news && !reason.is_preference() {
            self.hops.push(Hop::past(provider, reason));
        }
        is_news
    }

    /// Another provider that was asked beside it spoke first.
    pub fn overtaken(&mut self, provider: &ProviderName) {
        let (from, detail) = (provider.clone(), None);
        self.hops.push(Hop { from, to: None, reason: "hedged", detail, pre_attempt: false });
    }

    /// Nobody is left to try.
    pub fn exhausted(&mut self) {
        self.walk(self.chain.len());
    }

    /// The departures so far.
    pub fn list(&self) -> &[Hop] {
        &self.hops
    }

    /// The response headers that tell the departures so far; none where there was none.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let (Some(first), Some(last)) = (self.hops.first(), self.hops.last()) else { return Vec::new() };
        let to = last.to.as_ref().map(ProviderName::as_str);
        let left = self.hops.iter().map(|hop| hop.from.as_str());
        let mut headers = vec![("x-coderouter-fallback-from", plain(first.from.as_str()))];
        headers.extend(to.map(|to| ("x-coderouter-fallback-to", plain(to))));
        headers.push(("x-coderouter-fallback-reason", joined(self.hops.iter().map(|hop| hop.reason), ",")));
        headers.push(("x-coderouter-fallback-chain", joined(left.chain(to), ">")));
        headers
    }

    /// One fact a departure, for the end of the request.
    pub fn facts<'a>(&'a self, profile: &'a ProfileName, stream: bool) -> impl Iterator<Item = Fact> + 'a {
        self.hops.iter().enumerate().map(move |(place, hop)| Fact::FellBack {
            from: hop.from.clone(),
            to: hop.to.clone(),
            reason: hop.reason,
            detail: hop.detail.clone(),
            profile: profile.clone(),
            stream,
            pre_attempt: hop.pre_attempt,
            hop: place,
        })
    }

    /// Gets past the places before `place`.
    fn walk(&mut self, place: usize) {
        for (name, passed_over) in self.chain.iter().take(place).skip(self.walked) {
            self.hops.extend(passed_over.map(|reason| Hop::past(name, reason)));
        }
        self.walked = self.walked.max(place);
    }
}

fn detail(fault: &Fault) -> Option<String> {
    match (&fault.kind, fault.status) {
        (_, Some(status)) => Some(format!("status={status}")),
        (FaultKind::Truncated, None) => Some("no-terminator".to_owned()),
        (FaultKind::Timeout(Phase::FirstToken), None) => Some("no-first-token".to_owned()),
        (FaultKind::Connect | FaultKind::Cut | FaultKind::Timeout(_), None) => {
            Some(format!("transport={}", fault.reason()))
        }
        _ => None,
    }
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    words.map(plain).collect::<Vec<_>>().join(between)
}

/// What may stand in a header and does not look like what joins it.
fn plain(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    word.chars().map(|c| if plain(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests;
