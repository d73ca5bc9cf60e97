//! What outlives the process: opened at the start, taken over into what decisions look at, and saved when that
//! changes. A store that is absent or fails stops nobody.
//!
//! How things lie on disk is the room `store`'s; what is worth remembering, and when, is decided here.

mod audit;
mod counts;
mod keeping;
mod money;
mod opening;
mod python;
mod records;
mod states;

pub use keeping::run as keep;
pub use money::Receipt;
pub use opening::{Opened, open};
pub use records::Records;

use crate::router::Router;
use canon::event::{Fact, Level, Notice};
use canon::moment::Now;
use states::States;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Condition, Store, StoreError, StoreHealth};
use tokio::sync::Notify;

/// The memory of one process.
#[derive(Default)]
pub struct Memory {
    /// None where nothing is to outlive the process, or the store could not be opened.
    store: Option<Arc<Store>>,
    /// From which the ids of this run's reservations are counted; drawn at random.
    run: u64,
    /// Whether the Python program's folder was taken in by this run.
    took_in: bool,
    /// Whether something changed since it was saved.
    changed: AtomicBool,
    wake: Notify,
    /// What was saved last.
    saved: States,
    /// Where people were told that the store fails: how often it had committed by then.
    failing: Mutex<Option<u64>>,
}

impl Memory {
    /// The memory of a process that forgets everything.
    pub fn off() -> Self {
        Self::default()
    }

    /// Takes over into a router's view what an earlier run kept.
    pub fn restore(&self, router: &Router, now: Now) {
        let Some(store) = &self.store else { return };
        money::restore(store, &router.view.spend, now);
        self.saved.restore(store, router, now);
        if self.took_in {
            python::restore(store, router, now);
        }
        counts::restore(store, router);
        // What was taken over from elsewhere, or left behind, is to be on disk before anything happens.
        self.touch();
    }

    /// Something that is kept has changed: it is saved within 250 ms. Never waits.
    pub fn touch(&self) {
        if self.store.is_some()
            && !self.changed.load(Ordering::Relaxed)
            && !self.changed.swap(true, Ordering::AcqRel)
        {
            self.wake.notify_one();
        }
    }

    /// Gives the store what has changed since the last time.
    pub fn save(&self, router: &Router, now: Now) {
        let Some(store) = &self.store else { return };
        // Before it is looked at: what changes from here on is looked at again.
        self.changed.store(false, Ordering::Release);
        self.saved.save(store, router, now);
    }

    /// Gives the store what was counted.
    fn save_counts(&self, router: &Router, now: Now) {
        self.store.iter().for_each(|store| counts::save(store, router, now));
    }

    /// Saves everything and waits until it is on disk.
    ///
    /// # Errors
    /// If the disk did not take it.
    pub fn close(&self, router: &Router, now: Now) -> Result<(), StoreError> {
        self.save(router, now);
        self.save_counts(router, now);
        self.store.as_ref().map_or(Ok(()), |store| store.flush())
    }

    /// How the store is; none where there is none.
    pub fn health(&self) -> Option<StoreHealth> {
        self.store.as_ref().map(|store| store.health())
    }

    /// Tells people that the store fails, unless they know.
    fn failed(&self, router: &Router, error: &str) {
        let Some(health) = self.health() else { return };
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if failing.replace(health.commits).is_none() {
            tell(router, "state-store-failing", Level::Warning, error);
        }
    }

    /// Looks how the store is, and tells people what they do not know.
    fn look(&self, router: &Router) {
        let Some(health) = self.health() else { return };
        if health.condition == Condition::Failing {
            let error = health.last_error.map(|(_, error)| error.to_string());
            return self.failed(router, &error.unwrap_or_else(|| "the disk takes nothing".to_owned()));
        }
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if failing.take_if(|commits| health.commits > *commits).is_some() {
            tell(router, "state-store-recovered", Level::Info, "what waited is written");
        }
    }

    /// Whether people think that the store fails.
    fn is_failing(&self) -> bool {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }
}

fn tell(router: &Router, name: &'static str, level: Level, message: &str) {
    let fields = vec![("message", message.to_owned())];
    router.record(None, Fact::Notice(Notice { name, level, fields }));
}
