//! A map by names for few names and many look-ups: one search finds the value or the place where it belongs.

/// Values by name. Kept by the names' length first: most names that differ do so in length, and are told apart without a
/// look at their letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sorted<T> {
    entries: Vec<(Box<str>, T)>,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Sorted<T> {
    /// The value under a name.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.place(name).ok().map(|place| &self.entries[place].1)
    }

    /// The value under a name; where there is none, the one that `make` gives is put there.
    pub(super) fn entry(&mut self, name: &str, make: impl FnOnce() -> T) -> &mut T {
        let place = self.place(name).unwrap_or_else(|place| {
            self.entries.insert(place, (name.into(), make()));
            place
        });
        &mut self.entries[place].1
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// All of them, in the names' order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        let mut all: Vec<_> = self.entries.iter().map(|(name, value)| (&**name, value)).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all.into_iter()
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        let order = |known: &str| known.len().cmp(&name.len()).then_with(|| known.cmp(name));
        self.entries.binary_search_by(|(known, _)| order(known))
    }
}
