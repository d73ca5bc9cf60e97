//! The scenarios whose processor time is measured, and what each may cost at most. How they are run is `cost`'s.

use crate::backend::{Answer, CHUNKS};
use crate::request::{self, Body, Dialect, Form};
use std::sync::Arc;
use std::time::Duration;

/// One kind of traffic.
pub struct Scenario {
    /// What it is called in the results.
    pub name: &'static str,
    /// What is asked.
    pub body: Body,
    /// The dialect of the client.
    pub client: Dialect,
    /// The dialect of the router's provider; nginx hands on what comes.
    pub provider: Dialect,
    /// What the backend answers.
    pub answer: Answer,
    /// Connections that ask at the same time.
    pub connections: usize,
    /// Requests on each of them per round.
    pub requests: usize,
    /// The highest ratio to nginx that is good enough; none where the row is only told.
    pub target: Option<f64>,
}

use Dialect::{Anthropic, OpenAi};

/// All of them, in the order of the results.
pub const ALL: &[Scenario] = &[
    plain("small chat, 1 connection", Body::Chat, (OpenAi, OpenAi), (1, 1_500), Some(1.5)),
    plain("small chat, 16 connections", Body::Chat, (OpenAi, OpenAi), (16, 400), Some(1.8)),
    plain("agent, 62 KB, verbatim", Body::Agent(62_000), (Anthropic, Anthropic), (1, 900), Some(1.7)),
    plain("agent, 146 KB, verbatim", Body::Agent(146_000), (Anthropic, Anthropic), (1, 700), Some(1.9)),
    plain("agent, 62 KB, translated", Body::Agent(62_000), (Anthropic, OpenAi), (1, 700), Some(3.0)),
    plain("agent, 146 KB, translated", Body::Agent(146_000), (Anthropic, OpenAi), (1, 500), None),
    burst("burst, Anthropic verbatim", (Anthropic, Anthropic), 1.2),
    burst("burst, OpenAI verbatim", (OpenAi, OpenAi), 1.2),
    burst("burst, OpenAI to Anthropic client", (Anthropic, OpenAi), 1.5),
    burst("burst, Anthropic to OpenAI client", (OpenAi, Anthropic), 1.5),
    tooled("burst with tools, Anthropic verbatim", (Anthropic, Anthropic), 1.2),
    tooled("burst with tools, OpenAI verbatim", (OpenAi, OpenAi), 1.2),
    tooled("burst with tools, OpenAI to Anthropic client", (Anthropic, OpenAi), 1.5),
    tooled("burst with tools, Anthropic to OpenAI client", (OpenAi, Anthropic), 1.5),
    paced("8 paced, Anthropic verbatim", (Anthropic, Anthropic)),
    paced("8 paced, OpenAI verbatim", (OpenAi, OpenAi)),
    paced("8 paced, OpenAI to Anthropic client", (Anthropic, OpenAi)),
    paced("8 paced, Anthropic to OpenAI client", (OpenAi, Anthropic)),
];

impl Scenario {
    /// Whether the client asks for a stream.
    pub fn form(&self) -> Form {
        if self.answer == Answer::Short { Form::Plain } else { Form::Stream }
    }

    /// What a client sends.
    pub fn request(&self) -> Arc<[u8]> {
        request::bytes(self.body, self.form(), self.client, self.provider).into()
    }

    /// Whether a round takes more than a second: then there are fewer, and without the second nginx.
    pub fn is_slow(&self) -> bool {
        matches!(self.answer, Answer::Words(pace) if !pace.is_zero())
    }

    /// How much later than the one before each connection begins: streams of different agents don't keep step.
    pub fn stagger(&self) -> Duration {
        match self.answer {
            Answer::Words(pace) => pace / u32::try_from(self.connections).unwrap_or(u32::MAX),
            Answer::Short | Answer::Slow => Duration::ZERO,
        }
    }

    /// Requests or chunks in a round, by which its cost is divided.
    pub fn units(&self) -> usize {
        let each = if self.form() == Form::Stream { CHUNKS } else { 1 };
        self.connections * self.requests * each
    }

    /// What the cost is told per.
    pub fn unit(&self) -> &'static str {
        if self.form() == Form::Stream { "chunk" } else { "request" }
    }
}

const fn plain(
    name: &'static str,
    body: Body,
    (client, provider): (Dialect, Dialect),
    (connections, requests): (usize, usize),
    target: Option<f64>,
) -> Scenario {
    Scenario { name, body, client, provider, answer: Answer::Short, connections, requests, target }
}

/// Streams one after the other, as fast as they go.
const fn burst(name: &'static str, (client, provider): (Dialect, Dialect), target: f64) -> Scenario {
    let answer = Answer::Words(Duration::ZERO);
    let target = Some(target);
    Scenario { name, body: Body::Chat, client, provider, answer, connections: 1, requests: 60, target }
}

/// The same in answer to requests that declare tools, so that calls are looked for in every chunk.
const fn tooled(name: &'static str, dialects: (Dialect, Dialect), target: f64) -> Scenario {
    Scenario { body: Body::Tools, ..burst(name, dialects, target) }
}

/// Eight streams at a time, a chunk every 5 ms in each.
const fn paced(name: &'static str, (client, provider): (Dialect, Dialect)) -> Scenario {
    let answer = Answer::Words(Duration::from_millis(5));
    let target = Some(1.3);
    Scenario { name, body: Body::Chat, client, provider, answer, connections: 8, requests: 1, target }
}
