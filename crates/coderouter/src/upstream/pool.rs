//! Idle connections of one backend.

use super::connector::Io;
use super::link::Link;
use crate::worker;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Most idle connections kept for one backend.
const MAX_IDLE: usize = 64;

/// How long an idle connection is kept; servers commonly close theirs after 60 to 75 seconds.
const MAX_REST: Duration = Duration::from_secs(50);

/// Stacks of idle connections, one for each serving thread: the one used last is used next, and on the thread whose
/// runtime watches its socket.
pub struct Pool {
    shards: Box<[Shard]>,
}

type Shard = Mutex<Vec<(Link<Io>, Instant)>>;

impl Default for Pool {
    fn default() -> Self {
        Self { shards: (0..worker::count()).map(|_| Shard::default()).collect() }
    }
}

impl Pool {
    /// An idle connection that is still open, if there is one.
    pub async fn take(&self) -> Option<Link<Io>> {
        loop {
            let (mut link, since) = self.lock().pop()?;
            if since.elapsed() < MAX_REST && link.is_at_rest().await {
                return Some(link);
            }
        }
    }

    /// Keeps a connection whose answer has been read whole, if it may be used again.
    pub async fn put(&self, mut link: Link<Io>) {
        if !link.is_at_rest().await {
            return;
        }
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE {
            idle.push((link, Instant::now()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Link<Io>, Instant)>> {
        self.shards[worker::index() % self.shards.len()].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
