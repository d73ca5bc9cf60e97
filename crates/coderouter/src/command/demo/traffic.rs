//! `coderouter demo --traffic`: mixed requests to a running router, so that its logs and pages have something to show.

use crate::agent::{Agent, Heard};
use crate::command::exit::Exit;
use crate::command::{running, talk};
use anyhow::{Context, anyhow};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often a line tells how it goes.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// Between two turns.
const PAUSE: Duration = Duration::from_millis(250);

/// How the sum is printed.
#[derive(Clone, Copy)]
pub enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Sends requests for a while and sums up who answered.
///
/// # Errors
/// If the URL is none, or nothing listens there.
pub async fn drive(url: &str, time: Duration, form: Form) -> anyhow::Result<ExitCode> {
    let authority =
        url.strip_prefix("http://").context("the URL must begin with http://")?.trim_end_matches('/');
    let address =
        tokio::net::lookup_host(authority).await?.next().context("the URL's host has no address")?;
    let agent = Agent::new(address);
    let mut tally = Tally::default();
    let (started, mut reported) = (Instant::now(), Instant::now());
    for turn in 0_u32.. {
        if started.elapsed() >= time {
            break;
        }
        let batch: &[Kind] = match turn % 4 {
            0 => &[Kind::Plain],
            1 => &[Kind::Stream],
            2 => &[Kind::Chat],
            _ => &[Kind::Stream, Kind::Chat, Kind::Plain],
        };
        for kind in batch {
            let heard = kind.send(&agent).await.map_err(|error| {
                let cause = running::cause(&error);
                anyhow!("no router answers at {url} ({cause})\nhint: start one with `coderouter serve`")
            });
            tally.count(&heard?);
        }
        if reported.elapsed() >= REPORT_EVERY {
            reported = Instant::now();
            talk::say(format!("{:>4} s  {}", started.elapsed().as_secs(), tally.line()));
        }
        tokio::time::sleep(PAUSE).await;
    }
    match form {
        Form::Text => talk::print(tally.line()),
        Form::Json => talk::print_json(&tally.to_json()),
    }
    Ok(if tally.failed == 0 { Exit::Well.into() } else { Exit::Look.into() })
}

#[derive(Clone, Copy)]
enum Kind {
    Plain,
    Stream,
    Chat,
}

impl Kind {
    async fn send(self, agent: &Agent) -> anyhow::Result<Heard> {
        let messages = json!([{ "role": "user", "content": "Say one short sentence." }]);
        let (path, body): (_, Value) = match self {
            Self::Plain => {
                ("/v1/messages", json!({ "model": "demo", "max_tokens": 48, "messages": messages }))
            }
            Self::Stream => (
                "/v1/messages",
                json!({ "model": "demo", "max_tokens": 48, "stream": true, "messages": messages }),
            ),
            Self::Chat => {
                ("/v1/chat/completions", json!({ "model": "demo", "stream": true, "messages": messages }))
            }
        };
        agent.post(path, &[], &body).await
    }
}

#[derive(Default)]
struct Tally {
    sent: u32,
    failed: u32,
    providers: BTreeMap<String, u32>,
}

impl Tally {
    fn count(&mut self, heard: &Heard) {
        self.sent += 1;
        if heard.status.is_success() && !heard.has_error_event() {
            *self.providers.entry(heard.header("x-coderouter-provider").to_owned()).or_default() += 1;
        } else {
            self.failed += 1;
        }
    }

    fn to_json(&self) -> Value {
        json!({ "sent": self.sent, "failed": self.failed, "answered_by": self.providers })
    }

    fn line(&self) -> String {
        let answered: Vec<String> =
            self.providers.iter().map(|(name, count)| format!("{name} {count}")).collect();
        format!("sent {}, failed {}, answered by: {}", self.sent, self.failed, answered.join(", "))
    }
}
