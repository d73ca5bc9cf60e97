//! The entries of `tools`: the client's own functions and tools that the backend runs itself.

use canon::extra::Extra;
use canon::request::{Sourced, Tool, ToolKind};
use canon::text::Json;

use crate::json::{Kind, Problem, Reader, Writer};

/// Reads the list of tools.
pub(super) fn read_all(reader: &mut Reader<'_>) -> Result<Sourced<Vec<Sourced<Tool>>>, Problem> {
    let start = reader.position();
    let mut tools = Vec::new();
    reader.array(|reader, _| {
        tools.push(read(reader)?);
        Ok(())
    })?;
    Ok(Sourced::read(tools, reader.since(start)))
}

fn read(reader: &mut Reader<'_>) -> Result<Sourced<Tool>, Problem> {
    let start = reader.position();
    let (mut kind, mut name, mut description, mut schema) = (None, None, None, None);
    let (mut strict, mut cache_control, mut extra) = (None, None, Extra::default());
    reader.object(|reader, key| match key.name() {
        "type" => reader.once(&mut kind, Reader::text),
        "name" => reader.once(&mut name, Reader::text),
        "description" => reader.once(&mut description, Reader::text),
        "input_schema" => reader.once(&mut schema, read_schema),
        "strict" => reader.once(&mut strict, Reader::bool),
        "cache_control" => reader.once(&mut cache_control, Reader::raw),
        _ => reader.keep(&mut extra, key),
    })?;
    let kind = match kind {
        Some(kind) if !kind.is("custom") => ToolKind::Hosted(kind),
        _ => ToolKind::Function,
    };
    let name = match kind {
        ToolKind::Hosted(_) => name.unwrap_or_default(),
        _ => reader.required(name, "name")?,
    };
    let tool = Tool { name, description, schema, kind, strict, cache_control, extra };
    Ok(Sourced::read(tool, reader.since(start)))
}

fn read_schema(reader: &mut Reader<'_>) -> Result<Json, Problem> {
    if reader.kind() == Kind::Object { reader.raw() } else { Err(reader.mismatch("an object")) }
}

/// Writes one tool. A function always gets a schema, as the wire demands one.
pub(super) fn write(tool: &Tool, w: &mut Writer<'_>) {
    w.object(|w| {
        let hosted = if let ToolKind::Hosted(kind) = &tool.kind { Some(kind) } else { None };
        if let Some(kind) = hosted {
            w.key("type").text(kind);
        }
        if hosted.is_none() || !tool.name.is_empty() {
            w.key("name").text(&tool.name);
        }
        if let Some(description) = &tool.description {
            w.key("description").text(description);
        }
        match &tool.schema {
            Some(schema) => w.key("input_schema").json(schema),
            None if hosted.is_none() => w.key("input_schema").json(&NO_ARGUMENTS),
            None => {}
        }
        if let Some(strict) = tool.strict {
            w.key("strict").bool(strict);
        }
        if let Some(marker) = &tool.cache_control {
            w.key("cache_control").json(marker);
        }
        w.extra(&tool.extra);
    });
}

/// The schema of a tool that takes nothing.
pub(super) const NO_ARGUMENTS: Json = Json::fixed(r#"{"type":"object","properties":{}}"#);
