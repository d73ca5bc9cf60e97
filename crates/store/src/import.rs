//! What the Python program left in its folder: budgets, states and journals. Its files are read and never written; what
//! can't be read is told and passed over.

mod rows;

use crate::audit::AuditRow;
use crate::error::StoreError;
use crate::journal::{self, JournalFilter};
use crate::ledger::{Reservation, ReservationId};
use crate::month::Month;
use crate::prune::Limits;
use crate::request::RequestRow;
use crate::store::Store;
use crate::write::Write;
use crate::{folder, moment};
use canon::id::ProviderName;
use canon::money::Usd;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The Python program's database.
const DATABASE: &str = "coderouter.db";

/// Where the store keeps its states, by their old namespaces, and that they were taken in.
pub const NAMESPACE: &str = "python";

/// The key that says so.
const DONE: &str = "imported";

/// Rows given to the store between two waits for it, well below what may wait there.
const PACE: usize = 4_096;

/// What was there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The month it was counting and what each provider cost in it.
    pub budget: Option<Budget>,
    /// Its other states, by namespace: `health`, `self_healing`, `metrics`.
    pub states: BTreeMap<String, Value>,
    /// Its audit journal, oldest first.
    pub audit: Vec<AuditRow>,
    /// Its request journal, oldest first.
    pub requests: Vec<RequestRow>,
    /// Lines of journals that could not be read.
    pub skipped: usize,
    /// What else could not be read, for people.
    pub problems: Vec<String>,
}

/// The budget of one month.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Which one.
    pub month: Month,
    /// What each provider cost.
    pub totals: BTreeMap<ProviderName, Usd>,
}

impl Imported {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        self.budget.is_none() && self.states.is_empty() && self.audit.is_empty() && self.requests.is_empty()
    }
}

/// Reads what is in a folder. A folder without any of it gives nothing.
pub fn read(dir: &Path) -> Imported {
    let mut imported = Imported::default();
    if let Err(error) = states(dir, &mut imported) {
        imported.problems.push(format!("{DATABASE}: {error}"));
    }
    let limits = Limits::default();
    let Imported { audit, requests, skipped, problems, .. } = &mut imported;
    let mut journal = |name, limit, take: &mut dyn FnMut(journal::JournalLine)| {
        let filter = JournalFilter { limit: usize::try_from(limit).ok(), ..JournalFilter::default() };
        match journal::read(dir, name, &filter, take) {
            Ok(report) => *skipped += report.skipped,
            Err(error) => problems.push(format!("{name}: {error}")),
        }
    };
    let mut unfit = 0;
    journal(journal::AUDIT, limits.audit, &mut |line| match rows::audit(line) {
        Some(row) => audit.push(row),
        None => unfit += 1,
    });
    journal(journal::REQUESTS, limits.requests, &mut |line| match rows::request(&line) {
        Some(row) => requests.push(row),
        None => unfit += 1,
    });
    imported.skipped += unfit;
    imported
}

/// A line of the Python program's audit journal as a row; none for a line that is no fact.
pub fn audit(line: journal::JournalLine) -> Option<AuditRow> {
    rows::audit(line)
}

/// A line of the Python program's request journal as a row, for those who read another file than the folder's own.
/// None for a line that is no request.
pub fn request(line: &journal::JournalLine) -> Option<RequestRow> {
    rows::request(line)
}

/// Gives a store what was read, once: false where it has been given before. Waits for the disk.
pub fn into(store: &Store, imported: Imported, now: SystemTime) -> Result<bool, StoreError> {
    if store.state(NAMESPACE, DONE).is_some() {
        return Ok(false);
    }
    let state = |key: &str, value| Write::State {
        namespace: NAMESPACE.to_owned(),
        key: key.to_owned(),
        value: Some(value),
        at: now,
    };
    for spent in imported.budget.iter().flat_map(|budget| spent(budget, now)) {
        store.remember(Write::Spent(spent));
    }
    for (namespace, value) in imported.states {
        store.remember(state(&namespace, value));
    }
    // With the budget in one commit: a budget that was taken in unmarked would be taken in again.
    store.remember(state(DONE, json!({"at": moment::write(now)})));
    store.flush()?;
    let requests = imported.requests.into_iter().map(|row| Write::Request(Box::new(row)));
    let rows: Vec<Write> = requests.chain(imported.audit.into_iter().map(Write::Audit)).collect();
    for (number, row) in (1..).zip(rows) {
        store.remember(row);
        if number % PACE == 0 {
            store.flush()?;
        }
    }
    store.flush().map(|()| true)
}

fn spent(budget: &Budget, at: SystemTime) -> impl Iterator<Item = Reservation> {
    budget.totals.iter().map(move |(provider, amount)| Reservation {
        id: ReservationId(rows::digest(&format!("{NAMESPACE} {} {provider}", budget.month))),
        month: budget.month,
        provider: provider.clone(),
        profile: None,
        amount: *amount,
        at,
    })
}

fn states(dir: &Path, imported: &mut Imported) -> Result<(), StoreError> {
    if !dir.join(DATABASE).is_file() {
        return Ok(());
    }
    let copy = Copy::of(dir)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(copy.0.join(DATABASE), flags)?;
    let mut statement = connection.prepare("SELECT namespace, value FROM kv WHERE key = 'state'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (Ok(namespace), Ok(value)) = (row.get_ref(0)?.as_str(), row.get_ref(1)?.as_str()) else {
            continue;
        };
        match serde_json::from_str::<Value>(value) {
            Ok(value) if namespace == "budget" => imported.budget = budget(&value),
            Ok(Value::Null) => {}
            Ok(value) => {
                imported.states.insert(namespace.to_owned(), value);
            }
            Err(error) => imported.problems.push(format!("{DATABASE}: the state of {namespace}: {error}")),
        }
    }
    Ok(())
}

/// What is no amount is left out, and so is a month that is none.
fn budget(value: &Value) -> Option<Budget> {
    let month = value.get("month")?.as_str()?.parse().ok()?;
    let totals = value.get("totals")?.as_object()?.iter();
    let amounts = totals.filter_map(|(provider, amount)| {
        let amount = amount.as_f64().filter(|amount| *amount > 0.0)?;
        Some((ProviderName::from(provider.as_str()), Usd::from_dollars(amount)))
    });
    Some(Budget { month, totals: amounts.collect() })
}

/// A copy of the database with its log, as SQLite makes files even where it only reads. Gone when dropped.
struct Copy(PathBuf);

impl Copy {
    fn of(dir: &Path) -> Result<Self, StoreError> {
        let name =
            format!("coderouter-import-{}-{}", std::process::id(), moment::in_a_name(SystemTime::now()));
        let copy = Self(std::env::temp_dir().join(name));
        folder::make(&copy.0)?;
        for name in [DATABASE.to_owned(), format!("{DATABASE}-wal")] {
            let path = dir.join(&name);
            if path.is_file() {
                fs::copy(&path, copy.0.join(&name)).map_err(|error| StoreError::file(&path, &error))?;
            }
        }
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What stays behind is the system's to clean up.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
