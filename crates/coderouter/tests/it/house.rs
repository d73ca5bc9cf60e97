//! A house: a real router on a real socket, in front of scripted backends. How it is asked and what it answers is
//! read elsewhere.

use coderouter::discovery;
use coderouter::door::Door;
use coderouter::ingress::Ingress;
use coderouter::otlp::{Prepared, Running};
use coderouter::recorder::{Beside, LogFormat, Recorder};
use coderouter::router::Router;
use coderouter::secret::Token;
use coderouter::server;
use coderouter::tasks::Tasks;
use rehearsal::{Act, Backend, Dialect, Refused, Script};
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What a house will be, before its doors open.
pub(crate) struct Plan {
    providers: Vec<Provider>,
    profile: String,
    further: String,
    default: String,
    root: String,
    variables: Vec<(String, String)>,
    token: Option<String>,
}

struct Provider {
    name: String,
    dialect: Dialect,
    script: Option<Script>,
    settings: String,
}

/// A house without providers. They are asked in the order in which they move in.
pub(crate) fn house() -> Plan {
    Plan {
        providers: Vec::new(),
        profile: String::new(),
        further: String::new(),
        default: "main".to_owned(),
        root: String::new(),
        variables: Vec::new(),
        token: None,
    }
}

impl Plan {
    /// One more provider, at the end of the chain.
    pub(crate) fn provider(self, name: &str, dialect: Dialect, script: impl Into<Part>) -> Self {
        self.provider_with(name, dialect, script, "")
    }

    /// The same with settings of its own: lines of YAML, not indented.
    pub(crate) fn provider_with(
        mut self,
        name: &str,
        dialect: Dialect,
        script: impl Into<Part>,
        settings: &str,
    ) -> Self {
        let script = match script.into() {
            Part::Script(script) => Some(script),
            Part::NotListening => None,
        };
        let settings = settings.to_owned();
        self.providers.push(Provider { name: name.to_owned(), dialect, script, settings });
        self
    }

    /// Lines of YAML for the one profile, which is called `main`.
    pub(crate) fn profile(mut self, settings: &str) -> Self {
        self.profile.push_str(settings);
        self.profile.push('\n');
        self
    }

    /// One more profile, with a chain of its own.
    pub(crate) fn another_profile(mut self, name: &str, chain: &[&str]) -> Self {
        let _ = writeln!(self.further, "  - name: {name}\n    providers: [{}]", chain.join(", "));
        self
    }

    /// Another default profile than `main`.
    pub(crate) fn default_profile(mut self, name: &str) -> Self {
        name.clone_into(&mut self.default);
        self
    }

    /// Lines of YAML for the top of the file.
    pub(crate) fn root(mut self, settings: &str) -> Self {
        self.root.push_str(settings);
        self.root.push('\n');
        self
    }

    /// A variable of the environment.
    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The token clients must bring.
    pub(crate) fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self.variable("CODEROUTER_TOKEN", token)
    }

    /// Starts the backends and the router.
    pub(crate) async fn open(self) -> House {
        let mut backends = Vec::new();
        let mut refused = Vec::new();
        let mut yaml = String::from("providers:\n");
        let names: Vec<String> = self.providers.iter().map(|provider| provider.name.clone()).collect();
        for provider in self.providers {
            let url = match provider.script {
                Some(script) => {
                    let backend = Backend::start(script).await.expect("a free port");
                    let url = backend.url();
                    backends.push((provider.name.clone(), backend));
                    url
                }
                None => {
                    let port = Refused::bind().expect("a free port");
                    let url = port.url();
                    refused.push(port);
                    url
                }
            };
            let (kind, base) = match provider.dialect {
                Dialect::Anthropic => ("anthropic", url),
                Dialect::OpenAi => ("openai_compat", format!("{url}/v1")),
            };
            let name = &provider.name;
            let _ = writeln!(yaml, "  - name: {name}\n    kind: {kind}\n    base_url: {base}");
            if !provider.settings.contains("model:") {
                let _ = writeln!(yaml, "    model: {name}-model");
            }
            if !provider.settings.contains("slot_affinity_slots:") {
                // Else a backend sees questions about its slots beside the requests that a test counts.
                let _ = writeln!(yaml, "    slot_affinity_slots: off");
            }
            indent(&provider.settings, &mut yaml);
        }
        let _ = write!(yaml, "{}default_profile: {}\nprofiles:\n  - name: main\n", self.root, self.default);
        let _ = writeln!(yaml, "    providers: [{}]", names.join(", "));
        indent(&self.profile, &mut yaml);
        yaml.push_str(&self.further);
        let log = Log::default();
        let (router, exporter) = router(&yaml, self.variables, log.clone());
        let (address, stop, tasks) = serve(&router, self.token.as_deref()).await;
        let exporter = Mutex::new(Some(exporter));
        House { address, log, router, backends, exporter, _refused: refused, _stop: stop, _tasks: tasks }
    }
}

/// What stands behind a provider's address.
pub(crate) enum Part {
    /// A scripted backend.
    Script(Script),
    /// Nobody listens.
    NotListening,
}

impl From<Script> for Part {
    fn from(script: Script) -> Self {
        Self::Script(script)
    }
}

impl From<Act> for Part {
    fn from(act: Act) -> Self {
        Self::Script(Script::always(act))
    }
}

impl From<rehearsal::Reply> for Part {
    fn from(reply: rehearsal::Reply) -> Self {
        Self::from(Act::from(reply))
    }
}

impl From<rehearsal::Answer> for Part {
    fn from(answer: rehearsal::Answer) -> Self {
        Self::from(Act::from(answer))
    }
}

impl From<rehearsal::Response> for Part {
    fn from(response: rehearsal::Response) -> Self {
        Self::from(Act::from(response))
    }
}

impl From<&str> for Part {
    /// A script in words; `refuses` is nobody.
    fn from(text: &str) -> Self {
        match text {
            "refuses" => Self::NotListening,
            text => Self::Script(Script::from_name(text).expect("a script in words")),
        }
    }
}

fn indent(settings: &str, yaml: &mut String) {
    for line in settings.lines().filter(|line| !line.trim().is_empty()) {
        let _ = writeln!(yaml, "    {line}");
    }
}

fn router(yaml: &str, variables: Vec<(String, String)>, log: Log) -> (Arc<Router>, Running) {
    let loaded = discovery::load(yaml).unwrap_or_else(|report| unusable(yaml, &report));
    let mut exporter = Prepared::from_env(&variables.iter().cloned().collect());
    let beside = Beside { tracing: exporter.tracing(), ..Beside::default() };
    let recorder = Recorder::start_with(LogFormat::Json, log, beside);
    let secrets =
        move |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let router = Router::new(&loaded, &secrets, recorder).expect("providers with sane hosts");
    let running = exporter.start(&router);
    (router, running)
}

fn unusable(yaml: &str, report: &anyhow::Error) -> ! {
    panic!("{report}\nin:\n{yaml}")
}

async fn serve(router: &Arc<Router>, token: Option<&str>) -> (SocketAddr, oneshot::Sender<()>, Tasks) {
    let hosts = router.setup.load().config.server.allowed_hosts.clone();
    let door = Door::new(&hosts, token.and_then(Token::new));
    let ingress = Arc::new(Ingress { router: Arc::clone(router), door });
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let (stop, stopped) = oneshot::channel();
    let tasks = Tasks::default();
    tasks.spawn(coderouter::healing::run(Arc::clone(router)));
    tasks.spawn(server::run(listener, ingress, async {
        let _ = stopped.await;
    }));
    (address, stop, tasks)
}

/// An open house. Dropping it stops everything.
pub(crate) struct House {
    /// Where the router listens.
    pub(crate) address: SocketAddr,
    /// The program.
    pub(crate) router: Arc<Router>,
    log: Log,
    backends: Vec<(String, Backend)>,
    #[cfg_attr(not(feature = "otel"), expect(dead_code, reason = "nothing is exported without it"))]
    exporter: Mutex<Option<Running>>,
    _refused: Vec<Refused>,
    _stop: oneshot::Sender<()>,
    _tasks: Tasks,
}

impl House {
    /// The backend of a provider.
    pub(crate) fn backend(&self, name: &str) -> &Backend {
        let found = self.backends.iter().find(|(known, _)| known == name);
        &found.expect("a provider of the house").1
    }

    /// Goes by the configuration of another house from now on, keys left out.
    pub(crate) fn adopt(&self, other: &Self) {
        let config = other.router.setup.load().config.clone();
        self.router.replace(config, &|_: &str| None).expect("providers with sane hosts");
    }

    /// Sends what is left for a collector, as at the end of the program.
    #[cfg(feature = "otel")]
    pub(crate) async fn export(&self) {
        self.router.flush();
        let exporter = self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stopped = tokio::task::spawn_blocking(move || exporter.map(Running::stop));
        stopped.await.expect("an exporter that stops");
    }

    /// The log so far. Nothing is logged after.
    pub(crate) fn log(&self) -> String {
        self.router.flush();
        let bytes = self.log.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        String::from_utf8(bytes).expect("a log in UTF-8")
    }
}

/// Where the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
