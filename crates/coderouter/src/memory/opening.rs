//! Opening memory at the start: the store, the journals, and what the Python program left in the folder.

use super::{Memory, Records};
use canon::config::{Journal as Settings, State};
use canon::event::{Level, Notice};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;
use store::journal::{self, Journal};
use store::{Store, StoreError, import};

/// What was opened, and what a person should hear about it.
#[derive(Default)]
pub struct Opened {
    /// The memory.
    pub memory: Memory,
    /// Takes facts in; none where nothing is kept.
    pub records: Option<Records>,
    /// What happened on the way.
    pub notices: Vec<Notice>,
}

/// Opens what the configuration says. `run` is a random number. What can't be opened is told of and done without.
pub fn open(state: &State, run: u64, now: SystemTime) -> Opened {
    let Some(dir) = &state.dir else { return Opened::default() };
    let store = match Store::open(dir) {
        Ok(store) => Arc::new(store),
        Err(error) => return Opened { notices: vec![unopened(dir, &error)], ..Opened::default() },
    };
    let mut notices = vec![notice("state-store-attached", Level::Info, "state_dir", dir.display())];
    if let Some(aside) = store.health().moved_aside {
        notices.push(notice("state-store-damaged", Level::Warning, "moved_to", aside.display()));
    }
    let took_in = take_in(&store, dir, now, &mut notices);
    let audit = journal(dir, journal::AUDIT, "audit-log-started", state.audit, &mut notices);
    let requests = journal(dir, journal::REQUESTS, "request-log-started", state.requests, &mut notices);
    let records = Records::new(Arc::clone(&store), audit, requests);
    let memory = Memory { store: Some(store), run, took_in, ..Memory::default() };
    Opened { memory, records: Some(records), notices }
}

/// Takes in what the Python program left, once; whether it was now. A store that has any state of it has done so.
fn take_in(store: &Store, dir: &Path, now: SystemTime, notices: &mut Vec<Notice>) -> bool {
    if !store.keys(import::NAMESPACE).is_empty() {
        return false;
    }
    let found = import::read(dir);
    for problem in &found.problems {
        notices.push(notice("state-import-problem", Level::Warning, "message", problem));
    }
    let is_empty = found.is_empty();
    let (requests, facts) = (found.requests.len(), found.audit.len());
    let outcome = import::into(store, found, now);
    if let Err(error) = &outcome {
        notices.push(notice("state-import-problem", Level::Warning, "message", error));
    }
    let took_in = outcome.is_ok_and(|taken| taken) && !is_empty;
    if took_in {
        let what = format!("{requests} requests and {facts} facts of the Python program");
        notices.push(notice("state-imported", Level::Info, "message", what));
    }
    took_in
}

fn journal(
    dir: &Path,
    name: &str,
    started: &'static str,
    settings: Settings,
    notices: &mut Vec<Notice>,
) -> Option<Journal> {
    if !settings.active {
        return None;
    }
    let max_bytes = settings.max_bytes;
    match Journal::open(dir, name, max_bytes) {
        Ok(journal) => {
            let fields =
                vec![("path", dir.join(name).display().to_string()), ("max_bytes", max_bytes.to_string())];
            notices.push(Notice { name: started, level: Level::Info, fields });
            Some(journal)
        }
        Err(error) => {
            notices.push(notice("journal-init-failed", Level::Warning, "message", error));
            None
        }
    }
}

fn unopened(dir: &Path, error: &StoreError) -> Notice {
    let fields = vec![
        ("message", error.to_string()),
        ("state_dir", dir.display().to_string()),
        ("hint", "nothing outlives this run; another state_dir, or --no-state, ends this warning".to_owned()),
    ];
    Notice { name: "state-store-init-failed", level: Level::Warning, fields }
}

fn notice(name: &'static str, level: Level, field: &'static str, value: impl std::fmt::Display) -> Notice {
    Notice { name, level, fields: vec![(field, value.to_string())] }
}
