//! `coderouter models`: what is known of each provider's model, and from whom: the configuration, examinations, traffic, or
//! the table that ships with the program.

use super::plain::{padded, plain, width};
use super::talk;
use crate::config::{self, Env, Sources};
use crate::ledger::{Entry, Learned, Ledger, Thinking};
use anyhow::{Context, bail};
use canon::config::{Declared, Facts, Prefill, Provider, Support, Word};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

/// Options of `models`.
#[derive(clap::Args)]
pub struct Models {
    /// The configuration file; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Print it as JSON.
    #[arg(long)]
    json: bool,
}

/// What a person sees of one property: what it is, and who says so.
struct Cell {
    name: &'static str,
    value: String,
    source: &'static str,
}

impl Models {
    /// Prints the table.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let home = std::env::home_dir();
        let cwd = std::env::current_dir().context("the current folder can't be read")?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        let loaded = match config::load(sources) {
            Ok(loaded) => loaded,
            Err(error) => bail!("{error}"),
        };
        let ledger = Ledger::open(loaded.config.state.dir.as_deref());
        let rows: Vec<(&Provider, Option<Entry>)> =
            loaded.config.providers.iter().map(|provider| (&**provider, ledger.of(provider))).collect();
        if self.json {
            let rows: Vec<Value> =
                rows.iter().map(|(provider, entry)| document(provider, entry.as_ref())).collect();
            talk::print_json(&json!(rows));
        } else {
            table(&rows);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn table(rows: &[(&Provider, Option<Entry>)]) {
    let columns: Vec<[String; 9]> =
        rows.iter().map(|(provider, entry)| line(provider, entry.as_ref())).collect();
    let titles =
        ["PROVIDER", "MODEL", "CONTEXT", "TOOLS", "PARALLEL", "THINKING", "VISION", "PREFILL", "EXAMINED"];
    let wide =
        |at: usize| columns.iter().map(|row| width(&row[at])).chain([titles[at].len()]).max().unwrap_or(0);
    let print = |cells: [&str; 9]| {
        let line: Vec<String> = cells.iter().enumerate().map(|(at, cell)| padded(cell, wide(at))).collect();
        talk::print(line.join("  ").trim_end());
    };
    print(titles);
    columns.iter().for_each(|row| print(std::array::from_fn(|at| row[at].as_str())));
    talk::print("\nd declared, e examined, t seen in traffic, k known by name; `coderouter doctor` examines");
}

fn line(provider: &Provider, entry: Option<&Entry>) -> [String; 9] {
    let cell = |name: &str| {
        let cells = cells(provider, entry);
        let found = cells.into_iter().find(|cell| cell.name == name);
        found.map_or("?".to_owned(), |cell| format!("{} {}", cell.value, &cell.source[..1]))
    };
    let examined = entry.and_then(|entry| entry.probed_at);
    [
        plain(provider.name.as_str()).into_owned(),
        plain(provider.model.as_str()).into_owned(),
        cell("context"),
        cell("tools"),
        cell("parallel_tools"),
        cell("thinking"),
        cell("vision"),
        cell("prefill"),
        examined.map_or("never".to_owned(), ago),
    ]
}

/// What is known, each with who says so.
fn cells(provider: &Provider, entry: Option<&Entry>) -> Vec<Cell> {
    let facts = entry.map_or_else(|| provider.facts.clone(), |entry| entry.over(provider));
    let Facts { tools, thinking, vision, prefill, max_context_tokens, .. } = facts;
    let Declared {
        tools: own_tools, thinking: own_thinking, vision: own_vision, prefill: own_prefill, ..
    } = provider.declared;
    let who = |is_declared: bool, of: &dyn Fn(&Learned) -> bool| source(is_declared, entry, of);
    let form = entry.and_then(|entry| entry.known().tools).filter(|_| !own_tools);
    let samples = entry.and_then(|entry| entry.known().tool_samples);
    let reliable = samples.map_or(String::new(), |samples| format!(" {}/{}", samples.well, samples.asked));
    let tools = match form {
        Some(form) => Some(format!("{}{reliable}", form.word())),
        None => support(tools).map(str::to_owned),
    };
    let thinks = entry.and_then(|entry| entry.known().thinking).filter(|_| !own_thinking);
    let parallel = entry.and_then(|entry| entry.known().parallel);
    let prefill = Some(prefill).filter(|prefill| *prefill != Prefill::None || own_prefill);
    let has_prefill = |learned: &Learned| learned.prefill.is_some();
    let prefill = prefill.or_else(|| entry.and_then(|entry| entry.known().prefill));
    let all = [
        (
            "context",
            max_context_tokens.map(|tokens| tokens.to_string()),
            who(provider.declared.max_context_tokens, &|learned| learned.context.is_some()),
        ),
        ("tools", tools, who(own_tools, &|learned| learned.tools.is_some())),
        ("parallel_tools", parallel.map(yes), who(false, &|learned| learned.parallel.is_some())),
        (
            "thinking",
            thinks.map(Thinking::word).or_else(|| support(thinking)).map(str::to_owned),
            who(own_thinking, &|learned| learned.thinking.is_some()),
        ),
        ("vision", support(vision).map(str::to_owned), who(own_vision, &|learned| learned.vision.is_some())),
        ("prefill", prefill.map(|prefill| prefill.word().to_owned()), who(own_prefill, &has_prefill)),
    ];
    all.into_iter().filter_map(|(name, value, source)| Some(Cell { name, value: value?, source })).collect()
}

/// Who says it; each begins with another letter.
fn source(is_declared: bool, entry: Option<&Entry>, has: &dyn Fn(&Learned) -> bool) -> &'static str {
    match entry {
        _ if is_declared => "declared",
        Some(entry) if has(&entry.seen) && (entry.seen_at >= entry.probed_at || !has(&entry.probed)) => {
            "traffic"
        }
        Some(entry) if has(&entry.probed) => "examined",
        _ => "known",
    }
}

fn support(support: Support) -> Option<&'static str> {
    match support {
        Support::Yes => Some("yes"),
        Support::No => Some("no"),
        Support::Unknown => None,
    }
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn ago(at: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(at).unwrap_or_default().as_secs();
    match seconds {
        0..=59 => "just now".to_owned(),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

fn document(provider: &Provider, entry: Option<&Entry>) -> Value {
    let known: serde_json::Map<String, Value> = cells(provider, entry)
        .into_iter()
        .map(|cell| (cell.name.to_owned(), json!({"value": cell.value, "source": cell.source})))
        .collect();
    let seconds = |at: Option<SystemTime>| Some(at?.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs());
    json!({
        "provider": provider.name.as_str(),
        "kind": provider.kind.word(),
        "model": provider.model.as_str(),
        "known": known,
        "written_calls": entry.map(|entry| entry.written_calls),
        "lost_calls": entry.map(|entry| entry.lost_calls),
        "fingerprint": entry.and_then(|entry| entry.fingerprint.clone()),
        "examined_at": seconds(entry.and_then(|entry| entry.probed_at)),
        "seen_at": seconds(entry.and_then(|entry| entry.seen_at)),
    })
}
