//! Reading journals, also those of the Python program: all generations, oldest first, line by line.

use super::rotation::Place;
use crate::error::StoreError;
use crate::moment;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest line that is read, in bytes.
const LINE_LIMIT: usize = 4 * 1024 * 1024;

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalLine {
    /// Its `ts`; none where it has none that can be read.
    pub at: Option<SystemTime>,
    /// All its fields.
    pub fields: Map<String, Value>,
}

/// Which lines to read.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// None from before, and none without a time.
    pub since: Option<SystemTime>,
    /// None from this moment or later, and none without a time.
    pub until: Option<SystemTime>,
    /// Only those whose `event` holds this; upper and lower case are one.
    pub event: Option<String>,
    /// Only those whose `provider` is this; upper and lower case are one.
    pub provider: Option<String>,
    /// Only so many, the last.
    pub limit: Option<usize>,
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadReport {
    /// Files that were there.
    pub files: usize,
    /// Lines that passed.
    pub lines: usize,
    /// Lines that are no JSON object.
    pub skipped: usize,
}

/// Tells each line of a journal that passes, in the order of the files. A journal that isn't there has no files.
pub fn read(
    dir: &Path,
    name: &str,
    filter: &JournalFilter,
    mut each: impl FnMut(JournalLine),
) -> Result<ReadReport, StoreError> {
    let place = Place::new(dir, name, 0);
    let files = open(&place)?;
    let mut report = ReadReport { files: files.len(), ..ReadReport::default() };
    let mut last = VecDeque::new();
    let mut take = |line: JournalLine| match filter.limit {
        None => each(line),
        Some(limit) => {
            last.push_back(line);
            let surplus = last.len().saturating_sub(limit);
            last.drain(..surplus);
        }
    };
    for file in files {
        let mut lines = Lines { input: BufReader::new(file), line: Vec::new() };
        while lines.next().map_err(|error| StoreError::file(place.current(), &error))? {
            match parse(&lines.line) {
                Some(line) if filter.passes(&line) => {
                    report.lines += 1;
                    take(line);
                }
                Some(_) => {}
                None => report.skipped += usize::from(!lines.line.trim_ascii().is_empty()),
            }
        }
    }
    report.lines = filter.limit.map_or(report.lines, |limit| report.lines.min(limit));
    last.into_iter().for_each(each);
    Ok(report)
}

/// All files at one moment. The lock is held only if there is one to hold, as reading changes no folder.
fn open(place: &Place) -> Result<Vec<File>, StoreError> {
    let lock = File::open(place.lock()).ok();
    if let Some(lock) = &lock {
        // A system without locks reads all the same; at worst a rotation shows a file twice.
        let _ = lock.lock_shared();
    }
    let mut files = Vec::new();
    for path in place.files() {
        match File::open(&path) {
            Ok(file) => files.push(file),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::file(&path, &error)),
        }
    }
    Ok(files)
}

/// Lines of bytes that need not be text.
struct Lines {
    input: BufReader<File>,
    /// The one at hand; empty where it was too long.
    line: Vec<u8>,
}

impl Lines {
    /// Goes on to the next line; false at the end.
    fn next(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        let (mut any, mut kept) = (false, true);
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(any);
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            kept &= self.line.len() + part.len() <= LINE_LIMIT;
            if kept {
                self.line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(used);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

fn parse(line: &[u8]) -> Option<JournalLine> {
    let fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let at = match fields.get("ts") {
        Some(Value::String(text)) => moment::read(text),
        Some(Value::Number(seconds)) => seconds.as_f64().and_then(epoch),
        _ => None,
    };
    Some(JournalLine { at, fields })
}

fn epoch(seconds: f64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(seconds).ok()?)
}

impl JournalFilter {
    fn passes(&self, line: &JournalLine) -> bool {
        let text = |name: &str| line.fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let since = self.since.is_none_or(|since| line.at.is_some_and(|at| at >= since));
        let until = self.until.is_none_or(|until| line.at.is_some_and(|at| at < until));
        let event = self.event.as_deref().is_none_or(|part| holds(text("event"), part));
        let provider =
            self.provider.as_deref().is_none_or(|name| text("provider").eq_ignore_ascii_case(name));
        since && until && event && provider
    }
}

fn holds(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
