//! The last stretch of time in steps of one length, each with a value of its own; what is older is written over.

use std::time::{SystemTime, UNIX_EPOCH};

/// Values by the step of time they belong to.
#[derive(Clone, Debug)]
pub(crate) struct Slots<T> {
    step_s: u64,
    slots: Vec<(u64, T)>,
}

impl<T: Clone + Default> Slots<T> {
    /// So many steps of so many seconds, neither of them zero.
    pub(super) fn new(count: usize, step_s: u64) -> Self {
        Self { step_s, slots: vec![(u64::MAX, T::default()); count] }
    }

    /// The value of the step that a moment is in. Of an old one nothing is known any more, so it begins anew: a clock
    /// that was set back must not leave a hole.
    pub(super) fn at(&mut self, moment: SystemTime) -> &mut T {
        let step = step(moment, self.step_s);
        let place = self.place(step);
        let (owner, value) = &mut self.slots[place];
        if *owner != step {
            *owner = step;
            *value = T::default();
        }
        value
    }

    /// The values of the last so many steps, oldest first, the one that `now` is in last; none for a step in which
    /// nothing happened.
    pub(crate) fn last(&self, count: usize, now: SystemTime) -> impl Iterator<Item = Option<&T>> {
        let end = step(now, self.step_s);
        let count = u64::try_from(count.min(self.slots.len())).unwrap_or(0);
        (0..count).rev().map(move |back| {
            let step = end.checked_sub(back)?;
            let (owner, value) = &self.slots[self.place(step)];
            (*owner == step).then_some(value)
        })
    }

    fn place(&self, step: u64) -> usize {
        // The remainder is a place, so it fits.
        (step % self.slots.len() as u64) as usize
    }
}

fn step(moment: SystemTime, step_s: u64) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / step_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_old_is_written_over_and_gaps_are_empty() {
        let mut slots = Slots::<u32>::new(3, 60);
        *slots.at(at(0)) += 1;
        *slots.at(at(59)) += 1;
        *slots.at(at(121)) += 5;
        let seen =
            |slots: &Slots<u32>, now| slots.last(3, at(now)).map(Option::<&u32>::copied).collect::<Vec<_>>();
        assert_eq!(seen(&slots, 130), [Some(2), None, Some(5)]);
        assert_eq!(seen(&slots, 190), [None, Some(5), None]);
        *slots.at(at(181)) += 7;
        assert_eq!(seen(&slots, 190), [None, Some(5), Some(7)]);
        assert_eq!(seen(&slots, 30), [None, None, None]);
        assert_eq!(slots.last(2, at(190)).count(), 2);
    }
}
