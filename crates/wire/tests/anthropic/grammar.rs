//! The legal order of a Messages stream's events, checked as a strict client would.

use crate::streams::frames;
use serde_json::Value;

/// Checks a whole stream; one that ends in an error is whole too.
pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let grammar = begin(stream)?;
    demand(matches!(grammar.place, Place::Stopped | Place::Failed), "the stream has no end")
}

/// Checks the beginning of a stream.
pub(crate) fn begin(stream: &[u8]) -> Result<Grammar, String> {
    let text = std::str::from_utf8(stream).map_err(|error| error.to_string())?;
    let mut grammar = Grammar::default();
    for frame in frames(text) {
        let data = std::str::from_utf8(&frame.data).map_err(|error| error.to_string())?;
        let event: Value = serde_json::from_str(data).map_err(|error| error.to_string())?;
        let named = frame.event.as_deref() == event["type"].as_str().map(str::as_bytes);
        demand(frame.plain && named, "not plain")
            .and_then(|()| grammar.take(&event))
            .map_err(|told| format!("{told}: {data}"))?;
    }
    Ok(grammar)
}

#[derive(Default)]
pub(crate) struct Grammar {
    place: Place,
    index: u64,
    ids: Vec<String>,
}

#[derive(Default, PartialEq)]
enum Place {
    #[default]
    Before,
    Between,
    In(String),
    Told,
    Stopped,
    Failed,
}

impl Grammar {
    fn take(&mut self, event: &Value) -> Result<(), String> {
        demand(!matches!(self.place, Place::Stopped | Place::Failed), "something follows the end")?;
        let kind = event["type"].as_str().unwrap_or_default();
        let numbered = event["index"].as_u64() == Some(self.index);
        match (&self.place, kind) {
            (_, "ping") => {}
            (_, "error") => {
                demand(
                    event["error"]["type"].is_string() && event["error"]["message"].is_string(),
                    "an error without words",
                )?;
                self.place = Place::Failed;
            }
            (Place::Before, "message_start") => {
                let message = &event["message"];
                demand(message["id"].as_str().is_some_and(|id| id.starts_with("msg_")), "a bad id")?;
                demand(
                    message["content"] == serde_json::json!([]) && message["stop_reason"].is_null(),
                    "a bad beginning",
                )?;
                counts(&message["usage"])?;
                self.place = Place::Between;
            }
            (Place::Between, "content_block_start") if numbered => self.open(&event["content_block"])?,
            (Place::In(block), "content_block_delta") if numbered => {
                fits(block, event["delta"]["type"].as_str().unwrap_or_default())?;
            }
            (Place::In(_), "content_block_stop") if numbered => {
                self.index += 1;
                self.place = Place::Between;
            }
            (Place::Between, "message_delta") => {
                let reason = event["delta"]["stop_reason"].as_str().unwrap_or_default();
                demand(!reason.is_empty() && event["delta"].get("stop_sequence").is_some(), "no reason")?;
                demand(reason != "tool_use" || !self.ids.is_empty(), "`tool_use` without a call")?;
                demand(reason != "end_turn" || self.ids.is_empty(), "`end_turn` with a call")?;
                counts(&event["usage"])?;
                self.place = Place::Told;
            }
            (Place::Told, "message_stop") => self.place = Place::Stopped,
            _ => return Err("misplaced".into()),
        }
        Ok(())
    }

    fn open(&mut self, block: &Value) -> Result<(), String> {
        let kind = block["type"].as_str().unwrap_or_default();
        match kind {
            "text" => demand(block["text"] == "", "text in a beginning")?,
            "thinking" => {
                demand(block["thinking"] == "" && block["signature"] == "", "thinking in a beginning")?;
            }
            "redacted_thinking" => demand(block["data"].is_string(), "no data")?,
            "tool_use" => {
                demand(block["input"] == serde_json::json!({}), "input in a beginning")?;
                let id = block["id"].as_str().unwrap_or_default().to_owned();
                demand(!id.is_empty() && !self.ids.contains(&id) && block["name"].is_string(), "a bad call")?;
                self.ids.push(id);
            }
            _ => {}
        }
        self.place = Place::In(kind.to_owned());
        Ok(())
    }
}

/// Newer kinds of pieces than these may stand anywhere.
fn fits(block: &str, delta: &str) -> Result<(), String> {
    let home = match delta {
        "text_delta" | "citations_delta" => "text",
        "thinking_delta" | "signature_delta" => "thinking",
        "input_json_delta" => "tool_use",
        _ => return Ok(()),
    };
    let known = ["text", "thinking", "redacted_thinking", "tool_use"].contains(&block);
    demand(home == block || !known, "a piece of another kind of block")
}

fn counts(usage: &Value) -> Result<(), String> {
    let names = ["input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    demand(names.iter().all(|name| usage[name].is_u64()), "a count is missing")
}

fn demand(holds: bool, message: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message.to_owned()) }
}

#[test]
fn the_grammar_is_no_rubber_stamp() {
    let event = |data: &str| {
        let kind = serde_json::from_str::<Value>(data).unwrap()["type"].as_str().unwrap().to_owned();
        format!("event: {kind}\ndata: {data}\n\n")
    };
    let usage =
        r#"{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":0,"cache_read_input_tokens":0}"#;
    let start = event(&format!(
        r#"{{"type":"message_start","message":{{"id":"msg_1","content":[],"stop_reason":null,"usage":{usage}}}}}"#
    ));
    let open = event(r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#);
    let text = event(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#);
    let close = event(r#"{"type":"content_block_stop","index":0}"#);
    let told = event(&format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn","stop_sequence":null}},"usage":{usage}}}"#
    ));
    let stop = event(r#"{"type":"message_stop"}"#);
    let legal =
        |parts: &[&String]| check(parts.iter().map(|part| part.as_str()).collect::<String>().as_bytes());
    assert_eq!(legal(&[&start, &open, &text, &close, &told, &stop]), Ok(()));
    for illegal in [
        &[&start, &open, &text, &told, &stop][..],
        &[&start, &text, &told, &stop],
        &[&open, &close, &told, &stop],
        &[&start, &told],
        &[&start, &start, &told, &stop],
        &[&start, &open, &close, &open, &close, &told, &stop],
        &[&start, &told, &stop, &stop],
    ] {
        assert!(legal(illegal).is_err());
    }
}
