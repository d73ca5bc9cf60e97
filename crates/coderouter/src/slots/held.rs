//! A slot that somebody uses: given back when this is dropped, however the attempt ends.

use super::Server;
use std::sync::Arc;
use std::time::Instant;

/// A slot in use.
pub struct Held {
    server: Arc<Server>,
    /// Its number.
    pub slot: u32,
    /// When the server was last found empty; another number now means that the slot is somebody else's.
    epoch: u64,
}

impl Held {
    /// Holds a slot that was just assigned.
    pub(super) fn new(server: &Arc<Server>, slot: u32) -> Self {
        let epoch = server.state().epoch;
        Self { server: Arc::clone(server), slot, epoch }
    }

    /// Its answer begins: the prompt has been read.
    pub fn begin(&self) {
        let mut state = self.server.state();
        if state.epoch == self.epoch {
            state.table.begin(self.slot, Instant::now());
        }
        drop(state);
        self.server.given_back.notify_waiters();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut state = self.server.state();
        if state.epoch == self.epoch {
            state.table.release(self.slot, Instant::now());
        }
        drop(state);
        self.server.given_back.notify_waiters();
    }
}
