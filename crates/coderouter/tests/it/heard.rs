//! What a client hears: an answer read as strictly as its dialect allows, and told in words that are the same for
//! both. Each dialect's grammar has a file below.

mod anthropic;
mod openai;
mod sse;

use crate::ask::{Anthropic, Ask, OpenAi};
use crate::line::Answer;
use serde_json::Value;

/// An answer that kept to its dialect.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// As it came.
    pub(crate) answer: Answer,
    /// What was said, to its end or until it failed.
    pub(crate) said: Said,
    /// How it failed, if it did.
    pub(crate) failure: Option<Failure>,
}

/// What a model said.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Said {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) thinking: String,
    pub(crate) signature: String,
    pub(crate) refusal: String,
    pub(crate) calls: Vec<Call>,
    /// The dialect's own word; empty where it was never said.
    pub(crate) stop: String,
    /// The dialect's own object, the last and fullest.
    pub(crate) usage: Value,
    /// The counts of an opening frame, where the dialect has any.
    pub(crate) first_usage: Value,
    /// Pings and events of types nobody knows, by type.
    pub(crate) beside: Vec<String>,
    /// Blocks of types nobody knows, by type.
    pub(crate) unknown: Vec<String>,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The JSON text.
    pub(crate) arguments: String,
    /// The pieces in which it came.
    pub(crate) pieces: usize,
}

/// An error in the dialect's own shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Failure {
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) code: String,
    pub(crate) param: String,
}

impl Heard {
    /// Reads an answer; fails the test where it breaks a rule of its dialect.
    pub(crate) fn read(ask: &Ask, answer: Answer) -> Self {
        let body = String::from_utf8(answer.body.clone()).expect("a body in UTF-8");
        let read = if !answer.whole {
            Err("the connection broke inside the body".to_owned())
        } else if answer.head.header("content-type").starts_with("text/event-stream") {
            match ask.client {
                Anthropic => anthropic::stream(&body),
                OpenAi => openai::stream(ask, &body),
            }
        } else {
            match (answer.head.status, ask.client) {
                (200, Anthropic) => anthropic::plain(&body),
                (200, OpenAi) => openai::plain(&body),
                (_, Anthropic) => anthropic::refusal(&body),
                (_, OpenAi) => openai::refusal(&body),
            }
        };
        match read {
            Ok((said, failure)) => Self { answer, said, failure },
            Err(broken) => panic!("{broken}\nin {:?}\n{body}", answer.head),
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.answer.head.status
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.answer.head.header(name)
    }

    /// The body as text.
    pub(crate) fn body(&self) -> String {
        String::from_utf8_lossy(&self.answer.body).into_owned()
    }

    /// Everything the client got, head and body.
    pub(crate) fn everything(&self) -> String {
        format!("{:?}\n{}", self.answer.head, self.body())
    }

    /// The failure, where there must be one.
    pub(crate) fn failed(&self) -> &Failure {
        match &self.failure {
            Some(failure) => failure,
            None => panic!("no failure in {}", self.everything()),
        }
    }
}

/// A rule of a dialect, kept or broken.
type Kept<T> = Result<T, String>;

/// What a grammar finds: what was said, and how it failed.
type Read = Kept<(Said, Option<Failure>)>;

fn rule(kept: bool, broken: impl FnOnce() -> String) -> Kept<()> {
    if kept { Ok(()) } else { Err(broken()) }
}

fn text<'a>(value: &'a Value, pointer: &str) -> Kept<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).ok_or_else(|| format!("no text at {pointer} in {value}"))
}

fn count(value: &Value, pointer: &str) -> Kept<u64> {
    value.pointer(pointer).and_then(Value::as_u64).ok_or_else(|| format!("no count at {pointer} in {value}"))
}

fn parse(data: &str) -> Kept<Value> {
    serde_json::from_str(data).map_err(|error| format!("{error} in {data}"))
}

impl Call {
    /// Whether the arguments are one JSON object, and all it takes to run it is there.
    fn check(&self) -> Kept<()> {
        rule(!self.id.is_empty() && !self.name.is_empty(), || format!("{self:?} lacks id or name"))?;
        rule(parse(&self.arguments)?.is_object(), || format!("{self:?} has no object"))
    }

    /// The arguments.
    pub(crate) fn input(&self) -> Value {
        serde_json::from_str(&self.arguments).expect("arguments that were checked")
    }
}

/// Calls that a client can run, and tell their results apart. Of an answer that was cut off, the last may be half.
fn check_calls(said: &Said) -> Kept<()> {
    let calls = &said.calls;
    let cut = CUT.contains(&said.stop.as_str());
    for (at, call) in calls.iter().enumerate() {
        if !(cut && at + 1 == calls.len()) {
            call.check()?;
        }
        rule(!calls[..at].iter().any(|other| other.id == call.id), || format!("{} comes twice", call.id))?;
    }
    Ok(())
}

/// Reasons to stop in the middle.
const CUT: &[&str] = &["max_tokens", "model_context_window_exceeded", "length"];
