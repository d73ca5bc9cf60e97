//! `coderouter run`: starts a coding agent that asks the router, and a router for it where none answers yet. What an
//! agent has to be told is `launching`'s.

mod own;
mod printed;
mod process;
mod program;
mod summary;
mod window;

use super::exit::Exit;
use super::plain::plain;
use super::running::{Place, Running, checked_url};
use super::{runtime, talk};
use crate::config::Env;
use crate::discovery;
use crate::launching::{
    AGENTS, Agent, Environment, Needs, Override, Shell, Surroundings, Target, agent_for, arguments_at,
};
use anyhow::{Context, bail};
use canon::config::{Config, Matcher};
use own::Own;
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Options of `run`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Run {
    /// The agent and its arguments: claude, opencode, aider, or any program that asks a model.
    #[arg(value_name = "COMMAND", trailing_var_arg = true, required_unless_present = "print_env")]
    command: Vec<OsString>,
    /// The profile to go by [default: that of the configuration].
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// The model that the agent asks for; who answers is the profile's matter all the same.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Treat the program as this agent, where its name does not say it.
    #[arg(long, value_name = "NAME", value_parser = AGENTS.iter().map(|agent| agent.name).collect::<Vec<_>>())]
    agent: Option<String>,
    /// Print the lines that a shell needs to start the agent itself, and start nothing.
    #[arg(long)]
    print_env: bool,
    /// Whose lines are printed: of bash (zsh reads them too), fish or powershell [default: the shell in use].
    #[arg(
        long,
        value_name = "NAME",
        value_enum,
        hide_possible_values = true,
        requires = "print_env",
        conflicts_with = "json"
    )]
    shell: Option<Shell>,
    /// Print the variables as JSON.
    #[arg(long, requires = "print_env")]
    json: bool,
    /// Say nothing but errors.
    #[arg(long, short)]
    quiet: bool,
    /// Where a router is started without a configuration file: use the keys of free clouds that are set.
    #[arg(long)]
    use_keys: bool,
    /// Where a router is started without a configuration file: look for a local backend here too.
    #[arg(long, value_name = "URL", value_parser = checked_url)]
    look_at: Vec<String>,
    #[command(flatten)]
    place: Place,
}

const EXAMPLES: &str = "\
Examples:
  coderouter run -- claude                          Claude Code, with whatever models are there
  coderouter run --profile coding -- opencode       opencode, by one profile of the configuration
  eval \"$(coderouter run --print-env -- claude)\"    only the variables, for this shell";

/// How long a router may take to say that it is one.
const PROBE: Duration = Duration::from_secs(1);

/// How long a router may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);

/// The router that the agent asks.
struct Found {
    running: Running,
    /// Where it was started for the agent.
    own: Option<Own>,
    /// How it was before the agent asked anything.
    overview: Value,
    /// What it goes by, as far as there is a file here that says it.
    config: Option<Config>,
}

impl Run {
    /// Runs the agent and ends as it does.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let agent = self.agent.as_deref().and_then(Agent::named).unwrap_or_else(|| agent_for(&self.command));
        if !agent.is_served() {
            bail!("{}", unserved(agent));
        }
        if self.print_env {
            runtime()?.block_on(self.print(agent))?;
            return Ok(Exit::Well.into());
        }
        let program = program::find(&self.command, agent)?;
        runtime()?.block_on(self.launch(agent, &program))
    }

    async fn launch(&self, agent: &Agent, program: &Path) -> anyhow::Result<ExitCode> {
        let env = Env::of_process();
        let found = self.router(&env).await?;
        let target = Target {
            overrides: overrides(agent, &env)?,
            ..self.target(&found.running, Some(&found.overview), found.config.as_ref())
        };
        let needs = (agent.needs)(&target, &env);
        self.tell(&needs, &Environment::of(&needs, &env));
        let started = Instant::now();
        let status = process::run(self.command_of(program, agent, &needs, &env)).await;
        let lines = found.end(started.elapsed()).await;
        if !self.quiet && status.is_ok() {
            lines.iter().for_each(talk::say);
        }
        let status = status.with_context(|| format!("{} can't be started", program.display()))?;
        Ok(process::exit_code(status))
    }

    /// The router that answers, or a new one.
    async fn router(&self, env: &Env) -> anyhow::Result<Found> {
        let (running, config) = self.place.find_with_config()?;
        let mut running = running.with_patience(PROBE);
        if running.answers().await {
            running = running.with_patience(PATIENCE);
            let overview = summary::look(&running).await?;
            if self.serves_what_is_wanted(&overview, config.as_ref()) {
                self.check_profile(&overview)?;
                return Ok(Found { running, own: None, overview, config });
            }
            self.say(format!("the router at {} goes by another configuration", running.place()));
        } else if self.place.url.is_some() {
            bail!("no coderouter answers at {}\nhint: start one there, or leave out --url", running.place());
        }
        if let (Some(profile), Some(config)) = (&self.profile, &config)
            && config.profile(profile).or_else(|| config.mode(profile)).is_none()
        {
            let known: Vec<&str> = config.profiles.iter().map(|it| it.name.as_str()).collect();
            bail!("{}", unknown_profile(profile, &known));
        }
        let own = Own::start(self, config.as_ref()).await?;
        let running = running.at_port(own.port).with_patience(PATIENCE);
        self.say(format!("the router is {}; its log is {}", running.place(), own.log().display()));
        let overview = self.first_look(&running, env, config.is_none()).await?;
        Ok(Found { running, own: Some(own), overview, config })
    }

    /// How a new router is, once it had the time to find backends, where it has to.
    async fn first_look(&self, running: &Running, env: &Env, has_to_find: bool) -> anyhow::Result<Value> {
        let started = Instant::now();
        loop {
            let overview = summary::look(running).await?;
            let is_ready = overview["providers"].as_array().is_some_and(|all| !all.is_empty());
            if is_ready || !has_to_find {
                return Ok(overview);
            }
            if started.elapsed() > if self.use_keys { CLOUDS } else { DISCOVERY } {
                self.say(
                    "no local model server was found; start one (such as `ollama serve`) and it is used",
                );
                let keys = discovery::keys(env).join(", ");
                if !self.use_keys && !keys.is_empty() {
                    self.say(format!(
                        "keys found and not used: {keys}; --use-keys uses those of free clouds"
                    ));
                }
                return Ok(overview);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether a running router goes by the configuration that was named, as far as the names of its providers say.
    fn serves_what_is_wanted(&self, overview: &Value, config: Option<&Config>) -> bool {
        let Some(config) = config.filter(|_| self.place.config.is_some()) else { return true };
        let named = config.providers.iter().map(|provider| provider.name.as_str());
        let there = overview["providers"].as_array().into_iter().flatten();
        there.filter_map(|provider| provider["name"].as_str()).eq(named)
    }

    /// A running router is asked by the profile's name, so it has to know it.
    fn check_profile(&self, overview: &Value) -> anyhow::Result<()> {
        let Some(profile) = &self.profile else { return Ok(()) };
        let names = profiles(overview);
        if names.contains(&profile.as_str()) {
            return Ok(());
        }
        bail!("{}", unknown_profile(profile, &names))
    }

    fn target(&self, running: &Running, overview: Option<&Value>, config: Option<&Config>) -> Target {
        // A router of its own was told the profile, or its alias, at the start.
        let is_known = |name: &&String| overview.is_none_or(|it| profiles(it).contains(&name.as_str()));
        let profile = self.profile.as_ref().filter(is_known).cloned();
        let window = match (overview, config) {
            (Some(overview), _) => window::of_overview(overview, profile.as_deref()),
            (None, Some(config)) => window::of_config(config, profile.as_deref()),
            (None, None) => None,
        };
        Target {
            url: running.place().to_string(),
            token: running.token_variable().map(str::to_owned),
            model: self.model.clone(),
            profile,
            window,
            goes_by_model: config.is_some_and(goes_by_model),
            overrides: Vec::new(),
        }
    }

    /// The command line with the arguments that the agent needs, where it reads them, and with its variables.
    fn command_of(&self, program: &Path, agent: &Agent, needs: &Needs, env: &Env) -> Command {
        let (before, own) = self.command.split_at(arguments_at(&self.command, agent));
        let mut command = Command::new(program);
        command.args(before.iter().skip(1)).args(&needs.arguments).args(own);
        let environment = Environment::of(needs, env);
        for name in &environment.unset {
            command.env_remove(name);
        }
        command.envs(environment.set.iter().map(|(name, value)| (name, value.resolve(env))));
        command
    }

    /// Says what of the user's environment the agent does not get.
    fn tell(&self, needs: &Needs, environment: &Environment) {
        needs.notes.iter().for_each(|note| self.say(plain(note)));
        if !environment.unset.is_empty() {
            self.say(format!("not set for the agent: {}", environment.unset.join(", ")));
        }
        if !environment.replaced.is_empty() {
            self.say(format!("set to other values than yours: {}", environment.replaced.join(", ")));
        }
    }

    fn say(&self, line: impl AsRef<str>) {
        if !self.quiet {
            talk::say(format!("coderouter: {}", line.as_ref()));
        }
    }
}

/// How long a new router may look for backends on this machine before the agent is started without any.
const DISCOVERY: Duration = Duration::from_millis(1_500);

/// How long where it also asks clouds which models are free.
const CLOUDS: Duration = Duration::from_secs(6);

impl Found {
    /// Ends the router where it was started for the agent, and says what it did.
    async fn end(self, took: Duration) -> Vec<String> {
        let others = self.own.is_none();
        let after = match self.own {
            Some(own) => own.end().await,
            None => summary::settled(&self.running, &self.overview).await,
        };
        match after {
            Ok(after) => summary::lines(&self.overview, &after, took, others),
            Err(error) => vec![format!("coderouter: {}", plain(&error.to_string()))],
        }
    }
}

/// Whether rules look at the model that a request names.
fn goes_by_model(config: &Config) -> bool {
    let rules = config.auto_router.iter().flat_map(|router| &router.rules);
    rules.into_iter().any(|rule| matches!(rule.matcher, Matcher::ModelPattern(_)))
}

/// What the agent's own files set.
fn overrides(agent: &Agent, env: &Env) -> anyhow::Result<Vec<Override>> {
    let (home, cwd) = (std::env::home_dir(), std::env::current_dir()?);
    Ok((agent.overrides)(Surroundings { env, home: home.as_deref(), cwd: &cwd }))
}

fn profiles(overview: &Value) -> Vec<&str> {
    let chains = overview["chains"].as_array().into_iter().flatten();
    chains.filter_map(|chain| chain["profile"].as_str()).collect()
}

fn unknown_profile(name: &str, known: &[&str]) -> String {
    format!("there is no profile {name}\nhint: there is {}", plain(&known.join(", ")))
}

fn unserved(agent: &Agent) -> String {
    let served = AGENTS.iter().filter(|agent| !agent.program.is_empty() && agent.is_served());
    let served: Vec<&str> = served.map(|agent| agent.program).collect();
    format!(
        "{} speaks only {}, which this version of coderouter does not serve\nhint: what can be run: {}",
        agent.title,
        agent.speaks,
        served.join(", ")
    )
}
