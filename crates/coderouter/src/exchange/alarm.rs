//! One timer for all the limits of an exchange.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::Sleep;

/// A timer that is moved only when it has to be.
///
/// Limits move with every frame; the timer does not. When it fires too early it is set again, which costs less than
/// setting it for every frame.
pub struct Alarm {
    sleep: Pin<Box<Sleep>>,
    set_for: Instant,
}

/// Later than any limit.
pub const NEVER: Duration = Duration::from_secs(60 * 60 * 24 * 365);

impl Alarm {
    /// A timer that fires at `at` if nothing earlier is asked for.
    pub fn new(at: Instant) -> Self {
        Self { sleep: Box::pin(tokio::time::sleep_until(at.into())), set_for: at }
    }

    /// Ready once `due` has passed.
    pub fn poll(&mut self, due: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if due < self.set_for {
            self.set(due);
        }
        while self.sleep.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            self.set(due);
        }
        Poll::Pending
    }

    fn set(&mut self, at: Instant) {
        self.sleep.as_mut().reset(at.into());
        self.set_for = at;
    }
}
