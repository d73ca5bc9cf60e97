//! `coderouter explain`: who would be asked for a request, or was, in which order, and why.

use super::agent::{Agent, Heard};
use super::{runtime, talk};
use crate::config::{self, Env, LoadError, Sources};
use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, StatusCode};
use serde_json::Value;
use std::io::Read;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `explain`.
#[derive(clap::Args)]
pub struct Explain {
    /// A file with a request (`-` is standard input), the id of a recent request, or `last`.
    #[arg(value_name = "FILE|ID")]
    what: String,
    /// The configuration file, for the port and the token's variable; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// The port of the running router [default: that of the configuration].
    #[arg(long)]
    port: Option<u16>,
    /// The profile to plan by, in place of the one that the request leads to.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

/// The router that is asked.
struct Router {
    address: SocketAddr,
    token: Option<String>,
}

impl Explain {
    /// Explains: 0 if somebody would be asked, 2 if nobody would, 1 if it can't be told.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let router = self.router()?;
        let heard = runtime()?.block_on(self.ask(&router))?;
        let answer: Value = serde_json::from_slice(&heard.body)
            .with_context(|| format!("{} gave no JSON; is it a coderouter?", router.address))?;
        if heard.status != StatusCode::OK {
            bail!("{}", message(&answer, heard.status));
        }
        if self.json {
            talk::print(serde_json::to_string_pretty(&answer)?);
        } else {
            tell(&answer);
        }
        let tried =
            answer["providers"].as_array().is_some_and(|all| all.iter().any(|it| !it["turn"].is_null()));
        Ok(if tried { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    fn router(&self) -> anyhow::Result<Router> {
        let env = Env::of_process();
        let home = std::env::home_dir();
        let cwd = std::env::current_dir()?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        let server = match config::load(sources) {
            Ok(loaded) => loaded.config.server,
            Err(LoadError::NothingFound(_)) => canon::config::Server::default(),
            Err(error) => bail!("{error}"),
        };
        let host = server.host.trim_matches(['[', ']']);
        // Whoever listens everywhere listens here.
        let host = if matches!(host, "0.0.0.0" | "::") { "127.0.0.1" } else { host };
        let port = self.port.unwrap_or(server.port);
        let mut addresses =
            (host, port).to_socket_addrs().with_context(|| format!("{host} is no address"))?;
        let address = addresses.next().with_context(|| format!("{host} has no address"))?;
        Ok(Router { address, token: env.get(&server.token_env).map(str::to_owned) })
    }

    async fn ask(&self, router: &Router) -> anyhow::Result<Heard> {
        let mut headers = Vec::new();
        headers.extend(router.token.as_deref().map(|token| ("x-coderouter-token", token)));
        headers.extend(self.profile.as_deref().map(|profile| ("x-coderouter-profile", profile)));
        let agent = Agent::new(router.address);
        let asked = match self.request()? {
            Some(body) => agent.ask(Method::POST, "/v1/route", &headers, body).await,
            None => agent.ask(Method::GET, &format!("/v1/route/{}", self.what), &headers, Bytes::new()).await,
        };
        asked.with_context(|| {
            format!(
                "no coderouter answers at {}; start one with `coderouter serve`, or name its port with --port",
                router.address
            )
        })
    }

    /// The request to plan; none where an id was given.
    fn request(&self) -> anyhow::Result<Option<Bytes>> {
        if self.what == "-" {
            let mut text = Vec::new();
            std::io::stdin().read_to_end(&mut text).context("standard input can't be read")?;
            return Ok(Some(text.into()));
        }
        if self.what == "last" || (self.what.starts_with("req_") && !Path::new(&self.what).exists()) {
            return Ok(None);
        }
        let text = std::fs::read(&self.what)
            .with_context(|| format!("{} can't be read (an id begins with req_)", self.what))?;
        Ok(Some(text.into()))
    }
}

fn message(answer: &Value, status: StatusCode) -> String {
    let said = answer.pointer("/error/message").or(answer.get("detail")).and_then(Value::as_str);
    format!("{} ({})", said.unwrap_or("it was refused"), status.as_u16())
}

fn tell(answer: &Value) {
    talk::print(answer["table"].as_str().unwrap_or_default());
    if let Some(rule) = answer["local_only"].as_str() {
        talk::print(format!("it stays on this machine and network by the rule {rule}"));
    }
    if let (Some(action), Some(text)) =
        (answer["guards"]["action"].as_str(), answer["guards"]["text"].as_str())
    {
        talk::print(format!("the guards {action}: {text}"));
    }
    for hop in answer["hops"].as_array().into_iter().flatten() {
        let word = |key: &str| hop[key].as_str().unwrap_or("nobody").to_owned();
        let detail = hop["detail"].as_str().map(|detail| format!(", {detail}")).unwrap_or_default();
        talk::print(format!("left {} for {} ({}{detail})", word("from"), word("to"), word("reason")));
    }
    if let Some(status) = answer["status"].as_u64() {
        let by = answer["answered_by"].as_str().map(|name| format!(" by {name}")).unwrap_or_default();
        talk::print(format!("answered with {status}{by}"));
    }
}
