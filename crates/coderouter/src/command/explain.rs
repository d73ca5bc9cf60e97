//! `coderouter explain`: who would be asked for a request, or was, in which order, and why.

use super::exit::Exit;
use super::running::Place;
use super::{runtime, talk};
use anyhow::Context;
use bytes::Bytes;
use http::Method;
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Options of `explain`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// A file with a request (`-` is standard input), the id of a recent request, or `last`.
    #[arg(value_name = "FILE|ID")]
    what: String,
    #[command(flatten)]
    place: Place,
    /// The profile to plan by, in place of the one that the request leads to.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

const EXAMPLES: &str = "\
Examples:
  coderouter explain last             the latest request
  coderouter explain request.json     a request that was not sent";

impl Explain {
    /// Explains: 0 if somebody would be asked, 2 if nobody would, 1 if it can't be told.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let router = self.place.find()?;
        let profile = self.profile.as_deref().map(|profile| ("x-coderouter-profile", profile));
        let (method, path, body) = match self.request()? {
            Some(body) => (Method::POST, "/v1/route".to_owned(), body),
            None => (Method::GET, format!("/v1/route/{}", self.what), Bytes::new()),
        };
        let answer = runtime()?.block_on(router.ask(method, &path, profile.as_slice(), body))?;
        if self.json {
            talk::print_json(&answer);
        } else {
            tell(&answer);
        }
        let tried =
            answer["providers"].as_array().is_some_and(|all| all.iter().any(|it| !it["turn"].is_null()));
        Ok(if tried { Exit::Well.into() } else { Exit::Look.into() })
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
