//! The database as a disk: a batch is one transaction. Also what of it is loaded when a process begins.

use crate::batch::{Batch, Record, State, StateKey};
use crate::database::{self, Opened};
use crate::disk::Disk;
use crate::error::StoreError;
use crate::ledger::{Account, Entry, Standing, from_nanos, nanos};
use crate::moment::micros;
use crate::prune::{self, Limits};
use crate::{audit, request};
use canon::id::ProfileName;
use canon::money::Usd;
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How an entry stands, as the database writes it. `ASSUMED` is an open one whose process is gone.
const OPEN: u8 = 0;
const SETTLED: u8 = 1;
const ASSUMED: u8 = 2;

/// The database.
pub(crate) struct Sqlite {
    /// Public to tests, which make it small.
    pub(crate) connection: Connection,
    dir: PathBuf,
    limits: Limits,
}

/// What was remembered.
#[derive(Default)]
pub(crate) struct Loaded {
    pub states: BTreeMap<StateKey, State>,
    pub spent: BTreeMap<Account, Usd>,
    pub moved_aside: Option<PathBuf>,
}

impl Sqlite {
    /// Opens the database of a folder and loads what memory needs of it. What a process that is gone had reserved
    /// counts as spent from here on.
    pub(crate) fn open(dir: &Path, limits: Limits) -> Result<(Self, Loaded), StoreError> {
        let Opened { connection, moved_aside } = database::open(dir)?;
        let mut sqlite = Self { connection, dir: dir.to_owned(), limits };
        match sqlite.load() {
            Ok(loaded) => Ok((sqlite, Loaded { moved_aside, ..loaded })),
            Err(StoreError::Corrupt(_)) => {
                let aside = sqlite.renew()?;
                Ok((sqlite, Loaded { moved_aside: Some(aside), ..Loaded::default() }))
            }
            Err(error) => Err(error),
        }
    }

    fn load(&mut self) -> Result<Loaded, StoreError> {
        self.connection.execute("UPDATE ledger SET standing = ?1 WHERE standing = ?2", [ASSUMED, OPEN])?;
        Ok(Loaded { states: self.states()?, spent: self.spent()?, moved_aside: None })
    }

    fn states(&self) -> rusqlite::Result<BTreeMap<StateKey, State>> {
        let mut statement = self.connection.prepare("SELECT namespace, key, value, updated_at FROM kv")?;
        let rows = statement.query_map([], |row| {
            let text: String = row.get(2)?;
            Ok(((row.get(0)?, row.get(1)?), State { text: text.into(), at: row.get(3)? }))
        })?;
        rows.collect()
    }

    fn spent(&self) -> rusqlite::Result<BTreeMap<Account, Usd>> {
        let mut statement = self.connection.prepare(
            "SELECT month, provider, profile, sum(nano_usd) FROM (SELECT month, provider, profile, nano_usd \
             FROM ledger UNION ALL SELECT month, provider, profile, nano_usd FROM totals) GROUP BY 1, 2, 3",
        )?;
        let mut rows = statement.query([])?;
        let mut spent = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let month: String = row.get(0)?;
            // A month that nobody can read is nobody's budget.
            if let Ok(month) = month.parse() {
                let (provider, profile): (String, String) = (row.get(1)?, row.get(2)?);
                let profile = (!profile.is_empty()).then(|| ProfileName::from(profile));
                spent.insert(Account { month, provider: provider.into(), profile }, from_nanos(row.get(3)?));
            }
        }
        Ok(spent)
    }
}

impl Disk for Sqlite {
    fn save(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (account, amount) in &batch.spent {
            put_total(&transaction, account, *amount)?;
        }
        put_entries(&transaction, batch.entries.values())?;
        for (key, state) in &batch.states {
            put_state(&transaction, key, state.as_ref())?;
        }
        put_records(&transaction, &batch.records)?;
        Ok(transaction.commit()?)
    }

    fn prune(&mut self) -> Result<(), StoreError> {
        Ok(prune::prune(&self.connection, &self.limits, SystemTime::now())?)
    }

    fn renew(&mut self) -> Result<PathBuf, StoreError> {
        let Opened { connection, moved_aside } = database::renew(&self.dir)?;
        self.connection = connection;
        Ok(moved_aside.unwrap_or_default())
    }
}

/// Each statement is made once and kept: making it takes longer than running it.
fn put_records(connection: &Connection, records: &VecDeque<Record>) -> rusqlite::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let mut requests = connection.prepare_cached(request::INSERT)?;
    let mut facts = connection.prepare_cached(audit::INSERT)?;
    for record in records {
        match record {
            Record::Request(row) => request::insert(&mut requests, row)?,
            Record::Audit(row) => audit::insert(&mut facts, row)?,
        }
    }
    Ok(())
}

fn put_entries<'a>(
    connection: &Connection,
    entries: impl ExactSizeIterator<Item = &'a Entry>,
) -> rusqlite::Result<()> {
    if entries.len() == 0 {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO ledger (id, month, provider, profile, nano_usd, at, standing) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET \
         nano_usd = excluded.nano_usd, at = excluded.at, standing = excluded.standing",
    )?;
    for Entry { reservation, standing } in entries {
        let standing = match standing {
            Standing::Open => OPEN,
            Standing::Settled => SETTLED,
        };
        statement.execute(params![
            reservation.id.0.cast_signed(),
            reservation.month.to_string(),
            reservation.provider.as_str(),
            profile_text(reservation.profile.as_ref()),
            nanos(reservation.amount),
            micros(reservation.at),
            standing,
        ])?;
    }
    Ok(())
}

/// The empty text stands for no profile, as a key may not be null.
fn profile_text(profile: Option<&ProfileName>) -> &str {
    profile.map_or("", ProfileName::as_str)
}

fn put_total(connection: &Connection, account: &Account, amount: Usd) -> rusqlite::Result<()> {
    let (month, profile) = (account.month.to_string(), profile_text(account.profile.as_ref()));
    connection.execute(
        "INSERT INTO totals (month, provider, profile, nano_usd) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET nano_usd = excluded.nano_usd",
        params![month, account.provider.as_str(), profile, nanos(amount)],
    )?;
    Ok(())
}

fn put_state(
    connection: &Connection,
    (namespace, key): &StateKey,
    state: Option<&State>,
) -> rusqlite::Result<()> {
    match state {
        Some(State { text, at }) => connection
            .prepare_cached(
                "INSERT INTO kv (namespace, key, value, updated_at) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
            )?
            .execute(params![namespace, key, &**text, at])?,
        None => {
            connection.execute("DELETE FROM kv WHERE namespace = ?1 AND key = ?2", params![namespace, key])?
        }
    };
    Ok(())
}
