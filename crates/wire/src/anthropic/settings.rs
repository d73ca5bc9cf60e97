//! The small top-level fields: limits, sampling, tool choice, thinking and output form.

use bytes::Bytes;
use canon::extra::Extra;
use canon::request::{OutputFormat, Reasoning, ReasoningMode, Request, ToolChoice};
use canon::text::{Json, Text};

use crate::json::{Problem, Reader, Writer};

/// Reads one of these fields into the request and says whether it is one of them.
pub(super) fn read(request: &mut Request, name: &str, reader: &mut Reader<'_>) -> Result<bool, Problem> {
    match name {
        "max_tokens" => reader.once(&mut request.max_output, Reader::count)?,
        "stream" => request.stream = reader.maybe(Reader::bool)?.unwrap_or(false),
        "temperature" => reader.once(&mut request.sampling.temperature, Reader::number)?,
        "top_p" => reader.once(&mut request.sampling.top_p, Reader::number)?,
        "top_k" => reader.once(&mut request.sampling.top_k, Reader::number)?,
        "stop_sequences" => request.sampling.stop = reader.maybe(read_stop)?.unwrap_or_default(),
        "tool_choice" => {
            if !reader.null()? {
                read_tool_choice(request, reader)?;
            }
        }
        "thinking" => {
            if !reader.null()? {
                read_thinking(&mut request.reasoning, reader)?;
            }
        }
        "output_config" => {
            if !reader.null()? {
                read_output_config(request, reader)?;
            }
        }
        // Where the output form stood before it moved into `output_config` (measured with opencode 1.18).
        "output_format" => {
            let format = reader.maybe(read_format)?;
            request.output = request.output.take().or(format);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn read_stop(reader: &mut Reader<'_>) -> Result<Vec<Text>, Problem> {
    let mut stop = Vec::new();
    reader.array(|reader, _| {
        stop.push(reader.text()?);
        Ok(())
    })?;
    Ok(stop)
}

fn read_tool_choice(request: &mut Request, reader: &mut Reader<'_>) -> Result<(), Problem> {
    let start = reader.position();
    let (mut kind, mut name, mut alone, mut unknown) = (None, None, None, false);
    reader.object(|reader, key| match key.name() {
        "type" => reader.once(&mut kind, Reader::word),
        "name" => reader.once(&mut name, Reader::text),
        "disable_parallel_tool_use" => reader.once(&mut alone, Reader::bool),
        _ => {
            unknown = true;
            reader.skip()
        }
    })?;
    let choice = match (&*reader.required(kind, "type")?, unknown) {
        ("auto", false) => ToolChoice::Auto,
        ("any", false) => ToolChoice::Any,
        ("none", false) => ToolChoice::None,
        ("tool", false) => ToolChoice::Named(reader.required(name, "name")?),
        _ => ToolChoice::Opaque(reader.since(start)),
    };
    request.parallel_calls = alone.map(|alone| !alone);
    request.tool_choice = Some(choice);
    Ok(())
}

fn read_thinking(reasoning: &mut Reasoning, reader: &mut Reader<'_>) -> Result<(), Problem> {
    let start = reader.position();
    let (mut kind, mut budget) = (None, None);
    reader.object(|reader, key| match key.name() {
        "type" => reader.once(&mut kind, Reader::word),
        "budget_tokens" => reader.once(&mut budget, Reader::count),
        _ => reader.skip(),
    })?;
    reasoning.mode = match &*reader.required(kind, "type")? {
        "enabled" => Some(ReasoningMode::On(budget)),
        "disabled" => Some(ReasoningMode::Off),
        "adaptive" => Some(ReasoningMode::Adaptive),
        _ => None,
    };
    reasoning.source = Some(reader.since(start));
    Ok(())
}

/// What `output_config` has beyond effort and format stays under its name in `extra`.
fn read_output_config(request: &mut Request, reader: &mut Reader<'_>) -> Result<(), Problem> {
    let (mut format, mut rest) = (None, Extra::default());
    reader.object(|reader, key| match key.name() {
        "effort" => reader.once(&mut request.reasoning.effort, Reader::text),
        "format" => reader.once(&mut format, read_format),
        _ => reader.keep(&mut rest, key),
    })?;
    request.output = format.or(request.output.take());
    if !rest.is_empty() {
        let mut object = Vec::new();
        Writer::new(&mut object).object(|w| w.extra(&rest));
        request.extra.push(Text::fixed(OUTPUT_CONFIG), Json::raw(object.into()));
    }
    Ok(())
}

fn read_format(reader: &mut Reader<'_>) -> Result<OutputFormat, Problem> {
    let start = reader.position();
    let (mut kind, mut name, mut schema, mut unknown) = (None, None, None, false);
    reader.object(|reader, key| match key.name() {
        "type" => reader.once(&mut kind, Reader::word),
        "name" => reader.once(&mut name, Reader::text),
        "schema" => reader.once(&mut schema, Reader::raw),
        _ => {
            unknown = true;
            reader.skip()
        }
    })?;
    Ok(match (kind.as_deref(), schema, unknown) {
        (Some("json_schema"), Some(schema), false) => OutputFormat::Schema { name, schema, strict: None },
        _ => OutputFormat::Opaque(reader.since(start)),
    })
}

/// The key of effort, output form and what else there is.
pub(super) const OUTPUT_CONFIG: &str = "output_config";

/// Writes `tool_choice`, if there is one or the flag beside it has to be said.
pub(super) fn write_tool_choice(choice: Option<&ToolChoice>, parallel: Option<bool>, w: &mut Writer<'_>) {
    let kind = match choice {
        Some(ToolChoice::Opaque(choice)) => return w.json(choice),
        None if parallel != Some(false) => return,
        Some(ToolChoice::Auto) | None => "auto",
        Some(ToolChoice::Any) => "any",
        Some(ToolChoice::None) => "none",
        Some(ToolChoice::Named(_)) => "tool",
    };
    w.object(|w| {
        w.key("type").str(kind);
        if let Some(ToolChoice::Named(name)) = choice {
            w.key("name").text(name);
        }
        // A model that may call nothing has no use for the flag, and the reference doesn't allow it there.
        if let Some(parallel) = parallel.filter(|_| kind != "none") {
            w.key("disable_parallel_tool_use").bool(!parallel);
        }
    });
}

/// Whether the request says anything of thinking.
pub(super) fn has_thinking(reasoning: &Reasoning) -> bool {
    reasoning.mode.is_some() || reasoning.source.as_ref().is_some_and(|source| says(source, &reasoning.mode))
}

/// Writes `thinking`: the client's own object while it still means the same.
pub(super) fn write_thinking(reasoning: &Reasoning, w: &mut Writer<'_>) {
    if let Some(source) = reasoning.source.as_ref().filter(|source| says(source, &reasoning.mode)) {
        return w.json(source);
    }
    w.object(|w| match reasoning.mode {
        Some(ReasoningMode::On(budget)) => {
            w.key("type").str("enabled");
            w.key("budget_tokens").number(budget.unwrap_or(DEFAULT_BUDGET));
        }
        Some(ReasoningMode::Adaptive) => w.key("type").str("adaptive"),
        Some(ReasoningMode::Off) | None => w.key("type").str("disabled"),
    });
}

/// Whether a `thinking` object means this mode.
fn says(source: &Json, mode: &Option<ReasoningMode>) -> bool {
    let body: &Bytes = source.bytes();
    let mut reasoning = Reasoning::default();
    let read = Reader::new(body).and_then(|mut reader| read_thinking(&mut reasoning, &mut reader));
    read.is_ok() && reasoning.mode == *mode
}

/// The thinking budget, in tokens, of a request that wants thinking and names none.
const DEFAULT_BUDGET: u64 = 8_192;

/// Writes `output_config` with what `rest` holds beyond effort and format.
pub(super) fn write_output_config(
    effort: Option<&Text>,
    output: Option<&OutputFormat>,
    rest: Option<&Json>,
    w: &mut Writer<'_>,
) {
    w.object(|w| {
        if let Some(effort) = effort {
            w.key("effort").text(effort);
        }
        if let Some(output) = output {
            write_format(output, w.key("format"));
        }
        if let Some(inside) = rest.and_then(inside) {
            w.raw(inside);
        }
    });
}

/// The fields of an object, without its braces.
fn inside(object: &Json) -> Option<&[u8]> {
    let fields = object.bytes().strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
    (!fields.is_empty()).then_some(fields)
}

/// Writes an output form.
pub(super) fn write_format(output: &OutputFormat, w: &mut Writer<'_>) {
    match output {
        OutputFormat::Opaque(format) => w.json(format),
        OutputFormat::Json => w.object(|w| w.key("type").str("json_object")),
        OutputFormat::Schema { name, schema, .. } => w.object(|w| {
            w.key("type").str("json_schema");
            if let Some(name) = name {
                w.key("name").text(name);
            }
            w.key("schema").json(schema);
        }),
    }
}
