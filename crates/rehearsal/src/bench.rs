//! Answers written before the first request, for measurements: nothing of a request is parsed but its framing
//! and its `stream` key, and nothing is recorded.

use std::time::Duration;

use memchr::memmem;

use crate::answer::Answer;
use crate::ask::{Ask, Dialect, Endpoint};
use crate::step::Step;
use crate::transport::Transport;

/// One answer in both dialects, plain and streamed.
#[derive(Debug)]
pub(crate) struct Bench {
    anthropic: Forms,
    openai: Forms,
}

#[derive(Debug)]
struct Forms {
    plain: Vec<Step>,
    stream: Vec<Step>,
}

impl Bench {
    pub(crate) fn new(answer: &Answer, pace: Duration) -> Self {
        let transport = Transport { pace, ..Transport::default() };
        let forms = |dialect| {
            let steps = |stream| transport.steps(answer.to_message(&ask(dialect, stream)), false);
            Forms { plain: steps(false), stream: steps(true) }
        };
        Self { anthropic: forms(Dialect::Anthropic), openai: forms(Dialect::OpenAi) }
    }

    /// The steps for a model call in this dialect.
    pub(crate) fn steps(&self, dialect: Dialect, body: &[u8]) -> &[Step] {
        let forms = match dialect {
            Dialect::Anthropic => &self.anthropic,
            Dialect::OpenAi => &self.openai,
        };
        if streams(body) { &forms.stream } else { &forms.plain }
    }
}

fn ask(dialect: Dialect, stream: bool) -> Ask {
    Ask {
        endpoint: Endpoint::Generate(dialect),
        head_only: false,
        readable: true,
        stream,
        include_usage: true,
        model: String::from("rehearsal"),
    }
}

/// Whether the last key `stream` in the body is set to true. A quote inside a JSON string is escaped, so the text
/// can only be a key. Searching forward is much faster than searching from the end.
fn streams(body: &[u8]) -> bool {
    let last = memmem::find_iter(body, b"\"stream\":").last();
    last.is_some_and(|at| body[at + 9..].trim_ascii_start().starts_with(b"true"))
}

#[cfg(test)]
mod tests {
    use super::streams;

    #[test]
    fn the_stream_key_is_found_without_parsing() {
        assert!(streams(br#"{"messages":[],"stream": true,"n":1}"#));
        assert!(!streams(br#"{"stream":false}"#));
        assert!(!streams(br#"{"messages":[{"content":"say \"stream\":true"}]}"#));
        assert!(streams(br#"{"metadata":{"stream":false},"stream":true}"#));
        assert!(!streams(b""));
    }
}
