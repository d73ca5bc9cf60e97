//! Reads tools, the older `functions`, and the choice among them.

use super::field::Met;
use crate::json::{Kind, Problem, Reader};
use crate::openai::rest;
use canon::extra::Extra;
use canon::request::{Sourced, Tool, ToolChoice, ToolKind};
use canon::text::{Json, Text};

/// Reads `tools`.
pub(super) fn tools(reader: &mut Reader<'_>) -> Result<Sourced<Vec<Sourced<Tool>>>, Problem> {
    list(reader, tool)
}

/// Reads the older `functions`: what `tools` holds under `function`, bare.
pub(super) fn functions(reader: &mut Reader<'_>) -> Result<Sourced<Vec<Sourced<Tool>>>, Problem> {
    list(reader, |reader| {
        let mut tool = empty(ToolKind::Function);
        let rest = function(reader, &mut tool)?;
        tool.extra.fields.extend(rest.map(|rest| (Text::fixed("function"), rest)));
        named(reader, tool)
    })
}

fn list(
    reader: &mut Reader<'_>,
    mut one: impl FnMut(&mut Reader<'_>) -> Result<Tool, Problem>,
) -> Result<Sourced<Vec<Sourced<Tool>>>, Problem> {
    let start = reader.position();
    let mut tools = Vec::new();
    reader.array(|reader, _| {
        let start = reader.position();
        let tool = one(reader)?;
        tools.push(Sourced::read(tool, reader.since(start)));
        Ok(())
    })?;
    Ok(Sourced::read(tools, reader.since(start)))
}

fn tool(reader: &mut Reader<'_>) -> Result<Tool, Problem> {
    let kind = reader.glance("type")?;
    match kind.as_deref() {
        None | Some("function") => client_tool(reader, ToolKind::Function, "function"),
        Some("custom") => client_tool(reader, ToolKind::Custom(None), "custom"),
        Some(_) => hosted(reader),
    }
}

/// A tool whose definition is an object under `inner`.
fn client_tool(reader: &mut Reader<'_>, kind: ToolKind, inner: &'static str) -> Result<Tool, Problem> {
    let mut tool = empty(kind);
    let mut met = Met::default();
    let known = ["type", "cache_control", inner];
    reader.object(|reader, key| {
        if !met.once(&known, key, reader)? {
            return reader.keep(&mut tool.extra, key);
        }
        match key.name() {
            "type" => reader.skip()?,
            "cache_control" => tool.cache_control = reader.maybe(Reader::raw)?,
            _ => {
                let rest = function(reader, &mut tool)?;
                tool.extra.fields.extend(rest.map(|rest| (Text::fixed(inner), rest)));
            }
        }
        Ok(())
    })?;
    named(reader, tool).map_err(|problem| problem.under(inner))
}

/// A tool without a name can't be called.
fn named(reader: &Reader<'_>, tool: Tool) -> Result<Tool, Problem> {
    if tool.name.is_empty() { Err(reader.problem("expected a name").under("name")) } else { Ok(tool) }
}

/// Reads a tool's definition; returns what the vocabulary has no word for.
fn function(reader: &mut Reader<'_>, tool: &mut Tool) -> Result<Option<Json>, Problem> {
    nested(reader, &["name", "description", "parameters", "strict", "format"], |reader, key| {
        match (key, &mut tool.kind) {
            ("name", _) => tool.name = reader.text()?,
            ("description", _) => tool.description = reader.maybe(Reader::text)?,
            ("parameters", _) => tool.schema = reader.maybe(Reader::raw)?,
            ("strict", _) => tool.strict = reader.maybe(Reader::bool)?,
            (_, ToolKind::Custom(format)) => *format = reader.maybe(Reader::raw)?,
            _ => reader.skip()?,
        }
        Ok(())
    })
}

fn hosted(reader: &mut Reader<'_>) -> Result<Tool, Problem> {
    let mut tool = empty(ToolKind::Function);
    let mut met = Met::default();
    reader.object(|reader, key| {
        if !met.once(&["type"], key, reader)? {
            return reader.keep(&mut tool.extra, key);
        }
        tool.kind = ToolKind::Hosted(reader.text()?);
        Ok(())
    })?;
    Ok(tool)
}

fn empty(kind: ToolKind) -> Tool {
    Tool {
        name: Text::empty(),
        description: None,
        schema: None,
        kind,
        strict: None,
        cache_control: None,
        extra: Extra::default(),
    }
}

/// Reads `tool_choice`.
pub(in crate::openai) fn choice(reader: &mut Reader<'_>) -> Result<ToolChoice, Problem> {
    let start = reader.position();
    if reader.kind() == Kind::Text {
        let word = reader.word()?;
        return match &*word {
            "auto" => Ok(ToolChoice::Auto),
            "required" => Ok(ToolChoice::Any),
            "none" => Ok(ToolChoice::None),
            _ => Err(reader.problem("expected `auto`, `required`, `none` or an object")),
        };
    }
    let (mut kind, mut name, mut inner_rest) = (Text::empty(), None, None);
    let rest = nested(reader, &["type", "function"], |reader, key| {
        if key == "type" {
            kind = reader.text()?;
            return Ok(());
        }
        inner_rest = nested(reader, &["name"], |reader, _| {
            name = Some(reader.text()?);
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(match name {
        Some(name) if rest.is_none() && inner_rest.is_none() && kind.is("function") => {
            ToolChoice::Named(name)
        }
        _ => ToolChoice::Opaque(reader.since(start)),
    })
}

/// Reads the older `function_call`.
pub(super) fn function_call(reader: &mut Reader<'_>) -> Result<ToolChoice, Problem> {
    if reader.kind() == Kind::Text {
        return choice(reader);
    }
    let mut name = Text::empty();
    nested(reader, &["name"], |reader, _| {
        name = reader.text()?;
        Ok(())
    })?;
    Ok(ToolChoice::Named(name))
}

/// Reads an inner object: `known` fields go to `field`, at most once each. What is left over is returned as an object
/// of its own; a `null` among it says nothing and is dropped.
pub(in crate::openai) fn nested(
    reader: &mut Reader<'_>,
    known: &[&str],
    mut field: impl FnMut(&mut Reader<'_>, &str) -> Result<(), Problem>,
) -> Result<Option<Json>, Problem> {
    let mut rest = Extra::default();
    let mut met = Met::default();
    reader.object(|reader, key| {
        if met.once(known, key, reader)? {
            return field(reader, key.name());
        }
        if reader.null()? { Ok(()) } else { reader.keep(&mut rest, key) }
    })?;
    Ok(rest::object_of(&rest))
}
