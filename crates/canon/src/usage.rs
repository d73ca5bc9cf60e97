//! Tokens that were read and written, in classes that are priced apart.

use crate::extra::Extra;

/// The token counts of one answer. Absent means the backend did not say.
///
/// The classes don't overlap: Anthropic counts this way; dialects whose prompt count includes cached tokens are
/// converted where they are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Prompt tokens read in full.
    pub input: Option<u64>,
    /// Prompt tokens found in a cache.
    pub cache_read: Option<u64>,
    /// Prompt tokens written into a cache.
    pub cache_write: Option<u64>,
    /// Tokens generated, those of reasoning included.
    pub output: Option<u64>,
    /// The part of `output` that was reasoning.
    pub reasoning: Option<u64>,
    /// What the backend's usage object says beyond this.
    pub extra: Extra,
}

impl Usage {
    /// Whether the backend said anything at all.
    pub fn is_present(&self) -> bool {
        self.input.is_some()
            || self.output.is_some()
            || self.cache_read.is_some()
            || self.cache_write.is_some()
    }

    /// All prompt tokens, cached or not.
    pub fn prompt(&self) -> u64 {
        [self.input, self.cache_read, self.cache_write]
            .iter()
            .flatten()
            .fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Takes in a later report of the same answer: counts only grow, so the larger of each wins.
    pub fn merge(&mut self, later: &Self) {
        for (mine, theirs) in [
            (&mut self.input, later.input),
            (&mut self.cache_read, later.cache_read),
            (&mut self.cache_write, later.cache_write),
            (&mut self.output, later.output),
            (&mut self.reasoning, later.reasoning),
        ] {
            *mine = (*mine).max(theirs);
        }
        for (key, value) in &later.extra.fields {
            match self.extra.fields.iter_mut().find(|(name, _)| name == key) {
                Some((_, old)) => *old = value.clone(),
                None => self.extra.push(key.clone(), value.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_keeps_the_larger_count() {
        let mut first = Usage { input: Some(10), output: Some(1), ..Usage::default() };
        first.merge(&Usage { output: Some(7), cache_read: Some(3), ..Usage::default() });
        assert_eq!((first.input, first.output, first.cache_read), (Some(10), Some(7), Some(3)));
        assert_eq!(first.prompt(), 13);
    }
}
