//! What response headers say about a provider's own limits, by the names of the dialects and the big clouds.

use super::Reset;

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Requests.
    Requests,
    /// Tokens of prompts and answers.
    Tokens,
    /// Tokens of prompts.
    InputTokens,
    /// Tokens of answers.
    OutputTokens,
}

/// One limit, as far as the headers told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// What it counts.
    pub class: Class,
    /// The stretch of time it is for, where its name says one (`minute`, `day`); else empty.
    pub stretch: String,
    /// The most there ever is.
    pub limit: Option<u64>,
    /// What is left.
    pub remaining: Option<u64>,
    /// When it is whole again.
    pub reset: Option<Reset>,
}

/// All limits that an answer's headers told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// In the order in which they were first named; at most [`MAX_ALLOWANCES`].
    pub allowances: Vec<Allowance>,
}

/// The most limits that are kept of one answer.
pub const MAX_ALLOWANCES: usize = 8;

/// A name taken apart.
struct Name<'a> {
    class: Class,
    stretch: &'a str,
    field: Field,
}

#[derive(Clone, Copy)]
enum Field {
    Limit,
    Remaining,
    Reset,
}

impl RateHeaders {
    /// Reads names and values; other headers are passed over, and values that make no sense. Letter case of names
    /// does not matter.
    pub fn read<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if let Some(name) = Name::parse(&name) {
                read.take(&name, value.trim());
            }
        }
        read
    }

    fn take(&mut self, name: &Name<'_>, value: &str) {
        let is_same = |one: &Allowance| one.class == name.class && one.stretch == name.stretch;
        let place = match self.allowances.iter().position(is_same) {
            Some(place) => place,
            None if self.allowances.len() == MAX_ALLOWANCES => return,
            None => {
                let (class, stretch) = (name.class, name.stretch.to_owned());
                self.allowances.push(Allowance { class, stretch, limit: None, remaining: None, reset: None });
                self.allowances.len() - 1
            }
        };
        let allowance = &mut self.allowances[place];
        match name.field {
            Field::Limit => allowance.limit = count(value),
            Field::Remaining => allowance.remaining = count(value),
            Field::Reset => allowance.reset = Reset::parse(value),
        }
    }
}

/// A whole number. Some clouds send an overdrawn limit as a negative one: nothing is left.
fn count(value: &str) -> Option<u64> {
    match value.strip_prefix('-') {
        Some(digits) => digits.parse::<u64>().ok().map(|_| 0),
        None => value.split_once('.').map_or(value, |(whole, _)| whole).parse().ok(),
    }
}

impl<'a> Name<'a> {
    /// Anthropic puts the field last (`anthropic-ratelimit-requests-remaining`), all others first
    /// (`x-ratelimit-remaining-requests`), some without a class (`x-ratelimit-remaining`: requests), some with a
    /// stretch behind it (`x-ratelimit-remaining-tokens-minute`).
    fn parse(name: &'a str) -> Option<Self> {
        if let Some(rest) = name.strip_prefix("anthropic-ratelimit-") {
            let (class, field) = rest.rsplit_once('-')?;
            return Some(Self { class: class_of(class)?, stretch: "", field: field_of(field)? });
        }
        let rest = name.strip_prefix("x-ratelimit-").or_else(|| name.strip_prefix("ratelimit-"))?;
        let (field, counted) = rest.split_once('-').unwrap_or((rest, "requests"));
        let field = field_of(field)?;
        match class_of(counted) {
            Some(class) => Some(Self { class, stretch: "", field }),
            None => {
                let (class, stretch) = counted.rsplit_once('-')?;
                Some(Self { class: class_of(class)?, stretch, field })
            }
        }
    }
}

fn class_of(name: &str) -> Option<Class> {
    Some(match name {
        "requests" | "req" => Class::Requests,
        "tokens" => Class::Tokens,
        "input-tokens" => Class::InputTokens,
        "output-tokens" => Class::OutputTokens,
        _ => return None,
    })
}

fn field_of(name: &str) -> Option<Field> {
    Some(match name {
        "limit" => Field::Limit,
        "remaining" => Field::Remaining,
        "reset" => Field::Reset,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    fn allowance(class: Class, stretch: &str, limit: u64, remaining: u64, reset: Reset) -> Allowance {
        let (limit, remaining, reset) = (Some(limit), Some(remaining), Some(reset));
        Allowance { class, stretch: stretch.to_owned(), limit, remaining, reset }
    }

    fn check(headers: &[(&str, &str)], expect: &[Allowance]) {
        assert_eq!(RateHeaders::read(headers.iter().copied()).allowances, expect);
    }

    #[test]
    fn the_anthropic_wire() {
        let reset = Reset::At(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_824_000));
        check(
            &[
                ("anthropic-ratelimit-requests-limit", "50"),
                ("anthropic-ratelimit-requests-remaining", "49"),
                ("anthropic-ratelimit-requests-reset", "2026-11-28T00:00:00Z"),
                ("Anthropic-RateLimit-Input-Tokens-Limit", "40000"),
                ("anthropic-ratelimit-input-tokens-remaining", "0"),
                ("anthropic-ratelimit-input-tokens-reset", "2026-11-28T00:00:00Z"),
                ("anthropic-ratelimit-unified-status", "allowed"),
                ("anthropic-ratelimit-x", "1"),
            ],
            &[
                allowance(Class::Requests, "", 50, 49, reset),
                allowance(Class::InputTokens, "", 40_000, 0, reset),
            ],
        );
    }

    #[test]
    fn the_openai_wire() {
        check(
            &[
                ("x-ratelimit-limit-requests", "14400"),
                ("x-ratelimit-limit-tokens", "6000"),
                ("x-ratelimit-remaining-requests", "14370"),
                ("x-ratelimit-remaining-tokens", "5997.5"),
                ("x-ratelimit-reset-requests", "2m59.56s"),
                ("x-ratelimit-reset-tokens", "6m0s"),
            ],
            &[
                allowance(Class::Requests, "", 14_400, 14_370, Reset::parse("2m59.56s").unwrap()),
                allowance(Class::Tokens, "", 6_000, 5_997, Reset::After(Duration::from_secs(360))),
            ],
        );
    }

    #[test]
    fn names_with_stretches_and_without_a_class() {
        let minute = Reset::After(Duration::from_secs(60));
        check(
            &[
                ("x-ratelimit-limit-tokens-minute", "500000"),
                ("x-ratelimit-remaining-tokens-minute", "-3"),
                ("x-ratelimit-reset-tokens-minute", "60"),
                ("x-ratelimit-limit-req-day", "10"),
                ("x-ratelimit-remaining-req-day", "9"),
                ("x-ratelimit-reset-req-day", "60"),
                ("X-RateLimit-Limit", "20"),
                ("X-RateLimit-Remaining", "0"),
                ("X-RateLimit-Reset", "60"),
            ],
            &[
                allowance(Class::Tokens, "minute", 500_000, 0, minute),
                allowance(Class::Requests, "day", 10, 9, minute),
                allowance(Class::Requests, "", 20, 0, minute),
            ],
        );
    }

    #[test]
    fn nonsense_says_nothing() {
        check(&[("content-type", "x"), ("x-ratelimit-foo", "1"), ("x-ratelimit-remaining-cows", "1")], &[]);
        let read = RateHeaders::read([("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "soon")]);
        assert_eq!((read.allowances[0].remaining, read.allowances[0].reset), (None, None));
    }

    proptest! {
        /// Whatever a backend sends is read without failing, and little of it is kept.
        #[test]
        fn any_headers_can_be_read(
            headers in prop::collection::vec(("(x-ratelimit|anthropic-ratelimit)[a-zé-]{0,20}", "\\PC{0,20}"), 0..40),
            stretches in prop::collection::vec("[a-z]{1,3}", 0..40),
        ) {
            let named = stretches.iter().map(|stretch| (format!("x-ratelimit-limit-tokens-{stretch}"), "1".to_owned()));
            let all: Vec<_> = headers.into_iter().chain(named).collect();
            let read = RateHeaders::read(all.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            prop_assert!(read.allowances.len() <= MAX_ALLOWANCES);
        }
    }
}
