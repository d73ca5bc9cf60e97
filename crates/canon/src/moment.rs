//! The moment at which something is decided, as the pure rooms get it: nobody in them looks at a clock.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment on both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The clock that never jumps, for waits and windows.
    pub at: Instant,
    /// The clock on the wall, for months and for what is shown or stored.
    pub wall: SystemTime,
}

impl Now {
    /// A later moment.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        Self { at: self.at + time, wall: self.wall + time }
    }

    /// The calendar month of the wall clock.
    pub fn month(self) -> Month {
        Month::of(self.wall)
    }
}

/// A calendar month in UTC, as budgets are kept by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year; 0 before the common era.
    pub year: u16,
    /// From 1 to 12.
    pub month: u8,
}

impl Month {
    /// The month of a time; times before 1970 count as its first.
    pub fn of(time: SystemTime) -> Self {
        const DAY: u64 = 86_400;
        let days = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / DAY);
        // Days of a calendar whose years begin in March, so that the day a leap year adds comes last
        // (Howard Hinnant's `civil_from_days`).
        let days = days + 719_468;
        let era_day = days % 146_097;
        let year_of_era = (era_day - era_day / 1_460 + era_day / 36_524 - era_day / 146_096) / 365;
        let day_of_year = era_day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = days / 146_097 * 400 + year_of_era + u64::from(month <= 2);
        Self { year: u16::try_from(year).unwrap_or(u16::MAX), month: u8::try_from(month).unwrap_or(12) }
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !is_number(year) || !is_number(month) {
            return None;
        }
        let month = month.parse().ok().filter(|month| (1..=12).contains(month))?;
        Some(Self { year: year.parse().ok()?, month })
    }
}

/// As `YYYY-MM`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_those_of_the_calendar() {
        let of = |seconds| Month::of(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
        assert_eq!(of(0), "1970-01");
        assert_eq!(
            (of(951_782_399), of(951_868_799), of(951_868_800)),
            ("2000-02".into(), "2000-02".into(), "2000-03".into())
        );
        assert_eq!((of(1_798_761_599), of(1_798_761_600)), ("2026-12".into(), "2027-01".into()));
        assert_eq!(Month::of(UNIX_EPOCH - Duration::from_secs(1)).to_string(), "1970-01");
        assert_eq!(Month::parse("2026-11"), Some(Month { year: 2026, month: 11 }));
        for text in ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "+026-01", "2026-01-01", "soon"] {
            assert_eq!(Month::parse(text), None, "{text}");
        }
    }
}
