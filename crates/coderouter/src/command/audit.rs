//! `coderouter audit`: what happened that a person may want to look up.

use super::exit::Exit;
use super::past::{self, Past, Progress};
use super::talk;
use anyhow::anyhow;
use canon::id::RequestId;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;
use store::journal::{self, JournalFilter, JournalLine};
use store::{AuditFilter, AuditRow, import, moment};

/// Options of `audit`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    /// The folder that memory is kept in [default: ~/.coderouter/state].
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Only so many facts, the latest; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 0)]
    tail: usize,
    /// Only facts whose name holds this; upper and lower case are one.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// None from before: a date, or a date and a time, in UTC unless it says otherwise.
    #[arg(long, value_name = "TIME", value_parser = past::since)]
    since: Option<SystemTime>,
    /// Only how often each fact happened.
    #[arg(long)]
    summary: bool,
    /// Print JSON, one object a line.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter audit --since 2026-03-01 --summary
  coderouter audit --filter provider-failed --tail 20";

impl Audit {
    /// Prints the facts: 0 also where there are none, 1 where there is nothing to read.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let past = Past::of_folder(self.state_dir.clone(), journal::AUDIT)?;
        let (mut counts, mut progress) = (BTreeMap::<String, u64>::new(), Progress::new("facts"));
        self.each(&past, |row| {
            progress.step();
            if self.summary {
                *counts.entry(row.event).or_default() += 1;
            } else {
                *counts.entry(String::new()).or_default() += 1;
                if self.json {
                    talk::print_json(&as_json(row));
                } else {
                    talk::print(as_line(&row));
                }
            }
        })?;
        if counts.is_empty() {
            talk::say("no fact matches");
        } else if self.summary {
            self.summarize(counts);
        }
        Ok(Exit::Well.into())
    }

    fn each(&self, past: &Past, mut each: impl FnMut(AuditRow)) -> anyhow::Result<()> {
        let limit = (self.tail > 0).then_some(self.tail);
        let (since, event) = (self.since, self.filter.clone());
        let read = match past {
            Past::Rows(reader) => {
                reader.each_audit(&AuditFilter { since, until: None, event, limit }, &mut each)
            }
            Past::Lines(dir, name) => {
                let filter = JournalFilter { since, event, limit, ..JournalFilter::default() };
                let mut take = |line: JournalLine| import::audit(line).into_iter().for_each(&mut each);
                journal::read(dir, name, &filter, &mut take).map(|_| ())
            }
        };
        read.map_err(|error| anyhow!("failed to {error}"))
    }

    /// The most frequent first, then by name.
    fn summarize(&self, counts: BTreeMap<String, u64>) {
        if self.json {
            return talk::print_json(&json!(counts));
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (event, count) in counts {
            talk::print(format!("{event:<40} {count}"));
        }
    }
}

fn as_line(row: &AuditRow) -> String {
    let (at, level) = (moment::write(row.at), row.level.to_uppercase());
    let mut fields = match &row.payload {
        Value::Object(fields) => fields.clone(),
        _ => Map::new(),
    };
    fields.extend(row.request.map(named));
    let fields = if fields.is_empty() { String::new() } else { format!(" {}", Value::Object(fields)) };
    format!("[{at}] {level:<7} {}{fields}", row.event)
}

fn as_json(row: AuditRow) -> Value {
    let mut line = Map::from_iter([
        ("ts".to_owned(), moment::write(row.at).into()),
        ("event".to_owned(), row.event.into()),
        ("level".to_owned(), row.level.to_uppercase().into()),
    ]);
    if let Value::Object(fields) = row.payload {
        line.extend(fields);
    }
    line.extend(row.request.map(named));
    Value::Object(line)
}

fn named(request: RequestId) -> (String, Value) {
    ("request_id".to_owned(), request.to_string().into())
}
