//! What happens to one provider in a night: when it is well, and what it suffers from between.

use crate::dice::Dice;
use std::time::Duration;

/// How long the script goes on; afterwards everybody is well.
pub const TROUBLE: Duration = Duration::from_secs(8 * 3600);

/// What a provider suffers from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mood {
    /// Nothing.
    Well,
    /// Nobody listens on its port.
    Crashed,
    /// Its port takes connections, and nothing comes.
    Hanging,
    /// Its memory leaked away: it says so to everybody.
    OutOfMemory,
    /// First tokens take most of a minute, or longer.
    Slow,
    /// Answers are short, without calls, and end in no known way.
    Degraded,
    /// Too many requests, whoever asks.
    Limiting,
    /// Too busy.
    Overloaded,
    /// Something that is no answer.
    Nonsense,
    /// Answers without content.
    Empty,
    /// Streams end without their end.
    Truncating,
    /// Connections break in mid-answer.
    Breaking,
}

/// Every trouble there is.
const TROUBLES: [Mood; 11] = [
    Mood::Crashed,
    Mood::Hanging,
    Mood::OutOfMemory,
    Mood::Slow,
    Mood::Degraded,
    Mood::Limiting,
    Mood::Overloaded,
    Mood::Nonsense,
    Mood::Empty,
    Mood::Truncating,
    Mood::Breaking,
];

/// A provider's night.
#[derive(Clone, Debug)]
pub struct Script {
    /// The beginnings of moods, counted from the night's own; the first lies at 0.
    changes: Vec<(Duration, Mood)>,
}

impl Script {
    /// Rolls a night.
    pub fn rolled(dice: &mut Dice) -> Self {
        let longest_calm = dice.pick(&[1_200, 3_600, 7_200]);
        let longest_trouble = dice.pick(&[60, 300, 1_200]);
        let (mut at, mut changes) = (Duration::ZERO, vec![(Duration::ZERO, Mood::Well)]);
        loop {
            at += dice.seconds(20..longest_calm);
            if at >= TROUBLE {
                break;
            }
            at = Self::suffer(dice, at, longest_trouble, &mut changes);
            changes.push((at.min(TROUBLE), Mood::Well));
        }
        Self { changes }
    }

    /// One trouble and what comes with it: memory leaks slowly, and who comes back loads its model first.
    fn suffer(
        dice: &mut Dice,
        mut at: Duration,
        longest: u64,
        changes: &mut Vec<(Duration, Mood)>,
    ) -> Duration {
        let trouble = dice.pick(&TROUBLES);
        let stages: &[Mood] = match trouble {
            Mood::OutOfMemory => &[Mood::Slow, Mood::OutOfMemory, Mood::Crashed],
            Mood::Crashed | Mood::Hanging => &[trouble, Mood::Slow],
            _ => &[trouble],
        };
        for stage in stages {
            if at < TROUBLE {
                changes.push((at, *stage));
            }
            at += dice.seconds(5..longest);
        }
        at
    }

    /// The mood at a time, and since when.
    pub fn at(&self, at: Duration) -> (Duration, Mood) {
        self.changes[self.changes.partition_point(|(begin, _)| *begin <= at) - 1]
    }

    /// Whether the provider dies within so long from a time on, and when.
    pub fn death_within(&self, at: Duration, time: Duration) -> Option<Duration> {
        let ahead = &self.changes[self.changes.partition_point(|(begin, _)| *begin <= at)..];
        let dead = |(begin, mood): &&(Duration, Mood)| *mood == Mood::Crashed && *begin < at + time;
        ahead.iter().find(dead).map(|(begin, _)| *begin)
    }

    /// The end of the mood at a time; none where it stays.
    pub fn end_of(&self, at: Duration) -> Option<Duration> {
        self.changes.get(self.changes.partition_point(|(begin, _)| *begin <= at)).map(|(begin, _)| *begin)
    }
}
