//! `coderouter init`: looks at the machine and what runs on it, and writes a configuration that fits.

mod file;
mod questions;
mod words;

use super::{runtime, talk};
use crate::config::Env;
use crate::discovery::{self, Place};
use crate::hardware::{self, Hardware};
use crate::servers::Kind;
use crate::setup::proposal::{Basis, Proposal, choice, propose, usable};
use crate::setup::{NEED, asking};
use canon::config::Endpoint;
use questions::Questions;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `init`.
#[derive(clap::Args)]
pub struct Init {
    /// Ask nothing and take what is proposed.
    #[arg(long)]
    yes: bool,
    /// The memory of this machine in gigabytes, in place of what is found.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=65536))]
    ram_gb: Option<u64>,
    /// The memory of its graphics cards in gigabytes, in place of what is found; 0 for none.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=65536))]
    vram_gb: Option<u64>,
    /// Look for a server there too; may be given more than once.
    #[arg(long, value_name = "URL", value_parser = endpoint)]
    url: Vec<Endpoint>,
    /// Look at the places given with --url alone.
    #[arg(long, requires = "url")]
    only: bool,
    /// Use no keys, whatever is in the environment.
    #[arg(long)]
    no_keys: bool,
    /// Have Ollama give a model whose window is too small another name with a larger one; nothing is downloaded.
    #[arg(long)]
    widen: bool,
    /// The file to write [default: CODEROUTER_CONFIG, else ~/.coderouter/providers.yaml].
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Write over a file that is there, and keep it as PATH.bak; else the new one is written beside it as PATH.new.
    #[arg(long)]
    force: bool,
    /// Print the file and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what was found and proposed as JSON.
    #[arg(long)]
    json: bool,
}

/// What was found.
struct Found {
    basis: Basis,
    /// Places that were named and do not answer.
    silent: Vec<String>,
    /// Keys that are set.
    keys: Vec<&'static str>,
    /// Clouds whose list of free models could not be had.
    unlisted: Vec<String>,
    /// Agents on the search path.
    agents: Vec<&'static str>,
    /// Servers on the search path.
    programs: Vec<&'static str>,
}

impl Init {
    /// Sets up: 0 if all is well, 2 if there is something to look at or nothing to write, 1 if it can't be written.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let path = file::path(self.config.as_deref(), &env)?;
        let runtime = runtime()?;
        let questions = self.questions();
        let mut found = runtime.block_on(self.look(&env));
        if !self.json {
            words::found(&found);
        }
        runtime.block_on(self.ask_clouds(&mut found, &env, questions));
        let mut basis = found.basis.clone();
        questions.choose(&mut basis);
        let widened = runtime.block_on(self.widen(&mut basis, &env, questions));
        let proposal = propose(&basis);
        if let Some(text) = &proposal.text {
            discovery::load(text)?;
        }
        let written = match &proposal.text {
            Some(text) if !self.dry_run => file::write(&path, text, self.force, questions)?,
            _ => file::Written::Nothing,
        };
        if self.json {
            talk::print(super::plain::plain_json(&document(&found, &proposal, &written).to_string()));
        } else if self.dry_run
            && let Some(text) = &proposal.text
        {
            talk::print(text.trim_end());
        }
        if !self.json {
            words::proposed(&found, &proposal, &written);
        }
        let is_well = proposal.text.is_some()
            && proposal.findings.is_empty()
            && found.silent.is_empty()
            && found.unlisted.is_empty()
            && !matches!(written, file::Written::Beside { .. })
            && widened.is_ok();
        if let Err(error) = widened {
            talk::say(super::plain::plain(&format!("error: {error:#}")));
        }
        if let Some(at) = written.in_use()
            && questions.start()
        {
            return file::serve(at);
        }
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    /// Whom to ask: a person at a terminal, else nobody.
    fn questions(&self) -> Questions {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if is_terminal && !self.yes && !self.json { Questions::Person } else { Questions::Nobody }
    }

    fn places(&self, env: &Env) -> Vec<Place> {
        let mut places = if self.only { Vec::new() } else { discovery::usual_places(env.get("OLLAMA_HOST")) };
        for url in &self.url {
            let base_url = with_version(url).to_string();
            if !places.iter().any(|place| is_same(&place.base_url, &base_url)) {
                places.push(discovery::local("local", &base_url));
            }
        }
        places
    }

    async fn look(&self, env: &Env) -> Found {
        let servers = asking::servers(&self.places(env), env).await;
        let named = self.url.iter().map(|url| with_version(url).to_string());
        let answers = |url: &String| servers.iter().any(|server| is_same(&server.place.base_url, url));
        let silent = named.filter(|url| !answers(url)).collect();
        let keys = if self.no_keys { Vec::new() } else { discovery::keys(env) };
        let hardware: Hardware = hardware::look().told(self.ram_gb, self.vram_gb);
        Found {
            basis: Basis { hardware, servers, ..Basis::default() },
            silent,
            keys,
            unlisted: Vec::new(),
            agents: file::on_path(env, &["claude", "codex", "gemini", "opencode", "aider"]),
            programs: file::on_path(env, &["ollama", "llama-server", "lms", "vllm"]),
        }
    }

    /// Asks the free clouds whose keys may be used what they have.
    async fn ask_clouds(&self, found: &mut Found, env: &Env, questions: Questions) {
        if self.no_keys {
            return;
        }
        let mut clouds = discovery::free_clouds(env);
        clouds.retain(|cloud| questions.use_key(&cloud.key, &cloud.name));
        let listed = discovery::look(&clouds, env).await;
        for cloud in clouds {
            if !listed.iter().any(|listed| listed.place.key == cloud.key) {
                found.unlisted.push(cloud.name);
            }
        }
        found.basis.clouds = listed;
        found.basis.keys = found.keys.iter().map(|key| (*key).to_owned()).collect();
    }

    /// Gives models of Ollama whose window is too small another name with a larger one, where that is wanted.
    async fn widen(&self, basis: &mut Basis, env: &Env, questions: Questions) -> anyhow::Result<()> {
        for at in 0..basis.servers.len() {
            let server = basis.servers[at].clone();
            let Some(model) = choice(basis, &server).cloned() else { continue };
            let is_small = model.window.is_none_or(|window| window < NEED);
            let can_grow = server.kind == Kind::Ollama && model.most.is_none_or(|most| most >= NEED);
            let may_be = is_small && can_grow && !self.dry_run;
            if !(may_be && (self.widen || questions.widen(&model))) {
                continue;
            }
            let wider = asking::widen(&server, &model, env).await.map_err(|error| {
                error.context(format!("failed to have Ollama make {}", asking::wider_name(&model.name)))
            })?;
            basis.chosen.retain(|(name, _)| *name != server.place.name);
            basis.chosen.push((server.place.name.clone(), wider.name.clone()));
            basis.servers[at].models.push(wider);
        }
        Ok(())
    }
}

fn document(found: &Found, proposal: &Proposal, written: &file::Written) -> Value {
    let hardware = &found.basis.hardware;
    let cards: Vec<Value> = hardware
        .cards
        .iter()
        .map(|card| json!({"name": card.name, "gb": hardware::gb(card.bytes)}))
        .collect();
    json!({
        "hardware": {"ram_gb": hardware.ram.map(hardware::gb), "cards": cards, "unified": hardware.is_unified},
        "servers": found.basis.servers.iter().map(crate::setup::Server::to_json).collect::<Vec<_>>(),
        "silent": found.silent,
        "keys": found.keys,
        "agents": found.agents,
        "installed": found.programs,
        "suggestion": words::suggestion(hardware),
        "proposal": proposal.to_json(),
        "written": written.to_json(),
    })
}

/// The base URL of a server: with a version where it has no path.
fn with_version(url: &Endpoint) -> Endpoint {
    let path = if url.path.is_empty() { "/v1".to_owned() } else { url.path.clone() };
    Endpoint { path, ..url.clone() }
}

/// Whether two base URLs are one place.
fn is_same(one: &str, other: &str) -> bool {
    let numbered = |url: &str| url.replacen("://localhost", "://127.0.0.1", 1);
    numbered(one) == numbered(other)
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    text.parse().map_err(|error| format!("it {error}"))
}

/// The names a person may choose from.
fn names(basis: &Basis, at: usize) -> Vec<String> {
    usable(&basis.servers[at], &basis.hardware).into_iter().map(|model| model.name.clone()).collect()
}
