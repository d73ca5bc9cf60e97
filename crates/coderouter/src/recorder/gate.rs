//! A writer for tests that takes nothing until it is let.

use std::io::{self, Write};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

/// Waits at each write, until what lets it is sent or gone.
pub(super) struct Gate(pub(super) mpsc::Receiver<()>, pub(super) Arc<Mutex<Vec<u8>>>);

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
