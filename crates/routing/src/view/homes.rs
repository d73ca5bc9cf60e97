//! Where conversations live: the provider that answered one last has its prompt cached, which is worth seconds.

use crate::conversation::Conversation;
use canon::id::ProviderName;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a conversation stays with a provider that others stand in front of. Then the others are tried again: one
/// cold prompt is a small price for the better model.
pub const STAY_WINDOW: Duration = Duration::from_secs(120);

/// The most conversations that are kept; those that have rested longest are forgotten first.
pub const HOMES_LIMIT: usize = 4_096;

/// Conversations and who answered them last.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    homes: HashMap<Conversation, Home>,
}

#[derive(Debug)]
struct Home {
    provider: ProviderName,
    /// When it moved in.
    since: Instant,
    /// When it was last seen.
    at: Instant,
}

impl Homes {
    /// A provider holds the prompt of a conversation from now on: it answered, or has read most of it.
    pub(crate) fn settle(&mut self, conversation: Conversation, provider: &ProviderName, now: Instant) {
        if let Some(home) = self.homes.get_mut(&conversation) {
            home.at = now;
            if home.provider != *provider {
                home.provider = provider.clone();
                home.since = now;
            }
            return;
        }
        if self.homes.len() >= HOMES_LIMIT {
            self.forget(now);
        }
        self.homes.insert(conversation, Home { provider: provider.clone(), since: now, at: now });
    }

    /// The provider that has a conversation's prompt, while the conversation may stay there.
    pub(crate) fn of(&self, conversation: Conversation, now: Instant) -> Option<&ProviderName> {
        let home = self.homes.get(&conversation)?;
        home.stays(now).then_some(&home.provider)
    }

    /// A provider is back: conversations that went elsewhere meanwhile need not stay there.
    pub(crate) fn is_back(&mut self, provider: &ProviderName) {
        self.homes.retain(|_, home| home.provider == *provider);
    }

    /// Forgets those that need not stay, and the longer rested half where that frees nothing.
    fn forget(&mut self, now: Instant) {
        self.homes.retain(|_, home| home.stays(now));
        if self.homes.len() < HOMES_LIMIT {
            return;
        }
        let mut times: Vec<Instant> = self.homes.values().map(|home| home.at).collect();
        let middle = times.len() / 2;
        let (_, &mut median, _) = times.select_nth_unstable(middle);
        self.homes.retain(|_, home| home.at > median);
    }
}

impl Home {
    fn stays(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < STAY_WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_lives_where_it_was_answered_last() {
        let (mut homes, start) = (Homes::default(), Instant::now());
        let talk = Conversation::named("talk");
        homes.settle(talk, &"a".into(), start);
        homes.settle(talk, &"b".into(), start + Duration::from_secs(1));
        assert_eq!(homes.of(talk, start + STAY_WINDOW), Some(&"b".into()));
        homes.settle(talk, &"b".into(), start + STAY_WINDOW);
        assert_eq!(
            homes.of(talk, start + STAY_WINDOW + Duration::from_secs(1)),
            None,
            "others are tried again"
        );
        homes.is_back(&"c".into());
        assert_eq!(homes.of(talk, start + Duration::from_secs(2)), None);
        assert_eq!(homes.of(Conversation::named("other"), start), None);
    }

    #[test]
    fn homes_are_bounded_and_the_recent_ones_stay() {
        let (mut homes, start) = (Homes::default(), Instant::now());
        for number in 0..3 * HOMES_LIMIT as u64 {
            let at = start + Duration::from_millis(number);
            homes.settle(Conversation::named(&number.to_string()), &"a".into(), at);
            assert!(homes.homes.len() <= HOMES_LIMIT);
        }
        let last = Conversation::named(&(3 * HOMES_LIMIT - 1).to_string());
        assert!(homes.of(last, start + Duration::from_secs(13)).is_some());
    }
}
