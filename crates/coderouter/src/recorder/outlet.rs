//! Where lines leave: a thread of its own that writes them, so that a terminal or disk that stalls holds up nothing
//! but lines, which are bounded and, where they are too many, counted and let go.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The most bytes that wait to be written.
const LIMIT: usize = 4 * 1024 * 1024;

/// How long the last lines may take when the program ends.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// One place that lines go to.
pub(super) struct Outlet {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Nothing more comes.
    is_last: bool,
    /// The thread has nothing in hand.
    is_idle: bool,
}

impl Outlet {
    /// Starts the thread. Where the system gives none, lines are lost, and counted.
    pub(super) fn open(name: &str, out: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let writing = Arc::clone(&shared);
        let writer = thread::Builder::new().name(name.to_owned()).spawn(move || writing.write(out)).ok();
        Self { shared, writer }
    }

    /// Hands lines over. Whether there was room for them; then the buffer is empty and may be another one.
    pub(super) fn offer(&self, lines: &mut Vec<u8>) -> bool {
        if lines.is_empty() {
            return true;
        }
        let mut waiting = self.shared.lock();
        let has_room = self.writer.is_some() && waiting.bytes.len() + lines.len() <= LIMIT;
        if has_room && waiting.bytes.is_empty() {
            std::mem::swap(&mut waiting.bytes, lines);
        } else if has_room {
            waiting.bytes.extend_from_slice(lines);
        }
        drop(waiting);
        lines.clear();
        self.shared.changed.notify_all();
        has_room
    }

    /// Waits until all is written, or for as long as last words may take.
    pub(super) fn close(mut self) {
        let mut waiting = self.shared.lock();
        waiting.is_last = true;
        self.shared.changed.notify_all();
        let is_busy = |waiting: &mut Waiting| !waiting.bytes.is_empty() || !waiting.is_idle;
        let waited = self.shared.changed.wait_timeout_while(waiting, LAST_WORDS, is_busy);
        let (waiting, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(waiting);
        if let Some(writer) = self.writer.take().filter(|_| !timeout.timed_out()) {
            // A writer that panicked has nothing left to write.
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, mut out: impl Write) {
        let mut bytes = Vec::new();
        loop {
            let mut waiting = self.lock();
            while waiting.bytes.is_empty() {
                waiting.is_idle = true;
                self.changed.notify_all();
                if waiting.is_last {
                    return;
                }
                waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            }
            waiting.is_idle = false;
            std::mem::swap(&mut waiting.bytes, &mut bytes);
            drop(waiting);
            // A log that can't be written must not stop the router.
            let _ = out.write_all(&bytes).and_then(|()| out.flush());
            bytes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gate::Gate;
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_writer_that_stalls_holds_up_nobody_and_keeps_a_bounded_amount() {
        let (open, gate) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let outlet = Outlet::open("test", Gate(gate, Arc::clone(&written)));
        let mut taken = 0;
        for number in 0..100_000 {
            let mut lines = format!("{number:099}\n").into_bytes();
            taken += usize::from(outlet.offer(&mut lines));
            assert!(lines.is_empty());
        }
        assert!((LIMIT / 100..100_000).contains(&taken), "{taken}");
        drop(open);
        outlet.close();
        let written = written.lock().unwrap();
        assert_eq!(written.len(), taken * 100);
        assert!(written.starts_with(format!("{:099}\n{:099}\n", 0, 1).as_bytes()));
    }

    #[test]
    fn a_writer_that_never_comes_back_is_left() {
        let (_open, gate) = mpsc::channel();
        let outlet = Outlet::open("test", Gate(gate, Arc::default()));
        assert!(outlet.offer(&mut b"a\n".to_vec()));
        outlet.close();
    }
}
