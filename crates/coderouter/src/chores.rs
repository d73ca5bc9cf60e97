//! What is to be done beside requests, handed from them to whoever does it. Handing over never waits.

use canon::id::ProviderName;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// The most that waits to be done; beyond, what comes is forgotten, as whoever asks will ask again.
const LIMIT: usize = 256;

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chore {
    /// A provider was taken out of the chains: it has to be brought back.
    Heal(ProviderName),
    /// A provider's answers got worse: its backend should load the model anew.
    Unload(ProviderName),
    /// How many slots a provider's server has, and whether they can be moved to files, is not known or long ago.
    LearnSlots(ProviderName),
}

/// Things to be done, in order.
#[derive(Debug, Default)]
pub struct Chores {
    waiting: Mutex<VecDeque<Chore>>,
    added: Notify,
}

impl Chores {
    /// Adds one, unless it waits already.
    pub fn add(&self, chore: Chore) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < LIMIT && !waiting.contains(&chore) {
            waiting.push_back(chore);
            drop(waiting);
            self.added.notify_one();
        }
    }

    /// The next one, once there is one. Dropping the future loses nothing.
    pub async fn next(&self) -> Chore {
        loop {
            let next = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            match next {
                Some(chore) => return chore,
                None => self.added.notified().await,
            }
        }
    }
}
