//! The seam between the writer and what it writes to: SQLite, or a disk that tests can break.

use crate::batch::Batch;
use crate::error::StoreError;
use std::path::PathBuf;

/// Where batches go.
pub(crate) trait Disk: Send {
    /// Writes a whole batch, or nothing of it.
    fn save(&mut self, batch: &Batch) -> Result<(), StoreError>;

    /// Deletes a little of what is too old or too much.
    fn prune(&mut self) -> Result<(), StoreError>;

    /// Puts what is damaged aside and begins anew; says where the damaged file lies.
    fn renew(&mut self) -> Result<PathBuf, StoreError>;
}
