//! The fields of an object, each at most once: those with a place of their own and those that are only carried.

use canon::extra::Extra;
use canon::text::Text;

use super::key::{Key, Kind};
use super::problem::Problem;
use super::reader::Reader;

/// The most unknown fields one object may have.
pub const UNKNOWN_LIMIT: usize = 256;

impl Reader<'_> {
    /// Takes a field's value into its place; `null` leaves it empty.
    ///
    /// # Errors
    /// If the place is taken already, or those of `read`.
    pub fn once<T>(
        &mut self,
        place: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Result<T, Problem>,
    ) -> Result<(), Problem> {
        if place.is_some() {
            return Err(self.problem("duplicate field"));
        }
        *place = self.maybe(read)?;
        Ok(())
    }

    /// Takes a field that has no place of its own.
    ///
    /// # Errors
    /// If it came before, there are more than [`UNKNOWN_LIMIT`], or its value is not legal.
    pub fn keep(&mut self, extra: &mut Extra, key: &Key<'_>) -> Result<(), Problem> {
        if extra.fields.len() == UNKNOWN_LIMIT {
            return Err(self.problem("too many unknown fields"));
        }
        if extra.find(key.name()).is_some() {
            return Err(self.problem("duplicate field"));
        }
        extra.push(key.text(), self.raw()?);
        Ok(())
    }

    /// What an object just read has under `name`.
    ///
    /// # Errors
    /// If it has nothing there.
    pub fn required<T>(&self, place: Option<T>, name: &'static str) -> Result<T, Problem> {
        place.ok_or_else(|| self.problem("field required").under(name))
    }
}

/// For answers, which are taken as they come: what has the wrong type is passed over as if it were not there.
impl Reader<'_> {
    /// Takes a string, or anything else as nothing.
    ///
    /// # Errors
    /// If the value is not legal JSON.
    pub fn text_or_skip(&mut self) -> Result<Option<Text>, Problem> {
        if self.kind() == Kind::Text { self.text().map(Some) } else { self.skip().map(|()| None) }
    }

    /// Takes a whole number, or anything else as nothing.
    ///
    /// # Errors
    /// If the value is not legal JSON.
    pub fn count_or_skip(&mut self) -> Result<Option<u64>, Problem> {
        let mut ahead = *self;
        self.skip()?;
        Ok(if ahead.kind() == Kind::Number { ahead.count().ok() } else { None })
    }
}
