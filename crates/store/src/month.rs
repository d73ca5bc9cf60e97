//! The calendar months that budgets are counted in, in UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

/// A month of a year, written `2026-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// 0 to 9999.
    year: i16,
    /// 1 to 12.
    month: i8,
}

impl Month {
    /// The month that a moment lies in.
    pub fn of(at: SystemTime) -> Self {
        let stamp = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let date = stamp.to_zoned(TimeZone::UTC).date();
        Self { year: date.year(), month: date.month() }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// A text that names no month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read a month, which looks like 2026-03")]
pub struct NoMonth;

impl FromStr for Month {
    type Err = NoMonth;
    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let (year, month) = text.split_once('-').ok_or(NoMonth)?;
        let shaped = year.len() == 4 && month.len() == 2 && !text.contains('+');
        let (year, month) = (year.parse().map_err(|_| NoMonth)?, month.parse().map_err(|_| NoMonth)?);
        let exists = shaped && year >= 0 && Date::new(year, month, 1).is_ok();
        exists.then_some(Self { year, month }).ok_or(NoMonth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment;

    #[test]
    fn months_turn_at_midnight_in_utc() {
        let month = |text| Month::of(moment::read(text).unwrap()).to_string();
        assert_eq!(month("2026-02-28T23:59:59.999Z"), "2026-02");
        assert_eq!(month("2026-03-01T00:00:00Z"), "2026-03");
        assert_eq!(month("2026-03-01T00:30:00+01:00"), "2026-02");
    }

    #[test]
    fn months_are_read_as_they_are_written() {
        for text in ["2026-03", "0001-12"] {
            assert_eq!(text.parse::<Month>().unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-13", "2026-00", "2026-3", "-026-03", "2026-+3", "x-y"] {
            assert_eq!(text.parse::<Month>(), Err(NoMonth), "{text}");
        }
    }
}
