//! `coderouter serve`: the router.

pub(super) mod attached;
mod binding;
mod stopping;

use super::exit::Exit;
use super::running::checked_url;
use super::talk;
use crate::config::{self, Env, LoadError, Loaded, ModeSource, Precedence, Sources};
use crate::discovery::{self, Found, Place};
use crate::door::{Door, METRICS_TOKEN};
use crate::exchange::now;
use crate::healing;
use crate::ingress::Ingress;
use crate::ledger::{self, Ledger};
use crate::memory;
use crate::otlp;
use crate::recorder::{Beside, LogFormat, Recorder};
use crate::reload::{self, Watched};
use crate::router::Router;
use crate::secret::Token;
use crate::server;
use crate::tasks::Tasks;
use crate::worker;
use anyhow::{Context, bail};
use canon::event::{Fact, Started};
use std::io::{IsTerminal, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::SystemTime;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The file that gets every fact as a JSON line.
const EVENTS_PATH: &str = "CODEROUTER_EVENTS_PATH";

/// Options of `serve`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Serve {
    /// The address to listen on; anything but loopback needs a client token.
    #[arg(long)]
    host: Option<String>,
    /// The port to listen on [default: 4000].
    #[arg(long)]
    port: Option<u16>,
    /// The configuration file; else the usual places are searched, else local backends are found.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// The profile, or its alias, of requests that name none.
    #[arg(long, value_name = "NAME", alias = "profile")]
    mode: Option<String>,
    /// Read variables from a file first; may be given more than once.
    #[arg(long, value_name = "PATH")]
    env_file: Vec<PathBuf>,
    /// Let env files overwrite variables that are set.
    #[arg(long)]
    env_file_override: bool,
    /// The form of log lines [default: short on a terminal, else json].
    #[arg(long, value_name = "FORM", value_enum)]
    log_format: Option<LogChoice>,
    /// Without a configuration file, use the keys of free clouds that are set; of OpenRouter only free models.
    #[arg(long)]
    use_keys: bool,
    /// Keep nothing between runs, whatever the configuration says.
    #[arg(long)]
    no_state: bool,
    /// Look for a local backend here too, when there is no configuration file; an OpenAI base URL.
    #[arg(long, value_name = "URL", value_parser = checked_url)]
    look_at: Vec<String>,
    /// Be the router of the program that started this one: say on standard output where it listens, take the next
    /// free port where the wanted one is taken, and stop when standard input ends.
    #[arg(long, hide = true)]
    attached: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter serve                                    with the local models that are found
  coderouter serve --config other.yaml --port 4001    by another configuration
  coderouter serve --env-file keys.env                with keys from a file";

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogChoice {
    Short,
    Json,
    Off,
}

/// The serving threads beside the first.
struct Others {
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

impl Others {
    /// Starts them; all accept from the same socket.
    fn start(listener: &TcpListener, ingress: &Arc<Ingress>) -> anyhow::Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let threads = (1..worker::count()).map(|index| {
            let socket = socket(listener)?;
            let (ingress, mut stopped) = (Arc::clone(ingress), stopped.clone());
            let serve = async move || {
                let Ok(listener) = TcpListener::from_std(socket) else { return };
                server::run(listener, ingress, async move { drop(stopped.wait_for(|stop| *stop).await) })
                    .await;
            };
            Ok(worker::start(index, serve)?)
        });
        Ok(Self { threads: threads.collect::<anyhow::Result<_>>()?, stop })
    }

    /// Waits until they have ended, which they do once told to stop.
    fn join(self) {
        for thread in self.threads {
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// Another handle of a listening socket.
fn socket(listener: &TcpListener) -> std::io::Result<std::net::TcpListener> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(listener).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsSocket::as_socket(listener).try_clone_to_owned()?;
    Ok(handle.into())
}

/// What the process starts with.
struct Start {
    env: Env,
    home: Option<PathBuf>,
    cwd: PathBuf,
    loaded: Loaded,
    /// The file's content.
    known: Vec<u8>,
    /// Where to go on looking for backends; empty where there is a configuration file.
    places: Vec<Place>,
}

impl Serve {
    /// Serves until told to stop.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let result = runtime.block_on(self.serve());
        runtime.shutdown_background();
        result
    }

    async fn serve(self) -> anyhow::Result<ExitCode> {
        let stop = stopping::stop(self.attached)?;
        let mut start = self.load()?;
        if let Some(host) = &self.host {
            start.loaded.config.server.host.clone_from(host);
        }
        start.loaded.config.server.port = self.port.unwrap_or(start.loaded.config.server.port);
        let token = start.token();
        let server = &start.loaded.config.server;
        let listener = match self.attached {
            true => binding::bind_near(server, token.is_some()).await?,
            false => binding::bind(server, token.is_some()).await?,
        };
        let address = listener.local_addr()?;
        let opened = memory::open(&start.loaded.config.state, fastrand::u64(..), SystemTime::now());
        let mut exporter = otlp::Prepared::from_env(&start.env);
        let ledger = Ledger::open(start.loaded.config.state.dir.as_deref());
        let beside =
            Beside { records: opened.records, mirror: start.mirror(), tracing: exporter.tracing(), ledger };
        let recorder = Recorder::start_with(self.log_format(), std::io::stderr(), beside);
        let secrets = start.env.clone();
        let secrets = move |name: &str| secrets.get(name).map(str::to_owned);
        let router = Router::with_memory(&start.loaded, &secrets, recorder, opened.memory)?;
        let door = Door::new(&start.loaded.config.server.allowed_hosts, token)
            .with_metrics_token(start.env.get(METRICS_TOKEN).and_then(Token::new));
        start.announce(&router, address);
        if self.attached {
            attached::tell(address);
        }
        for notice in opened.notices {
            router.record(None, Fact::Notice(notice));
        }
        let exporter = exporter.start(&router);
        let ingress = Arc::new(Ingress { router: Arc::clone(&router), door });
        let tasks = Tasks::default();
        start.begin(&tasks, &router);
        let others = Others::start(&listener, &ingress)?;
        let tell = others.stop.clone();
        let following = Arc::clone(&router);
        let told = async move {
            stop.await;
            following.recorder().close();
            tell.send_replace(true);
        };
        server::run(listener, ingress, told).await;
        others.join();
        tasks.abort().await;
        router.record(None, Fact::Stopped);
        // Before memory is closed: the last facts become records.
        router.flush();
        if self.attached {
            attached::account(&router).await;
        }
        exporter.stop();
        close(&router);
        Ok(Exit::Well.into())
    }

    fn load(&self) -> anyhow::Result<Start> {
        let mut env = Env::of_process();
        let precedence = if self.env_file_override { Precedence::File } else { Precedence::Environment };
        for applied in config::apply_env_files(&self.env_file, precedence, &mut env)? {
            talk::say(applied.to_string());
        }
        if let Some(mode) = self.mode.as_deref().map(str::trim).filter(|mode| !mode.is_empty()) {
            env.set("CODEROUTER_MODE", mode);
        }
        let home = std::env::home_dir();
        let cwd = std::env::current_dir().context("the current folder can't be read")?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        let (mut loaded, places) = match config::load(sources) {
            Ok(loaded) => (loaded, Vec::new()),
            Err(LoadError::NothingFound(nothing)) => {
                if nothing.skipped.is_some() {
                    talk::say(nothing.to_string());
                }
                let mut places = discovery::usual_places(env.get("OLLAMA_HOST"));
                let also = self.look_at.iter().enumerate();
                places.extend(also.map(|(at, url)| discovery::local(&format!("local-{}", at + 1), url)));
                places.extend(self.clouds(&env));
                let mut loaded = discovery::nothing()?;
                loaded.config.state.dir = home.as_deref().map(config::default_state_dir);
                (loaded, places)
            }
            Err(LoadError::Broken(report)) => {
                talk::say(report.to_string());
                bail!("the configuration can't be used; `coderouter check` shows it again");
            }
        };
        if self.no_state {
            loaded.config.state.dir = None;
        }
        let known = std::fs::read(&loaded.path).unwrap_or_default();
        Ok(Start { env, home, cwd, loaded, known, places })
    }

    /// The clouds to use: free ones whose keys are set, where that was asked for.
    fn clouds(&self, env: &Env) -> Vec<Place> {
        if self.use_keys { discovery::free_clouds(env) } else { Vec::new() }
    }

    fn log_format(&self) -> LogFormat {
        match self.log_format {
            Some(LogChoice::Short) => LogFormat::Short,
            Some(LogChoice::Json) => LogFormat::Json,
            Some(LogChoice::Off) => LogFormat::Off,
            None if std::io::stderr().is_terminal() => LogFormat::Short,
            None => LogFormat::Json,
        }
    }
}

/// Writes what outlives the process.
fn close(router: &Router) {
    if let Err(error) = router.memory.close(router, now()) {
        talk::say(format!("warning: failed to {error}"));
    }
    if let Err(error) = router.ledger().save() {
        talk::say(format!("warning: what was learned of models can't be written: {error}"));
    }
}

impl Start {
    /// Begins what runs beside the server.
    fn begin(self, tasks: &Tasks, router: &Arc<Router>) {
        tasks.spawn(self.background(Arc::clone(router)));
        tasks.spawn(healing::run(Arc::clone(router)));
        tasks.spawn(memory::keep(Arc::clone(router)));
        tasks.spawn(ledger::keep(Arc::clone(router)));
    }

    fn token(&self) -> Option<Token> {
        self.env.get(&self.loaded.config.server.token_env).and_then(Token::new)
    }

    /// Where facts go as JSON lines beside the log. What can't be opened is done without.
    fn mirror(&self) -> Option<Box<dyn Write + Send>> {
        let path = self.env.get(EVENTS_PATH).map(str::trim).filter(|path| !path.is_empty())?;
        let path = config::expand_home(path, self.home.as_deref());
        match store::line_file(&path) {
            Ok(file) => Some(Box::new(file)),
            Err(error) => {
                talk::say(format!("warning: {EVENTS_PATH}: {error}"));
                None
            }
        }
    }

    fn announce(&self, router: &Router, address: SocketAddr) {
        let config = &self.loaded.config;
        router.record(
            None,
            Fact::Started(Box::new(Started {
                version: env!("CARGO_PKG_VERSION"),
                providers: config.providers.iter().map(|provider| provider.name.clone()).collect(),
                profiles: config.profiles.iter().map(|profile| profile.name.clone()).collect(),
                allow_paid: config.allow_paid,
                default_profile: config.default_profile.clone(),
                mode_source: match self.loaded.mode_source {
                    ModeSource::Environment => "env",
                    ModeSource::File => "config",
                },
            })),
        );
        reload::tell(router, &self.loaded);
        talk::say(format!("coderouter {} serves on http://{address}", env!("CARGO_PKG_VERSION")));
        if self.places.is_empty() {
            talk::say(format!("configuration: {}", self.loaded.path.display()));
            for profile in &config.profiles {
                let chain: Vec<&str> = profile.providers.iter().map(|name| name.as_str()).collect();
                talk::say(format!("  {}: {}", profile.name, chain.join(" > ")));
            }
        }
        // Whoever listens everywhere is reached here.
        let here = if address.ip().is_unspecified() {
            SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()))
        } else {
            address
        };
        let token = match self.token() {
            Some(_) => format!("\"${}\"", config.server.token_env),
            None => "local".to_owned(),
        };
        talk::say(format!(
            "Claude Code: ANTHROPIC_BASE_URL=http://{here} ANTHROPIC_AUTH_TOKEN={token} claude    OpenAI clients: http://{here}/v1"
        ));
    }

    /// What runs beside the server: discovery while there is no file, else the watch over the file.
    async fn background(self, router: Arc<Router>) {
        if self.places.is_empty() {
            let Self { known, env, home, cwd, .. } = self;
            let watched = Watched { path: self.loaded.path, known, env, home, cwd };
            return reload::watch(router, watched).await;
        }
        talk::say("no configuration file: looking for local backends");
        let used = |key: &str| self.places.iter().any(|place| place.key == key);
        let unused: Vec<&str> = discovery::keys(&self.env).into_iter().filter(|key| !used(key)).collect();
        if !unused.is_empty() {
            let keys = unused.join(", ");
            talk::say(format!("keys found and not used: {keys}; --use-keys uses those of free clouds"));
        }
        let mut found = discovery::look(&self.places, &self.env).await;
        if found.is_empty() {
            talk::say("none found; start one (such as `ollama serve`) and it is used within seconds");
            found = discovery::keep_looking(&self.places, &self.env).await;
        }
        let secrets = |name: &str| self.env.get(name).map(str::to_owned);
        match discovery::use_found(&router, &found, &secrets) {
            Ok(()) => tell_found(&found),
            Err(error) => talk::complain(&error),
        }
    }
}

fn tell_found(found: &[Found]) {
    for (at, Found { place, models }) in found.iter().enumerate() {
        let rank = if at == 0 { "first" } else { "then" };
        talk::say(format!("  {rank} {} at {}: {}", place.name, place.base_url, models.join(", ")));
    }
}
