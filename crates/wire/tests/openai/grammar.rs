//! The legal order of a chat stream's chunks, checked as a strict client would.

use crate::streams::frames;
use serde_json::Value;

/// Checks a whole stream.
pub(crate) fn check(stream: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(stream).map_err(|error| error.to_string())?;
    let mut grammar = Grammar::default();
    for frame in frames(text) {
        let data = std::str::from_utf8(&frame.data).map_err(|error| error.to_string())?;
        if !frame.plain || frame.event.is_some() {
            return Err(format!("not plain: {data}"));
        }
        grammar.take(data).map_err(|message| format!("{message}: {data}"))?;
    }
    Ok(())
}

#[derive(Default)]
struct Grammar {
    head: Option<Value>,
    calls: usize,
    finish: Option<String>,
    counted: bool,
    failed: bool,
    done: bool,
}

impl Grammar {
    fn take(&mut self, data: &str) -> Result<(), String> {
        demand(!self.done, "something follows the terminator")?;
        if data == "[DONE]" {
            self.done = true;
            return demand(self.finish.is_some() || self.failed, "the terminator without a reason");
        }
        let chunk: Value = serde_json::from_str(data).map_err(|error| error.to_string())?;
        if chunk["error"].is_object() {
            self.failed = true;
            return Ok(());
        }
        demand(!self.failed, "something follows an error")?;
        let head = serde_json::json!([chunk["id"], chunk["created"], chunk["model"], chunk["object"]]);
        demand(
            chunk["id"].is_string() && chunk["created"].is_u64() && chunk["model"].is_string(),
            "a bad head",
        )?;
        let choices = chunk["choices"].as_array().ok_or("no choices")?;
        let Some(choice) = choices.first() else {
            demand(self.finish.is_some() && !self.counted && chunk["usage"].is_object(), "misplaced counts")?;
            self.counted = true;
            return Ok(());
        };
        demand(self.finish.is_none(), "content behind the reason")?;
        let is_first = self.head.is_none();
        demand(is_first == (choice["delta"]["role"] == "assistant"), "the role must come first, once")?;
        demand(*self.head.get_or_insert(head.clone()) == head, "the head changed")?;
        self.calls(&choice["delta"]["tool_calls"])?;
        if let Some(word) = choice["finish_reason"].as_str() {
            demand(["stop", "length", "tool_calls", "content_filter"].contains(&word), "an unknown reason")?;
            demand(word != "tool_calls" || self.calls > 0, "`tool_calls` without a call")?;
            demand(word != "stop" || self.calls == 0, "`stop` with a call")?;
            self.finish = Some(word.to_owned());
        }
        Ok(())
    }

    fn calls(&mut self, calls: &Value) -> Result<(), String> {
        for call in calls.as_array().into_iter().flatten() {
            let index = call["index"].as_u64().ok_or("a call without a number")? as usize;
            let begins = call["id"].is_string();
            demand(Some(index) == self.calls.checked_sub(usize::from(!begins)), "a call out of order")?;
            self.calls += usize::from(begins);
            demand(begins == call["function"]["name"].is_string(), "half a beginning")?;
            demand(call["function"]["arguments"].is_string(), "no arguments")?;
        }
        Ok(())
    }
}

fn demand(holds: bool, message: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message.to_owned()) }
}

#[test]
fn the_grammar_is_no_rubber_stamp() {
    let chunk = |delta: &str, finish: &str| {
        format!(
            "data: {{\"id\":\"a\",\"object\":\"o\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let role = chunk(r#"{"role":"assistant"}"#, "null");
    let text = chunk(r#"{"content":"a"}"#, "null");
    let stop = chunk("{}", "\"stop\"");
    let done = "data: [DONE]\n\n".to_owned();
    let legal =
        |parts: &[&String]| check(parts.iter().map(|part| part.as_str()).collect::<String>().as_bytes());
    assert_eq!(legal(&[&role, &text, &stop, &done]), Ok(()));
    for illegal in [
        &[&text][..],
        &[&role, &stop, &text],
        &[&role, &done],
        &[&role, &stop, &done, &text],
        &[&role, &role],
    ] {
        assert!(legal(illegal).is_err());
    }
    assert!(
        legal(&[&role, &chunk(r#"{"tool_calls":[{"index":0,"function":{"arguments":""}}]}"#, "null")])
            .is_err()
    );
}
