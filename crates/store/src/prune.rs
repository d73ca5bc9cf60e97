//! How much is kept, and deleting the rest a little at a time, oldest first.

use crate::moment::micros;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::time::{Duration, SystemTime};

/// Rows that are deleted of one table at a time, so that no receipt waits long.
const STEP: u32 = 2_048;

/// Months whose totals are kept, the latest.
const MONTHS_KEPT: u32 = 24;

/// How long an entry of the ledger stays by itself. No attempt lasts longer, so nothing changes it after that.
const FOLDED_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rows of requests.
    pub requests: u64,
    /// Rows of the audit.
    pub audit: u64,
    /// How long either is kept.
    pub age: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests: 200_000, audit: 100_000, age: Duration::from_secs(180 * 24 * 3_600) }
    }
}

/// Deletes a step of rows that are too many or too old, and folds old entries of the ledger into their months.
pub(crate) fn prune(connection: &Connection, limits: &Limits, now: SystemTime) -> rusqlite::Result<()> {
    let oldest = micros(now.checked_sub(limits.age).unwrap_or(SystemTime::UNIX_EPOCH));
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for (table, kept) in [("requests", limits.requests), ("audit", limits.audit)] {
        let kept = i64::try_from(kept).unwrap_or(i64::MAX);
        // Rows are numbered without gaps, so the oldest beyond the count are those with the lowest numbers.
        let surplus = format!(
            "DELETE FROM {table} WHERE row IN (SELECT row FROM {table} \
             WHERE row <= (SELECT max(row) FROM {table}) - ?1 ORDER BY row LIMIT ?2)"
        );
        transaction.prepare_cached(&surplus)?.execute(params![kept, STEP])?;
        let old = format!(
            "DELETE FROM {table} WHERE row IN (SELECT row FROM {table} WHERE at < ?1 ORDER BY at LIMIT ?2)"
        );
        transaction.prepare_cached(&old)?.execute(params![oldest, STEP])?;
    }
    fold(&transaction, now)?;
    transaction.commit()
}

/// Adds old entries to the totals of their months in the transaction that deletes them. Open ones are left.
fn fold(connection: &Connection, now: SystemTime) -> rusqlite::Result<()> {
    let before = micros(now.checked_sub(FOLDED_AFTER).unwrap_or(SystemTime::UNIX_EPOCH));
    let old = "standing <> 0 AND at < ?1";
    connection.execute(
        &format!(
            "INSERT INTO totals (month, provider, profile, nano_usd) \
             SELECT month, provider, profile, sum(nano_usd) FROM ledger WHERE {old} \
             GROUP BY month, provider, profile \
             ON CONFLICT DO UPDATE SET nano_usd = nano_usd + excluded.nano_usd"
        ),
        params![before],
    )?;
    connection.execute(&format!("DELETE FROM ledger WHERE {old}"), params![before])?;
    connection.execute(
        "DELETE FROM totals WHERE month < \
         (SELECT min(month) FROM (SELECT DISTINCT month FROM totals ORDER BY month DESC LIMIT ?1))",
        params![MONTHS_KEPT],
    )?;
    Ok(())
}
