//! Who hears of transitions, and what waits to be told. Telling happens outside the cache's lock, by one thread
//! at a time, so that everybody hears of them in the order in which they happened.

use canon::id::ProviderName;
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Hears of a provider that has become healthy or unhealthy. What it returns as an error is for the log.
pub type Listener = Box<dyn Fn(&ProviderName, bool) -> Result<(), String> + Send + Sync>;

/// The most transitions that wait while a listener is slow. Beyond it the oldest one that a later one of the
/// same provider has made stale is left out: the last state of each is always told.
pub const NOTICES_LIMIT: usize = 1_024;

/// A listener that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Which one, counted from 0 in the order of their adding.
    pub listener: usize,
    /// The provider it was told of.
    pub provider: ProviderName,
    /// Its error, or what it panicked with.
    pub message: String,
}

#[derive(Default)]
pub(super) struct Listeners {
    all: Vec<Arc<Listener>>,
    waiting: VecDeque<Notice>,
    /// Whether a thread is telling.
    telling: bool,
}

/// A transition that waits to be told.
struct Notice {
    provider: ProviderName,
    healthy: bool,
    /// How many listeners there were when it happened: later ones do not hear of it.
    audience: usize,
}

impl Listeners {
    pub(super) fn add(&mut self, listener: Listener) {
        self.all.push(Arc::new(listener));
    }

    pub(super) fn note(&mut self, provider: &ProviderName, healthy: bool) {
        if self.all.is_empty() {
            return;
        }
        if self.waiting.len() >= NOTICES_LIMIT
            && let Some(stale) = self.oldest_stale()
        {
            self.waiting.remove(stale);
        }
        self.waiting.push_back(Notice { provider: provider.clone(), healthy, audience: self.all.len() });
    }

    /// Makes the caller the one who tells, until [`Self::next`] has nothing more; false where another one is.
    pub(super) fn begin(&mut self) -> bool {
        !std::mem::replace(&mut self.telling, true)
    }

    /// What to tell next. None ends the telling in the same step, so that whoever notes something afterwards
    /// tells it.
    pub(super) fn next(&mut self) -> Option<Announcement> {
        let Some(notice) = self.waiting.pop_front() else {
            self.telling = false;
            return None;
        };
        let listeners = self.all.iter().take(notice.audience).cloned().collect();
        Some(Announcement { notice, listeners })
    }

    fn oldest_stale(&self) -> Option<usize> {
        let is_stale = |at: &usize| {
            let provider = &self.waiting[*at].provider;
            self.waiting.range(at + 1..).any(|later| later.provider == *provider)
        };
        (0..self.waiting.len()).find(is_stale)
    }
}

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} listeners, {} notices", self.all.len(), self.waiting.len())
    }
}

/// A transition on its way to those who hear of it.
pub(super) struct Announcement {
    notice: Notice,
    listeners: Vec<Arc<Listener>>,
}

impl Announcement {
    /// The provider, and whether it is healthy now.
    #[cfg(test)]
    pub(super) fn subject(&self) -> (ProviderName, bool) {
        (self.notice.provider.clone(), self.notice.healthy)
    }

    /// Tells everybody in the order of their adding, whatever the others do.
    pub(super) fn tell(&self) -> Vec<Complaint> {
        let Notice { provider, healthy, .. } = &self.notice;
        let complain = |(place, listener): (usize, &Arc<Listener>)| {
            // The cache holds no lock and hands out nothing it could break; what the listener shares is its
            // own.
            let told = catch_unwind(AssertUnwindSafe(|| listener(provider, *healthy)));
            let message = told.unwrap_or_else(|panic| Err(words_of(panic.as_ref()))).err()?;
            Some(Complaint { listener: place, provider: provider.clone(), message })
        };
        self.listeners.iter().enumerate().filter_map(complain).collect()
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let plain = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    let words = plain.or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panicked: {}", words.as_deref().unwrap_or("without words"))
}
