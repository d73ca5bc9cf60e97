//! What was counted, kept between runs: all of it at once, so that totals agree with each other.

use crate::router::Router;
use canon::moment::Now;
use store::{Store, Write, import};

const NAMESPACE: &str = "metrics";
const KEY: &str = "seen";

/// Gives the store all counts.
pub(super) fn save(store: &Store, router: &Router, now: Now) {
    let value = router.recorder().look(|seen, _| seen.saved());
    store.remember(Write::State {
        namespace: NAMESPACE.to_owned(),
        key: KEY.to_owned(),
        value: Some(value),
        at: now.wall,
    });
}

/// Adds the counts of the last run, and those that the Python program has left, once.
pub(super) fn restore(store: &Store, router: &Router) {
    router.recorder().recall(|seen| {
        if let Some(saved) = store.state(NAMESPACE, KEY) {
            seen.restored(&saved);
        }
        if let Some(left) = store.state(import::NAMESPACE, "metrics") {
            seen.adopted(&left);
        }
    });
}
