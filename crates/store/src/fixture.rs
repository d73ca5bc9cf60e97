//! Folders, rows and reservations for the tests of this room.

use crate::ledger::{Reservation, ReservationId, from_nanos};
use crate::month::Month;
use crate::request::{RequestRow, Shape, Tokens};
use canon::id::RequestId;
use canon::money::Usd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A folder that is gone after the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("coderouter-store-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// So many seconds after the beginning of 2026.
pub(crate) fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600 + seconds)
}

pub(crate) fn reservation(id: u64, provider: &str, nanos: i64) -> Reservation {
    Reservation {
        id: ReservationId(id),
        month: Month::of(at(0)),
        provider: provider.into(),
        profile: Some("coding".into()),
        amount: from_nanos(nanos),
        at: at(0),
    }
}

pub(crate) fn request(number: u64, provider: &str) -> RequestRow {
    RequestRow {
        id: RequestId::new(number),
        at: at(number),
        profile: Some("coding".into()),
        provider: Some(provider.into()),
        model: Some("qwen".into()),
        status: 200,
        attempts: 1,
        streaming: true,
        took: Duration::from_millis(1_500),
        first_token: Some(Duration::from_millis(250)),
        tokens: Tokens { input: Some(100), output: Some(20), cache_read: Some(50), cache_write: None },
        cost: Usd::from_dollars(0.01),
        savings: Usd::ZERO,
        outcome: "cache_hit".into(),
        fallbacks: Vec::new(),
        error: None,
        shape: Shape::default(),
        session: Some(u64::MAX - number),
    }
}
