//! How a moment is written: RFC 3339 in UTC for machines, the time of day for people. No zone database here.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// How far a place's clocks are from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UtcOffset {
    /// Seconds to add to UTC, negative in the west.
    pub seconds: i32,
}

/// Appends a moment as `2026-02-03T04:05:06.789Z`; what lies before 1970 becomes its beginning.
pub(crate) fn write_rfc3339(at: SystemTime, out: &mut Vec<u8>) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / DAY, since.as_secs() % DAY);
    let (year, month, day) = civil(days);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    write_digits(year, &mut text[..4]);
    write_digits(month, &mut text[5..7]);
    write_digits(day, &mut text[8..10]);
    write_digits(second / 3600, &mut text[11..13]);
    write_digits(second / 60 % 60, &mut text[14..16]);
    write_digits(second % 60, &mut text[17..19]);
    write_digits(since.subsec_millis().into(), &mut text[20..23]);
    out.extend_from_slice(&text);
}

/// A moment as `2026-02-03T04:05:06.789Z`.
pub(crate) fn rfc3339(at: SystemTime) -> String {
    let mut out = Vec::with_capacity(24);
    write_rfc3339(at, &mut out);
    out.into_iter().map(char::from).collect()
}

/// Writes as many digits of a number as there is room for. By hand: every line has seven numbers, and formatting them
/// was much of its cost.
fn write_digits(number: u64, out: &mut [u8]) {
    let mut rest = number;
    for digit in out.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

/// Appends the time of day at a place as `04:05:06`.
pub(crate) fn write_time_of_day(at: SystemTime, offset: UtcOffset, out: &mut Vec<u8>) {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let second = (since % DAY).cast_signed() + i64::from(offset.seconds);
    let second = second.rem_euclid(DAY.cast_signed());
    // Writing to a vector can't fail.
    let _ = write!(out, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
}

const DAY: u64 = 86_400;

/// Year, month and day of a day counted from 1970, in the proleptic Gregorian calendar. Years are counted from
/// March, so that the leap day comes last and months follow a line of 153 days in five.
fn civil(days: u64) -> (u64, u64, u64) {
    const DAYS_TO_1970: u64 = 719_468;
    const DAYS_IN_400_YEARS: u64 = 146_097;
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days / DAYS_IN_400_YEARS, days % DAYS_IN_400_YEARS);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn check(millis: u64, expect: &str) {
        let mut out = Vec::new();
        write_rfc3339(UNIX_EPOCH + Duration::from_millis(millis), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), expect);
    }

    #[test]
    fn moments_are_written_in_utc() {
        check(0, "1970-01-01T00:00:00.000Z");
        check(951_782_399_999, "2000-02-28T23:59:59.999Z");
        check(951_782_400_000, "2000-02-29T00:00:00.000Z");
        check(951_868_800_000, "2000-03-01T00:00:00.000Z");
        check(1_735_689_599_001, "2024-12-31T23:59:59.001Z");
        check(4_107_542_400_000, "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn the_time_of_day_is_that_of_the_place() {
        let at = |seconds, offset| {
            let mut out = Vec::new();
            let offset = UtcOffset { seconds: offset };
            write_time_of_day(UNIX_EPOCH + Duration::from_secs(seconds), offset, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(3_661, 0), "01:01:01");
        assert_eq!(at(0, -3_600), "23:00:00");
        assert_eq!(at(86_399, 19_800), "05:29:59");
    }

    #[test]
    fn a_clock_before_1970_does_no_harm() {
        let mut out = Vec::new();
        write_rfc3339(UNIX_EPOCH - Duration::from_secs(5), &mut out);
        assert_eq!(out, b"1970-01-01T00:00:00.000Z");
    }
}
