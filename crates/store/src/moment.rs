//! Moments: as whole microseconds in the database, as texts in journals and on the command line.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970; what lies before becomes its beginning.
pub(crate) fn micros(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// The moment so many microseconds after 1970.
pub(crate) fn from_micros(micros: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Reads a moment as journals and people write it: RFC 3339, or a year, month, day or time of day, which is then in
/// UTC and means its beginning. `2026-03` is the first of March at midnight.
pub fn read(text: &str) -> Option<SystemTime> {
    let text = text.trim();
    let stamp = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok().or_else(|| date(text))?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    (stamp >= Timestamp::UNIX_EPOCH).then(|| stamp.into())
}

/// A date whose day, or month and day, may be left out.
fn date(text: &str) -> Option<DateTime> {
    let mut parts = text.split('-');
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let mut part = || parts.next().map_or(Some(1), |part| part.parse().ok());
    let (month, day) = (part()?, part()?);
    let date = Date::new(year, month, day).ok()?;
    parts.next().is_none().then(|| date.to_datetime(jiff::civil::Time::midnight()))
}

/// Writes a moment as `2026-02-03T04:05:06.789012Z`.
pub fn write(at: SystemTime) -> String {
    Timestamp::from_microsecond(micros(at)).unwrap_or(Timestamp::MAX).to_string()
}

/// A moment as a part of a file's name; later ones sort later.
pub(crate) fn in_a_name(at: SystemTime) -> String {
    let (seconds, rest) = (micros(at) / 1_000_000, micros(at) % 1_000_000);
    let second = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string();
    format!("{}.{rest:06}Z", second.trim_end_matches('Z').replace([':', '-'], ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(read(text).map(write).as_deref(), expect, "{text}");
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        check("2026-02-03T04:05:06.789012+00:00", Some("2026-02-03T04:05:06.789012Z"));
        check("2026-02-03T04:05:06.5Z", Some("2026-02-03T04:05:06.5Z"));
        check("2026-02-03T04:05:06+02:00", Some("2026-02-03T02:05:06Z"));
        check("2026-02-03T04:05:06", Some("2026-02-03T04:05:06Z"));
        check("2026-02-03 04:05", Some("2026-02-03T04:05:00Z"));
        check("2026-02-03", Some("2026-02-03T00:00:00Z"));
        check("2026-02", Some("2026-02-01T00:00:00Z"));
        check(" 2026 ", Some("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "yesterday", "2026-13", "2026-02-30", "2026-1-1-1", "26", "1969-12-31", "-"] {
            check(text, None);
        }
    }

    #[test]
    fn micros_go_there_and_back() {
        let at = UNIX_EPOCH + Duration::from_micros(1_234_567_890_123);
        assert_eq!(from_micros(micros(at)), at);
        assert_eq!(micros(UNIX_EPOCH - Duration::from_secs(1)), 0);
        assert_eq!(from_micros(-5), UNIX_EPOCH);
        assert_eq!(in_a_name(at), "19700115T065607.890123Z");
    }
}
