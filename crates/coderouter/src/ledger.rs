//! The capability ledger: what has been learned of each provider's model, by examining it and from traffic.
//!
//! It lies over the bundled registry and under what the file and the user's own registry declare. It is one small file
//! beside the other state, so that `coderouter doctor` can write what a running router then goes by, and it forgets a
//! provider whose kind, address or model is another than before.

mod book;
mod file;
mod learned;

pub use book::{Book, Entry, Source};
pub use file::FILE;
pub use learned::{Learned, Samples, Thinking, ToolForm};

use crate::router::Router;
use canon::config::{Config, Provider};
use canon::event::{Event, Fact, TokenCounts};
use canon::id::ProviderName;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How often what was learned is written, and what others have written is looked at.
const EVERY: Duration = Duration::from_secs(2);

/// The ledger of one process.
#[derive(Debug, Default)]
pub struct Ledger {
    book: Mutex<Book>,
    /// Whether something was learned that is not written yet.
    changed: AtomicBool,
    /// None where nothing outlives the process.
    path: Option<PathBuf>,
}

impl Ledger {
    /// The ledger of a folder for state; an empty one, kept in memory, where there is no folder.
    pub fn open(folder: Option<&Path>) -> Self {
        let path = folder.map(|folder| folder.join(FILE));
        let book = path.as_deref().map(file::read).unwrap_or_default();
        Self { book: Mutex::new(book), changed: AtomicBool::default(), path }
    }

    /// What is known of a provider, if it is still the one that it is known of.
    pub fn of(&self, provider: &Provider) -> Option<Entry> {
        self.book().of(provider).cloned()
    }

    /// Takes in what an examination has found.
    pub fn probed(&self, provider: &Provider, learned: &Learned, fingerprint: Option<&str>, at: SystemTime) {
        self.book().learn(provider, Source::Probe, learned, fingerprint, at);
        self.changed.store(true, Ordering::Release);
    }

    /// Takes in what traffic has shown. Whether it changes anything.
    pub fn seen(&self, provider: &Provider, learned: &Learned, at: SystemTime) -> bool {
        let is_new = self.book().learn(provider, Source::Traffic, learned, None, at);
        if is_new {
            self.changed.store(true, Ordering::Release);
        }
        is_new
    }

    /// Hears a fact, on the thread of facts.
    pub fn hear(&self, event: &Event) {
        let is_to_be_written = match &event.fact {
            Fact::ToolRepaired(call) => {
                if call.repaired {
                    self.book().wrote_a_call(&call.provider, event.at);
                } else {
                    self.book().lost_a_call(&call.provider);
                }
                true
            }
            Fact::Finished(finished) if finished.outcome == "answered" => {
                finished.provider.as_ref().is_some_and(|provider| self.answered(provider, &finished.tokens))
            }
            _ => false,
        };
        if is_to_be_written {
            self.changed.store(true, Ordering::Release);
        }
    }

    fn answered(&self, provider: &ProviderName, tokens: &TokenCounts) -> bool {
        let TokenCounts { input, cache_read, cache_write, .. } = *tokens;
        let read = cache_read.unwrap_or(0);
        let parts = [input.unwrap_or(0), read, cache_write.unwrap_or(0)];
        self.book().answered(provider, parts.into_iter().fold(0, u64::saturating_add), read > 0)
    }

    /// Lays what was learned over a configuration.
    pub fn apply(&self, config: &mut Config) {
        let mut book = self.book();
        book.follow(&config.providers);
        for provider in &mut config.providers {
            if let Some(entry) = book.of(provider) {
                let facts = entry.over(provider);
                if facts != provider.facts {
                    Arc::make_mut(provider).facts = facts;
                }
            }
        }
    }

    /// Writes what was learned, together with what others have written since.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self) -> std::io::Result<()> {
        let Some(path) = self.path.as_deref() else { return Ok(()) };
        if !self.changed.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        // The book is free meanwhile: a slow disk must not hold up those who learn.
        let ours = self.book().clone();
        let all = file::update(path, ours).inspect_err(|_| self.changed.store(true, Ordering::Release))?;
        self.book().take_in(all);
        Ok(())
    }

    /// Reads what others have written since the file was changed at the time that is known, and writes what is new here.
    /// When the file was changed last.
    fn exchange(&self, known: Option<SystemTime>) -> Option<SystemTime> {
        let now = self.modified();
        if now != known
            && let Some(path) = self.path.as_deref()
        {
            let theirs = file::read(path);
            self.book().take_in(theirs);
        }
        // What can't be written stays learned, and is written later.
        if self.save().is_ok() { self.modified() } else { now }
    }

    fn modified(&self) -> Option<SystemTime> {
        std::fs::metadata(self.path.as_deref()?).ok()?.modified().ok()
    }

    /// Whole entries are pushed, so that a thread that panicked left none half written.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes by what is learned, here and elsewhere, and writes it down; until it is dropped.
pub async fn keep(router: Arc<Router>) {
    let ledger = Arc::clone(router.ledger());
    let mut known = ledger.modified();
    let mut applied = ledger.book().revision();
    loop {
        tokio::time::sleep(EVERY).await;
        let disk = Arc::clone(&ledger);
        // A disk that hangs holds up this exchange alone.
        known = tokio::task::spawn_blocking(move || disk.exchange(known)).await.unwrap_or(known);
        let revision = ledger.book().revision();
        if revision != applied {
            applied = revision;
            router.relearn();
        }
    }
}
