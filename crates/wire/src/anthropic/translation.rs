//! A request written in another dialect, in the words and forms of this one. What can't be said is noted as lost.

mod block;
mod option;
mod turns;

use canon::dialect::Dialect;
use canon::extra::Losses;
use canon::request::{Request, Sourced, Tool, ToolKind};
use canon::target::Target;
use canon::text::{Json, Text};

use super::tool::NO_ARGUMENTS;
use crate::json::{Kind, Reader, Writer};

/// The request as it would have been written in this dialect; it has no sources.
pub(super) fn translate(request: &Request, target: &Target<'_>, losses: &mut Losses) -> Request {
    let mut own = Request::new(Dialect::Anthropic);
    own.stream = request.stream;
    turns::translate(request, target, &mut own, losses);
    own.tools = Sourced::new(request.tools.iter().filter_map(|tool| translate_tool(tool, losses)).collect());
    option::translate(request, target, &mut own, losses);
    own
}

fn translate_tool(tool: &Tool, losses: &mut Losses) -> Option<Sourced<Tool>> {
    let schema = match &tool.kind {
        ToolKind::Function => tool.schema.as_ref().map_or(NO_ARGUMENTS, object_schema),
        ToolKind::Custom(format) => {
            if format.is_some() {
                losses.note("tools.format");
            }
            FREE_TEXT
        }
        ToolKind::Hosted(kind) => {
            losses.note(format!("tools.{kind}"));
            return None;
        }
    };
    if tool.strict == Some(true) {
        losses.note("tools.strict");
    }
    losses.note_extra(&tool.extra);
    Some(Sourced::new(Tool {
        name: tool.name.clone(),
        description: tool.description.clone(),
        schema: Some(schema),
        kind: ToolKind::Function,
        strict: None,
        cache_control: tool.cache_control.clone(),
        extra: Default::default(),
    }))
}

/// The schema of a tool that takes free text.
const FREE_TEXT: Json =
    Json::fixed(r#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#);

/// A schema with the `type` that this wire demands at its top.
fn object_schema(schema: &Json) -> Json {
    let Ok(mut reader) = Reader::new(schema.bytes()) else {
        return NO_ARGUMENTS;
    };
    if reader.kind() != Kind::Object {
        return NO_ARGUMENTS;
    }
    let typed = reader.glance("type");
    if matches!(typed, Ok(Some(_))) {
        return schema.clone();
    }
    let mut fields = canon::extra::Extra::default();
    let read = reader.object(|reader, key| reader.keep(&mut fields, key));
    let mut out = Vec::with_capacity(schema.bytes().len() + 16);
    Writer::new(&mut out).object(|w| {
        w.key("type").str("object");
        fields.fields.retain(|(name, _)| !name.is("type"));
        w.extra(&fields);
    });
    if read.is_ok() { Json::raw(out.into()) } else { NO_ARGUMENTS }
}

/// What stands where a conversation has to have something and has nothing.
const CONTINUE: Text = Text::fixed("(continue)");
