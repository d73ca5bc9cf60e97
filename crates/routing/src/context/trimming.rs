//! Where conversations are cut, kept from turn to turn: a prompt then begins with that of the turn before, and
//! the backend's prompt cache holds until the next large step. What the cut is, is decided in `trim`.

use super::trim::Held;
use crate::conversation::Conversation;
use std::collections::VecDeque;

/// The most cuts that are kept; the one that was not used for longest is forgotten first.
pub const CONVERSATIONS_LIMIT: usize = 512;

/// The cuts of conversations, each for the windows of a size.
#[derive(Debug, Default)]
pub struct Trimming {
    /// The latest use last.
    held: VecDeque<(Key, Held)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    conversation: Conversation,
    window: u64,
}

impl Trimming {
    /// Where a conversation is cut for a window of so many tokens.
    pub fn recall(&mut self, conversation: Conversation, window: u64) -> Option<Held> {
        let entry = self.take(Key { conversation, window })?;
        let held = entry.1;
        self.held.push_back(entry);
        Some(held)
    }

    /// From now on the conversation is cut here, or nowhere.
    pub fn hold(&mut self, conversation: Conversation, window: u64, held: Option<Held>) {
        let key = Key { conversation, window };
        self.take(key);
        let Some(held) = held else { return };
        if self.held.len() == CONVERSATIONS_LIMIT {
            self.held.pop_front();
        }
        self.held.push_back((key, held));
    }

    fn take(&mut self, key: Key) -> Option<(Key, Held)> {
        let at = self.held.iter().position(|(other, _)| *other == key)?;
        self.held.remove(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::trim::tests::any_held;

    #[test]
    fn cuts_belong_to_a_conversation_and_a_window() {
        let (mut trimming, here) = (Trimming::default(), Conversation::named("here"));
        trimming.hold(here, 1_000, Some(any_held(7)));
        assert_eq!(trimming.recall(here, 1_000), Some(any_held(7)));
        assert_eq!(trimming.recall(here, 2_000), None);
        assert_eq!(trimming.recall(Conversation::named("there"), 1_000), None);
        trimming.hold(here, 1_000, Some(any_held(9)));
        assert_eq!(trimming.recall(here, 1_000), Some(any_held(9)));
        trimming.hold(here, 1_000, None);
        assert_eq!(trimming.recall(here, 1_000), None);
    }

    #[test]
    fn the_one_unused_for_longest_is_forgotten() {
        let mut trimming = Trimming::default();
        let named = |number: usize| Conversation::named(&format!("c{number}"));
        for number in 0..CONVERSATIONS_LIMIT {
            trimming.hold(named(number), 1_000, Some(any_held(number)));
        }
        assert!(trimming.recall(named(0), 1_000).is_some());
        trimming.hold(named(CONVERSATIONS_LIMIT), 1_000, Some(any_held(1)));
        assert_eq!(trimming.held.len(), CONVERSATIONS_LIMIT);
        assert_eq!(trimming.recall(named(1), 1_000), None);
        assert!(trimming.recall(named(0), 1_000).is_some());
    }
}
