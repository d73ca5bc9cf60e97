//! The demo's stage: the scripted backends, and a real router in front of them.

use super::log::Log;
use crate::agent::Agent;
use crate::discovery;
use crate::in_process::InProcess;
use crate::recorder::{LogFormat, Recorder};
use crate::router::Router;
use rehearsal::{Backend, Mishap, Point, Refused, Reply, Response, Script, Task};

/// Who plays, in the order of the chain, and how each behaves.
pub const CAST: &[(&str, &str)] = &[
    ("paid-cloud", "costs money, and paid providers are not allowed"),
    ("refuses", "refuses connections, as a server that is not started"),
    ("busy", "answers 429, as a free cloud at its limit"),
    ("stumbles", "dies before its first token"),
    ("breaks", "dies in mid-stream, every time"),
    ("steady", "works, and speaks OpenAI's dialect"),
    ("writes-text", "writes its tool calls as text, with mistakes, as a small local model"),
];

/// What the model behind `writes-text` says.
pub const WRITTEN: &str = "I will do that.\n<tool_call>\n{\"name\": \"write\", \"arguments\": {'path': 'b.txt', 'content': 'b',}}\n</tool_call>";

/// The running demo.
pub struct Stage {
    url: String,
    agent: Agent,
    log: Log,
    _refused: Refused,
    _backends: Vec<Backend>,
    server: InProcess,
}

impl Stage {
    /// Starts the backends and the router.
    pub async fn set() -> anyhow::Result<Self> {
        let refused = Refused::bind()?;
        let busy = Backend::start(Script::always(Response::status(429).retry_after("30"))).await?;
        let story = || Reply::words("The answer is on its way, word by word, and then it stops.").answer();
        let stumbles =
            Backend::start(Script::always(story().fails(Point::Contents(0), Mishap::Reset))).await?;
        let breaks = Backend::start(Script::always(story().fails(Point::Contents(4), Mishap::Reset))).await?;
        let steady = Backend::start(Script::always(Task::create_file())).await?;
        let writes_text = Backend::start(Script::always(Reply::words(WRITTEN))).await?;
        let providers = [
            ("paid-cloud", "anthropic", "http://127.0.0.1:9".to_owned(), "\n    paid: true"),
            ("refuses", "openai_compat", refused.url(), ""),
            ("busy", "openai_compat", busy.base_url(""), ""),
            ("stumbles", "anthropic", stumbles.url(), ""),
            ("breaks", "openai_compat", breaks.base_url(""), ""),
            ("steady", "openai_compat", steady.base_url(""), ""),
            ("writes-text", "openai_compat", writes_text.base_url(""), ""),
        ];
        let text = yaml(&providers);
        let loaded = discovery::load(&text)?;
        let log = Log::default();
        let recorder = Recorder::start(LogFormat::Json, log.clone());
        let router = Router::new(&loaded, &|_: &str| None, recorder)?;
        let server = InProcess::start(router).await?;
        let address = server.address();
        Ok(Self {
            url: format!("http://{address}"),
            agent: Agent::new(address),
            log,
            _refused: refused,
            _backends: vec![busy, stumbles, breaks, steady, writes_text],
            server,
        })
    }

    /// Where the router listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Somebody who asks.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// What the router logs.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Stops everything.
    pub async fn clear(self) {
        self.server.stop().await;
    }
}

fn yaml(providers: &[(&str, &str, String, &str)]) -> String {
    let mut text = String::from("providers:\n");
    for (name, kind, url, more) in providers {
        text.push_str(&format!(
            "  - name: {name}\n    kind: {kind}\n    base_url: {url}\n    model: {name}-model{more}\n"
        ));
    }
    text.push_str("default_profile: coding\nprofiles:\n");
    text.push_str("  - name: coding\n    providers: [paid-cloud, refuses, busy, stumbles, steady]\n");
    text.push_str("  - name: fragile\n    providers: [breaks, steady]\n");
    text.push_str("  - name: small\n    providers: [writes-text]\n");
    text
}
