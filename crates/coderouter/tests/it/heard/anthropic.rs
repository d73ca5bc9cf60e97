//! The grammar of the Anthropic Messages dialect: which events may follow which, and what each must hold.

use super::sse::{Frame, frames};
use super::{Call, Failure, Kept, Read, Said, check_calls, count, parse, rule, text};
use crate::ask::MODEL;
use serde_json::Value;

/// Reasons a message stops for, as the reference lists them.
const STOPS: &[&str] = &[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
];

/// What scripted backends call things nobody knows.
const UNKNOWN: &str = "rehearsed_";

/// Where in a stream a reader is.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    Before,
    Between,
    In(Block),
    Stopped,
    Over,
}

#[derive(Clone, Debug, PartialEq)]
enum Block {
    Text,
    Thinking,
    Redacted,
    Call(Call),
    Unknown,
}

struct Reader {
    place: Place,
    /// Blocks that were begun.
    blocks: u64,
    said: Said,
    failure: Option<Failure>,
}

/// Reads a stream.
pub(super) fn stream(body: &str) -> Read {
    let mut reader = Reader { place: Place::Before, blocks: 0, said: Said::default(), failure: None };
    for frame in frames(body)? {
        reader.frame(&frame).map_err(|broken| format!("{broken}, at {:?} in {frame:?}", reader.place))?;
    }
    rule(reader.place == Place::Over, || format!("the stream ends at {:?}", reader.place))?;
    if reader.failure.is_none() {
        whole(&reader.said)?;
    }
    Ok((reader.said, reader.failure))
}

/// Reads a plain answer.
pub(super) fn plain(body: &str) -> Read {
    let message = parse(body)?;
    let mut said = opening(&message)?;
    for block in message["content"].as_array().ok_or("no content")? {
        match text(block, "/type")? {
            "text" => said.text.push_str(text(block, "/text")?),
            "thinking" => {
                said.thinking.push_str(text(block, "/thinking")?);
                said.signature.push_str(text(block, "/signature")?);
            }
            "redacted_thinking" => said.unknown.push("redacted_thinking".to_owned()),
            "tool_use" => said.calls.push(Call {
                id: text(block, "/id")?.to_owned(),
                name: text(block, "/name")?.to_owned(),
                arguments: block["input"].to_string(),
                pieces: 1,
            }),
            other if other.starts_with(UNKNOWN) => said.unknown.push(other.to_owned()),
            other => return Err(format!("a block of type {other}")),
        }
    }
    stopped(&message, &mut said)?;
    said.usage = said.first_usage.clone();
    whole(&said)?;
    Ok((said, None))
}

/// Reads an answer that is an error by its status.
pub(super) fn refusal(body: &str) -> Read {
    Ok((Said::default(), Some(failure(&parse(body)?)?)))
}

impl Reader {
    fn frame(&mut self, frame: &Frame) -> Kept<()> {
        let data = parse(&frame.data)?;
        let kind = text(&data, "/type")?;
        rule(frame.event.as_deref() == Some(kind), || "the event's name is not its type".to_owned())?;
        rule(self.place != Place::Over, || "an event behind the end".to_owned())?;
        match kind {
            "message_start" => self.start(&data),
            "ping" => self.beside(kind),
            "content_block_start" => self.open(&data),
            "content_block_delta" => self.delta(&data),
            "content_block_stop" => self.close(&data),
            "message_delta" => self.stop(&data),
            "message_stop" => {
                rule(self.place == Place::Stopped, || "an end without a reason".to_owned())?;
                self.place = Place::Over;
                Ok(())
            }
            "error" => {
                rule(self.place != Place::Before, || "an error that could have been a status".to_owned())?;
                self.failure = Some(failure(&data)?);
                self.place = Place::Over;
                Ok(())
            }
            other if other.starts_with(UNKNOWN) => self.beside(other),
            other => Err(format!("an event of type {other}")),
        }
    }

    fn beside(&mut self, kind: &str) -> Kept<()> {
        rule(self.place != Place::Before, || "something before message_start".to_owned())?;
        self.said.beside.push(kind.to_owned());
        Ok(())
    }

    fn start(&mut self, data: &Value) -> Kept<()> {
        rule(self.place == Place::Before, || "message_start comes twice".to_owned())?;
        let message = &data["message"];
        self.said = opening(message)?;
        rule(message["content"] == Value::Array(Vec::new()), || "content in message_start".to_owned())?;
        rule(message["stop_reason"].is_null(), || "a stop reason in message_start".to_owned())?;
        self.place = Place::Between;
        Ok(())
    }

    fn open(&mut self, data: &Value) -> Kept<()> {
        rule(self.place == Place::Between, || "a block inside another".to_owned())?;
        rule(count(data, "/index")? == self.blocks, || format!("index {} is due", self.blocks))?;
        let block = &data["content_block"];
        let empty = |key: &str| rule(block[key] == "", || format!("{key} in content_block_start"));
        self.place = Place::In(match text(block, "/type")? {
            "text" => {
                empty("text")?;
                Block::Text
            }
            "thinking" => {
                empty("thinking")?;
                Block::Thinking
            }
            "redacted_thinking" => {
                self.said.unknown.push("redacted_thinking".to_owned());
                Block::Redacted
            }
            "tool_use" => {
                let input = block["input"].as_object().ok_or("an input that is no object")?;
                rule(input.is_empty(), || "Claude Code loses an input in content_block_start".to_owned())?;
                let (id, name) = (text(block, "/id")?.to_owned(), text(block, "/name")?.to_owned());
                Block::Call(Call { id, name, ..Call::default() })
            }
            other if other.starts_with(UNKNOWN) => {
                self.said.unknown.push(other.to_owned());
                Block::Unknown
            }
            other => return Err(format!("a block of type {other}")),
        });
        self.blocks += 1;
        Ok(())
    }

    fn delta(&mut self, data: &Value) -> Kept<()> {
        rule(count(data, "/index")? + 1 == self.blocks, || "a delta of another block".to_owned())?;
        let delta = &data["delta"];
        let kind = text(delta, "/type")?;
        let Place::In(block) = &mut self.place else { return Err("a delta outside of a block".to_owned()) };
        match (block, kind) {
            (Block::Text, "text_delta") => self.said.text.push_str(text(delta, "/text")?),
            (Block::Thinking, "thinking_delta") => self.said.thinking.push_str(text(delta, "/thinking")?),
            (Block::Thinking, "signature_delta") => self.said.signature.push_str(text(delta, "/signature")?),
            (Block::Call(call), "input_json_delta") => {
                call.arguments.push_str(text(delta, "/partial_json")?);
                call.pieces += 1;
            }
            (_, kind) if kind.starts_with(UNKNOWN) => self.said.beside.push(kind.to_owned()),
            (block, kind) => return Err(format!("a {kind} in {block:?}")),
        }
        Ok(())
    }

    fn close(&mut self, data: &Value) -> Kept<()> {
        rule(count(data, "/index")? + 1 == self.blocks, || "the end of another block".to_owned())?;
        match std::mem::replace(&mut self.place, Place::Between) {
            Place::In(Block::Call(mut call)) => {
                if call.arguments.is_empty() {
                    call.arguments.push_str("{}");
                }
                self.said.calls.push(call);
            }
            Place::In(_) => {}
            other => return Err(format!("the end of a block at {other:?}")),
        }
        Ok(())
    }

    fn stop(&mut self, data: &Value) -> Kept<()> {
        rule(self.place == Place::Between, || "message_delta inside a block".to_owned())?;
        count(data, "/usage/output_tokens")?;
        self.said.usage = data["usage"].clone();
        stopped(&data["delta"], &mut self.said)?;
        self.place = Place::Stopped;
        Ok(())
    }
}

/// What a message says of itself before its content.
fn opening(message: &Value) -> Kept<Said> {
    let id = text(message, "/id")?;
    rule(id.starts_with("msg_") && id.len() > 4, || format!("the id {id}"))?;
    rule(text(message, "/type")? == "message", || "a type that is no message".to_owned())?;
    rule(text(message, "/role")? == "assistant", || "another role".to_owned())?;
    let model = text(message, "/model")?;
    rule(model == MODEL, || format!("the model {model}"))?;
    count(message, "/usage/input_tokens")?;
    count(message, "/usage/output_tokens")?;
    rule(message.get("stop_sequence").is_some(), || "no stop_sequence".to_owned())?;
    Ok(Said { id: id.to_owned(), first_usage: message["usage"].clone(), ..Said::default() })
}

fn stopped(delta: &Value, said: &mut Said) -> Kept<()> {
    let reason = text(delta, "/stop_reason")?;
    rule(STOPS.contains(&reason) || reason.starts_with(UNKNOWN), || format!("the stop reason {reason}"))?;
    let sequence = delta.get("stop_sequence").ok_or("no stop_sequence")?;
    rule(sequence.is_string() == (reason == "stop_sequence"), || format!("{reason} with {sequence}"))?;
    reason.clone_into(&mut said.stop);
    Ok(())
}

/// What a message must be once it is over.
fn whole(said: &Said) -> Kept<()> {
    check_calls(said)?;
    let waits = said.stop == "tool_use";
    rule(!waits || !said.calls.is_empty(), || "tool_use without a tool".to_owned())
}

fn failure(data: &Value) -> Kept<Failure> {
    rule(text(data, "/type")? == "error", || "no error".to_owned())?;
    let field = |name: &str| text(data, &format!("/error/{name}")).map(str::to_owned);
    let (kind, message) = (field("type")?, field("message")?);
    rule(!kind.is_empty() && !message.is_empty(), || format!("an error that says nothing: {data}"))?;
    Ok(Failure { kind, message, ..Failure::default() })
}
