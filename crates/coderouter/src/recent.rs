//! The plans of the latest requests, kept to be explained.

use canon::id::{ProviderName, RequestId};
use routing::hops::Hop;
use routing::plan::Plan;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// The most that are kept; the oldest goes first.
pub const LIMIT: usize = 256;

/// A request that is over.
#[derive(Clone, Debug)]
pub struct Recent {
    /// Its id.
    pub id: RequestId,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// The departures on its way.
    pub hops: Vec<Hop>,
    /// Who answered.
    pub provider: Option<ProviderName>,
    /// The status it was answered with.
    pub status: u16,
}

/// The latest requests.
#[derive(Debug, Default)]
pub struct Recents {
    ring: Mutex<VecDeque<Recent>>,
}

impl Recents {
    /// Adds one.
    pub fn add(&self, recent: Recent) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = if ring.len() == LIMIT { ring.pop_front() } else { None };
        ring.push_back(recent);
        drop(ring);
        // What it held is let go outside the lock.
        drop(gone);
    }

    /// The one with this id; `last` is the latest.
    pub fn find(&self, id: &str) -> Option<Recent> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if id == "last" {
            return ring.back().cloned();
        }
        if id.is_empty() {
            return None;
        }
        ring.iter().rev().find(|recent| recent.id.to_string().starts_with(id)).cloned()
    }
}
