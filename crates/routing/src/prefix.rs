//! Whether the prompt of a turn begins with that of the turn before, as a prompt cache needs it. Of prompts nothing
//! is kept but digests.

mod fingerprint;

pub use fingerprint::{Fingerprint, MARKS_LIMIT, Part, STRETCH};

use crate::conversation::Conversation;
use canon::event::FlowFact;
use canon::id::ProviderName;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The most conversations that are watched; the one that was seen longest ago is forgotten first.
pub const WATCHED_LIMIT: usize = 128;

/// The latest prompts of conversations, as fingerprints.
#[derive(Debug, Default)]
pub struct Prefixes {
    watched: Mutex<Watched>,
}

#[derive(Debug, Default)]
struct Watched {
    latest: HashMap<(Conversation, ProviderName), Seen>,
    /// Counts prompts, so that the oldest is known.
    count: u64,
}

#[derive(Debug)]
struct Seen {
    fingerprint: Fingerprint,
    /// Its number.
    at: u64,
}

/// Where a prompt stopped to begin with the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// Where the first stretch that differs begins, in bytes of the prompt's text.
    pub at: u64,
    /// What it belongs to.
    pub part: Part,
}

impl Break {
    /// What is told of it.
    pub fn fact(self, provider: ProviderName) -> FlowFact {
        FlowFact::PrefixBroken { provider, at: self.at, part: self.part.name() }
    }
}

impl Prefixes {
    /// Remembers a prompt that goes to a provider, and says where it breaks with the conversation's last one there.
    ///
    /// A prompt with fewer turns begins something new: a summary, or another conversation of the session. That is no
    /// break, and neither is what was trimmed on purpose.
    pub fn follow(
        &self,
        conversation: Conversation,
        provider: &ProviderName,
        fingerprint: &Fingerprint,
        is_trimmed: bool,
    ) -> Option<Break> {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let last = watched.replace((conversation, provider.clone()), fingerprint.clone())?;
        // The comparison goes on without the lock: it may be long.
        drop(watched);
        if is_trimmed { None } else { fingerprint.breaks_with(&last) }
    }
}

impl Watched {
    fn replace(
        &mut self,
        key: (Conversation, ProviderName),
        fingerprint: Fingerprint,
    ) -> Option<Fingerprint> {
        self.count += 1;
        let seen = Seen { fingerprint, at: self.count };
        if let Some(old) = self.latest.get_mut(&key) {
            return Some(std::mem::replace(old, seen).fingerprint);
        }
        if self.latest.len() >= WATCHED_LIMIT
            && let Some(oldest) =
                self.latest.iter().min_by_key(|(_, seen)| seen.at).map(|(key, _)| key.clone())
        {
            self.latest.remove(&oldest);
        }
        self.latest.insert(key, seen);
        None
    }
}

#[cfg(test)]
mod tests;
