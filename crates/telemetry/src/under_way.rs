//! Requests on their way, each with what is known of it: a bounded map that forgets those whose end was never told.

use canon::id::RequestId;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::{Duration, SystemTime};

/// How many are known at most.
const LIMIT: usize = 4_096;

/// After so long a request whose end was never told is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(4 * 3_600);

/// Between two looks for such requests.
const SWEPT_EVERY: Duration = Duration::from_secs(60);

/// What is known of a request on its way.
pub(crate) trait Begun {
    /// When its first fact was.
    fn since(&self) -> SystemTime;
}

/// Requests on their way.
#[derive(Debug)]
pub(crate) struct UnderWay<L> {
    known: HashMap<RequestId, L, BuildHasherDefault<AsItIs>>,
    swept: Option<SystemTime>,
}

impl<L> Default for UnderWay<L> {
    fn default() -> Self {
        Self { known: HashMap::default(), swept: None }
    }
}

impl<L: Begun> UnderWay<L> {
    /// One of them, begun with this fact where nothing was known of it; none where too many are.
    pub(crate) fn begin(&mut self, id: RequestId, at: SystemTime, new: impl FnOnce() -> L) -> Option<&mut L> {
        if !self.known.contains_key(&id) {
            if self.known.len() >= LIMIT && !self.sweep(at) {
                return None;
            }
            self.known.insert(id, new());
        }
        self.known.get_mut(&id)
    }

    /// One of them.
    pub(crate) fn get_mut(&mut self, id: RequestId) -> Option<&mut L> {
        self.known.get_mut(&id)
    }

    /// One that is on its way no longer.
    pub(crate) fn remove(&mut self, id: RequestId) -> Option<L> {
        self.known.remove(&id)
    }

    /// All of them, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (RequestId, &L)> {
        self.known.iter().map(|(id, live)| (*id, live))
    }

    /// Makes room, looking for it once a minute at most. Whether there is some.
    fn sweep(&mut self, now: SystemTime) -> bool {
        let is_past = |at: SystemTime, limit| now.duration_since(at).map_or(true, |since| since >= limit);
        if self.swept.is_none_or(|swept| is_past(swept, SWEPT_EVERY)) {
            self.swept = Some(now);
            let is_young = |live: &L| now.duration_since(live.since()).map_or(true, |age| age < FORGET_AFTER);
            self.known.retain(|_, live| is_young(live));
        }
        self.known.len() < LIMIT
    }
}

/// Ids are random numbers of our own, which need no hashing to lie apart.
#[derive(Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
