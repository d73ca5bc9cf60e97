//! `coderouter doctor`: what is wrong with the providers, what the user will feel of it, and what to do.

mod checks;
mod json;
mod mending;
mod progress;
mod report;

use super::exit::Exit;
use super::plain::plain;
use super::talk;
use crate::config::{self, Env, LoadError, Loaded, Precedence, Sources};
use crate::discovery;
use crate::doctor::{Checkup, Course, Depth, Examined, Order, PROBES, Standing, Told, Verdict, standings};
use crate::ledger::Ledger;
use anyhow::{Context, anyhow, bail};
use checks::{Checks, Page};
use mending::Plan;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Options of `doctor`. Without any, every provider that may be asked is examined.
#[derive(clap::Args)]
pub struct Doctor {
    /// Examine this provider; may be given more than once.
    #[arg(long, value_name = "PROVIDER")]
    check_model: Vec<String>,
    /// Examine the providers of this profile.
    #[arg(long, value_name = "NAME", conflicts_with = "check_model")]
    profile: Option<String>,
    /// Examine all providers, paid ones too where `allow_paid` is set.
    #[arg(long, conflicts_with_all = ["check_model", "profile"])]
    all: bool,
    #[command(flatten)]
    checks: Checks,
    /// Ask short questions only.
    #[arg(long, conflicts_with = "deep")]
    quick: bool,
    /// Send a prompt as long as an agent's to clouds too; they may charge for it.
    #[arg(long)]
    deep: bool,
    /// Make only this probe, beside the first; may be given more than once. `--list` names them.
    #[arg(long, value_name = "PROBE")]
    only: Vec<String>,
    /// How many seconds one short answer may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    timeout: u64,
    /// Try what may help, and write what does.
    #[arg(long, conflicts_with = "apply")]
    fix: bool,
    /// Write what is proposed, untried.
    #[arg(long)]
    apply: bool,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// List the probes.
    #[arg(long)]
    list: bool,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration file; else the usual places are searched, else local backends are found.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Read variables from a file first; may be given more than once.
    #[arg(long, value_name = "PATH")]
    env_file: Vec<PathBuf>,
}

impl Doctor {
    /// Examines: 0 if all is well, 2 if something is to be tuned, 1 if a provider can't be asked at all.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.list {
            report::probes(self.json);
            return Ok(ExitCode::SUCCESS);
        }
        if let Some(unknown) = self.only.iter().find(|name| PROBES.iter().all(|probe| probe.name != **name)) {
            let names: Vec<&str> = PROBES.iter().map(|probe| probe.name).collect();
            bail!("no probe is called {}\nhint: there are {}", plain(unknown), names.join(", "));
        }
        super::runtime()?.block_on(self.look())
    }

    async fn look(&self) -> anyhow::Result<ExitCode> {
        let mut env = Env::of_process();
        for applied in config::apply_env_files(&self.env_file, Precedence::Environment, &mut env)? {
            talk::say(applied.to_string());
        }
        let home = std::env::home_dir();
        let cwd = std::env::current_dir().context("the current folder can't be read")?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        let examines = !self.checks.are_wanted() || self.names_providers();
        let loaded = if examines {
            Some(Arc::new(found(sources).await?))
        } else if self.checks.wants_configuration() {
            Some(Arc::new(config::load(sources).map_err(|error| unusable(&error))?))
        } else {
            // Only for the port.
            config::load(sources).ok().map(Arc::new)
        };
        let mut pages = self.checks.run(&env, loaded.as_deref(), &cwd, home.as_deref());
        if !self.json {
            pages.iter().for_each(Page::print);
        }
        let mut document = json!({});
        let mut codes: Vec<u8> = pages.iter().map(Page::code).collect();
        if let Some(loaded) = loaded.filter(|_| examines) {
            codes.push(self.examine(loaded, env, &mut pages, &mut document).await?);
        }
        let code = worst(&codes);
        if self.json {
            document["checks"] = pages.iter().map(Page::document).collect();
            document["exit"] = code.into();
            talk::print_json(&document);
        }
        Ok(ExitCode::from(code))
    }

    /// Whether the command line says which providers are meant.
    fn names_providers(&self) -> bool {
        self.all || self.profile.is_some() || !self.check_model.is_empty()
    }

    /// Examines providers, and mends what can be mended. The exit code.
    async fn examine(
        &self,
        loaded: Arc<Loaded>,
        env: Env,
        pages: &mut Vec<Page>,
        document: &mut Value,
    ) -> anyhow::Result<u8> {
        let checkup = Checkup { loaded: Arc::clone(&loaded), env: Arc::new(env) };
        let order = self.order(&loaded)?;
        let progress = progress::Progress::new(self.json);
        let tell = |told: Told<'_>| progress.tell(told);
        let examined = checkup.run(&order, &tell).await?;
        progress.end();
        let standings = standings(&loaded.config, &examined);
        let mut seen = Seen { loaded, examined, standings };
        let keys = checks::of_secrets(&checkup.env, &seen.loaded);
        let code_of_keys = keys.code();
        if self.json {
            *document = json::document(&seen);
        } else {
            report::print(&seen);
        }
        if keys.is_worth_a_look() && !self.checks.wants_configuration() {
            if !self.json {
                keys.print();
            }
            pages.push(keys);
        }
        let Some(plan) = self.plan() else {
            self.remember(&seen, false);
            return Ok(worst(&[exit(&seen), code_of_keys]));
        };
        let mended = mending::mend(plan, &checkup, &order, &seen.examined, &tell).await?;
        if plan.course == Course::Fix && !mended.changes.is_empty() {
            // How things stand now decides how it ends.
            let now = Checkup { loaded: Arc::clone(&mended.loaded), env: Arc::clone(&checkup.env) };
            seen.examined = now.run(&order, &tell).await?;
            seen.standings = crate::doctor::standings(&mended.loaded.config, &seen.examined);
        }
        progress.end();
        seen.loaded = Arc::clone(&mended.loaded);
        if self.json {
            document["mended"] = mended.document();
            document["after"] = json::document(&seen);
        } else {
            mended.tell(plan);
            report::after(&seen, plan.course);
        }
        self.remember(&seen, plan.is_dry);
        Ok(match plan.course {
            _ if mended.has_failed() => Exit::Error.code(),
            // Writing untried ends well if it could be done, whatever was found before.
            Course::Apply => Exit::Well.code(),
            Course::Fix => exit(&seen),
        })
    }

    /// What is to be done with the files, if anything.
    fn plan(&self) -> Option<Plan> {
        let course = if self.fix { Course::Fix } else { Course::Apply };
        (self.fix || self.apply || self.dry_run).then_some(Plan { course, is_dry: self.dry_run })
    }

    /// Keeps what was learned, for routing.
    fn remember(&self, seen: &Seen, is_dry: bool) {
        if is_dry {
            return;
        }
        let config = &seen.loaded.config;
        let ledger = Ledger::open(config.state.dir.as_deref());
        let at = SystemTime::now();
        for one in &seen.examined {
            let learned = one.learned();
            if let Some(provider) = config.provider(&one.name).filter(|_| !learned.is_empty()) {
                ledger.probed(provider, &learned, one.server.fingerprint.as_deref(), at);
            }
        }
        if let Err(error) = ledger.save() {
            talk::say(format!("warning: what was learned can't be written: {error}"));
        }
    }

    /// Whom to examine, and how.
    fn order(&self, loaded: &Loaded) -> anyhow::Result<Order> {
        let config = &loaded.config;
        let unknown = |what: &str, name: &str, known: Vec<&str>| {
            let mut known = known;
            known.sort_unstable();
            anyhow!("there is no {what} {}\nhint: there are {}", plain(name), known.join(", "))
        };
        let providers = if !self.check_model.is_empty() {
            for name in &self.check_model {
                if config.provider(name).is_none() {
                    let known = config.providers.iter().map(|provider| provider.name.as_str()).collect();
                    return Err(unknown("provider", name, known));
                }
            }
            self.check_model.clone()
        } else {
            let chain = match &self.profile {
                Some(name) => {
                    let profile = config.profile(name).ok_or_else(|| {
                        unknown(
                            "profile",
                            name,
                            config.profiles.iter().map(|profile| profile.name.as_str()).collect(),
                        )
                    })?;
                    config.chain(profile).collect::<Vec<_>>()
                }
                None => config.providers.iter().collect(),
            };
            let (free, paid): (Vec<_>, Vec<_>) =
                chain.into_iter().partition(|provider| !provider.paid || config.allow_paid);
            if !paid.is_empty() {
                let names: Vec<&str> = paid.iter().map(|provider| provider.name.as_str()).collect();
                talk::say(format!(
                    "not asked, as they cost money and allow_paid is false: {}",
                    names.join(", ")
                ));
            }
            free.iter().map(|provider| provider.name.as_str().to_owned()).collect()
        };
        if providers.is_empty() {
            bail!(
                "there is no provider to examine\nhint: name one with --check-model, or set allow_paid: true"
            );
        }
        let depth = match (self.quick, self.deep) {
            (true, _) => Depth::Quick,
            (_, true) => Depth::Deep,
            _ => Depth::Usual,
        };
        let patience = Duration::from_secs(self.timeout.clamp(1, 3_600));
        Ok(Order { providers, depth, only: self.only.clone(), patience })
    }
}

/// What was seen.
struct Seen {
    loaded: Arc<Loaded>,
    examined: Vec<Examined>,
    standings: Vec<Standing>,
}

/// The configuration, or what runs on this machine where there is none.
async fn found(sources: Sources<'_>) -> anyhow::Result<Loaded> {
    let nothing = match config::load(sources) {
        Ok(loaded) => return Ok(loaded),
        Err(LoadError::NothingFound(nothing)) => nothing,
        Err(error) => return Err(unusable(&error)),
    };
    talk::say("no configuration file: looking for local backends");
    let places = discovery::usual_places(sources.env.get("OLLAMA_HOST"));
    let found = discovery::look(&places, sources.env).await;
    if found.is_empty() {
        bail!("{nothing}\nno local backend answers either\nhint: `coderouter init` sets one up");
    }
    discovery::configuration(&found)
}

fn unusable(error: &LoadError) -> anyhow::Error {
    if let LoadError::Broken(report) = error {
        talk::say(report.to_string());
        return anyhow!("the configuration can't be used; `coderouter check` shows it again");
    }
    anyhow!("{error}")
}

/// How it ends by what was seen of providers and chains.
fn exit(seen: &Seen) -> u8 {
    let chains = seen.standings.iter().map(|standing| standing.verdict);
    let verdicts = seen.examined.iter().map(Examined::worst).chain(chains);
    match verdicts.map(Verdict::gravity).max() {
        Some(2) => Exit::Error.code(),
        Some(1) => Exit::Look.code(),
        _ => Exit::Well.code(),
    }
}

/// A blocker wins over a warning.
fn worst(codes: &[u8]) -> u8 {
    let order = [Exit::Error, Exit::Look];
    order.map(Exit::code).into_iter().find(|code| codes.contains(code)).unwrap_or(Exit::Well.code())
}
