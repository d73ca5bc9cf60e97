//! Which providers broke a conversation in mid-answer a short while ago.

use crate::conversation::Conversation;
use canon::id::ProviderName;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a provider that broke a conversation in mid-answer goes last in it. Long enough for a client's own
/// repeat with its waits (Claude Code 2.1 repeats at once), short enough that one blip does not move a session.
pub const BREAK_WINDOW: Duration = Duration::from_secs(120);

/// The most breaks that are kept; the oldest is forgotten first.
pub const BREAKS_LIMIT: usize = 512;

/// Breaks, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Breaks {
    breaks: VecDeque<Break>,
}

#[derive(Debug)]
struct Break {
    conversation: Conversation,
    provider: ProviderName,
    at: Instant,
}

impl Breaks {
    /// A provider's answer broke after content had gone to the client.
    pub(crate) fn add(&mut self, conversation: Conversation, provider: &ProviderName, now: Instant) {
        self.breaks.retain(|old| old.is_recent(now) && !old.is(conversation, provider));
        if self.breaks.len() == BREAKS_LIMIT {
            self.breaks.pop_front();
        }
        self.breaks.push_back(Break { conversation, provider: provider.clone(), at: now });
    }

    /// The providers that broke a conversation within [`BREAK_WINDOW`], the latest last.
    pub(crate) fn of(
        &self,
        conversation: Conversation,
        now: Instant,
    ) -> impl Iterator<Item = &ProviderName> + use<'_> {
        let recent = move |old: &&Break| old.conversation == conversation && old.is_recent(now);
        self.breaks.iter().filter(recent).map(|old| &old.provider)
    }
}

impl Break {
    fn is(&self, conversation: Conversation, provider: &ProviderName) -> bool {
        self.conversation == conversation && self.provider == *provider
    }

    fn is_recent(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.at) < BREAK_WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_forgotten_and_the_latest_stands_last() {
        let (mut breaks, start) = (Breaks::default(), Instant::now());
        let (here, there) = (Conversation::named("here"), Conversation::named("there"));
        let [a, b] = ["a", "b"].map(ProviderName::from);
        let second = Duration::from_secs(1);
        breaks.add(here, &a, start);
        breaks.add(here, &b, start + second);
        breaks.add(here, &a, start + 2 * second);
        let of = |conversation, now| breaks.of(conversation, now).cloned().collect::<Vec<_>>();
        assert_eq!(of(here, start + 3 * second), [b, a.clone()]);
        assert_eq!(of(here, start + BREAK_WINDOW + second), [a]);
        assert_eq!(of(here, start + BREAK_WINDOW + 2 * second), []);
        assert_eq!(of(there, start), []);
    }

    #[test]
    fn breaks_are_bounded() {
        let (mut breaks, now) = (Breaks::default(), Instant::now());
        for number in 0..2_000 {
            let name = format!("p{number}");
            breaks.add(Conversation::named(&name), &name.as_str().into(), now);
        }
        assert_eq!(breaks.breaks.len(), BREAKS_LIMIT);
        assert_eq!(breaks.breaks[0].provider.as_str(), "p1488");
    }
}
