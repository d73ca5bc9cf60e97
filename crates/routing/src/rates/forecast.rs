//! What is left of a provider's own limits, from what it told last and what was sent since.

use super::{Class, MAX_WAIT, RateHeaders};
use std::time::{Duration, Instant, SystemTime};

/// Every limit that a provider told with its last answer.
#[derive(Debug, Default)]
pub(super) struct Forecast {
    stocks: Vec<Stock>,
}

/// What is left of one limit.
#[derive(Debug)]
struct Stock {
    class: Class,
    limit: Option<u64>,
    /// What was left at `at`, less what was sent then.
    left: f64,
    at: Instant,
    /// What comes back in a second; none where it comes back at once, at the reset.
    refill: Option<f64>,
    reset: Instant,
}

impl Forecast {
    /// Takes over what headers tell; those that tell nothing change nothing.
    pub(super) fn hear(&mut self, headers: &RateHeaders, now: Instant, wall: SystemTime) {
        let told = headers.allowances.iter().filter_map(|allowance| {
            let (remaining, reset) = (allowance.remaining?, allowance.reset?);
            let wait = reset.wait(wall).min(MAX_WAIT);
            let missing = allowance.limit.map_or(0, |limit| limit.saturating_sub(remaining));
            let refill = (missing > 0 && !wait.is_zero()).then(|| missing as f64 / wait.as_secs_f64());
            let (class, limit) = (allowance.class, allowance.limit);
            Some(Stock { class, limit, left: remaining as f64, at: now, refill, reset: now + wait })
        });
        let told: Vec<Stock> = told.collect();
        if !told.is_empty() {
            self.stocks = told;
        }
    }

    /// One request with so many tokens was sent.
    pub(super) fn spend(&mut self, tokens: u64, now: Instant) {
        for stock in &mut self.stocks {
            stock.spend(needed(stock.class, tokens), now);
        }
    }

    /// A request with so many tokens was not sent after all.
    pub(super) fn give_back(&mut self, tokens: u64) {
        for stock in &mut self.stocks {
            stock.left += needed(stock.class, tokens) as f64;
        }
    }

    /// When a request with so many tokens finds enough of everything; none where it does now.
    pub(super) fn wait(&self, tokens: u64, now: Instant) -> Option<Instant> {
        let waits = self.stocks.iter().filter_map(|stock| stock.wait(needed(stock.class, tokens), now));
        waits.filter(|until| *until > now).max()
    }

    /// The latest reset among the limits that are used up; none where none is.
    pub(super) fn exhausted_until(&self, now: Instant) -> Option<Instant> {
        let exhausted = self.stocks.iter().filter(|stock| stock.left(now) < 1.0 && stock.reset > now);
        exhausted.map(|stock| stock.reset).max()
    }
}

/// How much of a limit one request takes. Nobody knows how long an answer gets: some of its tokens must be left.
fn needed(class: Class, tokens: u64) -> u64 {
    match class {
        Class::Requests | Class::OutputTokens => 1,
        Class::Tokens | Class::InputTokens => tokens,
    }
}

impl Stock {
    /// What is left. Of what comes back bit by bit there is never more than the limit; what comes back at once is
    /// whole after its reset, however much that is.
    fn left(&self, now: Instant) -> f64 {
        match (self.refill, self.limit) {
            (Some(refill), Some(limit)) => {
                let back = refill * now.saturating_duration_since(self.at).as_secs_f64();
                (self.left + back).min(limit as f64)
            }
            _ if now >= self.reset => f64::INFINITY,
            _ => self.left,
        }
    }

    /// Takes something out. What has come back since counts first, so that two requests never share it.
    fn spend(&mut self, needed: u64, now: Instant) {
        let left = self.left(now);
        if left.is_finite() {
            (self.left, self.at) = ((left - needed as f64).max(0.0), self.at.max(now));
        }
    }

    /// When so much is there. Limits come back bit by bit: what is called their reset is when they are whole, which
    /// is far later than when one request fits again. Where the most is not known, only the reset is sure.
    fn wait(&self, needed: u64, now: Instant) -> Option<Instant> {
        let needed = self.limit.map_or(needed, |limit| needed.min(limit)) as f64;
        if self.left(now) + ROUNDING * needed >= needed {
            return None;
        }
        let Some(refill) = self.refill else { return Some(self.reset) };
        let after = Duration::try_from_secs_f64((needed - self.left) / refill).unwrap_or(MAX_WAIT);
        Some(self.at + after.min(MAX_WAIT))
    }
}

/// Nobody waits for the last digits of a sum, relatively.
const ROUNDING: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// What a limit of tokens and one of requests lead to, told by these headers and asked for so many tokens.
    fn check(headers: &[(&str, &str)], tokens: u64, expect: Option<Duration>) {
        let (mut forecast, now) = (Forecast::default(), Instant::now());
        forecast.hear(&RateHeaders::read(headers.iter().copied()), now, SystemTime::UNIX_EPOCH);
        let wait = forecast.wait(tokens, now).map(|until| until - now);
        assert_eq!(wait.map(|wait| wait.as_millis()), expect.map(|wait| wait.as_millis()), "{headers:?}");
    }

    #[test]
    fn a_limit_that_comes_back_bit_by_bit() {
        let requests = [
            ("x-ratelimit-limit-requests", "14400"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "24h0m0s"),
        ];
        check(&requests, 5, Some(6 * SECOND));
        let tokens = |remaining| {
            [
                ("x-ratelimit-limit-tokens", "30000"),
                ("x-ratelimit-remaining-tokens", remaining),
                ("x-ratelimit-reset-tokens", "20s"),
            ]
        };
        check(&tokens("20000"), 20_000, None);
        check(&tokens("20000"), 25_000, Some(10 * SECOND));
        check(&tokens("20000"), 90_000, Some(20 * SECOND));
        check(&tokens("0"), 0, None);
    }

    #[test]
    fn a_limit_of_unknown_size_waits_for_its_reset() {
        let headers = |reset| [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)];
        check(&headers("30"), 5, Some(30 * SECOND));
        check(&headers("9999999"), 5, Some(MAX_WAIT));
        check(&headers("0"), 5, None);
        check(&[("x-ratelimit-remaining", "0")], 5, None);
        check(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "30")], 5, None);
    }

    #[test]
    fn what_was_sent_since_is_gone() {
        let (mut forecast, now) = (Forecast::default(), Instant::now());
        let headers = [
            ("anthropic-ratelimit-tokens-remaining", "100"),
            ("anthropic-ratelimit-tokens-reset", "1970-01-01T00:00:10Z"),
        ];
        forecast.hear(&RateHeaders::read(headers), now, SystemTime::UNIX_EPOCH);
        forecast.spend(60, now);
        assert_eq!(forecast.wait(40, now), None);
        assert_eq!(forecast.wait(50, now), Some(now + 10 * SECOND));
        assert_eq!(forecast.wait(50, now + 10 * SECOND), None);
        assert_eq!(forecast.exhausted_until(now), None);
        forecast.spend(60, now);
        assert_eq!(forecast.exhausted_until(now), Some(now + 10 * SECOND));
        assert_eq!(forecast.exhausted_until(now + 10 * SECOND), None);
        forecast.hear(&RateHeaders::default(), now, SystemTime::UNIX_EPOCH);
        assert_eq!(forecast.exhausted_until(now), Some(now + 10 * SECOND));
    }

    #[test]
    fn what_has_come_back_is_there_for_one_request_only() {
        let (mut forecast, now) = (Forecast::default(), Instant::now());
        let headers = [
            ("x-ratelimit-limit-requests", "10"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "60s"),
        ];
        forecast.hear(&RateHeaders::read(headers), now, SystemTime::UNIX_EPOCH);
        let back = now + 6 * SECOND;
        assert_eq!(forecast.wait(1, now), Some(back));
        assert_eq!(forecast.wait(1, back), None);
        forecast.spend(1, back);
        assert_eq!(forecast.wait(1, back), Some(back + 6 * SECOND));
        // Nor is there ever more of it than the limit.
        let much_later = now + 3_600 * SECOND;
        for _ in 0..10 {
            assert_eq!(forecast.wait(1, much_later), None);
            forecast.spend(1, much_later);
        }
        assert!(forecast.wait(1, much_later).is_some());
    }
}
