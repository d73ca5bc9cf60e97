//! When a provider says that a limit is reset, in all the ways they write it.

use crate::calendar::rfc3339;
use std::time::{Duration, SystemTime};

/// When a limit is whole again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// So long after the headers came.
    After(Duration),
    /// At this time.
    At(SystemTime),
}

impl Reset {
    /// Reads `1s`, `6m0s`, `120ms` or `1h2m3.5s`; seconds without a unit; seconds or milliseconds since 1970, told
    /// from a wait by their size; and RFC 3339 times. None for other texts.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(number) = decimal(text) {
            return number_of(number);
        }
        match rfc3339(text) {
            Some(time) => Some(Self::At(time)),
            None => units(text).map(Self::After),
        }
    }

    /// How long it is until then; nothing where it is past.
    pub fn wait(self, wall: SystemTime) -> Duration {
        match self {
            Self::After(wait) => wait,
            Self::At(time) => time.duration_since(wall).unwrap_or_default(),
        }
    }
}

/// A bare number from here on is a time in seconds since 1970: as a wait it would be 30 years.
const EPOCH_SECONDS: f64 = 1e9;

/// A bare number from here on is a time in milliseconds since 1970.
const EPOCH_MILLIS: f64 = 1e11;

fn number_of(number: f64) -> Option<Reset> {
    if number < EPOCH_SECONDS {
        return Duration::try_from_secs_f64(number).ok().map(Reset::After);
    }
    let seconds = if number < EPOCH_MILLIS { number } else { number / 1000.0 };
    let since = Duration::try_from_secs_f64(seconds).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since).map(Reset::At)
}

/// Adds up numbers with units. Each number needs one.
fn units(text: &str) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(number_end);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let part = Duration::try_from_secs_f64(decimal(number)? * seconds_in(unit)?).ok()?;
        sum = sum.checked_add(part)?;
        rest = after;
    }
    Some(sum).filter(|_| !text.is_empty())
}

fn seconds_in(unit: &str) -> Option<f64> {
    Some(match unit.trim() {
        "d" => 86_400.0,
        "h" => 3_600.0,
        "m" => 60.0,
        "s" => 1.0,
        "ms" => 1e-3,
        "us" | "µs" | "μs" => 1e-6,
        "ns" => 1e-9,
        _ => return None,
    })
}

/// Digits with at most one point: no sign, no exponent, no words such as `inf`.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_and_times_in_every_notation() {
        let after = |text: &str, millis: u64| {
            let expect = Reset::After(Duration::from_millis(millis));
            assert_eq!(Reset::parse(text), Some(expect), "{text}");
        };
        after("1s", 1_000);
        after("6m0s", 360_000);
        after("120ms", 120);
        after("2m59.56s", 179_560);
        after("1h2m3s", 3_723_000);
        after("1d", 86_400_000);
        after(" 60 ", 60_000);
        after("0", 0);
        after("33011.5", 33_011_500);
        after("1s500ms", 1_500);
        let at = |text: &str, seconds: u64| {
            let expect = Reset::At(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
            assert_eq!(Reset::parse(text), Some(expect), "{text}");
        };
        at("1795824000", 1_795_824_000);
        at("1795824000000", 1_795_824_000);
        at("2026-11-28T00:00:00Z", 1_795_824_000);
        for text in ["", "soon", "-1", "1e3", "inf", "NaN", "1x", "s", "1.2.3", "1.2.3s", "5s3", "."] {
            assert_eq!(Reset::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_in_the_past_is_no_wait() {
        let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let at = |seconds| Reset::At(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(130).wait(wall), Duration::from_secs(30));
        assert_eq!(at(30).wait(wall), Duration::ZERO);
    }

    proptest! {
        /// No text makes the reader fail, digits and units in any order included.
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,24}", near in "[0-9.hmsuµ:TZ+-]{0,24}") {
            let _ = Reset::parse(&text);
            let _ = Reset::parse(&near);
        }

        /// A duration as Go writes it is read as what it was.
        #[test]
        fn written_durations_are_read(hours in 0u64..48, minutes in 0u64..60, millis in 0u64..60_000) {
            let text = format!("{hours}h{minutes}m{}.{:03}s", millis / 1000, millis % 1000);
            let expect = Duration::from_millis((hours * 60 + minutes) * 60_000 + millis);
            let Some(Reset::After(read)) = Reset::parse(&text) else { panic!("{text}") };
            prop_assert!(read.abs_diff(expect) < Duration::from_micros(1));
        }
    }
}
