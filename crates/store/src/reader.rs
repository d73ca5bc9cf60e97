//! Reading the rows that are on disk, beside a process that writes them or without one.

use crate::audit::{self, AuditFilter, AuditRow};
use crate::database;
use crate::error::StoreError;
use crate::ledger::{Spend, from_nanos};
use crate::month::Month;
use crate::request::{self, RequestFilter, RequestRow};
use rusqlite::Connection;
use std::path::Path;

/// A connection that changes nothing.
pub struct Reader {
    connection: Connection,
}

impl Reader {
    /// Opens the database of a folder; it must exist.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: database::open_to_read(dir)? })
    }

    /// Tells each request that passes, oldest first.
    pub fn each_request(
        &self,
        filter: &RequestFilter,
        each: impl FnMut(RequestRow),
    ) -> Result<(), StoreError> {
        Ok(request::select(&self.connection, filter, each)?)
    }

    /// The requests that pass, oldest first.
    pub fn requests(&self, filter: &RequestFilter) -> Result<Vec<RequestRow>, StoreError> {
        let mut rows = Vec::new();
        self.each_request(filter, |row| rows.push(row))?;
        Ok(rows)
    }

    /// Tells each fact that passes, oldest first.
    pub fn each_audit(&self, filter: &AuditFilter, each: impl FnMut(AuditRow)) -> Result<(), StoreError> {
        Ok(audit::select(&self.connection, filter, each)?)
    }

    /// The facts that pass, oldest first.
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditRow>, StoreError> {
        let mut rows = Vec::new();
        self.each_audit(filter, |row| rows.push(row))?;
        Ok(rows)
    }

    /// What a month has cost by the books on disk, those of all processes.
    pub fn spend(&self, month: Month) -> Result<Spend, StoreError> {
        let mut statement = self.connection.prepare(
            "SELECT provider, profile, nano_usd, standing FROM ledger WHERE month = ?1 \
             UNION ALL SELECT provider, profile, nano_usd, 1 FROM totals WHERE month = ?1",
        )?;
        let mut rows = statement.query([month.to_string()])?;
        let mut spend = Spend::default();
        while let Some(row) = rows.next()? {
            let (provider, profile): (String, String) = (row.get(0)?, row.get(1)?);
            let (amount, standing) = (from_nanos(row.get(2)?), row.get::<_, u8>(3)?);
            let profile = (!profile.is_empty()).then(|| profile.into());
            spend.add(&provider.into(), profile.as_ref(), amount);
            if standing == 0 {
                spend.open += amount;
            }
        }
        Ok(spend)
    }
}
