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
    /// A little more, never a backend's text: `status=N`, `transport=R`, `no-terminator` or `no-first-token`.
    pub detail: Option<String>,
    /// Whether it was passed over without an attempt.
    pub pre_attempt: bool,
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

    /// A provider could not be had in its turn.
    pub fn turned_away(&mut self, provider: &ProviderName, reason: SkipReason) {
        let detail = None;
        self.hops.push(Hop {
            from: provider.clone(),
            to: None,
            reason: reason.word(),
            detail,
            pre_attempt: true,
        });
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
            profile: profile.clone(),
            stream,
            pre_attempt: hop.pre_attempt,
            hop: place,
        })
    }

    /// Gets past the places before `place`.
    fn walk(&mut self, place: usize) {
        for (name, passed_over) in self.chain.iter().take(place).skip(self.walked) {
            self.hops.extend(passed_over.map(|reason| Hop {
                from: name.clone(),
                to: None,
                reason: reason.word(),
                detail: None,
                pre_attempt: true,
            }));
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
mod tests {
    use super::*;
    use crate::fixture;
    use crate::plan::Verdict;
    use std::sync::Arc;

    const PAID: Verdict = Verdict::Skip(SkipReason::PaidGate);

    fn along(verdicts: &[(&str, Verdict)]) -> Hops {
        let verdicts = verdicts.iter().map(|(name, verdict)| ((*name).into(), *verdict)).collect();
        let profile = Arc::new(fixture::profile("coding", &[]));
        Hops::along(&Plan {
            profile,
            attempts: Vec::new(),
            verdicts,
            is_last_resort: false,
            order: None,
            reordered: None,
        })
    }

    fn check(hops: &Hops, headers: &[&str]) {
        let told = hops.headers().into_iter().map(|(name, value)| {
            let short = name.strip_prefix("x-coderouter-fallback-").unwrap();
            format!("{short}: {value}")
        });
        assert_eq!(told.collect::<Vec<_>>(), headers);
    }

    #[test]
    fn nothing_is_told_where_the_first_answers() {
        let mut hops = along(&[("a", Verdict::Keep), ("B", PAID)]);
        hops.attempting(&"a".into());
        check(&hops, &[]);
    }

    #[test]
    fn departures_share_the_next_attempt() {
        let mut hops = along(&[("A", PAID), ("b c", Verdict::Keep), ("D", PAID), ("e", Verdict::Keep)]);
        hops.attempting(&"b c".into());
        hops.failed(&"b c".into(), &Fault::new(FaultKind::RateLimit, "slow down").with_status(429));
        check(&hops, &["from: A", "reason: paid-gate,rate-limit", "chain: A>b_c"]);
        hops.attempting(&"e".into());
        check(&hops, &["from: A", "to: e", "reason: paid-gate,rate-limit,paid-gate", "chain: A>b_c>D>e"]);
        let to: Vec<_> = hops.list().iter().map(|hop| hop.to.as_ref().unwrap().as_str()).collect();
        assert_eq!(to, ["b c", "e", "e"]);
        assert_eq!(hops.facts(&"coding".into(), true).count(), 3);
    }

    #[test]
    fn an_exhausted_chain_leads_nowhere() {
        let mut hops = along(&[("a", Verdict::Keep), ("B", PAID)]);
        hops.attempting(&"a".into());
        hops.failed(&"a".into(), &Fault::new(FaultKind::Connect, "refused"));
        hops.exhausted();
        check(&hops, &["from: a", "reason: connection,paid-gate", "chain: a>B"]);
        assert_eq!(hops.list()[0].detail.as_deref(), Some("transport=connection"));
    }

    #[test]
    fn one_moved_back_is_left_first_and_met_last() {
        let mut hops = along(&[("a", Verdict::Later(SkipReason::JustFailed)), ("b", Verdict::Keep)]);
        hops.attempting(&"b".into());
        hops.failed(&"b".into(), &Fault::new(FaultKind::Truncated, "cut"));
        hops.attempting(&"a".into());
        check(&hops, &["from: a", "to: a", "reason: just-failed,stream-truncated", "chain: a>b>a"]);
    }
}
