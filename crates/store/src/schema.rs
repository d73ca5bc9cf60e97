//! The tables, and the way from every older version to this one. A step is never changed once it was released.

use crate::error::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// What each version adds; the first is version 1. The version is SQLite's `user_version`.
pub(crate) const STEPS: &[&str] = &["
    CREATE TABLE kv (
        namespace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, updated_at INTEGER NOT NULL,
        PRIMARY KEY (namespace, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY, month TEXT NOT NULL, provider TEXT NOT NULL, profile TEXT NOT NULL,
        nano_usd INTEGER NOT NULL, at INTEGER NOT NULL, standing INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE totals (
        month TEXT NOT NULL, provider TEXT NOT NULL, profile TEXT NOT NULL, nano_usd INTEGER NOT NULL,
        PRIMARY KEY (month, provider, profile)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE requests (
        row INTEGER PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL, profile TEXT, provider TEXT,
        model TEXT, status INTEGER NOT NULL, attempts INTEGER NOT NULL, streaming INTEGER NOT NULL,
        took_us INTEGER NOT NULL, first_token_us INTEGER, input INTEGER, output INTEGER, cache_read INTEGER,
        cache_write INTEGER, cost INTEGER NOT NULL, savings INTEGER NOT NULL, outcome TEXT NOT NULL,
        fallbacks TEXT NOT NULL, error TEXT, shape TEXT NOT NULL, session INTEGER
    ) STRICT;
    CREATE INDEX requests_at ON requests (at);
    CREATE TABLE audit (
        row INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, level TEXT NOT NULL,
        request INTEGER, payload TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_at ON audit (at);
"];

/// The version of a database; 0 for one without tables. One that is newer than `steps` is an error.
pub(crate) fn version(connection: &Connection, path: &Path, steps: &[&str]) -> Result<u32, StoreError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(found)
}

/// Brings a database to the last version, wholly or not at all.
pub(crate) fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&transaction, path, steps)?;
    for (number, step) in (1..).zip(steps).skip_while(|(number, _)| *number <= from) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(steps: &[&str], connection: &mut Connection) -> Result<u32, StoreError> {
        let path = Path::new("state.db");
        migrate(connection, path, steps)?;
        version(connection, path, steps)
    }

    #[test]
    fn each_step_is_taken_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y", "INSERT INTO a VALUES (1, 2)"];
        assert_eq!(check(&steps[..1], &mut connection), Ok(1));
        assert_eq!(check(&steps, &mut connection), Ok(3));
        assert_eq!(check(&steps, &mut connection), Ok(3));
        let rows: u32 = connection.query_row("SELECT count(y) FROM a", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(check(&["CREATE TABLE a (x)"], &mut connection), Ok(1));
        let broken = ["CREATE TABLE a (x)", "CREATE TABLE b (x)", "nonsense"];
        assert!(matches!(check(&broken, &mut connection), Err(StoreError::Sqlite(_))));
        assert_eq!(version(&connection, Path::new("state.db"), &broken), Ok(1));
        assert_eq!(check(&broken[..2], &mut connection), Ok(2));
    }

    #[test]
    fn all_real_steps_are_good() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(check(STEPS, &mut connection), Ok(STEPS.len() as u32));
    }
}
