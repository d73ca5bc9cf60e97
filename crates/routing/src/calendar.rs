//! Written times, in UTC. Nothing here asks a clock what time it is, and no zone but UTC and
//! the offsets of written times is known.

use std::time::{Duration, SystemTime};

/// Reads an RFC 3339 time, as `2026-03-01T00:00:00Z` or with a fraction and an offset. None for other texts and for
/// times before 1970.
pub(crate) fn rfc3339(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let mut date = date.split('-');
    let (year, month, day) = (digits(date.next()?, 4)?, digits(date.next()?, 2)?, digits(date.next()?, 2)?);
    if date.next().is_some() || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, offset) = split_offset(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.split(':');
    let (hour, minute, second) =
        (digits(clock.next()?, 2)?, digits(clock.next()?, 2)?, digits(clock.next()?, 2)?);
    if clock.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let local = days(year, month, day)? * DAY + hour * 3600 + minute * 60 + second;
    let utc = i64::try_from(local).ok()?.checked_sub(offset)?;
    let since = Duration::from_secs(u64::try_from(utc).ok()?) + decimals(fraction)?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

/// The clock, and how many seconds it is ahead of UTC.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let at = time.rfind(['+', '-'])?;
    let (hours, minutes) = time[at + 1..].split_once(':')?;
    let ahead = i64::try_from(digits(hours, 2)? * 3600 + digits(minutes, 2)? * 60).ok()?;
    Some((&time[..at], if time[at..].starts_with('-') { -ahead } else { ahead }))
}

/// A number of exactly this many digits.
fn digits(text: &str, count: usize) -> Option<u64> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The digits behind a decimal point, cut to nanoseconds; nothing where there are none.
fn decimals(fraction: &str) -> Option<Duration> {
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(Duration::from_nanos(nanos.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))))
}

/// Seconds in a day.
const DAY: u64 = 86_400;

/// Days in the 400 years after which the calendar repeats.
const ERA: u64 = 146_097;

/// Days from March 1 of the year 0 to January 1, 1970. Years that begin in March have their leap day at the end.
const EPOCH: u64 = 719_468;

/// Days from January 1, 1970 to this day; none for earlier ones.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let (year, from_march) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    let (era, year) = (year / 400, year % 400);
    (era * ERA + 365 * year + year / 4 - year / 100 + in_year).checked_sub(EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn written_times() {
        let check = |text: &str, millis: u64| {
            assert_eq!(rfc3339(text), Some(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)), "{text}");
        };
        check("1970-01-01T00:00:00Z", 0);
        check("2026-03-01T00:00:00Z", 1_772_323_200_000);
        check("2026-03-01t01:30:00.25+01:30", 1_772_323_200_250);
        check("2026-02-28 23:00:00-01:00", 1_772_323_200_000);
        assert_eq!(
            rfc3339("2024-02-29T12:00:00.1234567891Z"),
            Some(SystemTime::UNIX_EPOCH + Duration::from_nanos(1_709_208_000_123_456_789))
        );
        for text in [
            "",
            "T",
            "2026-03-01",
            "2026-03-01T00:00:00",
            "2026-13-01T00:00:00Z",
            "2026-03-01T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-03-01T00:00Z",
            "2026-03-01T00:00:00+1",
            "2026-03-01T00:00:00.xZ",
            "2026-03-01T00:00:00.é+",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(rfc3339(text), None, "{text}");
        }
    }

    proptest! {
        /// No text makes the reader fail.
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,40}") {
            let _ = rfc3339(&text);
        }
    }
}
