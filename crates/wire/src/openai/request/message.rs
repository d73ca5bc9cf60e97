//! Reads the messages: one turn each, whatever its role.

use super::field::Met;
use super::part;
use super::tool::nested;
use crate::json::{Key, Kind, Problem, Reader};
use crate::openai::legacy;
use canon::extra::Extra;
use canon::request::{Arguments, Call, CallResult, Content, Message, Part, PartKind, Role, Sourced};
use canon::text::{Json, Text};

/// The messages read so far.
#[derive(Default)]
pub(super) struct Messages {
    pub(super) list: Vec<Sourced<Message>>,
    /// Calls of the older form, which have no ids: theirs are made of their number.
    legacy_calls: usize,
}

const KNOWN: &[&str] = &[
    "role",
    "content",
    "tool_calls",
    "tool_call_id",
    "name",
    "refusal",
    "reasoning_content",
    "reasoning",
    "function_call",
];

/// One message while its fields come in.
#[derive(Default)]
struct Draft {
    role: Option<Spoken>,
    content: Option<Content>,
    calls: Vec<Part>,
    call_id: Option<Text>,
    name: Option<(Text, Json)>,
    refusal: Option<Text>,
    thinking: Vec<Part>,
    function_call: Option<Call>,
    extra: Extra,
    met: Met,
}

/// The roles of this dialect.
#[derive(Clone, Copy, PartialEq)]
enum Spoken {
    Plain(Role),
    Tool,
    /// The older form of `tool`.
    Function,
}

impl Messages {
    /// Reads the next message.
    ///
    /// # Errors
    /// If it is none.
    pub(super) fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let start = reader.position();
        let mut draft = Draft::default();
        reader.object(|reader, key| draft.read(reader, key))?;
        let message = self.finish(draft, reader)?;
        self.list.push(Sourced::read(message, reader.since(start)));
        Ok(())
    }

    fn finish(&mut self, mut draft: Draft, reader: &Reader<'_>) -> Result<Message, Problem> {
        let role = draft.role.ok_or_else(|| reader.problem("expected a role").under("role"))?;
        let has_calls = !draft.calls.is_empty() || draft.function_call.is_some();
        if has_calls && role != Spoken::Plain(Role::Assistant) {
            return Err(reader.problem("only the assistant makes calls").under("tool_calls"));
        }
        if let Some(mut call) = draft.function_call.take() {
            self.legacy_calls += 1;
            call.id = legacy::id(self.legacy_calls);
            draft.calls.push(Part::new(PartKind::Call(call)));
        }
        match role {
            Spoken::Plain(role) => Ok(draft.turn(role)),
            Spoken::Tool => {
                let wanted =
                    || reader.problem("expected the id of the call it answers").under("tool_call_id");
                let call_id = draft.call_id.take().ok_or_else(wanted)?;
                Ok(draft.result(call_id))
            }
            Spoken::Function => Ok(draft.result(legacy::id(self.legacy_calls))),
        }
    }
}

impl Draft {
    fn read<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), Problem> {
        if !self.met.once(KNOWN, key, reader)? {
            return reader.keep(&mut self.extra, key);
        }
        if reader.null()? {
            if key.name() != "content" {
                self.extra.push(key.text(), Json::NULL);
            }
            return Ok(());
        }
        match key.name() {
            "role" => self.role = Some(role(reader)?),
            "content" => self.content = Some(part::content(reader)?),
            "tool_calls" => reader.array(|reader, _| {
                self.calls.push(part::call(reader)?);
                Ok(())
            })?,
            "tool_call_id" => self.call_id = Some(reader.text()?),
            "name" => {
                let start = reader.position();
                self.name = Some((reader.text()?, reader.since(start)));
            }
            "refusal" => self.refusal = Some(reader.text()?),
            "function_call" => self.function_call = Some(function_call(reader)?),
            _ => self.thinking(reader, key)?,
        }
        Ok(())
    }

    /// Thinking that is handed back. `reasoning` is the rarer spelling and leaves its name on the part.
    fn thinking<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), Problem> {
        if reader.kind() != Kind::Text {
            return reader.keep(&mut self.extra, key);
        }
        let mut part = Part::new(PartKind::Thinking(reader.text()?));
        if key.name() == "reasoning" {
            part.extra.push(key.text(), Json::NULL);
        }
        self.thinking.push(part);
        Ok(())
    }

    fn turn(mut self, role: Role) -> Message {
        self.extra.fields.extend(self.name.map(|(_, raw)| (Text::fixed("name"), raw)));
        self.extra.fields.extend(self.call_id.map(|id| (Text::fixed("tool_call_id"), raw_text(&id))));
        let content = self.content.unwrap_or(Content::Absent);
        if self.thinking.is_empty() && self.refusal.is_none() && self.calls.is_empty() {
            return Message { role, content, extra: self.extra };
        }
        let mut parts = self.thinking;
        match content {
            Content::Absent => {}
            Content::Text(text) => parts.push(Part::text(text)),
            Content::Parts(own) => parts.extend(own),
        }
        parts.extend(self.refusal.map(|refusal| Part::new(PartKind::Refusal(refusal))));
        parts.extend(self.calls);
        Message { role, content: Content::Parts(parts), extra: self.extra }
    }

    fn result(self, call_id: Text) -> Message {
        let content = self.content.unwrap_or(Content::Absent);
        let name = self.name.map(|(name, _)| name);
        let result = PartKind::CallResult(CallResult { call_id, name, content, is_error: None });
        Message { role: Role::Tool, content: Content::Parts(vec![Part::new(result)]), extra: self.extra }
    }
}

fn role(reader: &mut Reader<'_>) -> Result<Spoken, Problem> {
    Ok(match &*reader.word()? {
        "system" => Spoken::Plain(Role::System),
        "developer" => Spoken::Plain(Role::Developer),
        "user" => Spoken::Plain(Role::User),
        "assistant" => Spoken::Plain(Role::Assistant),
        "tool" => Spoken::Tool,
        "function" => Spoken::Function,
        _ => return Err(reader.problem("expected `system`, `developer`, `user`, `assistant` or `tool`")),
    })
}

/// The older form of a call, still without an id.
fn function_call(reader: &mut Reader<'_>) -> Result<Call, Problem> {
    let (mut name, mut arguments) = (None, Text::empty());
    nested(reader, &["name", "arguments"], |reader, key| {
        match key {
            "name" => name = Some(reader.text()?),
            _ => arguments = reader.maybe(Reader::text)?.unwrap_or_default(),
        }
        Ok(())
    })?;
    let name = name.ok_or_else(|| reader.problem("expected a name").under("name"))?;
    Ok(Call { id: Text::empty(), name, arguments: Arguments::Text(arguments) })
}

/// A text as the JSON string it came as.
fn raw_text(text: &Text) -> Json {
    let mut raw = Vec::with_capacity(text.stored_len() + 2);
    raw.push(b'"');
    text.write_escaped(&mut raw);
    raw.push(b'"');
    Json::raw(raw.into())
}
