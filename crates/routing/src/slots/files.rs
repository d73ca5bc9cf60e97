//! The slot files of one server: a few names that are used over and over, as nothing but another prompt in their
//! place takes a file off the server's disk.

use super::Holder;

/// The most files that are kept for one server.
pub const FILES_LIMIT: usize = 8;

/// The most bytes that the files of one server may come to: no more are used than fit if each is as large as the
/// largest so far.
pub const FILE_BYTES_LIMIT: u64 = 16 << 30;

/// A slot file, by its number; `0 <= number < FILES_LIMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File(pub usize);

/// What is in the files.
#[derive(Debug, Default)]
pub(super) struct Files {
    entries: Vec<Entry>,
    /// The largest prompt so far, in bytes.
    largest: u64,
    /// Counts uses, so that the oldest is known.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    holder: Holder,
    beginning: u64,
    /// Whether it has been written whole.
    is_ready: bool,
    used: u64,
}

impl Files {
    /// How many may be used.
    fn limit(&self) -> usize {
        let fitting = FILE_BYTES_LIMIT.checked_div(self.largest).unwrap_or(u64::MAX);
        usize::try_from(fitting).unwrap_or(usize::MAX).min(FILES_LIMIT)
    }

    /// The file to write somebody's prompt to: its own one, a new one, or the one that was used longest ago by
    /// somebody whose prompt is not needed now. None where there is no room.
    pub(super) fn place(&mut self, holder: Holder, beginning: u64, needed: &[Holder]) -> Option<File> {
        let limit = self.limit();
        let own = self.entries.iter().position(|entry| entry.holder == holder);
        let number = match own.filter(|number| *number < limit) {
            Some(number) => number,
            None if self.entries.len() < limit => self.entries.len(),
            None => {
                let may_go =
                    |(number, entry): &(usize, &Entry)| *number < limit && !needed.contains(&entry.holder);
                self.entries.iter().enumerate().filter(may_go).min_by_key(|(_, entry)| entry.used)?.0
            }
        };
        let entry = Entry { holder, beginning, is_ready: false, used: self.used() };
        match self.entries.get_mut(number) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
        Some(File(number))
    }

    /// The file with somebody's own prompt.
    pub(super) fn of(&mut self, holder: Holder) -> Option<File> {
        self.find(|entry| entry.holder == holder)
    }

    /// A file whose prompt begins as another one.
    pub(super) fn beginning_with(&mut self, beginning: u64) -> Option<File> {
        self.find(|entry| entry.beginning == beginning)
    }

    /// Whether somebody may start from a file: its own one, or one that begins as its prompt does.
    pub(super) fn can_start(&self, holder: Holder, beginning: u64) -> bool {
        self.entries
            .iter()
            .any(|entry| entry.is_ready && (entry.holder == holder || entry.beginning == beginning))
    }

    fn find(&mut self, wanted: impl Fn(&Entry) -> bool) -> Option<File> {
        let used = self.used();
        let number = self.entries.iter().position(|entry| entry.is_ready && wanted(entry))?;
        self.entries[number].used = used;
        Some(File(number))
    }

    /// A file has been written, with so many bytes.
    pub(super) fn written(&mut self, file: File, bytes: u64) {
        self.largest = self.largest.max(bytes);
        if let Some(entry) = self.entries.get_mut(file.0) {
            entry.is_ready = true;
        }
    }

    /// A file could not be written or read.
    pub(super) fn failed(&mut self, file: File) {
        if let Some(entry) = self.entries.get_mut(file.0) {
            entry.is_ready = false;
        }
    }

    fn used(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }
}
