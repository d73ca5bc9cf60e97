//! Writes tools and the choice among them.

use crate::json::Writer;
use crate::openai::rest;
use canon::extra::Losses;
use canon::request::{Request, Tool, ToolChoice, ToolKind};
use canon::target::{Droppable, Target};
use canon::text::{Json, Text};

/// Writes a tool of a client that speaks this dialect.
pub(super) fn own(tool: &Tool, target: &Target<'_>, w: &mut Writer<'_>) {
    let keeps_marker = !super::is_dropped(target, Droppable::CacheControl);
    w.object(|w| {
        let inner = match &tool.kind {
            ToolKind::Function => "function",
            ToolKind::Custom(_) => "custom",
            ToolKind::Hosted(kind) => {
                w.key("type").text(kind);
                w.extra(&tool.extra);
                return;
            }
        };
        w.key("type").str(inner);
        w.key(inner).object(|w| own_function(tool, inner, w));
        if let Some(marker) = tool.cache_control.as_ref().filter(|_| keeps_marker) {
            w.key("cache_control").json(marker);
        }
        for (key, value) in tool.extra.fields.iter().filter(|(key, _)| !key.is(inner)) {
            w.key_text(key).json(value);
        }
    });
}

/// Writes the fields of a tool's definition: what the older `functions` holds bare.
pub(super) fn own_function(tool: &Tool, inner: &str, w: &mut Writer<'_>) {
    w.key("name").text(&tool.name);
    if let Some(description) = &tool.description {
        w.key("description").text(description);
    }
    if let Some(schema) = &tool.schema {
        w.key("parameters").json(schema);
    }
    if let Some(strict) = tool.strict {
        w.key("strict").bool(strict);
    }
    if let ToolKind::Custom(Some(format)) = &tool.kind {
        w.key("format").json(format);
    }
    rest::write(tool.extra.find(inner), w);
}

/// Whether a tool of another dialect can be offered: those that the other maker runs can't.
pub(super) fn is_expressible(tool: &Tool) -> bool {
    !matches!(tool.kind, ToolKind::Hosted(_))
}

/// Notes what of a tool of another dialect can't be said.
pub(super) fn note(tool: &Tool, target: &Target<'_>, losses: &mut Losses) {
    if let ToolKind::Hosted(kind) = &tool.kind {
        return losses.note(format!("tools.{kind}"));
    }
    if tool.cache_control.is_some() {
        losses.note("tools.cache_control");
    }
    if tool.strict == Some(true) && !target.maker_host {
        losses.note("tools.strict");
    }
    for (key, _) in tool.extra.fields.iter().filter(|(_, value)| !value.is_null()) {
        losses.note(format!("tools.{key}"));
    }
}

/// Writes a tool of another dialect. Free text is taken as the one field of an object; `strict` goes to the maker's
/// own host only, as others refuse it or pass over it.
pub(super) fn foreign(tool: &Tool, target: &Target<'_>, w: &mut Writer<'_>) {
    w.object(|w| {
        w.key("type").str("function");
        w.key("function").object(|w| {
            w.key("name").text(&tool.name);
            if let Some(description) = &tool.description {
                w.key("description").text(description);
            }
            w.key("parameters");
            match (&tool.kind, &tool.schema) {
                (ToolKind::Custom(_), _) => w.raw(FREE_TEXT),
                (_, Some(schema)) => w.json(schema),
                (_, None) => w.raw(NO_ARGUMENTS),
            }
            if let Some(strict) = tool.strict.filter(|_| target.maker_host) {
                w.key("strict").bool(strict);
            }
        });
    });
}

const NO_ARGUMENTS: &[u8] = br#"{"type":"object","properties":{}}"#;
const FREE_TEXT: &[u8] =
    br#"{"type":"object","properties":{"input":{"type":"string"}},"required":["input"]}"#;

/// Writes a choice.
pub(super) fn choice(choice: &ToolChoice, w: &mut Writer<'_>) {
    match choice {
        ToolChoice::Auto => w.str("auto"),
        ToolChoice::Any => w.str("required"),
        ToolChoice::None => w.str("none"),
        ToolChoice::Named(name) => w.object(|w| {
            w.key("type").str("function");
            w.key("function").object(|w| w.key("name").text(name));
        }),
        ToolChoice::Opaque(value) => w.json(value),
    }
}

/// Whether the request came with the older field, whose place a `null` in `extra` keeps.
pub(super) fn is_older(request: &Request, field: &str) -> bool {
    request.extra.find(field).is_some_and(Json::is_null)
}

/// Writes the older `function_call`.
pub(super) fn older_choice(older: &ToolChoice, w: &mut Writer<'_>) {
    match older {
        ToolChoice::Named(name) => named(name, w),
        other => choice(other, w),
    }
}

fn named(name: &Text, w: &mut Writer<'_>) {
    w.object(|w| w.key("name").text(name));
}
