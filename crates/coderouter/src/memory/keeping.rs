//! The one task that saves: it sleeps until something changes, lets changes gather, and hands them to the store.

use crate::exchange::now;
use crate::router::Router;
use std::sync::Arc;
use std::time::Duration;

/// How long changes gather. The store takes at most 200 ms more.
const GATHER: Duration = Duration::from_millis(50);

/// How often a store that fails is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Saves what changes, until it is dropped. What has changed by then is left to [`super::Memory::close`].
pub async fn run(router: Arc<Router>) {
    let memory = &router.memory;
    loop {
        if memory.is_failing() {
            // Whether something changes or not, people are to hear that it works again.
            let _ = tokio::time::timeout(LOOK, memory.wake.notified()).await;
        } else {
            memory.wake.notified().await;
        }
        tokio::time::sleep(GATHER).await;
        memory.save(&router, now());
        memory.look(&router);
    }
}
