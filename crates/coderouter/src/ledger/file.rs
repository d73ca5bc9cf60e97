//! The ledger on disk: JSON that a person can read, written whole and put in place in one step, under a lock. What can't be
//! read counts as empty: it is learned again.

use super::book::{Book, Entry};
use super::learned::{Learned, Samples, Thinking, ToolForm};
use crate::editing::{self, Access};
use canon::config::{Prefill, Word};
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file's name in the folder for state.
pub const FILE: &str = "capabilities.json";

/// The version of its form; another one is not read.
const VERSION: u64 = 1;

/// Most bytes that are read.
const LIMIT: u64 = 4 * 1024 * 1024;

/// What the file holds; nothing where there is none, or none that can be read.
pub(super) fn read(path: &Path) -> Book {
    let is_small = fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= LIMIT);
    let text = if is_small { fs::read(path).unwrap_or_default() } else { Vec::new() };
    let document: Value = serde_json::from_slice(&text).unwrap_or_default();
    let mut book = Book::default();
    if document["version"].as_u64() == Some(VERSION)
        && let Some(providers) = document["providers"].as_object()
    {
        let entries = providers.iter().filter_map(|(name, value)| Some((name.clone(), entry(value)?)));
        book.entries = entries.collect();
    }
    book
}

/// Puts a book and what others have written since together in the file. The file's book.
pub(super) fn update(path: &Path, mut book: Book) -> io::Result<Book> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let lock = File::options().create(true).append(true).open(path.with_extension("lock"))?;
    lock.lock()?;
    book.take_in(read(path));
    let text = serde_json::to_string_pretty(&document(&book)).unwrap_or_default() + "\n";
    editing::replace(path, &text, Access::Private).map_err(io::Error::other)?;
    Ok(book)
}

fn document(book: &Book) -> Value {
    let providers: Map<String, Value> = book
        .entries
        .iter()
        .map(|(name, entry)| {
            let value = json!({
                "of": entry.of,
                "fingerprint": entry.fingerprint,
                "probed": learned(&entry.probed),
                "probed_at_ms": entry.probed_at.map(milliseconds),
                "seen": learned(&entry.seen),
                "seen_at_ms": entry.seen_at.map(milliseconds),
                "written_calls": entry.written_calls,
                "lost_calls": entry.lost_calls,
            });
            (name.clone(), value)
        })
        .collect();
    json!({ "version": VERSION, "providers": providers })
}

fn entry(value: &Value) -> Option<Entry> {
    Some(Entry {
        of: value["of"].as_str()?.to_owned(),
        fingerprint: value["fingerprint"].as_str().map(str::to_owned),
        probed: read_learned(&value["probed"]),
        probed_at: moment(&value["probed_at_ms"]),
        seen: read_learned(&value["seen"]),
        seen_at: moment(&value["seen_at_ms"]),
        written_calls: value["written_calls"].as_u64().unwrap_or(0),
        lost_calls: value["lost_calls"].as_u64().unwrap_or(0),
    })
}

/// What is known as JSON, without what is not.
pub(crate) fn learned(learned: &Learned) -> Value {
    let Learned { context, tools, tool_samples, parallel, thinking, vision, prefill, cache } = *learned;
    let fields = [
        ("context", context.map(Value::from)),
        ("tools", tools.map(|form| form.word().into())),
        ("parallel_tools", parallel.map(Value::from)),
        ("tool_samples", tool_samples.map(|Samples { well, asked }| json!([well, asked]))),
        ("thinking", thinking.map(|form| form.word().into())),
        ("vision", vision.map(Value::from)),
        ("prefill", prefill.map(|prefill| prefill.word().into())),
        ("cache", cache.map(Value::from)),
    ];
    let known = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect())
}

fn read_learned(value: &Value) -> Learned {
    Learned {
        context: value["context"].as_u64().and_then(|tokens| u32::try_from(tokens).ok()).filter(|t| *t > 0),
        tools: value["tools"].as_str().and_then(ToolForm::from_word),
        parallel: value["parallel_tools"].as_bool(),
        tool_samples: samples(&value["tool_samples"]),
        thinking: value["thinking"].as_str().and_then(Thinking::from_word),
        vision: value["vision"].as_bool(),
        prefill: value["prefill"].as_str().and_then(Prefill::from_word),
        cache: value["cache"].as_bool(),
    }
}

fn samples(value: &Value) -> Option<Samples> {
    let count = |at: usize| value.get(at)?.as_u64().and_then(|count| u8::try_from(count).ok());
    Some(Samples { well: count(0)?, asked: count(1)? })
}

/// Rounded down: what a process has written must not look newer to it than what it still holds.
fn milliseconds(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

fn moment(value: &Value) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(value.as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::option;
    use proptest::prelude::*;

    fn any_learned() -> impl Strategy<Value = Learned> {
        let tools = prop_oneof![Just(ToolForm::Structured), Just(ToolForm::Written), Just(ToolForm::None)];
        let prefill = prop_oneof![Just(Prefill::None), Just(Prefill::Plain), Just(Prefill::Vllm)];
        let thinking = prop_oneof![
            Just(Thinking::Block),
            Just(Thinking::Field),
            Just(Thinking::Tags),
            Just(Thinking::None)
        ];
        let samples =
            any::<Option<(u8, u8)>>().prop_map(|both| both.map(|(well, asked)| Samples { well, asked }));
        let flags = (any::<Option<bool>>(), any::<Option<bool>>(), any::<Option<bool>>());
        let forms = (option::of(tools), option::of(prefill), option::of(thinking));
        (option::of(1_u32..), samples, forms, flags).prop_map(
            |(context, tool_samples, (tools, prefill, thinking), (parallel, vision, cache))| Learned {
                context,
                tools,
                tool_samples,
                parallel,
                thinking,
                vision,
                prefill,
                cache,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_learned_is_read_as_it_is_written(learned in any_learned()) {
            prop_assert_eq!(read_learned(&super::learned(&learned)), learned);
        }

        #[test]
        fn what_was_written_is_never_newer(nanoseconds in any::<u64>()) {
            let at = UNIX_EPOCH + Duration::from_nanos(nanoseconds);
            let read = moment(&Value::from(milliseconds(at))).unwrap();
            prop_assert!(read <= at && milliseconds(read) == milliseconds(at));
        }

        #[test]
        fn nothing_in_the_file_is_trusted(text in ".{0,200}") {
            let document: Value = serde_json::from_str(&text).unwrap_or_default();
            let _ = entry(&document);
            prop_assert_eq!(read_learned(&Value::from(text)), Learned::default());
        }
    }
}
