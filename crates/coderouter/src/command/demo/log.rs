//! The log of the demo's router, for scenes that tell what it says.

use anyhow::Context;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Longest wait for a line.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was logged and not asked for yet.
#[derive(Clone, Default)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    lines: Mutex<Vec<Value>>,
    news: Notify,
}

impl Log {
    /// The first line of this name; those before it are forgotten.
    ///
    /// # Errors
    /// If none comes.
    pub async fn wait_for(&self, name: &str) -> anyhow::Result<Value> {
        let line = async {
            loop {
                if let Some(line) = self.take(name) {
                    return line;
                }
                self.shared.news.notified().await;
            }
        };
        tokio::time::timeout(PATIENCE, line).await.with_context(|| format!("`{name}` was not logged"))
    }

    fn take(&self, name: &str) -> Option<Value> {
        let mut lines = self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lines.iter().position(|line| line["msg"] == name)?;
        lines.drain(..=at).next_back()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // The recorder writes whole lines.
        let new = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
        self.shared.lines.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
        self.shared.news.notify_one();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
