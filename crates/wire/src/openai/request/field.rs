//! Which of an object's known fields were met.

use crate::json::{Key, Problem, Reader};

/// The known fields met so far, one bit each.
#[derive(Default)]
pub(super) struct Met(u32);

impl Met {
    /// Whether `key` is one of `known`, of which there may be 32.
    ///
    /// # Errors
    /// If it was met before: which of two values counts differs from one reader to the next.
    pub(super) fn once(
        &mut self,
        known: &[&str],
        key: &Key<'_>,
        reader: &Reader<'_>,
    ) -> Result<bool, Problem> {
        let Some(at) = known.iter().position(|name| *name == key.name()) else { return Ok(false) };
        if self.0 & (1 << at) != 0 {
            return Err(reader.problem("duplicate field"));
        }
        self.0 |= 1 << at;
        Ok(true)
    }
}
