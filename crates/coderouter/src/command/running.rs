//! A router that runs: where it is, the token it wants, and what it answers, for commands that look at it.

use super::talk;
use crate::agent::{Agent, Coming};
use crate::config::{self, Env, LoadError, Sources};
use crate::door::METRICS_TOKEN;
use crate::upstream::root_cause;
use anyhow::{Context, anyhow, bail};
use bytes::Bytes;
use canon::config::{Config, Endpoint, Scheme, Server};
use http::{Method, StatusCode};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

/// Where the router is that a command looks at.
#[derive(clap::Args)]
pub struct Place {
    /// The router's URL, such as http://127.0.0.1:4000 [default: by the configuration].
    #[arg(long, value_parser = base_url)]
    pub(super) url: Option<Endpoint>,
    /// The configuration file; else the usual places are searched.
    #[arg(long, value_name = "PATH")]
    pub(super) config: Option<PathBuf>,
    /// The router's port [default: that of the configuration].
    #[arg(long, conflicts_with = "url")]
    pub(super) port: Option<u16>,
}

/// A router that runs, or should.
pub struct Running {
    agent: Agent,
    place: Endpoint,
    token: Option<String>,
    /// The variable that its token is taken from.
    variable: String,
    /// Whether that variable is set; the token may also be one that only lets look.
    is_for_clients: bool,
    /// The zone to show times in, if the configuration names one.
    pub zone: Option<String>,
}

impl Place {
    /// The router there.
    ///
    /// # Errors
    /// If the configuration is needed and can't be read.
    pub fn find(&self) -> anyhow::Result<Running> {
        Ok(self.find_with_config()?.0)
    }

    /// The same, and the configuration, where there is one that can be read.
    ///
    /// # Errors
    /// If the configuration is needed and can't be read.
    pub fn find_with_config(&self) -> anyhow::Result<(Running, Option<Config>)> {
        let env = Env::of_process();
        let home = std::env::home_dir();
        let cwd = std::env::current_dir()?;
        let sources = Sources { path: self.config.as_deref(), env: &env, home: home.as_deref(), cwd: &cwd };
        let is_told = self.url.is_some() || self.port.is_some();
        let config = match config::load(sources) {
            Ok(loaded) => Some(loaded.config),
            Err(LoadError::NothingFound(_)) => None,
            // A router goes on with its old configuration while the file is broken.
            Err(_) if is_told && self.config.is_none() => None,
            Err(LoadError::Broken(report)) => {
                talk::say(report.to_string());
                bail!("the configuration can't be used; `coderouter check` shows it again");
            }
        };
        let server = config.as_ref().map(|config| config.server.clone()).unwrap_or_default();
        let zone = config.as_ref().and_then(|config| config.display_timezone.clone());
        let place = self.url.clone().unwrap_or_else(|| listening(&server, self.port));
        let variables = [server.token_env.as_str(), METRICS_TOKEN];
        let token = variables.iter().find_map(|name| env.get_trimmed(name)).map(str::to_owned);
        let variable = server.token_env;
        let is_for_clients = env.get_trimmed(&variable).is_some();
        let agent = Agent::of(place.clone());
        Ok((Running { agent, place, token, variable, is_for_clients, zone }, config))
    }
}

impl Running {
    /// The same with less patience for an answer.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { agent: self.agent.with_patience(patience), ..self }
    }

    /// Where it is.
    pub fn place(&self) -> &Endpoint {
        &self.place
    }

    /// The same at another port of this machine.
    pub fn at_port(self, port: u16) -> Self {
        let place = Endpoint { port, ..self.place };
        Self { agent: Agent::of(place.clone()), place, ..self }
    }

    /// The variable with the token for clients, where it is set.
    pub fn token_variable(&self) -> Option<&str> {
        self.is_for_clients.then_some(&*self.variable)
    }

    /// Whether a coderouter answers there.
    pub async fn answers(&self) -> bool {
        let root = self.ask(Method::GET, "/", &[], Bytes::new()).await;
        root.is_ok_and(|root| root["service"] == "coderouter")
    }

    /// `GET /v1/overview` as it is.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn overview(&self) -> anyhow::Result<Value> {
        self.ask(Method::GET, "/v1/overview", &[], Bytes::new()).await
    }

    /// Asks for a document.
    ///
    /// # Errors
    /// If nobody answers, or with a refusal, or with what is no JSON.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Value> {
        let heard = self.agent.ask(method, path, &self.headers(more), body).await;
        let heard = heard.map_err(|error| self.nobody(&error))?;
        if heard.status != StatusCode::OK {
            return Err(self.refusal(heard.status, &heard.body));
        }
        serde_json::from_slice(&heard.body)
            .with_context(|| format!("{} gave no JSON; is it a coderouter?", self.place))
    }

    /// Begins to listen to a stream.
    ///
    /// # Errors
    /// If nobody answers, or with a [`Refusal`].
    pub async fn listen(&self, path: &str) -> anyhow::Result<Coming> {
        let coming = self.agent.open(Method::GET, path, &self.headers(&[]), Bytes::new()).await;
        let mut coming = coming.map_err(|error| self.nobody(&error))?;
        if coming.status == StatusCode::OK {
            return Ok(coming);
        }
        let mut body = Vec::new();
        while let Ok(Some(data)) = coming.next().await {
            body.extend_from_slice(&data);
            if body.len() > REFUSAL_LIMIT {
                break;
            }
        }
        Err(self.refusal(coming.status, &body))
    }

    fn headers<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let token = self.token.as_deref().map(|token| ("x-coderouter-token", token));
        token.into_iter().chain(more.iter().copied()).collect()
    }

    fn nobody(&self, error: &anyhow::Error) -> anyhow::Error {
        anyhow!(
            "no coderouter answers at {} ({})\nhint: start one with `coderouter serve`, or name its port with --port",
            self.place,
            cause(error)
        )
    }

    fn refusal(&self, status: StatusCode, body: &[u8]) -> anyhow::Error {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let said = answer.pointer("/error/message").or(answer.get("detail")).and_then(Value::as_str);
        let message = match (status, said) {
            (StatusCode::UNAUTHORIZED, _) => format!(
                "{} wants a token, and {}; set {} to the one it was started with",
                self.place,
                if self.token.is_some() { "another one than ours" } else { "there is none here" },
                self.variable
            ),
            (_, Some(said)) => said.to_owned(),
            (StatusCode::NOT_FOUND, None) => {
                format!("{} does not know what was asked; is it a coderouter of this version?", self.place)
            }
            (_, None) => "it was refused".to_owned(),
        };
        Refusal { status, message }.into()
    }
}

/// Why nothing came, in words that are the same on every system where it is one of the usual reasons.
pub fn cause(error: &anyhow::Error) -> String {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<std::io::Error>()).last();
    match io.map(std::io::Error::kind) {
        None | Some(ErrorKind::Other) => root_cause(error.as_ref()),
        Some(kind) => kind.to_string(),
    }
}

/// The most bytes of a refusal that are read.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// A router that answered, and not with what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({})", status.as_u16())]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    message: String,
}

/// Where a router of this configuration listens, seen from here.
fn listening(server: &Server, port: Option<u16>) -> Endpoint {
    let host = server.host.trim_matches(['[', ']']);
    // Whoever listens everywhere listens here.
    let host = if matches!(host, "0.0.0.0" | "::") { "127.0.0.1" } else { host };
    Endpoint {
        scheme: Scheme::Http,
        host: host.to_ascii_lowercase(),
        port: port.unwrap_or(server.port),
        path: String::new(),
    }
}

/// Reads a router's URL; that of one of its pages means the router.
fn base_url(text: &str) -> Result<Endpoint, String> {
    let mut place: Endpoint = text.parse().map_err(|error| format!("it {error}"))?;
    let page = PAGES.iter().find_map(|page| place.path.strip_suffix(page));
    if let Some(base) = page.map(str::to_owned) {
        place.path = base;
    }
    Ok(place)
}

/// A base URL as it was written, if it is one.
pub fn checked_url(text: &str) -> Result<String, String> {
    text.parse::<Endpoint>().map(|_| text.to_owned()).map_err(|error| format!("it {error}"))
}

/// Pages whose URL people have at hand.
const PAGES: &[&str] = &["/metrics.json", "/metrics", "/dashboard", "/v1/overview", "/v1/events", "/v1"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_page_means_the_router() {
        for (url, expect) in [
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://127.0.0.1:4000/", "http://127.0.0.1:4000"),
            ("http://localhost:8088/metrics.json", "http://localhost:8088"),
            ("https://router.lan/llm/v1/overview", "https://router.lan/llm"),
            ("http://[::1]:4000/dashboard", "http://[::1]:4000"),
        ] {
            assert_eq!(base_url(url).unwrap().to_string(), expect);
        }
        assert_eq!(base_url("127.0.0.1:4000").unwrap_err(), "it must start with http:// or https://");
    }

    #[test]
    fn whoever_listens_everywhere_is_reached_here() {
        for (host, expect) in [
            ("0.0.0.0", "http://127.0.0.1:7"),
            ("::", "http://127.0.0.1:7"),
            ("[::1]", "http://[::1]:7"),
            ("router.lan", "http://router.lan:7"),
        ] {
            let server = Server { host: host.to_owned(), ..Server::default() };
            assert_eq!(listening(&server, Some(7)).to_string(), expect);
        }
    }
}
