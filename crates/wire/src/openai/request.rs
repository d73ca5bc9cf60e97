//! Reads a Chat Completions request into the vocabulary in one pass. Writing one is [`body`](super::body)'s business.

mod field;
mod message;
mod part;
mod tool;

use crate::json::{Key, Kind, Problem, Reader, mend_surrogates};
use bytes::Bytes;
use canon::dialect::Dialect;
use canon::fault::Fault;
use canon::request::{OutputFormat, Request, Source, SourceField, Sourced};
use canon::text::{Json, Text};
use field::Met;
use message::Messages;

pub(super) use tool::{choice, nested};

/// Reads a request.
///
/// Where a word has two spellings, the rarer one leaves a `null` in `extra` under its name (`max_completion_tokens`,
/// `functions`, `function_call`), and what an inner object (`function`, `response_format`, `stream_options`) holds
/// beyond the vocabulary is an object in the `extra` around it, under the inner object's name.
///
/// # Errors
/// `Invalid`, with the field named, where the body is no such request.
pub fn decode_request(body: &Bytes) -> Result<Request, Fault> {
    read(body).or_else(|fault| mend_surrogates(body).map_or(Err(fault), |mended| read(&mended)))
}

fn read(body: &Bytes) -> Result<Request, Fault> {
    let mut draft = Draft::new();
    let mut reader = Reader::new(body)?;
    reader.object(|reader, key| draft.field(reader, key))?;
    reader.end()?;
    draft.finish(body)
}

/// The fields with a word of their own.
const KNOWN: &[&str] = &[
    "model",
    "messages",
    "tools",
    "tool_choice",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "top_k",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
    "parallel_tool_calls",
    "reasoning_effort",
    "response_format",
    "functions",
    "function_call",
    "profile",
];

/// A request while its fields come in.
struct Draft {
    request: Request,
    fields: Vec<SourceField>,
    met: Met,
    has_messages: bool,
    max_tokens: Option<(u64, Json)>,
    max_completion_tokens: Option<u64>,
    functions: Option<Json>,
    function_call: Option<Json>,
}

impl Draft {
    fn new() -> Self {
        Self {
            request: Request { include_usage: Some(false), ..Request::new(Dialect::OpenAi) },
            fields: Vec::with_capacity(12),
            met: Met::default(),
            has_messages: false,
            max_tokens: None,
            max_completion_tokens: None,
            functions: None,
            function_call: None,
        }
    }

    fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), Problem> {
        let start = reader.position();
        self.read(reader, key)?;
        let end = reader.taken();
        self.fields.push(SourceField { key: key.text(), field: key.field(end), value: start..end });
        Ok(())
    }

    fn read<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), Problem> {
        if !self.met.once(KNOWN, key, reader)? {
            return reader.keep(&mut self.request.extra, key);
        }
        if reader.null()? {
            if !ALTERNATIVES.contains(&key.name()) {
                self.request.extra.push(key.text(), Json::NULL);
            }
            return Ok(());
        }
        let request = &mut self.request;
        let sampling = &mut request.sampling;
        match key.name() {
            "model" => request.model = Some(reader.text()?),
            "messages" => self.messages(reader)?,
            "tools" => request.tools = tool::tools(reader)?,
            "tool_choice" => request.tool_choice = Some(choice(reader)?),
            "stream" => request.stream = reader.bool()?,
            "stream_options" => self.stream_options(reader)?,
            "max_tokens" => self.max_tokens(reader, key)?,
            "max_completion_tokens" => self.max_completion_tokens = Some(reader.count()?),
            "temperature" => sampling.temperature = Some(reader.number()?),
            "top_p" => sampling.top_p = Some(reader.number()?),
            "top_k" => sampling.top_k = Some(reader.number()?),
            "presence_penalty" => sampling.presence_penalty = Some(reader.number()?),
            "frequency_penalty" => sampling.frequency_penalty = Some(reader.number()?),
            "seed" => sampling.seed = Some(reader.number()?),
            "stop" => sampling.stop = stop(reader)?,
            "parallel_tool_calls" => request.parallel_calls = Some(reader.bool()?),
            "reasoning_effort" => request.reasoning.effort = Some(reader.text()?),
            "response_format" => self.response_format(reader)?,
            "functions" => self.functions = Some(reader.raw()?),
            "function_call" => self.function_call = Some(reader.raw()?),
            _ => request.profile = Some(reader.text()?),
        }
        Ok(())
    }

    fn messages(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let start = reader.position();
        let mut messages = Messages::default();
        reader.array(|reader, _| messages.take(reader))?;
        self.has_messages = !messages.list.is_empty();
        self.request.messages = Sourced::read(messages.list, reader.since(start));
        Ok(())
    }

    /// A negative number, as some clients write for "no limit", is carried as an unknown field.
    fn max_tokens<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), Problem> {
        let start = reader.position();
        let mut ahead = *reader;
        if ahead.number()?.bytes().starts_with(b"-") {
            return reader.keep(&mut self.request.extra, key);
        }
        self.max_tokens = Some((reader.count()?, reader.since(start)));
        Ok(())
    }

    fn stream_options(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let request = &mut self.request;
        let rest = nested(reader, &["include_usage"], |reader, _| {
            request.include_usage = Some(reader.maybe(Reader::bool)? == Some(true));
            Ok(())
        })?;
        request.extra.fields.extend(rest.map(|rest| (Text::fixed("stream_options"), rest)));
        Ok(())
    }

    fn response_format(&mut self, reader: &mut Reader<'_>) -> Result<(), Problem> {
        let start = reader.position();
        let kind = reader.glance("type")?;
        let request = &mut self.request;
        if kind.as_deref() != Some("json_schema") {
            reader.skip()?;
            let whole = reader.since(start);
            let is_plain = kind.as_deref() == Some("json_object");
            request.output = Some(if is_plain { OutputFormat::Json } else { OutputFormat::Opaque(whole) });
            return Ok(());
        }
        let (mut name, mut schema, mut strict, mut rest) = (None, None, None, None);
        nested(reader, &["type", "json_schema"], |reader, key| {
            if key == "type" {
                return reader.skip();
            }
            rest = nested(reader, &["name", "schema", "strict"], |reader, key| {
                match key {
                    "name" => name = reader.maybe(Reader::text)?,
                    "schema" => schema = Some(reader.raw()?),
                    _ => strict = reader.maybe(Reader::bool)?,
                }
                Ok(())
            })?;
            Ok(())
        })?;
        let schema = schema.unwrap_or(Json::EMPTY_OBJECT);
        request.output = Some(OutputFormat::Schema { name, schema, strict });
        request.extra.fields.extend(rest.map(|rest| (Text::fixed("response_format"), rest)));
        Ok(())
    }

    fn finish(mut self, body: &Bytes) -> Result<Request, Fault> {
        if !self.has_messages {
            return Err(Fault::invalid("messages", "expected at least one message"));
        }
        self.settle_limit();
        self.settle_functions()?;
        self.request.source = Some(Source { body: body.clone(), fields: self.fields });
        Ok(self.request)
    }

    fn settle_limit(&mut self) {
        let request = &mut self.request;
        request.max_output = self.max_completion_tokens.or(self.max_tokens.as_ref().map(|(count, _)| *count));
        if self.max_completion_tokens.is_some() {
            request.extra.push(Text::fixed("max_completion_tokens"), Json::NULL);
            request
                .extra
                .fields
                .extend(self.max_tokens.take().map(|(_, raw)| (Text::fixed("max_tokens"), raw)));
        }
    }

    /// The older `functions` and `function_call` speak where the newer fields are absent, and are carried else.
    fn settle_functions(&mut self) -> Result<(), Fault> {
        let request = &mut self.request;
        if let Some(functions) = self.functions.take() {
            let spoken = request.tools.is_empty();
            if spoken {
                let mut reader = Reader::new(functions.bytes())?;
                request.tools = tool::functions(&mut reader).map_err(|problem| problem.under("functions"))?;
            }
            request.extra.push(Text::fixed("functions"), if spoken { Json::NULL } else { functions });
        }
        if let Some(raw) = self.function_call.take() {
            let spoken = request.tool_choice.is_none();
            if spoken {
                let mut reader = Reader::new(raw.bytes())?;
                let choice =
                    tool::function_call(&mut reader).map_err(|problem| problem.under("function_call"))?;
                request.tool_choice = Some(choice);
            }
            request.extra.push(Text::fixed("function_call"), if spoken { Json::NULL } else { raw });
        }
        Ok(())
    }
}

/// Fields whose `null` in `extra` has a meaning of its own, so that a `null` of the client's is not kept.
const ALTERNATIVES: &[&str] = &["max_completion_tokens", "functions", "function_call"];

/// One text or a list of them.
fn stop(reader: &mut Reader<'_>) -> Result<Vec<Text>, Problem> {
    if reader.kind() == Kind::Text {
        return Ok(vec![reader.text()?]);
    }
    let mut texts = Vec::new();
    reader.array(|reader, _| {
        texts.push(reader.text()?);
        Ok(())
    })?;
    Ok(texts)
}
