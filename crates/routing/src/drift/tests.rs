//! What answers are told by, every signal and threshold, and what a verdict leads to.

mod answers;
mod laws;
mod signals;
mod windows;

use super::*;
use crate::fixture;
use canon::config::{Drift, DriftSensitivity};
use std::time::Duration;

/// A good answer of a hundred tokens, to a request without tools.
const GOOD: Answer = Answer {
    has_content: true,
    called: false,
    length: 100,
    offer: Offer::Nothing,
    ending: Ending::Turn,
    fingerprint: None,
};

/// An answer without anything in it.
const EMPTY: Answer = Answer { has_content: false, length: 0, ..GOOD };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn settings(action: DriftAction, sensitivity: DriftSensitivity) -> Drift {
    Drift { action, sensitivity, ..Drift::default() }
}
