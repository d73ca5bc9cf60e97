//! What was spent and saved in the current month, as far as it was seen.

use canon::event::{Event, Fact};
use canon::moment::Month;
use canon::money::Usd;
use std::time::SystemTime;

/// The sums of one month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    /// What requests cost, failed attempts included.
    pub(crate) spent: Usd,
    /// What prompt caches saved.
    pub(crate) savings: Usd,
    /// What the language of prompts cost.
    pub(crate) tax: Usd,
}

/// The month that is going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThisMonth {
    pub(super) month: Month,
    pub(super) sums: Sums,
}

impl ThisMonth {
    pub(super) fn new(started: SystemTime) -> Self {
        Self { month: Month::of(started), sums: Sums::default() }
    }

    pub(super) fn hear(&mut self, event: &Event) {
        match &event.fact {
            Fact::Finished(finished) => {
                let sums = self.of(event.at);
                sums.spent += finished.cost;
                sums.savings += finished.savings;
            }
            Fact::CacheObserved(observed) => {
                if let Some((tax, _)) = observed.tax {
                    self.of(event.at).tax += tax;
                }
            }
            _ => {}
        }
    }

    /// Adds the sums of a month; those of an earlier one count no more.
    pub(super) fn add(&mut self, month: Month, sums: Sums) {
        if month > self.month {
            *self = Self { month, sums: Sums::default() };
        }
        if month == self.month {
            self.sums.spent += sums.spent;
            self.sums.savings += sums.savings;
            self.sums.tax += sums.tax;
        }
    }

    /// The sums of the month of a moment.
    pub(crate) fn at(&self, now: SystemTime) -> Sums {
        if Month::of(now) == self.month { self.sums } else { Sums::default() }
    }

    fn of(&mut self, at: SystemTime) -> &mut Sums {
        let month = Month::of(at);
        if month != self.month {
            *self = Self { month, sums: Sums::default() };
        }
        &mut self.sums
    }
}
