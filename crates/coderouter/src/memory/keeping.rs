//! The one task that saves: it sleeps until something changes, lets changes gather, and hands them to the store.

use crate::exchange::now;
use crate::router::Router;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long changes gather. The store takes at most 200 ms more.
const GATHER: Duration = Duration::from_millis(50);

/// How long counts gather: they are large, and nothing is decided by them.
const GATHER_COUNTS: Duration = Duration::from_secs(2);

/// How often a store that fails is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Saves what changes, until it is dropped. What has changed by then is left to [`super::Memory::close`].
pub async fn run(router: Arc<Router>) {
    let memory = &router.memory;
    // When counts have to be saved; none while nothing was counted since.
    let mut counts: Option<Instant> = None;
    loop {
        // Whether something changes or not, people are to hear that a store works again.
        let look = memory.is_failing().then(|| Instant::now() + LOOK);
        let is_changed = match [look, counts].into_iter().flatten().min() {
            Some(due) => timeout_at(due, memory.wake.notified()).await.is_ok(),
            None => {
                memory.wake.notified().await;
                true
            }
        };
        if is_changed {
            counts.get_or_insert_with(|| Instant::now() + GATHER_COUNTS);
            tokio::time::sleep(GATHER).await;
        }
        memory.save(&router, now());
        if counts.take_if(|due| *due <= Instant::now()).is_some() {
            memory.save_counts(&router, now());
        }
        memory.look(&router);
    }
}
