//! The grammar of the OpenAI Chat dialect: which chunks may follow which, and what each must hold.

use super::sse::{Frame, frames};
use super::{Call, Failure, Kept, Read, Said, check_calls, count, parse, rule, text};
use crate::ask::{Ask, MODEL};
use serde_json::Value;

/// Reasons a choice finishes for, as the reference lists them, the legacy one left out.
const STOPS: &[&str] = &["stop", "length", "tool_calls", "content_filter"];

/// Where in a stream a reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    Inside,
    Finished,
    Counted,
    Failed,
    Over,
}

struct Reader {
    place: Place,
    wants_usage: bool,
    /// What every chunk repeats.
    signature: Option<(String, u64)>,
    said: Said,
    failure: Option<Failure>,
}

/// Reads a stream.
pub(super) fn stream(ask: &Ask, body: &str) -> Read {
    let mut reader = Reader {
        place: Place::Before,
        wants_usage: ask.wants_usage(),
        signature: None,
        said: Said::default(),
        failure: None,
    };
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
    let document = parse(body)?;
    let mut said = Said { id: header(&document, "chat.completion")?.0, ..Said::default() };
    let choices = document["choices"].as_array().ok_or("no choices")?;
    let [choice] = &choices[..] else { return Err(format!("{} choices", choices.len())) };
    let message = &choice["message"];
    rule(message["role"] == "assistant", || "another role".to_owned())?;
    rule(message.get("content").is_some(), || "no content".to_owned())?;
    add_texts(message, &mut said)?;
    let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
    for call in calls {
        rule(call["type"] == "function", || format!("no function in {call}"))?;
        said.calls.push(Call {
            id: text(call, "/id")?.to_owned(),
            name: text(call, "/function/name")?.to_owned(),
            arguments: text(call, "/function/arguments")?.to_owned(),
            pieces: 1,
        });
    }
    finished(text(choice, "/finish_reason")?, &mut said)?;
    if document.get("usage").is_some() {
        counted(&document["usage"], &mut said)?;
    }
    whole(&said)?;
    Ok((said, None))
}

/// Reads an answer that is an error by its status.
pub(super) fn refusal(body: &str) -> Read {
    Ok((Said::default(), Some(failure(&parse(body)?)?)))
}

impl Reader {
    fn frame(&mut self, frame: &Frame) -> Kept<()> {
        rule(frame.event.is_none(), || "chat streams have no event names".to_owned())?;
        rule(self.place != Place::Over, || "something behind [DONE]".to_owned())?;
        if frame.data == "[DONE]" {
            let finished = matches!(self.place, Place::Finished | Place::Counted);
            rule(finished || self.place == Place::Failed, || "an end without a reason".to_owned())?;
            let counted = self.wants_usage != self.said.usage.is_null();
            rule(counted || self.place == Place::Failed, || "counts are due, or nobody asked".to_owned())?;
            self.place = Place::Over;
            return Ok(());
        }
        let data = parse(&frame.data)?;
        rule(self.place != Place::Failed, || "a chunk behind an error".to_owned())?;
        if data.get("error").is_some() {
            rule(self.place != Place::Before, || "an error that could have been a status".to_owned())?;
            self.failure = Some(failure(&data)?);
            self.place = Place::Failed;
            return Ok(());
        }
        self.chunk(&data)
    }

    fn chunk(&mut self, chunk: &Value) -> Kept<()> {
        let signature = header(chunk, "chat.completion.chunk")?;
        let first = self.signature.get_or_insert_with(|| signature.clone());
        rule(*first == signature, || format!("another id or time than {first:?}"))?;
        self.said.id = signature.0;
        let choices = chunk["choices"].as_array().ok_or("no choices")?;
        match &choices[..] {
            [] => self.usage(chunk),
            [choice] => {
                if !chunk["usage"].is_null() {
                    counted(&chunk["usage"], &mut self.said)?;
                }
                self.choice(choice)
            }
            more => Err(format!("{} choices", more.len())),
        }
    }

    fn usage(&mut self, chunk: &Value) -> Kept<()> {
        rule(self.place == Place::Finished, || "counts before the end".to_owned())?;
        self.place = Place::Counted;
        counted(&chunk["usage"], &mut self.said)
    }

    fn choice(&mut self, choice: &Value) -> Kept<()> {
        rule(count(choice, "/index")? == 0, || "another choice".to_owned())?;
        rule(self.place != Place::Finished && self.place != Place::Counted, || {
            "more behind the end".to_owned()
        })?;
        let delta = &choice["delta"];
        rule(delta.is_object(), || "a delta that is no object".to_owned())?;
        let role = delta.get("role").filter(|role| !role.is_null());
        match self.place {
            Place::Before => rule(role == Some(&"assistant".into()), || "no role at the start".to_owned())?,
            _ => rule(role.is_none(), || "the role comes twice".to_owned())?,
        }
        self.place = Place::Inside;
        add_texts(delta, &mut self.said)?;
        if let Some(calls) = delta.get("tool_calls").filter(|calls| !calls.is_null()) {
            for call in calls.as_array().ok_or("tool_calls that are no list")? {
                self.call(call)?;
            }
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            finished(reason, &mut self.said)?;
            self.place = Place::Finished;
        }
        Ok(())
    }

    /// Clients put calls together by index; the first piece names the call, later ones don't name another.
    fn call(&mut self, delta: &Value) -> Kept<()> {
        let index = usize::try_from(count(delta, "/index")?).map_err(|error| error.to_string())?;
        let calls = &mut self.said.calls;
        rule(index <= calls.len(), || format!("index {} is due", calls.len()))?;
        if index == calls.len() {
            rule(delta["type"] == "function", || "a call that is no function".to_owned())?;
            let (id, name) = (text(delta, "/id")?.to_owned(), text(delta, "/function/name")?.to_owned());
            calls.push(Call { id, name, ..Call::default() });
        } else {
            let call = &calls[index];
            let same = |value: &Value, known: &str| value.is_null() || value == "" || value == known;
            rule(same(&delta["id"], &call.id), || format!("{} gets another id", call.id))?;
            // Clients that add names up, as the SDKs do, would get it twice.
            rule(delta["function"]["name"].is_null(), || format!("{} is named again", call.id))?;
        }
        if let Some(piece) = delta["function"].get("arguments") {
            let piece = piece.as_str().ok_or("arguments that are no text")?;
            calls[index].arguments.push_str(piece);
            calls[index].pieces += usize::from(!piece.is_empty());
        }
        Ok(())
    }
}

/// Id and time of a document that says what it is and whose model's.
fn header(document: &Value, object: &str) -> Kept<(String, u64)> {
    let id = text(document, "/id")?;
    rule(id.starts_with("chatcmpl-") && id.len() > 9, || format!("the id {id}"))?;
    rule(text(document, "/object")? == object, || format!("no {object}"))?;
    let model = text(document, "/model")?;
    rule(model == MODEL, || format!("the model {model}"))?;
    Ok((id.to_owned(), count(document, "/created")?))
}

fn add_texts(message: &Value, said: &mut Said) -> Kept<()> {
    let mut add = |key: &str, to: fn(&mut Said) -> &mut String| match message.get(key) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(text)) => {
            to(said).push_str(text);
            Ok(())
        }
        Some(other) => Err(format!("{key} is {other}")),
    };
    add("content", |said| &mut said.text)?;
    add("refusal", |said| &mut said.refusal)?;
    add("reasoning_content", |said| &mut said.thinking)?;
    add("reasoning", |said| &mut said.thinking)
}

fn finished(reason: &str, said: &mut Said) -> Kept<()> {
    rule(STOPS.contains(&reason), || format!("the finish reason {reason}"))?;
    reason.clone_into(&mut said.stop);
    Ok(())
}

fn counted(usage: &Value, said: &mut Said) -> Kept<()> {
    let sum = count(usage, "/prompt_tokens")? + count(usage, "/completion_tokens")?;
    rule(count(usage, "/total_tokens")? == sum, || format!("a wrong sum in {usage}"))?;
    said.usage = usage.clone();
    Ok(())
}

/// What a choice must be once it is over.
fn whole(said: &Said) -> Kept<()> {
    check_calls(said)?;
    let waits = said.stop == "tool_calls";
    rule(!waits || !said.calls.is_empty(), || "tool_calls without a call".to_owned())
}

fn failure(document: &Value) -> Kept<Failure> {
    let field = |name: &str| document["error"][name].as_str().unwrap_or("").to_owned();
    let error = document["error"].as_object().ok_or("an error that is no object")?;
    for key in ["message", "type", "param", "code"] {
        rule(error.contains_key(key), || format!("an error without {key}"))?;
    }
    let (kind, message) = (field("type"), field("message"));
    rule(!kind.is_empty() && !message.is_empty(), || format!("an error that says nothing: {document}"))?;
    Ok(Failure { kind, message, code: field("code"), param: field("param") })
}
